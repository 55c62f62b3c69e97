"""How synthetic prices go wrong, with its dial."""

from __future__ import annotations

import numpy as np

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.measure.series import autocorrelation, excess_kurtosis
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.market.franke_westerhoff import Moods, market_days
from synthkit.trace import Trace, View, line

DAYS = 7_000
LAGS = 100
PUBLISHED = Moods()


def _stylised_facts_lost(value: DialValue, rng: RandomState) -> Trace:
    """28 years of the market in which the chartists' noise is ``value``."""
    noise = float(value)
    trace = Trace(
        name="market.stylised_facts_lost",
        seed=rng,
        parameters={"noise_chartist": noise, "noise_fundamental": PUBLISHED.noise_fundamental},
        views=(
            View("returns", "lines", "Do calm and wild times alternate?", "day", "return (%)"),
            View("memory", "lines", "How long does unrest last?", "lag (days)",
                 "autocorrelation of |return|", (0, LAGS), (-0.05, 0.3)),
        ),
    )  # fmt: skip
    days = market_days(DAYS, Moods(noise_chartist=noise), as_generator(rng))
    r = 100 * np.diff(days.log_price)
    memory = autocorrelation(np.abs(r), LAGS)
    kurtosis, cluster = excess_kurtosis(r), float(memory[:20].mean())
    lags = np.arange(1, LAGS + 1)
    band = np.full(LAGS, 2 / np.sqrt(len(r)))
    marks = {
        "returns": [line(np.arange(1500), r[:1500], role="synthetic", label="returns")],
        "memory": [
            line(lags, memory, role="synthetic", label="|return|"),
            line(lags, np.zeros(LAGS), role="noise", label="no memory", band=(-band, band)),
        ],
    }
    sentence = (
        f"Excess kurtosis is {kurtosis:.2f}; sizes of returns correlate by {cluster:.2f} over the "
        "first 20 days."
    )
    scalars = {"volatility_memory": cluster, "excess_kurtosis": kurtosis}
    trace.append(0, marks, scalars=scalars, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="market.stylised_facts_lost",
        title="Returns without fat tails and without clusters",
        story="If all traders are equally noisy it does not matter who is in fashion: returns "
        "become normal and forget at once. A risk model tested on such rows meets no crash and no "
        "nervous month, and passes.",
        dial=Dial("noise_chartist", "noise of the chartists (fundamentalists: .758)",
                  (0.758, 1.0, 1.4, 2.087, 3.0), 2.087),
        run=_stylised_facts_lost,
        indicator=lambda trace: trace.last("volatility_memory"),
        indicator_label="mean autocorrelation of |return|, lags 1 to 20",
        threshold=0.05,
        broken_when="below",
        broken_at=0.758,
        repair=Repair(2.087, "Chartists who are noisier than the others, and come into fashion."),
    ),
)  # fmt: skip
