"""The arena: judge a technique on a table, or several side by side.

``judge`` holds rows out *before* fitting, so that the attacks have controls, and puts the
result beside fresh real rows, a verbatim bootstrap, an independent shuffle and the plain
sequential trees that most networks fail to beat.
"""

from __future__ import annotations

import copy
import inspect
import time as clock
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Union

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.measure.aligned import align
from synthkit.measure.figures import measure_fidelity, prediction_interval
from synthkit.measure.ranking import advice, paired_differences, rank_cards, ranking_table
from synthkit.measure.scorecard import (
    SETTINGS,
    Mode,
    Progress,
    Scorecard,
    Settings,
    scorecard,
)
from synthkit.measure.splitting import SHARE, split
from synthkit.measure.utility import synthetic_score
from synthkit.rng import RandomState, seed_sequence
from synthkit.techniques import REGISTRY, technique_class

TREES = "trees"
SEEDS = 3  # times that judge fits and samples, each with seeds of its own
Finished = Callable[[str, Union[Scorecard, str]], None]


@dataclass(frozen=True)
class Comparison:
    """Several techniques on one table: their scorecards, and who comes first.

    ``failed`` says of each technique that gave no table why; ``seconds`` is the CPU time of
    fitting and sampling.
    """

    cards: Mapping[str, Scorecard]
    differences: pd.DataFrame
    failed: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def ranking(self) -> list[str]:
        """The names, the most trustworthy first."""
        return rank_cards(self.cards)

    def table(self) -> pd.DataFrame:
        """Return one line for each technique, with paired differences to the first."""
        table = ranking_table(self.cards, self.differences)
        return table.assign(
            cpu_seconds=[round(self.seconds.get(n, 0.0), 1) for n in table["table"]]
        )

    def advice(self) -> list[str]:
        """Say in sentences which one, and why not the others."""
        return advice(self.cards, self.differences, self.failed)

    def _repr_html_(self) -> str:
        return str(self.table().round(3).to_html(index=False, escape=True))


def judge(
    technique: Any,
    df: Any,
    target: Hashable = None,
    rng: RandomState = 0,
    *,
    group: Hashable = None,
    time: Hashable = None,
    unit: Hashable = None,
    holdout_share: float = SHARE,
    seeds: int = SEEDS,
    mode: Mode = "full",
    progress: Progress | None = None,
) -> Scorecard:
    """Fit a technique on a part of a table and judge what it makes against the rest.

    Parameters
    ----------
    technique : object, class or str
        Anything with ``fit(df)`` and ``sample(n)``, its class, or a registered name.  A copy is
        fitted; yours stays as it was.
    df : DataFrame
    target, group, time, unit : column labels, optional
        As in ``scorecard``.  The unit's column is not given to the technique.
    rng : None, int or Generator
    holdout_share : float
        Held out before fitting.
    seeds : int
        It is fitted and sampled so often, each time with other seeds.  The first table is judged;
        the interval over seeds beside each of its figures says where one more fit would fall
        (``details["seeds"]``).  1 for a technique that is slow to fit.

    Returns
    -------
    Scorecard

    Examples
    --------
    >>> import synthkit as sk
    >>> card = sk.judge(sk.MonteCarlo(), sk.load("iris"), target="species", mode="quick")
    >>> sorted(card.to_dict()["verdict"])
    ['findings', 'label', 'reasons']
    """
    _require_count("seeds", seeds)
    streams = [np.random.default_rng(child) for child in seed_sequence(rng).spawn(5)]
    train, holdout = split(df, holdout_share, unit=unit, time=time, rng=streams[0])
    given, held = (part if unit is None else part.drop(columns=unit) for part in (train, holdout))
    tell = progress or (lambda text, share: None)
    tables = []
    for i in range(seeds):
        tell(f"fit {i + 1} of {seeds}", 0.0)
        tables.append(sample_from(fit_copy(technique, given, streams[1]), len(train), streams[2]))
    anchors = {} if _is_trees(technique) else _tree_anchor(given, streams[3])
    card = scorecard(
        train,
        tables[0],
        holdout,
        target=target,
        group=group,
        time=time,
        anchors=anchors,
        rng=streams[4],
        unit=unit,
        mode=mode,
        progress=progress,
    )
    seed = rng if isinstance(rng, int) else None
    card = replace(card, about={**card.about, "seeds": seeds, "seed": seed})
    if seeds == 1:
        return card
    return card.with_seeds(over_seeds(given, tables, held, target, streams[4], mode))


