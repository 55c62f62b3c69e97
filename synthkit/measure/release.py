r"""How anonymous is a released table by itself: k-anonymity, l-diversity, t-closeness.

Rows that agree on all **quasi-identifiers** (what an outsider may know: age, postcode,
sex) form a class.  With class sizes $f_i$ of n rows and the shares $q$ of a sensitive
value within a class, $p$ in the whole table:

- k-anonymity: $k = \min_i f_i$ (1) (Sweeney 2002);
- prosecutor risk, a target known to be in the table: $\frac1n\sum_{\text{rows}} 1/f$ (2);
- distinct l-diversity: the fewest different sensitive values in a class (3); entropy
  l-diversity: $\min_i \exp H(q_i)$ (4) (Machanavajjhala 2007);
- t-closeness: the largest distance of q from p: total variation for a category, the
  earth mover's distance over ordered values for a number,
  $\frac{1}{m-1}\sum_{j<m} |\sum_{l \le j} (q_l - p_l)|$ (5) (Li 2007).

When it fails: all three say nothing about an outsider who knows more than the
quasi-identifiers, nor about several releases together.  'k-anonymous' is not 'safe'.

References
----------
Sweeney, k-anonymity, IJUFKS 10 (2002).  Machanavajjhala et al., l-diversity, TKDD 1
(2007).  Li et al., t-closeness, ICDE 2007.  El Emam & Dankar, JAMIA 15 (2008).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthkit.errors import DataError, ParameterError
from synthkit.measure.aligned import Aligned, AlignedColumn, align


@dataclass(frozen=True)
class Anonymity:
    """What a released table's classes look like.

    ``k`` is the smallest class, ``unique_share`` the share of rows alone in their class,
    ``prosecutor_risk`` the mean chance of naming a row (0 … 1).
    """

    k: int
    classes: int
    unique_share: float
    prosecutor_risk: float


def k_anonymity(table: Any, quasi_identifiers: Sequence[Hashable]) -> Anonymity:
    """Count the classes of rows that agree on the quasi-identifiers.

    A missing value counts as a value; it agrees with other missing ones.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"age": [30, 30, 41], "ill": [True, False, True]})
    >>> k_anonymity(people, ["age"]).k
    1
    """
    sizes = np.bincount(_classes(table, quasi_identifiers)[0])
    n = int(sizes.sum())
    return Anonymity(
        k=int(sizes.min()),  # Eq. 1
        classes=len(sizes),
        unique_share=float((sizes == 1).sum() / n),
        prosecutor_risk=float(len(sizes) / n),  # Eq. 2: each class sums to f · 1/f = 1
    )


def l_diversity(
    table: Any, quasi_identifiers: Sequence[Hashable], sensitive: Hashable
) -> dict[str, float]:
    """Return ``distinct`` (Eq. 3), ``entropy`` (Eq. 4) and ``homogeneous``.

    ``homogeneous`` is the share of rows whose class has one sensitive value only: for them,
    knowing the class is knowing the secret.
    """
    counts = _sensitive_counts(table, quasi_identifiers, sensitive)[0]  # (classes, values)
    different = (counts > 0).sum(axis=1)
    q = counts / counts.sum(axis=1, keepdims=True)
    entropy = -(q * np.log(q, where=q > 0, out=np.zeros_like(q))).sum(axis=1)
    alone = counts.sum(axis=1)[different == 1].sum()
    return {
        "distinct": float(different.min()),  # Eq. 3
        "entropy": float(np.exp(entropy.min())),  # Eq. 4
        "homogeneous": float(alone / counts.sum()),
    }


def t_closeness(table: Any, quasi_identifiers: Sequence[Hashable], sensitive: Hashable) -> float:
    """Return the largest distance t of a class's sensitive values from the table's (0 … 1)."""
    counts, column = _sensitive_counts(table, quasi_identifiers, sensitive)
    q = counts / counts.sum(axis=1, keepdims=True)
    p = counts.sum(axis=0) / counts.sum()
    if column.role == "category" or counts.shape[1] < 2:
        return float((np.abs(q - p).sum(axis=1) / 2).max())
    steps = np.abs(np.cumsum(q - p, axis=1)).sum(axis=1)
    return float((steps / (counts.shape[1] - 1)).max())  # Eq. 5


def _classes(table: Any, columns: Sequence[Hashable]) -> tuple[np.ndarray, Aligned]:
    """Return each row's class number (n,) and the aligned table."""
    tables = align({"released": table})
    _require_known(tables, columns)
    if not columns:
        raise ParameterError("quasi_identifiers must name at least one column; got none.")
    codes = np.column_stack([c.codes[0] for c in tables.columns if c.name in columns])
    _, number = np.unique(codes, axis=0, return_inverse=True)
    return number.ravel(), tables


def _sensitive_counts(
    table: Any, columns: Sequence[Hashable], sensitive: Hashable
) -> tuple[np.ndarray, AlignedColumn]:
    """Count sensitive values in each class: (classes, values); a missing value comes first."""
    number, tables = _classes(table, columns)
    _require_known(tables, [sensitive])
    column = next(c for c in tables.columns if c.name == sensitive)
    counts = np.zeros((number.max() + 1, column.size + 1))
    np.add.at(counts, (number, column.codes[0] + 1), 1)
    return counts[:, counts.sum(axis=0) > 0], column


def _require_known(tables: Aligned, columns: Sequence[Hashable]) -> None:
    unknown = [c for c in columns if c not in tables.names]
    if unknown:
        raise DataError(
            f"columns must be among those of the table that are no identifiers; got {unknown}. "
            f"They are {tables.names[:20]}; drop direct identifiers before you release a table."
        )
