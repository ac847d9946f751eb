"""Every rule that the code names is in the table, every rule in the table is named by the code, each has its page."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fairlead.model.rules import RULES
from fairlead.planning.rules.pod_security_baseline import BASELINE
from fairlead.planning.rules.pod_security_restricted import RESTRICTED

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "src" / "fairlead" / "model" / "rules"
NAMED_FIRST = {"refuse", "_report", "_matching", "_accepted_by"}
"""Functions that take the id of a rule as text by its place."""


@pytest.fixture(scope="module")
def named() -> frozenset[str]:
    """Every id in the code that makes findings."""
    files = [file for file in (ROOT / "src").rglob("*.py") if TABLES not in file.parents]
    found = {name for file in files for name in _ids(ast.parse(file.read_text()))}
    return frozenset(found | {f"pod-security/{check}" for check in {**BASELINE, **RESTRICTED}})


def _ids(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "rule":
            yield from _texts(node.value, constants)  # a default
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg == "rule":
                yield from _texts(keyword.value, constants)
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in NAMED_FIRST:
            yield from (t for arg in node.args[:2] for t in _texts(arg, constants) if re.fullmatch(r"[a-z][a-z-]+", t))


def _texts(node: ast.expr | None, constants: Mapping[str, str]) -> Iterator[str]:
    if node is None:
        return
    for each in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name) and each.id in constants:
            yield constants[each.id]


def test_every_rule_that_the_code_names_is_in_the_table(named: frozenset[str]) -> None:
    assert named - RULES.keys() == set()


def test_every_rule_of_the_table_is_named_by_the_code() -> None:
    """As a text anywhere: some ids stand in tables of their own."""
    files = [file for file in (ROOT / "src").rglob("*.py") if TABLES not in file.parents]
    text = "\n".join(file.read_text() for file in files)
    quoted = {name for name in RULES if f'"{name}"' in text or name.startswith("pod-security/")}
    assert RULES.keys() - quoted == set()


def test_ids_are_written_in_one_way() -> None:
    assert [name for name in RULES if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(/[A-Za-z_-]+)?", name)] == []


def test_the_table_has_each_id_once() -> None:
    from fairlead.model.rules import build, cluster, files, kustomize, objects, project, security, waivers

    tables = (project, files, build, kustomize, objects, waivers, security, cluster)
    ids = [rule.id for table in tables for rule in table.RULES]
    assert len(ids) == len(set(ids))


def test_committed_pages_are_what_the_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("generate_rules", ROOT / "scripts" / "generate_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = ROOT / "docs" / "rules"
    committed = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.md")}
    assert committed == module.pages(), "run: .venv/bin/python scripts/generate_rules.py"
