"""The contract: what every technique of the kit offers, and how one is saved.

A technique writes ``_fit`` and ``_sample_block``; this module gives it ``fit``,
``sample``, ``save`` and scikit-learn's manners.  One that learns in steps derives
from ``SteppedSynthesizer`` and writes ``_iter_fit``; one that makes rows from knowledge
derives from ``Simulator`` and writes ``_simulate``.

>>> import synthkit as sk
>>> table = sk.load("breast_cancer")
>>> sk.MonteCarlo().fit(table, rng=0).sample(3, rng=1).shape
(3, 11)
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from synthkit import saving
from synthkit.errors import (
    DataError,
    DataWarning,
    MissingExtraError,
    NotFittedError,
    ParameterError,
)
from synthkit.failures import Failure
from synthkit.rng import RandomState, as_generator, block_generators, seed_sequence
from synthkit.tables import Schema, TableEncoder, as_table

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self

# A cell of a mixed table takes about this much memory; used in refusals only.
BYTES_A_CELL = 16
# One call of ``sample`` makes at most this many rows; more goes through ``synthkit.generate``.
MAX_ROWS = 1_000_000_000
# Columns of a table that no one has seen yet; used in refusals only.
TYPICAL_WIDTH = 10
# A simulated block of rows may use this many numbers a row for its identifiers: a table may name
# only some of the things that are numbered (the customers who have a loan).
NUMBERS_A_ROW = 16


class Synthesizer(BaseEstimator):
    """Base of all techniques: learn from a table, make another like it.

    A subclass has keyword-only constructor arguments that it only stores, and writes

    - ``_fit(table, rng)``: learn; what is learned goes into attributes that end in ``_``;
    - ``_sample_block(n, rng, given)``: return ``n`` rows (at most 65,536) as a DataFrame with
      the fitted columns, or ranks for ``self.encoder_.decode``.

    Attributes
    ----------
    schema_ : Schema
        What each column of the fitted table is.
    """

    name: ClassVar[str] = ""
    failures: ClassVar[tuple[Failure, ...]] = ()

    # --- what users call --------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, *, rng: RandomState = None) -> Self:
        """Learn from a table; one that is refused leaves the technique as it was.

        Parameters
        ----------
        X : DataFrame or array of shape (n_rows, n_columns)
            Left untouched.
        y : ignored
            There for scikit-learn's pipelines.
        rng : None, int or numpy.random.Generator
            Randomness of learning, where the technique has any.

        Raises
        ------
        DataError
            For a table that cannot be used: the message names the column and the cure.
        ParameterError
            For a constructor argument outside its range.
        """
        before = dict(vars(self))
        try:
            table = self._start_fit(X)
            self._fit(table, as_generator(rng))
        except (DataError, ParameterError, MissingExtraError):
            self.__dict__ = before
            raise
        return self

    def sample(
        self, n: int, *, rng: RandomState = None, given: Mapping[Any, Any] | None = None
    ) -> pd.DataFrame:
        """Make ``n`` synthetic rows with the fitted columns, order and dtypes.

        The rows are drawn in blocks of 65,536, each from a stream of its own, so that the same
        seed gives the same bytes however many workers share the work.

        Parameters
        ----------
        n : int
            Number of rows, 0 or more.
        rng : None, int or numpy.random.Generator
        given : dict of column to value, optional
            Draw from the conditional distribution, for techniques that have one.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        TypeError, ParameterError
            If ``n`` is no whole number, negative, or too large for one table.
        """
        self._check_fitted()
        n = self._checked_rows(n)
        given = dict(given) if given else None
        if n == 0:
            return self._sample_block(1, np.random.default_rng(0), given).iloc[:0]
        return self._sample_rows(n, seed_sequence(rng), given=given)

    def save(self, path: str | Path) -> None:
        """Write the fitted technique to one file: arrays and JSON, nothing executable.

        The previous file is replaced only when the new one is complete.
        """
        self._check_fitted()
        saving.save(path, self.name, self.get_params(deep=False), self._get_state())

    # --- what a technique writes -------------------------------------------------------------

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Learn from a checked table; ``self.schema_`` is set."""
        raise TypeError(f"{type(self).__name__} must define _fit")

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        """Return ``n`` rows as a DataFrame with the fitted columns."""
        raise TypeError(f"{type(self).__name__} must define _sample_block")

    def _get_state(self) -> dict[str, Any]:
        """Return what was learned: the attributes that end in an underscore."""
        return {k: v for k, v in vars(self).items() if k.endswith("_") and not k.startswith("_")}

    def _set_state(self, state: dict[str, Any]) -> None:
        for attribute, value in state.items():
            setattr(self, attribute, value)

    def _sample_rows(
        self,
        n: int,
        root: np.random.SeedSequence,
        first_block: int = 0,
        given: dict[Any, Any] | None = None,
    ) -> pd.DataFrame:
        """Return ``n`` rows of the table that ``root`` stands for, from a block on."""
        blocks = [
            self._number_identifiers(self._sample_block(rows, generator, given), offset)
            for offset, rows, generator in block_generators(root, n, first_block)
        ]
        return blocks[0] if len(blocks) == 1 else pd.concat(blocks, ignore_index=True)

    # --- helpers -------------------------------------------------------------------------------

    def _start_fit(self, X: Any) -> pd.DataFrame:
        """Check the table, warn about odd ones, and set ``schema_``."""
        if isinstance(X, pd.DataFrame):
            table = as_table(X)
            if all(isinstance(name, str) for name in X.columns):  # scikit-learn knows no others
                _check_feature_names(self, X, reset=True)
            _check_n_features(self, X, reset=True)
        elif hasattr(X, "to_pandas"):
            table = as_table(X)
            self.n_features_in_ = table.shape[1]
        else:
            array = validate_data(self, X, dtype=None, ensure_all_finite=False)
            table = as_table(_typed(array))
        if len(table) == 1:
            warnings.warn(
                "the table has one row: every synthetic row will repeat its values.",
                DataWarning,
                stacklevel=3,
            )
        self.schema_ = Schema.infer(table)
        return table

    def _fit_encoder(self, table: pd.DataFrame) -> TableEncoder:
        """Fit ``encoder_`` on the table and return it."""
        self.encoder_ = TableEncoder(self.schema_).fit(table)
        return self.encoder_

    def _number_identifiers(self, block: pd.DataFrame, offset: int) -> pd.DataFrame:
        """Give the block's identifiers fresh values that are unique over the whole table."""
        if any(spec.kind == "identifier" for spec in self.schema_):
            encoder: TableEncoder = self.encoder_
            block = encoder.with_identifiers(block, offset)
        return block

    def _check_fitted(self) -> None:
        if not hasattr(self, "schema_"):
            raise NotFittedError(
                f"{type(self).__name__} must be fitted first. Call fit(table), then try again."
            )

    def _checked_rows(self, n: Any) -> int:
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
            raise TypeError(
                f"n must be a whole number of rows; got {n!r}. Pass an int, e.g. sample(1000)."
            )
        if n < 0:
            raise ParameterError(f"n must be 0 or more; got {n}. Pass the number of rows to make.")
        if n > MAX_ROWS:
            width = len(self.schema_) if hasattr(self, "schema_") else TYPICAL_WIDTH
            gigabytes = n * width * BYTES_A_CELL / 1e9
            raise ParameterError(
                f"n must be at most {MAX_ROWS:,} in one call; got {n:,}, which would take about "
                f"{gigabytes:,.0f} GB. Use synthkit.generate(technique, rows, 'out/'), which "
                "writes Parquet in pieces."
            )
        return int(n)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.no_validation = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "schema_")


