"""NetworkPolicies whose blocks of addresses the API server refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, dig_map, dig_text, maps_in
from fairlead.planning.rules.refused_values import Refusal
from fairlead.planning.value_path import Path

_SIDES: Final = (("ingress", "from"), ("egress", "to"))
_LENGTH: Final = re.compile(r"/\d{1,3}$", re.ASCII)
_ZEROS: Final = re.compile(r"(?<![0-9a-fA-F:])0+(?=\d+[./])", re.ASCII)
"""Before the numbers of IPv4, where the API server still takes them."""
_Network = IPv4Network | IPv6Network


def check_network_policy(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    for side, peers in _SIDES:
        for index, rule in enumerate(maps_in(dig(manifest, "spec", side))):
            for position, peer in enumerate(maps_in(rule.get(peers))):
                if block := dig_map(peer, "ipBlock"):
                    yield from _block(block, ("spec", side, index, peers, position, "ipBlock"))


def _block(block: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    said = dig_text(block, "cidr")
    whole = _network(said)
    if said and whole is None:
        yield _no_block(said, (*path, "cidr"))
    for index, without in enumerate(as_list(block.get("except"))):
        place = (*path, "except", index)
        part = _network(str(without))
        if part is None:
            yield _no_block(str(without), place)
        elif whole is not None and not _is_within(part, whole):
            hint = "an exception is a smaller block of the same addresses"
            yield Refusal(path=place, message=f"{without} does not lie within {said}", hint=hint)


def _no_block(said: str, path: Path) -> Refusal:
    return Refusal(path=path, message=f"{said!r} is no block of addresses", hint="write it like 10.0.0.0/8")


def _network(text: str) -> _Network | None:
    if not _LENGTH.search(text):
        return None
    try:
        return ip_network(_ZEROS.sub("", text), strict=False)
    except ValueError:
        return None


def _is_within(part: _Network, whole: _Network) -> bool:
    return (
        part.version == whole.version
        and part.prefixlen > whole.prefixlen
        and int(part.network_address) >> (part.max_prefixlen - whole.prefixlen)
        == int(whole.network_address) >> (whole.max_prefixlen - whole.prefixlen)
    )
