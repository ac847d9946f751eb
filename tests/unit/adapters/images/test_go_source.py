from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.images.go_source import source_files
from fairlead.model.errors import InputError
from fairlead.model.image import GoSource


def project_with(folder: Path, *, replace: str = "", library: str = "") -> Path:
    project = folder / "project"
    (project / "app").mkdir(parents=True)
    (project / "app" / "go.mod").write_text(f"module example.test/app\n\ngo 1.24\n\n{replace}\n")
    if library:
        (folder / library).mkdir(parents=True)
        (folder / library / "go.mod").write_text("module example.test/lib\n")
    return project


def source(**replaces: str) -> GoSource:
    return GoSource(folder="app", programs={"/app": "."}, replaces=replaces)


def names(project: Path, wanted: GoSource) -> set[str]:
    return {str(path.relative_to(project)) for path in source_files(wanted, project=project) if path.is_file()}


@pytest.mark.parametrize(
    "line",
    [
        "replace example.test/lib => {place}",
        "replace example.test/lib v1.0.0 => {place} // mine",
        'replace example.test/lib => "{place}"',
        "replace (\n\texample.test/other => example.test/fork v1.2.3\n\texample.test/lib => {place}\n)",
    ],
)
@pytest.mark.parametrize("way", ["{folder}/lib", "../../lib"])
def test_a_replace_that_leaves_the_project_is_refused(tmp_path: Path, line: str, way: str) -> None:
    replace = line.format(place=way.format(folder=tmp_path))
    project = project_with(tmp_path, replace=replace, library="lib")

    with pytest.raises(InputError, match="leaves the project"):
        names(project, source())


@pytest.mark.parametrize("way", ["{project}/lib", "../lib"])
def test_a_replace_inside_the_project_is_read(tmp_path: Path, way: str) -> None:
    place = way.format(project=tmp_path / "project")
    project = project_with(tmp_path, replace=f"replace example.test/lib => {place}", library="project/lib")

    assert names(project, source()) == {"app/go.mod", "lib/go.mod"}


@pytest.mark.parametrize("way", ["{folder}/lib", "../../lib"])
def test_a_replace_of_the_project_file_does_not_leave_it_either(tmp_path: Path, way: str) -> None:
    project = project_with(tmp_path, library="lib")

    with pytest.raises(InputError, match="leaves the project"):
        names(project, source(**{"example.test/lib": way.format(folder=tmp_path)}))


def test_a_replace_of_the_project_file_is_read(tmp_path: Path) -> None:
    project = project_with(tmp_path, library="project/lib")

    wanted = source(**{"example.test/lib": "../lib", "example.test/other": "example.test/fork v1.2.3"})
    assert names(project, wanted) == {"app/go.mod", "lib/go.mod"}


@pytest.mark.parametrize("way", ["/home/me/lib", "../lib"])
def test_a_module_of_the_proxy_takes_nothing_of_this_machine(tmp_path: Path, way: str) -> None:
    wanted = GoSource(
        module="example.test/app", version="v1.0.0", programs={"/app": "."}, replaces={"example.test/lib": way}
    )
    with pytest.raises(InputError, match="leaves the project"):
        list(source_files(wanted, project=tmp_path))
