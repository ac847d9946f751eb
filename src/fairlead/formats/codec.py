"""Model dataclasses as JSON data and back: for records, plans, events and `-o json`.

Field names stay as they are; values that equal their default are left out, so that a record made by an older version
reads in a newer one. A SecretText is written as `***`: nothing secret can leave this way. Mappings whose keys are no
strings are lists of pairs.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

from fairlead.model.change import ABSENT
from fairlead.model.secret import SecretText

T = TypeVar("T")

_MISSING = dataclasses.MISSING


def to_json(value: Any) -> Any:
    """*value* as what `orjson.dumps` takes; raises TypeError on a type that has no JSON form."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, SecretText):
        return "***"
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields_to_json(value)
    if isinstance(value, Mapping):
        return _mapping_to_json(value)
    if isinstance(value, (Sequence, frozenset, set)) and not isinstance(value, (bytes, bytearray, memoryview)):
        items = sorted(value) if isinstance(value, (frozenset, set)) else value
        return [to_json(item) for item in items]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _fields_to_json(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if item is ABSENT or (field.default is not _MISSING and item == field.default):
            continue
        if field.default_factory is not _MISSING and not item:
            continue
        found[field.name] = to_json(item)
    return found


def _mapping_to_json(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str and type(item) is str for key, item in value.items()):
        return dict(value)  # thousands of names in a head; a StrEnum is no plain `str`
    if all(isinstance(key, str) for key in value):
        return {str(key): to_json(item) for key, item in value.items()}
    return [[to_json(key), to_json(item)] for key, item in value.items()]


def from_json(wanted: type[T], data: Any) -> T:
    """*data* as an instance of *wanted*; raises KeyError, TypeError or ValueError on data of another shape."""
    return typing.cast("T", _read(wanted, data))


def _read(wanted: Any, data: Any) -> Any:
    origin = typing.get_origin(wanted)
    if wanted is Any or wanted is object:
        return data
    if origin in (typing.Union, types.UnionType):
        return _read_union(typing.get_args(wanted), data)
    if origin is tuple:
        return tuple(_read(typing.get_args(wanted)[0], item) for item in _expect(list, data))
    if origin is dict or origin is Mapping:
        return _read_mapping(typing.get_args(wanted), data)
    if isinstance(wanted, type):
        return _read_plain(wanted, data)
    raise TypeError(f"cannot read {wanted}")


def _read_union(choices: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in choices:
        return None
    return _read(next(choice for choice in choices if choice is not type(None)), data)


def _read_mapping(arguments: tuple[Any, ...], data: Any) -> dict[Any, Any]:
    pairs = data.items() if isinstance(data, dict) else _expect(list, data)
    return {_read(arguments[0], key): _read(arguments[1], item) for key, item in pairs}


def _read_plain(wanted: type, data: Any) -> Any:
    if dataclasses.is_dataclass(wanted):
        hints = _hints(wanted)
        return wanted(**{name: _read(hints[name], item) for name, item in _expect(dict, data).items() if name in hints})
    if issubclass(wanted, Enum):
        return wanted(data)
    if wanted is datetime:
        return datetime.fromisoformat(data)
    if wanted is float and isinstance(data, int):
        return float(data)
    return _expect(wanted, data)


def _expect(wanted: type[T], data: Any) -> T:
    if not isinstance(data, wanted):
        raise TypeError(f"expected {wanted.__name__}, found {type(data).__name__}")
    return data


@lru_cache(maxsize=128)
def _hints(wanted: type) -> dict[str, Any]:
    return typing.get_type_hints(wanted)
