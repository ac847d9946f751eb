"""Environments beside releases in one part, as helmfile 0 took them."""

from __future__ import annotations

from fairlead.formats.helmfile.old import with_own_parts, without_helm_2

ENVIRONMENTS = "environments:\n  staging: {}\n  {{- range list 1 }}\n  x{{ . }}: {}\n{{ end }}"
RELEASES = "releases:\n- {name: a}\n"


def test_an_empty_line_becomes_the_end_of_the_part() -> None:
    text = f"{ENVIRONMENTS}\n\n{{{{ $x := 1 }}}}\n{RELEASES}"
    assert with_own_parts(text) == f"{ENVIRONMENTS}\n---\n{{{{ $x := 1 }}}}\n{RELEASES}"


def test_without_an_empty_line_a_line_is_added() -> None:
    assert with_own_parts(f"{ENVIRONMENTS}\n{RELEASES}") == f"{ENVIRONMENTS}\n---\n{RELEASES}"


def test_environments_below_the_releases_come_first() -> None:
    text = "releases:\n- {name: a}\nenvironments:\n  staging: {}\nrepositories: []\n"
    found = with_own_parts(text)
    assert found == "environments:\n  staging: {}\n---\nreleases:\n- {name: a}\nrepositories: []\n"


def test_parts_of_their_own_stay() -> None:
    text = f"{ENVIRONMENTS}\n---\n{RELEASES}---\n{RELEASES}"
    assert with_own_parts(text) == text


def test_settings_of_helm_2_become_comments() -> None:
    text = "helmDefaults:\n  tls: false\n  wait: true\n  tillerNamespace: x\nreleases:\n- values: [{tls: 1}]\n"
    assert without_helm_2(text) == text.replace("  tls", "#  tls").replace("  tiller", "#  tiller")
