"""What a helmfile keeps secret, while its templates are evaluated without it.

Values under `secrets` of an environment stay encrypted, and references to a secret store stay references. A template
that prints such a value is right but for that text, and who gets the text can be told. One that computes with it may
give anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

ENCRYPTED: Final = "ENC[AES256_GCM,"
HELD: Final = "fairlead-held-reference "
"""Stands where a reference to a secret store begins, so that nobody follows it."""

Path = tuple[str, ...]

# vals takes any text for a reference that has this in it (0.46.1: DefaultRefRegexp); base64 never has the colon.
_REFERENCE: Final = re.compile(r"\b(?:secret)?ref\+(?=(?:\{\{[^}\n]*\}\}|[^\s+:{\"'])*://)")
_FETCH: Final = re.compile(r"\bfetchSecretValue\b")
_ASKING: Final = re.compile(r"\b(?:fetchSecretValue|expandSecretRefs)\b")
_ACTION: Final = re.compile(r"\{\{-?(?!-?\s*/\*)(?P<text>.*?)-?\}\}", re.DOTALL)
_MENTION: Final = re.compile(r"\.(?:Values|StateValues|Environment\.Values)\b(?P<path>(?:\.\w+)*)")
_TEXT: Final = re.compile(r"\"[^\"]*\"|`[^`]*`")
_WORD: Final = re.compile(r"[A-Za-z_:=]\w*")
_PRINTING: Final = frozenset(
    (
        "quote",
        "squote",
        "toString",
        "toYaml",
        "indent",
        "nindent",
        "trim",
        "default",
        "required",
        "get",
        "getOrNil",
        "index",
    )
)


def without_references(text: str) -> str:
    """*text* in which nothing asks a secret store: its references are none. Where a template only prints what it would
    get, it prints `HELD`; else it fails as `call` does, which no helmfile has a use for."""
    return _ACTION.sub(_without_asking, _REFERENCE.sub(HELD, text))


def _without_asking(match: re.Match[str]) -> str:
    printing = _FETCH.sub(f'printf "{HELD}%v"', match[0])
    if printing != match[0] and _is_print(_FETCH.sub("", match["text"])):
        return printing
    return _ASKING.sub(lambda name: "call".ljust(len(name[0])), match[0])


def encrypted_paths(values: Mapping[str, Any], top: Path = ()) -> Iterator[Path]:
    """Where in *values* something is encrypted."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from encrypted_paths(value, (*top, str(key)))
        elif ENCRYPTED in str(value):
            yield (*top, str(key))


def computing_line(text: str, paths: Collection[Path]) -> int:
    """The first line of *text*, from 1, where a template does more than print a value at or around one of *paths*; 0
    where none does."""
    for action in _ACTION.finditer(text):
        if any(_is_near(path, paths) for path in _mentioned(action["text"])) and not _is_print(action["text"]):
            return text.count("\n", 0, action.start()) + 1
    return 0


def _mentioned(action: str) -> Iterator[Path]:
    for match in _MENTION.finditer(action):
        path = tuple(match["path"].split(".")[1:])
        named = [tuple(word[1:-1].split(".")) for word in _TEXT.findall(action)] if not path else []
        # `get "a.b" .Values` and `index .Values "a"` name it by a text; what names nothing may mean all.
        yield from named or [path]


def _is_near(path: Path, paths: Collection[Path]) -> bool:
    return any(path[: len(each)] == each[: len(path)] for each in paths)


def _is_print(action: str) -> bool:
    words = _WORD.findall(_TEXT.sub(" ", _MENTION.sub(" ", action)))
    return set(words) <= _PRINTING
