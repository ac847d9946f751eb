"""kill -9, SIGTERM and Ctrl-C at chosen moments of a run, then `resume` from another clone with the first one gone."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.crash_rig import (
    MANY,
    SHORT_LEASE,
    Api,
    Steps,
    Tail,
    catch,
    catch_short,
    child,
    component_of,
    config_maps,
    count_writes,
    family,
    kill,
    kill_all,
    live_objects,
    open_gates,
    release,
    started,
    write_gated,
    write_platform,
    write_release,
    write_root,
    write_test,
)
from e2e.rig import Clone, ended, eventually
from fairlead.model.local_cluster import LocalCluster

pytestmark = pytest.mark.e2e

PHASES = ("validate", "provision", "deploy", "secure", "test")


@pytest.fixture
def api(cluster_kubeconfig: Path) -> Iterator[Api]:
    api = Api(cluster_kubeconfig)
    yield api
    api.close()


@dataclass(frozen=True, kw_only=True)
class Undisturbed:
    """What one run of the same project left that nobody disturbed."""

    objects: dict[str, Any]
    writes: Counter[tuple[str, str, str, str]]
    components: dict[str, int]
    outcomes: dict[str, str]
    phases: dict[str, str]


@pytest.fixture(scope="module")
def undisturbed(cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    place = tmp_path_factory.mktemp("undisturbed")
    clone = Clone(folder=place / "project", home=place / "home", kubeconfig=Path(cluster.kubeconfig))
    write_platform(clone, "calm")
    open_gates(clone, "calm")
    api = Api(clone.kubeconfig)
    size = Path(cluster.audit_log).stat().st_size
    report = clone.run("deploy", "-o", "json").expect().json
    found = Undisturbed(
        objects=live_objects(api, "calm"),
        writes=count_writes(Path(cluster.audit_log), project="calm", since=size),
        outcomes=api.steps("calm").outcomes("calm"),
        phases=phases_of(report),
        components=components_of(clone),
    )
    api.close()
    assert len(found.objects) > MANY
    return found


def phases_of(report: Any) -> dict[str, str]:
    return {phase["phase"]: phase["outcome"] for phase in report["run"]["phases"]}


def components_of(clone: Clone) -> dict[str, int]:
    """How many objects the record has of each component."""
    return {c["name"]: c["objects"] for c in clone.run("status", "-o", "json").expect().json["components"]}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a test sees of a run from outside."""

    clone: Clone
    api: Api
    project: str
    tail: Tail

    @property
    def steps(self) -> Steps:
        return self.api.steps(self.project)

    def release(self) -> str:
        """The status of the newest revision of release `app`."""
        path = f"/api/v1/namespaces/work-{self.project}/secrets?labelSelector=owner%3Dhelm"
        found = self.api.items(path)
        return (
            max(found, key=lambda s: int(s["metadata"]["labels"]["version"]))["metadata"]["labels"]["status"]
            if found
            else ""
        )

    def has(self, path: str) -> bool:
        return self.api.get(path.format(f"namespaces/work-{self.project}")) is not None


def is_provisioning(sight: Sight) -> bool:
    return sight.steps.in_doubt == {"infra"} and child(sight.clone, "sleep 2") is not None


def has_only_begun(sight: Sight) -> bool:
    return sight.steps.in_doubt == {"gated"} and not sight.tail.written("gated")


def is_between_steps(sight: Sight) -> bool:
    steps = sight.steps
    return "one" in steps.ended and not steps.in_doubt and "pages" not in steps.entries


def is_amid_objects(sight: Sight) -> bool:
    return 5 <= sight.tail.written("many") < MANY


def is_in_hook(sight: Sight) -> bool:
    has_job = sight.has("/apis/batch/v1/{}/jobs/app-migrate")
    return has_job and sight.steps.in_doubt == {"app"} and child(sight.clone, "helm", "upgrade", "hookOnly") is not None


def has_helm_ended(sight: Sight) -> bool:
    is_over = child(sight.clone, "helm", "upgrade") is None
    return is_over and sight.release() == "deployed" and sight.steps.in_doubt == {"app"}


def waits_for_rollout(sight: Sight) -> bool:
    return sight.steps.in_doubt == {"pages"} and sight.has("/apis/apps/v1/{}/deployments/pages")


def find_repeated(
    written: Counter[tuple[str, str, str, str]], undisturbed: Undisturbed, *, in_doubt: frozenset[str]
) -> dict[tuple[str, str, str, str], int]:
    """What was written more often than it may be. A plain object is looked at first and so never written twice; a
    release in doubt is written once more, after the revision that was cut off has gone."""
    allowed = undisturbed.writes
    if "app" in in_doubt:
        allowed = allowed + Counter({w: n for w, n in allowed.items() if component_of(w) == "app"})
        allowed["delete", "secrets", "work-P", "sh.helm.release.v1.app.v1"] += 1
    return dict(written - allowed)


