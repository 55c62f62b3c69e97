r"""Singling out, linkability and attribute inference: the three risks that regulators name.

The definitions are those of Anonymeter (Giomi et al. 2023, after Article 29 Working
Party opinion 216); the code is our own.  With $\hat r$ the success rate on members
and $\hat r_c$ on controls, each risk is

$$R = \frac{\hat r - \hat r_c}{1 - \hat r_c} \tag{1}$$

(their Eq. 3): what the attacker gains from the rows themselves, beyond what the
synthetic table teaches about the population.

- **Singling out**: a predicate read off the synthetic rows ('age ≤ 17', or three
  attributes of one row together) that holds for exactly one member (2).
- **Linkability**: the attacker holds two disjoint halves of a person's attributes and
  asks the synthetic rows whether they belong together: success where the k nearest
  synthetic rows of both halves share a row (3).
- **Attribute inference**: all attributes but one are known; the guess is the secret of
  the nearest synthetic row.  Success: the same category, or within 5 % of a number (4).

Where this differs from the paper: members and controls are cut to the same number
of rows (instead of extrapolating success to another table size), singled-out *rows*
are counted once however many predicates hit them, and the nearest neighbour uses the
robust scores of ``aligned`` instead of Gower's distance.

References
----------
Giomi, Boenisch, Wehmeyer, Tasnádi: A unified framework for quantifying privacy risk in
synthetic data, PoPETs 2023.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from scipy import stats

from synthkit.measure.aligned import Aligned, AlignedColumn
from synthkit.measure.attack import (
    MIN_ROWS,
    NO_COLUMNS,
    STRICTEST,
    Attack,
    not_assessable,
    too_few,
)
from synthkit.measure.distances import BLOCK_CELLS, some_rows
from synthkit.measure.held_out import attacked
from synthkit.measure.intervals import (
    Interval,
    detectable_excess,
    excess_risk,
    more_hits_p_value,
    quantile_of,
    wilson,
)
from synthkit.measure.privacy import CONTROLS, MEMBERS, SYNTHETIC, by_unit
from synthkit.rng import RandomState, as_generator

ATTACKS = 1_000  # people attacked, and predicates tried, at most
PREDICATE_COLUMNS = (2, 6)  # from … to so many attributes together
LINK_NEIGHBOURS = 5
TOLERANCE = 0.05  # of a number's own size
ONE_COLUMN = "needs at least two columns"
Units = tuple[np.ndarray, np.ndarray] | None


# --- singling out -----------------------------------------------------------------------------


def singling_out(
    tables: Aligned, rng: RandomState = None, attacks: int = ATTACKS, units: Units = None
) -> list[Attack]:
    """Return the univariate and the multivariate singling-out attack (Eq. 2)."""
    generator = as_generator(rng)
    n = min(tables.rows[MEMBERS], tables.rows[CONTROLS])
    titles = {
        "singling_out_univariate": "Singling out by one attribute",
        "singling_out_multivariate": "Singling out by several attributes",
    }
    if n < MIN_ROWS or not tables.columns:
        why = too_few(tables.rows[MEMBERS], tables.rows[CONTROLS]) if tables.columns else NO_COLUMNS
        return [not_assessable(name, title, 0.0, why) for name, title in titles.items()]
    chosen = [
        generator.choice(tables.rows[k], n, replace=False) if k != SYNTHETIC else np.arange(rows)
        for k, rows in enumerate(tables.rows[:3])
    ]
    small = tables.take(chosen)
    own = None if units is None else (units[0][chosen[0]], units[1][chosen[2]])
    found = [
        _univariate_hits(small, own, generator, attacks),
        _multivariate_hits(small, own, generator, attacks),
    ]
    return [
        _excess_attack(name, title, *hits) for (name, title), hits in zip(titles.items(), found)
    ]


def _univariate_hits(
    tables: Aligned, units: Units, rng: np.random.Generator, attacks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Try 'column = a value', '≤ the smallest', '≥ the largest' of the synthetic rows.

    Returns the singled-out members and controls: bool (n,), (m,).
    """
    predicates: list[tuple[int, str, int]] = []
    for j, column in enumerate(tables.columns):
        codes = column.codes[SYNTHETIC]
        once = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=column.size) == 1)
        predicates += [(j, "equal", int(code)) for code in once]
        if column.role == "numeric" and (codes >= 0).any():
            low, high = int(codes[codes >= 0].min()), int(codes.max())
            predicates += [(j, "at most", low), (j, "at least", high)]
    some = rng.permutation(len(predicates))[:attacks]
    sides = []
    for place, table in enumerate((MEMBERS, CONTROLS)):
        own = None if units is None else units[place]
        hit = np.zeros(tables.rows[table], dtype=bool)
        for i in some:
            j, relation, code = predicates[i]
            hit |= _singled(_holds(tables.columns[j].codes[table], relation, code), own)
        sides.append(hit)
    return sides[0], sides[1]


