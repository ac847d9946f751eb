"""What `import` says of what it read."""

from __future__ import annotations

from fairlead.formats.reading_text import format_reading
from fairlead.model.finding import Location
from fairlead.model.project import Project
from fairlead.model.repository import Reading, Remark

EMPTY = Project(name="shop", environments={}, components=(), file="")


def said(*remarks: Remark) -> list[str]:
    return format_reading(Reading(project=EMPTY, remarks=remarks)).splitlines()


def of(name: str, text: str = "is not read") -> Remark:
    return Remark(of=name, text=text, location=Location(f"{name}.yaml", 1, 1), is_sure=False)


def test_what_is_said_of_many_is_said_once() -> None:
    assert said(*map(of, "abcdefgh"), of("z", "is suspended")) == [
        "? a.yaml:1:1: a is not read",
        "    the same of b, c, d, e, f and 2 more: -o json names them",
        "? z.yaml:1:1: z is suspended",
    ]
    assert said(of("a"), of("b")) == ["? a.yaml:1:1: a is not read", "    the same of b"]
    twice = (of("a"), Remark(of="a", text="is not read", location=Location("b.yaml", 2, 1), is_sure=False))
    assert said(*twice) == ["? a.yaml:1:1: a is not read", "    the same of a at b.yaml:2:1"]


def test_what_stands_alone_is_said_as_often_as_it_is() -> None:
    remark = Remark(text="a hook is not run")
    assert said(remark, remark) == ["· a hook is not run", "· a hook is not run"]
