"""What can be wrong with what Flux would apply."""

from __future__ import annotations

from typing import Final

from fairlead.model.rule import Rule, Stage

RULES: Final = (
    Rule(
        id="flux-build",
        title="A Flux Kustomization that does not build",
        stage=Stage.BUILD,
        about="Its path is missing, or what lies there does not build: Flux would stop at it, and at all that depends"
        " on it.",
    ),
    Rule(
        id="flux-chart",
        title="A HelmRelease whose chart cannot be told",
        stage=Stage.BUILD,
        about="It names a source that the repository does not define. Define it, or correct `sourceRef`.",
    ),
)
