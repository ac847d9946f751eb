"""Terraform's JSON syntax: which texts refer to what, and which blocks there are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fairlead.formats.hcl_json import parse_hcl_json
from fairlead.formats.terraform.module import read_module
from fairlead.model.errors import InputError


def references(content: Any) -> list[str]:
    return [str(each) for each in read_module(".", [parse_hcl_json(json.dumps(content), file="x.tf.json")]).references]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"a": "plain var.a", "b": 1, "c": None}, []),
        ({"a": "${var.a}/${var.b}"}, ["var.a", "var.b"]),
        ({"a": [{"b": {"${var.c}": "${var.d}"}}]}, ["var.c", "var.d"]),
        ({"a": '${upper("x\\n${var.a}")}'}, ["var.a"]),
        ({"//": "${var.a}"}, []),
        ({"depends_on": ["aws_x.b"], "provider": "aws.west"}, ["aws_x.b"]),
        ({"lifecycle": {"ignore_changes": ["a"], "precondition": {"condition": "${var.a}"}}}, ["var.a"]),
        ({"dynamic": {"my_port": {"for_each": "${var.l}", "content": {"a": "${my_port.value}"}}}}, ["var.l"]),
        ({"dynamic": [{"p": {"iterator": "my_p", "content": {"a": "${my_p.value}"}}}]}, []),
    ],
)
def test_references_of_a_resource(body: Any, wanted: list[str]) -> None:
    assert references({"resource": {"aws_x": {"a": body}}}) == wanted


def test_a_block_may_be_an_object_or_a_list_at_each_level() -> None:
    one = {"resource": {"aws_x": {"a": {"b": "${var.a}"}}}}
    listed = {"resource": [{"aws_x": [{"a": [{"b": "${var.a}"}]}]}]}
    assert references(one) == references(listed) == references([listed]) == ["var.a"]


def test_a_variable_says_what_it_says() -> None:
    text = '{"variable": {"a": {"default": "${x}", "sensitive": true}, "b": {"type": "list(string)"}}}'
    module = read_module(".", [parse_hcl_json(text, file="x.tf.json")])
    assert [(v.name, v.is_required, v.is_sensitive) for v in module.variables.values()] == [
        ("a", False, True),
        ("b", True, False),
    ]


def test_an_argument_that_is_set_twice_is_refused() -> None:
    with pytest.raises(InputError, match="set twice"):
        parse_hcl_json('{"module": {"a": {"x": 1, "x": 2}}}', file="x.tf.json")
