from __future__ import annotations

from pathlib import Path

from fairlead.adapters.terraform.environment import PROVIDER_VARIABLES, child_environment, find_surroundings
from fairlead.adapters.terraform.folders import Folders
from fairlead.model.infrastructure import Surroundings

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


class TestSurroundings:
    def find(self, **ours: str) -> Surroundings:
        return find_surroundings(ours, passed=PROVIDER_VARIABLES, declared={"size", "db_password"})

    def test_declared_variables_are_what_is_wanted(self) -> None:
        found = self.find(TF_VAR_size="3", TF_VAR_db_password="x", TF_VAR_other="1")
        assert found == Surroundings(variables={"TF_VAR_size": "3", "TF_VAR_db_password": "x"})

    def test_places_count_and_credentials_do_not(self) -> None:
        found = self.find(
            AWS_REGION="eu", AWS_SECRET_ACCESS_KEY="s", AWS_SESSION_TOKEN="t", OS_PASSWORD="p", SSH_AUTH_SOCK="/s"
        )
        assert found == Surroundings(places={"AWS_REGION": "eu"})

    def test_what_no_child_sees_does_not_count(self) -> None:
        assert self.find(GITHUB_SHA="1", HOME="/h", TF_WORKSPACE="w") == Surroundings()

    def test_values_are_not_printed(self) -> None:
        assert "secret" not in repr(self.find(TF_VAR_db_password="secret", AWS_REGION="secret"))
