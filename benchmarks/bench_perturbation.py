"""Perturbation: how quick, how much is lost, and what audits find.

CPU seconds, one thread, the best of three.  No Python package that a user would pick has MDAV or
Kim's noise; where OpenDP is installed, its noise stands as the peer of the readable one (which
leaks by its low bits: the figure says what care costs, not what to use).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from synthkit.datasets import load
from synthkit.measure.fidelity import column_shapes, pair_trends
from synthkit.techniques.perturbation import Perturbation, PrivacyLedger
from synthkit.techniques.perturbation.attacks import audit_epsilon, linkage_rate
from synthkit.techniques.perturbation.ledger import gaussian_expense
from synthkit.techniques.perturbation.mechanisms import analytic_gaussian_sigma
from synthkit.techniques.perturbation.microaggregation import (
    information_loss,
    mdav,
    microaggregate,
    standardise,
)
from synthkit.techniques.perturbation.noise import additive_noise, kim_noise
from synthkit.techniques.perturbation.noise_sources import (
    OpenDPNoise,
    ReadableNoise,
    opendp_is_installed,
)
from synthkit.techniques.perturbation.swapping import rank_swap_order

ROWS, COLUMNS = 10_000, 10
OPENDP_CELLS = 20_000  # its draws take some 20 microseconds each
AUDITS, AUDIT_RUNS = 30, 100_000
COPIES = 35  # of breast_cancer's 569 rows: 20,000 rows for the private table


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    rng = np.random.default_rng(0)
    return [*speed(rng), *loss_and_linkage(), *private(rng), *audits(rng)]


def speed(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Time the methods on 10,000 x 10 numbers, and through the class."""
    x = rng.standard_normal((ROWS, COLUMNS))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(COLUMNS)])
    rows = []
    for k in (3, 10):
        seconds = timed(lambda k=k: mdav(x, k))
        rows.append(figure(f"MDAV, {ROWS:,} x {COLUMNS} rows, k = {k}", seconds, "CPU-s", "<= 5"))
    seconds = timed(lambda: Perturbation(method="microaggregation").fit(frame, rng=0))
    rows.append(figure("- through Perturbation(method='microaggregation')", seconds, "CPU-s",
                       "<= 5"))  # fmt: skip
    rate = ROWS / timed(lambda: kim_noise(x, 0.25, rng))
    rows.append(figure("Kim's noise, 10 columns", rate, "rows a CPU-s", ">= 1,000,000"))
    wide = rng.standard_normal(100_000)
    rate = len(wide) / timed(lambda: rank_swap_order(wide, 0.1, rng))
    rows.append(figure("rank swapping, one column", rate, "rows a CPU-s", ">= 200,000"))
    seconds = timed(lambda: linkage_rate(x, x + 0.1, "mahalanobis"))
    rows.append(figure(f"re-linking {ROWS:,} x {COLUMNS} rows", seconds, "CPU-s", "<= 10"))
    return rows


def loss_and_linkage() -> list[dict[str, Any]]:
    """Repeat the published figures on breast_cancer."""
    table = load("breast_cancer").iloc[:, :10].to_numpy()
    unit = standardise(table)
    rows = []
    for k, published in ((2, 3.88), (3, 6.70), (5, 10.55), (10, 17.03)):
        loss = 100 * information_loss(unit, microaggregate(unit, mdav(unit, k)))
        rows.append(figure(f"MDAV, variance lost at k = {k}", loss, "%",
                           f"<= {published + 0.005:.3f}"))  # fmt: skip
    for name, add, metric, published in (
        ("plain noise, c = .25, re-linked", additive_noise, "euclidean", 0.39),
        ("Kim's noise, c = .1, Euclidean", kim_noise, "euclidean", 0.55),
        ("Kim's noise, c = .1, Mahalanobis", kim_noise, "mahalanobis", 0.91),
    ):
        c = 0.25 if add is additive_noise else 0.1
        rates = [linkage_rate(table, add(table, c, np.random.default_rng(s)), metric)
                 for s in range(5)]  # fmt: skip
        name = f"{name} (published: {published})"
        rows.append(figure(name, float(np.mean(rates)), "share of rows", ""))
    return rows


def private(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Time noise, the ledger and a private table; say how good the table is."""
    cells = np.zeros(1_000_000)
    own = len(cells) / timed(lambda: ReadableNoise(rng).laplace(cells, 1.0))
    theirs = None
    if opendp_is_installed():
        source = OpenDPNoise()
        theirs = OPENDP_CELLS / timed(lambda: source.laplace(cells[:OPENDP_CELLS], 1.0))
    rows = [{**figure("Laplace noise, readable (peer: OpenDP)", own, "cells a CPU-s", ""),
             "peer": theirs}]  # fmt: skip
    ledger = PrivacyLedger(1e6, 1e-5)
    ledger.charge(*[gaussian_expense("count", 10.0)] * 1_000)
    rows.append(figure("ledger, total of 1,000 releases", timed(ledger.total), "CPU-s", "<= 0.1"))
    sigma = analytic_gaussian_sigma(1.0, 1.0, 1e-5)
    rows.append(figure("analytic Gaussian, sigma at epsilon = 1", sigma, "", "<= 3.7307"))
    real = pd.concat([load("breast_cancer")] * COPIES, ignore_index=True)
    bounds = {c: (0.0, 1.2 * float(real[c].max())) for c in real.columns[:10]}
    for method, epsilon in (("histogram", 1.0), ("marginals", 1.0), ("marginals", 10.0)):
        synth = Perturbation(
            method=method, epsilon=epsilon, bounds=bounds, backend="readable",
            categories={"diagnosis": ["malignant", "benign"]},
        )  # fmt: skip
        name = f"private {method}, {len(real):,} x 11 rows, epsilon = {epsilon:g}"
        seconds = timed(lambda synth=synth: synth.fit(real, rng=0))
        rows.append(figure(f"{name}, fit", seconds, "CPU-s", "<= 5"))
        fake = synth.sample(20_000, rng=1)
        shapes = float(column_shapes(real, fake)["score"].mean())
        pairs = float(pair_trends(real, fake)["score"].mean())
        rows.append(figure("- column shapes", shapes, "", ""))
        rows.append(figure("- pair trends", pairs, "", ""))
    return rows


def audits(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Audit Laplace noise: never above the claim, and half the noise is caught."""
    found = {}
    for name, scale in (("as claimed", 1.0), ("half the noise", 0.5)):
        bounds = [
            audit_epsilon(rng.laplace(0, scale, AUDIT_RUNS), rng.laplace(1, scale, AUDIT_RUNS))
            for _ in range(AUDITS)
        ]
        found[name] = max(bounds) if name == "as claimed" else min(bounds)
    return [
        figure(f"largest epsilon of {AUDITS} audits, claim 1", found["as claimed"], "", "<= 1"),
        figure(f"smallest of {AUDITS} with half the noise", found["half the noise"], "", "> 1"),
    ]


def figure(what: str, value: float, unit: str, target: str) -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit, "target": target, "peer": None}


def timed(action: Callable[[], Any], repeats: int = 3) -> float:
    """Return the CPU time of a call, the best of ``repeats``."""
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return float(best)
