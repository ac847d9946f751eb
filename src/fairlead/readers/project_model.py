"""The fields of a project file, which have no fault, as the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fairlead.formats.http_target import parse_http_target
from fairlead.model.component import (
    CheckSource,
    Component,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    Source,
    TerraformSource,
    TestKind,
    TestSource,
)
from fairlead.model.environment import (
    ALIASES,
    CertificateWindows,
    ClusterSettings,
    DriftPolicy,
    Environment,
    Freeze,
    Gates,
    ReadFrom,
    Refresh,
)
from fairlead.model.finding import Location
from fairlead.model.maintenance import MaintenanceSettings
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.model.probe import HttpCheck
from fairlead.model.project import Project
from fairlead.readers.image_model import make_image
from fairlead.readers.project_parts import canonical
from fairlead.readers.project_schema import (
    TEST_KEYS,
    ClusterFields,
    ComponentFields,
    EnvironmentFields,
    GatesFields,
    HelmFields,
    ProjectFields,
    TestFields,
)
from fairlead.readers.yaml_places import Place

_PRODUCTION: Final = "production"


def make_project(fields: ProjectFields, *, root: Place, file: str) -> Project:
    groups = {group: tuple(canonical(name) for name in names) for group, names in fields.groups.items()}
    group_of = {name: group for group, names in groups.items() for name in names}
    return Project(
        name=fields.project,
        environments={
            canonical(name): _environment(name, each, group=group_of.get(canonical(name), ""))
            for name, each in fields.environments.items()
        },
        components=tuple(
            _component(
                each,
                location=Location(file, *root.find(("components", index)).at),
                groups=groups,
                repositories=fields.repositories,
            )
            for index, each in enumerate(fields.components)
        ),
        groups=groups,
        file=file,
    )


def _environment(written: str, fields: EnvironmentFields, *, group: str) -> Environment:
    name = canonical(written)
    is_production = _PRODUCTION in (name, group)
    is_local = name in ALIASES.values()
    return Environment(
        name=name,
        names=_names(written, fields),
        group=group,
        cluster=_cluster(fields.cluster),
        kubernetes=fields.kubernetes or "",
        promoted_from=canonical(fields.promoted_from or ""),
        delivery=fields.delivery,
        gates=_gates(fields.gates),
        pod_security=fields.pod_security or (PodSecurityLevel.PRIVILEGED if is_local else PodSecurityLevel.BASELINE),
        refresh=fields.refresh or (Refresh.ALWAYS if is_production else Refresh.DAILY),
        budgets=fields.budgets,
        drift=DriftPolicy(revert=fields.drift.revert, interval_seconds=fields.drift.interval),
        certificates=CertificateWindows(
            warn_under_seconds=fields.certificates.warn_under, fail_under_seconds=fields.certificates.fail_under
        ),
        on_failure=fields.on_failure,
        maintenance=MaintenanceSettings(scale=fields.maintenance.scale, announce=fields.maintenance.announce),
        read_from=tuple(
            ReadFrom(dialect=dialect, path=path)
            for each in fields.read_from
            for dialect, path in each.model_dump(exclude_none=True).items()
        ),
    )


def _names(written: str, fields: EnvironmentFields) -> Mapping[str, str]:
    """Who writes an alias in the project file uses it everywhere, unless `as` says otherwise."""
    given = fields.names.model_dump(exclude_none=True)
    if written == canonical(written):
        return given
    return {**dict.fromkeys(type(fields.names).model_fields, written), **given}


def _cluster(fields: ClusterFields) -> ClusterSettings:
    return ClusterSettings(
        driver=fields.driver,
        context=fields.context or "",
        kubeconfig=fields.kubeconfig or "",
        nodes=fields.nodes,
        count=fields.count or 0,
        made_by=fields.made_by or "",
    )


def _gates(fields: GatesFields) -> Gates:
    return Gates(
        verified=fields.verified,
        soak_seconds=fields.soak,
        approvals=fields.approvals,
        freeze=tuple(Freeze(cron=f.cron, seconds=f.duration, reason=f.reason) for f in fields.freeze),
    )


def _component(
    fields: ComponentFields,
    *,
    location: Location,
    groups: Mapping[str, tuple[str, ...]],
    repositories: Mapping[str, str],
) -> Component:
    members = (member for name in fields.environments for member in groups.get(name, (canonical(name),)))
    return Component(
        name=fields.name,
        source=_source(fields, repositories),
        tier=fields.tier,
        namespace=fields.namespace or "",
        needs=fields.needs,
        environments=tuple(dict.fromkeys(members)),
        set=fields.mappings,
        images=fields.images,
        secrets=fields.secrets,
        crds=fields.crds,
        prune=fields.prune,
        replace=fields.replace,
        pod_security=fields.pod_security,
        timeout_seconds=fields.timeout,
        location=location,
    )


def _source(fields: ComponentFields, repositories: Mapping[str, str]) -> Source:
    if fields.helm is not None:
        return _helm(fields.helm, repositories)
    if fields.kustomize is not None:
        return KustomizeSource(folder=fields.kustomize)
    if fields.manifests is not None:
        return ManifestsSource(paths=fields.manifests)
    if fields.terraform is not None:
        root = fields.terraform
        return TerraformSource(folder=root.folder, program=root.program, variables=root.variables)
    if fields.image is not None:
        return make_image(fields.image, name=fields.name)
    if fields.check is not None:
        return CheckSource(command=fields.check.command)
    if fields.test is not None:
        return _test(fields.test)
    raise ValueError(f"component {fields.name} has no source")  # the rules refuse it before


def _helm(fields: HelmFields, repositories: Mapping[str, str]) -> HelmSource:
    chart, repository = _chart(fields, repositories)
    return HelmSource(
        chart=chart,
        repository=repository,
        version=fields.version or "",
        release=fields.release or "",
        values=fields.values,
        value_files=fields.value_files,
    )


def _chart(fields: HelmFields, repositories: Mapping[str, str]) -> tuple[str, str]:
    """The chart's name or folder, and the URL it comes from (empty: a folder of the project)."""
    if fields.chart.startswith("oci://"):
        repository, _, chart = fields.chart.rpartition("/")
        return chart, repository
    if fields.repository:
        return fields.chart, repositories.get(fields.repository, fields.repository)
    return fields.chart, repositories.get(fields.chart.partition("/")[0], "") if "/" in fields.chart else ""


def _test(fields: TestFields) -> TestSource:
    kind = next(TestKind(key) for key in TEST_KEYS if getattr(fields, key) is not None)
    return TestSource(
        kind=kind,
        job=fields.job or "",
        command=fields.command or (),
        http=_http(fields),
        names=fields.dns or (),
        helm=fields.helm or "",
        max_age_seconds=fields.max_age,
    )


def _http(fields: TestFields) -> HttpCheck | None:
    if fields.http is None:
        return None
    return HttpCheck(
        target=parse_http_target(fields.http),
        scheme=fields.scheme,
        status=fields.status,
        body=fields.body or "",
        body_matches=fields.body_matches or "",
        within_seconds=fields.within,
        retry_seconds=fields.retry_for,
    )
