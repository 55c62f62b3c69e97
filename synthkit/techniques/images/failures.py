"""How labelled images mislead, with its dial."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Trace, View, grid

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
SHOWN = 10


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
    row = np.concatenate(list(pictures[:SHOWN]), axis=1).astype(float)  # (8, 80)
    marks = [grid(row[::-1], (0.0, float(SHOWN), 0.0, 1.0), role="synthetic", label="drawn digits")]
    sentence = f"Trained on {variety}, the model reads {accuracy:.0%} of real handwritten digits."
    trace.append(0, {"pictures": marks}, scalars={"accuracy": accuracy}, sentence=sentence)
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
)  # fmt: skip
