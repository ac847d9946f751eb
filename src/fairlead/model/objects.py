"""Kubernetes objects as Fairlead names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.model.frozen import dataclass, field

Manifest = dict[str, Any]
"""One Kubernetes object as JSON data."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ObjectRef:
    """The identity of an object: the API version it is written in does not take part.

    *namespace* is empty for cluster-scoped objects.
    """

    group: str = ""
    kind: str
    namespace: str = ""
    name: str
    version: str = field(default="v1", compare=False)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def ref_of(manifest: Mapping[str, Any]) -> ObjectRef:
    """The reference that *manifest* states; raises KeyError if kind, apiVersion or metadata.name is missing."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    metadata = manifest["metadata"]
    return ObjectRef(
        group=group,
        version=version,
        kind=manifest["kind"],
        namespace=metadata.get("namespace") or "",
        name=metadata["name"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind that an API server serves, in its preferred version."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    served_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kinds:
    """What an API server serves, by (group, kind). *broken* names API groups whose aggregated server did not answer."""

    by_name: Mapping[tuple[str, str], Kind]
    broken: tuple[str, ...] = ()

    def find(self, ref: ObjectRef) -> Kind | None:
        return self.by_name.get((ref.group, ref.kind))

    def serves(self, ref: ObjectRef) -> bool:
        kind = self.find(ref)
        return kind is not None and (not kind.served_versions or ref.version in kind.served_versions)

    def api_versions(self) -> tuple[str, ...]:
        """`group/version` and `group/version/Kind` of all that is served, sorted, as helm takes `--api-versions`."""
        found: set[str] = set()
        for kind in self.by_name.values():
            for version in kind.served_versions or (kind.version,):
                api_version = f"{kind.group}/{version}" if kind.group else version
                found |= {api_version, f"{api_version}/{kind.kind}"}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedMetadata:
    """*managers* are the field managers that managedFields name, each once."""

    ref: ObjectRef
    uid: str
    resource_version: str
    managers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConflict:
    """A field that another manager owns; *path* as the API server writes it, e.g. `.spec.replicas`."""

    path: str
    manager: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What the API server answered to one write or dry-run.

    *live* is the object it returned; None when it refused, then *status* (HTTP), *reason* and *message* say why.
    """

    ref: ObjectRef
    live: Manifest | None = None
    status: int = 200
    reason: str = ""
    message: str = ""
    conflicts: tuple[FieldConflict, ...] = ()

    @property
    def is_applied(self) -> bool:
        return self.live is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion:
    """`git_version` as served, e.g. `v1.34.2`; `minor` as `1.34`."""

    git_version: str

    @property
    def minor(self) -> str:
        return ".".join(self.git_version.lstrip("v").split(".")[:2])
