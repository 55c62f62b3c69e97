"""Lesson 14: the race that everybody sees first, and which techniques can run on a table."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

import synthkit as sk
from synthkit.arena_run import Arena
from synthkit.base import Simulator
from synthkit.contest import Comparison
from synthkit.datasets import load
from synthkit.measure.anchors import BOOTSTRAP, FRESH
from synthkit.measure.trade_off import Point
from synthkit.widgets.arena_view import ArenaView

#: Those of the first race: one that copies, one that adds noise, two that learn.
FIRST_RACE = ("monte_carlo", "bootstrap", "perturbation", "trees")
TABLE, TARGET = "breast_cancer", "diagnosis"
#: Networks take minutes where the others take seconds.
NETWORKS = ("gan", "vae", "autoregressive")


@lru_cache(maxsize=4)
def first_race(seed: int) -> Arena:
    """Return the arena of the first race; it starts when it is shown."""
    return Arena(FIRST_RACE, load(TABLE), TARGET, rng=seed)


def first_view(seed: int) -> ArenaView:
    """Return a view of the first race: there is one arena for each seed."""
    return ArenaView(first_race(seed))


def applicable(*, networks: bool = False) -> list[str]:
    """Return every installed technique that imitates a table, the networks if asked for."""
    found = [n for n, kind in sk.techniques().items() if not issubclass(kind, Simulator)]
    return [name for name in found if networks or name not in NETWORKS]


def points_table(result: Comparison) -> pd.DataFrame:
    """Return utility and attack success of every table in the picture, as numbers."""
    rows = [
        {
            "table": p.name,
            "utility": p.utility.value,
            "attack success": p.attack.value,
            "strongest attack": p.attack_title,
            "leak found": p.found,
        }
        for p in result.points()
    ]
    return pd.DataFrame(rows).set_index("table")


def point(result: Comparison, name: str) -> Point:
    """Return one table of the picture."""
    return next(p for p in result.points() if p.name == name)


def copy_and_fresh(result: Comparison) -> tuple[Point, Point]:
    """Return the two ends of the scale: a copy, and fresh real rows."""
    return point(result, BOOTSTRAP), point(result, FRESH)
