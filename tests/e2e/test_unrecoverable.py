"""What cannot recover, on a real node: each ends within 20 s after it counts (docs/reference/unrecoverable-states.md).

All as components of one deployment, so that they wait side by side: a crash loop, an image that its registry does not
have, a readiness probe that never passes, a pod that fits no node, a claim of a class that is not there, a Job that
fails, an object that a webhook denies, one whose webhook does not answer, a release whose hook never starts, pods that
Pod Security refuses, a quota that is used up, an init container that crashes. Four are well in the end: a Secret that
comes later, a load balancer where nobody gives addresses, a claim that nobody asks for yet, one without any trouble.

When a state began to count is seen by looks at the cluster, half a second apart, beside the deployment.
Left out: what needs another network than one machine has (clouds' volumes and load balancers): unit tests.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from e2e.rig import Clone, Finished, real_cluster, tool
from fairlead.formats.json_data import dig, maps_in
from fairlead.model.image import GoSource, ImageRequest, ImageSource

pytestmark = pytest.mark.e2e

SPACE = "trouble"
REGISTRY = "127.0.0.1:5005"
WITHIN = timedelta(seconds=20)
# Fields that say the same are written one after the other: the command may have seen the first, a look only the last.
IN_A_ROW = timedelta(seconds=2)
ACTOR = ImageRequest(
    name="actor",
    source=ImageSource(go=GoSource(folder="actor", programs={"/actor": "."})),
    folder=str(Path(__file__).parent),
)


@dataclass(kw_only=True)
class Site:
    clone: Clone
    image: str

    def pod(self, *arguments: str, **given: Any) -> dict[str, Any]:
        container = {"name": "app", "image": self.image, "args": list(arguments), **given.pop("container", {})}
        return {"terminationGracePeriodSeconds": 1, **given, "containers": [container]}

    def deployment(self, name: str, pod: dict[str, Any], **spec: Any) -> dict[str, Any]:
        labels = {"app": name}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": SPACE},
            "spec": {
                **spec,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }

    def component(self, name: str, *manifests: Mapping[str, Any], **given: Any) -> dict[str, Any]:
        texts = [json.dumps(manifest) for manifest in manifests]
        self.clone.write(f"{name}.yaml", "\n---\n".join(texts) + "\n")
        return {"name": name, "manifests": f"{name}.yaml", **given}


@dataclass(kw_only=True)
class Ended:
    """How one component's step ended; looks say that its state began to count between *before* and *seen*."""

    text: str
    when: datetime
    before: datetime | None
    seen: datetime | None


@dataclass(kw_only=True)
class Deployed:
    finished: Finished
    steps: dict[str, Ended]
    started: datetime
    clone: Clone
    hints: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with real_cluster(tmp_path_factory.mktemp("state"), ACTOR) as (cluster, images):
        work = tmp_path_factory.mktemp("work")
        clone = Clone(folder=work / "project", home=work / "home", kubeconfig=Path(cluster.kubeconfig))
        yield Site(clone=clone, image=images["actor"])


@pytest.fixture(scope="module")
def deployed(site: Site) -> Deployed:
    """The one deployment that all tests look at."""
    site.clone.project("trouble", *components(site), kubernetes="1.34", podSecurity="privileged")
    site.clone.run("deploy", "--yes", "-l", "tier=infrastructure", timeout=240).expect()
    watcher = Watcher(site.clone)
    events = site.clone.folder / "events.jsonl"
    started = datetime.now(UTC)
    with watcher:
        # Beside the deployment: another component, or a person, may bring it.
        watcher.after(20, ["create", "secret", "generic", "later", "-n", SPACE, "--from-literal=word=here"])
        finished = site.clone.run("deploy", "--yes", "--events-file", events, "-o", "json", timeout=300)
    steps = {
        event["step"]: Ended(
            text=event["text"],
            when=datetime.fromisoformat(event["time"]),
            before=watcher.before.get(event["step"]),
            seen=watcher.seen.get(event["step"]),
        )
        for line in events.read_text().splitlines()
        if (event := json.loads(line))["kind"] == "step-ended"
    }
    print(finished.err, finished.out)
    report = json.loads(finished.out)
    hints = {name: step["result"].get("hint", "") for name, step in report["run"]["steps"].items() if step["result"]}
    return Deployed(finished=finished, steps=steps, started=started, clone=site.clone, hints=hints)


