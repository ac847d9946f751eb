"""What the API server repeats of a write that it refuses."""

from __future__ import annotations

import pytest

from fairlead.engine.refusal import RefusedWrite, masked, refused
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ObjectRef

REF = ObjectRef(kind="ConfigMap", namespace="shop", name="a")
SECRET: Manifest = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "a", "namespace": "shop"},
    "data": {"password": "aHVudGVyMjI="},
}


async def fail_with(error: Exception) -> None:
    raise error


async def test_a_secret_of_the_component_is_hidden_in_what_the_server_said() -> None:
    with pytest.raises(RefusedWrite) as caught:
        await masked(fail_with(refused(REF, 'Invalid value: "hunter22"')), lambda: {"hunter22"})
    assert caught.value.message == 'the API server refused ConfigMap shop/a: Invalid value: "***"'


async def test_what_is_ours_of_the_message_stays() -> None:
    with pytest.raises(RefusedWrite, match="ConfigMap shop/a"):
        await masked(fail_with(refused(REF, "no")), lambda: {"ConfigMap shop/a"})


async def test_the_remedy_stays() -> None:
    denied = refused(REF, 'admission webhook "w" denied the request: hunter22')
    with pytest.raises(RefusedWrite) as caught:
        await masked(fail_with(denied), lambda: {"hunter22"})
    assert caught.value.hint == denied.hint != ""


async def test_how_many_more_were_refused_is_said_after_masking_too() -> None:
    with pytest.raises(RefusedWrite, match=r"\*\*\* \(and 2 more objects\)"):
        await masked(fail_with(refused(REF, "hunter22").with_more(2)), lambda: {"hunter22"})


async def test_other_errors_go_through() -> None:
    with pytest.raises(StepFailed, match="hunter22"):
        await masked(fail_with(StepFailed("hunter22")), lambda: {"hunter22"})


def test_a_value_of_the_refused_secret_itself_is_hidden_at_once() -> None:
    assert "hunter22" not in refused(REF, "value hunter22 is refused", about=SECRET).message
