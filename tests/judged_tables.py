"""Tables that the tests of the scorecard judge."""

from __future__ import annotations

import numpy as np
import pandas as pd


def clients(n: int, seed: int) -> pd.DataFrame:
    """Return n clients: age, income and what they buy hang together, the region does not."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "age": (45 + 12 * z).round().astype(int),
            "income": np.exp(8 + 0.4 * z + 0.3 * rng.normal(size=n)).round(2),
            "region": rng.choice(["north", "south", "west"], n),
            "bought": np.where(rng.random(n) < 1 / (1 + np.exp(-2 * z)), "yes", "no"),
        }
    )
