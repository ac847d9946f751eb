"""Terraform roots, their plans, state and locks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.model.change import Change
from fairlead.model.frozen import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformRoot:
    """One root for one environment. *folder* is absolute. *suffix* names its state in the cluster and on disk.

    *environment* is the name that Terraform sees (`-var environment=…`, when the root declares that variable).
    """

    component: str
    folder: str
    program: str
    environment: str
    suffix: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a root's program reads besides its files, by name; values may be secret. *variables* are values of declared
    variables (`TF_VAR_…`): what is wanted. *places* say where it is looked for: regions, addresses, the program."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    places: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """*value* is None while *is_known* is False; a sensitive value is a SecretText.

    *seal* is the HMAC of a sensitive value that only the record remembers: it tells whether the value moved, not what
    it is.
    """

    value: Any = None
    is_known: bool = True
    is_sensitive: bool = False
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformPlan:
    """A saved plan: *file* is its path (0600, dies with the run), *changes* one per resource that moves."""

    file: str
    changes: tuple[Change, ...]
    outputs: Mapping[str, Output]
    has_changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformDrift:
    """What differs between the state and what is really there, one change per resource: *wanted* is the state's value.
    *resources* is the number of those that the state knows."""

    changes: tuple[Change, ...]
    resources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLock:
    """Who holds a state's lock, as Terraform writes it. *is_proven*: the operating system says that a process holds it
    now, on this machine."""

    id: str
    who: str
    operation: str
    created: str
    is_proven: bool = False
