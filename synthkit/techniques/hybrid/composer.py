r"""Hybrid: a generative core for the high-level shape, statistics for the details.

1. the core draws rows: :math:`x^{(0)} \sim p_\text{core}`
2. each refinement moves or rejects them: :math:`x^{(k)} = T_k(x^{(k-1)})`
3. rows that break a constraint at the end are drawn again

A refinement learns from the real table and from 20,000 rows of the core *as they arrive at its
place*, so that one row or a billion are refined by the same map.

When it fails: the refinements are no better than their order.  What one repairs, the next may
spoil: so every constraint is checked again behind the last one (``report()``), and ``fit``
refuses a chain that breaks its own promises in most rows.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import clone

from synthkit import saving
from synthkit.base import Simulator, Synthesizer
from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.rng import BLOCK_ROWS, RandomState, as_generator
from synthkit.techniques import REGISTRY
from synthkit.techniques.hybrid.constraints import (
    CONSTRAINTS,
    Constraint,
    Totals,
    broken_share,
    require_consistent,
)
from synthkit.techniques.hybrid.projection import LinearProjection
from synthkit.techniques.hybrid.raking import Raking
from synthkit.techniques.hybrid.ranks import QuantileMatch
from synthkit.techniques.hybrid.refinement import Refinement
from synthkit.techniques.hybrid.rules import BusinessRule
from synthkit.techniques.hybrid.tails import ParetoTails
from synthkit.techniques.hybrid.weights import ClassifierWeights
from synthkit.techniques.monte_carlo import MonteCarlo

# Rows of the core that refinements learn from: ranks are then good to 1/√20,000 = .007 and the
# 1 % tail holds 200 of them.
REFERENCE_ROWS = 20_000
# If fewer rows than this stay, a sample costs a thousand times its core: refuse.
MIN_KEPT = 1e-3
REFINEMENTS: dict[str, type[Any]] = {
    c.__name__: c
    for c in (QuantileMatch, ParetoTails, Raking, ClassifierWeights, LinearProjection, BusinessRule)
}


class Hybrid(Synthesizer):
    """A core technique and a chain of statistical refinements behind it.

    Parameters
    ----------
    core : Synthesizer, optional
        Any technique, not fitted; a Gaussian copula (``MonteCarlo()``) where absent.  Simulators
        are taken as they are: they must make the columns of the fitted table.
    refine : sequence of Refinement
        In the order in which they act.  Those that reject rows leave the others' work alone;
        put projections last.
    constraints : sequence of Constraint
        What must hold in every row besides what the refinements promise.
    max_broken : float
        The largest share of rows that may break the constraints behind the last refinement and
        be drawn again, in [0, 1).  More than this is a wrong chain, and ``fit`` says so.

    Attributes
    ----------
    core_ : Synthesizer
    refine_ : list of Refinement
        Fitted copies.
    constraints_ : list of Constraint
        Yours and the refinements'.
    kept_share_ : float
        Share of the core's rows that reach the end.

    Examples
    --------
    >>> import synthkit as sk
    >>> from synthkit.techniques.hybrid import ParetoTails, QuantileMatch
    >>> hybrid = Hybrid(refine=(QuantileMatch(), ParetoTails()))
    >>> hybrid.fit(sk.load("iris"), rng=0).sample(2, rng=1).shape
    (2, 5)
    """

    name: ClassVar[str] = "hybrid"

    def __init__(
        self,
        *,
        core: Synthesizer | None = None,
        refine: Sequence[Refinement] = (),
        constraints: Sequence[Constraint] = (),
        max_broken: float = 0.5,
    ) -> None:
        self.core = core
        self.refine = refine
        self.constraints = constraints
        self.max_broken = max_broken

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        self._check_parts(table)
        self._fit_encoder(table)
        self.core_ = self._fitted_core(table, rng)
        self.refine_: list[Refinement] = []
        self.constraints_: list[Constraint] = []
        self.checks_: list[list[Any]] = []
        self.kept_share_ = 1.0
        if not self.refine and not self.constraints:
            return
        reference = self._core_rows(REFERENCE_ROWS, rng, None)
        arriving = [reference]
        for k, step in enumerate(self.refine, start=1):
            step = copy.deepcopy(step)
            step.fit(table, reference, self.schema_, rng)
            reference = step.apply(reference, rng)
            if len(reference) < REFERENCE_ROWS * MIN_KEPT:
                raise ParameterError(
                    f"refinements must keep rows of the core; step {k}, {step!r}, left "
                    f"{len(reference)} of {REFERENCE_ROWS:,}. Weaken it, or improve the core."
                )
            self.refine_.append(step)
            arriving.append(reference)
        promised = [c for step in self.refine_ for c in step.constraints()]
        self.constraints_ = [*self.constraints, *promised]
        require_consistent(self.constraints_)
        self._check_again(arriving)

    def _check_again(self, tables: list[pd.DataFrame]) -> None:
        """Measure every constraint behind every step; refuse a chain that breaks its own."""
        steps = ["core", *(type(step).__name__ for step in self.refine_)]
        for constraint in self.constraints_:
            shares = [broken_share(constraint, table) for table in tables]
            self.checks_.append([constraint.label, *shares])
            limit = 0.0 if isinstance(constraint, Totals) else self.max_broken
            if shares[-1] > limit:
                kept = max((k for k, share in enumerate(shares) if share <= limit), default=-1)
                found = "off by" if isinstance(constraint, Totals) else "broken in"
                raise ParameterError(
                    f"the constraint {constraint.label!r} must hold behind the last refinement; "
                    f"it is {found} {shares[-1]:.0%} of the rows since {steps[kept + 1]}. "
                    "Put the step that mends it last, or drop one of the two."
                )
        self.kept_share_ = float(self._whole(tables[-1]).sum()) / len(tables[0])
        if self.kept_share_ < MIN_KEPT:
            raise ParameterError(
                f"constraints must be kept by some rows of the core; got {self.kept_share_:.2%}. "
                "Drop one, or improve the core."
            )

    def report(self) -> pd.DataFrame:
        """Return, for each constraint, the share of rows that break it behind each step.

        The last column, ``sample``, is 0 for what holds row by row: such rows are drawn again.
        """
        self._check_fitted()
        steps = ["core"] + [
            f"{k}. {type(step).__name__}" for k, step in enumerate(self.refine_, start=1)
        ]
        frame = pd.DataFrame(self.checks_, columns=["constraint", *steps])
        frame["sample"] = 0.0 if self.constraints_ else []
        return frame

    def stages(self, n: int, *, rng: RandomState = None) -> dict[str, pd.DataFrame]:
        """Return ``n`` rows of the core, and what is left of them behind each refinement.

        The same rows at every step, so that before and after can be laid side by side.
        """
        self._check_fitted()
        generator = as_generator(rng)
        table = self._core_rows(self._checked_rows(n), generator, None)
        found = {"core": table}
        for k, step in enumerate(self.refine_, start=1):
            table = step.apply(table, generator)
            found[f"{k}. {type(step).__name__}"] = table
        return found

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        self._check_given(given)
        pieces: list[pd.DataFrame] = []
        missing, drawn = n, 0
        while missing > 0:
            wanted = min(math.ceil(1.1 * missing / self.kept_share_) + 16, BLOCK_ROWS)
            table = self._core_rows(missing if self.kept_share_ == 1 else wanted, rng, given)
            drawn += len(table)
            for step in self.refine_:
                table = step.apply(table, rng)  # Eq. 2
            table = table[self._whole(table)]  # Eq. 3
            pieces.append(table)
            missing -= len(table)
            if drawn > 100 * n / max(self.kept_share_, MIN_KEPT) + 100 * REFERENCE_ROWS:
                raise DataError(
                    f"the rows must keep the constraints; {drawn:,} rows of the core gave "
                    f"{n - missing} of {n}. Drop a condition, or improve the core."
                )
        return pd.concat(pieces, ignore_index=True).iloc[:n]

    def _whole(self, table: pd.DataFrame) -> np.ndarray:
        """Return the rows (n,) that keep every constraint."""
        whole = np.ones(len(table), dtype=bool)
        for constraint in self.constraints_:
            whole &= ~constraint.broken(table)
        return whole

    def _core_rows(
        self, n: int, rng: np.random.Generator, given: Mapping[Any, Any] | None
    ) -> pd.DataFrame:
        rows = self.core_.sample(n, rng=rng, given=given)  # Eq. 1
        return rows[self.schema_.names] if isinstance(self.core_, Simulator) else rows

    def _fitted_core(self, table: pd.DataFrame, rng: np.random.Generator) -> Synthesizer:
        core: Synthesizer = MonteCarlo() if self.core is None else clone(self.core)
        if not isinstance(core, Simulator):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)  # said by our own fit already
                return core.fit(table, rng=rng)
        made = core.sample(1, rng=0)
        lost = [name for name in table.columns if name not in made.columns]
        if lost:
            raise DataError(
                f"a simulator as core must make the columns of the table; {type(core).__name__} "
                f"makes no {lost[0]!r}. It makes {list(made.columns)}. Drop or rename the column."
            )
        return core

    def _check_parts(self, table: pd.DataFrame) -> None:
        """Raise ParameterError for a part that is none, naming it."""
        if self.core is not None and not isinstance(self.core, Synthesizer):
            raise ParameterError(
                f"core must be a technique or None; got {self.core!r}. Pass e.g. sk.Trees()."
            )
        for what, items, kind in (
            ("refine", self.refine, Refinement), ("constraints", self.constraints, Constraint),
        ):  # fmt: skip
            strangers = [x for x in items if not isinstance(x, kind)] if _is_list(items) else items
            if strangers or not _is_list(items):
                raise ParameterError(
                    f"{what} must be a sequence of {kind.__name__} objects; got {strangers!r}. "
                    "Their classes live in synthkit.techniques.hybrid."
                )
        if not 0 <= self.max_broken < 1:
            raise ParameterError(
                f"max_broken must be a share in [0, 1); got {self.max_broken!r}. Try 0.5."
            )
        for constraint in self.constraints:
            lost = [name for name in constraint.columns if name not in table.columns]
            if lost:
                raise DataError(
                    f"the constraint {constraint.label!r} must name columns of the table; "
                    f"got {lost[0]!r}. The columns are {list(table.columns)[:20]}."
                )
        require_consistent(self.constraints)

    def _check_given(self, given: Mapping[Any, Any] | None) -> None:
        moved: set[Hashable] = {name for step in self.refine_ for name in step.changes()}
        clash = [name for name in given or {} if name in moved]
        if clash:
            raise ParameterError(
                f"given must name columns that no refinement moves; got {clash[0]!r}. "
                "Leave that column out of the refinements, or filter the sample."
            )

    def save(self, path: str | Path) -> None:
        """Write core, refinements and constraints to one file: arrays and JSON."""
        self._check_fitted()
        for kind, known, items in (
            ("core", REGISTRY, [self.core_.name]),
            ("refinements", REFINEMENTS, [type(step).__name__ for step in self.refine_]),
            ("constraints", CONSTRAINTS, [type(c).__name__ for c in self.constraints_]),
        ):
            strangers = [name for name in items if name not in known]
            if strangers:
                raise ParameterError(
                    f"{kind} must be the kit's own to be saved; got {strangers[0]!r}. "
                    f"Those are {', '.join(known)}. Register yours, or fit it again where needed."
                )
        saving.save(path, self.name, {"max_broken": self.max_broken}, self._get_state())

    def _get_state(self) -> dict[str, Any]:
        state = super()._get_state()
        return {
            **state,
            "core": self.core,
            "refine": [step.spec() for step in self.refine],
            "constraints": [c.spec() for c in self.constraints],
            "refine_": [step.spec() for step in self.refine_],
            "constraints_": [c.spec() for c in self.constraints_],
        }

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state(state)
        self.refine = tuple(_made(REFINEMENTS, spec) for spec in state["refine"])
        self.constraints = tuple(_made(CONSTRAINTS, spec) for spec in state["constraints"])
        self.refine_ = [_made(REFINEMENTS, spec) for spec in state["refine_"]]
        self.constraints_ = [_made(CONSTRAINTS, spec) for spec in state["constraints_"]]


def _is_list(items: Any) -> bool:
    return isinstance(items, (list, tuple))


def _made(classes: Mapping[str, type[Any]], spec: Sequence[Any]) -> Any:
    """Return an object of a known class with these attributes; unknown names raise KeyError."""
    name, attributes = spec
    made = object.__new__(classes[name])
    for attribute, value in attributes.items():
        object.__setattr__(made, attribute, value)
    return made
