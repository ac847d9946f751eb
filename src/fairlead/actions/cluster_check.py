"""Tries what a platform stands on in a cluster: nodes, names, storage, Services, the way in, images, clock, speed.

What it makes lies in a namespace of its own, which goes in the end whatever happened. Where nodes are simulated nothing
is run on them: what would pass there says nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson

from fairlead.engine.places import Places
from fairlead.engine.waiting import Waiter
from fairlead.formats.dns_message import CODES
from fairlead.formats.json_data import dig_text
from fairlead.model.cluster_check import ClusterCheck, ClusterVerification, failed, not_evaluated, passed
from fairlead.model.errors import FairleadError, InputError, StepFailed, Unavailable
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.probe import HttpTarget
from fairlead.planning import cluster_check as judge
from fairlead.planning import cluster_check_objects as objects
from fairlead.planning.health import assess
from fairlead.planning.probes import unreached
from fairlead.ports import Clock, Cluster, Images, LocalDriver, Probes, WebRequests

_REQUESTS = 10
_ONE_REQUEST = 10.0
_PAUSE = 0.5
_GONE_SECONDS = 60.0
_FORGOTTEN_SECONDS = 3600.0
_MANAGER = "fairlead:cluster-check"
_DNS = {"k8s-app": "kube-dns"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Where it is tried, and with what. *driver* is None where Fairlead does not keep the cluster; then *image*, the
    reference of the check's image in a registry, is how pods come by it. *web_url* leads to port 80 of the nodes.
    *namespace* is a new name. *patience* in seconds, for what must come up."""

    environment: str
    driver_name: str
    cluster: Cluster
    probes: Probes
    clock: Clock
    images: Images
    web: WebRequests
    driver: LocalDriver | None
    namespace: str
    image: str = ""
    web_url: str = ""
    patience: float = 90.0
    tell: Callable[[str], None] = field(default=lambda _: None)


async def verify_cluster(trial: Trial) -> ClusterVerification:
    """Raises Unavailable when the API server does not answer at all; everything else is a result."""
    nodes = await trial.cluster.list_objects(group="", kind="Node")
    simulated = judge.are_simulated(nodes)
    checks = [judge.judge_nodes(nodes), await _timed(trial, "system pods", lambda: _system_pods(trial, simulated))]
    checks.append(await _timed(trial, "API latency", lambda: _latency(trial)))
    notes: list[str] = []
    async with _namespace(trial, notes) as created:
        checks.append(await _timed(trial, "clock", lambda: _clock(trial, created, simulated)))
        checks.append(await _timed(trial, "DNS server", lambda: _dns_server(trial, simulated)))
        checks += await _try_inside(trial, simulated)
    return ClusterVerification(
        environment=trial.environment,
        driver=trial.driver_name,
        is_verified=judge.is_verified(checks),
        checks=tuple(checks),
        notes=tuple(notes),
    )


async def _timed(trial: Trial, name: str, look: Callable[[], Awaitable[ClusterCheck]]) -> ClusterCheck:
    """What *look* finds, with its duration; an error on the way is a result as well."""
    trial.tell(f"checking {name}")
    started = trial.clock.monotonic()
    try:
        found = await look()
    except FairleadError as err:
        found = failed(name, err.message, remedy=err.hint or "see `kubectl get events -A`")
    return dataclasses.replace(found, seconds=round(trial.clock.monotonic() - started, 3))


# --- what needs no pod of ours -----------------------------------------------------------------


async def _system_pods(trial: Trial, simulated: bool) -> ClusterCheck:
    if simulated:
        return not_evaluated("system pods", "simulated pods run nothing")
    return judge.judge_system_pods(await trial.cluster.list_objects(group="", kind="Pod", namespace="kube-system"))


