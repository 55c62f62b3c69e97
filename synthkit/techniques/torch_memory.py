"""Memorisation, the failure that all networks share: many epochs on few rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.measure.distances import nearest_distance
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Trace, View, bars, points

FEW = 80  # rows that are memorised, and as many that are held out
SHOWN = 300  # synthetic rows in the picture


def memorised(technique: str, story: str, **settings: Any) -> Failure:
    """Return this failure of a network: the dial turns the epochs, ``settings`` stay."""
    return Failure(
        name=f"{technique}.memorised",
        title="Many epochs on few rows learn them by heart",
        story=story,
        dial=Dial("epochs", f"epochs on {FEW} rows", (10, 30, 100, 300), 10),
        run=partial(memory_trace, technique, settings=settings),
        indicator=lambda trace: trace.last("auc"),
        indicator_label="membership attack, AUC",
        # Without a leak the AUC of 80 against 80 is ½ ± .046: this is more than 3 σ above.
        threshold=0.65,
        broken_when="above",
        broken_at=300,
        repair=Repair(10, "Few epochs, more rows, or a release of fewer columns."),
    )


def membership_auc(members: np.ndarray, controls: np.ndarray, fake: np.ndarray) -> float:
    """Return how well nearness to a synthetic row tells members from controls; all (n, d).

    The chance that a row that was learnt lies nearer to the synthetic rows than one that was not:
    ½ is guessing.
    """
    near, far = (nearest_distance(rows, fake) for rows in (members, controls))
    wins = (near[:, None] < far[None, :]).mean() + (near[:, None] == far[None, :]).mean() / 2
    return float(wins)


def memory_trace(
    technique: str, value: DialValue, rng: RandomState, settings: dict[str, Any]
) -> Trace:
    """Train a network on 80 rows for ``value`` epochs, and ask who was among them."""
    from synthkit.techniques import technique_class

    epochs = int(value)
    trace = Trace(
        f"{technique}.memorised",
        seed=int(rng) if isinstance(rng, (int, np.integer)) else 0,
        parameters={"epochs": epochs, "rows": FEW},
        views=(
            View("cloud", "scatter", "Whose rows come back?", "radius", "texture",
                 (6, 30), (8, 42)),
            View("near", "histogram", "Is the nearest synthetic row nearer for those it learnt?",
                 "distance to the nearest synthetic row", "rows", (0, 4)),
        ),
        code=f"technique(epochs={epochs}).fit(table[:{FEW}])",
    )  # fmt: skip
    generator = as_generator(rng)
    table = load("breast_cancer").iloc[:, :10]
    order = generator.permutation(len(table))
    train, holdout = table.iloc[order[:FEW]], table.iloc[order[FEW : 2 * FEW]]
    synth = technique_class(technique)(epochs=epochs, **settings).fit(train, rng=generator)
    fake = synth.sample(2_000, rng=generator)
    scaled = [(part / table.std()).to_numpy() for part in (train, holdout, fake)]
    auc = membership_auc(*scaled)
    edges = np.linspace(0, 4, 21)
    near = [nearest_distance(rows, scaled[2]) for rows in scaled[:2]]
    marks = {
        "cloud": _clouds((train, holdout, fake)),
        "near": [
            bars(edges, np.histogram(d.clip(0, 3.99), edges)[0], role=role, label=label)
            for d, role, label in zip(near, ("real", "holdout"), ("learnt", "held out"))
        ],
    }
    sentence = f"After {epochs} epochs an attacker tells who was learnt with an AUC of {auc:.2f}."
    trace.append(0, marks, scalars={"auc": auc}, sentence=sentence)
    return trace


def _clouds(parts: Sequence[pd.DataFrame]) -> list[dict[str, Any]]:
    roles = (("holdout", "held out"), ("synthetic", "synthetic"), ("real", "learnt"))
    train, holdout, fake = (part.iloc[:SHOWN, :2].to_numpy().T for part in parts)
    return [
        points(*xy, role=role, label=label)
        for xy, (role, label) in zip((holdout, fake, train), roles)
    ]
