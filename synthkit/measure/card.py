"""Scorecard: the answer as an object, a table, a picture, a page and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.measure.attack import Attack
from synthkit.measure.figures import Figure
from synthkit.measure.utility import Utility
from synthkit.measure.verdict import NOT_CLAIMED, Verdict, alpha_of

FORMAT = "synthkit.scorecard"
VERSION = 1


@dataclass(frozen=True, repr=False)
class Scorecard:
    """What was measured, beside what, and what follows.

    Attributes
    ----------
    figures : tuple of Figure
        Every number, with interval, anchors and noise band.
    attacks : tuple of Attack
        Every attack that was run, and those that couldn't be.
    attack_anchors : dict of attack to dict of anchor to figure
        What the same attacks find on tables of known worth.
    verdict : Verdict
    details : dict of str to DataFrame
        ``shapes``, ``pairs``, ``tails``, ``levels``, ``rules`` – and ``groups``, ``series``,
        ``secrets`` and ``seeds`` where they apply.
    row_risk : DataFrame or None
        Who is exposed, by row position; never exported.
    about : dict
        Rows, columns, mode, seed, versions, notes, seconds.
    """

    figures: tuple[Figure, ...]
    attacks: tuple[Attack, ...]
    attack_anchors: Mapping[str, Mapping[str, float]]
    verdict: Verdict
    details: Mapping[str, pd.DataFrame]
    row_risk: pd.DataFrame | None
    about: Mapping[str, Any]
    utility: Utility | None = None

    def __getitem__(self, name: str) -> Figure:
        """Return one figure by its name."""
        for figure in self.figures:
            if figure.name == name:
                return figure
        raise KeyError(name)

    def attack(self, name: str) -> Attack:
        """Return one attack by its name."""
        for attack in self.attacks:
            if attack.name == name:
                return attack
        raise KeyError(name)

    def light(self) -> Scorecard:
        """Return the card without the models behind the utility, to travel between processes."""
        return replace(self, utility=None)

    def with_seeds(self, found: pd.DataFrame) -> Scorecard:
        """Return the card with intervals over seeds: ``figure``, ``low``, ``high`` in each row."""
        limits = {row["figure"]: (row["low"], row["high"]) for _, row in found.iterrows()}
        figures = tuple(
            replace(figure, seeds=limits.get(figure.name, figure.seeds)) for figure in self.figures
        )
        return replace(self, figures=figures, details={**self.details, "seeds": found})

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the row risks as plain values; it holds no row of any table."""
        parts: dict[str, Any] = {"format": FORMAT, "version": VERSION}
        parts["verdict"] = self.verdict.to_dict()
        for part in ("fidelity", "utility"):
            parts[part] = {f.name: f.to_dict() for f in self.figures if f.part == part}
        parts["privacy"] = {
            attack.name: {
                **attack.to_dict(),
                "found": attack.found(alpha_of(self.attacks)),
                "anchors": dict(self.attack_anchors.get(attack.name, {})),
            }
            for attack in self.attacks
        }
        parts["not_claimed"] = list(NOT_CLAIMED)
        parts["about"] = dict(self.about)
        return parts

    def to_json(self, path: str | Path | None = None) -> str:
        """Return ``to_dict`` as JSON text; also written to ``path`` if given."""
        text = json.dumps(self.to_dict(), indent=2, default=plain_value, allow_nan=False)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text

    def table(self) -> pd.DataFrame:
        """Return the card as a table: one line for each figure and attack."""
        from synthkit.measure.report import card_table

        return card_table(self)

    def plot(self) -> Any:
        """Return a matplotlib figure: every measure beside its anchors and noise band."""
        from synthkit.measure.picture import draw_card

        return draw_card(self)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the card as one self-contained page; also written to ``path`` if given."""
        from synthkit.measure.report import card_page

        text = card_page(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _repr_html_(self) -> str:
        from synthkit.measure.report import card_fragment

        return card_fragment(self)

    def __str__(self) -> str:
        """Return the verdict and the table, for a terminal."""
        reasons = "\n".join(f"  - {reason}" for reason in self.verdict.reasons)
        return f"verdict: {self.verdict.label}\n{reasons}\n\n{self.table().to_string(index=False)}"

    # A notebook saves the repr of what it shows: it must not say who is exposed.
    __repr__ = __str__


def plain_value(value: Any) -> Any:
    """Turn NumPy's numbers into Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
