"""What the tests of crashes and locks look through: the record, child processes, the audit log; and their project."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from e2e.rig import Clone, eventually, write_of, writes
from fairlead.adapters.state.names import record_name

SHORT_LEASE = {"FAIRLEAD_LEASE_TTL": "12", "FAIRLEAD_REQUEST_TIMEOUT": "8"}
AGENTS = ("fairlead", "Helm", "HashiCorp", "OpenTofu")
MANY = 150
SLICE_SECONDS = 0.001
LOOK_SECONDS = 0.05
"""Between two looks for a moment that lasts: looking without a pause costs a processor."""


class Api:
    """GETs over one connection that stays open: fast enough to catch a moment of another process."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        address = urlsplit(cluster["server"])
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
            pem.flush()
            context.load_cert_chain(pem.name)
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=context, timeout=30
        )

    def get(self, path: str) -> Any:
        """The answer; None for 404."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = json.loads(answer.read())
        return None if answer.status == 404 else body

    def items(self, path: str) -> list[Any]:
        found = self.get(path)
        return list(found["items"]) if found else []

    def head(self, project: str) -> dict[str, Any]:
        """The head of the record as it is written; empty where there is none."""
        secret = self.get(f"/api/v1/namespaces/fairlead-system/secrets/{record_name(project, 'local', 'head')}")
        if secret is None:
            return {}
        found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(secret["data"]["content"])))["data"]
        return found

    def steps(self, project: str) -> Steps:
        run = self.head(project).get("run") or {}
        return Steps(run.get("steps") or {})

    def lease(self, project: str) -> dict[str, Any]:
        name = record_name(project, "local")
        found = self.get(f"/apis/coordination.k8s.io/v1/namespaces/fairlead-system/leases/{name}") or {}
        spec: dict[str, Any] = found.get("spec") or {}
        return spec

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class Steps:
    """The journal of a run."""

    entries: Mapping[str, Mapping[str, Any]]

    @property
    def ended(self) -> frozenset[str]:
        return frozenset(name for name, entry in self.entries.items() if entry.get("end"))

    @property
    def in_doubt(self) -> frozenset[str]:
        begun = {name for name, entry in self.entries.items() if entry.get("begin")}
        return frozenset(begun - self.ended)

    def outcomes(self, project: str) -> dict[str, str]:
        """By step, with `P` for the project."""
        return {
            name.replace(project, "P"): (entry.get("result") or {}).get("outcome", "")
            for name, entry in self.entries.items()
        }


def family(home: Path) -> dict[int, str]:
    """Every living process that has *home* as its HOME, with its command line: a command and all that came of it."""
    mark = f"HOME={home}\0".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def child(clone: Clone, *words: str) -> int | None:
    """The child of the command that runs in *clone* whose command line has all *words*."""
    return next((pid for pid, line in family(clone.home).items() if all(word in line for word in words)), None)


def catch(process: subprocess.Popen[str], moment: Callable[[], bool], *, seconds: float = 60) -> None:
    """Stop *process* at *moment* for good: it is true before the stop and still true after it."""
    deadline = time.monotonic() + seconds
    while True:
        _require_alive(process, deadline)
        if moment():
            _stop(process)
            if moment():
                return
            os.kill(process.pid, signal.SIGCONT)
        time.sleep(LOOK_SECONDS)


def catch_short(process: subprocess.Popen[str], moment: Callable[[], bool], *, seconds: float = 60) -> None:
    """As `catch`, for a moment that lasts a few requests: *process* runs in slices shorter than an answer takes."""
    deadline = time.monotonic() + seconds
    while True:
        _require_alive(process, deadline)
        _stop(process)
        if moment():
            return
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(SLICE_SECONDS)


def _require_alive(process: subprocess.Popen[str], deadline: float) -> None:
    assert process.poll() is None, f"it ended before its moment: {process.communicate()}"
    assert time.monotonic() < deadline, "the moment never came"


def _stop(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGSTOP)
    eventually(lambda: _is_stopped(process.pid))


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "TZ"


def kill(process: subprocess.Popen[str], clone: Clone, *, seconds: float = 20) -> None:
    """kill -9, and nothing of it is left after a while (tofu writes its state first)."""
    process.kill()
    process.communicate()
    eventually(lambda: not family(clone.home), seconds=seconds)


def kill_all(process: subprocess.Popen[str], clone: Clone) -> None:
    """kill -9 for the command and every child of it at once, as when the machine loses its power.

    All are stopped first: the death of a parent sends its children a SIGTERM, which helm answers by storing `failed`.
    """
    pids = tuple(family(clone.home))
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, number)
    process.communicate()
    eventually(lambda: not family(clone.home))


def release(clone: Clone) -> None:
    """Take the lock from a run that was killed, instead of waiting until its lease has expired."""
    clone.run("unlock", "--yes", **SHORT_LEASE).expect()


@contextlib.contextmanager
def started(clone: Clone, *words: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """The command in the background; whatever the test does, nothing of it is left."""
    process = clone.start(*words, **environ)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        for pid in family(clone.home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def count_writes(log: Path, *, project: str, since: int) -> Counter[tuple[str, str, str, str]]:
    """How often each object was written by Fairlead, Helm or Tofu; *project* in names is replaced by `P`."""
    found = writes(log, since=since, agents=AGENTS)
    of_project = [write for write in found if project in write[2] or project in write[3]]
    return Counter(
        (verb, resource, _known(space, project), _known(name, project)) for verb, resource, space, name in of_project
    )


def _known(name: str, project: str) -> str:
    """*name* without what differs from run to run: the project, and the run in the name of a test's Job."""
    return re.sub(r"^smoke-[0-9a-f]{6}$", "smoke-R", name.replace(project, "P"))


