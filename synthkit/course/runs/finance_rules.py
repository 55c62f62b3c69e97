"""Lesson 10: a world by rules, a detector that learns them, and the look inside two schemes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthkit.course.inside import Inside, Panel, Term
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.finance import Finance
from synthkit.techniques.finance.failures import (
    fraud_table,
    recall_by_typology,
    train_detector,
)
from synthkit.techniques.finance.fraud import TYPOLOGIES
from synthkit.techniques.finance.rates import cir_step, euler_step, nelson_siegel
from synthkit.trace import Mark, Trace, View, bars, custom, line, points

#: Positions of the one knob: how far fraudsters hide among honest payments.
ADAPTIVITY = (0.0, 0.3, 0.6)
#: How many typologies the detector has seen, frame by frame.
KNOWN = (1, 2, 4, 6)
MONTHS = 120
STEP = 3  # months from frame to frame
YEAR = 12  # months
MATURITIES = (3, 12, 24, 60, 120, 360)
CURVE_MONTHS = np.concatenate([np.arange(3.0, 60, 3), np.arange(60.0, 361, 12)])


def detector_trace(rng: RandomState, adaptivity: float = 0.0) -> Trace:
    """Train a detector on more and more typologies; test each on frauds of all six."""
    trace = Trace(
        "finance.detector",
        seed=rng,
        parameters={"adaptivity": float(adaptivity)},
        views=(
            View("found", "histogram", "Which frauds does the detector find?", "", "share found",
                 y_range=(0, 1)),
            View("share", "lines", "Does it find frauds of rules it never saw?",
                 "typologies in its training data", "share found", (1, 6), (0, 1)),
        ),
        code="from synthkit.techniques.finance.failures import *\n"
        "model = train_detector(fraud_table(('card_testing',), 1))\n"
        "recall_by_typology(model, fraud_table(TYPOLOGIES, 2))",
    )  # fmt: skip
    seeds = as_generator(rng).integers(2**31, size=3).tolist()
    hidden = {"adaptivity": float(adaptivity)}
    everything = fraud_table(TYPOLOGIES, seeds[2], **hidden)
    own: list[float] = []
    foreign: list[float] = []
    for count in KNOWN:
        known = TYPOLOGIES[:count]
        model = train_detector(fraud_table(known, seeds[0], **hidden))
        same = recall_by_typology(model, fraud_table(known, seeds[1], **hidden))
        other = recall_by_typology(model, everything)
        own.append(float(np.mean(list(same.values()))))
        foreign.append(float(np.mean(list(other.values()))))
        names = [name.replace("_", " ") for name in other]
        trace.append(
            count,
            {
                "found": [
                    bars(names, [same.get(k, 0.0) for k in other], role="synthetic",
                         label="made by the rules it was trained on"),
                    bars(names, list(other.values()), role="holdout", label="all rules together"),
                ],
                "share": [
                    line(KNOWN[: len(own)], own, role="synthetic", label="its own rules"),
                    line(KNOWN[: len(foreign)], foreign, role="holdout", label="all rules"),
                ],
            },
            scalars={"own": own[-1], "all": foreign[-1]},
            sentence=f"Trained on {count} of {len(TYPOLOGIES)} kinds of fraud, it finds "
            f"{own[-1]:.0%} of those made by its own rules and {foreign[-1]:.0%} of all kinds.",
        )  # fmt: skip
    return trace


def world_trace(rng: RandomState, inflation_weight: float = 0.5) -> Trace:
    """Let ten years pass: prices, rates, the economy and the yield curve, quarter by quarter."""
    trace = Trace(
        "finance.world",
        seed=rng,
        parameters={"inflation_weight": float(inflation_weight), "months": MONTHS},
        views=(
            View("market", "lines", "What do recessions do to prices?", "month",
                 "price of the index", (0, MONTHS)),
            View("rates", "lines", "What do they do to interest rates?", "month", "% a year",
                 (0, MONTHS)),
            View("economy", "lines", "What do they do to jobs and inflation?", "month",
                 "per cent", (0, MONTHS)),
            View("curve", "lines", "How does the yield curve move?", "maturity, months",
                 "yield, % a year", (0, 360)),
        ),
        code="import synthkit as sk\ntables = sk.Finance(periods=120).simulate(rng=0)",
    )  # fmt: skip
    rules = {"policy": {"inflation_weight": float(inflation_weight)}}
    world = Finance(rules=rules, customers=1, periods=MONTHS).simulate(rng=rng)
    economy, rates = world["economy"], world["rates"]
    index = world["markets"].query("asset == 'index'")
    price = index.groupby(index["date"].dt.to_period("M"))["price"].last().to_numpy()
    month = np.arange(MONTHS)
    down = economy["regime"].to_numpy() == "recession"
    yields = rates[[f"yield_{m}m_pct" for m in MATURITIES]].to_numpy(float)
    curves = smooth_curves(yields)

    def path(values: Any, end: int, role: str, label: str) -> Mark:
        return line(month[:end], np.asarray(values)[:end], role=role, label=label)

    for end in range(STEP, MONTHS + 1, STEP):
        shaded = [recessions(down[:end])]
        before = [
            line(CURVE_MONTHS, curves[end - 1 - YEAR], role="noise", label="a year ago")
        ] if end > YEAR else []  # fmt: skip
        trace.append(
            end,
            {
                "market": [*shaded, path(price, end, "synthetic", "index")],
                "rates": [
                    *shaded,
                    path(yields[:, -2], end, "holdout", "10 years"),
                    path(rates["short_rate_pct"], end, "synthetic", "short rate"),
                    path(economy["policy_rate_pct"], end, "truth", "policy"),
                ],
                "economy": [
                    *shaded,
                    path(economy["inflation_pct"], end, "holdout", "inflation"),
                    path(economy["unemployment_pct"], end, "synthetic", "unemployment"),
                ],
                "curve": [
                    *before,
                    line(CURVE_MONTHS, curves[end - 1], role="synthetic", label="now"),
                    points(MATURITIES, yields[end - 1], role="synthetic"),
                ],
            },
            scalars={"price": float(price[end - 1])},
            sentence=f"Month {end}: {economy['regime'][end - 1]}, unemployment "
            f"{economy['unemployment_pct'][end - 1]:.1f} %, policy rate "
            f"{economy['policy_rate_pct'][end - 1]:.1f} %; ten years yield "
            f"{yields[end - 1, -2] - yields[end - 1, 0]:+.1f} points against three months.",
        )  # fmt: skip
    return trace


def recessions(down: np.ndarray) -> Mark:
    """Return the shaded stretches of months (t,) in recession."""
    edges = np.diff(np.concatenate([[0], down.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return custom("spans", role="noise", label="recession", x=starts, x_end=ends)


def smooth_curves(yields: np.ndarray) -> np.ndarray:
    """Return Nelson-Siegel curves (t, m) through yields (t, 6): their factors by least squares."""
    one = np.eye(3)
    loadings = nelson_siegel(np.array(MATURITIES, dtype=float), *one)  # (3, 6)
    factors, *_ = np.linalg.lstsq(loadings.T, yields.T, rcond=None)  # (3, t)
    return np.asarray(nelson_siegel(CURVE_MONTHS, *factors))


def detector_table(
    seed: int, train: dict[str, Any] | None = None, test: dict[str, Any] | None = None
) -> pd.Series:
    """Return the share found of each kind, for fraud settings of the training and test rows."""
    model = train_detector(fraud_table(TYPOLOGIES, seed, **(train or {})))
    return pd.Series(recall_by_typology(model, fraud_table(TYPOLOGIES, seed + 1, **(test or {}))))


#: The look inside the two ways to step an interest rate.
RATES_INSIDE = Inside(
    terms=(
        Term("r", "the rates at the beginning of the step.", (r"\br\b",)),
        Term("κ", "how quickly a rate returns to its mean, a year.", (r"\bspeed\b",)),
        Term("θ", "the mean that rates return to.", (r"\bmean\b",)),
        Term("σ", "how strongly rates are shaken.", (r"\bsigma\b",)),
        Term("Δ", "the length of the step in years.", (r"\bdt\b",)),
    ),
    equations=(
        "exact:  ‹r›′  =  c · χ′²,   c  =  ‹σ›² ( 1 − e^(−‹κ› ‹Δ›) ) ∕ 4‹κ›",
        "Euler:  ‹r›′  =  ‹r› + ‹κ› ( ‹θ› − ‹r› ) ‹Δ› + ‹σ› √( ‹r› ‹Δ› ) z",
    ),
)


def rates_picture(seed: int) -> tuple[Panel, ...]:
    """Step two hundred low rates by both schemes."""
    rng = np.random.default_rng(seed)
    r = np.linspace(0.001, 0.03, 200)
    now = {"speed": 0.2, "mean": 0.05, "sigma": 0.3, "dt": 1 / 12}
    return (
        Panel("exact: rate before, rate after", np.column_stack([r, cir_step(r, **now, rng=rng)]),
              ("r", "σ", "κ")),
        Panel("Euler: some land below 0", np.column_stack([r, euler_step(r, **now, rng=rng)]),
              ("r", "Δ", "θ"), role="synthetic"),
    )  # fmt: skip
