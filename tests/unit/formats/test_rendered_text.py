"""How rendered components are shown."""

from __future__ import annotations

from fairlead.formats.rendered_text import format_hooks_left_out, format_rendered
from fairlead.formats.yaml.text import dump_yaml

SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "data": {"password": "aHVudGVyMg=="}}
HOOK = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "shop"}}


def test_each_object_is_a_document_that_names_its_component() -> None:
    assert list(format_rendered("shop", [HOOK], show_secrets=False)) == [f"---\n# component: shop\n{dump_yaml(HOOK)}"]


def test_values_of_secrets_are_masked_unless_asked_for() -> None:
    (masked,) = format_rendered("shop", [SECRET], show_secrets=False)
    (clear,) = format_rendered("shop", [SECRET], show_secrets=True)
    assert 'password: "***"' in masked
    assert "aHVudGVyMg==" not in masked
    assert "aHVudGVyMg==" in clear


def test_hooks_left_out_are_comments_so_that_nobody_applies_them() -> None:
    assert format_hooks_left_out("shop", [HOOK]) == (
        "---\n# component: shop\n# left out, a hook that only Helm runs: Job shop/migrate\n"
    )
