"""Where Flux begins, and what its paths start with."""

from __future__ import annotations

import dataclasses

import pytest

from fairlead.formats.flux.objects import FluxKustomization, FluxName
from fairlead.planning.flux.entries import (
    FluxEntry,
    FluxFile,
    find_entries,
    leftovers,
    own_source,
    path_prefix,
    without_prefix,
)

GIT = FluxName("GitRepository", "flux-system", "flux-system")
OCI = FluxName("OCIRepository", "flux-system", "flux")


def kustomization(name: str, path: str, source: FluxName = GIT) -> FluxKustomization:
    return FluxKustomization(id=FluxName("Kustomization", "flux-system", name), path=path, source=source)


def bootstrapped(cluster: str) -> FluxFile:
    return FluxFile(
        file=f"{cluster}/flux-system/gotk-sync.yaml",
        kustomizations=(kustomization("flux-system", f"./{cluster}"),),
        sources=(GIT,),
    )


def test_what_bootstrap_wrote_names_the_cluster() -> None:
    apps = FluxFile(file="clusters/production/apps.yaml", kustomizations=(kustomization("apps", "./apps"),))
    assert find_entries([bootstrapped("clusters/production"), bootstrapped("clusters/staging"), apps]) == (
        FluxEntry(folder="clusters/production", environment="production", is_named=True),
        FluxEntry(folder="clusters/staging", environment="staging", is_named=True),
    )


def test_a_cluster_with_folders_below_is_named_by_the_one_under_clusters() -> None:
    (entry,) = find_entries([bootstrapped("clusters/main/kubernetes")])
    assert entry.environment == "main"


def test_without_a_source_the_outermost_folder_begins() -> None:
    files = [
        FluxFile(file="flux/apps.yaml", kustomizations=(kustomization("apps", "./apps"),)),
        FluxFile(file="apps/web/ks.yaml", kustomizations=(kustomization("web", "./apps/web/app"),)),
    ]
    assert find_entries(files) == (FluxEntry(folder="flux", environment="default", is_named=False),)


def test_a_folder_whose_files_a_kustomization_above_names_is_not_built_by_itself() -> None:
    file = FluxFile(
        file="clusters/pro/deploy/apps.yaml", named_in="clusters/pro", kustomizations=(kustomization("apps", "./apps"),)
    )
    assert find_entries([file]) == (FluxEntry(folder="clusters/pro", environment="pro", is_named=True),)
    off = dataclasses.replace(file, file="clusters/pro/deploy/off.yaml", named_in="")
    assert [entry.folder for entry in find_entries([file, off])] == ["clusters/pro"]
    assert [entry.folder for entry in find_entries([off])] == ["clusters/pro/deploy"]


@pytest.mark.parametrize(
    ("file", "path", "folder"),
    [
        ("flux-system/gotk-sync.yaml", "./fleet/eu/cluster/", "."),
        ("eu/flux-system/gotk-sync.yaml", "fleet/eu/cluster/eu", "eu"),
    ],
)
def test_what_bootstrap_wrote_says_which_part_of_the_repository_is_here(file: str, path: str, folder: str) -> None:
    files = [
        FluxFile(file="apps.yaml", kustomizations=(kustomization("apps", "./fleet/eu/apps"),)),
        FluxFile(file=file, kustomizations=(kustomization("flux-system", path),), sources=(GIT,)),
    ]
    (entry,) = find_entries(files)
    assert (entry.folder, entry.prefix) == (folder, "fleet/eu/cluster")


def test_another_repository_that_is_brought_in_is_no_cluster() -> None:
    tenant = FluxName("GitRepository", "apps", "tenant")
    files = [
        FluxFile(file="clusters/production/tenants.yaml", kustomizations=(kustomization("tenants", "./tenants"),)),
        FluxFile(
            file="tenants/base/sync.yaml", kustomizations=(kustomization("tenant", "./", tenant),), sources=(tenant,)
        ),
    ]
    wanted = FluxEntry(folder="clusters/production", environment="production", is_named=True)
    assert find_entries(files) == (wanted,)
    assert find_entries([bootstrapped("clusters/production"), *files]) == (wanted,)


