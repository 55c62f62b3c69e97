"""A contest: one split and one set of seeds for several techniques, and what comes of it."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from synthkit.contenders import fit_copy, sample_from
from synthkit.errors import DataError
from synthkit.measure.aligned import align
from synthkit.measure.anchors import (
    BOOTSTRAP,
    FRESH,
    SHUFFLE,
    independent_shuffle,
    verbatim_bootstrap,
)
from synthkit.measure.fidelity import shape_scores
from synthkit.measure.ranking import advice, paired_differences, rank_cards, ranking_table
from synthkit.measure.scorecard import Mode, Scorecard, scorecard
from synthkit.measure.splitting import split
from synthkit.measure.trade_off import Point, points_of, why_not
from synthkit.rng import RandomState, seed_sequence
from synthkit.tables import Schema, as_table
from synthkit.techniques import REGISTRY

TREES = "trees"
SEQUENTIAL_TREES = "sequential trees"


@dataclass(frozen=True, repr=False)
class Comparison:
    """Several techniques on one table: their scorecards, and who comes first.

    Attributes
    ----------
    cards : dict of name to Scorecard
    differences : DataFrame
        Paired, to the first.
    failed : dict of name to str
        Why a technique gave no table.
    seconds : dict of name to float
        CPU time of fitting and sampling.
    anchors : dict of name to Scorecard
        Tables of known worth, attacked in the same way.
    tables : dict of name to DataFrame
        The synthetic tables that were judged.
    """

    cards: Mapping[str, Scorecard]
    differences: pd.DataFrame
    failed: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    anchors: Mapping[str, Scorecard] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

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

    def points(self) -> tuple[Point, ...]:
        """Return every table, the anchors too, between utility and attack success."""
        return points_of({name: self.cards[name] for name in self.ranking}, self.anchors)

    def plot(self) -> Any:
        """Return a matplotlib figure: utility against attack success, with intervals."""
        from synthkit.measure.trade_off_picture import draw_trade_off

        return draw_trade_off(self.points())

    def advice(self) -> list[str]:
        """Say in sentences which one, and why not the others."""
        said = advice(self.cards, self.differences, self.failed)
        return said + why_not(self.points(), self.ranking[0])

    def to_html(self, notes: Sequence[str] = ()) -> str:
        """Return one self-contained page with ranking, picture and every card."""
        from synthkit.measure.report import ranking_page
        from synthkit.measure.trade_off_picture import fragment

        said = [*self.advice(), *notes]
        return ranking_page(self.cards, self.table(), said, fragment(self.points()))

    def _repr_html_(self) -> str:
        return str(self.table().round(3).to_html(index=False, escape=True))

    def __str__(self) -> str:
        """Return the table, for a terminal."""
        return str(self.table().round(3).to_string(index=False))

    __repr__ = __str__


@dataclass(frozen=True)
class Entry:
    """One technique's part in a contest: its card, the table that was judged, CPU seconds."""

    card: Scorecard
    table: pd.DataFrame = field(repr=False)
    seconds: float

    def light(self) -> Entry:
        """Return the entry without the models behind the utility, to travel between processes."""
        return replace(self, card=self.card.light())


