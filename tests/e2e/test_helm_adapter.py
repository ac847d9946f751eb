"""HelmCharts with the real helm: rendering, and releases on an API server.

Cases: rendering and its faults; dry-run, install, upgrade, uninstall, conflict, hook, cancelling; the release in its
Secret against helm's own answer. Fetching: test_helm_charts.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e.helm_tools import helm, lay, names, request_for
from e2e.registry_rig import no_logins
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.formats.helm_release import RELEASE_TYPE, decode_release, latest_release, read_release, release_labels
from fairlead.model.errors import InputError, MissingKinds, Refused, StepFailed, Unavailable
from fairlead.model.secret import SecretText

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def tools() -> ToolChain:
    return ToolChain(default_cache(os.environ), progress=print)


@pytest.fixture
def offline(tools: ToolChain, tmp_path: Path) -> HelmCharts:
    return HelmCharts(
        tools, cache=tmp_path / "cache", registries=no_logins(tmp_path), kubeconfig=tmp_path / "no-kubeconfig"
    )


class TestRendering:
    async def test_objects_hooks_and_crds_are_told_apart(self, offline: HelmCharts) -> None:
        rendering = await offline.template(request_for(hook="post-install"), kubernetes="1.34.2")
        assert sorted(names(rendering.objects)) == ["ConfigMap/demo-values", "Deployment/demo", "Service/demo-side"]
        assert sorted(names(rendering.hooks)) == ["ConfigMap/demo-hook", "ConfigMap/demo-test"]
        assert [name.rpartition("/")[2] for name in names(rendering.crds)] == [
            "gadgets.example.com",
            "gears.example.com",
        ]

    async def test_a_disabled_subchart_brings_no_crds(self, offline: HelmCharts) -> None:
        rendering = await offline.template(request_for(side={"enabled": False}), kubernetes="1.34.2")
        assert names(rendering.crds) == ["CustomResourceDefinition/gadgets.example.com"]

    async def test_the_same_input_renders_the_same(self, offline: HelmCharts) -> None:
        first = await offline.template(request_for(), kubernetes="1.34.2")
        assert first == await offline.template(request_for(), kubernetes="1.34.2")

    async def test_the_target_decides_what_capabilities_say(self, offline: HelmCharts) -> None:
        many = [f"group{number}.example.com/v1/Kind" for number in range(500)]
        rendering = await offline.template(
            request_for(), kubernetes="1.31.4", api_versions=[*many, "example.com/v1/Widget"]
        )
        data = rendering.objects[0]["data"]
        assert (data["kubernetes"], data["widgets"]) == ("v1.31.4", "true")

    async def test_every_text_reaches_the_chart_as_it_is(self, offline: HelmCharts) -> None:
        text = "".join(map(chr, (*range(0x20, 0xD800), *range(0xE000, 0x11000), 0x1F600, 9, 10, 13))) + " # y: 'no'"
        values: dict[str, Any] = {
            "message": SecretText(text),
            "list": [None, True, 1.5, "1e3", "yes", {"a": SecretText("x")}],
        }
        rendering = await offline.template(request_for(**values), kubernetes="1.34.2")
        seen = json.loads(rendering.objects[0]["data"]["values"])
        assert seen["message"] == text
        assert seen["list"] == [None, True, 1.5, "1e3", "yes", {"a": "x"}]

    @pytest.mark.parametrize(
        ("fault", "message"),
        [
            ("fail", "web/templates/faults.yaml:2:4: the message *** is not allowed"),
            ("required", "web/templates/faults.yaml:4:4: the host must be set"),
            (
                "nil",
                "web/templates/faults.yaml:6:11: nil pointer evaluating interface {}.at (at .Values.nothing.at.all)",
            ),
            (
                "include",
                "web/templates/_names.tpl:5:11: nil pointer evaluating interface {}.at (at .Values.nothing.at.all)",
            ),
            (
                "yaml",
                "web/templates/faults.yaml: what the template renders is no YAML: "
                "line 2: did not find expected ',' or ']' (lines of the output)",
            ),
        ],
    )
    async def test_a_chart_that_does_not_render(self, fault: str, message: str, offline: HelmCharts) -> None:
        request = request_for(fault=fault, message=SecretText("sesame"))
        with pytest.raises(InputError) as caught:
            await offline.template(request, kubernetes="1.34.2")
        assert str(caught.value) == message
        assert caught.value.hint

    async def test_a_secret_that_looks_like_a_line_number_spoils_no_place(self, offline: HelmCharts) -> None:
        with pytest.raises(InputError) as caught:
            await offline.template(request_for(fault="required", message=SecretText("4")), kubernetes="1.34.2")
        assert str(caught.value) == "web/templates/faults.yaml:4:4: the host must be set"

    async def test_values_that_do_not_fit_the_schema(self, offline: HelmCharts) -> None:
        with pytest.raises(InputError) as caught:
            await offline.template(request_for(replicas=-1, tag=7), kubernetes="1.34.2")
        assert caught.value.message == (
            "the values do not fit the schema of chart web: "
            "'/replicas': minimum: got -1, want 0; '/tag': got number, want string"
        )

    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("templates/x.yaml", "\n{{ if }}", "demo/templates/x.yaml:2:1: missing value for if"),
            ("templates/x.yaml", '{{ include "no" . }}', "demo/templates/x.yaml:1:4: "),
            ("values.yaml", "a: [\n", "values.yaml:"),
            ("Chart.yaml", "apiVersion: v2\nname: demo\n", "version"),
            (
                "Chart.yaml",
                "apiVersion: v2\nname: demo\nversion: 1.0.0\nkubeVersion: '>=2.0'\n",
                "requires kubeVersion",
            ),
        ],
    )
    async def test_a_chart_with_broken_files(
        self, file: str, text: str, message: str, offline: HelmCharts, tmp_path: Path
    ) -> None:
        chart = tmp_path / "demo"
        lay(chart, {"Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0\n", file: text})
        with pytest.raises(InputError) as caught:
            await offline.template(request_for(str(chart)), kubernetes="1.34.2")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("release", ["-x", "Upper", "a" * 54, "--help", ""])
    async def test_a_release_name_that_helm_refuses(self, release: str, offline: HelmCharts) -> None:
        with pytest.raises(InputError, match="no name of a Helm release"):
            await offline.template(request_for(release=release), kubernetes="1.34.2")


@pytest.fixture
def charts(tools: ToolChain, tmp_path: Path, cluster_kubeconfig: Path) -> HelmCharts:
    return HelmCharts(tools, cache=tmp_path / "cache", registries=no_logins(tmp_path), kubeconfig=cluster_kubeconfig)


Kubectl = Callable[..., str]


@pytest.fixture
async def kubectl(tools: ToolChain, cluster_kubeconfig: Path) -> Kubectl:
    program = await tools.path("kubectl")

    def call(*words: str) -> str:
        command = [str(program), f"--kubeconfig={cluster_kubeconfig}", *words]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    return call


@pytest.fixture
def namespace(kubectl: Kubectl, tmp_path: Path) -> str:
    name = f"helm-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    kubectl("create", "namespace", name)
    return name


def release_secrets(kubectl: Kubectl, namespace: str) -> list[dict[str, Any]]:
    selector = ",".join(f"{key}={value}" for key, value in release_labels("demo").items())
    found: list[dict[str, Any]] = json.loads(
        kubectl(
            "get", "secrets", "-n", namespace, "-l", selector, "-o", "json", f"--field-selector=type={RELEASE_TYPE}"
        )
    )["items"]
    return found


async def until(condition: Callable[[], Any], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.05)


class TestReleases:
    async def test_install_then_upgrade(self, charts: HelmCharts, kubectl: Kubectl, namespace: str) -> None:
        first = await charts.upgrade(request_for(namespace=namespace, tag="one", hook="pre-install"))
        assert (first.name, first.namespace, first.revision, first.status) == ("demo", namespace, 1, "deployed")
        assert first.apply_method == "ssa"
        assert sorted(names(first.hooks)) == ["ConfigMap/demo-hook", "ConfigMap/demo-test"]

        second = await charts.upgrade(request_for(namespace=namespace, tag="two"))
        third = await charts.upgrade(request_for(namespace=namespace, tag="two"))
        assert (second.revision, third.revision) == (2, 3)
        assert first.manifest_digest != second.manifest_digest == third.manifest_digest
        image = kubectl("get", "deploy", "demo", "-n", namespace, "-o", "jsonpath={..image}")
        assert image == "web:two"
        assert "gadgets.example.com" not in kubectl("get", "crds", "-o", "name")

    async def test_uninstall_takes_what_carries_the_releases_marks_and_leaves_the_rest(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        await charts.upgrade(request_for(namespace=namespace))
        kubectl("annotate", "service", "demo-side", "-n", namespace, "meta.helm.sh/release-name-")
        await charts.uninstall("demo", namespace=namespace, timeout=120)
        assert release_secrets(kubectl, namespace) == []
        left = kubectl("get", "configmap,service,deployment", "-n", namespace, "-o", "name").split()
        assert [name for name in left if "demo" in name] == ["service/demo-side"]
        await charts.uninstall("demo", namespace=namespace, timeout=120)

    async def test_a_rollback_is_a_new_revision_of_old_content(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        first = await charts.upgrade(request_for(namespace=namespace, tag="one"))
        await charts.upgrade(request_for(namespace=namespace, tag="two"))
        await charts.rollback("demo", namespace=namespace, revision=1, timeout=120)
        third = latest_release(release_secrets(kubectl, namespace))
        assert third is not None
        assert (third.revision, third.status, third.manifest_digest) == (3, "deployed", first.manifest_digest)
        assert kubectl("get", "deploy", "demo", "-n", namespace, "-o", "jsonpath={..image}") == "web:one"

    async def test_a_revision_that_helm_has_no_more(self, charts: HelmCharts, namespace: str) -> None:
        await charts.upgrade(request_for(namespace=namespace))
        with pytest.raises(Refused, match="keeps revision 7 of release demo no more"):
            await charts.rollback("demo", namespace=namespace, revision=7, timeout=120)
        with pytest.raises(Refused, match="keeps revision 1 of release other no more"):
            await charts.rollback("other", namespace=namespace, revision=1, timeout=120)

    async def test_empty_values_mean_the_charts_own(self, charts: HelmCharts, kubectl: Kubectl, namespace: str) -> None:
        await charts.upgrade(request_for(namespace=namespace, replicas=3))
        await charts.upgrade(request_for(namespace=namespace))
        assert kubectl("get", "deploy", "demo", "-n", namespace, "-o", "jsonpath={.spec.replicas}") == "1"

    async def test_a_release_read_from_its_secret_is_what_helm_answered(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str, tools: ToolChain, cluster_kubeconfig: Path
    ) -> None:
        await charts.upgrade(request_for(namespace=namespace, tag="one"))
        answered = await charts.upgrade(request_for(namespace=namespace, tag="two", hook="pre-upgrade"))
        secrets = release_secrets(kubectl, namespace)
        assert latest_release(secrets) == answered
        assert {decode_release(secret).status for secret in secrets} == {"superseded", "deployed"}

        said = await helm(tools, "status", "demo", "-n", namespace, "-o", "json", f"--kubeconfig={cluster_kubeconfig}")
        assert read_release(json.loads(said)) == answered

    async def test_a_dry_run_is_what_the_upgrade_then_does(self, charts: HelmCharts, namespace: str) -> None:
        request = request_for(namespace=namespace, tag="three", hook="post-upgrade")
        for _ in range(2):
            rendering = await charts.dry_run(request)
            release = await charts.upgrade(request)
            assert (rendering.objects, rendering.hooks) == (release.objects, release.hooks)
        assert int(rendering.objects[0]["data"]["namespaces"]) > 0

    async def test_a_kind_that_is_not_served_yet(self, charts: HelmCharts, namespace: str) -> None:
        request = request_for(namespace=namespace, widget=True)
        with pytest.raises(MissingKinds) as caught:
            await charts.dry_run(request)
        assert caught.value.kinds == (("example.com/v1", "Widget"),)
        await charts.upgrade(request_for(namespace=namespace))
        with pytest.raises(MissingKinds):
            await charts.dry_run(request)

    async def test_a_namespace_that_is_not_there_yet(self, charts: HelmCharts) -> None:
        request = request_for(namespace="helm-nowhere")
        assert (await charts.dry_run(request)).objects
        with pytest.raises(StepFailed, match='namespaces "helm-nowhere" not found'):
            await charts.upgrade(request)

    async def test_a_field_that_somebody_else_changed(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        await charts.upgrade(request_for(namespace=namespace))
        kubectl("scale", "deploy", "demo", "-n", namespace, "--replicas=3")
        kubectl("set", "image", "deploy/demo", "-n", namespace, "web=web:hot")
        request = request_for(namespace=namespace, tag="two", replicas=2)
        with pytest.raises(StepFailed) as caught:
            await charts.upgrade(request)
        assert caught.value.message == (
            f"Deployment {namespace}/demo was changed by others where release demo states a value: "
            '.spec.replicas by kubectl; .spec.template.spec.containers[name="web"].image by kubectl-set'
        )
        assert (await charts.upgrade(request, force_conflicts=True)).status == "deployed"

    async def test_an_object_that_belongs_to_nobody(self, charts: HelmCharts, kubectl: Kubectl, namespace: str) -> None:
        kubectl("create", "configmap", "demo-values", "-n", namespace)
        await charts.dry_run(request_for(namespace=namespace))  # to see what would change is no taking
        with pytest.raises(Refused, match=r'ConfigMap "demo-values" in namespace "helm-\w+" exists and does not'):
            await charts.upgrade(request_for(namespace=namespace))
        assert release_secrets(kubectl, namespace) == []
        release = await charts.upgrade(request_for(namespace=namespace), take_ownership=True, force_conflicts=True)
        assert release.status == "deployed"

    @pytest.mark.parametrize("event", ["pre-install", "post-install"])
    async def test_a_hook_that_never_gets_ready(
        self, event: str, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        request = replace(request_for(namespace=namespace, failingHook=event), timeout_seconds=2)
        with pytest.raises(StepFailed) as caught:
            await charts.upgrade(request)
        assert caught.value.message.startswith(f"release demo: failed {event}: resource Pod/{namespace}/demo-never not")
        release = latest_release(release_secrets(kubectl, namespace))
        assert release is not None
        assert release.status == "failed"

    async def test_cancelled_it_leaves_a_failed_revision_that_the_next_upgrade_replaces(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        task = asyncio.create_task(charts.upgrade(request_for(namespace=namespace, failingHook="pre-install")))
        await until(lambda: "demo-never" in kubectl("get", "pods", "-n", namespace, "-o", "name"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [decode_release(s).status for s in release_secrets(kubectl, namespace)] == ["failed"]
        assert (await charts.upgrade(request_for(namespace=namespace))).status == "deployed"

    async def test_a_release_that_is_pending_is_refused(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str
    ) -> None:
        running = asyncio.create_task(charts.upgrade(request_for(namespace=namespace, failingHook="pre-install")))
        await until(lambda: "demo-never" in kubectl("get", "pods", "-n", namespace, "-o", "name"))
        for attempt in (charts.dry_run, charts.upgrade):
            with pytest.raises(Refused, match="in progress, or was killed"):
                await attempt(request_for(namespace=namespace))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    async def test_a_cluster_that_does_not_answer(self, tools: ToolChain, tmp_path: Path) -> None:
        kubeconfig = tmp_path / "config"
        kubeconfig.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
            "clusters: [{name: x, cluster: {server: 'http://127.0.0.1:1'}}]\n"
            "contexts: [{name: x, context: {cluster: x, user: x}}]\nusers: [{name: x, user: {}}]\n"
        )
        dead = HelmCharts(tools, cache=tmp_path / "cache", registries=no_logins(tmp_path), kubeconfig=kubeconfig)
        for attempt in (dead.dry_run, dead.upgrade):
            with pytest.raises(Unavailable, match="did not answer helm"):
                await attempt(request_for())

    async def test_secrets_are_on_no_command_line_and_in_no_file_of_ours(
        self, charts: HelmCharts, kubectl: Kubectl, namespace: str, tmp_path: Path
    ) -> None:
        request = request_for(namespace=namespace, message=SecretText("open-sesame"), failingHook="pre-install")
        task = asyncio.create_task(charts.upgrade(request))
        await until(lambda: "demo-never" in kubectl("get", "pods", "-n", namespace, "-o", "name"))
        lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if _is_readable(file)]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert any(b"helm" in line for line in lines)
        assert not any(b"open-sesame" in line for line in lines)
        assert not any(b"open-sesame" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def _is_readable(file: Path) -> bool:
    try:
        return bool(file.read_bytes())
    except OSError:
        return False