async def _latency(trial: Trial) -> ClusterCheck:
    taken = []
    for _ in range(_REQUESTS):
        started = trial.clock.monotonic()
        await trial.cluster.version()
        taken.append(trial.clock.monotonic() - started)
    return judge.judge_latency(taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Created:
    asked: datetime
    answered: datetime
    created: datetime


async def _clock(trial: Trial, created: _Created, simulated: bool) -> ClusterCheck:
    # The leases of simulated nodes tell of no machine's clock.
    leases = [] if simulated else await _leases(trial)
    return judge.judge_clock(
        asked=created.asked,
        answered=trial.clock.now() if leases else created.answered,
        created=created.created,
        leases=leases,
    )


async def _leases(trial: Trial) -> list[Manifest]:
    return await trial.cluster.list_objects(group="coordination.k8s.io", kind="Lease", namespace="kube-node-lease")


async def _dns_server(trial: Trial, simulated: bool) -> ClusterCheck:
    if simulated:
        return not_evaluated("DNS server", "simulated pods answer nobody")
    remedy = "see the pods with k8s-app=kube-dns in kube-system and their logs"
    pods = await trial.cluster.list_objects(group="", kind="Pod", namespace="kube-system", labels=_DNS)
    ready = [pod for pod in pods if assess(pod).is_current]
    if not ready:
        return failed("DNS server", "no pod with k8s-app=kube-dns in kube-system is ready", remedy=remedy)
    name = "kubernetes.default.svc.cluster.local"
    for pod in ready:
        answer = await trial.probes.resolve(name, pod=ref_of({**_POD, **pod}), timeout=_ONE_REQUEST)
        if not answer.addresses:
            why = CODES.get(answer.code, str(answer.code)) if answer.code else "no address"
            return failed("DNS server", f"{pod['metadata']['name']} says {why} for {name}", remedy=remedy)
    return passed("DNS server", f"{len(ready)} of {len(pods)} answer: {name} is {answer.addresses[0]}")


_POD = {"apiVersion": "v1", "kind": "Pod"}


# --- the namespace -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _namespace(trial: Trial, notes: list[str]) -> AsyncIterator[_Created]:
    """A namespace for as long as the block lasts; those that a killed check left behind go first."""
    await _remove_forgotten(trial)
    asked = trial.clock.now()
    made = await trial.cluster.create(objects.namespace(trial.namespace))
    answered = trial.clock.now()
    if made.live is None:
        raise InputError(
            f"a namespace for the checks cannot be made: {made.message}", hint="ask for the right to make namespaces"
        )
    try:
        created = datetime.fromisoformat(dig_text(made.live, "metadata", "creationTimestamp"))
        yield _Created(asked=asked, answered=answered, created=created)
    finally:
        # Also when we are interrupted: the deletion itself must not be.
        await asyncio.shield(_remove(trial, notes))


async def _remove(trial: Trial, notes: list[str]) -> None:
    ref = ref_of(objects.namespace(trial.namespace))
    deadline = trial.clock.monotonic() + _GONE_SECONDS
    await trial.cluster.delete(ref)
    while await trial.cluster.get(ref) is not None:
        if trial.clock.monotonic() > deadline:
            notes.append(f"namespace {trial.namespace} is still being deleted")
            return
        await trial.clock.sleep(_PAUSE)


async def _remove_forgotten(trial: Trial) -> None:
    for found in await trial.cluster.list_objects(group="", kind="Namespace", labels={objects.LABEL: "true"}):
        made = datetime.fromisoformat(dig_text(found, "metadata", "creationTimestamp"))
        if (trial.clock.now() - made).total_seconds() > _FORGOTTEN_SECONDS:
            await trial.cluster.delete(ref_of({"apiVersion": "v1", "kind": "Namespace", **found}))


# --- what pods of ours try ---------------------------------------------------------------------

_ASKED = (
    ("DNS from a pod", "/name", "see the pod's /etc/resolv.conf, kube-proxy, and network policies for port 53"),
    ("Service", "/fetch", "see kube-proxy on the nodes, and the network between nodes"),
    ("API from a pod", "/connect", "see kube-proxy, and the endpoints of Service default/kubernetes"),
)
_INSIDE = ("image", "DNS from a pod", "Service", "API from a pod", "storage", "way in")


async def _try_inside(trial: Trial, simulated: bool) -> list[ClusterCheck]:
    if simulated:
        return [not_evaluated(name, "simulated pods run nothing") for name in _INSIDE]
    reference = ""

    async def image() -> ClusterCheck:
        nonlocal reference
        reference, found = await _image(trial)
        return found

    checks = [await _timed(trial, "image", image)]
    if not reference:
        why = "it needs a pod, and none of ours runs"
        return checks + [not_evaluated(name, why) for name in _INSIDE[1:]]
    looks = [
        *(_timed(trial, name, partial(_asked, trial, name, path, remedy)) for name, path, remedy in _ASKED),
        _timed(trial, "storage", lambda: _storage(trial, reference)),
        _timed(trial, "way in", lambda: _way_in(trial, reference)),
    ]
    return checks + await asyncio.gather(*looks)


async def _image(trial: Trial) -> tuple[str, ClusterCheck]:
    """The reference of the image that runs now, empty where none does."""
    reference = trial.image
    if not reference:
        if trial.driver is None:
            remedy = "push the image of `fairlead local verify --save-image FILE`, then give --image"
            return "", not_evaluated("image", "nothing here can put an image on its nodes", remedy=remedy)
        built = await trial.images.build(objects.IMAGE, tell=trial.tell)
        reference = built.reference
        await trial.driver.load(Path(built.archive), reference=reference)
    for name in (objects.ANSWERS, objects.ASKS):
        await _apply(trial, objects.service(name, namespace=trial.namespace))
        await _apply(trial, objects.pod(name, namespace=trial.namespace, image=reference))
    faults = [fault for name in (objects.ASKS, objects.ANSWERS) if (fault := await _until_ready(trial, name))]
    if faults:
        return "", failed("image", faults[0], remedy=f"see `kubectl describe pod` for why {reference} does not run")
    how = "pulled" if trial.image else "loaded"
    return reference, passed("image", f"{reference} was {how} and runs")


async def _asked(trial: Trial, name: str, path: str, remedy: str) -> ClusterCheck:
    """What the pod that asks says to *path*. Asked again for a while: Services take a moment to be known."""
    service = objects.ASKS if path != "/volume" else objects.STORES
    target = HttpTarget(namespace=trial.namespace, service=service, port=str(objects.PORT), path=path)
    deadline = trial.clock.monotonic() + min(trial.patience, 20.0)
    while True:
        is_good, said = await _answer(trial, target)
        if is_good:
            return passed(name, said)
        if trial.clock.monotonic() > deadline:
            return failed(name, said, remedy=remedy)
        await trial.clock.sleep(_PAUSE)


async def _answer(trial: Trial, target: HttpTarget) -> tuple[bool, str]:
    try:
        answer = await trial.probes.http(target, scheme="http", timeout=_ONE_REQUEST)
    except Unavailable as err:
        return False, err.message
    if why := unreached(answer):
        return False, f"the API server does not reach the pod: {why}"
    said = orjson.loads(answer.body)
    return bool(said["ok"]), f"{said['message']} ({said['milliseconds']} ms)"


async def _storage(trial: Trial, image: str) -> ClusterCheck:
    classes = await trial.cluster.list_objects(group="storage.k8s.io", kind="StorageClass")
    chosen = judge.default_storage_class(classes)
    if not chosen:
        return failed("storage", "no StorageClass is the default one", remedy="install a provisioner, mark its class")
    await _apply(trial, objects.claim(trial.namespace))
    await _apply(trial, objects.service(objects.STORES, namespace=trial.namespace))
    await _apply(trial, objects.pod(objects.STORES, namespace=trial.namespace, image=image))
    if fault := await _until_ready(trial, objects.STORES):
        return failed("storage", f"StorageClass {chosen}: {fault}", remedy="see the provisioner's pods and their logs")
    found = await _asked(trial, "storage", "/volume", "see the volume's node, its space and rights")
    return dataclasses.replace(found, message=f"StorageClass {chosen}: {found.message}")


async def _way_in(trial: Trial, image: str) -> ClusterCheck:
    if not trial.web_url:
        return not_evaluated("way in", "no port of this machine is known to lead to port 80 of its nodes")
    classes = await trial.cluster.list_objects(group="networking.k8s.io", kind="IngressClass")
    if chosen := judge.ingress_class(classes):
        await _apply(trial, objects.ingress(trial.namespace, class_name=chosen))
        return await _from_here(trial, f"through Ingress class {chosen}", host=objects.HOST)
    await _apply(trial, objects.pod(objects.FACES_OUT, namespace=trial.namespace, image=image))
    if fault := await _until_ready(trial, objects.FACES_OUT):
        return failed("way in", f"a pod at port 80 of a node: {fault}", remedy="see what else has that port")
    return await _from_here(trial, "to a pod at port 80 of its node", host="")


async def _from_here(trial: Trial, how: str, *, host: str) -> ClusterCheck:
    deadline = trial.clock.monotonic() + min(trial.patience, 30.0)
    while True:
        try:
            status, _ = await trial.web.get(f"{trial.web_url}/healthz", host=host, timeout=_ONE_REQUEST)
            said = f"status {status}"
        except Unavailable as err:
            status, said = 0, err.message
        if status == 200:
            return passed("way in", f"{trial.web_url} leads {how}")
        if trial.clock.monotonic() > deadline:
            remedy = "see the ingress controller's pods and logs, and `fairlead local status`"
            return failed("way in", f"{trial.web_url} {how}: {said}", remedy=remedy)
        await trial.clock.sleep(_PAUSE)


async def _apply(trial: Trial, manifest: Manifest) -> None:
    done = await trial.cluster.apply(manifest, manager=_MANAGER)
    if not done.is_applied:
        raise InputError(f"{done.ref}: the cluster refuses it: {done.message}", hint="see its admission policies")


async def _until_ready(trial: Trial, name: str) -> str:
    """Why the pod *name* does not become ready; empty when it does."""
    waiter = Waiter(cluster=trial.cluster, clock=trial.clock, places=Places(1), simulated=False)
    ref = ObjectRef(kind="Pod", namespace=trial.namespace, name=name)
    try:
        await waiter.wait([ref], timeout=trial.patience, tell=trial.tell)
    except StepFailed as err:
        return err.message
    return ""
