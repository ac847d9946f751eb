"""The part of Go's text/template that ApplicationSets use: fields, pipelines, variables, if, with, range, and the
functions of sprig and Argo CD that are met there. What is not known here raises `NotJudged`, never a guess.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fairlead.formats.go_functions import FUNCTIONS, NotJudged, is_true, show
from fairlead.formats.sprig_functions import SPRIG

__all__ = ["NotJudged", "render_go"]

_ACTION: Final = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.DOTALL)
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?)|(?P<open>\()|(?P<close>\))|(?P<pipe>\|)'
    r"|(?P<assign>:=|=)|(?P<comma>,)|(?P<field>(?:\$\w*)?(?:\.[A-Za-z_]\w*)+)|(?P<variable>\$\w*)|(?P<dot>\.)|(?P<word>[A-Za-z_]\w*))"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(slots=True)
class _Node:
    """A piece of text, an action, or a block with its branches: (pipeline, nodes), an empty pipeline for `else`."""

    kind: str
    text: str = ""
    branches: list[tuple[str, list[_Node]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Token:
    """*is_joined*: no space is before it."""

    kind: str
    text: str
    is_joined: bool


@dataclass(slots=True)
class _Scope:
    dot: Any
    variables: ChainMap[str, Any]
    is_strict: bool


def render_go(text: str, data: Mapping[str, Any], *, is_strict: bool = False) -> str:
    """*text* with its actions carried out on *data*. A missing key is `<no value>`, with *is_strict* a fault. Raises
    NotJudged for what is not known here, and for a missing key with *is_strict*."""
    if "{{" not in text:
        return text
    return _render(_parse(text), _Scope(data, ChainMap({"$": data}), is_strict))


def _parse(text: str) -> list[_Node]:
    top = _Node("top", branches=[("", [])])
    stack = [top]
    for node in _pieces(text):
        word, _, rest = node.text.partition(" ")
        if node.kind == "text" or word not in ("if", "with", "range", "else", "end"):
            stack[-1].branches[-1][1].append(node)
        elif word == "end":
            stack.pop()
        elif word == "else":
            stack[-1].branches.append((rest.strip().removeprefix("if ").strip() or "true", []))
        else:
            block = _Node(word, branches=[(rest.strip(), [])])
            stack[-1].branches[-1][1].append(block)
            stack.append(block)
        if not stack:
            raise NotJudged("an {{ end }} without its beginning")
    if len(stack) > 1:
        raise NotJudged("a block without its {{ end }}")
    return top.branches[0][1]


def _pieces(text: str) -> Iterator[_Node]:
    position, trims = 0, False
    for match in _ACTION.finditer(text):
        before = text[position : match.start()]
        before = before.lstrip() if trims else before
        yield _Node("text", before.rstrip() if match[1] else before)
        if not match[2].startswith("/*"):
            yield _Node("action", match[2])
        position, trims = match.end(), bool(match[3])
    yield _Node("text", text[position:].lstrip() if trims else text[position:])


def _render(nodes: Sequence[_Node], scope: _Scope) -> str:
    return "".join(_one(node, scope) for node in nodes)


def _one(node: _Node, scope: _Scope) -> str:
    if node.kind == "text":
        return node.text
    if node.kind == "action":
        return _Pipeline(node.text, scope).shown()
    if node.kind == "range":
        return _range(node, scope)
    for condition, nodes in node.branches:
        value = _Pipeline(condition, scope).value()
        if is_true(value):
            dot = value if node.kind == "with" and condition != "true" else scope.dot
            return _render(nodes, _Scope(dot, scope.variables.new_child(), scope.is_strict))
    return ""


def _range(node: _Node, scope: _Scope) -> str:
    head, nodes = node.branches[0]
    names = re.match(r"(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*(.*)", head, re.DOTALL)
    over = _Pipeline(names[3] if names else head, scope).value()
    pairs = (
        sorted(over.items()) if isinstance(over, Mapping) else list(enumerate(over if isinstance(over, list) else []))
    )
    if not pairs and len(node.branches) > 1:
        return _render(node.branches[1][1], scope)
    shown = []
    for key, value in pairs:
        named = ({names[1]: key, names[2]: value} if names[2] else {names[1]: value}) if names else {}
        shown.append(_render(nodes, _Scope(value, scope.variables.new_child(named), scope.is_strict)))
    return "".join(shown)


class _Pipeline:
    """One pipeline, read and carried out in one go."""

    def __init__(self, text: str, scope: _Scope) -> None:
        self._tokens = _tokens(text)
        self._scope = scope
        self._at = 0

    def shown(self) -> str:
        if len(self._tokens) > 2 and self._tokens[1].kind == "assign":
            self._at = 2
            self._assign(self._tokens[0].text, self._whole(), is_new=self._tokens[1].text == ":=")
            return ""
        return show(self._whole())

    def value(self) -> Any:
        return self._whole()

    def _assign(self, name: str, value: Any, *, is_new: bool) -> None:
        """`=` changes the variable of the block that has it."""
        blocks = self._scope.variables.maps
        home = blocks[0] if is_new else next((block for block in blocks if name in block), blocks[0])
        home[name] = value

    def _whole(self) -> Any:
        value = self._pipe()
        if self._at < len(self._tokens):
            raise NotJudged(f"the template has {self._tokens[self._at].text!r} in an unknown place")
        return value

    def _pipe(self) -> Any:
        value = self._command([])
        while self._kind() == "pipe":
            self._at += 1
            value = self._command([value])
        return value

    def _command(self, piped: list[Any]) -> Any:
        token = self._next()
        if token.kind == "word" and token.text not in ("true", "false", "nil"):
            arguments = []
            while self._kind() not in ("", "pipe", "close"):
                arguments.append(self._operand(self._next()))
            return _function(token.text)(*arguments, *piped)
        value = self._operand(token)
        if piped:
            raise NotJudged("the template pipes into what is no function")
        return value

    def _operand(self, token: _Token) -> Any:
        match token.kind:
            case "text":
                return _text(token.text)
            case "number":
                return float(token.text) if "." in token.text else int(token.text)
            case "open":
                return self._grouped()
            case "dot":
                return self._scope.dot
            case "variable":
                return self._variable(token.text)
            case "field":
                name, *path = token.text.split(".")
                return self._field(self._variable(name) if name else self._scope.dot, path)
            case "word" if token.text in ("true", "false", "nil"):
                return {"true": True, "false": False, "nil": None}[token.text]
            case "word":
                return _function(token.text)()
            case _:
                raise NotJudged(f"the template has {token.text!r} in an unknown place")

    def _grouped(self) -> Any:
        value = self._pipe()
        if self._next().kind != "close":
            raise NotJudged("the template has a parenthesis that is not closed")
        if self._kind() == "field" and self._tokens[self._at].is_joined:
            value = self._field(value, self._next().text.split(".")[1:])
        return value

    def _variable(self, name: str) -> Any:
        if name not in self._scope.variables:
            raise NotJudged(f"the template uses {name}, which it does not set")
        return self._scope.variables[name]

    def _field(self, value: Any, path: Sequence[str]) -> Any:
        for name in path:
            if not isinstance(value, Mapping) or name not in value:
                if self._scope.is_strict:
                    raise NotJudged(f"the template wants .{'.'.join(path)}, which is not there")
                return None
            value = value[name]
        return value

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise NotJudged("the template has an action that ends too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise NotJudged(f"the template action {text!r} is not understood")
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) == position))
        position = match.end()
    return found


def _text(written: str) -> str:
    if written.startswith("`"):
        return written[1:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), written[1:-1])


def _function(name: str) -> Callable[..., Any]:
    plain = re.sub(r"^must([A-Z])", lambda match: match[1].lower(), name)
    found = FUNCTIONS.get(plain) or SPRIG.get(plain)
    if found is None:
        raise NotJudged(f"the template uses {name}, which is not known here")
    return found
