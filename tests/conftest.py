"""What all tests share.

Golden outputs: a test compares the whole of one with a file below tests/golden; `--update-golden` writes them.

Property tests have no deadline and no check of speed: on a busy machine both would fail for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# Programs that stand in for helm and the like are shell scripts here, and use what every POSIX system has (`cat`).
# Whoever runs the tests with nothing but Python, Go, git and make on PATH has those too, only not there.
os.environ["PATH"] = os.pathsep.join((os.environ["PATH"], os.confstr("CS_PATH") or os.defpath))
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fairlead",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("fairlead")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files; review the difference.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests against real servers first: the many small ones fill the gaps when only a few of the long ones are left."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Callable[[str, str], None]:
    """Compare *text* with the golden file *name*."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if pytestconfig.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"{file} is missing: run pytest --update-golden, and review it"
        assert text == file.read_text(encoding="utf-8")

    return compare
