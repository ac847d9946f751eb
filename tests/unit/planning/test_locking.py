from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError
from fairlead.model.lock_file import ChartLock, ComponentLock, LockChange, LockFile
from fairlead.planning.locking import compare_locks, is_exact, merged, pinned

REPOSITORY = "https://charts.example.test"
DIGEST = f"sha256:{'0' * 64}"


def chart(
    version: str = "1.2.3", *, name: str = "web", repository: str = REPOSITORY, digest: str = DIGEST
) -> ChartLock:
    return ChartLock(name=name, repository=repository, wanted="^1", version=version, digest=digest)


def lock(**components: ComponentLock) -> LockFile:
    return LockFile(file="environments/local/fairlead.lock.yaml", environment="local", components=components)


def source(version: str, *, chart: str = "own/web", repository: str = REPOSITORY) -> HelmSource:
    return HelmSource(chart=chart, repository=repository, version=version)


@pytest.mark.parametrize("wanted", ["^1", "~1.2", "1.2.3", "*", ">=1 <2"])
def test_a_range_is_the_locked_version(wanted: str) -> None:
    found = pinned(source(wanted), component="shop", lock=lock(shop=ComponentLock(chart=chart())))
    assert found == source("1.2.3")


def test_an_exact_version_needs_no_lock() -> None:
    assert pinned(source("1.2.3"), component="shop", lock=lock()) == source("1.2.3")


def test_a_chart_of_the_project_is_left_alone() -> None:
    own = HelmSource(chart="charts/web")
    assert pinned(own, component="shop", lock=lock(shop=ComponentLock(chart=chart()))) is own


def test_a_range_without_a_lock_names_the_remedy() -> None:
    with pytest.raises(InputError, match="shop asks for chart own/web \\^1") as caught:
        pinned(source("^1"), component="shop", lock=lock(other=ComponentLock(chart=chart())))
    assert caught.value.hint.startswith("run `fairlead resolve -e local shop`")


@pytest.mark.parametrize(
    ("wanted", "locked"),
    [
        ("^2", chart()),
        ("1.2.4", chart()),
        ("^1", chart(name="api")),
        ("^1", chart(repository="https://other.example.test")),
        ("^1", chart("1.3.0-rc.1")),
    ],
)
def test_a_lock_that_does_not_fit_any_more_is_refused(wanted: str, locked: ChartLock) -> None:
    with pytest.raises(InputError, match="does not fit the project any more") as caught:
        pinned(source(wanted), component="shop", lock=lock(shop=ComponentLock(chart=locked)))
    assert "fairlead resolve -e local shop" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2.3", True), ("v1.2.3", True), ("1.2.3-rc.1+b.2", True), ("1.2", False), ("1.2-rc.1", False), ("^1", False)],
)
def test_what_is_one_version(text: str, expected: bool) -> None:
    assert is_exact(text) is expected


def test_what_changed_is_told_by_component_and_subject() -> None:
    before = lock(a=ComponentLock(chart=chart("1.0.0")), gone=ComponentLock(chart=chart()))
    after = lock(a=ComponentLock(chart=chart("1.1.0")), new=ComponentLock(images={"nginx:1": DIGEST}))
    short = "sha256:000000000000"
    assert compare_locks(before, after) == (
        LockChange(component="a", subject="chart web", before=f"1.0.0 ({short})", after=f"1.1.0 ({short})"),
        LockChange(component="gone", subject="chart web", before=f"1.2.3 ({short})"),
        LockChange(component="new", subject="image nginx:1", after=short),
    )


names = st.sampled_from("abcd")
some = st.dictionaries(names, st.builds(ComponentLock, chart=st.builds(chart, st.sampled_from(["1.0.0", "1.1.0"]))))


@given(some, some, st.sets(names))
def test_only_what_was_resolved_moves_and_what_is_gone_goes(
    before: dict[str, ComponentLock], resolved: dict[str, ComponentLock], known: set[str]
) -> None:
    resolved = {name: each for name, each in resolved.items() if name in known}
    after = merged(lock(**before), resolved, known=known).components
    assert after == {name: (resolved | {})[name] if name in resolved else before[name] for name in after}
    assert set(after) == (set(before) & known) | set(resolved)
    assert compare_locks(lock(**before), lock(**before)) == ()
