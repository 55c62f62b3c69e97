"""Three ways in which perturbation goes wrong, each with its dial."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.techniques.perturbation.attacks import linkage_rate
from synthkit.techniques.perturbation.group_means import private_group_means
from synthkit.techniques.perturbation.noise import additive_noise, kim_noise
from synthkit.techniques.perturbation.noise_sources import ReadableNoise
from synthkit.trace import Trace, View, line, points

Floats = NDArray[np.float64]

STEPS = 10  # frames in which the noise grows to its full size
KIM = "kim"  # the dial's last stop: the same amount of noise, in the shape of the data
KIM_RATIO = 1.0
AGE_EDGES = (0, 30, 40, 50, 60, 70, 120)  # years; public: no age is looked up
AGE_NAMES = ("up to 30", "31-40", "41-50", "51-60", "61-70", "over 70")
PRESSURE_BOUNDS = (60.0, 140.0)  # mmHg: what a mean blood pressure can be
RELEASES = 40  # of all group means; the median of 40 errors is good to about a sixth


def _seed_of(rng: RandomState) -> int:
    """Return a seed to print in the trace's header; an int stays itself."""
    return int(rng) if isinstance(rng, (int, np.integer)) else int(seed_sequence(rng).entropy[0])  # type: ignore[index]


# --- plain noise flattens correlations ----------------------------------------------------------


def _flattened(value: DialValue, rng: RandomState) -> Trace:
    """Noise on breast_cancer, growing to ``value``; 'kim' is Kim's, at c = 1."""
    kim = value == KIM
    ratio = KIM_RATIO if kim else float(value)
    trace = Trace(
        name="perturbation.flattened_correlations",
        seed=_seed_of(rng),
        parameters={"method": "kim" if kim else "additive", "noise_ratio": ratio},
        views=(
            View("pairs", "scatter", "What is left of each correlation?", "correlation before",
                 "correlation after", x_range=(-0.5, 1.05), y_range=(-0.5, 1.05)),
            View("cloud", "scatter", "Do big tumours still have big perimeters?", "radius, pixels",
                 "perimeter, pixels", x_range=(0, 32), y_range=(0, 210)),
        ),
    )  # fmt: skip
    table = load("breast_cancer").iloc[:, :10].to_numpy()
    streams = as_generator(rng).spawn(1)[0].bit_generator.state
    before = _correlations(table)
    for step in range(STEPS + 1):
        generator = np.random.default_rng()
        generator.bit_generator.state = streams  # the same noise in every frame, only larger
        add = kim_noise if kim else additive_noise
        released = add(table, ratio * step / STEPS, generator)
        after = _correlations(released)
        kept = float(before @ after / (before @ before))
        trace.append(
            step,
            {
                "pairs": [
                    line([-0.5, 1], [-0.5, 1], role="truth", label="unchanged"),
                    points(before, after, role="synthetic", label="pairs of columns"),
                ],
                "cloud": [
                    points(*_thin(table[:, [0, 2]]).T, role="real", label="real"),
                    points(*_thin(released[:, [0, 2]]).T, role="synthetic", label="released"),
                ],
            },
            scalars={"correlation_kept": kept, "noise_ratio": ratio * step / STEPS},
            sentence=f"At c = {ratio * step / STEPS:.3g}, {kept:.0%} of the correlations are left.",
        )
    return trace


def _correlations(table: Floats) -> Floats:
    """Return the correlations of all pairs of columns, (45,) for ten columns."""
    matrix = np.atleast_2d(np.corrcoef(table, rowvar=False))
    above: Floats = matrix[np.triu_indices(len(matrix), 1)]
    return above


def _thin(table: Floats) -> Floats:
    """Every third row: about 190 points are enough for the eye."""
    return table[::3]


# --- Kim's false safety -------------------------------------------------------------------------


def _false_safety(value: DialValue, rng: RandomState) -> Trace:
    """Re-link Kim's release of breast_cancer, in two metrics, as the noise grows to ``value``."""
    ratio = float(value)
    trace = Trace(
        name="perturbation.kim_false_safety",
        seed=_seed_of(rng),
        parameters={"method": "kim", "noise_ratio": ratio},
        views=(
            View("linked", "lines", "How many rows find their original again?",
                 "noise ratio c", "share re-linked", y_range=(0, 1.02)),
            View("cloud", "scatter", "Does it look hidden?", "radius, pixels",
                 "perimeter, pixels", x_range=(0, 32), y_range=(0, 210)),
        ),
    )  # fmt: skip
    table = load("breast_cancer").iloc[:, :10].to_numpy()
    streams = as_generator(rng).spawn(1)[0].bit_generator.state
    ratios, euclidean, mahalanobis = [], [], []
    for step in range(1, STEPS + 1):
        generator = np.random.default_rng()
        generator.bit_generator.state = streams
        c = ratio * step / STEPS
        released = kim_noise(table, c, generator)
        ratios.append(c)
        euclidean.append(linkage_rate(table, released))
        mahalanobis.append(linkage_rate(table, released, "mahalanobis"))
        trace.append(
            step,
            {
                "linked": [
                    line(ratios, euclidean, role="noise", label="Euclidean check"),
                    line(ratios, mahalanobis, role="broken", label="Mahalanobis attack"),
                ],
                "cloud": [
                    points(*_thin(table[:, [0, 2]]).T, role="real", label="real"),
                    points(*_thin(released[:, [0, 2]]).T, role="synthetic", label="released"),
                ],
            },
            scalars={
                "euclidean": euclidean[-1],
                "mahalanobis": mahalanobis[-1],
                "gap": mahalanobis[-1] - euclidean[-1],
            },
            sentence=f"At c = {c:.3g} a Euclidean check re-links {euclidean[-1]:.0%} of the rows, "
            f"the Mahalanobis attack {mahalanobis[-1]:.0%}.",
        )
    return trace


