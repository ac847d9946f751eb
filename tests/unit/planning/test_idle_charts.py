"""Charts that nothing installs."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.planning.idle_charts import find_idle_charts


def found(charts: Mapping[str, object], *closed: str) -> tuple[str, ...]:
    files = {f"{folder}/Chart.yaml".lstrip("/"): chart for folder, chart in charts.items()}
    return find_idle_charts(files, closed=closed, read=files.__getitem__)


def test_a_chart_that_nothing_installs_is_found() -> None:
    assert found({"deploy/web": {"name": "web"}, "deploy/db": {}, "gone": None}, "deploy/db") == ("deploy/web", "gone")


def test_charts_of_charts_and_libraries_are_none() -> None:
    needing = {"dependencies": [{"repository": "file://../db"}, {"repository": "https://charts.example"}]}
    charts = {"web": needing, "web/charts/cache": {}, "db": {}, "lib": {"type": "library"}}
    assert found(charts) == ("web",)


def test_a_repository_may_be_a_chart() -> None:
    assert found({"": {}, "charts/cache": {}}) == ("",)
    assert found({"": {}, "charts/cache": {}}, "") == ()
