"""Lesson 16: drawn digits and real ones, what variety repairs, and what a free label is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from synthkit.course.inside import Inside, Panel, Term
from synthkit.course.your_data import read_table
from synthkit.errors import DataError
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.images import Images, drawing
from synthkit.techniques.images.failures import (
    READERS,
    SETTINGS,
    SHEET,
    mixed_accuracy,
    sheet,
)
from synthkit.techniques.images.technique import PIXELS
from synthkit.trace import Trace, View, grid, line

#: Positions of the one knob: how much the drawing program varies.
VARIETIES = tuple(SETTINGS)
#: How many drawn digits the reader learns from, frame by frame.
COUNTS = (20, 60, 200, 800)
TEST = 500  # real digits that are read
FREE = 1_000  # drawn digits of a training set

Pictures = tuple[np.ndarray, np.ndarray]


@cache
def real_digits() -> Pictures:
    """Return scikit-learn's handwritten digits, shuffled: (1797, 8, 8) of 0 … 16, and labels."""
    pixels, truth = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(truth))  # the table goes writer by writer
    return pixels[order].reshape(-1, 8, 8), truth[order]


def learn(pictures: np.ndarray, labels: np.ndarray) -> SVC:
    """Return a reader that learnt from these pictures (n, 8, 8)."""
    return SVC(gamma=0.001, C=10).fit(pictures.reshape(len(pictures), -1), labels)


