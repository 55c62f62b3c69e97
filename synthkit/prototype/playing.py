"""Watch a technique of yours: its rows as they appear, and a dial for each of its numbers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import cKDTree

from synthkit.base import SteppedSynthesizer, Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.failures import Dial
from synthkit.prototype.probes import ring
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Mark, Trace, View, bars, points

if TYPE_CHECKING:
    from synthkit.widgets import Player

ROWS = 400  # of the table that is shown, and of the rows that are made
FRAMES = (1, 2, 5, 10, 20, 50, 100, 200, ROWS)  # rows made so far
BINS = 30
LEAST = 20  # rows that make a histogram: the share of fewer is a few tall bars
# The stops of a dial that nobody gave: the default, and this many times as much or as little.
FACTORS = (0.25, 0.5, 1, 2, 4)


def numeric_dials(technique: type) -> tuple[Dial, ...]:
    """Return a dial for each parameter whose default is a number.

    A class may give the stops itself: ``dials = {"neighbours": (1, 5, 50)}``; by default they are
    a quarter, a half, one, two and four times the default.

    Raises
    ------
    ParameterError
        ``dials`` names no parameter, or lacks its default.

    Examples
    --------
    >>> import synthkit as sk
    >>> [(dial.name, dial.stops) for dial in numeric_dials(sk.Trees)][:1]
    [('min_samples_leaf', (5, 10, 20, 40, 80))]
    """
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(technique).parameters.items()
        if isinstance(parameter.default, (int, float)) and not isinstance(parameter.default, bool)
    }
    given: Mapping[str, tuple[float, ...]] = getattr(technique, "dials", {})
    for name, stops in given.items():
        if name not in defaults or defaults[name] not in stops:
            raise ParameterError(
                f"dials must name a parameter that is a number, with its default among the stops; "
                f"got {name!r}: {stops} with the default {defaults.get(name)!r}."
            )
    dials = []
    for name, start in defaults.items():
        stops = tuple(given.get(name, _stops(start)))
        dials.append(Dial(name, name.replace("_", " "), stops, start))
    return tuple(dials)


def _stops(start: float) -> tuple[float, ...]:
    """Return five stops around a default, whole numbers where it is one."""
    if start == 0:
        return (0, 1, 2, 5) if isinstance(start, int) else (0.0, 0.1, 0.3, 1.0)
    scaled = [start * factor for factor in FACTORS]
    if isinstance(start, int):
        scaled = [int(np.sign(start)) * max(1, round(abs(value))) for value in scaled]
    return tuple(sorted({*scaled, start}))


def technique_trace(
    rng: RandomState,
    technique: Any,
    table: pd.DataFrame | None = None,
    *,
    x: Any = None,
    y: Any = None,
    show_rows: bool | None = None,
) -> Iterator[Trace]:
    """Fit, and yield the growing trace: step by step, or row by row for one that has no steps.

    Parameters
    ----------
    rng : None, int or Generator
    technique : Synthesizer
        Not fitted yet.
    table : DataFrame, optional
        By default eight groups on a ring, made by a program.
    x, y : column labels, optional
        Two columns of numbers; the first two by default.
    show_rows : bool, optional
        Draw single rows, real and made.  By default only of the kit's own table: of yours the
        picture shows how often values occur, and no row.
    """
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    generator = np.random.default_rng(seed)
    real = ring(ROWS, generator) if table is None else table
    x, y = _two_numbers(real, x, y)
    rows_too = table is None if show_rows is None else show_rows
    trace = Trace(
        f"{technique.name or type(technique).__name__}.rows",
        seed=seed,
        parameters={k: v for k, v in technique.get_params(deep=False).items() if _plain(v)},
        views=_views(real, x, y, rows_too),
    )
    if isinstance(technique, SteppedSynthesizer):
        for step, _ in enumerate(technique.iter_fit(real, rng=generator), start=1):
            fake = technique.sample(ROWS, rng=seed)
            _append(trace, step, f"Step {step}", real, fake, x, y, rows_too)
            yield trace
        return
    technique.fit(real, rng=generator)
    made = technique.sample(ROWS, rng=seed)
    for count in FRAMES:
        said = "1 row made" if count == 1 else f"{count} rows made"
        _append(trace, count, said, real, made.head(count), x, y, rows_too)
        yield trace


def technique_player(
    technique: type[Synthesizer],
    table: pd.DataFrame | None = None,
    *,
    x: Any = None,
    y: Any = None,
    show_rows: bool | None = None,
    seed: int = 0,
    prediction: Any = None,
) -> Player:
    """Return the player of a technique; each of its numbers is a dial.  See ``technique_trace``.

    Raises
    ------
    DataError
        The table has fewer than two columns of numbers.
    """
    from synthkit.widgets import Player

    if table is not None:
        x, y = _two_numbers(table, x, y)

    def run(rng: RandomState, **settings: Any) -> Iterator[Trace]:
        own = technique(**settings)
        return technique_trace(rng, own, table, x=x, y=y, show_rows=show_rows)

    settings = ", ".join(f"{dial.name}={dial.start!r}" for dial in numeric_dials(technique))
    code = (
        "from synthkit.prototype import technique_trace\n"
        f"*_, trace = technique_trace({seed}, {technique.__name__}({settings}))"
    )
    return Player(
        run=run, dials=numeric_dials(technique), seed=seed, prediction=prediction, code=code
    )


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _two_numbers(table: pd.DataFrame, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the labels of the two columns to draw."""
    numbers = list(table.select_dtypes("number").columns)
    chosen = [name for name in (x, y) if name is not None]
    chosen += [name for name in numbers if name not in chosen]
    wrong = [name for name in chosen[:2] if name not in numbers]
    if wrong or len(chosen) < 2:
        raise DataError(
            f"two columns of numbers must be there to draw; got {wrong or numbers}. "
            "Name them: x=..., y=..."
        )
    return chosen[0], chosen[1]


