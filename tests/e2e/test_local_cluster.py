"""The embedded cluster with the real programs: etcd, the Kubernetes control plane, kwok, kubectl.

Shared cluster: who may talk to it, what is written down, what its simulated pods do, where its traffic goes.
Clusters of their own: two at once, two starts at once, a port that is snatched away, kill -9 of one, of all and of the
starter, a parent that ends, a disk that takes nothing more.
Left out: a reboot (another boot id is covered in the unit tests) and a folder on a real full disk (a size limit stands
for it).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster
from fairlead.adapters.clusters.embedded.processes import find_marked
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.errors import Unavailable
from fairlead.model.local_cluster import ClusterState, LocalCluster

pytestmark = pytest.mark.e2e

APP = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      initContainers: [{name: first, image: example.test/first}]
      containers: [{name: web, image: example.test/web, volumeMounts: [{name: data, mountPath: /data}]}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: example.test/once}]}}}
"""

CALLS_NOBODY = """
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.simulated.example.test}
spec:
  {group: simulated.example.test, version: v1, groupPriorityMinimum: 100, versionPriority: 100,
   insecureSkipTLSVerify: true, service: {name: web, namespace: default, port: 443}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: nobody}
webhooks:
  - name: nobody.example.test
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {service: {name: web, namespace: default, port: 443}}
    rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]
"""


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Progress(list[str]):
    def __call__(self, line: str) -> None:
        self.append(line)


TOOLS = ToolChain(default_cache(os.environ), progress=print)


def make(root: Path, environment: str = "local", *, progress: Any = None, nodes: int = 2) -> EmbeddedCluster:
    return EmbeddedCluster(
        cluster_folder(root, "homelab", environment),
        tools=TOOLS,
        clock=RealClock(),
        progress=print if progress is None else progress,
        count=nodes,
    )


def status_of(cluster: EmbeddedCluster) -> LocalCluster:
    return asyncio.run(cluster.status())


def pids(cluster: EmbeddedCluster) -> dict[str, int]:
    return {process.name: process.pid for process in status_of(cluster).processes}