class SteppedSynthesizer(Synthesizer):
    """A technique that learns in steps which can be watched.

    A subclass writes ``_iter_fit(table, rng)``, a generator of small frozen records.  After each
    of them the technique can sample.
    """

    def iter_fit(self, X: Any, y: Any = None, *, rng: RandomState = None) -> Iterator[Any]:
        """Learn from a table and yield one small record a step.

        The table and the parameters are checked before the first step.  A loop that is left
        early, or interrupted, leaves the technique usable as of its last completed step.
        """
        table = self._start_fit(X)
        yield from self._iter_fit(table, as_generator(rng))

    def _iter_fit(self, table: pd.DataFrame, rng: np.random.Generator) -> Iterator[Any]:
        """Learn from a checked table, one record a step."""
        raise TypeError(f"{type(self).__name__} must define _iter_fit")

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        for _ in self._iter_fit(table, rng):
            pass


class Simulator(Synthesizer):
    """A technique that makes rows from knowledge instead of from rows: it needs no ``fit``.

    A subclass names its ``tables``, the main one first, and writes

    - ``_check_parameters()``: raise ParameterError (parameter, unit, range) for a bad setting;
    - ``_simulate(rng)``: one run, as a DataFrame for each table.

    Units stand in the column names (``speed_mps``).  A column that ends in ``_id`` numbers
    something from 0 on within a run, with at most 16 numbers a row; in ``sample`` the numbers go
    on from run to run, table by table.  Rows of different tables belong together in ``simulate``
    only.  ``fit`` is calibration: a subclass that has one writes ``_fit``.
    """

    tables: tuple[str, ...] = ()

    def simulate(self, *, rng: RandomState = None) -> dict[str, pd.DataFrame]:
        """Make one run of the model and return all its tables.

        Parameters
        ----------
        rng : None, int or numpy.random.Generator

        Raises
        ------
        ParameterError
            For a setting outside its range: the message gives parameter, unit and range.
        """
        self._check_parameters()
        return self._simulate(as_generator(rng))

    def sample(
        self,
        n: int,
        *,
        rng: RandomState = None,
        given: Mapping[Any, Any] | None = None,
        table: str | None = None,
    ) -> pd.DataFrame:
        """Take ``n`` rows of one table, from as many runs as they need.

        Parameters
        ----------
        n : int
            Number of rows, 0 or more.
        rng : None, int or numpy.random.Generator
            Rows come in blocks of 65,536 with a stream of their own; a run ends with its block.
        given : None
            Conditions are settings of the model: pass them to the constructor.
        table : str, optional
            One of ``tables``; the first by default.

        Raises
        ------
        TypeError, ParameterError
            For a bad ``n``, an unknown table, ``given``, or a setting outside its range.
        """
        if given:
            raise ParameterError(
                f"given must be None for a simulator; got {dict(given)!r}. "
                f"Pass conditions as settings: {type(self).__name__}(...)."
            )
        name = self._checked_table(table)
        n = self._checked_rows(n)
        self._check_fitted()
        if n == 0:
            return self._rows(name, 1, np.random.default_rng(0)).iloc[:0]
        return self._sample_rows(n, seed_sequence(rng), given={"table": name})

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        """Return one run: a DataFrame for each of ``tables``."""
        raise TypeError(f"{type(self).__name__} must define _simulate")

    def _check_parameters(self) -> None:
        """Raise ParameterError for a setting outside its range."""
        raise TypeError(f"{type(self).__name__} must define _check_parameters")

    def _rows(self, table: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return ``n`` rows of a table: whole runs one after another, the last one cut."""
        runs: list[pd.DataFrame] = []
        rows = first_number = 0
        while rows < n:
            run = self._simulate(rng)[table]
            if run.empty:
                raise ParameterError(
                    f"a run must leave rows in the table {table!r}; this one left none. "
                    "Simulate for longer, or take another table."
                )
            numbers = run.filter(regex="_id$")
            runs.append(_shifted(run, first_number))
            rows += len(run)
            first_number += 1 + int(numbers.max().max()) if len(numbers.columns) else 0
        return pd.concat(runs, ignore_index=True).iloc[:n]

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        return self._rows((given or {}).get("table", self.tables[0]), n, rng)

    def _number_identifiers(self, block: pd.DataFrame, offset: int) -> pd.DataFrame:
        """Let the numbers of a block go on where those of the block before it may have ended."""
        return _shifted(block, offset * NUMBERS_A_ROW)

    def _checked_table(self, table: str | None) -> str:
        if table is None:
            return self.tables[0]
        if table not in self.tables:
            raise ParameterError(
                f"table must be one of {', '.join(self.tables)}; got {table!r}. "
                f"{self.tables[0]!r} is the default."
            )
        return table

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        raise DataError(
            f"{type(self).__name__} must be used without fit: it makes rows from knowledge and "
            "has nothing to calibrate. Call simulate() or sample(n)."
        )

    def _check_fitted(self) -> None:
        """Accept every simulator whose settings are in range: they are all that it knows."""
        self._check_parameters()

    def __sklearn_is_fitted__(self) -> bool:
        return True


def _shifted(table: pd.DataFrame, by: int) -> pd.DataFrame:
    """Return the table with ``by`` added to each column that ends in '_id'."""
    numbered = [name for name in table.columns if str(name).endswith("_id")]
    return table.assign(**{name: table[name] + by for name in numbered})


def load_technique(path: str | Path) -> Synthesizer:
    """Read a technique that ``save`` wrote.

    Raises
    ------
    DamagedFileError
        If the file is truncated, changed, or not one of ours; nothing in it is executed.
    """
    from synthkit.techniques import technique_class

    name, parameters, state = saving.load(path)
    technique = technique_class(name)(**parameters)
    technique._set_state(state)
    return technique


def free_memory() -> int | None:
    """Return the bytes of memory that can be had, or None where the system doesn't say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()  # Linux
        fields = dict(line.split(":") for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):
        return None


def _typed(array: np.ndarray) -> pd.DataFrame:
    """Return a 2-D array as a table; each object column gets the narrowest dtype that fits."""
    table = pd.DataFrame(array)
    return table.infer_objects() if array.dtype == object else table