def _views(real: pd.DataFrame, x: Any, y: Any, rows_too: bool) -> tuple[View, ...]:
    limits = {name: _limits(real[name]) for name in (x, y)}
    cloud = View("cloud", "scatter", "Do the rows fall where real ones do?", str(x), str(y),
                 limits[x], limits[y])  # fmt: skip
    columns = tuple(
        View(f"column{i}", "histogram", "Does the column look real?", str(name), "share of rows",
             limits[name])
        for i, name in enumerate((x, y))
    )  # fmt: skip
    return (cloud, columns[0]) if rows_too else columns


def _limits(column: pd.Series[Any]) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    margin = 0.1 * (high - low) or 1.0
    return low - margin, high + margin


def _append(
    trace: Trace, step: int, said: str, real: pd.DataFrame, fake: pd.DataFrame, x: Any, y: Any,
    rows_too: bool,
) -> None:  # fmt: skip
    """Add a frame: pictures and figures of the rows made so far."""
    marks: dict[str, list[Mark]] = {}
    if rows_too:
        marks["cloud"] = [
            points(t[x].to_numpy(), t[y].to_numpy(), role=role, label=label)
            for t, role, label in ((real, "real", "real"), (fake, "synthetic", "made"))
        ]
    for view, name in ((v.id, n) for v, n in zip(trace.views[rows_too:], (x, y))):
        edges = np.linspace(*_limits(real[name]), BINS + 1)
        marks[view] = [
            bars(edges, np.histogram(t[name].dropna(), edges)[0] / len(t), role=role, label=label)
            for t, role, label in ((real, "real", "real"), (fake, "synthetic", "made"))
            if len(t) >= LEAST or role == "real"
        ]
    gap = float(stats.ks_2samp(real[x].dropna(), fake[x].dropna()).statistic)
    nearness = _nearness(real[[x, y]], fake[[x, y]])
    trace.append(
        step,
        marks,
        scalars={"gap": gap, "nearness": nearness},
        sentence=f"{said}. The largest gap of the cumulative shares of {x} is {gap:.2f}. A made "
        f"row lies {nearness:.2f} times as far from its nearest real row as real rows do.",
    )


def _nearness(real: pd.DataFrame, fake: pd.DataFrame) -> float:
    """Return the median distance to the nearest real row, of made rows over real rows.

    1 is as far as real rows lie from each other; 0 is a copy.  Each column counts by its spread.
    """
    spread = real.std().replace(0, 1)
    own, made = ((t.dropna() / spread).to_numpy() for t in (real, fake))
    if len(own) < 2 or not len(made):
        return float("nan")
    tree = cKDTree(own)
    usual = float(np.median(np.asarray(tree.query(own, k=2)[0])[:, 1]))
    return float(np.median(tree.query(made)[0])) / usual if usual else float("nan")
