"""The programs of an embedded control plane: their command lines and the files they read.

All run in the cluster's folder, so paths are relative to it. Only the API server listens on a port; etcd has a socket
in the folder. A Kubernetes program with `--secure-port=0` listens on nothing. What depends on the kind of nodes is in
`Surroundings`.
"""

from __future__ import annotations

import base64
import platform
from collections.abc import Iterable
from pathlib import Path

import orjson

from fairlead.adapters.clusters.embedded.pki import SERVICE_NETWORK, write_private
from fairlead.adapters.clusters.folder import names_of
from fairlead.model.frozen import dataclass

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
"""In the order they start; each needs those before it."""

CLIENTS_OF_API = PROGRAMS[2:]

ETCD_SOCKET = "etcd.sock:1"
"""etcd insists on a port in every URL, and makes it part of the socket's name."""

PKI = "pki"
KUBECONFIG = "kubeconfig"
AUDIT_LOG = "audit.log"
RECORD = "cluster.json"
LOGS = "logs"

NODE_NETWORK = "127.97"
POD_NETWORK = "240.0.0.0/16"
"""Reserved and routed nowhere (RFC 1112, section 4), for endpoints may not be in loopback. The API server, the only one
who would call a pod, has no way out at all: see `_EGRESS`."""

_STAGES = Path(__file__).with_name("stages.yaml")

_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}

_EGRESS = {
    "apiVersion": "apiserver.k8s.io/v1beta1",
    "kind": "EgressSelectorConfiguration",
    "egressSelections": [
        {
            # Calls to nodes, pods and Services go to a socket that nobody opens: they fail at once instead of waiting
            # for an address where nothing is, or reaching a machine that happens to have it.
            "name": "cluster",
            "connection": {
                "proxyProtocol": "HTTPConnect",
                "transport": {"uds": {"udsName": "simulated-pods-answer-nobody.sock"}},
            },
        }
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the API server and the controllers are told of the network that they are in. *clients* have a kubeconfig
    each, below config/."""

    bind_address: str
    advertise_address: str
    services: str
    clients: tuple[str, ...]
    api_server: tuple[str, ...]


SIMULATED = Surroundings(
    bind_address="127.0.0.1",
    advertise_address="127.0.0.1",
    services=SERVICE_NETWORK,
    clients=CLIENTS_OF_API,
    api_server=(
        # The endpoints of the Service `kubernetes` would have to lie outside loopback; nobody here uses them.
        "--endpoint-reconciler-type=none",
        "--authorization-mode=RBAC",
        # Simulated pods answer nobody: a webhook with `failurePolicy: Fail` would refuse every write from the moment
        # its configuration is applied. Webhook configurations are stored, not called.
        "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
        "--egress-selector-config-file=config/egress.yaml",
    ),
)


def log_file(folder: Path, program: str) -> Path:
    return folder / LOGS / f"{program}.log"


def arguments(program: str, *, port: int, around: Surroundings = SIMULATED) -> list[str]:
    """The arguments of *program*, one of PROGRAMS; *port* is the API server's."""
    return {
        "etcd": _etcd,
        "kube-apiserver": lambda: _api_server(port, around),
        "kube-controller-manager": _controller_manager,
        "kube-scheduler": _scheduler,
        "kwok": _kwok,
    }[program]()


def write_files(
    folder: Path, *, port: int, inner_port: int | None = None, clients: Iterable[str] = CLIENTS_OF_API
) -> None:
    """Write what the programs read, and the user's kubeconfig, for an API server at *port*; the programs themselves
    reach it at *inner_port*, if that is another. The PKI must be there."""
    (folder / "config").mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "config/audit-policy.yaml", orjson.dumps(_AUDIT_POLICY))
    write_private(folder / "config/egress.yaml", orjson.dumps(_EGRESS))
    write_private(folder / "config/stages.yaml", _STAGES.read_bytes())
    for client in clients:
        url = api_url(inner_port or port)
        write_private(folder / f"config/{client}.kubeconfig", kubeconfig(folder, client=client, url=url))
    write_private(folder / KUBECONFIG, kubeconfig(folder, client="admin", url=api_url(port)))


def kubeconfig(folder: Path, *, client: str, url: str, pki: Path | None = None) -> bytes:
    """A kubeconfig with the certificate and key of *client*, from *pki* or the cluster's, in it. JSON, which every
    reader of YAML reads."""
    pki = pki or folder / PKI
    name = "-".join(("fairlead", *names_of(folder)))
    user = {
        "client-certificate-data": _encoded(pki / f"{client}.crt"),
        "client-key-data": _encoded(pki / f"{client}.key"),
    }
    cluster = {"server": url, "certificate-authority-data": _encoded(folder / PKI / "ca.crt")}
    return orjson.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
        option=orjson.OPT_INDENT_2,
    )


