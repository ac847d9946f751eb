"""KustomizeOverlays against the real kustomize (and helm): the listed files are all that a build reads.

Cases: every kustomization of the shared input repositories; one overlay by hand that uses every field naming a path;
charts inflated in a copy; links; what leaves the project, lies on another machine or does not build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.model.component import KustomizeSource
from fairlead.model.errors import InputError

pytestmark = pytest.mark.e2e

REPOSITORIES = Path(__file__).resolve().parents[3] / "shared/inputs/repositories"
KUSTOMIZATIONS = sorted(file.parent.relative_to(REPOSITORIES) for file in REPOSITORIES.rglob("kustomization.yaml"))
# The shared inputs hold YAML only; these overlays make ConfigMaps of scripts.
SCRIPTS = {
    "database": ("rollup.sh", "backup.sh"),
    "frontend": ("warm-cache.sh", "warm-cache-init.sh"),
}

EVERYTHING = {
    "overlay/kustomization.yaml": """
namespace: prod
resources: [own.yaml, ../base]
components: [../component]
crds: [crd.json]
configurations: [names.yaml]
generators: [generator.yaml, plugins]
transformers:
- prefix.yaml
- |
  apiVersion: builtin
  kind: PatchTransformer
  metadata: {name: inline}
  path: inline-path.yaml
patches: [{path: patch.yaml}]
patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: own}, path: json6902.yaml}]
patchesStrategicMerge:
- merge.yaml
- |
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: own}
  data: {inline: "yes"}