def kubectl(cluster: EmbeddedCluster, *arguments: str, text: str = "") -> str:
    program = asyncio.run(TOOLS.path("kubectl"))
    cache = cluster.kubeconfig.parent / "kubectl-cache"
    command = [str(program), f"--kubeconfig={cluster.kubeconfig}", f"--cache-dir={cache}", *arguments]
    done = subprocess.run(command, check=False, timeout=180, capture_output=True, text=True, input=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill_all(cluster: EmbeddedCluster) -> None:
    for pid in pids(cluster).values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while status_of(cluster).state is not ClusterState.STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start_in_child(root: Path, **options: Any) -> subprocess.Popen[str]:
    """`up` in a Python process of its own."""
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_local_cluster as t; t.child()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CLUSTERS": str(root)}
    return subprocess.Popen(
        [sys.executable, "-c", script], env=environment, text=True, stdout=subprocess.PIPE, **options
    )


def child() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a text file in this process
    asyncio.run(make(Path(os.environ["CLUSTERS"])).up())


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whatever the test made there is removed, and nothing of it may be left."""
    yield tmp_path
    for environment in ("local", "other"):
        cluster = make(tmp_path, environment)
        asyncio.run(cluster.down())
        assert not any(find_marked(cluster.kubeconfig.parent))
    assert not list(tmp_path.glob("clusters/*"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    cluster = make(tmp_path_factory.mktemp("shared"))
    asyncio.run(cluster.up())
    yield cluster
    asyncio.run(cluster.down())


def sockets_of(processes: set[int]) -> set[str]:
    """The local and remote addresses, as /proc writes them, of the TCP and UDP sockets of *processes*."""
    inodes = set[str]()
    for pid in processes:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
            except FileNotFoundError:
                continue
    found = set[str]()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                found |= {field.split(":")[0] for field in fields[1:3]}
    return found


def test_status_says_what_runs_and_that_nodes_are_simulated(shared: EmbeddedCluster) -> None:
    status = status_of(shared)

    assert (status.state, status.kubernetes, status.nodes_are_simulated) == (ClusterState.RUNNING, "1.34.2", True)
    assert [process.name for process in status.processes if process.is_alive] == [
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
    ]
    assert status.since is not None
    assert "webhook configurations are stored, not called" in " ".join(status.notes)


def test_nodes_are_ready_and_say_simulated(shared: EmbeddedCluster) -> None:
    nodes = json.loads(kubectl(shared, "get", "nodes", "-o", "json"))["items"]

    assert len(nodes) == 2
    assert {node["status"]["nodeInfo"]["containerRuntimeVersion"] for node in nodes} == {"simulated://kwok"}


@pytest.mark.parametrize("path", ["/version", "/readyz", "/api/v1/namespaces"])
def test_anonymous_request_is_refused(shared: EmbeddedCluster, path: str) -> None:
    trusting = ssl.create_default_context(cafile=str(shared.kubeconfig.parent / "pki/ca.crt"))
    port = int(status_of(shared).api_url.rpartition(":")[2])
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=trusting, timeout=60)
    connection.request("GET", path)

    assert connection.getresponse().status == 401
    connection.close()


def test_keys_are_for_their_owner_only(shared: EmbeddedCluster) -> None:
    folder = shared.kubeconfig.parent
    files = [path for path in folder.rglob("*") if path.is_file() and "kubectl-cache" not in path.parts]

    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_write_is_in_the_audit_log_once_with_its_user(shared: EmbeddedCluster) -> None:
    kubectl(shared, "create", "configmap", "audited")

    lines = Path(status_of(shared).audit_log).read_text().splitlines()
    events = [json.loads(line) for line in lines if '"configmaps"' in line and '"audited"' in line]
    written = [event for event in events if event["verb"] == "create"]
    assert [(event["stage"], event["level"], event["user"]["username"]) for event in written] == [
        ("ResponseComplete", "Metadata", "fairlead-admin")
    ]


def test_simulated_application_becomes_ready(shared: EmbeddedCluster) -> None:
    kubectl(shared, "apply", "-f", "-", text=APP)

    kubectl(shared, "rollout", "status", "deployment/web", "--timeout=120s")
    kubectl(shared, "wait", "--for=condition=complete", "job/once", "--timeout=120s")
    kubectl(shared, "wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=120s")
    kubectl(shared, "wait", "--for=jsonpath={.status.loadBalancer.ingress}", "service/web", "--timeout=120s")
    kubectl(shared, "wait", "--for=jsonpath={.endpoints[2]}", "endpointslice", "--all", "--timeout=120s")


def test_what_simulated_pods_would_answer_is_refused_at_once(shared: EmbeddedCluster) -> None:
    kubectl(shared, "apply", "-f", "-", text=APP)
    kubectl(shared, "apply", "-f", "-", text=CALLS_NOBODY)
    name = "apiservice/v1.simulated.example.test"
    kubectl(shared, "wait", f"{name}", "--for=condition=Available=false", "--timeout=120s")

    start = time.monotonic()
    # The webhook says Fail for everything, so this write shows that it is not called.
    kubectl(shared, "create", "namespace", "brief")
    kubectl(shared, "api-resources")
    assert time.monotonic() - start < 15
    kubectl(shared, "delete", name)
    kubectl(shared, "delete", "namespace", "brief", "--timeout=120s")


def test_no_process_talks_beyond_loopback(shared: EmbeddedCluster) -> None:
    addresses = sockets_of(set(pids(shared).values()))

    assert addresses, "the API server at least has connections"
    nothing, loopback = "00000000", "0100007F"
    assert addresses <= {nothing, loopback}


def test_second_up_changes_nothing(shared: EmbeddedCluster) -> None:
    before = status_of(shared)
    assert asyncio.run(make(Path(before.folder).parents[2]).up()) == before


def test_nodes_can_be_added_and_taken_away(shared: EmbeddedCluster) -> None:
    root, before = Path(status_of(shared).folder).parents[2], pids(shared)
    for count in (3, 2):
        asyncio.run(make(root, nodes=count).up())
        assert len(kubectl(shared, "get", "nodes", "-o", "name").split()) == count
    assert pids(shared) == before


def test_two_clusters_live_side_by_side(root: Path, shared: EmbeddedCluster) -> None:
    cluster = make(root)
    status = asyncio.run(cluster.up())

    assert status.api_url != status_of(shared).api_url
    asyncio.run(cluster.down())
    assert status_of(shared).state is ClusterState.RUNNING


def test_two_starts_at_once_make_one_cluster(root: Path) -> None:
    async def start_both() -> tuple[LocalCluster, LocalCluster, Progress]:
        said = Progress()
        one, other = await asyncio.gather(make(root, progress=said).up(), make(root, progress=said).up())
        return one, other, said

    one, other, said = asyncio.run(start_both())
    assert one == other
    assert said.count("waiting for another fairlead that is at work on this cluster") == 1
    assert said.count("starting etcd") == 1


def test_port_snatched_at_the_last_moment_is_replaced(root: Path) -> None:
    with socket.socket() as thief:

        def snatch(line: str) -> None:
            if "API server on port" in line and thief.getsockname()[1] == 0:
                thief.bind(("127.0.0.1", int(line.rpartition(" ")[2])))
                thief.listen()

        status = asyncio.run(make(root, progress=snatch).up())
        assert status.state is ClusterState.RUNNING
        assert status.api_url != f"https://127.0.0.1:{thief.getsockname()[1]}"


def test_cluster_survives_kill_of_everything_with_its_data(root: Path) -> None:
    cluster = make(root)
    url = asyncio.run(cluster.up()).api_url
    kubectl(cluster, "create", "configmap", "kept")
    kill_all(cluster)

    assert asyncio.run(cluster.up()).api_url == url
    assert kubectl(cluster, "get", "configmap", "kept", "-o", "name") == "configmap/kept\n"


def test_new_port_after_the_old_one_was_taken_is_in_the_kubeconfig(root: Path) -> None:
    cluster = make(root)
    url = asyncio.run(cluster.up()).api_url
    kill_all(cluster)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", int(url.rpartition(":")[2])))
        holder.listen()
        assert asyncio.run(cluster.up()).api_url != url

    assert kubectl(cluster, "get", "--raw", "/readyz") == "ok"


@pytest.mark.parametrize("victim", ["kube-scheduler", "kwok"])
def test_dead_process_is_started_again_and_the_others_are_kept(root: Path, victim: str) -> None:
    cluster = make(root)
    asyncio.run(cluster.up())
    before = pids(cluster)
    os.kill(before[victim], signal.SIGKILL)
    deadline = time.monotonic() + 120
    while status_of(cluster).state is not ClusterState.BROKEN:
        assert time.monotonic() < deadline

    asyncio.run(cluster.up())
    changed = {name for name, pid in pids(cluster).items() if pid != before[name]}
    assert (status_of(cluster).state, changed) == (ClusterState.RUNNING, {victim})


def test_stopped_api_server_is_replaced(root: Path) -> None:
    cluster = make(root)
    asyncio.run(cluster.up())
    os.kill(pids(cluster)["kube-apiserver"], signal.SIGSTOP)

    asyncio.run(cluster.up())
    assert kubectl(cluster, "get", "--raw", "/readyz") == "ok"


def test_down_after_kill_of_everything_leaves_nothing(root: Path) -> None:
    cluster = make(root)
    asyncio.run(cluster.up())
    kill_all(cluster)

    asyncio.run(cluster.down())
    assert status_of(cluster).state is ClusterState.ABSENT
    assert not list(root.glob("clusters/*"))


def test_cluster_whose_folder_was_deleted_is_found_and_ended(root: Path) -> None:
    cluster = make(root)
    asyncio.run(cluster.up())
    subprocess.run(["rm", "-rf", status_of(cluster).folder], check=True)
    assert status_of(cluster).state is ClusterState.BROKEN

    asyncio.run(cluster.down())
    assert status_of(cluster).state is ClusterState.ABSENT


def test_cluster_outlives_the_process_that_started_it(root: Path) -> None:
    with start_in_child(root, start_new_session=True) as parent:
        parent.communicate(timeout=180)
        assert parent.returncode == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGHUP)

    cluster = make(root)
    assert status_of(cluster).state is ClusterState.RUNNING
    assert kubectl(cluster, "get", "--raw", "/readyz") == "ok"


@pytest.mark.parametrize("stage", ["starting etcd", "starting the API server", "waiting for the nodes"])
def test_killed_start_can_be_resumed_or_removed(root: Path, stage: str) -> None:
    with start_in_child(root) as parent:
        assert parent.stdout is not None
        assert any(line.startswith(stage) for line in parent.stdout)
        parent.kill()
    cluster = make(root)

    assert asyncio.run(cluster.up()).state is ClusterState.RUNNING
    asyncio.run(cluster.down())
    assert status_of(cluster).state is ClusterState.ABSENT


def test_full_disk_names_the_folder_and_leaves_no_process(root: Path) -> None:
    import resource

    # Children inherit the limit: etcd cannot make its files.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, before[1]))
    cluster = make(root)
    try:
        with pytest.raises(Unavailable, match="etcd ended") as caught:
            asyncio.run(cluster.up())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert str(root) in caught.value.hint
    assert not any(find_marked(cluster.kubeconfig.parent))
