from __future__ import annotations

from pathlib import Path

from fairlead.adapters.tools.go_settings import result_settings, settings_file


def test_the_file_is_where_go_looks_for_it(tmp_path: Path) -> None:
    assert settings_file({}, home=tmp_path) == tmp_path / ".config/go/env"
    assert settings_file({"XDG_CONFIG_HOME": "/c"}, home=tmp_path) == Path("/c/go/env")
    assert settings_file({"GOENV": "/g", "XDG_CONFIG_HOME": "/c"}, home=tmp_path) == Path("/g")
    assert settings_file({"GOENV": "off"}, home=tmp_path) is None


def test_what_says_where_modules_come_from_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# mine\nGOPROXY=https://p.example.test\nGOAMD64=v3\nGOEXPERIMENT=jsonv2\n")
    found = result_settings({"GOENV": str(file)}, home=tmp_path, without={"GOPROXY"})
    assert found == {"GOAMD64": "v3", "GOEXPERIMENT": "jsonv2"}


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("GOAMD64=v3\n")
    environ = {"GOENV": str(file), "GOAMD64": "v1"}
    assert result_settings(environ, home=tmp_path, without=()) == {}
    assert result_settings({**environ, "GOAMD64": ""}, home=tmp_path, without=()) == {"GOAMD64": "v3"}


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert result_settings({}, home=tmp_path, without=()) == {}
