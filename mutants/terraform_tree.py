"""A good Terraform repository: one root for two environments, and a module that it calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MAIN: Final = """terraform {
  backend "s3" {}
}

provider "aws" {
  alias  = "west"
  region = var.region
}

module "network" {
  source    = "../modules/network"
  cidr      = var.cidr
  providers = { aws.main = aws.west }
}

resource "aws_vpc" "edge" {
  provider = aws.west
  cidr     = local.blocks[0]
  peer     = module.network.id
  tags     = { zone = data.aws_zone.here.name }
}
"""
REST: Final = """variable "cidr" {
  type = string
}

variable "region" {
  default = "west"
}

locals {
  blocks = [var.cidr]
}

data "aws_zone" "here" {}

output "edge" {
  value = aws_vpc.edge.id
}
"""
NETWORK: Final = """terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.main]
    }
  }
}

variable "cidr" {}

resource "aws_vpc" "main" {
  provider = aws.main
  cidr     = var.cidr
}

output "id" {
  value = aws_vpc.main.id
}
"""
TREE: Final[Mapping[str, str]] = {
    "infra/main.tf": MAIN,
    "infra/rest.tf": REST,
    "infra/environments/staging.tfvars": 'cidr = "10.1.0.0/16"\n',
    "infra/environments/production.tfvars": 'cidr = "10.2.0.0/16"\n',
    "modules/network/main.tf": NETWORK,
}
