"""HCL's native syntax -> blocks, attributes with what they refer to, and literal values. Nothing is evaluated.

Grammar as in the HCL native syntax specification. Faults are InputError with file:line:col.
"""

from __future__ import annotations

import re
from typing import Any, Final

from fairlead.formats.hcl_blocks import UNKNOWN, Attribute, Block, Reference
from fairlead.formats.hcl_tokens import HclText, Token
from fairlead.model.finding import Location

__all__ = ["UNKNOWN", "Attribute", "Block", "Reference", "parse_expression", "parse_hcl", "parse_template"]

_BINARY: Final = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%"))
_WORDS: Final = {"true": True, "false": False, "null": None}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$(\$\{)|%(%\{)", re.DOTALL)
_ITERATOR: Final = re.compile(r"^(?:[ \t]*iterator[ \t]*=[ \t]*\"?([\w-]+)|\})", re.MULTILINE)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def parse_hcl(text: str, *, file: str) -> Block:
    """Raises InputError with the place of the first fault."""
    source = HclText(text=text.removeprefix("\ufeff"), file=file)
    return _Parser(source, 0, len(source.text)).file()


def parse_template(text: str, *, place: Location, scope: frozenset[str]) -> tuple[Any, list[Reference]]:
    """The value and the references of a template that stands at *place*, as in JSON; *scope* are names that refer to
    nothing outside. Raises InputError."""
    if "${" not in text and "%{" not in text:
        return text, []
    source = HclText(text=text, file=place.file, place=place)
    parser = _Parser(source, len(text), len(text), scope=scope)
    return parser.template(source.plain(0, len(text))), parser.references


def parse_expression(text: str, *, place: Location, scope: frozenset[str]) -> tuple[Any, list[Reference]]:
    """As `parse_template`, of an expression."""
    parser = _Parser(HclText(text=text, file=place.file, place=place), 0, len(text), scope=scope)
    return parser.whole(), parser.references


class _Parser:
    def __init__(self, source: HclText, start: int, end: int, *, scope: frozenset[str] = frozenset()) -> None:
        self._source = source
        self._tokens = source.tokens(start, end)
        self._token = next(self._tokens)
        self._scope = scope
        self._is_joined = False
        """Whether newlines mean nothing, as between brackets."""
        self.references: list[Reference] = []

    def file(self) -> Block:
        block = Block(location=self._source.location(0))
        self._body(block, closing="")
        return block

    def _body(self, block: Block, *, closing: str) -> None:
        while True:
            while self._token.kind == "newline":
                self._advance()
            if self._token.kind == "end" or (closing and self._is("}")):
                if closing and self._token.kind == "end":
                    raise self._source.fault(f"the block {block.type} is not closed", self._token.start)
                return
            self._item(block)

    def _item(self, block: Block) -> None:
        name = self._expect("word", "an attribute or a block")
        if self._is("="):
            self._advance()
            self._attribute(block, name)
        else:
            self._block(block, name)
        if self._token.kind not in ("newline", "end") and not self._is("}"):
            raise self._unexpected("a new line")

    def _attribute(self, block: Block, name: Token) -> None:
        place = self._source.location(name.start)
        if name.text in block.attributes:
            raise self._source.fault(f"{name.text} is set twice in one block", name.start)
        before, self.references = self.references, []
        value = self._expression()
        block.attributes[name.text] = Attribute(
            name=name.text, value=value, references=tuple(self.references), location=place
        )
        self.references = before

    def _block(self, parent: Block, name: Token) -> None:
        labels = []
        while self._token.kind in ("word", "template"):
            labels.append(self._token.text)
            self._advance()
        if not self._is("{"):
            raise self._unexpected("= or {")
        self._advance()
        found = Block(type=name.text, labels=tuple(labels), location=self._source.location(name.start))
        scope = self._scope
        if name.text == "dynamic" and labels:
            # Its content sees the current item by the name of the block, or that of `iterator`.
            self._scope = scope | {labels[0], *self._iterator_ahead()}
        self._body(found, closing="}")
        self._scope = scope
        self._take("}")
        parent.blocks.append(found)

    def _iterator_ahead(self) -> list[str]:
        """The next one in this block of the file."""
        found = _ITERATOR.search(self._source.text, self._token.start)
        return [found[1]] if found and found[1] else []

    def _expression(self) -> Any:
        value = self._operand()
        while self._token.kind in _BINARY:
            self._advance()
            self._skip_newlines()
            self._operand()
            value = UNKNOWN
        if self._is("?"):
            self._advance()
            self._skip_newlines()
            self._expression()
            self._skip_newlines()
            self._take(":")
            self._skip_newlines()
            self._expression()
            value = UNKNOWN
        return value

    def _operand(self) -> Any:
        if self._is("-") or self._is("!"):
            sign = self._token.kind
            self._advance()
            value = self._operand()
            return -value if sign == "-" and isinstance(value, int | float) and value is not True else UNKNOWN
        start = self._token
        value, parts = self._primary()
        while True:
            if self._is("."):
                self._advance()
                parts = self._step(parts)
            elif self._is("["):
                self._index()
                if parts:
                    self._note(parts, start)
                parts = None
            else:
                break
            value = UNKNOWN
        if parts:
            self._note(parts, start)
        return value

    def _step(self, parts: list[str] | None) -> list[str] | None:
        token = self._token
        if token.kind not in ("word", "path", "number", "*"):
            raise self._unexpected("a name")
        self._advance()
        return [*parts, *token.text.split(".")] if parts and token.kind in ("word", "path") else parts

    def _index(self) -> None:
        was_joined = self._open("[")
        if self._is("*"):
            self._advance()
        else:
            self._expression()
        self._close("]", was_joined=was_joined)

    def _note(self, parts: list[str], start: Token) -> None:
        if parts[0] not in self._scope:
            self.references.append(Reference(tuple(parts), self._source.location(start.start)))

    def _primary(self) -> tuple[Any, list[str] | None]:
        """A value, and the names that it starts where it refers to something."""
        token = self._token
        if token.kind == "path":
            self._advance()
            return UNKNOWN, token.text.split(".")
        if token.kind == "number":
            self._advance()
            return (float(token.text) if re.search(r"[.eE]", token.text) else int(token.text)), None
        if token.kind in ("template", "heredoc"):
            self._advance()
            return self.template(token), None
        if token.kind == "word":
            self._advance()
            return self._word(token)
        if self._is("("):
            was_joined = self._open("(")
            value = self._expression()
            self._close(")", was_joined=was_joined)
            return value, None
        if self._is("["):
            return self._list(), None
        if self._is("{"):
            return self._object(), None
        raise self._unexpected("a value")

    def _word(self, token: Token) -> tuple[Any, list[str] | None]:
        is_call = self._is("(")
        while self._is("::"):
            self._advance()
            self._expect("word", "the name of a function")
            is_call = True
        if is_call:
            was_joined = self._open("(")
            self._items(")")
            self._close(")", was_joined=was_joined)
            return UNKNOWN, None
        if token.text in _WORDS:
            return _WORDS[token.text], None
        return UNKNOWN, [token.text]

    def _items(self, closing: str) -> list[Any]:
        found = []
        while not self._is(closing):
            found.append(self._expression())
            if self._is("..."):
                self._advance()
            if not self._is(","):
                break
            self._advance()
        return found

    def _list(self) -> Any:
        was_joined = self._open("[")
        found: list[Any] = []
        if is_for := self._is_word("for"):
            self._for("]")
        else:
            found = self._items("]")
        self._close("]", was_joined=was_joined)
        return UNKNOWN if is_for or any(each is UNKNOWN for each in found) else found

    def _object(self) -> Any:
        was_joined, self._is_joined = self._is_joined, False
        self._take("{")
        self._skip_newlines()
        if self._is_word("for"):
            self._is_joined = True
            self._for("}")
            self._is_joined = was_joined
            self._take("}")
            return UNKNOWN
        found = self._pairs()
        self._is_joined = was_joined
        self._take("}")
        return UNKNOWN if UNKNOWN in found else found

    def _pairs(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while not self._is("}"):
            key = self._key()
            if not (self._is("=") or self._is(":")):
                raise self._unexpected("= or : after the key")
            self._advance()
            self._skip_newlines()
            value = self._expression()
            found[key if isinstance(key, str | int | float | bool) else UNKNOWN] = value
            if self._is(","):
                self._advance()
            elif self._token.kind != "newline" and not self._is("}"):
                raise self._unexpected("a comma, a new line or }")
            self._skip_newlines()
        return found

    def _key(self) -> Any:
        before, self.references = self.references, []
        token = self._token
        value = self._expression()
        # A single word is the key itself, not a reference.
        is_name = len(self.references) == 1 and self.references[0].parts == (token.text,)
        found = [] if is_name else [each._replace(is_key=True) for each in self.references]
        self.references = before + found
        return token.text if is_name else value

    def _for(self, closing: str) -> None:
        self._advance()
        names = [self._expect("word", "a name").text]
        if self._is(","):
            self._advance()
            names.append(self._expect("word", "a name").text)
        if not self._is_word("in"):
            raise self._unexpected("in")
        self._advance()
        self._expression()
        self._take(":")
        scope, self._scope = self._scope, self._scope | set(names)
        self._expression()
        if self._is("=>"):
            self._advance()
            self._expression()
            if self._is("..."):
                self._advance()
        if self._is_word("if"):
            self._advance()
            self._expression()
        self._scope = scope
        if not self._is(closing):
            raise self._unexpected(closing)

    def template(self, token: Token) -> Any:
        scope = self._scope
        for start, end, is_directive in token.parts:
            if is_directive:
                start, scope = self._directive(start, end, scope)  # noqa: PLW2901 (the rest of the directive is read)
            if start < end:
                inner = _Parser(self._source, start, end, scope=scope)
                inner.whole()
                self.references += inner.references
        if token.parts:
            return UNKNOWN
        return token.text if token.kind == "heredoc" else _ESCAPE.sub(_unescaped, token.text)

    def _directive(self, start: int, end: int, scope: frozenset[str]) -> tuple[int, frozenset[str]]:
        """Where the expression of a directive starts, and the names that hold from here on."""
        text = self._source.text[start:end]
        if match := re.match(r"\s*if\b", text):
            return start + match.end(), scope
        if match := re.match(r"\s*for\s+([\w-]+)(?:\s*,\s*([\w-]+))?\s+in\b", text):
            return start + match.end(), scope | {name for name in match.groups() if name}
        return end, scope

    def whole(self) -> Any:
        """One expression and nothing after it."""
        self._is_joined = True
        self._skip_newlines()
        value = self._expression()
        self._skip_newlines()
        if self._token.kind != "end":
            raise self._unexpected("the end of the expression")
        return value

    def _open(self, mark: str) -> bool:
        """Newlines mean nothing from here on; whether they did not before, for `_close`."""
        was_joined, self._is_joined = self._is_joined, True
        self._take(mark)
        self._skip_newlines()
        return was_joined

    def _close(self, mark: str, *, was_joined: bool) -> None:
        self._is_joined = was_joined
        self._take(mark)

    def _is(self, mark: str) -> bool:
        return self._token.kind == mark

    def _is_word(self, word: str) -> bool:
        return self._token.kind == "word" and self._token.text == word

    def _take(self, mark: str) -> None:
        if not self._is(mark):
            raise self._unexpected(mark)
        self._advance()

    def _expect(self, kind: str, what: str) -> Token:
        token = self._token
        if token.kind != kind:
            raise self._unexpected(what)
        self._advance()
        return token

    def _advance(self) -> None:
        self._token = next(self._tokens)
        while self._is_joined and self._token.kind == "newline":
            self._token = next(self._tokens)

    def _skip_newlines(self) -> None:
        while self._token.kind == "newline":
            self._token = next(self._tokens)

    def _unexpected(self, wanted: str) -> Exception:
        # What is written in a string is not said: it may be a secret.
        names = {"end": "the end", "newline": "the end of the line", "template": "a string", "heredoc": "a text"}
        found = names.get(self._token.kind, repr(self._token.text))
        return self._source.fault(f"{wanted} is expected here, found {found}", self._token.start)


def _unescaped(match: re.Match[str]) -> str:
    if match[2] or match[3]:
        return str(match[2] or match[3])
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)
