"""Names and labels that Kubernetes does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig_map, dig_text
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.refused_values import LABEL, LABEL_1035, QUALIFIED, SUBDOMAIN, Refusal
from fairlead.planning.value_path import Path

_GROUPS: Final = frozenset(
    {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "scheduling.k8s.io", "storage.k8s.io"}
)
"""Whose objects are called like subdomains; roles and certificates may have a colon, others are not known here."""
_DNS_LABELS: Final = frozenset({"Namespace"})
_MAX_CRON_JOB: Final = 52
"""What it makes gets ten characters and a dash more."""
_LABELS: Final[Path] = ("metadata", "labels")
_LABELS_WITHIN: Final[tuple[Path, ...]] = (
    ("spec", "selector", "matchLabels"),
    ("spec", "template", "metadata", "labels"),
    ("spec", "jobTemplate", "spec", "template", "metadata", "labels"),
)
_RULE: Final = "small letters, digits, `-`"


def check_name(manifest: Mapping[str, Any], ref: ObjectRef) -> Iterator[Refusal]:
    name = dig_text(manifest, "metadata", "name")
    if ref.group in _GROUPS and name and ref.kind != "Event":
        shape, words = _shape(ref)
        if not shape.fullmatch(name):
            yield Refusal(
                path=("metadata", "name"), message=f"{name!r} is no name of a {ref.kind}", hint=f"write {words}"
            )
        elif ref.kind == "CronJob" and len(name) > _MAX_CRON_JOB:
            message = f"the name of a CronJob has at most {_MAX_CRON_JOB} characters, this one {len(name)}"
            yield Refusal(path=("metadata", "name"), message=message, hint="its Jobs are called by it, and by the time")


def check_namespace(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    namespace = dig_text(manifest, "metadata", "namespace")
    if namespace and not LABEL.fullmatch(namespace):
        message = f"{namespace!r} is no name of a namespace"
        yield Refusal(path=("metadata", "namespace"), message=message, hint=f"write {_RULE}, at most 63 of them")


def _shape(ref: ObjectRef) -> tuple[re.Pattern[str], str]:
    if (ref.group, ref.kind) == ("", "Service"):
        return LABEL_1035, f"{_RULE}, a letter first, at most 63 of them"
    if ref.kind in _DNS_LABELS:
        return LABEL, f"{_RULE}, at most 63 of them"
    return SUBDOMAIN, f"{_RULE} and `.`, a letter or digit first and last"


def check_labels(manifest: Mapping[str, Any], ref: ObjectRef) -> Iterator[Refusal]:
    for path in (_LABELS, *(_LABELS_WITHIN if ref.group in _GROUPS else ())):
        for key, value in dig_map(manifest, *map(str, path)).items():
            if not _is_key(str(key)):
                yield Refusal(path=(*path, key), message=f"{key!r} is no key of a label", hint=_hint("a key"))
            elif isinstance(value, str) and value and not QUALIFIED.fullmatch(value):
                yield Refusal(path=(*path, key), message=f"{value!r} is no value of a label", hint=_hint("a value"))
    for key in dig_map(manifest, "metadata", "annotations"):
        if not _is_key(str(key)):
            message = f"{key!r} is no key of an annotation"
            yield Refusal(path=("metadata", "annotations", key), message=message, hint=_hint("a key"))


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(QUALIFIED.fullmatch(name)) and (not slash or bool(SUBDOMAIN.fullmatch(prefix.lower())))


def _hint(what: str) -> str:
    return f"{what} has letters, digits, `-`, `_` and `.`, a letter or digit first and last, at most 63 of them"
