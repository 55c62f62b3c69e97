r"""Perturbation: the table itself, changed a little; or a private table in its place.

``method`` chooses how.  Without a privacy proof, and the dial of each:

    additive            independent noise                      noise_ratio (c)
    multiplicative      lognormal noise with mean one          noise_ratio (c)
    kim                 noise shaped like the data             noise_ratio (c)
    microaggregation    averages of k similar rows (MDAV)      group_size (k)
    rank_swap           values change places                   window
    pram                levels are exchanged                   change
    rounding, random_rounding                                  base

Differential privacy, with ``epsilon``, ``delta`` and public ``bounds`` and ``categories``:

    laplace, gaussian   noise on each cell (local DP)
    histogram           new rows from noisy histograms, columns independent
    marginals           new rows from noisy counts of columns and of a tree of pairs

Where this differs from the papers: see the files, one for each idea.  Here: the noise seed is
stored at ``fit`` and mixed with the content of the table, so that ``transform`` of the same table
gives the same release, and of another table fresh noise (the same noise twice could be
subtracted).  After ``fit`` no real row is kept, only the release.

When it fails: plain noise flattens correlations; Kim's looks safer than it is; a small epsilon
destroys a small group first (see ``failures``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils import Tags, TransformerTags
from sklearn.utils.validation import validate_data

from synthkit import saving
from synthkit.base import Synthesizer
from synthkit.errors import ParameterError
from synthkit.failures import Failure
from synthkit.rng import RandomState
from synthkit.tables import Schema, TableEncoder, as_table, storage
from synthkit.techniques.perturbation import plain, private, state
from synthkit.techniques.perturbation.dp_marginals import TreeModel, fit_tree
from synthkit.techniques.perturbation.failure_modes import FAILURES
from synthkit.techniques.perturbation.failure_swapping import SWAPPING
from synthkit.techniques.perturbation.ledger import PrivacyLedger
from synthkit.techniques.perturbation.noise_sources import noise_source
from synthkit.techniques.perturbation.parameters import check_parameters
from synthkit.techniques.perturbation.public import Given, plan_public, public_columns
from synthkit.techniques.perturbation.statements import plain_statement, private_statement

SEED_WORDS = 4  # 128 bits of noise seed


class Perturbation(Synthesizer):
    """Perturb a table, with or without differential privacy.

    Parameters
    ----------
    method : str
        See the head of this file.  The default keeps means and correlations; no method is safe
        by its name.
    noise_ratio : float >= 0
        c: variance of the noise over that of the column.
    group_size : int >= 2
        k: rows that share an average.
    window : float in (0, 1]
        How far a value may travel, as a share of the ranks.
    change : float in [0, 1]
        Probability with which a level is drawn anew (PRAM); all methods without a proof treat
        categories so.
    base : float or dict, optional
        Rounding base, for all numbers or by column (timedeltas for dates); by default a power of
        ten below half a standard deviation.
    epsilon : float > 0
        Of everything that ``fit`` releases, the bounds and levels that are paid for included.
    delta : float in [0, 1)
        Chance that the promise fails; 0 gives purely private noise (Laplace).
    bounds, categories : dict, 'paid' or 'data', optional
        ``{"age": (0, 120)}``, ``{"sex": ["F", "M"]}``; entries may be 'paid' or 'data' as well.
        'paid' spends a fifth of the budget on them, 'data' reads them off the table and is not
        private (the statement says so).  Without them the private methods raise.
    adjacency : {'add-remove', 'replace-one'}
        What neighbours are, for 'histogram' and 'marginals'; cells are always 'replace-one'.
    bins : int
        Cells of equal width for each number, for 'histogram' and 'marginals'.
    backend : {'auto', 'opendp', 'readable'}
        Where the noise comes from; 'auto' is OpenDP where the extra 'privacy' is installed.
        OpenDP's noise can't be seeded: no two fits are alike.
    ledger : PrivacyLedger, optional
        A budget shared with other releases about the same people; by default a new one.

    Attributes
    ----------
    released_ : DataFrame or None
        The perturbed table ('histogram' and 'marginals' keep a model instead).
    ledger_ : PrivacyLedger or None
        What was spent; None for methods without a proof.
    statement_ : str
        What this release is, and what it is not, in words.

    Examples
    --------
    >>> import synthkit as sk
    >>> table = sk.load("breast_cancer")
    >>> Perturbation(method="microaggregation").fit(table, rng=0).transform(table).shape
    (569, 11)
    """

    name: ClassVar[str] = "perturbation"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES + SWAPPING
    released_: pd.DataFrame | None
    model_: TreeModel | None
    ledger_: PrivacyLedger | None
    state_: Any
    statement_: str

    def __init__(
        self,
        *,
        method: str = "kim",
        noise_ratio: float = 0.25,
        group_size: int = 5,
        window: float = 0.1,
        change: float = 0.2,
        base: plain.Base = None,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        bounds: Given = None,
        categories: Given = None,
        adjacency: str = "add-remove",
        bins: int = 16,
        backend: str = "auto",
        ledger: PrivacyLedger | None = None,
    ) -> None:
        self.method = method
        self.noise_ratio = noise_ratio
        self.group_size = group_size
        self.window = window
        self.change = change
        self.base = base
        self.epsilon = epsilon
        self.delta = delta
        self.bounds = bounds
        self.categories = categories
        self.adjacency = adjacency
        self.bins = bins
        self.backend = backend
        self.ledger = ledger

    # --- learning -------------------------------------------------------------------------------

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        try:
            check_parameters(self)
            self.noise_seed_ = [int(word) for word in rng.integers(0, 2**32, SEED_WORDS)]
            self._learn_fixed(table)
            if self.method in private.METHODS:
                self._fit_private(table)
            else:
                self._fit_plain(table)
            self.digest_ = _digest(table, self.noise_seed_)
        except BaseException:
            self.__dict__.pop("schema_", None)  # a fit that failed is no fit
            raise

    def _learn_fixed(self, table: pd.DataFrame) -> None:
        """Keep constants as they are, and plan fresh identifiers."""
        identifiers = tuple(s for s in self.schema_ if s.kind == "identifier")
        self.constants_: dict[Hashable, Any] = {}
        for spec in self.schema_:
            if spec.kind == "constant":
                present = table[spec.name].dropna()
                self.constants_[spec.name] = present.iloc[0] if len(present) else None
        if identifiers:
            columns = table[[spec.name for spec in identifiers]]
            self.encoder_ = TableEncoder(Schema(identifiers)).fit(columns)

    def _fit_plain(self, table: pd.DataFrame) -> None:
        self.ledger_, self.model_ = None, None
        self.state_ = plain.learn_plain(table, self.schema_, self._settings())
        self.statement_ = ""
        released = self._release_plain(table)
        self.statement_ = plain_statement(self.schema_, self._settings(), table, released)
        self.released_ = self._labelled(released)

    def _fit_private(self, table: pd.DataFrame) -> None:
        """Plan, charge the ledger, and only then draw noise."""
        public = plan_public(self.schema_, self.bounds, self.categories)
        budget = private.plan(
            self.method, self.schema_, public,
            epsilon=self.epsilon, delta=self.delta, adjacency=self.adjacency,  # type: ignore[arg-type]
        )  # fmt: skip
        rng = self._stream(table)
        noise = noise_source(self.backend, rng)  # type: ignore[arg-type]
        ledger = PrivacyLedger(self.epsilon, self.delta) if self.ledger is None else self.ledger
        ledger.charge(*budget.expenses)
        columns = public_columns(
            table, self.schema_, public, noise, epsilon_each=budget.public_epsilon,
            delta_each=budget.public_delta, sensitivity=budget.sensitivity,
        )  # fmt: skip
        self.ledger_ = ledger
        self.state_ = state.PrivateState(columns, budget)
        self.model_, self.released_ = None, None
        self.statement_ = private_statement(self, public, noise.words)
        if self.method in private.MODELS:
            cells = private.to_cells(table, columns, self.bins, rng)
            sizes = private.cell_counts(columns, self.schema_, self.bins)
            assert budget.spending is not None
            self.model_ = fit_tree(cells, sizes, budget.spending, noise)
        else:
            arrays = private.release_local(table, self.schema_, columns, budget, noise, rng)
            self.released_ = self._assembled(arrays, len(table))

    def _settings(self) -> plain.PlainSettings:
        return plain.PlainSettings(
            self.method, self.noise_ratio, self.group_size, self.window, self.change, self.base
        )

    # --- releasing ------------------------------------------------------------------------------

    def transform(self, X: Any) -> pd.DataFrame:
        """Return the perturbed version of a table, row by row.

        The fitted table comes back as it was released at ``fit``, however often it is asked for.
        Another table with the same columns gets noise of its own; a private method charges the
        ledger again, because the same people may be in it.  'histogram' and 'marginals' have no
        rows that correspond: they return as many new rows as ``X`` has.

        Raises
        ------
        NotFittedError, DataError
            Before ``fit``; for columns or levels that ``fit`` never saw.
        BudgetError
            If the ledger can't pay for a second table.
        """
        self._check_fitted()
        table = self._aligned(X)
        if self.model_ is not None:
            return self.sample(len(table), rng=self._stream(table))
        if self.released_ is not None and _digest(table, self.noise_seed_) == self.digest_:
            return self._labelled(self.released_.copy())
        if self.method not in private.METHODS:
            return self._release_plain(table)
        assert self.ledger_ is not None
        rng = self._stream(table)
        noise = noise_source(self.backend, rng)  # type: ignore[arg-type]
        columns, budget = self.state_.columns, self.state_.budget
        self.ledger_.charge(*(e for e in budget.expenses if e.what.startswith("cells of ")))
        arrays = private.release_local(table, self.schema_, columns, budget, noise, rng)
        return self._assembled(arrays, len(table))

    def fit_transform(self, X: Any, y: Any = None, *, rng: RandomState = None) -> pd.DataFrame:
        """Fit to a table and return its release."""
        return self.fit(X, y, rng=rng).transform(X)

    def _aligned(self, X: Any) -> pd.DataFrame:
        """Return the table with the fitted columns in the fitted order."""
        if not isinstance(X, pd.DataFrame) and not hasattr(X, "to_pandas"):
            X = validate_data(self, X, dtype=None, ensure_all_finite=False, reset=False)
            X = pd.DataFrame(X, columns=pd.Index(self.schema_.names))
            X = X.infer_objects() if X.dtypes.eq(object).any() else X
        return self.schema_.aligned(as_table(X))

    def _release_plain(self, table: pd.DataFrame) -> pd.DataFrame:
        rng = self._stream(table)
        arrays = plain.release_plain(table, self.schema_, self.state_, self._settings(), rng)
        kept = {s.name: table[s.name].array for s in self.schema_ if s.name not in arrays}
        return self._assembled({**kept, **arrays}, len(table))

    def _stream(self, table: pd.DataFrame) -> np.random.Generator:
        """Return the noise stream of this table: its content is part of the seed."""
        content = int(_digest(table, self.noise_seed_)[:16], 16)
        return np.random.default_rng([*self.noise_seed_, content])

    def _assembled(self, arrays: dict[Hashable, Any], n: int) -> pd.DataFrame:
        """Put columns together in the fitted order, with constants and fresh identifiers."""
        cells = []
        for spec in self.schema_:
            if spec.kind == "constant":
                cells.append(storage.constant_values(self.constants_[spec.name], n, spec))
            elif spec.kind == "identifier":
                line: Any = self.encoder_.lines[spec.name]
                cells.append(storage.surrogate_values(line, 0, n, spec))
            else:
                cells.append(arrays[spec.name])
        # By its own dtype: pandas would turn an object array of datetimes into datetime64.
        series = {k: pd.Series(c, dtype=getattr(c, "dtype", None)) for k, c in enumerate(cells)}
        frame = pd.DataFrame(series, index=pd.RangeIndex(n))
        frame.columns = pd.Index(self.schema_.names)
        return self._labelled(frame)

    def _labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Let the result say in its own words what it is (``frame.attrs['privacy']``)."""
        frame.attrs["privacy"] = self.statement_
        return frame

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"given must be None for a perturbed table; got {given!r}. Draw rows without "
                "conditions and select among them."
            )
        if self.model_ is not None:
            cells = self.model_.draw(n, rng)
            arrays = private.from_cells(cells, self.state_.columns, self.bins, rng)
            return self._assembled(arrays, n)
        assert self.released_ is not None
        rows = len(self.released_)  # each row once before any comes twice
        turns = [rng.permutation(rows) for _ in range(math.ceil(n / rows))]
        chosen = np.concatenate(turns)[:n]
        return self._labelled(self.released_.iloc[chosen].reset_index(drop=True))

    # --- saving, and scikit-learn's manners -----------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the release to one file; a shared ledger is saved as it stands, as ``ledger_``."""
        self._check_fitted()
        parameters = {**self.get_params(deep=False), "ledger": None}
        saving.save(path, self.name, parameters, self._get_state())

    def _get_state(self) -> dict[str, Any]:
        return state.to_plain(super()._get_state())

    def _set_state(self, values: dict[str, Any]) -> None:
        super()._set_state(state.from_plain(values))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=[])
        tags.non_deterministic = True  # noise of its own for each table, in each fit
        return tags


def _digest(table: pd.DataFrame, key: list[int]) -> str:
    """Return a keyed fingerprint of the content: it names a table without holding it."""
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    secret = np.array(key, dtype=np.uint32).tobytes()
    return hashlib.blake2b(rows.tobytes(), digest_size=16, key=secret).hexdigest()
