"""What helmfile finds in the place of helm while it only evaluates: a program that does nothing.

`helmfile build` asks helm for its version, and has the secrets of an environment decrypted (1.8.0, measured). The
stand-in answers with a version, and with the encrypted file as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HELM: Final = """#!/bin/sh
case "$1" in
version) echo v4.3.1+g0000000 ;;
secrets)
  while [ $# -gt 1 ]; do shift; done
  echo "$1" >>"$HOME/asked"
  exec /bin/cat "$1" ;;
*) exit 1 ;;
esac
"""
# helmfile refuses encrypted files where helm has no such plugin.
_PLUGIN: Final = 'name: "secrets"\nversion: "4.6.5"\n'


def was_asked(folder: Path) -> bool:
    """Whether something was to be decrypted."""
    return (folder / "asked").exists()


def write_stand_ins(folder: Path) -> dict[str, str]:
    """Put them into *folder*; the environment by which helmfile finds them, and nothing else."""
    programs, plugin = folder / "bin", folder / "plugins" / "secrets"
    programs.mkdir()
    plugin.mkdir(parents=True)
    helm = programs / "helm"
    helm.write_text(_HELM)
    helm.chmod(0o755)
    (plugin / "plugin.yaml").write_text(_PLUGIN)
    home = str(folder)
    return {
        "PATH": str(programs),
        "HELM_PLUGINS": str(plugin.parent),
        **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), home),
    }