def share_read(reader: Any, pictures: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of these pictures that a reader reads rightly."""
    return float(reader.score(pictures.reshape(len(pictures), -1), labels))


# -- a sheet, and a reader that learns from it -------------------------------------------------


def reading_trace(rng: RandomState, variety: str = VARIETIES[0]) -> Trace:
    """Learn from more and more drawn digits; read drawn and real ones."""
    trace = Trace(
        "images.reading",
        seed=rng,
        parameters={"variety": str(variety)},
        views=(
            View("drawn", "heatmap", "What does it learn from?", "", "", (0, SHEET[1]),
                 (0, SHEET[0]), "ink", (0, 16)),
            View("real", "heatmap", "What is it to read?", "", "", (0, SHEET[1]), (0, SHEET[0]),
                 "ink", (0, 16)),
            View("read", "lines", "How much does it read, drawn and real?",
                 "drawn digits learnt from", "share read", (COUNTS[0], COUNTS[-1]), (0, 1.02),
                 x_scale="log"),
        ),
        code="import synthkit as sk\nfrom synthkit.techniques.images.failures import SETTINGS\n"
        f"pictures, labels = sk.Images(**SETTINGS[{str(variety)!r}]).arrays(800, rng=0)",
    )  # fmt: skip
    generator = as_generator(rng)
    images = Images(**SETTINGS[str(variety)])
    pictures, labels = images.arrays(COUNTS[-1], rng=generator)
    fresh = images.arrays(200, rng=generator)
    real, truth = real_digits()
    shown = {
        "drawn": [sheet(pictures, "synthetic", "drawn")], "real": [sheet(real, "real", "real")],
    }  # fmt: skip
    own: list[float] = []
    far: list[float] = []
    for count in COUNTS:
        reader = learn(pictures[:count], labels[:count])
        own.append(share_read(reader, *fresh))
        far.append(share_read(reader, real[:TEST], truth[:TEST]))
        known = COUNTS[: len(own)]
        curves = [
            line(known, own, role="synthetic", label="drawn"),
            line(known, far, role="real", label="real"),
        ]
        trace.append(
            count,
            {**shown, "read": curves},
            scalars={"own": own[-1], "real": far[-1]},
            sentence=f"From {count:,} drawn digits ({variety}) it reads {own[-1]:.0%} of other "
            f"drawn ones and {far[-1]:.0%} of real ones.",
        )
    return trace


# -- tables -----------------------------------------------------------------------------------


def gap_table(seeds: Sequence[int], count: int = FREE) -> pd.DataFrame:
    """Return what readers of each kind of training pictures read of all other real digits."""
    real, truth = real_digits()
    found: dict[str, list[float]] = {name: [] for name in (*VARIETIES, "real handwriting")}
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(real))
        known, rest = order[:900], order[900 : 900 + TEST]
        for name in VARIETIES:
            drawn = Images(**SETTINGS[name]).arrays(count, rng=seed)
            found[name].append(share_read(learn(*drawn), real[rest], truth[rest]))
        reader = learn(real[known], truth[known])
        found["real handwriting"].append(share_read(reader, real[rest], truth[rest]))
    table = pd.DataFrame(found).T
    return pd.DataFrame(
        {"learnt from": [count] * len(VARIETIES) + [900], "read, mean": table.mean(axis=1),
         "worst seed": table.min(axis=1), "best seed": table.max(axis=1)}
    )  # fmt: skip


def mixing_table(
    seeds: Sequence[int], real_counts: Sequence[int] = (20, 50, 200), count: int = 1_000
) -> pd.DataFrame:
    """Return accuracy without and with drawn digits, for each reader and number of real ones."""
    rows = []
    for name in READERS:
        for real_count in real_counts:
            both = []
            for seed in seeds:
                generator = np.random.default_rng(seed)
                drawn = Images().arrays(count, rng=generator)
                both.append(mixed_accuracy(name, drawn, real_count, generator))
            alone, mixed = np.array(both).T
            gain = mixed - alone
            rows.append((name, real_count, alone.mean(), mixed.mean(), gain.mean(),
                         gain.min(), gain.max()))  # fmt: skip
    names = ["reader", "real", "real alone", "with drawn", "won", "worst seed", "best seed"]
    return pd.DataFrame(rows, columns=names).set_index(["reader", "real"])


def worth_of_free_labels(
    free: float, seeds: Sequence[int], counts: Sequence[int] = (10, 15, 20, 25, 30, 40, 60, 100)
) -> tuple[int, pd.Series]:
    """Return how many real labels, as they come, read as much as ``free``; and all accuracies."""
    real, truth = real_digits()
    share = {}
    for count in counts:
        runs = []
        for seed in seeds:
            order = np.random.default_rng(seed).permutation(len(real))
            known, rest = order[:count], order[count : count + TEST]
            if len(set(truth[known])) > 1:
                runs.append(share_read(learn(real[known], truth[known]), real[rest], truth[rest]))
        share[count] = float(np.mean(runs))
    enough = [count for count, read in share.items() if read >= free]
    return (enough[0] if enough else counts[-1]), pd.Series(share, name="share read")


def label_cost(free: int, real: int, by_hand: float, by_program: float) -> pd.DataFrame:
    """Return what both ways to the same accuracy cost, with prices of one label each."""
    table = pd.DataFrame(
        {"labels": [free, real], "price of a label": [by_program, by_hand]},
        index=["drawn by a program", "written by hand"],
    )
    table["cost"] = table["labels"] * table["price of a label"]
    return table


# -- your own data ----------------------------------------------------------------------------


def your_digits(source: str) -> Pictures:
    """Return digits of a CSV (columns ``digit`` and pixel_0_0 … pixel_7_7), or real ones."""
    if not source:
        real, truth = real_digits()
        return real[TEST:], truth[TEST:]
    table = read_table(source)
    missing = [name for name in ("digit", *PIXELS) if name not in table.columns]
    if missing:
        raise DataError(
            f"digits must have the columns digit and pixel_0_0 … pixel_7_7; {missing[0]!r} is "
            f"missing. Shrink each picture to 8 × 8 numbers from 0 (paper) to 16 (ink)."
        )
    return table[PIXELS].to_numpy(float).reshape(-1, 8, 8), table["digit"].to_numpy(int)


def confusion_trace(reader: Any, pictures: np.ndarray, labels: np.ndarray) -> Trace:
    """Show which digit is taken for which; figures only, no picture."""
    said = reader.predict(pictures.reshape(len(pictures), -1)).astype(int)
    counts = np.zeros((10, 10))
    np.add.at(counts, (labels, said), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    digits = [str(k) for k in range(10)]
    trace = Trace(
        "images.confusion",
        views=(View("taken", "heatmap", "Which digit is taken for which?", "read as", "it is",
                    z_label="share", z_range=(0, 1)),),
        code="pictures, labels = sk.Images().arrays(800, rng=0)",
    )  # fmt: skip
    wrong = shares - np.diag(np.diag(shares))
    at = np.unravel_index(int(wrong.argmax()), wrong.shape)
    right = float(np.mean(said == labels))
    trace.append(
        0,
        {"taken": [grid(shares, (0, 10, 0, 10), x_names=digits, y_names=digits)]},
        scalars={"read": right},
        sentence=f"It reads {right:.0%}; most often a {at[0]} is taken for a {at[1]} "
        f"({wrong.max():.0%} of them).",
    )
    return trace


# -- look inside ------------------------------------------------------------------------------

IMAGES_INSIDE = Inside(
    terms=(
        Term("D", "how far a point lies inside the stroke; below 0 outside.", (r"\bdistance\b",)),
        Term("τ", "what is added to the stroke on each side.", (r"knobs\.thickness",)),
        Term("φ", "by how much the digit is turned.", (r"knobs\.rotation_rad",)),
        Term("s", "by how much it leans.", (r"knobs\.shear",)),
        Term("w", "by how much it is wider.", (r"knobs\.stretch",)),
        Term("b", "by how much it is shifted.", (r"knobs\.shift_[xy]",)),
        Term("ε", "the points that flip.", (r"\bflips\b",)),
    ),
    equations=(
        "x  =  ( R(‹φ›) ( y − ‹b› ) leaning by ‹s› ) ∕ ‹w›",
        "ink  =  ( ‹D›(x) + ‹τ› > 0 )  xor  ‹ε›",
    ),
)


def inside_picture() -> tuple[Panel, ...]:
    """Walk the points of a four through thickening and turning."""
    field = drawing.distance_field(drawing.FONTS[0], 4)[::2, ::2]
    rows, columns = np.indices(field.shape)
    place = np.stack([columns.ravel(), -rows.ravel()], axis=1)
    thin, thick = (place[(field + t > 0).ravel()] for t in (0.0, 0.06))
    c, s = np.cos(0.4), np.sin(0.4)
    middle = place.mean(axis=0)
    turned = (thick - middle) @ np.array([[c, s], [-s, c]]) + middle
    return (
        Panel("D > 0: the font's stroke", thin, ("D",)),
        Panel("thickened by τ", thick, ("D", "τ")),
        Panel("turned by φ", turned, ("φ",), role="synthetic"),
        Panel("and leaning", turned @ np.array([[1, 0], [0.3, 1]]), ("s", "φ"), role="synthetic"),
    )
