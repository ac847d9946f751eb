"""What ConfigMaps and Secrets of a repository hold for Flux, and the values that a HelmRelease puts together from them.

Order as helm-controller has it: `valuesFrom` in its order, each over the one before, then `values`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.flux.objects import FluxRelease, ValuesFrom
from fairlead.formats.json_data import as_list, as_map, dig_map, dig_text
from fairlead.formats.manifests import load_value_file
from fairlead.formats.scalars import ScalarError, resolve_plain
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest

ENCRYPTED = "ENC["
"""What sops writes in the place of a value begins so."""

_STEP: Final = re.compile(r"((?:\\.|[^.\[\]\\])+)|\[(\d+)\]")

Data = Mapping[tuple[str, str, str], Mapping[str, str | None]]
"""(kind, namespace, name) -> key -> text; None where it is encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseValues:
    """*unknown* names what lies only in the cluster, or encrypted in the repository."""

    values: Mapping[str, Any]
    unknown: tuple[str, ...] = ()


def data_of(manifests: Iterable[Manifest]) -> Data:
    found: dict[tuple[str, str, str], Mapping[str, str | None]] = {}
    for manifest in manifests:
        kind = manifest.get("kind")
        if manifest.get("apiVersion") != "v1" or kind not in ("ConfigMap", "Secret"):
            continue
        read = _decoded if kind == "Secret" else _plain
        texts = {key: read(value) for key, value in dig_map(manifest, "data").items()}
        texts |= {key: _plain(value) for key, value in dig_map(manifest, "stringData").items()}
        namespace = dig_text(manifest, "metadata", "namespace") or "flux-system"
        found[(kind, namespace, dig_text(manifest, "metadata", "name"))] = texts
    return found


def values_of(release: FluxRelease, data: Data) -> ReleaseValues:
    """The values that *release* would get. Raises InputError on values that are no map."""
    merged: dict[str, Any] = {}
    unknown: list[str] = []
    for reference in release.values_from:
        texts = data.get((reference.kind, release.id.namespace, reference.name))
        text = None if texts is None else texts.get(reference.key)
        if text is not None:
            merged = _with_referenced(merged, text, reference)
        elif not reference.is_optional:
            unknown.append(f"{reference.kind} {reference.name}, key {reference.key}")
    return ReleaseValues(values=_merged(merged, release.values), unknown=tuple(unknown))


def _with_referenced(values: Mapping[str, Any], text: str, reference: ValuesFrom) -> dict[str, Any]:
    if not reference.path:
        return _merged(values, load_value_file(text, file=f"{reference.kind} {reference.name}, key {reference.key}"))
    try:
        value: Any = resolve_plain(text)
    except ScalarError:
        value = text
    return dict(_placed(values, [*_steps(reference.path)], value))


def _steps(path: str) -> Iterator[str | int]:
    """As helm's `--set` reads a path: `a.b[0]`, and `a\\.b` for a name with a dot."""
    for name, index in _STEP.findall(path):
        yield int(index) if index else re.sub(r"\\(.)", r"\1", name)


def _placed(values: Any, steps: Sequence[str | int], value: Any) -> Any:
    """*values* with *value* at *steps*."""
    if not steps:
        return value
    first, *rest = steps
    if isinstance(first, int):
        items = list(as_list(values))
        items += [None] * (first + 1 - len(items))
        items[first] = _placed(items[first], rest, value)
        return items
    return {**as_map(values), first: _placed(as_map(values).get(first), rest, value)}


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(lower)
    for key, value in upper.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = _merged(found[key], value) if both else value
    return found


def without_sops(manifest: Manifest) -> Manifest:
    """*manifest* without what sops wrote beside the values, which Flux takes away when it decrypts them."""
    return {key: value for key, value in manifest.items() if key != "sops"} if "sops" in manifest else manifest


def _plain(value: Any) -> str | None:
    text = str(value)
    return None if text.startswith(ENCRYPTED) else text


def _decoded(value: Any) -> str | None:
    """A value of a Secret's `data`, decoded."""
    if str(value).startswith(ENCRYPTED):
        return None
    try:
        # kustomize breaks long ones over several lines.
        return base64.b64decode("".join(str(value).split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
