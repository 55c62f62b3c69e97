"""The traps of the failure battery: tables made by a program, each with one thing that gets lost.

Since a program made them, fresh rows can be drawn: they are the control beside every figure, and
never count as broken.  A threshold is set where the loss matters; each lies five standard
deviations or more (the attack's four) from what fresh rows show (``tests/test_battery.py``
measures it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from synthkit.measure.privacy import membership_inference

GROUPS = 8  # on a ring of radius 1, as in lesson 05
SPREAD = 0.05  # of each group: 15 spreads lie between neighbours on the ring
OUTSIDE = 5 * SPREAD  # a normal row lies so far from its group once in 270,000
COUNTRY = {"Rome": "Italy", "Milan": "Italy", "Oslo": "Norway", "Lima": "Peru", "Cusco": "Peru"}
RARE = 0.03
TAIL = 0.01
WIDTH = 8  # columns of the table in which members are looked for
# A made row this many times nearer than the nearest other person is a near copy: in eight columns
# a fresh row comes so near once in 3^8 = 6,561.
NEAR = 1 / 3


@dataclass(frozen=True)
class Probe:
    """One trap.

    Parameters
    ----------
    name, title : str
        For machines, and in plain words what a broken technique does.
    story : str
        Who is hurt, and what may help.
    draw : callable (n, rng) -> DataFrame
        Fresh rows: the population itself.
    rows, made : int
        How many rows are learned from, and how many are made.
    indicator : callable (real, fake, fresh, rng) -> float
        ``fresh`` are as many held-out rows as there are real ones.
    label : str
        What the indicator counts, with its unit.
    threshold : float
    broken_when : 'above' or 'below'
    generations : int
        How often the technique learns: beyond 1 from its own rows.
    """

    name: str
    title: str
    story: str
    draw: Callable[[int, np.random.Generator], pd.DataFrame]
    rows: int
    made: int
    indicator: Callable[..., float]
    label: str
    threshold: float
    broken_when: Literal["above", "below"]
    generations: int = 1

    def is_broken(self, value: float) -> bool:
        """Say whether this figure counts as broken (NaN always does)."""
        if self.broken_when == "above":
            return not value <= self.threshold
        return not value >= self.threshold


# --- populations ----------------------------------------------------------------------------------


def ring_centres() -> np.ndarray:
    """Return the eight centres (8, 2)."""
    angle = 2 * np.pi * np.arange(GROUPS) / GROUPS
    return np.column_stack([np.cos(angle), np.sin(angle)])


def ring(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Eight narrow groups on a circle: x, y."""
    centre = ring_centres()[rng.integers(0, GROUPS, n)]
    return pd.DataFrame(centre + SPREAD * rng.normal(size=(n, 2)), columns=["x", "y"])


