"""What a project file may hold, key by key, and the JSON Schema made from it. What keys say together is checked in
`project_rules.py`.

A key without a value is a fault (an empty `gates:` must not mean "no gates"), so null is in no type of the schema: an
optional key's None below is only its absence.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from fairlead.model.component import CrdPolicy, ReplacePolicy
from fairlead.model.environment import Delivery, Driver, NodeKind, OnFailure, Refresh
from fairlead.model.plan import Phase
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.model.tier import Tier
from fairlead.readers.image_schema import ImageFields
from fairlead.readers.project_fields import (
    Chart,
    ChartVersion,
    Cron,
    DnsName,
    Duration,
    Expression,
    HttpTargetText,
    ImageName,
    KubernetesVersion,
    Label,
    Pattern,
    ProjectPath,
    Repository,
    Text,
    Url,
    UserPath,
    ValuePath,
    Word,
    WordPath,
)
from fairlead.readers.strict_fields import StrictFields, exactly_one

API_VERSION: Final = "fairlead.dev/v1"
SCHEMA_ID: Final = "https://fairlead.dev/schema/v1.json"
SOURCE_KEYS: Final = ("helm", "kustomize", "manifests", "terraform", "image", "check", "test")
TEST_KEYS: Final = ("job", "command", "rollouts", "http", "dns", "helm")


class NamesFields(StrictFields):
    """What tools and paths call this environment, where that is not its name."""

    helmfile: Word | None = None
    terraform: Word | None = None
    values: WordPath | None = Field(
        default=None, description="What {environment} in paths and the values folder stand for."
    )


class ClusterFields(StrictFields):
    """The cluster an environment deploys to."""

    driver: Driver = Field(
        default=Driver.AUTO, description="What makes or finds it; auto takes the best that is there."
    )
    context: Text | None = Field(default=None, description="The context of the kubeconfig.", examples=["prod"])
    kubeconfig: UserPath | None = Field(
        default=None, description="A kubeconfig file; without it, KUBECONFIG as kubectl does."
    )
    nodes: NodeKind = Field(
        default=NodeKind.AUTO,
        description="Nodes of an embedded cluster; auto makes real ones as root on Linux, else simulated ones.",
    )
    count: Annotated[StrictInt, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="How many nodes a cluster made here has: one if they are real, else two.",
        examples=[2],
    )
    made_by: Label | None = Field(default=None, description="The Terraform component whose apply makes the cluster.")


class FreezeFields(StrictFields):
    """A window without deployments."""

    cron: Cron = Field(description="When it starts: minute, hour, day, month, weekday, in UTC.")
    duration: Duration
    reason: Text


class GatesFields(StrictFields):
    """What must hold before a promotion to this environment."""

    verified: StrictBool = Field(
        default=False, description="The bundle passed all five phases where it is promoted from."
    )
    soak: Duration = Field(default=0.0, description="How long it must have been well there.")
    approvals: Annotated[StrictInt, Field(ge=0, le=100)] = Field(default=0, description="How many people must approve.")
    freeze: tuple[FreezeFields, ...] = ()


class CertificatesFields(StrictFields):
    """How long before its end a certificate is told."""

    warn_under: Duration = Field(default=30 * 86400.0, description="Warned about with less time left. Default: 30d.")
    fail_under: Duration = Field(default=7 * 86400.0, description="Fails phase secure. Default: 7d.")


class MaintenanceFields(StrictFields):
    """What `deploy --maintenance-mode` does to an environment while it is closed."""

    scale: dict[Text, Annotated[StrictInt, Field(ge=0, le=10000)]] = Field(
        default_factory=dict,
        description="Replicas meanwhile, of all workloads of a component or of one: Kind/namespace/name.",
        examples=[{"shop": 0, "Deployment/shop/sorry-page": 1}],
    )
    announce: tuple[Label, ...] = Field(
        default=(),
        description="Namespaces that get the ConfigMap fairlead-maintenance, and an annotation, meanwhile.",
        examples=[["shop"]],
    )


class DriftFields(StrictFields):
    """What `drift --watch` does here."""

    revert: StrictBool = Field(default=False, description="Put drift back without being asked.")
    interval: Duration = Field(default=60.0, description="Between two looks. Default: 60s.")


class ReadFromFields(StrictFields):
    """One source of components: what it is written in, and where."""

    flux: ProjectPath | None = Field(default=None, description="The folder of a cluster in a Flux repository.")
    argocd: ProjectPath | None = Field(
        default=None, description="A file or folder with Argo CD's Applications that are applied by hand."
    )
    terraform: ProjectPath | None = Field(default=None, description="A Terraform root, or a folder with several.")
    helmfile: ProjectPath | None = Field(default=None, description="A helmfile, or a folder such as helmfile.d.")


class EnvironmentFields(StrictFields):
    """A place to deploy to: one cluster, its settings and gates."""

    names: NamesFields = Field(default_factory=NamesFields, alias="as")
    cluster: ClusterFields = Field(default_factory=ClusterFields)
    kubernetes: KubernetesVersion | None = Field(
        default=None, description="The version it runs; a server off by a minor is told."
    )
    promoted_from: Label | None = Field(default=None, description="The environment that validates for this one.")
    delivery: Delivery = Field(default=Delivery.PUSH, description="Who executes the deploy phase.")
    gates: GatesFields = Field(default_factory=GatesFields)
    pod_security: PodSecurityLevel | None = Field(
        default=None, description="The level of its namespaces. Default: privileged in local, else baseline."
    )
    refresh: Refresh | None = Field(
        default=None,
        description="When an unchanged Terraform root is looked at. Default: always in production, else 24h.",
    )
    budgets: dict[Phase, Duration] = Field(default_factory=dict, description="How long a phase may take.")
    drift: DriftFields = Field(default_factory=DriftFields)
    certificates: CertificatesFields = Field(
        default_factory=CertificatesFields, description="When a TLS Secret's certificate is too close to its end."
    )
    on_failure: OnFailure = Field(
        default=OnFailure.STOP,
        description="After a deployment that failed half-way: stop, return to the last good bundle, or ask.",
    )
    maintenance: MaintenanceFields = Field(default_factory=MaintenanceFields)
    read_from: tuple[ReadFromFields, ...] = Field(
        default=(), alias="from", description="Where its components are written down already."
    )


class HelmFields(StrictFields):
    """A Helm release."""

    chart: Chart = Field(description="A folder of the project, repository/name, or oci://host/path/name.")
    repository: Repository | None = Field(default=None, description="A name under `repositories`, or a URL.")
    version: ChartVersion | None = Field(
        default=None, description="For charts that are not in the project: one version, or a range that is locked."
    )
    release: Label | None = Field(default=None, description="Default: the component's name.")
    values: dict[str, Any] = Field(default_factory=dict, description="The lowest layer of values above the chart's.")
    value_files: tuple[ProjectPath, ...] = Field(default=(), description="Values above `values`, last wins.")


def _as_folder(value: Any) -> Any:
    return {"folder": value} if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class TerraformFields(StrictFields):
    """A Terraform root."""

    folder: ProjectPath
    program: Literal["tofu", "terraform"] = "tofu"
    variables: dict[Word, Any] = Field(default_factory=dict)


class CheckFields(StrictFields):
    """A command of phase validate; it gets FAIRLEAD_ENVIRONMENT and must end with 0."""

    command: tuple[Text, ...] = Field(min_length=1, examples=[["python3", "scripts/check.py"]])


class TestFields(StrictFields):
    """A test of phase test: one of http, dns, helm, job, command, rollouts."""

    __test__ = False
    model_config = ConfigDict(json_schema_extra=exactly_one(TEST_KEYS))

    job: ProjectPath | None = Field(default=None, description="A manifest file with a Job that must complete.")
    command: tuple[Text, ...] | None = Field(
        default=None, min_length=1, description="It gets FAIRLEAD_ENVIRONMENT and KUBECONFIG."
    )
    rollouts: Literal[True] | None = Field(default=None, description="Every workload of the environment is rolled out.")
    http: HttpTargetText | None = Field(
        default=None, description="NAMESPACE/SERVICE:PORT/path, asked through the API server."
    )
    scheme: Literal["http", "https"] = Field(default="http", description="What the Service speaks; with http only.")
    status: Annotated[StrictInt, Field(ge=100, le=599)] = Field(default=200, description="Wanted; with http only.")
    body: Text | None = Field(default=None, description="Must occur in the answer; with http only.")
    body_matches: Pattern | None = Field(default=None, description="Must be found in the answer; with http only.")
    within: Duration = Field(default=0.0, description="The answer must be there by then; with http only.")
    retry_for: Duration = Field(default=30.0, description="Asked again until it is as wanted; with http only.")
    dns: Annotated[tuple[DnsName, ...], Field(min_length=1)] | None = Field(
        default=None, description="Names that must have an address inside the cluster.", examples=[["web.shop"]]
    )
    helm: Label | None = Field(default=None, description="A helm component, whose chart's own tests are run.")
    max_age: Duration = Field(
        default=24 * 3600.0, description="Evidence older than this is not taken for an unchanged bundle."
    )


class ComponentFields(StrictFields):
    """What is deployed and promoted as one: one of helm, kustomize, manifests, terraform, image, check, test."""

    model_config = ConfigDict(json_schema_extra=exactly_one(SOURCE_KEYS))

    name: Label
    tier: Tier = Field(default=Tier.APPLICATIONS, description="Components of earlier tiers are deployed first.")
    namespace: Label | None = Field(default=None, description="Required for helm.")
    needs: tuple[Label, ...] = Field(
        default=(), description="Components to wait for; then only for those, not for earlier tiers."
    )
    environments: tuple[Label, ...] = Field(default=(), description="Environments or groups it belongs to; none: all.")
    mappings: dict[ValuePath, Expression] = Field(
        default_factory=dict,
        alias="set",
        description="Values taken from outputs.COMPONENT.NAME, or from global.PATH of environments/E/values.yaml.",
        examples=[{"ingress.host": "outputs.cluster.host", "replicaCount": "global.replicas.min"}],
    )
    images: dict[ImageName, Label] = Field(
        default_factory=dict,
        description="Images of its pods, by their name without tag, and the image component that stands in for each.",
        examples=[{"docker.io/stefanprodan/podinfo": "podinfo-image"}],
    )
    secrets: tuple[ProjectPath, ...] = Field(default=(), description="Encrypted value files (SOPS).")
    crds: CrdPolicy = Field(default=CrdPolicy.UPGRADE, description="What is done with the CRDs it brings.")
    prune: StrictBool = Field(
        default=True, description="Whether `--prune` may remove what it no longer wants, and all of it once it is gone."
    )
    replace: ReplacePolicy = Field(
        default=ReplacePolicy.REFUSE,
        description="`allow`: an object of a built-in kind whose change is not possible is deleted and made again.",
    )
    pod_security: PodSecurityLevel | None = Field(default=None, description="Default: the environment's.")
    timeout: Duration = Field(default=600.0, description="How long it may take to become healthy.")
    helm: HelmFields | None = None
    kustomize: ProjectPath | None = Field(default=None, description="A folder with a kustomization.")
    manifests: (
        Annotated[
            tuple[ProjectPath, ...],
            Field(min_length=1),
            BeforeValidator(_as_list, json_schema_input_type=ProjectPath | tuple[ProjectPath, ...]),
        ]
        | None
    ) = Field(default=None, description="Files or folders with Kubernetes manifests.")
    terraform: (
        Annotated[TerraformFields, BeforeValidator(_as_folder, json_schema_input_type=ProjectPath | TerraformFields)]
        | None
    ) = Field(default=None, description="The folder of a Terraform root.")
    image: ImageFields | None = None
    check: CheckFields | None = None
    test: TestFields | None = None


class ProjectFields(StrictFields):
    """What one repository deploys, where to, and in which order it is promoted."""

    api_version: Literal["fairlead.dev/v1"] = Field(description="The version of this format.")
    project: Label = Field(description="The project's name.", examples=["homelab"])
    repositories: dict[Label, Url] = Field(
        default_factory=dict,
        description="Chart repositories by the name that charts use.",
        examples=[{"metallb": "https://charts.example.test/metallb"}],
    )
    environments: dict[Label, EnvironmentFields] = Field(
        min_length=1, description="`development` is another name for `local`."
    )
    groups: dict[Label, Annotated[tuple[Label, ...], Field(min_length=1)]] = Field(
        default_factory=dict, examples=[{"production": ["prod-eu", "prod-us"]}]
    )
    components: tuple[ComponentFields, ...]


class _Strict(GenerateJsonSchema):
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        # `patternProperties` alone would let every other key through.
        for pattern, values in made.pop("patternProperties", {}).items():
            made["propertyNames"] = {"pattern": pattern}
            made["additionalProperties"] = values
        return made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        # None stands for an absent key, and a duration's default is the number of seconds: neither may be written so.
        if made.get("default") is None or (made.get("type") == "string" and not isinstance(made["default"], str)):
            made.pop("default", None)
        return made


def project_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `fairlead.yaml`, for editors; it accepts whatever the reader accepts."""
    made = ProjectFields.model_json_schema(by_alias=True, mode="validation", schema_generator=_Strict)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": SCHEMA_ID,
        **made,
        "title": "Fairlead project file",
    }
