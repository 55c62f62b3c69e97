"""Lesson 04's exercises: each known-wrong idea is called by its name, the right one is right."""

from __future__ import annotations

import numpy as np
import pytest

from synthkit.course import exercises
from synthkit.course.exercises import perturbation_build as build
from synthkit.course.inside import MAX_LINES, LookInside, marked_code, marked_equation
from synthkit.course.runs import perturbation as runs
from synthkit.techniques.perturbation.group_means import expected_error, private_group_means

LESSON = "04_perturbation"
IDEAS = {
    "_unclipped": "an outlier nobody stopped",
    "_noise_of_the_sum": "the noise of the sum on the mean",
    "_upside_down": "epsilon upside down",
}


def exercise(name):
    return exercises.load(LESSON).exercises[name]


@pytest.mark.parametrize("idea", IDEAS)
def test_misconceptions_of_the_mean_are_named(idea):
    results = [exercise("private-mean").grade(getattr(build, idea), seed=s) for s in range(10)]
    assert {result.outcome for result in results} == {"wrong"}
    # 'The noise of the sum' slips past its own check in one run of 200, and is caught later.
    assert [result.misconception for result in results].count(IDEAS[idea]) >= 9


def test_bounds_from_the_data_are_named():
    def read_off(x, low, high, epsilon, rng):
        x = np.clip(x, low, high)
        spread = max(x.max() - x.min(), 1e-12) if x.max() > x.min() else high - low
        return x.mean() + rng.laplace(0, spread / len(x) / epsilon)

    names = [exercise("private-mean").grade(read_off, seed=s).misconception for s in range(10)]
    assert names.count("bounds read off the data") >= 9


def test_the_right_mean_is_right_on_thirty_seeds():
    found = exercise("private-mean")
    assert {found.grade(found.solution, seed=seed).outcome for seed in range(30)} == {"right"}


@pytest.mark.parametrize(("broken", "instead"), [
    ("sensitivity / epsilon", "sensitivity / epsilon / 2"),
    ("sensitivity / epsilon", "sensitivity * epsilon"),
    ("rng.laplace(0,", "rng.normal(0,"),
    ("rng.laplace(0,", "np.random.default_rng(0).laplace(0,"),
    ("clipped.mean() +", "np.median(clipped) +"),
    ("clipped.mean() +", "clipped[0] +"),
    ("+ rng.laplace(0, sensitivity / epsilon)", ""),
])  # fmt: skip
def test_a_mean_with_one_mistake_is_not_right(broken, instead):
    found = exercise("private-mean")
    assert broken in found.solution
    outcome = found.grade(found.solution.replace(broken, instead), seed=1).outcome
    assert outcome in ("wrong", "error")


def test_every_line_of_the_drawn_prediction_gets_a_reply():
    draw = exercises.load(LESSON).predictions["group-error"].question
    first, times = draw.start[0], draw.x
    said = {s: draw.grade([first * t**s for t in times]) for s in (-0.2, 0.1, 0.5, 0.7, 1.0, 1.6)}
    assert said[1.0].outcome == "right"
    assert said[0.5].misconception == "the square root of lesson 01"
    assert all(r.misconception for s, r in said.items() if s != 1.0)
    assert len({r.misconception for r in said.values()}) == 5


def test_the_prediction_is_scored_against_what_really_happens():
    errors = runs.typical_errors(runs.release_means(1.0, 2_000, 0))
    for i, size in enumerate(runs.SIZES):
        # Eq. 4 leaves out the noise of the count, a tenth or so of the sum's here
        expected = expected_error(float(size), runs.PRESSURE_BOUNDS, 1.0)
        assert errors[i] == pytest.approx(expected, rel=0.15)
    assert runs.ASKED[0] == runs.SIZES.max()
    assert runs.ASKED[-1] == runs.SIZES.min()


def test_the_runs_answer_for_every_stop_of_the_dial():
    worst = []
    for epsilon in runs.EPSILONS:
        trace = runs.noise_trace(1, epsilon)
        assert len(trace.to_json()) < 200_000
        worst.append(trace.last("smallest"))
        assert trace.last("smallest") > 2 * trace.last("largest")
        assert runs.curve_trace(1, epsilon).last("chance") == pytest.approx(
            np.exp(epsilon) / (1 + np.exp(epsilon))
        )
    assert worst == sorted(worst, reverse=True)


def test_the_look_inside_is_lit_by_every_term():
    inside = runs.MEANS_INSIDE
    shown = LookInside((private_group_means,), inside, runs.means_picture(1))
    assert len(shown.source.splitlines()) <= MAX_LINES
    symbols = {term.symbol for term in inside.terms}
    assert {t for line in marked_code(shown.source, inside.terms) for _, t in line} >= symbols
    assert {t for e in inside.equations for _, t in marked_equation(e, inside.terms)} >= symbols
