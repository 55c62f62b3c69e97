"""Lesson 12: three tables of one town, their scorecards axis by axis, and the look inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.course.inside import Inside, Panel, Term
from synthkit.course.runs.gallery import GALLERY, town
from synthkit.datasets import load
from synthkit.measure.aligned import align
from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.attack import Attack
from synthkit.measure.card import Scorecard
from synthkit.measure.fidelity import column_shapes, level_shares, pair_trends
from synthkit.measure.privacy import membership_inference
from synthkit.measure.scorecard import scorecard
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.bootstrap import Bootstrap
from synthkit.techniques.bootstrap.failures import fails, quality_score
from synthkit.techniques.monte_carlo import MonteCarlo
from synthkit.trace import Mark, Trace, View, bars, line, points

Floats = NDArray[np.float64]

#: People of the town in the real table; as many are held out, and as many are in each table.
ROWS = 1_000
#: The three tables of the prediction, and how each was made.
TABLES = {"A": "bootstrap", "B": "shuffle", "C": "copula"}
#: What the axes are called in the picture, and the figure of the scorecard behind each.
AXES = {
    "columns": "column_shapes",
    "pairs": "pair_trends",
    "coverage": "coverage",
    "tails": "tail_coverage",
    "classifier": "c2st_auc",
    "models": "tstr",
    "no copies": "near_copies",
    "attack fails": "membership_density",
}
SAID = {
    "columns": "each column by itself",
    "pairs": "the pairs of columns",
    "coverage": "real neighbourhoods with a synthetic row",
    "tails": "mass in the tails",
    "classifier": "how little a classifier can tell the rows from real ones",
    "models": "a model trained on it, tested on held-out people",
    "no copies": "real rows without a near copy (beyond those of held-out people)",
    "attack fails": "how little membership inference can tell members from others",
}
PRIVACY = ("no copies", "attack fails")
SHOWN = 400  # rows in the cloud: more would be one grey patch


@dataclass(frozen=True)
class Case:
    """A table, the real rows behind it, the held-out ones, and its scorecard."""

    real: pd.DataFrame
    fake: pd.DataFrame
    holdout: pd.DataFrame
    card: Scorecard


@lru_cache(maxsize=4)
def people(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the town's real table and as many held-out people."""
    rng = np.random.default_rng([seed, 0])
    return town(ROWS, rng), town(ROWS, rng)


@lru_cache(maxsize=32)
def made(name: str, seed: int) -> pd.DataFrame:
    """Return one synthetic table of the town: 'copula', or one of the gallery's cheats."""
    rng = np.random.default_rng([seed, 1])
    real, _ = people(seed)
    if name == "copula":
        return MonteCarlo().fit(real, rng=rng).sample(ROWS, rng=rng)
    return GALLERY[name].make(real, rng).reset_index(drop=True)


@lru_cache(maxsize=32)
def judged(name: str, seed: int) -> Case:
    """Return a table's case; the same name and seed are judged once (about two seconds)."""
    real, holdout = people(seed)
    fake = made(name, seed)
    card = scorecard(real, fake, holdout, "owner", "region", rng=seed, mode="quick")
    return Case(real, fake, holdout, card)


def brochure(seed: int) -> pd.DataFrame:
    """Return what the vendors of the three tables print: the usual scores, and nothing else."""
    real, _ = people(seed)
    rows = {}
    for table, name in TABLES.items():
        fake = made(name, seed)
        rows[f"table {table}"] = {
            "quality score": quality_score(real, fake),
            "columns": column_shapes(real, fake)["score"].mean(),
            "pairs": pair_trends(real, fake)["score"].mean(),
        }
    return pd.DataFrame(rows).T


# --- axis by axis -----------------------------------------------------------------------------


def one_is_best(axis: str, value: float) -> float:
    """Turn a figure into 0 … 1, where 1 is best: areas are counted from one half."""
    if axis == "classifier":
        return 1 - 2 * abs(value - 0.5)
    return value


def scores(case: Case) -> dict[str, float]:
    """Return all axes of a case, 1 is best."""
    card = case.card
    looks = [axis for axis in AXES if axis not in PRIVACY]
    found = {axis: one_is_best(axis, card[AXES[axis]].value) for axis in looks}
    return {**found, **privacy_scores({a.name: a for a in card.attacks})}


