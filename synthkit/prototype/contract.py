"""What every technique promises, one check for each promise.

``tests/test_contract.py`` puts the kit's own techniques through these checks, ``try_technique``
yours.  A check raises ``Broken`` with a sentence that says what was found and what to do.
"""

from __future__ import annotations

import inspect
import random
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit import saving
from synthkit.base import SteppedSynthesizer
from synthkit.errors import DataError, DataWarning, NotFittedError, ParameterError
from synthkit.rng import RandomState, as_generator
from synthkit.tables import Schema

ROWS = 300  # of the table of the contract: every technique learns from it in seconds
BAD_COUNTS: tuple[Any, ...] = (-1, 2.5, "5", True, None, 10**12)
BAD_SEEDS: tuple[Any, ...] = (-1, 2.5, "x", True)


class Broken(Exception):
    """A promise is not kept: the message says what was found, and what to do."""


class DoesNotApply(Exception):
    """The table or the technique has nothing that this promise is about."""


def mixed_table(n: int = ROWS, rng: RandomState = 0) -> pd.DataFrame:
    """Return a table with a column of every common kind: the contract's own."""
    rng = as_generator(rng)
    wealth = rng.lognormal(size=n)
    return pd.DataFrame({
        "wealth": np.round(wealth, 2),
        "children": rng.poisson(1 + (wealth > 1), n),
        "city": rng.choice(["Rome", "Oslo", "Lima"], n, p=[0.6, 0.3, 0.1]),
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        "member": rng.random(n) < 0.3,
        "score": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
        "account": [f"AC{k:05d}" for k in range(n)],
        "currency": "EUR",
    })  # fmt: skip


@dataclass
class Case:
    """A technique and a table on trial.

    Parameters
    ----------
    make : callable () -> Synthesizer
        Returns a technique that nobody has fitted.
    table : DataFrame
    """

    make: Callable[[], Any]
    table: pd.DataFrame
    _fitted: Any = field(default=None, repr=False)

    @property
    def fitted(self) -> Any:
        """The technique, fitted on the table with the seed 0; checks leave it as it is."""
        if self._fitted is None:
            self._fitted = self.make().fit(self.table, rng=0)
        return self._fitted

    @property
    def identifiers(self) -> list[Any]:
        """The columns whose values name a row."""
        return [spec.name for spec in Schema.infer(self.table) if spec.kind == "identifier"]


@dataclass(frozen=True)
class Check:
    """One promise: what it says, and the function that raises ``Broken`` where it isn't kept."""

    says: str
    run: Callable[[Case], None]


# --- the constructor ------------------------------------------------------------------------------


def works_without_arguments(case: Case) -> None:
    """Ask that every parameter is keyword-only with a default, and is only stored."""
    made = case.make()
    if not made.name:
        raise Broken("it has no name. Put @sk.technique above the class.")
    for parameter in inspect.signature(type(made).__init__).parameters.values():
        named = parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self"
        if named or (parameter.default is parameter.empty and parameter.kind is
                     parameter.KEYWORD_ONLY):  # fmt: skip
            raise Broken(
                f"the parameter {parameter.name!r} must be keyword-only with a default. Write: "
                f"def __init__(self, *, {parameter.name}=...): ..."
            )
    again = type(made)(**made.get_params(deep=False))
    if again.get_params(deep=False) != made.get_params(deep=False):
        raise Broken("the constructor changes its arguments. Store them as they are, check in fit.")


def asks_to_be_fitted(case: Case) -> None:
    """Ask that ``sample`` before ``fit`` raises NotFittedError."""
    try:
        case.make().sample(3)
    except NotFittedError as error:
        if "fit" in str(error):
            return
        raise Broken("the error before fit must name fit.") from error
    raise Broken("sample works before fit: it makes rows of nothing.")


# --- the rows -------------------------------------------------------------------------------------


def gives_n_rows(case: Case) -> None:
    """Ask that ``sample(n)`` gives n rows, numbered from 0."""
    for n in (0, 1, 257):
        fake = case.fitted.sample(n, rng=1)
        if len(fake) != n or not isinstance(fake.index, pd.RangeIndex):
            raise Broken(f"sample({n}) gave {len(fake)} rows. Return n, with a fresh index.")


def keeps_columns_and_dtypes(case: Case) -> None:
    """Ask that the columns come back in their order, with their dtypes."""
    fake = case.fitted.sample(50, rng=1)
    if list(fake.columns) != list(case.table.columns):
        raise Broken(f"the columns came back as {list(fake.columns)}.")
    for column in case.table:
        was, is_ = str(case.table[column].dtype), str(fake[column].dtype)
        if was != is_:
            raise Broken(
                f"the column {column!r} was {was} and came back as {is_}. Round where it holds "
                f"whole numbers, then rows.astype(table.dtypes)."
            )


def adds_no_gaps(case: Case) -> None:
    """Ask that a column without missing values comes back without."""
    fake = case.fitted.sample(300, rng=1)
    for column in case.table:
        if case.table[column].notna().all() and fake[column].isna().any():
            raise Broken(f"the column {column!r} has gaps now and had none.")


