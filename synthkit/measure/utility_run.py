"""Utility on the scorecard: the figures, and the same for the anchors."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np

from synthkit.measure.aligned import Aligned
from synthkit.measure.anchors import FRESH
from synthkit.measure.figures import Figure, plain
from synthkit.measure.intervals import Interval
from synthkit.measure.utility import Utility, synthetic_score, utility_of

SET_ASIDE = "real rows set aside, which the synthetic table may have seen"


def measure_utility(
    tables: Aligned,
    target: Hashable,
    group: Hashable,
    rng: np.random.Generator,
    max_rows: int | None,
    models: tuple[str, ...],
    units: np.ndarray | None,
    *,
    held_out: bool,
) -> Utility:
    """Return the utility of table 1, tested on table 2."""
    return utility_of(
        tables,
        target,
        group,
        rng=rng,
        max_rows=max_rows,
        models=models,
        units=units,
        tested_on="held-out real rows" if held_out else SET_ASIDE,
    )


def anchor_scores(
    tables: Aligned,
    utility: Utility,
    rng: np.random.Generator,
    max_rows: int | None,
) -> dict[str, float]:
    """Return an anchor's score and gap with the boosting alone."""
    found = synthetic_score(tables, utility.target, rng, max_rows)
    return {"tstr": found, "tstr_gap": found - utility.models["boosting"].real.value}


def learnable(utility: Utility, model: str) -> float:
    """Return what a model learns from the real table beyond guessing; NaN where that is noise."""
    chance = 0.0 if utility.metric == "R2" else 0.5
    real = utility.models[model].real
    return real.value - chance if real.low > chance else float("nan")


def utility_figures(utility: Utility, anchors: Mapping[str, Mapping[str, float]]) -> list[Figure]:
    """Return the lines of the card; fresh real rows are the models trained on the real table."""
    metric = utility.metric
    figures = []
    note = f"tested on {utility.test_rows:,} {utility.tested_on}"
    for name, found in utility.models.items():
        ending, words = ("", "boosting") if name == "boosting" else (f"_{name}", name)
        beside = {a: v["tstr"] for a, v in anchors.items()} if name == "boosting" else {}
        gaps = {a: v["tstr_gap"] for a, v in anchors.items()} if name == "boosting" else {}
        figures += [
            Figure(
                f"tstr{ending}",
                f"Trained on synthetic, tested on real ({words}, {metric})",
                "utility",
                found.synthetic,
                1.0,
                (found.real.low, found.real.high),
                {FRESH: found.real.value, **beside},
                note,
            ),
            Figure(
                f"tstr_gap{ending}",
                f"The same minus trained on real ({words}, {metric})",
                "utility",
                found.gap,
                0.0,
                anchors={FRESH: 0.0, **gaps},
                note=note,
                whole=learnable(utility, name),
            ),
        ]
        if found.gain is not None:
            figures.append(
                Figure(
                    f"augmentation_gain{ending}",
                    f"Real and synthetic together minus real ({words}, {metric})",
                    "utility",
                    found.gain,
                    0.0,
                    note=note,
                )
            )
        if found.importance_agreement is not None:
            figures.append(
                Figure(
                    f"importance_agreement{ending}",
                    f"Agreement on which columns matter ({words}, rank correlation)",
                    "utility",
                    plain(found.importance_agreement),
                    1.0,
                )
            )
    return figures + _group_figures(utility)


def _group_figures(utility: Utility) -> list[Figure]:
    """Return the gap of the group that loses most, and the fairness gaps."""
    figures = []
    groups = utility.groups
    if len(groups) and groups["gap"].notna().any():
        # By the good end of its interval: of many groups, one always looks bad by chance.
        worst = groups.sort_values("gap_high").iloc[0]
        figures.append(
            Figure(
                "group_gap",
                f"Gap of the group that loses most ({utility.metric})",
                "utility",
                Interval(float(worst["gap"]), float(worst["gap_low"]), float(worst["gap_high"])),
                0.0,
                anchors={FRESH: 0.0},
                note=f"{int(worst['test_rows']):,} test rows",
                whole=learnable(utility, "boosting"),
            )
        )
    for name, words in (
        ("selection_rate_gap", "Selection rates between groups, largest difference"),
        ("true_positive_rate_gap", "True positive rates between groups, largest difference"),
    ):
        if "synthetic" in utility.fairness:
            figures.append(
                Figure(
                    name,
                    words,
                    "utility",
                    plain(utility.fairness["synthetic"][name]),
                    0.0,
                    anchors={FRESH: utility.fairness["real"][name]},
                )
            )
    return figures
