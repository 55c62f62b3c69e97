"""The gaming gallery: tables made to fool a quality report, and the town that they come from.

Lesson 12 shows them; ``tests/test_gaming_gallery.py`` proves that each is caught by a named figure.
The town is made by a program, so that fresh people can be asked for whenever they are needed:
the best table that there can be is known, and so is each cheat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthkit.measure.anchors import independent_shuffle, verbatim_bootstrap

COPIED = 40  # outliers that are copied among the rows of an honest table


def town(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """People of a town: dependent numbers with heavy tails, whole numbers, categories, gaps.

    Returns
    -------
    DataFrame
        n rows: ``age`` in years, ``income`` and ``debt`` in euros a year (some debts are not
        told), ``hours`` a week, ``region``, ``owner`` of a home, ``visits`` to a doctor a year.
    """
    z = rng.normal(size=n)
    age = np.clip(42 + 14 * z + 5 * rng.normal(size=n), 18, 95).round().astype(int)
    income = np.exp(9.5 + 0.5 * z + 0.6 * rng.standard_t(4, n)).round(2)
    debt = np.exp(7 - 0.4 * z + 0.8 * rng.standard_t(4, n)).round(2)
    hours = np.clip(38 + 6 * rng.standard_t(3, n), 0, 90).round().astype(int)
    region = rng.choice(["north", "south", "west", "isles"], n, p=[0.45, 0.35, 0.15, 0.05])
    owner = np.where(rng.random(n) < 1 / (1 + np.exp(-(age - 45) / 6 - z)), "yes", "no")
    visits = rng.poisson(2 + (region == "isles") * 3 + np.clip(z, 0, None) * 2)
    gap = rng.random(n) < np.where(region == "west", 0.3, 0.05)
    return pd.DataFrame(
        {
            "age": age,
            "income": income,
            "debt": np.where(gap, np.nan, debt),
            "hours": hours,
            "region": region,
            "owner": owner,
            "visits": visits,
        }
    )


def outliers(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the rows whose income or debt lies furthest from the rest."""
    logs = np.log(table[["income", "debt"]].fillna(1_000.0).clip(lower=0.01))
    return table.loc[((logs - logs.mean()) / logs.std()).abs().max(axis=1).nlargest(count).index]


def one_unit(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with each number moved by −1, 0 or 1."""
    out = table.copy()
    for name in out.select_dtypes("number"):
        out[name] = out[name] + rng.integers(-1, 2, len(out))
    return out


def clamped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the tails cut at the 5 % and 95 % quantiles."""
    out = table.copy()
    for name in ("income", "debt", "age", "hours"):
        out[name] = out[name].clip(*out[name].quantile([0.05, 0.95]))
    return out


def _shuffle(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return independent_shuffle(real, len(real), rng)


def _bootstrap(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return verbatim_bootstrap(real, len(real), rng)


def _copied_outliers(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.concat([town(len(real) - COPIED, rng), outliers(real, COPIED)], ignore_index=True)


def _jittered_outliers(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    honest = town(len(real) - COPIED, rng)
    return pd.concat([honest, one_unit(outliers(real, COPIED), rng)], ignore_index=True)


def _single_mode(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    people = town(8 * len(real), rng)
    return people[people["age"].between(35, 50) & (people["owner"] == "no")].head(len(real))


def _group_dropped(real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    people = town(2 * len(real), rng)
    return people[people["region"] != "isles"].head(len(real))


@dataclass(frozen=True)
class Cheat:
    """A way to fool a report: what it does, in words, and the function that does it."""

    says: str
    make: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


GALLERY: dict[str, Cheat] = {
    "shuffle": Cheat("each column shuffled by itself", _shuffle),
    "bootstrap": Cheat("real rows, drawn again", _bootstrap),
    "jittered copy": Cheat("real rows, each number moved by one at most", one_unit),
    "clamped sampler": Cheat(
        "fresh rows, tails cut at 5 % and 95 %", lambda real, rng: clamped(town(len(real), rng))
    ),
    "copied outliers": Cheat(f"fresh rows, and {COPIED} real outliers", _copied_outliers),
    "jittered outliers": Cheat(
        f"fresh rows, {COPIED} real outliers moved by one", _jittered_outliers
    ),
    "single mode": Cheat("tenants of 35 to 50 only", _single_mode),
    "group dropped": Cheat("nobody from the isles", _group_dropped),
}
