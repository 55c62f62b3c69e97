"""Utility against attack success: points, the line of partial copies, the picture, the words."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.arena import compare
from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.attack import Attack
from synthkit.measure.card import Scorecard
from synthkit.measure.intervals import Interval
from synthkit.measure.scorecard import scorecard
from synthkit.measure.trade_off import (
    CopyLine,
    Point,
    advantage,
    copy_line,
    no_better_than_a_copy,
    point_of,
    sentence,
    why_not,
)
from synthkit.measure.trade_off_picture import LABELS_X, fragment, label_places, layout, png, spread

CANARY = 987654.25


pytestmark = pytest.mark.usefixtures("few_trees")


def point(name: str, utility: float, attack: float, **more: object) -> Point:
    made = Point(
        name,
        "technique",
        "usable",
        Interval(utility, utility - 0.02, utility + 0.02),
        Interval(attack, attack - 0.02, attack + 0.02),
        "utility",
        "Exact copies",
        (("age", 0.8),),
        100,
        True,
    )
    return replace(made, **more)  # type: ignore[arg-type]


ENDS = (
    point(SHUFFLE, 0.5, 0.0, kind="anchor", found=False),
    point(BOOTSTRAP, 0.9, 0.6, kind="anchor"),
)


# --- the equations ----------------------------------------------------------------------------


def test_an_attack_on_everybody_has_advantage_1_whatever_its_scale() -> None:
    area = Attack("m", "m", 100, 100, Interval(1.0, 0.9, 1.0), 0.5)
    excess = Attack("c", "c", 100, 100, Interval(1.0, 0.8, 1.0), 0.0)
    assert advantage(area) == Interval(1.0, pytest.approx(0.8), 1.0)
    assert advantage(excess) == Interval(1.0, 0.8, 1.0)
    none = Attack("m", "m", 100, 100, Interval(0.5, 0.4, 0.6), 0.5)
    assert advantage(none) == Interval(0.0, pytest.approx(-0.2), pytest.approx(0.2))


def test_the_line_goes_from_the_shuffle_to_the_copy() -> None:
    line = copy_line(ENDS)
    assert line == CopyLine((0.5, 0.9), (0.0, 0.6))
    assert line.at(0.5) == 0.0
    assert line.at(0.7) == pytest.approx(0.3)
    assert line.at(0.9) == line.at(1.0) == pytest.approx(0.6)
    assert line.at(0.2) == 0.0


def test_where_copying_is_of_no_use_only_the_copy_counts() -> None:
    assert CopyLine((0.9, 0.5), (0.0, 0.6)).at(0.7) == 0.6


def test_a_published_third_of_the_rows_lies_on_the_line() -> None:
    """What Eq. 3 says of attacks, measured: a third copied, the rest shuffled.

    Of n members a bootstrap of n/3 rows hits 1 - exp(-1/3) = 0.283; 1 - exp(-1) = 0.632 for n.
    """
    real = sk.load("breast_cancer").sample(frac=1, random_state=0).reset_index(drop=True)
    train, holdout = real[:400], real[400:].reset_index(drop=True)
    rng = np.random.default_rng(1)
    shuffled = pd.DataFrame({c: rng.permutation(train[c]) for c in train})
    mixed = pd.concat([train.sample(133, replace=True, random_state=1), shuffled[:267]])
    card = scorecard(train, mixed, holdout, "diagnosis", mode="quick")
    copies = card.attack("exact_copies")
    spread_of_hits = 5 * np.sqrt(0.283 * 0.717 / 400)
    assert advantage(copies).value == pytest.approx(0.283, abs=spread_of_hits)
    copy = point_of(BOOTSTRAP, scorecard(train, train, holdout, "diagnosis", mode="quick"))
    shuffle = point_of(SHUFFLE, scorecard(train, shuffled, holdout, "diagnosis", mode="quick"))
    line = copy_line([copy, shuffle])
    assert line is not None
    # A model learns more than its share from a third of real rows: Eq. 3 promises 'at least'.
    mine = point_of("mixed", card)
    third = shuffle.utility.value + (copy.utility.value - shuffle.utility.value) / 3
    assert mine.utility.high > third


# --- no better than a copy --------------------------------------------------------------------


def test_a_leak_has_to_lie_below_the_line_with_its_whole_interval() -> None:
    line = copy_line(ENDS)
    assert no_better_than_a_copy(point("on", 0.7, 0.3), line)
    assert no_better_than_a_copy(point("touching", 0.7, 0.285), line)
    assert not no_better_than_a_copy(point("below", 0.7, 0.2), line)
    assert no_better_than_a_copy(point("copies some", 0.7, 0.2, verdict="copies"), line)
    assert not no_better_than_a_copy(point("no leak", 0.4, 0.3, found=False), line)
    assert not no_better_than_a_copy(point("no anchors", 0.4, 0.9), None)


def test_the_words_name_who_is_beaten_and_who_copies() -> None:
    points = [point("a", 0.8, 0.1), point("b", 0.7, 0.2), point("c", 0.8, 0.5), *ENDS]
    said = why_not(points, "a")
    assert said[0].startswith("no better than a copy: c.")
    assert said[1].startswith("a is more useful than b (0.80 against 0.70")
    assert len(said) == 2  # a comes first, c is as useful
    # A copy is no advice, however useful.
    points = [point("copy", 0.9, 0.1, verdict="copies"), point("b", 0.7, 0.2)]
    assert len(why_not([*points, *ENDS], "b")) == 1
    assert why_not(points[:1], "a") == []


def test_a_sentence_says_no_more_than_was_found() -> None:
    leak, clean = point("a", 0.8, 0.1), point("b", 0.8, 0.1, found=False)
    assert "succeeds 10% beyond" in sentence(leak, [leak, *ENDS])
    assert "no attack that was run finds more" in sentence(clean, [clean, *ENDS])
    assert "publishing some real rows" in sentence(point("c", 0.7, 0.5), [*ENDS])
    unknown = replace(clean, attack=Interval(*[float("nan")] * 3), attack_title="too few rows")
    assert sentence(unknown, ENDS) == "b (usable) can't be drawn: too few rows."


# --- a whole comparison -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def comparison() -> sk.arena.Comparison:
    table = sk.load("breast_cancer")
    table.loc[3, "area"] = CANARY
    return compare(["monte_carlo", "bootstrap"], table, "diagnosis")


def test_fresh_rows_and_trees_are_always_in_it(comparison: sk.arena.Comparison) -> None:
    points = {point.name: point for point in comparison.points()}
    assert set(points) == {
        "monte_carlo", "bootstrap", FRESH, BOOTSTRAP, SHUFFLE, "sequential trees"
    }  # fmt: skip
    assert points[FRESH].kind == "anchor"
    assert not points[FRESH].found
    # As useful as the real table, not as the few held-out rows that stand for it in the attacks.
    fresh = comparison.anchors[FRESH].utility
    assert points[FRESH].utility == fresh.models["boosting"].real
    assert points[FRESH].utility.value > fresh.models["boosting"].synthetic.value
    line = copy_line(comparison.points())
    assert no_better_than_a_copy(points["bootstrap"], line)
    assert not no_better_than_a_copy(points["monte_carlo"], line)
    assert points["monte_carlo"].utility.value > points[SHUFFLE].utility.high
    assert any("no better than a copy: bootstrap" in said for said in comparison.advice())
    shapes = comparison.cards["monte_carlo"].details["shapes"]
    worst = points["monte_carlo"].worst
    assert [score for _, score in worst] == sorted(shapes["score"])[:3]


def test_trees_among_the_techniques_are_no_anchor_besides() -> None:
    found = compare(["trees"], sk.load("iris"), "species")
    assert [point.name for point in found.points()].count("trees") == 1
    assert "sequential trees" not in found.anchors


def test_the_picture_and_the_page_hold_no_row(comparison: sk.arena.Comparison) -> None:
    assert png(comparison.points())[:4] == b"\x89PNG"
    page = comparison.to_html(["a note"])
    assert "no better than a copy" in page
    assert "<script" not in page
    assert str(CANARY) not in page
    assert str(CANARY) not in repr(layout(comparison.points()))
    assert not re.findall(r'(?:src|href)="(?!data:)', page)


def test_a_hostile_name_stays_text() -> None:
    page = fragment([point("<img src=x>", 0.7, 0.1), *ENDS])
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


def test_without_a_target_utility_is_how_often_a_classifier_is_fooled() -> None:
    table = sk.load("iris")
    card = sk.judge("monte_carlo", table, mode="quick", seeds=1)
    found = point_of("mc", card)
    area = card["c2st_auc"].interval
    assert found.utility.value == pytest.approx(min(1.0, 2 * (1 - area.value)))
    assert found.utility.low <= found.utility.value <= found.utility.high


def test_what_could_not_be_assessed_is_said_and_not_drawn() -> None:
    rows = sk.load("iris").sample(frac=1, random_state=0)
    card = scorecard(rows[:70], rows[70:140], rows[140:], mode="quick")  # 10 held out: too few
    assert isinstance(card, Scorecard)
    lone = point_of("alone", card)
    plan = layout([lone, *ENDS])
    assert [mark["name"] for mark in plan["marks"]] == [SHUFFLE, BOOTSTRAP]
    assert "can't be drawn" in plan["missing"][0]


# --- labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 12, 30])
def test_labels_stand_apart_in_the_order_of_their_points(n: int) -> None:
    places = np.random.default_rng(n).random(n) ** 3
    spots = spread(list(places))
    apart = min(0.075, 1 / n)
    assert all(abs(a - b) >= apart - 1e-9 for a, b in combinations(spots, 2))
    assert np.array_equal(np.argsort(spots), np.argsort(places))
    assert min(spots) >= 0
    assert max(spots) <= 1


def crossings(xs: np.ndarray, ys: np.ndarray, places: list[float]) -> int:
    """Count the pairs of lines, from (x, y) to the label at (LABELS_X, place), that cross."""

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    lines = [(np.array([x, y]), np.array([LABELS_X, at])) for x, y, at in zip(xs, ys, places)]
    return sum(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for (a, b), (c, d) in combinations(lines, 2)
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_two_lines_to_labels_cross(seed: int) -> None:
    xs, ys = np.random.default_rng(seed).random((2, 14)) ** 2
    places = label_places(list(xs), list(ys))
    assert crossings(xs, ys, places) == 0
    assert sorted(places) == pytest.approx(sorted(spread(list(ys))))


def test_labels_in_the_order_of_heights_would_cross() -> None:
    """What keeps the order of the points is not enough: the right one may be in the way."""
    found = 0
    for seed in range(20):
        xs, ys = np.random.default_rng(seed).random((2, 14)) ** 2
        found += crossings(xs, ys, spread(list(ys)))
    assert found > 20
