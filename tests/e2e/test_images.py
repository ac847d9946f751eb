"""Image components on a cluster with simulated nodes: built, tested, used by what is deployed, and left alone after."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from e2e.registry_rig import PASSWORD, USER, log_in, running
from e2e.rig import Clone, go_folder, tool
from fairlead.formats.json_data import dig

pytestmark = pytest.mark.e2e

MAIN = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n'
WRONG = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Printf("%d\\n", "hello") }\n'
IMAGE = {
    "name": "hello-image",
    "image": {
        "go": {"folder": "apps/hello"},
        "files": {"/etc/hello/greeting": "greeting.txt"},
        "test": ["go", "vet", "./..."],
    },
}


def pod_spec(image: str) -> dict[str, Any]:
    return {"containers": [{"name": "hello", "image": image}]}


def deployment(name: str, image: str) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "hello"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec(image)},
        },
    }


@pytest.fixture
def hello(clone: Clone) -> Clone:
    """A program, its image, and the three ways of using it."""
    # Compiling the standard library takes half a minute, so the user's own caches are used.
    clone.environ |= {name: go_folder(name) for name in ("GOCACHE", "GOMODCACHE")}
    clone.keep_own_images()
    clone.write("apps/hello/go.mod", "module example.test/hello\n\ngo 1.21\n")
    clone.write("apps/hello/main.go", MAIN)
    clone.write("greeting.txt", "hello\n")
    clone.write("plain.yaml", deployment("plain", "example.test:5000/hello:1.0"))
    clone.write("overlay/kustomization.yaml", {"resources": ["it.yaml"]})
    clone.write("overlay/it.yaml", deployment("overlay", "hello"))
    clone.write("chart/Chart.yaml", {"apiVersion": "v2", "name": "chart", "version": "1.0.0"})
    image = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    clone.write("chart/templates/it.yaml", deployment("chart", image))
    mapped = {f"image.{key}": f"outputs.hello-image.{key}" for key in ("repository", "tag")}
    clone.project(
        "hello",
        IMAGE,
        {"name": "plain", "manifests": "plain.yaml", "images": {"example.test:5000/hello": "hello-image"}},
        {"name": "overlay", "kustomize": "overlay", "images": {"hello": "hello-image"}},
        {"name": "chart", "namespace": "hello", "helm": {"chart": "chart"}, "set": mapped},
    )
    clone.commit()
    return clone


def without_go(folder: Path) -> str:
    """A search path on which the same version of Go cannot be run."""
    program = folder / "go" / "bin" / "go"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/false\n")
    program.chmod(0o755)
    (folder / "go" / "VERSION").write_text((Path(go_folder("GOROOT")) / "VERSION").read_text())
    return f"{program.parent}:{os.environ['PATH']}"


def images_of(clone: Clone, *names: str) -> set[str]:
    found = json.loads(clone.kubectl("-n", "hello", "get", "deployments", *names, "-o", "json"))
    pods = [dig(item, "spec", "template", "spec") for item in found["items"]]
    return {container["image"] for pod in pods for container in pod["containers"]}


def archives(clone: Clone) -> list[Path]:
    return list((clone.cache / "fairlead" / "images").glob("*/image.tar"))


def step(report: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in report["steps"] if s["name"] == name)
    return found


def test_an_image_is_built_once_and_reaches_every_release(hello: Clone, tmp_path: Path) -> None:
    planned = hello.run("plan", "-e", "local", "--output", "json").expect(0).json
    assert step(planned, "overlay")["changes"][0]["reason"] == "needs hello-image, known after provision"
    assert archives(hello) == []

    first = hello.run("deploy", "-e", "local", "--yes", "--cache-images").expect(0)
    assert "not loaded: the nodes are simulated" in first.out + first.err
    assert "1 images not fetched: the nodes are simulated" in first.out + first.err
    [image] = images_of(hello)
    assert image.startswith("fairlead.local/hello-image:")
    [archive] = archives(hello)
    made = archive.stat()

    again = hello.run("deploy", "-e", "local", "--yes", PATH=without_go(tmp_path)).expect(0)
    assert f"source as recorded: {image}" in again.out + again.err
    assert archive.stat().st_mtime_ns == made.st_mtime_ns

    hello.write("apps/hello/main.go", MAIN.replace("hello", "goodbye"))
    hello.run("deploy", "-e", "local", "--yes").expect(0)
    [newer] = images_of(hello)
    assert newer != image


def test_a_failing_test_stops_before_anything_is_deployed(hello: Clone) -> None:
    hello.write("apps/hello/main.go", WRONG)
    failed = hello.run("deploy", "-e", "local", "--yes").expect(1)
    said = failed.out + failed.err
    assert "the test of image hello-image failed: go ended with 1" in said
    assert "wrong type string" in said
    image = step(hello.run("plan", "-e", "local", "--output", "json").json, "hello-image")
    assert image["changes"][0]["action"] in ("create", "update")


def test_what_does_not_compile_says_what_the_compiler_said(hello: Clone) -> None:
    hello.write("apps/hello/main.go", "package main\n\nfunc main() { undefined() }\n")
    failed = hello.run("deploy", "-e", "local", "--yes").expect(1)
    assert "./main.go:3:15: undefined: undefined" in failed.out + failed.err


def test_the_test_of_an_image_sees_its_files(hello: Clone) -> None:
    script = (
        "import os, pathlib, subprocess\n"
        "root = pathlib.Path(os.environ['FAIRLEAD_IMAGE_ROOT'])\n"
        "assert (root / 'etc/hello/greeting').read_text() == 'hello\\n'\n"
        "assert (root / 'tmp').is_dir()\n"
        "said = subprocess.run([os.environ['FAIRLEAD_IMAGE_PROGRAM']], capture_output=True, text=True, check=True)\n"
        "assert said.stdout == 'hello\\n'\n"
        "assert pathlib.Path(os.environ['FAIRLEAD_IMAGE_ARCHIVE']).is_file()\n"
        "assert os.environ['FAIRLEAD_IMAGE_REFERENCE'].startswith('fairlead.local/hello-image:')\n"
    )
    hello.write("check.py", script)
    hello.project("hello", {**IMAGE, "image": {**dig(IMAGE, "image"), "test": ["python3", "check.py"]}})
    done = hello.run("deploy", "-e", "local", "--yes").expect(0)
    assert "python3 tested it" in done.out + done.err


def test_an_image_and_a_chart_go_through_a_registry(hello: Clone, tmp_path: Path) -> None:
    with running(tmp_path / "registry", login=True) as registry:
        log_in(hello.home, registry.host)
        helm = str(tool("helm"))
        subprocess.run([helm, "package", "chart", "--destination", str(tmp_path)], cwd=hello.folder, check=True)
        flags = ["--plain-http", f"--username={USER}", f"--password={PASSWORD}"]
        chart, place = str(tmp_path / "chart-1.0.0.tgz"), f"oci://{registry.host}/charts"
        subprocess.run([helm, "push", chart, place, *flags], check=True)
        pushed = {**IMAGE, "image": {**dig(IMAGE, "image"), "push": f"{registry.host}/team/hello"}}
        mapped = {f"image.{key}": f"outputs.hello-image.{key}" for key in ("repository", "tag")}
        hello.project(
            "hello",
            pushed,
            {"name": "plain", "manifests": "plain.yaml", "images": {"example.test:5000/hello": "hello-image"}},
            {
                "name": "chart",
                "namespace": "hello",
                "helm": {"chart": f"{place}/chart", "version": "1.0.0"},
                "set": mapped,
            },
        )
        first = hello.run("deploy", "-e", "local", "--yes").expect(0)
        assert "go tested it; pushed" in first.out + first.err
    found = hello.run("deploy", "-e", "local", "--yes").expect(0)
    assert "source as recorded" in found.out + found.err
    images = images_of(hello, "plain", "chart")
    assert all(image.startswith(f"{registry.host}/team/hello") for image in images)
    assert sum("@sha256:" in image for image in images) == 1
