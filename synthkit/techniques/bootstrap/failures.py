r"""Four ways in which the bootstrap goes wrong, each with its dial.

The bootstrap stands on one sentence: *new samples differ from the sample as the sample differs
from the population*.  The sentence breaks where

1. rows depend on each other: the error of a mean of n rows with autocorrelation phi is
   :math:`\sqrt{(1+\phi)/(1-\phi)}` times that of independent rows, and drawing single rows
   hides it;
2. the figure hangs on the largest row: a new sample's maximum *is* the old one with probability
   :math:`1-(1-1/n)^m`, which is 63 % for m = n, where it should be 0;
3. the variance is infinite: the mean is ruled by a few huge rows, and which of them were met is
   luck that no resampling of the rows met can show.

And a table of new rows protects nobody:

4. every row is a real one.  Jitter hides the copies from a search for equal rows, not from whoever
   asks how close a person's nearest row lies.

References
----------
Bickel, P., Freedman, D. (1981). Some asymptotic theory for the bootstrap. Ann. Statist. 9.
Athreya, K. (1987). Bootstrap of the mean in the infinite variance case. Ann. Statist. 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.signal import lfilter
from scipy.stats import trim_mean

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.measure.fidelity import column_shapes, pair_trends
from synthkit.measure.privacy import membership_inference
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.techniques.bootstrap.intervals import bootstrap_interval
from synthkit.techniques.bootstrap.rows import (
    Floats,
    chance_of_repeating_maximum,
    quantile_replicates,
)
from synthkit.trace import Trace, View, bars, line, points

NOMINAL = 0.95
TRIALS = 200  # a coverage of .87 then errs by .024 (one standard error): .80 is three away
REPLICATES = 300  # an end of the interval errs by .15 sd, a tenth of its half-width
BROKEN_COVERAGE = 0.80  # a promise of 95 % that is kept less often than this is broken
PHI, SERIES_ROWS = 0.8, 400  # AR(1): each row keeps eight tenths of the one before it
MAXIMUM_ROWS = 50
TAIL, TAIL_ROWS = 1.5, 100  # Pareto: the mean is finite (3), the variance is not
FRAMES = 40
SHOWN = 50  # intervals in the picture: more would lie on top of each other
# An attack that does nothing has the area .5 with a standard error of .024 on 284 members and as
# many controls: .65 is six of them away.
FOUND_AUC = 0.65


def ar1_series(n: int, phi: float, rng: np.random.Generator) -> Floats:
    """Return n rows of x_t = phi x_{t-1} + e_t with normal e and mean 0, already settled."""
    noise = rng.standard_normal(n)
    noise[0] /= np.sqrt(1.0 - phi**2)  # the first row has the variance of all the others
    series: Floats = lfilter([1.0], [1.0, -phi], noise)
    return series


def coverage_run(
    trace: Trace,
    draw: Callable[[np.random.Generator], Floats],
    truth: float,
    statistic: str | Callable[..., Any],
    rng: RandomState,
    **options: Any,
) -> Trace:
    """Fill a trace with intervals from fresh data sets, one above the other, and their coverage.

    A hit is drawn as synthetic, a miss as broken; the scalar ``coverage`` is the share of hits.
    """
    ends = np.empty((TRIALS, 2))
    generators = [np.random.default_rng(seed) for seed in seed_sequence(rng).spawn(TRIALS)]
    shown = np.unique(np.linspace(1, TRIALS, FRAMES).round().astype(int))
    hits = 0
    for trial, generator in enumerate(generators, start=1):
        interval = bootstrap_interval(
            draw(generator), statistic, method="percentile", replicates=REPLICATES,
            confidence_level=NOMINAL, rng=generator, **options,
        )  # fmt: skip
        ends[trial - 1] = interval.low, interval.high
        hits += interval.covers(truth)
        if trial in shown:
            share = hits / trial
            trace.append(
                trial,
                {"intervals": interval_marks(ends[:trial], truth)},
                scalars={"coverage": share, "mean_width": float(np.diff(ends[:trial]).mean())},
                sentence=f"{hits} of {trial} intervals cover the truth: {share:.0%} "
                f"where {NOMINAL:.0%} was promised.",
            )
    return trace


def interval_marks(ends: Floats, truth: float) -> list[dict[str, Any]]:
    """Return lines for the newest 50 of k intervals (k, 2), and one for the truth.

    Interval number i lies at the height i modulo 50, where it replaces the one 50 before it.
    """
    newest = ends[-SHOWN:]
    number = np.arange(len(ends))[-SHOWN:]
    height = number % SHOWN + 1.0
    covers = (newest[:, 0] <= truth) & (truth <= newest[:, 1])
    marks = []
    for chosen, role, label in ((covers, "synthetic", "covers"), (~covers, "broken", "misses")):
        if chosen.any():
            x = np.column_stack([newest[chosen], np.full(chosen.sum(), np.nan)]).ravel()
            marks.append(line(x, np.repeat(height[chosen], 3), role=role, label=label))
    return [*marks, line([truth, truth], [0, SHOWN + 1], role="truth", label="truth")]


def _intervals_view(question: str, x_label: str, x_range: tuple[float, float]) -> View:
    y_label = f"data set (the newest {SHOWN})"
    return View("intervals", "lines", question, x_label, y_label, x_range, (0.0, SHOWN + 1.0))


def _dependence(value: DialValue, rng: RandomState) -> Trace:
    """Cover the mean of AR(1) series with blocks of ``value`` rows."""
    question = "How often does the interval cover the true mean?"
    trace = Trace(
        name="bootstrap.dependence",
        seed=rng,
        parameters={"block_length": value, "phi": PHI, "n": SERIES_ROWS},
        views=(_intervals_view(question, "mean of the series", (-1.5, 1.5)),),
        code="bootstrap_interval(series, 'mean', block_length=b, rng=0)",
    )
    return coverage_run(
        trace, lambda g: ar1_series(SERIES_ROWS, PHI, g), 0.0, "mean", rng, block_length=value
    )  # fmt: skip


def _extremes(value: DialValue, rng: RandomState) -> Trace:
    """Pile up replicates of the maximum of uniform rows, ``value`` rows drawn each time."""
    generator, size = as_generator(rng), int(value)
    data = np.sort(generator.random(MAXIMUM_ROWS))
    replicates = quantile_replicates(data, 1.0, size, 2_000, generator)
    edges = np.linspace(0.5, 1.0, 51)
    trace = Trace(
        name="bootstrap.extremes",
        seed=rng,
        parameters={"size": size, "n": MAXIMUM_ROWS},
        views=(
            View("pile", "histogram", "Where do the replicates of the maximum fall?",
                 "maximum", "replicates", (0.5, 1.02)),
        ),
        code="bootstrap_interval(x, 'max', kind='m_out_of_n', size=m, rng=0).distribution",
    )  # fmt: skip
    for shown in np.unique(np.geomspace(1, replicates.size, FRAMES).round().astype(int)):
        so_far = replicates[:shown]
        share = float(np.mean(so_far == data[-1]))
        heights = np.histogram(so_far, edges)[0]
        peak = max(1.0, float(heights.max()))
        marks = [
            bars(edges, heights, role="synthetic", label="replicates"),
            line([data[-1]] * 2, [0, peak], role="real", label="the sample's maximum"),
            line([1.0, 1.0], [0, peak], role="truth", label="the true maximum"),
        ]
        trace.append(
            int(shown),
            {"pile": marks},
            scalars={
                "share_at_maximum": share,
                "expected_share": chance_of_repeating_maximum(MAXIMUM_ROWS, size),
            },
            sentence=f"{share:.0%} of {shown} replicates repeat the sample's own maximum.",
        )
    return trace


def _trimmed_mean(sample: Floats, axis: int = 0) -> Floats:
    return np.asarray(trim_mean(sample, 0.1, axis=axis), dtype=np.float64)


def pareto_quantile(q: Floats | float) -> Any:
    """Return the q-quantile of the Pareto law on (1, infinity) with exponent TAIL."""
    return (1.0 - np.asarray(q)) ** (-1.0 / TAIL)


def _pareto_truth(statistic: str) -> float:
    """Return the population's mean, 10 % trimmed mean or median."""
    if statistic == "mean":
        return TAIL / (TAIL - 1.0)
    if statistic == "median":
        return float(pareto_quantile(0.5))
    p = 1.0 - 1.0 / TAIL  # the integral of (1 - q)^(-1/TAIL) from .1 to .9, over .8
    return float((0.9**p - 0.1**p) / p / 0.8)


