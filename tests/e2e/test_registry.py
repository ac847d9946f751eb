"""Images and charts in a real registry on loopback: open, behind a login, behind TLS."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.helm_tools import PLAIN, helm, package
from e2e.registry_rig import PASSWORD, USER, Registry, log_in, running
from e2e.rig import tools_folder
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.images.archive import RunSettings, write_image
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.images.layer import Entry, Layer
from fairlead.adapters.images.tags import RegistryTags
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.tool import this_platform
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.image import BuiltImage, local_reference, short_digest
from fairlead.model.lock_file import ChartLock, ComponentLock

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("open")) as registry:
        yield registry


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("guarded"), login=True) as registry:
        yield registry


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("encrypted"), login=True, tls=True) as registry:
        yield registry


@pytest.fixture(scope="module")
def tools() -> ToolChain:
    return ToolChain(tools_folder(), progress=print)


def image(folder: Path, text: str = "hello") -> BuiltImage:
    layer = Layer()
    layer.add("/hello", Entry(content=text.encode()))
    settings = RunSettings(command=("/hello",), user="65532", folder="/", variables={}, labels={})
    archive = folder / f"{text}.tar"
    reference, digest = write_image(
        layer, settings, this_platform(), target=archive, name=lambda found: local_reference("hello", found)
    )
    return BuiltImage(reference=reference, digest=digest, archive=str(archive))


def builder(registry: Registry, home: Path) -> ImageBuilder:
    return ImageBuilder(cache=home / "cache", registries=registry.client(home))


class TestImages:
    async def test_a_pushed_image_is_the_one_that_was_built(self, open_registry: Registry, tmp_path: Path) -> None:
        made = image(tmp_path)
        assert await builder(open_registry, tmp_path).push(made, f"{open_registry.host}/team/hello", tell=print)
        found = open_registry.manifest("team/hello", short_digest(made.digest))
        assert found["digest"] == made.digest
        described = [found["config"], *found["layers"]]
        assert {blob["digest"].removeprefix("sha256:") for blob in described} <= open_registry.blobs()

    async def test_what_is_there_is_not_sent_again(self, open_registry: Registry, tmp_path: Path) -> None:
        made, place = image(tmp_path, "again"), f"{open_registry.host}/again"
        assert await builder(open_registry, tmp_path).push(made, place, tell=print)
        told: list[str] = []
        assert not await builder(open_registry, tmp_path).push(made, place, tell=told.append)
        assert told == []

    async def test_an_image_goes_behind_a_login(self, guarded: Registry, tmp_path: Path) -> None:
        log_in(tmp_path, guarded.host)
        assert await builder(guarded, tmp_path).push(image(tmp_path), f"{guarded.host}/hello", tell=print)

    async def test_without_a_login_the_remedy_is_told(self, guarded: Registry, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="wants a login, and there is none") as caught:
            await builder(guarded, tmp_path).push(image(tmp_path), f"{guarded.host}/hello", tell=print)
        assert f"docker login {guarded.host}" in caught.value.hint

    async def test_a_wrong_password_is_told_without_it(self, guarded: Registry, tmp_path: Path) -> None:
        log_in(tmp_path, guarded.host, password="open-sesame")
        with pytest.raises(InputError, match="refuses our login") as caught:
            await builder(guarded, tmp_path).push(image(tmp_path), f"{guarded.host}/hello", tell=print)
        assert "sesame" not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"

    async def test_an_image_goes_through_tls_with_an_authority_of_its_own(
        self, encrypted: Registry, tmp_path: Path
    ) -> None:
        log_in(tmp_path, encrypted.host)
        assert await builder(encrypted, tmp_path).push(image(tmp_path), f"{encrypted.host}/hello", tell=print)

    async def test_an_unknown_authority_is_refused(self, encrypted: Registry, tmp_path: Path) -> None:
        log_in(tmp_path, encrypted.host)
        stranger = Registry(host=encrypted.host, data=encrypted.data, certificates=tmp_path / "none")
        with pytest.raises(Unavailable, match="certificate verify failed"):
            await builder(stranger, tmp_path).push(image(tmp_path), f"{encrypted.host}/hello", tell=print)

    async def test_a_registry_that_is_not_there(self, open_registry: Registry, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 does not answer"):
            await builder(open_registry, tmp_path).push(image(tmp_path), "127.0.0.1:1/hello", tell=print)


async def push_chart(tools: ToolChain, registry: Registry, folder: Path, *flags: str) -> HelmSource:
    """What `helm push` makes of a chart; where it lies."""
    await package(tools, Path(PLAIN), to=folder)
    [archive] = folder.glob("plain-*.tgz")
    await helm(tools, "push", str(archive), f"oci://{registry.host}/charts", *flags)
    version = archive.stem.removeprefix("plain-")
    return HelmSource(chart="plain", repository=f"oci://{registry.host}/charts", version=version)


def charts(tools: ToolChain, registry: Registry, home: Path) -> HelmCharts:
    return HelmCharts(tools, cache=home / "cache", registries=registry.client(home), kubeconfig=None)


class TestCharts:
    async def test_a_chart_that_helm_pushed_is_fetched_once(
        self, tools: ToolChain, open_registry: Registry, tmp_path: Path
    ) -> None:
        source = await push_chart(tools, open_registry, tmp_path, "--plain-http")
        first = await charts(tools, open_registry, tmp_path).fetch(source, folder=tmp_path)
        local = await charts(tools, open_registry, tmp_path).fetch(HelmSource(chart="plain"), folder=Path(PLAIN).parent)
        assert (first.name, first.digest) == ("plain", local.digest)
        gone = Registry(host="127.0.0.1:1", data=tmp_path, certificates=tmp_path)
        again = await charts(tools, gone, tmp_path).fetch(source, folder=tmp_path)
        assert again == first

    async def test_a_chart_comes_from_behind_a_login(self, tools: ToolChain, guarded: Registry, tmp_path: Path) -> None:
        flags = ("--plain-http", f"--username={USER}", f"--password={PASSWORD}")
        source = await push_chart(tools, guarded, tmp_path, *flags)
        with pytest.raises(InputError, match="wants a login"):
            await charts(tools, guarded, tmp_path).fetch(source, folder=tmp_path)
        log_in(tmp_path, guarded.host)
        assert (await charts(tools, guarded, tmp_path).fetch(source, folder=tmp_path)).name == "plain"

    async def test_another_version_names_those_that_are_there(
        self, tools: ToolChain, open_registry: Registry, tmp_path: Path
    ) -> None:
        source = await push_chart(tools, open_registry, tmp_path, "--plain-http")
        missing = HelmSource(chart="plain", repository=source.repository, version="9.9.9")
        with pytest.raises(InputError, match=r"plain has no version 9\.9\.9") as caught:
            await charts(tools, open_registry, tmp_path).fetch(missing, folder=tmp_path)
        assert source.version in caught.value.hint

    async def test_a_chart_that_is_not_there(self, tools: ToolChain, open_registry: Registry, tmp_path: Path) -> None:
        missing = HelmSource(chart="absent", repository=f"oci://{open_registry.host}/charts", version="1.0.0")
        with pytest.raises(InputError, match=r"absent has no version 1\.0\.0") as caught:
            await charts(tools, open_registry, tmp_path).fetch(missing, folder=tmp_path)
        assert caught.value.hint == "there is no such repository"

    async def test_an_image_is_no_chart(self, tools: ToolChain, open_registry: Registry, tmp_path: Path) -> None:
        made = image(tmp_path)
        await builder(open_registry, tmp_path).push(made, f"{open_registry.host}/charts/image", tell=print)
        async with open_registry.client(tmp_path).open(f"{open_registry.host}/charts/image", may_push=True) as client:
            found = await client.manifest(made.digest)
            assert found is not None
            await client.put_manifest("1.0.0", found.content, media_type=found.media_type)
        source = HelmSource(chart="image", repository=f"oci://{open_registry.host}/charts", version="1.0.0")
        with pytest.raises(InputError, match="is no chart"):
            await charts(tools, open_registry, tmp_path).fetch(source, folder=tmp_path)

    async def test_content_that_somebody_changed_is_never_used(
        self, tools: ToolChain, open_registry: Registry, tmp_path: Path
    ) -> None:
        source = await push_chart(tools, open_registry, tmp_path, "--plain-http")
        [archive] = tmp_path.glob("plain-*.tgz")
        content = await asyncio.to_thread(archive.read_bytes)
        digest = hashlib.sha256(content).hexdigest()
        [stored] = open_registry.data.rglob(f"{digest}/data")
        stored.write_bytes(content[:-1] + b"!")
        try:
            with pytest.raises(Refused, match="has another digest"):
                await charts(tools, open_registry, tmp_path).fetch(source, folder=tmp_path)
        finally:
            stored.write_bytes(content)

    async def test_a_range_is_locked_to_a_version_and_its_archive(
        self, tools: ToolChain, open_registry: Registry, tmp_path: Path
    ) -> None:
        source = await push_chart(tools, open_registry, tmp_path, "--plain-http")
        found = charts(tools, open_registry, tmp_path)
        assert source.version in await found.versions(source.repository, "plain")
        assert await found.versions(source.repository, "absent") == ()
        digest = await found.archive_digest(source.repository, "plain", source.version)
        [archive] = tmp_path.glob("plain-*.tgz")
        assert digest == f"sha256:{hashlib.sha256(await asyncio.to_thread(archive.read_bytes)).hexdigest()}"
        locked = ChartLock(
            name="plain", repository=source.repository, wanted="*", version=source.version, digest=digest
        )
        assert (await found.fetch(source, folder=tmp_path, locked=ComponentLock(chart=locked))).name == "plain"
        other = dataclasses.replace(locked, digest=f"sha256:{'0' * 64}")
        with pytest.raises(Refused, match="not the one in the lock file"):
            await found.fetch(source, folder=tmp_path, locked=ComponentLock(chart=other))

    async def test_the_digest_behind_a_tag(self, open_registry: Registry, tmp_path: Path) -> None:
        made, place = image(tmp_path, "pinned"), f"{open_registry.host}/pinned"
        await builder(open_registry, tmp_path).push(made, place, tell=print)
        tags = RegistryTags(open_registry.client(tmp_path))
        assert await tags.digest(f"{place}:{short_digest(made.digest)}") == made.digest
        assert await tags.digest(f"{place}:none") is None

    async def test_more_than_one_page_of_tags(self, open_registry: Registry, tmp_path: Path) -> None:
        made, place = image(tmp_path, "tags"), f"{open_registry.host}/tags"
        await builder(open_registry, tmp_path).push(made, place, tell=print)
        async with open_registry.client(tmp_path).open(place, may_push=True) as client:
            found = await client.manifest(made.digest)
            assert found is not None
            for number in range(3):
                await client.put_manifest(f"v{number}", found.content, media_type=found.media_type)
            assert set(await client.tags()) == {"v0", "v1", "v2", short_digest(made.digest)}
            assert json.loads(found.content)["schemaVersion"] == 2
