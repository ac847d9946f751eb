"""From what a component renders to what is applied: hooks and CRDs apart, namespaces filled in, one object once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fairlead.formats.digests import digest, fold_string_data
from fairlead.formats.secret_masking import mask_manifest, texts_of_secrets
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.objects import Kinds, Manifest, ObjectRef, ref_of
from fairlead.planning.order import split_hooks

CRD_KEY = ("apiextensions.k8s.io", "CustomResourceDefinition")

_OWN_GROUPS = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
"""Groups of Kubernetes itself with namespaced kinds, besides `_OWN_SUFFIXED`."""

_OWN_SUFFIXED = frozenset(
    f"{name}.k8s.io"
    for name in ("coordination", "discovery", "events", "networking", "rbac.authorization", "resource", "storage")
)

CLUSTER_SCOPED = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        CRD_KEY,
        ("apiregistration.k8s.io", "APIService"),
        ("authentication.k8s.io", "SelfSubjectReview"),
        ("authentication.k8s.io", "TokenReview"),
        ("authorization.k8s.io", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "SelfSubjectRulesReview"),
        ("authorization.k8s.io", "SubjectAccessReview"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)
"""Kinds of Kubernetes itself without a namespace, for rendering where no cluster answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredObjects:
    """*objects* by reference in rendered order; *crds* and *hooks* apart; all with secret values in clear.

    *secrets* are the secret texts that went into the rendering, wherever they came out. *skipped* are CRDs that are
    neither written nor looked at, and wanted all the same. *scaled* are workloads whose replicas an autoscaler sets.
    *shared* are wanted, too: the component that each is mapped to has it alike, and applies it.
    """

    objects: Mapping[ObjectRef, Manifest] = field(repr=False)
    crds: Mapping[ObjectRef, Manifest] = field(repr=False)
    hooks: tuple[Manifest, ...] = field(default=(), repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    skipped: frozenset[ObjectRef] = frozenset()
    scaled: frozenset[ObjectRef] = frozenset()
    shared: Mapping[ObjectRef, str] = field(default_factory=dict)

    @property
    def refs(self) -> frozenset[ObjectRef]:
        """What the component wants: the rest of what it had is left behind."""
        return frozenset((*self.objects, *self.crds, *self.skipped, *self.shared))

    def without(self, shared: Mapping[ObjectRef, str]) -> DesiredObjects:
        """What is left where other components apply what is *shared*."""
        if not shared:
            return self
        return replace(
            self,
            objects={ref: manifest for ref, manifest in self.objects.items() if ref not in shared},
            crds={ref: manifest for ref, manifest in self.crds.items() if ref not in shared},
            shared=shared,
        )

    def masked(self, manifest: Manifest, key: bytes) -> Manifest:
        """*manifest*, one of ours, as it may be kept and shown."""
        return mask_manifest(manifest, self.secrets, key=key)

    def unprintable(self) -> frozenset[str]:
        """The texts that no line of a log may show."""
        return self.secrets | texts_of_secrets(self.objects.values())

    def output_digest(self, key: bytes) -> str:
        masked = {str(ref): self.masked(m, key) for ref, m in {**self.crds, **self.objects}.items()}
        return digest({"objects": masked, "hooks": [self.masked(hook, key) for hook in self.hooks]})


@dataclass(frozen=True, slots=True)
class Scopes:
    """Says whether a kind has namespaces: by the cluster's discovery, by CRDs at hand, or as Kubernetes' own kind.

    With *guesses* a custom kind that nothing says anything about is taken for namespaced."""

    kinds: Kinds | None
    crds: Mapping[tuple[str, str], bool]
    guesses: bool = True

    def is_namespaced(self, group: str, kind: str) -> bool:
        served = self.kinds.by_name.get((group, kind)) if self.kinds else None
        if served is not None:
            return served.namespaced
        return self.crds.get((group, kind), (group, kind) not in CLUSTER_SCOPED)

    def is_known(self, group: str, kind: str) -> bool:
        """Whether more than a guess says whether the kind has namespaces."""
        key = (group, kind)
        is_served = self.kinds is not None and key in self.kinds.by_name
        is_own = group in _OWN_GROUPS or group in _OWN_SUFFIXED or key in CLUSTER_SCOPED
        return is_served or is_own or key in self.crds


AS_STATED = Scopes(None, {}, guesses=False)
"""Custom kinds stay in the namespace that they state, or in none: two renderings that hold different definitions place
the same object in the same way."""


def scopes_of(manifests: Iterable[Manifest], kinds: Kinds | None) -> Scopes:
    """*manifests* of all components: a custom resource may be defined by another component than its user."""
    found: dict[tuple[str, str], bool] = {}
    for manifest in manifests:
        if is_crd(manifest):
            found[defined_kind(manifest)] = (manifest.get("spec") or {}).get("scope") == "Namespaced"
    return Scopes(kinds, found)


def is_crd(manifest: Mapping[str, Any]) -> bool:
    group, _, _ = str(manifest.get("apiVersion", "")).rpartition("/")
    return (group, manifest.get("kind")) == CRD_KEY


DefinedKind = tuple[str, str, str]
"""Group, kind and version."""


def kind_key(ref: ObjectRef) -> DefinedKind:
    return (ref.group, ref.kind, ref.version)


def defined_kinds(manifests: Iterable[Manifest]) -> frozenset[DefinedKind]:
    """What the CRDs among *manifests* make the API server serve."""
    return frozenset(
        (spec.get("group", ""), (spec.get("names") or {}).get("kind", ""), version.get("name", ""))
        for manifest in manifests
        if is_crd(manifest)
        for spec in (manifest.get("spec") or {},)
        for version in _versions(manifest)
        if version.get("served")
    )


def defined_kind(crd: Mapping[str, Any]) -> tuple[str, str]:
    """Group and kind that *crd* defines."""
    spec = crd.get("spec") or {}
    return str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", ""))


def dropped_versions(live: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Versions of a CRD that are served or stored now and that *wanted* does not have or serve any more."""
    if live is None:
        return ()
    kept = {v.get("name") for v in _versions(wanted)}
    served = {v.get("name") for v in _versions(wanted) if v.get("served")}
    stored = (live.get("status") or {}).get("storedVersions") or ()
    gone = {v["name"] for v in _versions(live) if v.get("served") and v["name"] not in served}
    return tuple(sorted(gone | {name for name in stored if name not in kept}))


def _versions(crd: Mapping[str, Any]) -> list[dict[str, Any]]:
    return (crd.get("spec") or {}).get("versions") or []


def desired_objects(
    manifests: Iterable[Manifest], *, namespace: str, scopes: Scopes, component: str, keep_crds_inline: bool = False
) -> DesiredObjects:
    """Sort the rendered *manifests* of one component. Raises InputError when one object is rendered twice.

    *keep_crds_inline*: a Helm release writes the CRDs of its templates itself.
    """
    plain, hooks = split_hooks(list(manifests))
    objects: dict[ObjectRef, Manifest] = {}
    crds: dict[ObjectRef, Manifest] = {}
    for one in plain:
        manifest = placed(fold_string_data(one), namespace=namespace, scopes=scopes)
        ref = ref_of(manifest)
        if ref in objects or ref in crds:
            raise InputError(
                f"component {component} renders {ref} twice",
                hint="remove one of the two: the later would overwrite it",
                rule="object-twice",
            )
        (crds if is_crd(manifest) and not keep_crds_inline else objects)[ref] = manifest
    return DesiredObjects(objects=objects, crds=crds, hooks=tuple(hooks))


def placed(manifest: Manifest, *, namespace: str, scopes: Scopes) -> Manifest:
    """*manifest* in *namespace*, if its kind has namespaces and it names none."""
    metadata = manifest.get("metadata") or {}
    ref = ref_of(manifest)
    if not scopes.guesses and not scopes.is_known(ref.group, ref.kind):
        return manifest
    is_namespaced = scopes.is_namespaced(ref.group, ref.kind)
    if is_namespaced == bool(ref.namespace):
        return manifest
    if is_namespaced:
        return {**manifest, "metadata": {**metadata, "namespace": namespace or "default"}}
    return {**manifest, "metadata": {name: value for name, value in metadata.items() if name != "namespace"}}
