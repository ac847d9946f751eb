"""Which kind of nodes a machine gets; the packages are a stand-in that keeps state."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from fairlead.adapters.clusters.embedded.kinds import Choice, NodeChoice, Permission, nobody
from fairlead.adapters.tools.system import PACKAGES, Package, SystemPackages
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError, Refused

RUNC = next(package for package in PACKAGES if package.name == "runc")


class Packages(SystemPackages):
    def __init__(self, *missing: Package, can_install: bool = True) -> None:
        super().__init__(progress=lambda _: None)
        self._missing = missing
        self._can_install = can_install

    def missing(self) -> tuple[Package, ...]:
        return self._missing

    def can_install(self) -> bool:
        return self._can_install

    async def install(self, packages: Iterable[Package]) -> None:
        self._missing = tuple(package for package in self._missing if package not in packages)


async def yes(_: str) -> bool:
    return True


async def no(_: str) -> bool:
    return False


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.mark.parametrize("wanted", [NodeKind.AUTO, NodeKind.REAL])
async def test_root_on_linux_with_the_packages_gets_real_nodes(wanted: NodeKind) -> None:
    choice = NodeChoice(packages=Packages(), may_install=nobody)
    assert await choice.choose(wanted) == Choice(kind=NodeKind.REAL)


async def test_simulated_nodes_ask_for_nothing() -> None:
    choice = NodeChoice(packages=Packages(RUNC), may_install=nobody)
    assert await choice.choose(NodeKind.SIMULATED) == Choice(kind=NodeKind.SIMULATED)


@pytest.mark.parametrize("wanted", [NodeKind.AUTO, NodeKind.REAL])
async def test_what_is_missing_is_installed_with_permission(wanted: NodeKind) -> None:
    packages = Packages(RUNC)
    choice = NodeChoice(packages=packages, may_install=yes)

    assert (await choice.choose(wanted)).kind is NodeKind.REAL
    assert packages.missing() == ()


@pytest.mark.parametrize("answer", [no, nobody])
async def test_auto_without_permission_is_simulated_and_names_the_command(answer: Permission) -> None:
    choice = NodeChoice(packages=Packages(RUNC), may_install=answer)
    assert await choice.choose(NodeKind.AUTO) == Choice(
        kind=NodeKind.SIMULATED,
        reason="nodes are simulated because real ones need runc: "
        "`apt-get install -y --no-install-recommends --no-remove runc`",
    )


async def test_real_nodes_are_refused_where_nobody_can_agree() -> None:
    choice = NodeChoice(packages=Packages(RUNC), may_install=nobody)
    with pytest.raises(Refused) as refused:
        await choice.choose(NodeKind.REAL)
    assert refused.value.hint == "run `apt-get install -y --no-install-recommends --no-remove runc`"


async def test_real_nodes_are_refused_after_a_no() -> None:
    with pytest.raises(InputError, match="real nodes need runc"):
        await NodeChoice(packages=Packages(RUNC), may_install=no).choose(NodeKind.REAL)


async def test_user_who_is_not_root_gets_simulated_nodes_and_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    choice = NodeChoice(packages=Packages(), may_install=yes)

    assert (await choice.choose(NodeKind.AUTO)).reason == "nodes are simulated because real ones need root"
    with pytest.raises(InputError, match="real nodes need root"):
        await choice.choose(NodeKind.REAL)


async def test_obstacle_is_what_nobody_may_install() -> None:
    async def obstacle(packages: Packages, answer: Permission) -> str:
        return await NodeChoice(packages=packages, may_install=answer).obstacle()

    assert await obstacle(Packages(), nobody) == ""
    assert await obstacle(Packages(RUNC), yes) == ""
    assert (
        await obstacle(Packages(RUNC), nobody)
        == "need runc: `apt-get install -y --no-install-recommends --no-remove runc`"
    )
    assert await obstacle(Packages(RUNC, can_install=False), yes) == (
        "need runc, which only a Debian-like system's packages bring"
    )


async def test_permission_is_asked_for_once_and_nothing_installed_before_it_is_needed() -> None:
    asked: list[str] = []

    async def agree(words: str) -> bool:
        asked.append(words)
        return True

    packages = Packages(RUNC)
    choice = NodeChoice(packages=packages, may_install=agree)
    await choice.obstacle()
    assert packages.missing() == (RUNC,)
    assert (await choice.choose(NodeKind.AUTO)).kind is NodeKind.REAL
    assert len(asked) == 1
