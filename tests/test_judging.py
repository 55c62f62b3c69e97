"""What lessons 12 and 13 stand on: two failures proved at both ends, and the runs they show."""

from __future__ import annotations

import numpy as np
import pytest

import synthkit as sk
from synthkit.course.inside import LookInside, marked_code, marked_equation
from synthkit.course.runs import attacking, judging
from synthkit.measure import distances, fidelity, intervals, privacy

SEEDS = (1, 2, 3)

# What the indicator must be at the broken end at least, and at the repaired end at most, as the
# mean over three seeds. An attack that guesses has AUC .5 with a standard error of
# sqrt((284 + 284 + 1) / (12 · 284²)) / √3 = .014; the repaired ends may lie 5 of these above it.
ENDS = {
    "bootstrap.hidden_copies": (0.75, 0.57),
    "trees.members_found": (0.75, 0.60),  # a small leak is left, and the repair says so
}


@pytest.mark.parametrize("name", ENDS)
def test_both_ends_of_the_dial(name: str) -> None:
    failure = sk.failures()[name]
    high, low = ENDS[name]
    broken = [failure.run(failure.broken_at, seed) for seed in SEEDS]
    healed = [failure.run(failure.repair.value, seed) for seed in SEEDS]
    assert all(failure.is_broken(trace) for trace in broken)
    assert not any(failure.is_broken(trace) for trace in healed)
    assert np.mean([failure.indicator(trace) for trace in broken]) > high
    assert np.mean([failure.indicator(trace) for trace in healed]) < low


def test_jitter_fools_the_report_and_not_the_attack() -> None:
    """The point of the dial: no row equals a real one, the score beats fresh rows, and yet."""
    failure = sk.failures()["bootstrap.hidden_copies"]
    for seed in SEEDS:
        trace = failure.run(0.02, seed)
        assert trace.last("equal") == 0
        assert trace.last("quality") > trace.last("fresh_quality")
        assert trace.last("auc") > failure.threshold
        assert failure.run(0, seed).last("equal") > 0.5


@pytest.mark.parametrize("name", ENDS)
def test_the_same_seed_gives_the_same_run(name: str) -> None:
    failure = sk.failures()[name]
    one, same = (failure.run(failure.broken_at, 7).to_json() for _ in range(2))
    assert one == same


# --- lesson 12 ----------------------------------------------------------------------------------


def test_the_three_tables_get_the_verdicts_that_the_lesson_tells_of() -> None:
    for seed in SEEDS:
        labels = [judging.judged(name, seed).card.verdict.label for name in judging.TABLES.values()]
        assert labels[:2] == ["copies", "poor"]
        assert labels[2] in ("good", "usable")
        scores = judging.brochure(seed)
        assert scores["quality score"].idxmax() == "table A"  # the trap of the prediction
        assert scores.loc["table B", "columns"] == 1


def test_the_scorecard_builds_up_axis_by_axis() -> None:
    trace = judging.scorecard_trace(1, "B")
    assert len(trace.frames) == len(judging.AXES)
    drawn = [sum(h is not None for h in f.marks["axes"][0]["heights"]) for f in trace.frames]
    assert drawn == list(range(1, len(judging.AXES) + 1))
    assert "Verdict: poor" in trace.sentence


# --- lesson 13 ----------------------------------------------------------------------------------


def test_more_people_are_found_the_smaller_the_leaf() -> None:
    (*_, trace) = attacking.attack_run(1, "density ratio")
    areas = trace.scalars("auc")
    assert areas[-1] > 0.7 > 0.62 > areas[0]  # as the prediction is judged
    assert (np.diff(areas) > -0.05).all()  # two standard errors of a mean of three


def test_noise_exposes_outliers_first() -> None:
    """The lesson's claim, as a mean over seeds: some 20 outliers each, so 60 in all."""
    risks = [attacking.exposed_shares(seed).loc["noise 0.1"] for seed in SEEDS]
    outliers, others = (np.mean([risk[side] for risk in risks]) for side in risks[0].index)
    # Without a difference the two shares differ by √(.2 · .8 / 60) = .05: five of these.
    assert outliers - others > 0.25


def test_the_board_shows_no_leak_of_honest_rows() -> None:
    """What is coloured was proved; fresh rows of the population prove nothing."""
    board = attacking.leaks(1)
    assert board.loc["drawn again", "copies"] > 0.5
    assert board.loc["copula", ["copies", "membership"]].eq(0).all()


def test_copied_outliers_hide_in_the_average() -> None:
    found = attacking.hidden_outliers(1).loc["copied outliers"]
    assert abs(found["share closer to a member"] - 0.5) < 0.06
    assert found["AUC, outliers"] > 0.6 > found["AUC, everybody"]


# --- the looks inside ---------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["12", "13"])
def test_each_term_lights_up_in_source_and_equation(lesson: str) -> None:
    if lesson == "12":
        inside, functions = judging.SHAPES_INSIDE, (
            fidelity.level_shares, fidelity.kolmogorov_smirnov, fidelity.total_variation,
            fidelity._shape_score,
        )  # fmt: skip
    else:
        inside = attacking.ATTACK_INSIDE
        functions = (privacy.RowScores, distances.nearest_distance, intervals.auc)
    shown = LookInside(functions, inside)
    symbols = {term.symbol for term in inside.terms}
    lines = marked_code(shown.source, inside.terms)
    assert {term for line in lines for _, term in line} >= symbols
    marked = {term for e in inside.equations for _, term in marked_equation(e, inside.terms)}
    assert marked >= symbols
