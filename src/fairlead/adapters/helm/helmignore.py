"""`.helmignore`: which files of a chart folder helm does not load.

Not gitignore: patterns are Go's `filepath.Match` (no `**`), the first matching rule decides, and a `!` rule ignores
everything that does *not* match it. Helm's own rule `templates/.?*` always comes last. Archives are not filtered.
"""

from __future__ import annotations

import re
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass

_DEFAULT: Final = "templates/.?*"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    pattern: re.Pattern[str]
    is_negated: bool
    only_folders: bool
    only_name: bool

    def matches(self, path: str) -> bool:
        return self.pattern.fullmatch(path.rpartition("/")[2] if self.only_name else path) is not None


def parse_ignore_rules(text: str, *, file: str) -> tuple[IgnoreRule, ...]:
    """The rules of a `.helmignore`, with helm's own. Raises InputError where helm refuses a pattern."""
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), start=1)
    written = [(line.strip(), Location(file, number, 1)) for number, line in lines]
    rules = [_parse(rule, location=place) for rule, place in written if rule and not rule.startswith("#")]
    return (*rules, _parse(_DEFAULT, location=Location(file)))


def is_ignored(path: str, *, is_folder: bool, rules: tuple[IgnoreRule, ...]) -> bool:
    """Whether helm leaves out *path* (relative to the chart); what is in a folder that is left out is not asked for."""
    for rule in rules:
        if rule.is_negated:
            if (rule.only_folders and not is_folder) or not rule.matches(path):
                return True
        elif (is_folder or not rule.only_folders) and rule.matches(path):
            return True
    return False


def _parse(rule: str, *, location: Location) -> IgnoreRule:
    if "**" in rule:
        raise InputError("helm does not know `**`", hint="write one rule for each depth", location=location)
    body = rule.removeprefix("!")
    only_folders = body.endswith("/")
    body = body.removesuffix("/")
    only_name = "/" not in body
    return IgnoreRule(
        pattern=_compile(body.removeprefix("/"), location=location),
        is_negated=rule.startswith("!"),
        only_folders=only_folders,
        only_name=only_name,
    )


def _compile(pattern: str, *, location: Location) -> re.Pattern[str]:
    """Go's `filepath.Match` as a regular expression."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        text, at = _next_part(pattern, at, location=location)
        parts.append(text)
    return re.compile("".join(parts), re.DOTALL)


def _next_part(pattern: str, at: int, *, location: Location) -> tuple[str, int]:
    character = pattern[at]
    if character == "*":
        return "[^/]*", at + 1
    if character == "?":
        return "[^/]", at + 1
    if character == "[":
        return _character_class(pattern, at, location=location)
    if character == "\\":
        if at + 1 == len(pattern):
            raise _bad_pattern(pattern, location)
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(character), at + 1


def _character_class(pattern: str, at: int, *, location: Location) -> tuple[str, int]:
    match = re.compile(r"\[(\^?)((?:[^\]\\-]|\\.)(?:-(?:[^\]\\-]|\\.))?)+\]", re.DOTALL).match(pattern, at)
    if match is None:
        raise _bad_pattern(pattern, location)
    ranges = re.findall(r"(\\.|[^\\-])(?:-(\\.|[^\\-]))?", match[0][1 + len(match[1]) : -1], re.DOTALL)
    ends = [(low[-1], high[-1:] or low[-1]) for low, high in ranges]
    body = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ends if low <= high)
    if not body:
        return ("." if match[1] else "(?!)"), match.end()
    # Unlike `?` and `*`, a class of Go's may match a slash.
    return f"[{match[1]}{body}]", match.end()


def _bad_pattern(pattern: str, location: Location) -> InputError:
    return InputError(f"helm cannot read the pattern {pattern!r}", hint="see Go's filepath.Match", location=location)
