"""Lesson 00: the game is fair, the sums are right, the claims are sourced, the report is safe."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))

import build

from synthkit.course import catalog
from synthkit.course.my_report import UNDER, report_page, write_report
from synthkit.course.progress import PROGRESS_NAME, Progress
from synthkit.course.runs import welcome as runs
from synthkit.course.welcome import technique_map
from synthkit.course.welcome.claims import BY_ID, CLAIMS, HEADINGS, MEASURED, VERDICTS
from synthkit.course.welcome.claims_board import ClaimsBoard, agreement
from synthkit.course.welcome.game import KINDS, ORDER, ROWS, Game, make_rounds, score_sentence
from synthkit.course.welcome.history import EVENTS, Timeline
from synthkit.course.welcome.label_cost import (
    LabelCost,
    Prices,
    break_even,
    cost_by_hand,
    cost_by_program,
)
from synthkit.course.welcome.path import PATHS, recommended_path
from synthkit.errors import ParameterError
from synthkit.techniques.monte_carlo import MonteCarlo

HOSTILE = '</td><script>alert(1)</script><img src=x onerror="alert(2)">'


# --- the game ---------------------------------------------------------------------------------


def test_a_game_has_every_kind_and_no_digit_tells():
    game = make_rounds(np.random.default_rng(0))
    assert {played.kind for played in game} == set(KINDS)
    for played in game:
        for side in played.sides:
            assert len(side) == ROWS
            decimals = [[len(cell.partition(".")[2]) for cell in row] for row in side]
            assert decimals == [[1, 1, 1, 0]] * ROWS


def test_the_real_side_is_chosen_by_a_coin():
    sides = [r.truth for seed in range(20) for r in make_rounds(np.random.default_rng(seed))]
    # 160 tosses: 5 standard deviations of a fair coin are 5 √(160)/2 = 31.6.
    assert abs(sum(sides) - 80) < 31.6


def test_the_page_learns_the_truth_only_after_the_pick():
    game = Game(3)
    assert "truth" not in json.dumps(game.spec)
    assert game.state == {"answers": []}
    game.pick("A")
    assert [set(a) for a in game.state["answers"]] == [{"right", "truth", "why"}]


def test_a_game_is_played_to_its_end_and_a_late_click_counts_once():
    ended = []
    game = Game(1, on_end=lambda *found: ended.append(found))
    for i, played in enumerate(game.rounds):
        game._receive(None, {"do": "pick", "round": i, "side": played.truth})
        game._receive(None, {"do": "pick", "round": i, "side": 1 - played.truth})
    assert game.error is None
    assert ended == [(len(ORDER), len(ORDER), 1)]
    assert "You see something" in game.sentence or "you see something" in game.sentence
    game.again()
    assert game.answers == []
    assert game.sentence == ""
    with pytest.raises(ParameterError, match="side must be 'A' or 'B'; got 'C'"):
        game.pick("C")


@pytest.mark.parametrize(("right", "proves"), [(4, "could have done it"), (6, "could have done it"),
                                               (8, "hardly ever does so well"),
                                               (0, "hardly ever does so badly")])  # fmt: skip
def test_a_score_says_what_it_proves(right, proves):
    low, high = stats.binomtest(right, 8).proportion_ci(0.95, "exact")  # an independent computation
    said = score_sentence(right, 8)
    assert proves in said
    assert f"between {low:.0%} and {high:.0%}" in said


# --- what labels cost -------------------------------------------------------------------------


def test_the_founding_texts_sum():
    assert cost_by_hand(Prices(elements=1)) == 6.0
    assert cost_by_program(Prices(elements=1)) == pytest.approx(0.06)
    assert break_even(Prices()) == 0.0


def test_at_the_break_even_both_cost_the_same():
    prices = Prices(by_hand=6, by_program=0.06, building=50_000, checked=0.2, checking=3)
    n = break_even(prices)
    at = Prices(**{**prices.__dict__, "elements": n})
    assert cost_by_hand(at) == pytest.approx(cost_by_program(at))
    assert math.isinf(break_even(Prices(by_hand=1, checked=1, checking=1)))


@pytest.mark.parametrize("bad", [float("nan"), -1, True, "6", None, 1e13])
def test_bad_prices_are_refused(bad):
    with pytest.raises(ParameterError, match="by_hand must be a number from 0 to 1e"):
        Prices(by_hand=bad)


def test_a_half_typed_price_is_said_and_is_no_error():
    cost = LabelCost()
    cost._receive(None, {"do": "cost", "inputs": {"checked": 7}})
    assert cost.error is None
    assert "checked must be a number from 0 to 1; got 7" in cost.state["sentences"][0]
    assert cost.prices == Prices()


# --- three uses -------------------------------------------------------------------------------


def test_the_interval_holds_what_was_put_in_only_where_its_assumptions_hold():
    found = runs.recovery(np.random.default_rng(0))["interval holds the truth"]
    # 5 standard errors of a share of 0.95 in 1,000 runs.
    assert abs(found.iloc[0] - 0.95) < 5 * math.sqrt(0.95 * 0.05 / runs.RUNS)
    assert found.iloc[1] < 0.6


def test_the_slopes_interval_is_scipys():
    rng = np.random.default_rng(1)
    t = np.linspace(0, 1, 12)
    y = rng.standard_normal((1, 12))
    fit = stats.linregress(t, y[0])
    wide = stats.t.ppf(0.975, 10) * fit.stderr
    low, high = runs.slope_intervals(t, y)
    assert (low[0], high[0]) == pytest.approx((fit.slope - wide, fit.slope + wide))


def test_remembering_noise_keeps_its_spread():
    noise = runs.remembering(np.random.default_rng(2).standard_normal((40_000, 20)))
    # Var = 1 at every step; its estimate has a standard error of √(2/40,000).
    assert np.abs(noise.var(axis=0) - 1).max() < 5 * math.sqrt(2 / 40_000)
    lag = np.mean(noise[:, 10] * noise[:, 11])
    assert abs(lag - runs.MEMORY) < 5 * math.sqrt(2 / 40_000)


def test_only_rows_by_rule_find_the_bug():
    found = runs.bug_hunt(np.random.default_rng(3))["crashes found"]
    assert found["real rows of the clinic"] == 0
    # One age in 111 is 0: 45 of 5,000 on average; none at all has a chance of e^-45.
    assert found["rows by rule"] > 0
    assert runs.dose(70, 40) == 140


def test_bias_is_handed_on_and_asking_adds_no_patient():
    found = runs.handed_on(np.random.default_rng(4))
    share = found.iloc[:, 0]
    n = runs.TESTED
    error = math.sqrt(share["the skewed table"] * (1 - share["the skewed table"]) / n)
    assert abs(share["its copula"] - share["the skewed table"]) < 5 * error
    assert share["its copula, asked for half"] == 0.5
    behind = found["real patients behind it"]
    assert behind["its copula, asked for half"] == behind["the skewed table"]
    assert behind["the skewed table"] < behind["all patients"] / 4


# --- claims, history, map, path ---------------------------------------------------------------


def test_every_heading_of_the_text_has_a_claim_and_every_claim_its_evidence():
    assert {claim.heading for claim in CLAIMS} == set(HEADINGS)
    assert len(BY_ID) == len(CLAIMS)
    sections = {info.id: info.sections for info in catalog.LESSONS}
    for claim in CLAIMS:
        assert claim.verdict in VERDICTS
        assert claim.why
        assert claim.evidence(), claim.id
        if claim.lesson:
            assert claim.section in sections[claim.lesson], claim.id
        assert claim.row or claim.source, f"{claim.id} has neither a figure nor a source"
        if claim.verdict == "false":
            assert claim.source, f"{claim.id} is called false without a source"
        if claim.against:
            assert claim.against in BY_ID


def test_the_boards_figures_are_those_of_the_built_lessons():
    figures = build.measured()
    assert {(claim.lesson, claim.row) for claim in CLAIMS if claim.row} == {
        (lesson, row) for lesson, rows in figures.items() for row in rows
    }
    assert figures == MEASURED, "run: python notebooks/build.py"
    found = BY_ID["masking-anonymises"].evidence()  # the lesson's own sentence, and its figure
    assert re.fullmatch(r"without names only, people are found – \d+\.\d% by three facts", found[1])


def test_the_texts_contradictions_are_on_the_board():
    pairs = {frozenset((claim.id, claim.against)) for claim in CLAIMS if claim.against}
    for pair in (("reduced-bias", "biased"), ("share-publicly", "security-risks"),
                 ("better-models", "overfitting"), ("better-security", "security-risks"),
                 ("diversity", "no-variability"), ("six-cents", "verification")):  # fmt: skip
        assert frozenset(pair) in pairs


def test_the_years_are_in_order_and_each_has_a_source():
    years = [event.year for event in EVENTS]
    assert years == sorted(years)
    assert all(event.source for event in EVENTS)
    ids = {info.id for info in catalog.LESSONS}
    assert {event.lesson for event in EVENTS} <= ids
    assert all(str(event.year) in Timeline().as_html() for event in EVENTS)


def test_the_maps_words_name_techniques_that_there_are():
    known = {e.name for e in (*technique_map.LEARNERS, *technique_map.SIMULATORS)}
    for topic in technique_map.TOPICS:
        assert set(topic.techniques) <= known
    import synthkit

    assert known <= set(synthkit.registry())
    assert set(technique_map.read_figures()) <= known


def test_a_recorded_figure_of_the_map_is_what_is_measured_now():
    again = technique_map.measured("monte_carlo")
    kept = technique_map.read_figures()["monte_carlo"]
    for name in ("utility", "attack"):
        assert again[name] == pytest.approx(kept[name], abs=0.02)  # another BLAS, another forest


def test_paths_lead_to_lessons(tmp_path):
    ids = [info.id for info in catalog.LESSONS]
    for _, path in PATHS:
        assert [ids.index(lesson) for lesson in path]
    progress = Progress(tmp_path)
    progress.start("02_bootstrap", 1)
    progress.finish("02_bootstrap")
    assert "✓ 02 Bootstrap" in repr(recommended_path(progress))
    assert "✓" not in repr(recommended_path())


# --- votes ------------------------------------------------------------------------------------


def test_votes_are_kept_twice_and_the_answer_waits_for_the_second(tmp_path):
    board = ClaimsBoard(Progress(tmp_path))
    seen = []
    board.observe(lambda change: seen.append(change["new"]["votes"]), names="state")
    board.vote("recipe", "holds")
    assert seen == [{"recipe": {"first": "holds"}}]  # the page is told
    assert board.state["found"] == {}
    assert "verdict" not in json.dumps([board.spec, board.state])
    board.begin("second").vote("recipe", "depends")
    assert set(board.state["found"]) == {"recipe"}
    again = ClaimsBoard(Progress(tmp_path))
    assert again.votes == {"recipe": {"first": "holds", "second": "depends"}}
    assert agreement(again.votes)[-1] == "You changed your mind on 1 of 1."


def test_bad_votes_change_nothing(tmp_path):
    board = ClaimsBoard(Progress(tmp_path))
    with pytest.raises(ParameterError, match="vote must be one of holds, depends, false"):
        board.vote("recipe", HOSTILE)
    with pytest.raises(ParameterError, match="round must be one of first, second"):
        board.begin("third")
    assert not (tmp_path / PROGRESS_NAME).exists()


# --- my report --------------------------------------------------------------------------------


@pytest.fixture
def learner(tmp_path):
    """A workspace in which something was done, some of it hostile."""
    progress = Progress(tmp_path)
    progress.start("00_welcome", 1)
    board = ClaimsBoard(progress)
    board.vote("since-1970s", "holds").begin("second").vote("since-1970s", "false")
    progress.record_sentence("00_welcome", "what-i-would-use-it-for", f"For tests {HOSTILE}")
    progress.record_note("00_welcome", "figures", f"which {HOSTILE}", f"6 of 8 {HOSTILE}")
    progress.record_note("11_hybrid", "figures", "+ a core passes", "0.99 → 0.55")
    prediction = {"value": 2, "skipped": False, "confidence": 0.75, "right": True}
    progress.record_prediction("00_welcome", "who-finds-the-shuffled", prediction)
    return progress


def test_the_report_stands_under_the_texts_headings(learner):
    page = report_page(learner)
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads == list(HEADINGS.values())
    for words in ("Whoever looks at two columns", "That was right.", "0.99 → 0.55",
                  "Monte Carlo was printed in 1949", "Still open."):  # fmt: skip
        assert words in page, words


def test_hostile_text_stays_text_and_nothing_is_fetched(learner):
    page = report_page(learner)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") == 3
    assert not re.search(r"<[^>]*(src|href)=|https?://|url\(", page)
    assert "default-src 'none'" in page


def test_a_strange_file_makes_a_report_all_the_same(tmp_path):
    strange = {"version": 1, "lessons": {
        "00_welcome": {"votes": [1], "figures": "x", "sentences": {"what-i-would-use-it-for": 7},
                       "predictions": {"who-finds-the-shuffled": {"value": {"a": 1}, "right": []},
                                       "gone": {"value": 1}}},
        "no_such_lesson": {"figures": {"a": "b"}},
    }}  # fmt: skip
    (tmp_path / PROGRESS_NAME).write_text(json.dumps(strange), "utf-8")
    assert "Still open." in report_page(Progress(tmp_path))


def test_the_command_writes_the_page(learner, capsys):
    from synthkit import cli

    with pytest.raises(SystemExit) as ended:
        cli.main(["report", str(learner.folder)])
    assert ended.value.code == 0
    assert "wrote" in capsys.readouterr().out
    assert (learner.folder / "my-report.html").read_text("utf-8") == report_page(learner)
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", str(learner.folder / "nowhere")])
    assert ended.value.code == 2


def test_the_report_goes_where_it_is_told(learner, tmp_path):
    assert write_report(learner, tmp_path / "mine.html") == tmp_path / "mine.html"
    assert {lesson for group in UNDER.values() for lesson in group} == {
        info.id for info in catalog.LESSONS
    }


def test_no_cell_of_a_learners_table_reaches_the_report(tmp_path):
    """A canary in the table: only columns' names and figures may travel, and not even those do."""
    import pandas as pd

    from synthkit.course import Lesson

    table = pd.DataFrame({"secret": ["canary-7f3a"] * 30, "x": range(30)})
    lesson = Lesson("01_monte_carlo", folder=tmp_path)
    lesson.note("a figure", "1.0")
    MonteCarlo().fit(table, rng=0).sample(5, rng=0)
    lesson.my_report()
    assert "canary-7f3a" not in (tmp_path / "my-report.html").read_text("utf-8")
