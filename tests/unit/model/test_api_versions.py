"""The table of API versions that end, held against Kubernetes' own schemas of every minor that is packed."""

from __future__ import annotations

import pytest

from fairlead.adapters.schemas.catalogue import known_minors, load_catalogue
from fairlead.model.api_versions import API_LIFECYCLES, lifecycle_of


@pytest.mark.parametrize("minor", known_minors())
def test_what_is_removed_has_no_schema_and_what_is_deprecated_has_one(minor: str) -> None:
    kinds = load_catalogue(minor).kinds
    wrong = [
        (api_version, kind)
        for (api_version, kind), found in API_LIFECYCLES.items()
        if (f"{api_version}/{kind}" in kinds) is found.is_removed_at(minor)
        and (found.is_removed_at(minor) or found.is_deprecated_at(minor))
    ]
    assert wrong == []


@pytest.mark.parametrize("minor", known_minors())
def test_what_replaces_it_is_served(minor: str) -> None:
    kinds = load_catalogue(minor).kinds
    wrong = [
        (found.replaced_by, kind)
        for (_, kind), found in API_LIFECYCLES.items()
        if found.replaced_by and found.is_removed_at(minor) and f"{found.replaced_by}/{kind}" not in kinds
        if "before" not in found.note
    ]
    assert wrong == []


def test_a_kind_of_others_has_no_end() -> None:
    assert lifecycle_of("cert-manager.io/v1", "Certificate") is None


def test_the_remedy_names_the_version_and_what_else_changes() -> None:
    found = lifecycle_of("extensions/v1beta1", "Ingress")
    assert found is not None
    assert found.remedy.startswith("write apiVersion: networking.k8s.io/v1; ")
