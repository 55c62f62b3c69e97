"""Lesson 02: replicates that pile up, four intervals of one figure, and the look inside BCa."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.course.inside import Inside, Panel, Term
from synthkit.rng import RandomState, seed_sequence
from synthkit.techniques.bootstrap import bootstrap_interval
from synthkit.trace import Trace, View, bars, line

Floats = NDArray[np.float64]

MEAN_WAIT = 10.0  # minutes between two calls: the truth that the lesson's samples try to find
#: Positions of the one knob: rows of data, each four times the one before.
ROWS = (25, 100, 400, 1600)
#: How the prediction's two cures are measured: so many times the rows, or the replicates.
TIMES = ROWS[2] // ROWS[0]
FEW_REPLICATES = 500
REPLICATES = 10_000
FRAMES = 40
LEVEL = 0.95

# Efron & Tibshirani (1993), table 3.1: 15 American law schools, their entering students' mean
# score in the national test and mean grade.
LAW_SCHOOLS = pd.DataFrame(
    {
        "test_score": [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594],
        "grade": [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76,
                  2.88, 2.96],
    }
)  # fmt: skip


def waiting_times(rows: int, rng: RandomState) -> Floats:
    """Return minutes between calls (rows,); the same seed gives more of the same sample."""
    return np.random.default_rng(seed_sequence(rng)).exponential(MEAN_WAIT, size=rows)


def expected_width(rows: int) -> float:
    """Return the width of a normal 95 % interval of the mean, minutes: 2 · 1.96 · sd / √n."""
    return 2 * 1.96 * MEAN_WAIT / float(np.sqrt(rows))  # an exponential's sd is its mean


def pile_trace(rng: RandomState, rows: int = ROWS[0]) -> Trace:
    """Pile up replicates of the mean of ``rows`` waiting times, and watch the interval.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    rows : int
        Of data; the replicates have as many.
    """
    rows = int(rows)
    trace = Trace(
        "bootstrap.pile",
        seed=rng,
        parameters={"rows": rows, "mean_wait_min": MEAN_WAIT},
        views=(
            View(
                "pile", "histogram", "Where do the means of the new samples fall?",
                "mean wait, minutes", "new samples", (4.0, 18.0),
            ),
            View(
                "width", "lines", "What makes the interval narrower?",
                "replicates so far", "width, minutes", (10.0, float(REPLICATES)),
                (0.5, 12.0), x_scale="log", y_scale="log",
            ),
        ),
        code="from synthkit.techniques.bootstrap import bootstrap_interval\n"
        "bootstrap_interval(waits, 'mean', method='percentile', rng=0)",
    )  # fmt: skip
    root = seed_sequence(rng)
    sample = waiting_times(rows, int(root.generate_state(1)[0]))
    replicates = bootstrap_interval(
        sample, "mean", method="percentile", replicates=REPLICATES,
        rng=int(root.generate_state(2)[1]),
    ).distribution  # fmt: skip
    edges = np.linspace(4.0, 18.0, 71)
    laws = [
        line([10, REPLICATES], [expected_width(n)] * 2, label=f"{n:,} rows",
             role="truth" if n == rows else "noise")
        for n in ROWS
    ]  # fmt: skip
    # Squares: quick enough to reach the end, slow enough to see the first replicates fall.
    counts = np.unique((np.linspace(10**0.5, REPLICATES**0.5, FRAMES) ** 2).round().astype(int))
    widths: list[float] = []
    for count in counts:
        low, high = np.quantile(replicates[:count], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        widths.append(float(high - low))
        heights = np.histogram(replicates[:count], edges)[0]
        top = max(float(heights.max()), 1.0)
        trace.append(
            int(count),
            {
                "pile": [
                    bars(edges, heights, role="synthetic", label="means of new samples"),
                    line([low, low, np.nan, high, high], [0, top, np.nan, 0, top],
                         role="synthetic", label="95 % interval"),
                    line([sample.mean()] * 2, [0, top], role="real", label="mean of the data"),
                    line([MEAN_WAIT] * 2, [0, top], role="truth", label="the truth"),
                ],
                "width": [*laws, line(counts[: len(widths)], widths, label="this interval")],
            },
            scalars={"width": widths[-1], "low": float(low), "high": float(high)},
            sentence=f"{count:,} replicates of {rows:,} rows: the interval goes from {low:.1f} to "
            f"{high:.1f} minutes, {high - low:.2f} wide.",
        )  # fmt: skip
    return trace


def widths_table(seed: int, replicates: tuple[int, ...] = (500, 8_000)) -> pd.DataFrame:
    """Return the width of the interval, minutes, for each number of rows and of replicates."""
    root = seed_sequence(seed)
    data_seed = int(root.generate_state(1)[0])
    table = pd.DataFrame(index=pd.Index(ROWS, name="rows"))
    for count in replicates:
        table[f"{count:,} replicates"] = [
            bootstrap_interval(
                waiting_times(n, data_seed), method="percentile", replicates=count, rng=seed
            ).width
            for n in ROWS
        ]
    return table


def four_intervals(seed: int) -> pd.DataFrame:
    """Return the law schools' correlation with the 95 % interval of each method."""
    rows = {}
    for method in ("percentile", "basic", "bca", "studentized"):
        found = bootstrap_interval(LAW_SCHOOLS.to_numpy(), "correlation", method=method, rng=seed)
        rows[method] = {"from": found.low, "to": found.high}
    return pd.DataFrame(rows).T


#: The look inside BCa: its equations, and where each symbol stands in the source.
BCA_INSIDE = Inside(
    terms=(
        Term("θ*", "the replicates: the figure of each new sample.", (r"\breplicates\b",)),
        Term("θ̂", "the estimate: the figure of the data at hand.", (r"\bestimate\b",)),
        Term("z₀", "the bias: how far the middle of the replicates lies from the estimate.",
             (r"\bz0\b",)),
        Term("d", "the figure without one row, for each row, against their mean.", (r"\bd\b",)),
        Term("a", "the skew: how much more the figure errs to one side than to the other.",
             (r"\ba\b",)),
        Term("α", "the share of truths that may fall outside, half of it on each side.",
             (r"\balpha\b",)),
    ),
    equations=(
        "‹z₀›  =  Φ⁻¹( share of ‹θ*› below ‹θ̂› )",
        "‹a›  =  Σ ‹d›³  ∕  6 ( Σ ‹d›² )^(3∕2)",
        "level  =  Φ( ‹z₀› + z ∕ (1 − ‹a› z) ) ,     z = ‹z₀› ± Φ⁻¹( 1 − ‹α›∕2 )",
    ),
)  # fmt: skip


def bca_picture(seed: int) -> tuple[Panel, ...]:
    """Walk the law schools through BCa: the rows, the replicates, the figures without one row."""
    data = LAW_SCHOOLS.to_numpy()
    found = bootstrap_interval(data, "correlation", replicates=400, rng=seed)
    ordered = np.sort(found.distribution)
    share = (np.arange(ordered.size) + 0.5) / ordered.size
    left_out = np.array([np.corrcoef(np.delete(data, i, axis=0).T)[0, 1] for i in range(len(data))])
    away = left_out.mean() - left_out
    return (
        Panel("15 schools: test score, grade", data, ("θ̂",)),
        Panel("400 replicates, and the share below", np.column_stack([ordered, share]),
              ("θ*", "z₀", "α"), role="synthetic"),
        Panel("the test score left out, and its d", np.column_stack([data[:, 0], away]),
              ("d", "a")),
    )  # fmt: skip
