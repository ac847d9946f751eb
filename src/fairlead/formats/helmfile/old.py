"""Helmfiles as helmfile 0 took them, and helmfile 1 does not any more: environments beside releases in one part, and
settings of helm 2 under `helmDefaults`."""

from __future__ import annotations

import re
from typing import Final

from fairlead.formats.helmfile.text import end_of_block

_OPENS: Final = re.compile(r"\{\{-?\s*(?:if|range|with|define|block)\b")
_ENDS: Final = re.compile(r"\{\{-?\s*end\b")
_HELM_2: Final = re.compile(r" +(?:tls|tlsVerify|tlsCACert|tlsCert|tlsKey|tillerNamespace|tillerless):")
_OF_BLOCK: Final = (" ", "- ")


def with_own_parts(text: str) -> str:
    """*text* in which no part has both `environments` and `releases`. Where the first stand above the others, every
    line but the new `---` stays as it is."""
    return "\n---\n".join(_divided(part) for part in text.replace("\r\n", "\n").split("\n---\n"))


def without_helm_2(text: str) -> str:
    """*text* in which the settings of helm 2 under `helmDefaults`, each a line of its own, are comments."""
    lines = text.split("\n")
    for start in [at for at, line in enumerate(lines) if _is_key(line, "helmDefaults")]:
        for at in range(start, end_of_block(lines, start)):
            if _HELM_2.match(lines[at]):
                lines[at] = f"#{lines[at]}"
    return "\n".join(lines)


def _divided(part: str) -> str:
    lines = part.split("\n")
    starts = {key: at for at, line in enumerate(lines) for key in ("environments", "releases") if _is_key(line, key)}
    if len(starts) < 2:
        return part
    start, end = starts["environments"], _end(lines, starts["environments"])
    if start > starts["releases"]:
        return "\n".join([*lines[start:end], "---", *lines[:start], *lines[end:]])
    # In the place of an empty line no other line moves.
    rest = lines[end + 1 :] if not lines[end].strip() else lines[end:]
    return "\n".join([*lines[:end], "---", *rest])


def _is_key(line: str, key: str) -> bool:
    return line.startswith(f"{key}:")


def _end(lines: list[str], start: int) -> int:
    """The line after the last one of the block: a template below it is of what follows, unless it ends one of the
    block's."""
    last = end_of_block(lines, start)
    indented = [at for at in range(start, last) if lines[at].startswith(_OF_BLOCK)]
    end = indented[-1] + 1 if indented else start + 1
    while end < last and _is_open("\n".join(lines[start:end])):
        end += 1
    return end


def _is_open(text: str) -> bool:
    return len(_OPENS.findall(text)) > len(_ENDS.findall(text))
