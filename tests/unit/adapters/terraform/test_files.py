from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.terraform.files import find_files
from fairlead.model.errors import InputError
from fairlead.model.infrastructure import TerraformRoot


def write(project: Path, **files: str) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def files(project: Path) -> tuple[Path, ...]:
    root = TerraformRoot(
        component="infra", folder=str(project / "infra"), program="tofu", environment="local", suffix="infra-local"
    )
    return find_files(root, project=project)


def found(project: Path) -> list[str]:
    return [str(path.relative_to(project)) for path in files(project)]


def digest(project: Path) -> str:
    return ProjectFolder(project).digest(files(project))


def test_all_regular_files_below_the_root_count(tmp_path: Path) -> None:
    write(tmp_path, **{"infra/main.tf": "", "infra/templates/a.tpl": "", "infra/x.auto.tfvars": "", "other/a.tf": ""})
    assert found(tmp_path) == ["infra/main.tf", "infra/templates/a.tpl", "infra/x.auto.tfvars"]


def test_what_runs_leave_behind_does_not_count(tmp_path: Path) -> None:
    left = [".terraform/modules/a.tf", "terraform.tfstate", "terraform.tfstate.backup", "terraform.tfstate.17.backup"]
    left += [".terraform.tfstate.lock.info", "errored.tfstate", "crash.log", "terraform.tfstate.d/x/terraform.tfstate"]
    write(tmp_path, **{"infra/main.tf": "", "infra/.terraform.lock.hcl": ""}, **{f"infra/{name}": "" for name in left})
    assert found(tmp_path) == ["infra/.terraform.lock.hcl", "infra/main.tf"]


def test_local_modules_count_and_what_they_call(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "infra/main.tf": 'module "a" {\n  source = "../modules/a"\n}\n',
            "modules/a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
            "modules/a/a.sh": "",
            "modules/b/main.tf.json": '{"module": {"a": {"source": "../a"}}}',
            "modules/c/main.tf": "",
        },
    )
    assert found(tmp_path) == ["infra/main.tf", "modules/a/a.sh", "modules/a/main.tf", "modules/b/main.tf.json"]


def test_module_called_from_a_folder_below_the_root_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{"infra/sub/main.tf": 'module "a" {\n  source = "../../modules/a"\n}\n', "modules/a/main.tf": ""},
    )
    assert found(tmp_path) == ["infra/sub/main.tf", "modules/a/main.tf"]


def test_file_that_a_string_names_above_the_root_counts(tmp_path: Path) -> None:
    text = 'locals {\n  a = file("${path.module}/../values.yaml")\n  b = file("../none.yaml")\n}\n'
    write(tmp_path, **{"infra/main.tf": text, "values.yaml": ""})
    assert found(tmp_path) == ["infra/main.tf", "values.yaml"]


def test_file_that_a_string_names_outside_of_the_project_counts_by_the_same_name_in_every_clone(tmp_path: Path) -> None:
    for clone, value in (("a", "1"), ("b", "1"), ("c", "2")):
        text = 'locals {\n  a = file("${path.module}/../../values.yaml")\n}\n'
        write(tmp_path / clone, **{"project/infra/main.tf": text, "values.yaml": value})
    assert found(tmp_path / "a" / "project") == ["../values.yaml", "infra/main.tf"]
    assert digest(tmp_path / "a" / "project") == digest(tmp_path / "b" / "project")
    assert digest(tmp_path / "a" / "project") != digest(tmp_path / "c" / "project")


def test_two_files_of_one_name_outside_of_the_project_are_told_apart(tmp_path: Path) -> None:
    for clone, one, other in (("a", "1", "2"), ("b", "2", "1")):
        text = 'locals {\n  a = file("../../x/v")\n  b = file("../../y/v")\n}\n'
        write(tmp_path / clone, **{"project/infra/main.tf": text, "x/v": one, "y/v": other})
    assert digest(tmp_path / "a" / "project") != digest(tmp_path / "b" / "project")


def test_module_outside_of_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path, **{"project/infra/main.tf": 'module "a" {\n  source = "../../m"\n}\n', "m/main.tf": ""})
    with pytest.raises(InputError, match="outside of the project"):
        found(tmp_path / "project")


def test_missing_module_is_named(tmp_path: Path) -> None:
    write(tmp_path, **{"infra/main.tf": 'module "a" {\n  source = "../m"\n}\n'})
    with pytest.raises(InputError, match="m: no such folder"):
        found(tmp_path)


def test_link_to_a_folder_of_the_project_counts(tmp_path: Path) -> None:
    write(tmp_path, **{"infra/main.tf": "", "shared/a.tpl": ""})
    (tmp_path / "infra" / "shared").symlink_to(tmp_path / "shared")
    assert found(tmp_path) == ["infra/main.tf", "shared/a.tpl"]


def test_link_that_leaves_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path, **{"project/infra/main.tf": "", "secret": ""})
    (tmp_path / "project" / "infra" / "a.tpl").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="outside of the project"):
        found(tmp_path / "project")


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, **{"infra/main.tf": ""})
    (tmp_path / "infra" / "again").symlink_to(tmp_path / "infra")
    assert found(tmp_path) == ["infra/main.tf"]
