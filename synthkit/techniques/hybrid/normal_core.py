r"""The plainest core: one normal distribution for all numeric columns.

1. :math:`x \sim N(\hat\mu, \hat\Sigma)` with the mean and covariance of the real rows

It knows means, spreads and linear correlations, and nothing else: no skew, no bounds (lengths
come out negative), no repeated values.  Everything that a refinement repairs can be seen on it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.base import Synthesizer
from synthkit.errors import DataError, ParameterError
from synthkit.techniques.hybrid.columns import numeric_columns, read_numbers


class NormalCore(Synthesizer):
    """A multivariate normal distribution; for numeric tables without missing values.

    Attributes
    ----------
    mean_ : ndarray of shape (d,)
    covariance_ : ndarray of shape (d, d)
    """

    name: ClassVar[str] = "hybrid.normal_core"

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        numeric = numeric_columns(table, self.schema_)
        strangers = [c for c in table.columns if c not in numeric or table[c].isna().any()]
        if strangers:
            raise DataError(
                f"column {strangers[0]!r} must be numeric without missing values for NormalCore; "
                f"got {table[strangers[0]].dtype}. Drop it, or use MonteCarlo as the core."
            )
        x = np.column_stack([read_numbers(table[name]) for name in table])  # (n, d)
        self.mean_ = x.mean(axis=0)
        centred = x - self.mean_
        self.covariance_ = centred.T @ centred / max(len(x) - 1, 1)

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"NormalCore can't draw with given values; got given={given!r}. Use MonteCarlo."
            )
        x = rng.multivariate_normal(self.mean_, self.covariance_, n, method="eigh")  # Eq. 1
        frame = pd.DataFrame(x, columns=pd.Index(self.schema_.names))
        for spec in self.schema_:
            if spec.kind == "integer":
                frame[spec.name] = np.rint(frame[spec.name])
        return frame.astype({spec.name: spec.dtype for spec in self.schema_})
