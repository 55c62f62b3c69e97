r"""Gode and Sunder's traders: what a market's rules achieve without any wit.

Buyers with values v and sellers with costs c shout random prices in a double auction; a bid that
meets an ask trades at the older of the two prices.  With a budget constraint nobody bids above his
value or asks below his cost.

1. efficiency = surplus of the trades made / largest possible surplus

Constrained traders who know nothing still reach nearly 1: it is the rules that are clever.
Without the constraint every unit is traded and gains and losses cancel.

Where this differs from the paper: each trader has one unit, so that traders whom no efficient
market would serve get in the way more often; the mean is about .96 instead of .98.

Reference: Gode & Sunder, Allocative efficiency of markets with zero-intelligence traders,
J. Political Economy 101 (1993).
"""

from __future__ import annotations

import numpy as np

HIGHEST = 200.0  # no price is above this
ROUNDS = 4_000  # shouts in a trading day: enough for the last trade that can be made


def auction_efficiency(
    rng: np.random.Generator, *, constrained: bool = True, units: int = 20
) -> float:
    """Return the efficiency of one trading day; each trader has one unit to trade."""
    step = HIGHEST / units
    values = (np.arange(units) + 0.5) * step  # (units,): a straight demand curve
    costs = (np.arange(units) + 0.5) * step  # (units,): a straight supply curve
    best = np.maximum(np.sort(values)[::-1] - np.sort(costs), 0).sum()
    surplus = 0.0
    buyers, sellers = list(range(units)), list(range(units))
    bid: tuple[float, int] | None = None
    ask: tuple[float, int] | None = None
    for _ in range(ROUNDS):
        if not buyers or not sellers:
            break
        if rng.random() < 0.5:
            who = buyers[rng.integers(len(buyers))]
            price = rng.uniform(0, values[who] if constrained else HIGHEST)
            bid = (price, who) if bid is None or price > bid[0] else bid
        else:
            who = sellers[rng.integers(len(sellers))]
            price = rng.uniform(costs[who] if constrained else 0, HIGHEST)
            ask = (price, who) if ask is None or price < ask[0] else ask
        if bid is not None and ask is not None and bid[0] >= ask[0]:
            surplus += values[bid[1]] - costs[ask[1]]
            buyers.remove(bid[1])
            sellers.remove(ask[1])
            bid = ask = None  # after a trade all quotes are void
    return float(surplus / best)  # Eq. 1
