from __future__ import annotations

import pytest

from fairlead.formats.template_text import reads_capabilities, reads_cluster


@pytest.mark.parametrize(
    "text",
    [
        "{{ .Capabilities.KubeVersion }}",
        '{{ $.Capabilities.APIVersions.Has "a/v1" }}',
        "{{ $root.Capabilities }}",
        "{{ .root.Capabilities.KubeVersion }}",
        '{{ (index . "Capabilities").KubeVersion }}',
        "{{ get $ `Capabilities` }}",
    ],
)
def test_a_template_that_asks_what_the_cluster_is(text: str) -> None:
    assert reads_capabilities(text.encode())


@pytest.mark.parametrize(
    "text", ["capabilities: {drop: [ALL]}", "Capabilities of a pod", ".CapabilitiesOf", "{{ .Values.capabilities }}"]
)
def test_a_text_that_does_not(text: str) -> None:
    assert not reads_capabilities(text.encode())


@pytest.mark.parametrize(
    "text", ['{{ lookup "v1" "Secret" "" "" }}', "{{- $x := (lookup $a $b . .) -}}", "{{ lookup\n  .api }}"]
)
def test_a_template_that_reads_live_objects(text: str) -> None:
    assert reads_cluster(text.encode())


@pytest.mark.parametrize("text", ["lookup: true", "a lookup is made", "dnslookup $x", "{{ .Values.lookup }}"])
def test_a_text_that_reads_none(text: str) -> None:
    assert not reads_cluster(text.encode())
