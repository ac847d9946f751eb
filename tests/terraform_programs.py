"""Where the tests of Terraform find their programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairlead.model.errors import Unavailable


class PinnedTofu:
    """The tofu of FAIRLEAD_TEST_TOFU, of the search path, or of the folder where Fairlead keeps its tools."""

    async def path(self, name: str) -> Path:
        found = os.environ.get("FAIRLEAD_TEST_TOFU") or shutil.which(name) or _kept(name)
        if found is None:
            raise Unavailable(
                f"{name} is not there", hint=f"run `fairlead tools install {name}`, or set FAIRLEAD_TEST_TOFU"
            )
        return Path(found)

    def version(self, name: str) -> str:
        return "of the tests"


def _kept(name: str) -> str | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairlead" / "tools" / name
    return next((str(path) for path in sorted(cache.glob(f"*/{name}"), reverse=True)), None)


_PARENT = """
import asyncio, sys
from pathlib import Path
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.model.infrastructure import TerraformRoot
from terraform_programs import PinnedTofu

async def main(project, suffix, kubeconfig):
    infrastructure = TofuInfrastructure(
        PinnedTofu(), data_root=project / "data", project=project, kubeconfig=Path(kubeconfig) if kubeconfig else None
    )
    root = TerraformRoot(
        component="infra", folder=str(project / "infra"), program="tofu", environment="local", suffix=suffix
    )
    await infrastructure.init(root)
    plan = await infrastructure.plan(root)
    await infrastructure.apply(root, plan, on_event=lambda line: print(line, flush=True))

asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
"""


@contextmanager
def applying_parent(project: Path, *, suffix: str, kubeconfig: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that applies the root `infra` of *project*, and has come as far as a provisioner."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(project), suffix, str(kubeconfig or "")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout
        try:
            assert any("Provisioning" in line for line in process.stdout), "it did not come to its provisioner"
            yield process
        finally:
            process.kill()


def children_of(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


PROVIDER = "1.4.0"
"""The version of the provider `local`: the newest that builds as it is under its old module path."""


def install_local_provider(home: Path) -> None:
    """Have tofu find the provider `hashicorp/local` for the user whose home is *home*, without a registry. It is built
    once for each user of this machine."""
    built = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairlead" / "test-providers" / PROVIDER
    program = built / "terraform-provider-local"
    if not program.is_file():
        module = f"github.com/terraform-providers/{program.name}@v{PROVIDER}"
        subprocess.run(["go", "install", module], env={**os.environ, "GOBIN": str(built)}, check=True)
    machine = subprocess.run(["go", "env", "GOOS", "GOARCH"], capture_output=True, text=True, check=True).stdout.split()
    mirror = home / ".terraform.d" / "plugins" / "registry.opentofu.org" / "hashicorp" / "local" / PROVIDER
    place = mirror / "_".join(machine)
    place.mkdir(parents=True)
    (place / f"{program.name}_v{PROVIDER}").symlink_to(program)
