"""Lesson 01: π by darts and how its error shrinks, and the look inside the copula."""

from __future__ import annotations

import numpy as np
from scipy import stats

from synthkit.course.inside import Inside, Panel, Term
from synthkit.datasets import load
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.monte_carlo_estimates import darts, pi_error, pi_from_darts
from synthkit.trace import Trace, View, line, points

#: Where the learner's line has its points: each four times the one before.
DART_COUNTS = (100, 400, 1600, 6400)
# One run's error jumps about; the root mean square over so many runs is good to 5 % (1/√(2·200)).
REPEATS = 200
SHOWN = 500  # darts in the picture: more would be a grey square


def darts_trace(rng: RandomState, points_from: str = "random") -> Trace:
    """Throw darts at a quarter circle, again and again, and record estimate and error.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    points_from : 'random' or 'even'
        Independent darts, or scrambled Sobol points, which keep their distance.
    """
    trace = Trace(
        "monte_carlo.darts",
        seed=rng,
        parameters={"points_from": points_from, "runs": REPEATS},
        views=(
            View(
                "darts", "scatter", "Which share of the darts falls inside the circle?",
                "x", "y", (0.0, 1.0), (0.0, 1.0),
            ),
            View(
                "error", "lines", "How fast does the error of π shrink?",
                "darts", "typical error of π", (10.0, 8000.0), (0.001, 1.0),
                x_scale="log", y_scale="log",
            ),
        ),
        code="from synthkit.techniques.monte_carlo_estimates import darts, pi_from_darts\n"
        "pi_from_darts(darts(6400, 1))",
    )  # fmt: skip
    generator = as_generator(rng)
    even = points_from == "even"
    runs = [darts(DART_COUNTS[-1], generator, sobol=even) for _ in range(REPEATS)]
    inside = np.array([(run**2).sum(axis=1) < 1 for run in runs])  # (repeats, darts)
    estimates = 4 * inside.cumsum(axis=1) / np.arange(1, inside.shape[1] + 1)
    typical = np.sqrt(((estimates - np.pi) ** 2).mean(axis=0))  # (darts,): RMSE over the runs
    spread = np.geomspace(10, DART_COUNTS[-1], 46).round().astype(int)
    counts = np.unique([*spread, *DART_COUNTS])
    arc = np.linspace(0, np.pi / 2, 60)
    circle = line(np.cos(arc), np.sin(arc), role="truth", label="circle")
    theory = line(counts, pi_error(counts), role="truth", label="1.64 ÷ √n")
    for i, n in enumerate(counts, 1):
        shown = runs[0][: min(n, SHOWN)]
        hit = (shown**2).sum(axis=1) < 1
        trace.append(
            int(n),
            {
                "darts": [
                    points(*shown[hit].T, role="synthetic", label="inside"),
                    points(*shown[~hit].T, role="noise", label="outside"),
                    circle,
                ],
                "error": [
                    line(counts[:i], typical[counts[:i] - 1], role="synthetic", label="error"),
                    theory,
                ],
            },
            scalars={"estimate": pi_from_darts(runs[0][:n]), "error": float(typical[n - 1])},
            sentence=f"After {n:,} darts π ≈ {estimates[0, n - 1]:.3f}; "
            f"the typical error is {typical[n - 1]:.3f}.",
        )
    return trace


#: The look inside the copula: its equations, and where each symbol stands in the source.
COPULA_INSIDE = Inside(
    terms=(
        Term("R", "the correlation of the normal scores: all that is kept of how columns "
             "hang together.", (r"\bself\.correlation_", r"\bcorrelation\b")),
        Term("L", "the Cholesky factor of R: it gives independent draws the correlations R.",
             (r"np\.linalg\.cholesky",)),
        Term("ε", "independent standard normals: the only chance in the whole method.",
             (r"\bnoise\b",)),
        Term("ν", "the degrees of freedom of the t copula; the Gaussian one has infinitely many.",
             (r"\bself\.dof_",)),
        Term("W", "a chi-square draw that all columns of a row share: it makes joint outliers.",
             (r"\bchi2\b",)),
        Term("z", "normal scores: each value's rank, as the value of a bell curve with that rank.",
             (r"\bscores\b", r"\bz\b")),
    ),
    equations=(
        "‹R›ⱼₖ  =  Σ ‹z›ⱼ ‹z›ₖ  ∕  √( Σ ‹z›ⱼ² · Σ ‹z›ₖ² )",
        "‹z›  =  ‹L› ‹ε› ,     ‹L› ‹L›ᵀ = ‹R›",
        "x  =  ‹z› √( ‹ν› ∕ ‹W› )",
    ),
)  # fmt: skip


def copula_picture(rng: RandomState, rows: int = 150) -> tuple[Panel, ...]:
    """Walk two columns of breast_cancer through a Gaussian copula; a panel for each step."""
    generator = as_generator(rng)
    table = load("breast_cancer")[["radius", "concavity"]].to_numpy()
    table = table[generator.choice(len(table), rows, replace=False)]
    z = stats.norm.ppf((stats.rankdata(table, axis=0) - 0.5) / rows)
    noise = generator.standard_normal((rows, 2))
    new = noise @ np.linalg.cholesky(np.corrcoef(z, rowvar=False)).T
    ranks = stats.norm.cdf(new)
    made = np.column_stack([np.quantile(table[:, j], ranks[:, j]) for j in (0, 1)])
    return (
        Panel("real values", table, ("X",)),
        Panel("their scores z, correlation R", z, ("z", "R")),
        Panel("pure chance ε", noise, ("ε",), role="synthetic"),
        Panel("new scores L ε", new, ("z", "L", "R"), role="synthetic"),
        Panel("new values", made, ("X",), role="synthetic"),
    )
