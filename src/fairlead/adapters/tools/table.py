"""The one table of pinned tools.

No download has its checksum yet, so that rung is skipped for all of them; filling in `sha256` turns it on.

Versions that fit on PATH: same minor and no older patch, for what a tool prints and does may change with the minor.
That holds for kubectl too, though Kubernetes' skew policy allows one minor either way: what it prints must be the same
on every machine. sops and age are used for their stable file formats only: same major.
"""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.adapters.tools.kubernetes import KUBERNETES, PROGRAMS
from fairlead.adapters.tools.tool import Archive, Download, Fit, GoBuild, Tool

_HELM = GoBuild(
    name="helm",
    version="4.3.1",
    go="1.26.0",
    modules={"helm.sh/helm/v4": "v4.3.1"},
    packages={"helm": "helm.sh/helm/v4/cmd/helm"},
    stamps={
        "helm.sh/helm/v4/internal/version.version": "v4.3.1",
        "helm.sh/helm/v4/internal/version.gitTreeState": "clean",
    },
)
# Its version comes from the build's own list of modules.
_KUSTOMIZE = GoBuild(
    name="kustomize",
    version="5.8.1",
    go="1.24.0",
    modules={"sigs.k8s.io/kustomize/kustomize/v5": "v5.8.1"},
    packages={"kustomize": "sigs.k8s.io/kustomize/kustomize/v5"},
    stamps={"sigs.k8s.io/kustomize/api/provenance.buildDate": "2026-02-09T16:11:22Z"},
)
_TOFU = GoBuild(
    name="tofu",
    version="1.12.6",
    go="1.26.6",
    modules={"github.com/opentofu/opentofu": "v1.12.6"},
    replaces={
        "github.com/hashicorp/hcl/v2 v2.20.1": "github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828"
    },
    godebug={"tlsmlkem": "0", "winsymlink": "0"},
    packages={"tofu": "github.com/opentofu/opentofu/cmd/tofu"},
    stamps={"github.com/opentofu/opentofu/version.dev": "no"},
)
_SOPS = GoBuild(
    name="sops",
    version="3.13.3",
    go="1.25.8",
    modules={"github.com/getsops/sops/v3": "v3.13.3"},
    packages={"sops": "github.com/getsops/sops/v3/cmd/sops"},
)
_AGE = GoBuild(
    name="age",
    version="1.3.2",
    go="1.25.0",
    modules={"filippo.io/age": "v1.3.2"},
    packages={"age": "filippo.io/age/cmd/age", "age-keygen": "filippo.io/age/cmd/age-keygen"},
    stamps={"main.Version": "v1.3.2"},
)
# Its own replaces point into the source tree; the published modules are what they stand for.
_ETCD = GoBuild(
    name="etcd",
    version="3.6.5",
    go="1.24",
    modules={"go.etcd.io/etcd/server/v3": "v3.6.5"},
    packages={"etcd": "go.etcd.io/etcd/server/v3"},
)
_KWOK = GoBuild(
    name="kwok",
    version="0.8.0",
    go="1.26.0",
    modules={"sigs.k8s.io/kwok": "v0.8.0"},
    packages={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
)

# Its default node image is of the Kubernetes minor that the rest of this table has.
_KIND = GoBuild(
    name="kind",
    version="0.30.0",
    go="1.17",
    modules={"sigs.k8s.io/kind": "v0.30.0"},
    packages={"kind": "sigs.k8s.io/kind"},
)
_K3D = GoBuild(
    name="k3d",
    version="5.8.3",
    go="1.22.4",
    modules={"github.com/k3d-io/k3d/v5": "v5.8.3"},
    packages={"k3d": "github.com/k3d-io/k3d/v5"},
    stamps={"github.com/k3d-io/k3d/v5/version.Version": "v5.8.3"},
)
# Its go.mod replaces these three; the text of go.mod is not inherited by ours.
_HELMFILE = GoBuild(
    name="helmfile",
    version="1.8.0",
    go="1.26.6",
    modules={"github.com/helmfile/helmfile": "v1.8.0"},
    replaces={
        "k8s.io/api": "k8s.io/api v0.35.4",
        "k8s.io/apimachinery": "k8s.io/apimachinery v0.36.0",
        "k8s.io/client-go": "k8s.io/client-go v0.35.4",
    },
    packages={"helmfile": "github.com/helmfile/helmfile"},
    stamps={"go.szostok.io/version.version": "v1.8.0"},
)


def _github(repository: str, file: str, *, archive: Archive = Archive.NONE, member: str = "") -> Download:
    return Download(url=f"https://github.com/{repository}/releases/download/{file}", archive=archive, member=member)


def _kubernetes(program: str) -> Tool:
    is_client = program == "kubectl"
    return Tool(
        name=program,
        version=KUBERNETES.version,
        version_argv=("version", "--client") if is_client else ("--version",),
        version_pattern=r"Client Version: v(\S+)" if is_client else r"Kubernetes v(\S+)",
        download=Download(url=f"https://dl.k8s.io/v{{version}}/bin/{{os}}/{{arch}}/{program}"),
        build=KUBERNETES,
    )


_TOOLS = (
    *map(_kubernetes, PROGRAMS),
    Tool(
        name="etcd",
        version="3.6.5",
        version_pattern=r"etcd Version: (\S+)",
        download=_github(
            "etcd-io/etcd",
            "v{version}/etcd-v{version}-{os}-{arch}.tar.gz",
            archive=Archive.TAR_GZ,
            member="etcd-v{version}-{os}-{arch}/etcd",
        ),
        build=_ETCD,
    ),
    Tool(
        name="helm",
        version="4.3.1",
        version_argv=("version", "--short"),
        download=Download(
            url="https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
            archive=Archive.TAR_GZ,
            member="{os}-{arch}/helm",
        ),
        build=_HELM,
    ),
    Tool(
        name="kustomize",
        version="5.8.1",
        version_argv=("version",),
        download=_github(
            "kubernetes-sigs/kustomize",
            "kustomize%2Fv{version}/kustomize_v{version}_{os}_{arch}.tar.gz",
            archive=Archive.TAR_GZ,
            member="kustomize",
        ),
        build=_KUSTOMIZE,
    ),
    Tool(
        name="kwok",
        version="0.8.0",
        version_pattern=r"kwok version v(\S+)",
        download=_github("kubernetes-sigs/kwok", "v{version}/kwok-{os}-{arch}"),
        build=_KWOK,
    ),
    Tool(
        name="tofu",
        version="1.12.6",
        version_argv=("version",),
        version_pattern=r"OpenTofu v(\S+)",
        download=_github(
            "opentofu/opentofu",
            "v{version}/tofu_{version}_{os}_{arch}.tar.gz",
            archive=Archive.TAR_GZ,
            member="tofu",
        ),
        build=_TOFU,
    ),
    Tool(
        name="sops",
        version="3.13.3",
        # Without the flag it asks the network for a newer version.
        version_argv=("--version", "--disable-version-check"),
        version_pattern=r"sops (\S+)",
        fits=Fit.MAJOR,
        download=_github("getsops/sops", "v{version}/sops-v{version}.{os}.{arch}"),
        build=_SOPS,
    ),
    *(
        Tool(
            name=program,
            version="1.3.2",
            fits=Fit.MAJOR,
            download=_github(
                "FiloSottile/age",
                "v{version}/age-v{version}-{os}-{arch}.tar.gz",
                archive=Archive.TAR_GZ,
                member=f"age/{program}",
            ),
            build=_AGE,
        )
        for program in ("age", "age-keygen")
    ),
    Tool(
        name="kind",
        version="0.30.0",
        # It is asked for clusters by a few flags that all its versions have.
        fits=Fit.MAJOR,
        version_pattern=r"kind version (\S+)",
        download=_github("kubernetes-sigs/kind", "v{version}/kind-{os}-{arch}"),
        build=_KIND,
        by_name_only=True,
    ),
    Tool(
        name="k3d",
        version="5.8.3",
        fits=Fit.MAJOR,
        version_pattern=r"k3d version v(\S+)",
        download=_github("k3d-io/k3d", "v{version}/k3d-{os}-{arch}"),
        build=_K3D,
        by_name_only=True,
    ),
    Tool(
        name="helmfile",
        version="1.8.0",
        version_pattern=r"helmfile version v?(\S+)",
        download=_github(
            "helmfile/helmfile",
            "v{version}/helmfile_{version}_{os}_{arch}.tar.gz",
            archive=Archive.TAR_GZ,
            member="helmfile",
        ),
        build=_HELMFILE,
        by_name_only=True,
    ),
)

TABLE: Mapping[str, Tool] = {tool.name: tool for tool in _TOOLS}
