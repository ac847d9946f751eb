from __future__ import annotations

import pytest

from fairlead.adapters.images.tags import split_reference


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("nginx", "docker.io/nginx", "latest"),
        ("nginx:1.27", "docker.io/nginx", "1.27"),
        ("team/web:2", "docker.io/team/web", "2"),
        ("registry.example.test/web", "registry.example.test/web", "latest"),
        ("registry.example.test:5000/web", "registry.example.test:5000/web", "latest"),
        ("registry.example.test:5000/team/web:2", "registry.example.test:5000/team/web", "2"),
        ("localhost/web:2", "localhost/web", "2"),
    ],
)
def test_an_image_as_pods_name_it(reference: str, repository: str, tag: str) -> None:
    assert split_reference(reference) == (repository, tag)
