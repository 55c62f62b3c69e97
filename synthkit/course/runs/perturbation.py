"""Lesson 04: private means of age groups, the privacy-utility curve, and the look inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthkit.course.inside import Inside, Panel, Term
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.perturbation.failure_modes import (
    AGE_NAMES,
    PRESSURE_BOUNDS,
    age_groups,
)
from synthkit.techniques.perturbation.group_means import expected_error, private_group_means
from synthkit.techniques.perturbation.noise_sources import ReadableNoise
from synthkit.trace import Trace, View, line, points

Floats = NDArray[np.float64]

#: Positions of the privacy dial, strict to loose.
EPSILONS = (0.1, 0.3, 1.0, 3.0, 10.0)
START = 1.0
# The mean of |Laplace| from so many releases is good to 1/√300, about 6 %.
RELEASES = 300
SHOWN = 40  # releases in the picture of the means: more would be one grey column
FRAMES = 30
FIRST = 8  # releases in the first frame: an average of fewer says nothing
FINE = np.geomspace(0.03, 30, 20)  # epsilons of the curve
CURVE_RELEASES = 120  # for each of them: good to 9 %, and the dial answers in a tenth of a second
PRESSURE, GROUPS = age_groups()
SIZES = np.bincount(GROUPS, minlength=len(AGE_NAMES))
TRUE_MEANS = np.bincount(GROUPS, weights=PRESSURE) / SIZES
SMALLEST, LARGEST = int(SIZES.argmin()), int(SIZES.argmax())
#: The groups that the prediction asks about, largest first.
ASKED = tuple(sorted({int(SIZES[i]) for i in (LARGEST, 1, 0, SMALLEST)}, reverse=True))

#: Public limits of breast_cancer's columns: what a microscope of that kind can show at all.
LIMITS = {
    "radius": (0, 30), "texture": (0, 50), "perimeter": (0, 200), "area": (0, 2600),
    "smoothness": (0, 0.2), "compactness": (0, 0.4), "concavity": (0, 0.5),
    "concave_points": (0, 0.25), "symmetry": (0, 0.4), "fractal_dimension": (0, 0.1),
}  # fmt: skip


def release_means(epsilon: float, releases: int, rng: RandomState) -> Floats:
    """Return private means of the age groups (releases, groups), mmHg."""
    noise = ReadableNoise(as_generator(rng))
    values = PRESSURE.to_numpy(dtype=np.float64)
    return np.array(
        [
            private_group_means(values, GROUPS, len(SIZES), PRESSURE_BOUNDS, epsilon, noise)
            for _ in range(releases)
        ]
    )


def typical_errors(means: Floats) -> Floats:
    """Return the mean absolute error of each group (g,) over releases (r, g), mmHg."""
    errors: Floats = np.abs(means - TRUE_MEANS).mean(axis=0)
    return errors


def noise_trace(rng: RandomState, epsilon: float = START) -> Trace:
    """Release the groups' mean blood pressure again and again, and record who is off by how much.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    epsilon : float > 0
        Of each release; the next release is a new world, not a second look.
    """
    trace = Trace(
        "perturbation.groups",
        seed=rng,
        parameters={"epsilon": epsilon, "bounds_mmhg": list(PRESSURE_BOUNDS)},
        views=(
            View(
                "means", "scatter", "Where do the published means fall?",
                "people in the group", "mean blood pressure, mmHg", (8, 200), PRESSURE_BOUNDS,
                x_scale="log",
            ),
            View(
                "error", "lines", "Which group suffers most?",
                "people in the group", "typical error, mmHg", (8, 200), (0.02, 60),
                x_scale="log", y_scale="log",
            ),
        ),
        code="from synthkit.course.runs.perturbation import release_means, typical_errors\n"
        f"typical_errors(release_means({epsilon:g}, {RELEASES}, 1))",
    )  # fmt: skip
    means = release_means(epsilon, RELEASES, rng)
    order = np.argsort(SIZES, kind="stable")
    width = PRESSURE_BOUNDS[1] - PRESSURE_BOUNDS[0]
    theory = [expected_error(float(n), PRESSURE_BOUNDS, epsilon) for n in SIZES[order]]
    law = line(SIZES[order], theory, role="truth", label=f"{width:g} ÷ (n ε)")
    for count in np.unique(np.geomspace(FIRST, RELEASES, FRAMES).round().astype(int)):
        shown = means[: min(count, SHOWN)]
        errors = typical_errors(means[:count])
        trace.append(
            int(count),
            {
                "means": [
                    points(np.tile(SIZES, len(shown)), shown.ravel(), role="synthetic",
                           label="published"),
                    points(SIZES, TRUE_MEANS, role="real", label="true mean"),
                ],
                "error": [
                    line(SIZES[order], errors[order], role="synthetic", label="error"),
                    law,
                ],
            },
            scalars={"smallest": float(errors[SMALLEST]), "largest": float(errors[LARGEST])},
            sentence=f"After {count} releases at ε = {epsilon:g} the group of {SIZES[SMALLEST]} is "
            f"off by {errors[SMALLEST]:.1f} mmHg on average, that of {SIZES[LARGEST]} by "
            f"{errors[LARGEST]:.1f}.",
        )  # fmt: skip
    return trace


def attackers_chance(epsilon: float | Floats) -> Floats:
    """Return how often the best attacker can be right about one person's presence, 0.5 to 1.

    Whoever knows everything but one row, and finds both cases equally likely beforehand, is right
    with probability e^ε / (1 + e^ε) at most.
    """
    return np.asarray(1 / (1 + np.exp(-np.asarray(epsilon, dtype=np.float64))))


def curve_trace(rng: RandomState, epsilon: float = START) -> Trace:
    """Show what ε buys and costs: the error of a mean against the best attacker's chance.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    epsilon : float > 0
        Where the releases are made whose errors pile up.
    """
    trace = Trace(
        "perturbation.curve",
        seed=rng,
        parameters={"epsilon": epsilon},
        views=(
            View(
                "curve", "lines", "What do we pay for how much protection?",
                "best attacker is right, share", "error of the mean, mmHg",
                (0.48, 1.02), (0.005, 60), y_scale="log",
            ),
        ),
        code="from synthkit.course.runs.perturbation import attackers_chance\n"
        f"attackers_chance({epsilon:g})",
    )  # fmt: skip
    generator = as_generator(rng)
    typical = np.array([typical_errors(release_means(e, CURVE_RELEASES, generator)) for e in FINE])
    chance = attackers_chance(FINE)
    curves = [
        line(chance, typical[:, i], role=role, label=f"{SIZES[i]} people, on average")
        for i, role in ((SMALLEST, "synthetic"), (LARGEST, "noise"))
    ]
    errors = np.abs(release_means(epsilon, RELEASES, generator) - TRUE_MEANS)
    here = float(attackers_chance(epsilon))
    for count in np.unique(np.geomspace(FIRST, SHOWN, 12).round().astype(int)):
        small, large = errors[:count, SMALLEST], errors[:count, LARGEST]
        trace.append(
            int(count),
            {
                "curve": [
                    *curves,
                    points(np.full(count, here), small, role="synthetic",
                           label="single releases"),
                    points(np.full(count, here), large, role="noise", label=""),
                ]
            },
            scalars={"chance": here, "smallest": float(small.mean()),
                     "largest": float(large.mean())},
            sentence=f"At ε = {epsilon:g} the best attacker is right in {here:.0%}; the mean of "
            f"{SIZES[SMALLEST]} people is off by {small.mean():.2g} mmHg, that of {SIZES[LARGEST]} "
            f"by {large.mean():.2g}.",
        )  # fmt: skip
    return trace


#: The look inside a private mean: its equations, and where each symbol stands in the source.
MEANS_INSIDE = Inside(
    terms=(
        Term("Δ", "the sensitivity: how far one person can move the sum at most. Without bounds "
             "it would be infinite.", (r"\(high - low\) / 2",)),
        Term("ε", "the budget: half of it for the sums, half for the counts.",
             (r"\bhalf\b", r"\bepsilon\b")),
        Term("b", "the scale of the noise.", (r"\blaplace_scale\b",)),
        Term("v", "a person's value, moved into the bounds and counted from their middle.",
             (r"\bcentred\b",)),
        Term("S", "a group's sum, with noise of a size that does not know how large the group is.",
             (r"\bnoisy_sums\b", r"\bsums\b")),
        Term("N", "a group's noisy count. Dividing by it is what hurts small groups.",
             (r"\bnoisy_counts\b", r"\bcounts\b")),
    ),
    equations=(
        "‹b›  =  ‹Δ›  ∕  ½ ‹ε›",
        "‹S›  =  Σ ‹v›  +  Laplace(‹b›) ,     ‹N›  =  n  +  Laplace(2 ∕ ‹ε›)",
        "mean  =  middle  +  ‹S›  ∕  ‹N›",
    ),
)  # fmt: skip


def means_picture(rng: RandomState, epsilon: float = START) -> tuple[Panel, ...]:
    """Walk the age groups through one release; x is the size of the group throughout."""
    generator = as_generator(rng)
    low, high = PRESSURE_BOUNDS
    middle = (low + high) / 2
    centred = PRESSURE.to_numpy(dtype=np.float64).clip(low, high) - middle
    sums = np.bincount(GROUPS, weights=centred).astype(np.float64)
    scale = (high - low) / epsilon
    noise = generator.laplace(0, scale, len(sums))
    counts = SIZES + generator.laplace(0, 2 / epsilon, len(sums))
    means = middle + (sums + noise) / np.maximum(counts, 1)

    def panel(title: str, y: Floats, symbols: tuple[str, ...], role: str) -> Panel:
        return Panel(title, np.column_stack([SIZES, y]), symbols, role=role)

    return (
        panel("true sums of v", sums, ("v",), "real"),
        panel("noise: the same for all", noise, ("Δ", "ε", "b"), "synthetic"),
        panel("noisy sums S", sums + noise, ("S",), "synthetic"),
        panel("noisy counts N", np.asarray(counts, dtype=np.float64), ("N",), "synthetic"),
        panel("means, divided by N", means.clip(low, high), ("S", "N"), "synthetic"),
    )
