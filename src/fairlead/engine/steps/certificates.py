"""Phase secure: every TLS Secret in the environment's namespaces, and whether it serves the hosts it is used for."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.judging import judged
from fairlead.model.certificate import TlsSecret
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import Manifest
from fairlead.model.plan import Step
from fairlead.model.run import Outcome, StepResult
from fairlead.planning.rules.certificate_chain import check_chain
from fairlead.planning.rules.certificate_expiry import check_expiry
from fairlead.planning.rules.certificate_hosts import check_hosts
from fairlead.planning.rules.certificate_key import check_key
from fairlead.planning.rules.certificate_strength import check_strength
from fairlead.planning.rules.ingress_tls import ABSENT, check_ingress_tls, served_hosts

TLS_TYPE = "kubernetes.io/tls"
ISSUING_SECONDS = 30.0
PAUSE_SECONDS = 1.0
_ENTRIES = (("networking.k8s.io", "Ingress"), ("gateway.networking.k8s.io", "Gateway"))


async def check_certificates(step: Step, deployment: Deployment) -> Done:
    """Expiry, keys, chains, strength, and the hosts of the Ingresses and Gateways that use each Secret."""
    entries, secrets = await deployment.shared("entries and TLS Secrets", lambda: _look(step, deployment))
    namespaces = deployment.namespaces()
    if not secrets:
        return _nothing(f"no TLS Secret in {_count(namespaces)}")
    served = [hosts for entry in entries for hosts in served_hosts(entry)]
    now, windows = deployment.site.clock.now(), deployment.site.environment.certificates
    findings: list[Finding] = []
    for secret in secrets:
        findings += check_key(secret)
        findings += check_expiry(secret, now=now, windows=windows)
        findings += check_chain(secret)
        findings += check_strength(secret)
        findings += check_hosts(secret, served)
    certificates = sum(len(secret.chain) + len(secret.authorities) for secret in secrets)
    said = f"{certificates} certificates in {len(secrets)} TLS Secrets of {_count(namespaces)}{_first_end(secrets)}"
    return judged(said, findings, deployment, checked=len(secrets))


async def check_tls(step: Step, deployment: Deployment) -> Done:
    """Hosts without TLS, and Secrets that an Ingress or Gateway names and nobody made."""
    entries, secrets = await deployment.shared("entries and TLS Secrets", lambda: _look(step, deployment))
    namespaces = deployment.namespaces()
    if not entries:
        return _nothing(f"no Ingress and no Gateway in {_count(namespaces)}")
    known = {secret.ref for secret in secrets}
    findings = [
        _as_not_evaluated(finding) if deployment.ground.simulated and finding.rule == ABSENT else finding
        for entry in entries
        for finding in check_ingress_tls(entry, secrets=known)
    ]
    return judged(
        f"{len(entries)} Ingresses and Gateways in {_count(namespaces)}", findings, deployment, checked=len(entries)
    )


def _as_not_evaluated(finding: Finding) -> Finding:
    """On simulated nodes no issuer runs that could make the Secret."""
    message = f"{finding.message}: not evaluated, nodes are simulated and nobody issues"
    return dataclasses.replace(finding, message=message, severity=Severity.INFO)


async def _look(step: Step, deployment: Deployment) -> tuple[list[Manifest], list[TlsSecret]]:
    """The Ingresses and Gateways, and the TLS Secrets. One that is named and not there yet is given a moment: who
    issues it may be at it."""
    clock, namespaces = deployment.site.clock, deployment.namespaces()
    deadline = clock.monotonic() + ISSUING_SECONDS
    while True:
        entries = await _entries(namespaces, deployment)
        named = {hosts.secret for entry in entries for hosts in served_hosts(entry)}
        secrets = await _tls_secrets(namespaces, deployment)
        # A Gateway may name a Secret of a namespace that is not ours; the others in there are none of our business.
        foreign = sorted({ref.namespace for ref in named}.difference(namespaces))
        secrets += [secret for secret in await _tls_secrets(foreign, deployment) if secret.ref in named]
        missing = named - {secret.ref for secret in secrets}
        if not missing or deployment.ground.simulated or clock.monotonic() + PAUSE_SECONDS > deadline:
            return entries, secrets
        deployment.tell(step, f"waiting for {min(missing)}")
        await clock.sleep(PAUSE_SECONDS)


async def _tls_secrets(namespaces: Sequence[str], deployment: Deployment) -> list[TlsSecret]:
    """Their private keys stay in what the API server sent, which nobody keeps."""
    cluster = deployment.site.cluster
    listed = await asyncio.gather(
        *(
            cluster.list_objects(group="", kind="Secret", namespace=namespace, fields={"type": TLS_TYPE})
            for namespace in namespaces
        )
    )
    found = [secret for secrets in listed for secret in secrets]
    if not found:
        return []
    # `cryptography` takes 0.1 s to import, and most environments have no such Secret.
    from fairlead.formats.certificates import read_tls_secret  # noqa: PLC0415

    return [read_tls_secret({"apiVersion": "v1", "kind": "Secret", **secret}) for secret in found]


async def _entries(namespaces: Sequence[str], deployment: Deployment) -> list[Manifest]:
    cluster = deployment.site.cluster
    listed = await asyncio.gather(
        *(
            cluster.list_objects(group=group, kind=kind, namespace=namespace)
            for namespace in namespaces
            for group, kind in _ENTRIES
        )
    )
    return [found for entries in listed for found in entries]


def _first_end(secrets: Sequence[TlsSecret]) -> str:
    ends = [(each.not_after, secret.ref) for secret in secrets for each in secret.chain[:1]]
    if not ends:
        return ""
    end, ref = min(ends, key=lambda found: found[0])
    return f"; the first to expire is {ref} on {end:%Y-%m-%d}"


def _count(namespaces: Sequence[str]) -> str:
    return f"{len(namespaces)} namespace{'' if len(namespaces) == 1 else 's'}"


def _nothing(said: str) -> Done:
    """Not every environment has certificates; `secure --check` alone on one without is told from a good result."""
    return Done(result=StepResult(outcome=Outcome.NOOP, reason=said))
