"""Attack: the answer of one attempt to learn about real people from synthetic rows.

An attack always has **members** (real rows that the synthetic table was made from) and
**controls** (held-out real rows from the same population, which it can't have seen).  What works
on both alike is knowledge about the population; only the difference is a leak.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

from synthkit.measure.intervals import Interval

# Fewer members or controls than this, and an attack says 'not assessable'.
MIN_ROWS = 20
NO_COLUMNS = "needs a column that is no identifier"

# All attacks of one card together raise a false alarm in at most this share of clean tables
# (Bonferroni: each gets its part). Below the 5 % that is promised, since Fisher's test on few
# hits and the classifier's warning come on top.
FALSE_ALARMS = 0.04
# The strictest level of any card: with identifiers eleven attacks share it. What is said to be
# detectable is detectable at this level.
STRICTEST = FALSE_ALARMS / 11


@dataclass(frozen=True)
class Attack:
    """One attack's outcome.

    Parameters
    ----------
    name, title : str
        For machines, and in plain words.
    members, controls : int
        How many rows (or units) were attacked on each side.
    figure : Interval or None
        The leak: an area under the curve (½ is none) or an excess risk (0 is none); None where
        the attack can't be assessed.
    baseline : float
        The figure without any leak: 0.5 or 0.
    success, control : Interval or None
        Success rates on members and controls, where there are such.
    p_value : float
        One-sided: would a leak-free table do as well as this?
    concentrated_p : float
        The same for the surest guesses alone: a leak that hits few people hard.
    detectable : float
        The smallest figure that this attack finds with 80 % power at this size.
    note : str
        Why it can't be assessed, or what else must be said.
    """

    name: str
    title: str
    members: int
    controls: int
    figure: Interval | None
    baseline: float
    success: Interval | None = None
    control: Interval | None = None
    p_value: float = 1.0
    detectable: float = float("nan")
    note: str = ""
    concentrated_p: float = 1.0

    @property
    def assessable(self) -> bool:
        """Whether the attack was run."""
        return self.figure is not None

    def found(self, alpha: float) -> bool:
        """Whether a leak was found at this level."""
        return self.assessable and self.p_value <= alpha

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; no row of any table."""
        return {
            "name": self.name,
            "title": self.title,
            "assessable": self.assessable,
            "figure": None if self.figure is None else self.figure.to_dict(),
            "baseline": self.baseline,
            "success": None if self.success is None else self.success.to_dict(),
            "control": None if self.control is None else self.control.to_dict(),
            "p_value": float(self.p_value),
            "minimum_detectable": None if isnan(self.detectable) else float(self.detectable),
            "members": self.members,
            "controls": self.controls,
            "note": self.note,
        }


def too_few(n: int, m: int) -> str:
    """Say that there are too few rows on one side."""
    return f"needs at least {MIN_ROWS} members and {MIN_ROWS} controls; got {n} and {m}"


def not_assessable(name: str, title: str, baseline: float, why: str) -> Attack:
    """Return the answer of an attack that couldn't be run, and why."""
    return Attack(name, title, 0, 0, None, baseline, note=why)
