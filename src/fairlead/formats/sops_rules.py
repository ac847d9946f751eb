"""What of a SOPS file is encrypted, and what has to be, by the rules it states itself; nothing is decrypted here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.model.frozen import dataclass

ENCRYPTED: Final = re.compile(r"ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]")
_RULES: Final = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex")
_BY_DEFAULT: Final = "_unencrypted"
"""The suffix that sops goes by where a file states no rule (`stores.go`)."""
COMMENT_RULES: Final = ("encrypted_comment_regex", "unencrypted_comment_regex")


@dataclass(frozen=True, slots=True, kw_only=True)
class SopsRules:
    """Which values are to be encrypted, by the keys on their path."""

    unencrypted_suffix: str
    encrypted_suffix: str
    unencrypted_regex: re.Pattern[str] | None
    encrypted_regex: re.Pattern[str] | None

    def wants_encryption(self, path: tuple[str, ...]) -> bool:
        wanted = True
        if self.unencrypted_suffix:
            wanted = not any(part.endswith(self.unencrypted_suffix) for part in path)
        if self.encrypted_suffix:
            wanted = any(part.endswith(self.encrypted_suffix) for part in path)
        if self.unencrypted_regex and any(self.unencrypted_regex.search(part) for part in path):
            wanted = False
        if self.encrypted_regex:
            wanted = any(self.encrypted_regex.search(part) for part in path)
        return wanted


def is_sops_file(tree: Any) -> bool:
    """Whether the data of a file say that sops encrypted it."""
    metadata = tree.get("sops") if isinstance(tree, Mapping) else None
    return isinstance(metadata, Mapping) and "mac" in metadata


def read_rules(metadata: Mapping[str, Any]) -> SopsRules:
    """Raises re.error where a regular expression is none."""
    has_none = not any(metadata.get(name) for name in _RULES)
    return SopsRules(
        unencrypted_suffix=_BY_DEFAULT if has_none else str(metadata.get("unencrypted_suffix") or ""),
        encrypted_suffix=str(metadata.get("encrypted_suffix") or ""),
        unencrypted_regex=_compile(metadata.get("unencrypted_regex")),
        encrypted_regex=_compile(metadata.get("encrypted_regex")),
    )


def find_clear(tree: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """The paths in a SOPS file of what should be encrypted and is not: sops refuses to decrypt such a file.

    Nothing where its rules cannot be read here.
    """
    metadata = tree["sops"]
    if any(metadata.get(name) for name in COMMENT_RULES):
        return
    try:
        rules = read_rules(metadata)
    except re.error:
        return
    for key, value in tree.items():
        if key != "sops":
            yield from _clear(value, (key,), rules=rules)


def _clear(value: Any, path: tuple[str | int, ...], *, rules: SopsRules) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _clear(item, (*path, key), rules=rules)
        return
    keys = tuple(part for part in path if isinstance(part, str))
    if value not in (None, "") and not str(value).startswith("ENC[") and rules.wants_encryption(keys):
        yield path


def _compile(pattern: Any) -> re.Pattern[str] | None:
    # Go takes a flag also behind the anchor.
    return re.compile(str(pattern).replace("^(?i)", "(?i)^", 1)) if pattern else None
