"""What `helmfile build --embed-values` prints: one document for each state file, everything evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.helmfile.secrets import ENCRYPTED, Path, encrypted_paths
from fairlead.formats.helmfile.text import MARK
from fairlead.formats.json_data import as_list, as_map, dig_int, dig_text, maps_in
from fairlead.formats.manifests import read_documents
from fairlead.model.frozen import dataclass, field

_SOURCE: Final = re.compile(r"^---\n#  Source: (?P<file>[^\n]+)\n", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_INTEGER: Final = re.compile(r"[+-]?[1-9][0-9]*|0")
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}

CHANGES: Final = (
    "jsonPatches",
    "strategicMergePatches",
    "transformers",
    "dependencies",
    "forceNamespace",
    "postRenderer",
    "env",
)
"""Keys of a release that change what its chart gives, by means that are helmfile's own."""
_PATCHES: Final = ("jsonPatches", "strategicMergePatches", "transformers")


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmfileRelease:
    """*values* in helmfile's order, lowest first; *sets* and *set_files* (path to file) lie above them. *secrets*
    are paths and *secret_trees* what stands in those files, encrypted: helmfile prints either. *why_not*: why it is not
    installed. *patch_files* start at the folder of the state file."""

    name: str
    namespace: str
    chart: str
    version: str
    labels: Mapping[str, str]
    needs: tuple[str, ...]
    values: tuple[Mapping[str, Any], ...]
    sets: Mapping[str, Any]
    set_files: Mapping[str, str]
    secrets: tuple[str, ...]
    secret_trees: tuple[Mapping[str, Any], ...]
    timeout: int
    skip_crds: bool
    changed_by: tuple[str, ...]
    patch_files: tuple[str, ...]
    hooks: tuple[str, ...]
    condition: str
    why_not: str

    @property
    def id(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmfileState:
    """*file* is the absolute path of the state file; *repositories* maps names to URLs (`oci://` ones included);
    *encrypted* are paths of values that its environment has in encrypted files only."""

    file: str
    releases: tuple[HelmfileRelease, ...]
    repositories: Mapping[str, str] = field(default_factory=dict)
    kube_version: str = ""
    encrypted: tuple[Path, ...] = ()


def parse_states(text: str) -> tuple[HelmfileState, ...]:
    """Raises InputError for what is no YAML."""
    heads = list(_SOURCE.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    return tuple(_state(text[head.end() : end], source=head["file"]) for head, end in zip(heads, ends, strict=True))


def files_read(text: str) -> tuple[str, ...]:
    """The files that helmfile evaluated, as it names them."""
    return tuple(dict.fromkeys(head["file"] for head in _SOURCE.finditer(text)))


def typed_value(text: str) -> Any:
    """What helm's `--set` makes of *text*: a backslash goes, whole numbers and words of JSON are what they are."""
    plain = _ESCAPED.sub(r"\1", text)
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    return int(plain) if _INTEGER.fullmatch(plain) else plain


def _state(text: str, *, source: str) -> HelmfileState:
    documents = read_documents(text, file="helmfile build").documents
    data: Mapping[str, Any] = documents[0].data if documents else {}
    file = dig_text(data, "filepath")
    return HelmfileState(
        file=file if file.startswith("/") else source,
        releases=tuple(_release(each, data) for each in maps_in(data.get("releases"))),
        repositories=dict(_repository(each) for each in maps_in(data.get("repositories"))),
        kube_version=dig_text(data, "kubeVersion"),
        encrypted=tuple(encrypted_paths(as_map(data.get("renderedvalues")))),
    )


def _repository(data: Mapping[str, Any]) -> tuple[str, str]:
    url = dig_text(data, "url").rstrip("/")
    return dig_text(data, "name"), f"oci://{url.removeprefix('oci://')}" if data.get("oci") is True else url


def _release(data: Mapping[str, Any], state: Mapping[str, Any]) -> HelmfileRelease:
    defaults = as_map(state.get("helmDefaults"))
    secrets = as_list(data.get("secrets"))
    return HelmfileRelease(
        name=dig_text(data, "name"),
        namespace=dig_text(data, "namespace"),
        chart=dig_text(data, "chart"),
        version=dig_text(data, "version"),
        labels={str(key): str(value) for key, value in as_map(data.get("labels")).items()},
        needs=tuple(str(need) for need in as_list(data.get("needs"))),
        values=maps_in(data.get("values")),
        sets=dict(_sets(data)),
        set_files={dig_text(each, "name"): dig_text(each, "file") for each in _entries(data) if each.get("file")},
        secrets=tuple(f"{dig_text(data, 'valuesPathPrefix')}{path}" for path in secrets if isinstance(path, str)),
        secret_trees=maps_in(data.get("secrets")),
        timeout=dig_int(data, "timeout") or dig_int(defaults, "timeout"),
        skip_crds=defaults.get("skipCRDs") is True,
        changed_by=tuple(key for key in CHANGES if data.get(key) and data[key] != [MARK]),
        patch_files=tuple(_patch_files(data)),
        hooks=tuple(_command(each) for each in maps_in(data.get("hooks"))),
        condition=dig_text(data, "condition"),
        why_not=_why_not(data, as_map(state.get("renderedvalues"))),
    )


def _entries(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return maps_in(data.get("set"))


def _sets(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """In helm's order: `--set-string` comes after every `--set`. An empty value is no flag, as in helmfile."""
    for key, read in (("set", typed_value), ("setString", _as_text)):
        for each in maps_in(data.get(key)):
            name = dig_text(each, "name")
            if value := each.get("value"):
                yield name, read(str(value))
            elif not each.get("file") and as_list(each.get("values")):
                yield name, [read(str(item)) if isinstance(item, str) else item for item in as_list(each["values"])]


def _as_text(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _patch_files(data: Mapping[str, Any]) -> Iterator[str]:
    for key in _PATCHES:
        yield from (each for each in as_list(data.get(key)) if isinstance(each, str) and each != MARK)


def _command(hook: Mapping[str, Any]) -> str:
    return " ".join([dig_text(hook, "command") or "kubectl apply", *map(str, as_list(hook.get("args")))])


def _why_not(data: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    if data.get("installed") is False:
        return "`installed` is false"
    condition = dig_text(data, "condition")
    if not condition or condition.lower() == "true" or _is_enabled(condition, values):
        return ""
    return f"its condition {condition} does not hold"


def _is_enabled(condition: str, values: Mapping[str, Any]) -> bool:
    found: Any = values
    for key in condition.split("."):
        found = as_map(found).get(key)
    return found is True or (isinstance(found, str) and ENCRYPTED in found)
