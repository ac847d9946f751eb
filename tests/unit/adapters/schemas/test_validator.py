from __future__ import annotations

from typing import Any

import pytest

from fairlead.adapters.schemas.catalogue import known_minors
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.model.errors import InputError


def _deployment(**container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}, "creationTimestamp": None},
                "spec": {"containers": [{"name": "web", "image": "web:1", **container}]},
            },
        },
    }


def _config(**extra: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **extra}


def _crd(schema: dict[str, Any], **version: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.example.test"},
        "spec": {
            "group": "example.test",
            "scope": "Namespaced",
            "names": {"kind": "Boat", "plural": "boats"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}},
                    **version,
                }
            ],
        },
    }


def _boat(spec: Any, version: str = "v1") -> dict[str, Any]:
    return {"apiVersion": f"example.test/{version}", "kind": "Boat", "metadata": {"name": "b"}, "spec": spec}


def _faults(*manifests: dict[str, Any], kubernetes: str = "1.34") -> list[tuple[str, str, tuple[str | int, ...]]]:
    placed, _ = SchemaValidator().validate(manifests, kubernetes=kubernetes)
    return [(finding.message, finding.hint, path) for _, finding, path in placed]


def _boat_faults(schema: dict[str, Any], spec: Any) -> list[str]:
    return [message for message, _, _ in _faults(_crd(schema), _boat(spec))]


# -- built-in kinds


@pytest.mark.parametrize("minor", known_minors())
def test_a_good_deployment_has_no_fault_on_any_version(minor: str) -> None:
    probe = {"httpGet": {"port": "http", "path": "/"}}
    resources = {"limits": {"cpu": 1, "memory": "1Gi"}, "requests": None}
    assert _faults(_deployment(readinessProbe=probe, resources=resources), kubernetes=f"v{minor}.7") == []


def test_an_unknown_field_is_a_fault_with_a_suggestion() -> None:
    path = ("spec", "template", "spec", "containers", 0, "imagePullpolicy")
    assert _faults(_deployment(imagePullpolicy="Always")) == [
        (
            "spec.template.spec.containers[0].imagePullpolicy is not a field of this kind",
            "did you mean imagePullPolicy?",
            path,
        )
    ]


def test_says_what_a_value_must_be_without_showing_it() -> None:
    deployment = _deployment(ports=[{"containerPort": "hunter2"}])
    deployment["spec"]["replicas"] = 2**31
    assert _faults(deployment) == [
        ("spec.replicas must be at most 2147483647", "", ("spec", "replicas")),
        (
            "spec.template.spec.containers[0].ports[0].containerPort must be an integer, not text",
            "",
            ("spec", "template", "spec", "containers", 0, "ports", 0, "containerPort"),
        ),
    ]


def test_names_a_missing_field_at_its_container() -> None:
    deployment = _deployment()
    del deployment["spec"]["selector"]
    assert _faults(deployment) == [("spec.selector is missing", "", ("spec",))]


def test_secret_data_must_be_base64() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a.b": "hunter 2", "c": "YQ=="}}
    assert _faults(secret) == [('data["a.b"] must be base64', "", ("data", "a.b"))]


def test_the_place_is_the_manifest_and_its_reference() -> None:
    placed, unchecked = SchemaValidator().validate([_config(), _config(datta={})], kubernetes="1.34")
    ((index, finding, path),) = placed
    assert (index, str(finding.ref), path, unchecked) == (1, "ConfigMap x", ("datta",), ())


