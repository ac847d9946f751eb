"""What a cold render reads is the input digest, and nothing else is; what an unrelated CRD, `lookup` and
`--no-incremental` do to a deployment.

Terraform roots and images are rendered by nobody: their inputs have unit tests.
"""

from __future__ import annotations

import functools
import hashlib
import io
import shutil
import tarfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from e2e.objects import config_map, crd, stream
from e2e.rig import ROOT, Clone
from e2e.tracing import opened_files
from fairlead.bootstrap.places import Places, open_project
from fairlead.bootstrap.sources import open_sources
from fairlead.engine.offline import PASSING_KEY, offline_target
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.model.errors import FairleadError

pytestmark = pytest.mark.e2e

SOPS = ROOT / "tests/unit/formats/sops"
CONFIG = stream(config_map("{{ .Release.Name }}-{{ .Chart.Name }}", value="{{ .Values.value }}"))


def archive(name: str, version: str) -> bytes:
    buffer = io.BytesIO()
    files = {"Chart.yaml": chart_yaml(name, version), "templates/all.yaml": CONFIG, "values.yaml": "value: a\n"}
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def chart_yaml(name: str, version: str = "0.1.0", **more: object) -> str:
    return yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version, **more})


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is its own."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """A chart repository on loopback with `remote` and `needed`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    entries = {}
    for name, version in (("remote", "1.2.3"), ("needed", "2.0.0")):
        content = archive(name, version)
        file = f"{name}-{version}.tgz"
        (folder / file).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        entries[name] = [{"name": name, "version": version, "urls": [file], "digest": digest}]
    (folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": entries}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def platform(clone: Clone, repository: str) -> Clone:
    """A component of each kind that renders, with values, an encrypted file for two of them, and files nobody reads."""
    needs = [{"name": "needed", "repository": repository, "version": "^2"}]
    subchart = {"name": "sub", "version": "0.1.0"}
    clone.write("charts/own/Chart.yaml", chart_yaml("own", dependencies=[subchart, *needs]))
    clone.write("charts/own/templates/all.yaml", CONFIG)
    clone.write("charts/own/values.yaml", "value: a\n")
    clone.write("charts/own/.helmignore", "*.bak\ndocs/\n")
    clone.write("charts/own/crds/one.yaml", stream(crd("ones", "One", {"name": "v1", "storage": True})))
    clone.write("charts/own/charts/sub/Chart.yaml", chart_yaml("sub"))
    clone.write("charts/own/charts/sub/templates/none.yaml", "")
    clone.write("charts/own/old.bak", "")
    clone.write("charts/own/docs/a.md", "")
    clone.write("base/kustomization.yaml", "resources: [one.yaml]\n")
    clone.write("base/one.yaml", stream(config_map("one", a="b")))
    clone.write("base/unused.yaml", stream(config_map("unused")))
    clone.write(
        "overlay/kustomization.yaml",
        "resources: [../base]\nconfigMapGenerator: [{name: made, files: [text.txt]}]\npatches: [{path: patch.yaml}]\n",
    )
    clone.write("overlay/text.txt", "a")
    clone.write("overlay/patch.yaml", stream(config_map("one", a="c")))
    clone.write("plain/deep/a.yaml", stream(config_map("a")))
    clone.write("plain/notes.txt", "")
    clone.write("environments/local/values.yaml", "global: {}\nvalue: all")
    clone.write("environments/local/own.yaml", "value: own")
    clone.write("environments/staging/values.yaml", "value: elsewhere")
    clone.write("README.md", "")
    shutil.copy(SOPS / "all.yaml", clone.folder / "secret.sops.yaml")
    clone.environ["SOPS_AGE_KEY_FILE"] = str(SOPS / "key.txt")
    secrets = ["secret.sops.yaml"]
    clone.project(
        "p",
        {"name": "own", "namespace": "own", "helm": {"chart": "charts/own"}, "secrets": secrets},
        {
            "name": "remote",
            "namespace": "remote",
            "helm": {"chart": "remote", "repository": repository, "version": "~1.2"},
            "secrets": secrets,
        },
        {"name": "built", "namespace": "own", "kustomize": "overlay"},
        {"name": "plain", "namespace": "own", "manifests": "plain"},
    )
    clone.run("resolve", "-e", "local").expect()
    clone.run("render", "-e", "local").expect()  # charts are in the cache now
    return clone


async def digests(clone: Clone) -> dict[str, str] | str:
    """The input digest of each component as a new process finds it, or the fault that stops it."""
    try:
        opened = open_project(clone.folder)
        places = Places(cache=clone.cache / "fairlead", state=clone.home / "state")
        sources = open_sources(places, opened, tell=lambda _: None)
        target = offline_target(opened.project, opened.project.environment("local"), PlanOptions())
        renderer = Renderer(target, sources, key=PASSING_KEY)
        return {c.name: await renderer.input_digest(c, {}) for c in opened.project.components}
    except FairleadError as err:
        return str(err)


async def moves(clone: Clone, file: Path) -> bool:
    """Whether one byte more in *file* changes a digest, or is refused."""
    before, content = await digests(clone), file.read_bytes()
    assert isinstance(before, dict)
    file.write_bytes(content + b"x")
    try:
        return await digests(clone) != before
    finally:
        file.write_bytes(content)


def files_of(clone: Clone) -> set[Path]:
    """All in the project, and in the cache of charts."""
    charts = clone.cache / "fairlead" / "charts"
    return {path for top in (clone.folder, charts) for path in top.rglob("*") if path.is_file()}


async def test_the_input_is_what_a_cold_render_reads(platform: Clone) -> None:
    opened = opened_files(platform, "render", "-e", "local")
    read = {path.resolve() for path in opened} & files_of(platform)
    assert {path.name for path in read} >= {"Chart.yaml", "remote-1.2.3.tgz", "text.txt", "a.yaml", "fairlead.yaml"}
    assert [str(path) for path in sorted(read) if not await moves(platform, path)] == []
    rest = {path for path in files_of(platform) - read if path.name != ".lock"}
    assert {path.name for path in rest} >= {"README.md", "old.bak", "a.md", "unused.yaml", "notes.txt"}
    assert [str(path) for path in sorted(rest) if await moves(platform, path)] == []
    before = await digests(platform)
    for path in ("new.txt", "plain/new.txt", "base/new.yaml", "overlay/new", "environments/local/new.yaml"):
        platform.write(path, "")
    for path in read:
        path.touch()
    assert await digests(platform) == before
    # One decryption for both components: the keys are read for each.
    assert [path.name for path in opened].count("key.txt") == 1


def test_who_reads_nothing_of_the_cluster_is_left_alone(clone: Clone) -> None:
    asks = CONFIG + '# {{ .Capabilities.APIVersions.Has "a/v1" }}\n'
    looks = CONFIG + '# {{ lookup "v1" "Namespace" "" "default" | len }}\n'
    for name, template in (("calm", CONFIG), ("asks", asks), ("looks", looks)):
        clone.write(f"charts/{name}/Chart.yaml", chart_yaml(name))
        clone.write(f"charts/{name}/templates/all.yaml", template)
    clone.write("plain.yaml", stream(config_map("plain")))
    releases = [{"name": n, "namespace": "reads", "helm": {"chart": f"charts/{n}"}} for n in ("calm", "asks", "looks")]
    clone.project("reads", *releases, {"name": "plain", "namespace": "reads", "manifests": "plain.yaml"})
    clone.run("deploy", "-e", "local").expect()
    defined = crd("loners", "Loner", {"name": "v1", "storage": True})
    clone.kubectl("apply", "-f", "-", stdin=stream(defined))
    said = reasons(clone)
    assert said["calm"].startswith("input as recorded")
    assert said["asks"] == "rendered anew, the same 1 objects: nothing to apply"
    assert said["looks"] == "its chart calls `lookup`: rendered anew, the same 1 objects: nothing to apply"
    assert said["plain"].startswith("input as recorded")
    forced = reasons(clone, "--no-incremental")
    assert {forced[name] for name in ("calm", "asks", "looks")} == {"upgraded anew: --no-incremental"}
    assert forced["plain"] == "rendered and tried anew, 1 objects as wanted: --no-incremental"
    clone.run("deploy", "-e", "local", "--no-incremental").expect()
    history = clone.kubectl("get", "secrets", "-n", "reads", "-l", "owner=helm", "-o", "name").split()
    assert sum(name.endswith(".v2") for name in history) == 3
    assert reasons(clone)["calm"].startswith("input as recorded")


def reasons(clone: Clone, *flags: str) -> dict[str, str]:
    plan = clone.run("plan", "-e", "local", "-o", "json", *flags).expect().json
    return {step["component"]: step["changes"][0]["reason"] for step in plan["steps"] if step.get("component")}


def test_a_root_is_looked_at_again_when_what_it_reads_around_it_moved(clone: Clone) -> None:
    clone.write("root/main.tf", 'variable "size" { default = 1 }\noutput "size" { value = var.size }\n')
    clone.project("around", {"name": "root", "terraform": "root"})
    clone.run("deploy", "-e", "local").expect()
    assert "not refreshed since" in reason_of_root(clone)
    assert "not refreshed since" in reason_of_root(clone, AWS_SESSION_TOKEN="rotates", TF_VAR_other="2")
    assert "size" in reason_of_root(clone, TF_VAR_size="2")
    assert reason_of_root(clone, AWS_REGION="eu") == "no resource differs"
    clone.run("deploy", "-e", "local", AWS_REGION="eu").expect()
    assert "not refreshed since" in reason_of_root(clone, AWS_REGION="eu")


def reason_of_root(clone: Clone, **environ: str) -> str:
    plan = clone.run("plan", "-e", "local", "-o", "json", **environ).expect().json
    change = next(step["changes"][0] for step in plan["steps"] if step.get("component") == "root")
    return f"{change.get('name', '')} {change['reason']}" if change["action"] != "no-op" else str(change["reason"])
