"""Lesson 00: three uses measured in a minute each, and the cards of three forgeries.

``recovery``: does a method find the numbers that were put in?  ``bug_hunt``: which rows find the
fault of a program?  ``handed_on``: what becomes of a skewed share?
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from synthkit.course.welcome.game import real_table
from synthkit.datasets import load
from synthkit.measure.anchors import independent_shuffle, verbatim_bootstrap
from synthkit.measure.scorecard import scorecard
from synthkit.measure.splitting import split
from synthkit.techniques.monte_carlo import MonteCarlo

SLOPE = 2.0
POINTS = 40
RUNS = 1_000
#: Share of each noise term that the next one keeps, in the world that the method does not expect.
MEMORY = 0.9
TESTED = 5_000  # rows that the program under test is given
FORGERIES = ("shuffled", "copula", "copied")


# --- validating a model: recover what was put in ----------------------------------------------


def recovery(rng: np.random.Generator, runs: int = RUNS) -> pd.DataFrame:
    """Return how often the 95 % interval of a slope holds the slope that was put in.

    Once the data are made as the method assumes, y = 2 t + independent noise; once the noise
    remembers (AR(1) with ``MEMORY``), which the method does not know.
    """
    t = np.linspace(0, 1, POINTS)
    shocks = rng.standard_normal((runs, POINTS))
    worlds = {
        "made as the method assumes": shocks,
        "made with noise that remembers": remembering(shocks),
    }
    holds = {}
    for name, noise in worlds.items():
        low, high = slope_intervals(t, SLOPE * t + noise)
        holds[name] = np.mean((low <= SLOPE) & (high >= SLOPE))
    return pd.DataFrame({"promised": 0.95, "interval holds the truth": holds})


def remembering(shocks: np.ndarray) -> np.ndarray:
    """Return e_t = ρ e_{t−1} + √(1 − ρ²) shock_t along each row: the same spread, with a memory."""
    noise = shocks.copy()
    for i in range(1, shocks.shape[1]):
        noise[:, i] = MEMORY * noise[:, i - 1] + np.sqrt(1 - MEMORY**2) * shocks[:, i]
    return noise


def slope_intervals(t: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the textbook 95 % intervals of the least-squares slopes.

    Parameters
    ----------
    t : ndarray of shape (n,)
    y : ndarray of shape (runs, n)
    """
    centred = t - t.mean()
    spread = (centred**2).sum()
    slope = y @ centred / spread  # (runs,)
    residual = y - y.mean(axis=1, keepdims=True) - slope[:, None] * centred  # (runs, n)
    error = np.sqrt((residual**2).sum(axis=1) / (len(t) - 2) / spread)
    wide = stats.t.ppf(0.975, len(t) - 2) * error
    return slope - wide, slope + wide


# --- testing an application: find its bug -------------------------------------------------------


def dose(weight_kg: float, age: int) -> float:
    """Return a dose in mg.  It holds a bug on purpose: newborns (age 0) divide by zero."""
    per_kg = 2.0 if age >= 12 else 1.0 / age
    return weight_kg * per_kg


def patients(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return patients of a clinic for adults, in which hardly anybody is a child."""
    age = np.where(rng.random(n) < 0.01, rng.integers(6, 18, n), rng.integers(18, 95, n))
    return pd.DataFrame({"weight_kg": rng.normal(75, 12, n).clip(20, 150), "age": age})


def corners(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows by rule: every age that the specification allows, 0 to 110, and every weight."""
    return pd.DataFrame({"weight_kg": rng.uniform(1, 200, n), "age": rng.integers(0, 111, n)})


def bug_hunt(rng: np.random.Generator) -> pd.DataFrame:
    """Return how many crashes each source of test rows finds."""
    real = patients(300, rng)
    copula = MonteCarlo().fit(real, rng=rng)
    sources: dict[str, Callable[[], pd.DataFrame]] = {
        "real rows of the clinic": lambda: real,
        "a copula of them": lambda: copula.sample(TESTED, rng=rng),
        "rows by rule": lambda: corners(TESTED, rng),
    }
    found = {}
    for name, make in sources.items():
        rows = make()
        crashes = sum(map(_crashes, rows["weight_kg"].tolist(), rows["age"].tolist()))
        found[name] = {"rows": len(rows), "crashes found": crashes}
    return pd.DataFrame(found).T


def _crashes(weight_kg: float, age: int) -> bool:
    try:
        dose(weight_kg, age)
    except ZeroDivisionError:
        return True
    return False


# --- bias: handed on, or asked away -------------------------------------------------------------


def handed_on(rng: np.random.Generator) -> pd.DataFrame:
    """Return the share of a thinned-out group: in the table, its copula, and one asked for half.

    Of the malignant tumours nine in ten are taken away first: that is the skewed table.
    """
    full = load("breast_cancer")[["radius", "texture", "diagnosis"]]
    rare = str(full["diagnosis"].value_counts().index[-1])
    is_rare = (full["diagnosis"].astype(str) == rare).to_numpy()
    skewed = full[~is_rare | (rng.random(len(full)) < 0.1)]
    model = MonteCarlo().fit(skewed, rng=rng)
    plain = model.sample(TESTED, rng=rng)
    half = TESTED // 2
    common = str(full["diagnosis"].value_counts().index[0])
    asked = pd.concat([
        model.sample(half, rng=rng, given={"diagnosis": rare}),
        model.sample(half, rng=rng, given={"diagnosis": common}),
    ])  # fmt: skip
    tables = {
        "all patients": full,
        "the skewed table": skewed,
        "its copula": plain,
        "its copula, asked for half": asked,
    }
    real_rare = int((skewed["diagnosis"].astype(str) == rare).sum())
    return pd.DataFrame({
        name: {
            f"share {rare}": float((table["diagnosis"].astype(str) == rare).mean()),
            "real patients behind it": is_rare.sum() if table is full else real_rare,
        }
        for name, table in tables.items()
    }).T  # fmt: skip


# --- three forgeries ----------------------------------------------------------------------------


def forgery(kind: str, real: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return a table of one kind, as long as the real one."""
    if kind == "shuffled":
        return independent_shuffle(real, len(real), rng)
    if kind == "copied":
        return verbatim_bootstrap(real, len(real), rng)
    return MonteCarlo().fit(real, rng=rng).sample(len(real), rng=rng)


def card_table(seed: int) -> pd.DataFrame:
    """Return the figures of the three forgeries that the lesson compares.

    Columns: ``columns alike`` and ``pairs alike`` (1 is best), ``a judge tells it`` (area under the
    curve, ½ is best), ``copies`` (share of rows) and ``an attack finds members`` (area, ½ is best).
    """
    real = real_table()
    rng = np.random.default_rng(seed)
    train, holdout = split(real, 0.3, rng=rng)
    rows = {}
    for kind in FORGERIES:
        card = scorecard(train, forgery(kind, train, rng), holdout, rng=seed, mode="quick")
        privacy = {a.name: a.figure.value for a in card.attacks if a.figure is not None}
        rows[kind] = {
            "columns alike": card["column_shapes"].value,
            "pairs alike": card["pair_trends"].value,
            "a judge tells it": card["c2st_auc"].value,
            "copies": privacy["exact_copies"],
            "an attack finds members": privacy["membership_density"],
            "verdict": card.verdict.label,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
