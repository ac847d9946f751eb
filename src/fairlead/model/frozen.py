"""`dataclass` for values that are frozen, slotted and keyword-only, at a fifth of the price.

The standard library compiles six methods of every dataclass when its module is imported: a quarter of the time in which
a command starts, for methods that are mostly never called. Here each method is compiled when it is first called, and
then stands in the class as the standard library's would. With other options the standard library's decorator is what
you get.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

__all__ = ["dataclass", "field", "replace"]

_Class = TypeVar("_Class", bound=type)
_Method = Callable[..., Any]

_OPTIONS: Final = {"frozen": True, "slots": True, "kw_only": True}
_MADE_LATER: Final = object()
"""Stands for a value that its field's factory makes."""

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(**options: bool) -> Callable[[_Class], _Class]:
        return _frozen if options == _OPTIONS else dataclasses.dataclass(**options)


def _frozen(cls: Any) -> Any:
    stated = set(vars(cls)) - {"__hash__"} | ({"__hash__"} if vars(cls).get("__hash__") else set())
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard library makes one from the signature
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    for name, make in _MADE.items():
        if name not in stated:
            setattr(made, name, _when_called(made, name, make))
    for name, method in _ALWAYS.items():
        if name not in stated:
            setattr(made, name, method)
    return made


def _when_called(cls: type, name: str, make: Callable[[type], _Method]) -> _Method:
    def first_call(self: object, *args: Any, **named: Any) -> Any:
        method = make(cls)
        method.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, method)
        return method(self, *args, **named)

    return first_call


def _make_init(cls: type) -> _Method:
    names: dict[str, Any] = {"set_field": object.__setattr__, "later": _MADE_LATER}
    parameters, lines = [], []
    for at, each in enumerate(dataclasses.fields(cls)):
        parameter, value = each.name, each.name
        if each.default_factory is not dataclasses.MISSING:
            names[f"_make_{at}"] = each.default_factory
            parameter, value = f"{each.name}=later", f"_make_{at}() if {each.name} is later else {each.name}"
        elif each.default is not dataclasses.MISSING:
            names[f"_default_{at}"] = each.default
            parameter = f"{each.name}=_default_{at}"
        parameters.append(parameter)
        lines.append(f"set_field(_self, {each.name!r}, {value})")
    return _compile("__init__", ", ".join(["_self", *(["*"] if parameters else []), *parameters]), lines, names)


def _make_eq(cls: type) -> _Method:
    mine, other = _tuple_of("_self", _compared(cls)), _tuple_of("_other", _compared(cls))
    lines = [f"return {mine} == {other} if _other.__class__ is _self.__class__ else NotImplemented"]
    return _compile("__eq__", "_self, _other", lines, {})


def _make_hash(cls: type) -> _Method:
    return _compile("__hash__", "_self", [f"return hash({_tuple_of('_self', _compared(cls))})"], {})


def _make_repr(cls: type) -> _Method:
    shown = ", ".join(f"{each.name}={{_self.{each.name}!r}}" for each in dataclasses.fields(cls) if each.repr)
    return _compile("__repr__", "_self", [f"return f'{{_self.__class__.__qualname__}}({shown})'"], {})


_MADE: Final = {"__init__": _make_init, "__eq__": _make_eq, "__hash__": _make_hash, "__repr__": _make_repr}


def _compared(cls: type) -> Sequence[str]:
    return [each.name for each in dataclasses.fields(cls) if each.compare]


def _tuple_of(owner: str, names: Sequence[str]) -> str:
    return "(" + "".join(f"{owner}.{name}, " for name in names) + ")"


def _compile(name: str, parameters: str, lines: Sequence[str], names: dict[str, Any]) -> _Method:
    text = "\n ".join([f"def {name}({parameters}):", *(lines or ["pass"])])
    exec(text, names)  # noqa: S102 - the text is made of names of fields only, as in the standard library
    made: _Method = names[name]
    return made


class _Frozen:
    """Methods that are the same for every class."""

    def __setattr__(self, name: str, _: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self: Any) -> list[Any]:
        return [getattr(self, each.name) for each in dataclasses.fields(self)]

    def __setstate__(self: Any, state: Sequence[Any]) -> None:
        for each, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)


_ALWAYS: Final = {name: vars(_Frozen)[name] for name in ("__setattr__", "__delattr__", "__getstate__", "__setstate__")}
