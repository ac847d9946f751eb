"""Rotating tokens and credential plugins, against a server on loopback that refuses old ones."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.connection import Connection, ExecPlugin, Identity, Trust
from fairlead.adapters.kube.exec_plugin import ExecCredentials, exec_info
from fairlead.adapters.kube.faults import Unauthorized
from fairlead.model.errors import InputError, Unavailable
from unit.adapters.kube.loopback_api import Api, FakeClock, Reply, Seen

V1 = "client.authentication.k8s.io/v1"


def accepts(api: Api, *tokens: str) -> None:
    async def check(seen: Seen) -> Reply:
        is_known = seen.headers.get("Authorization") in {f"Bearer {token}" for token in tokens}
        return Reply(body={"gitVersion": "v1.34.2"}) if is_known else Reply(status=401)

    api.handlers["GET /version"] = check


def plugin_that_answers(folder: Path, status: dict[str, Any], *, version: str = V1, **changes: Any) -> ExecPlugin:
    """A program that counts its runs in `runs` and answers *status*, in which RUN is the number of the run."""
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    program = folder / "login"
    program.write_text(
        f'#!/bin/sh\ncd "{folder}"; echo x >> runs; n=$(($(wc -l < runs)))\n'
        f'printf %s "$KUBERNETES_EXEC_INFO" > info; printf %s "$EXTRA $1" > extra\n'
        f"sed s/RUN/$n/ <<'END'\n{answer}\nEND\n"
    )
    program.chmod(0o700)
    return ExecPlugin(command=str(program), api_version=V1, **changes)


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def client(api: Api, clock: FakeClock, identity: Identity) -> KubeCluster:
    return KubeCluster(Connection(server=api.url, identity=identity, user="alice", origin="config"), clock=clock)


async def test_a_rotated_token_file_is_read_again_after_a_refusal(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    cluster = client(api, clock, Identity(token_file=file))
    accepts(api, "old")
    await cluster.version()
    file.write_text("new\n")
    accepts(api, "new")
    assert (await cluster.version()).git_version == "v1.34.2"
    await cluster.close()


async def test_a_token_file_is_read_again_after_a_minute(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    accepts(api, "old", "new")
    cluster = client(api, clock, Identity(token_file=file))
    await cluster.version()
    file.write_text("new")
    await cluster.version()
    await clock.sleep(60)
    await cluster.version()
    await cluster.close()
    assert [seen.headers["Authorization"] for seen in api.seen] == ["Bearer old", "Bearer old", "Bearer new"]


async def test_a_token_file_that_says_the_same_again_is_not_tried_twice(
    api: Api, clock: FakeClock, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    accepts(api, "new")
    cluster = client(api, clock, Identity(token_file=file))
    with pytest.raises(Unauthorized):
        await cluster.version()
    await cluster.close()
    assert len(api.seen) == 1


async def test_a_plugin_runs_once_for_many_requests(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    accepts(api, "t1")
    cluster = client(api, clock, Identity(plugin=plugin_that_answers(tmp_path, {"token": "tRUN"})))
    await asyncio.gather(*(cluster.version() for _ in range(20)))
    await cluster.close()
    assert runs(tmp_path) == 1


async def test_a_login_that_ends_is_renewed(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    accepts(api, "t1", "t2")
    status = {"token": "tRUN", "expirationTimestamp": "2026-01-01T00:01:00Z"}
    cluster = client(api, clock, Identity(plugin=plugin_that_answers(tmp_path, status)))
    await cluster.version()
    await clock.sleep(50)
    await cluster.version()
    assert runs(tmp_path) == 1
    await clock.sleep(10)
    await cluster.version()
    assert runs(tmp_path) == 2
    await cluster.close()


async def test_401_renews_the_login_once_for_all_who_met_it(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    accepts(api, "t2")
    cluster = client(api, clock, Identity(plugin=plugin_that_answers(tmp_path, {"token": "tRUN"})))
    await asyncio.gather(*(cluster.version() for _ in range(10)))
    await cluster.close()
    assert runs(tmp_path) == 2


async def test_a_second_401_is_the_end(api: Api, clock: FakeClock, tmp_path: Path) -> None:
    accepts(api, "t3")
    cluster = client(api, clock, Identity(plugin=plugin_that_answers(tmp_path, {"token": "tRUN"})))
    with pytest.raises(Unauthorized):
        await cluster.version()
    await cluster.close()
    assert runs(tmp_path) == 2


async def test_a_plugin_gets_arguments_environment_and_info(clock: FakeClock, tmp_path: Path) -> None:
    plugin = plugin_that_answers(tmp_path, {"token": "t"}, args=("arg",), env={"EXTRA": "extra"})
    await ExecCredentials(plugin, connection=Connection(server="https://k.test"), clock=clock).current()
    assert (tmp_path / "extra").read_text() == "extra arg"
    assert json.loads((tmp_path / "info").read_text()) == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }


def test_the_cluster_is_told_where_the_kubeconfig_asks_for_it() -> None:
    plugin = ExecPlugin(command="x", api_version=V1, provides_cluster=True, cluster_config={"audience": "a"})
    connection = Connection(server="https://k.test", trust=Trust(authorities=b"pem", server_name="n"), proxy="http://p")
    assert exec_info(plugin, connection)["spec"]["cluster"] == {
        "server": "https://k.test",
        "tls-server-name": "n",
        "certificate-authority-data": "cGVt",
        "proxy-url": "http://p",
        "config": {"audience": "a"},
    }


async def test_a_plugin_may_give_a_certificate(clock: FakeClock, tmp_path: Path) -> None:
    plugin = plugin_that_answers(tmp_path, {"clientCertificateData": "cert", "clientKeyData": "key"})
    login = await ExecCredentials(plugin, connection=Connection(server="https://k.test"), clock=clock).current()
    assert login.authorization is None
    assert login.certificate is not None
    assert (login.certificate.certificate, login.certificate.key.reveal()) == (b"cert", "key")


async def test_a_plugin_that_is_not_installed_gives_its_hint(clock: FakeClock) -> None:
    plugin = ExecPlugin(command="no-such-login", api_version=V1, install_hint="install it so")
    credentials = ExecCredentials(
        plugin, connection=Connection(server="https://k.test", user="alice", origin="config"), clock=clock
    )
    with pytest.raises(InputError, match=r"no-such-login of user alice \(config\) is not installed") as caught:
        await credentials.current()
    assert caught.value.hint == "install it so"


async def test_a_plugin_that_fails_is_quoted_by_its_last_line(clock: FakeClock, tmp_path: Path) -> None:
    program = tmp_path / "login"
    program.write_text("#!/bin/sh\necho secret; echo a >&2; echo 'session expired' >&2; exit 3\n")
    program.chmod(0o700)
    plugin = ExecPlugin(command=str(program), api_version=V1)
    with pytest.raises(Unavailable, match="ended with code 3: session expired"):
        await ExecCredentials(plugin, connection=Connection(server="https://k.test"), clock=clock).current()


@pytest.mark.parametrize(
    ("status", "version"),
    [
        ({"token": "s3cret"}, "client.authentication.k8s.io/v1beta1"),
        ({}, V1),
        ({"clientCertificateData": "s3cret"}, V1),
        ({"token": "s3cret", "expirationTimestamp": "tomorrow"}, V1),
        ({"token": "s3cret", "expirationTimestamp": "2026-01-01T00:00:00"}, V1),
        (None, V1),
    ],
)
async def test_an_unusable_answer_is_not_quoted(clock: FakeClock, tmp_path: Path, status: Any, version: str) -> None:
    plugin = plugin_that_answers(tmp_path, status, version=version)
    with pytest.raises(InputError, match="cannot be used") as caught:
        await ExecCredentials(plugin, connection=Connection(server="https://k.test"), clock=clock).current()
    assert "s3cret" not in str(caught.value) + caught.value.hint
