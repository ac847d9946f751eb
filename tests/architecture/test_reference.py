"""Committed pages of docs/reference are what the code says; hand-written ones name nothing that is not there."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.cli.main import VERBS

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    spec = importlib.util.spec_from_file_location("generate_reference", ROOT / "scripts" / "generate_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Mapping[str, str] = module.pages()
    return made


def test_committed_reference_is_what_the_script_makes(pages: Mapping[str, str]) -> None:
    committed = {file.name: file.read_text() for file in (ROOT / "docs" / "reference").glob("*.md")}
    assert committed == pages, "run: .venv/bin/python scripts/generate_reference.py"


def test_every_verb_has_its_help_in_the_reference(pages: Mapping[str, str]) -> None:
    assert [verb for verb in VERBS if f"\n## fairlead {verb}\n" not in pages["command-line.md"]] == []


def test_every_variable_of_ours_is_in_the_reference(pages: Mapping[str, str]) -> None:
    sources = "\n".join(file.read_text() for file in (ROOT / "src").glob("**/*.py"))
    named = set(re.findall(r"""["'](FAIRLEAD_[A-Z_]*[A-Z])["']""", sources))
    assert named - set(re.findall(r"`(FAIRLEAD_[A-Z_]+)`", pages["environment-variables.md"])) == set()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_verbs_that_exist(page: Path) -> None:
    called = re.findall(r"^\$ fairlead (\w+)|`fairlead (\w+)", page.read_text(), flags=re.MULTILINE)
    assert {verb for pair in called for verb in pair if verb} <= set(VERBS)
