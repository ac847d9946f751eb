"""Model dataclasses as JSON data and back: for records, plans, events and `-o json`.

Field names stay as they are; values that equal their default are left out, so that a record made by an older version
reads in a newer one. A SecretText is written as `***`: nothing secret can leave this way. Mappings whose keys are no
strings are lists of pairs.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from fairlead.model.change import ABSENT
from fairlead.model.secret import SecretText

T = TypeVar("T")
_Reader = Callable[[Any], Any]

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
    if isinstance(value, date):  # or a datetime
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
    return typing.cast("T", _reader(typing.cast("Any", wanted))(data))


@cache
def _reader(wanted: Any) -> _Reader:
    """What reads *wanted*: made once for each type, since a record has thousands of values of a few types."""
    origin = typing.get_origin(wanted)
    if wanted is Any or wanted is object:
        return _as_it_is
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(wanted))
    if origin is tuple:
        return _tuple_reader(typing.get_args(wanted)[0])
    if origin is dict or origin is Mapping:
        return _mapping_reader(*typing.get_args(wanted))
    if isinstance(wanted, type):
        return _plain_reader(wanted)
    raise TypeError(f"cannot read {wanted}")


def _as_it_is(data: Any) -> Any:
    return data


def _union_reader(choices: tuple[Any, ...]) -> _Reader:
    read = _reader(next(choice for choice in choices if choice is not type(None)))
    if type(None) not in choices:
        return read
    return lambda data: None if data is None else read(data)


def _tuple_reader(of: Any) -> _Reader:
    read = _reader(of)
    return lambda data: tuple(read(item) for item in _expect(list, data))


def _mapping_reader(key: Any, of: Any) -> _Reader:
    read_key, read = _reader(key), _reader(of)

    def read_mapping(data: Any) -> Any:
        pairs = data.items() if isinstance(data, dict) else _expect(list, data)
        return {read_key(name): read(item) for name, item in pairs}

    return read_mapping


def _plain_reader(wanted: type) -> _Reader:
    if dataclasses.is_dataclass(wanted):
        return _dataclass_reader(wanted)
    if issubclass(wanted, Enum):
        return wanted
    if wanted is datetime:
        return datetime.fromisoformat
    if wanted is float:
        return lambda data: float(data) if isinstance(data, int) else _expect(float, data)
    return lambda data: data if type(data) is wanted else _expect(wanted, data)


def _dataclass_reader(wanted: type) -> _Reader:
    readers: dict[str, _Reader] = {}

    def read_fields(data: Any) -> Any:
        if not readers:  # not before it is needed: a class may have fields of its own type
            readers.update({name: _reader(hint) for name, hint in typing.get_type_hints(wanted).items()})
        return wanted(**{name: readers[name](item) for name, item in _expect(dict, data).items() if name in readers})

    return read_fields


def _expect(wanted: type[T], data: Any) -> T:
    if not isinstance(data, wanted):
        raise TypeError(f"expected {wanted.__name__}, found {type(data).__name__}")
    return data
