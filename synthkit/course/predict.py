"""Predictions: asked before the run, drawn over it afterwards, and scored.

A prediction is any question (a choice, a drawn line) with a confidence beside it.  It is kept
as it was said first; *Skip* is always there; and over the lessons the stated confidence is
compared with how often it was justified (calibration).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthkit.course.checks import Exercise
from synthkit.course.progress import Calibration

#: What a learner may say about how sure they are: words -> probability of being right.
CONFIDENCE: dict[str, float] = {
    "a guess": 0.25,
    "fifty-fifty": 0.5,
    "fairly sure": 0.75,
    "very sure": 0.95,
}


@dataclass(frozen=True)
class Prediction:
    """A question to be answered before the run.

    Parameters
    ----------
    question : Exercise
        A `Choice`, a `Draw`, …; its ``grade`` scores the prediction.
    confidence : bool, default True
        Ask how sure the learner is.  Once a lesson, not at every click.
    """

    question: Exercise
    confidence: bool = True

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.id

    def record(self, answer: Any, confidence: float | None) -> dict[str, Any]:
        """Return what the progress file keeps of this prediction."""
        result = self.question.grade(answer)
        return {
            "value": answer,
            "skipped": False,
            "confidence": confidence,
            "right": result.outcome == "right",
        }


SKIPPED: dict[str, Any] = {"value": None, "skipped": True, "confidence": None, "right": None}


def log_slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the least-squares slope of log y on log x: the exponent of a power law.

    ``y ∝ x^slope``: −1/2 is the 1/√n of Monte Carlo, −1 would be 1/n.
    """
    log_x = [math.log(value) for value in x]
    log_y = [math.log(value) for value in y]
    mean_x, mean_y = sum(log_x) / len(log_x), sum(log_y) / len(log_y)
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(log_x, log_y))
    return covariance / sum((a - mean_x) ** 2 for a in log_x)


def factor_off(drawn: Sequence[float], measured: Sequence[float]) -> float:
    """Return by which factor a drawn line misses a measured one, in the geometric mean (>= 1)."""
    logs = [abs(math.log(a / b)) for a, b in zip(drawn, measured)]
    return math.exp(sum(logs) / len(logs))


def score_sentence(drawn: Sequence[float], measured: Sequence[float]) -> str:
    """Say in words how near a drawn line came to the measured one."""
    factor = factor_off(drawn, measured)
    if factor < 1.15:
        return f"Your line is within {100 * (factor - 1):.0f} % of what was measured."
    return f"Your line is off by a factor of {factor:.1f} in the mean."


def calibration_sentence(found: Calibration) -> str:
    """Say in words how stated confidence and being right compare."""
    if not found.count:
        return "No prediction with a confidence yet: calibration begins with your first one."
    said, was = f"{100 * found.stated:.0f} %", f"{100 * found.right:.0f} %"
    sentence = (
        f"Over {found.count} prediction{'s' if found.count > 1 else ''} you were {said} sure "
        f"and right in {was}."
    )
    if found.count < 5:
        return sentence + " It takes five or more to say anything about your calibration."
    # Who is well calibrated strays by more than two of these standard errors once in twenty.
    luck = 2 * math.sqrt(found.stated * (1 - found.stated) / found.count)
    if found.stated - found.right > luck:
        return sentence + " You tend to be surer than you are right."
    if found.right - found.stated > luck:
        return sentence + " You know more than you trust yourself with."
    return sentence + " That agrees, as far as so few can say."
