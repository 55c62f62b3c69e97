"""Lesson 13: releases of one table, attacked in turn, and the people whom the attacks find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.course.inside import Inside, Panel, Term
from synthkit.course.runs.judging import made, people
from synthkit.datasets import load
from synthkit.measure.aligned import Aligned, align
from synthkit.measure.attack import Attack
from synthkit.measure.distances import nearest_distance
from synthkit.measure.guessing import guessing_attacks
from synthkit.measure.intervals import auc_interval
from synthkit.measure.privacy import aligned_keys, membership_inference, row_risk, row_scores
from synthkit.measure.verdict import alpha_of
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.bootstrap import Bootstrap
from synthkit.techniques.bootstrap.failures import quality_score
from synthkit.techniques.masking import Masker
from synthkit.techniques.monte_carlo import MonteCarlo
from synthkit.techniques.perturbation import Perturbation
from synthkit.techniques.trees import CLOSENESS, Trees
from synthkit.trace import Trace, View, bars, grid, line, points

Floats = NDArray[np.float64]

#: Real rows in a leaf of the trees, from the careful end to the careless one.
LEAVES = (50, 20, 10, 5, 2, 1)
#: Positions of the prediction's points, after one for rows that were made from nobody.
ASKED = (50, 10, 5, 2, 1)
ATTACKS = {"density ratio": "membership_density", "nearest row": "membership_nearest"}
FOUND_FIRST = 40  # members marked at the end: about one in seven
ROUNDS = 3  # tables made at each setting: one alone has a standard error of .024


@dataclass(frozen=True)
class Release:
    """A way to publish the table, and the lesson that it comes from."""

    lesson: str
    make: Callable[[], Any]


RELEASES: dict[str, Release] = {
    "drawn again": Release("02", Bootstrap),
    "masked": Release("03", lambda: Masker(k=5)),
    "noise 0.1": Release("04", lambda: Perturbation(method="additive", noise_ratio=0.1)),
    "Kim's noise": Release("04", lambda: Perturbation(method="kim", noise_ratio=1.0)),
    "5 averaged": Release("04", lambda: Perturbation(method="microaggregation", group_size=5)),
    "trees, 1": Release("12", lambda: Trees(min_samples_leaf=1)),
    "trees, 20": Release("12", lambda: Trees(min_samples_leaf=20)),
    "copula": Release("01", MonteCarlo),
}  # fmt: skip
#: The attacks of the leaderboard: what they are called there, and in the library.
BOARD = {
    "copies": "exact_copies",
    "membership": "membership_density",
    "its outliers": "membership_density_outliers",
    "singling out": "singling_out_multivariate",
    "linkage": "linkability",
    "inference": "attribute_inference",
}


@lru_cache(maxsize=8)
def patients(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the members, whose rows are behind each release, and as many controls."""
    table = load("breast_cancer")
    order = np.random.default_rng([seed, 13]).permutation(len(table))
    controls, members = (
        table.iloc[half].reset_index(drop=True) for half in np.array_split(order, 2)
    )
    return members, controls


def release(technique: Any, members: pd.DataFrame, rng: RandomState) -> pd.DataFrame:
    """Return what a technique publishes of the members: as many rows as there are."""
    generator = as_generator(rng)
    table: pd.DataFrame = technique.fit(members, rng=generator).sample(len(members), rng=generator)
    return table


def figure(attack: Attack) -> float:
    """Return the attack's figure; NaN where it could not be run."""
    return float("nan") if attack.figure is None else float(attack.figure.value)


# --- the attack, setting by setting -----------------------------------------------------------


def attack_run(rng: RandomState, attack: str = "density ratio") -> Iterator[Trace]:
    """Attack trees with fewer and fewer rows in a leaf, and record how often it is right.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    attack : str
        One of :data:`ATTACKS`.
    """
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    members, controls = patients(seed)
    band = auc_interval(0.5, len(members), len(controls))
    low, high = band.low, band.high
    trace = Trace(
        "attacking.curve",
        seed=seed,
        parameters={"attack": attack},
        views=(
            View("curve", "lines", "How often is the attacker right?", "real rows in a leaf",
                 "AUC (0.5 is guessing)", (0.85, 60), (0.4, 1.0), x_scale="log"),
            View("scores", "histogram", "Do members lie closer than others?",
                 "closeness, this setting", "people", (-3.0, 5.0), (0.0, 140.0)),
        ),
        code="fake = Trees(min_samples_leaf=leaf).fit(members).sample(len(members))\n"
        f"membership_inference(members, fake, controls)[{ATTACKS[attack]!r}]",
    )  # fmt: skip
    areas: dict[int, tuple[float, float]] = {}
    for step, leaf in enumerate(LEAVES, start=1):
        rounds, tables = [], None
        for k in range(ROUNDS):
            fake = release(Trees(min_samples_leaf=leaf), members, np.random.default_rng([seed, k]))
            found = membership_inference(members, fake, controls, rng=seed)
            name = ATTACKS[attack]
            rounds.append((figure(found[name]), figure(found[f"{name}_outliers"])))
            tables = tables or align({"real": members, "synthetic": fake, "holdout": controls})
        everyone, outlying = (float(v) for v in np.mean(rounds, axis=0))
        areas[leaf] = everyone, outlying
        leaves = sorted(areas)
        trace.append(
            step,
            {
                "curve": [
                    line([0.9, 55], [0.5, 0.5], role="noise", label="guessing",
                         band=([low] * 2, [high] * 2)),
                    line(leaves, [areas[m][0] for m in leaves], role="synthetic",
                         label="all members"),
                    line(leaves, [areas[m][1] for m in leaves], role="broken", label="outliers"),
                ],
                "scores": _closeness_marks(tables, attack, seed),
            },
            scalars={"auc": everyone, "outliers": outlying},
            sentence=f"With {leaf} real row{'s' if leaf > 1 else ''} in a leaf the attack by "
            f"{attack} has AUC {everyone:.2f} on all members and {outlying:.2f} on outliers.",
        )  # fmt: skip
        yield trace


