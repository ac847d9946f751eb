"""What is shown or tried, by the names of folders."""

from __future__ import annotations

import pytest

from fairlead.planning.tried import find_tried


@pytest.mark.parametrize(
    ("folders", "tried"),
    [
        ({"docs", "k8s", "k8s/tests"}, {"docs", "k8s/tests"}),
        ({"test", "test/e2e"}, {"test"}),
        ({"overlays", "overlays/test"}, set()),
        ({"environments/test", "environments/test/docs"}, {"environments/test/docs"}),
        ({"k8s/test", "k8s/dev"}, set()),
        ({"k8s/test", "k8s/web"}, {"k8s/test"}),
        ({"tests", "dev", "_archived"}, {"tests", "_archived"}),
    ],
)
def test_an_environment_may_be_called_test(folders: set[str], tried: set[str]) -> None:
    assert find_tried(folders) == tried
