"""Which kind of nodes a cluster gets: real ones need Linux, root and some packages of the distribution."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Sequence

from fairlead.adapters.tools.system import Package, SystemPackages, command
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError, Refused
from fairlead.model.frozen import dataclass

Permission = Callable[[str], Awaitable[bool | None]]
"""Whether we may run that command; None when nobody can be asked."""


async def nobody(_: str) -> None:
    """The permission of those who cannot ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """*reason* says why `auto` became *kind*; empty if nobody needs to be told."""

    kind: NodeKind
    reason: str = ""


class NodeChoice:
    """*may_install* is asked once, before packages are installed."""

    def __init__(self, *, packages: SystemPackages, may_install: Permission) -> None:
        self._packages = packages
        self._may_install = may_install
        self._answers: dict[str, bool | None] = {}

    async def obstacle(self) -> str:
        """What this machine lacks for real nodes, such as `need root`; empty where it lacks nothing, or nothing but
        what may be installed. Nothing is installed yet."""
        if obstacle := _obstacle():
            return obstacle
        missing = self._packages.missing()
        if not missing:
            return ""
        if not self._packages.can_install():
            return _needs(missing)
        return "" if await self._ask(command(missing)) else _needs_command(missing)

    async def choose(self, wanted: NodeKind) -> Choice:
        """Real or simulated; installs what real ones lack, with permission.

        Raises InputError or Refused where real ones were asked for and cannot be, Unavailable when installing fails.
        """
        if wanted is NodeKind.SIMULATED:
            return Choice(kind=NodeKind.SIMULATED)
        obstacle = _obstacle()
        if not obstacle and (missing := self._packages.missing()):
            obstacle = await self._install(missing, wanted=wanted)
        if not obstacle:
            return Choice(kind=NodeKind.REAL)
        if wanted is NodeKind.REAL:
            raise InputError(f"real nodes {obstacle}", hint="or say `nodes: simulated` of this environment's cluster")
        return Choice(kind=NodeKind.SIMULATED, reason=f"nodes are simulated because real ones {obstacle}")

    async def _install(self, missing: Sequence[Package], *, wanted: NodeKind) -> str:
        """The obstacle that remains."""
        if not self._packages.can_install():
            return _needs(missing)
        words = command(missing)
        answer = await self._ask(words)
        if answer:
            await self._packages.install(missing)
            return ""
        if answer is None and wanted is NodeKind.REAL:
            raise Refused(
                f"real nodes need {_names(missing)}, and nobody is here to agree to installing that",
                hint=f"run `{words}`",
            )
        return _needs_command(missing)

    async def _ask(self, words: str) -> bool | None:
        if words not in self._answers:
            self._answers[words] = await self._may_install(words)
        return self._answers[words]


def _obstacle() -> str:
    if not sys.platform.startswith("linux"):
        return "need Linux"
    return "" if os.geteuid() == 0 else "need root"


def _needs(missing: Sequence[Package]) -> str:
    return f"need {_names(missing)}, which only a Debian-like system's packages bring"


def _needs_command(missing: Sequence[Package]) -> str:
    return f"need {_names(missing)}: `{command(missing)}`"


def _names(packages: Sequence[Package]) -> str:
    return ", ".join(package.name for package in packages)