# --- a small group is destroyed -----------------------------------------------------------------


def age_groups() -> tuple[pd.Series, NDArray[np.int64]]:
    """Return the blood pressures (mmHg) of ``diabetes`` and each patient's age group."""
    table = load("diabetes")
    groups = np.searchsorted(AGE_EDGES[1:-1], table["age"].to_numpy(), side="left")
    return table["bp"], groups.astype(np.int64)


def _small_group(value: DialValue, rng: RandomState) -> Trace:
    """Release the mean blood pressure of six age groups, again and again, at epsilon ``value``."""
    epsilon = float(value)
    trace = Trace(
        name="perturbation.small_group_lost",
        seed=_seed_of(rng),
        parameters={"epsilon": epsilon, "bounds": list(PRESSURE_BOUNDS)},
        views=(
            View("means", "scatter", "Which group's mean is lost?", "people in the group",
                 "mean blood pressure, mmHg", y_range=PRESSURE_BOUNDS, x_range=(8, 200),
                 x_scale="log"),
        ),
    )  # fmt: skip
    pressure, groups = age_groups()
    values = pressure.to_numpy(dtype=np.float64)
    sizes = np.bincount(groups, minlength=len(AGE_NAMES))
    true = np.bincount(groups, weights=values) / sizes
    smallest = int(sizes.argmin())
    noise = ReadableNoise(as_generator(rng))
    released: list[Floats] = []
    for step in range(1, RELEASES + 1):
        released.append(
            private_group_means(values, groups, len(sizes), PRESSURE_BOUNDS, epsilon, noise)
        )
        errors = np.median(np.abs(np.array(released) - true), axis=0)  # (g,)
        all_means = np.concatenate(released)
        trace.append(
            step,
            {
                "means": [
                    points(np.tile(sizes, step), all_means, role="synthetic", label="released"),
                    points(sizes, true, role="real", label="true mean of the group"),
                ]
            },
            scalars={
                "smallest_error": float(errors[smallest]),
                "largest_group_error": float(errors[sizes.argmax()]),
            },
            sentence=f"At epsilon = {epsilon:g} the mean of the {sizes[smallest]} people "
            f"{AGE_NAMES[smallest]} is off by {errors[smallest]:.1f} mmHg (median), that of the "
            f"{sizes.max()} aged {AGE_NAMES[int(sizes.argmax())]} by "
            f"{errors[sizes.argmax()]:.1f}.",
        )
    return trace


FAILURES = (
    Failure(
        name="perturbation.flattened_correlations",
        title="Plain noise flattens the correlations",
        story="Noise drawn for each column by itself hides values, and what the columns had in "
        "common with them: every correlation is divided by 1 + c. Whoever studies how things "
        "go together finds half of it gone.",
        dial=Dial("noise_ratio", "noise ratio c (last: Kim's noise, c = 1)",
                  (0.05, 0.25, 1.0, 4.0, KIM), 0.05),
        run=_flattened,
        indicator=lambda trace: trace.last("correlation_kept"),
        indicator_label="share of the correlations that is left",
        threshold=0.7,
        broken_when="below",
        broken_at=1.0,
        repair=Repair(KIM, "Noise in the shape of the data, shrunk back, keeps means, variances "
                      "and correlations at the same c. (It brings a failure of its own: see "
                      "Kim's false safety.)"),
    ),
    Failure(
        name="perturbation.kim_false_safety",
        title="Kim's noise looks safer than it is",
        story="Noise that follows the correlations is large where the data is wide and tiny "
        "where it is narrow. A check by Euclidean distance sees the first, an attacker who "
        "measures in the metric of the data uses the second, and re-links almost everybody.",
        dial=Dial("noise_ratio", "noise ratio c of Kim's noise", (0.05, 0.1, 0.25, 1.0, 4.0), 0.1),
        run=_false_safety,
        indicator=lambda trace: trace.last("mahalanobis"),
        indicator_label="share of rows re-linked by the Mahalanobis attack",
        threshold=0.33,
        broken_when="above",
        broken_at=0.1,
        repair=Repair(4.0, "With noise of twice the standard deviation few rows are re-linked in "
                      "either metric, and the correlations are still those of the data in "
                      "expectation. Judge by the strongest attack, never by one distance."),
    ),
    Failure(
        name="perturbation.small_group_lost",
        title="Too small an epsilon destroys a small group's mean",
        story="The noise is the same for every group, but a small group divides it by few "
        "people. The total looks fine, and the figure of the twelve oldest patients is noise.",
        dial=Dial("epsilon", "epsilon (large: more accurate, less private)",
                  (0.03, 0.1, 0.3, 1.0, 3.0, 10.0), 3.0),
        run=_small_group,
        indicator=lambda trace: trace.last("smallest_error"),
        indicator_label="median error of the smallest group's mean, mmHg",
        threshold=5.0,
        broken_when="above",
        broken_at=0.1,
        repair=Repair(3.0, "A larger epsilon makes the figure usable and hides less. Merging the "
                      "smallest group with its neighbour does so at the same epsilon."),
    ),
)  # fmt: skip