def privacy_scores(attacks: dict[str, Attack]) -> dict[str, float]:
    """Return both privacy axes: no copies beyond chance, and how far the attack fails."""
    copies, density = (attacks[AXES[axis]].figure for axis in PRIVACY)
    assert copies is not None
    assert density is not None
    return {"no copies": 1 - max(copies.value, 0.0), "attack fails": fails(density.value)}


@lru_cache(maxsize=4)
def anchor_scores(seed: int) -> dict[str, dict[str, float]]:
    """Return the axes of fresh real rows, of a verbatim bootstrap and of an independent shuffle.

    An attack finds nothing on people who are in no table: that is what fresh rows are.
    """
    card = judged(TABLES["C"], seed).card
    found = {
        anchor: {
            axis: one_is_best(axis, card[figure].anchors[anchor])
            for axis, figure in AXES.items()
            if axis not in PRIVACY
        }
        for anchor in (FRESH, BOOTSTRAP, SHUFFLE)
    }
    real, holdout = people(seed)
    for anchor, name in ((BOOTSTRAP, "bootstrap"), (SHUFFLE, "shuffle")):
        attacks = membership_inference(real, made(name, seed), holdout, rng=seed)
        found[anchor] |= privacy_scores(attacks)
    found[FRESH] |= dict.fromkeys(PRIVACY, 1.0)
    return found


def _band_marks(card: Scorecard, axes: list[str]) -> list[Mark]:
    """Return the noise band of each axis that has one: where fresh rows fall by luck."""
    marks: list[Mark] = []
    for i, axis in enumerate(AXES):
        if axis not in axes or axis in PRIVACY:
            continue
        ends = [one_is_best(axis, edge) for edge in card[AXES[axis]].band]
        low, high = (min(ends), 1.0) if axis == "classifier" else (min(ends), max(ends))
        if not np.isfinite([low, high]).all():
            continue
        x, label = [i + 0.04, i + 0.96], "" if marks else "noise band"
        middle = [(low + high) / 2] * 2
        marks.append(line(x, middle, role="noise", label=label, band=([low] * 2, [high] * 2)))
    return marks


def scorecard_trace(rng: RandomState, table: str = "A") -> Trace:
    """Build up a table's scorecard, one axis a step, and end with the verdict.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    table : str
        One of :data:`TABLES`, or a name of the gallery.
    """
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    case = judged(TABLES.get(table, table), seed)
    trace = Trace(
        "judging.scorecard",
        seed=seed,
        parameters={"table": table},
        views=(
            View("axes", "histogram", "How does it do, axis by axis?", "", "1 is best", None,
                 (0.0, 1.08)),
            View("cloud", "scatter", "Do its rows look real?", "age, years",
                 "income, euros a year", (15, 98), (300, 1_000_000), y_scale="log"),
        ),
        code="from synthkit.course.runs.judging import judged\n"
        f"judged({TABLES.get(table, table)!r}, {seed}).card",
    )  # fmt: skip
    own, beside = scores(case), anchor_scores(seed)
    names = list(AXES)
    cloud = [
        points(frame["age"][:SHOWN], frame["income"][:SHOWN].clip(300), role=role, label=label)
        for frame, role, label in ((case.real, "real", "real"), (case.fake, "synthetic", "made"))
    ]
    for count, axis in enumerate(names, start=1):
        shown = names[:count]
        x = np.arange(count) + 0.5
        marks = [
            bars(names, [own[n] if n in shown else np.nan for n in names], role="synthetic",
                 label=f"table {table}" if table in TABLES else table),
            *_band_marks(case.card, shown),
            *(
                points(x, [beside[anchor][n] for n in shown], role=role, label=anchor)
                for anchor, role in ((FRESH, "holdout"), (BOOTSTRAP, "real"), (SHUFFLE, "truth"))
            ),
        ]  # fmt: skip
        sentence = f"{SAID[axis]}: {own[axis]:.2f}; fresh real rows have {beside[FRESH][axis]:.2f}."
        if count == len(names):
            verdict = case.card.verdict
            reason = verdict.reasons[0]
            sentence += f" Verdict: {verdict.label}. {reason[0].upper()}{reason[1:]}."
        trace.append(
            count,
            {"axes": marks, "cloud": cloud},
            scalars={axis: own[axis]},
            sentence=sentence[0].upper() + sentence[1:],
        )
    return trace


