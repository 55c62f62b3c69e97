"""How labelled images mislead: two failures, each with its dial."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Mark, Trace, View, bars, grid

TRAINING = 2_000  # pictures
PLAIN = dict.fromkeys(
    ("rotation_sd_deg", "shear_sd", "stretch_sd", "size_sd", "shift_sd", "thickness_sd", "noise"),
    0.0,
)
SETTINGS: dict[str, dict[str, Any]] = {
    "one font": {"fonts": 1, **PLAIN},
    "seven fonts": {"fonts": 7, **PLAIN},
    "randomised": {},
}
SHEET = (5, 10)  # rows and columns of a sheet of pictures


def sheet(pictures: np.ndarray, role: str, label: str) -> Mark:
    """Return pictures (n, 8, 8) side by side as one grid, the first at the top left."""
    rows, columns = SHEET
    framed = np.full((rows * columns, 9, 9), np.nan)  # an empty line between two pictures
    framed[:, :8, :8] = pictures[: rows * columns]
    whole = framed.reshape(rows, columns, 9, 9).swapaxes(1, 2).reshape(rows * 9, columns * 9)
    return grid(whole[::-1], (0.0, float(columns), 0.0, float(rows)), role=role, label=label)


def accuracy_on_real(pictures: np.ndarray, labels: np.ndarray) -> float:
    """Return how many real handwritten digits a model reads that never saw one.

    A support vector machine with the settings of scikit-learn's own example for these digits.
    """
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    real, truth = load_digits(return_X_y=True)
    model = SVC(gamma=0.001, C=10).fit(pictures.reshape(len(pictures), -1), labels)
    return float(model.score(real, truth))


def _one_font(value: DialValue, rng: RandomState) -> Trace:
    """Train on drawn digits of this variety and read real ones."""
    from synthkit.techniques.images.technique import Images

    variety = str(value)
    trace = Trace(
        name="images.one_font",
        seed=rng,
        parameters={"variety": variety, "pictures": TRAINING},
        views=(
            View("pictures", "heatmap", "Could one learn handwriting from these?", "", "",
                 z_label="ink (0 to 16)"),
        ),
    )  # fmt: skip
    pictures, labels = Images(**SETTINGS[variety]).arrays(TRAINING, rng=as_generator(rng))
    accuracy = accuracy_on_real(pictures, labels)
    marks = [sheet(pictures, role="synthetic", label="drawn digits")]
    sentence = f"Trained on {variety}, the model reads {accuracy:.0%} of real handwritten digits."
    trace.append(0, {"pictures": marks}, scalars={"accuracy": accuracy}, sentence=sentence)
    return trace


REAL_PICTURES, DRAWN_PICTURES, SPLITS = 200, 1_000, 3
READ_AT_MOST = 600  # real digits: a share is then good to .01
READERS = ("linear", "nearest neighbours", "support vectors")


def reader(name: str) -> Any:
    """Return an unfitted model: from few numbers for all digits to a memory of each picture."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    if name == "linear":
        return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)
    return SVC(gamma=0.001, C=10) if name == "support vectors" else KNeighborsClassifier(3)


def mixed_accuracy(
    name: str, drawn: tuple[np.ndarray, np.ndarray], real_count: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return how many other real digits a reader reads: from real ones, and with drawn ones too.

    ``drawn`` are pictures (n, 8, 8) and their digits (n,); of the real ones ``real_count`` are
    picked, as many of each digit.
    """
    from sklearn.datasets import load_digits

    real, truth = load_digits(return_X_y=True)
    order = rng.permutation(len(real))
    known = np.concatenate([order[truth[order] == d][: real_count // 10] for d in range(10)])
    rest = np.setdiff1d(order, known, assume_unique=True)[:READ_AT_MOST]
    pixels = np.concatenate([real[known], drawn[0].reshape(-1, real.shape[1])])
    labels = np.concatenate([truth[known], drawn[1]])
    alone = reader(name).fit(real[known], truth[known]).score(real[rest], truth[rest])
    mixed = reader(name).fit(pixels, labels).score(real[rest], truth[rest])
    return float(alone), float(mixed)


def _free_labels_hurt(value: DialValue, rng: RandomState) -> Trace:
    """Add drawn digits to real ones, and let this reader learn from both."""
    from synthkit.techniques.images.technique import Images

    name = str(value)
    trace = Trace(
        name="images.free_labels_hurt",
        seed=rng,
        parameters={"reader": name, "real": REAL_PICTURES, "drawn": DRAWN_PICTURES},
        views=(
            View("read", "histogram", "Do free labels help this reader?", "",
                 "share of other real digits read", None, (0, 1)),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    drawn = Images().arrays(DRAWN_PICTURES, rng=generator)
    both = [mixed_accuracy(name, drawn, REAL_PICTURES, generator) for _ in range(SPLITS)]
    alone, mixed = np.mean(both, axis=0)
    names = ["real alone", "with drawn"]
    marks = [
        bars(names, [alone, 0.0], role="real", label=f"{REAL_PICTURES} real digits"),
        bars(names, [0.0, mixed], role="synthetic", label=f"and {DRAWN_PICTURES:,} drawn"),
    ]
    sentence = (
        f"The reader ({name}) reads {alone:.0%} of other real digits; with {DRAWN_PICTURES:,} free "
        f"labels besides, {mixed:.0%}."
    )
    trace.append(0, {"read": marks}, scalars={"gain": mixed - alone}, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="images.one_font",
        title="Trained on one font, lost on handwriting",
        story="Thousands of labels for nothing, and a model that reads its own pictures without "
        "fault. But it has learnt a typeface: half of the real digits are misread, and no figure "
        "on drawn pictures says so.",
        dial=Dial("variety", "what is drawn", ("one font", "seven fonts", "randomised"),
                  "randomised"),
        run=_one_font,
        indicator=lambda trace: trace.last("accuracy"),
        indicator_label="share of real digits read",
        threshold=0.58,
        broken_when="below",
        broken_at="one font",
        repair=Repair("randomised", "Vary more than reality does: turn, shear, stretch, thicken."),
    ),
    Failure(
        name="images.free_labels_hurt",
        title="Free labels can cost accuracy",
        story="Two hundred real digits, and five times as many drawn ones for nothing: more can't "
        "hurt. It can. A linear reader has one straight cut for each digit, and has to share it "
        "between two worlds; the larger one wins.",
        dial=Dial("reader", "who learns from both", READERS, "support vectors"),
        run=_free_labels_hurt,
        indicator=lambda trace: trace.last("gain"),
        indicator_label="accuracy won by free labels",
        threshold=-0.05,
        broken_when="below",
        broken_at="linear",
        repair=Repair("support vectors", "A reader that keeps both worlds apart; or fewer drawn."),
    ),
)  # fmt: skip
