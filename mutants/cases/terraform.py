"""Faults of Terraform roots: what keeps them from loading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mutants.mutant import Mutant
from mutants.terraform_tree import TREE

MAIN: Final = "infra/main.tf"
REST: Final = "infra/rest.tf"
NETWORK: Final = "modules/network/main.tf"
STAGING: Final = "infra/environments/staging.tfvars"
NEW: Final = "infra/new.tf"
SAID_IN_THE_ROOT: Final = {
    NEW: 'terraform {\n  required_providers {\n    talos = { source = "siderolabs/talos" }\n  }\n}\n',
    "modules/network/new.tf": 'data "talos_image" "a" {}\n',
}


def _swap(rule: str, name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(rule=f"terraform-{rule}", name=name, files=TREE, swaps={file: (old, new)})


def _add(rule: str, name: str, texts: Mapping[str, str]) -> Mutant:
    return Mutant(rule=f"terraform-{rule}", name=name, files=TREE, adds=texts)


MUTANTS: Final = (
    _add("syntax", "a block that is not closed", {NEW: 'resource "aws_vpc" "b" {\n'}),
    _swap("syntax", "a string that is not closed", REST, 'default = "west"', 'default = "west'),
    _swap("syntax", "a variable file", STAGING, '"10.1.0.0/16"', "10.1.0.0/16 only"),
    _add("duplicate", "a resource", {NEW: 'resource "aws_vpc" "edge" {}\n'}),
    _add("duplicate", "a variable", {NEW: 'variable "cidr" {}\n'}),
    _add("duplicate", "an output of a module", {"modules/network/new.tf": 'output "id" {\n  value = 1\n}\n'}),
    _swap("module-missing", "misspelt", MAIN, "../modules/network", "../modules/netwrk"),
    _swap("module-missing", "one folder short", MAIN, "../modules/network", "./modules/network"),
    _add("module-missing", "of a module", {"modules/network/new.tf": 'module "a" {\n  source = "./a"\n}\n'}),
    _add("provider-source", "of a resource", {NEW: 'resource "hcloud_server" "a" {}\n'}),
    _add("provider-source", "of a data source in JSON", {"infra/new.tf.json": '{"data": {"sops_file": {"a": {}}}}\n'}),
    _add("provider-source", "said in the root only", SAID_IN_THE_ROOT),
    _swap("provider-undeclared", "of a resource", MAIN, "provider = aws.west", "provider = aws.east"),
    _swap("provider-undeclared", "given to a module", MAIN, "aws.main = aws.west", "aws.main = aws.east"),
    _swap("provider-undeclared", "not given to a module", MAIN, "  providers = { aws.main = aws.west }\n", ""),
    _swap("provider-undeclared", "in a module", NETWORK, "provider = aws.main", "provider = aws.west"),
    _swap("undeclared-reference", "a variable", REST, "blocks = [var.cidr]", "blocks = [var.cdir]"),
    _swap("undeclared-reference", "a local value", MAIN, "local.blocks", "local.block"),
    _swap("undeclared-reference", "an output", MAIN, "module.network.id", "module.network.vpc_id"),
    _swap("undeclared-reference", "a data source", MAIN, "data.aws_zone.here", "data.aws_zone.there"),
    _swap("undeclared-reference", "a resource", REST, "aws_vpc.edge.id", "aws_vpc.edges.id"),
    _swap("undeclared-variable", "of a module", MAIN, "  cidr      = var.cidr\n", "  cidr = var.cidr\n  size = 1\n"),
    _add("undeclared-variable", "in a variable file", {STAGING: 'cidr = "10.1.0.0/16"\nregoin = "x"\n'}),
    _add("undeclared-variable", "in a file that is read by itself", {"infra/a.auto.tfvars": "size = 1\n"}),
    _add("variable-without-value", "of an environment", {STAGING: "\n"}),
    _add("variable-without-value", "of a module", {"modules/network/new.tf": 'variable "size" {}\n'}),
    _swap("variable-without-value", "without a default", REST, '  default = "west"\n', ""),
)
