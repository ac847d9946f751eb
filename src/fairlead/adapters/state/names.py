"""Names and labels of what Fairlead keeps in a cluster."""

from __future__ import annotations

import hashlib

SYSTEM_NAMESPACE = "fairlead-system"
ENVIRONMENT_LABEL = "fairlead.dev/environment"
PROJECT_LABEL = "fairlead.dev/project"
RECORD_LABEL = "fairlead.dev/record"
SUMMARY_ANNOTATION = "fairlead.dev/summary"
MANAGER = "fairlead-record"


def record_name(*parts: str) -> str:
    """A name that is valid for any parts and says which they are: long ones are cut and end in a digest."""
    name = "-".join(("fairlead", *parts))
    if len(name) <= 200:  # Secret names have 253 characters; tofu and helm add prefixes of their own
        return name
    return f"{name[:180]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
