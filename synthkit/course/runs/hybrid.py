"""Lesson 11: a core refined step by step, the scorecard after each, and the look inside."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from synthkit.base import Synthesizer
from synthkit.course.inside import Inside, Panel, Term
from synthkit.course.recorded import one
from synthkit.datasets import load
from synthkit.measure.fidelity import classifier_two_sample_test
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.hybrid import (
    Hybrid,
    LinearProjection,
    NormalCore,
    ParetoTails,
    QuantileMatch,
)
from synthkit.techniques.monte_carlo import MonteCarlo
from synthkit.techniques.trees import Trees
from synthkit.trace import Trace, View, bars, line, points

#: Positions of the one knob: what draws the rows before they are refined.
LIVE_CORES = ("plain normal", "Gaussian copula", "trees")
#: Networks learn for a while: these runs were recorded (``python -m synthkit.course.recorded``).
TAPES = {"autoencoder (recorded)": "hybrid_vae", "GAN (recorded)": "hybrid_gan"}
CORES = (*LIVE_CORES, *TAPES)
COLUMN = "area"
#: Rows of each stage; enough to see the tail, few enough for a judge that answers at once.
ROWS = 4_000
QUANTILES = np.linspace(0.005, 0.995, 60)


def tumours() -> pd.DataFrame:
    """Return the ten measured columns of the tumours."""
    return load("breast_cancer").iloc[:, :10]


def make_core(name: str) -> Synthesizer:
    """Return the core of a knob position."""
    made: dict[str, Synthesizer] = {
        "plain normal": NormalCore(), "Gaussian copula": MonteCarlo(), "trees": Trees(),
    }  # fmt: skip
    if name in made:
        return made[name]
    from synthkit.techniques.gan import GAN  # torch: only to record
    from synthkit.techniques.vae import VAE

    return VAE() if name.startswith("autoencoder") else GAN()


def refined(core: str, seed: RandomState) -> Hybrid:
    """Return the fitted hybrid of the lesson: quantile match, then Pareto tails."""
    hybrid = Hybrid(core=make_core(core), refine=(QuantileMatch(), ParetoTails()))
    return hybrid.fit(tumours(), rng=seed)


def figures_of(real: pd.DataFrame, fake: pd.DataFrame, before: pd.DataFrame) -> dict[str, float]:
    """Return the figures of a stage; ``before`` are the core's rows in the same order."""
    ranks = [stats.spearmanr(table).statistic for table in (before, fake)]
    beyond = [float((fake[c] > real[c].quantile(0.99)).mean()) for c in real]
    return {
        "judge": classifier_two_sample_test(real, fake.head(len(real)), rng=0, trees=50).auc,
        "impossible": float((fake < 0).any(axis=1).mean()),
        "tail": float(np.mean(beyond)),
        "beyond_max": float((fake.max() > real.max()).mean()),
        "rank_change": float(np.abs(ranks[0] - ranks[1]).max()),
    }


def refine_trace(rng: RandomState, core: str = CORES[0]) -> Trace:
    """Refine one core step by step: before and after as histogram and QQ plot."""
    return one(TAPES[core]) if core in TAPES else refine_now(rng, core)