MOMENTS = {
    "infra": ("", is_provisioning),
    "begun": ("gated", has_only_begun),
    "between": ("", is_between_steps),
    "amid": ("", is_amid_objects),
    "hook": ("hook", is_in_hook),
    "helmed": ("app", has_helm_ended),
    "rollout": ("pages", waits_for_rollout),
}
SHORT = (is_between_steps, is_amid_objects)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_run_is_resumed_from_another_clone_and_ends_as_if_undisturbed(
    clone: Clone,
    another_clone: Callable[[str], Clone],
    api: Api,
    audit_log: Path,
    undisturbed: Undisturbed,
    moment: str,
) -> None:
    project, (gate, is_there) = f"killed-{moment}", MOMENTS[moment]
    write_platform(clone, project)
    other = another_clone("other")
    open_gates(clone, project, but=gate)
    sight = Sight(clone=clone, api=api, project=project, tail=Tail(audit_log, project))
    start = audit_log.stat().st_size
    with started(clone, "deploy", "--quiet", **SHORT_LEASE) as process:
        if is_there in SHORT:
            eventually(lambda: "infra" in sight.steps.ended, seconds=120)
            catch_short(process, lambda: is_there(sight))
        else:
            catch(process, lambda: is_there(sight))
        kill(process, clone)
    shutil.rmtree(clone.folder)
    shutil.rmtree(clone.home)
    at_death, before = api.steps(project), count_writes(audit_log, project=project, since=start)
    size = audit_log.stat().st_size

    open_gates(other, project)
    release(other)
    report = other.run("resume", "-o", "json", **SHORT_LEASE).expect().json

    after = count_writes(audit_log, since=size, project=project)
    ended_well = {name.partition("/")[0] for name in at_death.ended}
    assert [w for w in after if component_of(w) in ended_well] == []
    assert find_repeated(before + after, undisturbed, in_doubt=at_death.in_doubt) == {}
    assert live_objects(api, project) == undisturbed.objects
    assert phases_of(report) == undisturbed.phases
    assert api.steps(project).outcomes(project) == undisturbed.outcomes
    assert api.steps(project).in_doubt == frozenset()
    assert components_of(other) == undisturbed.components
    other.run("plan", "--detailed-exitcode").expect(0)
    status = other.run("status", "-o", "json").expect().json
    assert (status["run"]["state"], status["run"]["resumed"]) == ("succeeded", 1)


@pytest.mark.parametrize(
    ("number", "gate", "is_there"), [(signal.SIGINT, "", is_provisioning), (signal.SIGTERM, "hook", is_in_hook)]
)
def test_interrupted_run_ends_its_children_gives_the_lock_back_and_is_resumed(
    clone: Clone,
    another_clone: Callable[[str], Clone],
    api: Api,
    audit_log: Path,
    undisturbed: Undisturbed,
    number: signal.Signals,
    gate: str,
    is_there: Callable[[Sight], bool],
) -> None:
    project = f"cut-{number.name.lower()}"
    write_platform(clone, project)
    other = another_clone("other")
    open_gates(clone, project, but=gate)
    sight = Sight(clone=clone, api=api, project=project, tail=Tail(audit_log, project))
    with started(clone, "deploy") as process:
        eventually(lambda: is_there(sight), seconds=120)
        process.send_signal(number)
        interrupted = ended(process).expect(130)
        assert "fairlead resume" in interrupted.err
        assert family(clone.home) == {}
    run = api.head(project)["run"]
    assert (run["state"], bool(run["ended"])) == ("interrupted", True)
    assert api.lease(project)["holderIdentity"] == ""

    open_gates(other, project)
    report = other.run("resume", "-o", "json").expect()
    assert "sign of life" not in report.err
    assert live_objects(api, project) == undisturbed.objects
    assert phases_of(report.json) == undisturbed.phases
    other.run("plan", "--detailed-exitcode").expect(0)


def test_resume_of_other_content_is_refused_and_names_the_commit(
    clone: Clone, another_clone: Callable[[str], Clone], api: Api, audit_log: Path
) -> None:
    write_gated(clone, "content")
    commit = clone.git("rev-parse", "HEAD")
    other = another_clone("other")
    with started(clone, "deploy", "touch", "tested", **SHORT_LEASE) as process:
        catch(process, lambda: api.steps("content").in_doubt == {"gated"})
        kill(process, clone)
    other.write("after.yaml", config_maps("after", "later"))
    other.commit("more")
    size = audit_log.stat().st_size
    refused = other.run("resume", **SHORT_LEASE).expect(3)
    assert commit[:12] in refused.err
    assert count_writes(audit_log, project="content", since=size) == {}
    other.git("checkout", "--quiet", commit)
    open_gates(other, "content")
    other.run("resume", **SHORT_LEASE).expect(0)
    assert (other.folder / "tested").exists()  # the test that was given after the flags of `deploy`


