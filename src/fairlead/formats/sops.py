"""SOPS files, decrypted in memory: the data key by age, each value by AES-256-GCM, the whole by its MAC.

The format is that of getsops/sops 3: https://github.com/getsops/sops, checked against its program in both directions.
Not supported, and said so: data keys for PGP or a cloud KMS only, key groups, rules that depend on comments.
No message holds a value of the file or a key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyrage  # type: ignore[import-untyped]  # pyrage ships no types
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fairlead.formats.scalars import to_json
from fairlead.formats.sops_rules import COMMENT_RULES, ENCRYPTED, SopsRules, is_sops_file, read_rules
from fairlead.formats.sops_tree import Leaf, Node, parse_sops_tree
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.secret import SecretText, SecretValue

_OTHER_KEYS: Final = ("pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms")
# What sops puts before the values when only the encrypted ones count, so that the two kinds of MAC never agree.
_MAC_ONLY_ENCRYPTED: Final = hashlib.sha256(b"sops").digest()
_CHANGED: Final = "decrypt and edit it with `sops`, which keeps it whole; or take it from Git again"
_DROPPED: Final = object()


def decrypt(text: str, *, file: str, identities: Sequence[str]) -> dict[str, Any]:
    """The data of the SOPS file *text* (YAML or JSON), what was encrypted as SecretText, or SecretValue if no text.

    What the file keeps in the clear stays plain. *identities* are age secret keys. Raises InputError when no key
    fits, when the file was changed by anything but sops, and for what this reader does not support.
    """
    root = parse_sops_tree(text, file=file)
    metadata = _metadata(root, file=file)
    opened = _Decryption(_data_key(metadata, file=file, identities=identities), metadata=metadata, file=file)
    tree = {key: opened.open(node, (key,)) for key, node in root.value.items() if key != "sops"}
    opened.check_mac()
    return tree


def _metadata(root: Node, *, file: str) -> dict[str, Any]:
    if not is_sops_file(root.plain()):
        raise InputError(
            "the file is not encrypted by sops", hint=f"encrypt it: sops encrypt -i {file}", location=Location(file)
        )
    node = root.value["sops"]
    metadata: dict[str, Any] = node.plain()
    if metadata.get("key_groups"):
        raise InputError(
            "key groups are not supported", hint="encrypt it with one group of keys", location=node.location
        )
    if rule := next((name for name in COMMENT_RULES if metadata.get(name)), ""):
        raise InputError(f"the rule {rule} is not supported", hint="use encrypted_regex", location=node.location)
    return metadata


def _data_key(metadata: Mapping[str, Any], *, file: str, identities: Sequence[str]) -> bytes:
    entries = [entry for entry in metadata.get("age") or () if isinstance(entry, Mapping)]
    if not entries:
        others = ", ".join(name for name in _OTHER_KEYS if metadata.get(name)) or "nobody"
        raise InputError(
            f"the file is encrypted for {others} only",
            hint="add an age recipient: sops rotate --add-age age1… -i FILE",
            location=Location(file),
        )
    keys = _parse_identities(identities, file=file)
    for entry in entries:
        try:
            return bytes(pyrage.decrypt(str(entry.get("enc", "")).encode(), keys))
        except pyrage.DecryptError:
            continue
    recipients = ", ".join(str(entry.get("recipient", "?")) for entry in entries)
    raise InputError(
        "none of the age keys at hand opens the file",
        hint=f"it is encrypted for {recipients}; point SOPS_AGE_KEY_FILE to a key of one of them",
        location=Location(file),
        rule="secrets-unreadable",
    )


def _parse_identities(identities: Sequence[str], *, file: str) -> list[pyrage.x25519.Identity]:
    if not identities:
        raise InputError(
            "the file is encrypted and no age key was found",
            hint="set SOPS_AGE_KEY_FILE or SOPS_AGE_KEY, or put the key into ~/.config/sops/age/keys.txt",
            location=Location(file),
            rule="secrets-unreadable",
        )
    try:
        return [pyrage.x25519.Identity.from_str(identity) for identity in identities]
    except pyrage.IdentityError:
        hint = "a key is one line that starts with AGE-SECRET-KEY-1; keys of plugins and SSH keys are not supported"
        raise InputError("an age key cannot be read", hint=hint, location=Location(file)) from None


def _rules(metadata: Mapping[str, Any], *, file: str) -> SopsRules:
    try:
        return read_rules(metadata)
    except re.error:
        raise InputError("a regular expression in the sops section is not valid", location=Location(file)) from None


class _Decryption:
    """One pass over the tree in its order, which the MAC depends on."""

    def __init__(self, key: bytes, *, metadata: Mapping[str, Any], file: str) -> None:
        self._cipher = AESGCM(key)
        self._metadata = metadata
        self._file = file
        self._rules = _rules(metadata, file=file)
        self._only_encrypted = metadata.get("mac_only_encrypted") is True
        self._hash = hashlib.sha512(_MAC_ONLY_ENCRYPTED if self._only_encrypted else b"")

    def open(self, node: Node, path: tuple[str, ...]) -> Any:
        """The data below *node*; _DROPPED for an encrypted comment in a list."""
        if isinstance(node.value, dict):
            return {key: self.open(child, (*path, key)) for key, child in node.value.items()}
        if isinstance(node.value, list):
            items = [self.open(child, path) for child in node.value]
            return [item for item in items if item is not _DROPPED]
        if node.value is None:
            return None
        if self._rules.wants_encryption(path):
            return self._open_leaf(node, path)
        if not self._only_encrypted:
            self._hash.update(_bytes(node.value))
        return to_json(node.value)

    def _open_leaf(self, node: Node, path: tuple[str, ...]) -> Any:
        if node.value == "":
            return ""
        match = ENCRYPTED.fullmatch(node.value) if isinstance(node.value, str) else None
        if match is None:
            raise InputError(f"{'.'.join(path)} should be encrypted and is not", hint=_CHANGED, location=node.location)
        try:
            text = self._decrypt(match, ":".join(path) + ":")
            value = _PARSERS[match[4]](text)
        except (InvalidTag, ValueError, KeyError):
            message = f"{'.'.join(path)} does not decrypt: it was changed or moved after its encryption"
            raise InputError(message, hint=_CHANGED, location=node.location) from None
        if value is _DROPPED:
            return _DROPPED
        self._hash.update(_bytes(value))
        return SecretText(value) if isinstance(value, str) else SecretValue(json.dumps(to_json(value)))

    def check_mac(self) -> None:
        """Raise InputError unless the values are those that sops wrote: none added, removed, reordered."""
        match = ENCRYPTED.fullmatch(str(self._metadata["mac"]))
        try:
            expected = self._decrypt(match, str(self._metadata.get("lastmodified", ""))) if match else ""
        except (InvalidTag, ValueError):
            expected = ""
        if not hmac.compare_digest(expected.encode(), self._hash.hexdigest().upper().encode()):
            raise InputError(
                "the file was changed after its encryption (its MAC does not match)",
                hint=_CHANGED,
                location=Location(self._file),
            )

    def _decrypt(self, match: re.Match[str], context: str) -> str:
        data, nonce, tag = (base64.b64decode(part, validate=True) for part in match.groups()[:3])
        return self._cipher.decrypt(nonce, data + tag, context.encode()).decode()


def _parse_bool(text: str) -> bool:
    return {"True": True, "False": False, "true": True, "false": False}[text]


_PARSERS: Final[dict[str, Any]] = {
    "str": str,
    "bytes": str,
    "time": str,
    "int": int,
    "float": float,
    "bool": _parse_bool,
    "comment": lambda _: _DROPPED,
}


def _bytes(value: Leaf) -> bytes:
    """A value as sops hashes it."""
    if isinstance(value, float):
        # Decimal keeps the sign of zero and writes no exponent.
        digits = f"{Decimal(repr(value)):f}"
        return (digits.rstrip("0").rstrip(".") if "." in digits else digits).encode()
    return (str(value) if not isinstance(value, bool) else "True" if value else "False").encode()
