"""A value out of a SOPS file reaches the cluster, and nothing else: not output, plan, events, report, record, logs,
nor the arguments of a process. A changed value is a change; an unchanged one is none, though its file is decrypted
anew.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.objects import chart, config_map, record_texts, stream
from e2e.rig import Clone, tool

pytestmark = pytest.mark.e2e

VALUE = "correct-horse-battery-staple"
NEXT = "incorrect-pony-charger-pin"
SECRET = """apiVersion: v1
kind: Secret
metadata: {name: login}
stringData:
  password: {{ .Values.login.password | quote }}
"""


class Keys:
    """An age key in *folder*, and sops with it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.file = folder / "keys.txt"
        subprocess.run([tool("age-keygen"), "-o", self.file], check=True, capture_output=True)
        self.recipient = next(line.split()[-1] for line in self.file.read_text().splitlines() if "public key" in line)

    def encrypt(self, clone: Clone, path: str, text: str) -> None:
        plain = self.file.with_name("plain.yaml")
        plain.write_text(text)
        done = subprocess.run(
            [tool("sops"), "encrypt", "--age", self.recipient, plain], check=True, capture_output=True, text=True
        )
        plain.unlink()
        clone.write(path, done.stdout)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def sealed(clone: Clone, keys: Keys) -> Clone:
    chart(clone, "shop", SECRET, stream(config_map("shop")))
    keys.encrypt(clone, "environments/local/shop.sops.yaml", f"login:\n  password: {VALUE}\n")
    clone.environ["SOPS_AGE_KEY_FILE"] = str(keys.file)
    return clone


def project(clone: Clone, name: str) -> None:
    secrets = ["environments/{environment}/shop.sops.yaml"]
    clone.project(name, {"name": "shop", "namespace": name, "helm": {"chart": "charts/shop"}, "secrets": secrets})


def live_password(clone: Clone, namespace: str) -> str:
    found = clone.kubectl("get", "secret", "login", "-n", namespace, "-o", "jsonpath={.data.password}")
    return base64.b64decode(found).decode()


@pytest.fixture
def arguments() -> Iterator[Callable[[], str]]:
    """The arguments of every process that was seen since the test began."""
    seen: set[bytes] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for place in Path("/proc").iterdir():
                if place.name.isdigit():
                    try:
                        seen.add((place / "cmdline").read_bytes())
                    except OSError:
                        continue

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: b"\n".join(seen).decode(errors="replace")
    finally:
        done.set()
        watching.join()


def shapes(value: str) -> list[str]:
    """*value* in clear and as base64, wherever in a longer text that begins."""
    raw = value.encode()
    return [value, *(base64.b64encode(bytes(shift) + raw)[4:-4].decode().strip("=") for shift in range(3))]


def expect_hidden(*texts: str) -> None:
    for text in texts:
        assert [shape for shape in (*shapes(VALUE), *shapes(NEXT)) if shape in text] == []


def files_below(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file() and "tools" not in file.parts:
            yield file.read_text(errors="replace")


def test_value_reaches_the_cluster_and_nothing_else(sealed: Clone, arguments: Callable[[], str]) -> None:
    project(sealed, "hidden")
    plan = sealed.run("plan", "--out", "plan.json", "--debug").expect()
    plan_json = sealed.run("plan", "-o", "json").expect()
    rendered = sealed.run("render").expect()
    deployed = sealed.run("deploy", "--debug", "--events-file", "events.jsonl", "--report-file", "r.json").expect()
    junit = sealed.run("deploy", "--report-file", "r.xml", "-o", "json").expect()
    assert live_password(sealed, "hidden") == VALUE
    said = [text for done in (plan, plan_json, rendered, deployed, junit) for text in (done.out, done.err)]
    assert "***" in rendered.out
    assert "helm" in arguments()
    expect_hidden(arguments(), record_texts(sealed), *said)
    written = list(files_below(sealed.folder)) + list(files_below(sealed.home))
    assert any("step-ended" in text for text in written)
    expect_hidden(*written)


def test_faulty_secret_object_is_reported_without_its_value(sealed: Clone) -> None:
    chart(sealed, "shop", SECRET.replace("stringData:", "data:"))
    project(sealed, "faulty")
    done = sealed.run("deploy").expect(4)
    assert "Secret" in done.err
    expect_hidden(done.out, done.err, *files_below(sealed.home))


def test_failing_template_does_not_show_the_value(sealed: Clone) -> None:
    chart(sealed, "shop", "{{ fail .Values.login.password }}\n")
    project(sealed, "failing")
    done = sealed.run("deploy").expect(4)
    assert "shop/templates/0.yaml" in done.err
    expect_hidden(done.out, done.err, *files_below(sealed.home))


def test_changed_value_is_a_change_and_an_unchanged_one_is_none(sealed: Clone, keys: Keys) -> None:
    project(sealed, "rotated")
    sealed.run("deploy").expect()
    assert sealed.run("plan", "--detailed-exitcode").expect(0)
    keys.encrypt(sealed, "environments/local/shop.sops.yaml", f"login:\n  password: {NEXT}\n")
    plan = sealed.run("plan", "--detailed-exitcode").expect(2)
    assert "Secret rotated/login" in plan.out
    deployed = sealed.run("deploy", "-o", "json").expect()
    assert live_password(sealed, "rotated") == NEXT
    expect_hidden(plan.out, plan.err, deployed.out, deployed.err, record_texts(sealed))
    keys.encrypt(sealed, "environments/local/shop.sops.yaml", f"login:\n  password: {NEXT}\n")
    again = sealed.run("deploy", "-o", "json").expect().json
    assert not again["changed"]


def test_secret_file_that_is_not_encrypted_is_refused(sealed: Clone) -> None:
    sealed.write("environments/local/shop.sops.yaml", {"login": {"password": VALUE}})
    project(sealed, "not-encrypted")
    for verb in ("validate", "render", "plan", "deploy"):
        done = sealed.run(verb).expect(4)
        said = done.out if verb == "validate" else done.err
        assert "environments/local/shop.sops.yaml" in said
        assert "hint: " in said
        expect_hidden(done.out, done.err)


@pytest.mark.parametrize("has_key", [True, False])
def test_without_the_right_age_key_nothing_is_deployed(
    sealed: Clone, tmp_path: Path, keys: Keys, has_key: bool
) -> None:
    project(sealed, "wrong-key")
    file = str(Keys(tmp_path / "other").file) if has_key else ""
    done = sealed.run("deploy", SOPS_AGE_KEY_FILE=file).expect(4)
    assert "environments/local/shop.sops.yaml" in done.err
    assert (keys.recipient if has_key else "no age key was found") in done.err
    assert "hint: " in done.err
    assert "AGE-SECRET-KEY" not in done.err
    assert sealed.kubectl("get", "namespace", "wrong-key", "--ignore-not-found") == ""


def test_edited_secret_file_is_refused(sealed: Clone) -> None:
    project(sealed, "edited")
    file = sealed.folder / "environments/local/shop.sops.yaml"
    file.write_text(file.read_text().replace("login:", "login2:"))
    done = sealed.run("deploy").expect(4)
    assert "environments/local/shop.sops.yaml" in done.err


def test_plan_file_keeps_only_digests_of_a_changed_secret(sealed: Clone) -> None:
    project(sealed, "digests")
    sealed.run("plan", "--out", "plan.json").expect()
    text = (sealed.folder / "plan.json").read_text()
    assert json.loads(text)["preconditions"]
    expect_hidden(text)
    sealed.run("deploy", "--plan", "plan.json").expect()
    assert live_password(sealed, "digests") == VALUE