def replays_no_identifier(case: Case) -> None:
    """Ask that identifiers (names, account numbers) are fresh ones, never those of real rows."""
    if not case.identifiers:
        raise DoesNotApply("the table has no column of identifiers")
    fake = case.fitted.sample(200, rng=1)
    for column in case.identifiers:
        if fake[column].isin(case.table[column]).any():
            raise Broken(f"the column {column!r} holds identifiers of real rows.")


# --- chance ---------------------------------------------------------------------------------------


def obeys_its_seed(case: Case) -> None:
    """Ask that the same seeds give the same rows, byte for byte."""
    again = case.make().fit(case.table, rng=0)
    if not case.fitted.sample(100, rng=5).equals(again.sample(100, rng=5)):
        raise Broken(
            "fitted and sampled twice with the same seeds, the rows differ. Draw everything from "
            "the rng that fit and sample are given."
        )


def follows_other_seeds(case: Case) -> None:
    """Ask that another seed gives other rows, and that a Generator moves on."""
    fitted = case.fitted
    if fitted.sample(100, rng=5).equals(fitted.sample(100, rng=6)):
        raise Broken("the seeds 5 and 6 give the same rows. Use the rng that sample is given.")
    generator = np.random.default_rng(5)
    if fitted.sample(100, rng=generator).equals(fitted.sample(100, rng=generator)):
        raise Broken("two calls with one Generator give the same rows.")


