"""Takes the pictures of the README from a real run: examples/homelab on a real node, in tmux.

`python scripts/homelab_screens.py [FOLDER]` needs tmux and root; images and tools should be built before.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from screens import FOLDER, ROOT, Album, Place, window

COLUMNS = 100


class RealPlace(Place):
    @property
    def environment(self) -> Mapping[str, str]:
        return {**super().environment, "FAIRLEAD_NODES": "real", "FAIRLEAD_ENVIRONMENT": "local"}


def main() -> None:
    album = Album(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    with tempfile.TemporaryDirectory(prefix="fairlead-screens-") as folder:
        found = RealPlace(folder=Path(folder))
        program = found.folder / "bin" / "fairlead"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}/src" exec "{sys.executable}" -m fairlead.cli.main "$@"\n')
        program.chmod(0o755)
        shutil.copytree(ROOT / "examples" / "homelab", found.project)
        for words in (
            ("init", "-q"),
            ("add", "-A"),
            ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"),
        ):
            found.run("git", *words)
        found.run("fairlead", "local", "up", "--yes")
        try:
            take(found, album)
        finally:
            found.run("fairlead", "local", "down", check=False)


def take(found: Place, album: Album) -> None:
    with window(found, columns=COLUMNS, rows=44) as one:
        one.type("fairlead deploy --yes")
        one.wait(lambda shown: "cert-manager" in shown and "0 of 1" in shown, seconds=600)
        album.take("homelab-deploy", one)
        one.wait_for_prompt(seconds=600)
        album.take("homelab-deployed", one)
        one.clear()
        one.type("fairlead status")
        one.wait_for_prompt()
        album.take("homelab-status", one)


if __name__ == "__main__":
    main()
