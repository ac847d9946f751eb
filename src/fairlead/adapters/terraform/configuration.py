"""A small look at a root's files: which backend it names, which variables it declares, which local modules it calls.

This is no parser of the language: strings, comments and nesting are respected, expressions are not evaluated. What it
cannot see (a backend in a file that does not parse) Terraform itself says a moment later, with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fairlead.model.frozen import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    | <<-?(?P<word>[A-Za-z_][\w-]*)[^\n]*\n.*?(?:^[ \t]*(?P=word)\b|\Z)
    | (?P<string>"(?:\\.|\$\$\{|%%\{|\$\{[^}"]*\}|[^"\\\n])*")
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_OVERRIDE = re.compile(r"(?:^|_)override\.(?:tf|tofu)(?:\.json)?$")
_BACKEND = re.compile(r'\bbackend\s+"?([\w-]+)"?\s*\{')
_CLOUD = re.compile(r"\bcloud\s*\{")
_TERRAFORM = re.compile(r"(?m)^\s*terraform\s*\{")
_VARIABLE = re.compile(r'(?m)^\s*variable\s+"?([\w-]+)"?\s*\{')
_MODULE_SOURCE = re.compile(r'(?m)^\s*source\s*=\s*"(\.\.?(?:/[^"]*)?)"')
_EPHEMERAL = re.compile(r"(?m)^\s*ephemeral\s*=\s*true\b")
_SETTING = re.compile(r'(?m)(?:^|\s)([\w-]+)\s*=(?!=)[ \t]*(?:"([^"$%\\]*)"[ \t]*$)?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """*kind* is `kubernetes`, `local`, … or empty when the root names none.

    *settings* are the texts written in it; one that is an expression is there with an empty text.
    """

    kind: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the files of one folder say, as far as we look. Ephemeral variables are not in a saved plan."""

    backend: Backend = Backend()
    variables: frozenset[str] = frozenset()
    has_ephemeral: bool = False
    module_sources: tuple[str, ...] = ()


def read_configuration(folder: Path, *, program: str) -> Configuration:
    """Look at the files that *program* reads in *folder* (not below it)."""
    found = Configuration()
    for file in configuration_files(folder, program=program):
        text = file.read_text(encoding="utf-8", errors="replace")
        found = _joined(found, parse_json(text) if file.suffix == ".json" else parse_text(text))
    return found


def configuration_files(folder: Path, *, program: str) -> tuple[Path, ...]:
    """The configuration files of *folder* in name order, those that override others last; OpenTofu reads `x.tofu` in
    the place of `x.tf`."""
    endings = (".tf", ".tf.json", ".tofu", ".tofu.json") if program == "tofu" else (".tf", ".tf.json")
    names = sorted(folder.iterdir(), key=lambda f: (bool(_OVERRIDE.search(f.name)), f))
    files = {f.name: f for f in names if f.name.endswith(endings) and f.is_file()}
    return tuple(f for name, f in files.items() if name.replace(".tf", ".tofu") == name or not _has_twin(name, files))


def _has_twin(name: str, files: Mapping[str, Path]) -> bool:
    stem, dot, ending = name.partition(".tf")
    return bool(dot) and f"{stem}.tofu{ending}" in files


def parse_text(text: str) -> Configuration:
    """What a file in the native syntax says."""
    code = _without_comments(text)
    terraform = "\n".join(_bodies(code, _TERRAFORM))
    return Configuration(
        backend=_parse_backend(terraform),
        variables=frozenset(_VARIABLE.findall(code)),
        has_ephemeral=any(_EPHEMERAL.search(body) for body in _bodies(code, _VARIABLE)),
        module_sources=tuple(_MODULE_SOURCE.findall(code)),
    )


def parse_json(text: str) -> Configuration:
    """What a file in the JSON syntax says; nothing when it does not parse."""
    try:
        data = json.loads(text)
    except ValueError:
        return Configuration()
    if not isinstance(data, dict):
        return Configuration()
    return Configuration(
        backend=_json_backend(data),
        variables=frozenset(name for block in _blocks(data, "variable") for name in block),
        has_ephemeral=any(
            isinstance(variable, dict) and variable.get("ephemeral") is True
            for block in _blocks(data, "variable")
            for variable in block.values()
        ),
        module_sources=tuple(
            call["source"]
            for block in _blocks(data, "module")
            for call in block.values()
            if isinstance(call, dict) and str(call.get("source", "")).startswith(("./", "../"))
        ),
    )


def _parse_backend(terraform: str) -> Backend:
    for match in _BACKEND.finditer(terraform):
        body = next(_bodies(terraform[match.start() :], _BACKEND), "")
        return Backend(kind=match[1], settings=dict(_SETTING.findall(body)))
    return Backend(kind="cloud") if _CLOUD.search(terraform) else Backend()


def _json_backend(data: Mapping[str, Any]) -> Backend:
    for terraform in _blocks(data, "terraform"):
        for backend in _blocks(terraform, "backend"):
            for kind, settings in backend.items():
                return Backend(kind=kind, settings=_json_settings(settings))
        if "cloud" in terraform:
            return Backend(kind="cloud")
    return Backend()


def _json_settings(settings: Any) -> dict[str, str]:
    if not isinstance(settings, dict):
        return {}
    return {k: v if isinstance(v, str) and "${" not in v else "" for k, v in settings.items() if v is not None}


def _blocks(data: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """A block in JSON is an object or a list of objects."""
    found = data.get(name)
    yield from (block for block in (found if isinstance(found, list) else [found]) if isinstance(block, dict))


def _without_comments(text: str) -> str:
    """*text* without comments and heredocs, strings kept; other templates stay what they are."""
    return _TOKEN.sub(lambda match: match["string"] or " ", text)


def _bodies(code: str, header: re.Pattern[str]) -> Iterator[str]:
    """What stands between the braces of each block that *header* (which ends with the brace) opens."""
    position = 0
    while match := header.search(code, position):
        position = _closing(code, match.end())
        yield code[match.end() : position]


def _closing(code: str, start: int) -> int:
    depth = 1
    for token in re.finditer(r'"(?:\\.|[^"\\\n])*"|[{}]', code[start:]):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return start + token.start()
    return len(code)


def _joined(first: Configuration, second: Configuration) -> Configuration:
    return Configuration(
        backend=second.backend if second.backend.kind else first.backend,
        variables=first.variables | second.variables,
        has_ephemeral=first.has_ephemeral or second.has_ephemeral,
        module_sources=first.module_sources + second.module_sources,
    )
