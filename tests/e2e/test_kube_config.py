"""Our reading of kubeconfigs against kubectl's own, case by case.

A case that kubectl accepts is flattened by `kubectl config view --merge --flatten`: read by us, the flattened file must
mean the same as the files it was made of. A case that kubectl refuses, we refuse. Left out, on purpose different:
SOCKS proxies (kubectl has them), contexts without a cluster (kubectl then asks localhost:8080), users without any proof
(kubectl asks at the terminal), CA that is no certificate (kubectl fails only at the request).
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e.kube_tools import kubectl
from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.context import resolve_context
from fairlead.adapters.kube.kubeconfig import find_kubeconfigs, load_kubeconfig
from fairlead.model.errors import InputError

pytestmark = pytest.mark.e2e

SERVER = "https://127.0.0.1:1"
PEM = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
PEM64 = base64.b64encode(PEM.encode()).decode()
TOKEN = {"token": "t"}
EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never"}


def config(
    *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None, current: str = "c", **context: str
) -> dict[str, Any]:
    return {
        "clusters": [{"name": "k", "cluster": {"server": SERVER} | (cluster or {})}],
        "users": [{"name": "u", "user": TOKEN if user is None else user}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"} | context}],
        "current-context": current,
    }


OTHER = {
    "clusters": [
        {"name": "k", "cluster": {"server": "https://other:1", "tls-server-name": "n"}},
        {"name": "k2", "cluster": {"server": SERVER}},
    ],
    "users": [{"name": "u", "user": {"username": "x", "password": "y"}}, {"name": "u2", "user": {"token": "t2"}}],
    "contexts": [
        {"name": "c", "context": {"cluster": "k2", "user": "u2", "namespace": "n"}},
        {"name": "c2", "context": {"cluster": "k2", "user": "u"}},
    ],
    "current-context": "c2",
}

DATES_AND_NULL = """
clusters: [{name: 2026-01-01, cluster: {server: 'https://127.0.0.1:1'}}]
users: null
contexts: [{name: =, context: {cluster: 2026-01-01}}]
current-context: =
"""

ACCEPTED: dict[str, dict[str, Any]] = {
    "one file": {"a": config()},
    "same names in two files": {"a": config(), "b": OTHER},
    "the other order": {"a": OTHER, "b": config()},
    "current context only in the second": {"a": config(current=""), "b": OTHER},
    "cluster, user and context in three files": {
        "a": {"contexts": config()["contexts"]},
        "b": {"clusters": config()["clusters"], "current-context": "c"},
        "c": {"users": config()["users"]},
    },
    "a missing and an empty file": {"none": None, "empty": "", "a": config()},
    "relative certificate authority": {"deep/a": config(cluster={"certificate-authority": "../ca.pem"})},
    "relative client certificate": {
        "deep/a": config(user={"client-certificate": "../ca.pem", "client-key": "../key.pem"})
    },
    "relative token file": {"deep/a": config(user={"tokenFile": "../token"})},
    "token beside a token file": {"a": config(user={"token": "t", "tokenFile": "token"})},
    "inline data": {"a": config(cluster={"certificate-authority-data": PEM64})},
    "insecure with an authority": {
        "a": config(cluster={"insecure-skip-tls-verify": True, "certificate-authority-data": PEM64})
    },
    "insecure and server name": {"a": config(cluster={"insecure-skip-tls-verify": True, "tls-server-name": "n"})},
    "password": {"a": config(user={"username": "u", "password": "p"})},
    "impersonation": {
        "a": config(user=TOKEN | {"as": "b", "as-uid": "1", "as-groups": ["g"], "as-user-extra": {"K": ["v"]}})
    },
    "namespace": {"a": config(namespace="n")},
    "proxy": {"a": config(cluster={"proxy-url": "http://127.0.0.1:2"})},
    "plugin": {
        "a": config(
            user={
                "exec": EXEC | {"args": ["-c", "x"], "env": [{"name": "A", "value": "b"}], "provideClusterInfo": True}
            }
        )
    },
    "relative plugin": {"deep/a": config(user={"exec": EXEC | {"command": "../bin/login"}})},
    "plugin beside a token": {"a": config(user=TOKEN | {"exec": EXEC})},
    "server without scheme": {"a": config(cluster={"server": "127.0.0.1:1"})},
    "dates and null": {"a": DATES_AND_NULL},
}

REFUSED: dict[str, Any] = {
    "a name twice": "clusters: [{name: k, cluster: {server: 'https://a'}}, {name: k, cluster: {server: 'https://b'}}]\n",
    "a number as a name": "clusters: [{name: 1, cluster: {server: 'https://a'}}]\n",
    "a number as a token": config(user={"token": 5}),
    "no list": "clusters: {}\n",
    "not YAML": "clusters: [\n",
    "authority as file and data": config(
        cluster={"certificate-authority-data": PEM64, "certificate-authority": "ca.pem"}
    ),
    "authority that is not there": config(cluster={"certificate-authority": "none.pem"}),
    "authority that is not base64": config(cluster={"certificate-authority-data": "%%"}),
    "token and password": config(user={"token": "t", "username": "u", "password": "p"}),
    "certificate without key": config(user={"client-certificate": "ca.pem"}),
    "certificate that is not there": config(user={"client-certificate": "none.pem", "client-key": "key.pem"}),
    "token file that is not there": config(user={"tokenFile": "none"}),
    "groups without a user": config(user=TOKEN | {"as-groups": ["g"]}),
    "plugin without a mode": config(user={"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh"}}),
    "plugin of an old version": config(user={"exec": EXEC | {"apiVersion": "client.authentication.k8s.io/v1alpha1"}}),
    "plugin without a command": config(user={"exec": EXEC | {"command": ""}}),
    "auth provider": config(user={"auth-provider": {"name": "gcp"}}),
    "proxy of another kind": config(cluster={"proxy-url": "ftp://127.0.0.1:2"}),
    "context that is not there": config(current="x"),
}  # fmt: skip


def write(folder: Path, files: dict[str, Any]) -> str:
    """Write the files that are not None; gives the value of KUBECONFIG."""
    for name, text in (("ca.pem", PEM), ("key.pem", "key\n"), ("token", "t")):
        (folder / name).write_text(text)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return ":".join(str(folder / name) for name in files)


def meaning(kubeconfig: str, folder: Path) -> dict[str, Connection]:
    """Every context's connection without its origin, and the current one under an empty name."""
    merged = load_kubeconfig(find_kubeconfigs(environ={"KUBECONFIG": kubeconfig}, home=folder))
    found = {name: resolve_context(merged, name=name, environ={}) for name in merged.contexts}
    found[""] = resolve_context(merged, name=merged.current_context, environ={})
    return {name: replace(_absolute(connection), origin="") for name, connection in found.items()}