def _infinite_variance(value: DialValue, rng: RandomState) -> Trace:
    """Cover the ``value`` (mean, trimmed mean or median) of a Pareto law without a variance."""
    statistic = str(value)
    truth = _pareto_truth(statistic)
    question = f"How often does the interval cover the true {statistic.replace('_', ' ')}?"
    trace = Trace(
        name="bootstrap.infinite_variance",
        seed=rng,
        parameters={"statistic": statistic, "tail_exponent": TAIL, "n": TAIL_ROWS},
        views=(
            _intervals_view(question, f"{statistic.replace('_', ' ')} of the rows", (1.0, 8.0)),
        ),
        code="bootstrap_interval(x, statistic, method='percentile', rng=0)",
    )
    return coverage_run(
        trace,
        lambda g: pareto_quantile(g.random(TAIL_ROWS)),
        truth,
        _trimmed_mean if statistic == "trimmed_mean" else statistic,
        rng,
    )


def _coverage(trace: Trace) -> float:
    return trace.last("coverage")


def quality_score(real: Any, fake: Any) -> float:
    """Return what quality reports usually show: the mean of column shapes and pair trends."""
    pairs = float(pair_trends(real, fake)["score"].mean())
    return (float(column_shapes(real, fake)["score"].mean()) + pairs) / 2


