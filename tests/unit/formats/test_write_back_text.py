"""What `drift --adopt` says: the lines of each file, what is left, and how it ends."""

from __future__ import annotations

import json

from fairlead.formats.styled import text_of
from fairlead.formats.write_back_text import diff_of, format_write_back_json, write_back_lines
from fairlead.model.drift import Drift, DriftKind, DriftReport, FieldDrift
from fairlead.model.exit_codes import ExitCode
from fairlead.model.objects import ObjectRef
from fairlead.model.write_back import FoundField, Left, Taken, WriteBack, WrittenBack

WEB = ObjectRef(group="apps", kind="Deployment", namespace="web", name="web")
FIELD = FieldDrift(path=".spec.replicas", kind=DriftKind.CHANGED, wanted=2, found=5)
DRIFT = Drift(component="web", kind=DriftKind.CHANGED, reason="", target=WEB, fields=(FIELD,))
FOUND = FoundField(drift=DRIFT, target=WEB, field=FIELD)
WRITTEN = WriteBack(
    taken=(Taken(found=FOUND, file="web.yaml", how="spec.replicas"),),
    before={"web.yaml": "password: hunter2\r\nreplicas: 2\r\n"},
    after={"web.yaml": "password: hunter2\r\nreplicas: 5\r\n"},
)


def done(plan: WriteBack, *, is_written: bool = False, drifts: tuple[Drift, ...] = (DRIFT,)) -> WrittenBack:
    report = DriftReport(environment="local", objects=3, components=1, drifts=drifts)
    return WrittenBack(found=report, plan=plan, is_written=is_written)


def said(one: WrittenBack) -> list[str]:
    return [text_of(each) for each in write_back_lines(one)]


def test_only_the_lines_that_differ_are_shown() -> None:
    assert said(done(WRITTEN, is_written=True)) == [
        "--- a/web.yaml",
        "+++ b/web.yaml",
        "@@ -2 +2 @@",
        "-replicas: 2",
        "+replicas: 5",
        "Wrote 1 field into 1 file. Nothing is committed. "
        "To own what was found: fairlead deploy -e local, then fairlead drift -e local --revert",
    ]
    assert done(WRITTEN, is_written=True).exit_code is ExitCode.DONE


def test_what_was_not_written_is_open() -> None:
    assert said(done(WRITTEN))[-1] == "Would write 1 field into 1 file."
    assert done(WRITTEN).exit_code is ExitCode.CHANGES


def test_what_is_left_is_told_with_its_reason() -> None:
    one = done(WriteBack(left=(Left(drift=DRIFT, path=".spec.replicas", reason="nobody knows"),)))
    assert said(one) == ["left: web: Deployment web/web .spec.replicas: nobody knows", "Nothing to write. 1 left."]
    assert one.exit_code is ExitCode.CHANGES


def test_what_the_files_give_already_is_no_change() -> None:
    one = done(WriteBack(taken=(Taken(found=FOUND),)))
    assert said(one) == [
        "note: web: Deployment web/web .spec.replicas: the files give it already",
        "The files give all of it already.",
    ]
    assert one.exit_code is ExitCode.DONE


def test_nothing_drifted() -> None:
    one = done(WriteBack(), drifts=())
    assert said(one) == ["✓ local: as the last run left it, nothing to adopt"]
    assert one.exit_code is ExitCode.DONE


def test_a_new_file_has_no_lines_before() -> None:
    assert diff_of(None, "a: 1\n", file="b.yaml") == ("--- /dev/null", "+++ b/b.yaml", "@@ -0,0 +1 @@", "+a: 1")


def test_json_says_the_same() -> None:
    found = json.loads(format_write_back_json(done(WRITTEN, is_written=True)))
    assert found["schema"] == "fairlead.dev/write-back/v1"
    assert (found["exit_code"], found["is_written"], found["left"]) == (0, True, [])
    assert found["files"][0]["diff"][-2:] == ["-replicas: 2", "+replicas: 5"]
    assert found["taken"][0]["file"] == "web.yaml"
    assert "hunter2" not in json.dumps(found)
