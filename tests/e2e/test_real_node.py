"""The embedded cluster with real nodes: real containers, kubelets, Services, cluster DNS and volumes. Needs root.

Shared cluster, two nodes: what pods are given (logs, exec, port-forward, Services across nodes, DNS, volumes, ports of
the node, webhooks, limits), who may do what, and images that come from a file or a registry.
Cluster of its own, one node: beside the shared one; repaired when one of its processes dies; everything of it killed,
then started again with its data; everything killed again, then removed without a trace. Two more are removed: one
whose start was killed half way, and one whose folder somebody deleted.
Left out: a machine whose control groups are of the second version (none here), and a reboot (killing everything stands
for it: processes, mounts, interfaces and namespaces are gone as then).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from e2e.rig import eventually, image_builder, tool, tools_folder
from e2e.web_image import web_image
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice
from fairlead.adapters.clusters.embedded.pki import make_authority, make_server
from fairlead.adapters.clusters.embedded.processes import find_marked
from fairlead.adapters.clusters.embedded.real.cgroups import find_groups, group_name
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.images.addons import ADDONS
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.system import SystemPackages
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.image import BuiltImage
from fairlead.model.local_cluster import ClusterState, LocalCluster

pytestmark = pytest.mark.e2e

APP = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: IMAGE
          ports: [{containerPort: 8080, hostPort: 80}]
          resources: {limits: {memory: 64Mi}}
          volumeMounts: [{name: tls, mountPath: /tls}]
      volumes: [{name: tls, secret: {secretName: web-tls, optional: true}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
    - {name: https, port: 443, targetPort: 8443}
"""

