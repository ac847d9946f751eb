"""helmfile's files as they are written, before any template is evaluated: what their lines alone say.

A state file may be a Go template, so that it is no YAML yet. Keys at the start of a line are found all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig_text
from fairlead.formats.manifests import read_documents
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass

MARK: Final = "fairlead-evaluates-only"
_STATE_KEY: Final = re.compile(
    r"^(?:releases|helmfiles|templates|bases|repositories|helmDefaults|environments|hooks):", re.MULTILINE
)
_STATES: Final = re.compile(r"^(?:releases|helmfiles):", re.MULTILINE)
_TEMPLATE_LINE: Final = re.compile(r"^\s*\{\{.*\}\}\s*$")
_COMMAND: Final = re.compile(r"\bcommand:\s*[\"']?([^\"',}]+)")
_KEY: Final = re.compile(r"^(?P<indent> +)(?P<quote>[\"']?)(?P<name>[\w.-]+)(?P=quote):(?P<rest>.*)$")
_ENTRY: Final = re.compile(r"^ +[^\s#{]|^ +\{\{[^}]*\}\}[^\s{]*:")
_ITEM: Final = re.compile(r"^\s*- +(?:path: *)?[\"']?(?P<path>[^\"'#{}\s]+)")
_VARIABLE: Final = re.compile(r"\b(?:requiredEnv|env)\s+[\"`](\w+)[\"`]")
_MADE: Final = re.compile(r"\{\{.*?\}\}")
_DASH: Final = re.compile(r"^ *- ")
_REMOTE: Final = re.compile(
    r"(?:\A *- +|^ *(?:- +)?path: *)(?:path: *)?[\"']?(?P<path>(?:\w+::|https?://|ssh://|git@)[^\s\"']+)", re.MULTILINE
)
_COMMENT: Final = re.compile(r"^\s*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmfileHook:
    """A command that helmfile would run besides installing releases."""

    command: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteHelmfile:
    """A helmfile on another machine that the one at *location* names."""

    path: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmfileBuild:
    """What `helmfile build` printed, what is wrong with the files all the same, and what was left out."""

    text: str
    findings: tuple[Finding, ...] = ()
    left_out: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEnvironment:
    """*context* is the kubeconfig's, where it is written plainly."""

    name: str
    context: str = ""


def is_state_text(text: str) -> bool:
    """Whether *text* may be a helmfile, or a base of one."""
    return bool(_STATE_KEY.search(text))


def states_releases(text: str) -> bool:
    """Whether *text* is a helmfile by itself, and not only a base."""
    return bool(_STATES.search(text))


def is_yaml(text: str) -> bool:
    try:
        read_documents(text, file="")
    except InputError:
        return False
    return True


def without_hooks(text: str, *, file: str) -> tuple[str, tuple[HelmfileHook, ...]]:
    """*text* with the lines of its own `hooks:` made comments, template lines aside, and what they would have run.
    Those of releases stay."""
    lines = text.split("\n")
    hooks: list[HelmfileHook] = []
    for start in [at for at, line in enumerate(lines) if line.startswith("hooks:")]:
        end = end_of_block(lines, start)
        hooks += _hooks_of(lines[start:end], file=file, line=start + 1)
        for at in range(start, end):
            if not _TEMPLATE_LINE.match(lines[at]):
                lines[at] = f"# {lines[at]}"
    return "\n".join(lines), tuple(hooks)


def without_remotes(text: str, *, file: str) -> tuple[str, tuple[RemoteHelmfile, ...]]:
    """*text* with empty lines for those of its `helmfiles` that lie on another machine, template lines aside."""
    lines = text.split("\n")
    found: list[RemoteHelmfile] = []
    for start in [at for at, line in enumerate(lines) if line.startswith("helmfiles:")]:
        end = end_of_block(lines, start)
        dashes = {at: match.end() for at in range(start + 1, end) if (match := _DASH.match(lines[at]))}
        items = [at for at, width in dashes.items() if width == min(dashes.values())]
        for at, after in pairwise([*items, end]):
            if match := _REMOTE.search("\n".join(lines[at:after])):
                found.append(RemoteHelmfile(path=match["path"], location=Location(file, at + 1, 1)))
                kept = [line if _TEMPLATE_LINE.match(line) else "" for line in lines[at:after]]
                lines[at:after] = kept
    return "\n".join(lines), tuple(found)


def with_marked_releases(text: str) -> str:
    """*text* with one more part, by which every release inherits a transformer, `MARK`.

    `helmfile build` prepares the chart of a release (pulls it, runs its hooks, lets kustomize at it) unless it has a
    transformer: of such a one it prints the state only (1.8.0: `filterReleasesForBuild`).
    """
    known = [name for block in _blocks(text, "defaultInherit") for name in _inherited(block)]
    part = {"templates": {MARK: {"transformers": [MARK]}}, "defaultInherit": [*known, MARK]}
    return f"{text.rstrip()}\n---\n{dump_yaml(part)}"


