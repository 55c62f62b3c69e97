"""Bootstrap intervals at n = 10,000 and B = 10,000, against ``scipy.stats.bootstrap``.

Both on the same data in one run, one thread, CPU seconds.  The peer is scipy as it is called
without a thought, all replicates at once (1.6 GB); the rows 'in batches' give it ``batch=100``,
at which it was quickest.  The agreement rows say by how many Monte-Carlo standard errors the two
intervals' ends differ.
"""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
from scipy import stats

from synthkit.techniques.bootstrap import BootstrapInterval, Quantile, bootstrap_interval

ROWS = REPLICATES = 10_000
BATCH = 100
# An end near level .025 of B replicates errs by sqrt(.025 * .975 / B) / .0584 standard
# deviations; the difference of two of them by 1.41 times that.
END_ERROR = np.sqrt(2 * 0.025 * 0.975 / REPLICATES) / 0.0584


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    rng = np.random.default_rng(0)
    x = rng.exponential(size=ROWS)
    pair = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=ROWS)
    bootstrap_interval(x[:50], rng=0)  # imports are not what is measured

    def scipy_quantile(sample: np.ndarray, axis: int = -1) -> Any:
        return np.quantile(sample, 0.9, axis=axis)

    def scipy_correlation(x: np.ndarray, y: np.ndarray, axis: int = -1) -> Any:
        x, y = x - x.mean(axis=axis, keepdims=True), y - y.mean(axis=axis, keepdims=True)
        return (x * y).sum(axis=axis) / np.sqrt((x**2).sum(axis=axis) * (y**2).sum(axis=axis))

    cases = [  # name, data, ours, scipy's data, scipy's, method, times quicker
        ("mean, percentile", x, "mean", (x,), np.mean, "percentile", 1),
        ("mean, BCa", x, "mean", (x,), np.mean, "BCa", 10),
        ("median, percentile", x, "median", (x,), np.median, "percentile", 20),
        ("0.9-quantile, percentile", x, Quantile(0.9), (x,), scipy_quantile, "percentile", 20),
        ("correlation, BCa", pair, "correlation", tuple(pair.T), scipy_correlation, "BCa", 10),
    ]
    rows: list[dict[str, Any]] = []
    for name, data, statistic, peer_data, peer_statistic, method, factor in cases:
        seconds, mine = timed(
            lambda d=data, s=statistic, m=method: bootstrap_interval(
                d, s, method=m.lower(), replicates=REPLICATES, rng=1
            )
        )
        peers = [
            timed(
                lambda d=peer_data, s=peer_statistic, m=method, b=batch: stats.bootstrap(
                    d, s, n_resamples=REPLICATES, method=m, batch=b, vectorized=True,
                    paired=len(d) > 1, rng=2,
                ),
                repeats=1,
            )
            for batch in (None, BATCH)
        ]  # fmt: skip
        (plain, theirs), (batched, _) = peers
        rows.append(
            {"what": f"bootstrap of a {name}", "value": seconds, "unit": "CPU-s",
             "target": f"<= {plain / factor:.3g} ({factor} x)", "peer": plain}
        )  # fmt: skip
        rows.append(
            {"what": f"- the same, scipy in batches, {name}", "value": seconds, "unit": "CPU-s",
             "target": f"<= {batched:.3g} (1 x)", "peer": batched}
        )  # fmt: skip
        rows.append(
            {"what": f"- its ends against scipy's, {name}", "value": distance(mine, theirs),
             "unit": "standard errors", "target": "<= 5", "peer": None}
        )  # fmt: skip
    rows.append(
        {"what": "bootstrap of a mean, peak memory at a chunk of 1 MiB", "value": peak_mib(x),
         "unit": "MiB", "target": "<= 3", "peer": None}
    )  # fmt: skip
    return rows


def timed(action: Any, repeats: int = 3) -> tuple[float, Any]:
    """Return the CPU time of a call, the best of ``repeats``, and what it returned."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        result = action()
        best = min(best, time.process_time() - start)
    return best, result


def distance(mine: BootstrapInterval, theirs: Any) -> float:
    """Return the larger difference of two ends, in Monte-Carlo standard errors."""
    ends = theirs.confidence_interval
    apart = max(abs(mine.low - ends.low), abs(mine.high - ends.high))
    return float(apart / mine.standard_error / END_ERROR)


def peak_mib(data: np.ndarray) -> float:
    """Return the most memory that 2,000 replicates of a mean take at once, beyond the data."""
    tracemalloc.start()
    bootstrap_interval(data, "mean", method="percentile", replicates=2_000, rng=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


if __name__ == "__main__":
    for row in main():
        print(row)