def test_nothing_of_flux_is_nothing() -> None:
    assert find_entries([]) == ()


@pytest.mark.parametrize(
    ("paths", "folders", "wanted"),
    [
        (["./apps", "./infra"], {"apps", "infra"}, ""),
        (["./sub/tree/apps", "./sub/tree/infra"], {"apps", "infra"}, "sub/tree"),
        (["./sub/apps", "./sub/gone"], {"apps"}, "sub"),
        (["./gone"], {"apps"}, ""),
        (["./sub"], {"apps", "."}, "sub"),
        ([], {"apps"}, ""),
    ],
)
def test_prefix(paths: list[str], folders: set[str], wanted: str) -> None:
    assert path_prefix(paths, folders=folders) == wanted


@pytest.mark.parametrize(
    ("path", "prefix", "wanted"),
    [
        ("./", "", "."),
        ("./apps/", "", "apps"),
        ("/apps", "", "apps"),
        ("./a/b", "a", "b"),
        ("a", "a", "."),
        ("ab", "a", "ab"),
    ],
)
def test_without_prefix(path: str, prefix: str, wanted: str) -> None:
    assert without_prefix(path, prefix) == wanted


def test_the_repository_itself_is_what_most_read_from() -> None:
    assert own_source([kustomization("a", "a"), kustomization("b", "b"), kustomization("c", "c", OCI)]) == GIT
    assert own_source([kustomization("a", "a", OCI), kustomization("b", "b")]) == GIT
    assert own_source([]) is None


def test_what_the_flux_operator_keeps_a_cluster_in_step_with_begins_it() -> None:
    files = [
        FluxFile(file="clusters/eu/flux-system/instance.yaml", synced=(kustomization("flux", "./clusters/eu"),)),
        FluxFile(file="clusters/us/instance.yaml", synced=(kustomization("flux", "clusters/us/"),)),
        FluxFile(file="clusters/other/instance.yaml", synced=(kustomization("flux", "elsewhere"),)),
        FluxFile(file="clusters/us/apps.yaml", kustomizations=(kustomization("apps", "./apps"),)),
    ]
    assert [(each.folder, each.environment) for each in find_entries(files)] == [
        ("clusters/eu", "eu"),
        ("clusters/us", "us"),
    ]


def put_away(*, path: str) -> list[FluxFile]:
    return [
        FluxFile(file="flux/cluster/ks.yaml", kustomizations=(kustomization("apps", "./apps"),)),
        FluxFile(file="old/camera/ks.yaml", kustomizations=(kustomization("camera", path),)),
    ]


def test_what_was_put_away_begins_no_cluster() -> None:
    files, folders = put_away(path="./apps/camera/app"), {"apps", "flux/cluster", "old/camera"}
    assert [each.folder for each in find_entries(files, folders=folders)] == ["flux/cluster"]
    assert leftovers(files, folders=folders) == ("old/camera",)


def test_one_whose_path_is_here_begins_another() -> None:
    files, folders = put_away(path="./old/camera/app"), {"apps", "flux/cluster", "old/camera/app"}
    assert [each.folder for each in find_entries(files, folders=folders)] == ["flux/cluster", "old/camera"]


@pytest.mark.parametrize("folders", [{"apps"}, {"elsewhere"}])
def test_a_wrong_path_beside_a_right_one_is_told_not_passed_over(folders: set[str]) -> None:
    files = [
        FluxFile(file="clusters/eu/apps.yaml", kustomizations=(kustomization("apps", "./apps"),)),
        FluxFile(file="clusters/us/apps.yaml", kustomizations=(kustomization("apps", "./aps"),)),
    ]
    assert [each.environment for each in find_entries(files, folders=folders)] == ["eu", "us"]
    assert leftovers(files, folders=folders) == ()
