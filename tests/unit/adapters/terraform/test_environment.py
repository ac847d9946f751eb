from __future__ import annotations

from pathlib import Path

from fairlead.adapters.terraform.environment import PROVIDER_VARIABLES, child_environment
from fairlead.adapters.terraform.folders import Folders

OURS = {
    "AWS_PROFILE": "p",
    "TF_VAR_a": "1",
    "TF_WORKSPACE": "w",
    "TF_CLI_ARGS_plan": "-lock=false",
    "TF_DATA_DIR": "/x",
    "KUBE_CONFIG_PATH": "/their/config",
    "GITHUB_TOKEN": "t",
}


def environment(
    kubeconfig: Path | None = None, *, context: str = "", passed: tuple[str, ...] = PROVIDER_VARIABLES
) -> dict[str, str]:
    return child_environment(
        ours=OURS,
        passed=passed,
        folders=Folders(top=Path("/d/infra")),
        cli_config=None,
        kubeconfig=kubeconfig,
        context=context,
    )


def test_credentials_of_providers_pass_and_nothing_that_moves_state_or_flags() -> None:
    assert set(environment()) & set(OURS) == {"AWS_PROFILE", "TF_VAR_a", "TF_DATA_DIR"}
    assert environment()["TF_DATA_DIR"] == "/d/infra/data"


def test_the_list_is_the_callers() -> None:
    assert "GITHUB_TOKEN" in environment(passed=("GITHUB_*",))
    assert "AWS_PROFILE" not in environment(passed=())


def test_the_environments_cluster_is_the_only_one_seen() -> None:
    found = environment(Path("/k"), context="c")
    assert (found["KUBECONFIG"], found["KUBE_CONFIG_PATH"], found["KUBE_CTX"]) == ("/k", "/k", "c")
    assert "KUBE_CONFIG_PATH" not in environment()
    assert "KUBE_CTX" not in environment(Path("/k"))