class Watcher:
    """Notes when each component's state is there, by a look at the cluster every half a second."""

    def __init__(self, clone: Clone) -> None:
        # Found out here: children of ours are started from the main thread only.
        self._kubectl = [str(tool("kubectl")), f"--kubeconfig={clone.kubeconfig}", f"--cache-dir={clone.home / 'kube'}"]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._late: tuple[datetime, list[str]] | None = None
        # For each component: when the last look began that did not show its state, when the first ended that did.
        self.before: dict[str, datetime] = {}
        self.seen: dict[str, datetime] = {}

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def after(self, seconds: float, words: list[str]) -> None:
        """Run kubectl with *words* once so many seconds are over."""
        self._late = (datetime.now(UTC) + timedelta(seconds=seconds), words)

    def _look(self) -> None:
        last = datetime.now(UTC)
        while not self._is_over.wait(0.5):
            if self._late and datetime.now(UTC) >= self._late[0]:
                subprocess.run([*self._kubectl, *self._late[1]], check=True, capture_output=True)
                self._late = None
            began = datetime.now(UTC)
            words = [*self._kubectl, "get", "pods,jobs,pvc,deployments", "-n", SPACE, "-o", "json"]
            listed = subprocess.run(words, capture_output=True, text=True, check=False)
            for live in json.loads(listed.stdout or '{"items": []}')["items"]:
                for name, is_there in SHOWN.items():
                    if name not in self.seen and live["metadata"]["name"].startswith(name) and is_there(live):
                        self.before[name], self.seen[name] = last, datetime.now(UTC)
            last = began


def _waits(live: dict[str, Any], *reasons: str, restarts: int = 0, of: str = "containerStatuses") -> bool:
    return any(
        dig(status, "state", "waiting", "reason") in reasons and status["restartCount"] >= restarts
        for status in maps_in(dig(live, "status", of))
    )


def _has(live: dict[str, Any], kind: str, status: str, reason: str = "") -> bool:
    conditions = maps_in(dig(live, "status", "conditions"))
    return any((c["type"], c["status"]) == (kind, status) and reason in c.get("reason", "") for c in conditions)


SHOWN: dict[str, Callable[[dict[str, Any]], bool]] = {
    "crash": lambda live: _waits(live, "CrashLoopBackOff", restarts=3),
    "missing": lambda live: _waits(live, "ErrImagePull", "ImagePullBackOff"),
    "unready": lambda live: _has(live, "Progressing", "False", "ProgressDeadlineExceeded"),
    "homeless": lambda live: _has(live, "PodScheduled", "False", "Unschedulable"),
    "unbound": lambda live: live["kind"] == "PersistentVolumeClaim" and dig(live, "status", "phase") == "Pending",
    "job": lambda live: _has(live, "Failed", "True"),
    "hooked": lambda live: _waits(live, "InvalidImageName"),
    "init": lambda live: _waits(live, "CrashLoopBackOff", restarts=3, of="initContainerStatuses"),
}
GRACE = {"homeless": 60.0, "unbound": 60.0}


def components(site: Site) -> list[dict[str, Any]]:
    key, certificate = _certificate("guard.trouble.svc")
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job", "namespace": SPACE},
        "spec": {"backoffLimit": 0, "template": {"spec": site.pod("crash", "table exists", restartPolicy="Never")}},
    }
    probe = {"readinessProbe": {"tcpSocket": {"port": 9}, "periodSeconds": 2}}
    _chart(site)
    return [
        site.component("registry", *_registry(site), tier="infrastructure"),
        site.component("guard", *_guard(site, key, certificate), tier="infrastructure"),
        site.component("crash", site.deployment("crash", site.pod("crash", "no database"))),
        site.component("missing", site.deployment("missing", site.pod(container={"image": f"{REGISTRY}/nothing:2"}))),
        site.component(
            "unready", site.deployment("unready", site.pod("idle", container=probe), progressDeadlineSeconds=20)
        ),
        site.component("homeless", site.deployment("homeless", site.pod("idle", nodeSelector={"nobody": "has-it"}))),
        site.component("unbound", _claim("unbound", storageClassName="nowhere")),
        site.component("job", job),
        site.component("denied", _map("denied", judge="guard")),
        site.component("unjudged", _map("unjudged", judge="nobody")),
        {"name": "hooked", "namespace": SPACE, "helm": {"chart": "hooked"}},
        site.component("init", site.deployment("init", _with_init(site))),
        site.component("strict", *_refused(site, "strict")),
        site.component("full", *_refused(site, "full")),
        site.component("later", site.deployment("later", _with_secret(site, "later"))),
        site.component("quiet", _claim("quiet")),
        site.component("balanced", {**_service("balanced"), "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}}),
        site.component("fine", site.deployment("fine", site.pod("idle"))),
    ]


def _claim(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}, **spec},
    }