def component_of(write: tuple[str, str, str, str]) -> str:
    """The component that an object of `write_platform` belongs to: its name begins with it."""
    _, resource, _, name = write
    if resource == "namespaces":
        return "namespace"
    return name.removeprefix("sh.helm.release.v1.").partition("-")[0].partition(".")[0]


class Tail:
    """The writes of one project, read as the audit log grows."""

    def __init__(self, log: Path, project: str) -> None:
        self._log = log
        self._project = project
        self._at = log.stat().st_size
        self._counted: Counter[str] = Counter()

    def written(self, component: str) -> int:
        """How many writes to objects of *component* there were."""
        with self._log.open("rb") as log:
            log.seek(self._at)
            *lines, rest = log.read().split(b"\n")
            self._at = log.tell() - len(rest)
        for line in lines:
            if self._project.encode() in line and (write := write_of(json.loads(line), agents=AGENTS)):
                self._counted[component_of(write)] += self._project in write[2] or self._project in write[3]
        return self._counted[component]


# The project of the crash tests: each gate, while it is closed, holds one step where it is.

GATES = ("hook", "app", "pages")


def write_platform(clone: Clone, project: str) -> None:
    """Every kind of step that changes something, one after the other; each object's name begins with its component.

    `one`, `two`, `three` are small; `many` has 150 objects; `gated` waits for an endpoint before its first write;
    `app` is a chart with hooks that waits for gate `hook` while helm runs and for gate `app` after it; `pages` waits
    for gate `pages`; `infra` sleeps in a provisioner.
    """
    space = f"work-{project}"
    clone.project(
        project,
        {"name": "infra", "terraform": "infra"},
        {"name": "one", "namespace": space, "manifests": "one.yaml"},
        {"name": "two", "namespace": space, "manifests": "two.yaml", "needs": ["one"]},
        {"name": "three", "namespace": space, "manifests": "three.yaml", "needs": ["two"]},
        {"name": "gated", "manifests": "gated.yaml", "needs": ["three"]},
        {"name": "many", "namespace": space, "manifests": "many.yaml", "needs": ["gated"]},
        {
            "name": "app",
            "namespace": space,
            "helm": {"chart": "app"},
            "needs": ["many"],
            "set": {"host": "outputs.infra.host"},
        },
        {"name": "pages", "namespace": space, "manifests": "pages.yaml", "needs": ["app"]},
        {"name": "smoke", "namespace": space, "test": {"job": "smoke.yaml"}},
    )
    clone.write("infra/main.tf", INFRA)
    for name in ("one", "two", "three"):
        clone.write(f"{name}.yaml", config_maps(name))
    clone.write("many.yaml", config_maps(*(f"many-{n}" for n in range(MANY))))
    clone.write("gated.yaml", _gated(project))
    clone.write("pages.yaml", {"apiVersion": "apps/v1", "kind": "Deployment", **_workload(project, "pages")})
    _write_chart(clone, project)
    clone.write("smoke.yaml", _job("smoke"))
    clone.commit()


