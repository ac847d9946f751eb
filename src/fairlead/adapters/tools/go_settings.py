"""The user's settings file of Go (`go env -w`), as far as it changes what a build makes.

Go reads it for every variable that the environment leaves empty. Where modules come from changes nothing: their
checksums are known. What is left (GOAMD64, GOEXPERIMENT, GOTOOLCHAIN …) belongs to the input of a build.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path


def result_settings(environ: Mapping[str, str], *, home: Path, without: Collection[str]) -> dict[str, str]:
    """The settings in the file, by name and sorted, but those that the environment states and those named *without*."""
    file = settings_file(environ, home=home)
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
    except OSError:
        return {}
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name: found[name] for name in sorted(found) if name not in without and not environ.get(name)}


def settings_file(environ: Mapping[str, str], *, home: Path) -> Path | None:
    """Where Go looks for it; None where the user turned it off."""
    named = environ.get("GOENV", "")
    if named == "off":
        return None
    config = environ.get("XDG_CONFIG_HOME", "")
    return Path(named) if named else (Path(config) if config else home / ".config") / "go" / "env"
