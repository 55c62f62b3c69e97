"""What a trace draws: views, and the marks in them.

A mark is a dict of plain JSON values: its ``type``, its ``role`` (which chooses colour, shape and
dash, the same in every lesson), its label, and arrays.  The functions here make marks and check
them; ``synthkit.trace`` hands them on, so user code imports them from there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthkit.errors import ParameterError

MAX_VALUES = 20_000  # of one array: a grid of 140 x 140
MAX_TEXT = 2_000  # characters of a label or sentence
GRID_LEVELS = 200  # a grid is drawn in colours; the eye tells fewer than 200 of them apart
AXIS_LEVELS = 5_000  # a canvas is at most some 4,000 pixels wide

ROLES = ("real", "synthetic", "holdout", "prediction", "truth", "broken", "healed", "noise")
MARK_FIELDS: dict[str, tuple[str, ...]] = {
    "points": ("x", "y"),
    "line": ("x", "y"),
    "bars": ("edges", "heights"),
    "grid": ("values", "extent"),
}
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")

Mark = dict[str, Any]
Range = Union[tuple[float, float], None]


@dataclass(frozen=True)
class View:
    """One picture of a trace, and the question that stands above it.

    Parameters
    ----------
    id : str
        Lower-case name by which frames refer to the view.
    kind : str
        ``'scatter'``, ``'histogram'``, ``'lines'``, ``'heatmap'``, ``'cards'``, ``'tablediff'``,
        ``'plan'`` (from above, one scale for both axes), ``'ring'`` (a road in a circle),
        ``'graph'`` (nodes and arrows), or the name of a view that the player has been given
        besides.
    question : str
        What the picture answers; a picture without its question is not finished.
    x_label, y_label, z_label : str
        Axis labels with their units; ``z`` is the colour of a heatmap.
    x_range, y_range, z_range : (low, high), optional
        Fixed ranges.  None: the range of the whole run, so that the axes don't jump.
    x_scale, y_scale : 'linear' or 'log'
    """

    id: str
    kind: str
    question: str
    x_label: str = ""
    y_label: str = ""
    x_range: Range = None
    y_range: Range = None
    z_label: str = ""
    z_range: Range = None
    x_scale: str = "linear"
    y_scale: str = "linear"

    def __post_init__(self) -> None:
        for name in ("id", "kind"):
            value = getattr(self, name)
            if not _is_identifier(value):
                raise ParameterError(
                    f"view {name} must be a lower-case word such as 'darts'; got {value!r}. "
                    "Use letters a-z, digits and '_', at most 40."
                )
        for name in ("question", "x_label", "y_label", "z_label"):
            checked_text(f"view {self.id!r}: {name}", getattr(self, name))
        if not self.question.strip():
            raise ParameterError(
                f"view {self.id!r}: question must not be empty; got {self.question!r}. "
                "Say what the picture answers, e.g. 'How close is the estimate to pi?'"
            )
        for name in ("x_range", "y_range", "z_range"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, checked_range(f"view {self.id!r}: {name}", value))
        for axis in ("x", "y"):
            kind, span = getattr(self, f"{axis}_scale"), getattr(self, f"{axis}_range")
            if kind not in ("linear", "log") or (kind == "log" and span and span[0] <= 0):
                raise ParameterError(
                    f"view {self.id!r}: {axis}_scale must be 'linear', or 'log' with a range "
                    f"above 0; got {kind!r} and range {span}. Use 'log' for positive numbers only."
                )


# --- marks -----------------------------------------------------------------------------------


def points(x: ArrayLike, y: ArrayLike, *, role: str = "synthetic", label: str = "") -> Mark:
    """Return a mark of points; ``x`` and ``y`` have shape (n,), a NaN is not drawn."""
    return custom("points", role=role, label=label, x=x, y=y)


def line(
    x: ArrayLike,
    y: ArrayLike,
    *,
    role: str = "synthetic",
    label: str = "",
    band: tuple[ArrayLike, ArrayLike] | None = None,
) -> Mark:
    """Return a line through ``(x, y)``, shape (n,); a NaN is a gap.

    ``band`` is a pair (low, high) of shape (n,) each: the noise or confidence band around it.
    """
    extra = {} if band is None else {"low": band[0], "high": band[1]}
    return custom("line", role=role, label=label, x=x, y=y, **extra)


def bars(
    edges: ArrayLike | Sequence[str], heights: ArrayLike, *, role: str = "synthetic",
    label: str = "",
) -> Mark:
    """Return the bars of a histogram: ``edges`` (n + 1,) for ``heights`` (n,).

    Text in ``edges`` names n categories instead.
    """
    return custom("bars", role=role, label=label, edges=edges, heights=heights)


def grid(
    values: ArrayLike,
    extent: tuple[float, float, float, float],
    *,
    label: str = "",
    role: str = "truth",
    x_names: Sequence[str] = (),
    y_names: Sequence[str] = (),
) -> Mark:
    """Return a field of colours: ``values`` (rows, columns), row 0 at the bottom.

    ``extent`` is (x_low, x_high, y_low, y_high); ``x_names`` and ``y_names`` label the columns
    and rows of a matrix of named things, such as correlations.
    """
    extra: dict[str, Any] = {}
    if x_names:
        extra["x_names"] = list(x_names)
    if y_names:
        extra["y_names"] = list(y_names)
    return custom("grid", role=role, label=label, values=values, extent=extent, **extra)


def custom(type: str, *, role: str = "synthetic", label: str = "", **data: Any) -> Mark:
    """Return a mark for a view of your own: arrays of numbers, texts and lists of texts."""
    if not _is_identifier(type):
        raise ParameterError(
            f"mark type must be a lower-case word; got {type!r}. Use one such as 'points'."
        )
    if role not in ROLES:
        raise ParameterError(
            f"role must be one of {', '.join(ROLES)}; got {role!r}. "
            "It chooses colour, shape and dash."
        )
    what = f"{type} {label!r}" if label else type
    mark: Mark = {"type": type, "role": role, "label": checked_text(f"{what}: label", label)}
    for name, value in data.items():
        mark[name] = _checked_values(f"{what}: {name}", value)
    check_shapes(what, mark)
    return mark


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _checked_values(what: str, value: Any) -> Any:
    """Return text, a list of texts, or a float array of at most two dimensions."""
    if isinstance(value, str):
        return checked_text(what, value)
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
        return [checked_text(what, item) for item in value]
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{what} must be numbers or text; got {type(value).__name__}. "
            "Convert it to a float array first."
        ) from error
    if array.size > MAX_VALUES or array.ndim > 2:
        raise ParameterError(
            f"{what} must hold at most {MAX_VALUES:,} numbers in one or two dimensions; "
            f"got shape {array.shape}. Draw a sample: a picture needs some 500 points."
        )
    return array


def _is_text(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(item, str) for item in value)


def _length(value: Any) -> int:
    return len(value) if np.ndim(value) else -1


def check_shapes(what: str, mark: Mark) -> None:
    """Check that the arrays of a known type of mark fit together."""
    missing = [name for name in MARK_FIELDS.get(mark["type"], ()) if name not in mark]
    if missing:
        raise ParameterError(
            f"{what} must have {missing[0]!r}; got {sorted(mark)}. Use the function of its name."
        )
    if mark["type"] in ("points", "line"):
        lengths = {n: _length(mark[n]) for n in ("x", "y", "low", "high") if n in mark}
        if len(set(lengths.values())) != 1 or min(lengths.values()) < 0:
            raise ParameterError(
                f"{what}: all coordinates must have the same length; got {lengths}. "
                "Pass one-dimensional arrays of equal length."
            )
    elif mark["type"] == "bars":
        n_edges, n_heights = _length(mark["edges"]), _length(mark["heights"])
        named = isinstance(mark["edges"], list) and _is_text(mark["edges"])
        if n_heights < 0 or n_edges != n_heights + (0 if named else 1):
            raise ParameterError(
                f"{what}: n heights must have n + 1 edges, or n names; got {n_heights} heights "
                f"and {n_edges} edges. numpy.histogram returns them so."
            )
    elif mark["type"] == "grid":
        if np.ndim(mark["values"]) != 2 or np.size(mark["values"]) == 0:
            raise ParameterError(
                f"{what}: values must have shape (rows, columns); got {np.shape(mark['values'])}. "
                "Reshape it."
            )
        extent = np.asarray(mark["extent"], dtype=np.float64)
        if extent.shape != (4,) or not np.isfinite(extent).all():
            raise ParameterError(
                f"{what}: extent must be (x_low, x_high, y_low, y_high); got {mark['extent']}. "
                "Give four finite numbers."
            )
        for axis, name in ((1, "x_names"), (0, "y_names")):
            if name in mark and len(mark[name]) != np.shape(mark["values"])[axis]:
                raise ParameterError(
                    f"{what}: {name} must have one name for each of "
                    f"{np.shape(mark['values'])[axis]}; got {len(mark[name])}. Name them all."
                )


# --- checks and rounding ---------------------------------------------------------------------


def quantised(mark: Mark, view: View | None) -> Mark:
    """Return the mark with its arrays rounded and turned into plain lists.

    The step is a power of ten between 1/5,000 and 1/50,000 of the range that the array is drawn
    in: the view's where it has one, else the array's own.  On a logarithmic axis it is the fifth
    significant digit.  Without a view (a trace that is read back) nothing is rounded.
    """
    result: Mark = {}
    for name, value in mark.items():
        if isinstance(value, str) or (isinstance(value, list) and _is_text(value)):
            result[name] = value
            continue
        array = np.asarray(value, dtype=np.float64)
        if view is None:
            result[name] = _listed(array)
        elif name in ("x", "edges"):
            result[name] = _rounded(array, view.x_scale, view.x_range, AXIS_LEVELS)
        elif name in ("y", "low", "high", "heights"):
            result[name] = _rounded(array, view.y_scale, view.y_range, AXIS_LEVELS)
        elif name == "values":
            result[name] = round_to_range(array, view.z_range, GRID_LEVELS)
        else:
            result[name] = round_to_range(array, None, AXIS_LEVELS)
    return result


def _rounded(array: NDArray[np.float64], kind: str, span: Range, levels: int) -> list[Any]:
    if kind == "linear":
        return round_to_range(array, span, levels)
    digits = np.array([float(f"{v:.4e}") for v in array.ravel()])
    return _listed(digits.reshape(array.shape))


def round_to_range(array: NDArray[np.float64], span: Range, levels: int) -> list[Any]:
    """Round to the power of ten below ``(high - low) / levels``; NaN and infinity become None."""
    finite = np.isfinite(array)
    known = np.where(finite, array, 0.0)
    if span is None:
        inside = array[finite]
        low, high = (float(inside.min()), float(inside.max())) if inside.size else (0.0, 1.0)
        span = (low, high) if low < high else (0.0, abs(high) or 1.0)
    step = span[1] / levels - span[0] / levels  # divided first: the width itself may overflow
    decimals = -math.floor(math.log10(step)) if step > 0 else 400
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(known, decimals) + 0.0  # -0.0 becomes 0.0
    rounded = np.where(np.isfinite(rounded), rounded, known)  # 10^decimals may overflow too
    return _listed(np.where(finite, rounded, np.nan))


def _listed(array: NDArray[np.float64]) -> list[Any]:
    """Return nested lists: whole numbers as ints (shorter), NaN and infinity as None."""
    finite = np.isfinite(array)
    known = np.where(finite, array, 0.0)
    values: NDArray[Any] = known.astype(object)
    if (known == np.rint(known)).all() and np.abs(known).max(initial=0.0) < 2**53:
        values = known.astype(np.int64).astype(object)
    values[~finite] = None
    return list(values.tolist())


def checked_text(what: str, value: Any) -> str:
    """Return ``value`` if it is text of at most 2,000 characters."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        got = f"{len(value)} characters" if isinstance(value, str) else repr(value)[:80]
        raise ParameterError(
            f"{what} must be text of at most {MAX_TEXT:,} characters; got {got}. Shorten it."
        )
    return value


