"""Providers of which a folder does not say where to get them.

Without `source` in `required_providers` of its own folder, Terraform takes a provider for `hashicorp/NAME`; a module
does not get it from who calls it. Which of those there are is the registry's to know: only names that are known to be
somebody else's are judged. A few (github, oci, alicloud, vsphere) the registry has under both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fairlead.formats.terraform.module import TerraformModule
from fairlead.model.finding import Finding, Severity

_SOURCES: Final[Mapping[str, str]] = {
    "acme": "vancluever/acme",
    "aiven": "aiven/aiven",
    "argocd": "argoproj-labs/argocd",
    "artifactory": "jfrog/artifactory",
    "auth0": "auth0/auth0",
    "authentik": "goauthentik/authentik",
    "azapi": "Azure/azapi",
    "azuredevops": "microsoft/azuredevops",
    "civo": "civo/civo",
    "cloudflare": "cloudflare/cloudflare",
    "confluent": "confluentinc/confluent",
    "ct": "poseidon/ct",
    "databricks": "databricks/databricks",
    "datadog": "DataDog/datadog",
    "digitalocean": "digitalocean/digitalocean",
    "dnsimple": "dnsimple/dnsimple",
    "docker": "kreuzwerker/docker",
    "ec": "elastic/ec",
    "elasticstack": "elastic/elasticstack",
    "exoscale": "exoscale/exoscale",
    "fastly": "fastly/fastly",
    "flux": "fluxcd/flux",
    "gitlab": "gitlabhq/gitlab",
    "grafana": "grafana/grafana",
    "harbor": "goharbor/harbor",
    "hcloud": "hetznercloud/hcloud",
    "keycloak": "keycloak/keycloak",
    "kind": "tehcyx/kind",
    "kubectl": "alekc/kubectl or gavinbunney/kubectl",
    "kustomization": "kbst/kustomization",
    "libvirt": "dmacvicar/libvirt",
    "linode": "linode/linode",
    "matchbox": "poseidon/matchbox",
    "minio": "aminueza/minio",
    "mongodbatlas": "mongodb/mongodbatlas",
    "newrelic": "newrelic/newrelic",
    "okta": "okta/okta",
    "openstack": "terraform-provider-openstack/openstack",
    "ovh": "ovh/ovh",
    "pagerduty": "PagerDuty/pagerduty",
    "postgresql": "cyrilgdn/postgresql",
    "proxmox": "bpg/proxmox or Telmate/proxmox",
    "rancher2": "rancher/rancher2",
    "rke": "rancher/rke",
    "routeros": "terraform-routeros/routeros",
    "scaleway": "scaleway/scaleway",
    "sops": "carlpett/sops",
    "spotinst": "spotinst/spotinst",
    "tailscale": "tailscale/tailscale",
    "talos": "siderolabs/talos",
    "unifi": "ubiquiti-community/unifi or paultyng/unifi",
    "upcloud": "UpCloudLtd/upcloud",
    "vcd": "vmware/vcd",
    "vultr": "vultr/vultr",
    "yandex": "yandex-cloud/yandex",
}
_BEFORE_SOURCES: Final = re.compile(
    r"(?:~>\s*0\.(?:\d|1[0-2])\.\d+|^=?\s*0\.(?:\d|1[0-2])(?:\.\d+)?|<\s*0\.13(?:\.0)?|<=\s*0\.12[\d.]*)\s*$"
)
"""Constraints that no Terraform fulfils which knows sources: they came with 0.13."""


def find_missing_sources(module: TerraformModule, modules: Mapping[str, TerraformModule]) -> Iterator[Finding]:
    """One for each provider. Nothing where *modules* are for an older Terraform, which found providers by name."""
    unsaid = {name: place for name, place in module.used.items() if name not in module.sources}
    if not unsaid or any(_is_old(each.required_version) for each in modules.values()):
        return
    for name, location in unsaid.items():
        meant = _said_by_callers(name, module.folder, modules)
        sources = [meant] if meant else _SOURCES.get(name, "").split(" or ")
        if not any(sources):
            continue
        is_known = name in _SOURCES
        what = "which does not exist" if is_known else f"not for the {meant} of who calls it"
        yield Finding(
            rule="terraform-provider-source",
            message=f"{module.folder} uses the provider {name} and does not say its source: Terraform looks for"
            f" hashicorp/{name}, {what}",
            hint=f"add {name} = {{ source = {_quoted(sources)} }} to required_providers of {module.folder}",
            severity=Severity.ERROR if is_known else Severity.WARNING,
            location=location,
        )


def _said_by_callers(name: str, folder: str, modules: Mapping[str, TerraformModule]) -> str:
    """The source that a folder says which leads to *folder*; empty where none says another one than hashicorp's."""
    saying = {where: each.sources[name] for where, each in modules.items() if each.sources.get(name)}
    if all(_is_default(source, name) for source in saying.values()):
        return ""
    callers: dict[str, list[str]] = {}
    for where, each in modules.items():
        for called in each.local_calls():
            callers.setdefault(called, []).append(where)
    waiting, seen = [folder], {folder}
    while waiting:
        above = [where for where in callers.get(waiting.pop(), ()) if where not in seen]
        for where in above:
            if where in saying and not _is_default(saying[where], name):
                return saying[where]
        seen.update(above)
        waiting += above
    return ""


def _is_default(source: str, name: str) -> bool:
    return source.lower().removeprefix("registry.terraform.io/") == f"hashicorp/{name}"


def _quoted(sources: Iterable[str]) -> str:
    return " or ".join(f'"{source}"' for source in sources)


def _is_old(constraints: str) -> bool:
    return any(_BEFORE_SOURCES.search(each.strip()) for each in constraints.split(","))
