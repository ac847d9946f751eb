"""Repositories of helmfile, read and rendered: the same objects as `helmfile template` gives, one by one.

layered      bases, environments with values files, parts, helmDefaults, release templates, labels
folder       helmfile.d, plain and templated files, one without the environment
gotmpl       values files that are templates, `readFile`, a variable of the environment
nested       helmfiles of helmfiles with selectors and values, by path and by pattern
needs        needs across namespaces; installed, condition
order        values, set, setString and set files of one release
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from e2e.rig import Clone, tool

CHART = {
    "charts/app/Chart.yaml": "{apiVersion: v2, name: app, version: 0.1.0}",
    "charts/app/values.yaml": "{replicas: 1, color: red, nested: {a: 1, b: 2}, list: [1, 2], gone: here}",
    "charts/app/templates/all.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: {{ .Release.Name }}
          namespace: {{ .Release.Namespace }}
        data:
          values: {{ .Values | toJson | quote }}
          revision: {{ .Release.Revision | quote }}
        """,
}

REPOSITORIES: dict[str, dict[str, str]] = {
    "layered": {
        "helmfile.yaml.gotmpl": """
            bases: [bases/environments.yaml]
            ---
            bases: [bases/defaults.yaml.gotmpl]
            ---
            templates:
              default:
                namespace: "{{`{{ .Environment.Name }}`}}"
                missingFileHandler: Warn
                values:
                - values/{{`{{ .Release.Name }}`}}.yaml
                - values/{{ .Environment.Name }}/{{`{{ .Release.Name }}`}}.yaml.gotmpl
            commonLabels: {team: web}
            ---
            releases:
            - name: front
              inherit: [{template: default}]
              chart: charts/app
              labels: {tier: front}
              needs: [{{ .Environment.Name }}/back]
              set: [{name: replicas, value: {{ .Values.replicas }}}]
            - name: back
              inherit: [{template: default}]
              chart: ./charts/app
            hooks:
            - events: [prepare, cleanup]
              command: /bin/touch
              args: [global-hook-ran]
            """,
        "bases/environments.yaml": """
            environments:
              staging:
                values: [env/shared.yaml, env/staging.yaml.gotmpl, {replicas: 2}]
              production:
                kubeContext: big
                missingFileHandler: Info
                values: [env/shared.yaml, {replicas: 5}, env/not-there.yaml]
            """,
        "bases/defaults.yaml.gotmpl": "helmDefaults: {timeout: {{ mul .Values.replicas 100 }}, wait: true}\n",
        "env/shared.yaml": "{color: blue, sizes: {s: 1, m: 2}}",
        "env/staging.yaml.gotmpl": "sizes: {m: {{ .Environment.Name | len }}}\n",
        "values/front.yaml": "{color: green, nested: {c: 3}}",
        "values/production/front.yaml.gotmpl": "nested: {{ .Values.sizes | toJson }}\nof: {{ .Release.Labels.tier }}\n",
    },
    "folder": {
        "helmfile.d/10-first.yaml": """
            releases:
            - {name: first, namespace: one, chart: ../charts/app, values: [../values/first.yaml]}
            """,
        "helmfile.d/20-second.yaml.gotmpl": """
            environments: {default: {values: [{color: black}]}, production: {values: [{color: white}]}}
            ---
            releases:
            - name: second-{{ .Environment.Name }}
              namespace: two
              chart: ../charts/app
              values: [{color: {{ .Values.color }}}]
            """,
        "values/first.yaml": "color: grey",
    },
    "gotmpl": {
        "helmfile.yaml.gotmpl": """
            releases:
            - name: app
              namespace: {{ requiredEnv "APP_NAMESPACE" }}
              chart: ./charts/app
              values:
              - values.yaml.gotmpl
              - {{ readFile "extra.yaml" | fromYaml | toJson }}
              {{- range $name, $count := dict "x" 1 "y" 2 }}
              - list: [{{ $count }}]
                {{ $name }}: {{ $count }}
              {{- end }}
            """,
        "values.yaml.gotmpl": """
            {{ tpl (readFile "part.tpl") . }}
            release: {{ .Release.Name }}/{{ .Release.Namespace }}
            """,
        "part.tpl": "color: {{ .Environment.Name | quote }}",
        "extra.yaml": 'nested:\n  a: "quoted \\\\ and: colons"\n',
    },
    "nested": {
        "helmfile.yaml": """
            environments: {default: {}, production: {}}
            ---
            helmfiles:
            - path: apps/*/helmfile.yaml.gotmpl
              selectors: [tier=front, "tier=back,name!=left-out"]
              values: [{color: green}, shared.yaml]
            - other.yaml.gotmpl
            """,
        "shared.yaml": "size: 3",
        "apps/one/helmfile.yaml.gotmpl": """
            environments: {default: {values: [{size: 1}]}, production: {values: [{size: 9}]}}
            ---
            releases:
            - name: one
              namespace: n
              chart: ../../charts/app
              labels: {tier: front}
              values: [{color: {{ .Values.color }}}]
            - {name: left-out, namespace: n, chart: ../../charts/app, labels: {tier: back}}
            """,
        "apps/two/helmfile.yaml.gotmpl": """
            environments: {default: {}, production: {}}
            ---
            releases:
            - name: two
              namespace: n
              chart: ../../charts/app
              labels: {tier: back}
              set: [{name: size, value: {{ .Values.size }}}]
            - {name: plain, namespace: n, chart: ../../charts/app}
            """,
        "other.yaml.gotmpl": """
            environments: {default: {}, production: {}}
            ---
            releases:
            - {name: other, namespace: {{ .Environment.Name }}, chart: charts/app}
            """,
    },
    "needs": {
        "helmfile.yaml": """
            environments:
              default: {values: [{cache: {enabled: false}}]}
              production: {values: [{cache: {enabled: true}}]}
            ---
            releases:
            - {name: web, namespace: front, chart: ./charts/app, needs: [data/db, cache]}
            - {name: cache, namespace: front, chart: ./charts/app, condition: cache.enabled}
            - {name: db, namespace: data, chart: ./charts/app, createNamespace: false}
            - {name: web, namespace: data, chart: ./charts/app, needs: [db]}
            - {name: old, namespace: data, chart: ./charts/app, installed: false}
            """,
    },
    "order": {
        "helmfile.yaml.gotmpl": r"""
            releases:
            - name: app
              namespace: n
              chart: ./charts/app
              values:
              - a.yaml
              - nested: {b: 20, c: 30}
                gone: null
              - b.yaml
              set:
              - {name: nested.a, value: "007"}
              - {name: nested.d, value: "12"}
              - {name: nested.e, value: "1.5"}
              - {name: flags.yes, value: "true"}
              - {name: flags.text, value: 'a,b={c}'}
              - {name: 'labels.example\.test/name', value: dotted}
              - {name: "list[1]", value: 22}
              - {name: many, values: [one, "2"]}
              - {name: file, file: text.txt}
              - {name: empty, value: ""}
              setString:
              - {name: nested.d, value: "13"}
            """,
        "a.yaml": "{color: a, nested: {a: 10, b: 10}}",
        "b.yaml": "{nested: {c: 31}, list: [5, 6, 7], replicas: 1e3}",
        "text.txt": "several\nlines, with: {signs}\n",
    },
}

