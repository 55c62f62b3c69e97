"""Lesson 05's exercises in code: the losses of the game, and the best discriminator, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

EDGES = np.linspace(-5.0, 7.0, 25)
Arguments = tuple[np.ndarray, np.ndarray, np.ndarray]


def _game(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.uniform(0.05, 0.95, 200), rng.uniform(0.05, 0.95, 200)


def _d_is_right(losses: Any, rng: np.random.Generator) -> Finding:
    real, fake = _game(rng)
    wanted = -np.log(real).mean() - np.log(1 - fake).mean()
    found = float(losses(real, fake)[0])
    return abs(found - wanted) < 1e-9 or f"D should pay {wanted:.3f} here; yours pays {found:.3f}."


def _g_is_right(losses: Any, rng: np.random.Generator) -> Finding:
    real, fake = _game(rng)
    wanted = -np.log(fake).mean()
    found = float(losses(real, fake)[1])
    return abs(found - wanted) < 1e-9 or f"G should pay {wanted:.3f} here; yours pays {found:.3f}."


LOSS_GAPS = Blanks(
    id="the-two-losses",
    section="build-it",
    prompt="Fill two gaps. `real` and `fake` are the probabilities of being real that D gives to "
    "real and to generated rows. Each player lowers its loss.",
    template="def losses(real, fake):\n"
    "    d_loss = -np.mean(np.log(real)) - np.mean({0})\n"
    "    g_loss = -np.mean({1})\n"
    "    return d_loss, g_loss\n",
    name="losses",
    labels=("D wants fake near 0", "G wants fake near 1, and to learn most where it fails"),
    checks=(
        Property("the discriminator pays for being fooled", _d_is_right,
                 try_next="The probability of 'generated' is 1 − fake."),
        Property("the generator pays for being found out", _g_is_right,
                 try_next="Steep where fake is near 0: that is the logarithm of fake itself."),
    ),
    misconceptions={
        r".*;-?np\.log\(1-fake\)": (
            "the saturating game",
            "That game is fair in theory, but its curve is flat where D is sure: G learns nothing.",
        ),
        r"np\.log\(fake\);.*": (
            "D rewards the fakes",
            "Then D would be glad to be fooled. It wants 1 − fake near 1.",
        ),
    },
    hints=(
        "D says 'generated' with probability 1 − fake.",
        "G wants D to say 'real'.",
        "`np.log(1 - fake)` and `np.log(fake)`.",
    ),
    solution="np.log(1 - fake)\nnp.log(fake)",
    answers={
        "untried": ["", ""],
        "wrong": ["np.log(1 - fake)", "np.log(1 - fake)"],
        "right": ["np.log(1 - fake)", "np.log(fake)"],
    },
)  # fmt: skip


def _clouds(rng: np.random.Generator, n: int = 4_000, m: int = 4_000) -> Arguments:
    """Return real numbers (n,), generated ones (m,), and the edges of 24 bins."""
    return rng.normal(0, 1, n), rng.normal(2, 1, m), EDGES


def best(real: np.ndarray, fake: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return p ÷ (p + g) in each bin, one half where there is neither."""
    p = np.histogram(real, edges)[0] / len(real)
    g = np.histogram(fake, edges)[0] / len(fake)
    return np.where(p + g > 0, p / np.maximum(p + g, 1e-300), 0.5)


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(*_clouds(rng), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    size = len(EDGES) - 1
    return True if np.shape(found) == (size,) else f"Wanted ({size},); got {np.shape(found)}."


def _empty_bins(answer: Any, rng: np.random.Generator) -> Finding:
    found = np.asarray(answer(np.zeros(5), np.ones(5), np.array([-9.0, -8.0, 0.5, 2.0]), rng))
    return bool(np.allclose(found, [0.5, 1, 0])) or (
        f"For bins with nothing, real rows only, generated rows only: .5, 1, 0; yours {found}."
    )


def _many_more(rng: np.random.Generator) -> Arguments:
    return _clouds(rng, 300, 9_000)


def _of_counts(real: np.ndarray, fake: np.ndarray, edges: np.ndarray, rng: Any) -> np.ndarray:
    p, g = np.histogram(real, edges)[0], np.histogram(fake, edges)[0]
    return np.where(p + g > 0, p / np.maximum(p + g, 1), 0.5)


def _same(theirs: Any, wrong: Any) -> bool:
    return bool(np.allclose(np.asarray(theirs), wrong))


def _near_theory(answer: Any, rng: np.random.Generator) -> Finding:
    real, fake, edges = _clouds(rng, 40_000, 40_000)
    found = np.asarray(answer(real, fake, edges, rng))
    middle = (edges[1:] + edges[:-1]) / 2
    inside = np.abs(middle - 1) < 2
    wanted = 1 / (1 + np.exp(2 * middle - 2))  # the ratio of two normal densities 2 apart
    # Each of these bins holds 400 rows or more: a share's standard error is below .025, and the
    # mean over a bin of width ½ differs from its middle by less than .01. Six of the former.
    off = float(np.abs(found - wanted)[inside].max())
    return off < 0.16 or f"Between the clouds D* falls from 1 to 0; yours is off by {off:.2f}."


def _turned(arguments: Arguments) -> Arguments:
    real, fake, edges = arguments
    return fake, real, edges


def _mirrored(before: Any, after: Any) -> Finding:
    return bool(np.allclose(np.asarray(before), 1 - np.asarray(after)))


BEST = CodeExercise(
    id="best-discriminator",
    section="build-it",
    name="my_best_discriminator",
    setup="import numpy as np",
    prompt="Write `my_best_discriminator(real, fake, edges, rng)`: for each bin between `edges`, "
    "the probability p ÷ (p + g) that a row in it is real. p and g are the *shares* of real and "
    "of generated rows in the bin; where there are none, say ½.",
    checks=(
        Property("returns one probability a bin", _shape, try_next="End in `return`."),
        WrongReference(
            "compares shares, not counts",
            "more rows look more likely",
            _many_more,
            _of_counts,
            _same,
            why="There were thirty times as many generated rows, and your discriminator took "
            "every place for theirs.",
            try_next="Divide each histogram by its number of rows.",
        ),
        Property("says one half where it knows nothing", _empty_bins, try_next="`np.where`."),
        Metamorphic(
            "turns round when the two tables change places", _clouds, _turned, _mirrored,
            try_next="p ÷ (p + g) and g ÷ (p + g) add up to 1.",
        ),
        Property("agrees with the theory for two bell curves", _near_theory,
                 try_next="Print it beside the middles of the bins."),
    ),
    hints=(
        "`np.histogram(real, edges)[0]` counts; divide by `len(real)`.",
        "`p / (p + g)` fails where both are 0: `np.divide` with `where=`, or `np.maximum`.",
        "`np.where(p + g > 0, p / np.maximum(p + g, 1e-300), 0.5)`.",
    ),
    answers={
        "wrong": "def my_best_discriminator(real, fake, edges, rng):\n"
        "    p, g = np.histogram(real, edges)[0], np.histogram(fake, edges)[0]\n"
        "    return np.where(p + g > 0, p / np.maximum(p + g, 1), 0.5)\n"
    },
)  # fmt: skip
