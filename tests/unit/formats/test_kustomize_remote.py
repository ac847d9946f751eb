from __future__ import annotations

import pytest

from fairlead.formats.kustomize_remote import is_remote_base, is_remote_file, is_remote_folder


@pytest.mark.parametrize(
    "path",
    [
        "https://example.test/a/b?ref=v1",
        "HTTP://example.test/a/b.git",
        "ssh://git@example.test/a/b",
        "file:///srv/repository",
        "github.com/owner/repository/path?ref=v1",
        "GitHub.com/owner/repository",
        "git@github.com:owner/repository",
        "git::https://example.test/a/b",
        "git@example.test:owner/repository.git",
        "user@example.test:owner/repository//path",
    ],
)
def test_what_kustomize_would_clone(path: str) -> None:
    assert is_remote_folder(path)


@pytest.mark.parametrize(
    "path", ["../base", "base", "a/github.com/b", "./github.com/a/b", "x.yaml", "a@b", "a:b/c", "1@2/3"]
)
def test_what_is_a_path(path: str) -> None:
    assert not is_remote_folder(path)


def test_files_are_downloaded_by_http_only() -> None:
    assert is_remote_file("https://example.test/x.yaml")
    assert not is_remote_file("ssh://example.test/x.yaml")
    assert not is_remote_file("github.com/x.yaml")


def test_a_url_of_a_manifest_is_no_base() -> None:
    assert is_remote_base("https://example.test/o/r//app?ref=v1")
    assert is_remote_base("ssh://git@example.test/o/r//x.yaml")
    assert not is_remote_base("https://example.test/o/r/x.yaml?token=1")
