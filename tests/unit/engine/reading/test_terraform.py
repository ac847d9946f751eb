"""Terraform roots of a repository: which there are, for which environments, and why they would not load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.engine.reading.terraform import TerraformReader, terraform_environments
from fairlead.formats.codec import to_json
from fairlead.model.component import TerraformSource
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Severity
from fairlead.model.secret import reveal_tree

SOUND = {
    "infra/main.tf": (
        'terraform {\n  backend "s3" {}\n}\nprovider "aws" {\n  alias = "west"\n}\n'
        'module "network" {\n  source = "../modules/network"\n  name = var.name\n  providers = { aws = aws.west }\n}\n'
        'resource "aws_vpc" "main" {\n  provider = aws.west\n  id = module.network.id\n'
        "  lifecycle {\n    ignore_changes = [tags]\n  }\n"
        '  dynamic "port" {\n    for_each = local.ports\n    iterator = each_port\n    content {\n'
        "      n = each_port.value\n    }\n  }\n}\n"
    ),
    "infra/rest.tf": (
        'variable "name" {\n  type = string\n  validation {\n    condition = var.name != ""\n  }\n}\n'
        "locals {\n  ports = [data.aws_ports.all.id, each.key, path.module]\n}\n"
        'data "aws_ports" "all" {}\n'
    ),
    "infra/environments/staging.tfvars": 'name = "s"\n',
    "infra/environments/production.tfvars": 'name = "p"\n',
    "modules/network/main.tf": 'variable "name" {}\noutput "id" {\n  value = var.name\n}\n',
}


def reader(folder: Path, changes: Mapping[str, str]) -> TerraformReader:
    for name, text in {**SOUND, **changes}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return TerraformReader(ProjectFolder(folder))


def findings(folder: Path, changes: Mapping[str, str], environment: str = "staging") -> tuple[Finding, ...]:
    return reader(folder, changes).read("infra", Environment(name=environment)).findings


def test_a_sound_root_has_no_finding_and_its_variables(tmp_path: Path) -> None:
    part = reader(tmp_path, {}).read(".", Environment(name="production"))
    (component,) = part.components
    assert component.source == TerraformSource(folder="infra", variables={"name": "p"})
    assert (component.name, part.findings) == ("infra", ())


def test_environments_are_those_of_the_variable_files(tmp_path: Path) -> None:
    places = reader(tmp_path, {"live/dev/main.tf": 'provider "aws" {}\n'}).places()
    found = terraform_environments(places, others=["staging"], default="default")
    assert {e.name: [s.path for s in e.read_from] for e in found} == {
        "staging": ["infra"],
        "production": ["infra"],
        "dev": ["live/dev"],
    }


def test_a_root_that_names_none_is_of_each(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('provider "aws" {}\n')
    places = TerraformReader(ProjectFolder(tmp_path)).places()
    assert [e.name for e in terraform_environments(places, others=[], default="default")] == ["default"]
    assert [e.name for e in terraform_environments(places, others=["a", "b"], default="default")] == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "text", "rule", "place", "hint"),
    [
        ("infra/x.tf", 'variable "x" {\n', "terraform-syntax", "infra/x.tf:2:1", "syntax"),
        (
            "infra/x.tf",
            'module "m" {\n  source = "./network"\n}\n',
            "terraform-module-missing",
            "infra/x.tf:2:3",
            "../modules/network",
        ),
        ("infra/x.tf", 'data "aws_ports" "all" {}\n', "terraform-duplicate", "infra/x.tf:1:1", "rename"),
        ("infra/x.tf", "locals {\n  a = var.nam\n}\n", "terraform-undeclared-reference", "infra/x.tf:2:7", "name?"),
        ("infra/x.tf", "locals {\n  a = local.prts\n}\n", "terraform-undeclared-reference", "infra/x.tf:2:7", "ports?"),
        ("infra/x.tf", "locals {\n  a = module.x.y\n}\n", "terraform-undeclared-reference", "infra/x.tf:2:7", ""),
        (
            "infra/x.tf",
            "locals {\n  a = module.network.ids\n}\n",
            "terraform-undeclared-reference",
            "infra/x.tf:2:7",
            "id?",
        ),
        ("infra/x.tf", "locals {\n  a = data.aws_x.y\n}\n", "terraform-undeclared-reference", "infra/x.tf:2:7", ""),
        ("infra/x.tf", "locals {\n  a = aws_vpc.man\n}\n", "terraform-undeclared-reference", "infra/x.tf:2:7", "main?"),
        (
            "infra/x.tf",
            'resource "aws_x" "y" {\n  provider = aws.east\n}\n',
            "terraform-provider-undeclared",
            "infra/x.tf:2:14",
            "aws.west",
        ),
        (
            "infra/environments/staging.tfvars",
            'name = "s"\nnmae = 1\n',
            "terraform-undeclared-variable",
            "infra/environments/staging.tfvars:2:1",
            "name?",
        ),
        (
            "infra/environments/staging.tfvars",
            "",
            "terraform-variable-without-value",
            "infra/rest.tf:1:1",
            "TF_VAR_name",
        ),
        (
            "modules/network/more.tf",
            'variable "size" {}\n',
            "terraform-variable-without-value",
            "infra/main.tf:8:3",
            "size",
        ),
    ],
)
def test_why_a_root_does_not_load(tmp_path: Path, file: str, text: str, rule: str, place: str, hint: str) -> None:
    (finding,) = findings(tmp_path, {file: text})
    assert (finding.rule, str(finding.location)) == (rule, place)
    assert hint in finding.hint


def test_what_an_automatic_file_sets_is_set(tmp_path: Path) -> None:
    changes = {"infra/environments/staging.tfvars": "", "infra/a.auto.tfvars": 'name = "x"\n'}
    assert findings(tmp_path, changes) == ()


def test_where_a_file_cannot_be_read_nothing_is_thought_undeclared(tmp_path: Path) -> None:
    changes = {"infra/rest.tf": 'variable "name" {'}
    assert [f.rule for f in findings(tmp_path, changes)] == ["terraform-syntax"]


def test_a_folder_without_a_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Terraform root"):
        reader(tmp_path, {}).read("modules", Environment(name="x"))


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    more = 'variable "db" {\n  sensitive = true\n}\nvariable "n" {\n  sensitive = true\n}\nvariable "apps" {}\n'
    more += 'variable "admin_password" {}\nvariable "inner" {}\n'
    more += 'module "more" {\n  source = "../modules/more"\n  key = var.inner\n}\n'
    said = 'name = "s"\ndb = "hidden-1"\nn = 4711\nadmin_password = "hidden-2"\ninner = "hidden-3"\n'
    said += 'apps = [{ name = "a", token = "hidden-4" }]\n'
    changes = {
        "infra/more.tf": more,
        "modules/more/main.tf": 'variable "key" {\n  sensitive = true\n}\n',
        "infra/environments/staging.tfvars": said,
    }
    part = reader(tmp_path, changes).read("infra", Environment(name="staging"))
    (component,) = part.components
    assert isinstance(component.source, TerraformSource)
    assert part.findings == ()
    for shown in (json.dumps(to_json(component)), repr(component)):
        assert "hidden" not in shown
        assert "4711" not in shown
    assert reveal_tree(component.source.variables) == {
        "name": "s",
        "db": "hidden-1",
        "n": 4711,
        "admin_password": "hidden-2",
        "inner": "hidden-3",
        "apps": [{"name": "a", "token": "hidden-4"}],
    }


def test_a_fault_does_not_say_what_is_in_a_string(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, {"infra/environments/staging.tfvars": 'name = "a" "hidden"\n'})
    assert finding.rule == "terraform-syntax"
    assert "hidden" not in finding.message


def test_a_json_file_of_variables_is_read(tmp_path: Path) -> None:
    automatic = {"infra/environments/staging.tfvars": "", "infra/terraform.tfvars.json": '{"name": "x"}\n'}
    assert findings(tmp_path / "a", automatic) == ()
    files = {"infra/environments/test.tfvars.json": '{\n  "name": "x",\n  "nmae": 1\n}\n'}
    part = reader(tmp_path / "b", files).read("infra", Environment(name="test"))
    assert [(f.rule, str(f.location)) for f in part.findings] == [
        ("terraform-undeclared-variable", "infra/environments/test.tfvars.json:3:3")
    ]
    (finding,) = findings(tmp_path / "c", {"infra/a.auto.tfvars.json": "{"})
    assert str(finding.location) == "infra/a.auto.tfvars.json:1:2"


def test_providers_of_a_module_are_named_as_the_module_calls_them(tmp_path: Path) -> None:
    call = 'module "m" {\n  source = "../modules/m"\n  providers = { aws.theirs = aws.west }\n}\n'
    changes = {"infra/x.tf": call, "modules/m/main.tf": "locals {}\n"}
    assert findings(tmp_path, changes) == ()
    (finding,) = findings(tmp_path, {**changes, "infra/x.tf": call.replace("aws.west", "aws.theirs")})
    assert (finding.rule, str(finding.location)) == ("terraform-provider-undeclared", "infra/x.tf:3:30")


def test_a_variable_file_for_all_environments_is_none(tmp_path: Path) -> None:
    changes = {"infra/environments/staging.tfvars": "", "infra/environments/common.tfvars": 'name = "x"\n'}
    read = reader(tmp_path, changes)
    assert [place.environment for place in read.places()] == ["production", "staging"]
    assert read.read("infra", Environment(name="staging")).findings == ()


def test_an_example_is_no_root_where_there_is_another(tmp_path: Path) -> None:
    changes = {"examples/small/main.tf": "locals {}\n"}
    read = reader(tmp_path, changes)
    assert {place.folder for place in read.places()} == {"infra"}
    (component,) = read.read("examples/small", Environment(name="x")).components
    assert component.source == TerraformSource(folder="examples/small")


def test_terragrunt_is_said_to_be_not_read(tmp_path: Path) -> None:
    changes = {"live/a/terragrunt.hcl": "", "live/b/terragrunt.hcl": ""}
    (remark,) = reader(tmp_path, changes).unread()
    assert remark.text == "Terragrunt is not read: live/a/terragrunt.hcl and 1 more"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('resource "hcloud_server" "a" {}\n', "infra/x.tf:1:1"),
        ('provider "hcloud" {}\n', "infra/x.tf:1:1"),
        ('resource "aws_x" "y" {\n  provider = hcloud\n}\n', "infra/x.tf:2:14"),
        ('terraform {\n  required_providers {\n    hcloud = "~> 1.0"\n  }\n}\n', "infra/x.tf:3:5"),
        ('terraform {\n  required_providers {\n    hcloud = { version = "1.0" }\n  }\n}\n', "infra/x.tf:3:5"),
    ],
)
def test_a_provider_of_somebody_else_needs_a_source(tmp_path: Path, text: str, place: str) -> None:
    (finding,) = findings(tmp_path, {"infra/x.tf": text})
    assert (finding.rule, str(finding.location)) == ("terraform-provider-source", place)
    assert "hetznercloud/hcloud" in finding.hint


@pytest.mark.parametrize(
    "text",
    [
        'resource "unheard_of" "a" {}\ndata "http" "a" {}\nresource "terraform_data" "a" {}\n',
        'resource "hcloud_server" "a" {\n  provider = aws\n}\n',
        'terraform {\n  required_providers {\n    hcloud = {\n      source = "hetznercloud/hcloud"\n'
        "      configuration_aliases = [hcloud.a]\n    }\n  }\n}\n"
        'resource "hcloud_server" "a" {\n  provider = hcloud.a\n}\n',
        'terraform {\n  required_version = ">= 0.11, < 0.13"\n}\nprovider "hcloud" {}\n',
    ],
)
def test_a_provider_is_not_told_where_it_is_not_known_to_be_missing(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, {"infra/x.tf": text}) == ()


def test_what_an_override_gives_a_module_in_vain_is_a_warning(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, {"infra/x_override.tf": 'module "network" {\n  nmae = 1\n}\n'})
    assert (finding.rule, finding.severity) == ("terraform-undeclared-variable", Severity.WARNING)


def test_a_backend_in_an_override_makes_a_root(tmp_path: Path) -> None:
    changes = {"modules/network/override.tf.json": '{"terraform": {"backend": {"local": {}}}}'}
    assert {place.folder for place in reader(tmp_path, changes).places()} == {"infra", "modules/network"}


def test_the_source_that_the_root_says_is_proposed_to_its_module(tmp_path: Path) -> None:
    said = 'terraform {\n  required_providers {\n    proxmox = { source = "bpg/proxmox" }\n  }\n}\n'
    (finding,) = findings(tmp_path, {"infra/x.tf": said, "modules/network/x.tf": 'provider "proxmox" {}\n'})
    assert finding.hint == 'add proxmox = { source = "bpg/proxmox" } to required_providers of modules/network'


def test_a_provider_that_who_calls_means_otherwise_is_a_warning(tmp_path: Path) -> None:
    said = 'terraform {\n  required_providers {\n    own = { source = "acme/own" }\n  }\n}\n'
    deeper = {
        "modules/network/x.tf": 'module "deep" {\n  source = "../deep"\n}\n',
        "modules/deep/x.tf": 'resource "own_a" "a" {}\n',
    }
    (finding,) = findings(tmp_path / "a", {"infra/x.tf": said, **deeper})
    assert (finding.severity, str(finding.location)) == (Severity.WARNING, "modules/deep/x.tf:1:1")
    assert "acme/own" in finding.hint
    assert findings(tmp_path / "b", {"other/x.tf": said, **deeper}) == ()
    assert findings(tmp_path / "c", {"infra/x.tf": said.replace("acme", "hashicorp"), **deeper}) == ()


@pytest.mark.parametrize("ending", ["tf", "tf.json"])
def test_an_alias_that_a_module_needs_must_be_given(tmp_path: Path, ending: str) -> None:
    needs = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
    changes = {"modules/m/main.tf": needs + "      configuration_aliases = [aws.a]\n    }\n  }\n}\n"}
    text = {
        "tf": 'module "m" {\n  source = "../modules/m"\n  providers = {}\n}\n',
        "tf.json": '{"module": {"m": {\n"source": "../modules/m",\n"providers": {}}}}',
    }[ending]
    (finding,) = findings(tmp_path / "a", {**changes, f"infra/x.{ending}": text})
    assert (finding.rule, str(finding.location)) == (
        "terraform-provider-undeclared",
        f"infra/x.{ending}:2:{3 if ending == 'tf' else 1}",
    )
    given = {"tf": "{ aws.a = aws.west }", "tf.json": '{"aws.a": "aws.west"}'}[ending]
    assert findings(tmp_path / "b", {**changes, f"infra/x.{ending}": text.replace("{}", given)}) == ()
