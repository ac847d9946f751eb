"""Charts of the repository that no component installs: they are named, for nobody says with which values."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from fairlead.engine.kustomize_judging import tree_of
from fairlead.formats.kustomize_references import ReferenceKind
from fairlead.formats.manifests import read_documents
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError
from fairlead.model.repository import Remark
from fairlead.planning.idle_charts import find_idle_charts
from fairlead.planning.kustomize.tree import KustomizeTree
from fairlead.planning.tried import find_tried
from fairlead.ports import ProjectFiles


def chart_remarks(components: Collection[Component], files: ProjectFiles) -> Iterator[Remark]:
    """One for each chart that none of *components* installs, but those that are shown or tried."""

    def read(file: str) -> object:
        try:
            documents = read_documents(files.read_text(file), file=file).documents
        except InputError:
            return {}
        return documents[0].data if documents else {}

    installed = {c.source.chart for c in components if isinstance(c.source, HelmSource) and not c.source.repository}
    tree = tree_of(files)
    closed = {*installed, *_inflated(tree), *find_tried(tree.folders)}
    for folder in find_idle_charts(tree.files, closed=closed, read=read):
        yield Remark(of=f"chart {folder or '.'}", text="is not rendered: nothing that is read here installs it")


def _inflated(tree: KustomizeTree) -> Iterator[str]:
    """The folders of charts that kustomizations name."""
    for folder in tree.kustomized:
        try:
            references = tree.kustomization(folder).references
        except InputError:
            continue
        for reference in references:
            if reference.kind is ReferenceKind.CHART:
                yield posixpath.normpath(posixpath.join(folder, reference.path))
