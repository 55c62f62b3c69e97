"""Failure: a named way in which a technique goes wrong, with the dial that shows it.

A failure is declared beside its technique and gathered through the registry
(``synthkit.failures()``).  It is an object, not a paragraph, so that a lesson can
turn the dial and a test can prove that both ends behave as promised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Union

from synthkit.rng import RandomState
from synthkit.trace import Trace

DialValue = Union[float, int, str]


@dataclass(frozen=True)
class Dial:
    """The one setting that makes a failure come and go.

    Parameters
    ----------
    name : str
        The parameter as the code calls it, e.g. ``"learning_rate_ratio"``.
    label : str
        What a learner reads beside the dial, with its unit.
    stops : tuple of float, int or str
        The positions, from one end to the other; at least two.
    start : float, int or str
        Where the dial stands at first; one of the stops.
    """

    name: str
    label: str
    stops: tuple[DialValue, ...]
    start: DialValue

    def __post_init__(self) -> None:
        if len(self.stops) < 2 or self.start not in self.stops:
            raise ValueError(f"dial {self.name!r}: stops must be at least two and hold the start")


@dataclass(frozen=True)
class Repair:
    """The setting of the dial that heals, and a sentence that says why it does."""

    value: DialValue
    sentence: str


@dataclass(frozen=True)
class Failure:
    """A failure mode as an object.

    Parameters
    ----------
    name : str
        ``technique.failure``, e.g. ``"gan.mode_collapse"``.
    title : str
        One line in plain words.
    story : str
        Two or three sentences: what goes wrong, who is hurt.
    dial : Dial
    run : callable (value, rng) -> Trace
        Makes the run at one position of the dial.
    indicator : callable (Trace) -> float
        The figure that tells broken from whole; ``indicator_label`` names it, with its unit.
    threshold : float
        Where broken begins.
    broken_when : 'above' or 'below'
        On which side of the threshold the run counts as broken.
    broken_at : float, int or str
        The stop of the dial that shows the failure.
    repair : Repair
    code : str
        The line that makes this object, for one that ``synthkit.failures()`` doesn't have.
    """

    name: str
    title: str
    story: str
    dial: Dial
    run: Callable[[DialValue, RandomState], Trace]
    indicator: Callable[[Trace], float]
    indicator_label: str
    threshold: float
    broken_when: Literal["above", "below"]
    broken_at: DialValue
    repair: Repair
    code: str = ""

    def is_broken(self, trace: Trace) -> bool:
        """Say whether this run counts as broken (a NaN indicator always does)."""
        value = self.indicator(trace)
        if self.broken_when == "above":
            return not value <= self.threshold
        return not value >= self.threshold
