r"""Rank several synthetic tables, with intervals for their differences.

Two tables are compared on the *same* held-out rows, leaving out one group of them after the
other (delete-a-group jackknife): the difference of their scores varies far less than the
scores do.  The yardstick is the holdout, not the
training rows, so that a table that copies gains nothing.

The order: first the verdict (copies and leaks last), then how well a classifier tells the
rows from real ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from synthkit.errors import DataError
from synthkit.measure.aligned import Aligned, align
from synthkit.measure.card import Scorecard
from synthkit.measure.fidelity import pair_scores, pair_tables, shape_scores
from synthkit.measure.intervals import quantile_of
from synthkit.measure.learners import fit_model
from synthkit.measure.scoring import weighted_scores
from synthkit.measure.threads import one_thread
from synthkit.measure.utility import column_of, make_task, rows_with_target
from synthkit.rng import RandomState, as_generator

ORDER = ("good", "usable", "not assessable", "poor", "leaks", "copies")
GROUPS = 20


def rank_cards(cards: Mapping[str, Scorecard]) -> list[str]:
    """Return the names, the most trustworthy first."""

    def key(name: str) -> tuple[int, float]:
        card = cards[name]
        area = _area(card)
        return ORDER.index(card.verdict.label), max(area, 1 - area) if np.isfinite(area) else 1.0

    return sorted(cards, key=key)


def ranking_table(
    cards: Mapping[str, Scorecard], differences: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one line for each table: rank, verdict, main figures, differences to the first."""
    columns = ("column_shapes", "pair_trends", "c2st_auc", "coverage", "tstr")
    rows = []
    for place, name in enumerate(rank_cards(cards), start=1):
        values = {f.name: f.value for f in cards[name].figures}
        leaks = sum(1 for f in cards[name].verdict.findings if f.severity in ("copies", "leaks"))
        row: dict[str, Any] = {"rank": place, "table": name, "verdict": cards[name].verdict.label}
        row |= {column: values[column] for column in columns if column in values}
        rows.append({**row, "leaks_found": leaks})
    table = pd.DataFrame(rows)
    return table if differences is None else table.merge(differences, on="table", how="left")


def advice(
    cards: Mapping[str, Scorecard],
    differences: pd.DataFrame,
    failed: Mapping[str, str] | None = None,
) -> list[str]:
    """Say which table, and why not the others, in one sentence each."""
    order = rank_cards(cards)
    first = cards[order[0]]
    trusted = first.verdict.label in ("good", "usable")
    opening = "comes first" if trusted else "comes first, and still can't be trusted as it is"
    lines = [f"{order[0]} {opening}: {first.verdict.label}. {_reason(first)}"]
    gaps = differences.set_index("table") if len(differences) else differences
    for name in order[1:]:
        card = cards[name]
        line = f"{name}: {card.verdict.label}. {_reason(card)}"
        if card.verdict.label == first.verdict.label:
            line = f"{name}: {card.verdict.label} as well; {_close_race(name, card, first, gaps)}"
        lines.append(line)
    return lines + [f"{name}: no table. {why}" for name, why in (failed or {}).items()]


def _reason(card: Scorecard) -> str:
    text = card.verdict.reasons[0]
    return text[0].upper() + text[1:] + "."


def _close_race(name: str, card: Scorecard, first: Scorecard, gaps: pd.DataFrame) -> str:
    """Say what separates two tables of one verdict, if anything does."""
    areas = [_area(c) for c in (first, card)]
    parts = [f"a classifier's area is {areas[1]:.3f} where the first has {areas[0]:.3f}"]
    if name in gaps.index:
        row = gaps.loc[name]
        for figure, words in (("shapes", "columns"), ("pairs", "pairs"), ("tstr", "predictions")):
            if f"{figure}_low" in row and row[f"{figure}_low"] > 0:
                parts.append(f"its {words} are better")
            elif f"{figure}_high" in row and row[f"{figure}_high"] < 0:
                parts.append(f"its {words} are worse")
    if len(parts) == 1:
        parts.append("nothing else tells them apart")
    return ", ".join(parts) + "."


def _area(card: Scorecard) -> float:
    return next((f.value for f in card.figures if f.name == "c2st_auc"), float("nan"))


@one_thread()
def paired_differences(
    tables: Mapping[str, Any],
    holdout: Any,
    first: str,
    target: Hashable = None,
    rng: RandomState = 0,
) -> pd.DataFrame:
    """Return each table's scores minus those of ``first``, with 95 % intervals.

    Parameters
    ----------
    tables : dict of name to DataFrame
        The synthetic tables.
    holdout : DataFrame
        Held-out real rows: the yardstick.
    first : str
        The table that the others are compared with.
    target : column label, optional
        Adds the difference of the models' scores.

    Returns
    -------
    DataFrame
        ``table``, and for shapes, pairs and (with a target) TSTR the difference with its limits.
        0 within the limits: the two can't be told apart.  No TSTR where the target can't be used.
    """
    generator = as_generator(rng)
    n = len(pd.DataFrame(holdout))
    groups = min(GROUPS, n)
    left_out = generator.permutation(n) % groups  # (n,), shared by all tables
    weights = np.vstack([np.ones(n), *(left_out != g for g in range(groups))])  # (G + 1, n)
    seed = int(generator.integers(2**31))
    scores = {
        name: _weighted_figures(table, holdout, weights, target, seed)
        for name, table in tables.items()
    }
    rows = []
    for name, own in scores.items():
        row: dict[str, Any] = {"table": name}
        for figure in [name for name in own if name in scores[first]]:
            gap = own[figure] - scores[first][figure]  # (G + 1,)
            spread = quantile_of(0.95) * np.sqrt(groups - 1) * np.std(gap[1:])
            row[f"{figure}_difference"] = float(gap[0])
            row[f"{figure}_low"], row[f"{figure}_high"] = gap[0] - spread, gap[0] + spread
        rows.append(row)
    return pd.DataFrame(rows)


def _weighted_figures(
    table: Any, holdout: Any, weights: np.ndarray, target: Hashable, seed: int
) -> dict[str, np.ndarray]:
    """Return scores against the holdout under each row of weights: (G + 1,) for each figure."""
    pair = align({"holdout": holdout, "synthetic": table})
    prepared = pair_tables(pair)
    out = {
        "shapes": np.array([shape_scores(pair, (w, None))["score"].mean() for w in weights]),
        "pairs": np.array([pair_scores(prepared, (w, None))["score"].mean() for w in weights]),
    }
    if target is not None:
        with suppress(DataError):  # no such figure then: each table's own card says why
            out["tstr"] = _predictions(pair.pick((0, 1, 0)), weights, target, seed)
    return out


def _predictions(
    tables: Aligned, weights: np.ndarray, target: Hashable, seed: int
) -> np.ndarray:
    """Return the score (G + 1,) of a model trained on table 1, tested on the holdout's rows."""
    column = column_of(tables, target, "target")
    rows = rows_with_target(tables, column, None, np.random.default_rng(seed))
    task = make_task(tables.take(rows), target)
    model = fit_model("boosting", task, (1,), seed)
    guesses = model.predict(task.features("boosting")[2])
    return weighted_scores(task, guesses, weights[:, rows[2]])
