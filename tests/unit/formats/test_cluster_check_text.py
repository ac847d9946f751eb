"""The result of `local verify` as people read it: the whole of it, and never wider than 80 columns."""

from __future__ import annotations

from fairlead.formats.cluster_check_text import format_verification
from fairlead.model.cluster_check import (
    CheckStatus,
    ClusterCheck,
    ClusterVerification,
    failed,
    not_evaluated,
    passed,
)

BAD = ClusterVerification(
    environment="local",
    driver="kind",
    is_verified=False,
    checks=(
        passed("nodes", "2 nodes ready, kubelet v1.34.2"),
        ClusterCheck(name="image", status=CheckStatus.PASSED, message="check:1 was loaded and runs", seconds=3.84),
        failed("storage", "no StorageClass is the default one, " + "so that " * 12, remedy="mark one"),
        not_evaluated("way in", "no port of this machine is known to lead to port 80 of its nodes"),
    ),
    notes=("namespace fairlead-check-1 is still being deleted",),
)


def test_a_result_that_is_mixed() -> None:
    assert format_verification(BAD) == (
        "passed         nodes: 2 nodes ready, kubelet v1.34.2\n"
        "passed         image: check:1 was loaded and runs (3.8 s)\n"
        "failed         storage: no StorageClass is the default one, so that so that so\n"
        "               that so that so that so that so that so that so that so that so\n"
        "               that so that\n"
        "               remedy: mark one\n"
        "not evaluated  way in: no port of this machine is known to lead to port 80 of\n"
        "               its nodes\n"
        "note: namespace fairlead-check-1 is still being deleted\n"
        "\n"
        "the cluster of local (kind) is not well: 2 passed, 1 failed, 1 not evaluated\n"
    )


def test_no_line_is_wider_than_80_columns() -> None:
    assert max(map(len, format_verification(BAD).splitlines())) <= 80
