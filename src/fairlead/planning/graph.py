"""From planned components to the graph of steps: which steps there are, and what each waits for."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.component import CheckSource, Component, HelmSource, TerraformSource, TestKind, TestSource
from fairlead.model.environment import DAY_SECONDS, Environment
from fairlead.model.frozen import dataclass, field
from fairlead.model.image import ImageSource
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Step, StepKind, Waits
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.makers import Thing, makers_in_time
from fairlead.planning.removal_graph import PlannedRemoval, removal_steps

ENFORCE_PATH = '.metadata.labels["pod-security.kubernetes.io/enforce"]'

NEVER_MADE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that every cluster has."""

_KIND_OF_TEST = {
    TestKind.ROLLOUTS: StepKind.TEST_ROLLOUTS,
    TestKind.JOB: StepKind.TEST_JOB,
    TestKind.COMMAND: StepKind.TEST_COMMAND,
    TestKind.HTTP: StepKind.TEST_HTTP,
    TestKind.DNS: StepKind.TEST_DNS,
    TestKind.HELM: StepKind.TEST_HELM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedComponent:
    """What planning found out about one component. *kinds* are those it uses, *brings* those its CRDs define."""

    component: Component
    changes: tuple[Change, ...]
    crd_changes: tuple[Change, ...] = ()
    namespaces: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    kinds: frozenset[tuple[str, str]] = frozenset()
    brings: frozenset[tuple[str, str]] = frozenset()
    source_digest: str = ""
    notes: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasesLeftOut:
    """Why a phase is left out, by phase: the flags of U2."""

    reasons: Mapping[Phase, str] = field(default_factory=dict)

    def of(self, phase: Phase) -> str:
        return self.reasons.get(phase, "")


def step_name(component: Component) -> str:
    """The name of a component's main step."""
    return component.name


def crds_step_name(component: Component) -> str:
    return f"{component.name}/crds"


def namespace_step_name(namespace: str) -> str:
    return f"namespace/{namespace}"


def build_steps(
    planned: Sequence[PlannedComponent],
    *,
    environment: Environment,
    missing_namespaces: Collection[str],
    left_out: PhasesLeftOut,
    extra_test: Sequence[str] = (),
    cache_images: bool = False,
    removals: Sequence[PlannedRemoval] = (),
) -> tuple[Step, ...]:
    """Every step of a deployment of *planned* and then of *removals*, in an order in which they may start."""
    graph = _Graph(planned, missing_namespaces)
    writing = [
        *(namespace_step(name, graph.level_of(name, environment)) for name in sorted(missing_namespaces)),
        *(_crds_step(p) for p in planned if p.crd_changes),
        *(graph.main_step(p) for p in planned if p.component.phase is Phase.DEPLOY),
    ]
    steps = [
        *_built_in_checks(has_roots=any(isinstance(p.component.source, TerraformSource) for p in planned)),
        *(graph.main_step(p) for p in planned if p.component.phase is Phase.VALIDATE),
        *(graph.main_step(p) for p in planned if p.component.phase is Phase.PROVISION),
        *_cache_step(planned, is_wanted=cache_images),
        *writing,
        *removal_steps(removals, after=[step.name for step in writing]),
        *_security_steps(environment),
        _rollouts_step(),
        *(graph.main_step(p) for p in planned if p.component.phase is Phase.TEST),
        *_extra_test_step(extra_test),
    ]
    return tuple(_leave_out(step, left_out.of(step.phase)) for step in _after_caching(steps))


def undefined_namespaces(planned: Sequence[PlannedComponent]) -> frozenset[str]:
    """Namespaces that a component or its objects name, and that no component makes in time."""
    makers = _makers(planned)
    named = {name for one in planned for name in one.namespaces} - NEVER_MADE
    return frozenset(name for name in named if _namespace(name) not in makers)


def _makers(planned: Sequence[PlannedComponent]) -> dict[Thing, str]:
    """Who makes each namespace, and for each user of a kind who brings that among its other objects.

    A namespace that comes too late for one of its users must be made before all of them; a kind may come too late for
    one user, and in time for another.
    """
    by_name = {p.component.name: p for p in planned}
    kinds = {name: _kinds(p) for name, p in by_name.items()}
    brought = {kind for p in planned for kind in p.brings}
    users = {kind: [name for name, used in kinds.items() if kind in used] for kind in brought}
    waited_for = _WaitedFor(planned)
    return makers_in_time(
        makes={
            name: {
                *(_namespace(n) for n in p.defines),
                *(_kind(kind, user) for kind in p.brings if not p.crd_changes for user in users[kind]),
            }
            for name, p in by_name.items()
        },
        uses={
            name: {*(_namespace(n) for n in p.namespaces), *(_kind(kind, name) for kind in kinds[name])}
            for name, p in by_name.items()
        },
        waits_for={name: waited_for.by(p.component) for name, p in by_name.items()},
    )


def _namespace(name: str) -> Thing:
    return ("namespace", name)


def _kind(kind: tuple[str, str], user: str) -> Thing:
    return ("kind", *kind, user)


def _kinds(planned: PlannedComponent) -> frozenset[tuple[str, str]]:
    return planned.kinds | planned.brings


class _WaitedFor:
    """The components that one waits for by need or tier; what is not planned is not waited for."""

    def __init__(self, planned: Sequence[PlannedComponent]) -> None:
        self._names = frozenset(p.component.name for p in planned)
        deployed = [p.component for p in planned if p.component.phase is Phase.DEPLOY]
        # One set for all components of a tier: a thousand of them would have a set of hundreds each.
        self._before = {
            tier: frozenset(component.name for component in deployed if component.tier.rank < tier.rank)
            for tier in {p.component.tier for p in planned}
        }

    def by(self, component: Component) -> frozenset[str]:
        if _waits(component) is not Waits.TIERS:
            return self._names.intersection(component.waits_for)
        return self._before[component.tier]


class _Graph:
    def __init__(self, planned: Sequence[PlannedComponent], missing_namespaces: Collection[str]) -> None:
        self._missing = frozenset(missing_namespaces)
        self._makers = _makers(planned)
        self._bringers = {kind: p for p in planned for kind in p.brings if p.crd_changes}
        self._by_name = {p.component.name: p for p in planned}
        self._users: dict[str, list[PlannedComponent]] = defaultdict(list)
        for one in planned:
            for namespace in one.namespaces:
                self._users[namespace].append(one)

    def main_step(self, planned: PlannedComponent) -> Step:
        component = planned.component
        after = {*self._needs(planned), *self._namespaces(planned), *self._crds(planned)}
        return Step(
            name=step_name(component),
            kind=kind_of(component),
            phase=component.phase,
            component=component.name,
            changes=planned.changes,
            after=tuple(sorted(after)),
            waits=_waits(component),
            tier=component.tier if component.phase is Phase.DEPLOY else None,
            timeout_seconds=component.timeout_seconds,
            source_digest=planned.source_digest,
            left_out=planned.left_out,
            notes=planned.notes,
        )

    def level_of(self, namespace: str, environment: Environment) -> PodSecurityLevel:
        """The least strict level that a component in *namespace* asks for."""
        levels = [p.component.pod_security or environment.pod_security for p in self._users.get(namespace, ())]
        order = list(PodSecurityLevel)
        return min(levels, key=order.index, default=environment.pod_security)

    def _needs(self, planned: PlannedComponent) -> Iterable[str]:
        return (
            step_name(self._by_name[name].component) for name in planned.component.waits_for if name in self._by_name
        )

    def _namespaces(self, planned: PlannedComponent) -> Iterable[str]:
        for name in planned.namespaces | planned.defines:
            if name in self._missing:
                yield namespace_step_name(name)
            elif name in planned.namespaces:
                yield from self._maker(_namespace(name), planned)

    def _crds(self, planned: PlannedComponent) -> Iterable[str]:
        for kind in _kinds(planned):
            if kind in self._bringers:
                yield crds_step_name(self._bringers[kind].component)
            else:
                yield from self._maker(_kind(kind, planned.component.name), planned)

    def _maker(self, thing: Thing, planned: PlannedComponent) -> Iterable[str]:
        maker = self._makers.get(thing)
        if maker is not None and maker != planned.component.name:
            yield step_name(self._by_name[maker].component)


def kind_of(component: Component) -> StepKind:
    match component.source:
        case HelmSource():
            return StepKind.HELM_UPGRADE
        case TerraformSource():
            return StepKind.TERRAFORM_APPLY
        case ImageSource():
            return StepKind.IMAGE_BUILD
        case CheckSource():
            return StepKind.CHECK_COMMAND
        case TestSource(kind=kind):
            return _KIND_OF_TEST[kind]
        case _:
            return StepKind.APPLY


def _waits(component: Component) -> Waits:
    if component.waits_for:
        return Waits.NEEDS
    if component.phase is Phase.DEPLOY:
        return Waits.TIERS
    return Waits.ALL if component.phase is Phase.TEST else Waits.NEEDS


def _built_in_checks(*, has_roots: bool) -> tuple[Step, ...]:
    kinds = [StepKind.CHECK_TOOLS, StepKind.CHECK_PROJECT, StepKind.CHECK_CLUSTER]
    kinds += [StepKind.CHECK_TERRAFORM] if has_roots else []
    return tuple(_built_in(kind, Phase.VALIDATE) for kind in kinds)


def _built_in(kind: StepKind, phase: Phase, *, reason: str = "always done", waits: Waits = Waits.NEEDS) -> Step:
    # A component's name has no slash, so no component can take the name of a built-in step.
    name = f"{phase.value}/{kind.value if phase is Phase.SECURE else kind.value.partition('-')[2]}"
    change = Change(action=ChangeAction.RUN, name=name, reason=reason)
    return Step(name=name, kind=kind, phase=phase, changes=(change,), waits=waits)


def _security_steps(environment: Environment) -> tuple[Step, ...]:
    windows = environment.certificates
    reasons = {
        StepKind.POD_SECURITY: f"level {environment.pod_security.value}, always checked",
        StepKind.POLICIES: "network policies, RBAC, encryption, always checked",
        StepKind.TLS: "Ingresses and Gateways, always checked",
        StepKind.CERTIFICATES: f"TLS Secrets, {windows.fail_under_seconds / DAY_SECONDS:g} days at least",
    }
    return tuple(_built_in(kind, Phase.SECURE, reason=reason, waits=Waits.ALL) for kind, reason in reasons.items())


def _rollouts_step() -> Step:
    return _built_in(StepKind.TEST_ROLLOUTS, Phase.TEST, waits=Waits.ALL)


def _extra_test_step(command: Sequence[str]) -> tuple[Step, ...]:
    reason = f"given after the flags: {' '.join(command)}"
    return (_built_in(StepKind.TEST_COMMAND, Phase.TEST, reason=reason, waits=Waits.ALL),) if command else ()


def _cache_step(planned: Sequence[PlannedComponent], *, is_wanted: bool) -> tuple[Step, ...]:
    if not is_wanted:
        return ()
    deployed = [p for p in planned if p.component.phase is Phase.DEPLOY]
    is_calm = not any(change.action.is_change for p in deployed for change in (*p.changes, *p.crd_changes))
    step = _built_in(StepKind.CACHE_IMAGES, Phase.DEPLOY, reason="--cache-images, before anything is deployed")
    calm = Change(action=ChangeAction.NOOP, name=step.name, reason="nothing is about to be deployed")
    return (dataclasses.replace(step, changes=(calm,)) if is_calm else step,)


def _after_caching(steps: Sequence[Step]) -> tuple[Step, ...]:
    """*steps*, of which those that deploy wait for the images."""
    caching = next((step.name for step in steps if step.kind is StepKind.CACHE_IMAGES), None)
    if caching is None:
        return tuple(steps)
    return tuple(
        dataclasses.replace(step, after=tuple(sorted({*step.after, caching})))
        if step.phase is Phase.DEPLOY and step.name != caching
        else step
        for step in steps
    )


def namespace_step(name: str, level: PodSecurityLevel) -> Step:
    ref = ObjectRef(kind="Namespace", name=name)
    label = FieldChange(path=ENFORCE_PATH, wanted=level.value)
    reason = "named by a component, defined by none"
    change = Change(target=ref, action=ChangeAction.CREATE, reason=reason, fields=(label,))
    return Step(
        name=namespace_step_name(name),
        kind=StepKind.NAMESPACE,
        phase=Phase.DEPLOY,
        changes=(change,),
        timeout_seconds=60,
    )


def _crds_step(planned: PlannedComponent) -> Step:
    component = planned.component
    return Step(
        name=crds_step_name(component),
        kind=StepKind.CRDS,
        phase=Phase.DEPLOY,
        component=component.name,
        changes=planned.crd_changes,
        timeout_seconds=component.timeout_seconds,
        source_digest=planned.source_digest,
    )


def _leave_out(step: Step, reason: str) -> Step:
    return dataclasses.replace(step, left_out=reason) if reason and not step.left_out else step
