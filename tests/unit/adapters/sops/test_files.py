from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.sops.files import SopsFiles, find_identities
from fairlead.model.errors import InputError
from fairlead.model.secret import reveal_tree

_SAMPLES = Path(__file__).parents[2] / "formats" / "sops"


def _keys_file(path: Path, *keys: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# created\n\n" + "".join(f"{key}\n" for key in keys), encoding="utf-8")
    return path


def test_finds_keys_in_all_three_places_in_order(tmp_path: Path) -> None:
    named = _keys_file(tmp_path / "named.txt", "FILE", "BOTH")
    _keys_file(tmp_path / ".config/sops/age/keys.txt", "DEFAULT", "BOTH")
    environ = {"SOPS_AGE_KEY": "ENV-1\nENV-2", "SOPS_AGE_KEY_FILE": str(named)}
    assert find_identities(environ=environ, home=tmp_path) == ("ENV-1", "ENV-2", "FILE", "BOTH", "DEFAULT")


def test_the_configuration_folder_moves_with_xdg(tmp_path: Path) -> None:
    _keys_file(tmp_path / "xdg/sops/age/keys.txt", "XDG")
    _keys_file(tmp_path / ".config/sops/age/keys.txt", "HOME")
    assert find_identities(environ={"XDG_CONFIG_HOME": str(tmp_path / "xdg")}, home=tmp_path) == ("XDG",)


def test_no_keys_are_no_fault_until_a_file_needs_them(tmp_path: Path) -> None:
    assert find_identities(environ={}, home=tmp_path) == ()
    with pytest.raises(InputError, match="no age key was found"):
        SopsFiles(environ={}, home=tmp_path).decrypt((_SAMPLES / "all.yaml").read_text("utf-8"), file="f")


def test_a_named_file_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_identities(environ={"SOPS_AGE_KEY_FILE": str(tmp_path / "none")}, home=tmp_path)
    assert str(caught.value) == f"{tmp_path}/none: the age keys cannot be read: No such file or directory"


def test_decrypts_with_the_keys_of_the_environment(tmp_path: Path) -> None:
    files = SopsFiles(environ={"SOPS_AGE_KEY_FILE": str(_SAMPLES / "key.txt")}, home=tmp_path)
    tree = files.decrypt((_SAMPLES / "encrypted_suffix.yaml").read_text("utf-8"), file="f")
    assert reveal_tree(tree) == {"a_secret": 1, "b": 2, "c_secret": {"d": ["x"]}}