def _write_chart(clone: Clone, project: str) -> None:
    """`app`: a job that only an installation runs, one that waits for gate `hook`, and a workload for gate `app`."""
    clone.write("app/Chart.yaml", {"apiVersion": "v2", "name": "app", "version": "0.1.0"})
    clone.write("app/values.yaml", {"host": "none"})
    clone.write("app/templates/config.yaml", config_maps("app").replace("of-app", "{{ .Values.host }}"))
    clone.write("app/templates/app.yaml", {"apiVersion": "apps/v1", "kind": "Deployment", **_workload(project, "app")})
    clone.write("app/templates/prepare.yaml", _hook("app-prepare", "pre-install", "before-hook-creation"))
    clone.write(
        "app/templates/migrate.yaml",
        _hook(
            "app-migrate",
            "pre-install,pre-upgrade",
            "before-hook-creation,hook-succeeded",
            nodeSelector={f"gate-{project}/hook": "open"},
        ),
    )


def write_release(clone: Clone, project: str) -> None:
    """The chart `app` alone, with `host` in a file."""
    clone.project(project, {"name": "app", "namespace": f"work-{project}", "helm": {"chart": "app"}})
    _write_chart(clone, project)
    clone.commit()


def write_test(clone: Clone, project: str) -> None:
    """A ConfigMap, and a test whose Job waits for gate `hook`."""
    space = f"work-{project}"
    smoke = {"name": "smoke", "namespace": space, "test": {"job": "smoke.yaml"}}
    clone.project(project, {"name": "one", "namespace": space, "manifests": "one.yaml"}, smoke)
    clone.write("one.yaml", config_maps("one"))
    clone.write("smoke.yaml", _job("smoke", nodeSelector={f"gate-{project}/hook": "open"}))
    clone.commit()


def write_root(clone: Clone, project: str) -> None:
    """The Terraform root `infra` alone."""
    clone.project(project, {"name": "infra", "terraform": "infra"}, {"name": "one", "manifests": "one.yaml"})
    clone.write("infra/main.tf", INFRA)
    clone.write("one.yaml", config_maps(f"one-{project}"))
    clone.commit()


def write_gated(clone: Clone, project: str) -> None:
    """`many` with 150 objects, then `gated` that waits for an endpoint before its write, then `after`."""
    space = f"work-{project}"
    clone.project(
        project,
        {"name": "many", "namespace": space, "manifests": "many.yaml"},
        {"name": "gated", "manifests": "gated.yaml", "needs": ["many"]},
        {"name": "after", "namespace": space, "manifests": "after.yaml", "needs": ["gated"]},
    )
    clone.write("many.yaml", config_maps(*(f"many-{n}" for n in range(MANY))))
    clone.write("gated.yaml", _gated(project))
    clone.write("after.yaml", config_maps("after"))
    clone.commit()


def open_gates(clone: Clone, project: str, *, but: str = "") -> None:
    """Open every gate of *project*, but one."""
    labels = [f"gate-{project}/{gate}=open" for gate in GATES if gate != but]
    clone.kubectl("label", "nodes", "--all", "--overwrite", *labels)
    if but != "gated":
        endpoints = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": project, "namespace": "default", "labels": {"kubernetes.io/service-name": project}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.9.9.9"], "conditions": {"ready": True}}],
        }
        clone.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(endpoints))


