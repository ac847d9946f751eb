"""Who holds a lock, and releasing one, with a run that lives, one that was killed, and the real tofu."""

from __future__ import annotations

import json
import signal

import pytest

from e2e.crash_rig import SHORT_LEASE, family
from e2e.objects import config_map, stream
from e2e.rig import Clone, ended, eventually

pytestmark = pytest.mark.e2e

LEASE = "fairlead-{}-local"
ROOT = """
terraform {
  backend "kubernetes" {}
}

output "host" {
  value = "a"
}
"""
FOREIGN = {"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Who": "bob@elsewhere"}


def holder(clone: Clone, name: str) -> str:
    return clone.kubectl("-n", "fairlead-system", "get", "lease", name, "-o", "jsonpath={.spec.holderIdentity}")


def test_a_living_run_keeps_its_lock_and_a_dead_one_s_is_released(clone: Clone) -> None:
    clone.write("web.yaml", stream(config_map("web", a="1")))
    slow = {"name": "slow", "check": {"command": ["sleep", "120"]}}
    clone.project("held", slow, {"name": "web", "namespace": "default", "manifests": ["web.yaml"]})
    assert clone.run("locks", "-o", "json").expect().json["locks"] == []
    running = clone.start("deploy", "--yes", **SHORT_LEASE)
    eventually(lambda: any("sleep 120" in line for line in family(clone.home).values()))
    (lock,) = clone.run("locks", "-o", "json", **SHORT_LEASE).expect().json["locks"]
    assert (lock["liveness"], lock["purpose"]) == ("alive", "a deployment")
    refused = clone.run("unlock", lock["id"], "--yes", **SHORT_LEASE).expect(3)
    assert "who is alive: it was renewed while we looked" in refused.err

    running.send_signal(signal.SIGKILL)
    ended(running)
    said = clone.run("locks", **SHORT_LEASE).expect().out
    assert "its holder is dead: its process on this machine is gone" in said
    assert f"fairlead unlock -e local {lock['id']}" in said
    assert holder(clone, LEASE.format("held"))
    assert clone.run("unlock", "--yes", "-o", "json", **SHORT_LEASE).expect().json["released"]["id"] == lock["id"]
    assert holder(clone, LEASE.format("held")) == ""


def test_a_foreign_lock_of_a_terraform_state_is_released_by_its_name_only(clone: Clone) -> None:
    clone.write("infra/main.tf", ROOT)
    clone.project("locks-tofu", {"name": "infra", "terraform": "infra"})
    clone.run("deploy", "--yes").expect()
    leases = clone.kubectl("-n", "fairlead-system", "get", "leases", "-o", "name").split()
    (name,) = [one.rpartition("/")[2] for one in leases if "lock-tfstate-default-locks-tofu" in one]
    info = {"app.terraform.io/lock-info": json.dumps({**FOREIGN, "Created": "2026-01-01T00:00:00Z"})}
    taken = json.dumps({"metadata": {"annotations": info}, "spec": {"holderIdentity": FOREIGN["ID"]}})
    clone.kubectl("-n", "fairlead-system", "patch", "lease", name, "--type=merge", "-p", taken)
    (lock,) = clone.run("locks", "-o", "json").expect().json["locks"]
    assert (lock["component"], lock["holder"], lock["liveness"]) == ("infra", "bob@elsewhere", "unknown")
    clone.write("infra/main.tf", ROOT.replace('"a"', '"b"'))
    assert f"`fairlead unlock {FOREIGN['ID']}`" in clone.run("deploy", "--yes").expect(3).err
    assert "not known" in clone.run("unlock", "--yes").expect(3).err
    assert holder(clone, name)
    clone.run("unlock", FOREIGN["ID"], "--yes").expect()
    assert holder(clone, name) == ""
    clone.run("deploy", "--yes").expect()
