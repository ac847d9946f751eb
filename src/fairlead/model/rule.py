"""A rule: what can be found wrong, under an id that never changes. The table of all of them is `model.rules`."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.finding import Severity
from fairlead.model.frozen import dataclass


class Stage(StrEnum):
    """What is looked at. `validate` goes through all but the last two."""

    PROJECT = "the project file"
    FILES = "the repository's files"
    BUILD = "building each component"
    OBJECTS = "the objects that came out"
    WAIVERS = "the waivers"
    SECURITY = "phase secure of a deployment"
    CLUSTER = "an environment's cluster"


OFFLINE = (Stage.PROJECT, Stage.FILES, Stage.BUILD, Stage.OBJECTS, Stage.WAIVERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """*severity* is the gravest of its findings. *about* says what is wrong with it and what to do, in Markdown;
    *example* is YAML in which it is found."""

    id: str
    title: str
    stage: Stage
    about: str
    severity: Severity = Severity.ERROR
    example: str = ""

    @property
    def page(self) -> str:
        """Its page, from the root of the documentation."""
        return f"docs/rules/{self.id}.md"
