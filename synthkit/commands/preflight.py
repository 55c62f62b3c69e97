"""What to know before training: which columns and sizes will spoil it, and what it will take."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ATTACK_ROWS = 20  # held-out rows that an attack needs
SMALL_ROWS = 200  # below, the noise of the classifier alone hides a tenth of wrong rows
MANY_LEVELS = 100  # of a text column: most are too rare to be learned
CELL_BYTES = 8


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


def training_estimate(technique: Any, table: pd.DataFrame, seed: int) -> str:
    """Return what training will take where the technique can foretell it; else ''."""
    foretell = getattr(technique, "preflight", None)
    return str(foretell(table, rng=seed)) if callable(foretell) else ""
