"""Judges the kustomizations of a project before anything is built: faults with their place, cause and remedy."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from fairlead.model.component import Component, KustomizeSource
from fairlead.model.environment import Environment, expand
from fairlead.model.finding import Finding
from fairlead.planning.kustomize_judgement import KustomizeJudge
from fairlead.planning.kustomize_tree import KustomizeTree, PlaceKind
from fairlead.ports import ProjectFiles


def tree_of(files: ProjectFiles) -> KustomizeTree:
    return KustomizeTree(files.walk(), links=files.links(), read=files.read_text)


class KustomizeJudging:
    """The kustomizations of one project, read once for all its components."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files

    @cached_property
    def _judge(self) -> KustomizeJudge:
        return KustomizeJudge(tree_of(self._files))

    def findings(self, component: Component, environment: Environment) -> tuple[Finding, ...]:
        """What is wrong with the kustomization of *component*; empty for other kinds, and where there is none."""
        if not isinstance(component.source, KustomizeSource):
            return ()
        place = self._judge.tree.find("", expand(component.source.folder, environment))
        if place.kind is not PlaceKind.FOLDER or not self._judge.tree.files_in(place.path):
            return ()
        stated = (component.location,) if component.location else ()
        return tuple(
            replace(finding, component=component.name, chain=(*stated, *finding.chain))
            for finding in self._judge.judge(place.path).findings
        )