# --- the gallery ------------------------------------------------------------------------------


def gallery_table(seed: int, names: tuple[str, ...] = tuple(GALLERY)) -> pd.DataFrame:
    """Return one line for each cheat: its usual score, the verdict, the figure that caught it."""
    real, holdout = people(seed)
    rows = {"fresh real rows": {"quality score": quality_score(real, holdout), "verdict": "",
                                "caught by": "", "what it is": "the held-out people"}}  # fmt: skip
    for name in names:
        case = judged(name, seed)
        verdict = case.card.verdict
        rows[name] = {
            "quality score": quality_score(real, case.fake),
            "verdict": verdict.label,
            "caught by": verdict.findings[0].figure if verdict.findings else "nothing",
            "what it is": GALLERY[name].says,
        }
    return pd.DataFrame(rows).T.astype({"quality score": float}).round(3)


def hidden_copies_card(jitter: float | str, seed: int) -> Scorecard:
    """Return the scorecard of the break's table: half of breast_cancer, resampled with jitter."""
    table = load("breast_cancer")
    halves = np.array_split(np.random.default_rng(seed).permutation(len(table)), 2)
    holdout, train = (table.iloc[half].reset_index(drop=True) for half in halves)
    if isinstance(jitter, str):
        synth = Bootstrap(kind="parametric")
    else:
        synth = Bootstrap(kind="smoothed", bandwidth=jitter)
    fake = synth.fit(train, rng=seed).sample(len(train), rng=seed)
    return scorecard(train, fake, holdout, rng=seed, mode="quick")


# --- the look inside --------------------------------------------------------------------------

#: The look inside the column shapes: equations, and where each symbol stands in the source.
SHAPES_INSIDE = Inside(
    terms=(
        Term("n", "how often each value occurs in a table; missing values count as one of their "
             "own.", (r"\bcounts\b",)),
        Term("p", "the share of each distinct value, real and synthetic.",
             (r"\bp_real\b", r"\bp_synthetic\b")),
        Term("F", "the cumulative share: how many rows lie at or below a value.",
             (r"\bnp\.cumsum\b",)),
        Term("D", "the largest gap: the Kolmogorov-Smirnov distance of a column of numbers.",
             (r"\bkolmogorov_smirnov\b", r"\.max\(\)")),
        Term("T", "the total variation: the mass that must move, for a category.",
             (r"\btotal_variation\b", r"\.sum\(\) / 2")),
    ),
    equations=(
        "‹p›(v)  =  ‹n›(v)  ∕  Σ ‹n› ,     ‹F›(x)  =  Σ ‹p›(v) over all v ≤ x",
        "‹D›  =  max | ‹F›ᵣ(x) − ‹F›ₛ(x) | ,     ‹T›  =  ½ Σ | ‹p›ᵣ(c) − ‹p›ₛ(c) |",
        "column shape  =  1 − ‹D›   or   1 − ‹T›",
    ),
)  # fmt: skip


def shapes_picture(seed: int, column: str = "income") -> tuple[Panel, ...]:
    """Walk one column of table C through the measure; x is the logarithm of the income."""
    case = judged(TABLES["C"], seed)
    tables = align({"real": case.real, "synthetic": case.fake})
    found = next(c for c in tables.columns if c.name == column)
    shares = [level_shares(found, k)[1:] for k in (0, 1)]  # no income is missing
    x = np.log10(np.maximum(found.values, 1.0))
    real, fake = (np.cumsum(p) for p in shares)
    some = np.unique(np.linspace(0, len(x) - 1, 300).astype(int))
    owner = next(c for c in tables.columns if c.name == "owner")
    levels = [level_shares(owner, k)[1:] for k in (0, 1)]

    def panel(title: str, y: Floats, symbols: tuple[str, ...], role: str) -> Panel:
        return Panel(title, np.column_stack([x[some], y[some]]), symbols, role=role)

    differ = np.column_stack([np.arange(len(levels[0])), np.abs(levels[0] - levels[1])])
    return (
        panel("F of the real incomes", real, ("n", "p", "F"), "real"),
        panel("F of the synthetic ones", fake, ("n", "p", "F"), "synthetic"),
        panel("their gap; D is its top", np.abs(real - fake), ("D",), "truth"),
        Panel("gaps of p for 'owner'; T is half their sum", differ, ("p", "T"), role="truth"),
    )
