"""OpenTofu finds fault with the same folders as we do, and at the same lines: JSON and override files.

All use only the provider that is built in, so that nothing has to be fetched.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.engine.reading.terraform import TerraformReader
from fairlead.model.environment import Environment
from fairlead.model.finding import Severity
from terraform_programs import PinnedTofu

pytestmark = pytest.mark.e2e

MAIN = (
    'variable "size" {\n  type = number\n}\nlocals {\n  a = var.size\n}\nresource "terraform_data" "x" {\n'
    '  input = local.a\n}\nmodule "m" {\n  source = "./m"\n  name = "n"\n}\noutput "o" {\n  value = module.m.id\n}\n'
)
TREE = {"main.tf": MAIN, "m/main.tf": 'variable "name" {}\noutput "id" {\n  value = var.name\n}\n'}
JSON = """{
  "//": "a note",
  "variable": {"zone": {"type": "string", "default": "${not read}"}},
  "locals": [{"b": "${local.a}-${var.zone}"}, {"c": {"${var.zone}": "$${no.reference}"}}],
  "resource": {
    "terraform_data": {
      "y": {
        "input": "${[for v in local.c : v]}",
        "depends_on": ["terraform_data.x"],
        "lifecycle": {"ignore_changes": ["input"], "replace_triggered_by": ["terraform_data.x"]},
        "provisioner": [{"local-exec": {"command": "echo ${self.id}"}}]
      }
    }
  },
  "data": {"terraform_remote_state": {"z": {"backend": "local", "config": {"path": "${path.module}/z"}}}},
  "module": {"n": {"source": "./m", "name": "%{ if var.size > 1 }large%{ else }small%{ endif }"}},
  "output": {"p": {"value": "${module.n.id}", "depends_on": ["module.m"]}},
  "check": {"c": {"assert": [{"condition": "${var.size > 0}", "error_message": "too small"}]}}
}
"""
CASES: Mapping[str, Mapping[str, str]] = {
    "as it should be": {},
    "JSON as it should be": {"more.tf.json": JSON},
    "a misspelt variable": {"more.tf.json": JSON.replace("-${var.zone}", "-${var.zoen}")},
    "a misspelt local value": {"more.tf.json": JSON.replace("in local.c", "in local.d")},
    "depends on nothing": {"more.tf.json": JSON.replace('depends_on": ["terraform_data.x', 'depends_on": ["module.x')},
    "triggered by nothing": {"more.tf.json": JSON.replace('by": ["terraform_data.x', 'by": ["terraform_data.xx')},
    "an argument that is not there": {"more.tf.json": JSON.replace('"name": "%', '"size": 1, "name": "%')},
    "an argument too few": {"more.tf.json": JSON.replace('"name": "%', '"//": "%')},
    "an output that is not there": {"more.tf.json": JSON.replace("module.n.id", "module.n.ids")},
    "declared in JSON again": {"more.tf.json": '{\n  "variable": {\n    "size": {}\n  }\n}\n'},
    "a local value again": {"more.tf": "locals {\n  a = 1\n}\n"},
    "no object": {"more.tf.json": '{\n  "variable": {\n    "q": "text"\n  }\n}\n'},
    "no expression": {"more.tf.json": '{\n  "locals": {\n    "q": "${1 +}"\n  }\n}\n'},
    "an override": {"override.tf": 'resource "terraform_data" "x" {\n  input = 1\n}\nlocals {\n  a = 2\n}\n'},
    "an override in JSON": {"x_override.tf.json": '{"module": {"m": {"name": "${local.a}"}}}\n'},
    "an override takes a reference away": {
        "more.tf": 'resource "terraform_data" "y" {\n  input = local.nothing\n}\n',
        "z_override.tf": 'resource "terraform_data" "y" {\n  input = local.a\n}\n',
    },
    "an override brings a reference": {"override.tf": 'output "o" {\n  value = local.nothing\n}\n'},
    "an override brings an argument": {"override.tf": 'module "m" {\n  nmae = 1\n}\n'},
    "an override of another source": {
        "override.tf": 'module "m" {\n  source = "./k"\n}\n',
        "k/main.tf": 'variable "name" {}\noutput "ids" {\n  value = 1\n}\n',
    },
    "an override of nothing": {
        "override.tf": 'variable "q" {\n  default = 1\n}\nlocals {\n  q = 1\n}\noutput "q" {\n  value = 1\n}\n'
        'resource "terraform_data" "q" {}\nmodule "q" {\n  source = "./m"\n}\n'
    },
    "overrides in the order of their names": {
        "a_override.tf": 'output "o" {\n  value = local.nothing\n}\n',
        "b_override.tf": 'output "o" {\n  value = local.a\n}\n',
    },
    "an override of what cannot be": {
        "x_override.tf": "moved {\n  from = terraform_data.q\n  to = terraform_data.x\n}\n"
        'import {\n  id = "q"\n  to = terraform_data.x\n}\nremoved {\n  from = terraform_data.q\n}\n'
        'check "c" {\n  assert {\n    condition = true\n    error_message = "No."\n  }\n}\n'
    },
    "a block of no type": {"more.tf": 'resources "terraform_data" "q" {\n  input = local.nothing\n}\nregion = "x"\n'},
    "a block of no type in JSON": {"more.tf.json": '{\n  "//": "",\n  "Variable": {\n    "q": {}\n  }\n}\n'},
    "providers outside of their block": {"more.tf": "\nrequired_providers {\n}\n"},
    "JSON in the place of which OpenTofu has its own": {"x.tf.json": "{]", "x.tofu.json": "{}"},
}


def places_of_tofu(folder: Path, program: Path) -> set[tuple[str, int]]:
    settings = folder / "cli.tfrc"
    settings.touch()

    def run(*words: str) -> str:
        env = {"TF_CLI_CONFIG_FILE": str(settings), "HOME": str(folder)}
        return subprocess.run(
            [program, *words], cwd=folder, env=env, check=False, capture_output=True, text=True
        ).stdout

    lines = [json.loads(line) for line in run("init", "-json").splitlines()]
    found = [line["diagnostic"] for line in lines if line.get("type") == "diagnostic"]
    if not any(each["severity"] == "error" for each in found):
        found = json.loads(run("validate", "-json"))["diagnostics"]
    return {
        (each["range"]["filename"], each["range"]["start"]["line"]) for each in found if each["severity"] == "error"
    }


@pytest.mark.parametrize("name", CASES)
async def test_our_places_are_those_of_tofu(name: str, tmp_path: Path) -> None:
    for file, text in {**TREE, **CASES[name]}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    found = TerraformReader(ProjectFolder(tmp_path)).read(".", Environment(name="x")).findings
    errors = [each.location for each in found if each.severity is Severity.ERROR]
    ours = {(location.file, location.line) for location in errors if location}
    assert ours == places_of_tofu(tmp_path, await PinnedTofu().path("tofu"))