replacements: [{path: replacement.yaml}]
configMapGenerator: [{name: made, files: [key=file.txt, plain.txt], envs: [made.env]}]
secretGenerator: [{name: hidden, envs: [hidden.env]}]
helmCharts: [{name: demo, releaseName: demo, valuesFile: demo-values.yaml, additionalValuesFiles: [more-values.yaml]}]
helmGlobals: {chartHome: ../charts}
openapi: {path: schema.json}
""",
    "overlay/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {from: a, to: b}\n",
    "overlay/crd.json": '{"x": {"Schema": {"properties": {}}}}',
    "overlay/names.yaml": "nameReference: [{kind: ConfigMap, fieldSpecs: [{kind: Thing, path: spec/ref}]}]\n",
    "overlay/generator.yaml": (
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: plugged}\nfiles: [plugged.txt]\n"
    ),
    "overlay/plugged.txt": "plugged",
    "overlay/plugins/kustomization.yaml": "resources: [second.yaml]\n",
    "overlay/plugins/second.yaml": (
        "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: second}\nenvs: [second.env]\n"
    ),
    "overlay/second.env": "A=1\n",
    "overlay/prefix.yaml": (
        "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\n"
        "fieldSpecs: [{path: metadata/name}]\n"
    ),
    "overlay/inline-path.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {plugin: 'yes'}\n",
    "overlay/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {patched: 'yes'}\n",
    "overlay/json6902.yaml": '[{"op": "add", "path": "/data/six", "value": "1"}]\n',
    "overlay/merge.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {merged: 'yes'}\n",
    "overlay/replacement.yaml": (
        "source: {kind: ConfigMap, name: own, fieldPath: data.from}\n"
        "targets: [{select: {kind: ConfigMap, name: own}, fieldPaths: [data.to]}]\n"
    ),
    "overlay/file.txt": "file",
    "overlay/plain.txt": "plain",
    "overlay/made.env": "B=2\n",
    "overlay/hidden.env": "C=3\n",
    "overlay/demo-values.yaml": "from: file\n",
    "overlay/more-values.yaml": "more: true\n",
    "overlay/schema.json": '{"definitions": {}}',
    "base/kustomization.yaml": "resources: [../linked]\n",
    "real/kustomization.yml": "resources: [thing.yaml]\n",
    "real/thing.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: thing}\n",
    "component/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [added.yaml]\n"
    ),
    "component/added.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: added}\n",
    "charts/demo/Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n",
    "charts/demo/values.yaml": "from: chart\n",
    "charts/demo/templates/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inflated}\ndata: {v: {{ .Values | toJson | quote }}}\n"
    ),
    "unused.txt": "nobody reads this",
    "overlay/unused.yaml": "nor: this",
}
# Without effect on the output of this overlay, for what they hold changes nothing in it.
SILENT = {"overlay/crd.json", "overlay/names.yaml", "overlay/schema.json", "charts/demo/values.yaml"}


@pytest.fixture(scope="session")
def tools() -> ToolChain:
    return ToolChain(default_cache(os.environ), progress=print)


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs") / "repositories"
    shutil.copytree(REPOSITORIES, folder, copy_function=shutil.copyfile)
    for base, names in SCRIPTS.items():
        lay(folder / f"podinfo-deploy/bases/{base}/scripts", {name: f"echo {name}\n" for name in names})
    return folder


@pytest.fixture
def overlays(tools: ToolChain, tmp_path: Path) -> KustomizeOverlays:
    return KustomizeOverlays(tools, cache=tmp_path / "cache")


def at(folder: Path) -> KustomizeSource:
    return KustomizeSource(folder=str(folder))


def lay(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    root = lay(tmp_path / "project", EVERYTHING)
    (root / "linked").symlink_to("real")
    return root


async def run(tools: ToolChain, folder: Path, *flags: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([await tools.path("kustomize"), "build", *flags, folder], capture_output=True, check=False)


def copied(files: Sequence[Path], *, root: Path, to: Path) -> Path:
    for file in files:
        target = to / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return to


def test_there_are_kustomizations_to_try() -> None:
    assert len(KUSTOMIZATIONS) == 32


@pytest.mark.parametrize("name", KUSTOMIZATIONS, ids=str)
async def test_the_listed_files_alone_build_to_the_same_bytes(
    name: Path, repositories: Path, overlays: KustomizeOverlays, tools: ToolChain, tmp_path: Path
) -> None:
    folder, root = repositories / name, repositories / name.parts[0]
    whole = await run(tools, folder)

    copy = copied(overlays.files(at(folder), root=root), root=root, to=tmp_path / "copy")
    alone = await run(tools, copy / folder.relative_to(root))

    assert (whole.returncode, alone.returncode, alone.stdout) == (0, 0, whole.stdout)
    objects = await overlays.build(at(folder), root=root)
    assert len(objects) == sum(line.startswith(b"kind: ") for line in whole.stdout.splitlines())


async def test_a_file_that_is_missing_is_named_where_it_is_written(overlays: KustomizeOverlays) -> None:
    root = REPOSITORIES / "podinfo-deploy"
    with pytest.raises(InputError, match=r"scripts/warm-cache\.sh does not exist") as caught:
        await overlays.build(at(root / "overlays/production"), root=root)
    assert str(caught.value.location) == "bases/frontend/kustomization.yaml:12:9"


async def test_how_many_objects_the_flux_example_builds(repositories: Path, overlays: KustomizeOverlays) -> None:
    flux = repositories / "flux2-kustomize-helm-example"
    counts = {
        name: len(await overlays.build(at(flux / name), root=flux))
        for name in ("apps/staging", "apps/production", "infrastructure/controllers", "infrastructure/configs")
    }
    assert counts == {
        "apps/staging": 3,
        "apps/production": 3,
        "infrastructure/controllers": 6,
        "infrastructure/configs": 1,
    }


async def test_every_field_that_names_a_path_is_followed(everything: Path, overlays: KustomizeOverlays) -> None:
    listed = {str(file.relative_to(everything)) for file in overlays.files(at(everything / "overlay"), root=everything)}
    assert listed == EVERYTHING.keys() - {"unused.txt", "overlay/unused.yaml"}


async def test_the_copy_that_inflates_charts_builds_what_the_original_builds(
    everything: Path, overlays: KustomizeOverlays, tools: ToolChain
) -> None:
    flags = ("--enable-helm", f"--helm-command={await tools.path('helm')}")
    objects = await overlays.build(at(everything / "overlay"), root=everything)
    assert not list(everything.rglob("*.tgz"))

    whole = await run(tools, everything / "overlay", *flags)
    assert whole.returncode == 0, whole.stderr.decode()
    assert len(objects) == whole.stdout.count(b"\n---\n") + 1
    assert {m["metadata"]["name"].split("-")[1] for m in objects} >= {"own", "thing", "added", "inflated", "made"}


@pytest.mark.parametrize("name", sorted(EVERYTHING.keys() - {"unused.txt", "overlay/unused.yaml"} - SILENT))
async def test_a_listed_file_matters(name: str, everything: Path, overlays: KustomizeOverlays) -> None:
    before = await overlays.build(at(everything / "overlay"), root=everything)
    with (everything / name).open("a") as file:
        file.write("\n  z: [1\n")
    try:
        after = await overlays.build(at(everything / "overlay"), root=everything)
    except InputError:
        return
    assert after != before


async def test_a_build_leaves_the_project_as_it_was(everything: Path, overlays: KustomizeOverlays) -> None:
    before = sorted(everything.rglob("*"))
    await overlays.build(at(everything / "overlay"), root=everything)
    assert sorted(everything.rglob("*")) == before


@pytest.mark.parametrize(
    ("files", "message", "place"),
    [
        (
            {"kustomization.yaml": "resources: [missing.yaml]\n"},
            "missing.yaml does not exist",
            "kustomization.yaml:1:13",
        ),
        ({"kustomization.yaml": "nope: 1\n"}, "no field 'nope'", ""),
        ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: [\n"}, "not valid YAML", "a.yaml:"),
        (
            {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: b\n"},
            "missing Resource metadata",
            "app/a.yaml",
        ),
        (
            {"kustomization.yaml": "resources: [a]\n", "a/kustomization.yaml": "resources: [..]\n"},
            "name each other",
            "",
        ),
        ({"kustomization.yaml": "patches: [{patch: 'x: [', target: {kind: A}}]\n"}, "unable to parse SM or JSON", ""),
        (
            {"kustomization.yaml": "resources: ['https://127.0.0.1:1/x.yaml']\n"},
            "another machine",
            "kustomization.yaml:1",
        ),
        ({"kustomization.yaml": "resources: ['github.com/a/b?ref=v1']\n"}, "another machine", "kustomization.yaml:1"),
        (
            {"kustomization.yaml": "resources: [../../../../../../../etc]\n"},
            "outside the project",
            "kustomization.yaml:1",
        ),
        ({"a.yaml": ""}, "no kustomization.yaml", ""),
        ({"kustomization.yaml": "{}", "Kustomization": "{}"}, "more than one", ""),
        ({"kustomization.yaml": "resources: [\n"}, "", "kustomization.yaml:"),
    ],
)
async def test_what_does_not_build_is_named_in_one_sentence(
    files: Mapping[str, str], message: str, place: str, tmp_path: Path, overlays: KustomizeOverlays
) -> None:
    root = lay(tmp_path / "project", {f"app/{name}": text for name, text in files.items()})
    with pytest.raises(InputError) as caught:
        await overlays.build(at(root / "app"), root=root)
    assert message in caught.value.message
    assert place in str(caught.value.location or "")
    assert "\n" not in caught.value.message
    assert str(tmp_path) not in str(caught.value)


async def test_a_file_beside_the_overlay_is_refused_as_kustomize_refuses_it(
    tmp_path: Path, overlays: KustomizeOverlays
) -> None:
    root = lay(
        tmp_path, {"app/kustomization.yaml": "resources: [../x.yaml]\n", "x.yaml": EVERYTHING["overlay/own.yaml"]}
    )
    with pytest.raises(InputError, match=r"x\.yaml lies outside app") as caught:
        await overlays.build(at(root / "app"), root=root)
    assert "folders may be named" in caught.value.hint


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.yaml"])
async def test_a_link_out_of_the_project_is_refused(target: str, tmp_path: Path, overlays: KustomizeOverlays) -> None:
    lay(tmp_path, {"outside.yaml": EVERYTHING["overlay/own.yaml"]})
    root = lay(tmp_path / "project", {"app/kustomization.yaml": "resources: [x.yaml]\n"})
    (root / "app/x.yaml").symlink_to(target)
    with pytest.raises(InputError, match="outside the project"):
        await overlays.build(at(root / "app"), root=root)


def commit(folder: Path, files: Mapping[str, str]) -> None:
    """Lay *files* in the repository *folder* and commit them."""
    git = ["git", "-C", str(lay(folder, dict(files))), "-c", "user.name=test", "-c", "user.email=test@example.test"]
    for words in (("init", "-q", "-b", "main"), ("add", "--all"), ("commit", "-q", "-m", "change")):
        subprocess.run([*git, *words], check=True, capture_output=True)


async def test_a_remote_base_is_built_at_its_locked_commit(tmp_path: Path, overlays: KustomizeOverlays) -> None:
    """One that names another one, in a repository of its own; what came after the lock does not count."""
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {text: TEXT}\n"
    deep, near = (f"file://{tmp_path}/{name}//app?ref=main" for name in ("deep", "near"))
    commit(tmp_path / "deep", {"app/kustomization.yaml": "resources: [config.yaml]\n", "app/config.yaml": config})
    commit(tmp_path / "near", {"app/kustomization.yaml": f"resources: ['{deep}']\nnamePrefix: near-\n"})
    root = lay(tmp_path / "project", {"app/kustomization.yaml": f"resources: ['{near}']\nnameSuffix: -own\n"})
    with pytest.raises(InputError, match="the lock file does not say at which commit"):
        await overlays.build(at(root / "app"), root=root)
    bases = await overlays.resolve_bases(root / "app", root=root, known={})
    assert sorted(bases) == sorted([near, deep])
    commit(tmp_path / "deep", {"app/config.yaml": config.replace("TEXT", "LATER")})
    (built,) = await overlays.build(at(root / "app"), root=root, bases=bases)
    assert (built["metadata"]["name"], built["data"]["text"]) == ("near-config-own", "TEXT")
    assert await overlays.resolve_bases(root / "app", root=root, known=bases) == bases
    newer = await overlays.resolve_bases(root / "app", root=root, known={near: bases[near]})
    (built,) = await overlays.build(at(root / "app"), root=root, bases=newer)
    assert built["data"]["text"] == "LATER"
    assert overlays.files(at(root / "app"), root=root, bases=bases) == (root / "app/kustomization.yaml",)
