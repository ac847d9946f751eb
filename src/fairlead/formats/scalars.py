"""How kubectl and Helm read one YAML scalar (the rules of sigs.k8s.io/yaml over go-yaml v2), as JSON values.

Each rule is checked against the real kubectl by `tests/e2e/test_scalars_against_kubectl.py`; the table of probes is
`tests/cases/scalars.yaml`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from decimal import Decimal
from typing import Final

Scalar = str | int | float | bool | None

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
_UINT64_MAX: Final = 2**64 - 1

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER: Final = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))", re.ASCII)
_INTEGER_BASES: Final = (16, 2, 8, 10)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# go-yaml hands text that starts with a dot to strconv.ParseFloat as it is, and that allows `_` between digits.
_DOTTED: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
# go-yaml strips `0b` and parses what is left as a signed number.
_SIGN_AFTER_0B: Final = re.compile(r"0b([-+][01]+)")
_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])"
    r"(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?)?"
)

_PREFIX: Final = "tag:yaml.org,2002:"
MERGE_TAG: Final = f"{_PREFIX}merge"
MAP_TAG: Final = f"{_PREFIX}map"
SEQUENCE_TAG: Final = f"{_PREFIX}seq"


class ScalarError(ValueError):
    """Text that Kubernetes tools refuse where it stands; the message is a clause without the place."""


def resolve_plain(text: str) -> Scalar:
    """The YAML value of an unquoted scalar. Not yet JSON: see `to_json` and `key_text`."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "0123456789+-":
        return _number(text)
    if first == "." and _DOTTED.fullmatch(text):
        return _finite(text.replace("_", ""), otherwise=text)
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The YAML value of a scalar with an explicit tag; raises ScalarError for a tag that JSON has no place for."""
    name = tag.removeprefix(_PREFIX)
    if tag == name or name not in _TAGGED:
        raise unknown_tag(tag)
    if name in ("str", "merge"):
        return text
    if name == "binary":
        return _decode_binary(text)
    if name == "timestamp":
        if not _TIMESTAMP.fullmatch(text):
            raise ScalarError(f"{text!r} is not a timestamp, as its tag !!timestamp says")
        return text
    value = resolve_plain(text)
    if name == "float" and type(value) is int and INT64_MIN <= value <= INT64_MAX:
        return float(value)
    if type(value) is not _TAGGED[name]:
        raise ScalarError(f"{text!r} is not what its tag !!{name} says")
    return value


def to_json(value: Scalar) -> Scalar:
    """*value* as the API machinery holds it: int64 where the number is integral and fits, else a float."""
    if type(value) is float:
        return _float_to_json(value)
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        return float(value)
    return value


def key_text(value: Scalar) -> str:
    """*value* as the key of a JSON object; raises ScalarError for null and integers from 2^63 on, as kubectl does."""
    if type(value) is str:
        return value
    if value is None:
        raise ScalarError("a key must not be null")
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float:
        return _float_key(value)
    if not INT64_MIN <= int(value) <= INT64_MAX:
        raise ScalarError(f"the key {value} is too large a number; quote it")
    return str(value)


def unknown_tag(tag: str) -> ScalarError:
    return ScalarError(f"the tag {_written(tag)} has no meaning in Kubernetes manifests")


_TAGGED: Final[dict[str, type]] = {
    "str": str,
    "merge": str,
    "binary": str,
    "timestamp": str,
    "int": int,
    "float": float,
    "bool": bool,
    "null": type(None),
}


def _written(tag: str) -> str:
    return f"!!{tag.removeprefix(_PREFIX)}" if tag.startswith(_PREFIX) else tag


def _number(text: str) -> Scalar:
    plain = text.replace("_", "")
    if match := _INTEGER.fullmatch(plain):
        sign, *digits = match.groups()
        value = next(int(d, base) for d, base in zip(digits, _INTEGER_BASES, strict=True) if d is not None)
        value = -value if sign == "-" else value
        if INT64_MIN <= value <= (INT64_MAX if sign else _UINT64_MAX):
            return value
    if _FLOAT.fullmatch(plain):
        return _finite(plain, otherwise=text)
    if match := _SIGN_AFTER_0B.fullmatch(plain):
        value = int(match[1], 2)
        return value if INT64_MIN <= value <= INT64_MAX else text
    return text


def _finite(digits: str, *, otherwise: str) -> Scalar:
    value = float(digits)
    return otherwise if math.isinf(value) else value


def _decode_binary(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except binascii.Error as err:
        raise ScalarError("the value tagged !!binary is not base64") from err
    return data.decode("utf-8", errors="replace")


def _float_to_json(value: float) -> int | float:
    if not math.isfinite(value):
        raise ScalarError("infinity and not-a-number have no JSON form; quote the text if a string is meant")
    if value.is_integer() and abs(value) < 1e21:
        # Go writes the shortest digits that give the float back, then reads those digits as an integer.
        whole = int(Decimal(repr(value)))
        if INT64_MIN <= whole <= INT64_MAX:
            return whole
    return value


def _float_key(value: float) -> str:
    """As strconv.FormatFloat(value, 'g', -1, 32): the shortest digits of the value as a 32-bit float."""
    if math.isnan(value):
        return ".nan"
    single = _as_single(value)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    for digits in range(9):
        text = f"{single:.{digits}e}"
        if _as_single(float(text)) == single:
            break
    mantissa, _, exponent = text.partition("e")
    if -4 <= int(exponent) < 6:
        return f"{Decimal(text):f}"
    return f"{mantissa}e{exponent}"


def _as_single(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)
