"""What environments and groups of a project file must say together. Each rule yields its faults, so that one wrong
value does not hide the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.model.environment import ALIASES
from fairlead.model.errors import InputError
from fairlead.planning.cycles import find_cycles
from fairlead.planning.maintenance import parse_workload
from fairlead.readers.project_faults import Fault, Path, suggest
from fairlead.readers.project_parts import Parts, as_map, canonical, not_of_kind


def _one_name_per_environment(parts: Parts) -> Iterator[Fault]:
    names = as_map(parts.raw.get("environments"))
    for alias, name in ALIASES.items():
        if alias in names and name in names:
            yield Fault(
                rule="two-names",
                path=("environments", alias),
                message=f"{name} and {alias} are two names for one environment",
                hint=f"keep {name}, and say `as: {{values: {alias}}}` where files use the other name",
                at_key=True,
            )


def _known_promotion_sources(parts: Parts) -> Iterator[Fault]:
    for name, environment in parts.environments.items():
        source = environment.promoted_from
        path: Path = ("environments", name, "promotedFrom")
        if source and canonical(source) not in parts.environment_names:
            hint = suggest(source, parts.environment_names, what="environments")
            yield Fault(rule="unknown-environment", path=path, message=f"unknown environment: {source}", hint=hint)
        elif "promotedFrom" not in as_map(parts.raw["environments"][name]) and (
            environment.gates.verified or environment.gates.soak
        ):
            key = "verified" if environment.gates.verified else "soak"
            yield Fault(
                rule="gate-without-source",
                path=("environments", name, "gates", key),
                message=f"{key} asks for evidence from another environment, and {name} is promoted from none",
                hint=f"write promotedFrom in {name}, or remove {key}",
            )


def _no_promotion_cycle(parts: Parts) -> Iterator[Fault]:
    sources = {
        canonical(name): (canonical(e.promoted_from),) for name, e in parts.environments.items() if e.promoted_from
    }
    for cycle in find_cycles(sources):
        written = next(name for name in parts.environments if canonical(name) == cycle[0])
        yield Fault(
            rule="promotion-cycle",
            path=("environments", written, "promotedFrom"),
            message=f"environments are promoted from each other: {' <- '.join((*cycle, cycle[0]))}",
            hint="the first environment is promoted from none",
        )


def _cluster_made_by_terraform(parts: Parts) -> Iterator[Fault]:
    for name, environment in parts.environments.items():
        maker = environment.cluster.made_by
        if not maker:
            continue
        path: Path = ("environments", name, "cluster", "madeBy")
        if parts.kinds.get(maker) != "terraform":
            yield not_of_kind(maker, parts, kinds=("terraform",), path=path, why="only those make clusters")
        elif (
            maker in parts.by_name
            and not parts.trimmed
            and canonical(name) not in parts.places_of(parts.by_name[maker])
        ):
            yield Fault(rule="not-there", path=path, message=f"component {maker} does not belong to {name}")


def _groups_of_environments(parts: Parts) -> Iterator[Fault]:
    group_of: dict[str, str] = {}
    for group, members in parts.groups.items():
        if canonical(group) in parts.environment_names:
            message = f"{group} is an environment and a group"
            yield Fault(rule="two-meanings", path=("groups", group), message=message, hint="rename one", at_key=True)
        for index, member in enumerate(members):
            path: Path = ("groups", group, index)
            if canonical(member) not in parts.environment_names:
                hint = suggest(member, parts.environment_names, what="environments")
                yield Fault(rule="unknown-environment", path=path, message=f"unknown environment: {member}", hint=hint)
            elif canonical(member) in group_of:
                message = f"{member} is in group {group_of[canonical(member)]} already"
                yield Fault(rule="two-groups", path=path, message=message, hint="an environment is in one group")
            group_of.setdefault(canonical(member), group)


def _scaled_in_maintenance(parts: Parts) -> Iterator[Fault]:
    for name, environment in parts.environments.items():
        for subject in environment.maintenance.scale:
            path: Path = ("environments", name, "maintenance", "scale", subject)
            if "/" not in subject:
                if subject not in parts.kinds:
                    hint = suggest(subject, parts.kinds, what="components")
                    message = f"unknown component: {subject}"
                    yield Fault(rule="unknown-component", path=path, message=message, hint=hint, at_key=True)
                continue
            try:
                parse_workload(subject)
            except InputError as err:
                yield Fault(rule="invalid-workload", path=path, message=err.message, hint=err.hint, at_key=True)


ENVIRONMENT_RULES: Final = (
    _one_name_per_environment,
    _known_promotion_sources,
    _no_promotion_cycle,
    _cluster_made_by_terraform,
    _groups_of_environments,
    _scaled_in_maintenance,
)
