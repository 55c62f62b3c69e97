"""A learner's prediction over the picture: how it is drawn, and how it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import NDArray

from synthkit.errors import ParameterError
from synthkit.trace import Mark, Trace, View, line

Line = tuple[Sequence[float], Sequence[float]]
Value = Union[float, str, Line]


@dataclass(frozen=True)
class Predicted:
    """What a learner said before the run.

    Parameters
    ----------
    value : float, str or (x, y)
        A number (drawn as a dashed line across the view), a choice (said in words), or a drawn
        line of shape (n,) and (n,).
    view : str, default ""
        The id of the view it lies over; "" is the first.
    axis : 'y' or 'x'
        On which axis a number is read.
    against : str, default ""
        What it is scored against: for a number the name of a scalar, for a line the label of a
        line in the view, for a choice the right one.  "" for a number or choice: not scored; for
        a line: the first line of the view.
    """

    value: Value
    view: str = ""
    axis: Literal["x", "y"] = "y"
    against: str = ""

    def overlay(self, views: Sequence[View]) -> dict[str, list[Mark]]:
        """Return the marks to lay over the picture, by view id."""
        view = self._view_of(views)
        if isinstance(self.value, str):
            return {}
        if isinstance(self.value, tuple):
            drawn = line(*self.value, role="prediction", label="your prediction")
            return {view.id: [{k: _listed(v) for k, v in drawn.items()}]}
        rule = {"type": "rule", "role": "prediction", "label": "your prediction"}
        return {view.id: [{**rule, "axis": self.axis, "at": float(self.value)}]}

    def score(self, trace: Trace) -> str:
        """Say how near the prediction came to this run; '' where there is nothing to score."""
        if not trace.frames:
            return ""
        if isinstance(self.value, str):
            return self._score_choice(self.value)
        if isinstance(self.value, tuple):
            return self._score_line(self.value, trace)
        if not self.against:
            return ""
        return _score_number(float(self.value), trace.last(self.against))

    def _score_choice(self, value: str) -> str:
        if not self.against:
            return f"You predicted: {value}."
        if value == self.against:
            return f"You predicted: {value}. That is right."
        return f"You predicted: {value}. It is: {self.against}."

    def _score_line(self, value: Line, trace: Trace) -> str:
        view = self._view_of(trace.views)
        x, y = (np.asarray(part, dtype=np.float64) for part in value)
        found = self._line_of(view, trace)
        if found is None:
            return ""
        actual_x, actual_y = (np.array(found[name], dtype=np.float64) for name in ("x", "y"))
        actual = np.interp(x, actual_x, actual_y, left=np.nan, right=np.nan)
        both = np.isfinite(actual) & np.isfinite(y)
        if not both.any():
            return "Your line and the run have no stretch in common."
        if view.y_scale == "log" and (y[both] > 0).all() and (actual[both] > 0).all():
            factor = float(np.exp(np.abs(np.log(y[both] / actual[both])).mean()))
            return f"Your line is off by a factor of {factor:.2f} in the mean."
        off = float(np.abs(y[both] - actual[both]).mean())
        share = off / _height(view, np.concatenate([y[both], actual[both]]))
        return f"Your line is {off:.3g} away in the mean: {100 * share:.0f} % of the picture."

    def _line_of(self, view: View, trace: Trace) -> Mark | None:
        marks = trace.frames[-1].marks.get(view.id, ())
        lines = [mark for mark in marks if mark["type"] == "line"]
        named = [mark for mark in lines if mark["label"] == self.against]
        if self.against and not named:
            raise ParameterError(
                f"against must be the label of a line in view {view.id!r}; got {self.against!r}. "
                f"There are {[mark['label'] for mark in lines]}."
            )
        return next(iter(named or lines), None)

    def _view_of(self, views: Sequence[View]) -> View:
        for view in views:
            if self.view in ("", view.id):
                return view
        raise ParameterError(
            f"prediction view must be one of {[view.id for view in views]}; got {self.view!r}. "
            "Leave it out for the first."
        )


def as_predicted(prediction: Any) -> Predicted | None:
    """Take a Predicted, a number, a choice or a pair (x, y); None stays None."""
    if prediction is None or isinstance(prediction, Predicted):
        return prediction
    if isinstance(prediction, (str, int, float, np.integer, np.floating)):
        return Predicted(prediction if isinstance(prediction, str) else float(prediction))
    if isinstance(prediction, (tuple, list)) and len(prediction) == 2:
        return Predicted((tuple(prediction[0]), tuple(prediction[1])))
    raise ParameterError(
        "prediction must be a number, a choice, a pair (x, y) of a drawn line, or a Predicted; "
        f"got {type(prediction).__name__}. Pass Predicted(value, against='error')."
    )


def _score_number(said: float, measured: float) -> str:
    off = abs(said - measured)
    near = off < 2 * abs(measured)  # a percentage of something tiny tells nobody anything
    relative = f" ({100 * off / abs(measured):.0f} %)" if near else ""
    return f"You predicted {said:.4g}; the run gave {measured:.4g}: off by {off:.3g}{relative}."


def _height(view: View, values: NDArray[np.float64]) -> float:
    low, high = view.y_range or (float(values.min()), float(values.max()))
    return high - low or 1.0


def _listed(value: Any) -> Any:
    """Return an array as JSON values, NaN as None."""
    if not isinstance(value, np.ndarray):
        return value
    return [v if np.isfinite(v) else None for v in value.tolist()]
