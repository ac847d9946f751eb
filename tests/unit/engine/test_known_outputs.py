from __future__ import annotations

from fairlead.engine.known_outputs import outputs_of_others
from fairlead.model.component import Component, ManifestsSource, TerraformSource
from fairlead.model.environment import Environment
from fairlead.model.infrastructure import Output
from fairlead.model.project import Project
from fairlead.model.record import ComponentRecord

ROOT = Component(name="place", source=TerraformSource(folder="terraform"))
WEB = Component(name="web", source=ManifestsSource(paths=("web",)))
PROJECT = Project(name="homelab", environments={"local": Environment(name="local")}, components=(ROOT, WEB))
RECORDS = {
    "place": ComponentRecord(component="place", outputs={"host": "a", "key": "hmac:1"}, sensitive=("key",)),
    "web": ComponentRecord(component="web"),
    "gone": ComponentRecord(component="gone", outputs={"host": "b"}),
}


def test_the_record_says_what_is_not_looked_at() -> None:
    found = outputs_of_others(RECORDS, project=PROJECT, selected={"web"})
    assert found == {"place": {"host": Output(value="a"), "key": Output(is_sensitive=True, seal="hmac:1")}}


def test_what_is_looked_at_says_it_itself() -> None:
    assert outputs_of_others(RECORDS, project=PROJECT, selected={"place", "web"}) == {}


def test_what_was_never_provisioned_says_nothing() -> None:
    assert outputs_of_others({}, project=PROJECT, selected=()) == {}
