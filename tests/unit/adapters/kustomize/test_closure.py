"""What keeps a kustomization from being followed: what is far away, all of it; a file without end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import indent

import pytest

from fairlead.adapters.kustomize.closure import find_closure
from fairlead.model.errors import InputError

FAR = "resources:\n- github.com/o/a//deploy?ref=v1\n- near\n- https://files.example/x.yaml\n"


def refusal(root: Path, near: str) -> InputError:
    for folder, text in (("", FAR), ("near", near)):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "kustomization.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        find_closure(root, root=root)
    return caught.value


def test_everything_on_another_machine_is_told(tmp_path: Path) -> None:
    err = refusal(tmp_path, "resources:\n- github.com/o/b//deploy?ref=v2\n")
    places = [str(finding.location) for finding in err.findings]
    assert places == ["kustomization.yaml:2:3", "near/kustomization.yaml:2:3", "kustomization.yaml:4:3"]
    assert {finding.rule for finding in err.findings} == {err.rule} == {"base-unresolved"}
    assert err.message.startswith("github.com/o/a")


def test_what_is_wrong_here_comes_before_what_is_elsewhere(tmp_path: Path) -> None:
    assert refusal(tmp_path, "resources: [gone.yaml]\n").message == "gone.yaml does not exist"


@pytest.mark.parametrize("field", ["resources: [bomb.yaml]", "patches: [{path: bomb.yaml}]"])
def test_a_file_whose_aliases_have_no_end_is_not_given_to_kustomize(tmp_path: Path, field: str) -> None:
    (tmp_path / "kustomization.yaml").write_text(field + "\n")
    (tmp_path / "bomb.yaml").write_text(bomb(levels=9))
    with pytest.raises(InputError, match="aliases stand for more than") as caught:
        find_closure(tmp_path, root=tmp_path)
    assert str(caught.value.location).startswith("bomb.yaml:")
    (tmp_path / "bomb.yaml").write_text(bomb(levels=2))
    assert tmp_path / "bomb.yaml" in find_closure(tmp_path, root=tmp_path).files


def test_nor_is_one_in_utf_16(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [bomb.yaml]\n")
    (tmp_path / "bomb.yaml").write_bytes(bomb(levels=9).encode("utf-16"))
    with pytest.raises(InputError, match="aliases stand for more than"):
        find_closure(tmp_path, root=tmp_path)


@pytest.mark.parametrize("head", ["patches:\n- patch: |-", "patchesStrategicMerge:\n- |-", "transformers:\n- |-"])
def test_nor_is_a_kustomization_that_holds_one(tmp_path: Path, head: str) -> None:
    text = f"{head}\n{indent(bomb(levels=9), '    ')}"
    (tmp_path / "kustomization.yaml").write_text(text)
    with pytest.raises(InputError, match="within the kustomization: aliases stand for more than") as caught:
        find_closure(tmp_path, root=tmp_path)
    assert str(caught.value.location) == "kustomization.yaml:3:5"


def test_a_list_of_operations_may_have_many_aliases(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("patches: [{path: patch.yaml, target: {kind: Deployment}}]\n")
    (tmp_path / "patch.yaml").write_text("- &a {op: remove, path: /spec/x}\n" + "- *a\n" * 20)
    assert len(find_closure(tmp_path, root=tmp_path).files) == 2


def bomb(*, levels: int) -> str:
    names = [f"l{level}" for level in range(levels + 1)]
    rows = [f"  {each}: &{each} [{', '.join([f'*{of}'] * 9)}]" for of, each in pairwise(names)]
    return "\n".join(("apiVersion: v1", "kind: ConfigMap", "metadata: {name: a}", "data:", "  l0: &l0 x", *rows, ""))