def _holds(codes: np.ndarray, relation: str, code: int) -> np.ndarray:
    if relation == "equal":
        return np.asarray(codes == code)
    if relation == "at most":
        return (codes >= 0) & (codes <= code)
    return codes >= code


def _singled(holds: np.ndarray, units: np.ndarray | None) -> np.ndarray:
    """Return the rows (n,) that a predicate singles out: one row, or rows of one unit alone."""
    if units is None:
        return holds if holds.sum() == 1 else np.zeros_like(holds)
    return holds if len(np.unique(units[holds])) == 1 else np.zeros_like(holds)


def _multivariate_hits(
    tables: Aligned, units: Units, rng: np.random.Generator, attacks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Try predicates of several attributes, each read off one synthetic row.

    A category must be equal; a number must lie on the row's side of the synthetic median, at
    least as far out as the row.
    """
    d = len(tables.columns)
    least, most = (min(width, d) for width in PREDICATE_COLUMNS)
    widths = rng.integers(least, most + 1, size=attacks)
    numeric = tables.numeric
    synthetic = tables.codes(SYNTHETIC)
    medians = np.array([np.median(c[c >= 0]) if (c >= 0).any() else 0 for c in synthetic.T])
    guesses = synthetic[rng.integers(len(synthetic), size=attacks)]  # (attacks, d)
    columns = rng.permuted(np.tile(np.arange(d), (attacks, 1)), axis=1)
    sides = []
    for place, table in enumerate((MEMBERS, CONTROLS)):
        codes = tables.codes(table)  # (n, d)
        own = None if units is None else units[place]
        hit = np.zeros(len(codes), dtype=bool)
        for guess, order, width in zip(guesses, columns, widths):
            holds = np.ones(len(codes), dtype=bool)
            for j in order[:width]:
                relation = "equal"
                if numeric[j] and guess[j] >= 0:
                    relation = "at least" if guess[j] >= medians[j] else "at most"
                holds &= _holds(codes[:, j], relation, guess[j])
            hit |= _singled(holds, own)
        sides.append(hit)
    return sides[0], sides[1]


def _excess_attack(name: str, title: str, members: np.ndarray, controls: np.ndarray) -> Attack:
    n, m = len(members), len(controls)
    success, control = wilson(members.sum(), n), wilson(controls.sum(), m)
    return Attack(
        name,
        title,
        n,
        m,
        excess_risk(success, control),  # Eq. 1
        0.0,
        success,
        control,
        more_hits_p_value(int(members.sum()), n, int(controls.sum()), m),
        detectable_excess(control.value, n, m, STRICTEST),
    )


# --- linkability ------------------------------------------------------------------------------


def linkability(
    tables: Aligned,
    rng: RandomState = None,
    attacks: int = ATTACKS,
    columns: tuple[list[Hashable], list[Hashable]] | None = None,
    units: Units = None,
) -> Attack:
    """Ask whether synthetic rows tell which two halves belong to one person (Eq. 3).

    ``columns`` are the two sets of attributes; a random split in halves where absent.
    """
    name, title = "linkability", "Linkability of two halves of the attributes"
    generator = as_generator(rng)
    if len(tables.columns) < 2:
        return not_assessable(name, title, 0.0, ONE_COLUMN)
    targets = _targets(tables, attacks, generator)
    if min(map(len, targets)) < MIN_ROWS:
        return not_assessable(name, title, 0.0, too_few(*map(len, targets)))
    small = tables.take([targets[0], np.arange(tables.rows[SYNTHETIC]), targets[1]])
    blocks = small.score_blocks(reference=[MEMBERS, CONTROLS])
    if columns is None:
        order = generator.permutation(len(blocks))
        halves = [order[: len(order) // 2], order[len(order) // 2 :]]
    else:
        halves = [np.array([tables.names.index(c) for c in side]) for side in columns]
    linked = []
    for table in (MEMBERS, CONTROLS):
        near = [_nearest_rows([blocks[j] for j in half], table) for half in halves]
        shared = (near[0][:, :, None] == near[1][:, None, :]).any(axis=(1, 2))  # (n,)
        linked.append(shared)
    linked = _per_unit(linked, targets, units)
    return _excess_attack(name, title, linked[0] > 0, linked[1] > 0)


def _targets(
    tables: Aligned, attacks: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    members = some_rows(tables.rows[MEMBERS], attacks, rng)
    return members, some_rows(tables.rows[CONTROLS], attacks, rng)


def _per_unit(
    success: list[np.ndarray], targets: tuple[np.ndarray, np.ndarray], units: Units
) -> list[np.ndarray]:
    if units is None:
        return success
    own = [side[rows] for side, rows in zip(units, targets)]
    return [by_unit(s.astype(float), u) for s, u in zip(success, own)]


def _nearest_rows(blocks: list[list[np.ndarray]], table: int) -> np.ndarray:
    """Return the k nearest synthetic rows (n, k) of each row, on some columns' blocks."""
    found = []
    for rows in _batches(len(blocks[0][table]), len(blocks[0][SYNTHETIC])):
        squares = sum(_squares(block[table][rows], block[SYNTHETIC]) for block in blocks)
        k = min(LINK_NEIGHBOURS, len(blocks[0][SYNTHETIC]))
        found.append(np.argpartition(squares, k - 1, axis=1)[:, :k])
    return np.concatenate(found)


def _batches(n: int, width: int) -> list[slice]:
    """Cut n rows so that a batch of distances to ``width`` rows stays small."""
    rows = max(1, BLOCK_CELLS // max(width, 1))
    return [slice(start, start + rows) for start in range(0, n, rows)]


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (len(a), len(b)), in single precision to save memory."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    if a.shape[1] == 1:
        return np.asarray((a - b.T) ** 2)
    squares = -2 * (a @ b.T)
    squares += np.einsum("ij,ij->i", a, a)[:, None]
    squares += np.einsum("ij,ij->i", b, b)[None, :]
    return np.asarray(squares)


# --- attribute inference ----------------------------------------------------------------------


def attribute_inference(
    tables: Aligned,
    rng: RandomState = None,
    attacks: int = ATTACKS,
    secrets: list[Hashable] | None = None,
    units: Units = None,
) -> tuple[Attack, dict[Hashable, Interval]]:
    """Guess each secret from all other attributes (Eq. 4).

    Returns
    -------
    attack : Attack
        Its success is a person's mean over the secrets, so that each person counts once.
    risks : dict of column to Interval
        The excess risk of each secret alone.
    """
    name, title = "attribute_inference", "Inference of one attribute from the others"
    generator = as_generator(rng)
    if len(tables.columns) < 2:
        return not_assessable(name, title, 0.0, ONE_COLUMN), {}
    targets = _targets(tables, attacks, generator)
    if min(map(len, targets)) < MIN_ROWS:
        return not_assessable(name, title, 0.0, too_few(*map(len, targets))), {}
    small = tables.take([targets[0], np.arange(tables.rows[SYNTHETIC]), targets[1]])
    blocks = small.score_blocks(reference=[MEMBERS, CONTROLS])
    wanted = [j for j, c in enumerate(small.names) if secrets is None or c in secrets]
    right = [_guesses_right(small, blocks, table, wanted) for table in (MEMBERS, CONTROLS)]
    risks = {
        small.names[j]: excess_risk(
            wilson(right[0][:, i].sum(), len(right[0])), wilson(right[1][:, i].sum(), len(right[1]))
        )
        for i, j in enumerate(wanted)
    }
    means = _per_unit([r.mean(axis=1) for r in right], targets, units)
    return _mean_attack(name, title, means[0], means[1]), risks


def _guesses_right(
    tables: Aligned, blocks: list[list[np.ndarray]], table: int, secrets: list[int]
) -> np.ndarray:
    """Tell for each target and secret whether the nearest synthetic row's value is right (n, s)."""
    right = np.empty((tables.rows[table], len(secrets)), dtype=bool)
    for rows in _batches(tables.rows[table], tables.rows[SYNTHETIC]):
        parts = [_squares(block[table][rows], block[SYNTHETIC]) for block in blocks]
        total = sum(parts)  # (rows, synthetic)
        for i, j in enumerate(secrets):
            nearest = (total - parts[j]).argmin(axis=1)  # on all columns but the secret
            column = tables.columns[j]
            guess, truth = column.codes[SYNTHETIC][nearest], column.codes[table][rows]
            right[rows, i] = _is_right(column, guess, truth)
    return right


def _is_right(column: AlignedColumn, guess: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Tell equal categories, or numbers within 5 % of the truth (n,)."""
    equal = guess == truth
    if column.role == "category":
        return np.asarray(equal)
    values = np.append(column.values, np.nan)  # code −1 picks the last: nothing is near it
    gap = np.abs(values[guess] - values[truth])
    return np.asarray(equal | (gap <= TOLERANCE * np.abs(values[truth])))


def _mean_attack(name: str, title: str, members: np.ndarray, controls: np.ndarray) -> Attack:
    """Return the excess of mean successes (n,), (m,), each in 0 … 1: Welch's z on the means."""
    success, control = _mean_interval(members), _mean_interval(controls)
    risk = excess_risk(success, control)
    n, m = len(members), len(controls)
    error = np.sqrt(members.var() / n + controls.var() / m)
    gap = success.value - control.value
    p_value = float(stats.norm.sf(gap / error)) if error > 0 else float(gap <= 0)
    ratio = error / np.sqrt(max(control.value * (1 - control.value), 1e-9) * (1 / n + 1 / m))
    detectable = min(1.0, detectable_excess(control.value, n, m, STRICTEST) * float(ratio))
    return Attack(name, title, n, m, risk, 0.0, success, control, p_value, detectable)


def _mean_interval(values: np.ndarray) -> Interval:
    """Return the mean with its normal interval, cut to 0 … 1."""
    mean = float(values.mean())
    spread = quantile_of(0.95) * float(values.std()) / np.sqrt(len(values))
    return Interval(mean, max(mean - spread, 0.0), min(mean + spread, 1.0))


def guessing_attacks(
    real: Any, synthetic: Any, holdout: Any, *, rng: RandomState = None, attacks: int = ATTACKS
) -> dict[str, Attack]:
    """Run singling out, linkability and attribute inference on three tables.

    Raises
    ------
    DataError
        The tables differ in columns or types, have fewer than 20 rows, or the holdout holds rows
        of the real table.
    """
    tables = attacked(real, synthetic, holdout)
    generator = as_generator(rng)
    found = [
        *singling_out(tables, generator, attacks),
        linkability(tables, generator, attacks),
        attribute_inference(tables, generator, attacks)[0],
    ]
    return {attack.name: attack for attack in found}