def forgets_the_first_fit(case: Case) -> None:
    """Ask that, fitted twice, it is as if it had been fitted on the second table alone."""
    other = case.table.iloc[: len(case.table) // 2]
    twice = case.make().fit(other, rng=1).fit(case.table, rng=0)
    if not twice.sample(100, rng=5).equals(case.fitted.sample(100, rng=5)):
        raise Broken("after a second fit something of the first is left. Set all of it anew.")


def leaves_yours_alone(case: Case) -> None:
    """Ask that your table and the parameters are as before."""
    before, made = case.table.copy(deep=True), case.make()
    parameters = made.get_params()
    made.fit(case.table, rng=0).sample(10, rng=0)
    if not case.table.equals(before):
        raise Broken("fit changes the table that it is given. Work on a copy: table = table.copy()")
    if made.get_params() != parameters:
        raise Broken("fit changes a parameter. Keep what is learned in attributes that end in '_'.")


def leaves_global_chance_alone(case: Case) -> None:
    """Ask that the global random state of NumPy, ``random`` and torch is as before."""
    torch = sys.modules.get("torch")
    state, plain = _numpy_state(), random.getstate()
    deep = torch.get_rng_state() if torch else None
    case.make().fit(case.table, rng=0).sample(10, rng=0)
    where = [
        *(["np.random"] if state != _numpy_state() else []),
        *(["random"] if plain != random.getstate() else []),
        *(["torch"] if torch and not torch.equal(deep, torch.get_rng_state()) else []),
    ]
    if where:
        raise Broken(
            f"it draws from the global state of {', '.join(where)}. Draw from the rng that it is "
            "given: rng.normal(...) in place of np.random.normal(...)."
        )


def _numpy_state() -> str:
    """Return the state of NumPy's global generator, as text to compare."""
    return repr([np.asarray(part).tolist() for part in np.random.get_state()])  # noqa: NPY002


# --- saving ---------------------------------------------------------------------------------------


def can_be_saved(case: Case) -> None:
    """Ask that, saved and loaded, it gives the same rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "technique.synthkit"
        case.fitted.save(path)
        _, parameters, state = saving.load(path)
    loaded = type(case.fitted)(**parameters)
    loaded._set_state(state)
    if loaded.get_params() != case.fitted.get_params():
        raise Broken("the parameters differ after loading.")
    try:
        same = loaded.sample(50, rng=3).equals(case.fitted.sample(50, rng=3))
    except AttributeError as error:
        raise Broken(
            f"what is learned is not saved ({error}). Let its name end in '_': self.mean_ = ..."
        ) from error
    if not same:
        raise Broken("the loaded one gives other rows. Keep all that is learned in names with '_'.")


# --- bad input ------------------------------------------------------------------------------------


def refuses_bad_counts(case: Case) -> None:
    """Ask that a number of rows that is none is refused: −1, 2.5, '5', True, None, 10¹²."""
    for n in BAD_COUNTS:
        error = _refusal(partial(case.fitted.sample, n), (TypeError, ParameterError))
        if error is None or "n must be" not in str(error):
            raise Broken(f"sample({n!r}) is not refused with 'n must be ...'; it says {error!r}.")
    if not all(word in str(error) for word in ("GB", "generate")):
        raise Broken("sample(10**12) must give an estimate of memory and point at sk.generate.")


def refuses_bad_seeds(case: Case) -> None:
    """Ask that a seed that is none is refused: −1, 2.5, 'x', True."""
    for seed in BAD_SEEDS:
        error = _refusal(partial(case.fitted.sample, 1, rng=seed), ParameterError)
        if error is None or "rng must be" not in str(error):
            raise Broken(f"rng={seed!r} is not refused with 'rng must be ...'; it says {error!r}.")


def refuses_bad_tables(case: Case) -> None:
    """Ask that an infinite value is refused by column and row, and nothing is half-fitted."""
    numbers = [c for c in case.table if pd.api.types.is_float_dtype(case.table[c])]
    if not numbers:
        raise DoesNotApply("the table has no column of decimal numbers")
    made, column = case.make(), numbers[0]
    spoilt = case.table.copy()
    spoilt[column] = spoilt[column].where(spoilt.index != 3, np.inf)
    error = _refusal(lambda: made.fit(spoilt), DataError)
    if error is None or repr(column) not in str(error) or "row 3" not in str(error):
        raise Broken(f"inf in {column!r}, row 3, is not refused by name; it says {error!r}.")
    if _refusal(lambda: made.sample(1), NotFittedError) is None:
        raise Broken("after a refused fit it samples all the same.")


def _refusal(call: Callable[[], Any], kinds: Any) -> Exception | None:
    """Return the error of these kinds that a call raises, or None."""
    try:
        call()
    except kinds as error:
        found: Exception = error
        return found
    return None


# --- awkward input --------------------------------------------------------------------------------


def works_on_one_row(case: Case) -> None:
    """Ask that one row works, with a warning that it is copied."""
    whole = case.table[case.table.notna().all(axis=1)]
    one = (whole if len(whole) else case.table).iloc[:1]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        made = case.make().fit(one, rng=0)
    if not any(issubclass(w.category, DataWarning) and "one row" in str(w.message) for w in heard):
        raise Broken("fitted on one row it doesn't warn that this row is copied.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fake = made.sample(3, rng=0)
    for column in fake.columns.difference(case.identifiers):
        cell = one[column].iloc[0]
        if not all(made == cell or (pd.isna(made) and pd.isna(cell)) for made in fake[column]):
            raise Broken(f"fitted on one row, it makes other values than that row's in {column!r}.")


def keeps_constant_and_empty_columns(case: Case) -> None:
    """Ask that a constant column stays constant, an empty one empty."""
    frame = case.table.assign(always="EUR", nothing=np.nan)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fake = case.make().fit(frame, rng=0).sample(20, rng=0)
    if not any(issubclass(w.category, DataWarning) and "nothing" in str(w.message) for w in heard):
        raise Broken("a column without any value is not warned of by name.")
    if not (fake["always"] == "EUR").all() or fake["nothing"].notna().any():
        raise Broken("a constant column changed, or an empty one was filled.")


def takes_arrays(case: Case) -> None:
    """Ask that a read-only array works as well as a table."""
    numbers = case.table.select_dtypes("number").dropna(axis=1)
    if numbers.empty:
        raise DoesNotApply("the table has no column of numbers without gaps")
    array = numbers.to_numpy(dtype=float)
    array.setflags(write=False)
    fake = case.make().fit(array, rng=0).sample(5, rng=0)
    if fake.shape != (5, array.shape[1]):
        raise Broken(f"fitted on an array {array.shape} it makes {fake.shape} instead of 5 rows.")


def works_after_every_step(case: Case) -> None:
    """Ask that one that learns in steps can sample after each, and when it is stopped."""
    made = case.make()
    if not isinstance(made, SteppedSynthesizer):
        raise DoesNotApply("it learns in one step")
    steps = made.iter_fit(case.table, rng=0)
    next(steps)
    during = len(made.sample(5, rng=0))
    steps.close()  # type: ignore[attr-defined]
    if (during, len(made.sample(5, rng=0))) != (5, 5):
        raise Broken("it can't sample while it learns, or after it was stopped.")


CHECKS: tuple[Check, ...] = (
    Check("works without arguments", works_without_arguments),
    Check("asks to be fitted first", asks_to_be_fitted),
    Check("gives exactly n rows", gives_n_rows),
    Check("keeps columns and dtypes", keeps_columns_and_dtypes),
    Check("adds no gaps", adds_no_gaps),
    Check("replays no identifier", replays_no_identifier),
    Check("same seed, same rows", obeys_its_seed),
    Check("other seed, other rows", follows_other_seeds),
    Check("a second fit forgets the first", forgets_the_first_fit),
    Check("leaves your table and its parameters alone", leaves_yours_alone),
    Check("leaves the global random state alone", leaves_global_chance_alone),
    Check("can be saved and loaded", can_be_saved),
    Check("refuses a bad number of rows", refuses_bad_counts),
    Check("refuses a bad seed", refuses_bad_seeds),
    Check("refuses infinite values by name", refuses_bad_tables),
    Check("works on one row, and warns", works_on_one_row),
    Check("keeps constant and empty columns", keeps_constant_and_empty_columns),
    Check("takes a read-only array", takes_arrays),
    Check("samples after every step", works_after_every_step),
)
