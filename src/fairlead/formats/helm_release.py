"""Helm releases as the cluster stores them, and what Helm adds to each object that it applies.

A release Secret holds `data.release`: base64 (of Kubernetes) of base64 (of Helm) of gzipped JSON. The same JSON is what
`helm upgrade -o json` prints. Decoding it costs no process (knowledge/node-helm-state-tofu.md B).
"""

from __future__ import annotations

import base64
import binascii
import bisect
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from fairlead.formats.digests import digest, mask_secret_values
from fairlead.formats.json_data import as_map, dig_int, dig_map, dig_text, maps_in
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.errors import InputError
from fairlead.model.objects import Manifest
from fairlead.model.rendering import Release

RELEASE_TYPE: Final = "helm.sh/release.v1"
MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"
RELEASE_NAME: Final = "meta.helm.sh/release-name"
RELEASE_NAMESPACE: Final = "meta.helm.sh/release-namespace"
HOOK: Final = "helm.sh/hook"

_MAX_JSON: Final = 256 * 1024 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_SOURCE: Final = "# Source: "


def release_labels(name: str = "") -> dict[str, str]:
    """The label selector of the Secrets of release *name*, or of all releases."""
    return {"owner": "helm", "name": name} if name else {"owner": "helm"}


def revision_of(secret: Mapping[str, Any]) -> int:
    """The revision that a release Secret states in its labels; 0 when it states none. Nothing is decoded."""
    text = dig_text(secret, "metadata", "labels", "version")
    return int(text) if text.isdecimal() else 0


def decode_release(secret: Mapping[str, Any], *, key: bytes = b"") -> Release:
    """The release in a Secret. With *key*, values of Secrets enter the manifest digest as HMACs. Raises InputError."""
    return read_release(_content(secret), key=key)


def _content(secret: Mapping[str, Any], *, parse: Callable[[bytes], Any] = orjson.loads) -> Mapping[str, Any]:
    name = dig_text(secret, "metadata", "name")
    try:
        content = base64.b64decode(base64.b64decode(dig_text(secret, "data", "release"), validate=True), validate=True)
        return as_map(parse(_unzip(content) if content.startswith(_GZIP_MAGIC) else content))
    except (binascii.Error, ValueError, zlib.error) as err:
        raise InputError(
            f"the Secret {name} holds no Helm release that can be read",
            hint="see `helm history`; a Secret that was edited by hand can be deleted",
        ) from err


def with_status(secret: Manifest, status: str, *, description: str) -> Manifest:
    """*secret* with its release in another *status*, in its label and in its content alike. Raises InputError."""
    data = dict(_content(secret, parse=json.loads))  # keeps integers of any length
    data["info"] = {**as_map(data.get("info")), "status": status, "description": description}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(data).encode(), mtime=0))).decode()
    metadata = secret["metadata"]
    labels = {**as_map(metadata.get("labels")), "status": status}
    return {**secret, "metadata": {**metadata, "labels": labels}, "data": {**secret["data"], "release": packed}}


def read_release(data: Mapping[str, Any], *, key: bytes = b"") -> Release:
    """The release in Helm's JSON, from a Secret or from `helm upgrade -o json`. Raises InputError."""
    name = dig_text(data, "name")
    objects = read_objects(dig_text(data, "manifest"), file=f"release {name}")
    hooks = tuple(
        manifest
        for hook in maps_in(data.get("hooks"))
        for manifest in read_objects(dig_text(hook, "manifest"), file=dig_text(hook, "path") or f"release {name}")
    )
    return Release(
        name=name,
        namespace=dig_text(data, "namespace"),
        revision=dig_int(data, "version"),
        status=dig_text(data, "info", "status"),
        description=dig_text(data, "info", "description"),
        apply_method=dig_text(data, "apply_method"),
        objects=objects,
        hooks=hooks,
        manifest_digest=manifest_digest(objects, key=key),
    )


def latest_release(secrets: Iterable[Mapping[str, Any]], *, key: bytes = b"") -> Release | None:
    """The release of the highest revision among the Secrets of *one* release; only that one is decoded."""
    newest = max(secrets, key=revision_of, default=None)
    return None if newest is None else decode_release(newest, key=key)


def read_objects(text: str, *, file: str) -> tuple[Manifest, ...]:
    """The objects of manifest text, Lists taken apart as Helm does when it applies them. Raises InputError."""
    return tuple(document.data for document in expand_lists(read_documents(text, file=file).documents))


def template_files(text: str, *, file: str) -> Iterator[tuple[Manifest, str]]:
    """The objects of what `helm template` printed, each with the file that it names above it. Raises InputError."""
    lines = enumerate(text.split("\n"), start=1)
    named = [(number, line.removeprefix(_SOURCE)) for number, line in lines if line.startswith(_SOURCE)]
    for document in expand_lists(read_documents(text, file=file).documents):
        above = bisect.bisect(named, (document.line,))
        yield document.data, named[above - 1][1] if above else ""


def object_name(manifest: Mapping[str, Any]) -> str:
    """`Kind/name`, as a chart's templates tell their objects apart: the namespace is often left to the release."""
    return f"{manifest.get('kind')}/{dig_text(manifest, 'metadata', 'name')}"


def templates_by_object(made: Iterable[tuple[Manifest, str]]) -> dict[str, str]:
    """The template of each object of *made*, by `object_name`; without what two templates call alike."""
    found: dict[str, set[str]] = {}
    for manifest, template in made:
        found.setdefault(object_name(manifest), set()).add(template)
    return {name: templates.pop() for name, templates in found.items() if len(templates) == 1}


def manifest_digest(objects: Sequence[Manifest], *, key: bytes = b"") -> str:
    """`sha256:` over the canonical JSON of *objects* in their order; with *key*, values of Secrets count by HMAC."""
    return digest([mask_secret_values(manifest, key) if key else manifest for manifest in objects])


def is_hook(manifest: Mapping[str, Any]) -> bool:
    """Whether Helm runs *manifest* at a moment of its own; test hooks are hooks."""
    return HOOK in dig_map(manifest, "metadata", "annotations")


def helm_metadata(manifest: Manifest, *, release: str, namespace: str) -> Manifest:
    """*manifest* with the label and the two annotations that Helm adds to whatever it applies (not to hooks).

    A dry-run as manager `helm` without them differs on every object.
    """
    metadata = dig_map(manifest, "metadata")
    labels = {**as_map(metadata.get("labels")), MANAGED_BY_LABEL: "Helm"}
    annotations = {
        **as_map(metadata.get("annotations")),
        RELEASE_NAME: release,
        RELEASE_NAMESPACE: namespace,
    }
    return {**manifest, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _unzip(content: bytes) -> bytes:
    """Raises ValueError for content that is cut off, or that unpacks to more than any release can be."""
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(content, _MAX_JSON)
    if not unpacker.eof:
        raise ValueError("the gzip stream does not end")
    return text
