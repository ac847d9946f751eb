"""A passing kustomization over a folder: what a GitOps engine lays over a build, or makes for a folder without one.

Which files Flux takes where a folder has no kustomization: every `*.yaml` and `*.yml` below it, and a folder that has
one as a whole (fluxcd/pkg, kustomize/kustomize_generator.go).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fairlead.formats.kustomization import FILE_NAMES
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.objects import Manifest

_SUFFIXES: Final = (".yaml", ".yml")


def generated_resources(folder: Path) -> tuple[Path, ...]:
    """Manifest files below *folder*, and those of its folders that are kustomizations; in name order. Fairlead's own
    files are none."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        if here != folder and any(name in files for name in FILE_NAMES):
            found.append(here)
            folders.clear()
            continue
        folders.sort()
        found += (here / name for name in files if name.endswith(_SUFFIXES) and not name.startswith("fairlead."))
    return tuple(sorted(found))


@contextmanager
def made_of(objects: Sequence[Manifest], fields: Mapping[str, Any], *, cache: Path) -> Iterator[Path]:
    """The folder of a kustomization of *objects* with *fields*; removed after the block."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="overlay-") as made:
        place = Path(made).resolve()
        (place / "objects.yaml").write_text("---\n".join(map(dump_yaml, objects)))
        (place / "kustomization.yaml").write_text(dump_yaml({**fields, "resources": ["objects.yaml"]}))
        yield place


@contextmanager
def laid_over(folder: Path, overlay: Mapping[str, Any], *, is_generated: bool, cache: Path) -> Iterator[Path]:
    """The folder of a kustomization that builds *folder* with the fields of *overlay*; removed after the block."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="overlay-") as made:
        place = Path(made).resolve()
        resources = generated_resources(folder) if is_generated else (folder,)
        fields = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            **overlay,
            "resources": [os.path.relpath(each, place) for each in resources],
        }
        if components := overlay.get("components"):
            fields["components"] = [os.path.relpath(folder / str(each), place) for each in components]
        (place / "kustomization.yaml").write_text(dump_yaml(fields))
        yield place
