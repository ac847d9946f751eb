"""Whether the values of an environment's releases are read by their charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fairlead.engine.environment_build import EnvironmentBuild
from fairlead.engine.sources import Sources
from fairlead.formats.manifests import load_value_file, read_value_file
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Location
from fairlead.model.rendering import ChartFiles
from fairlead.planning.rules.unused_values import ReleaseValues, check_shared, check_values
from fairlead.planning.stand_ins import stand_ins
from fairlead.planning.value_reads import Path, find_reads
from fairlead.planning.values import Layer

_DATA = ("Chart.yaml", "requirements.yaml")


async def judge_values(build: EnvironmentBuild, sources: Sources) -> list[Finding]:
    """Releases whose chart or values cannot be had are left out: why is said where they are built."""
    judging = _Judging(build, sources)
    for component in build.components:
        if isinstance(component.source, HelmSource):
            await judging.release(component)
    return [*judging.findings, *judging.of_shared()]


class _Judging:
    def __init__(self, build: EnvironmentBuild, sources: Sources) -> None:
        self.findings: list[Finding] = []
        self._build = build
        self._sources = sources
        self._releases: list[ReleaseValues] = []
        self._is_whole = True
        seen = build.environment.name_for("values")
        self._shared = Layer(name="", file=f"environments/{seen}/values.yaml")

    async def release(self, component: Component) -> None:
        renderer = self._build.renderer
        try:
            chart = await renderer.chart(component)
            layers = await renderer.layers(component, stand_ins(component))
            release = _release(component, chart, self._sources.charts.texts(chart))
        except (InputError, Unavailable):
            self._is_whole = False
            return
        self._releases.append(release)
        for layer in layers:
            if layer.file == self._shared.file:
                self._shared = layer
            else:
                found = check_values(release, layer.values)
                self.findings += self._placed(found, layer, component.location)

    def of_shared(self) -> Iterator[Finding]:
        """Of the values that every release gets; nothing where one of the releases is not known."""
        if self._is_whole:
            found = check_shared(self._releases, self._shared.values)
            yield from self._placed(found, self._shared, None)

    def _placed(
        self, found: Iterator[tuple[Path, Finding]], layer: Layer, stated: Location | None
    ) -> Iterator[Finding]:
        for path, finding in found:
            yield replace(finding, location=self._place(layer, path) or stated)

    def _place(self, layer: Layer, path: Path) -> Location | None:
        files = self._sources.files
        if layer.name not in (layer.file, "secrets") or files.find(layer.file) is None:
            return None  # the component states it
        documents = read_value_file(files.read_text(layer.file), file=layer.file).documents
        return documents[0].mark(path) if documents else None


def _release(component: Component, chart: ChartFiles, texts: Mapping[str, str]) -> ReleaseValues:
    """Raises InputError for a chart whose own files are faulty."""
    metadata = {
        path: load_value_file(text, file=path) for path, text in texts.items() if path.rpartition("/")[2] in _DATA
    }
    return ReleaseValues(
        component=component.name,
        chart=chart.name,
        reads=find_reads(texts, metadata),
        text="\n".join(text for path, text in texts.items() if not path.endswith(".md")),
        defaults=load_value_file(texts.get("values.yaml", ""), file="values.yaml"),
    )