def related(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Two columns with a correlation of 0.9."""
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": 0.9 * x + np.sqrt(1 - 0.9**2) * rng.normal(size=n)})


def heavy(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Two columns with heavy tails: Student's t with 3 degrees of freedom."""
    return pd.DataFrame(rng.standard_t(3, (n, 2)), columns=["x", "y"])


def shop(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Sales: a price above 0, a whole number of pieces from 1 on, a rare way to pay."""
    return pd.DataFrame({
        "price_eur": np.exp(rng.normal(1.0, 1.0, n)),
        "pieces": 1 + rng.poisson(0.7, n),
        "paid": np.where(rng.random(n) < RARE, "cheque", rng.choice(["card", "cash"], n)),
    })  # fmt: skip


def places(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Cities with the country that they lie in, and a number that differs from place to place."""
    city = rng.choice(list(COUNTRY), n)
    height = np.select([city == "Cusco", city == "Lima"], [3.4, 0.1], 0.2)
    return pd.DataFrame({
        "city": city,
        "country": [COUNTRY[name] for name in city],
        "height_km": height + 0.05 * rng.normal(size=n),
    })  # fmt: skip


def survey(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Income and debt; of those with an income above the middle half don't tell their debt."""
    income = rng.normal(size=n)
    told = (income < 0) | (rng.random(n) < 0.5)
    return pd.DataFrame({"income": income, "debt": np.where(told, rng.normal(size=n), np.nan)})


def patients(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Eight measured columns with one common cause: people differ in many ways at once."""
    cause = rng.normal(size=(n, 1))
    values = 0.5 * cause + rng.normal(size=(n, WIDTH))
    return pd.DataFrame(values, columns=[f"m{j}" for j in range(WIDTH)])


# --- indicators -----------------------------------------------------------------------------------


def correlation_lost(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return how much of the correlation is missing."""
    return float(real.corr().iloc[0, 1] - fake.corr().iloc[0, 1])


def _distances(table: pd.DataFrame) -> np.ndarray:
    """Return the distance of each row to each centre (n, 8)."""
    gaps = table.to_numpy()[:, None] - ring_centres()[None]
    return np.sqrt((gaps**2).sum(axis=2))


def between_groups(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the share of rows that lie in no group."""
    return float((_distances(fake).min(axis=1) > OUTSIDE).mean())


def groups_missing(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return how many of the groups got less than a quarter of their rows."""
    d = _distances(fake)
    inside = d.argmin(axis=1)[d.min(axis=1) <= OUTSIDE]
    counts = np.bincount(inside, minlength=GROUPS)
    return float((counts < len(fake) / GROUPS / 4).sum())


def tail_kept(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the mass beyond the real 1 % and 99 % quantiles, as a share of what is there."""
    low, high = real.quantile(TAIL), real.quantile(1 - TAIL)
    beyond = ((fake < low) | (fake > high)).to_numpy().mean()
    return float(beyond / (2 * TAIL))


def impossible_rows(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the share of sales without a price above 0 or a whole number of pieces above 0."""
    pieces = fake["pieces"]
    fits = (fake["price_eur"] > 0) & (pieces >= 1) & (pieces == pieces.round())
    return float(1 - fits.mean())


def rare_kept(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the share of cheques, divided by that in the real table."""
    return float((fake["paid"] == "cheque").mean() / (real["paid"] == "cheque").mean())


def impossible_pairs(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the share of cities in a country where they don't lie."""
    return float((fake["city"].map(COUNTRY) != fake["country"]).mean())


def gaps_misplaced(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return how wrong the share of gaps is among high incomes."""
    high = fake["income"] > 0
    share = fake.loc[high, "debt"].isna().mean() if high.any() else np.nan
    return float(abs(share - real.loc[real["income"] > 0, "debt"].isna().mean()))


def members_found(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the area of a membership attack: ½ is guessing."""
    attack = membership_inference(real, fake, fresh, rng=rng)["membership_density"]
    return float("nan") if attack.figure is None else float(attack.figure.value)


def near_copies(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the share of real rows with a made row far nearer than their nearest neighbour.

    That of fresh rows, which nobody learned from, is taken off.
    """
    made = cKDTree(fake)
    shares = []
    for side in (real, fresh):
        neighbour = np.asarray(cKDTree(side).query(side, k=2)[0])[:, 1]
        shares.append((np.asarray(made.query(side)[0]) < NEAR * neighbour).mean())
    return float(shares[0] - shares[1])


def variance_left(real: Any, fake: Any, fresh: Any, rng: Any) -> float:
    """Return the variance, divided by that of the real rows."""
    return float((fake.var() / real.var()).mean())


PROBES: tuple[Probe, ...] = (
    Probe(
        "lost_relation", "loses the relation of two columns",
        "Whoever learns one column from another learns nothing. Make rows, not columns.",
        related, 1_000, 1_000, correlation_lost, "missing correlation (of 0.9)", 0.1, "above",
    ),
    Probe(
        "between_groups", "makes rows where nobody is",
        "Averages of unlike people are nobody. Mix near rows only, or learn the groups.",
        ring, 800, 2_000, between_groups, "share of rows outside every group", 0.05, "above",
    ),
    Probe(
        "missing_groups", "forgets whole groups",
        "A group that is not in the table is not thought of. Look at each group by itself.",
        ring, 800, 2_000, groups_missing, "groups of 8 that are missing", 0.5, "above",
    ),
    Probe(
        "lost_tails", "cuts the tails",
        "The worst case looks better than it is. Draw beyond the rows that you have seen.",
        heavy, 5_000, 10_000, tail_kept, "mass in the tails (1 is real)", 0.5, "below",
    ),
    Probe(
        "impossible_values", "makes impossible values",
        "A negative price stops whatever reads it. Transform first, or round and cut.",
        shop, 1_000, 2_000, impossible_rows, "share of impossible rows", 0.01, "above",
    ),
    Probe(
        "lost_rare_level", "forgets the rare category",
        "Minorities vanish first. Draw categories as often as they come.",
        shop, 7_000, 14_000, rare_kept, "share of the rare one (1 is real)", 0.5, "below",
    ),
    Probe(
        "broken_rule", "breaks a rule between columns",
        "A city in the wrong country makes readers doubt the rest. Keep such columns together.",
        places, 1_000, 2_000, impossible_pairs, "share of impossible pairs", 0.05, "above",
    ),
    Probe(
        "misplaced_gaps", "puts gaps in the wrong places",
        "Who doesn't answer is told by other answers. Draw the gap with its row.",
        survey, 2_000, 4_000, gaps_misplaced, "error of the share of gaps", 0.1, "above",
    ),
    Probe(
        "members_found", "lets members be found",
        "Whoever holds a list of people can tell who was in the table. Learn less from each row.",
        patients, 500, 500, members_found, "area of the attack (½ is guessing)", 0.62, "above",
    ),
    Probe(
        "near_copies", "makes near copies of people",
        "A moved copy is a copy. Draw from what rows have in common, not from single rows.",
        patients, 500, 500, near_copies, "share of people with a near copy", 0.05, "above",
    ),
    Probe(
        "fed_on_itself", "starves on its own output",
        "Each generation varies less than the last. Keep fresh real rows in the loop.",
        related, 1_000, 1_000, variance_left, "variance left after 8 generations", 0.5, "below", 8,
    ),
)  # fmt: skip
