"""What a chart reads, from the text of its templates: rather too many than too few."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.planning.rules.unused_values import ReleaseValues, check_shared, check_values
from fairlead.planning.value_reads import find_reads, is_read, read_paths

NAMES = st.from_regex(r"[a-z][A-Za-z0-9_]{0,5}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("{{ .Values.a }}", {("a",)}),
        ("{{ .Values.a.b | default $.Values.c }}", {("a", "b"), ("c",)}),
        ("{{- with .Values.a }}{{ .b }}{{ end }}", {("a",)}),
        ('{{ index .Values "a-b" "c" }}', {("a-b", "c")}),
        ('{{ index $.Values.a "b.c" | quote }}', {("a", "b.c")}),
        ('{{ (get .Values "a") }}', {("a",)}),
        ("{{ (.Values.a).b }}", {("a",)}),
        ("values are in values.yaml", set()),
    ],
)
def test_what_a_text_reads(text: str, reads: set[tuple[str, ...]]) -> None:
    assert read_paths(text) == reads


@pytest.mark.parametrize(
    "text",
    [
        "{{ toYaml .Values }}",
        "{{ range $name, $value := .Values }}{{ end }}",
        "{{ $values := $.Values }}",
        '{{ dict "Values" .Values }}',
        "{{ ((.Values).a).b }}",
    ],
)
def test_a_text_that_takes_all_values_may_read_anything(text: str) -> None:
    assert read_paths(text) is None


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_that_is_written_out_is_read(parts: list[str]) -> None:
    reads = read_paths("{{ .Values." + ".".join(parts) + " }}")
    assert reads is not None
    assert all(is_read(tuple(parts[:length]), reads) for length in range(1, len(parts) + 1))
    assert is_read((*parts, "below"), reads)


def chart(texts: dict[str, str], metadata: dict[str, Any] | None = None) -> Any:
    return find_reads(texts, metadata or {})


def test_a_subchart_reads_below_its_alias() -> None:
    texts = {"templates/a.yaml": "{{ .Values.a }}", "charts/redis/templates/r.yaml": "{{ .Values.size }}"}
    metadata = {
        "Chart.yaml": {"dependencies": [{"name": "redis", "alias": "cache", "condition": "cache.on,redis.on"}]},
        "charts/redis/Chart.yaml": {"name": "redis"},
    }
    reads = chart(texts, metadata)
    assert {("a",), ("cache", "size"), ("cache", "on"), ("redis", "on")} <= reads
    assert not is_read(("cache", "sizes"), reads)


def test_a_subchart_in_an_archive_is_like_one_in_a_folder() -> None:
    reads = chart({"charts/redis-1.0.tgz/redis/templates/r.yaml": "{{ .Values.size }}"})
    assert is_read(("redis", "size"), reads)


def test_a_library_that_takes_all_values_says_nothing_of_its_user() -> None:
    texts = {"templates/a.yaml": "{{ .Values.a }}", "charts/lib/templates/l.tpl": "{{ toYaml .Values }}"}
    assert chart(texts, {"charts/lib/Chart.yaml": {"name": "lib", "type": "library"}}) is None
    assert chart(texts, {"charts/lib/Chart.yaml": {"name": "lib"}}) == {("a",), ("lib",)}


def test_imported_values_may_be_read_under_any_name() -> None:
    assert chart({}, {"Chart.yaml": {"dependencies": [{"name": "a", "import-values": ["data"]}]}}) is None


def release(text: str, *, name: str = "web", defaults: dict[str, Any] | None = None) -> ReleaseValues:
    return ReleaseValues(component=name, chart=name, reads=read_paths(text), text=text, defaults=defaults or {})


def unused(text: str, values: dict[str, Any], **defaults: Any) -> list[str]:
    return [".".join(path) for path, _ in check_values(release(text, defaults=defaults), values)]


def test_the_topmost_path_that_is_not_read_is_named() -> None:
    assert unused("{{ .Values.a.b }}", {"a": {"c": {"d": 1, "e": 2}, "b": 1}, "f": 1}) == ["a.c", "f"]


def test_a_name_that_another_begins_with_is_not_read() -> None:
    assert unused("{{ .Values.replicas }}", {"replica": 2}) == ["replica"]


def test_what_the_chart_itself_has_a_value_for_is_not_the_users_fault() -> None:
    assert unused("{{ .Values.a }}", {"b": 1, "c": {"d": 1}, "e": {"f": 1}}, b=2, c={}, e=None) == []


def test_what_is_picked_by_a_text_somewhere_may_be_read() -> None:
    assert unused('{{ .Values.a }}{{ $x := "port" }}{{ .other.size }}', {"port": 1, "size": 2}) == []


def test_values_that_are_templates_read_values() -> None:
    assert unused("{{ tpl .Values.a . }}", {"a": "{{ .Values.b }}", "b": 1, "c": 2}) == ["c"]
    assert unused("{{ tpl .Values.a . }}", {"a": "{{ toYaml .Values }}", "c": 2}) == []


def test_globals_are_for_everybody() -> None:
    assert unused("{{ .Values.a }}", {"global": {"x": 1}}) == []


def test_shared_values_are_judged_by_all_releases_together() -> None:
    releases = [release("{{ .Values.a }}{{ .Values.c }}"), release("{{ .Values.b }}{{ .Values.c }}", name="api")]
    found = [
        (".".join(path), finding.rule) for path, finding in check_shared(releases, {"a": 1, "b": 2, "c": 3, "d": 4})
    ]
    assert found == [("d", "unused-value"), ("c", "leaking-value")]


def test_a_release_that_may_read_anything_reads_shared_values() -> None:
    releases = [release("{{ .Values.a }}"), release("{{ toYaml .Values }}", name="api")]
    assert [*check_shared(releases, {"d": 4})] == []