CASES = [
    ("layered", "staging"),
    ("layered", "production"),
    ("folder", "default"),
    ("folder", "production"),
    ("gotmpl", "default"),
    ("nested", "production"),
    ("needs", "default"),
    ("needs", "production"),
    ("order", "default"),
]


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in {**CHART, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))


@pytest.fixture
def repository(tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    folder.mkdir()
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def objects(text: str) -> dict[tuple[str, str, str], Any]:
    found = [each for each in yaml.safe_load_all(text) if each]
    return {(m["kind"], m["metadata"]["namespace"], m["metadata"]["name"]): m for m in found}


def by_helmfile(folder: Path, environment: str) -> dict[tuple[str, str, str], Any]:
    """What `helmfile template` gives; its hooks off, its functions on."""
    path = next((f for f in ("helmfile.d", "helmfile.yaml", "helmfile.yaml.gotmpl") if (folder / f).exists()), "")
    words = [tool("helmfile"), "--quiet", "--helm-binary", tool("helm"), "--file", path, "--environment", environment]
    env = {**os.environ, "HELMFILE_UPGRADE_NOTICE_DISABLED": "1", "APP_NAMESPACE": "given"}
    done = subprocess.run(
        [*words, "template", "--skip-deps"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return objects(done.stdout)


@pytest.mark.e2e
@pytest.mark.parametrize(("name", "environment"), CASES)
def test_the_objects_are_those_of_helmfile_template(repository: Clone, name: str, environment: str) -> None:
    write(repository.folder, REPOSITORIES[name])
    mine = objects(repository.run("render", "-q", "-e", environment, APP_NAMESPACE="given").expect().out)
    assert not (repository.folder / "global-hook-ran").exists()
    if name == "layered":  # else helmfile runs it
        path = repository.folder / "helmfile.yaml.gotmpl"
        path.write_text(path.read_text().partition("hooks:")[0])
    theirs = by_helmfile(repository.folder, environment)
    assert mine
    assert mine == theirs


HOOKED = """
    hooks:
    - {events: [prepare, cleanup], command: /bin/touch, args: [global-hook-ran]}
    releases:
    - name: app
      namespace: n
      chart: ./charts/app
      labels: {tier: front}
      hooks: [{events: [prepare], command: /bin/touch, args: [release-hook-ran]}]
    - {name: other, namespace: n, chart: ./charts/app}
    - {name: far, namespace: n, chart: 'git::https://git.example.test/x@y?ref=z'}
    """


@pytest.mark.e2e
def test_no_hook_runs_and_each_is_told(repository: Clone) -> None:
    write(repository.folder, {"helmfile.yaml": HOOKED})
    told = repository.run("import", "--dry-run").expect().out
    assert "release n/app: hook '/bin/touch release-hook-ran' is not run by Fairlead" in told
    assert "helmfile.yaml:2:1: hook '/bin/touch' is not run by Fairlead" in told
    assert not list(repository.folder.glob("*-hook-ran"))


@pytest.mark.e2e
def test_releases_are_picked_by_their_labels(repository: Clone) -> None:
    write(repository.folder, {"helmfile.yaml": HOOKED})
    found = repository.run("render", "-q", "-l", "tier=front").expect().out
    assert [name for _, _, name in objects(found)] == ["app"]


@pytest.mark.e2e
def test_the_written_file_is_the_same_project(repository: Clone) -> None:
    write(repository.folder, REPOSITORIES["layered"])
    before = {file: file.read_bytes() for file in repository.folder.rglob("*") if file.is_file()}
    without = repository.run("render", "-q", "-e", "staging").expect().out
    repository.run("import", "-q").expect()
    assert repository.run("render", "-q", "-e", "staging").expect().out == without
    written = repository.folder / "fairlead.yaml"
    environments = yaml.safe_load(written.read_text())["environments"]
    assert environments["production"] == {
        "cluster": {"driver": "context", "context": "big"},
        "from": [{"helmfile": "helmfile.yaml.gotmpl"}],
    }
    written.unlink()
    assert {file: file.read_bytes() for file in repository.folder.rglob("*") if file.is_file()} == before


BROKEN = {
    "a command": ("helmfile.yaml.gotmpl", 'releases: [{name: {{ exec "/bin/touch" (list "ran") }}}]', "not-judged"),
    "a template": (
        "helmfile.yaml.gotmpl",
        "releases:\n- name: {{ .Values.a.b }}\n",
        "template helmfile.yaml.gotmpl:2:19",
    ),
    "a field": ("helmfile.yaml", "releases:\n- name: a\n  chrt: ./charts/app\n", "yaml helmfile.yaml:3:1"),
    "values": ("helmfile.yaml", "releases:\n- {name: a, chart: ./charts/app, values: [x.yaml]}\n", "values-missing"),
    "a chart": ("helmfile.yaml", "releases:\n- {name: a, chart: ./charts/none}\n", "release helmfile.yaml:2:1"),
    "a set file": (
        "helmfile.yaml",
        "releases:\n- name: a\n  chart: ./charts/app\n  set: [{name: x, file: none.txt}]\n",
        "release helmfile.yaml:2:1",
    ),
    "a set file elsewhere": (
        "helmfile.yaml",
        "releases:\n- name: a\n  chart: ./charts/app\n  set: [{name: x, file: https://example.test/x}]\n",
        "not-judged helmfile.yaml:2:1",
    ),
    "a selector": ("helmfile.yaml", "helmfiles:\n- {path: sub.yaml, selectors: [a]}\n", "selector sub.yaml"),
}


@pytest.mark.e2e
@pytest.mark.parametrize(("file", "text", "wanted"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_told_by_class_and_place(repository: Clone, file: str, text: str, wanted: str) -> None:
    write(repository.folder, {"sub.yaml": "releases: [{name: a, chart: ./charts/app}]"})
    (repository.folder / file).write_text(text)
    found = repository.run("validate", "-q", "-o", "json").json["findings"]
    told = [f"{each['rule']} {each['location']['file']}:{each['location'].get('line', 0)}" for each in found]
    rule, _, place = f"helmfile-{wanted}".partition(" ")
    assert len(told) == 1
    assert told[0].startswith(f"{rule} {place.rpartition(':')[0] if place.count(':') == 2 else place}")
    assert not (repository.folder / "ran").exists()


@pytest.mark.e2e
def test_an_object_of_a_chart_in_the_repository_is_told_at_its_template(repository: Clone) -> None:
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec: {replica: 1}\n"
    write(repository.folder, {"charts/app/templates/web/deployment.yaml": deployment})
    (repository.folder / "helmfile.yaml").write_text("releases:\n- {name: a, chart: ./charts/app, namespace: a}\n")
    for _ in range(2):  # the second rendering is one that was kept
        found = repository.run("validate", "-q", "-o", "json").json["findings"]
        (place,) = {each["location"]["file"] for each in found if each["rule"] == "schema"}
        assert place == "charts/app/templates/web/deployment.yaml"
        assert {each["chain"][0]["file"] for each in found if each["rule"] == "schema"} == {"helmfile.yaml"}
