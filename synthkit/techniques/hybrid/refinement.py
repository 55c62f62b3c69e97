"""Refinement: one statistical correction of a table that a generative core made."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.tables import Schema
from synthkit.techniques.hybrid.constraints import Constraint


class Refinement:
    """One step behind the core: learn from the real table and from the rows that arrive.

    A subclass has keyword-only parameters that it only stores, puts what it learns into
    attributes that end in ``_``, and says what it keeps and what it may spoil.
    """

    preserves: ClassVar[str] = ""
    can_break: ClassVar[str] = ""

    def fit(
        self,
        real: pd.DataFrame,
        reference: pd.DataFrame,
        schema: Schema,
        rng: np.random.Generator,
    ) -> None:
        """Learn.  ``reference`` are rows as this step receives them: many, and synthetic."""

    def apply(self, table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the refined table; a step that rejects returns fewer rows."""
        return table

    def changes(self) -> tuple[Hashable, ...]:
        """Return the columns whose values (or shares) this step moves."""
        return ()

    def constraints(self) -> tuple[Constraint, ...]:
        """Return what holds behind this step; the composer checks it again at the end."""
        return ()

    def spec(self) -> list[Any]:
        """Return its name and attributes as plain data, for saving."""
        return [type(self).__name__, dict(vars(self))]

    def __repr__(self) -> str:
        """Show the parameters, not what was learned."""
        shown = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if not k.endswith("_"))
        return f"{type(self).__name__}({shown})"
