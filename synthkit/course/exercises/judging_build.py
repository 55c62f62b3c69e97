"""Lesson 12's exercises in code: the distance of two columns, and the noise band around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from synthkit.course.checks import (
    CodeExercise,
    Finding,
    Metamorphic,
    Property,
    WrongReference,
)
from synthkit.course.questions import Blanks

# -- the distance ------------------------------------------------------------------------------

_ROWS = 300


def _two_columns(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a real column and a synthetic one (300,): skewed, and a third of a spread apart."""
    return rng.lognormal(0, 1, _ROWS), rng.lognormal(0.35, 1, _ROWS)


def _with_ties(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two columns of whole numbers, of different lengths."""
    return rng.poisson(2, _ROWS).astype(float), rng.poisson(3, 2 * _ROWS // 3).astype(float)


def largest_gap(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the Kolmogorov-Smirnov distance by SciPy: the independent answer."""
    return float(stats.ks_2samp(real, fake).statistic)


def _is_a_share(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(*_two_columns(rng), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.ndim(found) != 0:
        return f"One number is wanted; yours has the shape {np.shape(found)}."
    return True if 0 <= float(found) <= 1 else f"A gap of shares lies in 0 … 1; got {found:.3g}."


def _sorted_values(real: np.ndarray, fake: np.ndarray, rng: Any = None) -> float:
    return float(np.abs(np.sort(real) - np.sort(fake)).max())


def _average_gap(real: np.ndarray, fake: np.ndarray, rng: Any = None) -> float:
    at = np.concatenate([real, fake])
    return float(np.abs(_shares(real, at) - _shares(fake, at)).mean())


def _means(real: np.ndarray, fake: np.ndarray, rng: Any = None) -> float:
    return float(abs(real.mean() - fake.mean()) / real.std())


def _shares(column: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.sort(column), at, side="right") / len(column)


def _agree(theirs: Any, wrong: Any) -> bool:
    return bool(np.isclose(float(theirs), float(wrong), rtol=1e-9))


def _right_value(answer: Any, rng: np.random.Generator) -> Finding:
    columns = _two_columns(rng)
    wanted, found = largest_gap(*columns), float(answer(*columns, rng))
    # No chance is in it: both are counts divided by 300, so only rounding may differ.
    return True if abs(wanted - found) < 1e-9 else (
        f"For these two columns it must be {wanted:.4f}; yours is {found:.4f}."
    )  # fmt: skip


def _right_with_ties(answer: Any, rng: np.random.Generator) -> Finding:
    columns = _with_ties(rng)
    wanted, found = largest_gap(*columns), float(answer(*columns, rng))
    return True if abs(wanted - found) < 1e-9 else (
        f"Where values are equal it must be {wanted:.4f}; yours is {found:.4f}. All rows with the "
        "same value must be counted at once, in both columns."
    )  # fmt: skip


DISTANCE = CodeExercise(
    id="largest-gap",
    section="build-it",
    name="my_distance",
    setup="import numpy as np",
    prompt="Write `my_distance(real, fake)`: the largest gap between the cumulative shares of two "
    "columns of numbers.",
    checks=(
        Property("one number in 0 … 1", _is_a_share, try_next="Compare shares, not values."),
        WrongReference(
            "it compares shares, not values",
            "the values themselves are compared",
            _two_columns,
            _sorted_values,
            lambda theirs, wrong: _agree(theirs, wrong),
            "That is the largest gap of the sorted values. It has a unit, and one outlier rules "
            "it.",
            "At each value: which share of the rows lies at or below it?",
        ),
        WrongReference(
            "it looks at the whole column, not at its mean",
            "equal means are equal columns",
            _two_columns,
            _means,
            _agree,
            "Two columns can share their mean and nothing else.",
            "Compare the cumulative shares at every value.",
        ),
        WrongReference(
            "it takes the largest gap",
            "the gaps are averaged",
            _two_columns,
            _average_gap,
            _agree,
            "An average hides the one place where the columns part.",
            "`max`, not `mean`.",
        ),
        Property("the value is right", _right_value, try_next="Look at hint 2."),
        Property("equal values count together", _right_with_ties, try_next="Use `side='right'`."),
        Metamorphic(
            "other units give the same answer",
            _two_columns,
            lambda inputs: tuple(1_000 * np.log(column) for column in inputs),
            lambda before, after: bool(np.isclose(before, after)),
            try_next="Only the order of the values may matter.",
        ),
        Metamorphic(
            "real and synthetic may change places",
            _with_ties,
            lambda inputs: inputs[::-1],
            lambda before, after: bool(np.isclose(before, after)),
            try_next="Look at the gaps at the values of both columns.",
        ),
    ),
    hints=(
        "At every value that occurs, in either column: which share of each lies at or below it?",
        "`np.searchsorted(np.sort(real), at, side='right') / len(real)` is that share, for all "
        "values `at` at once.",
        "`at = np.concatenate([real, fake])`; then the largest absolute difference of both shares.",
    ),
    answers={
        "wrong": "def my_distance(real, fake, rng=None):\n"
        "    return np.abs(np.sort(real) - np.sort(fake)).max() / np.ptp(real)\n"
    },
)

# -- the noise band ----------------------------------------------------------------------------

_DRAWS = 1_000
_SIZES = (300, 200)  # real rows, synthetic rows


def _band_is_as_theory_says(band: Any, rng: np.random.Generator) -> Finding:
    m, n = _SIZES
    low, high = np.asarray(band(rng.normal(size=m), n, rng), dtype=float)
    # √(mn / (m + n)) times the distance follows Kolmogorov's law. Its quantile from 1,000 draws
    # has a standard error of √(.975 · .025 / 1,000) / density(1.48) = .033, or 2.3 %; steps of
    # 1/600 add 2 %. Five standard errors and the steps: 14 %.
    wanted = float(stats.kstwobign.ppf(0.975)) * np.sqrt((m + n) / (m * n))
    if abs(high / wanted - 1) < 0.14 and 0 < low < high:
        return True
    return f"Its upper end should be near {wanted:.3f}; yours is {high:.3f}."


def _more_rows_less_noise(band: Any, rng: np.random.Generator) -> Finding:
    column = rng.normal(size=_SIZES[0])
    few, many = (float(np.asarray(band(column, n, rng))[1]) for n in (50, 5_000))
    # By the law above: √(1/300 + 1/50) = .153 against √(1/300 + 1/5,000) = .059.
    return True if many < 0.7 * few else (
        f"With 50 synthetic rows the band ends at {few:.3f}, with 5,000 at {many:.3f}: it should "
        "get much narrower."
    )  # fmt: skip


BAND = Blanks(
    id="noise-band",
    section="build-it",
    prompt="How far apart are two tables of the very same town, by luck? `x` is a real column, "
    "`n` the number of synthetic rows. Fill two gaps: one column as long as the real one, and one "
    "of n rows, both fresh.",
    template="def band(x, n, rng):\n    gaps = []\n"
    f"    for _ in range({_DRAWS:_}):\n        one = {{0}}\n        other = {{1}}\n"
    "        gaps.append(distance(one, other))\n    return np.quantile(gaps, [0.025, 0.975])\n",
    name="band",
    setup="import numpy as np\n\n\ndef distance(one, other):\n"
    "    at = np.concatenate([one, other])\n"
    "    shares = [np.searchsorted(np.sort(c), at, side='right') / len(c) for c in (one, other)]\n"
    "    return np.abs(shares[0] - shares[1]).max()\n",
    labels=("a fresh column, as long as x", "another one, of n rows"),
    checks=(
        Property(
            "the band is as wide as Kolmogorov's law says",
            _band_is_as_theory_says,
            try_next="Both columns are drawn from `x`, with replacement.",
        ),
        Property("more rows, less noise", _more_rows_less_noise, try_next="Is `n` used?"),
    ),
    misconceptions={
        r"x(\.copy\(\))?;.*": (
            "the real table is the truth",
            "The real table is itself a sample of the town. Measured from it, a copy is nearer "
            "than any fresh table can be: that is how copies win.",
        ),
        r".*replace=False.*": (
            "drawn without putting back",
            "Without putting back, drawing as many rows as there are gives the same column again.",
        ),
        r".*rng\.normal.*": (
            "every column is a bell",
            "The band must be that of this column, whatever its shape.",
        ),
    },
    hints=(
        "Lesson 02: how do you get a fresh sample out of a sample?",
        "`rng.choice(x, how_many)` draws with replacement.",
        "`rng.choice(x, len(x))`, then `rng.choice(x, n)`.",
    ),
    solution="rng.choice(x, len(x))\nrng.choice(x, n)",
    answers={
        "untried": ["", ""],
        "wrong": ["x", "rng.choice(x, n)"],
        "right": ["rng.choice(x, len(x))", "rng.choice(x, n)"],
    },
)
