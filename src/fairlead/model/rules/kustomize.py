"""What is found in kustomizations before they are built (`planning/kustomize/judgement.py`)."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.BUILD, about=about, severity=severity, example=example)


RULES: Final = (
    _rule(
        "kustomize-path-missing",
        "A path of a kustomization that leads nowhere",
        "A kustomization names a file or a folder that does not exist, or a folder without a kustomization.yaml, and"
        " nothing in the repository looks like what was meant. Make it, or remove the line.",
        example="resources:\n- service.yaml   # there is no such file",
    ),
    _rule(
        "kustomize-path-wrong",
        "A path of a kustomization that is written wrongly",
        "A kustomization names something that does not exist, and the repository has what was probably meant: one `../`"
        " more or less, another ending, a name spelt nearly so, or the same name somewhere else. The hint is the right"
        " path; it was checked that what lies there can be built.",
        example="# overlays/staging/kustomization.yaml\nresources:\n- ../bases/web   # hint: write ../../bases/web",
    ),
    _rule(
        "kustomize-outside-root",
        "A file outside of the kustomization's folder",
        "kustomize reads files from the folder of a kustomization and below it only, links followed. Folders with a"
        " kustomization may be named from anywhere in the project. Move the file, or name its folder.",
        example="resources:\n- ../base/service.yaml   # name ../base",
    ),
    _rule(
        "kustomize-cycle",
        "Kustomizations that name each other in a circle",
        "A build would never end. The finding names the whole circle. A kustomization may not name a folder that holds"
        " it, either. Remove one of the references.",
        example="# base/kustomization.yaml\nresources:\n- ../overlay   # which names ../base",
    ),
    _rule(
        "kustomize-patch-target",
        "A patch, or something like it, without its object",
        "The object that a patch is for is not among those of the kustomization: its kind, name, namespace and version"
        " must all agree with an object's, as it is or was called. The same holds for a generator with"
        " `behavior: merge` and for `replicas`. As a warning: a patch with a `target` that selects nothing, which"
        " kustomize passes over in silence.",
        example="patches:\n- target: {kind: Deployment, name: wep}   # it is called web\n  path: replicas.yaml",
    ),
    _rule(
        "kustomize-patch-invalid",
        "A patch that kustomize cannot use",
        "A patch is an object with kind and metadata.name, or a list of operations, from exactly one of `path` and"
        " `patch`; with a `target` it is one document.",
        example="patches:\n- target: {kind: Deployment}\n  patch: |-\n    spec: {replicas: 2}   # no kind, no name",
    ),
    _rule(
        "kustomize-duplicate-id",
        "One object twice in a kustomization",
        "Two resources have the same kind, version, name and namespace when they meet, which kustomize refuses. Most"
        " often one base comes in by two ways. Keep one of them, or tell them apart by `namePrefix` or `namespace`.",
        example="resources:\n- ../base\n- ../monitoring   # which names ../base, too",
    ),
    _rule(
        "kustomize-namespace-conflict",
        "Two objects that become one in a namespace",
        "The field `namespace` moves all objects into one namespace, and two of them have one kind and name there."
        " It renames Namespace objects, too: two of those become one.",
        example="namespace: shop\nresources:\n- web.yaml     # Service a/web\n- other.yaml   # Service b/web",
    ),
    _rule(
        "kustomize-empty",
        "A kustomization with nothing in it",
        "kustomize refuses a kustomization that says nothing: write `resources: []` if that is meant. As a warning: one"
        " that can be built, and no object comes out.",
        example="apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization",
    ),
    _rule(
        "kustomize-not-yaml",
        "A file of a kustomization that is no YAML",
        "A kustomization, a resource or a patch cannot be read, is no map, or has a key twice in one map.",
        example="kind: Service: web",
    ),
    _rule(
        "kustomize-no-object",
        "A resource that is no Kubernetes object",
        "What stands under `resources` has a kind and a metadata.name. Values of charts and settings of tools belong"
        " elsewhere.",
        example="resources:\n- values.yaml",
    ),
    _rule(
        "kustomize-listed-as-file",
        "A kustomization named as if it were a manifest",
        "A kustomization.yaml stands under `resources`. Name its folder; its own is not named at all. As a warning:"
        " one with a name, which kustomize would pass on as an object that no cluster takes.",
        example="resources:\n- ../base/kustomization.yaml   # name ../base",
    ),
    _rule(
        "kustomize-kind",
        "Something under a field that takes another kind",
        "A Component stands under `components` and nothing else does; files and folders stand where kustomize takes"
        " files and folders.",
        example="resources:\n- ../components/monitoring   # a Component",
    ),
    _rule(
        "kustomize-invalid",
        "A kustomization that kustomize does not read",
        "It has a field that kustomize does not know, a value of another type, another kind or apiVersion, or a folder"
        " holds more than one kustomization.",
        example="resource:   # resources\n- web.yaml",
    ),
    _rule(
        "kustomize-deprecated",
        "A deprecated field of a kustomization",
        "kustomize still takes it, and warns. `kustomize edit fix` rewrites most of them.",
        severity=Severity.WARNING,
        example="bases:   # resources\n- ../base",
    ),
    _rule(
        "kustomize-unused",
        "A base that nobody uses",
        "A folder called like a base or a component holds a kustomization that no other one names. It is not taken for"
        " something that is deployed. Remove it, or name it.",
        severity=Severity.WARNING,
    ),
)
