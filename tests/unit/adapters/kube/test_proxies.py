from __future__ import annotations

import pytest

from fairlead.adapters.kube.proxies import proxy_from_environment

PROXY = {"HTTPS_PROXY": "http://proxy.test:3128"}


@pytest.mark.parametrize(
    ("server", "exempt", "is_direct"),
    [
        ("https://k.example.test:6443", "", False),
        ("https://k.example.test:6443", "*", True),
        ("https://k.example.test:6443", "example.test", True),
        ("https://k.example.test:6443", ".example.test", True),
        ("https://k.example.test:6443", "*.example.test", True),
        ("https://example.test:6443", ".example.test", False),
        ("https://notexample.test:6443", "example.test", False),
        ("https://k.example.test:6443", "other.test, K.EXAMPLE.TEST:6443", True),
        ("https://k.example.test:6443", "k.example.test:443", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:6443", True),
        ("https://10.1.2.3:6443", "10.1.2.3:443", False),
        ("https://11.1.2.3:6443", "10.0.0.0/8", False),
        ("https://127.0.0.1:6443", "", True),
        ("https://localhost:6443", "", True),
        ("https://[::1]:6443", "", True),
    ],
)
def test_no_proxy_as_go_reads_it(server: str, exempt: str, is_direct: bool) -> None:
    proxy = proxy_from_environment(server, environ=PROXY | {"NO_PROXY": exempt})
    assert proxy == ("" if is_direct else "http://proxy.test:3128")


def test_each_scheme_has_its_variable() -> None:
    environ = {"http_proxy": "plain.test:1"}
    assert proxy_from_environment("http://k.test", environ=environ) == "http://plain.test:1"
    assert proxy_from_environment("https://k.test", environ=environ) == ""
