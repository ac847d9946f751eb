"""What a kubeconfig context means: one server, one identity. Checked as kubectl does, with file and key named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from fairlead.adapters.kube.connection import Connection, Impersonation, Trust
from fairlead.adapters.kube.entry import Entry
from fairlead.adapters.kube.identity import EXEC_EXTENSION, read_identity
from fairlead.adapters.kube.in_cluster import in_cluster_connection, is_in_cluster
from fairlead.adapters.kube.kubeconfig import Kubeconfig, find_kubeconfigs, load_kubeconfig
from fairlead.adapters.kube.proxies import check_proxy, proxy_from_environment
from fairlead.model.errors import InputError, NoWayIn


class UnknownContext(NoWayIn):
    def __init__(self, name: str, *, config: Kubeconfig) -> None:
        known = ", ".join(sorted(config.contexts)) or "none"
        super().__init__(f"unknown context: {name} ({config.label})", hint=f"known contexts are {known}")
        self.name = name


def read_connection(
    *, path: Path | None = None, context: str = "", environ: Mapping[str, str], home: Path
) -> Connection:
    """Find and read the kubeconfig as kubectl does.

    *path* alone if it is given, else the files of KUBECONFIG, else `~/.kube/config`, else the service account of the
    pod we run in. *context* overrides `current-context`. Raises InputError naming file and key.
    """
    if path is not None and not path.exists():
        raise NoWayIn(f"the kubeconfig {path} does not exist", hint="give the path of an existing kubeconfig")
    files = (path,) if path is not None else find_kubeconfigs(environ=environ, home=home)
    config = load_kubeconfig(files)
    chosen = context or config.current_context
    if not chosen and path is None and is_in_cluster(environ):
        return in_cluster_connection(environ=environ)
    return resolve_context(config, name=chosen, environ=environ)


def resolve_context(config: Kubeconfig, *, name: str, environ: Mapping[str, str]) -> Connection:
    """Say what context *name* of *config* means. Proxy variables of *environ* count where the cluster states none."""
    if not config.files:
        raise NoWayIn("there is no kubeconfig", hint="set KUBECONFIG, or give the path of a kubeconfig")
    if not name:
        known = ", ".join(sorted(config.contexts)) or "none"
        raise InputError(f"no current context in {config.label}", hint=f"name one of the contexts: {known}")
    entry = config.contexts.get(name)
    if entry is None:
        raise UnknownContext(name, config=config)
    cluster = _referenced(entry, "cluster", config.clusters)
    user_name = entry.text("user")
    user = _referenced(entry, "user", config.users) if user_name else Entry(entry.file, "user", {})
    trust = _trust(cluster)
    identity = read_identity(user, cluster_config=_exec_extension(cluster))
    server = _server(cluster, is_secure=trust != Trust() or identity.certificate is not None)
    return Connection(
        server=server,
        origin=str(entry.file),
        context=name,
        user=user_name,
        namespace=entry.text("namespace") or "default",
        trust=trust,
        identity=identity,
        proxy=check_proxy(cluster) or proxy_from_environment(server, environ=environ),
        impersonation=_impersonation(user),
    )


def _referenced(context: Entry, key: str, entries: Mapping[str, Entry]) -> Entry:
    name = context.text(key)
    if name not in entries:
        known = ", ".join(sorted(entries)) or "none"
        raise context.fault(key, f"there is no {key} named {name!r}", hint=f"known {key}s are {known}")
    return entries[name]


def _server(cluster: Entry, *, is_secure: bool) -> str:
    server = cluster.text("server").rstrip("/")
    if not server:
        raise cluster.fault("server", "the address of the API server is missing")
    if "://" not in server:
        # client-go's rule: without a scheme it is TLS exactly when something about TLS is configured.
        server = f"{'https' if is_secure else 'http'}://{server}"
    if not server.startswith(("https://", "http://")):
        raise cluster.fault("server", f"{server} is neither http nor https")
    try:
        _ = urlsplit(server).port
    except ValueError as err:
        raise cluster.fault("server", f"{server} is no address: {err}") from err
    return server


def _trust(cluster: Entry) -> Trust:
    if cluster.text("certificate-authority") and cluster.text("certificate-authority-data"):
        raise cluster.fault("certificate-authority", "stated twice, as file and as data", hint="keep one of them")
    # kubectl, too, ignores the authorities when told not to verify.
    skip = cluster.flag("insecure-skip-tls-verify")
    authorities = b"" if skip else cluster.content("certificate-authority")
    if authorities and b"-----BEGIN" not in authorities:
        raise cluster.fault("certificate-authority", "holds no PEM certificate")
    return Trust(authorities=authorities, skip_verify=skip, server_name=cluster.text("tls-server-name"))


def _exec_extension(cluster: Entry) -> object:
    for item in cluster.items("extensions"):
        if isinstance(item, dict) and item.get("name") == EXEC_EXTENSION:
            return item.get("extension")
    return None


def _impersonation(user: Entry) -> Impersonation | None:
    name, uid, groups = user.text("as"), user.text("as-uid"), user.texts("as-groups")
    section = user.section("as-user-extra")
    extra = {key: section.texts(key) for key in section.values} if section else {}
    if not name:
        if uid or groups or extra:
            raise user.fault("as", "uid, groups or extra are impersonated, but no user", hint="state `as` too")
        return None
    return Impersonation(user=name, uid=uid, groups=groups, extra=extra)
