"""``@technique``: a class with ``fit`` and ``sample`` becomes a technique of the kit."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from synthkit.base import SteppedSynthesizer, Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.techniques import register


def technique(cls: type) -> type[Synthesizer]:
    """Make a technique of a class, and make it known under its name in this process.

    Parameters
    ----------
    cls : class
        One with ``fit(self, table, rng)`` and ``sample(self, n, rng)``; or one that derives from
        ``sk.Synthesizer`` already, which is only made known.  Constructor arguments are
        keyword-only, have defaults and are only stored.  What is learned goes into attributes
        that end in ``_``.  With ``iter_fit(self, table, rng)``, a generator, in place of ``fit``
        it learns in steps that can be watched.  An attribute ``name`` names it; by default the
        class's name in lower case: ``NeighbourMixup`` is ``'neighbour_mixup'``.

    Returns
    -------
    class
        A ``Synthesizer``.  ``table`` reaches ``fit`` checked, with rows 0, 1, …, as a copy; ``n``
        is at most 65,536.  Identifiers come back as fresh ones whatever ``sample`` puts there.

    Raises
    ------
    ParameterError
        A method is missing, or another technique has the name.

    Examples
    --------
    >>> import synthkit as sk
    >>> @sk.technique
    ... class Resample:
    ...     '''Draw real rows again.'''
    ...     def fit(self, table, rng):
    ...         self.table_ = table
    ...     def sample(self, n, rng):
    ...         return self.table_.iloc[rng.integers(0, len(self.table_), n)]
    >>> Resample().fit(sk.load("iris"), rng=0).sample(2, rng=1).shape
    (2, 5)
    >>> sk.techniques()["resample"] is Resample
    True
    """
    if not inspect.isclass(cls):
        raise ParameterError(
            f"@technique must stand above a class; got {type(cls).__name__}. "
            "Write @sk.technique, without brackets, in the line above 'class ...'."
        )
    if issubclass(cls, Synthesizer):
        found: type[Synthesizer] = cls
        if "name" not in vars(cls):
            found.name = snake_case(cls.__name__)
    else:
        found = _with_manners(cls)
    register(found)
    return found


def snake_case(class_name: str) -> str:
    """Return 'neighbour_mixup' for 'NeighbourMixup', and 'my_gan' for 'MyGAN'."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name)
    return parted.lower()


def _with_manners(cls: type) -> type[Synthesizer]:
    """Return a Synthesizer of the class's name whose learning and sampling are the class's own."""
    steps = callable(getattr(cls, "iter_fit", None))
    for verb, shape in (("iter_fit" if steps else "fit", "table, rng"), ("sample", "n, rng")):
        if not callable(getattr(cls, verb, None)):
            raise ParameterError(
                f"a technique must have fit(self, table, rng) and sample(self, n, rng); "
                f"{cls.__name__} has no {verb}. Write: def {verb}(self, {shape}): ..."
            )

    def _fit(self: Any, table: pd.DataFrame, rng: np.random.Generator) -> None:
        _number_if_needed(self, table)
        _call(cls.fit, self, table.copy(), rng)  # type: ignore[attr-defined]

    def _iter_fit(self: Any, table: pd.DataFrame, rng: np.random.Generator) -> Iterator[Any]:
        _number_if_needed(self, table)
        yield from _call(cls.iter_fit, self, table.copy(), rng)  # type: ignore[attr-defined]

    def _sample_block(
        self: Any, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(f"given must be None for {cls.__name__}; got {given!r}.")
        rows = _call(cls.sample, self, n, rng)  # type: ignore[attr-defined]
        return _checked(rows, n, [spec.name for spec in self.schema_], cls.__name__)

    learn = {"_iter_fit": _iter_fit} if steps else {"_fit": _fit}
    body = {
        **learn,
        "_sample_block": _sample_block,
        "name": vars(cls).get("name", snake_case(cls.__name__)),
        "__doc__": cls.__doc__,
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
    }
    return type(cls.__name__, (SteppedSynthesizer if steps else Synthesizer, cls), body)


def _call(verb: Callable[..., Any], own: Any, argument: Any, rng: np.random.Generator) -> Any:
    """Pass ``rng`` where the method takes one."""
    parameters = inspect.signature(verb).parameters
    takes = "rng" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return verb(own, argument, rng=rng) if takes else verb(own, argument)


def _number_if_needed(own: Any, table: pd.DataFrame) -> None:
    """Fit the encoder where the table has identifiers: it gives them their fresh values."""
    if any(spec.kind == "identifier" for spec in own.schema_):
        own._fit_encoder(table)


def _checked(rows: Any, n: int, wanted: list[Any], name: str) -> pd.DataFrame:
    """Return the rows with a fresh index, or say what is wrong with their shape."""
    if not isinstance(rows, pd.DataFrame):
        raise DataError(
            f"{name}.sample must return a DataFrame; got {type(rows).__name__}. "
            "Return pd.DataFrame(..., columns=table.columns)."
        )
    lost = [column for column in wanted if column not in rows.columns]
    extra = [column for column in rows.columns if column not in wanted]
    if lost or extra:
        raise DataError(
            f"{name}.sample must return the fitted columns; missing {lost}, extra {extra}. "
            "Add or drop them."
        )
    if list(rows.columns) != wanted:
        raise DataError(
            f"{name}.sample must return the columns in the fitted order; got "
            f"{list(rows.columns)}. Return rows[table.columns]."
        )
    if len(rows) != n:
        raise DataError(f"{name}.sample must return {n:,} rows; it returned {len(rows):,}.")
    return rows.reset_index(drop=True)