def _hidden_copies(value: DialValue, rng: RandomState) -> Trace:
    """Resample half of breast_cancer with the jitter ``value``, and ask three instruments."""
    from synthkit.techniques.bootstrap.technique import Bootstrap  # which declares this failure

    trace = Trace(
        name="bootstrap.hidden_copies",
        seed=rng,
        parameters={"jitter": value},
        views=(
            View("cloud", "scatter", "Do its rows look real?", "radius", "texture"),
            View("says", "histogram", "What does each instrument say?", "", "1 is best", None,
                 (0.0, 1.05)),
        ),
        code="synth = Bootstrap(kind='smoothed', bandwidth=jitter).fit(train)\n"
        "membership_inference(train, synth.sample(len(train)), holdout)",
    )  # fmt: skip
    generator = as_generator(rng)
    table = load("breast_cancer")
    halves = np.array_split(generator.permutation(len(table)), 2)
    holdout, train = (table.iloc[half].reset_index(drop=True) for half in halves)
    if isinstance(value, str):
        synth = Bootstrap(kind="parametric")
    else:
        synth = Bootstrap(kind="smoothed", bandwidth=float(value)) if value else Bootstrap()
    fake = synth.fit(train, rng=generator).sample(len(train), rng=generator)
    attacks = membership_inference(train, fake, holdout, rng=generator)
    copies, found = attacks["exact_copies"], attacks["membership_density"]
    assert copies.success is not None
    assert found.figure is not None
    area, equal = found.figure.value, copies.success.value
    quality, fresh = quality_score(train, fake), quality_score(train, holdout)
    names = ["quality", "no equal row", "attack fails"]
    cloud = [
        points(*frame[["radius", "texture"]].to_numpy().T, role=role, label=label)
        for frame, role, label in ((train, "real", "real"), (fake, "synthetic", "synthetic"))
    ]
    says = [
        bars(names, [quality, 1 - equal, fails(area)], role="synthetic", label="this table"),
        bars(names, [fresh, 1.0, 1.0], role="holdout", label="fresh real rows"),
    ]
    trace.append(
        0,
        {"cloud": cloud, "says": says},
        scalars={"auc": area, "quality": quality, "equal": equal, "fresh_quality": fresh},
        sentence=f"Quality score {quality:.3f} (fresh real rows {fresh:.3f}); {equal:.0%} of the "
        f"real rows stand in it unchanged; the attack tells members from others with AUC "
        f"{area:.2f}, where guessing has 0.5.",
    )
    return trace