def declared_environments(text: str) -> tuple[DeclaredEnvironment, ...]:
    """The environments that *text* declares, in its order."""
    found: dict[str, DeclaredEnvironment] = {}
    for block in _blocks(text, "environments"):
        for name in _names_in(block):
            found.setdefault(name, DeclaredEnvironment(name=name, context=_context(block, name)))
    return tuple(found.values())


def named_paths(text: str, key: str) -> tuple[str, ...]:
    """The paths under *key* (`bases`, `helmfiles`), with `*` for what a template puts in; not those that it makes as a
    whole."""
    found: list[str] = []
    for block in _blocks(text, key):
        lines = [_MADE.sub("*", line) for line in block if not _COMMENT.match(line) and not _TEMPLATE_LINE.match(line)]
        items = (_ITEM.match(line) for line in lines)
        found += [item["path"] for item in items if item and "=" not in item["path"] and not item["path"].endswith(":")]
        found += re.findall(r"path:\s*[\"']?([^\"'#{},\s]+)", "\n".join(lines))
        found += [str(each) for each in as_list(_parsed(block, key)) if isinstance(each, str)]
    return tuple(path for path in dict.fromkeys(found) if path.strip("*./"))


def variables_in(text: str) -> frozenset[str]:
    """The environment variables that the templates of *text* ask for by name."""
    return frozenset(_VARIABLE.findall(text))


def line_in_file(text: str, *, part: int, line: int) -> int:
    """The line of a file, from 1, that is *line* of its *part*: helmfile evaluates what stands between `---` lines
    apart."""
    parts = text.replace("\r\n", "\n").split("\n---\n")
    return sum(each.count("\n") + 2 for each in parts[:part]) + line


def line_with(text: str, words: str) -> int:
    """The first line, from 1, that holds *words*; 0 where none does."""
    return next((at for at, line in enumerate(text.split("\n"), start=1) if words in line), 0)


def line_of_release(text: str, name: str) -> int:
    """The line, from 1, where the release *name* is stated plainly; 0 where a template makes its name."""
    stated = re.compile(rf"\bname:\s*[\"']?{re.escape(name)}[\"']?\s*(?:$|[,}}#])")
    lines = list(enumerate(text.split("\n"), start=1))
    # A repository may have that name, too; releases that a template brings have no such line.
    first = next((at for at, line in lines if line.startswith("releases:")), 1)
    return next((at for at, line in lines if at >= first and stated.search(line)), 0)


def _inherited(block: Sequence[str]) -> tuple[str, ...]:
    found = _parsed(block, "defaultInherit")
    return (found,) if isinstance(found, str) else tuple(str(name) for name in as_list(found))


def end_of_block(lines: Sequence[str], start: int) -> int:
    """The first line after *start* that does not belong to the key there, which starts its line."""
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if line.strip() and not line.startswith((" ", "- ", "#", "{{")):
            return at
    return len(lines)


def _hooks_of(block: Sequence[str], *, file: str, line: int) -> Iterator[HelmfileHook]:
    commands = [(at, match[1]) for at, text in enumerate(block) if (match := _COMMAND.search(text))]
    for at, command in commands or [(0, "a hook")]:
        yield HelmfileHook(command=command.strip(), location=Location(file, line + at, 1))


def _blocks(text: str, key: str) -> Iterator[list[str]]:
    lines = text.replace("\r\n", "\n").split("\n")
    for at, line in enumerate(lines):
        if line.startswith(f"{key}:"):
            yield lines[at : end_of_block(lines, at)]


def _names_in(block: Sequence[str]) -> tuple[str, ...]:
    parsed = _parsed(block, "environments")
    if isinstance(parsed, Mapping):
        return tuple(str(name) for name in parsed)
    keys = [match for line in block[1:] if (match := _KEY.match(line))]
    # A name that a template makes stands where the others do, and is none that can be told.
    first = min((len(line) - len(line.lstrip()) for line in block[1:] if _ENTRY.match(line)), default=0)
    return tuple(match["name"] for match in keys if len(match["indent"]) == first)


def _context(block: Sequence[str], name: str) -> str:
    return dig_text(as_map(_parsed(block, "environments")).get(name), "kubeContext")


def _parsed(block: Sequence[str], key: str) -> Any:
    """What *block* says, where it is plain YAML; None elsewhere."""
    text = "\n".join(line for line in block if line != "---")
    if "{{" in text:
        return None
    try:
        documents = read_documents(text, file=key).documents
    except InputError:
        return None
    return documents[0].data.get(key) if documents else None
