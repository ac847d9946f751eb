"""The variables that Argo CD puts into value files and parameters before it builds a source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fairlead.formats.argocd_objects import ArgoApplication, ArgoSource

_VARIABLE: Final = re.compile(r"\$(?:\{(ARGOCD_APP_\w+)\}|(ARGOCD_APP_\w+))")


def substituted(text: str, application: ArgoApplication, source: ArgoSource) -> str:
    """*text* with the variables whose values are known before a build; those of the commit stay."""
    known = _environment(application, source)
    return _VARIABLE.sub(lambda match: known.get(match[1] or match[2], match[0]), text)


def is_of_the_commit(text: str) -> bool:
    """Whether *text*, substituted, still waits for the commit that is built."""
    return _VARIABLE.search(text) is not None


def _environment(application: ArgoApplication, source: ArgoSource) -> Mapping[str, str]:
    return {
        "ARGOCD_APP_NAME": application.name,
        "ARGOCD_APP_NAMESPACE": application.destination.namespace,
        "ARGOCD_APP_PROJECT_NAME": application.project,
        "ARGOCD_APP_SOURCE_PATH": source.path,
        "ARGOCD_APP_SOURCE_REPO_URL": source.url,
        "ARGOCD_APP_SOURCE_TARGET_REVISION": source.revision,
    }