def _closeness_marks(tables: Any, attack: str, seed: int) -> list[Any]:
    marks = []
    for side, role, label in zip(row_scores(tables, rng=seed), ("real", "holdout"),
                                 ("members", "others")):  # fmt: skip
        score = side.closeness if attack == "density ratio" else -np.log(side.nearest + 1e-6)
        counts = np.histogram(score.clip(-2.99, 4.99), CLOSENESS)[0]
        marks.append(bars(CLOSENESS, counts, role=role, label=label))
    return marks


# --- shares of closer rows ---------------------------------------------------------------------


def closer_share(real: pd.DataFrame, fake: pd.DataFrame, holdout: pd.DataFrame) -> float:
    """Return the share of synthetic rows that lie closer to a real row than to a held-out one."""
    tables = align({"real": real, "synthetic": fake, "holdout": holdout})
    inside, rows, outside = tables.scores(reference=[0, 2])
    return float(np.mean(nearest_distance(rows, inside) < nearest_distance(rows, outside)))


def hidden_outliers(seed: int) -> pd.DataFrame:
    """Return what three instruments say of the town's copied outliers, and of an honest table."""
    real, holdout = people(seed)
    rows = {}
    for name in ("copula", "copied outliers"):
        fake = made(name, seed)
        found = membership_inference(real, fake, holdout, rng=seed)
        rows[name] = {
            "share closer to a member": closer_share(real, fake, holdout),
            "AUC, everybody": figure(found["membership_density"]),
            "AUC, outliers": figure(found["membership_density_outliers"]),
        }
    return pd.DataFrame(rows).T


# --- who is exposed ---------------------------------------------------------------------------


def exposed(seed: int, name: str) -> pd.DataFrame:
    """Return each member's risk under one of :data:`RELEASES`, the most exposed first.

    ``row`` is the patient's number; ``p_value`` the share of controls that lie as close;
    ``outlier`` marks the outlying 5 %.
    """
    members, controls = patients(seed)
    fake = released(seed, name)
    tables: Aligned = align({"real": members, "synthetic": fake, "holdout": controls})
    keys = aligned_keys(tables)
    inside, outside = row_scores(tables, rng=seed)
    return row_risk(inside, outside, np.isin(keys[0], keys[1]))


def exposed_shares(seed: int, level: float = 0.05) -> pd.DataFrame:
    """Return the share of members whom at most ``level`` of the controls match in closeness.

    Without a leak it is ``level``, whoever they are.
    """
    rows = {}
    for name in RELEASES:
        risk = exposed(seed, name)
        close = risk["p_value"] <= level
        rows[name] = {
            "outliers": float(close[risk["outlier"]].mean()),
            "all others": float(close[~risk["outlier"]].mean()),
        }
    return pd.DataFrame(rows).T


def who_trace(rng: RandomState, name: str = "noise 0.1") -> Trace:
    """Mark the members of a release whom hardly any control matches in closeness."""
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    members, _ = patients(seed)
    risk = exposed(seed, name)
    trace = Trace(
        "attacking.who",
        seed=seed,
        parameters={"name": name},
        views=(
            View("who", "scatter", "Who is found first?", "radius, pixels", "texture",
                 (5, 30), (8, 42)),
        ),
        code="from synthkit.course.runs.attacking import exposed\n"
        f"exposed({seed}, {name!r})",
    )  # fmt: skip
    where = members[["radius", "texture"]].to_numpy()[risk["row"].to_numpy()]
    outlier = risk["outlier"].to_numpy()
    for count in np.unique(np.linspace(4, FOUND_FIRST, 10).astype(int)):
        first = np.arange(len(risk)) < count
        marks = [
            points(*where[~first].T, role="real", label="members"),
            points(*where[first].T, role="broken", label="found first"),
        ]
        trace.append(
            int(count),
            {"who": marks},
            scalars={"outliers": float(outlier[first].sum())},
            sentence=f"Of the {count} members most exposed by '{name}', "
            f"{outlier[first].sum()} are outliers; of all {len(risk)} members {outlier.sum()} are.",
        )
    return trace


