"""Environments that documents, scripts and CI files name, and that are not there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final

from fairlead.model.finding import Finding, Location, Severity

RULE: Final = "documented-environment-missing"
_PATH: Final = re.compile(
    r"(?<![\w/.$}{<>*:-])(?:\./)?(?P<parent>environments|clusters|envs|overlays)/(?P<name>[a-z][a-z0-9-]*)"
    r"(?=[/`'\"\s)\],;]|\.?$|\.\s)",
    re.MULTILINE,
)
_FLAG: Final = re.compile(
    r"\b(?:helmfile|fairlead)\b(?P<words>[^\n|;&`#]*?)\s(?:-e|--environment)[ =](?P<name>[a-z][a-z0-9-]*)(?![\w-])"
)
_EXAMPLES: Final = re.compile(
    r"^(?:my|your|some|new|another)-|^(?:my|your|example|name|env|environment|cluster|foo|bar|x+)$"
)


def is_documentation(file: str) -> bool:
    """Whether people or CI go by *file*."""
    name = file.rpartition("/")[2]
    is_ci = file.startswith(".github/") or name in (".gitlab-ci.yml", "Jenkinsfile", "azure-pipelines.yml")
    return is_ci or name in ("Makefile", "Justfile", "justfile", "Taskfile.yml") or name.endswith((".md", ".sh"))


def check_documented(
    text: str, *, file: str, environments: Collection[str], folders: Collection[str]
) -> Iterator[Finding]:
    """*environments* are all names that environments go by, *folders* every folder of the project.

    A path counts only where its parent is a folder of the repository, and a name only where a command takes it.
    """
    for match in _PATH.finditer(text):
        parent, name = match["parent"], match["name"]
        if parent not in folders or f"{parent}/{name}" in folders or _EXAMPLES.match(name):
            continue
        siblings = [f.rpartition("/")[2] for f in folders if f.rpartition("/")[0] == parent]
        if siblings:
            yield _finding(f"{parent}/{name} is not there", match.start("parent"), text, file, near(name, siblings))
    for match in _FLAG.finditer(text):
        name = match["name"]
        if environments and name not in environments and not _EXAMPLES.match(name):
            message = f"there is no environment {name}"
            yield _finding(message, match.start("name"), text, file, near(name, environments))


def near(name: str, known: Collection[str]) -> str:
    longer = [each for each in sorted(known) if each.startswith(name) or name.startswith(each)]
    found = longer or get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]}?" if found else f"there are {', '.join(sorted(known))}"


def _finding(message: str, position: int, text: str, file: str, hint: str) -> Finding:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return Finding(
        rule=RULE, message=message, hint=hint, severity=Severity.WARNING, location=Location(file, line, column)
    )
