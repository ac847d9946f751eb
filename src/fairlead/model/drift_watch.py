"""A watch of drift: what it knows between two looks, and what one look comes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fairlead.model.drift import Drift
from fairlead.model.frozen import dataclass, field

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """*may_revert*: whether anything is put back at all. Seconds: *first_pause* after an object was put back once,
    twice as long each time, *longest_pause* at most; after *most_reverts* it is left. *calm* seconds as wanted, and it
    is forgotten."""

    may_revert: bool = False
    first_pause: float = 10.0
    longest_pause: float = 300.0
    most_reverts: int = 5
    calm: float = 900.0

    def pause(self, reverts: int) -> float:
        """Seconds to wait after the *reverts*-th time."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(reverts - 1, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Struggle:
    """An object that was put back *reverts* times, last at *at* (monotonic seconds); *since* it was first changed."""

    reverts: int
    at: float
    since: datetime
    is_given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the watch knows between two looks."""

    drifts: Mapping[Key, Drift] = field(default_factory=dict)
    struggles: Mapping[Key, Struggle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """*appeared* and *mended* since the last look; *reverting* now; *waiting* with the seconds until their turn;
    *given_up* just now, with what came before. *watched* is what to go on with."""

    watched: Watched
    appeared: tuple[Drift, ...] = ()
    mended: tuple[Drift, ...] = ()
    reverting: tuple[Drift, ...] = ()
    waiting: tuple[tuple[Drift, float], ...] = ()
    given_up: tuple[tuple[Drift, Struggle], ...] = ()

    @property
    def has_news(self) -> bool:
        return bool(self.appeared or self.mended or self.reverting or self.given_up)
