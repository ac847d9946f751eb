"""Faults of helmfiles, as helmfile itself finds them and as Fairlead reads its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mutants.helmfile_tree import BASE, NESTED, TOP, TREE, WEB
from mutants.mutant import Mutant

Swaps = Mapping[str, tuple[str, str]]
_API: Final = "- name: api\n"
_BELOW_API: Final = "  - size: {{ .Values.size }}\n"
_ENCRYPTED: Final = "color: ENC[AES256_GCM,data:yQ==,iv:aa,tag:bb,type:str]\nsops:\n  version: 3.9.0\n"
_SECRET: Final = {BASE: ("{size: 3, color: blue}]", "{size: 3}]\n    secrets: [secrets.yaml]")}


def _project(environment: str) -> str:
    return f"apiVersion: fairlead.dev/v1\nproject: mutants\nenvironments:\n  {environment}\ncomponents: []\n"


def _mutants(rule: str, *cases: tuple[str, Swaps]) -> Iterator[Mutant]:
    for name, swaps in cases:
        yield Mutant(rule=rule, name=name, files=TREE, swaps=swaps, needs_tools=True)


MUTANTS: Final = (
    *_mutants(
        "helmfile-template",
        ("a value that is not there", {WEB: (".Values.color", ".Values.colour")}),
        ("a function that there is not", {TOP: ("size: {{ .Values.size }}}", "size: {{ size .Values.size }}}")}),
        ("an action that never ends", {NESTED: ("- name: db", "{{ if .Values.size }}\n- name: db")}),
    ),
    *_mutants(
        "helmfile-yaml",
        ("a field of a release", {TOP: (f"{_API}  namespace", f"{_API}  namespce")}),
        ("a field of the file", {BASE: ("environments:", "environment:")}),
        ("an open bracket", {NESTED: ("labels: {tier: data}\n  values", "labels: {tier: data\n  values")}),
    ),
    *_mutants(
        "helmfile-old",
        ("one part for both", {NESTED: ("  production: {}\n---\n", "  production: {}\n")}),
        ("an empty line between them", {NESTED: ("  production: {}\n---\n", "  production: {}\n\n")}),
        ("a comment between them", {NESTED: ("  production: {}\n---\n", "  production: {}\n# all of them\n")}),
    ),
    *_mutants(
        "helmfile-values-missing",
        ("of a release", {TOP: ("values/web.yaml.gotmpl", "values/wep.yaml.gotmpl")}),
        ("of an environment", {BASE: ("values: [{size: 1", "values: [gone.yaml, {size: 1")}),
        ("of a nested helmfile", {TOP: ("values: [{size", "values: [gone.yaml, {size")}),
    ),
    *_mutants(
        "helmfile-file-missing",
        ("a base", {TOP: ("bases/environments.yaml", "bases/environment.yaml")}),
        ("a nested helmfile", {TOP: ("helmfiles:\n", "helmfiles:\n- date/helmfile.yaml\n")}),
        ("a pattern", {TOP: ("helmfiles:\n", "helmfiles:\n- date/*.yaml\n")}),
    ),
    *(
        Mutant(
            rule="helmfile-environment", name=name, files=TREE, adds={"fairlead.yaml": _project(text)}, needs_tools=True
        )
        for name, text in (
            ("one more", "qa: {from: [{helmfile: helmfile.yaml.gotmpl}]}"),
            ("under another name", "production: {as: {helmfile: prod}, from: [{helmfile: helmfile.yaml.gotmpl}]}"),
            ("a group", "eu: {as: {helmfile: production-eu}, from: [{helmfile: helmfile.yaml.gotmpl}]}"),
        )
    ),
    *_mutants(
        "helmfile-selector",
        ("no value", {TOP: ("tier=data", "tier")}),
        ("a colon", {TOP: ("[tier=data]", '["tier:data"]')}),
        ("one of two", {TOP: ("tier=data", "tier=data,db")}),
    ),
    *_mutants(
        "helmfile-duplicate",
        ("a copied release", {TOP: (_API, "- {name: api, namespace: front, chart: ./charts/app}\n- name: api\n")}),
        ("renamed to another", {TOP: ("- name: api", "- name: web")}),
        ("in the nested one", {NESTED: ("- name: cache", "- name: db")}),
    ),
    *_mutants(
        "helmfile-release",
        ("a chart that is not there", {TOP: ("./charts/app\n  needs", "./charts/ap\n  needs")}),
        (
            "a repository that is not there",
            {NESTED: ("../charts/app\n  labels: {tier: data}\n  needs", "up/app\n  labels: {tier: data}\n  needs")},
        ),
        ("a path that leaves the chart", {TOP: ("./charts/app\n  values", "./chart/app\n  values")}),
    ),
    *_mutants(
        "helmfile-needs",
        ("a name", {TOP: ("front/api", "front/apis")}),
        ("a namespace", {NESTED: ("needs: [data/db]", "needs: [front/db]")}),
        ("of another helmfile", {TOP: ("front/api", "data/db")}),
        ("a circle", {TOP: (_BELOW_API, f"{_BELOW_API}  needs: [front/web]\n")}),
        ("itself", {TOP: (_BELOW_API, f"{_BELOW_API}  needs: [front/api]\n")}),
    ),
    *_mutants(
        "helmfile-not-judged",
        ("a command", {TOP: (_BELOW_API, '  - size: {{ exec "echo" (list "1") }}\n')}),
        ("a patch", {TOP: (_BELOW_API, f"{_BELOW_API}  jsonPatches: [{{target: {{kind: ConfigMap}}, patch: []}}]\n")}),
        ("a secret store", {WEB: ("{{ .Values.color }}", "ref+vault://a/b#c")}),
        ("a variable", {WEB: ("{{ .Values.color }}", '{{ requiredEnv "FAIRLEAD_NOT_SET" }}')}),
    ),
    Mutant(
        rule="helmfile-not-judged",
        name="a secret of the environment",
        files=TREE,
        swaps=_SECRET,
        adds={"secrets.yaml": _ENCRYPTED},
        needs_tools=True,
    ),
    *_mutants(
        "helmfile-build",
        ("a strategy", {TOP: (_BELOW_API, f"{_BELOW_API}  updateStrategy: never\n")}),
        ("a base of a base", {BASE: ("environments:", "bases: [more.yaml]\nenvironments:")}),
        ("a base below the releases", {TOP: (_BELOW_API, f"{_BELOW_API}bases: [bases/environments.yaml]\n")}),
    ),
)
