"""The arena: judge a technique on a table, or several side by side.

``judge`` holds rows out *before* fitting, so that the attacks have controls, and puts the
result beside fresh real rows, a verbatim bootstrap, an independent shuffle and the plain
sequential trees that most networks fail to beat.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Union

import numpy as np
import pandas as pd

from synthkit.contenders import (
    contenders,
    fit_copy,
    is_simulator,
    name_of,
    said_by,
    sample_from,
)
from synthkit.contest import SEQUENTIAL_TREES, TREES, Comparison, Contest, Entry
from synthkit.errors import DataError, ParameterError
from synthkit.measure.aligned import align
from synthkit.measure.figures import measure_fidelity, prediction_interval
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
from synthkit.techniques import REGISTRY

__all__ = [
    "Comparison",
    "compare",
    "fit_copy",
    "is_simulator",
    "judge",
    "over_seeds",
    "sample_from",
]

SEEDS = 3  # times that judge fits and samples, each with seeds of its own
Finished = Callable[[str, Union[Scorecard, str]], None]


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
    named = contenders(techniques)
    contest = Contest.of(df, target, rng, group, time, unit, holdout_share, mode)
    entries: dict[str, Entry] = {}
    failed: dict[str, str] = {}
    for i, (name, technique) in enumerate(named.items()):
        if progress is not None:
            progress(name, i / len(named))
        try:
            entries[name] = contest.judge(technique)
        except Exception as error:  # any technique may be somebody's first draft
            failed[name] = said_by(error)
        if finished is not None:
            finished(name, entries[name].card if name in entries else failed[name])
    return contest.conclude(entries, failed, contest.anchors(named) if entries else {})


def _require_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{name} must be a whole number >= 1; got {value!r}.")


# --- anchors and seeds ------------------------------------------------------------------------


def _is_trees(technique: Any) -> bool:
    return name_of(technique) == TREES


def _tree_anchor(train: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return sequential trees on the same rows, once that technique is registered."""
    if TREES not in REGISTRY:
        return {}
    trees = fit_copy(TREES, train, rng)
    return {SEQUENTIAL_TREES: sample_from(trees, len(train), rng)}


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
