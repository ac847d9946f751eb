from __future__ import annotations

import pytest

from fairlead.model.image import DockerfileSource, GoSource, ImageSource
from fairlead.model.plan import Phase
from fairlead.readers.project_file import read_project

HEAD = "apiVersion: fairlead.dev/v1\nproject: p\nenvironments: {local: {}}\ncomponents:\n"


def image(text: str) -> ImageSource:
    project = read_project(f"{HEAD}  - {{name: shop, image: {text}}}\n", file="fairlead.yaml")
    [component] = project.components
    assert component.phase is Phase.PROVISION
    assert isinstance(component.source, ImageSource)
    return component.source


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("{module: example.test/cart, version: v1.0.0}", "/cart"),
        ("{module: example.test/cart/v2, version: v2.0.0}", "/cart"),
        ("{module: example.test/cart, version: v1.0.0, package: ./cmd/cartd}", "/cartd"),
        ("{folder: apps/hello}", "/hello"),
        ("{folder: .}", "/shop"),
    ],
)
def test_a_program_is_called_as_go_install_would_call_it(text: str, program: str) -> None:
    go = image(f"{{go: {text}}}").go
    assert go is not None
    assert list(go.programs) == [program]


def test_every_key_of_an_image_is_read() -> None:
    found = image(
        "{go: {folder: a, programs: {/a: ./a, /b: ./b}, files: {/ui: ui}, replaces: {x: y v1}, stamps: {main.v: '1'},"
        " tags: [x]},"
        " packages: [redis=1], files: {/etc/a: b}, command: [/a, b], user: '9:9', folder: /srv, env: {A: '1'},"
        " labels: {l: v}, certificates: true, push: registry.test/a, test: [go, vet]}"
    )
    assert found == ImageSource(
        go=GoSource(
            folder="a",
            programs={"/a": "./a", "/b": "./b"},
            files={"/ui": "ui"},
            replaces={"x": "y v1"},
            stamps={"main.v": "1"},
            tags=("x",),
        ),
        packages=("redis=1",),
        files={"/etc/a": "b"},
        command=("/a", "b"),
        user="9:9",
        folder="/srv",
        variables={"A": "1"},
        labels={"l": "v"},
        certificates=True,
        push="registry.test/a",
        test=("go", "vet"),
    )


def test_the_folder_of_a_dockerfile_may_stand_alone() -> None:
    assert image("{dockerfile: images/a}").dockerfile == DockerfileSource(folder="images/a", file="Dockerfile")
