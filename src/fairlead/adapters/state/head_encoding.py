"""A head as JSON data, again and again during a run: what is as it was in the last one is not encoded anew.

A run of a thousand steps writes its head a thousand times, each with the entries of all steps.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from fairlead.formats.codec import to_json
from fairlead.model.record import Head
from fairlead.model.run import StepRecord


class HeadEncoder:
    """The same data as `to_json` makes. Entries are immutable, so one that is the same object is the same."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[StepRecord, Any]] = {}

    def encode(self, head: Head) -> Any:
        run = head.run
        if run is None or not run.steps:
            return to_json(head)
        self._entries = {name: self._encoded(name, entry) for name, entry in run.steps.items()}
        data = to_json(dataclasses.replace(head, run=dataclasses.replace(run, steps={})))
        data["run"]["steps"] = {name: encoded for name, (_, encoded) in self._entries.items()}
        return data

    def _encoded(self, name: str, entry: StepRecord) -> tuple[StepRecord, Any]:
        known = self._entries.get(name)
        return known if known is not None and known[0] is entry else (entry, to_json(entry))
