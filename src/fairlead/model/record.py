"""What the target cluster remembers: a head per environment, and one record per component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.run import Bundle, Run

SCHEMA = 1
"""Version of the record's format; a newer one is refused, never guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How we left one object, as its field *manager*: *owned_hash* over our managed fields and their values,
    *manifest_hash* over what we applied. An object with no managed fields has an empty *owned_hash*."""

    manager: str
    owned_hash: str
    manifest_hash: str
    resource_version: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRecord:
    """*objects* are normalised, secret values replaced by HMACs. *outputs* are a Terraform root's; a sensitive one is
    its HMAC, marked in *sensitive*. *revision* is the Helm revision that *objects* came from. *written* is when a run
    last changed it. *orphans* were part of the component once: they are kept, and listed, until they are pruned."""

    component: str
    source_digest: str = ""
    input_digest: str = ""
    output_digest: str = ""
    objects: tuple[Manifest, ...] = ()
    baselines: Mapping[ObjectRef, Baseline] = field(default_factory=dict)
    release: str = ""
    revision: int = 0
    outputs: Mapping[str, Any] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    refreshed: datetime | None = None
    written: datetime | None = None
    orphans: tuple[ObjectRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A test's last good result: the *bundle* it ran on, its own *source_digest*, and when."""

    bundle: str
    when: datetime
    source_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The state of one environment, swapped as a whole. *components* names the Secret that holds each record;
    *run* is the current or last run, *bundle* what the last good one deployed; *evidence* by test step."""

    environment: str
    token: int = 0
    generation: int = 0
    components: Mapping[str, str] = field(default_factory=dict)
    run: Run | None = None
    bundle: Bundle | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
