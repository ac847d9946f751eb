"""Judges the kustomizations of a project before anything is built: faults with their place, cause and remedy."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from functools import cached_property

from fairlead.model.component import Component, KustomizeSource
from fairlead.model.environment import Environment, expand
from fairlead.model.finding import Finding, Location
from fairlead.planning.kustomize.judgement import KustomizeJudge
from fairlead.planning.kustomize.origins import KustomizeOrigins
from fairlead.planning.kustomize.roles import is_below
from fairlead.planning.kustomize.tree import KustomizeTree, PlaceKind
from fairlead.ports import ProjectFiles


def tree_of(files: ProjectFiles) -> KustomizeTree:
    return KustomizeTree(files.walk(), links=files.links(), read=files.read_text)


class KustomizeJudging:
    """The kustomizations of one project, read once for all its components."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self._judges: dict[bool, KustomizeJudge] = {}

    @cached_property
    def _tree(self) -> KustomizeTree:
        return tree_of(self._files)

    def _judge(self, *, is_restricted: bool) -> KustomizeJudge:
        if is_restricted not in self._judges:
            self._judges[is_restricted] = KustomizeJudge(self._tree, is_restricted=is_restricted)
        return self._judges[is_restricted]

    def findings(self, component: Component, environment: Environment) -> tuple[Finding, ...]:
        """What is wrong with the kustomization of *component*; empty for other kinds, and where there is none."""
        if not isinstance(component.source, KustomizeSource):
            return ()
        at = component.location
        source = replace(component.source, folder=expand(component.source.folder, environment))
        return tuple(
            replace(
                finding,
                component=component.name,
                chain=(*((at,) if at and at != finding.location else ()), *finding.chain),
            )
            for finding in self.of_source(source, at)
        )

    def origins(self, component: Component, environment: Environment) -> KustomizeOrigins | None:
        """Where the objects of *component* are written; None for other kinds."""
        if not isinstance(component.source, KustomizeSource):
            return None
        place = self._tree.find("", expand(component.source.folder, environment))
        if place.kind is PlaceKind.OUTSIDE:
            return None  # of another repository
        return KustomizeOrigins(place.path, self._judge(is_restricted=not component.source.is_free))

    def of_source(self, source: KustomizeSource, stated: Location | None = None) -> tuple[Finding, ...]:
        """What is wrong with the kustomization of *source*, and with what is laid over it at *stated*; empty where
        there is none."""
        place = self._tree.find("", source.folder)
        if place.kind is not PlaceKind.FOLDER:
            return ()
        judge = self._judge(is_restricted=not source.is_free)
        if not self._tree.files_in(place.path):
            parts = (finding for folder in self._topmost(place.path) for finding in judge.judge(folder).findings)
            return tuple(finding for finding in parts if finding.rule != "kustomize-empty")  # one part may be
        laid_over = judge.overlaid(place.path, source.overlay.get("patches", ()), location=stated or Location(""))
        return (*judge.judge(place.path).findings, *laid_over)

    def _topmost(self, folder: str) -> tuple[str, ...]:
        """The kustomizations below *folder* that lie in no other one: a generated one is made of these."""
        below = frozenset(each for each in self._tree.kustomized if is_below(each, (folder,)))
        return tuple(sorted(each for each in below if not is_below(posixpath.dirname(each), below)))
