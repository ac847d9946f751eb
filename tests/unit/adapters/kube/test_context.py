"""What a context comes down to, and how its faults are told."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.kube.connection import Connection, Impersonation, Trust
from fairlead.adapters.kube.context import UnknownContext, read_connection
from fairlead.model.errors import InputError
from unit.adapters.kube.kubeconfig_files import write_context, write_kubeconfig

PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
PEM64 = base64.b64encode(PEM.encode()).decode()
EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "login", "interactiveMode": "Never"}


def read(path: Path, context: str = "", **environ: str) -> Connection:
    return read_connection(path=path, context=context, environ=environ, home=path.parent)


def connect(tmp_path: Path, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Connection:
    return read(write_context(tmp_path / "config", cluster=cluster, user=user))


def test_a_plain_context(tmp_path: Path) -> None:
    connection = connect(tmp_path, user={"token": "t\n"})
    assert (connection.server, connection.context, connection.user) == ("https://k.test:6443", "c", "u")
    assert (connection.namespace, connection.origin) == ("default", str(tmp_path / "config"))
    assert connection.identity.token is not None
    assert connection.identity.token.reveal() == "t"


def test_a_context_may_be_named_and_has_a_namespace(tmp_path: Path) -> None:
    file = write_kubeconfig(
        tmp_path / "config",
        clusters={"k": {"server": "https://k.test/prefix/"}},
        contexts={"a": {"cluster": "k"}, "b": {"cluster": "k", "namespace": "n"}},
        current="a",
    )
    connection = read(file, "b")
    assert (connection.namespace, connection.server, connection.user) == ("n", "https://k.test/prefix", "")


def test_an_unknown_context_tells_the_known_ones(tmp_path: Path) -> None:
    file = write_context(tmp_path / "config")
    with pytest.raises(UnknownContext, match="unknown context: prod") as caught:
        read(file, "prod")
    assert caught.value.hint == "known contexts are c"


def test_relative_paths_belong_to_the_file_that_states_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "ca.pem").write_text(PEM)
    (folder / "token").write_text("t")
    write_context(
        folder / "config",
        cluster={"certificate-authority": "ca.pem"},
        user={"tokenFile": "token", "exec": EXEC | {"command": "./login"}},
    )
    monkeypatch.chdir(tmp_path)
    connection = read(Path("deep/config"))
    assert connection.trust.authorities == PEM.encode()
    assert connection.identity.token_file == folder / "token"


def test_data_may_be_folded(tmp_path: Path) -> None:
    folded = "\n".join(PEM64[start : start + 20] for start in range(0, len(PEM64), 20))
    assert connect(tmp_path, cluster={"certificate-authority-data": folded}).trust == Trust(authorities=PEM.encode())


def test_a_server_without_scheme_is_tls_when_tls_is_configured(tmp_path: Path) -> None:
    plain = connect(tmp_path, cluster={"server": "10.0.0.1:8080"})
    secure = connect(tmp_path, cluster={"server": "10.0.0.1:6443", "certificate-authority-data": PEM64})
    assert (plain.server, secure.server) == ("http://10.0.0.1:8080", "https://10.0.0.1:6443")


def test_a_token_wins_over_a_plugin(tmp_path: Path) -> None:
    assert connect(tmp_path, user={"token": "t", "exec": EXEC}).identity.plugin is None
    assert connect(tmp_path, user={"exec": EXEC}).identity.plugin is not None


def test_impersonation_is_read_in_full(tmp_path: Path) -> None:
    user = {"as": "bob", "as-uid": "7", "as-groups": ["g"], "as-user-extra": {"k": ["v", "w"]}}
    assert connect(tmp_path, user=user).impersonation == Impersonation(
        user="bob", uid="7", groups=("g",), extra={"k": ("v", "w")}
    )


def test_a_plugin_is_read_in_full(tmp_path: Path) -> None:
    stated = EXEC | {
        "command": "bin/login",
        "args": ["a"],
        "env": [{"name": "X", "value": "y"}],
        "provideClusterInfo": True,
        "installHint": "get it\n",
    }
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "z"}}
    plugin = connect(tmp_path, cluster={"extensions": [extension]}, user={"exec": stated}).identity.plugin
    assert plugin is not None
    assert (plugin.command, plugin.args, dict(plugin.env)) == (str(tmp_path / "bin/login"), ("a",), {"X": "y"})
    assert (plugin.install_hint, plugin.provides_cluster, plugin.cluster_config) == ("get it", True, {"audience": "z"})


def test_the_environment_s_proxy_counts_where_the_cluster_states_none(tmp_path: Path) -> None:
    file = write_context(tmp_path / "config")
    assert read(file, HTTPS_PROXY="proxy.test:3128").proxy == "http://proxy.test:3128"
    assert read(file, HTTPS_PROXY="proxy.test:3128", NO_PROXY=".test").proxy == ""
    stated = write_context(tmp_path / "config", cluster={"proxy-url": "http://own.test:1"})
    assert read(stated, HTTPS_PROXY="proxy.test:3128").proxy == "http://own.test:1"


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ({"server": ""}, {}, "clusters[k].cluster.server: the address of the API server is missing"),
        ({"server": "https://x:99999"}, {}, "clusters[k].cluster.server: https://x:99999 is no address"),
        ({"server": "ftp://x"}, {}, "clusters[k].cluster.server: ftp://x is neither http nor https"),
        ({"certificate-authority-data": "%"}, {}, "clusters[k].cluster.certificate-authority-data: not base64"),
        (
            {"certificate-authority-data": "YQ=="},
            {},
            "clusters[k].cluster.certificate-authority: holds no PEM certificate",
        ),
        (
            {"insecure-skip-tls-verify": "yes"},
            {},
            "clusters[k].cluster.insecure-skip-tls-verify: expected true or false",
        ),
        ({"proxy-url": "socks5://x:1"}, {}, "clusters[k].cluster.proxy-url: SOCKS proxies are not supported"),
        ({"proxy-url": "gopher://x"}, {}, "clusters[k].cluster.proxy-url: 'gopher://x' is neither http nor https"),
        (
            {"certificate-authority": "x", "certificate-authority-data": PEM64},
            {},
            "clusters[k].cluster.certificate-authority: stated twice",
        ),
        ({}, {"client-certificate": "/none"}, "users[u].user.client-certificate: cannot read /none: No such file"),
        ({}, {"client-certificate-data": PEM64}, "users[u].user.client-key: missing"),
        ({}, {"tokenFile": "/none"}, "users[u].user.tokenFile: cannot read /none"),
        ({}, {"token": 5}, "users[u].user.token: expected text, found a number"),
        ({}, {"token": "t", "username": "u"}, "users[u].user.token: stated beside a username"),
        ({}, {"auth-provider": {"name": "gcp"}}, "users[u].user.auth-provider: kubectl removed auth providers"),
        ({}, {"as-groups": ["g"]}, "users[u].user.as: uid, groups or extra are impersonated, but no user"),
        ({}, {"exec": {"apiVersion": "v1"}}, "users[u].user.exec.command: missing"),
        (
            {},
            {"exec": EXEC | {"apiVersion": "client.authentication.k8s.io/v1alpha1"}},
            "users[u].user.exec.apiVersion: client.authentication.k8s.io/v1alpha1 is not served",
        ),
        ({}, {"exec": EXEC | {"interactiveMode": None}}, "users[u].user.exec.interactiveMode: missing"),
        ({}, {"exec": EXEC | {"interactiveMode": "Always"}}, "users[u].user.exec.interactiveMode: the plugin wants a"),
        ({}, {"exec": EXEC | {"interactiveMode": "x"}}, "users[u].user.exec.interactiveMode: x is not one of Never"),
        ({}, {"exec": EXEC | {"env": [{"value": "x"}]}}, "users[u].user.exec.env[0].name: missing"),
    ],
)
def test_a_fault_names_file_and_key(tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        connect(tmp_path, cluster=cluster, user=user)
    assert str(caught.value).startswith(f"{tmp_path / 'config'}: {said}")


@pytest.mark.parametrize(("missing", "hint"), [("cluster", "known clusters are k"), ("user", "known users are u")])
def test_a_context_that_names_nothing(tmp_path: Path, missing: str, hint: str) -> None:
    file = write_kubeconfig(
        tmp_path / "config",
        clusters={"k": {"server": "https://k.test"}},
        users={"u": {}},
        contexts={"c": {"cluster": "k", "user": "u"} | {missing: "x"}},
        current="c",
    )
    with pytest.raises(
        InputError, match=rf"contexts\[c\]\.context\.{missing}: there is no {missing} named 'x'"
    ) as caught:
        read(file)
    assert caught.value.hint == hint


def test_no_kubeconfig_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no kubeconfig"):
        read_connection(environ={}, home=tmp_path)
    with pytest.raises(InputError, match=r"the kubeconfig .*none does not exist"):
        read(tmp_path / "none")


def test_no_current_context_lists_the_contexts(tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path / "config", contexts={"b": {}, "a": {}})
    with pytest.raises(InputError, match="no current context") as caught:
        read(file)
    assert caught.value.hint == "name one of the contexts: a, b"
