"""Which driver `auto` takes: a table of machines, and what holds for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.environment import Driver, NodeKind
from fairlead.model.errors import InputError
from fairlead.planning.driver_choice import PREFERRED, DriverFacts, choose_driver

ROOT_ON_LINUX = {"made": None, "no_embedded": "", "no_real_nodes": "", "engine": "", "installed": {}}
USER_ON_LINUX = {**ROOT_ON_LINUX, "no_real_nodes": "need root"}
ON_A_MAC = {**ROOT_ON_LINUX, "no_embedded": "needs Linux", "no_real_nodes": "need Linux"}
WITH_KIND = {"engine": "docker", "installed": {Driver.KIND: True, Driver.K3D: True}}


def facts(machine: dict[str, object], **more: object) -> DriverFacts:
    return DriverFacts(**{**machine, **more})  # type: ignore[arg-type] # the tables above hold its fields


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            facts(ROOT_ON_LINUX),
            "driver auto -> embedded with real nodes: root on Linux; no container engine answers",
        ),
        (facts(ROOT_ON_LINUX, **WITH_KIND), "driver auto -> embedded with real nodes: root on Linux"),
        (
            facts(USER_ON_LINUX, **WITH_KIND),
            "driver auto -> kind on docker: real nodes of our own need root",
        ),
        (
            facts(USER_ON_LINUX),
            "driver auto -> embedded with simulated nodes: real ones need root; no container engine answers",
        ),
        (
            facts(USER_ON_LINUX, engine="podman"),
            "driver auto -> embedded with simulated nodes: real ones need root;"
            " podman answers, but neither minikube nor kind nor k3d is installed",
        ),
        (facts(USER_ON_LINUX, made=Driver.K3D), "driver auto -> k3d: it made the cluster that is there"),
        (
            facts(ON_A_MAC, engine="docker", installed={Driver.MINIKUBE: True, Driver.KIND: True}),
            "driver auto -> minikube on docker: real nodes of our own need Linux",
        ),
        (
            facts(USER_ON_LINUX, nodes=NodeKind.SIMULATED, **WITH_KIND),
            "driver auto -> embedded with simulated nodes: asked for",
        ),
        (
            facts(ROOT_ON_LINUX, nodes=NodeKind.SIMULATED),
            "driver auto -> embedded with simulated nodes: asked for",
        ),
        (
            facts(USER_ON_LINUX, nodes=NodeKind.REAL),
            "driver auto -> embedded with real nodes: real ones need root; no container engine answers",
        ),
    ],
)
def test_choice_and_its_reason(found: DriverFacts, line: str) -> None:
    assert str(choose_driver(found)) == line


def test_a_machine_with_nothing_is_told_what_it_needs() -> None:
    with pytest.raises(InputError, match="embedded needs Linux; no container engine answers"):
        choose_driver(facts(ON_A_MAC))


WORDS = st.sampled_from(["", "need root", "needs Linux"])
MACHINES = st.builds(
    DriverFacts,
    made=st.sampled_from([None, Driver.EMBEDDED, *PREFERRED]),
    nodes=st.sampled_from(NodeKind),
    no_embedded=WORDS,
    no_real_nodes=WORDS,
    engine=st.sampled_from(["", "docker", "podman"]),
    installed=st.dictionaries(st.sampled_from(PREFERRED), st.booleans()),
)


@given(MACHINES)
def test_a_driver_is_chosen_only_where_it_can_work(machine: DriverFacts) -> None:
    try:
        chosen = choose_driver(machine).driver
    except InputError:
        assert machine.no_embedded
        assert not (machine.engine and any(machine.installed.values()))
        return
    if machine.made is not None:
        assert chosen is machine.made
    elif chosen is Driver.EMBEDDED:
        assert not machine.no_embedded
    else:
        assert machine.engine
        assert machine.installed[chosen]


@given(MACHINES)
def test_simulated_nodes_are_the_last_resort_unless_they_are_asked_for(machine: DriverFacts) -> None:
    if machine.no_embedded and not (machine.engine and any(machine.installed.values())) and machine.made is None:
        return
    if "simulated" in choose_driver(machine).reason and machine.nodes is not NodeKind.SIMULATED:
        assert machine.no_real_nodes
        assert not (machine.engine and any(machine.installed.values()))


@given(MACHINES)
def test_who_asks_for_real_nodes_gets_no_simulated_ones(machine: DriverFacts) -> None:
    if machine.nodes is NodeKind.REAL and not machine.no_embedded:
        assert "simulated" not in choose_driver(machine).reason
