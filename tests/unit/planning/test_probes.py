from __future__ import annotations

from dataclasses import replace

import pytest

from fairlead.formats.http_target import parse_http_target
from fairlead.model.errors import InputError
from fairlead.model.probe import HttpAnswer, HttpCheck
from fairlead.planning.probes import candidates, find_fault

CHECK = HttpCheck(
    target=parse_http_target("shop/web:80/healthz"), body="all is", body_matches="well$", within_seconds=0.5
)
GOOD = HttpAnswer(status=200, body=b"all is well", seconds=0.02)
NO_ENDPOINT = (
    b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
    b'"message":"no endpoints available for service \\"web\\"","reason":"ServiceUnavailable","code":503}'
)


def test_an_answer_as_wanted_has_no_fault() -> None:
    assert find_fault(GOOD, CHECK) == ""


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (replace(GOOD, status=500), "status 500, wanted 200; it says 'all is well'"),
        (
            replace(GOOD, status=302, headers={"Location": "/login"}, body=b""),
            "status 302, wanted 200 (to /login); it says nothing",
        ),
        (replace(GOOD, body=b"nothing is"), "status 200, but 'all is' is not in its body: 'nothing is'"),
        (replace(GOOD, body=b"all is lost"), "status 200, but its body does not match 'well$': 'all is lost'"),
        (replace(GOOD, seconds=0.7), "status 200, but after 700 ms, wanted within 500 ms"),
        (
            replace(GOOD, status=503, body=NO_ENDPOINT),
            'the API server did not reach it: no endpoints available for service "web"',
        ),
    ],
)
def test_what_is_wrong_is_said(answer: HttpAnswer, fault: str) -> None:
    assert find_fault(answer, CHECK) == fault


def test_a_wanted_error_status_is_not_met_by_the_api_server_s_own() -> None:
    check = HttpCheck(target=CHECK.target, status=503)
    assert find_fault(HttpAnswer(status=503, body=b'{"kind": "Status"}', seconds=0), check) == ""
    assert "did not reach" in find_fault(HttpAnswer(status=503, body=NO_ENDPOINT, seconds=0), check)


def test_only_the_first_bytes_of_a_wrong_body_are_shown() -> None:
    fault = find_fault(replace(GOOD, body=b"x" * 100_000), CHECK)
    assert len(fault) < 250
    assert fault.endswith("…")


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("web.shop", ["web.shop.svc.cluster.local", "web.shop.cluster.local", "web.shop"]),
        ("example.org.", ["example.org."]),
        ("a.b.c.d.e.f", ["a.b.c.d.e.f", "a.b.c.d.e.f.svc.cluster.local", "a.b.c.d.e.f.cluster.local"]),
    ],
)
def test_names_are_tried_as_in_a_pod(name: str, tried: list[str]) -> None:
    assert list(candidates(name)) == tried


@pytest.mark.parametrize("text", ["web:80", "shop/web", "shop/web:80:90", "Shop/web:80", "shop/web:80#x", "a/b:c d"])
def test_what_is_no_address_of_a_service_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a Service's address"):
        parse_http_target(text)