def test_a_version_that_is_gone_is_a_fault() -> None:
    old = {"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "c"}}
    assert _faults(old) == [
        (
            "Kubernetes 1.34 has no CronJob in batch/v1beta1: it was removed in 1.25",
            "write apiVersion: batch/v1",
            ("apiVersion",),
        )
    ]


def test_a_kind_that_never_was_is_a_fault() -> None:
    assert _faults(_config(kind="ConfigMapp"))[0][0] == "Kubernetes 1.34 has no kind ConfigMapp in v1"


@pytest.mark.parametrize("manifest", [{"kind": "X"}, {"apiVersion": "v1", "kind": ""}, {"apiVersion": 1, "kind": "X"}])
def test_an_object_without_identity_is_a_fault(manifest: dict[str, Any]) -> None:
    assert _faults(manifest)[0][0].endswith("is missing")


def test_an_unknown_kubernetes_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        SchemaValidator().validate([], kubernetes="1.99")
    assert "1.99" in caught.value.message
    assert "1.31, 1.32, 1.33, 1.34, 1.35" in caught.value.hint


# -- custom resources


def test_a_kind_without_a_schema_is_counted() -> None:
    assert SchemaValidator().validate([_boat({"any": 1}), _config()], kubernetes="1.34") == ((), (0,))


def test_a_custom_resource_is_checked_by_its_definition() -> None:
    schema = {"type": "object", "required": ["mast"], "properties": {"mast": {"type": "integer", "format": "int32"}}}
    assert _boat_faults(schema, {"mast": 2}) == []
    assert _boat_faults(schema, {"mast": 2**31}) == ["spec.mast must be at most 2147483647"]
    assert _boat_faults(schema, {"mats": 2}) == ["spec.mast is missing", "spec.mats is not a field of this kind"]


def test_a_custom_resource_has_its_metadata_checked() -> None:
    boat = _boat({})
    boat["metadata"]["label"] = {}
    assert _faults(_crd({"type": "object"}), boat)[0][1] == "did you mean labels?"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (
            {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            [1, "50%"],
            [True, []],
        ),
        ({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b", 1]),
        ({"type": "string"}, ["a"], [None]),
        ({"type": "string", "default": "a"}, [None, "a"], [1]),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, [{}, {"a": {"b": 1}}], [1]),
        ({"x-kubernetes-preserve-unknown-fields": True}, [1, None, {"a": 1}], []),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "1"}]),
        ({"type": "object", "additionalProperties": True}, [{"a": 1}], ["a"]),
        ({"type": "object"}, [{}], [{"a": 1}]),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1]),
        ({"type": "array", "items": {"type": "string", "pattern": "^a+$"}, "maxItems": 2}, [["a"]], [["b"], ["a"] * 3]),
        (
            {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}},
            [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}],
            [{"other": 1}],
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            },
            [{"a": 1}, {"b": 1}],
            [{}, {"a": 1, "b": 1}],
        ),
        (
            {"type": "object", "properties": {"pattern": {"type": "string", "pattern": "^(?=x)"}}},
            [{"pattern": "y"}],
            [{"pattern": 1}],
        ),
    ],
)
def test_converts_openapi(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    whole = {"type": "object", "properties": {"x": schema}}
    assert [value for value in good if _boat_faults(whole, {"x": value})] == []
    assert [value for value in bad if not _boat_faults(whole, {"x": value})] == []


def test_a_version_that_the_definition_does_not_serve_is_a_fault() -> None:
    crd = _crd({"type": "object"})
    assert _faults(crd, _boat({}, "v2")) == [
        ("boats.example.test does not serve the version v2", "it serves v1", ("apiVersion",))
    ]


def test_a_changed_definition_replaces_the_compiled_one() -> None:
    validator = SchemaValidator()
    boat = _boat({"a": 1})
    assert validator.validate([_crd({"type": "object"}), boat], kubernetes="1.34")[0]
    wider = _crd({"type": "object", "properties": {"a": {"type": "integer"}}})
    assert validator.validate([wider, boat], kubernetes="1.34") == ((), ())


def test_a_malformed_definition_is_reported_by_its_own_schema() -> None:
    broken = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": {"versions": [1]}}
    placed, unchecked = SchemaValidator().validate([broken, _boat({})], kubernetes="1.34")
    assert {index for index, _, _ in placed} == {0}
    assert unchecked == (1,)


def test_a_version_that_will_go_is_a_warning_and_its_schema_is_checked() -> None:
    flow = {"apiVersion": "flowcontrol.apiserver.k8s.io/v1beta3", "kind": "FlowSchema", "metadata": {"name": "f"}}
    placed, _ = SchemaValidator().validate([{**flow, "speck": {}}], kubernetes="1.31")
    assert [(f.rule, f.severity.value) for _, f, _ in placed] == [("api-deprecated", "warning"), ("schema", "error")]


def test_a_version_of_a_group_that_is_gone_altogether_is_a_fault() -> None:
    old = {"apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "i"}}
    (((_, finding, _),), unchecked) = SchemaValidator().validate([old], kubernetes="1.34")
    assert (finding.rule, unchecked) == ("api-removed", ())


def _kustomization(version: str = "v1", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "shop", "namespace": "flux-system"}
    api_version = f"kustomize.toolkit.fluxcd.io/{version}"
    return {"apiVersion": api_version, "kind": "Kustomization", "metadata": metadata, "spec": spec}


GOOD = {"interval": "10m", "path": "./shop", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "shop"}}


@pytest.mark.parametrize("version", ["v1", "v1beta2", "v1beta1"])
def test_an_object_of_flux_is_checked_without_its_definition(version: str) -> None:
    assert _faults(_kustomization(version, **GOOD)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dependson": [{"name": "a"}]}, ("spec.dependson is not a field of this kind", "did you mean dependsOn?")),
        ({"prunee": True}, ("spec.prunee is not a field of this kind", "did you mean prune?")),
        ({"prune": "true"}, ("spec.prune must be true or false, not text", "")),
        ({"dependsOn": "infra"}, ("spec.dependsOn must be a list, not text", "")),
        ({"dependsOn": [{}]}, ("spec.dependsOn[0].name is missing", "")),
    ],
)
def test_what_is_wrong_with_it_is_told(changed: dict[str, Any], said: tuple[str, str]) -> None:
    found = _faults(_kustomization(**{**GOOD, **changed}))
    assert [(message, hint) for message, hint, _ in found] == [said]