def _absolute(connection: Connection) -> Connection:
    identity = connection.identity
    if identity.token_file is not None:
        identity = replace(identity, token_file=identity.token_file.resolve())
    if identity.plugin is not None and "/" in identity.plugin.command:
        command = str(Path(identity.plugin.command).resolve())
        identity = replace(identity, plugin=replace(identity.plugin, command=command))
    return replace(connection, identity=identity)


@pytest.mark.parametrize("case", ACCEPTED)
async def test_what_kubectl_flattens_means_the_same(tmp_path: Path, case: str) -> None:
    kubeconfig = write(tmp_path, ACCEPTED[case])
    flattened = await kubectl("config", "view", "--merge", "--flatten", "-o", "json", kubeconfig=kubeconfig)
    assert flattened.code == 0, flattened.error_text
    # Beside the first file: kubectl leaves a plugin's command relative to it.
    beside = tmp_path / next(name for name, content in ACCEPTED[case].items() if content)
    flat = beside.with_name("flat")
    flat.write_bytes(flattened.stdout)
    assert meaning(kubeconfig, tmp_path) == meaning(str(flat), tmp_path)


@pytest.mark.parametrize("case", REFUSED)
async def test_what_kubectl_refuses_we_refuse(tmp_path: Path, case: str) -> None:
    kubeconfig = write(tmp_path, {"a": REFUSED[case]})
    asked = await kubectl("get", "--raw", "/readyz", kubeconfig=kubeconfig)
    assert asked.code != 0
    assert "refused" not in asked.error_text, "kubectl took the file: it went on to the server"
    with pytest.raises(InputError):
        meaning(kubeconfig, tmp_path)
