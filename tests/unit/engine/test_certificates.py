"""Which TLS Secrets phase secure looks at, on a cluster in memory."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.certificates import ISSUING_SECONDS, check_certificates, check_tls
from fairlead.model.environment import CertificateWindows
from fairlead.model.finding import Severity
from fairlead.model.objects import Manifest
from fairlead.model.run import Outcome
from fairlead.testing.clock import FakeClock
from tls_material import make_certificate, tls_secret
from unit.engine.cluster import StagedCluster
from unit.engine.steps import step

CERTIFICATE = make_certificate("web", hosts=["web.example.test"], now=FakeClock().now(), days=90)
EXPIRED = make_certificate("old", hosts=["old.example.test"], now=FakeClock().now(), days=-1)
REFERENCE = {"name": "web", "namespace": "certs"}
GATEWAY: Manifest = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"listeners": [{"hostname": "web.example.test", "tls": {"certificateRefs": [REFERENCE]}}]},
}


class Stage:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cluster = StagedCluster(clock=self.clock)

    @property
    def deployment(self) -> Deployment:
        environment = SimpleNamespace(certificates=CertificateWindows())
        parts = SimpleNamespace(
            site=SimpleNamespace(clock=self.clock, cluster=self.cluster, environment=environment),
            ground=SimpleNamespace(simulated=False),
            namespaces=lambda: ("shop",),
            shared=lambda _, look: look(),
            tell=lambda *_: None,
            fail_on=Severity.ERROR,
        )
        return cast("Deployment", parts)

    async def tls(self) -> Done:
        return await check_tls(step("tls"), self.deployment)


async def test_a_secret_that_a_gateway_names_in_another_namespace_is_there() -> None:
    stage = Stage()
    stage.cluster.put(GATEWAY, tls_secret("web", CERTIFICATE, namespace="certs"))
    done = await stage.tls()
    assert (done.result.outcome, done.result.findings) == (Outcome.PASSED, ())
    assert stage.clock.monotonic() == 0


async def test_a_secret_that_is_nowhere_is_waited_for_and_missed() -> None:
    stage = Stage()
    stage.cluster.put(GATEWAY)
    done = await stage.tls()
    assert done.result.outcome is Outcome.FAILED
    assert "Secret certs/web" in done.result.reason
    assert ISSUING_SECONDS - 1 <= stage.clock.monotonic() <= ISSUING_SECONDS


async def test_of_a_foreign_namespace_only_the_secrets_that_are_named_are_judged() -> None:
    stage = Stage()
    stage.cluster.put(
        GATEWAY, tls_secret("web", CERTIFICATE, namespace="certs"), tls_secret("old", EXPIRED, namespace="certs")
    )
    done = await check_certificates(step("certificates"), stage.deployment)
    assert (done.result.outcome, done.result.checked) == (Outcome.PASSED, 1)