STORE = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: store}
spec: {selector: {app: store}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      containers:
        - name: store
          image: IMAGE
          ports: [{containerPort: 8080, hostPort: 80}]
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
"""

WEBHOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
  - name: guard.example.test
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {service: {name: web, namespace: default, port: 443, path: /admit}, caBundle: AUTHORITY}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: guarded}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A cluster and ways to look at it."""

    cluster: EmbeddedCluster
    image: BuiltImage

    @property
    def status(self) -> LocalCluster:
        return asyncio.run(self.cluster.status())

    @property
    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in self.status.processes}

    @property
    def folder(self) -> Path:
        return self.cluster.kubeconfig.parent

    def kubectl_words(self, *words: str) -> list[str]:
        return [
            str(tool("kubectl")),
            f"--kubeconfig={self.cluster.kubeconfig}",
            f"--cache-dir={self.folder.parent.parent.parent / 'kubectl'}",
            *words,
        ]

    def kubectl(self, *words: str, text: str = "", check: bool = True) -> str:
        done = subprocess.run(
            self.kubectl_words(*words), check=False, timeout=120, capture_output=True, text=True, input=text
        )
        assert done.returncode == 0 or not check, done.stderr
        return (done.stdout or done.stderr).strip()

    def apply(self, text: str) -> None:
        self.kubectl("apply", "-f", "-", text=text.replace("IMAGE", self.image.reference))

    def web(self, path: str = "/", **query: str) -> str:
        """What port 80 of the nodes answers on this machine."""
        words = f"?{urllib.parse.urlencode(query)}" if query else ""
        with urllib.request.urlopen(f"{self.status.web_url}{path}{words}", timeout=60) as answer:
            return str(answer.read().decode().strip())

    def pods(self, label: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", "pods", "-l", label, "-o", "json"))["items"]
        return items


def make(root: Path, environment: str, *, count: int) -> EmbeddedCluster:
    return EmbeddedCluster(
        cluster_folder(root, "homelab", environment),
        tools=ToolChain(tools_folder(), progress=print),
        clock=SystemClock(),
        progress=print,
        nodes=NodeKind.REAL,
        count=count,
        real=RealNodes(
            choice=NodeChoice(packages=SystemPackages(progress=print), may_install=_yes),
            images=image_builder(),
            addons=ADDONS,
        ),
    )


async def _yes(_: str) -> bool:
    return True


@contextlib.contextmanager
def running(root: Path, environment: str, *, count: int) -> Iterator[Rig]:
    rig = Rig(cluster=make(root, environment, count=count), image=web_image())
    try:
        asyncio.run(rig.cluster.up())
        asyncio.run(rig.cluster.load(Path(rig.image.archive), reference=rig.image.reference))
        yield rig
    finally:
        asyncio.run(rig.cluster.down())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Two nodes, a pod of `web` on each."""
    with running(tmp_path_factory.mktemp("shared"), "local", count=2) as rig:
        authority = make_authority("e2e", now=datetime.now(UTC))
        server = make_server(authority, name="web", names=["web.default.svc"], addresses=[], now=datetime.now(UTC))
        for name, content in (("crt", server.certificate_pem()), ("key", server.key_pem())):
            (rig.folder.parent / f"tls.{name}").write_bytes(content)
        files = [f"--{name}={rig.folder.parent}/tls.{file}" for name, file in (("cert", "crt"), ("key", "key"))]
        rig.kubectl("create", "secret", "tls", "web-tls", *files)
        rig.apply(APP)
        rig.apply(WEBHOOK.replace("AUTHORITY", base64.b64encode(authority.certificate_pem()).decode()))
        rig.kubectl("rollout", "status", "daemonset/web", "--timeout=240s")
        yield rig
        for name in ("crt", "key"):
            (rig.folder.parent / f"tls.{name}").unlink()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, shared: Rig) -> Iterator[Rig]:
    """One node, beside the shared cluster, with a pod that keeps a file on a claim."""
    with running(tmp_path_factory.mktemp("single"), "other", count=1) as rig:
        rig.apply(STORE)
        rig.kubectl("rollout", "status", "statefulset/store", "--timeout=240s")
        yield rig


def test_status_says_that_nodes_are_real_and_what_runs(shared: Rig) -> None:
    status = shared.status

    assert (status.state, status.nodes, status.nodes_are_simulated) == (ClusterState.RUNNING, 2, False)
    assert {"node-0", "node-1", "containerd-1", "kubelet-1", "kube-proxy-1", "relay"} <= set(shared.pids)
    assert all(process.is_alive for process in status.processes)


def test_nodes_are_ready_with_a_real_runtime(shared: Rig) -> None:
    nodes = json.loads(shared.kubectl("get", "nodes", "-o", "json"))["items"]

    assert [node["metadata"]["name"] for node in nodes] == ["node-0", "node-1"]
    assert all(node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://") for node in nodes)
    assert not any("simulated" in json.dumps(node["metadata"]) for node in nodes)


def test_pod_logs(shared: Rig) -> None:
    for pod in shared.pods("app=web"):
        assert shared.kubectl("logs", pod["metadata"]["name"]).endswith("serving")


def test_exec_with_arguments_input_and_exit_code(shared: Rig) -> None:
    name = shared.pods("app=web")[0]["metadata"]["name"]

    assert shared.kubectl("exec", name, "--", "/web", "say", "hello") == "hello"
    assert shared.kubectl("exec", "-i", name, "--", "/web", "echo", text="there") == "there"
    assert "exit code 7" in shared.kubectl("exec", name, "--", "/web", "fail", check=False)


def test_port_forward(shared: Rig) -> None:
    names = {pod["metadata"]["name"] for pod in shared.pods("app=web")}
    words = shared.kubectl_words("port-forward", "--address=127.0.0.1", "service/web", ":80")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", child.stdout.readline())
        assert found
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/", timeout=60) as answer:
            assert answer.read().decode().strip() in names
        child.terminate()


def test_service_reaches_the_pods_of_both_nodes(shared: Rig) -> None:
    names = {pod["metadata"]["name"] for pod in shared.pods("app=web")}
    assert len({pod["spec"]["nodeName"] for pod in shared.pods("app=web")}) == 2

    answered = set[str]()
    eventually(lambda: answered.add(_try(lambda: shared.web("/get", url="http://web/"))) or names <= answered)


def test_node_port_is_open_on_both_nodes(shared: Rig) -> None:
    for node in json.loads(shared.kubectl("get", "nodes", "-o", "json"))["items"]:
        address = node["status"]["addresses"][0]["address"]
        assert shared.web("/get", url=f"http://{address}:30080/").startswith("web-")


def test_names_are_resolved_in_pods(shared: Rig) -> None:
    address = shared.kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")

    assert shared.web("/lookup", name="web") == address
    assert shared.web("/lookup", name="web.default.svc.cluster.local") == address
    for absent in ("absent", "absent.default.svc.cluster.local", "absent.example.test"):
        with pytest.raises(urllib.error.HTTPError) as raised:
            shared.web("/lookup", name=absent)
        assert "no such host" in raised.value.read().decode()


def test_port_of_the_node_is_reached_from_this_machine(shared: Rig) -> None:
    assert shared.status.web_url.startswith("http://127.0.0.1:")
    assert shared.web() in {pod["metadata"]["name"] for pod in shared.pods("app=web")}


def test_webhook_is_called_and_its_refusal_is_told(shared: Rig) -> None:
    shared.kubectl("create", "namespace", "guarded")

    def refusal() -> str:
        return shared.kubectl("-n", "guarded", "create", "configmap", "x", check=False)

    # The address of a Service reaches the API server's node a moment after its pods are ready.
    assert "not on my watch" in eventually(lambda: (said := refusal()) and "not on my watch" in said and said)


def test_memory_limit_reaches_the_container(shared: Rig) -> None:
    files = ("memory.limit_in_bytes", "memory.max")
    groups = find_groups(group_name(shared.folder, "node-0"))
    limits = {path.read_text().strip() for group in groups for file in files for path in group.rglob(file)}
    assert str(64 * 1024 * 1024) in limits


def test_node_may_not_touch_what_is_not_its_own(shared: Rig) -> None:
    def as_node(*words: str) -> str:
        return shared.kubectl(*words, "--as=system:node:node-1", "--as-group=system:nodes", check=False)

    assert as_node("get", "node", "node-1", "-o", "name") == "node/node-1"
    assert "cannot read" in as_node("get", "node", "node-0")
    assert "Forbidden" in as_node("get", "secrets")
    assert as_node("label", "node", "node-1", "mine=yes") == "node/node-1 labeled"
    restricted = as_node("label", "node", "node-1", "node-restriction.kubernetes.io/team=mine")
    assert "is not allowed to modify labels" in restricted


def test_kubelet_answers_nobody_unknown(shared: Rig) -> None:
    answer = shared.web("/get", url="http://10.97.0.10:10250/pods")
    assert "Client sent an HTTP request to an HTTPS server" in answer
    raw = shared.kubectl("get", "--raw", "/api/v1/nodes/node-0/proxy/healthz")
    assert raw == "ok"


def test_image_that_is_not_there_is_told_at_once(shared: Rig) -> None:
    shared.kubectl("run", "nowhere", "--image=registry.example.test/team/nowhere:1")
    path = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"

    def reason() -> str:
        said = shared.kubectl("get", "pod", "nowhere", "-o", path)
        return "" if said == "ContainerCreating" else said

    assert eventually(reason) in ("ErrImagePull", "ImagePullBackOff")


def test_load_is_idempotent_and_refuses_what_is_no_image(shared: Rig, tmp_path: Path) -> None:
    asyncio.run(shared.cluster.load(Path(shared.image.archive), reference=shared.image.reference))

    (tmp_path / "no.tar").write_bytes(b"no image")
    with pytest.raises(InputError, match="does not hold the image"):
        asyncio.run(shared.cluster.load(tmp_path / "no.tar", reference="example.test/no:1"))


def test_pull_from_a_registry_on_loopback(shared: Rig) -> None:
    with registry(Path(shared.image.archive)) as port:
        reference = f"127.0.0.1:{port}/team/web:1"
        asyncio.run(shared.cluster.pull(reference))
        with pytest.raises(Unavailable, match="cannot pull"):
            asyncio.run(shared.cluster.pull(f"127.0.0.1:{port}/team/absent:1"))

    shared.kubectl("run", "pulled", f"--image={reference}", "--image-pull-policy=IfNotPresent")
    shared.kubectl("wait", "--for=condition=Ready", "pod/pulled", "--timeout=240s")


@contextlib.contextmanager
def registry(archive: Path) -> Iterator[int]:
    """A registry that has one image, `team/web:1`; its port."""
    with tarfile.open(archive) as tar:
        blobs = {
            f"sha256:{Path(member.name).name}": file.read()
            for member in tar
            if member.name.startswith("blobs/") and (file := tar.extractfile(member))
        }
        index = tar.extractfile("index.json")
        assert index is not None
        manifest = json.load(index)["manifests"][0]

    class Handler(http.server.BaseHTTPRequestHandler):
        kind: ClassVar[str] = manifest["mediaType"]

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, *, with_body: bool) -> None:
            name = self.path.rpartition("/")[2]
            content = blobs.get(manifest["digest"] if name == "1" else name)
            is_known = content is not None and self.path.startswith("/v2/team/web/")
            self.send_response(200 if is_known else 404)
            body = content if is_known and content else b""
            if "/manifests/" in self.path:
                self.send_header("Content-Type", self.kind)
            self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(body).hexdigest()}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- a cluster of its own: the tests go on from each other, in their order ---------------------


def test_second_cluster_keeps_a_file_over_a_restart_of_its_pod(single: Rig, shared: Rig) -> None:
    claim = single.kubectl("get", "pvc", "data", "-o", "jsonpath={.status.phase} {.spec.storageClassName}")
    assert claim == "Bound local-path"
    single.web("/write", text="kept")
    single.kubectl("delete", "pod", "store-0")
    single.kubectl("rollout", "status", "statefulset/store", "--timeout=240s")

    assert eventually(lambda: _try(lambda: single.web("/read"))) == "kept"
    assert shared.web().startswith("web-")


def test_pod_reaches_itself_by_its_service(single: Rig) -> None:
    # Its pod was started anew by the test before: its endpoint comes when it is ready.
    assert eventually(lambda: _try(lambda: single.web("/get", url="http://store/"))) == "store-0"


@pytest.mark.parametrize("victim", ["relay", "kubelet-0", "containerd-0", "kube-apiserver"])
def test_dead_process_is_started_again_while_pods_go_on(single: Rig, victim: str) -> None:
    before, started = single.pids, _started(single)
    os.kill(before[victim], signal.SIGKILL)
    eventually(lambda: single.status.state is ClusterState.BROKEN)

    asyncio.run(single.cluster.up())

    changed = {name for name, pid in single.pids.items() if pid != before[name]}
    assert (single.status.state, changed) == (ClusterState.RUNNING, {victim})
    assert eventually(lambda: _try(lambda: single.web("/read"))) == "kept"
    assert _started(single) == started


def test_everything_killed_comes_back_with_its_data(single: Rig) -> None:
    kill_all(single)

    asyncio.run(single.cluster.up())

    assert single.status.state is ClusterState.RUNNING
    assert eventually(lambda: _try(lambda: single.web("/read")), seconds=120) == "kept"


def test_down_after_kill_of_everything_leaves_nothing(single: Rig, shared: Rig) -> None:
    namespaces = {link for pid in single.pids.values() for link in _namespaces(pid)} - set(_namespaces(os.getpid()))
    assert len(namespaces) >= 6
    # Held open: their numbers are given to others as soon as they are gone.
    held = [os.open(f"/proc/{single.pids['node-0']}/ns/{kind}", os.O_RDONLY) for kind in _KINDS]
    before = _visible()
    kill_all(single)

    asyncio.run(single.cluster.down())

    assert single.status.state is ClusterState.ABSENT
    assert not list(find_marked(single.folder))
    assert not find_groups(group_name(single.folder, ""))
    assert not single.folder.exists()
    assert not namespaces & {link for pid in _pids() for link in _namespaces(pid)}
    for descriptor in held:
        os.close(descriptor)
    assert not [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(single.folder) in line]
    assert _visible() == before
    assert shared.status.state is ClusterState.RUNNING


def test_down_without_record_and_folder_leaves_nothing(shared: Rig, tmp_path: Path) -> None:
    """As after somebody removed the folder of a cluster that runs."""
    cluster = make(tmp_path, "lost", count=1)
    folder = cluster.kubeconfig.parent
    try:
        asyncio.run(cluster.up())
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    finally:
        asyncio.run(cluster.down())

    assert not list(find_marked(folder))
    assert not find_groups(group_name(folder, ""))
    assert not folder.exists()
    assert shared.status.state is ClusterState.RUNNING


def test_down_after_a_start_that_was_killed_half_way_leaves_nothing(shared: Rig, tmp_path: Path) -> None:
    cluster = make(tmp_path, "half", count=1)
    folder = cluster.kubeconfig.parent
    script = f"import sys; sys.path[:0] = {sys.path!r}; import e2e.test_real_node as t; t.start({str(tmp_path)!r})"
    try:
        with subprocess.Popen([sys.executable, "-uc", script], text=True, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert any(line.startswith("waiting for the nodes") for line in child.stdout)
            child.kill()
        assert asyncio.run(cluster.status()).state is ClusterState.BROKEN
    finally:
        asyncio.run(cluster.down())

    assert not list(find_marked(folder))
    assert not find_groups(group_name(folder, ""))
    assert not folder.exists()
    assert shared.status.state is ClusterState.RUNNING


def start(root: str) -> None:
    asyncio.run(make(Path(root), "half", count=1).up())


def kill_all(rig: Rig) -> None:
    """Every process that was started for the cluster, and with the nodes' first ones all pods."""
    for pid in rig.pids.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: rig.status.state is ClusterState.STOPPED)


def _started(rig: Rig) -> list[str]:
    """When the containers of `store` started: another time is another container."""
    return [
        status["state"]["running"]["startedAt"]
        for pod in rig.pods("app=store")
        for status in pod["status"]["containerStatuses"]
    ]


def _try(ask: Callable[[], str]) -> str:
    """Empty while nobody answers."""
    try:
        return ask()
    except OSError:
        return ""


def _visible() -> tuple[object, ...]:
    """What of this machine a node could have left behind: interfaces, named namespaces, logs of containers."""
    return (
        sorted(path.name for path in Path("/sys/class/net").iterdir()),
        sorted(Path("/run/netns").glob("*")),
        sorted(Path("/var/log").glob("containers/*")),
        sorted(Path("/var/lib").glob("kubelet*")),
        sorted(Path("/run").glob("containerd*")),
    )


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


_KINDS = ("net", "mnt", "pid", "cgroup", "uts", "ipc")


def _namespaces(pid: int) -> list[str]:
    try:
        return [str((Path("/proc") / str(pid) / "ns" / kind).readlink()) for kind in _KINDS]
    except OSError:
        return []
