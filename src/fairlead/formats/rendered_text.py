"""Rendered components as one YAML stream, and the origins of a value as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fairlead.formats.digests import is_secret
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.objects import Manifest, ref_of

MASK = "***"


def format_rendered(component: str, manifests: Iterable[Manifest], *, show_secrets: bool) -> Iterator[str]:
    """YAML documents, each under a comment that names its component."""
    for manifest in manifests:
        shown = manifest if show_secrets else mask(manifest)
        yield f"---\n# component: {component}\n{dump_yaml(shown)}"


def mask(manifest: Manifest) -> Manifest:
    """A Secret with its values masked; any other object as it is."""
    if not is_secret(manifest):
        return manifest
    hidden = {name: dict.fromkeys(manifest[name], MASK) for name in ("data", "stringData") if manifest.get(name)}
    return {**manifest, **hidden}


def format_origin(*, path: str, value: Any, layer: str, overridden_by: str) -> str:
    mark = " " if overridden_by else "*"
    over = f"  (overridden by {overridden_by})" if overridden_by else ""
    return f"{mark} {path} = {value}  from {layer}{over}"


def format_unknown(component: str, outputs: Sequence[str], *, why_not: str = "") -> str:
    why = f"{', '.join(outputs)} known after provision" if outputs else why_not
    return f"---\n# component: {component}\n# not rendered: {why}\n"


def format_stand_ins(component: str, outputs: Sequence[str]) -> str:
    """A document of comments: which texts in the documents after it stand for values."""
    return f"---\n# component: {component}\n# each stands for its value, known after provision: {', '.join(outputs)}\n"


def format_hooks_left_out(component: str, hooks: Iterable[Manifest]) -> str:
    """A document of comments: what plain manifests hold and only Helm runs."""
    lines = "".join(f"# left out, a hook that only Helm runs: {ref_of(hook)}\n" for hook in hooks)
    return f"---\n# component: {component}\n{lines}"
