"""What a rendering is for, and the ports that it reads through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.engine.kept_rendering import KeptOverlays
from fairlead.model.environment import Environment
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Kinds
from fairlead.model.project import Project
from fairlead.ports import Charts, Images, Infrastructure, Overlays, ProjectFiles, RenderCache, SecretFiles, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a rendering is for. *kinds* is None where no cluster was asked; *overrides* come from `--set`; with
    *skip_crds* CRDs stay as the cluster has them."""

    project: Project
    environment: Environment
    kubernetes: str
    kinds: Kinds | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    skip_crds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The ports that a rendering reads through; *renders* where no cluster takes part, *built* what was built while the
    project was read."""

    files: ProjectFiles
    charts: Charts
    overlays: Overlays
    infrastructure: Infrastructure
    images: Images
    secrets: SecretFiles
    tools: Tools
    renders: RenderCache | None = None
    built: KeptOverlays | None = None