def _with_init(site: Site) -> dict[str, Any]:
    first = {"name": "migrate", "image": site.image, "args": ["crash", "no", "table"]}
    return {**site.pod("idle"), "initContainers": [first]}


def _with_secret(site: Site, name: str) -> dict[str, Any]:
    word = {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "word"}}}
    return site.pod("idle", container={"env": [word]})


def _refused(site: Site, space: str) -> list[dict[str, Any]]:
    """A workload in a namespace of its own that lets no pod in: by Pod Security, or by its quota."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"} if space == "strict" else {}
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none", "namespace": space},
        "spec": {"hard": {"pods": "0" if space == "full" else "9"}},
    }
    workload = site.deployment("web", site.pod("idle"))
    workload["metadata"]["namespace"] = space
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": labels}}
    return [namespace, quota, workload]


def _map(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": SPACE, "labels": labels}}


def _registry(site: Site) -> list[dict[str, Any]]:
    """A registry on the node's loopback that has no image at all."""
    return [site.deployment("registry", site.pod("registry", REGISTRY, hostNetwork=True))]


def _guard(site: Site, key: bytes, certificate: bytes) -> list[dict[str, Any]]:
    """A webhook that denies what asks for it by a label, and one that has nobody behind it."""
    tls = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "guard", "namespace": SPACE},
        "type": "kubernetes.io/tls",
        "data": {"tls.key": _base64(key), "tls.crt": _base64(certificate)},
    }
    container = {"volumeMounts": [{"name": "tls", "mountPath": "/tls"}], "ports": [{"containerPort": 8443}]}
    pod = site.pod("deny", ":8443", "no owner is named", container=container)
    pod["volumes"] = [{"name": "tls", "secret": {"secretName": "guard"}}]
    probed = {"readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1}}
    pod["containers"][0].update(probed)
    return [
        tls,
        site.deployment("guard", pod),
        _service("guard"),
        _webhook("guard", certificate),
        {**_webhook("nobody", certificate), "kind": "MutatingWebhookConfiguration"},
    ]


def _service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"selector": {"app": name}, "ports": [{"port": 443, "targetPort": 8443}]},
    }


def _webhook(name: str, certificate: bytes) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    service = {"namespace": SPACE, "name": name, "path": "/"}
    if name == "nobody":
        where: dict[str, Any] = {"url": "https://127.0.0.1:9/"}
    else:
        where = {"service": service, "caBundle": _base64(certificate)}
    webhook = {
        "name": f"{name}.trouble.example",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "clientConfig": where,
        "rules": [rule],
        "objectSelector": {"matchLabels": {"judge": name}},
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"{name}-trouble"},
        "webhooks": [webhook],
    }


def _chart(site: Site) -> None:
    """A release with a hook whose image has no valid name."""
    pod = site.pod("idle", restartPolicy="Never", container={"image": "Not/Valid"})
    hook = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "hooked-migrate", "annotations": {"helm.sh/hook": "post-install,post-upgrade"}},
        "spec": {"template": {"spec": pod}},
    }
    site.clone.write("hooked/Chart.yaml", {"apiVersion": "v2", "name": "hooked", "version": "1.0.0"})
    site.clone.write("hooked/templates/hook.yaml", hook)
    site.clone.write("hooked/templates/map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: hooked}}\n")


