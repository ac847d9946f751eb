"""`tests/cases/scalars.yaml` against the real kubectl: what the table says it answers, it answers."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.formats.manifests import read_documents

pytestmark = pytest.mark.e2e

_TABLE = Path(__file__).parents[1] / "cases" / "scalars.yaml"
_PROBES: list[dict[str, Any]] = [
    probe
    for document in read_documents(_TABLE.read_text(encoding="utf-8"), file=str(_TABLE)).documents
    for group in document.data.values()
    for probe in group
]


@pytest.fixture(scope="session")
def kubectl() -> str:
    return str(asyncio.run(ToolChain(default_cache(os.environ), progress=print, search_path="").path("kubectl")))


def _manifest(probe: dict[str, Any]) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: probe}}\nprobe: {probe['text']}\n"


def _kubectl(kubectl: str, text: str) -> subprocess.CompletedProcess[str]:
    # `annotate --local` reads and prints without asking a server.
    arguments = [kubectl, "annotate", "--local", "-f", "-", "a=b", "-o", "json"]
    return subprocess.run(arguments, input=text, capture_output=True, encoding="utf-8", timeout=180, check=False)


def _objects(output: str) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    found = []
    while output := output.lstrip():
        value, end = decoder.raw_decode(output)
        found.append(value)
        output = output[end:]
    return found


def test_kubectl_reads_each_probe_as_the_table_says(kubectl: str) -> None:
    probes = [probe for probe in _PROBES if "json" in probe]
    result = _kubectl(kubectl, "---\n".join(_manifest(probe) for probe in probes))
    assert result.returncode == 0, result.stderr
    answers = _objects(result.stdout)
    assert len(answers) == len(probes)
    # Compared as text: 1, 1.0 and true are not the same here.
    different = [
        (probe, json.dumps(answer["probe"], sort_keys=True))
        for probe, answer in zip(probes, answers, strict=True)
        if json.dumps(answer["probe"], sort_keys=True) != json.dumps(json.loads(probe["json"]), sort_keys=True)
    ]
    assert different == []


@pytest.mark.parametrize("probe", [p for p in _PROBES if "refused" in p], ids=lambda p: repr(p["text"]))
def test_kubectl_refuses_the_probe(kubectl: str, probe: dict[str, Any]) -> None:
    assert _kubectl(kubectl, _manifest(probe)).returncode != 0
