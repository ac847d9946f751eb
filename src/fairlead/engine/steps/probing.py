"""Phase test: HTTP answers and names, asked inside the cluster by way of its API server.

Asked again until they are as wanted or time is over: a Service that was just written has no endpoint yet. On simulated
nodes nobody answers, so nothing is asked, and the test counts as not evaluated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from fairlead.engine.deployment import Deployment, Done
from fairlead.formats.dns_message import CODES
from fairlead.formats.json_data import dig, maps_in
from fairlead.model.component import Component, TestSource
from fairlead.model.errors import Unavailable
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.model.probe import HttpCheck
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.probes import candidates, find_fault, milliseconds, shown

REQUEST_SECONDS: Final = 10.0
"""For one request that states no `within`."""

PAUSE_SECONDS: Final = 0.5
DNS_SECONDS: Final = 30.0
DNS_NAMESPACE: Final = "kube-system"
DNS_LABELS: Final = {"k8s-app": "kube-dns"}
"""What the pods of the cluster's DNS server are called everywhere, CoreDNS's too."""


async def verify_by_http(step: Step, deployment: Deployment) -> Done:
    check = _source(deployment.component(step)).http
    if check is None:
        raise TypeError(f"{step.name} asks nothing")
    if deployment.ground.simulated:
        return not_evaluated("no pod answers")
    latest: list[str] = []

    async def look() -> str:
        fault, said = await _ask(check, deployment)
        latest[:] = [said]
        return fault

    fault, tries = await _until_good(look, step, deployment, seconds=min(check.retry_seconds, step.timeout_seconds))
    return _failed(f"{check.target}: {fault}{tries}", checked=1) if fault else _passed(latest[0], checked=1)


async def _ask(check: HttpCheck, deployment: Deployment) -> tuple[str, str]:
    """What is wrong, and what was answered."""
    # One that is too late is told with the time that it took, not cut off where it may last.
    seconds = max(REQUEST_SECONDS, check.within_seconds * 2)
    try:
        answer = await deployment.site.probes.http(check.target, scheme=check.scheme, timeout=seconds)
    except Unavailable as err:
        return str(err), ""
    said = f"{check.target}: status {answer.status} after {milliseconds(answer.seconds)}, {shown(answer.body)}"
    return find_fault(answer, check), said


async def verify_names(step: Step, deployment: Deployment) -> Done:
    names = _source(deployment.component(step)).names
    if deployment.ground.simulated:
        return not_evaluated("no DNS server runs")
    found: dict[str, str] = {}

    async def look() -> str:
        return await _resolve_missing(names, found, deployment)

    fault, tries = await _until_good(look, step, deployment, seconds=min(DNS_SECONDS, step.timeout_seconds))
    if fault:
        return _failed(f"{fault}{tries}", checked=len(names))
    return _passed(", ".join(f"{name} is {address}" for name, address in found.items()), checked=len(names))


async def _resolve_missing(names: Sequence[str], found: dict[str, str], deployment: Deployment) -> str:
    servers = await deployment.site.cluster.list_objects(
        group="", kind="Pod", namespace=DNS_NAMESPACE, labels=DNS_LABELS
    )
    ready = [pod for pod in servers if _is_ready(pod)]
    if not ready:
        return f"the cluster has no DNS server: no pod with k8s-app=kube-dns in {DNS_NAMESPACE} is ready"
    pod = ObjectRef(kind="Pod", namespace=DNS_NAMESPACE, name=ready[0]["metadata"]["name"])
    faults = []
    for name in names:
        if name in found:
            continue
        try:
            address, fault = await _resolve(name, pod, deployment)
        except Unavailable as err:
            return str(err)
        if fault:
            faults.append(f"{name} has no address inside the cluster: {pod} says {fault}")
        else:
            found[name] = address
    return "; ".join(faults)


async def _resolve(name: str, pod: ObjectRef, deployment: Deployment) -> tuple[str, str]:
    """The first address, and why there is none: what was said to each of its full names."""
    said = []
    for full in candidates(name):
        answer = await deployment.site.probes.resolve(full, pod=pod, timeout=REQUEST_SECONDS)
        if answer.addresses:
            return answer.addresses[0], ""
        said.append(f"{CODES.get(answer.code, answer.code) if answer.code else 'no address'} for {full}")
    return "", ", ".join(said)


def _is_ready(pod: Manifest) -> bool:
    conditions = maps_in(dig(pod, "status", "conditions"))
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


async def _until_good(
    look: Callable[[], Awaitable[str]], step: Step, deployment: Deployment, *, seconds: float
) -> tuple[str, str]:
    """The last fault, empty when there is none left, and how often was asked."""
    clock = deployment.site.clock
    deadline, tries, told = clock.monotonic() + seconds, 0, ""
    while True:
        fault, tries = await look(), tries + 1
        if not fault or clock.monotonic() + PAUSE_SECONDS >= deadline:
            return fault, f" (asked {tries} times in {seconds:g} s)" if tries > 1 else ""
        if fault != told:
            deployment.tell(step, fault)
            told = fault
        await clock.sleep(PAUSE_SECONDS)


def not_evaluated(why: str) -> Done:
    """What a test on simulated nodes comes to where nothing can be asked: neither good nor bad."""
    reason = f"not evaluated: nodes are simulated, {why}"
    return Done(result=StepResult(outcome=Outcome.SKIPPED, reason=reason, is_left_out=True))


def _source(component: Component) -> TestSource:
    if not isinstance(component.source, TestSource):
        raise TypeError(f"{component.name} is no test")
    return component.source


def _passed(said: str, *, checked: int) -> Done:
    return Done(result=StepResult(outcome=Outcome.PASSED, reason=said, checked=checked))


def _failed(said: str, *, checked: int) -> Done:
    return Done(result=StepResult(outcome=Outcome.FAILED, reason=said, checked=checked, exit_code=1))
