"""An object that one component has twice."""

from __future__ import annotations

import pytest

from fairlead.model.finding import Severity
from fairlead.model.objects import ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject
from fairlead.planning.rules.owners import check_owners


@pytest.mark.parametrize(("guessed", "severity"), [((), Severity.ERROR), (("app",), Severity.WARNING)])
def test_a_folder_that_nobody_names_is_only_warned_of(guessed: tuple[str, ...], severity: Severity) -> None:
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
    one = JudgedObject(component="app", manifest=manifest, ref=ref_of(manifest))
    (found,) = check_owners(EnvironmentObjects(objects=[one, one], guessed=guessed))
    assert (found.finding.rule, found.finding.severity) == ("object-twice", severity)
