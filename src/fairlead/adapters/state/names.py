"""Names and labels of what Fairlead keeps in a cluster."""

from __future__ import annotations

from fairlead.formats.compound_names import compound_name

SYSTEM_NAMESPACE = "fairlead-system"
ENVIRONMENT_LABEL = "fairlead.dev/environment"
PROJECT_LABEL = "fairlead.dev/project"
RECORD_LABEL = "fairlead.dev/record"
SUMMARY_ANNOTATION = "fairlead.dev/summary"
MANAGER = "fairlead-record"

LONGEST = 240
"""Characters of a name; Kubernetes takes 253, and further chunks get a number."""


def record_name(project: str, environment: str, *parts: str) -> str:
    """The name of what belongs to *environment* of *project*: valid for any parts, and that of no other."""
    owner = compound_name(project, environment, longest=100)
    name = "-".join(("fairlead", owner, *parts))
    return name if len(name) <= LONGEST else compound_name("fairlead", owner, *parts, longest=LONGEST)
