"""The control groups of a node: one at the top of each hierarchy of this machine, below which it makes its own."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fairlead.adapters.clusters.embedded.real.mounts import Mount, mounts
from fairlead.model.errors import Unavailable
from fairlead.ports import Clock

_TOP = Path("/sys/fs/cgroup")
_PATIENCE = 20.0


def group_name(folder: Path, node: str) -> str:
    """Of the cluster in *folder*, by its path: what a lost record named is found again."""
    return f"fairlead-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}-{node}"


def parse_hierarchies(mountinfo: str) -> tuple[Mount, ...]:
    """From the text of /proc/self/mountinfo."""
    found = {}
    for mount in mounts(mountinfo):
        if mount.kind in ("cgroup", "cgroup2") and Path(mount.place).is_relative_to(_TOP):
            found[mount.place] = dataclasses.replace(mount, options=_mount_options(mount.kind, mount.options))
    return tuple(found.values())


def _mount_options(kind: str, options: str) -> str:
    if kind == "cgroup2":
        return ""
    kept = [word for word in options.split(",") if word not in ("rw", "ro")]
    named = any(word.startswith("name=") for word in kept)
    return ",".join((["none"] if named else []) + kept)


def hierarchies() -> tuple[Mount, ...]:
    """Raises Unavailable where there are none."""
    found = parse_hierarchies(Path("/proc/self/mountinfo").read_text())
    if not found:
        raise Unavailable(
            "this machine has no control groups mounted", hint="mount /sys/fs/cgroup, or use simulated nodes"
        )
    return found


def make_groups(name: str) -> tuple[str, ...]:
    """The group *name* in every hierarchy, ready for processes; their paths."""
    for hierarchy in hierarchies():
        group = Path(hierarchy.place) / name
        group.mkdir(exist_ok=True)
        for file in ("cpuset.cpus", "cpuset.mems"):
            # A new one of the first version has no processors and refuses processes.
            if hierarchy.kind == "cgroup" and (group / file).exists():
                (group / file).write_text((group.parent / file).read_text())
    return paths(name)


def paths(name: str) -> tuple[str, ...]:
    return tuple(f"{hierarchy.place}/{name}" for hierarchy in hierarchies())


def members_of(groups: Iterable[str]) -> tuple[str, ...]:
    """Where a further process joins: where the first one went to pass controllers on, if it had to."""
    return tuple(f"{group}/system" if Path(group, "system").is_dir() else group for group in groups)


def find_groups(prefix: str) -> tuple[Path, ...]:
    """Groups, in any hierarchy, whose names begin with *prefix*."""
    found = parse_hierarchies(Path("/proc/self/mountinfo").read_text())
    return tuple(group for hierarchy in found for group in Path(hierarchy.place).glob(f"{prefix}*"))


async def remove_groups(prefix: str, *, clock: Clock) -> None:
    """Remove those that `find_groups` finds, and all below them; no process may run in them. Raises Unavailable."""
    deadline = clock.monotonic() + _PATIENCE
    while groups := find_groups(prefix):
        refused = [said for group in groups for folder in _deepest_first(group) if (said := _remove(folder))]
        if refused and clock.monotonic() > deadline:
            raise Unavailable(
                f"a control group cannot be removed: {refused[0]}", hint="a process in it hangs; try again later"
            )
        # The kernel needs a moment after the last process.
        await clock.sleep(0.02)


def _remove(folder: str) -> str:
    """What the kernel says against it."""
    try:
        Path(folder).rmdir()
    except FileNotFoundError:
        return ""
    except OSError as err:
        return str(err)
    return ""


def _deepest_first(top: Path) -> Iterator[str]:
    for folder, _, _ in os.walk(top, topdown=False):
        yield folder
