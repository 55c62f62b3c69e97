r"""A market of two moods: fundamentalists and chartists who change their minds.

With the log price p, its fundamental value p*, shares :math:`n_f + n_c = 1` of the traders and
independent normal noise :math:`\varepsilon`:

1. :math:`d_f = \varphi(p^* - p_t) + \sigma_f\varepsilon_f`: they expect the price to return
2. :math:`d_c = \chi(p_t - p_{t-1}) + \sigma_c\varepsilon_c`: they expect it to go on
3. :math:`p_{t+1} = p_t + \mu\,(n_f d_f + n_c d_c)`
4. :math:`n_f = 1/(1+e^{-\beta a_{t-1}})`: discrete choice (DCA)
5. :math:`a_t = \alpha_0 + \alpha_n(n_f - n_c) + \alpha_p(p^*-p_t)^2`: herding, predisposition and
   misalignment (HPM)

======  ====================  ==========================================================
symbol  name                  default (published estimate)
======  ====================  ==========================================================
φ       ``reversion``         .12
χ       ``trend``             1.50
σ_f     ``noise_fundamental`` .758
σ_c     ``noise_chartist``    2.087
α₀      ``predisposition``    −.327
α_n     ``herding``           1.79
α_p     ``misalignment``      18.43
β       ``choice``            1
μ       ``price_impact``      .01
======  ====================  ==========================================================

Chartists are noisier, herding keeps them in fashion for weeks: that is where clusters of
volatility and fat tails come from.  With :math:`\sigma_c=\sigma_f` both are gone.

Reference: Franke & Westerhoff, Structural stochastic volatility in asset pricing dynamics,
J. Economic Dynamics and Control 36 (2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

WARM_UP = 500  # days that are thrown away: the market starts at its value, calm


@dataclass(frozen=True)
class Moods:
    """The model's parameters (see the table above)."""

    reversion: float = 0.12
    trend: float = 1.50
    noise_fundamental: float = 0.758
    noise_chartist: float = 2.087
    predisposition: float = -0.327
    herding: float = 1.79
    misalignment: float = 18.43
    choice: float = 1.0
    price_impact: float = 0.01


class Days(NamedTuple):
    """Daily series; arrays (n,)."""

    log_price: np.ndarray
    volume: np.ndarray  # n_f|d_f| + n_c|d_c|: what both groups trade
    fundamentalists: np.ndarray  # their share n_f


def market_days(days: int, m: Moods, rng: np.random.Generator) -> Days:
    """Return a run of that many days after a warm-up; the fundamental value is 0."""
    noise = rng.standard_normal((days + WARM_UP, 2)).tolist()  # lists: a loop over floats is fast
    price, before = 0.0, 0.0
    fundamentalists, attraction = 0.5, m.predisposition
    prices, volumes, shares = [], [], []
    for e_f, e_c in noise:
        demand_f = -m.reversion * price + m.noise_fundamental * e_f  # Eq. 1
        demand_c = m.trend * (price - before) + m.noise_chartist * e_c  # Eq. 2
        chartists = 1 - fundamentalists
        attraction = (
            m.predisposition
            + m.herding * (fundamentalists - chartists)
            + m.misalignment * price * price
        )  # Eq. 5
        prices.append(price)
        volumes.append(fundamentalists * abs(demand_f) + chartists * abs(demand_c))
        shares.append(fundamentalists)
        before, price = price, price + m.price_impact * (
            fundamentalists * demand_f + chartists * demand_c
        )  # Eq. 3
        fundamentalists = 1 / (1 + math.exp(-max(min(m.choice * attraction, 700), -700)))  # Eq. 4
    keep = slice(WARM_UP, None)
    return Days(np.array(prices)[keep], np.array(volumes)[keep], np.array(shares)[keep])
