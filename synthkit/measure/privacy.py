r"""Privacy: who of the real people can be found in the synthetic table?

Nothing here proves a table safe.  Each figure says what one attack achieved on
**members** (the real rows behind the synthetic ones) beyond what it achieves on
**controls** (held-out rows of the same population).  Without held-out rows the
attacks can't be assessed.

| symbol | name |
|---|---|
| $d_S(x)$ | distance from a real row to its nearest synthetic row |
| $d_R(x)$ | mean distance from it to its 5 nearest rows of a reference sample |

- Exact copies: is the row, in all its columns, among the synthetic rows? (1)
- Nearest-neighbour membership inference: members lie closer,

  $$s(x) = -d_S(x) \tag{2}$$

- Density-ratio membership inference (DOMIAS): closer *than the population is there*,

  $$s(x) = \log\frac{\hat p_S(x)}{\hat p_R(x)} \propto \log d_R(x) - \log d_S(x) \tag{3}$$

  The reference sample is the half of the held-out rows that $x$ is not in.
- Near copies: rows with $d_S(x) \le \tau\, d_R(x)$ for a small τ (4), or whose values agree
  with those of one synthetic row beyond chance (``coincidence``): beyond controls, and beyond the
  same table with its values handed on to neighbouring rows.
- Outlyingness of a row is $d_R(x)$ itself (5); the attacks are reported once for all
  rows and once for the outlying ones, who have most to lose.

Members and controls are treated alike, so that without a leak they are
exchangeable: Fisher's exact test and the rank-sum test hold for *any* generator.

Where this differs from the paper: DOMIAS estimates both densities with a
block neural autoregressive flow or a kernel; here both are nearest-neighbour
densities, which need no training and work on mixed columns.

When it fails: a leak smaller than the stated minimum goes unseen, and so does one
that no attack here looks for.  Distance to the closest record alone is no evidence
of anything (Yao et al. 2025: copied outliers pass it).

References
----------
van Breugel et al., Membership inference attacks against synthetic data through
overfitting detection, AISTATS 2023.  Hilprecht et al., Monte Carlo and reconstruction
membership inference attacks, PoPETs 2019.  Yao et al., The DCR delusion, arXiv 2505.01524.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthkit.measure.aligned import Aligned
from synthkit.measure.attack import MIN_ROWS, STRICTEST, Attack, not_assessable, too_few
from synthkit.measure.coincidence import coincidence, hand_on
from synthkit.measure.distances import (
    nearest_distance,
    row_keys,
    smallest_distances,
    some_rows,
)
from synthkit.measure.held_out import attacked
from synthkit.measure.intervals import (
    auc,
    auc_interval,
    auc_p_value,
    detectable_auc,
    detectable_hits,
    excess_risk,
    highest_p_value,
    more_hits_p_value,
    wilson,
)
from synthkit.rng import RandomState, as_generator

NEIGHBOURS = 5
# A near copy lies within this fraction of the population's own spacing around the row. Each is
# tried; the p-value pays for that.
NEAR = (0.05, 0.2, 0.5)
# The outlying rows: this share of members and controls together, but at least so many.
OUTLIER_SHARE = 0.05
# A membership attack is also judged by its surest guesses: the members among these shares of all
# rows with the highest scores. A leak that hits few people moves no average (Carlini et al. 2022).
SUREST = (0.01, 0.05, 0.2)
# The values are handed on so often, to see what their repetition alone does.
HANDED_ON = 4
OUTLIERS_MIN = 40
MAX_ROWS = 5_000
MAX_SYNTHETIC_ROWS = 50_000  # more than people attacked: one row left out may be the copy

NO_IDENTIFIERS = "the table has no identifier column"

MEMBERS, SYNTHETIC, CONTROLS = 0, 1, 2  # the places of the tables in every Aligned here


# --- exact copies -----------------------------------------------------------------------------


def aligned_keys(tables: Aligned) -> list[np.ndarray]:
    """Return a key for each row of each table: equal rows have equal keys."""
    return row_keys([tables.codes(k) for k in range(len(tables.rows))])


def exact_copies(tables: Aligned, units: tuple[np.ndarray, np.ndarray] | None = None) -> Attack:
    """Compare how many members and how many controls stand in the synthetic table (Eq. 1)."""
    keys = aligned_keys(tables)
    member_hit = np.isin(keys[MEMBERS], keys[SYNTHETIC])
    control_hit = np.isin(keys[CONTROLS], keys[SYNTHETIC])
    if units is not None:
        member_hit = by_unit(member_hit.astype(float), units[0]) > 0
        control_hit = by_unit(control_hit.astype(float), units[1]) > 0
    return hits_attack("exact_copies", "Exact copies", member_hit, control_hit)


def hits_attack(
    name: str, title: str, members: np.ndarray, controls: np.ndarray, looks: int = 1
) -> Attack:
    """Return the excess share of hits among members (n,) over controls (m,), both bool.

    The p-value is multiplied by the number of ``looks`` of which this is one (Bonferroni).
    """
    n, m = len(members), len(controls)
    if min(n, m) < MIN_ROWS:
        return not_assessable(name, title, 0.0, too_few(n, m))
    success, control = wilson(members.sum(), n), wilson(controls.sum(), m)
    p_value = min(1.0, looks * more_hits_p_value(int(members.sum()), n, int(controls.sum()), m))
    needed = detectable_hits(n, m, STRICTEST / looks)
    return Attack(
        name,
        title,
        n,
        m,
        excess_risk(success, control),
        0.0,
        success,
        control,
        p_value,
        detectable=needed / n,
    )


def copies_without_holdout(tables: Aligned) -> Attack:
    """Ask, without held-out rows, whether more rows were copied than chance repeats.

    A fresh row equals a row that occurs exactly once among n with probability about 2 N₂ / n,
    where N₂ counts the rows that occur exactly twice (Good 1953, Turing's estimate): the share
    of real rows with exactly one twin.  The synthetic rows should do no better.
    """
    name, title = "exact_copies", "Exact copies of unique rows"
    keys = aligned_keys(tables)
    _, where, counts = np.unique(keys[MEMBERS], return_inverse=True, return_counts=True)
    occurs = counts[where]
    copied = np.isin(keys[SYNTHETIC], keys[MEMBERS][occurs == 1])
    n, m = len(copied), len(occurs)
    if min(n, m) < MIN_ROWS:
        return not_assessable(name, title, 0.0, too_few(n, m))
    twins = int((occurs == 2).sum())
    success, control = wilson(copied.sum(), n), wilson(twins, m)
    return Attack(
        name,
        title,
        n,
        m,
        excess_risk(success, control),
        0.0,
        success,
        control,
        more_hits_p_value(int(copied.sum()), n, twins, m),
        detectable_hits(n, m, STRICTEST) / n,
        "no held-out rows: the control is how often real rows repeat among themselves",
    )


def repeated_identifiers(
    real: pd.DataFrame, synthetic: pd.DataFrame, holdout: pd.DataFrame | None, names: Sequence[Any]
) -> Attack:
    """Ask whether identifiers (names, numbers of people) of members stand in the synthetic table.

    Controls are the held-out people's identifiers.  Without a holdout only text counts, for which
    a chance match is out of the question; a number may be counted anew.
    """
    name, title = "repeated_identifiers", "Identifiers repeated"
    if not names:
        return not_assessable(name, title, 0.0, NO_IDENTIFIERS)
    if holdout is None:
        names = [c for c in names if not pd.api.types.is_numeric_dtype(real[c].dtype)]
    hits = np.zeros(len(real), dtype=bool)
    control_hits = np.zeros(len(real) if holdout is None else len(holdout), dtype=bool)
    for column in names:
        known = set(synthetic[column].dropna())
        hits |= real[column].isin(known).to_numpy()
        if holdout is not None:
            control_hits |= holdout[column].isin(known).to_numpy()
    return hits_attack(name, title, hits, control_hits)


# --- membership inference ---------------------------------------------------------------------


@dataclass(frozen=True)
class RowScores:
    """What the membership attacks know about each tested row of one side.

    ``rows`` (n,) are positions in the table, ``nearest`` d_S (n,), ``spacing`` d_R (n,),
    ``coincidence`` (n,) how much a synthetic row agrees with it beyond chance, ``handed_on``
    (HANDED_ON, n) the same with the synthetic values handed on.
    """

    rows: np.ndarray
    nearest: np.ndarray
    spacing: np.ndarray
    coincidence: np.ndarray
    handed_on: np.ndarray

    @property
    def closeness(self) -> np.ndarray:
        """Log density ratio (n,): high where synthetic rows crowd around the row."""
        tiny = 1e-6
        ratio: np.ndarray = np.log(self.spacing + tiny) - np.log(self.nearest + tiny)  # Eq. 3
        return ratio


def row_scores(
    tables: Aligned,
    rng: RandomState = None,
    max_rows: int = MAX_ROWS,
    synthetic_rows: int = MAX_SYNTHETIC_ROWS,
) -> tuple[RowScores, RowScores]:
    """Measure every tested member and control with the same yardstick.

    The controls are split in halves A and B.  A row of A, or of the first half of the members, is
    scored with reference B; the others with reference A.
    """
    generator = as_generator(rng)
    members = some_rows(tables.rows[MEMBERS], max_rows, generator)
    controls = generator.permutation(some_rows(tables.rows[CONTROLS], max_rows, generator))
    synthetic = some_rows(tables.rows[SYNTHETIC], synthetic_rows, generator)
    small = tables.take([members, synthetic, controls])
    # Scaled by the real rows only: a synthetic table can't choose its own yardstick.
    x_members, x_synthetic, x_controls = small.scores(reference=[MEMBERS, CONTROLS])
    half_c = len(controls) // 2
    first_m = generator.permutation(len(members)) < len(members) / 2  # (n_members,)
    first_c = np.arange(len(controls)) < half_c
    k = min(NEIGHBOURS, half_c)

    def spacing(x: np.ndarray, first: np.ndarray) -> np.ndarray:
        d = np.empty(len(x))
        d[first] = smallest_distances(x[first], x_controls[half_c:], k).mean(axis=1)
        d[~first] = smallest_distances(x[~first], x_controls[:half_c], k).mean(axis=1)
        return d  # Eq. 5

    sides = ((members, x_members, first_m), (controls, x_controls, first_c))
    handed = [hand_on(small, SYNTHETIC, generator) for _ in range(HANDED_ON)]
    agree = [
        [coincidence(t, k, SYNTHETIC, [MEMBERS, CONTROLS]) for t in (small, *handed)]
        for k in (MEMBERS, CONTROLS)
    ]
    scored = [
        RowScores(rows, nearest_distance(x, x_synthetic), spacing(x, first), own, np.array(others))
        for (rows, x, first), (own, *others) in zip(sides, agree)
    ]
    return scored[0], scored[1]


def membership_attacks(
    members: RowScores,
    controls: RowScores,
    units: tuple[np.ndarray, np.ndarray] | None = None,
) -> list[Attack]:
    """Return near copies and both membership attacks, for all rows and for outliers."""
    scores = {
        "closeness": [members.closeness, controls.closeness],
        "nearest": [-members.nearest, -controls.nearest],  # Eq. 2
        "outlying": [members.spacing, controls.spacing],
        "coincidence": [members.coincidence, controls.coincidence],
    }
    handed_on = [members.handed_on, controls.handed_on]  # (HANDED_ON, n) and (HANDED_ON, m)
    if units is not None:
        own = units[0][members.rows], units[1][controls.rows]
        scores = {name: [by_unit(s, u) for s, u in zip(pair, own)] for name, pair in scores.items()}
        handed_on = [np.array([by_unit(h, u) for h in side]) for side, u in zip(handed_on, own)]
    outlying = _outlying(*scores["outlying"])
    everyone = [np.ones(len(s), dtype=bool) for s in scores["outlying"]]
    attacks = [near_copies(scores["closeness"], scores["coincidence"], handed_on)]
    for key, name, title in (
        ("nearest", "membership_nearest", "Membership by nearest neighbour"),
        ("closeness", "membership_density", "Membership by density ratio"),
    ):
        attacks.append(auc_attack(name, title, scores[key], everyone))
        attacks.append(auc_attack(f"{name}_outliers", f"{title}, outliers", scores[key], outlying))
    return attacks


def _outlying(members: np.ndarray, controls: np.ndarray) -> list[np.ndarray]:
    """Mark the most outlying rows of both sides, by one common bar."""
    pooled = np.concatenate([members, controls])
    share = max(OUTLIER_SHARE, OUTLIERS_MIN / len(pooled))
    bar = np.quantile(pooled, max(1 - share, 0.0))
    return [members >= bar, controls >= bar]


def auc_attack(name: str, title: str, scores: list[np.ndarray], chosen: list[np.ndarray]) -> Attack:
    """Return how well a score (n,) tells chosen members from chosen controls."""
    a, b = scores[0][chosen[0]], scores[1][chosen[1]]
    least = MIN_ROWS // 4  # outliers are few; the interval says how little they tell
    if min(len(a), len(b)) < least:
        why = f"needs at least {least} rows on each side; got {len(a)} and {len(b)}"
        return not_assessable(name, title, 0.5, why)
    figure = auc_interval(auc(a, b), len(a), len(b))
    p_values = [auc_p_value(a, b), *(_surest_p_value(a, b, share) for share in SUREST)]
    return Attack(
        name,
        title,
        len(a),
        len(b),
        figure,
        0.5,
        p_value=min(1.0, min(p_values) * len(p_values)),  # Bonferroni over the four looks
        detectable=detectable_auc(len(a), len(b), STRICTEST / len(p_values)),
        concentrated_p=min(1.0, min(p_values[1:]) * len(p_values)),
    )


def _surest_p_value(members: np.ndarray, controls: np.ndarray, share: float) -> float:
    """Test for too many members among the highest scores of all rows (hypergeometric, exact)."""
    pooled = np.concatenate([members, controls])
    bar = np.quantile(pooled, 1 - share)
    hits, control_hits = int((members >= bar).sum()), int((controls >= bar).sum())
    return more_hits_p_value(hits, len(members), control_hits, len(controls))


def near_copies(
    closeness: Sequence[np.ndarray],
    agreement: Sequence[np.ndarray],
    handed_on: Sequence[np.ndarray],
) -> Attack:
    """Compare the shares of rows that a synthetic row is far too close to.

    Takes members' and controls' log density ratios (n,), (m,), cut at fixed thresholds (Eq. 4), and
    their scores of coincidence, with the values in place and handed on, cut at the highest shares
    of all rows.  The cut that tells most is reported, its p-value multiplied by their number
    (Bonferroni).

    At a cut on coincidence members must be hit more often than controls, *and* agree more
    than with the values handed on; the larger p-value counts.
    """
    pooled = np.concatenate(agreement)
    bars = [np.quantile(pooled, 1 - share) for share in SUREST] if np.ptp(pooled) > 0 else []
    looks = len(NEAR) + len(bars)
    name, title = "near_copies", "Near copies"
    hits = [(closeness[0] >= cut, closeness[1] >= cut) for cut in -np.log(NEAR)]
    tried = [hits_attack(name, title, own, others, looks) for own, others in hits]
    for bar in bars:
        attack = hits_attack(name, title, agreement[0] >= bar, agreement[1] >= bar, looks)
        repeated = highest_p_value(agreement[0], handed_on[0], bar)
        tried.append(replace(attack, p_value=max(attack.p_value, min(1.0, looks * repeated))))
    return min(tried, key=lambda attack: attack.p_value)


def by_unit(scores: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return the highest score of each unit (number of units,)."""
    numbers, where = np.unique(units, return_inverse=True)
    best = np.full(len(numbers), -np.inf)
    np.maximum.at(best, where, scores)
    return best


# --- who is exposed ---------------------------------------------------------------------------


def row_risk(members: RowScores, controls: RowScores, copied: np.ndarray) -> pd.DataFrame:
    """Say for each tested member how exposed it is, without showing any of its values.

    Returns
    -------
    DataFrame
        ``row`` (position in the real table), ``closeness`` (log density ratio), ``p_value`` (the
        share of controls that are at least as close, counted with the row itself), ``outlier``
        (among the outlying 5 %), ``copied`` (stands verbatim in the synthetic table),
        ``exposed`` (closer than every control); the most exposed first.
    """
    ordered = np.sort(controls.closeness)
    as_close = len(ordered) - np.searchsorted(ordered, members.closeness, side="left")
    frame = pd.DataFrame(
        {
            "row": members.rows,
            "closeness": members.closeness,
            "p_value": (as_close + 1) / (len(ordered) + 1),
            "outlier": _outlying(members.spacing, controls.spacing)[0],
            "copied": copied[members.rows],
            "exposed": as_close == 0,
        }
    )
    frame = frame.sort_values(["p_value", "closeness"], ascending=[True, False], ignore_index=True)
    frame.attrs["controls"] = len(ordered)
    return frame


# --- for tables, without a scorecard ----------------------------------------------------------


def membership_inference(
    real: Any, synthetic: Any, holdout: Any, *, rng: RandomState = None, max_rows: int = MAX_ROWS
) -> dict[str, Attack]:
    """Run copies and membership inference on three tables.

    Parameters
    ----------
    real, synthetic, holdout : DataFrame
        The rows that were learned from, the synthetic ones, and fresh ones of the same population.
    max_rows : int
        At most this many members and controls are attacked.

    Returns
    -------
    dict of str to Attack
        ``exact_copies``, ``near_copies``, ``membership_nearest`` and ``membership_density``, the
        last two also with ``_outliers``.

    Raises
    ------
    DataError
        The tables differ in columns or types, have fewer than 20 rows, or the holdout holds rows
        of the real table.
    """
    tables = attacked(real, synthetic, holdout)
    members, controls = row_scores(tables, rng, max_rows)
    attacks = [exact_copies(tables), *membership_attacks(members, controls)]
    return {attack.name: attack for attack in attacks}
