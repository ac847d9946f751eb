"""The table holds together, and the modules that it makes say what upstream's say."""

from __future__ import annotations

from importlib import resources

import pytest

from fairlead.adapters.tools.go import go_mod
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import Tool

BUILDS = {tool.build.name: tool.build for tool in TABLE.values()}


@pytest.mark.parametrize("tool", TABLE.values(), ids=TABLE)
def test_a_tool_is_made_by_its_build_at_its_version(tool: Tool) -> None:
    assert tool.name in tool.build.programs
    assert tool.version == tool.build.version


@pytest.mark.parametrize("tool", TABLE.values(), ids=TABLE)
def test_a_checksum_is_a_sha256_or_absent(tool: Tool) -> None:
    assert tool.download is not None
    assert all(len(bytes.fromhex(value)) == 32 for value in tool.download.sha256.values())


@pytest.mark.parametrize("name", BUILDS)
def test_every_module_asked_for_has_its_checksum(name: str) -> None:
    sums = (resources.files("fairlead.adapters.tools") / "sums" / f"{name}.sum").read_text().splitlines()
    known = {tuple(line.split()[:2]) for line in sums}
    build = BUILDS[name]
    replaced = {tuple(new.split()) for new in build.replaces.values()}
    wanted = {(path, version) for path, version in build.modules.items() if path not in build.replaces}
    # Of the replacements only those are needed that a program is linked with.
    assert wanted <= known
    assert not replaced or replaced & known


def test_the_module_of_a_build_is_complete() -> None:
    assert go_mod(BUILDS["tofu"]) == (
        "module fairlead.dev/tools/tofu\n\ngo 1.26.6\n\n"
        "godebug (\n\ttlsmlkem=0\n\twinsymlink=0\n)\n\n"
        "require (\n\tgithub.com/opentofu/opentofu v1.12.6\n)\n\n"
        "replace (\n\tgithub.com/hashicorp/hcl/v2 v2.20.1"
        " => github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828\n)\n"
    )


def test_a_module_without_replacements_has_no_empty_block() -> None:
    assert go_mod(BUILDS["age"]) == (
        "module fairlead.dev/tools/age\n\ngo 1.25.0\n\nrequire (\n\tfilippo.io/age v1.3.2\n)\n"
    )


def test_all_kubernetes_modules_have_one_version() -> None:
    lines = [line for line in go_mod(BUILDS["kubernetes"]).splitlines() if "k8s.io/" in line]
    assert {line.rsplit(" ", 1)[1] for line in lines} == {"v1.34.2", "v0.34.2"}
    assert sum("=>" in line for line in lines) == 31
