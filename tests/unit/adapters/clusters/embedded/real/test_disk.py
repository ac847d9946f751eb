from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.clusters.embedded.real.disk import snapshotter

MOUNTS = """\
22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b,workdir=/c
23 22 254:1 / /home rw,relatime shared:1 - ext4 /dev/vdb rw
24 23 0:21 / /home/a\\040b rw,relatime - overlay overlay rw
25 22 0:22 / /srv rw - overlay overlay rw
26 22 254:2 / /srv rw - xfs /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("/root/state", "native"),
        ("/home/x", "overlayfs"),
        ("/homestead", "native"),
        ("/home/a b/state", "native"),
        ("/srv/state", "overlayfs"),
    ],
)
def test_layers_are_copied_where_the_folder_lies_on_an_overlay(folder: str, wanted: str) -> None:
    assert snapshotter(Path(folder), MOUNTS) == wanted
