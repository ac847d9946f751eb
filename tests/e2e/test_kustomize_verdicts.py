"""What is judged without building, against the real kustomize: no fault found means that it builds, and no other.

Cases: planted faults, every kustomization of the shared inputs, and trees made by chance. Left out: what a patch does
inside an object, replacements and plugins, which are left to kustomize.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.engine.kustomize_judging import tree_of
from fairlead.planning.kustomize.judgement import Judgement, KustomizeJudge
from mutants.kustomize_tree import MUTANTS, TREE

pytestmark = pytest.mark.e2e

REPOSITORIES = Path(__file__).resolve().parents[3] / "shared/inputs/repositories"
SEEDS = range(60)


@pytest.fixture(scope="session")
def kustomize() -> Path:
    return asyncio.run(ToolChain(default_cache(os.environ), progress=print).path("kustomize"))


async def _said(kustomize: Path, folder: Path) -> str:
    """What kustomize complains of; empty where it builds."""
    child = await asyncio.create_subprocess_exec(
        str(kustomize), "build", str(folder), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, error = await child.communicate()
    return error.decode() if child.returncode else ""


def _judge(root: Path, folder: str) -> Judgement:
    return KustomizeJudge(tree_of(ProjectFolder(root))).judge(folder)


def _write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


async def _compare(kustomize: Path, cases: Mapping[str, tuple[Path, str]]) -> dict[str, tuple[bool, str]]:
    """The cases, by name, in which the two do not agree; each with our verdict and what kustomize said."""
    free = asyncio.Semaphore(2)

    async def disagree(root: Path, folder: str) -> tuple[bool, str] | None:
        judged = _judge(root, folder)
        async with free:
            said = await _said(kustomize, root / folder)
        is_left_open = judged.is_fine and judged.unjudged
        return None if is_left_open or judged.is_fine == (not said) else (judged.is_fine, said)

    found = await asyncio.gather(*(disagree(root, folder) for root, folder in cases.values()))
    return {name: each for name, each in zip(cases, found, strict=True) if each}


async def test_planted_faults_are_what_kustomize_refuses(kustomize: Path, tmp_path: Path) -> None:
    cases = {
        f"{m.rule}: {m.name}": (_write(tmp_path / str(index), m.files()), m.folder) for index, m in enumerate(MUTANTS)
    }
    whole = _write(tmp_path / "whole", TREE)
    cases |= {folder: (whole, folder) for folder in ("overlays/staging", "overlays/production", "bases/web")}
    assert await _compare(kustomize, cases) == {}


async def test_repositories_of_others_are_judged_as_kustomize_does(kustomize: Path) -> None:
    cases = {
        str(file.parent): (root, str(file.parent.relative_to(root)).removeprefix("."))
        for root in sorted(REPOSITORIES.iterdir())
        for file in sorted(root.rglob("kustomization.yaml"))
    }
    assert len(cases) == 32
    assert await _compare(kustomize, cases) == {}


async def test_trees_made_by_chance_are_judged_as_kustomize_does(kustomize: Path, tmp_path: Path) -> None:
    cases = {str(seed): (_write(tmp_path / str(seed), _made(random.Random(seed))), "top") for seed in SEEDS}
    fine = sum(_judge(root, folder).is_fine for root, folder in cases.values())
    assert 10 < fine < len(SEEDS) - 10
    assert await _compare(kustomize, cases) == {}


def _made(chance: random.Random) -> dict[str, str]:
    """Folders that take each other in, with objects whose names are few enough to meet."""
    components = [f"component{number}" for number in range(chance.randint(0, 2))]
    bases = [*(f"base{number}" for number in range(chance.randint(1, 4))), "top"]
    files: dict[str, str] = {}
    for folder in components:
        files |= _folder(chance, folder, bases=[], components=[])
    for index, folder in enumerate(bases):
        files |= _folder(chance, folder, bases=bases[:index], components=components)
    for folder in components:
        said = json.loads(files[f"{folder}/kustomization.yaml"])
        kind = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        files[f"{folder}/kustomization.yaml"] = json.dumps(kind | said)
    return files


def _folder(chance: random.Random, folder: str, *, bases: list[str], components: list[str]) -> dict[str, str]:
    files = {f"{folder}/{number}.json": json.dumps(_object(chance)) for number in range(chance.choice([0, 1, 1, 2]))}
    fields: dict[str, Any] = {"resources": [name.partition("/")[2] for name in files]}
    fields["resources"] += [f"../{base}" for base in bases if chance.random() < 0.6]
    chance.shuffle(fields["resources"])
    taken = chance.sample(components, chance.randint(1, len(components))) if components else []
    maybe: dict[str, tuple[float, Any]] = {
        "components": (0.4, [f"../{name}" for name in taken]),
        "namespace": (0.25, chance.choice(["p", "q"])),
        "namePrefix": (0.25, "a"),
        "nameSuffix": (0.15, "b"),
        "patches": (0.15, [_patch(chance)]),
        "configMapGenerator": (0.2, [_generator(chance)]),
    }
    fields |= {name: value for name, (odds, value) in maybe.items() if chance.random() < odds}
    return {**files, f"{folder}/kustomization.yaml": json.dumps(fields)}


_VERSIONS = {"Deployment": "apps/v1", "ClusterRole": "rbac.authorization.k8s.io/v1", "Widget": "shop.example/v1"}


def _object(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["ConfigMap", "Deployment", "Namespace", "ClusterRole", "Widget"])
    metadata = {"name": chance.choice("cdefgh")}
    if chance.random() < 0.3:
        metadata["namespace"] = chance.choice(["p", "q", "default"])
    return {"apiVersion": _VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata}


def _patch(chance: random.Random) -> dict[str, Any]:
    made = _object(chance) | ({"$patch": "delete"} if chance.random() < 0.2 else {})
    target = {"kind": chance.choice(["ConfigMap", "Dep.*"]), "name": chance.choice(["c", "a?[cd]"])}
    return {"patch": json.dumps(made)} | ({"target": target} if chance.random() < 0.5 else {})


def _generator(chance: random.Random) -> dict[str, Any]:
    made = {"name": chance.choice("cdefgh"), "literals": ["a=b"]}
    return made | ({"behavior": chance.choice(["merge", "create"])} if chance.random() < 0.3 else {})
