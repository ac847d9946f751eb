"""What stands in the place of outputs offline."""

from __future__ import annotations

import pytest

from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError
from fairlead.planning.stand_ins import holds_stand_in, output_expressions, stand_ins
from fairlead.planning.values import output_layer


def component(**mapped: str) -> Component:
    return Component(name="web", source=HelmSource(chart="web"), set=mapped)


def test_each_output_stands_for_itself() -> None:
    web = component(host="outputs.place.host", tag="outputs.image.tag", count="global.count")
    layer = output_layer(web, outputs=stand_ins(web), globals_={"count": 2})
    assert layer.sets == {"host": "outputs.place.host", "tag": "outputs.image.tag", "count": 2}


def test_parts_of_one_output_stand_beside_each_other() -> None:
    web = component(host="outputs.place.at.host", port="outputs.place.at.port", first="outputs.place.names[0]")
    layer = output_layer(web, outputs=stand_ins(web), globals_={})
    assert layer.sets == dict(web.set)


def test_globals_are_no_outputs() -> None:
    assert output_expressions(component(count="global.count")) == ()
    assert stand_ins(component(count="global.count")) == {}


def test_a_later_item_of_a_list_has_no_stand_in() -> None:
    with pytest.raises(InputError, match="the list has 0 items"):
        stand_ins(component(name="outputs.place.names[1]"))


@pytest.mark.parametrize("value", ["outputs.place.host", "web.outputs.place.host:80"])
def test_a_text_made_with_a_stand_in_is_recognised(value: str) -> None:
    assert holds_stand_in(value, ("outputs.place.host",))


@pytest.mark.parametrize("value", ["web", 3, None, {"outputs.place.host": 1}])
def test_other_values_are_not(value: object) -> None:
    assert not holds_stand_in(value, ("outputs.place.host",))
