"""A Flux repository as people write them, of any size, made from numbers alone; and the charts that it releases."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.projects import chart_files

CLUSTER = "clusters/main"
CHARTS = 12
GROUPS = 8
CHANGED = "apps/group-1/app-001/app/settings.yaml"
"""A file of one kustomization, for "one file changed"."""

_SYNC = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "GitRepository",
    "metadata": {"name": "flux-system", "namespace": "flux-system"},
    "spec": {"interval": "1m", "url": "ssh://git@git.example.test/home/ops", "ref": {"branch": "main"}},
}
_REPOSITORY = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "HelmRepository",
    "metadata": {"name": "charts", "namespace": "flux-system"},
    "spec": {"interval": "1h", "url": "https://charts.example.test/stable"},
}


def write_flux_repository(folder: Path, *, kustomizations: int, releases: int) -> None:
    """Below *folder*: a cluster with *kustomizations* Kustomizations besides its own, of which *releases* hold a
    HelmRelease, and the others plain manifests. Each app has a file of its own, as in most home repositories."""
    names = [f"app-{number:03}" for number in range(1, kustomizations + 1)]
    resources = []
    for number, name in enumerate(names, start=1):
        group = f"group-{number % GROUPS}"
        app = folder / "apps" / group / name
        _write(app / "ks.yaml", _kustomization(name, f"./apps/{group}/{name}/app", number))
        resources.append(f"../../apps/{group}/{name}/ks.yaml")
        _write_app(app / "app", name, number, is_release=number <= releases)
    system = folder / CLUSTER / "flux-system"
    _write(system / "gotk-sync.yaml", _SYNC, _kustomization("flux-system", f"./{CLUSTER}", 0))
    _write(system / "charts.yaml", _REPOSITORY)
    _write(system / "kustomization.yaml", _kustomize(["gotk-sync.yaml", "charts.yaml"]))
    _write(folder / CLUSTER / "kustomization.yaml", _kustomize(["flux-system", *resources]))


def write_charts(folder: Path) -> None:
    """The charts of `write_flux_repository` as archives, for `--chart-source`."""
    folder.mkdir(parents=True)
    for number in range(CHARTS):
        name = f"chart-{number:02}"
        (folder / f"{name}-1.{number}.0.tgz").write_bytes(_archive(name, chart_files(name, version=f"1.{number}.0")))


def _write_app(folder: Path, name: str, number: int, *, is_release: bool) -> None:
    main = "release.yaml" if is_release else "deployment.yaml"
    _write(folder / "kustomization.yaml", _kustomize([main, "settings.yaml", "account.yaml"], namespace=_space(number)))
    _write(
        folder / "settings.yaml",
        _object("v1", "ConfigMap", f"{name}-settings", data={"greeting": "hello ${DOMAIN}", "n": "1"}),
    )
    _write(folder / "account.yaml", _object("v1", "ServiceAccount", name))
    _write(folder / main, _release(name, number) if is_release else _deployment(name))


def _kustomization(name: str, path: str, number: int) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "interval": "10m",
        "path": path,
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        "postBuild": {"substitute": {"DOMAIN": f"{name}.example.test"}},
    }
    if number > 1:
        spec["dependsOn"] = [{"name": "app-001"}]
    kind = _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, spec=spec)
    return kind | {"metadata": {"name": name, "namespace": "flux-system"}}


def _release(name: str, number: int) -> dict[str, Any]:
    chart = {
        "chart": f"chart-{number % CHARTS:02}",
        "version": f"1.{number % CHARTS}.0",
        "sourceRef": {"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"},
    }
    values = {"replicas": number % 3 + 1, "greeting": "from ${DOMAIN}", "settings": {"level": "debug", "n": number}}
    spec = {"interval": "30m", "chart": {"spec": chart}, "values": values}
    return _object("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, spec=spec)


def _deployment(name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    container = {
        "name": "main",
        "image": "registry.example.test/main:1.0.0",
        "envFrom": [{"configMapRef": {"name": f"{name}-settings"}}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"serviceAccountName": name, "containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return _object("apps/v1", "Deployment", name, spec=spec)


def _object(version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def _kustomize(resources: list[str], **fields: Any) -> dict[str, Any]:
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return {**head, **fields, "resources": resources}


def _space(number: int) -> str:
    return f"team-{number % GROUPS}"


def _write(file: Path, *documents: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump_all(documents, sort_keys=False))


def _archive(name: str, files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()
