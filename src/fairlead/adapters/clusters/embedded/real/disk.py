"""What the disk of a cluster's folder can do for containers."""

from __future__ import annotations

from pathlib import Path

from fairlead.adapters.clusters.embedded.real.mounts import mounts


def snapshotter(folder: Path, mountinfo: str) -> str:
    """containerd's way to lay the layers of an image over each other, by the text of /proc/self/mountinfo.

    An overlay cannot be the upper part of another, so in a container, whose own files are one, layers are copied:
    slower, and each container takes the room of its image.
    """
    holding = [mount for mount in mounts(mountinfo) if folder.is_relative_to(mount.place)]
    deepest = max(enumerate(holding), key=lambda one: (len(Path(one[1].place).parts), one[0]))[1]
    return "native" if deepest.kind == "overlay" else "overlayfs"
