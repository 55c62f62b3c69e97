"""Lesson 04's exercises in code: a coin that protects, and a private mean from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks
from synthkit.techniques.perturbation.attacks import audit_epsilon

REPEATS = 4_000  # runs whose spread is measured: the mean of |noise| is then good to 1.6 %
AUDIT_RUNS = 3_000

Arguments = tuple[np.ndarray, float, float, float]


def _ages(rng: np.random.Generator) -> Arguments:
    """Return 200 ages, public bounds and an epsilon."""
    return rng.uniform(18, 90, 200), 0.0, 100.0, 1.0


def _one_number(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(*_ages(rng), rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.ndim(found) != 0:
        return f"The answer must be one number; yours has the shape {np.shape(found)}."
    return True if np.isfinite(float(found)) else "The answer is infinite or not a number."


def _repeats(answer: Any, rng: np.random.Generator) -> Finding:
    table = _ages(rng)
    one, same, other = (float(answer(*table, np.random.default_rng(s))) for s in (1, 1, 2))
    if one != same:
        return "The same `rng` gave two different answers: some draw does not come from `rng`."
    if one == other:
        return "Another `rng` gave the very same answer: where is the noise?"
    return True


def _with_an_outlier(rng: np.random.Generator) -> Arguments:
    values, low, high, _ = _ages(rng)
    values[0] = 1e6  # one typing error
    return values, low, high, 50.0  # hardly any noise: the mean itself is looked at


def _unclipped(x: np.ndarray, low: float, high: float, epsilon: float, rng: Any) -> float:
    return float(x.mean() + rng.laplace(0, (high - low) / len(x) / epsilon))


def _far_out(theirs: Any, wrong: Any) -> bool:
    # Clipped, the mean lies in 0 … 100, and noise of scale .01 doesn't change that.
    return bool(float(theirs) > 200)


def _many_equal(rng: np.random.Generator) -> Arguments:
    return np.full(10_000, 0.5), 0.0, 1.0, 1.0


def _noise_of_the_sum(x: np.ndarray, low: float, high: float, epsilon: float, rng: Any) -> float:
    return float(np.clip(x, low, high).mean() + rng.laplace(0, (high - low) / epsilon))


def _much_too_noisy(theirs: Any, wrong: Any) -> bool:
    # The right scale is 1e-4: .005 is 50 of it, chance e^-50. The wrong scale, 1, stays below
    # .005 in one run of 200: then the check of the noise's size speaks instead.
    return bool(abs(float(theirs) - 0.5) > 0.005)


def _strict(rng: np.random.Generator) -> Arguments:
    return np.full(10, 0.5), 0.0, 1.0, 1e-5


def _upside_down(x: np.ndarray, low: float, high: float, epsilon: float, rng: Any) -> float:
    return float(np.clip(x, low, high).mean() + rng.laplace(0, (high - low) / len(x) * epsilon))


def _hardly_noisy(theirs: Any, wrong: Any) -> bool:
    # The right scale is 1e4 here, so that |noise| < .01 has a chance of one in a million.
    return bool(abs(float(theirs) - 0.5) < 0.01)


def _close_together(rng: np.random.Generator) -> Arguments:
    return 40 + rng.uniform(0, 1e-3, 10), 0.0, 100.0, 1e-3


def _bounds_from_the_data(
    x: np.ndarray, low: float, high: float, epsilon: float, rng: Any
) -> float:
    return float(x.mean() + rng.laplace(0, (x.max() - x.min()) / len(x) / epsilon))


def _knows_the_data(theirs: Any, wrong: Any) -> bool:
    # The right scale is 1e4, the wrong one .1: |noise| < .5 has the chances 5e-5 and .993.
    return bool(abs(float(theirs) - 40) < 0.5)


def _noise_has_the_right_size(answer: Any, rng: np.random.Generator) -> Finding:
    values, low, high, epsilon = _ages(rng)
    runs = np.array([float(answer(values, low, high, epsilon, rng)) for _ in range(REPEATS)])
    found = float(np.abs(runs - np.clip(values, low, high).mean()).mean())
    wanted = (high - low) / len(values) / epsilon
    # |Laplace noise| has mean b and standard deviation b: 6 / sqrt(4,000) is a tenth of b.
    return True if abs(found / wanted - 1) < 6 / np.sqrt(REPEATS) else (
        f"For 200 people between 0 and 100 at epsilon 1 the noise should be {wanted:.2f} on "
        f"average; yours is {found:.2f}."
    )  # fmt: skip


def _passes_an_audit(answer: Any, rng: np.random.Generator) -> Finding:
    one, other = np.array([0.0, 0.5, 0.5]), np.array([1.0, 0.5, 0.5])
    runs = [
        np.array([float(answer(x, 0.0, 1.0, 1.0, rng)) for _ in range(AUDIT_RUNS)])
        for x in (one, other)
    ]
    # At this confidence a correct answer fails once in 10^6 audits.
    found = audit_epsilon(runs[0], runs[1], confidence=1 - 1e-6)
    return True if found <= 1 else (
        f"You promised epsilon 1, and {AUDIT_RUNS:,} runs on two tables that differ in one person "
        f"prove that it is at least {found:.2f}."
    )  # fmt: skip


def _in_other_units(arguments: Arguments) -> Arguments:
    x, low, high, epsilon = arguments
    return 10 * x, 10 * low, 10 * high, epsilon


def _ten_times(before: Any, after: Any) -> Finding:
    return bool(np.isclose(10 * float(before), float(after), rtol=1e-9))


def _turned_round(arguments: Arguments) -> Arguments:
    x, *rest = arguments
    return (x[::-1], *rest)  # type: ignore[return-value]


def _the_same(before: Any, after: Any) -> Finding:
    return bool(np.isclose(float(before), float(after), rtol=1e-9))


MEAN = CodeExercise(
    id="private-mean",
    section="build-it",
    name="my_private_mean",
    setup="import numpy as np",
    prompt="Write `my_private_mean(x, low, high, epsilon, rng)`: the mean of `x` with Laplace "
    "noise. The bounds and the number of people are public; everything else is secret.",
    checks=(
        Property("returns one finite number", _one_number, try_next="End in `return`."),
        Property(
            "draws its noise with `rng`, and with nothing else",
            _repeats,
            try_next="`rng.laplace(0, scale)` draws one number.",
        ),
        WrongReference(
            "moves values into the bounds first",
            "an outlier nobody stopped",
            _with_an_outlier,
            _unclipped,
            _far_out,
            why="One absurd value pulled your mean out of the bounds. Then one person can move the "
            "answer by any amount, and no finite noise hides that.",
            try_next="`np.clip(x, low, high)` before you average.",
        ),
        WrongReference(
            "fits the noise to the mean, not to the sum",
            "the noise of the sum on the mean",
            _many_equal,
            _noise_of_the_sum,
            _much_too_noisy,
            why="With ten thousand people one of them hardly moves the mean, yet your noise is as "
            "large as if you released the sum.",
            try_next="By how much can one of n people move a mean? Divide by `len(x)`.",
        ),
        WrongReference(
            "adds more noise when epsilon is small",
            "epsilon upside down",
            _strict,
            _upside_down,
            _hardly_noisy,
            why="At a tiny epsilon, the strictest privacy there is, your noise all but vanished.",
            try_next="The scale is the sensitivity *divided* by epsilon.",
        ),
        WrongReference(
            "takes the bounds that everybody knows",
            "bounds read off the data",
            _close_together,
            _bounds_from_the_data,
            _knows_the_data,
            why="Your noise shrank because these people are alike. Its size now tells how alike "
            "they are: a secret.",
            try_next="Use `high - low`, not `x.max() - x.min()`.",
        ),
        Property(
            "the noise has the size that epsilon asks for",
            _noise_has_the_right_size,
            try_next="scale = sensitivity / epsilon, and sensitivity = (high - low) / n.",
        ),
        Property(
            "an audit proves no more than epsilon",
            _passes_an_audit,
            try_next="Too little noise somewhere: what can one person change?",
        ),
        Metamorphic(
            "other units give the same answer in other units",
            _ages,
            _in_other_units,
            _ten_times,
            try_next="Every length in it must come from `low`, `high` or `x`.",
        ),
        Metamorphic(
            "the order of the people does not matter",
            _ages,
            _turned_round,
            _the_same,
            try_next="Nothing may depend on who comes first.",
        ),
    ),
    hints=(
        "Three lines: clip, how far can one person move the mean, mean plus noise.",
        "Moving one value from `low` to `high` moves a sum by `high - low`, a mean of n by a "
        "share of that.",
        "`sensitivity = (high - low) / len(x)`, then add `rng.laplace(0, sensitivity / epsilon)` "
        "to the mean of `np.clip(x, low, high)`.",
    ),
    answers={
        "wrong": "def my_private_mean(x, low, high, epsilon, rng):\n"
        "    return np.clip(x, low, high).mean() + rng.laplace(0, (high - low) / epsilon)\n"
    },
)

# -- the warm-up: randomised response ------------------------------------------------------------

_PEOPLE, _COIN_EPSILON = 50_000, 1.0


def _coin_tells_the_truth(respond: Any, rng: np.random.Generator) -> Finding:
    truth = np.ones(_PEOPLE, dtype=np.int64)
    said, _ = respond(truth, _COIN_EPSILON, rng)
    found, wanted = float(np.mean(said)), 1 / (1 + np.exp(-_COIN_EPSILON))
    # A share of n answers has the standard error sqrt(p (1 - p) / n) < .0022: six of them.
    return True if abs(found - wanted) < 6 * 0.5 / np.sqrt(_PEOPLE) else (
        f"At epsilon {_COIN_EPSILON:g} the truth should be told in {wanted:.3f} of the answers; "
        f"with yours it is told in {found:.3f}."
    )  # fmt: skip


def _coin_is_corrected(respond: Any, rng: np.random.Generator) -> Finding:
    truth = (rng.random(_PEOPLE) < 0.3).astype(np.int64)
    _, estimate = respond(truth, _COIN_EPSILON, rng)
    p = 1 / (1 + np.exp(-_COIN_EPSILON))
    # The share of 'yes' has a standard error below .5/sqrt(n); correcting divides it by 2p - 1.
    limit = 6 * 0.5 / np.sqrt(_PEOPLE) / (2 * p - 1)
    off = abs(float(estimate) - truth.mean())
    return True if off < limit else (
        f"{truth.mean():.1%} of the people would say yes; your estimate is {float(estimate):.1%}."
    )  # fmt: skip


COIN = Blanks(
    id="a-coin-that-protects",
    section="build-it",
    prompt="Each person answers 1 or 0, and lies with some probability so that no answer can be "
    "held against them. Fill two gaps: how often is the truth told, and what was the true share?",
    template="def respond(truth, epsilon, rng):\n    p = {0}\n"
    "    said = np.where(rng.random(len(truth)) < p, truth, 1 - truth)\n"
    "    estimate = {1}\n    return said, estimate\n",
    name="respond",
    labels=("probability of telling the truth", "the true share of ones, from what was said"),
    checks=(
        Property(
            "an answer is e^ε times as likely where it is true",
            _coin_tells_the_truth,
            try_next="p / (1 − p) must be e to the power of ε.",
        ),
        Property(
            "the estimate is right within its sampling error",
            _coin_is_corrected,
            try_next="With a true share s, 'yes' is said in s·p + (1 − s)(1 − p). Solve for s.",
        ),
    ),
    misconceptions={
        r"1/\(1\+np\.exp\(epsilon\)\);.*": (
            "lies and truth changed places",
            "Then the larger epsilon is, the more people lie: epsilon upside down.",
        ),
        r".*;(np\.mean\(said\)|said\.mean\(\))": (
            "what was said is what is true",
            "Half of the liars said yes without meaning it. Whoever knows p can take them out.",
        ),
    },
    hints=(
        "p and 1 − p stand in the ratio e^ε to 1.",
        "`p = np.exp(epsilon) / (1 + np.exp(epsilon))`. And the mean of what was said is "
        "s·p + (1 − s)·(1 − p).",
        "The second gap: `(np.mean(said) - (1 - p)) / (2 * p - 1)`.",
    ),
    solution="np.exp(epsilon) / (1 + np.exp(epsilon))\n(np.mean(said) - (1 - p)) / (2 * p - 1)",
    answers={
        "untried": ["", ""],
        "wrong": ["np.exp(epsilon) / (1 + np.exp(epsilon))", "said.mean()"],
        "right": [
            "np.exp(epsilon) / (1 + np.exp(epsilon))",
            "(np.mean(said) - (1 - p)) / (2 * p - 1)",
        ],
    },
)
