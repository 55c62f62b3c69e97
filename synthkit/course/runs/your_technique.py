"""Lesson 15: two techniques in a few lines, one honest idea and one that copies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from synthkit.datasets import load
from synthkit.failures import Dial, Failure
from synthkit.prototype.probing import BatteryReport, battery, probe_failure

#: The jitter of the copies, as a share of each column's standard deviation.
JITTER = 0.02
#: How many neighbours a row may be mixed with.
NEIGHBOURS = 5
#: The one knob of the break, from the colleague's setting to one that hides everybody.
KNOB = Dial("share", "jitter (share of the spread)", (JITTER, 0.2, 0.5, 1.0), JITTER)
#: The traps that ask about people, not about likeness.
PEOPLE = ("members_found", "near_copies")


def tumours() -> pd.DataFrame:
    """Return the ten measured columns of the tumours, and the diagnosis."""
    return load("breast_cancer")


def jittered(rows: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with each number moved by ``share`` of its column's spread.

    Whole numbers stay whole; all else stays as it is.
    """
    made = rows.reset_index(drop=True)
    for name in made.select_dtypes("number"):
        spread = np.nan_to_num(made[name].std())
        cells = made[name] + share * spread * rng.normal(size=len(made))
        made[name] = cells.round() if made[name].dtype.kind in "iu" else cells
    return made.astype(rows.dtypes)


def nearest(table: pd.DataFrame, k: int) -> np.ndarray:
    """Return each row's k nearest others by the ranks of their numbers (n, k)."""
    ranks = table.select_dtypes("number").rank(pct=True).fillna(0.5).to_numpy()
    k = min(k, len(table) - 1)
    if k < 1 or ranks.shape[1] == 0:
        return np.arange(len(table))[:, None]
    found = np.asarray(cKDTree(ranks).query(ranks, k=k + 1)[1])
    return np.asarray(found[:, 1:])


def between(a: pd.DataFrame, b: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows on the way from those of a to those of b: ``a + share (b − a)``.

    One share for each row, even between 0 and 1.  Whole numbers are rounded; what is no number,
    or missing on one side, comes from the nearer end.
    """
    a, b = a.reset_index(drop=True), b.reset_index(drop=True)
    share = pd.Series(rng.random(len(a)))
    made = a.where(share < 0.5, b)
    for name in a.select_dtypes("number"):
        mixed = (a[name] + share * (b[name] - a[name])).fillna(made[name])
        made[name] = mixed.round() if a[name].dtype.kind in "iu" else mixed
    return made.astype(a.dtypes)


class JitteredCopies:
    """Draw real rows again and move each number a little."""

    def __init__(self, *, share: float = JITTER) -> None:
        self.share = share

    def fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Keep the table."""
        self.table_ = table

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return n of its rows, moved."""
        rows = self.table_.iloc[rng.integers(0, len(self.table_), n)]
        return jittered(rows, self.share, rng)


class NeighbourMixup:
    """Put each new row between a real one and one of its nearest neighbours."""

    def __init__(self, *, neighbours: int = NEIGHBOURS) -> None:
        self.neighbours = neighbours

    def fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Find each row's neighbours."""
        self.table_, self.near_ = table, nearest(table, self.neighbours)

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return n rows, each between two neighbours."""
        one = rng.integers(0, len(self.table_), n)
        two = self.near_[one, rng.integers(0, self.near_.shape[1], n)]
        return between(self.table_.iloc[one], self.table_.iloc[two], rng)


def copies_failure(technique: type = JitteredCopies) -> Failure:
    """Return the break of the lesson: people are found until the jitter is large."""
    return probe_failure(
        technique, "members_found", KNOB, broken_at=JITTER, heals_at=1.0,
        sentence="Moved by a whole spread, a row is nearer to strangers than to whom it came from.",
    )  # fmt: skip


def side_by_side(reports: dict[str, BatteryReport]) -> pd.DataFrame:
    """Return the indicators of several techniques in the traps, '✗' beside each that is caught."""
    columns = {}
    for name, report in reports.items():
        words = [f"{c.value:.2f}" + (" ✗" if c.verdict != "whole" else "") for c in report.caught]
        columns[name] = pd.Series(words, [c.probe.title for c in report.caught])
    first = next(iter(reports.values()))
    columns["fresh rows"] = pd.Series(
        [f"{c.fresh:.2f}" for c in first.caught], [c.probe.title for c in first.caught]
    )
    return pd.DataFrame(columns)


def many_neighbours(seed: int, counts: tuple[int, ...] = (1, 5, 50)) -> pd.DataFrame:
    """Return what the number of neighbours changes: the attack, and rows where nobody is."""
    only = ("members_found", "between_groups", "misplaced_gaps")
    rows = {}
    for count in counts:
        report = battery(NeighbourMixup(neighbours=count), seed, only=only)
        rows[f"{count} neighbours"] = {name: report.value(name) for name in only}
    return pd.DataFrame(rows).T
