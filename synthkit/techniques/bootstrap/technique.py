r"""Bootstrap: synthetic tables made of real rows.

Each synthetic row is a real one, drawn again: whole rows, so that whatever held between columns
still holds.  Nothing is modelled and nothing is lost, but nothing is new either, and nothing is
hidden: **every row is a copy of a real one**, which makes this the one technique that must never
be used for privacy.  It is the yardstick of fidelity, the quickest way to 'what if the sample had
fallen otherwise?', and the core of interval estimation (``intervals``).

What is drawn (Eq. 1-7 of ``rows``) must fit the data: rows in time need blocks, groups whose sizes
were fixed by design need strata.  Two kinds do make new values, in ranks so that mixed tables
work: with :math:`z = \Phi^{-1}(u)` the normal scores of the columns' ranks u,

1. smoothed:    :math:`z^* = (z_i + h L \varepsilon)/\sqrt{1+h^2}` on the columns that have an order
2. parametric:  :math:`z^* = L \varepsilon` with :math:`L L^\top` the correlation of z

Where this differs from the papers: Eq. 1 and 2 nudge ranks, not values, so that the columns keep
their own distributions (no negative ages); 'm out of n' is no kind here, since ``sample(m)`` is it.

When it fails (``FAILURES``, each with a dial): rows that depend on each other, extremes, infinite
variance.  And always: privacy.

References
----------
Efron, B. (1979). Bootstrap methods: another look at the jackknife. Ann. Statist. 7.
Silverman, B., Young, G. (1987). The bootstrap: to smooth or not to smooth? Biometrika 74.
Athreya, K. (1987). Bootstrap of the mean in the infinite variance case. Ann. Statist. 15.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import ndtr

from synthkit.base import Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.failures import Failure
from synthkit.tables import normal_scores
from synthkit.techniques.bootstrap import rows
from synthkit.techniques.bootstrap.design import TABLE_KINDS, checked_kind, complete_numbers
from synthkit.techniques.bootstrap.failures import FAILURES
from synthkit.techniques.bootstrap.rows import BLOCK_KINDS, Indices

ORDERED = ("continuous", "integer", "datetime")  # kinds of columns that a nudge can move


class Bootstrap(Synthesizer):
    """Resample the rows of a table.

    Parameters
    ----------
    kind : str, optional
        'iid', 'stratified', 'moving_block', 'circular_block', 'stationary_block', 'bayesian'
        (the rows get random weights once, at ``fit``: one draw of the population), 'smoothed' or
        'parametric'.  Default: 'stationary_block' if ``block_length`` is given, 'stratified' if
        ``strata`` is, else 'iid', because most tables hold independent rows.
    block_length : float or 'auto', optional
        (Mean) rows in a block; 'auto' is the default of the block kinds, because too short a
        block hides the dependence and too long a one repeats the series.
    strata : column name, optional
        Each group of this column keeps its share of the rows.
    order : column name, optional
        Rows are sorted by it before blocks are cut; default: as they stand.  The column itself
        comes back with its row, so its values jump where a new block begins.
    bandwidth : float, optional
        For 'smoothed', in standard deviations of the normal scores; default Silverman's, which
        suits bell-shaped data.

    Attributes
    ----------
    table_ : DataFrame
        The fitted rows, without identifiers.
    block_length_ : float
        Rows in a block (block kinds).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "c"]})
    >>> fake = Bootstrap().fit(table).sample(5, rng=0)
    >>> set(zip(fake["x"], fake["y"])) <= {(1, "a"), (2, "b"), (3, "c")}
    True
    """

    name: ClassVar[str] = "bootstrap"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES

    def __init__(
        self,
        *,
        kind: str | None = None,
        block_length: float | str | None = None,
        strata: Hashable | None = None,
        order: Hashable | None = None,
        bandwidth: float | None = None,
    ) -> None:
        self.kind = kind
        self.block_length = block_length
        self.strata = strata
        self.order = order
        self.bandwidth = bandwidth

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        self.kind_ = self._checked_kind(table)
        if self.order is not None:
            in_order = table[self.order].argsort(kind="stable")
            table = table.iloc[in_order].reset_index(drop=True)
        encoder = self._fit_encoder(table)
        identifiers = [spec.name for spec in self.schema_ if spec.kind == "identifier"]
        self.table_ = table.drop(columns=identifiers)
        if self.kind_ in BLOCK_KINDS:
            columns = complete_numbers(
                self.table_.drop(columns=[] if self.order is None else [self.order])
            )
            self.block_length_ = rows.checked_block_length(self.block_length, columns, self.kind_)
        elif self.kind_ == "stratified":
            self.strata_ = pd.factorize(table[self.strata], use_na_sentinel=False)[0]  # (n,)
        elif self.kind_ == "bayesian":
            self.weights_ = rows.bayesian_weights(len(table), 1, rng)[0]  # (n,)
        elif self.kind_ in ("smoothed", "parametric"):
            u, self.missing_ = encoder.encode(table)  # (n, d)
            self.scores_ = normal_scores(u)
            ordered = [self.schema_[name].kind in ORDERED for name in encoder.columns]
            self.moved_ = np.array(ordered, dtype=bool) | (self.kind_ == "parametric")  # (d,)
            _, self.root_ = rows.covariance_root(self.scores_[:, self.moved_])

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if self.kind_ in ("smoothed", "parametric"):
            if given:
                raise ParameterError(self._no_given())
            return self._new_values(n, rng)
        picked = self._matching(given, n, rng) if given else self._draw(n, rng)
        block = self.table_.iloc[picked].reset_index(drop=True)
        return self.encoder_.with_identifiers(block, 0)[self.schema_.names]

    def _draw(self, n: int, rng: np.random.Generator) -> Indices:
        """Return n row numbers."""
        n_rows = len(self.table_)
        if self.kind_ in BLOCK_KINDS:
            return rows.dependent_indices(self.kind_, n_rows, self.block_length_, n, 1, rng)[0]
        if self.kind_ == "stratified":
            return rows.proportional_indices(self.strata_, n, rng)
        if self.kind_ == "bayesian":
            return rng.choice(n_rows, size=n, p=self.weights_)
        return rows.iid_indices(n_rows, n, 1, rng)[0]

    def _matching(self, given: dict[Any, Any], n: int, rng: np.random.Generator) -> Indices:
        """Return n row numbers among the rows that hold the given values."""
        if self.kind_ not in ("iid", "bayesian"):
            raise ParameterError(self._no_given())
        match = np.ones(len(self.table_), dtype=bool)
        for name, value in given.items():
            if name not in self.table_.columns:
                raise ParameterError(
                    f"given must name columns that can be resampled; got {name!r}. "
                    f"They are {list(self.table_.columns)}."
                )
            match &= np.asarray((self.table_[name] == value).fillna(False), dtype=bool)
        found = np.flatnonzero(match)
        if found.size == 0:
            raise DataError(
                f"given must hold for at least one fitted row; got {given}, which none has. "
                "The bootstrap makes no new rows: try MonteCarlo."
            )
        weights = self.weights_[found] if self.kind_ == "bayesian" else np.ones(found.size)
        return rng.choice(found, size=n, p=weights / weights.sum())

    def _no_given(self) -> str:
        return (
            f"given must go with kind='iid' or 'bayesian'; got kind={self.kind_!r}. "
            "Leave it out, or fit again with kind='iid'."
        )

    def _new_values(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return n rows with new values: drawn rows, nudged or replaced in normal scores."""
        picked = rows.iid_indices(len(self.scores_), n, 1, rng)[0]
        z = self.scores_[picked].copy()  # (n, d)
        noise = rng.standard_normal((n, int(self.moved_.sum()))) @ self.root_.T
        if self.kind_ == "parametric":
            spread = np.sqrt((self.root_**2).sum(axis=1))
            z[:, self.moved_] = noise / np.where(spread > 0, spread, 1.0)  # Eq. 2
        else:
            h = self._bandwidth()
            z[:, self.moved_] = (z[:, self.moved_] + h * noise) / np.sqrt(1.0 + h**2)  # Eq. 1
        return self.encoder_.decode(ndtr(z), self.missing_[picked])

    def _bandwidth(self) -> float:
        if self.bandwidth is not None:
            return float(self.bandwidth)
        return rows.silverman_bandwidth(len(self.scores_), max(1, int(self.moved_.sum())))

    def _checked_kind(self, table: pd.DataFrame) -> str:
        kind = checked_kind(self.kind, self.block_length, self.strata, TABLE_KINDS)
        for role in ("strata", "order"):
            name = getattr(self, role)
            if name is not None and name not in table.columns:
                raise ParameterError(
                    f"{role} must name a column; got {name!r}. The columns are "
                    f"{list(table.columns)}."
                )
        if self.order is not None and kind not in BLOCK_KINDS:
            raise ParameterError(
                f"order must go with a block kind; got kind={kind!r}. "
                "Leave it out, or set block_length='auto'."
            )
        if self.order is not None and table[self.order].isna().any():
            raise DataError(
                f"column {self.order!r} must be complete to order the rows; got a missing value "
                f"in row {int(np.asarray(table[self.order].isna()).argmax())}. Drop those rows."
            )
        h = self.bandwidth
        if h is not None and not (kind == "smoothed" and np.isfinite(h) and h > 0):
            raise ParameterError(
                f"bandwidth must be above 0, for kind='smoothed' only; got {h!r} with "
                f"kind={kind!r}. Leave it out for Silverman's."
            )
        return kind
