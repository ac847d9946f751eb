"""What does not need the real helm: a program that says what it was given, or does not end, stands for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairlead.adapters.helm import charts as module
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.model.errors import StepFailed, Unavailable
from fairlead.model.rendering import ChartRequest
from fairlead.model.secret import SecretText

REQUEST = ChartRequest(release="demo", namespace="shop", chart="/charts/web", values={"key": SecretText("sesame")})


class OneTool:
    """The port Tools with one program, a shell script."""

    def __init__(self, folder: Path, script: str) -> None:
        self._program = folder / "helm"
        self._program.write_text(f"#!/bin/sh\n{script}\n")
        self._program.chmod(0o700)

    async def path(self, name: str) -> Path:
        assert name == "helm"
        return self._program

    def version(self, name: str) -> str:
        return "4.3.1"


def charts_of(folder: Path, script: str) -> HelmCharts:
    return HelmCharts(
        OneTool(folder, script),
        cache=folder / "cache",
        registries=Registries(LoginFiles(environ={}, home=folder)),
        kubeconfig=folder / "config",
        context="prod",
    )


async def test_what_helm_is_asked_for_and_what_it_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_DRIVER", "configmap")
    monkeypatch.setenv("AWS_PROFILE", "shop")
    script = f"""printf '%s\\n' "$@" >{tmp_path}/words; env >{tmp_path}/env; cat >{tmp_path}/values
echo '{{"name": "demo", "namespace": "shop", "version": 1, "info": {{"status": "deployed"}}}}'"""
    release = await charts_of(tmp_path, script).upgrade(REQUEST, force_conflicts=True)

    assert (release.name, release.status) == ("demo", "deployed")
    assert (tmp_path / "values").read_text() == "key: sesame\n"
    assert (tmp_path / "words").read_text().split("\n")[:-1] == [
        "upgrade",
        "demo",
        "/charts/web",
        "--namespace=shop",
        "--values=-",
        "--install",
        "--output=json",
        "--disable-openapi-validation",
        "--skip-crds",
        "--hide-notes",
        "--server-side=true",
        "--reset-values",
        "--wait=hookOnly",
        "--timeout=600s",
        "--force-conflicts",
        f"--kubeconfig={tmp_path}/config",
        "--kube-context=prod",
    ]
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert "HELM_DRIVER" not in seen
    assert seen["AWS_PROFILE"] == "shop"
    assert seen["HELM_PLUGINS"] == f"{tmp_path}/cache/helm/plugins"


async def test_rendering_sees_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/root/.kube/config")
    script = f"env >{tmp_path}/env"
    rendering = await charts_of(tmp_path, script).template(REQUEST, kubernetes="1.34")
    assert rendering.objects == ()
    assert "KUBECONFIG=/dev/null" in (tmp_path / "env").read_text().splitlines()


async def test_a_helm_that_does_not_end_is_ended_and_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_RENDER_SECONDS", "_CLUSTER_SECONDS"):
        monkeypatch.setattr(module, name, 0.2)
    monkeypatch.setattr(module, "_MARGIN_SECONDS", 0.2 - REQUEST.timeout_seconds)
    charts = charts_of(tmp_path, "echo sesame >&2; exec sleep 60")
    with pytest.raises(Unavailable, match="did not render") as rendered:
        await charts.template(REQUEST, kubernetes="1.34")
    with pytest.raises(Unavailable, match="did not try") as tried:
        await charts.dry_run(REQUEST)
    with pytest.raises(StepFailed, match="did not write") as written:
        await charts.upgrade(REQUEST)
    for err in (rendered.value, tried.value, written.value):
        assert "sesame" not in json.dumps([err.message, err.hint, str(err.__cause__)])


async def test_an_answer_that_is_no_json_fails_the_step(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="no JSON"):
        await charts_of(tmp_path, "echo Release demo has been cancelled.").upgrade(REQUEST)
