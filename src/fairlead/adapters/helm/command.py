"""How helm is started: its homes inside our cache, the target cluster by flags, values by a pipe."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairlead.adapters import process
from fairlead.adapters.process import Finished
from fairlead.ports import Tools

TOOL = "helm"


@dataclass(frozen=True, kw_only=True)
class HelmCommand:
    """*cache* holds helm's homes; *kubeconfig* None means what kubectl would use."""

    tools: Tools
    cache: Path
    kubeconfig: Path | None = None
    context: str = ""

    async def local(self, *words: str, stdin: bytes | None = None, timeout: float) -> Finished:
        """Run helm where it must not reach any cluster."""
        return await self._run(words, env={"KUBECONFIG": os.devnull}, stdin=stdin, timeout=timeout)

    async def on_cluster(self, *words: str, stdin: bytes | None = None, timeout: float) -> Finished:
        flags = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        flags += [f"--kube-context={self.context}"] if self.context else []
        return await self._run((*words, *flags), env=_for_plugins(), stdin=stdin, timeout=timeout)

    async def _run(self, words: Sequence[str], *, env: dict[str, str], stdin: bytes | None, timeout: float) -> Finished:
        homes = {f"HELM_{name}": str(self.cache / "helm" / name.lower()) for name in _HOMES}
        # SIGTERM, and time to act on it: a killed helm leaves the release pending for good.
        return await process.run(
            [await self.tools.path(TOOL), *words],
            stdin=stdin,
            env={**process.RARELY_COLLECTED, **env, **homes, "NO_COLOR": "1"},
            timeout=timeout,
        )


_HOMES = ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "PLUGINS")


def _for_plugins() -> dict[str, str]:
    """The credential plugins of a kubeconfig read variables of their own (AWS_PROFILE …); helm's and ours stay out."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "FAIRLEAD_"))}
