r"""The time-series figures of the scorecard, each with its noise band and what there is to lose.

A figure is the worst column's: the distance of the facts of two tables (``series``).

- **Noise band.**  How far do two pieces of the *real* series lie apart?  With units, the people are
  split in two at random; a single series is cut into two stretches that don't overlap.  Stretches
  are shorter than the table, so the noise is never understated, and they need no model: they hold
  for trends and long memory too.
- **What there is to lose.**  White noise has none of these facts.  The real series' distance from
  it, beyond the band, is the loss at which everything is lost; never less than the band itself, so
  that a series without memory isn't called lost over a trifle.

When it fails: a series that changes its law half-way has a wide band, in which much is hidden.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.measure.figures import Figure, plain, prediction_interval
from synthkit.measure.series import (
    MIN_LENGTH,
    Facts,
    compare_facts,
    facts_of,
    ordered,
    series_figures,
    series_of,
)

# Name, title, ideal value, whether the lower value is the worse.
SERIES = (
    ("acf_error", "Autocorrelation, error of the worst column", 0.0, False),
    ("volatility_acf_error", "Unrest after unrest (ACF of |changes|), error", 0.0, False),
    ("spectrum_score", "Spectral shape, worst column", 1.0, True),
    ("tail_weight_error", "Tails of the changes (log ratio of their weight), error", 0.0, False),
    ("leverage_error", "Unrest after falls (leverage), error", 0.0, False),
)
DRAWS = 20
STRETCHES = 3  # a stretch is at most this part of the series: two fit in at many places
NOISE_STEPS = 20_000
UNIT = "(number of the unit)"  # the label of a column that no table has


def judge_series(
    frames: Mapping[str, pd.DataFrame],
    time: Hashable,
    units: Mapping[str, np.ndarray] | None,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, list[Figure]]:
    """Return every column's figures, and the scorecard's.

    ``units`` are the unit numbers of each table's rows; without them each table is one series.
    """
    unit = None
    if units is not None:
        unit = UNIT
        frames = {name: f.assign(**{UNIT: units[name]}) for name, f in frames.items()}
    table = series_figures(frames["real"], frames["synthetic"], time, unit)
    return table, series_card(frames, list(table["column"]), time, unit, rng)


def series_card(
    frames: Mapping[str, pd.DataFrame],
    columns: Sequence[Hashable],
    time: Hashable,
    unit: Hashable,
    rng: np.random.Generator,
) -> list[Figure]:
    """Return the figures of ``frames['synthetic']`` beside those of all other tables.

    Parameters
    ----------
    frames : dict of str to DataFrame
        ``real``, ``synthetic``, and the anchors by name.
    columns : list of labels
        The numeric columns to compare.
    time, unit : column labels
        What orders the rows, and whose they are (or None: one series).

    Raises
    ------
    DataError
        No series is long enough in both tables.
    """
    series = {name: _series(frame, columns, time, unit) for name, frame in frames.items()}
    facts = {name: _mean_facts(found) for name, found in series.items()}
    found = _worst(facts["real"], facts["synthetic"])
    if not found:
        raise DataError(
            f"a series must have at least {MIN_LENGTH} steps in both tables; none has. "
            "Pass longer series, or leave time out."
        )
    draws = [
        _worst(*map(_mean_facts, pair))
        for pair in _real_pairs(series["real"], series["synthetic"], rng)
    ]
    noise = facts_of(rng.normal(size=NOISE_STEPS))
    nothing = _worst(facts["real"], dict.fromkeys(facts["real"], noise))
    out = []
    for name, title, ideal, low_is_worse in SERIES:
        band = prediction_interval([draw[name] for draw in draws if name in draw])
        edge = abs(ideal - band[0 if low_is_worse else 1])
        whole = max(abs(ideal - nothing[name]) - edge, edge)
        anchors = {
            anchor: _worst(facts["real"], facts[anchor]).get(name, float("nan"))
            for anchor in frames
            if anchor not in ("real", "synthetic")
        }
        note = "" if np.isfinite(edge) else "too short to say what chance does"
        out.append(
            Figure(
                name, title, "fidelity", plain(found[name]), ideal, band, anchors, note, whole=whole
            )
        )
    return out


Series = dict[Hashable, list[np.ndarray]]  # column: one array (steps,) for each unit


def _series(
    frame: pd.DataFrame, columns: Sequence[Hashable], time: Hashable, unit: Hashable
) -> Series:
    rows = ordered(frame, time, unit)
    return {name: series_of(rows, name, unit) for name in columns}


def _mean_facts(series: Series) -> dict[Hashable, Facts]:
    """Average the facts of a column over its series; columns without a long enough one are out."""
    out = {}
    for name, parts in series.items():
        facts = [facts_of(x) for x in parts if len(x) >= MIN_LENGTH and np.ptp(x) > 0]
        if facts:
            out[name] = {key: np.mean([f[key] for f in facts], axis=0) for key in facts[0]}
    return out


def _worst(real: dict[Hashable, Facts], other: dict[Hashable, Facts]) -> dict[str, float]:
    """Return each figure of the column in which it is worst; nothing where no column is in both."""
    rows = [compare_facts(real[name], other[name]) for name in real if name in other]
    if not rows:
        return {}
    return {
        name: (min if low_is_worse else max)(row[name] for row in rows)
        for name, _, _, low_is_worse in SERIES
    }


def _real_pairs(
    real: Series, synthetic: Series, rng: np.random.Generator
) -> list[tuple[Series, Series]]:
    """Return pairs of pieces of the real series: two sets of people, or two stretches of one."""
    units = max(map(len, real.values()))
    if units >= 2:
        others = max(1, max(map(len, synthetic.values())))
        size = min(max(round(units * units / (units + others)), 1), units - 1)
        orders = [rng.permutation(units) for _ in range(DRAWS)]
        return [(_units(real, order[:size]), _units(real, order[size:])) for order in orders]
    steps = min(len(parts[0]) for parts in real.values() if parts)
    length = steps // STRETCHES
    if length < MIN_LENGTH:
        return []
    pairs = []
    for _ in range(DRAWS):
        first = int(rng.integers(0, steps - 2 * length + 1))
        second = int(rng.integers(first + length, steps - length + 1))
        pairs.append((_stretch(real, first, length), _stretch(real, second, length)))
    return pairs


def _units(series: Series, chosen: np.ndarray) -> Series:
    return {name: [parts[k] for k in chosen if k < len(parts)] for name, parts in series.items()}


def _stretch(series: Series, start: int, length: int) -> Series:
    return {name: [parts[0][start : start + length]] for name, parts in series.items() if parts}
