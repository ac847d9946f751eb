"""What a plan shows of objects with secret values in them."""

from __future__ import annotations

from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.objects import ObjectRef
from fairlead.planning.desired import DesiredObjects
from fairlead.planning.shown import without_secrets

JOB = ObjectRef(group="batch", kind="Job", namespace="shop", name="migrate")
DESIRED = DesiredObjects(objects={}, crds={}, secrets=frozenset({"sesame-open"}))


def test_what_the_api_server_repeats_of_a_refused_object_is_not_shown() -> None:
    said = "cannot be changed as it is: spec.template: Invalid value: {env: sesame-open}: field is immutable"
    for action in (ChangeAction.REPLACE, ChangeAction.UNKNOWN):
        shown = without_secrets(Change(target=JOB, action=action, reason=said), DESIRED, key=b"k")
        assert shown.reason == said.replace("sesame-open", "***")


def test_the_values_of_fields_are_hidden() -> None:
    fields = (FieldChange(path=".spec.a", wanted="sesame-open", found="closed"),)
    shown = without_secrets(Change(target=JOB, action=ChangeAction.UPDATE, reason="", fields=fields), DESIRED, key=b"k")
    assert "sesame-open" not in str(shown)
    assert shown.fields[0].found == "closed"
