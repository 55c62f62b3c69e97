"""Three ways in which Monte Carlo synthesis goes wrong, each with its dial."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.tables import TableEncoder, normal_scores
from synthkit.techniques.monte_carlo_estimates import tail_probability
from synthkit.trace import Trace, View, line, points

TAIL = 0.99  # joint outliers: both columns above their 99 % quantile
TAIL_ROWS = 200_000  # 930 joint outliers or so: the ratio of two such counts is good to .05
RHO = 0.7
TRUE_DOF = 3
RARE = 4.0  # standard deviations
RARE_DRAWS = 10_000
RARE_REPEATS = 100


def _seed_of(rng: RandomState) -> int:
    """Return a seed to print in the trace's header; an int stays itself."""
    return int(rng) if isinstance(rng, (int, np.integer)) else int(seed_sequence(rng).entropy[0])  # type: ignore[index]


def _lost_correlation(value: DialValue, rng: RandomState) -> Trace:
    """Gaussian copula on breast_cancer with its correlations shrunk by ``value``."""
    kept = float(value)
    trace = Trace(
        name="monte_carlo.lost_correlation",
        seed=_seed_of(rng),
        parameters={"correlation_kept": kept},
        views=(
            View("cloud", "scatter", "Do big tumours have big perimeters?", "radius", "perimeter"),
        ),
    )
    generator = as_generator(rng)
    table = load("breast_cancer").iloc[:, :10]
    encoder = TableEncoder().fit(table)
    u, _ = encoder.encode(table)  # (n, d)
    R = np.corrcoef(normal_scores(u.clip(1e-9, 1 - 1e-9)), rowvar=False)
    R = kept * R + (1 - kept) * np.eye(len(R))
    z = generator.multivariate_normal(np.zeros(len(R)), R, size=len(table), method="eigh")
    fake = encoder.decode(stats.norm.cdf(z))
    lost = mean_correlation_gap(table.to_numpy(), fake.to_numpy())
    columns = [table.columns[0], table.columns[2]]
    marks = [
        points(*table[columns].to_numpy().T, role="real", label="real"),
        points(*fake[columns].to_numpy().T, role="synthetic", label="synthetic"),
    ]
    sentence = f"Keeping {kept:.0%} of the correlation, pairs are off by {lost:.2f} on average."
    trace.append(0, {"cloud": marks}, scalars={"correlation_gap": lost}, sentence=sentence)
    return trace


def mean_correlation_gap(real: np.ndarray, fake: np.ndarray) -> float:
    """Mean |difference| of the Spearman correlations of all pairs of columns; both (n, d)."""
    gap = np.abs(stats.spearmanr(real).statistic - stats.spearmanr(fake).statistic)
    return float(gap[np.triu_indices(len(gap), 1)].mean())


