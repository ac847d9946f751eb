"""What can still be said about a project whose own file is faulty: its manifests are checked all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fairlead.actions.validate import Validation, scan_files
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.model.errors import InputError
from fairlead.readers.project_paths import find_project


def scan_beside_faults(error: InputError, start: Path) -> Validation:
    """The findings of *error*, and those of the manifests that the project names. Raises *error* if it has none."""
    if not error.findings:
        raise error
    file = find_project(start)
    scanned = scan_files(ProjectFolder(file.parent), _manifest_paths(file))
    scanned.findings = [*error.findings, *scanned.findings]
    return scanned


def _manifest_paths(file: Path) -> list[str]:
    try:
        data: Any = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []
    components = data.get("components") if isinstance(data, dict) else None
    found: list[str] = []
    for component in components if isinstance(components, list) else []:
        paths = component.get("manifests") if isinstance(component, dict) else None
        listed = [paths] if isinstance(paths, str) else paths if isinstance(paths, list) else []
        found += [p for p in listed if isinstance(p, str) and "{" not in p and (file.parent / p).exists()]
    return found
