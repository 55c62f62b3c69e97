"""What to know before training: which columns and sizes will spoil it, and what it will take."""

from __future__ import annotations

import inspect
import math
import time as clock
import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

ATTACK_ROWS = 20  # held-out rows that an attack needs
SMALL_ROWS = 200  # below, the noise of the classifier alone hides a tenth of wrong rows
MANY_LEVELS = 100  # of a text column: most are too rare to be learned
CELL_BYTES = 8
LEAST_ROWS = 250  # of the first fit that is timed, or one of so many
PARTS = 40  # parts of the table: three fits to one or two of them cost a tenth of a fit to all
SECONDS = 10.0  # below, "seconds" says enough


def warnings_before_training(
    table: pd.DataFrame, holdout_share: float, unit: Hashable = None
) -> list[str]:
    """Return one sentence for each thing that will disappoint; names and counts, no cell.

    Looks for identifier-like columns, text of many levels, few rows, personal data, and a table
    that becomes very wide when each category gets columns of its own.
    """
    from synthkit.course.your_data import personal_columns
    from synthkit.tables import Schema

    seen = table.drop(columns=unit) if unit is not None else table
    schema = Schema.infer(seen)
    notes = _size_notes(table if unit is None else table.drop_duplicates(unit), holdout_share)
    identifiers = [str(spec.name) for spec in schema if spec.kind == "identifier"]
    if identifiers:
        notes.append(
            f"identifier-like: {', '.join(identifiers)}. They get fresh surrogates and aren't "
            "compared."
        )
    levels = {spec.name: seen[spec.name].nunique() for spec in schema if spec.kind == "category"}
    wide = [f"{name} ({count:,})" for name, count in levels.items() if count > MANY_LEVELS]
    if wide:
        notes.append(f"many levels: {', '.join(wide)}. Rare ones are hardly learned; group them.")
    personal = [f"{name} ({what})" for name, what in personal_columns(seen).items()]
    if personal:
        notes.append(
            f"looks personal: {', '.join(personal)}. Read the attacks before you share anything."
        )
    width = sum(levels.values()) + sum(s.kind not in ("category", "identifier") for s in schema)
    size = len(seen) * width * CELL_BYTES / 1e6
    notes.append(f"as one-hot columns: {width:,} wide, {size:,.0f} MB for {len(seen):,} rows.")
    return notes


def _size_notes(units: pd.DataFrame, holdout_share: float) -> list[str]:
    held = round(len(units) * holdout_share)
    if held < ATTACK_ROWS:
        return [
            f"too few rows: {held} of {len(units)} would be held out, and an attack needs "
            f"{ATTACK_ROWS}; nothing will be better than 'not assessable'."
        ]
    if len(units) - held < SMALL_ROWS:
        return [f"few rows: with {len(units) - held} to learn from, noise hides large faults."]
    return []


def training_times(
    techniques: Sequence[Any] | Mapping[str, Any], table: pd.DataFrame, seed: int = 0
) -> str:
    """Say in one sentence what training each of the kit's techniques on the table will take.

    Another's technique isn't tried here: it may never end, and the arena alone can stop it.

    Parameters
    ----------
    techniques : list or dict of name to technique
        As in ``sk.compare``; yours stay as they are.
    table : DataFrame
        As a technique will see it.
    """
    from synthkit.contenders import contenders
    from synthkit.techniques import technique_class

    by_time: dict[str, list[str]] = {}
    for name, given in contenders(techniques).items():
        found = technique_class(given) if isinstance(given, str) else given
        technique = found() if inspect.isclass(found) else found
        known = type(technique).__module__.startswith("synthkit.techniques.")
        time = _in_words(_training_seconds(technique, table, seed)) if known else "not foretold"
        by_time.setdefault(time, []).append(name)
    told = "; ".join(f"{time} for {', '.join(names)}" for time, names in by_time.items())
    return f"training will take {told}. Judging comes on top."


def _training_seconds(technique: Any, table: pd.DataFrame, seed: int) -> float:
    """Estimate the seconds of one fit; NaN where even the attempt fails.

    A network says what its steps will take (``preflight``).  Any other is fitted to a part of the
    rows and to twice as many: the difference is what further rows cost.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the training itself will say them
            foretell = getattr(technique, "preflight", None)
            if callable(foretell):
                return float(foretell(table, rng=seed).seconds)
            part = min(len(table), max(LEAST_ROWS, len(table) // PARTS))
            _fit_seconds(technique, table[:part], seed)  # the first one loads packages
            few = _fit_seconds(technique, table[:part], seed)
            twice = _fit_seconds(technique, table[: 2 * part], seed)
    except Exception:  # as the training itself will say
        return math.nan
    rest = max(0, len(table) - 2 * part)
    return twice + rest / part * max(0.0, twice - few)


def _fit_seconds(technique: Any, table: pd.DataFrame, seed: int) -> float:
    from synthkit.contenders import fit_copy

    start = clock.perf_counter()
    fit_copy(technique, table, np.random.default_rng(seed))
    return clock.perf_counter() - start


def _in_words(seconds: float) -> str:
    """Return a time as roughly as it was estimated."""
    if math.isnan(seconds):
        return "an unknown time"
    if seconds < SECONDS:
        return "seconds"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s"
    return f"about {seconds / 60:,.0f} min"
