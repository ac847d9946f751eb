"""A comparison as text, Markdown and HTML: what is told once, what is folded, what is left out, what is masked."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import orjson
import pytest

from fairlead.formats.comparison.files import FORMS, form_of, format_diff
from fairlead.formats.comparison.markdown import LIMIT, format_markdown
from fairlead.formats.comparison.text import format_text
from fairlead.model.change import ABSENT
from fairlead.model.comparison import Comparison, Difference, DifferenceGroup, DiffReport, FieldDifference, NotCompared
from fairlead.model.objects import ObjectRef
from fairlead.model.secret import SecretText


def field(path: str = ".spec.replicas", before: Any = 1, after: Any = 2, **more: Any) -> FieldDifference:
    return FieldDifference(path=path, before=before, after=after, **more)


def changed(name: str, *fields: FieldDifference, component: str = "shop", kind: str = "Deployment") -> Difference:
    ref = ObjectRef(group="apps", kind=kind, namespace="shop", name=name)
    return Difference(
        group=DifferenceGroup.CONFIGURATION, component=component, first=ref, second=ref, fields=fields or (field(),)
    )


def report(*differences: Difference, **more: Any) -> DiffReport:
    one = Comparison(first="staging", second="production", differences=differences, objects=(3, 4), **more)
    return DiffReport(first="staging", second="production", comparisons=(one,))


def lines(*differences: Difference, **more: Any) -> list[str]:
    return format_text(report(*differences, **more)).splitlines()


def test_what_several_objects_have_in_common_is_told_once() -> None:
    label = field(".metadata.labels.tier", "a", "b")
    found = [changed(name, label, *([field()] if name == "x" else [])) for name in "xyzw"]
    assert lines(*found) == [
        "configuration (5)",
        "  shop",
        "    Deployment shop/x",
        "      ~ .spec.replicas: 1 → 2",
        "    4 objects: Deployment shop/x, Deployment shop/y, Deployment shop/z and 1 more",
        "      ~ .metadata.labels.tier: a → b",
        "Compared 3 objects of staging with 4 of production: 5 configuration.",
    ]


def test_what_components_have_in_common_is_told_before_them() -> None:
    found = [changed(name, component=name) for name in "xyz"]
    assert lines(*found)[:4] == [
        "configuration (3)",
        "  several components",
        "    3 objects: x: Deployment shop/x, y: Deployment shop/y, z: Deployment shop/z",
        "      ~ .spec.replicas: 1 → 2",
    ]


def test_secrets_that_look_the_same_are_not_told_as_one() -> None:
    found = [
        changed(name, field(".data.password", SecretText(name), SecretText(name * 2)), kind="Secret") for name in "xyz"
    ]
    assert lines(*found).count("      ~ .data.password: *** → *** (another value)") == 3


@pytest.mark.parametrize(
    ("differing", "shown"),
    [
        (field(before="80", after=80), '~ .spec.replicas: "80" → 80'),
        (field(before=ABSENT, after={"a": 1}), '+ .spec.replicas: {"a": 1}'),
        (field(before=True, after=ABSENT), "- .spec.replicas: true"),
        (field('.args[="--a"]', ABSENT, "--a"), '+ .args[="--a"]'),
        (field(".args", ["a", "b"], ["b", "a"], is_order=True), "o .args: the same items in another order"),
        (field(before=ABSENT, after="a\nb\n"), "+ .spec.replicas: 2 lines"),
        (field(before="x" * 200 + "a", after="x" * 200 + "b"), f"~ .spec.replicas: …{'x' * 30}a → …{'x' * 30}b"),
    ],
)
def test_a_field_is_told_in_a_line(differing: FieldDifference, shown: str) -> None:
    assert lines(changed("web", differing))[3].strip() == shown


def test_fields_of_one_item_are_told_below_it() -> None:
    item = '.spec.containers[name="web"]'
    found = changed(
        "web", field(f"{item}.tty", False, True), field(f"{item}.stdin"), field('.args[="--a=1"]', "--a=1", "--a=2")
    )
    assert lines(found)[3:-1] == [
        f"      {item}",
        "        ~ .tty: false → true",
        "        ~ .stdin: 1 → 2",
        "      ~ .args: --a=1 → --a=2",
    ]


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    before, after = "same\n-- old\nend\n", "same\n++ new\nend\n"
    assert lines(changed("web", field(".data.a", before, after)))[3:8] == [
        "      ~ .data.a:",
        "            …",
        "            same",
        "          - -- old",
        "          + ++ new",
    ]


def large(components: int, fields: int) -> DiffReport:
    return report(
        *(
            changed(
                "web", *(field(f".spec.{n}.{m}", f"{m} old", f"{m} new") for m in range(fields * n)), component=f"c{n}"
            )
            for n in range(1, components + 1)
        )
    )


def test_what_does_not_fit_into_a_comment_is_left_out_largest_first() -> None:
    text = format_markdown(large(10, 60))
    left_out = [n for n in range(1, 11) if f"- **c{n}**: {60 * n} differences, left out here" in text]
    assert len(text.encode()) <= LIMIT
    assert left_out == list(range(min(left_out), 11))
    assert len(left_out) < 10
    assert text.count("<details") == text.count("</details>") == 10 - len(left_out)


def test_more_components_than_fit_are_counted() -> None:
    text = format_markdown(large(200, 1), limit=2000)
    assert len(text.encode()) <= 2000
    assert "20100 configuration" in text
    assert "Too much for a comment" in text


def test_markdown_obeys_nothing_that_a_value_holds() -> None:
    evil = "</details><img src=x> ```\n@owner"
    found = report(changed(evil, field(f".{evil}", evil, "x"), component=evil))
    text = format_markdown(found)
    fence = "````diff"
    head, _, rest = text.partition(fence)
    assert "<img" not in head
    assert "@owner" not in head
    inside, _, tail = rest.partition("\n````\n")
    assert "```" in inside
    assert tail.strip() == "</details>"


def test_html_needs_nothing_else_and_obeys_nothing() -> None:
    evil = '<script>alert("x")</script>'
    page = format_diff(
        report(changed(evil, field(f".{evil}", evil, "x"), component=evil)), "html", exit_code=0
    ).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert [word for word in ("http://", "https://", "src=", "url(", "@import") if word in page] == []


class Tags(HTMLParser):
    """Raises where a tag is closed that is not the last one open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "col", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_tag_of_the_page_is_closed() -> None:
    lone = Difference(group=DifferenceGroup.EXTRA, component="new", second=ObjectRef(kind="Job", name="x"))
    texts = field(".data.a", "a\nb", "a\nc")
    found = report(*(changed(name, field(), texts) for name in "xyz"), lone, only_second=("new",), made_up={"shop": 2})
    tags = Tags()
    tags.feed(format_diff(found, "html", exit_code=0).decode())
    assert tags.open == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_what_could_not_be_compared_and_hides_secrets(form: str) -> None:
    broken = NotCompared(component="broken", side="production", reason="no chart")
    secret = changed("db", field(".data.password", SecretText("hunter22"), SecretText("hunter23")), kind="Secret")
    said = format_diff(report(secret, not_compared=(broken,)), form, exit_code=4).decode()
    assert "no chart" in said
    assert "hunter" not in said


def test_json_says_the_numbers_of_each_environment() -> None:
    found = orjson.loads(format_diff(report(changed("web")), "json", exit_code=2))
    assert found["counts"] == found["comparisons"][0]["counts"]
    assert found["counts"] == {"version": 0, "configuration": 1, "missing": 0, "extra": 0}
    assert found["comparisons"][0]["differences"][0]["fields"] == [{"path": ".spec.replicas", "before": 1, "after": 2}]


def test_a_file_is_written_in_the_form_of_its_name() -> None:
    assert [form_of(end) for end in (".md", ".html", ".txt", ".json", "")] == [
        "markdown",
        "html",
        "text",
        "json",
        "json",
    ]
