"""Manifests that are filled in before they are applied."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.planning.placeholders import find_placeholder, may_hold_placeholders


@pytest.mark.parametrize(
    "manifest",
    [
        {"metadata": {"name": "${APP}"}},
        {"metadata": {"namespace": "shop-$STAGE"}},
        {"spec": {"replicas": "${REPLICAS}"}},
        {"spec": {"containers": [{"image": "shop:{{ tag }}"}]}},
        {"spec": {"containers": [{"image": "<IMAGE>"}]}},
        {"apiVersion": "argoproj.io/v1alpha1", "metadata": {"name": "${APP}"}},
        {"items": [{"kind": "Service", "metadata": {"name": "@NAME@"}}]},
    ],
)
def test_what_the_api_server_would_refuse_is_to_be_filled_in(manifest: dict[str, Any]) -> None:
    assert may_hold_placeholders(str(manifest))
    assert find_placeholder([manifest])


@pytest.mark.parametrize(
    "manifest",
    [
        {"data": {"image": "${IMAGE}", "run.sh": "echo ${HOME}"}},
        {"metadata": {"name": "shop", "annotations": {"name": "{{ .Name }}"}}},
        {"spec": {"containers": [{"args": ["$(NAME)", "--x=${Y}"], "env": [{"name": "A", "value": "$B"}]}]}},
        {"apiVersion": "argoproj.io/v1alpha1", "spec": {"template": {"metadata": {"name": "{{name}}-shop"}}}},
        {"apiVersion": "argoproj.io/v1alpha1", "spec": {"container": {"image": "{{inputs.parameters.image}}"}}},
        {"apiVersion": "template.openshift.io/v1", "objects": [{"metadata": {"name": "${NAME}"}}]},
        {"spec": {"expr": "{{ $labels.name }}", "image": "shop@sha256:abc"}},
    ],
)
def test_other_text_is_left_alone(manifest: dict[str, Any]) -> None:
    assert find_placeholder([manifest]) == ""
