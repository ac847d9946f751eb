"""Faults planted in a tree of kustomizations, each found by one rule, with its place and the way to it.

That kustomize refuses just what is judged faulty: tests/e2e/test_kustomize_verdicts.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from fairlead.model.finding import Finding, Severity
from fairlead.planning.kustomize.judgement import Judgement, KustomizeJudge
from fairlead.planning.kustomize.tree import KustomizeTree
from mutants.kustomize_tree import DB, MUTANTS, PRODUCTION, STAGING, TREE, WEB, Mutant, changed


def tree(files: Mapping[str, str], links: Mapping[str, str] | None = None) -> KustomizeTree:
    return KustomizeTree(files, links=links or {}, read=lambda path: files[path])


def judge(files: Mapping[str, str], folder: str = "overlays/staging") -> Judgement:
    return KustomizeJudge(tree(files)).judge(folder)


def told(finding: Finding) -> tuple[str, str, list[str]]:
    return str(finding), finding.hint, [str(place) for place in finding.chain]


def test_the_tree_without_mutation_has_no_fault() -> None:
    whole = tree(TREE)
    overlays = {folder: KustomizeJudge(whole).judge(folder) for folder in ("overlays/staging", "overlays/production")}
    assert {folder: (j.findings, j.unjudged, j.objects) for folder, j in overlays.items()} == {
        "overlays/staging": ((), (), 5),
        "overlays/production": ((), (), 4),
    }


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.rule}: {m.name}")
def test_a_planted_fault_is_found_by_its_rule_alone(mutant: Mutant) -> None:
    found = judge(mutant.files(), mutant.folder).findings
    assert {finding.rule for finding in found} == {mutant.rule}
    assert mutant.hint in ("", *(finding.hint for finding in found))


def test_each_rule_has_three_mutants() -> None:
    counts = Counter(mutant.rule for mutant in MUTANTS)
    assert len(MUTANTS) >= 60
    assert {rule: count for rule, count in counts.items() if count < 3} == {}


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.hint], ids=lambda m: m.name)
def test_what_is_proposed_mends_it(mutant: Mutant) -> None:
    files = mutant.files()
    (finding,) = judge(files, mutant.folder).findings
    assert finding.location is not None
    file, wrong = finding.location.file, finding.message.split()[2 if finding.message.startswith("the folder") else 0]
    mended = changed(files, {file: (wrong, finding.hint.removeprefix("write "))})
    assert judge(mended, mutant.folder).findings == ()


def test_a_fault_in_a_base_tells_who_led_there() -> None:
    (found,) = judge(changed(TREE, {WEB: ("- service.yaml", "- servce.yaml")})).findings
    assert told(found) == (f"{WEB}:5:3: servce.yaml does not exist", "write service.yaml", [f"{STAGING}:3:3"])


def test_a_fault_in_a_manifest_tells_every_step_to_it() -> None:
    files = changed(TREE, {"bases/db/statefulset.yaml": ("kind: StatefulSet\n", "")})
    (found,) = judge(files).findings
    assert told(found)[2] == [f"{STAGING}:4:3", f"{DB}:2:3"]
    assert str(found) == "bases/db/statefulset.yaml:1:1: this is no object: it has no kind"


def test_a_cycle_is_named_whole_and_once() -> None:
    changes = {WEB: ("- service.yaml", "- service.yaml\n- ../db"), DB: ("- statefulset", "- ../web\n- statefulset")}
    (found,) = judge(changed(TREE, changes)).findings
    assert found.message == "kustomizations name each other in a circle: bases/db -> bases/web -> bases/db"


def test_a_patch_for_another_version_says_what_there_is() -> None:
    (found,) = judge(changed(TREE, {"overlays/staging/size.yaml": ("apps/v1", "apps/v1beta1")})).findings
    assert told(found) == (
        "overlays/staging/size.yaml:1:1: the patch is for Deployment default/web (apps/v1beta1), "
        "which is not among the objects",
        "there is Deployment default/web (apps/v1): version and namespace must agree",
        [f"{STAGING}:9:3"],
    )


def test_what_has_no_effect_is_a_warning_and_builds() -> None:
    judged = judge(changed(TREE, {STAGING: ("kind: StatefulSet", "kind: DaemonSet")}))
    assert judged.is_fine
    assert [finding.severity for finding in judged.findings] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("added", "what"),
    [
        ("resources:\n- https://git.example/x//y?ref=v1\n", "https://git.example/x//y?ref=v1 lies on another machine"),
        ("transformers:\n- ../bases/db\n", "plugins"),
        ("helmCharts:\n- name: x\n  version: 1.0.0\n  repo: https://charts.example\n", "charts"),
        ("resources:\n- ../.hidden/base\n", "../.hidden/base lies in a hidden folder"),
        ("vars: []\nreplacements:\n- source: {kind: A, name: b}\n", "replacements"),
    ],
)
def test_what_only_a_build_can_tell_is_said_and_no_fault(added: str, what: str) -> None:
    judged = judge(
        {**TREE, "x/kustomization.yaml": f"{added}patches: [{{path: p.yaml}}]\n", "x/p.yaml": "kind: A\n"}, "x"
    )
    assert what in [each.what for each in judged.unjudged]
    judged = judge({**TREE, "x/kustomization.yaml": added}, "x")
    assert judged.is_fine


def test_a_patch_is_not_judged_where_the_objects_are_not_all_known() -> None:
    files = changed(TREE, {STAGING: ("- namespace.yaml", "- namespace.yaml\n- github.com/a/b/c?ref=v1")})
    files["overlays/staging/size.yaml"] = files["overlays/staging/size.yaml"].replace("name: web", "name: remote")
    assert judge(files).findings == ()


def test_a_base_of_many_overlays_is_read_once() -> None:
    files = dict(TREE)
    for number in range(50):
        files[f"many/{number}/kustomization.yaml"] = "resources: [../../bases/web]\n"
    asked: Counter[str] = Counter()

    def read(path: str) -> str:
        asked[path] += 1
        return files[path]

    judging = KustomizeJudge(KustomizeTree(files, links={}, read=read))
    assert all(judging.judge(f"many/{number}").is_fine for number in range(50))
    assert asked["bases/web/deployment.yaml"] == asked[WEB] == 1


def test_a_file_behind_a_link_belongs_to_where_it_lies() -> None:
    files = {
        "o/kustomization.yaml": "resources: [a.yaml]\n",
        "x/a.yaml": TREE["bases/web/service.yaml"],
        "o/a.yaml": "",
    }
    (found,) = KustomizeJudge(tree(files, {"o/a.yaml": "x/a.yaml"})).judge("o").findings
    assert found.rule == "kustomize-outside-root"


def test_a_folder_behind_a_link_is_followed() -> None:
    files = {"o/kustomization.yaml": "resources: [web]\n", **TREE}
    judged = KustomizeJudge(tree(files, {"o/web": "bases/web"})).judge("o")
    assert (judged.findings, judged.objects) == ((), 3)


def test_the_production_overlay_merges_what_the_base_generates() -> None:
    assert judge(TREE, "overlays/production").is_fine
    (found,) = judge(
        changed(TREE, {PRODUCTION: ("behavior: merge\n", "behavior: create\n")}), "overlays/production"
    ).findings
    assert found.rule == "kustomize-duplicate-id"


def test_flux_reads_files_from_anywhere_in_the_repository() -> None:
    files = changed(TREE, {STAGING: ("../../bases/db", "../../bases/db/statefulset.yaml")})
    judged = KustomizeJudge(tree(files), is_restricted=False).judge("overlays/staging")
    assert (judged.findings, judged.objects) == ((), 5)