def plain(what: str, value: Any, depth: int = 0) -> Any:
    """Return a setting as a JSON value: numbers, text, None, short lists and dicts of those."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return checked_text(what, value)
    if depth < 3 and isinstance(value, (list, tuple)) and len(value) <= 100:
        return [plain(what, item, depth + 1) for item in value]
    if depth < 3 and isinstance(value, Mapping) and len(value) <= 100:
        return {str(k): plain(what, item, depth + 1) for k, item in value.items()}
    raise ParameterError(
        f"{what} must be a number, text, or a short list of those; got {type(value).__name__}. "
        "A trace holds no table: pass its name or its size."
    )


def checked_range(what: str, value: Any) -> tuple[float, float]:
    """Return ``(low, high)`` as finite floats, low < high."""
    try:
        low, high = (float(v) for v in value)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(
            f"{what} must be (low, high) with low < high, both finite; got {value!r}. "
            "Leave it out to have the range of the run."
        )
    return low, high


def to_number(value: float) -> float | str:
    """JSON has no NaN and no infinity: they travel as text."""
    return value if math.isfinite(value) else str(value)


def from_number(value: Any) -> float:
    """Undo ``to_number``, and refuse what is no number."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number and value not in ("nan", "inf", "-inf"):
        raise ParameterError(f"a scalar must be a number; got {value!r}. Append floats.")
    return float(value)
