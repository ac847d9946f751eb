"""What is said of a release that is not at the revision that was recorded."""

from __future__ import annotations

import pytest

from fairlead.model.record import ComponentRecord
from fairlead.planning.drift_release import judge_release

RECORD = ComponentRecord(component="web", release="web", revision=2)


@pytest.mark.parametrize(
    ("revision", "status", "reason"),
    [
        (3, "deployed", "revision 3 (deployed) was made outside; ours is 2"),
        (3, "failed", "revision 3 is failed; ours is 2"),  # a run of ours may have made it
        (2, "failed", "revision 2 is failed; it was deployed when we left it"),
        (1, "deployed", "is at 1; ours is 2"),
        (0, "", "was uninstalled"),
    ],
)
def test_another_revision_is_named(revision: int, status: str, reason: str) -> None:
    found = judge_release(RECORD, namespace="shop", revision=revision, status=status, modified=None)
    assert found is not None
    assert found.reason == reason
