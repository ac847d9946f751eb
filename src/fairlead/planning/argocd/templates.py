"""The template of an ApplicationSet with the parameters of one Application put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fairlead.formats.go_template import NotJudged, render_go

Parameters = Mapping[str, Any]

_PLACE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def filled(value: Any, parameters: Parameters, *, is_go: bool, is_strict: bool = False) -> Any:
    """*value* with every text in it filled in, keys too. Raises NotJudged where a Go template is not understood."""
    if isinstance(value, str):
        return _text(value, parameters, is_go=is_go, is_strict=is_strict)
    if isinstance(value, Mapping):
        return {
            _text(str(key), parameters, is_go=is_go, is_strict=is_strict): filled(
                each, parameters, is_go=is_go, is_strict=is_strict
            )
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [filled(each, parameters, is_go=is_go, is_strict=is_strict) for each in value]
    return value


def _text(text: str, parameters: Parameters, *, is_go: bool, is_strict: bool) -> str:
    if not is_go:
        # A parameter that is not there leaves its place as it is, as Argo CD does.
        return _PLACE.sub(lambda match: str(parameters.get(match[1], match[0])), text)
    try:
        return render_go(text, parameters, is_strict=is_strict)
    except NotJudged:
        raise
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError) as err:
        raise NotJudged(f"the template {text!r} fails on its parameters") from err
