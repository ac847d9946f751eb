"""The user of a context: which proof of identity a kubeconfig states, checked as kubectl checks it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from fairlead.adapters.kube.connection import ClientCertificate, ExecPlugin, Identity
from fairlead.adapters.kube.entry import Entry
from fairlead.model.secret import SecretText

EXEC_EXTENSION: Final = "client.authentication.k8s.io/exec"
EXEC_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_INTERACTIVE_MODES: Final = ("Never", "IfAvailable", "Always")


def read_identity(user: Entry, *, cluster_config: Any = None) -> Identity:
    """What *user* states; raises InputError. A token or a password wins over a plugin, as in kubectl."""
    if user.section("auth-provider"):
        raise user.fault(
            "auth-provider", "kubectl removed auth providers in 1.26", hint="use the provider's exec plugin instead"
        )
    token, token_file, password = user.text("token").strip(), user.path("tokenFile"), user.text("password")
    username = user.text("username")
    if username and (token or token_file):
        raise user.fault("token", "stated beside a username", hint="keep one way to log in")
    has_login = bool(token or token_file or username)
    if token_file:
        user.read("tokenFile", token_file)
    plugin = _plugin(user, cluster_config)
    return Identity(
        certificate=_certificate(user),
        token=SecretText(token) if token else None,
        token_file=token_file,
        username=username,
        password=SecretText(password) if username else None,
        plugin=None if has_login else plugin,
    )


def _certificate(user: Entry) -> ClientCertificate | None:
    for name in ("client-certificate", "client-key"):
        if user.text(name) and user.text(f"{name}-data"):
            raise user.fault(name, "stated twice, as file and as data", hint="keep one of them")
    certificate, key = user.content("client-certificate"), user.content("client-key")
    if certificate and not key:
        raise user.fault("client-key", "missing, though there is a client certificate")
    if not certificate:
        return None
    return ClientCertificate(certificate=certificate, key=SecretText(key.decode("ascii", "replace")))


def _plugin(user: Entry, cluster_config: Any) -> ExecPlugin | None:
    section = user.section("exec")
    if section is None:
        return None
    version, command = section.text("apiVersion"), section.text("command")
    if not command:
        raise section.fault("command", "missing")
    if version not in EXEC_VERSIONS:
        raise section.fault(
            "apiVersion", f"{version or 'nothing'} is not served", hint=f"use one of {', '.join(EXEC_VERSIONS)}"
        )
    _check_interactive(section, version)
    return ExecPlugin(
        command=_resolved(section, command),
        api_version=version,
        args=section.texts("args"),
        env=_env(section),
        install_hint=section.text("installHint").strip(),
        provides_cluster=section.flag("provideClusterInfo"),
        cluster_config=cluster_config,
    )


def _resolved(section: Entry, command: str) -> str:
    # As in client-go: a bare name is looked up in PATH, anything with a separator is relative to the kubeconfig.
    return str(section.file.parent / command) if os.sep in command else command


def _check_interactive(section: Entry, version: str) -> None:
    mode = section.text("interactiveMode")
    if not mode and version.endswith("/v1"):
        raise section.fault("interactiveMode", "missing", hint=f"state one of {', '.join(_INTERACTIVE_MODES)}")
    if mode and mode not in _INTERACTIVE_MODES:
        raise section.fault("interactiveMode", f"{mode} is not one of {', '.join(_INTERACTIVE_MODES)}")
    if mode == "Always":
        raise section.fault(
            "interactiveMode",
            "the plugin wants a terminal, which it does not get here",
            hint="log in first so that the plugin can run alone, and state `IfAvailable`",
        )


def _env(section: Entry) -> Mapping[str, str]:
    env: dict[str, str] = {}
    for position, item in enumerate(section.items("env")):
        if not isinstance(item, dict):
            raise section.fault(f"env[{position}]", "expected a mapping of name and value")
        variable = Entry(section.file, f"{section.key}.env[{position}]", item)
        if not variable.text("name"):
            raise variable.fault("name", "missing")
        env[variable.text("name")] = variable.text("value")
    return env
