"""What a plan says about one object, release or Terraform resource."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef


class ChangeAction(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    NOOP = "no-op"
    SUSPECT = "suspect"
    UNKNOWN = "known after apply"
    RUN = "run"
    """A step that is done each time it is planned, and changes nothing that lasts: a check, a rule, a test."""

    @property
    def is_change(self) -> bool:
        return self not in (ChangeAction.NOOP, ChangeAction.RUN)

    @property
    def is_destructive(self) -> bool:
        return self in (ChangeAction.DELETE, ChangeAction.REPLACE)


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = _Absent()
"""Stands for a field that is not there (None is a value)."""


WHOLE_OBJECT: Final = "*"
"""The path of a conflict about all of an object or a release: another project has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field: *path* as the API server writes it (`.spec.replicas`), *owner* the manager that holds it now, *since*
    when it last wrote (as the server says it; empty where the server does not)."""

    path: str
    wanted: Any = ABSENT
    found: Any = ABSENT
    owner: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """*target* is an object; for a release, a Terraform resource, a check or a test it is empty and *name* says what.

    *conflicts* are fields that another manager owns: deploy refuses them unless told to take them over. *is_unfinished*
    says that what is replaced was never finished: its making failed or was cut off.
    """

    action: ChangeAction
    reason: str
    target: ObjectRef | None = None
    name: str = ""
    fields: tuple[FieldChange, ...] = ()
    conflicts: tuple[FieldChange, ...] = ()
    is_unfinished: bool = False

    @property
    def subject(self) -> str:
        return str(self.target) if self.target else self.name
