from __future__ import annotations

from pathlib import Path

from fairlead.adapters.clusters.embedded.real.cgroups import group_name, parse_hierarchies
from fairlead.adapters.clusters.embedded.real.mounts import Mount

SPLIT = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:1 - cgroup cgroup ro,cpu,cpuacct
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
50 31 0:39 / /somewhere/else rw,relatime - cgroup cgroup rw,pids
"""
UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"


def test_hierarchies_of_the_first_version_are_mounted_with_their_controllers_or_name() -> None:
    assert parse_hierarchies(SPLIT) == (
        Mount(place="/sys/fs/cgroup/memory", kind="cgroup", options="memory"),
        Mount(place="/sys/fs/cgroup/cpu,cpuacct", kind="cgroup", options="cpu,cpuacct"),
        Mount(place="/sys/fs/cgroup/systemd", kind="cgroup", options="none,xattr,name=systemd"),
        Mount(place="/sys/fs/cgroup/unified", kind="cgroup2", options=""),
    )


def test_the_one_hierarchy_of_the_second_version_is_mounted_without_options() -> None:
    assert parse_hierarchies(UNIFIED) == (Mount(place="/sys/fs/cgroup", kind="cgroup2", options=""),)


def test_groups_of_two_clusters_never_begin_alike() -> None:
    one, other = (group_name(Path(f"/state/clusters/homelab/{name}"), "") for name in ("local", "local2"))
    assert not one.startswith(other)
    assert not other.startswith(one)
    assert group_name(Path("/state/clusters/homelab/local"), "node-0").startswith(one)
