"""A recorded object gets back the secret values that did not move, and only those."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.secret_masking import mask_manifest
from fairlead.formats.secret_restoring import STAND_IN, restore_secrets
from fairlead.model.objects import Manifest

KEY = b"key"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**data: str) -> Manifest:
    values = {name: coded(text) for name, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": values}


def container(*arguments: str, **more: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "args": [*arguments], **more}]}}


def test_a_secret_that_did_not_move_comes_back_whole() -> None:
    live = secret(a="one", b="two")
    restored = restore_secrets(mask_manifest(live, (), key=KEY), live, key=KEY)
    assert (restored.manifest, restored.unknown) == (live, ())


def test_a_value_that_moved_is_not_known() -> None:
    applied, live = secret(a="one", b="two"), secret(a="one", b="other")
    restored = restore_secrets(mask_manifest(applied, (), key=KEY), live, key=KEY)
    assert restored.unknown == (".data.b",)
    assert restored.manifest["data"] == {"a": coded("one"), "b": coded(STAND_IN)}


def test_a_value_that_is_gone_is_not_known() -> None:
    restored = restore_secrets(mask_manifest(secret(a="one"), (), key=KEY), secret(), key=KEY)
    assert restored.unknown == (".data.a",)


def test_a_secret_text_within_an_argument_comes_back() -> None:
    live = container("--user=me", "--password=hunter2")
    masked = mask_manifest(live, ("hunter2",), key=KEY)
    assert masked != live
    restored = restore_secrets(masked, live, key=KEY)
    assert (restored.manifest, restored.unknown, restored.texts) == (live, (), {"hunter2"})


def test_an_argument_whose_secret_moved_is_not_known() -> None:
    masked = mask_manifest(container("--password=hunter2"), ("hunter2",), key=KEY)
    restored = restore_secrets(masked, container("--password=other"), key=KEY)
    assert restored.unknown == (".spec.containers[0].args[0]",)
    assert "hunter2" not in str(restored.manifest)


def test_items_are_found_by_name_where_somebody_added_one() -> None:
    live = container("--password=hunter2")
    masked = mask_manifest(live, ("hunter2",), key=KEY)
    sidecar = {"name": "sidecar", "args": ["x"]}
    with_sidecar = {**live, "spec": {"containers": [sidecar, *live["spec"]["containers"]]}}
    assert restore_secrets(masked, with_sidecar, key=KEY).manifest == live


@given(
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=9)),
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=9)),
)
def test_exactly_the_values_that_moved_are_unknown(applied: dict[str, str], live: dict[str, str]) -> None:
    restored = restore_secrets(mask_manifest(secret(**applied), (), key=KEY), secret(**live), key=KEY)
    assert set(restored.unknown) == {f".data.{name}" for name, text in applied.items() if live.get(name) != text}


@pytest.mark.parametrize(
    ("path", "touches"),
    [
        ('.spec.containers[name="c"].args[0]', True),
        ('.spec.containers[name="c"].args[1]', True),  # it may have gone there
        ('.spec.containers[name="c"].args', True),
        (".spec.containers", True),
        ('.spec.containers[name="c]"].image', False),
        (".spec.argsOther", False),
    ],
)
def test_a_value_that_moved_is_found_however_its_item_is_named(path: str, touches: bool) -> None:
    masked = mask_manifest(container("--url=pg://u:hunter2@one"), ("hunter2",), key=KEY)
    restored = restore_secrets(masked, container("--url=pg://u:hunter2@two"), key=KEY)
    assert restored.touches_unknown(path) is touches
