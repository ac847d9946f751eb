"""What a credential looks like by itself, and what only looks like one. No value is ever shown."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import Final

_SHAPES: Final = (
    # What must stand in the text for the pattern to be tried: that is many times faster. Nothing where the pattern
    # begins with a rare letter, which is as fast.
    (
        "PRIVATE KEY-----",
        "a private key",
        r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}",
    ),
    ("", "an AWS access key", r"A(?<!\wA)[KS]IA(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b"),
    ("", "a GitHub token", r"gh(?<!\wgh)[pousr]_[A-Za-z0-9]{36,}\b"),
    ("github_pat_", "a GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    ("glpat-", "a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("xox", "a Slack token", r"\bxox[abprs]-[0-9]{6,}-[0-9A-Za-z-]{16,}"),
    ("hooks.slack.com", "a Slack webhook", r"hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{24}"),
    ("", "a Google API key", r"A(?<!\wA)Iza[0-9A-Za-z_-]{35}\b"),
    ("sk_live_", "a Stripe key", r"\bsk_live_[0-9A-Za-z]{20,}"),
    ("AGE-SECRET-KEY-1", "an age key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    ("npm_", "an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
)

_PASSWORD: Final = frozenset({"password", "passwd", "passphrase", "pass", "pwd"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET: Final = re.compile(r"(?:secret|secretkey|apikey|accesskey|token|privatekey|clientsecret|encryptionkey)$")
NAMES: Final = re.compile(r"(?i)pass|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key")
"""Whether it pays to parse a file: it has a name that a credential may stand under."""
_REFERENCE: Final = re.compile(
    r"\$\{|\{\{|\$\(|<[^>]*>|^ENC\[|^ref\+|^vault:|^op://|^secret(?:ref)?[+:]|^arn:|^file:|^env:|^\$[A-Z_]+$|^!|^%|__\w+__"
)
_PLACEHOLDER: Final = re.compile(
    r"(?i)change[-_ ]?me|replace[-_ ]?me|place[-_ ]?holder|your[-_ ]|example|redacted|dummy|todo|fixme|insert|"
    r"^(?:password|passw0rd|secret|token|none|null|nil|empty|unset|default|test|admin|user|root|true|false|undefined|"
    r"string|text|xxx+|\*+|\.+|x+|-+|optional|required|disabled|enabled|auto|generated?|random|\d{1,3})$"
)
_ENVIRONMENT_NAME: Final = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_WORDS: Final = re.compile(r"^[A-Za-z]+(?:[-_./: ][A-Za-z0-9]+)*$|^/|^[a-z]+://[^:@]*$")
_SETTING: Final = re.compile(r"""(?m)^[\s-]*["']?(?P<name>[\w.-]+)["']?\s*[:=]\s*(?P<value>\S+)\s*$""")
_LEAST_LENGTH: Final = 16
_LEAST_BITS: Final = 3.2


class _Promise(Enum):
    PASSWORD = auto()
    KEY = auto()
    NOTHING = auto()


def find_shapes(text: str) -> Iterator[tuple[int, str]]:
    """(position, what it is) of everything in *text* that is a credential by its shape alone."""
    for needed, what, shape in _SHAPES:
        if needed in text:
            yield from ((match.start(), what) for match in re.finditer(shape, text))


def is_credential(name: str, value: str) -> bool:
    """Whether *value* under *name* is one: any real text under the name of a password, and what has the randomness of
    a key under other names, for `secret: grafana` is the name of one."""
    promise = _promised(name)
    if promise is _Promise.NOTHING or is_filled_in_later(value):
        return False
    if promise is _Promise.PASSWORD:
        return not _is_name_of_key(value, _letters(name))
    return is_random(value)


@lru_cache(maxsize=4096)
def _promised(name: str) -> _Promise:
    """What a value under *name* would be. A few hundred names stand before most values of a repository."""
    words, said = _WORD.findall(name), _letters(name)
    if (words and words[-1].lower() in _PASSWORD) or said.endswith("password"):
        return _Promise.PASSWORD
    return _Promise.KEY if _SECRET.search(said) else _Promise.NOTHING


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def holds_credential(name: str, text: str) -> bool:
    """Whether *text*, the value of key *name* of a Secret, is one or has one in it."""
    if is_credential(name, text) or any(True for _ in find_shapes(text)):
        return True
    if "\n" not in text.strip():
        return not is_filled_in_later(text) and is_random(text)
    return any(True for _ in find_settings(text))


def find_settings(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, value, position) of every line `NAME=value` or `name: value` whose value is a credential by its name."""
    for match in _SETTING.finditer(text) if NAMES.search(text) else ():
        value = match["value"].strip("'\"")
        if is_credential(match["name"], value):
            yield match["name"], value, match.start("name")


def is_filled_in_later(value: str) -> bool:
    """Whether *value* is a reference, a placeholder, or nothing."""
    text = value.strip()
    return len(text) < 4 or bool(
        _REFERENCE.search(text) or _PLACEHOLDER.search(text) or _ENVIRONMENT_NAME.fullmatch(text)
    )


def _is_name_of_key(value: str, name: str) -> bool:
    """`adminPassword: admin-password` names the key of a Secret."""
    said = _letters(value)
    return said == name or said.endswith(("password", "passwd", "passphrase", "secret")) or said.startswith("password")


def is_random(value: str) -> bool:
    text = value.strip()
    if len(text) < _LEAST_LENGTH or " " in text or _WORDS.fullmatch(text):
        return False
    has_both = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return has_both and entropy(text) >= _LEAST_BITS


def entropy(text: str) -> float:
    """Bits for each character, by how often each occurs."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
