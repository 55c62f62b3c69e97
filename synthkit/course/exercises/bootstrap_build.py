"""Lesson 02's exercises in code: a standard error in two gaps, and an interval from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

ROWS = 60
MANY = 4_000  # replicates where an end is compared; 200 are enough for coarser questions
FEW = 200
LEVELS = (0.025, 0.975)

Arguments = tuple[np.ndarray, int]

# -- two gaps ---------------------------------------------------------------------------------


def _error_is_right(answer: Any, rng: np.random.Generator) -> Finding:
    x = rng.exponential(10, 50)
    found, wanted = float(answer(x, MANY, rng)), float(x.std() / np.sqrt(x.size))
    # A standard deviation of 4,000 values errs by 1/sqrt(8,000) = 1.1 %; six of these are 6.7 %.
    return True if abs(found / wanted - 1) < 0.067 else (
        f"For these {x.size} values the mean varies by {wanted:.2f} minutes from sample to "
        f"sample; yours says {found:.4g}."
    )  # fmt: skip


def _sees_new_rows(answer: Any, rng: np.random.Generator) -> Finding:
    x = np.zeros(40)
    x[-1] = 40.0  # the last row alone makes the spread
    found = float(answer(x, MANY, rng))
    return True if found > 0.5 else (
        f"With one large value, the last, the answer should be near 1; yours is {found:.3g}. Can "
        "every row be drawn, the last one too?"
    )  # fmt: skip


STANDARD_ERROR = Blanks(
    id="standard-error",
    section="build-it",
    prompt="Fill two gaps: the standard error of a mean, without any formula for it.",
    template="def standard_error(x, replicates, rng):\n"
    "    rows = rng.integers({0}, size=(replicates, len(x)))\n"
    "    return {1}\n",
    name="standard_error",
    labels=("upper end, left out", "how much the means of x[rows] vary"),
    checks=(
        Property(
            "every row can be drawn",
            _sees_new_rows,
            try_next="Row numbers go from 0 to len(x) − 1, and `integers` leaves the end out.",
        ),
        Property(
            "the standard error is the one that many samples show",
            _error_is_right,
            try_next="One mean for each new sample (`axis=1`), then how much these means spread.",
        ),
    ),
    misconceptions={
        r".*;(x\[rows\]|x)\.std\(\)": (
            "the spread of the rows, not of the mean",
            "That is how much single values vary. The mean of many varies much less.",
        ),
        r".*;.*\.std\(\)/np\.sqrt\(.*\)": (
            "divided twice",
            "The replicates are means already: how much they vary is the standard error itself.",
        ),
        r".*;x\[rows\]\.mean\(axis=0\)\.std\(\)": (
            "the mean across samples, not of a sample",
            "`axis=0` averages the first rows of all samples, then the second ones, and so on.",
        ),
    },
    hints=(
        "`x[rows]` has one new sample in each line: `replicates` lines of `len(x)` values.",
        "`x[rows].mean(axis=1)` is one mean for each line.",
        "The gaps: `len(x)`, and `x[rows].mean(axis=1).std()`.",
    ),
    solution="len(x)\nx[rows].mean(axis=1).std()",
    answers={
        "untried": ["", ""],
        "wrong": ["len(x)", "x[rows].std()"],
        "right": ["len(x)", "x[rows].mean(axis=1).std()"],
    },
)

# -- an interval from scratch -----------------------------------------------------------------


def _pairs(rng: np.random.Generator) -> np.ndarray:
    """Return a table (60, 2) with a correlation near .9, in different units."""
    z = rng.standard_normal((ROWS, 2)) @ np.linalg.cholesky([[1, 0.9], [0.9, 1]]).T
    return np.array([600.0, 3.0]) + z * np.array([40.0, 0.25])


def _few(rng: np.random.Generator) -> Arguments:
    return _pairs(rng), FEW


def _many(rng: np.random.Generator) -> Arguments:
    return _pairs(rng), MANY


def _correlations(samples: np.ndarray) -> np.ndarray:
    """Return the correlation of each sample; (R, n, 2) -> (R,)."""
    centred = samples - samples.mean(axis=1, keepdims=True)
    x, y = centred[..., 0], centred[..., 1]
    return np.asarray((x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)))


def _drawn(pairs: np.ndarray, replicates: int, rng: np.random.Generator) -> np.ndarray:
    n = len(pairs)
    return _correlations(pairs[rng.integers(0, n, (replicates, n))])


def _ends(found: Any) -> tuple[float, float]:
    low, high = found
    return float(low), float(high)


def _two_numbers(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(*_few(rng), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.shape(found) != (2,):
        return f"The answer must be two numbers, low and high; yours has the shape " \
            f"{np.shape(found)}."  # fmt: skip
    low, high = _ends(found)
    if not np.isfinite([low, high]).all():
        return "An end is infinite or not a number."
    return True if low <= high else f"Low must come first; yours are {low:.3f} and {high:.3f}."


def _repeats(answer: Any, rng: np.random.Generator) -> Finding:
    table = _pairs(rng)
    one, same, other = (
        _ends(answer(table, FEW, np.random.default_rng(seed))) for seed in (1, 1, 2)
    )
    if one != same:
        return "The same `rng` gave two different intervals: some draw does not come from `rng`."
    return True if one != other or one[0] == one[1] else "Another `rng` gave the very same answer."


def _without_replacement(pairs: np.ndarray, replicates: int, rng: np.random.Generator) -> Any:
    whole = _correlations(pairs[None])[0]
    return whole, whole  # rows in another order have the same correlation


def _has_no_width(theirs: Any, wrong: Any) -> bool:
    # A right interval of these tables is some .1 wide; rounding alone gives 1e-15.
    low, high = _ends(theirs)
    return high - low < 1e-9


def _columns_apart(pairs: np.ndarray, replicates: int, rng: np.random.Generator) -> Any:
    n = len(pairs)
    torn = np.stack([pairs[rng.integers(0, n, (replicates, n)), j] for j in (0, 1)], axis=-1)
    return tuple(np.quantile(_correlations(torn), LEVELS))


def _near_zero(theirs: Any, wrong: Any) -> bool:
    # Torn columns: ends near ±.25 (1.96/sqrt(60)). Whole rows at correlation .9: the low end
    # stays above .65 (its own standard error is .025).
    return _ends(theirs)[1] < 0.5


def _ninety(pairs: np.ndarray, replicates: int, rng: np.random.Generator) -> Any:
    return np.quantile(_drawn(pairs, 20_000, rng), [0.025, 0.05, 0.95, 0.975])


def _is_ninety(theirs: Any, wrong: Any) -> bool:
    # Half-way between the levels lies 4.5 standard errors (.0025 at 4,000 replicates) from the
    # right one, and both ends must lie beyond it: chance 1e-11 for a right answer.
    low, high = _ends(theirs)
    outer, inner = np.diff(wrong[:2])[0], np.diff(wrong[2:])[0]
    inside = (wrong[:2].mean() < low < wrong[1] + outer) and (
        wrong[2] - inner < high < wrong[2:].mean()
    )
    return bool(inside)


def _ends_are_right(answer: Any, rng: np.random.Generator) -> Finding:
    pairs = _pairs(rng)
    low, high = _ends(answer(pairs, MANY, rng))
    # Levels err by sqrt(.025 · .975 / R): .0025 for 4,000 replicates and .0011 for the 20,000 of
    # the comparison, .0027 together; six of these are .016.
    bands = np.quantile(_drawn(pairs, 20_000, rng), [0.009, 0.041, 0.959, 0.991])
    if bands[0] <= low <= bands[1] and bands[2] <= high <= bands[3]:
        return True
    return (
        f"Your interval goes from {low:.3f} to {high:.3f}. Low should lie between {bands[0]:.3f} "
        f"and {bands[1]:.3f}, high between {bands[2]:.3f} and {bands[3]:.3f}."
    )


def _in_other_units(arguments: Arguments) -> Arguments:
    pairs, replicates = arguments
    return pairs * np.array([2.54, 1000.0]) + 7.0, replicates


def _the_same(before: Any, after: Any) -> Finding:
    return bool(np.allclose(_ends(before), _ends(after), rtol=0, atol=1e-9))


INTERVAL = CodeExercise(
    id="my-interval",
    section="build-it",
    name="my_interval",
    setup="import numpy as np",
    prompt="Write `my_interval(pairs, replicates, rng)`: a 95 % percentile interval of the "
    "correlation of the two columns of `pairs`, an array of shape (n, 2). Return low and high.",
    checks=(
        Property(
            "returns two numbers, low and high",
            _two_numbers,
            try_next="`return np.quantile(..., [0.025, 0.975])` gives both at once.",
        ),
        Property(
            "draws with rng alone",
            _repeats,
            try_next="Use `rng.integers`, not `np.random`.",
        ),
        WrongReference(
            "draws with replacement",
            "shuffled, not drawn",
            _few,
            _without_replacement,
            _has_no_width,
            why="Your interval has no width: each new sample is the old one in another order, so "
            "the correlation never changes.",
            try_next="`rng.integers(0, n, n)` may name a row twice, and others not at all.",
        ),
        WrongReference(
            "draws whole rows",
            "the rows were torn apart",
            _few,
            _columns_apart,
            _near_zero,
            why="Your interval lies around 0: each column got row numbers of its own, and what "
            "tied them together is gone.",
            try_next="Draw the row numbers once, and take both columns with them: `pairs[rows]`.",
        ),
        WrongReference(
            "leaves 2.5 % outside on each side",
            "95 % inside is 2.5 % on each side",
            _many,
            _ninety,
            _is_ninety,
            why="Your interval leaves 5 % outside on each side: that is a 90 % interval.",
            try_next="Which two quantiles have 95 % between them?",
        ),
        Property(
            "both ends agree with many replicates, within their sampling error",
            _ends_are_right,
            try_next="One correlation for each new sample of n rows, then two quantiles of them.",
        ),
        Metamorphic(
            "other units change nothing",
            _few,
            _in_other_units,
            _the_same,
            why="The same pairs in other units gave another interval, but a correlation has none.",
            try_next="Look for a number in your code that depends on the size of the values.",
        ),
    ),
    hints=(
        "A loop will do: draw n row numbers with replacement, take these rows, correlate.",
        "`rows = rng.integers(0, n, n)`, then `np.corrcoef(pairs[rows].T)[0, 1]`; collect them in "
        "a list.",
        "Last line: `return np.quantile(figures, [0.025, 0.975])`.",
    ),
    answers={
        "wrong": "def my_interval(pairs, replicates, rng):\n"
        "    n = len(pairs)\n"
        "    figures = []\n"
        "    for _ in range(replicates):\n"
        "        x = pairs[rng.integers(0, n, n), 0]\n"
        "        y = pairs[rng.integers(0, n, n), 1]\n"
        "        figures.append(np.corrcoef(x, y)[0, 1])\n"
        "    return np.quantile(figures, [0.025, 0.975])\n",
    },
)