def compare(
    techniques: Sequence[Any] | Mapping[str, Any],
    df: Any,
    target: Hashable = None,
    rng: RandomState = 0,
    *,
    group: Hashable = None,
    time: Hashable = None,
    unit: Hashable = None,
    holdout_share: float = SHARE,
    mode: Mode = "quick",
    progress: Progress | None = None,
    finished: Finished | None = None,
) -> Comparison:
    """Judge several techniques on the same split with the same seeds.

    A technique that raises, or makes other columns, is reported; the others go on.

    Parameters
    ----------
    techniques : list or dict of name to technique
        As in ``judge``.  Simulators are left out with a warning: they imitate no table.
    progress : callable (name, share), optional
        Called before each technique.
    finished : callable (name, scorecard or what went wrong), optional
        Called after each technique.

    Raises
    ------
    ParameterError
        No technique, or two of one name: pass a dict then.
    DataError
        None of them made a table that can be judged.
    """
    named = _without_simulators(_named(techniques))
    root = seed_sequence(rng)
    train, holdout = split(
        df, holdout_share, unit=unit, time=time, rng=np.random.default_rng(root.spawn(1)[0])
    )
    given = train if unit is None else train.drop(columns=unit)
    seeds = root.generate_state(3).tolist()  # the same for every technique
    cards: dict[str, Scorecard] = {}
    tables, failed, seconds = {}, {}, {}
    for i, (name, technique) in enumerate(named.items()):
        if progress is not None:
            progress(name, i / len(named))
        start = clock.process_time()
        try:
            fitted = fit_copy(technique, given, np.random.default_rng(seeds[0]))
            table = sample_from(fitted, len(train), np.random.default_rng(seeds[1]))
            seconds[name] = clock.process_time() - start
            cards[name] = scorecard(
                train, table, holdout, target, group, time, rng=seeds[2], unit=unit, mode=mode
            )
            tables[name] = table
        except Exception as error:  # any technique may be somebody's first draft
            failed[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
        if finished is not None:
            finished(name, cards.get(name) or failed[name])
    if not cards:
        raise DataError(
            f"at least one technique must make a table that can be judged; got {failed}."
        )
    first = rank_cards(cards)[0]
    held = holdout if unit is None else holdout.drop(columns=unit)
    differences = paired_differences(tables, held, first, target, seeds[2])
    return Comparison(cards, differences, failed, seconds)


# --- techniques of any make -------------------------------------------------------------------


def fit_copy(technique: Any, table: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Return a fitted copy of a technique, its class or its name."""
    if is_simulator(technique):
        raise ParameterError(
            f"a technique to be judged must learn from the table; {_name(technique)} is a "
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
    """Return n synthetic rows."""
    return pd.DataFrame(_call(fitted.sample, n, rng))


def _call(verb: Callable[..., Any], argument: Any, rng: np.random.Generator) -> Any:
    """Pass ``rng`` where the method takes one: a technique written in one cell may not."""
    parameters = inspect.signature(verb).parameters
    takes = "rng" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return verb(argument, rng=rng) if takes else verb(argument)


def _require_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{name} must be a whole number >= 1; got {value!r}.")


def _named(techniques: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(techniques, Mapping):
        named = {str(name): technique for name, technique in techniques.items()}
    else:
        names = [_name(technique) for technique in techniques]
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


def _name(technique: Any) -> str:
    if isinstance(technique, str):
        return technique
    kind = technique if inspect.isclass(technique) else type(technique)
    return getattr(kind, "name", "") or kind.__name__


def is_simulator(technique: Any) -> bool:
    """Tell whether a technique, its class or its name makes rows from knowledge alone."""
    found: Any = technique_class(technique) if isinstance(technique, str) else technique
    return issubclass(found if inspect.isclass(found) else type(found), Simulator)


def _without_simulators(named: dict[str, Any]) -> dict[str, Any]:
    left_out = [name for name, technique in named.items() if is_simulator(technique)]
    if left_out:
        warnings.warn(
            f"simulators imitate no table and are left out: {', '.join(left_out)}.",
            DataWarning,
            stacklevel=3,
        )
    learners = {name: technique for name, technique in named.items() if name not in left_out}
    if not learners:
        raise ParameterError(
            "techniques must hold at least one that learns from a table; got simulators only. "
            "Add one, such as 'trees'."
        )
    return learners


# --- anchors and seeds ------------------------------------------------------------------------


def _is_trees(technique: Any) -> bool:
    return _name(technique) == TREES


def _tree_anchor(train: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return sequential trees on the same rows, once that technique is registered."""
    if TREES not in REGISTRY:
        return {}
    trees = fit_copy(TREES, train, rng)
    return {"sequential trees": sample_from(trees, len(train), rng)}


def over_seeds(
    train: pd.DataFrame,
    tables: Sequence[pd.DataFrame],
    holdout: pd.DataFrame,
    target: Hashable,
    rng: np.random.Generator,
    mode: Mode,
) -> pd.DataFrame:
    """Return where one more fit with another seed would fall, in 95 of 100 cases.

    Returns
    -------
    DataFrame
        For each figure that is the technique's own: ``figure``, ``mean``, ``low``, ``high``
        (Student's prediction interval over the fits), ``seeds``.
    """
    s = SETTINGS[mode]
    runs = []
    for table in tables:
        pair = align({"real": train, "synthetic": table})
        found = measure_fidelity(
            pair, rng, folds=s.folds, trees=s.trees, max_rows=s.max_rows, jackknife=False
        )
        run = {name: interval.value for name, interval in found.intervals.items()}
        if target is not None:
            run |= _tstr({"real": train, "synthetic": table, "holdout": holdout}, target, rng, s)
        runs.append(run)
    frame = pd.DataFrame(runs).dropna(axis="columns")
    limits = [prediction_interval(frame[name].tolist()) for name in frame]
    return pd.DataFrame(
        {
            "figure": frame.columns,
            "mean": frame.mean().to_numpy(),
            "low": [low for low, _ in limits],
            "high": [high for _, high in limits],
            "seeds": len(runs),
        }
    )


def _tstr(
    tables: Mapping[str, pd.DataFrame], target: Hashable, rng: np.random.Generator, s: Settings
) -> dict[str, float]:
    """Return the score of a model that learned from the synthetic table; none if it can't."""
    try:
        return {"tstr": synthetic_score(align(tables), target, rng, s.utility_rows)}
    except DataError:  # the card itself says why
        return {}
