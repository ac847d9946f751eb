"""The port `Helmfile` by the helmfile command line."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.helmfile.faults import build_fault
from fairlead.adapters.helmfile.shadow import Scan, scan, shadowed
from fairlead.adapters.helmfile.stand_ins import was_asked, write_stand_ins
from fairlead.formats.helmfile_secrets import without_references
from fairlead.formats.helmfile_text import HelmfileBuild, HelmfileHook
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass
from fairlead.ports import Tools

_SECONDS: Final = 120
_NOTHING_MATCHES: Final = 3
"""helmfile's exit code where no state has a release."""
_NAMED_PLAIN: Final = "Add the .gotmpl file extension"
"""What helmfile 1 proposes for a file that is no YAML before its templates are evaluated."""
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

    async def build(self, file: str, *, environment: str, root: Path, embed: bool = True) -> HelmfileBuild:
        """As the port says. Raises InputError; Unavailable when helmfile is missing or does not end in time."""
        words = (f"--file={file}", f"--environment={environment}", "--quiet", "--sequential-helmfiles", "build")
        wanted = [*words, *(["--embed-values"] if embed else [])]
        found = self._scan(root)
        done = await self._run(wanted, root, found)
        templated = _NAMED_PLAIN in done.said
        if templated:
            first = build_fault(done.said, file=file, root=root).location
            done = await self._run(wanted, root, found, HELMFILE_RENDER_YAML="true")
        if done.code == _NOTHING_MATCHES:
            return HelmfileBuild(text="")
        if done.code:
            raise build_fault(
                done.said, file=file, root=root, is_encrypted=done.was_asked, divided=found.texts_of(found.old)
            )
        old = [name for name in found.old if f"Source: {root}/{name}\n" in done.text]
        findings = [_old(Location(name), "it has environments and releases in one part") for name in old]
        findings += [_old(first, "it holds a template, and is not named .gotmpl")] if templated else []
        return HelmfileBuild(text=done.text, findings=tuple(findings))

    async def _run(self, words: Sequence[str], root: Path, found: Scan, **settings: str) -> _Done:
        program = await self._tools.path("helmfile")
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="helmfile-", dir=self._cache) as place:
            folder = Path(place)
            env = {**self._variables(found), **write_stand_ins(folder), **_SETTINGS, **settings}
            with shadowed(root, found, folder=folder) as top:
                finished = await process.run([program, *words], cwd=top, env=env, timeout=_SECONDS)
            return _Done(
                code=finished.code,
                text=finished.stdout.decode(errors="replace").replace(str(top), str(root)),
                said=finished.error_text.replace(str(top), str(root)),
                was_asked=was_asked(folder),
            )

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """*was_asked*: something was to be decrypted."""

    code: int
    text: str
    said: str
    was_asked: bool


def _old(location: Location | None, why: str) -> Finding:
    return Finding(
        rule="helmfile-old",
        message=f"{why}: helmfile 1 refuses that, and it is read as helmfile 0 did",
        hint="name it .yaml.gotmpl, and put `---` between environments and releases",
        severity=Severity.WARNING,
        location=location,
    )
