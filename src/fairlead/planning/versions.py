"""What version of a component runs, in words: its chart or images, and Helm's revision or the digest of its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.formats.json_data import as_map, dig, dig_text, maps_in
from fairlead.model.image import ImageOutput
from fairlead.model.objects import Manifest
from fairlead.model.record import ComponentRecord

CHART_LABEL = "helm.sh/chart"
DIGEST_LETTERS = 12
_TEMPLATES = (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"), ("spec",))


def version_of(record: ComponentRecord) -> str:
    """E.g. `podinfo-6.9.1, revision 3`; empty where nothing is recorded that could change."""
    return ", ".join(part for part in (chart_of(record) or _listed(images_of(record)), exact_of(record)) if part)


def exact_of(record: ComponentRecord) -> str:
    """Helm's revision, or the digest of the content; empty for an image, whose name says it."""
    if _built(record):
        return ""
    return (
        f"revision {record.revision}" if record.revision else record.output_digest.rpartition(":")[2][:DIGEST_LETTERS]
    )


def chart_of(record: ComponentRecord) -> str:
    """Name and version of the chart, as charts label their objects; empty where it does not."""
    labels = (dig(manifest, "metadata", "labels", CHART_LABEL) for manifest in record.objects)
    return next((label for label in labels if isinstance(label, str) and label), "")


def images_of(record: ComponentRecord) -> tuple[str, ...]:
    """The images of its workloads, each once, without registry and folder: `web:1.27`, `web@0123456789ab`; of an image
    component its own."""
    if reference := _built(record):
        return (_short(reference),)
    return tuple(dict.fromkeys(_short(image) for manifest in record.objects for image in _images(manifest)))


def _built(record: ComponentRecord) -> str:
    """The reference of the image that the component is, if it is one; outputs of a Terraform root are others."""
    is_image = set(record.outputs) == set(ImageOutput)
    return str(record.outputs[ImageOutput.REFERENCE]) if is_image else ""


def _images(manifest: Manifest) -> Iterator[str]:
    for path in _TEMPLATES:
        spec: Mapping[str, Any] = as_map(dig(manifest, *path))
        for name in ("containers", "initContainers"):
            yield from (image for one in maps_in(spec.get(name)) if (image := dig_text(one, "image")))


def _short(image: str) -> str:
    name, _, digest = image.rpartition("/")[2].partition("@")
    return f"{name}@{digest.rpartition(':')[2][:DIGEST_LETTERS]}" if digest else name


def _listed(images: tuple[str, ...]) -> str:
    return f"{images[0]} and {len(images) - 1} more" if len(images) > 1 else "".join(images)
