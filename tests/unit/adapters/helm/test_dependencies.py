"""At which version a missing dependency of a chart is taken."""

from __future__ import annotations

import pytest

from fairlead.adapters.helm.chart_tree import ChartTree
from fairlead.adapters.helm.dependencies import locked_dependencies
from fairlead.model.errors import InputError
from fairlead.model.lock_file import ChartLock, ComponentLock

REPOSITORY = "https://charts.example.test"


def chart(own_lock: str) -> ChartTree:
    entry = "dependencies: [{name: db, version: %s, repository: '" + REPOSITORY + "'}]\n"
    files = {
        "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n" + entry % "^1",
        "Chart.lock": entry % own_lock,
    }
    return ChartTree(written={name: text.encode() for name, text in files.items()}, place="charts/shop")


def lock(version: str) -> ComponentLock:
    found = ChartLock(name="db", repository=REPOSITORY, wanted="^1", version=version, digest=f"sha256:{'0' * 64}")
    return ComponentLock(dependencies=(found,))


def test_the_version_of_chart_lock_is_taken_where_ours_agrees() -> None:
    (found,) = locked_dependencies(chart("1.2.0"), locked=lock("1.2.0"))
    assert found["version"] == "1.2.0"


def test_one_that_our_lock_file_does_not_have_is_refused() -> None:
    """Nothing would check its archive."""
    with pytest.raises(InputError, match=r"the lock file has db 1\.2\.0, and the chart charts/shop needs 1\.3\.0"):
        locked_dependencies(chart("1.3.0"), locked=lock("1.2.0"))
