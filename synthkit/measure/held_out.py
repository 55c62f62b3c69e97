"""What makes a holdout a holdout: none of its rows was learned from.

Rows may coincide by chance, so the question is whether held-out rows repeat real ones more often
than real rows repeat each other.  An overlap that is too small to prove (some 6 % of 200 rows,
1 % of 1,000) weakens an attack by that share only; the scorecard still says how many rows it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.errors import DataError
from synthkit.measure.aligned import Aligned, align
from synthkit.measure.attack import MIN_ROWS, NO_COLUMNS, too_few
from synthkit.measure.distances import row_keys
from synthkit.measure.intervals import more_hits_p_value

OVERLAP_LEVEL = 1e-4  # an overlap is said at this level


@dataclass(frozen=True)
class Overlap:
    """How a holdout and the real table meet.

    Parameters
    ----------
    sentence : str
        Why it is no holdout; '' where it is one.
    shared, rows : int
        Held-out rows that stand in the real table too, and how many there are.
    chance : float
        The share that chance would repeat: real rows that have a twin.
    """

    sentence: str
    shared: int
    rows: int
    chance: float


def holdout_overlap(
    tables: Aligned, units: Mapping[str, np.ndarray] | None = None, place: int = 1
) -> Overlap:
    """Compare table ``place`` (the holdout) with table 0 (real); units may not stand in both."""
    keys = row_keys([tables.codes(k) for k in (0, place)])
    _, where, counts = np.unique(keys[0], return_inverse=True, return_counts=True)
    twins = int((counts[where] > 1).sum())
    shared = int(np.isin(keys[1], keys[0]).sum())
    m, n = (len(side) for side in keys)
    sentence = ""
    both = 0 if units is None else len(np.intersect1d(units["real"], units["holdout"]))
    if both:
        sentence = (
            f"{both:,} units stand in both the real table and the holdout, so the attacks "
            "can't be assessed; split by unit (synthkit split --unit)"
        )
    elif more_hits_p_value(shared, n, twins, m) < OVERLAP_LEVEL:
        sentence = (
            f"the holdout overlaps the real table: {shared:,} of its {n:,} rows stand there too "
            f"(chance would repeat {twins / m:.1%}), so the attacks can't be assessed; hold out "
            "rows before anything is trained (synthkit split)"
        )
    return Overlap(sentence, shared, n, twins / m)


def require_held_out(tables: Aligned) -> None:
    """Raise DataError where table 2 (the holdout) overlaps table 0 (real).

    An attack would find members among its controls, and call a leak harmless.
    """
    found = holdout_overlap(tables, place=2)
    if found.sentence:
        raise DataError(
            f"the holdout must hold none of the rows of the real table; got {found.shared:,} of "
            f"{found.rows:,} (chance would repeat {found.chance:.1%}). Hold out rows before "
            "anything is trained: synthkit split."
        )


def attacked(real: Any, synthetic: Any, holdout: Any) -> Aligned:
    """Put three tables side by side, or raise DataError where no attack can be assessed."""
    tables = align({"real": real, "synthetic": synthetic, "holdout": holdout})
    n, m = tables.rows[0], tables.rows[2]
    if min(n, m) < MIN_ROWS:
        raise DataError(f"an attack {too_few(n, m)}. Pass more rows.")
    if not tables.columns:
        raise DataError(f"an attack {NO_COLUMNS}; got {list(tables.identifiers)[:10]}. Add one.")
    require_held_out(tables)
    return tables
