from __future__ import annotations

from typing import Any

import pytest

from fairlead.planning.image_pull import IMAGES_PER_POD, Fetch, fetches_of, fetching_pods, missing_images

IMAGE = "registry.test/team/shop:1.0"


def node(name: str, *images: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": {"images": [{"names": [image]} for image in images]}}


@pytest.mark.parametrize(
    ("known", "image", "is_there"),
    [
        (IMAGE, IMAGE, True),
        ("registry.test/library/redis:7", "redis:7", True),
        ("registry.test/library/redis:latest", "redis", True),
        ("registry.test/library/redis:8", "redis:7", False),
        ("registry.test/my-redis:7", "redis:7", False),
        ("registry.test:5000/shop:latest", "registry.test:5000/shop", True),
        (f"shop@sha256:{'0' * 64}", f"shop@sha256:{'0' * 64}", True),
        (f"shop@sha256:{'0' * 64}", f"shop@sha256:{'1' * 64}", False),
        ("other", "fairlead.local/shop:0123456789ab", True),
    ],
)
def test_what_a_node_has_is_not_fetched(known: str, image: str, *, is_there: bool) -> None:
    assert missing_images([node("a", known)], [image]) == ({} if is_there else {"a": (image,)})


def test_each_node_is_asked_for_what_it_lacks() -> None:
    nodes = [node("a", IMAGE), node("b"), node("c", IMAGE, "x:1")]
    assert missing_images(nodes, [IMAGE, "x:1"]) == {"a": ("x:1",), "b": (IMAGE, "x:1")}


def test_a_pod_takes_a_few_images_and_no_right() -> None:
    images = [f"image-{number}:1" for number in range(IMAGES_PER_POD + 1)]
    pods = fetching_pods({"a": images}, namespace="ns", run="r")
    assert [len(pod["spec"]["containers"]) for pod in pods] == [IMAGES_PER_POD, 1]
    assert len({pod["metadata"]["name"] for pod in pods}) == 2
    assert {pod["spec"]["nodeName"] for pod in pods} == {"a"}
    assert pods[0]["spec"]["containers"][0]["image"] == "image-0:1"


def live(**state: Any) -> dict[str, Any]:
    return {"status": {"containerStatuses": [{"name": "image-0", "state": state}]}}


@pytest.mark.parametrize(
    ("found", "fetch"),
    [
        ({"status": {}}, {}),
        (live(waiting={"reason": "ContainerCreating"}), {}),
        (live(waiting={"reason": "ErrImagePull", "message": "not found"}), {"fault": "ErrImagePull: not found"}),
        (live(waiting={"reason": "InvalidImageName"}), {"fault": "InvalidImageName"}),
        (live(waiting={"reason": "CreateContainerError"}), {"is_done": True}),
        (live(terminated={"reason": "StartError", "exitCode": 128}), {"is_done": True}),
        (live(running={}), {"is_done": True}),
        ({"status": {"phase": "Failed", "reason": "OutOfpods"}}, {"fault": "OutOfpods"}),
        ({"status": {"phase": "Failed", "message": "no room"}}, {"fault": "no room"}),
        (None, {"fault": "its pod was deleted"}),
    ],
)
def test_what_a_pod_says_of_its_image(found: dict[str, Any] | None, fetch: dict[str, Any]) -> None:
    [pod] = fetching_pods({"a": [IMAGE]}, namespace="ns", run="r")
    assert fetches_of(pod, live=found) == (Fetch(image=IMAGE, node="a", **fetch),)
