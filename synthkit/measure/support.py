r"""What a synthetic table lost or invented: tails, outliers, levels, gaps, rules.

Averages hide these.  Each function returns counts that a held-out table can be put
through as well, so that the same figure for fresh real rows stands beside it.

- Tails: the share of synthetic values beyond the real 1 % and 99 % quantiles (1); 0.01
  on each side is faithful, 0 is a clamped tail.
- Outlier coverage: of the real rows that lie farthest out, the share that has a
  synthetic row within its own 5th-neighbour distance (2).
- Levels: real ones that are absent although chance alone would lose them with probability
  $(1 - p)^m < 0.01 / L$, L levels in the whole table (3), and invented ones.
- Missingness: the total variation between the patterns of missing cells (4).
- Rules: what holds in **every** real row – $a \le b$, 'a decides b', value ranges – and
  the share of synthetic rows that break it (5).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthkit.measure.aligned import Aligned, AlignedColumn, align
from synthkit.measure.distances import row_keys, some_rows
from synthkit.measure.fidelity import MAX_ROWS, NEIGHBOURS, neighbourhoods, total_variation
from synthkit.rng import RandomState, as_generator

TAIL = 0.01
OUTLIER_SHARE = 0.02
LOST_BY_CHANCE = 0.01  # any of all levels together
MIN_RULE_ROWS = 50  # a rule that holds in fewer rows may be luck
# 'a decides b' is only a finding if a's groups repeat: at most this many levels a row.
DECIDES_LEVELS_PER_ROW = 0.2
MAX_DECIDING_LEVELS = 1_000


# --- tails and outliers -----------------------------------------------------------------------


def tail_shares(real: Any, synthetic: Any) -> pd.DataFrame:
    """Return for each numeric column the synthetic share beyond the real tails (Eq. 1).

    Returns
    -------
    DataFrame
        ``column``; ``real_low``, ``real_high`` (shares beyond the quantiles in the real table:
        0.01 or less where values repeat); ``low``, ``high`` (the same in the synthetic table);
        ``outside`` (the share beyond the real extremes).
    """
    return tail_scores(align({"real": real, "synthetic": synthetic}))


def tail_scores(tables: Aligned) -> pd.DataFrame:
    """``tail_shares`` on aligned tables 0 and 1."""
    columns = ["column", "real_low", "real_high", "low", "high", "outside"]
    rows = [_column_tails(c) for c in tables.columns if c.role == "numeric"]
    return pd.DataFrame([row for row in rows if row is not None], columns=columns)


def _column_tails(column: AlignedColumn) -> dict[str, Any] | None:
    real, synthetic = (codes[codes >= 0] for codes in column.codes[:2])
    if len(real) < 1 / TAIL or len(synthetic) == 0 or np.ptp(real) == 0:
        return None
    low, high = np.quantile(real, [TAIL, 1 - TAIL], method="nearest")
    outside = (synthetic < real.min()) | (synthetic > real.max())
    return {
        "column": column.name,
        "real_low": float((real < low).mean()),
        "real_high": float((real > high).mean()),
        "low": float((synthetic < low).mean()),
        "high": float((synthetic > high).mean()),
        "outside": float(outside.mean()),
    }


def tail_coverage(tails: pd.DataFrame) -> float:
    """Return how much of the real tail mass is there, 0 … 1, the mean over columns and sides."""
    kept = []
    for side in ("low", "high"):
        there = tails[tails[f"real_{side}"] > 0]
        kept += list(np.minimum(there[side] / there[f"real_{side}"], 1.0))
    return float(np.mean(kept)) if kept else float("nan")


def outlier_coverage(real: Any, synthetic: Any, *, rng: RandomState = None) -> tuple[float, int]:
    """Return the covered share of the real outliers (Eq. 2) and how many outliers there are."""
    tables = align({"real": real, "synthetic": synthetic})
    generator = as_generator(rng)
    small = tables.take([some_rows(n, MAX_ROWS, generator) for n in tables.rows])
    real_points, synthetic_points = small.scores(reference=[0])
    radius, nearest, _ = neighbourhoods(real_points, synthetic_points, NEIGHBOURS)
    return covered_outliers(radius, nearest)


def covered_outliers(radius: np.ndarray, nearest: np.ndarray) -> tuple[float, int]:
    """Return Eq. 2 from each real row's neighbour radius (n,) and nearest synthetic row (n,)."""
    count = max(int(OUTLIER_SHARE * len(radius)), min(20, len(radius)))
    outliers = np.argsort(-radius, kind="stable")[:count]
    return float((nearest[outliers] <= radius[outliers]).mean()), count


# --- levels and gaps --------------------------------------------------------------------------


def level_changes(real: Any, synthetic: Any) -> pd.DataFrame:
    """Return for each categorical column its lost and invented levels (Eq. 3).

    Returns
    -------
    DataFrame
        ``column``, ``lost`` (how many levels), ``lost_share`` (of the real rows), ``invented``
        (how many), ``invented_share`` (of the synthetic rows).  No level is shown: its name may
        be a person's.
    """
    return level_scores(align({"real": real, "synthetic": synthetic}))


def level_scores(tables: Aligned) -> pd.DataFrame:
    """``level_changes`` on aligned tables 0 and 1."""
    columns = [c for c in tables.columns if c.role == "category"]
    surprise = LOST_BY_CHANCE / max(sum(c.size for c in columns), 1)  # Bonferroni over all levels
    rows = [_column_levels(c, surprise) for c in columns]
    return pd.DataFrame(
        rows, columns=["column", "lost", "lost_share", "invented", "invented_share"]
    )


