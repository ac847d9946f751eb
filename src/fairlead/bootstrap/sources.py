"""What a rendering reads through, with or without a cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.sops.files import SopsFiles
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.bootstrap.places import Opened, Places, Tell
from fairlead.bootstrap.tools import image_builder, registries, tool_chain
from fairlead.engine.renderer import Sources
from fairlead.ports import Cluster

if TYPE_CHECKING:
    # It brings the client of clusters, which needs time to load.
    from fairlead.bootstrap.access import Access


def open_sources(
    places: Places, opened: Opened, *, access: Access | None, cluster: Cluster | None, tell: Tell
) -> Sources:
    """The ports that a rendering reads through; *access* None where no cluster is asked."""
    tools = tool_chain(places, tell=tell)
    kubeconfig, context = (access.kubeconfig, access.context) if access else (None, "")
    return Sources(
        files=ProjectFolder(opened.root),
        charts=HelmCharts(tools, cache=places.cache, registries=registries(), kubeconfig=kubeconfig, context=context),
        overlays=KustomizeOverlays(tools, cache=places.cache),
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
