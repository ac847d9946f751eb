"""Variable files of Terraform: what they set. `*.tfvars` is HCL, `*.tfvars.json` is JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from fairlead.formats.hcl import Attribute, parse_hcl
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

ENDINGS = (".tfvars", ".tfvars.json")


def read_variables(text: str, *, file: str) -> Mapping[str, Attribute]:
    """By name. Raises InputError with the place of the first fault, and never says a value."""
    if not file.endswith(".json"):
        return parse_hcl(text, file=file).attributes
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as err:
        raise InputError(f"this is not JSON: {err.msg}", location=Location(file, err.lineno, err.colno)) from err
    if not isinstance(data, dict):
        raise InputError("a file of variables is an object", location=Location(file, 1, 1))
    return {
        name: Attribute(name=name, value=value, references=(), location=_place(name, text, file))
        for name, value in data.items()
        if name != "//"
    }


def _place(name: str, text: str, file: str) -> Location:
    """Where the key first stands at the start of its line; 0 where it does not."""
    found = re.search(rf"(?m)^[ \t{{]*{re.escape(json.dumps(name, ensure_ascii=False))}\s*:", text)
    if found is None:
        return Location(file)
    start = text.index('"', found.start())
    return Location(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
