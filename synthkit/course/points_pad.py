"""A small pad on which a learner draws the points of a table of their own, by hand.

The page sends whole drawings; the kernel checks each one and keeps the last good one, so that a
cell can ask for it as a table.  Handlers touch no event loop and keep an exception in ``error``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.rng import RandomState, as_generator

SIDE = 10.0  # both columns go from 0 to this
MIN_POINTS, MAX_POINTS = 10, 2_000
RING_POINTS, RING_RADIUS, RING_SPREAD = 120, 3.2, 0.3
_DECIMALS = 3
_ASSETS = Path(__file__).parent / "assets"

Point = tuple[float, float]


def ring(rng: RandomState) -> list[Point]:
    """Return the cloud that a pad starts with: 120 points scattered about a circle.

    Bent on purpose: x and y depend on each other, and their correlation is near 0.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    """
    draws = as_generator(rng)
    angle = draws.uniform(0.0, 2.0 * np.pi, RING_POINTS)
    radius = draws.normal(RING_RADIUS, RING_SPREAD, RING_POINTS)
    x = SIDE / 2 + radius * np.cos(angle)
    y = SIDE / 2 + radius * np.sin(angle)
    return checked_points(np.column_stack([x, y]).tolist())


def checked_points(points: Any) -> list[Point]:
    """Return points as pairs within the pad, rounded to 3 decimals.

    Raises
    ------
    DataError
        If there are more than 2,000, or one is no pair of finite numbers.
    """
    if not isinstance(points, (list, tuple)) or len(points) > MAX_POINTS:
        raise DataError(
            f"a drawing must be a list of at most {MAX_POINTS:,} points; got "
            f"{len(points) if isinstance(points, (list, tuple)) else type(points).__name__}. "
            "Press Clear on the pad and draw fewer."
        )
    return [_checked_point(point) for point in points]


def _checked_point(point: Any) -> Point:
    pair = isinstance(point, (list, tuple)) and len(point) == 2
    if not pair or not all(_is_finite_number(value) for value in point):
        raise DataError(
            f"a point must be a pair of finite numbers; got {point!r}. "
            "Press Clear on the pad and draw again."
        )
    x, y = (round(min(max(float(value), 0.0), SIDE), _DECIMALS) for value in point)
    return x, y


def _is_finite_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)


class PointsPad:
    """A pad of 320 pixels: click or drag over it, or move its crosshair with the arrow keys.

    It starts with an example (see `ring`), which the learner's first point replaces; where no
    page shows it the example stays, so that a notebook runs without anybody's hand.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
        Draws the example. By default the seed 1: the same ring for everybody.

    Attributes
    ----------
    points : list of (float, float)
        What is on the pad now, in the order of drawing; both coordinates in 0 … 10.
    drawn : bool
        False while the example stands there.
    error : Exception or None
        The last drawing that came broken from the page; the one before it was kept.
    """

    def __init__(self, rng: RandomState = 1) -> None:
        self.points = ring(rng)
        self.drawn = False
        self.error: Exception | None = None
        self.view = _view({"drawn": self.drawn, "points": self.points})
        if self.view is not None:
            self.view.observe(self._receive, names="drawing")

    def table(self) -> pd.DataFrame:
        """Return the points as a table.

        Returns
        -------
        DataFrame of shape (n, 2)
            Columns ``x`` and ``y``, float, 0 … 10, rounded to 3 decimals.

        Raises
        ------
        DataError
            If there are fewer than 10 points.
        """
        if len(self.points) < MIN_POINTS:
            raise DataError(
                f"the pad must hold at least {MIN_POINTS} points; got {len(self.points)}. "
                "Drag over it, or press Space on it, to add some; then run this cell again."
            )
        return pd.DataFrame(self.points, columns=["x", "y"], dtype=float)

    def _receive(self, change: Any) -> None:
        try:
            drawing = change["new"]
            self.points = checked_points(drawing["points"])
            self.drawn = bool(drawing["drawn"])
        except Exception as error:
            self.error = error

    def __repr__(self) -> str:
        what = "drawn by hand" if self.drawn else "the example, a ring"
        points = "1 point" if len(self.points) == 1 else f"{len(self.points):,} points"
        return f"A pad with {points} ({what}); pad.table() returns them as a table."

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        from synthkit.course.forms import view_data

        shown = {} if self.view is None else view_data(self.view)
        return {"text/plain": repr(self), **shown}


def _view(drawing: dict[str, Any]) -> Any:
    """Return the widget that shows a pad; None where anywidget is not installed."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class PadView(anywidget.AnyWidget):  # made here: importing the course needs no widgets
        _esm = _ASSETS / "points_pad.js"
        _css = _ASSETS / "points_pad.css"
        limits = traitlets.Dict().tag(sync=True)
        drawing = traitlets.Dict().tag(sync=True)

    limits = {"side": SIDE, "least": MIN_POINTS, "most": MAX_POINTS}
    return PadView(limits=limits, drawing=drawing)
