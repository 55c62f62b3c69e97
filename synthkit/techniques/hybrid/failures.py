"""Three ways in which a hybrid goes wrong, each with its dial."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.tables import Schema
from synthkit.techniques.hybrid.constraints import Linear
from synthkit.techniques.hybrid.normal_core import NormalCore
from synthkit.techniques.hybrid.projection import LinearProjection
from synthkit.techniques.hybrid.ranks import QuantileMatch
from synthkit.techniques.hybrid.weights import density_ratio, effective_sample_size
from synthkit.trace import Trace, View, bars, line, points

ESS_ROWS = 20_000
LOOP_ROWS = 20
LOOP_GENERATIONS = 100
LOOP_CHAINS = 400  # the median of 400 chains is good to about 6 % of the spread of one
RING_ROWS = 2_000
EQUATION = {"radius": 1.0, "texture": 1.0, "sum": -1.0}


def _seed_of(rng: RandomState) -> int | None:
    return int(rng) if isinstance(rng, (int, np.integer)) else None


# --- weights that collapse --------------------------------------------------------------------


def effective_share(shift: float) -> float:
    """Return ESS/n of a core N(δ, 1) for a real N(0, 1): E[w]² / E[w²] = exp(−δ²)."""
    return math.exp(-(shift**2))


def _ess_collapse(value: DialValue, rng: RandomState) -> Trace:
    """Weights that turn a core ``value`` standard deviations away into the real column."""
    shift = float(value)
    trace = Trace(
        name="hybrid.ess_collapse",
        seed=_seed_of(rng),
        parameters={"shift": shift, "rows": ESS_ROWS},
        views=(
            View("column", "histogram", "Which rows of the core look real?", "x", "share of rows"),
            View(
                "weight", "lines", "How many rows carry the weight?",
                "share of the rows, heaviest first", "share of the weight", (0, 1), (0, 1),
            ),
        ),
    )  # fmt: skip
    x = as_generator(rng).normal(shift, 1.0, ESS_ROWS)  # (n,)
    weights = density_ratio(shift**2 / 2 - shift * x)  # the exact log ratio of two normals
    share = effective_sample_size(weights) / ESS_ROWS
    edges = np.linspace(-4, 8, 41)
    real = np.diff([0.5 * (1 + math.erf(e / math.sqrt(2))) for e in edges])
    carried = np.concatenate([[0.0], np.cumsum(np.sort(weights)[::-1])]) / weights.sum()
    rows = np.unique(np.geomspace(1, ESS_ROWS, 60).astype(int))
    marks = {
        "column": [
            bars(edges, np.histogram(x, edges)[0] / ESS_ROWS, role="synthetic", label="core"),
            bars(edges, real, role="real", label="real"),
        ],
        "weight": [
            line(np.r_[0, rows / ESS_ROWS], carried[np.r_[0, rows]], role="synthetic"),
            line([0, 1], [0, 1], role="truth", label="all rows alike"),
        ],
    }
    sentence = (
        f"With the core {shift:g} standard deviations away, {ESS_ROWS:,} rows are worth "
        f"{share * ESS_ROWS:,.0f}."
    )
    trace.append(0, marks, scalars={"ess_share": share}, sentence=sentence)
    return trace


# --- a refinement that breaks another's work ----------------------------------------------------


def _broken_constraint(value: DialValue, rng: RandomState) -> Trace:
    """Two columns and their sum: projection ``value`` the quantile match."""
    trace = Trace(
        name="hybrid.broken_constraint",
        seed=_seed_of(rng),
        parameters={"projection": str(value), "rows": RING_ROWS},
        views=(
            View(
                "sums", "scatter", "Does the sum still add up?",
                "radius + texture", "the column sum",
            ),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    cancer = load("breast_cancer")
    real = pd.DataFrame({"radius": cancer["radius"], "texture": cancer["texture"]})
    real["sum"] = real["radius"] + real["texture"]
    table = NormalCore().fit(real).sample(RING_ROWS, rng=generator)
    match, projection = QuantileMatch(), LinearProjection(equations=[EQUATION])
    order = (projection, match) if value == "before" else (match, projection)
    for step in order:
        step.fit(real, table, Schema.infer(real), generator)
        table = step.apply(table, generator)
    equation = Linear(EQUATION)
    share = float(equation.broken(table).mean())
    off = float(np.abs(equation.residual(table)).mean())
    parts = (table["radius"] + table["texture"]).to_numpy()
    role = "broken" if share > 0.01 else "healed"
    ends = [float(parts.min()), float(parts.max())]
    marks = [
        points(parts[:500], table["sum"].to_numpy()[:500], role=role, label="rows"),
        line(ends, ends, role="truth", label="adds up"),
    ]
    sentence = (
        f"With the projection {value} the quantile match, the sum is wrong in {share:.0%} of the "
        f"rows, by {off:.2f} on average."
    )
    trace.append(0, {"sums": marks}, scalars={"broken_share": share, "off": off}, sentence=sentence)
    return trace


# --- a loop that feeds on itself ------------------------------------------------------------------


def self_consuming_variances(
    rows: int, generations: int, fresh_share: float, chains: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the variance (generations + 1, chains) of a normal refitted on its own samples.

    Each generation fits mean and (unbiased) variance to ``rows`` rows, of which a share
    ``fresh_share`` is drawn from the real N(0, 1) and the rest from the last generation's fit.
    A variance estimated from n rows is off by the factor χ²_{n−1}/(n − 1): its logarithm falls
    by about 1/n a generation, so that the median is e^{−t/n}.
    """
    fresh = round(fresh_share * rows)
    mean, sd = np.zeros(chains), np.ones(chains)
    variances = np.ones((generations + 1, chains))
    for t in range(1, generations + 1):
        x = rng.standard_normal((rows, chains))
        x[fresh:] = mean + sd * x[fresh:]
        mean, sd = x.mean(axis=0), x.std(axis=0, ddof=1)
        variances[t] = sd**2
    return variances


