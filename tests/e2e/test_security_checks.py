"""Phase secure: break what each rule guards, and its check turns red; mend it, and it is green again.

Certificates, policies and Ingresses are objects of the API server, so simulated nodes are enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.objects import stream, workload
from e2e.rig import Clone, Finished
from fairlead.model.local_cluster import LocalCluster
from tls_material import make_certificate, tls_secret

pytestmark = pytest.mark.e2e

HOST = "web.example.test"
INGRESS: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web"},
    "spec": {
        "tls": [{"hosts": [HOST], "secretName": "cert"}],
        "rules": [
            {
                "host": HOST,
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    },
}
POLICY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "web"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
}
NAMESPACE = "guarded"
Mend = Callable[[Clone], None]


@pytest.fixture(scope="module")
def deployed(cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """An environment that is as it should be."""
    place = tmp_path_factory.mktemp("guarded")
    clone = Clone(folder=place / "project", home=place / "home", kubeconfig=Path(cluster.kubeconfig))
    values = {"global": {"security": {"enforceNetworkPolicies": True}}}
    clone.write("environments/local/values.yaml", values)
    clone.write("manifests/shop.yaml", stream(workload("web"), INGRESS, POLICY))
    clone.project("guarded", {"name": "shop", "namespace": NAMESPACE, "manifests": "manifests"}, podSecurity="baseline")
    clone.commit()
    clone.kubectl("create", "namespace", NAMESPACE)
    put(clone, make_certificate("web", hosts=[HOST]))
    clone.run("deploy").expect()
    return clone


@pytest.fixture
def guarded(deployed: Clone) -> Clone:
    """The same with a certificate that is in order. What else a test breaks it mends itself."""
    # Made by hand, as cert-manager would: part of the environment, and no component's.
    put(deployed, make_certificate("web", hosts=[HOST]))
    return deployed


def put(clone: Clone, *chain: Any, **given: Any) -> None:
    clone.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(tls_secret("cert", *chain, namespace=NAMESPACE, **given)))


def failed(done: Finished) -> dict[str, str]:
    """Rule and message of every error, of a run that failed."""
    findings = [
        finding
        for step in done.expect(1).json["run"]["steps"].values()
        for finding in step["result"].get("findings", ())
    ]
    return {f["rule"]: f["message"] for f in findings if f.get("severity", "error") == "error"}


def secure(clone: Clone, *words: str) -> Finished:
    return clone.run("secure", "-q", "-o", "json", *words)


def expired(clone: Clone) -> None:
    put(clone, make_certificate("web", hosts=[HOST], days=-1, age=10))


def other_key(clone: Clone) -> None:
    put(clone, make_certificate("web", hosts=[HOST]), key=make_certificate("other").key_pem)


def other_host(clone: Clone) -> None:
    put(clone, make_certificate("web", hosts=["other.example.test"]))


def broken_chain(clone: Clone) -> None:
    put(clone, make_certificate("web", hosts=[HOST]), make_certificate("stranger", is_authority=True))


def no_secret(clone: Clone) -> None:
    clone.kubectl("delete", "secret", "cert", "-n", NAMESPACE)


def no_policy(clone: Clone) -> None:
    clone.kubectl("delete", "networkpolicy", "web", "-n", NAMESPACE)


def deploy_again(clone: Clone) -> None:
    clone.run("deploy").expect()


def pod_on_host(clone: Clone) -> None:
    share_processes(clone, True)


def pod_of_its_own(clone: Clone) -> None:
    share_processes(clone, None)  # a field that nobody states is not taken back by a deployment
    clone.kubectl("rollout", "status", "deploy/web", "-n", NAMESPACE, "--timeout=120s")


def share_processes(clone: Clone, wanted: bool | None) -> None:
    patch = json.dumps({"spec": {"template": {"spec": {"hostPID": wanted}}}})
    clone.kubectl("patch", "deploy", "web", "-n", NAMESPACE, "-p", patch)


def new_certificate(_: Clone) -> None:
    """Every test finds one."""


@pytest.mark.parametrize(
    ("break_it", "mend_it", "check", "rule", "words"),
    [
        (expired, new_certificate, "certificates", "certificate/expiry", "the certificate CN=web expired on"),
        (other_key, new_certificate, "certificates", "certificate/key", "tls.key does not belong"),
        (
            other_host,
            new_certificate,
            "certificates",
            "certificate/hosts",
            f"serves {HOST} with the certificate of Secret guarded/cert",
        ),
        (
            broken_chain,
            new_certificate,
            "certificates",
            "certificate/chain",
            "is not signed by the next one (CN=stranger)",
        ),
        (no_policy, deploy_again, "policies", "network-policy/missing", "no NetworkPolicy selects its pods"),
        (pod_on_host, pod_of_its_own, "policies", "pod-security/hostNamespaces", "hostPID"),
    ],
)
def test_what_a_rule_guards_is_broken_and_its_check_turns_red(
    guarded: Clone, break_it: Mend, mend_it: Mend, check: str, rule: str, words: str
) -> None:
    secure(guarded, "--check", check).expect(0)
    break_it(guarded)
    try:
        assert words in failed(secure(guarded, "--check", check))[rule]
        others = [name for name in ("certificates", "tls", "policies") if name != check]
        secure(guarded, *(word for name in others for word in ("--check", name))).expect(0)
    finally:
        mend_it(guarded)


def test_an_expired_certificate_turns_phase_secure_of_a_deployment_red(guarded: Clone) -> None:
    expired(guarded)
    report = guarded.run("deploy", "-q", "-o", "json").expect(1).json
    phases = {phase["phase"]: phase["outcome"] for phase in report["run"]["phases"]}
    assert (phases["deploy"], phases["secure"]) == ("no-op", "failed")
    assert report["run"]["cause"].startswith("secure/certificates: Secret guarded/cert: the certificate CN=web expired")


def test_warnings_fail_only_where_they_are_told_to(guarded: Clone) -> None:
    put(guarded, make_certificate("web", hosts=[HOST], days=20))
    done = secure(guarded, "--check", "certificates").expect(0)
    (finding,) = done.json["run"]["steps"]["secure/certificates"]["result"]["findings"]
    assert (finding["severity"], finding["rule"]) == ("warning", "certificate/expiry")
    secure(guarded, "--check", "certificates", "--fail-on", "warning").expect(1)


def test_the_windows_are_the_environment_s_own(guarded: Clone) -> None:
    data = yaml.safe_load((guarded.folder / "fairlead.yaml").read_text())
    data["environments"]["local"]["certificates"] = {"failUnder": "400d", "warnUnder": "500d"}
    guarded.write("fairlead.yaml", data)
    assert "certificate/expiry" in failed(secure(guarded, "--check", "certificates"))
    guarded.git("checkout", "--quiet", "--", "fairlead.yaml")


def test_a_check_with_nothing_to_look_at_is_not_good(guarded: Clone) -> None:
    no_secret(guarded)
    done = guarded.run("secure", "--check", "certificates").expect(1)
    assert "no TLS Secret in 1 namespace" in done.out
    assert "nothing was evaluated" in done.out


def test_a_secret_that_only_a_controller_would_make_is_not_held_against_simulated_nodes(guarded: Clone) -> None:
    no_secret(guarded)
    done = guarded.run("secure", "--check", "tls", "--fail-on", "warning").expect(0)
    assert "names Secret guarded/cert for TLS" in done.out
    assert "not evaluated, nodes are simulated and nobody issues" in done.out


def test_what_is_not_evaluated_is_said(guarded: Clone) -> None:
    done = guarded.run("secure", "--check", "policies").expect(0)
    assert "whether Secrets are encrypted at rest is not evaluated" in done.out
    assert "whether the network plugin enforces them is not evaluated" in done.out


@pytest.mark.parametrize("output", ["text", "json", "junit"])
def test_the_private_key_is_never_shown_and_the_form_changes_no_exit_code(guarded: Clone, output: str) -> None:
    made = make_certificate("web", hosts=[HOST], days=-1, age=10)
    put(guarded, made)
    done = guarded.run("secure", "-o", output, "--debug").expect(1)
    key = made.key_pem.decode().splitlines()[1]
    assert key not in done.out + done.err
