"""The map of techniques: what each serves, what it risks, and where it stands on one small table.

The two axes are measured on the tumours (``TABLE``), a third held out before fitting: how well a
model trained on the synthetic rows diagnoses held-out patients (area under the curve, ``tstr``),
and how well an attack tells who was in the table (area under the curve, the worse of the two
membership attacks).  ``python -m synthkit.course.welcome.technique_map`` measures both again, every
technique with its default settings, and writes ``technique_map.json``; a test repeats one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.arena import judge
from synthkit.course.report import Rows
from synthkit.course.welcome.widget import WelcomeWidget, lesson_words, script
from synthkit.datasets import load
from synthkit.measure.intervals import Interval

FIGURES = Path(__file__).with_name("technique_map.json")
SEED = 1
TARGET = "diagnosis"
COLUMNS = ("radius", "texture", "perimeter", "area", "smoothness", "concavity", TARGET)
ATTACKS = ("membership_nearest", "membership_density")


@dataclass(frozen=True)
class Entry:
    """One technique: its registry key, and what it serves and risks, in words."""

    name: str
    title: str
    serves: str
    risks: str
    lesson: str


LEARNERS = (
    Entry("monte_carlo", "copula", "many rows from a description you can read; what-if draws",
          "relations that are no bend of a bell are lost", "01_monte_carlo"),
    Entry("bootstrap", "bootstrap", "how sure an answer is",
          "its rows are real rows: never to be handed out", "02_bootstrap"),
    Entry("masking", "masking", "a table with the same people, for systems that need its form",
          "harmless facts still find a person; a table without names stays as it is",
          "03_masking"),
    Entry("perturbation", "perturbation", "noise whose promise can be stated and added up",
          "small groups and correlations pay", "04_perturbation"),
    Entry("gan", "GAN", "rows with any shape, given many rows and much patience",
          "whole kinds of rows go missing unnoticed", "05_gan"),
    Entry("vae", "VAE", "a short description of each row, and new rows from it",
          "outliers and rare categories fade", "06_vae"),
    Entry("autoregressive", "autoregressive", "column after column by one network, also with gaps",
          "it remembers rows when trained for long", "06_vae"),
    Entry("trees", "trees", "tables of mixed columns, quickly and often best",
          "small leaves hold real values", "12_judging"),
    Entry("hybrid", "hybrid", "a core with its known faults repaired",
          "one repair can undo another", "11_hybrid"),
)  # fmt: skip

SIMULATORS = (
    Entry("car", "a car", "dangerous situations, with labels, as often as needed",
          "right only where its physics was calibrated", "07_driving"),
    Entry("traffic", "traffic", "what many drivers do together",
          "different rules give the same average", "08_traffic"),
    Entry("market", "a market", "prices with known causes", "the wrong traders, the wrong tails",
          "09_market"),
    Entry("finance", "finance rules", "fraud with labels, and an economy to turn the knobs of",
          "a detector learns the rule, not the fraud", "10_finance_rules"),
    Entry("images", "labelled images", "labels for free", "drawn is not photographed",
          "16_labelled_images"),
)  # fmt: skip


@dataclass(frozen=True)
class Topic:
    """A use, a promise or a danger: the techniques that it is about, and where it is shown."""

    group: str
    title: str
    text: str
    techniques: tuple[str, ...]
    lesson: str


_ALL = tuple(entry.name for entry in LEARNERS)
_NETS = ("gan", "vae", "autoregressive")
_SIM = tuple(entry.name for entry in SIMULATORS)
USE, PROMISE, DANGER = "What for?", "What is promised", "What goes wrong"

TOPICS = (
    Topic(USE, "share a table", "Hand out rows that are nobody's. Each candidate is attacked "
          "first; a copy is none.",
          ("monte_carlo", "trees", "perturbation", "masking", "hybrid", *_NETS), "13_attacking"),
    Topic(USE, "train a model", "More rows, or rows where there were none. Tested on real rows "
          "only.", ("trees", "hybrid", *_NETS, "images", "car", "finance"), "12_judging"),
    Topic(USE, "test a program", "Rows that reach the corners: rules and simulators know them, a "
          "learned table does not.", ("masking", *_SIM), "10_finance_rules"),
    Topic(USE, "ask what if", "Change one cause and look. Only what was built from causes can "
          "answer.", ("car", "traffic", "market", "finance"), "07_driving"),
    Topic(USE, "say how sure", "Draw the sample again and again.", ("bootstrap", "monte_carlo"),
          "02_bootstrap"),
    Topic(PROMISE, "cheaper", "No labelling by hand; but somebody builds the program and checks "
          "its rows. The calculator below adds it up.", _SIM, "16_labelled_images"),
    Topic(PROMISE, "quicker", "Thousands of rows a second, once fitted. Networks take their time "
          "before.", ("monte_carlo", "bootstrap", "trees", *_SIM), "01_monte_carlo"),
    Topic(PROMISE, "under control", "Quality, form, rare cases: what is a setting can be set.",
          ("hybrid", "masking", "perturbation", *_SIM), "11_hybrid"),
    Topic(PROMISE, "flexible", "Any shape of data, without a formula.", ("trees", *_NETS),
          "05_gan"),
    Topic(PROMISE, "less bias", "Other shares can be asked for. What is known of a small group "
          "stays as little as before.", ("monte_carlo", "hybrid", "gan", *_SIM),
          "04_perturbation"),
    Topic(DANGER, "biased results", "A generator hands on the bias of its table.", _ALL,
          "12_judging"),
    Topic(DANGER, "lost outliers", "The rare and far rows fade first.",
          ("monte_carlo", "perturbation", "gan", "vae"), "06_vae"),
    Topic(DANGER, "hangs on its source", "A poor table makes any number of poor rows.", _ALL,
          "11_hybrid"),
    Topic(DANGER, "must be checked", "Without held-out real rows nobody can say how good it is.",
          (*_ALL, *_SIM), "12_judging"),
    Topic(DANGER, "gives people away", "Rows too near to real ones, or patterns that only the "
          "table's own people explain.", ("bootstrap", "masking", "trees", *_NETS),
          "13_attacking"),
    Topic(DANGER, "not believed", "Readers doubt it. A scorecard with its anchors is what can be "
          "answered.", (*_ALL, *_SIM), "12_judging"),
)  # fmt: skip


def table() -> pd.DataFrame:
    """Return the tumours that every technique is measured on."""
    return load("breast_cancer")[list(COLUMNS)]


def measured(technique: Any) -> dict[str, list[float]]:
    """Return utility and attack of a technique as value, low and high; and the use of real rows."""
    card = judge(technique, table(), target=TARGET, rng=SEED, mode="quick")
    found = [card.attack(name).figure for name in ATTACKS]
    worst = max((figure for figure in found if figure is not None), key=lambda f: f.value)
    use = card["tstr"]
    real = use.anchors["fresh real rows"]  # a model trained on the real rows themselves
    return {
        "utility": as_list(use.interval),
        "attack": as_list(worst),
        "real": [round(float(real), 4)],
    }


def as_list(interval: Interval) -> list[float]:
    """Return value, low and high, rounded as they are shown."""
    return [round(float(v), 4) for v in (interval.value, interval.low, interval.high)]


def record(names: Sequence[str]) -> None:
    """Measure these techniques and write them among the others."""
    known = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    for name in names:
        known[name] = measured(name)
        ordered = {entry.name: known[entry.name] for entry in LEARNERS if entry.name in known}
        FIGURES.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")


def read_figures() -> dict[str, dict[str, list[float]]]:
    """Return the recorded figures by technique."""
    found: dict[str, dict[str, list[float]]] = json.loads(FIGURES.read_text("utf-8"))
    return found


def figure_words(found: dict[str, list[float]]) -> str:
    """Say both figures with their intervals."""
    use, low, high = found["utility"]
    attack, down, up = found["attack"]
    return (
        f"On the tumours: a model trained on its rows has area {use:.2f} ({low:.2f} to {high:.2f}) "
        f"on real patients; an attack finds its members with area {attack:.2f} ({down:.2f} to "
        f"{up:.2f}; 0.50 is guessing)."
    )


def _point(entry: Entry, found: dict[str, list[float]]) -> dict[str, Any]:
    """Return what the page draws of a technique that learns from a table."""
    (use, *_), (attack, low, high) = found["utility"], found["attack"]
    return {
        **_outside(entry),
        "figures": figure_words(found),
        "utility": use,
        "attack": attack,
        "attack_low": low,
        "attack_high": high,
    }


def _outside(entry: Entry) -> dict[str, Any]:
    """Return what the page says of any technique."""
    figures = "No table goes in: there is nobody to find, and no table to be as useful as."
    return {**asdict(entry), "figures": figures, "evidence": [lesson_words(entry.lesson)]}


class TechniqueMap(WelcomeWidget):
    """The map: choose a technique, or a use, a promise, a danger, and see which it is about."""

    _esm = script("map")
    answers_alone = True

    def __init__(self) -> None:
        figures = read_figures()
        points = [_point(entry, figures[entry.name]) for entry in LEARNERS if entry.name in figures]
        low, high = 0.05 * np.floor(min(p["utility"] for p in points) / 0.05 - 0.5), 1.0
        apart = 0.05 if high - low < 0.3 else 0.1
        ticks = [round(float(tick), 2) for tick in np.arange(high, low - 1e-9, -apart)]
        super().__init__({
            "points": points,
            "outside": [_outside(entry) for entry in SIMULATORS],
            "topics": [
                {**asdict(topic), "evidence": [lesson_words(topic.lesson)]} for topic in TOPICS
            ],
            "axes": {
                "x_range": [0.4, 0.9], "x_ticks": [0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
                "y_range": [round(float(low), 2), 1.01], "y_ticks": ticks,
                "x_label": "risk: an attack finds who was in the table (area under the curve)",
                "x_short": "risk: attack on members",
                "y_label": "use: diagnosing real patients",
            },
            "chance": {"attack": 0.5, "real": next(iter(figures.values()))["real"][0]},
        }, {})  # fmt: skip

    def rows(self) -> Rows:
        """Return the map as a table."""
        figures = read_figures()
        made = []
        for entry in (*LEARNERS, *SIMULATORS):
            found = figures.get(entry.name)
            use = f"{found['utility'][0]:.2f}" if found else "no table goes in"
            attack = f"{found['attack'][0]:.2f}" if found else "nobody to find"
            lesson = lesson_words(entry.lesson)
            made.append((entry.title, entry.serves, entry.risks, use, attack, lesson))
        return Rows(("technique", "serves", "risks", "use", "attack", "shown in"), tuple(made))

    def as_text(self) -> str:
        """Return the map as text."""
        return repr(self.rows())

    def as_html(self) -> str:
        """Return the map as a table."""
        return self.rows()._repr_html_()


if __name__ == "__main__":
    record(sys.argv[1:] or [entry.name for entry in LEARNERS])
