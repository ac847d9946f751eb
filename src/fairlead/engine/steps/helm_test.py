"""Phase test: the tests that a chart brings, run by helm, with the end of the log of a pod that failed."""

from __future__ import annotations

from typing import Final

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.hooks import TEST, HookWatch, waiting_hooks
from fairlead.engine.steps.probing import not_evaluated
from fairlead.formats.helm_release import HOOK, decode_release, release_labels, revision_of
from fairlead.formats.json_data import dig_text
from fairlead.model.component import Component, TestSource
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult

LOG_LINES: Final = 5


async def verify_by_helm(step: Step, deployment: Deployment) -> Done:
    if deployment.ground.simulated:
        return not_evaluated("no pod of a test ends")
    tested = _tested(step, deployment)
    tests = await _tests_of(tested, deployment)
    if not tests:
        hint = "add a template with the annotation `helm.sh/hook: test`, or remove this test"
        return _failed(f"release {tested.namespace}/{tested.release} has no tests: nothing was checked", hint=hint)
    hooks = waiting_hooks(tests, namespace=tested.namespace, moments=TEST)
    beside = HookWatch(
        cluster=deployment.site.cluster,
        clock=deployment.site.clock,
        watch=await deployment.waiter.watch(hooks),
        hooks=hooks,
        tell=lambda text: deployment.tell(step, text),
    )
    deployment.fence()
    try:
        await beside.beside(
            deployment.site.sources.charts.test(
                tested.release, namespace=tested.namespace, timeout=step.timeout_seconds
            )
        )
    except StepFailed as err:
        logs = [line for test in tests if (line := await _log_of(test, tested, deployment))]
        return _failed("; ".join([str(err), *logs]), hint=err.hint, checked=len(tests))
    said = f"{len(tests)} tests of release {tested.namespace}/{tested.release} succeeded"
    return Done(result=StepResult(outcome=Outcome.PASSED, reason=said, checked=len(tests)))


def _tested(step: Step, deployment: Deployment) -> Component:
    source = deployment.component(step).source
    name = source.helm if isinstance(source, TestSource) else ""
    return next(c for c in deployment.site.project.components if c.name == name)


async def _tests_of(component: Component, deployment: Deployment) -> tuple[Manifest, ...]:
    """The test hooks of the newest revision, as the cluster keeps it."""
    secrets = await deployment.site.cluster.list_objects(
        group="", kind="Secret", namespace=component.namespace, labels=release_labels(component.release)
    )
    if not secrets:
        raise StepFailed(
            f"release {component.namespace}/{component.release} is not installed", hint="deploy its component first"
        )
    release = decode_release(max(secrets, key=revision_of))
    return tuple(hook for hook in release.hooks if _is_test(hook))


def _is_test(hook: Manifest) -> bool:
    events = dig_text(hook, "metadata", "annotations", HOOK).split(",")
    return any(event.strip() in ("test", "test-success") for event in events)


async def _log_of(test: Manifest, component: Component, deployment: Deployment) -> str:
    """The last lines of the log of a test's pod that failed; empty for others, and where the pod is gone."""
    if test.get("kind") != "Pod":
        return ""
    namespace = dig_text(test, "metadata", "namespace") or component.namespace
    ref = ObjectRef(kind="Pod", namespace=namespace, name=dig_text(test, "metadata", "name"))
    pod = await deployment.site.cluster.get(ref)
    if pod is None or dig_text(pod, "status", "phase") == "Succeeded":
        return ""
    log = " / ".join((await deployment.site.cluster.pod_logs(ref, tail=LOG_LINES)).split("\n")).strip(" /")
    return f"{ref} is {dig_text(pod, 'status', 'phase')}, its log ends: {log}" if log else f"{ref} failed"


def _failed(said: str, *, hint: str = "", checked: int = 0) -> Done:
    return Done(result=StepResult(outcome=Outcome.FAILED, reason=said, hint=hint, checked=checked, exit_code=1))