def _self_consumption(value: DialValue, rng: RandomState) -> Trace:
    """Refit a normal a hundred times on 20 rows, a share ``value`` of them fresh."""
    fresh = float(value)
    trace = Trace(
        name="hybrid.self_consumption",
        seed=_seed_of(rng),
        parameters={"fresh_share": fresh, "rows": LOOP_ROWS, "chains": LOOP_CHAINS},
        views=(
            View(
                "variance", "lines", "What is left of the variance?", "generation",
                "variance ÷ real variance", (0, LOOP_GENERATIONS), (1e-4, 10), y_scale="log",
            ),
        ),
    )  # fmt: skip
    found = self_consuming_variances(
        LOOP_ROWS, LOOP_GENERATIONS, fresh, LOOP_CHAINS, as_generator(rng)
    )
    low, middle, high = np.clip(np.quantile(found, (0.25, 0.5, 0.75), axis=1), 1e-4, 10)
    t = np.arange(LOOP_GENERATIONS + 1)
    theory = line(t, np.exp(-t / LOOP_ROWS), role="truth", label="no fresh rows: e^(−t/n)")
    for end in range(10, LOOP_GENERATIONS + 1, 10):
        now = slice(0, end + 1)
        role = "broken" if middle[end] < 0.5 else "healed"
        curve = line(
            t[now], middle[now], role=role, label="median of the chains",
            band=(low[now], high[now]),
        )  # fmt: skip
        sentence = (
            f"After {end} generations with {fresh:.0%} fresh rows, the median variance is "
            f"{np.median(found[end]):.3f} of the real one."
        )
        trace.append(
            end, {"variance": [theory, curve]},
            scalars={"variance": float(np.median(found[end]))}, sentence=sentence,
        )  # fmt: skip
    return trace


FAILURES = (
    Failure(
        name="hybrid.ess_collapse",
        title="A few rows carry all the weight",
        story="Weights can only choose among the rows that the core makes. Where the core and the "
        "real table hardly overlap, a handful of rows gets nearly all the weight: a table of "
        "thousands is worth a few, and every figure computed from it is noise.",
        dial=Dial("shift", "distance of the core (standard deviations)", (0, 0.5, 1, 2, 3), 1),
        run=_ess_collapse,
        indicator=lambda trace: trace.last("ess_share"),
        indicator_label="effective sample size ÷ rows",
        threshold=0.1,
        broken_when="below",
        broken_at=3,
        repair=Repair(0.5, "Improve the core until it covers the real table; then weigh."),
    ),
    Failure(
        name="hybrid.broken_constraint",
        title="One refinement undoes another",
        story="A projection makes every sum add up. A quantile match behind it gives each column "
        "its real distribution, one by one, and no sum is right any more. Each step has kept its "
        "promise; the table breaks it.",
        dial=Dial("projection", "projection … the quantile match", ("before", "behind"), "behind"),
        run=_broken_constraint,
        indicator=lambda trace: trace.last("broken_share"),
        indicator_label="share of rows in which the sum is wrong",
        threshold=0.01,
        broken_when="above",
        broken_at="before",
        repair=Repair("behind", "Project last, and check every constraint again at the end."),
    ),
    Failure(
        name="hybrid.self_consumption",
        title="A model fed on its own output loses its variance",
        story="Train on the last model's rows, sample, train again. Each fit loses a little of the "
        "spread, and nothing brings it back: rare cases go first, then everything becomes alike.",
        dial=Dial("fresh_share", "fresh real rows (share)", (0.0, 0.05, 0.1, 0.25, 0.5), 0.1),
        run=_self_consumption,
        indicator=lambda trace: trace.last("variance"),
        indicator_label="median variance after 100 generations ÷ real variance",
        threshold=0.5,
        broken_when="below",
        broken_at=0.0,
        repair=Repair(0.1, "A tenth of fresh real rows in each generation pulls the spread back."),
    ),
)
