"""Versions and version ranges of charts, as helm reads them (Masterminds/semver 3.5, which tests compare this with).

`~1.2` `^1` `>=1 <2` `1.x` `*` `1.2 - 1.4` `>=1, <2 || 3.1`; a comma or a space means and, `||` or. A part that is
left out, `x` or `*` widens the range. A range takes pre-releases only where it names one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import total_ordering
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

_IDENTIFIERS: Final = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_PART: Final = r"(?:[0-9]+|[xX*])"
_WRITTEN: Final = (
    rf"v?(?P<major>{_PART})(?:\.(?P<minor>{_PART}))?(?:\.(?P<patch>{_PART}))?"
    rf"(?:-(?P<pre>{_IDENTIFIERS}))?(?:\+(?P<build>{_IDENTIFIERS}))?"
)
_PLAIN: Final = re.sub(r"\?P<[a-z]+>", "?:", _WRITTEN)
_OPERATOR: Final = r"(?P<operator>!=|>=|=>|<=|=<|~>|[=<>~^]|)"
_VERSION: Final = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?")
_COMPARATOR: Final = re.compile(rf"\s*{_OPERATOR}\s*{_WRITTEN}\s*")
_HYPHEN: Final = re.compile(rf"\s*({_PLAIN})\s+-\s+({_PLAIN})\s*")
_SEPARATOR: Final = re.compile(r"\s*,\s*|\s+")
_LONGEST: Final = 512


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """*core* is major, minor, patch; *pre* the identifiers of a pre-release. Build metadata does not count."""

    core: tuple[int, int, int]
    pre: tuple[str, ...] = ()

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        # A number comes before a word, and the release after all its pre-releases.
        identifiers = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in self.pre)
        return self.core, not self.pre, identifiers


def parse_version(text: str) -> Version | None:
    """*text* as a version, with or without `v`, what is missing being 0; None where it is none."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch = (int(match[part] or 0) for part in (1, 2, 3))
    return Version(core=(major, minor, patch), pre=tuple(match[4].split(".")) if match[4] else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparator:
    """*stated* is how many of major, minor and patch are written as numbers."""

    operator: str
    version: Version
    stated: int

    def holds(self, version: Version) -> bool:
        return _OPERATORS[self.operator](self, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """*text* as written; one of *groups* must hold as a whole."""

    text: str
    groups: tuple[tuple[_Comparator, ...], ...]

    def holds(self, version: Version) -> bool:
        return any(_group_holds(group, version) for group in self.groups)


def parse_range(text: str) -> VersionRange:
    """Raises InputError where *text* is no range of versions."""
    if len(text) > _LONGEST:
        raise _no_range(text[:40])
    return VersionRange(text=text, groups=tuple(_parse_group(group, whole=text) for group in text.split("||")))


def newest(versions: Iterable[str], wanted: VersionRange) -> str | None:
    """The highest of *versions*, as it is written there, that *wanted* takes; what is no version is passed over.

    A version that is written as the range itself is taken first.
    """
    known = list(versions)
    if wanted.text in known:
        return wanted.text
    fitting = [(found, text) for text in known if (found := parse_version(text)) is not None and wanted.holds(found)]
    return max(fitting)[1] if fitting else None


def _parse_group(text: str, *, whole: str) -> tuple[_Comparator, ...]:
    text = _HYPHEN.sub(lambda match: f" >={match[1]} <={match[2]} ", text).strip()
    if not text or text.endswith(","):
        raise _no_range(whole)
    found: list[_Comparator] = []
    at = 0
    while at < len(text):
        match = _COMPARATOR.match(text, at)
        if match is None:
            raise _no_range(whole)
        found.append(_comparator(match))
        at = match.end()
        separator = _SEPARATOR.match(text, at)
        is_separated = separator is not None or match[0][-1:].isspace()
        if at < len(text) and not is_separated:
            raise _no_range(whole)
        at = separator.end() if separator else at
    return tuple(found)


def _comparator(match: re.Match[str]) -> _Comparator:
    parts = [match[name] or "x" for name in ("major", "minor", "patch")]
    stated = next((index for index, part in enumerate(parts) if not part.isdigit()), len(parts))
    major, minor, patch = (int(part) if index < stated else 0 for index, part in enumerate(parts))
    pre = tuple(match["pre"].split(".")) if match["pre"] else ()
    return _Comparator(operator=match["operator"], version=Version(core=(major, minor, patch), pre=pre), stated=stated)


def _group_holds(group: tuple[_Comparator, ...], version: Version) -> bool:
    if version.pre and not any(comparator.version.pre for comparator in group):
        return False
    return all(comparator.holds(version) for comparator in group)


def _equal(wanted: _Comparator, version: Version) -> bool:
    return version == wanted.version if wanted.stated == 3 else _tilde(wanted, version)


def _other(wanted: _Comparator, version: Version) -> bool:
    count = wanted.stated
    if count in (0, 3):
        return version != wanted.version
    if version.core[:count] != wanted.version.core[:count]:
        return True
    return count == 2 and version.pre != wanted.version.pre


def _above(wanted: _Comparator, version: Version) -> bool:
    count = wanted.stated
    return version.core[:count] > wanted.version.core[:count] if count in (1, 2) else version > wanted.version


def _up_to(wanted: _Comparator, version: Version) -> bool:
    # Nothing stated means 0.0 here.
    count = wanted.stated or 2
    return version <= wanted.version if count == 3 else version.core[:count] <= wanted.version.core[:count]


def _tilde(wanted: _Comparator, version: Version) -> bool:
    if version < wanted.version:
        return False
    if wanted.version.core == (0, 0, 0) and wanted.stated in (0, 3):
        return True
    count = 1 if wanted.stated == 1 else 2
    return version.core[:count] == wanted.version.core[:count]


def _caret(wanted: _Comparator, version: Version) -> bool:
    """The leftmost number that is not 0 stays, or the last one that is stated."""
    major, minor, _ = wanted.version.core
    count = 1 if major or wanted.stated == 1 else 2 if minor or wanted.stated == 2 else 3
    return version >= wanted.version and version.core[:count] == wanted.version.core[:count]


_OPERATORS: Final[Mapping[str, Callable[[_Comparator, Version], bool]]] = {
    "": _equal,
    "=": _equal,
    "!=": _other,
    ">": _above,
    "<": lambda wanted, version: version < wanted.version,
    ">=": lambda wanted, version: version >= wanted.version,
    "=>": lambda wanted, version: version >= wanted.version,
    "<=": _up_to,
    "=<": _up_to,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}


def _no_range(text: str) -> InputError:
    return InputError(
        f"not a version range: {text!r}", hint="write it as helm takes it: 1.2.3, ~1.2, ^1, '>=1 <2', 1.x"
    )
