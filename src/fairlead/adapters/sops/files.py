"""Encrypted value files, opened with the age keys of this machine: the places where sops looks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_DEFAULT: Final = "sops/age/keys.txt"


class SopsFiles:
    """Implements the port SecretFiles. *environ* and *home* are the caller's; keys are read at each use, never kept.
    What a file holds is kept, as SecretText: several components may take their values from it."""

    def __init__(self, *, environ: Mapping[str, str], home: Path) -> None:
        self._environ = environ
        self._home = home
        self._opened: dict[tuple[str, str], Mapping[str, object]] = {}

    def decrypt(self, text: str, *, file: str) -> Mapping[str, object]:
        """The tree, with SecretText leaves. Raises InputError, without a secret in its message."""
        found = self._opened.get((file, text))
        if found is None:
            # `cryptography` takes 0.1 s to import, and most projects encrypt nothing.
            from fairlead.formats.sops import decrypt  # noqa: PLC0415

            found = decrypt(text, file=file, identities=find_identities(environ=self._environ, home=self._home))
            self._opened[file, text] = found
        return found


def find_identities(*, environ: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """The age secret keys in SOPS_AGE_KEY, in the file SOPS_AGE_KEY_FILE, and in the user's sops/age/keys.txt.

    Raises InputError when a file that SOPS_AGE_KEY_FILE names cannot be read.
    """
    found = [*_keys_in(environ.get("SOPS_AGE_KEY", ""))]
    if named := environ.get("SOPS_AGE_KEY_FILE"):
        found += _keys_in(_read(Path(named)))
    default = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / _DEFAULT
    if default.is_file():
        found += _keys_in(_read(default))
    return tuple(dict.fromkeys(found))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is no text"
        hint = "correct SOPS_AGE_KEY_FILE, or the permissions of the file"
        raise InputError(f"the age keys cannot be read: {reason}", hint=hint, location=Location(str(path))) from None


def _keys_in(text: str) -> Iterator[str]:
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))