def api_url(port: int) -> str:
    return f"https://127.0.0.1:{port}"


def architecture() -> str:
    """This machine's, as Kubernetes names it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _etcd() -> list[str]:
    return [
        "--name=local",
        "--data-dir=etcd",
        "--listen-client-urls=unix://etcd.sock:1",
        "--advertise-client-urls=unix://etcd.sock:1",
        "--listen-peer-urls=unix://peer.sock:1",
        "--initial-advertise-peer-urls=unix://peer.sock:1",
        "--initial-cluster=local=unix://peer.sock:1",
        # A cluster that can be made again in seconds: losing power may cost its last writes.
        "--unsafe-no-fsync",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
        "--log-level=warn",
    ]


def _api_server(port: int, around: Surroundings) -> list[str]:
    return [
        "--etcd-servers=unix://etcd.sock:1",
        f"--bind-address={around.bind_address}",
        f"--advertise-address={around.advertise_address}",
        f"--secure-port={port}",
        f"--service-cluster-ip-range={around.services}",
        "--cert-dir=pki",
        "--client-ca-file=pki/ca.crt",
        "--tls-cert-file=pki/apiserver.crt",
        "--tls-private-key-file=pki/apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--service-account-key-file=pki/service-account.pub",
        "--service-account-signing-key-file=pki/service-account.key",
        "--requestheader-client-ca-file=pki/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--proxy-client-cert-file=pki/front-proxy-client.crt",
        "--proxy-client-key-file=pki/front-proxy-client.key",
        "--anonymous-auth=false",
        "--allow-privileged=true",
        "--profiling=false",
        "--audit-policy-file=config/audit-policy.yaml",
        f"--audit-log-path={AUDIT_LOG}",
        "--audit-log-maxsize=100",
        "--audit-log-maxbackup=3",
        *around.api_server,
    ]


def _controller_manager() -> list[str]:
    return [
        "--kubeconfig=config/kube-controller-manager.kubeconfig",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        "--service-account-private-key-file=pki/service-account.key",
        "--root-ca-file=pki/ca.crt",
        "--cluster-signing-cert-file=pki/ca.crt",
        "--cluster-signing-key-file=pki/ca.key",
        "--allocate-node-cidrs=false",
        "--profiling=false",
        # Alone with one API server on one machine: the default of 20 a second only delays the start.
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    ]


def _scheduler() -> list[str]:
    return [
        "--kubeconfig=config/kube-scheduler.kubeconfig",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--leader-elect=false",
        "--profiling=false",
    ]


def _kwok() -> list[str]:
    return [
        "--kubeconfig=config/kwok.kubeconfig",
        "--config=config/stages.yaml",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        f"--cidr={POD_NETWORK}",
        f"--node-ip={NODE_NETWORK}.0.1",
        "--node-lease-duration-seconds=40",
        # Without an address it serves nothing: no logs, no exec, no port.
        "--server-address=",
    ]


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
