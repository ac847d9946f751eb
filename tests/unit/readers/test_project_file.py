"""Project files as text: each case in tests/cases/project_file has a text, its faults with their places, and whether
the JSON Schema alone refuses it already (`none`: it is no YAML that a schema could see).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairlead.formats.yaml.tree import parse_stream
from fairlead.model.component import (
    CheckSource,
    CrdPolicy,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    TerraformSource,
    TestKind,
    TestSource,
)
from fairlead.model.environment import Delivery, Driver, Freeze, Gates, Refresh, expand
from fairlead.model.errors import InputError
from fairlead.model.finding import Location, Severity
from fairlead.model.plan import Phase
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.model.project import Project
from fairlead.model.tier import Tier
from fairlead.readers.project_file import load_project, project_json_schema, read_project

CASES = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "cases" / "project_file").glob("*.yaml"))
}
HEAD = "apiVersion: fairlead.dev/v1\nproject: homelab\n"
ALLOWED = CASES["everything_that_is_allowed"]["file"]


def read(text: str) -> Project:
    return read_project(text, file="fairlead.yaml")


def faults_of(text: str) -> list[str]:
    try:
        read(text)
    except InputError as err:
        return [
            f"{finding.location}".removeprefix("fairlead.yaml:") + f" {finding.message}" for finding in err.findings
        ]
    return []


@pytest.fixture(scope="module")
def project() -> Project:
    return read(ALLOWED)


# -- faults


@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_told_with_its_place(name: str) -> None:
    assert faults_of(CASES[name]["file"]) == CASES[name]["faults"]


def test_the_error_counts_the_faults_and_each_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^fairlead\.yaml has 24 faults$") as caught:
        read(CASES["everything_at_once"]["file"])
    assert {finding.severity for finding in caught.value.findings} == {Severity.ERROR}
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("unknown_key", "did you mean kustomize?"),
        ("version_as_number", 'write it in quotes: "1.30"'),
        ("planned_keys", "clusters on hosts are not built yet: use driver context"),
        ("unknown_environment_of_component", "did you mean staging?"),
        ("duplicate_component", "rename one of them"),
        ("helm_without_namespace", "write one, e.g. namespace: shop"),
        ("unknown_version", "it knows fairlead.dev/v1; a newer format needs a newer Fairlead"),
    ],
)
def test_a_hint_says_what_to_do(case: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read(CASES[case]["file"])
    assert caught.value.findings[0].hint == hint


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read("\ufeff" + ALLOWED) == read(ALLOWED)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="{}[]:-,&*!|>'\"#% \n\tab01é\x00\ud800", max_size=40))
@example("&a [*a]")
@example("? {a: b}\n: c")
@example("a: &a b\n*a : c")
def test_any_text_is_read_or_refused(text: str) -> None:
    assert faults_of(text)
    assert faults_of(HEAD + text)


LINES = ALLOWED.splitlines(keepends=True)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, len(LINES) - 1), st.sampled_from(["{}\n", "  a: 1\n", "- x\n", "", "    helm: \n", "      : 5\n"])
)
def test_a_damaged_file_is_read_or_refused_with_places_inside_it(line: int, damage: str) -> None:
    text = "".join([*LINES[:line], damage, *LINES[line + 1 :]])
    try:
        read(text)
    except InputError as err:
        places = [finding.location for finding in err.findings]
        assert places == sorted(places, key=lambda place: place or Location(""))
        assert all(place and 1 <= place.line <= len(LINES) + 1 and place.column >= 1 for place in places)


# -- the model


def test_environments_take_their_canonical_name(project: Project) -> None:
    assert list(project.environments) == ["local", "prod-eu", "prod-us", "staging"]
    assert project.environments["prod-eu"].promoted_from == "local"
    assert project.environment("development") is project.environments["local"]


def test_an_environment_has_what_the_file_says(project: Project) -> None:
    found = project.environments["prod-eu"]
    assert found.delivery is Delivery.ARGOCD
    assert found.cluster.driver is Driver.CONTEXT
    assert (found.cluster.context, found.cluster.kubeconfig) == ("prod", "/etc/kubeconfig")
    assert found.gates == Gates(
        verified=True,
        soak_seconds=36 * 3600,
        approvals=2,
        freeze=(Freeze(cron="*/5 0-6,22 1 * 5", seconds=90, reason="night"),),
    )
    assert found.pod_security is PodSecurityLevel.RESTRICTED
    assert found.refresh is Refresh.NEVER
    assert found.group == "production"
    assert project.groups == {"production": ("prod-eu", "prod-us")}


def test_budgets_are_seconds_by_phase(project: Project) -> None:
    assert project.environments["local"].budget(Phase.DEPLOY) == 900
    assert project.environments["local"].budgets[Phase.VALIDATE] == 180


def test_defaults_depend_on_the_environment() -> None:
    found = read(HEAD + "environments: {local: {}, staging: {}, production: {}}\ncomponents: []\n").environments
    assert [(e.pod_security, e.refresh) for e in found.values()] == [
        (PodSecurityLevel.PRIVILEGED, Refresh.DAILY),
        (PodSecurityLevel.BASELINE, Refresh.DAILY),
        (PodSecurityLevel.BASELINE, Refresh.ALWAYS),
    ]


def test_members_of_the_group_production_are_production() -> None:
    text = HEAD + "environments: {eu: {}, us: {}}\ngroups: {production: [eu]}\ncomponents: []\n"
    assert [e.refresh for e in read(text).environments.values()] == [Refresh.ALWAYS, Refresh.DAILY]


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ("local: {}", "environments/local/a"),
        ("local: {as: {values: dev}}", "environments/dev/a"),
        ("development: {}", "environments/development/a"),
        ("development: {as: {values: local}}", "environments/local/a"),
    ],
)
def test_paths_see_the_name_that_values_go_by(environment: str, path: str) -> None:
    found = read(HEAD + f"environments: {{{environment}}}\ncomponents: []\n")
    assert expand("environments/{environment}/a", found.environment("local")) == path


def test_a_component_has_what_the_file_says(project: Project) -> None:
    found = next(c for c in project.components if c.name == "metallb")
    assert found.source == HelmSource(
        chart="metallb/metallb",
        repository="https://charts.example.test/metallb",
        version="v0.16.1-rc.1+build.5",
        release="lb",
        values={"a": None, "1": ["x", {"z": 420}]},
        value_files=("environments/{environment}/metallb.yaml",),
    )
    assert found.tier is Tier.INFRASTRUCTURE
    assert found.environments == ("local", "prod-eu", "prod-us")
    assert found.set[r"a\.b[0].c"] == "outputs.network.net.cidrs[1]"
    assert found.output_sources() == ("cluster", "network")
    assert found.secrets == ("environments/{environment}/metallb.sops.yaml",)
    assert (found.crds, found.pod_security, found.timeout_seconds) == (
        CrdPolicy.CREATE,
        PodSecurityLevel.PRIVILEGED,
        5400,
    )
    assert found.location == Location("fairlead.yaml", 24, 5)


def test_every_kind_of_component(project: Project) -> None:
    elsewhere = ("metallb", "i", "i1", "i2", "i3", "i4", "i5", "j")
    found = {component.name: component.source for component in project.components if component.name not in elsewhere}
    assert found == {
        "tools": CheckSource(command=("python3", "scripts/tools.py")),
        "cluster": TerraformSource(
            folder="terraform/{environment}", program="terraform", variables={"nodes": 3, "true": None}
        ),
        "network": TerraformSource(folder="network"),
        "a": HelmSource(chart="name", repository="https://charts.example.test/metallb", version="1.0.0"),
        "b": HelmSource(chart="name", repository="https://example.test/charts", version="1.0.0"),
        "c": HelmSource(chart="name", repository="oci://example.test/charts", version="1.0.0"),
        "d": HelmSource(chart="charts/d"),
        "e": KustomizeSource(folder="."),
        "f": ManifestsSource(paths=("a.yaml", "folder")),
        "g": ManifestsSource(paths=("{environment}/a.yaml",)),
        "h": TestSource(kind=TestKind.JOB, job="tests/job.yaml"),
        "h2": TestSource(kind=TestKind.ROLLOUTS, max_age_seconds=0.5),
        "h3": TestSource(kind=TestKind.COMMAND, command=("python3", "scripts/smoke.py")),
    }


# -- the file


def test_a_project_is_loaded_from_its_file_and_named_after_it(tmp_path: Path) -> None:
    path = tmp_path / "fairlead.yaml"
    path.write_text(ALLOWED, encoding="utf-8")
    assert load_project(path).file == "fairlead.yaml"


@pytest.mark.parametrize(("content", "message"), [(b"a: \xff", "not valid UTF-8"), (None, "cannot read")])
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "fairlead.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_project(path)


# -- JSON Schema


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["schema"] != "none"])
def test_the_json_schema_accepts_what_the_reader_accepts_and_refuses_planted_faults(name: str) -> None:
    is_accepted = _is_valid(CASES[name]["file"])
    assert is_accepted == (CASES[name]["schema"] == "accepts")
    assert is_accepted or CASES[name]["faults"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("fairlead.dev/v1", "fairlead.dev/v2"),
        ("project: homelab", "project: home lab"),
        ("project: homelab", "project: homelab\nextra: 1"),
        ("nodes: real,", "nodes: 2,"),
        ("count: 1,", "count: 0,"),
        ("count: 1,", 'count: "1",'),
        ("{validate: 3m", "{validat: 3m"),
        ("{validate: 3m", "{validate: 3"),
        ('kubernetes: "1.34.2"', "kubernetes: 1.34"),
        ("delivery: argocd", "delivery: argo"),
        ("verified: true", "verified: 1"),
        ("gates: {}", "gates: null"),
        ("prod-us: *production", "PROD: *production"),
        ("{metallb: ", "{metal_lb: "),
        ("https://charts.example.test/metallb", "https://user:pass@charts.example.test/metallb"),
        ("[prod-eu, prod-us]", "[]"),
        ("command: [python3, scripts/tools.py]", "command: python3"),
        ("command: [python3, scripts/tools.py]", "command: []"),
        ("program: terraform", "program: pulumi"),
        ("v0.16.1-rc.1+build.5", "newest"),
        ("ingress.host: outputs.cluster.host", "ingress.host: vars.host"),
        ("chart: ./charts/d/", "chart: ../charts/d/"),
        ("kustomize: .,", "kustomize: /,"),
        ("manifests: [a.yaml", "manifests: [{a: b}"),
        ('"{environment}/a.yaml"', '"{env}/a.yaml"'),
        ("tier: infrastructure", "tier: network"),
        ("timeout: 1h30m", "timeout: 90"),
        ("rollouts: true", "rollouts: false"),
        ("rollouts: true", "rollouts: true, command: [x]"),
        ("{name: e, kustomize", "{name: e, manifests: a, kustomize"),
        ("{name: e, kustomize", "{kustomize"),
    ],
)
def test_the_json_schema_and_the_reader_refuse_each_planted_fault(right: str, wrong: str) -> None:
    assert right in ALLOWED
    text = ALLOWED.replace(right, wrong, 1)
    assert faults_of(text)
    assert not _is_valid(text)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(["", "  a: 1\n", "    helm: {}\n", "    needs: x\n"]))
def test_the_json_schema_never_refuses_what_the_reader_accepts(line: int, damage: str) -> None:
    text = "".join([*LINES[:line], damage, *LINES[line + 1 :]])
    assert faults_of(text) or _is_valid(text)


def test_the_json_schema_is_complete_for_editors() -> None:
    schema = project_json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "https://fairlead.dev/schema/v1.json"
    assert schema["title"] == "Fairlead project file"
    for definition in (schema, *schema["$defs"].values()):
        assert definition["title"]
        assert definition["description"]
        if "properties" in definition:
            assert definition["additionalProperties"] is False
            assert all("title" in each or "$ref" in each for each in definition["properties"].values())
    assert '"null"' not in str(schema).replace("'", '"')


def test_every_example_in_the_json_schema_is_valid() -> None:
    schema = project_json_schema()
    nodes = _nodes_with_examples(schema)
    assert len(nodes) > 20
    for node in nodes:
        _check_example(node, schema)


VALIDATOR = jsonschema_rs.validator_for(project_json_schema())


def _is_valid(text: str) -> bool:
    return VALIDATOR.is_valid(next(parse_stream(text, file="fairlead.yaml", findings=[])).value)


def _nodes_with_examples(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        inner = [found for value in node.values() for found in _nodes_with_examples(value)]
        return [node, *inner] if isinstance(node.get("examples"), list) else inner
    if isinstance(node, list):
        return [found for value in node for found in _nodes_with_examples(value)]
    return []


def _check_example(node: dict[str, Any], schema: dict[str, Any]) -> None:
    for value in node["examples"]:
        jsonschema_rs.validate({**node, "$defs": schema["$defs"]}, value)