def _certificate(host: str) -> tuple[bytes, bytes]:
    """A key and a certificate for *host* that vouches for itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=300))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret, certificate.public_bytes(serialization.Encoding.PEM)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_the_run_fails_with_1_and_what_is_well_goes_on(deployed: Deployed) -> None:
    deployed.finished.expect(1)
    well = {name: deployed.steps[name].text for name in ("fine", "later", "quiet", "balanced")}
    assert well == dict.fromkeys(well, "1 of 1 objects written, all as they should be")


@pytest.mark.parametrize("name", SHOWN)
def test_each_ends_within_20_seconds_after_it_counts(deployed: Deployed, name: str) -> None:
    ended = deployed.steps[name]
    assert ended.before, f"its state was never seen; it ended with: {ended.text}"
    assert ended.seen
    grace = timedelta(seconds=GRACE.get(name, 0))
    print(f"{name}: {(ended.when - ended.seen - grace).total_seconds():.1f} s after it counted")
    assert ended.before + grace - IN_A_ROW <= ended.when <= ended.seen + grace + WITHIN


TEXTS = {
    "crash": (
        "Deployment trouble/crash cannot recover (crash-loop): Pod crash-",
        "container app: CrashLoopBackOff: ",
        "(last ended: exit code 3), 3 restarts; last event BackOff",
        "; last log line: no database",
    ),
    "missing": (
        "Deployment trouble/missing cannot recover (image-not-found): Pod missing-",
        f"{REGISTRY}/nothing:2: not found",
        "; last event ",
    ),
    "unready": (
        "Deployment trouble/unready cannot recover (progress-deadline): ProgressDeadlineExceeded: ",
        "container app runs but is not ready",
        "last event Unhealthy: Readiness probe failed: ",
    ),
    "homeless": (
        "Deployment trouble/homeless cannot recover (unschedulable for 6",
        "0/1 nodes are available",
        "last event FailedScheduling",
    ),
    "unbound": (
        "PersistentVolumeClaim trouble/unbound cannot recover (claim-unbound for 6",
        'storageclass.storage.k8s.io "nowhere" not found',
        "last event ProvisioningFailed",
    ),
    "job": (
        "Job trouble/job cannot recover (job-failed): BackoffLimitExceeded: ",
        "; last log line: table exists",
    ),
    "denied": (
        "the API server refused ConfigMap trouble/denied (write-denied): ",
        'admission webhook "guard.trouble.example" denied the request: no owner is named',
    ),
    "unjudged": (
        "the API server refused ConfigMap trouble/unjudged (webhook-unreachable): ",
        'failed calling webhook "nobody.trouble.example"',
        "connection refused",
    ),
    "init": (
        "Deployment trouble/init cannot recover (crash-loop): Pod init-",
        "container migrate: CrashLoopBackOff: ",
        "; last log line: no table",
    ),
    "strict": (
        "Deployment strict/web cannot recover (pods-refused): FailedCreate: pods ",
        'violates PodSecurity "restricted:latest"',
        "last event ",
    ),
    "full": (
        "Deployment full/web cannot recover (pods-over-quota for 6",
        "exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0",
    ),
    "hooked": (
        "Job trouble/hooked-migrate cannot recover (image-name-invalid): Pod hooked-migrate-",
        "container app: InvalidImageName: ",
        "last event ",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_each_says_object_reason_and_the_last_words(deployed: Deployed, name: str) -> None:
    text = deployed.steps[name].text
    assert text.startswith(TEXTS[name][0])
    assert [part for part in TEXTS[name] if part not in text] == []


def test_hints_name_the_remedy_and_the_command_to_look_deeper(deployed: Deployed) -> None:
    assert deployed.hints["crash"].startswith("see the log of the container that ended: `kubectl logs crash-")
    assert deployed.hints["unbound"].endswith("`kubectl describe persistentvolumeclaim unbound -n trouble`")


def test_a_denial_ends_at_once_and_a_silent_webhook_after_its_minute(deployed: Deployed) -> None:
    denied = deployed.steps["denied"].when - deployed.started
    unjudged = deployed.steps["unjudged"].when - deployed.started
    minute = timedelta(minutes=1)
    assert denied <= WITHIN
    assert minute <= unjudged <= minute + WITHIN + denied


def test_helm_that_was_ended_leaves_no_pending_revision(deployed: Deployed) -> None:
    secrets = deployed.clone.kubectl("get", "secrets", "-n", SPACE, "-l", "owner=helm,name=hooked", "-o", "json")
    assert {item["metadata"]["labels"]["status"] for item in json.loads(secrets)["items"]} == {"failed"}


def test_what_is_mended_goes_well_without_a_pod_being_deleted_by_hand(site: Site, deployed: Deployed) -> None:
    kept = ("registry", "guard", "fine", "crash", "missing", "hooked")
    mended = [c for c in components(site) if c["name"] in kept]
    site.component("crash", site.deployment("crash", site.pod("idle")))
    site.component("missing", site.deployment("missing", site.pod("idle")))
    site.clone.write("hooked/templates/hook.yaml", "# none\n")
    site.clone.project("trouble", *mended, kubernetes="1.34", podSecurity="privileged")
    site.clone.run("deploy", "--yes", timeout=240).expect()
