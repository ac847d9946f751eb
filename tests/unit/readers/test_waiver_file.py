from __future__ import annotations

from datetime import date

import pytest

from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.readers.waiver_file import read_waivers

GOOD = """apiVersion: fairlead.dev/v1
waivers:
  - rule: floating-image
    kind: Pod
    name: "web-*"
    reason: the vendor has no tags
    owner: platform team
    expires: 2027-01-31
"""


def test_an_entry_has_its_selector_and_its_place() -> None:
    (entry,) = read_waivers(GOOD, file="w.yaml")
    assert (entry.rule, entry.kind, entry.name, entry.file) == ("floating-image", "Pod", "web-*", "")
    assert entry.expires == date(2027, 1, 31)
    assert entry.location == Location("w.yaml", 3, 5)
    assert str(entry) == "floating-image kind=Pod name=web-*"


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace("floating-image", "floating-images").replace("2027-01-31", "soon").replace("kind:", "knd:")
    with pytest.raises(InputError) as err:
        read_waivers(text, file="w.yaml")
    found = {finding.rule: finding for finding in err.value.findings}
    assert found.keys() == {"unknown-rule", "unknown-key", "invalid-date"}
    assert found["unknown-rule"].hint == "did you mean floating-image?"
    assert found["unknown-rule"].location == Location("w.yaml", 3, 11)


@pytest.mark.parametrize("key", ["rule", "reason", "owner", "expires"])
def test_rule_reason_owner_and_end_must_be_said(key: str) -> None:
    lines = [line.replace(f"- {key}:", "- kind:") for line in GOOD.splitlines() if not line.startswith(f"    {key}:")]
    with pytest.raises(InputError) as err:
        read_waivers("\n".join(lines), file="w.yaml")
    assert f"missing key: {key}" in [finding.message for finding in err.value.findings]
