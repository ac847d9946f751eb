from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.terraform.masking import as_secret, mask_of
from fairlead.model.secret import SecretText


def test_secrets_are_found_wherever_they_are_in_the_variables() -> None:
    mask = mask_of({"a": SecretText("one-secret"), "b": {"c": [SecretText("two-secret")]}, "d": "public"})
    assert mask.text("one-secret two-secret public") == "*** *** public"


def test_a_secret_within_another_leaves_nothing_behind() -> None:
    mask = mask_of({"a": SecretText("pass"), "b": SecretText("password1")})
    assert mask.text("password1") == "***"


def test_lines_of_a_secret_are_masked_alone() -> None:
    mask = mask_of({"key": SecretText("-----BEGIN-----\nMIIE1234\n-----END-----\n")})
    assert mask.text("read MIIE1234") == "read ***"


def test_short_secrets_do_not_eat_the_text() -> None:
    assert mask_of({"a": SecretText("1")}).text("took 10 s") == "took 10 s"


def test_values_keep_their_shape() -> None:
    mask = mask_of({"a": SecretText("s3cret")})
    assert mask.value({"x": ["a s3cret", 1, None]}) == {"x": [SecretText("a s3cret"), 1, None]}


def test_a_mask_does_not_show_what_it_hides() -> None:
    assert "s3cret" not in repr(mask_of({"a": SecretText("s3cret")}))


@given(st.lists(st.text(min_size=4, max_size=8), max_size=4), st.text(max_size=40))
def test_no_secret_survives(secrets: list[str], text: str) -> None:
    mask = mask_of({str(n): SecretText(secret) for n, secret in enumerate(secrets)})
    masked = mask.text(text + "".join(secrets))
    assert all(secret not in masked for secret in secrets if "*" not in secret)


@given(st.none() | st.integers() | st.text())
def test_texts_stay_themselves_as_secrets(value: object) -> None:
    assert not isinstance(value, str) or as_secret(value).reveal() == value
