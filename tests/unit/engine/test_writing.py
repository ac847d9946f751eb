"""A webhook that does not answer is asked again, a denial is final. The rest of writing: tests/e2e/test_writing.py."""

from __future__ import annotations

from typing import cast

import pytest

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.writing import Writer
from fairlead.model.change import Change, ChangeAction
from fairlead.model.errors import StepFailed
from fairlead.model.objects import ApplyResult, Manifest, ref_of
from fairlead.ports import Cluster
from unit.engine.test_waiting import Stage

OBJECT: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}
SILENT = 'Internal error occurred: failed calling webhook "w.example": no endpoints available for service "w"'
DENIED = 'admission webhook "w.example" denied the request: no owner'


def refusal(message: str, *, status: int = 500) -> ApplyResult:
    return ApplyResult(ref=ref_of(OBJECT), status=status, message=message)


async def write(stage: Stage, *answers: ApplyResult, timeout: float = 600, wanted: Manifest = OBJECT) -> None:
    stage.cluster.answers = list(answers)
    cluster = cast("Cluster", stage.cluster)
    writer = Writer(
        cluster=cluster,
        comparer=Comparer(cluster, key=b""),
        waiter=stage.waiter(),
        manager="fairlead:a",
        force=False,
        timeout=timeout,
        fence=lambda: None,
    )
    ref = ref_of(wanted)
    change = Change(action=ChangeAction.CREATE, target=ref, reason="")
    comparison = Comparison(ref=ref, wanted=wanted, live=None, change=change, precondition="absent")
    await writer.write([comparison], tell=stage.told.append)


async def test_a_webhook_that_does_not_answer_is_asked_again() -> None:
    stage = Stage()
    await write(stage, refusal(SILENT), refusal(SILENT))
    assert stage.clock.monotonic() == 4
    assert stage.told == [f"writing ConfigMap shop/a again: {SILENT}"]


async def test_a_webhook_that_never_answers_ends_the_step_after_a_minute() -> None:
    stage = Stage()
    with pytest.raises(StepFailed) as caught:
        await write(stage, *[refusal(SILENT)] * 100)
    assert stage.clock.monotonic() == 60
    assert caught.value.message == f"the API server refused ConfigMap shop/a (webhook-unreachable): {SILENT}"


async def test_a_denial_is_final() -> None:
    stage = Stage()
    with pytest.raises(StepFailed) as caught:
        await write(stage, refusal(DENIED, status=403))
    assert stage.clock.monotonic() == 0
    assert caught.value.message == f"the API server refused ConfigMap shop/a (write-denied): {DENIED}"
    assert caught.value.hint == "change the object, or the rule that refuses it"


async def test_a_value_of_a_secret_is_not_repeated() -> None:
    stage, secret = Stage(), {**OBJECT, "kind": "Secret", "data": {"password": "aHVudGVyMjI="}}
    with pytest.raises(StepFailed) as caught:
        await write(stage, refusal('Invalid value: "hunter22"', status=422), wanted=secret)
    assert caught.value.message == 'the API server refused Secret shop/a: Invalid value: "***"'