def test_resume_says_when_there_is_nothing_to_resume(clone: Clone) -> None:
    clone.project("nothing", {"name": "one", "manifests": "one.yaml"})
    clone.write("one.yaml", config_maps("one-nothing"))
    clone.commit()
    refused = clone.run("resume").expect(3)
    assert "there is no run to resume: nothing was deployed here yet" in refused.err
    clone.run("deploy").expect(0)
    refused = clone.run("resume").expect(3)
    assert "there is no run to resume" in refused.err
    assert "succeeded" in refused.err


def test_new_deploy_removes_the_test_job_of_a_run_that_died(clone: Clone, api: Api) -> None:
    jobs = "/apis/batch/v1/namespaces/work-tested/jobs"
    write_test(clone, "tested")
    with started(clone, "deploy", **SHORT_LEASE) as process:
        catch(process, lambda: api.steps("tested").in_doubt == {"smoke"} and len(api.items(jobs)) == 1)
        kill(process, clone)
    open_gates(clone, "tested")
    release(clone)
    clone.run("deploy", **SHORT_LEASE).expect(0)
    eventually(lambda: not api.items(jobs))


def test_upgrade_cut_off_with_helm_itself_is_repaired(clone: Clone, api: Api, audit_log: Path) -> None:
    write_release(clone, "upgraded")
    open_gates(clone, "upgraded")
    clone.run("deploy").expect(0)
    clone.kubectl("label", "nodes", "--all", "gate-upgraded/hook-")
    clone.write("app/values.yaml", {"host": "newer"})
    clone.commit()
    sight = Sight(clone=clone, api=api, project="upgraded", tail=Tail(audit_log, "upgraded"))
    with started(clone, "deploy", **SHORT_LEASE) as process:
        catch(process, lambda: is_in_hook(sight))
        kill_all(process, clone)
    assert sight.release() == "pending-upgrade"
    assert "that revision counts as failed" in clone.run("plan").expect(0).out
    open_gates(clone, "upgraded")
    release(clone)
    clone.run("resume", **SHORT_LEASE).expect(0)
    secrets = api.items("/api/v1/namespaces/work-upgraded/secrets?labelSelector=owner%3Dhelm")
    revisions = {s["metadata"]["labels"]["version"]: s["metadata"]["labels"]["status"] for s in secrets}
    assert revisions == {"1": "superseded", "2": "failed", "3": "deployed"}
    clone.run("plan", "--detailed-exitcode").expect(0)


def test_lock_of_our_own_killed_tofu_is_released_and_a_foreign_one_is_not(
    clone: Clone, another_clone: Callable[[str], Clone], api: Api
) -> None:
    write_root(clone, "tofus")
    other = another_clone("other")
    with started(clone, "deploy", **SHORT_LEASE) as process:
        catch(process, lambda: bool((api.head("tofus").get("run") or {}).get("state_locks")))
        kill_all(process, clone)
    ((suffix, held),) = api.head("tofus")["run"]["state_locks"].items()
    name = f"lock-tfstate-default-{suffix}"
    lease = json.loads(other.kubectl("get", "lease", "-n", "fairlead-system", name, "-o", "json"))
    assert lease["spec"]["holderIdentity"] == held
    foreign = json.loads(json.dumps(lease).replace(held, "11111111-2222-3333-4444-555555555555"))
    info = json.loads(foreign["metadata"]["annotations"]["app.terraform.io/lock-info"])
    foreign["metadata"]["annotations"]["app.terraform.io/lock-info"] = json.dumps({**info, "Who": "somebody@elsewhere"})
    other.kubectl("replace", "-f", "-", stdin=json.dumps(foreign))
    refused = other.run("resume", **SHORT_LEASE).expect(3)
    assert "somebody@elsewhere" in refused.err
    now = json.loads(other.kubectl("get", "lease", "-n", "fairlead-system", name, "-o", "json"))
    assert now["spec"] == foreign["spec"]

    del lease["metadata"]["resourceVersion"]
    other.kubectl("replace", "-f", "-", stdin=json.dumps(lease))
    resumed = other.run("resume", **SHORT_LEASE).expect(0)
    assert "releasing the Terraform lock of infra" in resumed.err
    other.run("plan", "--detailed-exitcode").expect(0)
