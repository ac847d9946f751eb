"""HCL: what is referred to, what is a literal, and where a fault is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.hcl import UNKNOWN, Attribute, Block, parse_hcl
from fairlead.model.errors import InputError


def attribute(text: str) -> Attribute:
    return parse_hcl(f"a = {text}", file="x.tf").attributes["a"]


def references(text: str) -> list[str]:
    return [str(each) for each in attribute(text).references]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"plain"', "plain"),
        (r'"a\tb\"$${c}"', 'a\tb"${c}'),
        ("-1", -1),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("[1,\n 2,\n]", [1, 2]),
        ('{ a = 1\n "b" : [2], c = {} }', {"a": 1, "b": [2], "c": {}}),
        ("<<-EOT\n  text\n  EOT", "  text\n"),
        ('"${var.x}"', UNKNOWN),
        ("1 + 1", UNKNOWN),
        ("[var.x]", UNKNOWN),
        ("foo(1)", UNKNOWN),
    ],
)
def test_value(text: str, wanted: Any) -> None:
    assert attribute(text).value == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("var.a.b", ["var.a.b"]),
        ("var.a[0].b", ["var.a"]),
        ("aws_vpc.main[*].id", ["aws_vpc.main"]),
        ('"x ${var.a} ${"${var.b}"} $${var.c}"', ["var.a", "var.b"]),
        ("{ for k, v in var.m : k => v.x if local.on }", ["var.m", "local.on"]),
        ("[for x in var.l : x.y]", ["var.l"]),
        ("{ key = var.a, (var.b) = 1, var.c = 2 }", ["var.a", "var.b", "var.c"]),
        ("foo(var.a, var.b...)", ["var.a", "var.b"]),
        ("provider::aws::arn(var.a)", ["var.a"]),
        ("var.a ? var.b : var.c", ["var.a", "var.b", "var.c"]),
        ("(\n  var.a\n  || !var.b\n)", ["var.a", "var.b"]),
        ('<<EOT\n%{ for x in var.l ~}\n${x.a} "${var.b}"\n%{ endfor }\nEOT', ["var.l", "var.b"]),
        ("var.l[var.i]", ["var.i", "var.l"]),
    ],
)
def test_references(text: str, wanted: list[str]) -> None:
    assert references(text) == wanted


def test_a_reference_has_its_place() -> None:
    (found,) = attribute('"x\\n${\n  var.a}"').references
    assert (found.location.line, found.location.column) == (2, 3)


def test_blocks() -> None:
    text = '# said\nresource "a" b {\n  x = 1 // said\n  inner {\n    y = 2\n  }\n  one { z = 3 }\n}\n'
    (block,) = parse_hcl(text, file="x.tf").blocks
    assert (block.type, block.labels, block.location.line) == ("resource", ("a", "b"), 2)
    assert [(inner.type, {k: a.value for k, a in inner.attributes.items()}) for inner in block.blocks] == [
        ("inner", {"y": 2}),
        ("one", {"z": 3}),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a = ", 1, 5),
        ("a = [1,\n2", 2, 2),
        ('block "x" {\n', 2, 1),
        ('a = "x\n"', 1, 5),
        ("a = 1 b = 2", 1, 7),
        ("a = 1\na = 2", 2, 1),
        ("a = <<E\n", 1, 5),
        ("a = { x y }", 1, 9),
        ("a = 'x'", 1, 5),
        ("a = 1 +\n", 2, 1),
    ],
)
def test_a_fault_has_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(InputError) as caught:
        parse_hcl(text, file="x.tf")
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.location.column) == (line, column)


@given(st.text(alphabet='ab=.{}[]()"$%\n ,:#<E', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert isinstance(parse_hcl(text, file="x.tf"), Block)
