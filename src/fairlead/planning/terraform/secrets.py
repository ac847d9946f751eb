"""Which variables of a Terraform root are secrets: too many rather than too few, for a secret is only not shown."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import Any

from fairlead.formats.terraform.module import TerraformModule
from fairlead.model.secret import SecretText, SecretValue
from fairlead.planning.rules.credential_shapes import NAMES, find_shapes, is_random


def sensitive_variables(module: TerraformModule, modules: Mapping[str, TerraformModule]) -> frozenset[str]:
    """Those declared as such, and those that go into a variable of a module that is."""
    found = {variable.name for variable in module.variables.values() if variable.is_sensitive}
    for call in module.calls.values():
        called = modules.get(posixpath.normpath(posixpath.join(module.folder, call.source))) if call.is_local else None
        for name, attribute in call.arguments.items():
            if called and name in called.variables and called.variables[name].is_sensitive:
                found |= {each.parts[1] for each in attribute.references if each.parts[0] == "var" and each.parts[1:]}
    return frozenset(found)


def sealed(name: str, value: Any, *, is_sensitive: bool) -> Any:
    """*value* with each secret in it as SecretText: all of it where it *is_sensitive*, else what stands under the name
    of a credential or looks like one."""
    if is_sensitive or NAMES.search(name):
        return SecretText(value) if isinstance(value, str) else SecretValue(json.dumps(value))
    if isinstance(value, Mapping):
        return {key: sealed(str(key), item, is_sensitive=False) for key, item in value.items()}
    if isinstance(value, list):
        return [sealed("", item, is_sensitive=False) for item in value]
    is_secret = isinstance(value, str) and (is_random(value) or any(True for _ in find_shapes(value)))
    return SecretText(value) if is_secret else value
