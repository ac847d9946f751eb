"""What keeps a kustomization from being followed, all of it where that is only far away."""

from __future__ import annotations

from pathlib import Path

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
