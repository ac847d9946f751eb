"""What a chart is called, and one version of it."""

from __future__ import annotations

import re
from typing import Final

from fairlead.model.errors import InputError

EXACT_VERSION: Final = re.compile(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
CHART_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_exact(name: str, version: str) -> None:
    """Raises InputError unless *name* is a chart's name and *version* one version, not a range."""
    if not CHART_NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a chart", hint="write `REPOSITORY/NAME` or a folder of the project")
    if not EXACT_VERSION.fullmatch(version):
        raise InputError(
            f"chart {name}: {version!r} is not an exact version" if version else f"chart {name} has no version",
            hint="write one such as 1.2.3, or run `fairlead resolve`",
            rule="chart-version",
        )
