"""What the tests of the Helm adapter share: tiny charts, requests for them, helm itself, a repository on loopback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from fairlead.adapters import process
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.objects import Manifest
from fairlead.model.rendering import ChartRequest

CHARTS = Path(__file__).resolve().parents[1] / "platforms/charts"
WEB, PLAIN = str(CHARTS / "web"), str(CHARTS / "plain")


def request_for(chart: str = WEB, *, release: str = "demo", namespace: str = "demo", **values: Any) -> ChartRequest:
    return ChartRequest(release=release, namespace=namespace, chart=chart, values=values, timeout_seconds=30)


def names(objects: tuple[Manifest, ...]) -> list[str]:
    return [f"{manifest['kind']}/{manifest['metadata']['name']}" for manifest in objects]


def lay(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


async def package(tools: ToolChain, chart: Path, *, to: Path) -> None:
    await helm(tools, "package", str(chart), "--destination", str(to))


async def helm(tools: ToolChain, *words: str) -> str:
    finished = await process.run([await tools.path("helm"), *words], timeout=180)
    assert finished.code == 0, finished.error_text
    return finished.stdout.decode()


@dataclass
class Repository:
    """A chart repository on loopback. *spoil* changes the bytes of an archive; *cut* ends answers early."""

    folder: Path
    url: str = ""
    requests: list[str] = field(default_factory=list)
    spoil: Callable[[bytes], bytes] = bytes
    cut: bool = False
    status: int = 200

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request.path)
        file = self.folder / request.path.lstrip("/")
        if self.status != 200 or not file.is_file():
            return web.Response(status=self.status if self.status != 200 else 404)
        content = file.read_bytes()
        content = self.spoil(content) if file.suffix == ".tgz" else content
        if not self.cut or file.suffix != ".tgz":
            return web.Response(body=content)
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.close()
        return response
