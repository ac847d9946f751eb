"""HelmCharts.fetch with the real helm: charts from a folder, an archive, a repository on loopback; dependencies.

Left out: OCI registries (none builds here).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from e2e.helm_tools import CHARTS, PLAIN, WEB, Repository, helm, lay, names, package, request_for
from e2e.registry_rig import no_logins
from fairlead.adapters.helm.chart_tree import load_chart
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.component import HelmSource
from fairlead.model.errors import FairleadError, InputError, Refused, Unavailable

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def tools() -> ToolChain:
    return ToolChain(default_cache(os.environ), progress=print)


@pytest.fixture
def offline(tools: ToolChain, tmp_path: Path) -> HelmCharts:
    return HelmCharts(
        tools, cache=tmp_path / "cache", registries=no_logins(tmp_path), kubeconfig=tmp_path / "no-kubeconfig"
    )


@pytest.fixture
async def repository(tools: ToolChain, tmp_path: Path) -> AsyncIterator[Repository]:
    folder = tmp_path / "repository"
    folder.mkdir()
    for chart in (WEB, PLAIN):
        await package(tools, Path(chart), to=folder)
    await helm(tools, "repo", "index", str(folder))
    serving = Repository(folder)
    application = web.Application()
    application.router.add_get("/{path:.*}", serving.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    serving.url = f"http://{host}:{port}"
    yield serving
    await runner.cleanup()


def plain_from(repository: Repository, version: str = "0.2.0") -> HelmSource:
    return HelmSource(chart="own/plain", repository=repository.url, version=version)


class TestFolder:
    async def test_what_a_chart_says_about_itself(self, offline: HelmCharts) -> None:
        chart = await offline.fetch(HelmSource(chart="web"), folder=CHARTS)
        assert (chart.path, chart.name, chart.version) == (WEB, "web", "1.2.3")
        assert chart.reads_capabilities
        assert chart.reads_cluster
        assert chart.has_crds
        plain = await offline.fetch(HelmSource(chart="plain"), folder=CHARTS)
        said = (plain.reads_capabilities, plain.reads_cluster, plain.has_crds, plain.has_waiting_hooks)
        assert said == (False, False, False, False)

    async def test_crds_of_subcharts_come_last(self, offline: HelmCharts) -> None:
        chart = await offline.fetch(HelmSource(chart="web"), folder=CHARTS)
        assert [name.rpartition("/")[2] for name in names(await offline.crds(chart))] == [
            "gadgets.example.com",
            "gears.example.com",
        ]

    async def test_what_helmignore_names_is_not_part_of_the_digest(self, offline: HelmCharts, tmp_path: Path) -> None:
        shutil.copytree(WEB, tmp_path / "web")
        before = await offline.fetch(HelmSource(chart="web"), folder=tmp_path)
        lay(tmp_path / "web", {"old.bak": "x", "docs/a.md": "x", "templates/.hidden": "x"})
        os.utime(tmp_path / "web/values.yaml", (1, 1))
        assert await offline.fetch(HelmSource(chart="web"), folder=tmp_path) == before

    @pytest.mark.parametrize(
        "rules",
        [
            "*.bak",
            "/*.bak",
            "docs/",
            "docs",
            "docs/*",
            "docs/*/a.txt",
            "!*.txt",
            "!docs/",
            "!a.txt\n*.txt",
            "a?txt",
            "[a-b].txt",
            "[^a].txt",
            "docs[/]a.txt",
            "d*s/[!a].txt",
            r"\a.txt",
            "# nothing\n\n  a.txt  ",
            "deep/x\ndocs/deep",
        ],
    )
    async def test_helm_ignores_what_we_ignore(self, rules: str, offline: HelmCharts, tmp_path: Path) -> None:
        names = ("a.txt", "b.txt", "a.bak", "docs/a.txt", "docs/b.bak", "docs/deep/a.txt", "deep/docs", "deep/x/docs")
        own = {
            "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n",
            "templates/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\n"
            'data: {names: "{{ range $name, $_ := .Files }}{{ $name }} {{ end }}"}\n',
        }
        chart = lay(tmp_path / "demo", {**own, **dict.fromkeys(names, "x"), ".helmignore": rules})
        # A rule may leave out Chart.yaml or the template, too; then there is nothing to compare.
        ours = load_chart(chart, root=tmp_path, place="demo").files.keys()
        try:
            rendering = await offline.template(request_for(str(chart)), kubernetes="1.34")
        except InputError:
            assert "Chart.yaml" not in ours
            return
        seen = rendering.objects[0]["data"]["names"].split() if rendering.objects else []
        assert set(seen) == (ours - own.keys() if rendering.objects else set())
        assert bool(rendering.objects) == ("templates/all.yaml" in ours)

    async def test_an_archive_in_the_project_is_a_chart(
        self, offline: HelmCharts, tools: ToolChain, tmp_path: Path
    ) -> None:
        await package(tools, CHARTS / "plain", to=tmp_path)
        chart = await offline.fetch(HelmSource(chart="plain-0.2.0.tgz"), folder=tmp_path)
        assert chart.digest == (await offline.fetch(HelmSource(chart="plain"), folder=CHARTS)).digest
        assert names((await offline.template(request_for(chart.path), kubernetes="1.34")).objects) == [
            "ConfigMap/demo-plain"
        ]

    @pytest.mark.parametrize("chart", ["../elsewhere", "/etc", "missing", "missing.tgz", "file.txt", "empty"])
    async def test_what_is_no_chart_of_the_project(self, chart: str, offline: HelmCharts, tmp_path: Path) -> None:
        lay(tmp_path / "elsewhere", {"Chart.yaml": "name: x\n"})
        project = lay(tmp_path / "project", {"file.txt": "no archive", "empty/x": ""})
        with pytest.raises(InputError):
            await offline.fetch(HelmSource(chart=chart), folder=project)

    async def test_a_link_out_of_the_project_is_refused(self, offline: HelmCharts, tmp_path: Path) -> None:
        shutil.copytree(PLAIN, tmp_path / "project/plain")
        (tmp_path / "project/plain/templates/x.yaml").symlink_to("/etc/hostname")
        with pytest.raises(InputError, match="leaves the project"):
            await offline.fetch(HelmSource(chart="plain"), folder=tmp_path / "project")


class TestRepository:
    async def test_a_chart_is_fetched_once(self, offline: HelmCharts, repository: Repository, tmp_path: Path) -> None:
        first = await offline.fetch(plain_from(repository), folder=tmp_path)
        assert await offline.fetch(plain_from(repository), folder=tmp_path) == first
        assert repository.requests == ["/index.yaml", "/plain-0.2.0.tgz"]
        assert first.digest == (await offline.fetch(HelmSource(chart="plain"), folder=CHARTS)).digest
        assert (await offline.template(request_for(first.path), kubernetes="1.34")).objects

    async def test_runs_at_once_fetch_once(
        self, tools: ToolChain, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        others = [
            HelmCharts(tools, cache=tmp_path / "cache", registries=no_logins(tmp_path), kubeconfig=None)
            for _ in range(3)
        ]
        found = await asyncio.gather(*(o.fetch(plain_from(repository), folder=tmp_path) for o in (offline, *others)))
        assert len(set(found)) == 1
        assert repository.requests.count("/plain-0.2.0.tgz") == 1

    async def test_an_archive_that_the_index_does_not_name_is_never_used(
        self, tools: ToolChain, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        shutil.copytree(PLAIN, other / "plain")
        lay(other / "plain", {"values.yaml": "greeting: from somebody else\n"})
        await package(tools, other / "plain", to=other)
        repository.spoil = lambda _: (other / "plain-0.2.0.tgz").read_bytes()

        with pytest.raises(Refused, match="is not the one that its repository's index names"):
            await offline.fetch(plain_from(repository), folder=tmp_path)
        # helm itself takes it, which is why it does not fetch for us.
        await helm(tools, "pull", "plain", f"--repo={repository.url}", "--version=0.2.0", f"--destination={tmp_path}")

        repository.spoil = bytes
        assert (await offline.fetch(plain_from(repository), folder=tmp_path)).version == "0.2.0"

    async def test_an_answer_that_is_cut_off_is_never_used(
        self, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        repository.cut = True
        with pytest.raises(Unavailable, match="cut off"):
            await offline.fetch(plain_from(repository), folder=tmp_path)
        repository.cut = False
        await offline.fetch(plain_from(repository), folder=tmp_path)

    async def test_a_cut_archive_without_a_digest_is_never_used(
        self, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        index = repository.folder / "index.yaml"
        index.write_text("".join(line for line in index.read_text().splitlines(True) if "digest:" not in line))
        repository.spoil = lambda content: content[:-20]
        with pytest.raises(InputError, match="no complete gzipped tar"):
            await offline.fetch(plain_from(repository), folder=tmp_path)

    @pytest.mark.parametrize(
        ("status", "error"), [(401, InputError), (403, InputError), (404, InputError), (503, Unavailable)]
    )
    async def test_a_repository_that_refuses(
        self,
        status: int,
        error: type[FairleadError],
        offline: HelmCharts,
        repository: Repository,
        tmp_path: Path,
    ) -> None:
        repository.status = status
        with pytest.raises(error, match=f"status {status}"):
            await offline.fetch(plain_from(repository), folder=tmp_path)

    @pytest.mark.parametrize("version", ["", "^0.2.0", "0.2", "*", ">=0.1.0", "9.9.9", "latest"])
    async def test_only_an_exact_version_that_exists(
        self, version: str, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError, match=r"version|not in"):
            await offline.fetch(plain_from(repository, version), folder=tmp_path)

    async def test_a_repository_that_does_not_answer(self, offline: HelmCharts, tmp_path: Path) -> None:
        source = HelmSource(chart="plain", repository="http://user:sesame@127.0.0.1:1/charts", version="0.2.0")
        with pytest.raises(Unavailable) as caught:
            await offline.fetch(source, folder=tmp_path)
        assert "sesame" not in str(caught.value)


class TestDependencies:
    def chart(self, root: Path, repository: str, *, version: str = "0.2.0", lock: str = "") -> Path:
        dependency = f"dependencies:\n- name: plain\n  version: '{{}}'\n  repository: {repository}\n"
        files = {
            "charts/app/Chart.yaml": f"apiVersion: v2\nname: app\nversion: 1.0.0\n{dependency.format(version)}",
            "charts/app/templates/own.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: own}\n",
        }
        if lock:
            files["charts/app/Chart.lock"] = dependency.format(lock) + "digest: sha256:0\n"
        return lay(root, files)

    async def test_what_is_missing_comes_from_its_repository_into_a_copy(
        self, offline: HelmCharts, repository: Repository, tmp_path: Path
    ) -> None:
        project = self.chart(tmp_path / "project", repository.url, version="0.x", lock="0.2.0")
        before = sorted(project.rglob("*"))
        chart = await offline.fetch(HelmSource(chart="charts/app"), folder=project)
        again = await offline.fetch(HelmSource(chart="charts/app"), folder=project)

        rendering = await offline.template(request_for(chart.path), kubernetes="1.34")
        assert sorted(names(rendering.objects)) == ["ConfigMap/demo-plain", "ConfigMap/own"]
        assert (again, sorted(project.rglob("*"))) == (chart, before)
        assert repository.requests.count("/plain-0.2.0.tgz") == 1

    async def test_what_is_missing_comes_from_the_project(self, offline: HelmCharts, tmp_path: Path) -> None:
        project = self.chart(tmp_path / "project", "file://../../library/plain")
        shutil.copytree(PLAIN, project / "library/plain")
        chart = await offline.fetch(HelmSource(chart="charts/app"), folder=project)
        assert len((await offline.template(request_for(chart.path), kubernetes="1.34")).objects) == 2

        lay(project / "library/plain", {"values.yaml": "greeting: changed\n"})
        assert (await offline.fetch(HelmSource(chart="charts/app"), folder=project)).digest != chart.digest

    async def test_a_range_needs_a_lock(self, offline: HelmCharts, repository: Repository, tmp_path: Path) -> None:
        project = self.chart(tmp_path / "project", repository.url, version="0.x")
        with pytest.raises(InputError, match=r"which its Chart\.lock does not settle"):
            await offline.fetch(HelmSource(chart="charts/app"), folder=project)

    async def test_a_lock_that_does_not_fit(self, offline: HelmCharts, repository: Repository, tmp_path: Path) -> None:
        project = self.chart(tmp_path / "project", repository.url, version="^1.0.0", lock="0.2.0")
        with pytest.raises(InputError, match=r"plain \^1\.0\.0, and its Chart\.lock says 0\.2\.0"):
            await offline.fetch(HelmSource(chart="charts/app"), folder=project)

    @pytest.mark.parametrize("where", ['"@alias"', "alias:stable", '""', "file://../../..", "file:///etc"])
    async def test_a_dependency_from_nowhere(self, where: str, offline: HelmCharts, tmp_path: Path) -> None:
        with pytest.raises(InputError):
            await offline.fetch(HelmSource(chart="charts/app"), folder=self.chart(tmp_path / "project", where))
