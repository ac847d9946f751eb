"""How Ingresses and Gateways end TLS: hosts without it, and Secrets that are not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, dig_text, maps_in
from fairlead.model.certificate import ServedHosts
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import ObjectRef, ref_of

ABSENT: Final = "tls/secret"


def served_hosts(manifest: Mapping[str, Any]) -> tuple[ServedHosts, ...]:
    """The hosts that *manifest*, an Ingress or a Gateway, serves, by the Secret it names for them."""
    return tuple(_of_gateway(manifest) if manifest.get("kind") == "Gateway" else _of_ingress(manifest))


def _of_ingress(manifest: Mapping[str, Any]) -> Iterator[ServedHosts]:
    owner = ref_of(manifest)
    for entry in maps_in(dig(manifest, "spec", "tls")):
        if name := dig_text(entry, "secretName"):
            hosts = tuple(host for host in as_list(entry.get("hosts")) if isinstance(host, str))
            yield ServedHosts(
                owner=owner, secret=ObjectRef(kind="Secret", namespace=owner.namespace, name=name), hosts=hosts
            )


def _of_gateway(manifest: Mapping[str, Any]) -> Iterator[ServedHosts]:
    owner = ref_of(manifest)
    for listener in maps_in(dig(manifest, "spec", "listeners")):
        host = dig_text(listener, "hostname")
        for reference in maps_in(dig(listener, "tls", "certificateRefs")):
            if dig_text(reference, "kind") not in ("", "Secret"):
                continue
            namespace = dig_text(reference, "namespace") or owner.namespace
            secret = ObjectRef(kind="Secret", namespace=namespace, name=dig_text(reference, "name"))
            yield ServedHosts(owner=owner, secret=secret, hosts=(host,) if host else ())


def check_ingress_tls(manifest: Mapping[str, Any], *, secrets: Collection[ObjectRef]) -> tuple[Finding, ...]:
    """*secrets* are the TLS Secrets that are there."""
    owner = ref_of(manifest)
    missing = {each.secret: each for each in served_hosts(manifest) if each.secret not in secrets}
    found = [
        Finding(
            rule=ABSENT,
            message=f"names {secret} for TLS, and no TLS Secret of that name is there",
            hint="make the Secret (cert-manager does, from an annotation or a Certificate), or correct the name",
            ref=owner,
        )
        for secret in missing
    ]
    return (*found, *_plain_hosts(manifest, owner))


def _plain_hosts(manifest: Mapping[str, Any], owner: ObjectRef) -> Iterator[Finding]:
    if manifest.get("kind") == "Gateway":
        plain = [
            dig_text(listener, "hostname") or f"listener {dig_text(listener, 'name')}"
            for listener in maps_in(dig(manifest, "spec", "listeners"))
            if dig_text(listener, "protocol") == "HTTP"
        ]
    else:
        secured = {host for entry in maps_in(dig(manifest, "spec", "tls")) for host in as_list(entry.get("hosts"))}
        hosts = [dig_text(rule, "host") for rule in maps_in(dig(manifest, "spec", "rules"))]
        plain = [host or "every host" for host in dict.fromkeys(hosts) if host not in secured]
    for host in plain:
        yield Finding(
            rule="tls/plain",
            message=f"serves {host} without TLS",
            hint="add the host to `spec.tls` with a Secret, or keep it inside",
            severity=Severity.WARNING,
            ref=owner,
        )