@dataclass(frozen=True)
class Contest:
    """What is the same for every technique: the split, the seeds and what is asked.

    Attributes
    ----------
    train, holdout : DataFrame
    seeds : tuple of int
        Of fitting, sampling, and everything that is measured.
    """

    train: pd.DataFrame = field(repr=False)
    holdout: pd.DataFrame = field(repr=False)
    seeds: tuple[int, ...]
    target: Hashable
    group: Hashable
    time: Hashable
    unit: Hashable
    mode: Mode

    @classmethod
    def of(
        cls,
        df: Any,
        target: Hashable,
        rng: RandomState,
        group: Hashable,
        time: Hashable,
        unit: Hashable,
        holdout_share: float,
        mode: Mode,
    ) -> Contest:
        """Split the table and draw the seeds.

        Raises
        ------
        DataError
            It can't be split, or all its columns are identifiers: nothing can be compared.
        """
        _require_something_to_compare(df, unit)
        root = seed_sequence(rng)
        first = np.random.default_rng(root.spawn(1)[0])
        train, holdout = split(df, holdout_share, unit=unit, time=time, rng=first)
        seeds = tuple(root.generate_state(3).tolist())
        return cls(train, holdout, seeds, target, group, time, unit, mode)

    def judge(self, technique: Any, early: Callable[[float, float], None] | None = None) -> Entry:
        """Fit, sample and measure one technique.

        ``early(seconds, column shapes)`` is told as soon as the table is there.
        """
        given = self._shown(self.train)
        start = clock.process_time()
        fitted = fit_copy(technique, given, np.random.default_rng(self.seeds[0]))
        table = sample_from(fitted, len(self.train), np.random.default_rng(self.seeds[1]))
        seconds = clock.process_time() - start
        if early is not None:
            shapes = shape_scores(align({"real": given, "synthetic": table}))
            early(seconds, float(shapes["score"].mean()))
        return Entry(self._card(table, self.holdout), table, seconds)

    def anchor_names(self, techniques: Collection[str]) -> list[str]:
        """Name the tables of known worth: fresh rows, a copy, a shuffle; trees if not a technique.

        Fresh real rows are one half of the holdout; the other half are then the controls.
        """
        trees = TREES in REGISTRY and TREES not in techniques
        return [FRESH, BOOTSTRAP, SHUFFLE, *([SEQUENTIAL_TREES] if trees else [])]

    def anchors(self, techniques: Collection[str]) -> dict[str, Scorecard]:
        """Judge tables of known worth in the same way; one that needs more rows is left out."""
        cards = {}
        for name in self.anchor_names(techniques):
            try:
                cards[name] = self.anchor(name)
            except DataError:
                continue
        return cards

    def anchor(self, name: str) -> Scorecard:
        """Judge one table of known worth."""
        rng = np.random.default_rng(self.seeds[1])
        if name == FRESH:
            fresh, controls = split(
                self.holdout, 0.5, unit=self.unit, rng=np.random.default_rng(self.seeds[0])
            )
            return self._card(self._shown(fresh), controls)
        if name == SEQUENTIAL_TREES:
            return self.judge(TREES).card
        make = verbatim_bootstrap if name == BOOTSTRAP else independent_shuffle
        return self._card(make(self._shown(self.train), len(self.train), rng), self.holdout)

    def conclude(
        self,
        entries: Mapping[str, Entry],
        failed: Mapping[str, str],
        anchors: Mapping[str, Scorecard],
    ) -> Comparison:
        """Rank what was judged.

        Raises
        ------
        DataError
            Nothing was.
        """
        if not entries:
            raise DataError(
                f"at least one technique must make a table that can be judged; got {dict(failed)}."
            )
        cards = {name: entry.card for name, entry in entries.items()}
        tables = {name: entry.table for name, entry in entries.items()}
        first = rank_cards(cards)[0]
        held = self._shown(self.holdout)
        differences = paired_differences(tables, held, first, self.target, self.seeds[2])
        seconds = {name: entry.seconds for name, entry in entries.items()}
        return Comparison(cards, differences, failed, seconds, anchors, tables)

    def _shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return what a technique sees: not whose rows they are."""
        return table if self.unit is None else table.drop(columns=self.unit)

    def _card(self, table: pd.DataFrame, controls: pd.DataFrame) -> Scorecard:
        return scorecard(
            self.train, table, controls, self.target, self.group, self.time,
            rng=self.seeds[2], unit=self.unit, mode=self.mode,
        )  # fmt: skip


def _require_something_to_compare(df: Any, unit: Hashable) -> None:
    kinds = {spec.name: spec.kind for spec in Schema.infer(as_table(df)) if spec.name != unit}
    if kinds and all(kind == "identifier" for kind in kinds.values()):
        raise DataError(
            "at least one column must not be an identifier, whose values are new in each row; got "
            f"{', '.join(map(str, list(kinds)[:20]))} only. There is nothing in them to learn: "
            "add columns, or group their values."
        )