def refine_now(rng: RandomState, core: str) -> Trace:
    """Refine one core, whatever it takes."""
    trace = Trace(
        "hybrid.refine",
        seed=rng,
        parameters={"core": str(core), "rows": ROWS, "column": COLUMN},
        views=(
            View(
                "column", "histogram", "Does the column look like the real one?",
                "area of the tumour, mm²", "share of rows", (-800, 4000),
            ),
            View(
                "qq", "scatter", "Which quantiles miss, before and after?",
                "real quantile, mm²", "synthetic quantile, mm²", (-800, 4000), (-800, 4000),
            ),
        ),
        code="from synthkit.techniques.hybrid import *\n"
        "hybrid = Hybrid(core=NormalCore(), refine=(QuantileMatch(), ParetoTails()))\n"
        "stages = hybrid.fit(real, rng=0).stages(4000, rng=1)",
    )  # fmt: skip
    generator = as_generator(rng)
    real = tumours()
    stages = refined(str(core), generator).stages(ROWS, rng=generator)
    edges = np.linspace(-800, 4000, 49)
    wanted = np.quantile(real[COLUMN], QUANTILES)
    before = np.quantile(stages["core"][COLUMN], QUANTILES)
    for step, (name, fake) in enumerate(stages.items()):
        f = figures_of(real, fake, stages["core"])
        found = np.quantile(fake[COLUMN], QUANTILES)
        trace.append(
            step,
            {
                "column": [
                    bars(edges, np.histogram(real[COLUMN], edges)[0] / len(real), role="real",
                         label="real"),
                    bars(edges, np.histogram(fake[COLUMN], edges)[0] / len(fake),
                         role="synthetic", label="synthetic"),
                ],
                "qq": [
                    *([points(wanted, before, role="noise", label="before")] if step else []),
                    points(wanted, found, role="synthetic", label="after" if step else "core"),
                    line([-800, 4000], [-800, 4000], role="truth", label="the same"),
                ],
            },
            scalars=f,
            sentence=f"{said(name, str(core))}: a judge tells the rows apart with an area of "
            f"{f['judge']:.2f}; {f['impossible']:.0%} of the rows hold an impossible negative; "
            f"the largest change of a rank correlation is {f['rank_change']:.4f}.",
        )  # fmt: skip
    return trace


def said(stage: str, core: str) -> str:
    """Return a stage in words."""
    words = {"1. QuantileMatch": "After the quantile match", "2. ParetoTails": "With Pareto tails"}
    return words.get(stage, f"The {core} core alone")


def stage_table(seed: int, core: str = CORES[0]) -> pd.DataFrame:
    """Return the figures of each stage, as the trace measured them."""
    trace = refine_trace(seed, core)
    columns = {
        "judge's area": "judge", "impossible rows": "impossible", "beyond the real 99 %": "tail",
        "columns beyond the real maximum": "beyond_max", "change of rank correlations":
        "rank_change",
    }  # fmt: skip
    index = ["core", "+ quantile match", "+ Pareto tails"]
    return pd.DataFrame({k: trace.scalars(v) for k, v in columns.items()}, index=index)


def order_report() -> pd.DataFrame:
    """Return which constraint is broken behind which step, with the projection last."""
    real = tumours()[["radius", "texture"]]
    real = real.assign(sum=real["radius"] + real["texture"])
    equation = {"radius": 1.0, "texture": 1.0, "sum": -1.0}
    steps = (QuantileMatch(), LinearProjection(equations=[equation]))
    return Hybrid(core=NormalCore(), refine=steps).fit(real, rng=0).report()


#: The look inside the quantile match and the projection.
HYBRID_INSIDE = Inside(
    terms=(
        Term("u", "the rank of each value, between 0 and 1.", (r"\bu\b",)),
        Term("Q", "the real column, sorted: its value at a rank is read off.", (r"\bordered\b",)),
        Term("x", "the rows as they come from the core.", (r"\bx\b",)),
        Term("A", "the weights of each equation.", (r"\bA\b",)),
        Term("b", "what each equation must add up to.", (r"\bb\b",)),
    ),
    equations=(
        "x′  =  ‹Q›( ‹u› )",
        "x′  =  ‹x› − ‹A›ᵀ ( ‹A› ‹A›ᵀ )⁻¹ ( ‹A› ‹x› − ‹b› )",
    ),
)


def inside_picture(seed: int) -> tuple[Panel, ...]:
    """Walk a hundred core rows through both formulas."""
    real = tumours()
    rng = np.random.default_rng(seed)
    fake = NormalCore().fit(real).sample(100, rng=rng)
    x = np.sort(fake["area"].to_numpy())
    u = (np.arange(100) + 0.5) / 100
    target = np.quantile(real["area"], u)
    xy = rng.normal(0, 1, (100, 2))
    moved = xy - (xy.sum(axis=1, keepdims=True) - 1) / 2
    return (
        Panel("areas from the core, and their ranks", np.column_stack([x, u]), ("x", "u"),
              role="synthetic"),
        Panel("the real areas of these ranks", np.column_stack([target, u]), ("Q", "u")),
        Panel("rows moved onto first + second = 1", moved, ("A", "b")),
    )  # fmt: skip
