"""Drift that is taken into the user's files: what is written where, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.model.drift import Drift, DriftReport, FieldDrift
from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import ObjectRef

WRITE_BACK_SCHEMA = "fairlead.dev/write-back/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundField:
    """One drifted field of an object, whose found value may be written into a file."""

    drift: Drift
    target: ObjectRef
    field: FieldDrift


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A field whose found value *file* gives from now on; *how* says by what in it (`spec.replicas`, `a new patch`).
    *file* is empty where the files gave it already."""

    found: FoundField
    file: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What cannot be written back, and why; *path* is empty for an object as a whole."""

    drift: Drift
    path: str = ""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """*before* and *after* are the texts of the files that change, by path; one that is new is not in *before*."""

    taken: tuple[Taken, ...] = ()
    left: tuple[Left, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBack:
    """What `drift --adopt` found and did."""

    found: DriftReport
    plan: WriteBack
    is_written: bool = False

    @property
    def exit_code(self) -> ExitCode:
        is_open = bool(self.plan.left) or (bool(self.plan.after) and not self.is_written)
        return ExitCode.CHANGES if is_open else ExitCode.DONE
