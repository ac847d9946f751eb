"""The connection of a pod: its service account, its namespace and the cluster's own authority."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fairlead.adapters.kube.connection import Connection, Identity, Trust
from fairlead.model.errors import InputError

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def is_in_cluster(environ: Mapping[str, str], *, folder: Path = SERVICE_ACCOUNT) -> bool:
    return bool(environ.get("KUBERNETES_SERVICE_HOST")) and (folder / "token").exists()


def in_cluster_connection(*, environ: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Connection:
    """The API server as a pod sees it; the token is read again as it rotates. Raises InputError."""
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ.get("KUBERNETES_SERVICE_PORT") or "443"
    namespace = folder / "namespace"
    try:
        authorities = (folder / "ca.crt").read_bytes()
        own_namespace = namespace.read_text().strip() if namespace.exists() else ""
    except OSError as err:
        raise InputError(f"cannot read the service account in {folder}: {err.strerror}") from err
    return Connection(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        origin=str(folder),
        context="in-cluster",
        namespace=own_namespace or "default",
        trust=Trust(authorities=authorities),
        identity=Identity(token_file=folder / "token"),
    )
