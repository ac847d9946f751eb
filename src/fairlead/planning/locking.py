"""Whether the lock file settles what the project leaves open, and what is resolved anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from fairlead.formats.version_range import parse_range, parse_version
from fairlead.model.component import HelmSource
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.lock_file import LOCK_NAME, ChartLock, ComponentLock, LockChange, LockFile

DIGEST_LETTERS = len("sha256:") + 12


def lock_path(environment: Environment) -> str:
    """Where the lock file of *environment* lies, beside its values."""
    return f"environments/{environment.name_for('values')}/{LOCK_NAME}"


def pinned(source: HelmSource, *, component: str, lock: LockFile) -> HelmSource:
    """*source* at the one version that its lock says. Raises InputError where it says none, or one that does not fit.

    A chart of the project is as it lies there; an exact version, and one that another tool settles, need no lock, but
    one that is there must agree.
    """
    if not source.repository:
        return source
    locked = lock.of(component).chart
    if locked is None and source.is_read:
        return source
    if locked is not None:
        require_fit(locked, wanted=source.version, name=source.chart, component=component, lock=lock)
        if locked.repository != source.repository:
            raise _stale(f"{locked.name} from {locked.repository}", component=component, lock=lock)
        return dataclasses.replace(source, version=locked.version)
    if not is_exact(source.version):
        raise InputError(
            f"component {component} asks for chart {source.chart} {source.version}, "
            f"and {lock.file} does not say which version that is",
            hint=f"run `fairlead resolve -e {lock.environment} {component}`, and commit the file",
            rule="chart-unresolved",
        )
    return source


def require_fit(locked: ChartLock, *, wanted: str, name: str, component: str, lock: LockFile) -> None:
    """Raises InputError unless *locked* is chart *name* at a version that *wanted* takes."""
    if not fits(locked, wanted=wanted, name=name):
        raise _stale(f"{locked.name} {locked.version}, not {name} {wanted}", component=component, lock=lock)


def fits(locked: ChartLock, *, wanted: str, name: str) -> bool:
    """Whether *locked* is chart *name* (its repository may stand before it) at a version that *wanted* takes."""
    if locked.name != name.rpartition("/")[2]:
        return False
    version = parse_version(locked.version)
    return locked.version == wanted or (version is not None and parse_range(wanted).holds(version))


def is_exact(wanted: str) -> bool:
    """Whether *wanted* names one version, not a range: major, minor and patch, and nothing before them but a `v`."""
    version = parse_version(wanted)
    return version is not None and wanted.partition("-")[0].partition("+")[0].count(".") == 2


def compare_locks(before: LockFile, after: LockFile) -> tuple[LockChange, ...]:
    """What differs, in the order of components and subjects."""
    found = []
    for name in sorted(before.components.keys() | after.components.keys()):
        old, new = dict(_entries(before.of(name))), dict(_entries(after.of(name)))
        found += [
            LockChange(component=name, subject=subject, before=old.get(subject, ""), after=new.get(subject, ""))
            for subject in sorted(old.keys() | new.keys())
            if old.get(subject) != new.get(subject)
        ]
    return tuple(found)


def merged(before: LockFile, resolved: Mapping[str, ComponentLock], *, known: Iterable[str]) -> LockFile:
    """*before* with the components of *resolved* as they are there, without those that are in the project no more."""
    kept = set(known)
    components = {name: lock for name, lock in before.components.items() if name in kept} | dict(resolved)
    return dataclasses.replace(before, components={n: lock for n, lock in components.items() if not lock.is_empty})


def _entries(lock: ComponentLock) -> Iterator[tuple[str, str]]:
    for chart in (*((lock.chart,) if lock.chart else ()), *lock.dependencies):
        yield f"chart {chart.name}", f"{chart.version} ({chart.digest[:DIGEST_LETTERS]})"
    yield from ((f"base {url}", commit[:12]) for url, commit in lock.bases.items())
    yield from ((f"image {name}", digest[:DIGEST_LETTERS]) for name, digest in lock.images.items())


def _stale(found: str, *, component: str, lock: LockFile) -> InputError:
    return InputError(
        f"{lock.file} does not fit the project any more: for component {component} it has {found}",
        hint=f"run `fairlead resolve -e {lock.environment} {component}`, and commit the file",
        rule="lock-stale",
    )
