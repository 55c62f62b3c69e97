"""Two moods over 7,000 days, and events of the order book; one core, no peer in the package index.

A user would write the same loops; the floors are those of the design.
"""

from __future__ import annotations

import time

import numpy as np

from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.techniques.market.order_book import Flow, RandomFlow

DAYS, EVENTS = 7_000, 200_000


def main() -> list[dict]:
    """Measure, and return rows for the table of ratios."""
    took = []
    for seed in range(3):
        start = time.process_time()
        market_days(DAYS, Moods(), np.random.default_rng(seed))
        took.append(time.process_time() - start)
    flow = RandomFlow(Flow(1.0, 10.0, 0.2, 50, 100, 10_000), np.random.default_rng(0))
    start = time.process_time()
    for _ in range(EVENTS):
        flow.step()
    rate = EVENTS / (time.process_time() - start)
    return [
        {"what": "Franke-Westerhoff, 7,000 days", "value": min(took), "unit": "CPU-s",
         "target": "<= 0.2", "peer": None},
        {"what": "order book, events", "value": rate, "unit": "events/CPU-s",
         "target": ">= 50,000", "peer": None},
    ]  # fmt: skip


if __name__ == "__main__":
    for row in main():
        print(row)
