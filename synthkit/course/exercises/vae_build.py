"""Lesson 06's exercises in code: the price of a latent unit, and a linear VAE in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Metamorphic, Property, WrongReference
from synthkit.course.questions import Blanks

ROWS = 20_000  # synthetic rows whose covariance is looked at
Arguments = tuple[np.ndarray, int, int]


def _kl_is_right(kl: Any, rng: np.random.Generator) -> Finding:
    mean, sd = rng.normal(size=5), rng.uniform(0.2, 2, size=5)
    wanted = (mean**2 + sd**2 - 1 - np.log(sd**2)) / 2
    found = np.asarray(kl(mean, sd), dtype=float)
    return True if np.allclose(found, wanted) else (
        f"For mean {mean[0]:.2f} and sd {sd[0]:.2f} it costs {wanted[0]:.3f} nats; yours says "
        f"{float(found.ravel()[0]):.3f}."
    )  # fmt: skip


def _kl_of_nothing(kl: Any, rng: np.random.Generator) -> Finding:
    found = float(np.asarray(kl(np.zeros(1), np.ones(1))).ravel()[0])
    return abs(found) < 1e-12 or f"A unit that says N(0, 1) costs nothing; yours costs {found:.3f}."


KL_GAPS = Blanks(
    id="price-of-a-unit",
    section="build-it",
    prompt="Fill two gaps: the KL of a cloud with this mean and this sd to the standard normal.",
    template="def kl(mean, sd):\n    return (mean**2 + {0} - 1 - {1}) / 2\n",
    name="kl",
    labels=("the cloud's variance", "the logarithm that keeps it from shrinking to a point"),
    checks=(
        Property("a unit that says nothing costs nothing", _kl_of_nothing,
                 try_next="At mean 0 and sd 1 all must cancel."),
        Property("the price is right", _kl_is_right,
                 try_next="The variance is sd**2, and so is what stands in the logarithm."),
    ),
    misconceptions={
        r"sd;.*": ("the spread is not the variance", "The formula has the square of sd."),
        r".*;np\.log\(sd\)": (
            "half the logarithm",
            "log σ is half of log σ². The formula has the logarithm of the variance.",
        ),
    },
    hints=(
        "The variance is the square of sd.",
        "As sd goes to 0 the cloud becomes a point, which must cost infinitely much: −log does it.",
        "`sd**2` and `np.log(sd**2)`.",
    ),
    solution="sd**2\nnp.log(sd**2)",
    answers={
        "untried": ["", ""],
        "wrong": ["sd", "np.log(sd**2)"],
        "right": ["sd**2", "np.log(sd**2)"],
    },
)  # fmt: skip


def _table(rng: np.random.Generator, n: int = ROWS) -> Arguments:
    """Return 400 rows of six columns with two strong directions, q = 2, and n."""
    loadings = rng.normal(size=(6, 2)) * 2
    x = rng.normal(size=(400, 2)) @ loadings.T + rng.normal(size=(400, 6)) + 3
    return x, 2, n


def ppca(x: np.ndarray, q: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (d,) and the covariance W Wᵀ + σ²I (d, d) of the linear VAE's optimum."""
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
    noise = values[:-q].mean()
    w = vectors[:, -q:] * np.sqrt(values[-q:] - noise)
    return x.mean(0), w @ w.T + noise * np.eye(x.shape[1])


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    x, q, _ = _table(rng)
    found = answer(x, q, 7, rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    return True if np.shape(found) == (7, 6) else f"Wanted shape (7, 6); got {np.shape(found)}."


def _middle(answer: Any, rng: np.random.Generator) -> Finding:
    x, q, n = _table(rng)
    found = np.asarray(answer(x, q, n, rng)).mean(0)
    off = np.abs(found - x.mean(0)) / (x.std(0) / np.sqrt(n))
    # Each of six means within 6 standard errors: missed once in 10^8 runs.
    return bool(off.max() < 6) or "The middle of your rows is not the middle of the table."


def _covariance(answer: Any, rng: np.random.Generator) -> Finding:
    x, q, n = _table(rng)
    _, wanted = ppca(x, q)
    found = np.cov(np.asarray(answer(x, q, n, rng)), rowvar=False)
    # A covariance from n rows has a standard error below √(2/n) √(c_ii c_jj) = 1 %: six of them.
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    worst = float((np.abs(found - wanted) / scale).max())
    return worst < 6 * np.sqrt(2 / n) or (
        f"Spreads and correlations are off by {worst:.0%}: the model's covariance is W Wᵀ + σ² I."
    )


def _mean_only(x: np.ndarray, q: int, n: int, rng: np.random.Generator) -> np.ndarray:
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
    w = vectors[:, -q:] * np.sqrt(values[-q:] - values[:-q].mean())
    return x.mean(0) + rng.standard_normal((n, q)) @ w.T


def _flat(theirs: Any, wrong: Any) -> bool:
    # Without the likelihood's noise the rows have rank q: the other eigenvalues are 0.
    values = np.linalg.eigvalsh(np.cov(np.asarray(theirs), rowvar=False))
    return bool(values[0] < 1e-9 * values[-1])


def _moved(arguments: Arguments) -> Arguments:
    x, q, n = arguments
    return x + 10, q, n


def _ten_more(before: Any, after: Any) -> Finding:
    return bool(np.allclose(np.asarray(before) + 10, np.asarray(after)))


LINEAR = CodeExercise(
    id="linear-vae",
    section="build-it",
    name="my_linear_vae",
    setup="import numpy as np",
    prompt="Write `my_linear_vae(X, q, n, rng)`: n new rows from the linear VAE with q latent "
    "units. Its best decoder is known: the q largest principal directions, W = U √(Λ − σ²), and σ² "
    "is the mean of the eigenvalues that are left over.",
    checks=(
        Property("returns n rows with the table's columns", _shape, try_next="End in `return`."),
        WrongReference(
            "draws the likelihood's noise, too",
            "the decoder's mean is the row",
            lambda rng: _table(rng, 500),
            _mean_only,
            _flat,
            why="All your rows lie on a plane of q dimensions: that is the decoder's mean. Real "
            "rows scatter around it.",
            try_next="Add σ times a standard normal for each cell.",
        ),
        Property("has its middle where the table has it", _middle, try_next="Add the mean of X."),
        Property(
            "has the covariance W Wᵀ + σ² I",
            _covariance,
            try_next="Scale each direction by √(λ − σ²), not by λ.",
        ),
        Metamorphic(
            "moves with the table",
            lambda rng: _table(rng, 50),
            _moved,
            _ten_more,
            try_next="Take the mean away first, and add it at the end.",
        ),
    ),
    hints=(
        "`values, U = np.linalg.eigh(np.cov(X, rowvar=False, bias=True))` sorts from small to "
        "large.",
        "σ² is `values[:-q].mean()`, and W is `U[:, -q:] * np.sqrt(values[-q:] - sigma2)`.",
        "New rows: mean + z Wᵀ + σ · noise, with z of shape (n, q) and noise of shape (n, d).",
    ),
    answers={
        "wrong": "def my_linear_vae(X, q, n, rng):\n"
        "    values, U = np.linalg.eigh(np.cov(X, rowvar=False, bias=True))\n"
        "    W = U[:, -q:] * np.sqrt(values[-q:] - values[:-q].mean())\n"
        "    return X.mean(0) + rng.standard_normal((n, q)) @ W.T\n"
    },
)
