from __future__ import annotations

import orjson
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.kube.json_body import dump_yaml_safe_json

SPECIAL = "\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff"
TEXT = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(SPECIAL)), max_size=20)


@given(st.dictionaries(TEXT, TEXT, max_size=4))
def test_what_is_sent_as_yaml_reads_the_same_as_json_and_as_yaml(value: dict[str, str]) -> None:
    body = dump_yaml_safe_json(value)
    assert orjson.loads(body) == value
    assert yaml.load(body, Loader=yaml.CSafeLoader) == value


def test_plain_text_goes_out_as_it_is() -> None:
    assert dump_yaml_safe_json({"a": "é😀"}) == '{"a":"é😀"}'.encode()


def test_line_separators_are_escaped() -> None:
    assert dump_yaml_safe_json("a\u2028b\x7f") == rb'"a\u2028b\u007f"'