def fails(area: float) -> float:
    """Return 1 where an attack only guesses (AUC 0.5 or below), 0 where it is always right."""
    return float(np.clip(2 * (1 - area), 0.0, 1.0))


FAILURES = (
    Failure(
        name="bootstrap.dependence",
        title="Rows that depend on each other make the interval far too narrow",
        story="Yesterday's value says much about today's. Drawing single rows tears them apart, "
        "so the replicates vary too little, and a trend that is chance looks certain.",
        dial=Dial("block_length", "rows in a block", (1, 3, 6, 12, 25, 50), 25),
        run=_dependence,
        indicator=_coverage,
        indicator_label="share of 95 % intervals that cover the truth",
        threshold=BROKEN_COVERAGE,
        broken_when="below",
        broken_at=1,
        repair=Repair(25, "Blocks longer than the memory of the series keep neighbours together; "
                          "block_length='auto' reads a length off the data."),
    ),
    Failure(
        name="bootstrap.extremes",
        title="The replicates of a maximum pile up on one value",
        story="No new sample can exceed the largest row, and 63 % of them contain it. The "
        "replicates show one spike where the true law is smooth, so a flood or a record loss "
        "looks as if it could not have been worse.",
        dial=Dial("size", "rows drawn each time, of 50", (50, 25, 14, 7), 7),
        run=_extremes,
        indicator=lambda trace: trace.last("share_at_maximum"),
        indicator_label="share of replicates that repeat the sample's maximum",
        threshold=0.30,
        broken_when="above",
        broken_at=50,
        repair=Repair(7, "Drawing m = sqrt(n) rows breaks the spike up; the interval must then be "
                         "shrunk by m/n (kind='m_out_of_n', method='basic', rate=1)."),
    ),
    Failure(
        name="bootstrap.infinite_variance",
        title="With infinite variance the interval of a mean misses too often",
        story="Claims, city sizes and file sizes have tails so heavy that one row outweighs the "
        "rest. If that row was not met, no resampling shows it, and the mean looks safe.",
        dial=Dial("statistic", "figure of interest", ("mean", "trimmed_mean", "median"), "median"),
        run=_infinite_variance,
        indicator=_coverage,
        indicator_label="share of 95 % intervals that cover the truth",
        threshold=BROKEN_COVERAGE,
        broken_when="below",
        broken_at="mean",
        repair=Repair("median", "A figure that no single row can rule has a finite error, and the "
                                "bootstrap sees it."),
    ),
    Failure(
        name="bootstrap.hidden_copies",
        title="A little jitter hides the copies from the report, not from the attack",
        story="Each row is a real one, moved a little. The quality score beats that of fresh real "
        "rows, no row equals a real one, and still every person's own row lies right beside "
        "them.",
        dial=Dial("jitter", "jitter, in spreads of the column (last: rows drawn anew)",
                  (0, 0.02, 0.1, 0.2, 0.4, 1.0, "new rows"), "new rows"),
        run=_hidden_copies,
        indicator=lambda trace: trace.last("auc"),
        indicator_label="membership inference, AUC (0.5 is guessing)",
        threshold=FOUND_AUC,
        broken_when="above",
        broken_at=0.02,
        repair=Repair("new rows", "Rows drawn from a model of all rows are nobody's row. Jitter "
                                  "only protects once it is as wide as the data."),
    ),
)  # fmt: skip
