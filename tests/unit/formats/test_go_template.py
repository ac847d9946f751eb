"""Templates of ApplicationSets: what Go would print, and that what is not known is said."""

from __future__ import annotations

from copy import deepcopy

import pytest

from fairlead.formats.go_template import NotJudged, render_go

DATA = {
    "name": "Shop",
    "path": {"path": "apps/shop", "basename": "shop", "segments": ["apps", "shop"]},
    "labels": {"env": "prod", "a/b": "c"},
    "empty": "",
    "count": 3,
    "list": ["x", "y"],
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("{{.name}}-{{ .path.basename }}", "Shop-shop"),
        ("{{ index .path.segments 1 }}", "shop"),
        ('{{ index .labels "a/b" }}', "c"),
        ("{{ .gone }}", "<no value>"),
        ('{{ .empty | default "x" }}', "x"),
        ('{{ default "x" .labels.env }}', "prod"),
        ("{{ .name | lower | quote }}", '"shop"'),
        ('{{ printf "%s-%d" (lower .name) .count }}', "shop-3"),
        ('{{ if eq .labels.env "prod" }}yes{{ else }}no{{ end }}', "yes"),
        ('{{ if eq .labels.env "dev" }}1{{ else if eq .count 3 }}2{{ else }}3{{ end }}', "2"),
        ("{{ range .list }}[{{ . }}]{{ end }}", "[x][y]"),
        ("{{ range $i, $x := .list }}{{ $i }}{{ $x }}{{ $.count }}{{ end }}", "0x31y3"),
        ("{{ with .labels }}{{ .env }}{{ end }}", "prod"),
        ("{{ $n := .name }}{{ $n }}", "Shop"),
        ("a {{- .name -}} b", "aShopb"),
        ("a {{/* said */}}b", "a b"),
        ("{{ normalize .path.path }}", "apps-shop"),
        ('{{ (index (splitList "/" .path.path) 0) }}', "apps"),
        ("{{ ternary 1 2 (empty .empty) }}", "1"),
        ("{{ .list }}", "[x y]"),
        ('{{ $n := "a" }}{{ if .name }}{{ $n = "b" }}{{ end }}{{ $n }}', "b"),
        ('{{ $n := "a" }}{{ if .name }}{{ $n := "b" }}{{ end }}{{ $n }}', "a"),
        ("{{ $n := 0 }}{{ range .list }}{{ $n = add1 $n }}{{ end }}{{ $n }}", "2"),
        ("{{ .name | sha256sum | trunc 8 }}", "d00aae6b"),
        ('{{ regexReplaceAll "^apps/(.*)$" .path.path "x-${1}" }}', "x-shop"),
        ('{{ mustRegexReplaceAllLiteral "[aeiou]" .name "$1" }}', "Sh$1p"),
        ("{{ substr 0 2 .name }}{{ substr 1 -1 .name }}", "Shhop"),
        ('{{ $_ := set .labels "new" "n" }}{{ .labels.new }}', "n"),
        ('{{ (pick .labels "env").env }}{{ get .labels "gone" }}', "prod"),
        ('{{ (merge (dict "a" "") (dict "a" "1" "b" "2")) | toJson }}', '{"a":"1","b":"2"}'),
        ("{{ div -7 2 }} {{ mod -7 2 }} {{ max 1 .count }}", "-3 -1 3"),
        ("{{ .name | b64enc | b64dec }}", "Shop"),
        ("{{ .gone | toString }}", "<nil>"),
        ('{{ kindIs "map" .labels }}{{ kindIs "slice" .list }}', "truetrue"),
    ],
)
def test_render(text: str, wanted: str) -> None:
    assert render_go(text, deepcopy(DATA)) == wanted


@pytest.mark.parametrize("text", ["{{ lookup .name }}", "{{ if .name }}", "{{ end }}", "{{ .name ! }}", "{{ $gone }}"])
def test_what_is_not_known_is_said(text: str) -> None:
    with pytest.raises(NotJudged):
        render_go(text, DATA)


def test_a_missing_key_is_a_fault_where_the_set_says_so() -> None:
    with pytest.raises(NotJudged, match="gone"):
        render_go("{{ .gone }}", DATA, is_strict=True)
