"""What can be wrong with what Flux would apply."""

from __future__ import annotations

from typing import Final

from fairlead.model.rule import Rule, Stage

RULES: Final = (
    Rule(
        id="flux-build",
        title="A Flux Kustomization that does not build",
        stage=Stage.BUILD,
        about="Its path, its source, or one of its components is not in the repository: Flux would stop at it, and"
        " at all that depends on it. The finding names what is most likely meant.",
    ),
    Rule(
        id="flux-chart",
        title="A HelmRelease whose chart cannot be told",
        stage=Stage.BUILD,
        about="It names a source that the repository does not define. Define it, or correct `sourceRef`.",
    ),
    Rule(
        id="flux-values",
        title="Values of a HelmRelease that are no values",
        stage=Stage.BUILD,
        about="What `valuesFrom` names in a ConfigMap or Secret of the repository is not YAML, or no map: Flux cannot"
        " put the values of the release together.",
    ),
    Rule(
        id="flux-dependency",
        title="Something that Flux waits for and that is not there",
        stage=Stage.BUILD,
        about="A `dependsOn` names a Kustomization or HelmRelease that nothing in the repository makes: Flux never"
        " applies what waits for it. A HelmRelease waits for HelmReleases, a Kustomization for Kustomizations, and each"
        " in its own namespace where none is written.",
        example="spec:\n  dependsOn:\n    - name: infra-controlers",
    ),
    Rule(
        id="flux-cycle",
        title="Kustomizations or releases that wait for each other",
        stage=Stage.BUILD,
        about="Each waits for the next one, so that Flux applies none of them. Remove one `dependsOn`.",
    ),
)