# --- the leaderboard --------------------------------------------------------------------------


@lru_cache(maxsize=32)
def released(seed: int, name: str) -> pd.DataFrame:
    """Return one of the :data:`RELEASES` of the members."""
    members, _ = patients(seed)
    return release(RELEASES[name].make(), members, np.random.default_rng([seed, 2]))


@lru_cache(maxsize=4)
def attacked(seed: int) -> dict[str, dict[str, Attack]]:
    """Return what each attack of :data:`BOARD` found in each release."""
    members, controls = patients(seed)
    found = {}
    for name in RELEASES:
        three = (members, released(seed, name), controls)
        attacks = membership_inference(*three, rng=seed)
        attacks |= guessing_attacks(*three, rng=seed, attacks=300)
        found[name] = {short: attacks[long] for short, long in BOARD.items()}
    return found


def leaderboard(seed: int) -> pd.DataFrame:
    """Return for each release its quality score and each attack's figure, the safest first."""
    members, _ = patients(seed)
    rows = {
        name: {
            "lesson": RELEASES[name].lesson,
            "quality": quality_score(members, released(seed, name)),
            **{short: figure(attack) for short, attack in attacks.items()},
        }
        for name, attacks in attacked(seed).items()
    }
    return pd.DataFrame(rows).T.sort_values("membership")


def leaks(seed: int) -> pd.DataFrame:
    """Return the leaks that the attacks *proved*: 0 is none, 1 is everything.

    An area is counted from one half; what a test at the scorecard's level does not find is 0.
    """
    rows = {}
    for name in leaderboard(seed).index:
        attacks = attacked(seed)[name]
        alpha = alpha_of(list(attacks.values()))
        rows[name] = {
            short: 0.0 if not attack.found(alpha)
            else (figure(attack) - attack.baseline) / (1 - attack.baseline)
            for short, attack in attacks.items()
        }  # fmt: skip
    return pd.DataFrame(rows).T


def board_trace(rng: RandomState) -> Trace:
    """Run the attacks release by release, and colour what each found."""
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    found = leaks(seed)[::-1]  # the safest row at the top of the picture
    trace = Trace(
        "attacking.board",
        seed=seed,
        views=(
            View("board", "heatmap", "What does each attack find in each release?", "", "",
                 z_label="leak: 0 none, 1 all", z_range=(0.0, 1.0)),
        ),
        code="from synthkit.course.runs.attacking import leaks\n"
        f"leaks({seed})",
    )  # fmt: skip
    d, n = len(found.columns), len(found)
    for count in range(1, d + 1):
        values = found.to_numpy().copy()
        values[:, count:] = np.nan
        worst = found.iloc[:, count - 1].idxmax()
        trace.append(
            count,
            {
                "board": [
                    grid(values, (0.0, d, 0.0, n), x_names=list(found.columns),
                         y_names=list(found.index))
                ]
            },
            scalars={"leak": float(found.iloc[:, count - 1].max())},
            sentence=f"{found.columns[count - 1]}: most is found in '{worst}' "
            f"({found.iloc[:, count - 1].max():.2f}).",
        )  # fmt: skip
    return trace


# --- the look inside --------------------------------------------------------------------------

#: The look inside the density-ratio attack: its equations, and the symbols in the source.
ATTACK_INSIDE = Inside(
    terms=(
        Term("d", "how far a person is from the nearest synthetic row.", (r"\bnearest\b",)),
        Term("r", "how far people usually lie from each other just there, measured on held-out "
             "rows.", (r"\bspacing\b",)),
        Term("s", "the score: closer to a synthetic row than the population explains.",
             (r"\bratio\b", r"\bcloseness\b")),
        Term("R", "the ranks of all scores together, members and controls.", (r"\branks\b",)),
        Term("A", "the area: how often a member's score beats a control's.", (r"\bauc\b",)),
    ),
    equations=(
        "‹s›(x)  =  log ‹r›(x)  −  log ‹d›(x)",
        "‹A›  =  P( ‹s› of a member  >  ‹s› of a control )  =  ( Σ ‹R›  −  m(m + 1)∕2 )  ∕  mn",
    ),
)  # fmt: skip


def attack_picture(seed: int, leaf: int = 2) -> tuple[Panel, ...]:
    """Walk the people through the attack; x is how far away they live from everybody, r."""
    members, controls = patients(seed)
    fake = release(Trees(min_samples_leaf=leaf), members, np.random.default_rng([seed, 0]))
    tables = align({"real": members, "synthetic": fake, "holdout": controls})
    inside, outside = row_scores(tables, rng=seed)
    both = [(inside, "members", "real"), (outside, "controls", "holdout")]
    panels = [
        Panel(f"d of the {label}", np.column_stack([side.spacing, side.nearest]), ("d", "r"), role)
        for side, label, role in both
    ]
    panels += [
        Panel(f"s of the {label}", np.column_stack([side.spacing, side.closeness]),
              ("s", "R", "A"), role)
        for side, label, role in both
    ]  # fmt: skip
    return tuple(panels)
