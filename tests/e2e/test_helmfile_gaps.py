"""What of a helmfile is not judged: every verb that shows its environment says so, and nothing is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.rig import Clone
from e2e.test_helmfile import write

pytestmark = pytest.mark.e2e

CIPHER = "ENC[AES256_GCM,data:yQ==,iv:aa,tag:bb,type:str]"
GAPS = {
    "helmfile.yaml.gotmpl": """
        environments:
          staging: {}
          production: {secrets: [secrets.yaml]}
        ---
        releases:
        - {name: plain, namespace: n, chart: ./charts/app}
        - name: patched
          namespace: n
          chart: ./charts/app
          values:
          - color: {{ .Values | get "db.color" "none" | quote }}
        """,
    "secrets.yaml": f"db:\n    color: {CIPHER}\n    user: me\nsops:\n    version: 3.9.0\n",
}
WHY = "release patched has values that lie elsewhere: color"


@pytest.fixture
def repository(tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    folder.mkdir()
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def test_plan_and_render_name_what_is_left_out(repository: Clone) -> None:
    write(repository.folder, GAPS)
    assert f"component patched: not judged: {WHY}" in repository.run("plan", "--dry-run", "-e", "production").out
    shown = repository.run("render", "-q", "-e", "production").expect().out
    assert f"# component: patched\n# not rendered: not judged: {WHY}" in shown
    assert "name: plain" in shown


def test_diff_does_not_call_it_missing(repository: Clone) -> None:
    write(repository.folder, GAPS)
    found = repository.run("diff", "staging", "production", "-o", "json").expect(0).json
    assert [one["component"] for each in found["comparisons"] for one in each["not_compared"]] == ["patched"]
    assert sum(found["counts"].values()) == 0
    # Nobody may take what was not compared for the same.
    repository.run("diff", "staging", "production", "--detailed-exitcode").expect(4)


def test_an_environment_whose_templates_compute_with_secrets_is_not_judged(repository: Clone) -> None:
    write(repository.folder, GAPS)
    file = repository.folder / "helmfile.yaml.gotmpl"
    file.write_text(
        file.read_text().replace("- {name: plain", '{{- if .Values | get "db.color" "" }}{{ end }}\n- {name: plain')
    )
    refused = repository.run("diff", "staging", "production")
    assert "the template computes with a value that is encrypted" in refused.err
    assert repository.run("render", "-q", "-e", "staging").expect().out.count("kind: ConfigMap") == 2


def test_no_secret_store_is_asked(repository: Clone) -> None:
    write(
        repository.folder,
        {
            "helmfile.yaml.gotmpl": """
                releases:
                - {name: plain, namespace: n, chart: ./charts/app, values: [v.yaml]}
                - name: other
                  namespace: n
                  chart: ./charts/app
                  values: [{color: {{ fetchSecretValue "ref+echo://asked" }}}]
                {{- if .Environment.Name | eq "other" }}
                - {name: {{ fetchSecretValue "ref+file://helmfile.yaml.gotmpl" | sha256sum }}}
                {{- end }}
                """,
            "v.yaml": "color: ref+echo://asked\n",
        },
    )
    shown = repository.run("render", "-q").expect().out
    assert "not judged: release plain has values that lie elsewhere: color" in shown
    assert "not judged: release other has values that lie elsewhere: color" in shown
    assert "asked" not in shown
    file = repository.folder / "helmfile.yaml.gotmpl"
    file.write_text(file.read_text().replace("other", "default"))
    assert "the template asks a secret store" in repository.run("render", "-q").err


OLD = """
    repositories:
    - {name: foo, url: https://charts.example.test}

    helmDefaults:
      tillerNamespace: old
    environments:
      staging: {values: [{color: red}]}
      production: {values: [{color: blue}]}

    releases:
    - name: app
      namespace: {{ .Environment.Name }}
      chart: ./charts/app
      values:
      - color: {{ .Values.color }}
    """


def test_what_only_helmfile_0_reads_is_read_and_told(repository: Clone) -> None:
    write(repository.folder, {"helmfile.yaml": OLD})
    shown = repository.run("render", "-q", "-e", "production").expect().out
    assert "namespace: production" in shown
    assert "blue" in shown
    found = repository.run("validate", "-q", "-e", "staging", "-o", "json").json["findings"]
    assert [each["rule"] for each in found] == ["helmfile-old"] * 3
    assert all(each["severity"] == "warning" for each in found)


def test_a_fault_of_it_has_its_line(repository: Clone) -> None:
    write(repository.folder, {"helmfile.yaml": OLD.replace(".Values.color", ".Values.colour")})
    (found,) = repository.run("validate", "-q", "-e", "staging", "-o", "json").json["findings"]
    assert (found["rule"], found["location"]["line"]) == ("helmfile-template", 15)


def test_a_nested_helmfile_without_the_environment_is_told(repository: Clone) -> None:
    nested = {
        "helmfile.yaml": "environments: {default: {}, prod: {}}\n---\nhelmfiles: [one.yaml, two.yaml]\n",
        "one.yaml": "releases: [{name: one, chart: ./charts/app}]\n",
        "two.yaml": "environments: {prod: {}}\n---\nreleases: [{name: two, chart: ./charts/app}]\n",
    }
    write(repository.folder, nested)
    said = repository.run("import", "--dry-run").out
    assert "· one.yaml: it has no environment prod: helmfile takes no release from it" in said
    assert said.count("helmfile takes no release") == 1
    assert "default: 2 Helm releases\nprod: 1 Helm release\n" in said


def test_one_file_of_a_folder_that_cannot_be_read_hides_no_other(repository: Clone) -> None:
    folder = {
        "helmfile.d/1.yaml": 'releases:\n- {name: one, chart: ../charts/app, namespace: {{ requiredEnv "NOT_SET" }}}\n',
        "helmfile.d/2.yaml": "releases:\n- {name: two, chart: ../charts/none}\n",
        "helmfile.d/3.yaml": 'releases:\n- {name: \'{{ env "NOT_SET" | default "three" }}\', chart: ../charts/app}\n',
        "helmfile.d/4.yaml": "releases:\n{{ if true }}\n- {name: four, chart: ../charts/app}\n{{ end }}\n",
    }
    write(repository.folder, folder)
    found = repository.run("validate", "-q", "-o", "json").json
    assert {(each["rule"], each["location"]["file"]) for each in found["findings"]} == {
        ("helmfile-not-judged", "helmfile.d/1.yaml"),
        ("helmfile-release", "helmfile.d/2.yaml"),
        ("helmfile-old", "helmfile.d/4.yaml"),
    }
    assert "NOT_SET" in repository.run("render", "-q").err
    # As in the folder, the third file is read as helmfile 0 did, though it is YAML without that.
    assert "default: 2 Helm releases" in repository.run("import", "--dry-run").out


def test_what_keeps_one_environment_from_being_read_says_which(repository: Clone) -> None:
    state = "environments:\n  staging: {values: [{color: red}]}\n  production: {}\n---\nreleases:\n"
    state += "- {name: app, chart: ./charts/app, values: [{color: {{ .Values.color }}}]}\n"
    write(repository.folder, {"helmfile.yaml.gotmpl": state})
    (found,) = repository.run("validate", "-q", "-o", "json").json["findings"]
    assert found["message"].endswith(", in production")


def test_a_helmfile_on_another_machine_hides_no_other(repository: Clone) -> None:
    remote = "- path: git::https://example.test/x.git@helmfile.yaml\n  values: [{{ toYaml .Values | nindent 4 }}]\n"
    state = "environments:\n  staging: {}\n  production: {}\n---\nhelmfiles:\n- one.yaml\n"
    state += '{{- if eq .Environment.Name "production" }}\n' + remote + "{{- end }}\n"
    nested = "environments: {staging: {}, production: {}}\n---\nreleases: [{name: one, chart: ./charts/app}]\n"
    write(repository.folder, {"helmfile.yaml.gotmpl": state, "one.yaml": nested})
    (found,) = repository.run("validate", "-q", "-o", "json").json["findings"]
    assert (found["rule"], found["location"]["line"]) == ("helmfile-not-judged", 8)
    said = repository.run("import", "--dry-run").out
    assert "staging: 1 Helm release\nproduction: 1 Helm release\n" in said
    assert "name: one" in repository.run("render", "-q", "-e", "staging").expect().out
    assert repository.run("render", "-q", "-e", "production").code == 4


def test_a_patch_of_a_release_is_no_object_by_itself(repository: Clone) -> None:
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: plain}\nspec:\n  template: {spec: {dnsPolicy: None}}\n"
    )
    releases = """
        releases:
        - {name: plain, namespace: n, chart: ./charts/app}
        - name: patched
          namespace: n
          chart: ./charts/app
          strategicMergePatches: [patches/dns.yaml]
        """
    write(repository.folder, {"deploy/helmfile.yaml": releases, "deploy/patches/dns.yaml": patch})
    found = repository.run("validate", "-o", "json").json["findings"]
    assert not [each for each in found if "dns.yaml" in str(each)]
    assert "release patched is changed by strategicMergePatches" in str(found)


def test_nested_helmfiles_that_cannot_be_read_hide_no_other(repository: Clone) -> None:
    release = "releases:\n- {name: %s, chart: %scharts/app}\n"
    write(
        repository.folder,
        {
            "helmfile.yaml": "helmfiles: [a/helmfile.yaml, 'apps/*/state.yaml.gotmpl']\n" + release % ("own", "./"),
            "a/helmfile.yaml": "helmfiles: [deep/x.yaml]\n" + release % ("a", "../"),
            "a/deep/x.yaml": release.replace("chart:", "values: [gone.yaml], chart:") % ("x", "../../"),
            "apps/b/state.yaml.gotmpl": release % ("b{{ .Values.none.such }}", "../../"),
            "apps/c/state.yaml.gotmpl": release % ("c", "../../"),
            "apps/d/state.yaml.gotmpl": release.replace("chart:", "chrt:") % ("d", "../../"),
        },
    )
    found = repository.run("validate", "-q", "-o", "json").expect(4).json
    assert [(each["rule"], each["location"]["file"], each["location"]["line"]) for each in found["findings"]] == [
        ("helmfile-values-missing", "a/deep/x.yaml", 2),
        ("helmfile-template", "apps/b/state.yaml.gotmpl", 2),
        ("helmfile-yaml", "apps/d/state.yaml.gotmpl", 2),
    ]
    assert "default: 3 Helm releases" in repository.run("import", "--dry-run").expect(0).out
    assert "environment default cannot be read" in repository.run("plan", "--dry-run").expect(4).err


def test_what_is_no_yaml_is_not_called_a_template(repository: Clone) -> None:
    write(repository.folder, {"helmfile.yaml": "releases:\n- name: a: b\n"})
    assert "holds a template" not in repository.run("validate").expect(4).out
