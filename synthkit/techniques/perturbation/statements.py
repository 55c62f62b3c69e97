"""What a release says about itself, in plain words: what was done, and what it is not."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from synthkit.tables import Schema
from synthkit.techniques.perturbation import plain, private
from synthkit.techniques.perturbation.columns import is_levels, is_number
from synthkit.techniques.perturbation.public import PublicPlan

if TYPE_CHECKING:
    from synthkit.techniques.perturbation.perturbation import Perturbation


# A number column of which more cells than this came back as they were is named.
MOSTLY = 0.5


def plain_statement(
    schema: Schema, settings: plain.PlainSettings, table: pd.DataFrame, released: pd.DataFrame
) -> str:
    """Say which columns a method without a proof changed, and which it didn't.

    Noise below half a step of a whole number is rounded away: columns with few values may stay
    as they are, and are named.
    """
    numbers = [s.name for s in schema if is_number(s)]
    levels = [s.name for s in schema if is_levels(s)]
    changed = [] if settings.method == "pram" else numbers
    kept = [s.name for s in schema if s.kind == "constant"]
    kept += numbers if settings.method == "pram" else []
    kept += levels if settings.change == 0 else []
    parts = ["No privacy proof: what is hidden must be measured by attacks."]
    if changed:
        parts.append(f"{_words(settings)}: {_listed(changed)}.")
    if levels and settings.change > 0:
        parts.append(f"Invariant PRAM, change = {settings.change:g}: {_listed(levels)}.")
    if kept:
        parts.append(f"Left as they are: {_listed(kept)}.")
    same = [n for n in changed if (released[n] == table[n]).mean() > MOSTLY]
    if same:
        parts.append(f"Most cells came back unchanged: {_listed(same)}.")
    return " ".join(parts)


def _words(settings: plain.PlainSettings) -> str:
    dial = {
        "additive": f"c = {settings.noise_ratio:g}",
        "multiplicative": f"c = {settings.noise_ratio:g}",
        "kim": f"c = {settings.noise_ratio:g}",
        "microaggregation": f"k = {settings.group_size}",
        "rank_swap": f"window = {settings.window:g}",
    }.get(settings.method)
    name = plain.METHODS[settings.method]
    sentence = name if dial is None else f"{name}, {dial}"
    return sentence[:1].upper() + sentence[1:]


def private_statement(technique: Perturbation, public: PublicPlan, noise_words: str) -> str:
    """Say what was spent, where the noise came from, and what was taken for public."""
    schema = technique.schema_
    local = technique.method in private.LOCAL
    neighbours = (
        "in what one row says" if local or technique.adjacency == "replace-one"
        else "by one row more or less"
    )  # fmt: skip
    words = private.METHODS[technique.method]
    parts = [
        f"{words[:1].upper()}{words[1:]}, epsilon = {technique.epsilon:g} at delta = "
        f"{technique.delta:g}; neighbours differ {neighbours}.",
        f"{noise_words[:1].upper()}{noise_words[1:]}.",
    ]
    for source, sentence in (
        ("given", "Bounds and levels given or known to all"),
        ("paid", "Bounds and levels paid for from the budget"),
        ("data", "NOT PRIVATE, bounds and levels read off the data"),
    ):
        names = public.names(source)  # type: ignore[arg-type]
        if names:
            parts.append(f"{sentence}: {_listed(names)}.")
    parts.append(
        "Taken for public: names and types of the columns, the number of decimals, whether a "
        f"cell can be missing{', the number of rows' if local else ''}."
    )
    constants = [s.name for s in schema if s.kind == "constant"]
    if constants:
        parts.append(f"Shown as they are: the constants {_listed(constants)}.")
    return " ".join(parts)


def _listed(names: Sequence[Hashable]) -> str:
    shown = ", ".join(str(name) for name in names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