def _lost_joint_outliers(value: DialValue, rng: RandomState) -> Trace:
    """Pairs from a t copula (ν = 3, ρ = .7), imitated by one with ``value`` degrees of freedom."""
    dof = float(value)
    trace = Trace(
        name="monte_carlo.lost_joint_outliers",
        seed=_seed_of(rng),
        parameters={"dof": dof},
        views=(
            View(
                "cloud", "scatter", "How often do both columns break out together?",
                "column 1 (rank)", "column 2 (rank)", (0.9, 1.0), (0.9, 1.0),
            ),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    true, fake = (t_copula_draws(TAIL_ROWS, RHO, v, generator) for v in (TRUE_DOF, dof))
    shares = [joint_tail_share(x, v, TAIL) for x, v in ((true, TRUE_DOF), (fake, dof))]
    corner = [
        special.stdtr(v, x[(x > special.stdtrit(v, 0.9)).all(axis=1)][:400])
        for x, v in ((true, TRUE_DOF), (fake, dof))
    ]
    marks = [
        points(*corner[0].T, role="real", label="real"),
        points(*corner[1].T, role="synthetic", label="synthetic"),
    ]
    sentence = (
        f"Of the rows beyond the {TAIL:.0%} quantile of one column, {shares[0]:.0%} are beyond "
        f"it in both; in the synthetic table {shares[1]:.0%}."
    )
    scalars = {"joint_tail_real": shares[0], "joint_tail": shares[1]}
    trace.append(0, {"cloud": marks}, scalars=scalars, sentence=sentence)
    return trace


def t_copula_draws(n: int, rho: float, dof: float, rng: np.random.Generator) -> np.ndarray:
    """Latent draws x (n, 2) of a t copula with correlation ``rho``; their ranks are T_ν(x)."""
    noise = rng.standard_normal((2, n))
    z = np.stack([noise[0], rho * noise[0] + np.sqrt(1 - rho**2) * noise[1]], axis=1)
    return np.asarray(z * np.sqrt(dof / rng.chisquare(dof, size=(n, 1))))


def joint_tail_share(x: np.ndarray, dof: float, q: float) -> float:
    """λ(q) = P(U > q, V > q) / (1 − q) for latent draws x (n, 2) with t margins."""
    return float((x > special.stdtrit(dof, q)).all(axis=1).mean() / (1 - q))


def _missed_rare_event(value: DialValue, rng: RandomState) -> Trace:
    """P(Z > 4) from draws around ``value``: a hundred estimates and their relative error."""
    shift = float(value)
    trace = Trace(
        name="monte_carlo.missed_rare_event",
        seed=_seed_of(rng),
        parameters={"shift": shift, "draws": RARE_DRAWS},
        views=(
            View(
                "estimates", "lines", "How close do a hundred estimates come?",
                "estimate, sorted", "estimate ÷ truth",
            ),
        ),
    )  # fmt: skip
    estimates, ess = tail_probability(RARE, RARE_DRAWS, rng, shift=shift, repeats=RARE_REPEATS)
    ratio = np.sort(estimates / stats.norm.sf(RARE))
    error = float(np.sqrt(np.mean((ratio - 1) ** 2)))
    place = np.arange(1, RARE_REPEATS + 1)
    marks = [
        line(place, ratio, role="synthetic", label="estimates"),
        line(place[[0, -1]], np.ones(2), role="truth", label="truth"),
    ]
    sentence = (
        f"With draws around {shift:g}, the relative error is {error:.0%}; "
        f"{RARE_DRAWS:,} draws are worth {ess.mean():,.0f} that see the event."
    )
    scalars = {"relative_error": error, "ess": float(ess.mean())}
    trace.append(0, {"estimates": marks}, scalars=scalars, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="monte_carlo.lost_correlation",
        title="Independent columns lose every relation",
        story="Each column alone looks perfect, so a histogram cannot warn you. But radius and "
        "perimeter no longer belong to the same tumour, and a model trained on such rows learns "
        "nothing.",
        dial=Dial("correlation_kept", "correlation kept (share)", (0.0, 0.25, 0.5, 0.75, 1.0), 1.0),
        run=_lost_correlation,
        indicator=lambda trace: trace.last("correlation_gap"),
        indicator_label="mean error of the pairs' Spearman correlation",
        threshold=0.1,
        broken_when="above",
        broken_at=0.0,
        repair=Repair(1.0, "A copula carries the correlation of the ranks over to the new rows."),
    ),
    Failure(
        name="monte_carlo.lost_joint_outliers",
        title="A Gaussian copula loses joint outliers",
        story="Crashes strike several columns at once. A Gaussian copula makes the columns of a "
        "rare event nearly independent: each extreme is there, but hardly ever together.",
        dial=Dial("dof", "degrees of freedom (∞ is Gaussian)", (3.0, 5.0, 10.0, 30.0, 1e6), 3.0),
        run=_lost_joint_outliers,
        indicator=lambda trace: trace.last("joint_tail") / trace.last("joint_tail_real"),
        indicator_label="joint outliers, synthetic ÷ real",
        threshold=0.8,
        broken_when="below",
        broken_at=1e6,
        repair=Repair(3.0, "A t copula has tail dependence: few degrees of freedom bind extremes."),
    ),
    Failure(
        name="monte_carlo.missed_rare_event",
        title="Naive draws miss the rare event",
        story="Most naive runs of ten thousand draws contain no event beyond four standard "
        "deviations, and report a risk of zero. Drawing where the event lives, and weighting the "
        "draws back, finds it; drawing too far away fails as badly.",
        dial=Dial("shift", "centre of the draws (standard deviations)", (0, 1, 2, 4, 6, 8), 4),
        run=_missed_rare_event,
        indicator=lambda trace: trace.last("relative_error"),
        indicator_label="relative error of P(Z > 4)",
        threshold=0.25,
        broken_when="above",
        broken_at=0,
        repair=Repair(4, "Centre the draws on the event and weight each by p(x)/q(x)."),
    ),
)
