"""Which proxy stands between us and an API server: the cluster's `proxy-url`, else the variables kubectl reads."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from fairlead.adapters.kube.entry import Entry


def check_proxy(cluster: Entry) -> str:
    """The cluster's own proxy, or nothing; raises InputError for a kind of proxy we cannot use."""
    url = cluster.text("proxy-url")
    if not url:
        return ""
    scheme = urlsplit(url).scheme
    if scheme.startswith("socks"):
        raise cluster.fault("proxy-url", "SOCKS proxies are not supported", hint="use an http or https proxy")
    if scheme not in ("http", "https"):
        raise cluster.fault("proxy-url", f"{url!r} is neither http nor https")
    return url


def proxy_from_environment(server: str, *, environ: Mapping[str, str]) -> str:
    """HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY covers *server*; loopback is never sent to a proxy (Go's rules)."""
    address = urlsplit(server)
    variable = f"{address.scheme}_proxy"
    proxy = environ.get(variable.upper()) or environ.get(variable) or ""
    if not proxy or _is_loopback(address.hostname or "") or _is_exempt(address, environ):
        return ""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    return proxy if urlsplit(proxy).scheme in ("http", "https") else ""


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_exempt(address: SplitResult, environ: Mapping[str, str]) -> bool:
    exempt = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    return any(_covers(pattern.strip().lower(), address) for pattern in exempt.split(",") if pattern.strip())


def _covers(pattern: str, address: SplitResult) -> bool:
    host = (address.hostname or "").lower()
    port = address.port or (443 if address.scheme == "https" else 80)
    if pattern == "*":
        return True
    if ip := _address(host):
        return _covers_ip(pattern, ip, port)
    name, _, stated_port = pattern.partition(":")
    if stated_port and stated_port != str(port):
        return False
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _covers_ip(pattern: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
    try:
        return ip in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        name, _, stated_port = pattern.rpartition(":")
        return _address(name.strip("[]")) == ip and stated_port == str(port)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