def _column_levels(column: AlignedColumn, surprise: float) -> dict[str, Any]:
    real, synthetic = (
        np.bincount(codes[codes >= 0], minlength=column.size) for codes in column.codes[:2]
    )
    n, m = max(int(real.sum()), 1), int(synthetic.sum())
    by_chance = (1 - real / n) ** m  # Eq. 3
    lost = (real > 0) & (synthetic == 0) & (by_chance < surprise)
    invented = (real == 0) & (synthetic > 0)
    return {
        "column": column.name,
        "lost": int(lost.sum()),
        "lost_share": float(real[lost].sum() / n),
        "invented": int(invented.sum()),
        "invented_share": float(synthetic[invented].sum() / max(m, 1)),
    }


def missing_pattern_score(tables: Aligned) -> float:
    """Return 1 − total variation between the patterns of missing cells (Eq. 4)."""
    keys = row_keys([tables.codes(k) < 0 for k in (0, 1)])
    where, found = pd.factorize(np.concatenate(keys))
    pieces = np.split(where, [tables.rows[0]])
    shares = [np.bincount(part, minlength=len(found)) / len(part) for part in pieces]
    return 1 - total_variation(shares[0], shares[1])


# --- rules ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """Something that holds in every real row; ``broken`` is the synthetic share that breaks it."""

    kind: str
    columns: tuple[Hashable, ...]
    broken: float

    def sentence(self) -> str:
        """Return the rule in words."""
        a, b = self.columns[0], self.columns[-1]
        return {
            "order": f"{a!r} ≤ {b!r} holds in every real row",
            "decides": f"{a!r} decides {b!r} in every real row",
            "sign": f"{a!r} is never negative in the real table",
            "whole": f"{a!r} holds whole numbers only in the real table",
        }[self.kind]


def broken_rules(real: Any, synthetic: Any) -> list[Rule]:
    """Find rules that hold in every real row, and count the synthetic rows that break them (Eq. 5).

    Returns
    -------
    list of Rule
        All rules found, the most broken first; ``broken`` is 0 where a rule is kept.
    """
    return rule_scores(align({"real": real, "synthetic": synthetic}))


def rule_scores(tables: Aligned) -> list[Rule]:
    """``broken_rules`` on aligned tables 0 and 1."""
    if tables.rows[0] < MIN_RULE_ROWS:
        return []
    numeric = [c for c in tables.columns if c.role == "numeric" and c.size > 1]
    rules = [rule for c in numeric for rule in _value_rules(c)]
    rules += [rule for a in numeric for b in numeric if a is not b for rule in _order_rule(a, b)]
    rules += _decision_rules(tables)
    return sorted(rules, key=lambda rule: -rule.broken)


def _value_rules(column: AlignedColumn) -> list[Rule]:
    real, synthetic = (column.values[codes[codes >= 0]] for codes in column.codes[:2])
    if len(real) < MIN_RULE_ROWS or column.is_time:
        return []
    rules = []
    if real.min() >= 0:
        rules.append(Rule("sign", (column.name,), _share(synthetic < 0)))
    if (real % 1 == 0).all():
        rules.append(Rule("whole", (column.name,), _share(synthetic % 1 != 0)))
    return rules


def _order_rule(a: AlignedColumn, b: AlignedColumn) -> list[Rule]:
    """Return the rule a ≤ b where it holds in all real rows and isn't a matter of course.

    Ranges that don't even touch need no rule: there the marginals say it already.
    """
    x, y = _both_present(a, b, 0)
    if len(x) < MIN_RULE_ROWS or (x > y).any() or x.max() <= y.min() or (x == y).all():
        return []
    x, y = _both_present(a, b, 1)
    return [Rule("order", (a.name, b.name), _share(x > y))]


def _both_present(a: AlignedColumn, b: AlignedColumn, table: int) -> tuple[np.ndarray, np.ndarray]:
    there = (a.codes[table] >= 0) & (b.codes[table] >= 0)
    return a.values[a.codes[table][there]], b.values[b.codes[table][there]]


def _decision_rules(tables: Aligned) -> list[Rule]:
    """Return 'a decides b': each level of a goes with one value of b in the real table.

    Only where a repeats (few levels a row) and b isn't constant; a missing value counts as one.
    """
    most = min(DECIDES_LEVELS_PER_ROW * tables.rows[0], MAX_DECIDING_LEVELS)
    levels = {c.name: np.count_nonzero(np.bincount(c.codes[0] + 1)) for c in tables.columns}
    rules = []
    for a in tables.columns:
        if not 2 <= levels[a.name] <= most:
            continue
        for b in tables.columns:
            if a is b or levels[b.name] < 2:
                continue
            decided = _decided_value(a, b)
            if decided is None:
                continue
            code = a.codes[1] + 1
            known = decided[code] > -2  # levels of a that the real table has
            broken = known & (b.codes[1] != decided[code])
            rules.append(Rule("decides", (a.name, b.name), _share(broken)))
    return rules


def _decided_value(a: AlignedColumn, b: AlignedColumn) -> np.ndarray | None:
    """Return b's code for each code of a (size + 1,), −2 where a has no row; None if undecided."""
    decided = np.full(a.size + 1, -2, dtype=np.int64)
    decided[a.codes[0] + 1] = b.codes[0]  # the last row of each level stays
    return decided if (decided[a.codes[0] + 1] == b.codes[0]).all() else None


def _share(broken: np.ndarray) -> float:
    return float(broken.mean()) if len(broken) else 0.0
