"""Techniques of any make: their names, a fitted copy of each, and the rows it gives."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.techniques import DEFINED, REGISTRY, technique_class


def fit_copy(technique: Any, table: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Return a fitted copy of a technique, its class or its name."""
    if is_simulator(technique):
        raise ParameterError(
            f"a technique to be judged must learn from the table; {name_of(technique)} is a "
            "simulator, which makes rows from knowledge. Judge its rows with scorecard(real, rows)."
        )
    found: Any = technique_class(technique) if isinstance(technique, str) else technique
    own: Any = found() if inspect.isclass(found) else copy.deepcopy(found)
    for verb in ("fit", "sample"):
        if not callable(getattr(own, verb, None)):
            raise ParameterError(
                f"a technique must have fit(df) and sample(n); {type(own).__name__} has no {verb}."
            )
    _call(own.fit, table, rng)
    return own


def sample_from(fitted: Any, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n synthetic rows; DataError where there is no table."""
    made = _call(fitted.sample, n, rng)
    if made is None:
        raise DataError(
            f"sample must return a table; {name_of(fitted)} returned None. End it with 'return'."
        )
    return pd.DataFrame(made)


def _call(verb: Callable[..., Any], argument: Any, rng: np.random.Generator) -> Any:
    """Pass ``rng`` where the method takes one: a technique written in one cell may not."""
    parameters = inspect.signature(verb).parameters
    takes = "rng" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return verb(argument, rng=rng) if takes else verb(argument)


def _named(techniques: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(techniques, Mapping):
        named = {str(name): technique for name, technique in techniques.items()}
    else:
        names = [name_of(technique) for technique in techniques]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ParameterError(
                f"techniques must have different names; got {sorted(twice)[0]!r} more than once. "
                "Pass a dict of name to technique."
            )
        named = dict(zip(names, techniques))
    if not named:
        raise ParameterError("techniques must hold at least one; got none.")
    return named


def name_of(technique: Any) -> str:
    """Return the name of a technique, its class or itself."""
    if isinstance(technique, str):
        return technique
    kind = technique if inspect.isclass(technique) else type(technique)
    return getattr(kind, "name", "") or kind.__name__


def is_simulator(technique: Any) -> bool:
    """Tell whether a technique, its class or its name makes rows from knowledge alone."""
    found: Any = technique_class(technique) if isinstance(technique, str) else technique
    return issubclass(found if inspect.isclass(found) else type(found), Simulator)


def contenders(techniques: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Return techniques by name, without simulators.

    Raises
    ------
    ParameterError
        There is none, or two have one name.
    """
    named = _named(techniques)
    left_out = [name for name, technique in named.items() if is_simulator(technique)]
    if left_out:
        warnings.warn(
            f"simulators imitate no table and are left out: {', '.join(left_out)}.",
            DataWarning,
            stacklevel=3,
        )
    learners = {name: _found(t) for name, t in named.items() if name not in left_out}
    if not learners:
        raise ParameterError(
            "techniques must hold at least one that learns from a table; got simulators only. "
            "Add one, such as 'trees'."
        )
    return learners


def _found(technique: Any) -> Any:
    """Return the class for a name that was given in this process: another can't look it up."""
    if isinstance(technique, str) and REGISTRY.get(technique) in DEFINED:
        return technique_class(technique)
    return technique


def said_by(error: BaseException) -> str:
    """Return an exception as one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
