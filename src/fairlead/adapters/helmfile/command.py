"""The port `Helmfile` by the helmfile command line."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.helmfile.faults import build_fault
from fairlead.adapters.helmfile.shadow import Scan, scan, shadowed
from fairlead.adapters.helmfile.stand_ins import was_asked, write_stand_ins
from fairlead.formats.helmfile_secrets import without_references
from fairlead.formats.helmfile_text import HelmfileHook
from fairlead.ports import Tools

_SECONDS: Final = 120
_NOTHING_MATCHES: Final = 3
"""helmfile's exit code where no state has a release."""
_NOWHERE: Final = "http://127.0.0.1:9"
_OURS: Final = ("HELM", "KUBE", "PATH", "HOME", "TMPDIR", "XDG_", "LD_")
_SETTINGS: Final = {
    "HELMFILE_DISABLE_INSECURE_FEATURES": "true",
    "HELMFILE_DISABLE_HOOKS": "true",
    "HELMFILE_UPGRADE_NOTICE_DISABLED": "true",
    "NO_COLOR": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
}


class HelmfileCommand:
    """*environ* is where the variables come from that templates ask for by name; *cache* takes passing files."""

    def __init__(self, tools: Tools, *, cache: Path, environ: Mapping[str, str]) -> None:
        self._tools = tools
        self._cache = cache
        self._environ = environ
        self._scans: dict[Path, Scan] = {}

    async def build(self, file: str, *, environment: str, root: Path, embed: bool = True) -> str:
        """As the port says. Raises InputError; Unavailable when helmfile is missing or does not end in time."""
        program = await self._tools.path("helmfile")
        flags = (f"--file={file}", f"--environment={environment}", "--quiet", "--sequential-helmfiles")
        words: list[str | Path] = [program, *flags, "build", *(["--embed-values"] if embed else [])]
        self._cache.mkdir(parents=True, exist_ok=True)
        found = self._scan(root)
        with tempfile.TemporaryDirectory(prefix="helmfile-", dir=self._cache) as place:
            folder = Path(place)
            env = {**self._variables(found), **write_stand_ins(folder), **_SETTINGS}
            with shadowed(root, found, folder=folder) as top:
                finished = await process.run(words, cwd=top, env=env, timeout=_SECONDS)
                text = finished.stdout.decode(errors="replace").replace(str(top), str(root))
                said = finished.error_text.replace(str(top), str(root))
            is_encrypted = was_asked(folder)
        if finished.code == _NOTHING_MATCHES:
            return ""
        if finished.code:
            raise build_fault(said, file=file, root=root, is_encrypted=is_encrypted)
        return text

    def hooks(self, root: Path) -> tuple[HelmfileHook, ...]:
        """As the port says."""
        return self._scan(root).hooks

    def _scan(self, root: Path) -> Scan:
        if root not in self._scans:
            self._scans[root] = scan(root)
        return self._scans[root]

    def _variables(self, found: Scan) -> dict[str, str]:
        names = (name for name in found.variables if not name.startswith(_OURS))
        return {name: without_references(self._environ[name]) for name in sorted(names) if name in self._environ}
