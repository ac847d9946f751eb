"""Two deploys at once, a holder that was killed, and one that slept past its lease."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.crash_rig import (
    MANY,
    SHORT_LEASE,
    Api,
    Tail,
    catch,
    catch_short,
    config_maps,
    count_writes,
    family,
    kill,
    open_gates,
    started,
    write_gated,
)
from e2e.rig import Clone, ended, eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def api(cluster_kubeconfig: Path) -> Iterator[Api]:
    api = Api(cluster_kubeconfig)
    yield api
    api.close()


def steps_started(events: Path) -> list[str]:
    lines = map(json.loads, events.read_text().splitlines())
    return [line["step"] for line in lines if line["kind"] == "step-started"]


def test_second_deploy_is_refused_and_told_who_holds_the_environment(clone: Clone, api: Api, audit_log: Path) -> None:
    write_gated(clone, "two")
    with started(clone, "deploy", **SHORT_LEASE) as first:
        eventually(lambda: api.steps("two").in_doubt == {"gated"})
        size = audit_log.stat().st_size
        refused = clone.run("deploy", **SHORT_LEASE).expect(3)
        assert f"another run holds this environment: {api.lease('two')['holderIdentity']}" in refused.err
        assert f"pid {first.pid}" in refused.err
        assert count_writes(audit_log, project="two", since=size) == {}
        open_gates(clone, "two")
        ended(first).expect(0)
    assert [run["state"] for run in clone.run("history", "-o", "json").expect().json["runs"]] == ["succeeded"]


def test_killed_holder_is_taken_over_and_its_run_is_abandoned(clone: Clone, api: Api, audit_log: Path) -> None:
    write_gated(clone, "over")
    start = audit_log.stat().st_size
    with started(clone, "deploy", **SHORT_LEASE) as first:
        catch(first, lambda: api.steps("over").in_doubt == {"gated"})
        kill(first, clone)
    dead = api.head("over")["run"]["id"]
    open_gates(clone, "over")
    clone.run("deploy", **SHORT_LEASE).expect(0)
    newest, oldest = clone.run("history", "-o", "json").expect().json["runs"]
    assert (newest["state"], oldest["state"], oldest["id"]) == ("succeeded", "abandoned", dead)
    assert newest["id"] in oldest["cause"]
    assert api.steps("over").in_doubt == frozenset()
    assert set(count_writes(audit_log, project="over", since=start).values()) == {1}
    clone.run("plan", "--detailed-exitcode").expect(0)
    assert api.lease("over").get("holderIdentity", "") == ""


def test_holder_that_slept_past_its_lease_starts_nothing_and_undoes_nothing(
    clone: Clone, another_clone: Callable[[str], Clone], api: Api, audit_log: Path, tmp_path: Path
) -> None:
    write_gated(clone, "slept")
    other = another_clone("other")
    other.write("after.yaml", config_maps("after").replace("of-after", "newer-after"))
    other.write("many.yaml", (other.folder / "many.yaml").read_text().replace("of-many", "newer-many"))
    other.commit("newer")
    tail = Tail(audit_log, "slept")
    events = tmp_path / "events"
    with started(clone, "deploy", "--events-file", str(events), **SHORT_LEASE) as sleeper:
        catch_short(sleeper, lambda: 5 <= tail.written("many") < MANY)
        open_gates(clone, "slept")
        other.run("deploy", **SHORT_LEASE).expect(0)
        newer = api.head("slept")
        size, begun = audit_log.stat().st_size, steps_started(events)
        os.kill(sleeper.pid, signal.SIGCONT)
        woken = ended(sleeper).expect(3)
        assert "lost the lock" in woken.err
    eventually(lambda: not family(clone.home))
    assert count_writes(audit_log, project="slept", since=size) == {}
    assert api.head("slept") == newer
    assert steps_started(events) == begun
    other.run("plan", "--detailed-exitcode").expect(0)
    values = clone.kubectl("get", "configmaps", "-n", "work-slept", "-o", "jsonpath={.items[*].data.value}").split()
    assert {value.partition("-")[0] for value in values if "-" in value} == {"newer"}


def test_children_of_a_holder_that_slept_end_when_it_wakes(clone: Clone, api: Api) -> None:
    clone.project(
        "childs", {"name": "wait", "test": {"command": ["sleep", "300"]}}, {"name": "one", "manifests": "m.yaml"}
    )
    clone.write("m.yaml", config_maps("one-childs"))
    clone.commit()
    with started(clone, "deploy", **SHORT_LEASE) as sleeper:
        catch(sleeper, lambda: any("sleep 300" in line for line in family(clone.home).values()))
        clone.run("deploy", "--skip-tests", **SHORT_LEASE).expect(0)
        os.kill(sleeper.pid, signal.SIGCONT)
        ended(sleeper).expect(3)
    assert family(clone.home) == {}
