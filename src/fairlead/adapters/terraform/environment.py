"""What of our own environment a Terraform process sees, and what we add.

Providers take their credentials from it, so the list is wider than for other children; provisioners inherit all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from fairlead.adapters.terraform.folders import Folders
from fairlead.model.infrastructure import Surroundings

PROVIDER_VARIABLES = (
    "AWS_*",
    "ARM_*",
    "AZURE_*",
    "CLOUDFLARE_*",
    "DIGITALOCEAN_*",
    "GOOGLE_*",
    "HCLOUD_*",
    "LINODE_*",
    "OS_*",
    "OVH_*",
    "PG_CONN_STR",
    "PM_*",
    "PROXMOX_*",
    "SCW_*",
    "SSH_AUTH_SOCK",
    "TF_ENCRYPTION",
    "TF_HTTP_*",
    "TF_PLUGIN_CACHE_DIR",
    "TF_TOKEN_*",
    "TF_VAR_*",
    "VAULT_*",
    "VSPHERE_*",
)
"""Patterns of names that pass by default. TF_WORKSPACE, TF_CLI_ARGS and TF_DATA_DIR never pass: they would move the
state to another place, or a flag under ours."""


_CREDENTIALS = (
    "*ACCESS_KEY*",
    "*API_KEY*",
    "*CREDENTIALS*",
    "*PASSWORD*",
    "*SECRET*",
    "*TOKEN*",
    "SSH_AUTH_SOCK",
    "TF_ENCRYPTION",
    "TF_PLUGIN_CACHE_DIR",
)
"""Who asks, not what is wanted: these rotate, and differ between two machines that mean the same."""
_VARIABLE = "TF_VAR_"


def find_surroundings(
    ours: Mapping[str, str], *, passed: Iterable[str], declared: Collection[str], program: str = ""
) -> Surroundings:
    """Of what a child sees of *ours*, what may change the plan of a root with the *declared* variables. *program*
    identifies one whose version is not pinned."""
    patterns = tuple(passed)
    seen = {name: value for name, value in sorted(ours.items()) if any(fnmatchcase(name, p) for p in patterns)}
    variables = {
        name: value
        for name, value in seen.items()
        if name.startswith(_VARIABLE) and name.removeprefix(_VARIABLE) in declared
    }
    places = {
        name: value
        for name, value in seen.items()
        if not name.startswith(_VARIABLE) and not any(fnmatchcase(name, pattern) for pattern in _CREDENTIALS)
    }
    return Surroundings(variables=variables, places=places | ({"program": program} if program else {}))


def child_environment(
    *,
    ours: Mapping[str, str],
    passed: Iterable[str],
    folders: Folders,
    cli_config: Path | None,
    kubeconfig: Path | None,
    context: str,
) -> dict[str, str]:
    """What is added to the clean environment of a child.

    With *kubeconfig* the kubernetes backend, the Kubernetes and Helm providers and `kubectl` in a provisioner all see
    the environment's cluster, never the one that happens to be current.
    """
    patterns = tuple(passed)
    found = {name: value for name, value in ours.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}
    if kubeconfig is not None:
        found |= {"KUBECONFIG": str(kubeconfig), "KUBE_CONFIG_PATH": str(kubeconfig)}
        found |= {"KUBE_CTX": context} if context else {}
    return found | {
        "TF_DATA_DIR": str(folders.data),
        "TF_CLI_CONFIG_FILE": str(cli_config or folders.cli_config),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }
