"""Puts images that were built here in the place of those that pods name, as kustomize's image transformer does.

An image is called by its name without tag and digest. Looked at are the containers, init containers and image volumes
at any depth of an object, so that pod templates of custom resources are found too; only a CustomResourceDefinition,
whose schema may hold such keys, is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fairlead.model.objects import Manifest
from fairlead.planning.desired import is_crd

Change = Callable[[str], str]

_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_TAG: Final = re.compile(r":[^:/]*\Z")


def replace_images(manifests: Iterable[Manifest], images: Mapping[str, str]) -> tuple[Manifest, ...]:
    """*manifests* with every image called as a key of *images* replaced by its value, a whole reference."""

    def change(reference: str) -> str:
        return images.get(image_name(reference), reference)

    return tuple(manifest if is_crd(manifest) else _changed(manifest, change) for manifest in manifests)


def pin_images(manifests: Iterable[Manifest], digests: Mapping[str, str]) -> tuple[Manifest, ...]:
    """*manifests* with the digest behind every reference that *digests* knows, to the letter; its tag stays for people,
    nodes go by the digest."""
    if not digests:
        return tuple(manifests)

    def change(reference: str) -> str:
        return f"{reference}@{digests[reference]}" if reference in digests else reference

    return tuple(manifest if is_crd(manifest) else _changed(manifest, change) for manifest in manifests)


def images_in(manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """Every reference that *manifests* name for a pod, sorted, each once."""
    found: set[str] = set()

    def note(reference: str) -> str:
        found.add(reference)
        return reference

    for manifest in manifests:
        if not is_crd(manifest):
            _changed(manifest, note)
    return tuple(sorted(found))


def image_name(reference: str) -> str:
    """*reference* without its tag and digest; the port of a registry is no tag."""
    return _TAG.sub("", reference.partition("@")[0])


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, Mapping):
        return {key: _of_key(key, item, change) for key, item in value.items()}
    return [_changed(item, change) for item in value] if isinstance(value, list) else value


def _of_key(key: str, value: Any, change: Change) -> Any:
    if key in _CONTAINERS and isinstance(value, list):
        return [_with_reference(item, "image", change) for item in value]
    if key == "volumes" and isinstance(value, list):
        return [_volume(item, change) for item in value]
    return _changed(value, change)


def _volume(volume: Any, change: Change) -> Any:
    if not isinstance(volume, Mapping) or not isinstance(volume.get("image"), Mapping):
        return _changed(volume, change)
    return {**volume, "image": _with_reference(volume["image"], "reference", change)}


def _with_reference(holder: Any, key: str, change: Change) -> Any:
    if not isinstance(holder, Mapping) or not isinstance(holder.get(key), str):
        return _changed(holder, change)
    return {**holder, key: change(holder[key])}
