"""The ports that a rendering reads through. No client of a cluster is loaded: what works offline starts sooner."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.helm.supply import FETCHED, ChartSources
from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.sops.files import SopsFiles
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.tools import image_builder, kept_renders, registries, tool_chain
from fairlead.engine.sources import Sources
from fairlead.ports import Cluster


def open_offline(places: Places, opened: Opened, *, charts: ChartSources, tell: Tell) -> Sources:
    """As `open_sources`, where no cluster is asked. *charts* is where those that other tools' files ask for are taken
    from: nothing is fetched for them unless it says so."""
    sources = open_sources(places, opened, tell=tell, charts=charts)
    return dataclasses.replace(sources, renders=kept_renders(places), built=opened.built)


def open_sources(
    places: Places,
    opened: Opened,
    *,
    tell: Tell,
    kubeconfig: Path | None = None,
    context: str = "",
    cluster: Cluster | None = None,
    charts: ChartSources = FETCHED,
) -> Sources:
    """As helm and tofu find the cluster, by *kubeconfig* and *context*; *cluster* None where none is asked."""
    tools = tool_chain(places, tell=tell)
    return Sources(
        files=ProjectFolder(opened.root, checkouts=opened.elsewhere),
        charts=HelmCharts(
            tools,
            cache=places.cache,
            registries=registries(),
            kubeconfig=kubeconfig,
            context=context,
            sources=charts,
            checkouts=opened.elsewhere,
        ),
        overlays=KustomizeOverlays(tools, cache=places.cache, is_offline=charts.is_offline, checkouts=opened.elsewhere),
        infrastructure=TofuInfrastructure(
            tools,
            data_root=places.state / "terraform",
            project=opened.root,
            kubeconfig=kubeconfig,
            context=context,
            cluster=cluster,
        ),
        images=image_builder(places),
        secrets=SopsFiles(environ=os.environ, home=Path.home()),
        tools=tools,
    )
