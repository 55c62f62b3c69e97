"""The scorecard: fidelity, utility and privacy of a synthetic table, on one card.

One call runs everything, puts every figure beside its anchors, and decides on one
word.  Nothing here knows how the synthetic table was made.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthkit.errors import DataError, ParameterError
from synthkit.measure.anchors import (
    FRESH,
)
from synthkit.measure.attack import Attack
from synthkit.measure.card import Scorecard
from synthkit.measure.figures import Fidelity, Figure, collect, measure_fidelity, noise_bands
from synthkit.measure.guessing import ONE_COLUMN
from synthkit.measure.intervals import Interval, auc_interval
from synthkit.measure.prepared import prepare
from synthkit.measure.privacy import repeated_identifiers
from synthkit.measure.privacy_run import AttackSettings, anchor_attacks, run_attacks
from synthkit.measure.series_card import judge_series
from synthkit.measure.threads import one_thread
from synthkit.measure.utility import MIN_GROUP_ROWS, Utility
from synthkit.measure.utility_run import anchor_scores, measure_utility, utility_figures
from synthkit.measure.verdict import decide
from synthkit.rng import RandomState, seed_sequence

__all__ = ["Scorecard", "scorecard"]

Mode = Literal["quick", "full"]
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """How much work a mode does; the figures mean the same in both."""

    folds: int
    trees: int
    max_rows: int
    band_draws: int
    anchor_privacy: bool
    attack: AttackSettings
    utility_rows: int | None
    models: tuple[str, ...]


SETTINGS: dict[Mode, Settings] = {
    "quick": Settings(
        3, 50, 2_000, 6, False, AttackSettings(2_000, 300, 5_000), 5_000, ("boosting",)
    ),
    "full": Settings(
        5, 100, 5_000, 20, True, AttackSettings(5_000, 1_000, 50_000), None, ("boosting", "linear")
    ),
}


@one_thread()
def scorecard(
    real: Any,
    synthetic: Any,
    holdout: Any = None,
    target: Hashable = None,
    group: Hashable = None,
    time: Hashable = None,
    anchors: Mapping[str, Any] | None = None,
    rng: RandomState = 0,
    *,
    unit: Hashable = None,
    mode: Mode = "full",
    progress: Progress | None = None,
) -> Scorecard:
    """Judge a synthetic table.

    Parameters
    ----------
    real : DataFrame
        The rows that the synthetic table was made from.
    synthetic : DataFrame
        The same columns.
    holdout : DataFrame, optional
        Real rows that it was *not* made from.  Without them the attacks can't be assessed, and
        the verdict is 'not assessable' at best.
    target : column label, optional
        What a model would be trained to predict; brings the utility figures.
    group : column label, optional
        Utility and fairness within each level.
    time : column label, optional
        Orders the rows; brings the time-series figures, and without ``unit`` attacks and folds
        work on stretches of neighbouring rows.
    anchors : dict of str to DataFrame, optional
        More tables to stand beside; fresh real rows, a verbatim bootstrap and an independent
        shuffle are always there.
    rng : None, int or Generator
    unit : column label, optional
        Whose rows these are, such as ``"customer_id"``: attacks and folds then work on people,
        not rows, and the column itself isn't compared.
    mode : 'full' or 'quick'
        Quick uses fewer rows, folds, trees and attacks, and attacks no anchor.
    progress : callable (text, share), optional
        Called before each step.

    Raises
    ------
    DataError
        The tables differ in columns or types, one is empty, or a named column isn't there or, for
        ``time`` and ``unit``, has no values.
    ParameterError
        An unknown mode.

    Examples
    --------
    >>> import synthkit as sk
    >>> data = sk.load("iris")
    >>> card = sk.scorecard(data[::2], data[::2], holdout=data[1::2], mode="quick")
    >>> card.verdict.label
    'copies'
    """
    if isinstance(real, Mapping):
        raise ParameterError(
            "scorecard judges one table; got a dict of tables. Use "
            "synthkit.measure.linked.linked_scorecard(real, synthetic, links)."
        )
    if mode not in SETTINGS:
        raise ParameterError(f"mode must be 'quick' or 'full'; got {mode!r}.")
    return _Run(
        real, synthetic, holdout, target, group, time, anchors or {}, rng, unit, mode, progress
    ).card()


class _Run:
    """One scorecard in the making: the tables side by side, and a random stream for each step."""

    def __init__(
        self,
        real: Any,
        synthetic: Any,
        holdout: Any,
        target: Hashable,
        group: Hashable,
        time: Hashable,
        anchors: Mapping[str, Any],
        rng: RandomState,
        unit: Hashable,
        mode: Mode,
        progress: Progress | None,
    ) -> None:
        self.started = clock.perf_counter()
        self.settings, self.mode = SETTINGS[mode], mode
        self.target, self.group, self.time = target, group, time
        self.progress = progress or (lambda text, share: None)
        self.seed = int(rng) if isinstance(rng, (int, np.integer)) else None
        self.streams = [np.random.default_rng(child) for child in seed_sequence(rng).spawn(8)]
        frames = {"real": real, "synthetic": synthetic}
        if holdout is not None:
            frames["holdout"] = holdout
        roles = {"target": target, "group": group, "time": time}
        self.given = prepare(frames, roles, unit, anchors, self.streams[0])
        self.notes, self.unknown = list(self.given.notes), list(self.given.unknown)

    # --- the steps ----------------------------------------------------------------------------

    def card(self) -> Scorecard:
        self.progress("fidelity", 0.0)
        main, beside = self._fidelity()
        figures = collect(main, beside, self._bands())
        self.progress("attacks", 0.4)
        attacks, attack_anchors, risk, secrets = self._privacy()
        self.progress("utility", 0.7)
        utility, more = self._utility()
        details = _details(main, utility, secrets)
        if self.time is not None:
            details["series"], moves = self._series()
            figures += moves
        figures = [*figures, *more]
        verdict = decide(
            figures,
            attacks,
            near_copies=main.near_copies,
            unknown=self.unknown,
        )
        self.progress("done", 1.0)
        return Scorecard(
            tuple(figures),
            tuple(attacks),
            attack_anchors,
            verdict,
            details,
            risk,
            self._about(),
            utility,
        )

    def _fidelity(self) -> tuple[Fidelity, dict[str, Fidelity]]:
        """Measure the synthetic table and every anchor against the real table."""
        s, rng = self.settings, self.streams[1]
        main = measure_fidelity(
            self.given.take("real", "synthetic"),
            rng,
            folds=s.folds,
            trees=s.trees,
            max_rows=s.max_rows,
            units=self.given.units_of("real", "synthetic"),
        )
        if not self.given.has_holdout:
            half = f"{self.given.tables.rows[0] // 2:,} rows"
            self.notes.append(f"{FRESH}: one half of the real table against the other ({half})")
        beside = {}
        for i, name in enumerate(self.given.anchor_names):
            self.progress(f"anchor: {name}", 0.1 + 0.07 * i)
            fresh = name == FRESH
            tables = self.given.fresh(self.streams[2]) if fresh else self.given.take("real", name)
            if min(tables.rows) < 2:
                continue
            beside[name] = measure_fidelity(
                tables, rng, folds=s.folds, trees=s.trees, max_rows=s.max_rows, jackknife=False
            )
        return main, beside

    def _bands(self) -> dict[str, tuple[float, float]]:
        """Say where the figures of fresh real rows would fall by chance."""
        pool, units = self.given.real_pool()
        sizes = (self.given.tables.rows[0], self.given.tables.rows[1])
        bands = noise_bands(pool, sizes, self.streams[3], self.settings.band_draws, units)
        shared = 1 + self.settings.folds / (self.settings.folds - 1)
        m, n = (int(min(size, self.settings.max_rows) / shared) for size in sizes)
        chance = auc_interval(0.5, m, n)
        bands["c2st_auc"] = (chance.low, chance.high)
        return bands

    def _privacy(
        self,
    ) -> tuple[
        list[Attack], dict[str, dict[str, float]], pd.DataFrame | None, dict[Hashable, Interval]
    ]:
        s, rng, given = self.settings, self.streams[4], self.given
        named = repeated_identifiers(
            given.frames["real"],
            given.frames["synthetic"],
            given.frames["holdout"] if given.has_holdout else None,
            given.tables.identifiers,
        )
        extra = [named] if given.tables.identifiers else []
        if not given.has_holdout:
            copies, *rest = run_attacks(given.take("real", "synthetic"), None, rng, s.attack)[0]
            return [copies, *rest, *extra], {}, None, {}
        tables = given.take("real", "synthetic", "holdout")
        units = given.units_of("real", "holdout")
        attacks, beside, risk, secrets = run_attacks(tables, units, rng, s.attack)
        # A table of one column can't be linked, and that is no lack of evidence; few rows are.
        lacking = [a for a in attacks if not a.assessable and a.note != ONE_COLUMN]
        if lacking:
            self.unknown.append(
                f"an attack could not be assessed: {lacking[0].title} {lacking[0].note}"
            )
        if s.anchor_privacy:
            for name in given.anchor_names:
                self.progress(f"attacks on {name}", 0.5)
                found = anchor_attacks(given.tables, given.place, name, self.streams[5])
                for attack, value in found.items():
                    beside.setdefault(attack, {})[name] = value
        return [*attacks, *extra], beside, risk, secrets

    def _utility(self) -> tuple[Utility | None, list[Figure]]:
        if self.target is None:
            return None, []
        s, rng = self.settings, self.streams[6]
        tables, units = self.given.to_test_on(rng)
        try:
            utility = measure_utility(
                tables,
                self.target,
                self.group,
                rng,
                s.utility_rows,
                s.models,
                units,
                held_out=self.given.has_holdout,
            )
        except DataError as error:
            self.unknown.append(f"utility could not be assessed: {error}")
            return None, []
        if self.group is not None and not len(utility.groups):
            self.notes.append(
                f"no level of {self.group!r} has {MIN_GROUP_ROWS} rows to test on, so nothing is "
                "said of groups"
            )
        beside = {}
        if self.given.has_holdout:
            for name in self.given.anchor_names[1:]:
                self.progress(f"utility of {name}", 0.85)
                anchor = self.given.take("real", name, "holdout")
                beside[name] = anchor_scores(anchor, utility, rng, s.utility_rows)
        return utility, utility_figures(utility, beside)

    def _series(self) -> tuple[pd.DataFrame, list[Figure]]:
        """Compare the columns as series; the rows of each unit are a series of their own."""
        frames = {FRESH if name == "holdout" else name: f for name, f in self.given.frames.items()}
        units = self.given.units if self.given.by_unit else None
        if self.given.overlap:
            frames.pop(FRESH)
        if units is None:  # rows drawn anew belong to nobody
            frames |= self.given.others
        else:
            units = {FRESH if name == "holdout" else name: u for name, u in units.items()}
        try:
            return judge_series(frames, self.time, units, self.streams[7])
        except DataError as error:
            self.unknown.append(f"the time series could not be assessed: {error}")
            return pd.DataFrame(), []

    def _about(self) -> dict[str, Any]:
        import sklearn

        given = self.given
        rows = {name: given.tables.rows[k] for name, k in given.place.items()}
        return {
            "rows": {name: rows[name] for name in given.frames},
            "columns": len(given.tables.columns),
            "left_out": [str(name) for name in given.tables.identifiers],
            "anchors": {name: rows[name] for name in given.others},
            "unit": given.by_unit,
            "mode": self.mode,
            "seed": self.seed,
            "max_rows": self.settings.max_rows,
            "notes": list(self.notes),
            "not_assessed": list(self.unknown),
            "versions": {
                "numpy": np.__version__,
                "pandas": pd.__version__,
                "scikit-learn": sklearn.__version__,
            },
            "seconds": round(clock.perf_counter() - self.started, 1),
        }


def _details(
    main: Fidelity, utility: Utility | None, secrets: Mapping[Hashable, Interval]
) -> dict[str, pd.DataFrame]:
    rules: Sequence[Any] = [{"rule": r.sentence(), "broken": r.broken} for r in main.rules]
    details = {
        "shapes": main.shapes,
        "pairs": main.pairs,
        "tails": main.tails,
        "levels": main.levels,
        "rules": pd.DataFrame(rules, columns=["rule", "broken"]),
    }
    if secrets:
        details["secrets"] = pd.DataFrame(
            [{"secret": name, **risk.to_dict()} for name, risk in secrets.items()]
        )
    if utility is not None and len(utility.groups):
        details["groups"] = utility.groups
    return details
