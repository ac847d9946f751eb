"""Events in a list."""

from __future__ import annotations

from fairlead.model.event import Event, EventKind


class EventList:
    """`EventSink` that keeps what it gets."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def steps(self, kind: EventKind) -> tuple[str, ...]:
        """The steps that *kind* was told of, in order."""
        return tuple(event.step for event in self.events if event.kind is kind)
