"""Resolving against a chart repository on loopback, and rendering's view of the lock file that comes out."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from fairlead.actions.resolve import Resolution, ResolveOptions, resolve
from fairlead.bootstrap.places import Opened, Places, open_project
from fairlead.bootstrap.sources import open_sources
from fairlead.engine.offline import PASSING_KEY, offline_target
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources
from fairlead.formats.lock_file import format_lock
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.rendering import ChartFiles

LOCK = "environments/local/fairlead.lock.yaml"


def archive(version: str, *, more: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        content = f"apiVersion: v2\nname: web\nversion: {version}\n{more}".encode()
        member = tarfile.TarInfo("web/Chart.yaml")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(kw_only=True)
class Repository:
    """A chart repository in memory; *requests* notes what was asked for."""

    url: str = ""
    archives: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def offer(self, *versions: str) -> None:
        self.archives |= {f"web-{version}.tgz": archive(version) for version in versions}

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        if request.path == "/index.yaml":
            entries = [
                {"name": "web", "version": name[4:-4], "urls": [name], "digest": hashlib.sha256(content).hexdigest()}
                for name, content in self.archives.items()
            ]
            return web.Response(text=yaml.safe_dump({"apiVersion": "v1", "entries": {"web": entries}}))
        content = self.archives.get(request.path.removeprefix("/"))
        return web.Response(body=content) if content is not None else web.Response(status=404)


@pytest.fixture
async def repository() -> AsyncIterator[Repository]:
    serving = Repository()
    application = web.Application()
    application.router.add_get("/{path:.*}", serving.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    serving.url = f"http://{host}:{port}"
    yield serving
    await runner.cleanup()


@dataclass(kw_only=True)
class Tags:
    digests: Mapping[str, str] = field(default_factory=dict)

    async def digest(self, reference: str) -> str | None:
        if reference.startswith("away/"):
            raise Unavailable("nobody answers")
        return self.digests.get(reference)


@dataclass(kw_only=True)
class Bench:
    """A project folder; each call opens it anew, as each command does."""

    root: Path
    tags: Tags = field(default_factory=Tags)

    def project(self, *components: Mapping[str, Any]) -> None:
        environments = {"local": {"cluster": {"driver": "embedded"}}}
        said = {"apiVersion": "fairlead.dev/v1", "project": "p", "environments": environments}
        (self.root / "fairlead.yaml").write_text(yaml.safe_dump({**said, "components": list(components)}))

    def open(self) -> tuple[Opened, Sources]:
        opened = open_project(self.root)
        places = Places(cache=self.root.parent / "cache", state=self.root.parent / "state")
        return opened, open_sources(places, opened, tell=lambda _: None)

    async def resolve(self, **options: Any) -> Resolution:
        opened, sources = self.open()
        environment = opened.project.environment("local")
        wishes = ResolveOptions(**options)
        found = await resolve(opened.project, environment, sources, self.tags, wishes, tell=lambda _: None)
        (self.root / LOCK).parent.mkdir(parents=True, exist_ok=True)
        (self.root / LOCK).write_text(format_lock(found.lock))
        return found

    async def chart(self, component: str = "shop") -> ChartFiles:
        return await self._renderer().chart(self.component(component))

    async def digest(self, component: str) -> str:
        return await self._renderer().input_digest(self.component(component), {})

    async def images(self, component: str) -> list[str]:
        rendered = await self._renderer().render(self.component(component), {})
        return [c["image"] for m in rendered.objects for c in m["spec"]["containers"]]

    def component(self, name: str) -> Any:
        return next(c for c in self.open()[0].project.components if c.name == name)

    def _renderer(self) -> Renderer:
        opened, sources = self.open()
        target = offline_target(opened.project, opened.project.environment("local"), PlanOptions())
        return Renderer(target, sources, key=PASSING_KEY)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "project").mkdir()
    return Bench(root=tmp_path / "project")


def shop(repository: Repository, version: str, name: str = "shop") -> Mapping[str, Any]:
    helm = {"chart": "web", "repository": repository.url, "version": version}
    return {"name": name, "namespace": "shop", "helm": helm}


def says(found: Resolution) -> list[str]:
    return [f"{c.component} {c.before.split(' ')[0]}>{c.after.split(' ')[0]}" for c in found.changes]


class TestRanges:
    async def test_the_newest_that_fits_is_locked_and_used(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0", "1.4.0", "1.5.0-rc.1", "2.0.0")
        bench.project(shop(repository, "^1"))
        assert says(await bench.resolve()) == ["shop >1.4.0"]
        assert (await bench.chart()).version == "1.4.0"

    async def test_what_is_locked_stays_until_it_is_upgraded(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^1"))
        await bench.resolve()
        repository.offer("1.1.0")
        repository.requests.clear()
        assert says(await bench.resolve()) == []
        assert repository.requests == []
        assert (await bench.chart()).version == "1.0.0"
        assert says(await bench.resolve(upgrade=True)) == ["shop 1.0.0>1.1.0"]

    async def test_only_the_named_components_are_resolved(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^1", "a"), shop(repository, "^1", "b"))
        await bench.resolve()
        repository.offer("1.1.0")
        assert says(await bench.resolve(selected=frozenset({"b"}), upgrade=True)) == ["b 1.0.0>1.1.0"]

    async def test_a_component_that_is_gone_leaves_the_file(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^1", "a"), shop(repository, "^1", "b"))
        await bench.resolve()
        bench.project(shop(repository, "^1", "a"))
        assert says(await bench.resolve()) == ["b 1.0.0>"]

    async def test_the_same_is_written_as_the_same_bytes(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^1", "b"), shop(repository, "~1.0", "a"))
        await bench.resolve()
        before = (bench.root / LOCK).read_bytes()
        await bench.resolve(upgrade=True)
        assert (bench.root / LOCK).read_bytes() == before

    async def test_a_new_range_moves_the_lock_only_where_it_must(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0", "2.0.0")
        bench.project(shop(repository, "^1"))
        await bench.resolve()
        bench.project(shop(repository, ">=1"))
        assert (await bench.chart()).version == "1.0.0"
        bench.project(shop(repository, "^2"))
        with pytest.raises(InputError, match="does not fit the project any more"):
            await bench.chart()
        assert says(await bench.resolve()) == ["shop 1.0.0>2.0.0"]

    async def test_nothing_that_fits_is_told_with_what_there_is(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^2"))
        with pytest.raises(InputError, match="no version of web that fits \\^2") as caught:
            await bench.resolve()
        assert "1.0.0" in caught.value.hint

    async def test_a_range_that_nobody_resolved_renders_nothing(self, bench: Bench, repository: Repository) -> None:
        bench.project(shop(repository, "^1"))
        with pytest.raises(InputError, match="does not say which version that is"):
            await bench.chart()
        assert repository.requests == []


class TestArchives:
    async def test_another_archive_under_the_version_is_refused(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "1.0.0"))
        await bench.resolve()
        repository.archives["web-1.0.0.tgz"] = archive("1.0.0", more="description: replaced\n")
        await bench.chart()  # as it was locked, from the cache
        elsewhere = Bench(root=bench.root)
        (bench.root.parent / "cache").rename(bench.root.parent / "lost")
        with pytest.raises(Refused, match="not the one in the lock file"):
            await elsewhere.chart()

    async def test_a_kept_archive_that_was_touched_is_refused(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(shop(repository, "^1"))
        await bench.resolve()
        (kept,) = (bench.root.parent / "cache").rglob("web-1.0.0.tgz")
        kept.write_bytes(archive("1.0.0", more="description: touched\n"))
        with pytest.raises(Refused, match="kept as") as caught:
            await bench.chart()
        assert caught.value.hint == "remove that file"

    async def test_one_chart_of_many_components_is_fetched_once(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0")
        bench.project(*(shop(repository, "1.0.0", f"s{n}") for n in range(5)))
        renderer = bench._renderer()
        charts = [await renderer.chart(bench.component(f"s{n}")) for n in range(5)]
        assert repository.requests == ["/index.yaml", "/web-1.0.0.tgz"]
        assert all(chart is charts[0] for chart in charts)


class TestDependencies:
    def lay(self, bench: Bench, repository: Repository, wanted: str) -> None:
        folder = bench.root / "charts" / "own"
        folder.mkdir(parents=True, exist_ok=True)
        needs = [{"name": "web", "repository": repository.url, "version": wanted}]
        chart = {"apiVersion": "v2", "name": "own", "version": "0.1.0", "dependencies": needs}
        (folder / "Chart.yaml").write_text(yaml.safe_dump(chart))
        bench.project({"name": "shop", "namespace": "shop", "helm": {"chart": "charts/own"}})

    async def test_a_dependency_without_chart_lock_is_locked(self, bench: Bench, repository: Repository) -> None:
        repository.offer("1.0.0", "1.1.0", "2.0.0")
        self.lay(bench, repository, "^1")
        with pytest.raises(InputError, match=r"Chart\.lock does not settle") as caught:
            await bench.chart()
        assert "fairlead resolve" in caught.value.hint
        assert says(await bench.resolve()) == ["shop >1.1.0"]


class TestImages:
    def lay(self, bench: Bench, *images: str) -> None:
        pods = [
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{n}"}, "spec": {"containers": [{"image": i}]}}
            for n, i in enumerate(images)
        ]
        (bench.root / "pods.yaml").write_text(yaml.safe_dump_all(pods))
        bench.project({"name": "shop", "manifests": "pods.yaml"})

    async def test_tags_are_pinned_where_the_registry_answers(self, bench: Bench) -> None:
        one, other = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
        bench.tags = Tags(digests={"example.test/web:1": one})
        self.lay(bench, "example.test/web:1", "away/api:2", f"example.test/db@{other}", "example.test/none:3")
        before = await bench.digest("shop")
        found = await bench.resolve(images=True)
        assert found.lock.of("shop").images == {"example.test/web:1": one}
        assert [note.partition(" is not")[0] for note in found.notes] == [
            "shop: away/api:2",
            "shop: example.test/none:3",
        ]
        assert (await bench.images("shop"))[0] == f"example.test/web:1@{one}"
        assert await bench.digest("shop") != before

    async def test_pins_stay_when_a_tag_moves_until_they_are_upgraded(self, bench: Bench) -> None:
        one, other = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
        bench.tags = Tags(digests={"example.test/web:1": one})
        self.lay(bench, "example.test/web:1")
        await bench.resolve(images=True)
        bench.tags = Tags(digests={"example.test/web:1": other})
        assert (await bench.resolve(images=True)).changes == ()
        assert (await bench.resolve()).changes == ()
        assert says(await bench.resolve(images=True, upgrade=True)) == [f"shop {one[:19]}>{other[:19]}"]