def test_an_interval_that_is_none_is_told() -> None:
    ((message, _, path),) = _faults(_kustomization(**{**GOOD, "interval": "10 minutes"}))
    assert (message.startswith("spec.interval must match"), path) == (True, ("spec", "interval"))


def test_a_field_that_a_newer_release_may_have_is_not_told() -> None:
    assert _faults(_kustomization(**GOOD, somethingNew={"a": 1})) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "said"),
    [
        ("helm.toolkit.fluxcd.io/v2", "HelmRelaese", "did you mean HelmRelease?"),
        (
            "helm.toolkit.fluxcd.io/v1",
            "HelmRelease",
            "it is served as helm.toolkit.fluxcd.io/v2, helm.toolkit.fluxcd.io",
        ),
        ("helm.toolkit.fluxcd.io/v2beta3", "HelmRelease", "it is served as helm.toolkit.fluxcd.io/v2, "),
        ("argoproj.io/v1alpha1", "Aplication", "did you mean Application?"),
    ],
)
def test_a_kind_or_version_that_never_was_is_told(api_version: str, kind: str, said: str) -> None:
    ((_, hint, _),) = _faults({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}})
    assert hint.startswith(said)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("helm.toolkit.fluxcd.io/v3", "HelmRelease"),
        ("helm.toolkit.fluxcd.io/v2", "Novelty"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("argoproj.io/v1alpha1", "Workflow"),
    ],
)
def test_what_may_be_newer_or_somebody_elses_is_counted_as_not_checked(api_version: str, kind: str) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}
    assert SchemaValidator().validate([manifest], kubernetes="1.34") == ((), (0,))


def test_a_definition_at_hand_counts_before_what_is_packed() -> None:
    crd = _crd({"type": "object", "properties": {"own": {"type": "string"}}})
    crd["spec"] |= {"group": "kustomize.toolkit.fluxcd.io", "names": {"kind": "Kustomization", "plural": "k"}}
    found = _faults(crd, _kustomization(own="x", path="./a"))
    assert [message for message, _, _ in found] == ["spec.path is not a field of this kind"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"project": "default", "source": {"repoURL": "x"}, "destination": {"server": "y"}}, []),
        ({"source": {"repoURL": "x"}, "destination": {}}, ["spec.project is missing"]),
        (
            {"project": "a", "source": {"repoUrl": "x", "repoURL": "x"}, "destination": {}},
            ["spec.source.repoUrl is not a field of this kind"],
        ),
        (
            {"project": "a", "sources": {"repoURL": "x"}, "destination": {}},
            ["spec.sources must be a list, not a map"],
        ),
    ],
)
def test_an_application_of_argo_cd_is_checked(spec: dict[str, Any], said: list[str]) -> None:
    manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": spec}
    assert [message for message, _, _ in _faults(manifest)] == said
