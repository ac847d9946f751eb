"""Gives a recorded object its secret values back, from the live one: as far as those are still the recorded ones.

The record holds HMACs in the place of secret values. Where the HMAC of the live value is the recorded one, the live
value is what was wanted. Elsewhere it moved: what was wanted is not known here, only that this is not it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.digests import is_secret, keyed_digest, mask_secret_values
from fairlead.formats.field_paths import field_element, index_element, is_below
from fairlead.formats.json_data import as_map
from fairlead.formats.secret_masking import MARK
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest

STAND_IN: Final = "a value that only the project knows"
"""Stands for a secret value that moved. It goes into dry-runs only."""

_MARKED: Final = re.compile(rf"({re.escape(MARK)}[0-9a-f]{{64}})")
_SELECTOR: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]')
_KEYS: Final = ("name", "key", "mountPath", "containerPort", "port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """*manifest* with its values in clear (it stays in memory); *unknown* are the paths of those that moved,
    *texts* the secret ones that did not."""

    manifest: Manifest = field(repr=False)
    unknown: tuple[str, ...] = ()
    texts: frozenset[str] = field(default=frozenset(), repr=False)

    def touches_unknown(self, path: str) -> bool:
        """Whether *path* leads to a value that moved, above or below it. In which item of a list that was does not
        count: it may stand under another name, or in another place, by now."""
        bare = _SELECTOR.sub("", path)
        found = (_SELECTOR.sub("", each) for each in self.unknown)
        return any(each == bare or is_below(each, bare) or is_below(bare, each) for each in found)

    def holds_secret(self, value: Any) -> bool:
        """Whether a text in *value* holds one of the secret texts that went into the object."""
        if isinstance(value, str):
            return any(text in value for text in self.texts)
        if isinstance(value, Mapping):
            return any(self.holds_secret(each) for pair in value.items() for each in pair)
        return isinstance(value, list | tuple) and any(self.holds_secret(each) for each in value)


def restore_secrets(recorded: Manifest, live: Mapping[str, Any], *, key: bytes) -> Restored:
    """*recorded* as it was applied."""
    unknown: list[str] = []
    texts: set[str] = set()
    whole = dict(_Restorer(key=key, unknown=unknown, texts=texts).restore("", recorded, live))
    if is_secret(recorded):
        masked = mask_secret_values(dict(live), key)
        whole["data"] = dict(_restore_data(as_map(recorded.get("data")), live, masked, unknown))
        if not whole["data"]:
            del whole["data"]
    return Restored(manifest=whole, unknown=tuple(unknown), texts=frozenset(texts))


def _restore_data(
    recorded: Mapping[str, Any], live: Mapping[str, Any], masked: Mapping[str, Any], unknown: list[str]
) -> Iterator[tuple[str, Any]]:
    for name, value in recorded.items():
        if as_map(masked.get("data")).get(name) == value:
            yield name, as_map(live.get("data"))[name]
        else:
            unknown.append(f".data{field_element(name)}")
            yield name, base64.b64encode(STAND_IN.encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restorer:
    key: bytes
    unknown: list[str]
    texts: set[str]

    def restore(self, path: str, recorded: Any, live: Any) -> Any:
        if isinstance(recorded, str):
            return self._text(path, recorded, live) if MARK in recorded else recorded
        if isinstance(recorded, Mapping):
            there = as_map(live)
            return {
                name: self.restore(path + field_element(name), value, there.get(name))
                for name, value in recorded.items()
            }
        if isinstance(recorded, list):
            return [
                self.restore(path + index_element(n), item, _counterpart(item, n, live))
                for n, item in enumerate(recorded)
            ]
        return recorded

    def _text(self, path: str, recorded: str, live: Any) -> str:
        parts = _MARKED.split(recorded)
        pattern = "".join(re.escape(part) if n % 2 == 0 else "(.+?)" for n, part in enumerate(parts))
        found = re.fullmatch(pattern, live, re.DOTALL) if isinstance(live, str) else None
        texts = found.groups() if found else ()
        if found and all(keyed_digest(t, key=self.key) == m for t, m in zip(texts, parts[1::2], strict=True)):
            self.texts.update(texts)
            return found.string
        self.unknown.append(path)
        return _MARKED.sub(STAND_IN, recorded)


def _counterpart(item: Any, position: int, live: Any) -> Any:
    """The item of the live list that *item* is about: by its merge key where it has one, else by its place."""
    there = live if isinstance(live, list) else []
    if isinstance(item, Mapping):
        for name in _KEYS:
            if name in item:
                found = (each for each in there if isinstance(each, Mapping) and each.get(name) == item[name])
                return next(found, None)
    return there[position] if position < len(there) else None
