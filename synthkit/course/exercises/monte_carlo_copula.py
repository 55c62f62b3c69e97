"""Lesson 01's exercise in code: a Gaussian copula, from scratch."""

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

# The checks' table: one whose columns are skewed (so that raw correlation and bell curves
# show) and tied (so that independence shows). Latent correlations −.5 … .8.
ROWS, DRAWN = 400, 2_000
_LATENT = np.array([[1.0, 0.8, -0.4], [0.8, 1.0, -0.5], [-0.4, -0.5, 1.0]])


def skewed_table(rng: np.random.Generator, rows: int = ROWS) -> np.ndarray:
    """Return a table (rows, 3): two lognormal columns and an exponential one."""
    z = rng.standard_normal((rows, 3)) @ np.linalg.cholesky(_LATENT).T
    return np.column_stack(
        [np.exp(2 * z[:, 0]), np.exp(2 * z[:, 1]), stats.expon.ppf(stats.norm.cdf(z[:, 2]))]
    )


def _inputs(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    return skewed_table(rng), DRAWN


def _pairs(table: np.ndarray) -> np.ndarray:
    """Return the three Spearman correlations of a table (n, 3)."""
    correlations = np.asarray(stats.spearmanr(table).statistic)
    return np.asarray(correlations[np.triu_indices(3, 1)])


def _shape(answer: Any, rng: np.random.Generator) -> Finding:
    fake = answer(skewed_table(rng), 7, rng)
    if fake is None:
        return "Your function returned nothing. Does it end in `return`?"
    shape = np.shape(fake)
    if shape != (7, 3):
        return f"For 7 rows of 3 columns the shape must be (7, 3); yours is {shape}."
    return True if np.isfinite(np.asarray(fake, dtype=float)).all() else (
        "Some values are infinite or not a number: a rank of exactly 0 or 1 has no normal score."
    )  # fmt: skip


def _repeats(answer: Any, rng: np.random.Generator) -> Finding:
    table = skewed_table(rng)
    one, same, other = (answer(table, 50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    if not np.array_equal(one, same):
        return "The same `rng` gave two different tables: some draw does not come from `rng`."
    return True if not np.array_equal(one, other) else "Another `rng` gave the very same table."


def _margins(answer: Any, rng: np.random.Generator) -> Finding:
    table = skewed_table(rng)
    fake = np.asarray(answer(table, DRAWN, rng), dtype=float)
    gaps = [stats.ks_2samp(table[:, j], fake[:, j]).statistic for j in range(3)]
    # The draws come from the table's own quantiles, so only their number matters: a gap of
    # 2.9/√m has a chance of 10^-7 (Massart 1990); 2/n for the choice of the quantile's convention.
    limit = 2.9 / np.sqrt(DRAWN) + 2 / ROWS
    worst = int(np.argmax(gaps))
    return True if gaps[worst] < limit else (
        f"Column {worst} has another shape than the real one: the largest gap of their cumulative "
        f"shares is {gaps[worst]:.2f}, chance alone gives less than {limit:.2f}."
    )  # fmt: skip


def _rank_correlation(answer: Any, rng: np.random.Generator) -> Finding:
    table = skewed_table(rng)
    found, wanted = _pairs(np.asarray(answer(table, DRAWN, rng))), _pairs(table)
    # Spearman's ρ of m rows has a standard error below 1/√m; the table's own ρ and the one that
    # its normal scores imply differ by less than half of 1/√n (checked on 2,000 tables).
    limit = 5 / np.sqrt(DRAWN) + 0.5 * 2 / np.sqrt(ROWS)
    worst = int(np.argmax(np.abs(found - wanted)))
    return True if abs(found[worst] - wanted[worst]) < limit else (
        f"A pair with the rank correlation {wanted[worst]:.2f} came out with {found[worst]:.2f}."
    )  # fmt: skip


def _independent(table: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.column_stack([rng.choice(column, n) for column in table.T])


def _bells(table: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.multivariate_normal(table.mean(axis=0), np.cov(table, rowvar=False), size=n)
    return np.asarray(drawn)


def _raw_correlation(table: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    root = np.linalg.cholesky(np.corrcoef(table, rowvar=False))
    u = stats.norm.cdf(rng.standard_normal((n, table.shape[1])) @ root.T)
    return np.column_stack([np.quantile(column, u[:, j]) for j, column in enumerate(table.T)])


def _copies(table: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return table[rng.integers(len(table), size=n)]


def _both_unrelated(theirs: Any, wrong: Any) -> bool:
    # Independent columns: |ρ| of m rows exceeds 5/√m once in 10^6; the table's own are .38 and up.
    return bool((np.abs(_pairs(np.asarray(theirs))) < 5 / np.sqrt(DRAWN)).all())


def _both_bells(theirs: Any, wrong: Any) -> bool:
    # Only bell curves put a good share of a lognormal column below zero.
    return bool((np.asarray(theirs, dtype=float) < 0).mean() > 0.1)


def _same_correlation(theirs: Any, wrong: Any) -> bool:
    # Two samples of m rows agree within 5·√2/√m where the idea is the same.
    gap = np.abs(_pairs(np.asarray(theirs)) - _pairs(np.asarray(wrong)))
    return bool((gap < 5 * np.sqrt(2 / DRAWN)).all())


def _raw_correlation_is_visible(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Return a table on which the raw correlation is far from that of the scores."""
    while True:
        table = skewed_table(rng)
        raw = np.corrcoef(table, rowvar=False)[np.triu_indices(3, 1)]
        if np.abs(6 / np.pi * np.arcsin(raw / 2) - _pairs(table)).max() > 0.3:
            return table, DRAWN


def _are_copies(theirs: Any, wrong: Any) -> bool:
    # Every row of `wrong` is a real row: how many of theirs are among them?
    real = {row.tobytes() for row in np.ascontiguousarray(wrong, dtype=float)}
    rows = np.ascontiguousarray(theirs, dtype=float)
    return bool(np.mean([row.tobytes() in real for row in rows]) > 0.5)


def _scaled(before: Any, after: Any) -> Finding:
    expected = np.asarray(before) * np.array([10.0, 1.0, 0.5])
    return bool(np.mean(np.isclose(expected, after, rtol=1e-6)) > 0.99)


def _unmoved(before: Any, after: Any) -> Finding:
    # Rounding may tip a draw over to the neighbouring value: one in a hundred is forgiven.
    return bool(np.mean(np.isclose(before, after, rtol=1e-6)) > 0.99)


COPULA = CodeExercise(
    id="gaussian-copula",
    section="build-it",
    name="my_copula",
    setup="import numpy as np\nfrom scipy import stats",
    prompt="Write `my_copula(X, n, rng)`: n new rows for a numeric table `X` of shape (rows, d), "
    "with the columns' own shapes and their rank correlations.",
    checks=(
        Property(
            "returns n rows of d finite numbers",
            _shape,
            try_next="Ranks as (rank − ½) / rows stay clear of 0 and 1.",
        ),
        Property(
            "draws with `rng`, and with nothing else",
            _repeats,
            try_next="Use `rng.standard_normal((n, d))`, not `np.random`.",
        ),
        WrongReference(
            "does not copy real rows",
            "copied, not drawn",
            _inputs,
            _copies,
            _are_copies,
            why="Your rows are real rows, drawn again. That keeps every relation, and gives every "
            "person in the table away.",
            try_next="Draw new normals and look each column's value up by its rank.",
        ),
        WrongReference(
            "ties the columns together",
            "each column on its own",
            _inputs,
            _independent,
            _both_unrelated,
            why="Every column has its own shape, but they know nothing of each other: their "
            "correlations are those of chance.",
            try_next="Multiply the normals by the Cholesky factor of R before you turn them into "
            "ranks.",
        ),
        WrongReference(
            "gives each column its own shape back",
            "a bell for every column",
            _inputs,
            _bells,
            _both_bells,
            why="Your columns have negative values where the real ones have none: you return "
            "bell curves.",
            try_next="Turn the normals into ranks (`stats.norm.cdf`), then into values "
            "(`np.quantile`).",
        ),
        WrongReference(
            "measures the correlation on the scores",
            "the correlation of the raw values",
            _raw_correlation_is_visible,
            _raw_correlation,
            _same_correlation,
            why="Your rank correlations are those of a copula fed with the correlation of the raw "
            "columns, which a few huge values rule.",
            try_next="Take `np.corrcoef` of the normal scores instead of `X`.",
        ),
        Property(
            "each column keeps its shape",
            _margins,
            try_next="Compare `np.sort` of a real and a new column.",
        ),
        Property(
            "each pair keeps its rank correlation",
            _rank_correlation,
            try_next="Is it `@ L.T`, with L Lᵀ = R?",
        ),
        Metamorphic(
            "other units give the same rows in other units",
            _inputs,
            lambda inputs: (inputs[0] * np.array([10.0, 1.0, 0.5]), inputs[1]),
            _scaled,
            try_next="Only ranks may enter R: they do not change with the unit.",
        ),
        Metamorphic(
            "the order of the rows does not matter",
            _inputs,
            lambda inputs: (inputs[0][::-1], inputs[1]),
            _unmoved,
            try_next="Nothing you compute may depend on which row comes first.",
        ),
    ),
    hints=(
        "Six lines, the six steps you put in order. Ranks: `stats.rankdata(X, axis=0)`.",
        "`z = stats.norm.ppf(u)`, `R = np.corrcoef(z, rowvar=False)`, `L = np.linalg.cholesky(R)`; "
        "new normals are `rng.standard_normal((n, d)) @ L.T`.",
        "The way back: `v = stats.norm.cdf(new)`, then for each column j "
        "`np.quantile(X[:, j], v[:, j])`, and `np.column_stack`.",
    ),
    answers={
        "wrong": "def my_copula(X, n, rng):\n"
        "    return np.column_stack([rng.choice(column, n) for column in X.T])\n"
    },
)
