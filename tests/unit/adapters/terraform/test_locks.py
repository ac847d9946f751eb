from __future__ import annotations

import json
from pathlib import Path

from fairlead.adapters.terraform.locks import lease_ref, lock_info_file, lock_of_file, lock_of_lease
from fairlead.model.infrastructure import StateLock

INFO = {"ID": "i", "Operation": "OperationTypePlan", "Who": "a@b", "Created": "2026-11-22T07:10:53Z"}
LOCK = StateLock(id="i", who="a@b", operation="OperationTypePlan", created="2026-11-22T07:10:53Z")


def lease(*, holder: str | None, info: str | None = json.dumps(INFO)) -> dict[str, object]:
    annotations = {} if info is None else {"app.terraform.io/lock-info": info}
    return {"metadata": {"name": "l", "annotations": annotations}, "spec": {"holderIdentity": holder}}


def test_held_lease_tells_its_holder() -> None:
    assert lock_of_lease(lease(holder="i")) == LOCK


def test_lease_without_a_holder_is_no_lock() -> None:
    assert lock_of_lease(None) is None
    assert lock_of_lease(lease(holder=None)) is None
    assert lock_of_lease(lease(holder="")) is None
    assert lock_of_lease({"metadata": {"name": "l"}}) is None


def test_lease_without_information_still_tells_the_id() -> None:
    assert lock_of_lease(lease(holder="i", info=None)) == StateLock(id="i", who="", operation="", created="")


def test_name_of_the_lease() -> None:
    assert str(lease_ref(suffix="infra-local", namespace="ns")) == "Lease ns/lock-tfstate-default-infra-local"


def test_note_beside_a_state_that_nobody_holds_is_no_lock(tmp_path: Path) -> None:
    state = tmp_path / "terraform.tfstate"
    state.write_text("{}")
    lock_info_file(state).write_text(json.dumps(INFO))
    assert lock_of_file(state) is None


def test_no_state_is_no_lock(tmp_path: Path) -> None:
    assert lock_of_file(tmp_path / "terraform.tfstate") is None
