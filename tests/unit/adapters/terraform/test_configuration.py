from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.terraform.configuration import (
    Backend,
    configuration_files,
    parse_json,
    parse_text,
    read_configuration,
)

KUBERNETES = 'terraform {\n  required_version = ">= 1.6"\n  backend "kubernetes" {\n    namespace = "infra"\n  }\n}\n'


def test_no_backend() -> None:
    assert parse_text('terraform {\n  required_version = "1.6"\n}\n').backend == Backend()


def test_backend_with_its_settings() -> None:
    assert parse_text(KUBERNETES).backend == Backend(kind="kubernetes", settings={"namespace": "infra"})


def test_backend_on_one_line() -> None:
    found = parse_text('terraform { backend "local" { path = "x.tfstate" } }').backend
    assert found.kind == "local"
    assert "path" in found.settings


def test_setting_that_is_an_expression_is_there_without_a_text() -> None:
    found = parse_text(
        'terraform {\n backend "kubernetes" {\n secret_suffix = var.name\n namespace = "a-${var.b}"\n}\n}'
    )
    assert found.backend.settings == {"secret_suffix": "", "namespace": ""}


def test_cloud_is_a_backend() -> None:
    assert parse_text('terraform {\n  cloud {\n    organization = "o"\n  }\n}\n').backend.kind == "cloud"


def test_block_named_cloud_elsewhere_is_none() -> None:
    assert parse_text('resource "x" "y" {\n  cloud {\n  }\n}\n').backend.kind == ""


@pytest.mark.parametrize(
    "text",
    [
        '# terraform { backend "s3" {} }',
        '// terraform { backend "s3" {} }',
        '/*\nterraform {\n  backend "s3" {}\n}\n*/',
        'locals {\n  a = <<EOT\nterraform {\n  backend "s3" {}\n}\nEOT\n}\n',
        'locals {\n  a = <<-EOT\n  variable "s3" {\n  }\n  EOT\n}\n',
        'locals {\n  a = "terraform { backend \\"s3\\" {} }"\n}\n',
    ],
)
def test_comments_heredocs_and_strings_say_nothing(text: str) -> None:
    found = parse_text(text)
    assert found.backend == Backend()
    assert not found.variables


def test_what_follows_a_heredoc_is_seen() -> None:
    text = 'locals {\n  a = <<EOT\n  EOTX {\nEOT\n}\nvariable "b" {}\n' + KUBERNETES
    assert parse_text(text).variables == {"b"}
    assert parse_text(text).backend.kind == "kubernetes"


def test_variables_and_module_sources() -> None:
    text = 'variable "a" {\n}\nvariable b {}\nmodule "m" {\n  source = "../m"\n}\nmodule "r" {\n  source = "x/y/z"\n}\n'
    assert parse_text(text).variables == {"a", "b"}
    assert parse_text(text).module_sources == ("../m",)


def test_ephemeral_variables_are_seen() -> None:
    assert parse_text('variable "a" {\n  ephemeral = true\n}\n').has_ephemeral
    assert parse_json('{"variable": {"a": {"ephemeral": true}}}').has_ephemeral
    assert not parse_text(
        'variable "a" {\n  # ephemeral = true\n}\noutput "b" {\n  ephemeral = true\n}\n'
    ).has_ephemeral


def test_json_syntax() -> None:
    found = parse_json(
        '{"terraform": [{"backend": {"kubernetes": {"namespace": "n", "secret_suffix": "${var.a}"}}}],'
        ' "variable": {"a": {}}, "module": {"m": {"source": "./m"}, "r": {"source": "x/y/z"}}}'
    )
    assert found.backend == Backend(kind="kubernetes", settings={"namespace": "n", "secret_suffix": ""})
    assert found.variables == {"a"}
    assert found.module_sources == ("./m",)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"terraform": 3, "variable": ["a"], "module": {"m": 1}}'])
def test_json_of_another_shape_says_nothing(text: str) -> None:
    assert parse_json(text).backend == Backend()


def test_tofu_reads_its_own_files_first(tmp_path: Path) -> None:
    for name in ("a.tf", "a.tofu", "b.tf", "c.tofu", "d.tf.json", "d.tofu.json", "x.tfvars"):
        (tmp_path / name).touch()
    assert [f.name for f in configuration_files(tmp_path, program="tofu")] == [
        "a.tofu",
        "b.tf",
        "c.tofu",
        "d.tofu.json",
    ]
    assert [f.name for f in configuration_files(tmp_path, program="terraform")] == ["a.tf", "b.tf", "d.tf.json"]


def test_files_of_a_folder_are_joined(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\n')
    (tmp_path / "b.tf").write_text(KUBERNETES)
    (tmp_path / "c.tf.json").write_text('{"variable": {"c": {}}}')
    found = read_configuration(tmp_path, program="tofu")
    assert found.variables == {"a", "c"}
    assert found.backend.kind == "kubernetes"


@given(st.text(alphabet='ab "{}#/*\n\\$<E=', max_size=60))
def test_a_comment_hides_what_it_holds(noise: str) -> None:
    hidden = noise.replace("*/", "")
    assert parse_text(f"/* {hidden} {KUBERNETES} */\n").backend == Backend()
    assert parse_text(f"/* {hidden} */\n{KUBERNETES}").backend.kind == "kubernetes"


@given(st.text(max_size=200))
def test_any_text_is_looked_at_without_an_error(text: str) -> None:
    parse_text(text)
    parse_json(text)


def test_an_override_file_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    (tmp_path / "versions.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    assert read_configuration(tmp_path, program="tofu").backend.kind == "local"
