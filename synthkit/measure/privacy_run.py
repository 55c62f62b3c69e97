"""All attacks on one table, and the same attacks on the anchors."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthkit.measure.aligned import Aligned
from synthkit.measure.anchors import FRESH
from synthkit.measure.attack import MIN_ROWS, NO_COLUMNS, Attack, not_assessable, too_few
from synthkit.measure.distances import some_rows
from synthkit.measure.guessing import Units, attribute_inference, linkability, singling_out
from synthkit.measure.intervals import Interval
from synthkit.measure.privacy import (
    CONTROLS,
    MEMBERS,
    SYNTHETIC,
    aligned_keys,
    copies_without_holdout,
    exact_copies,
    membership_attacks,
    row_risk,
    row_scores,
)

NEEDS_HOLDOUT = "needs held-out real rows as controls"
TITLES = {
    "exact_copies": ("Exact copies", 0.0),
    "near_copies": ("Near copies", 0.0),
    "membership_nearest": ("Membership by nearest neighbour", 0.5),
    "membership_nearest_outliers": ("Membership by nearest neighbour, outliers", 0.5),
    "membership_density": ("Membership by density ratio", 0.5),
    "membership_density_outliers": ("Membership by density ratio, outliers", 0.5),
    "singling_out_univariate": ("Singling out by one attribute", 0.0),
    "singling_out_multivariate": ("Singling out by several attributes", 0.0),
    "linkability": ("Linkability of two halves of the attributes", 0.0),
    "attribute_inference": ("Inference of one attribute from the others", 0.0),
}


@dataclass(frozen=True)
class AttackSettings:
    """At most so many people in distances, people attacked, and synthetic rows looked at."""

    max_rows: int
    attacks: int
    synthetic_rows: int


ANCHOR_SETTINGS = AttackSettings(max_rows=2_000, attacks=300, synthetic_rows=5_000)
Outcome = tuple[
    list[Attack], dict[str, dict[str, float]], "pd.DataFrame | None", dict[Hashable, Interval]
]


def run_attacks(
    tables: Aligned, units: Units, rng: np.random.Generator, settings: AttackSettings
) -> Outcome:
    """Run every attack on tables 0 (members), 1 (synthetic) and 2 (controls, if there are any).

    Returns the attacks, an empty place for the anchors' figures, the row risks, and each
    secret's own risk.
    """
    if len(tables.rows) < 3:
        copies = copies_without_holdout(tables)
        others = [n for n in TITLES if n != "exact_copies"]
        return [copies, *_none_of(others, NEEDS_HOLDOUT)], {}, None, {}
    if min(tables.rows[MEMBERS], tables.rows[CONTROLS]) < MIN_ROWS or not tables.columns:
        why = too_few(tables.rows[MEMBERS], tables.rows[CONTROLS]) if tables.columns else NO_COLUMNS
        return _none_of(list(TITLES), why), {}, None, {}
    members, controls = row_scores(tables, rng, settings.max_rows, settings.synthetic_rows)
    some = some_rows(tables.rows[SYNTHETIC], settings.synthetic_rows, rng)
    fewer = tables.take(
        [np.arange(n) if k != SYNTHETIC else some for k, n in enumerate(tables.rows)]
    )
    inference, secrets = attribute_inference(fewer, rng, settings.attacks, units=units)
    attacks = [
        exact_copies(tables, units),
        *membership_attacks(members, controls, units),
        *singling_out(tables, rng, settings.attacks, units),
        linkability(fewer, rng, settings.attacks, units=units),
        inference,
    ]
    keys = aligned_keys(tables)
    risk = row_risk(members, controls, np.isin(keys[MEMBERS], keys[SYNTHETIC]))
    return attacks, {}, risk, secrets


def _none_of(names: list[str], why: str) -> list[Attack]:
    return [not_assessable(name, *TITLES[name], why) for name in names]


def anchor_attacks(
    tables: Aligned, place: Mapping[str, int], anchor: str, rng: np.random.Generator
) -> dict[str, float]:
    """Return each attack's figure on an anchor, in place of the synthetic table.

    Fresh real rows are one half of the holdout; the other half are then the controls.
    """
    holdout = place["holdout"]
    if anchor != FRESH:
        picked = tables.pick((0, place[anchor], holdout))
    else:
        order = rng.permutation(tables.rows[holdout])
        half = len(order) // 2
        rows = [np.arange(tables.rows[0]), order[:half], order[half:]]
        picked = tables.pick((0, holdout, holdout)).take(rows)
    if min(picked.rows) < MIN_ROWS:
        return {}
    attacks = run_attacks(picked, None, rng, ANCHOR_SETTINGS)[0]
    return {a.name: float(a.figure.value) for a in attacks if a.figure is not None}
