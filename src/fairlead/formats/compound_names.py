"""One name made of several."""

from __future__ import annotations

from fairlead.formats.digests import digest


def compound_name(*parts: str, longest: int) -> str:
    """*parts* joined by hyphens; a joint name that others could have too, or that is too long, ends in their digest.

    `prod` + `eu-net` and `prod-eu` + `net` must not be one.
    """
    name = "-".join(parts)
    if len(name) <= longest and not any("-" in part for part in parts):
        return name
    tail = digest(list(parts)).rpartition(":")[2][:8]
    return f"{name[: longest - len(tail) - 1].rstrip('-')}-{tail}"