INFRA = """
terraform {
  backend "kubernetes" {}
}

resource "terraform_data" "wait" {
  provisioner "local-exec" {
    command = "exec sleep 2"
  }
}

output "host" {
  value = "app.example.test"
}
"""


def config_maps(*names: str) -> str:
    maps = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": f"of-{name}"}}
        for name in names
    ]
    return yaml.safe_dump_all(maps)


def _gated(project: str) -> dict[str, Any]:
    """Written only once Service default/PROJECT has an endpoint; its rule fits nothing."""
    service = {"namespace": "default", "name": project}
    rule = {"apiGroups": ["none.example.test"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["none"]}
    webhook = {
        "name": "gated.example.test",
        "clientConfig": {"service": service},
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"gated-{project}"},
        "webhooks": [webhook],
    }


def _workload(project: str, name: str) -> dict[str, Any]:
    pod = {
        "nodeSelector": {f"gate-{project}/{name}": "open"},
        "containers": [{"name": name, "image": f"registry.example.test/{name}:1.0.0"}],
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def _job(name: str, **pod: Any) -> dict[str, Any]:
    containers = [{"name": "job", "image": f"registry.example.test/{name}:1.0.0"}]
    template = {"spec": {"restartPolicy": "Never", "containers": containers, **pod}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": template},
    }


def _hook(name: str, events: str, policy: str, **pod: Any) -> dict[str, Any]:
    job = _job(name, **pod)
    job["metadata"]["annotations"] = {"helm.sh/hook": events, "helm.sh/hook-delete-policy": policy}
    return job


KINDS = (
    "/api/v1/{}/configmaps",
    "/api/v1/{}/secrets",
    "/api/v1/{}/serviceaccounts",
    "/apis/apps/v1/{}/deployments",
    "/apis/batch/v1/{}/jobs",
)
_VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "generation")


def live_objects(api: Api, project: str) -> dict[str, Any]:
    """Everything that a deployment of *project* leaves, without what differs from one time to the next."""
    space = f"work-{project}"
    found = [item for path in KINDS for item in api.items(path.format(f"namespaces/{space}"))]
    found.append(api.get(f"/api/v1/namespaces/{space}"))
    webhook = quote(f"gated-{project}")
    found.append(api.get(f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{webhook}"))
    text = json.dumps([_normal(item) for item in found if item])
    return {_place(item): item for item in json.loads(text.replace(project, "P"))}


def _place(item: Mapping[str, Any]) -> str:
    return f"{item['shape']} {item['metadata']['name']}"


def _normal(item: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in item["metadata"].items() if name not in _VOLATILE}
    managers = [
        {name: entry.get(name) for name in ("manager", "operation", "fieldsV1")}
        for entry in metadata.pop("managedFields", ())
        if not entry.get("subresource") and entry["manager"] != "kube-controller-manager"
    ]
    kept = {name: value for name, value in item.items() if name not in ("metadata", "status", "data", "apiVersion")}
    is_release = item.get("type") == "helm.sh/release.v1"
    if is_release:  # compressed, and full of times
        metadata["labels"] = {k: v for k, v in metadata["labels"].items() if k not in ("createdAt", "modifiedAt")}
        managers = []
    elif "data" in item:
        kept["data"] = item["data"]
    if "completionMode" in (item.get("spec") or {}):
        kept["spec"] = _without_uids(item["spec"])
        metadata["labels"] = {}
    return {**kept, "shape": _shape(item), "metadata": metadata, "managers": sorted(managers, key=json.dumps)}


def _shape(item: Mapping[str, Any]) -> str:
    """The kind, guessed from the fields: lists leave it out of their items."""
    return str(item.get("type") or "+".join(sorted(set(item) - {"metadata", "apiVersion", "kind"})))


def _without_uids(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in spec.items() if name != "selector"}
    template = {**spec["template"], "metadata": {}}
    return {**kept, "template": template}
