"""The kustomize options of an Application as fields of a kustomization laid over its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig_map, dig_text, maps_in

_AS_THEY_ARE: Final = ("namePrefix", "nameSuffix", "components", "namespace")
_NOT_JUDGED: Final = ("commonAnnotationsEnvsubst", "apiVersions", "kubeVersion")


def kustomize_overlay(options: Mapping[str, Any], *, read_text: Callable[[str], str]) -> dict[str, Any]:
    """*read_text* gives the file of a patch, by its path from the folder."""
    found = {name: options[name] for name in _AS_THEY_ARE if options.get(name)}
    if images := [_image(str(each)) for each in as_list(options.get("images"))]:
        found["images"] = images
    if replicas := maps_in(options.get("replicas")):
        found["replicas"] = [{"name": dig_text(r, "name"), "count": _count(r.get("count"))} for r in replicas]
    if labels := dig_map(options, "commonLabels"):
        found["labels"] = [
            {
                "pairs": {str(key): str(value) for key, value in labels.items()},
                "includeSelectors": options.get("labelWithoutSelector") is not True,
                "includeTemplates": options.get("labelWithoutSelector") is not True
                or options.get("labelIncludeTemplates") is True,
            }
        ]
    if annotations := dig_map(options, "commonAnnotations"):
        found["commonAnnotations"] = {str(key): str(value) for key, value in annotations.items()}
    if patches := [_patch(each, read_text) for each in maps_in(options.get("patches"))]:
        found["patches"] = patches
    return found


def not_judged(options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in _NOT_JUDGED if options.get(name))


def _image(written: str) -> dict[str, str]:
    """`[NAME=]IMAGE[:TAG|@DIGEST]`, as `kustomize edit set image` takes it."""
    name, is_renamed, image = written.rpartition("=")
    place, _, digest = image.partition("@")
    base, tag = _tagged(place)
    found = {"name": name if is_renamed else base}
    if is_renamed:
        found["newName"] = base
    if digest:
        found["digest"] = digest
    elif tag:
        found["newTag"] = tag
    return found


def _tagged(place: str) -> tuple[str, str]:
    head, slash, last = place.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}", tag


def _count(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _patch(patch: Mapping[str, Any], read_text: Callable[[str], str]) -> dict[str, Any]:
    """With the text of its file in it: the laid-over kustomization has a folder of its own."""
    found = {key: value for key, value in patch.items() if key != "path"}
    if path := dig_text(patch, "path"):
        found["patch"] = read_text(path)
    return found
