"""The check engine: four outcomes, named misconceptions, the learner's own line."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from synthkit.course.checks import (
    CodeExercise,
    Metamorphic,
    Property,
    Result,
    State,
    StateExercise,
    WrongReference,
    run_checks,
)
from synthkit.course.predict import (
    Prediction,
    calibration_sentence,
    factor_off,
    log_slope,
    score_sentence,
)
from synthkit.course.progress import Calibration, calibration
from synthkit.course.questions import Blanks, Choice, Draw, Option, OrderLines, Sentence
from synthkit.course.recall import pick_recall
from synthkit.course.report import Note, Rows, inline, question_html, reply, reply_html, reply_text
from synthkit.course.running import is_untried, own_line, run_source

STARTER = 'def mean(x, rng):\n    """Return the mean."""\n'


def _data(rng):
    return (rng.normal(3.0, 1.0, 400),)


def exercise(**changes):
    base = {
        "id": "mean",
        "section": "build-it",
        "prompt": "Write `mean(x, rng)`.",
        "name": "mean",
        "setup": "import numpy as np",
        "starter": STARTER,
        "checks": (
            Property(
                "is a number",
                lambda f, rng: np.isscalar(f(np.ones(3), rng)) or "It is no single number.",
                try_next="Return one number.",
            ),
            WrongReference(
                "divides by n",
                "divides by n − 1",
                _data,
                lambda x, rng: x.sum() / (len(x) - 1),
                # exact arithmetic: two means of the same data differ by rounding alone
                lambda theirs, wrong: np.isclose(theirs, wrong, rtol=1e-12),
                why="You divide by n − 1.",
            ),
            Property(
                "is the mean within rounding",
                lambda f, rng: bool(np.isclose(f(x := rng.normal(size=50), rng), x.mean())),
            ),
            Metamorphic(
                "scales with the unit",
                _data,
                lambda inputs: (inputs[0] * 10,),
                lambda before, after: bool(np.isclose(after, 10 * before)),
            ),
        ),
    }
    return CodeExercise(**{**base, **changes})


RIGHT = "def mean(x, rng):\n    return float(np.mean(x))\n"


# -- outcomes ---------------------------------------------------------------------------------


def test_untried_in_all_its_forms():
    for answer in (None, ..., STARTER, "mean = None\n"):
        assert exercise().grade(answer).outcome == "untried"
    # A learner who only changed the docstring has not tried yet either.
    assert exercise().grade('def mean(x, rng):\n    """My own words."""\n').outcome == "untried"


def test_right_on_any_seed():
    assert {exercise().grade(RIGHT, seed=seed).outcome for seed in range(50)} == {"right"}
    result = exercise().grade(RIGHT)
    assert result.passed == tuple(check.says for check in exercise().checks)
    assert isinstance(result.seed, int)


def test_an_answer_may_change_its_arguments_in_place():
    in_place = "def mean(x, rng):\n    x /= len(x)\n    return float(x.sum())\n"
    both = tuple(c for c in exercise().checks if not isinstance(c, Property))
    asked = exercise(checks=both)
    assert {asked.grade(in_place, seed=seed).outcome for seed in range(10)} == {"right"}


def test_fresh_seeds_differ():
    assert len({exercise().grade(RIGHT).seed for _ in range(8)}) > 1


def test_wrong_says_why_and_what_to_try():
    result = exercise().grade("def mean(x, rng):\n    return x\n")
    assert (result.outcome, result.why) == ("wrong", "It is no single number.")
    assert result.try_next == "Return one number."


def test_a_wrong_reference_is_named():
    result = exercise().grade("def mean(x, rng):\n    return x.sum() / (len(x) - 1)\n")
    assert result.outcome == "wrong"
    assert result.misconception == "divides by n − 1"
    assert result.passed == ("is a number",)


def test_metamorphic_uses_one_stream_for_both_runs():
    # Noise from the stream cancels in the comparison only if both runs see the same stream.
    noisy = "def mean(x, rng):\n    return float(np.mean(x) * (1 + rng.normal() ** 2))\n"
    only = exercise(checks=exercise().checks[3:])
    assert only.grade(noisy).outcome == "right"
    shifted = "def mean(x, rng):\n    return float(np.mean(x)) + 1.0\n"
    assert only.grade(shifted).outcome == "wrong"


def test_state_checks_read_the_figure():
    state = StateExercise(
        id="dial",
        section="break-it",
        prompt="Break it.",
        touched=lambda figures: figures["moved"],
        checks=(State("broken", lambda figures: figures["error"] > 1, try_next="Further."),),
    )
    assert state.grade({"moved": False, "error": 9}).outcome == "untried"
    assert state.grade({"moved": True, "error": 0.5}).outcome == "wrong"
    assert state.grade({"moved": True, "error": 2}).outcome == "right"


def test_an_error_shows_the_learners_own_line():
    source = "def helper(x):\n    return x[10_000]\n\ndef mean(x, rng):\n    return helper(x)\n"
    result = exercise().grade(source)
    assert result.outcome == "error"
    assert result.line == "line 2: return x[10_000]"
    assert "IndexError" in result.why


def test_an_error_deep_in_numpy_is_put_down_to_the_learners_line():
    result = exercise().grade("def mean(x, rng):\n    return np.linalg.inv(x)\n")
    assert result.outcome == "error"
    assert result.line == "line 2: return np.linalg.inv(x)"


def test_an_error_in_our_check_is_not_called_the_learners():
    odd = CodeExercise(
        id="o", section="build-it", prompt="p", name="mean",
        checks=(Property("adds up", lambda f, rng: f(1, rng) + 1 > 0),),
    )  # fmt: skip
    result = odd.grade("def mean(x, rng):\n    return 'text'\n")
    assert result.outcome == "wrong"
    assert "could not be checked" in result.why


def test_source_that_python_cannot_read():
    result = exercise().grade("def mean(x, rng):\n    return (x\n")
    assert result.outcome == "error"
    assert result.line.startswith("line 2")


def test_an_interrupt_is_not_swallowed():
    def stop(x, rng):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(stop, exercise().checks)


def test_something_that_is_no_function():
    assert exercise().grade(3.0).outcome == "wrong"


# -- borrowing --------------------------------------------------------------------------------


def copula_exercise():
    from synthkit.course.exercises import load

    return load("01_monte_carlo").exercises["gaussian-copula"]


def test_calling_the_kits_technique_is_noticed_and_named():
    source = (
        "import synthkit as sk\n"
        "def my_copula(X, n, rng):\n"
        "    return sk.MonteCarlo().fit(X, rng=rng).sample(n, rng=rng).to_numpy()\n"
    )
    result = copula_exercise().grade(source)
    assert result.outcome == "wrong"
    assert result.misconception == "borrowed, not built"
    assert "monte_carlo" in result.why


def test_importing_a_technique_alone_is_no_borrowing():
    solution = copula_exercise().solution
    source = "import synthkit.techniques.monte_carlo\n" + solution
    assert copula_exercise().grade(source).outcome == "right"


def test_the_profile_hook_of_someone_else_is_put_back():
    seen = []

    def theirs(frame, event, arg):
        seen.append(event)

    sys.setprofile(theirs)
    try:
        exercise().grade(RIGHT)
        assert sys.getprofile() is theirs
    finally:
        sys.setprofile(None)


def test_the_hook_is_put_back_after_an_error():
    exercise().grade("def mean(x, rng):\n    raise ValueError('no')\n")
    assert sys.getprofile() is None


# -- code as text -----------------------------------------------------------------------------


def test_own_line_skips_what_is_installed():
    read = run_source("import json\ndef read():\n    return json.loads('{')\n")["read"]
    with pytest.raises(ValueError) as caught:
        read()
    assert own_line(caught.value.__traceback__) == (3, "return json.loads('{')")


def test_is_untried_sees_the_smallest_change():
    changed = run_source("def f(x):\n    return x + 2\n")["f"]
    assert not is_untried(changed, "def f(x):\n    return x + 1\n", "f")
    assert is_untried(changed, "def f(x):\n    return x + 2\n", "f")


# -- questions --------------------------------------------------------------------------------

CHOICE = Choice(
    id="c", section="explain", prompt="Which?",
    options=(Option("a", "no", "idea one", "look"), Option("b", "yes"), Option("c", "no", "two")),
)  # fmt: skip


@pytest.mark.parametrize("answer", [None, -1, 3, "Z", True, 1.0, "ab", [1]])
def test_a_choice_that_is_none(answer):
    assert CHOICE.grade(answer).outcome == "untried"


def test_choices_by_index_and_letter():
    assert CHOICE.grade(1).outcome == CHOICE.grade("b").outcome == "right"
    wrong = CHOICE.grade("A")
    assert (wrong.outcome, wrong.misconception, wrong.try_next) == ("wrong", "idea one", "look")


def test_the_form_of_a_choice_does_not_give_it_away():
    assert set(CHOICE.form()) == {"kind", "prompt", "options"}


ORDER = OrderLines(
    id="o", section="build-it", prompt="Order.", lines=("one", "two", "three"),
    distractors={"never": "That one hurts."}, needs={1: "two needs one"},
)  # fmt: skip


def test_order_lines():
    assert ORDER.grade(ORDER.shuffled()).outcome == "untried"
    assert ORDER.grade([]).outcome == ORDER.grade("one").outcome == "untried"
    assert ORDER.grade(["one", "two", "three"]).outcome == "right"
    assert "two needs one" in ORDER.grade(["two", "one", "three"]).why
    assert ORDER.grade(["one", "never", "two", "three"]).why == "That one hurts."
    assert "left out" in ORDER.grade(["one", "two"]).why
    assert ORDER.grade(["one", "two", "three", "three"]).outcome != "right"


def test_the_shuffled_lines_are_never_the_answer():
    for count in range(2, 7):
        lines = tuple(f"line {i}" for i in range(count))
        made = OrderLines(id="x", section="build-it", prompt="", lines=lines)
        assert made.shuffled() != list(lines)
        assert sorted(made.shuffled()) == sorted(lines)


BLANKS = Blanks(
    id="b", section="build-it", prompt="Fill.", name="f", labels=("sum", "count"),
    template="def f(x, rng):\n    return {0} / {1}\n",
    checks=(Property("mean", lambda f, rng: bool(np.isclose(f(np.arange(5.0), rng), 2.0))),),
    misconceptions={r"sum\(x\);\(len\(x\)-1\)": ("n − 1", "Divide by n.")},
)  # fmt: skip


def test_blanks_run_the_completed_program():
    assert BLANKS.grade(["", ""]).outcome == BLANKS.grade(None).outcome == "untried"
    assert BLANKS.grade(["sum(x)", ""]).outcome == "wrong"
    assert BLANKS.grade(["sum(x)", "len(x)"]).outcome == "right"
    assert BLANKS.grade(["np.sum(x)", "x.size"]).outcome == "right"
    assert BLANKS.grade(["sum(x)", "( len(x) - 1 )"]).misconception == "n − 1"
    broken = BLANKS.grade(["sum(x", "len(x)"])
    assert broken.outcome == "error"
    failing = BLANKS.grade(["sum(y)", "len(x)"])
    assert (failing.outcome, failing.line) == ("error", "line 2: return sum(y) / len(x)")


def test_blanks_form_is_cut_at_the_gaps():
    form = BLANKS.form()
    assert form["pieces"] == ["def f(x, rng):\n    return ", " / ", "\n"]


def test_sentence_takes_an_honest_try():
    asked = Sentence(id="s", section="explain", prompt="Why?", expert="Because.")
    assert [asked.grade(t).outcome for t in ("", "Just so", "It is because of chance")] == [
        "untried", "wrong", "right",
    ]  # fmt: skip


def _drawn(judged):
    return Draw(
        id="d", section="predict", prompt="Draw.", x=(1, 2, 3), x_names=("1", "2", "3"),
        start=(1.0, 1.0, 1.0), y_range=(0.1, 10.0), x_label="x", y_label="y",
        judge=lambda heights: judged.append(heights) or Result("right"),
    )  # fmt: skip


def test_draw_keeps_what_is_given_and_refuses_what_is_no_line():
    judged = []
    draw = _drawn(judged)
    for nothing in (None, [1, 1, 1], [1, 2], [1, "x", 2], [1, 2, 99], [1, float("nan"), 2]):
        assert draw.grade(nothing).outcome == "untried"
    assert judged == []
    assert draw.grade([5, 0.5, 0.25]).outcome == "right"
    assert judged == [[1.0, 0.5, 0.25]]


# -- predictions ------------------------------------------------------------------------------


def test_log_slope_is_the_exponent():
    x = np.array([1.0, 4.0, 16.0])
    assert log_slope(x, 3 * x**-0.5) == pytest.approx(-0.5)
    assert log_slope(x, x**-1.0) == pytest.approx(-1.0)


def test_scores_of_a_drawn_line():
    assert factor_off([2, 0.5], [1, 1]) == pytest.approx(2.0)
    assert "factor of 2.0" in score_sentence([2, 0.5], [1, 1])
    assert "within" in score_sentence([1.01, 1], [1, 1])


def test_a_prediction_is_scored_by_its_question():
    record = Prediction(CHOICE).record(1, 0.75)
    assert record == {"value": 1, "skipped": False, "confidence": 0.75, "right": True}


def test_calibration():
    found = calibration([(0.95, False)] * 3 + [(0.95, True)] * 3)
    assert (found.count, found.stated, found.right) == (6, pytest.approx(0.95), 0.5)
    assert found.brier == pytest.approx((0.95**2 + 0.05**2) / 2)
    assert "surer than you are right" in calibration_sentence(found)
    assert "trust yourself" in calibration_sentence(calibration([(0.25, True)] * 5))
    three_of_five = calibration([(0.75, True)] * 3 + [(0.75, False)] * 2)
    assert "agrees" in calibration_sentence(three_of_five)
    assert "five or more" in calibration_sentence(calibration([(0.5, True)]))
    assert "begins with" in calibration_sentence(Calibration(0, 0.0, 0.0, 0.0))


# -- recall -----------------------------------------------------------------------------------


def _questions(*names):
    return [Choice(id=n, section="when-to-use", prompt=n, options=CHOICE.options) for n in names]


def test_recall_takes_the_weakest_and_stalest_of_the_earlier_ones():
    own = _questions("a", "b", "c")
    earlier = dict(zip(("00/x", "00/y", "00/z"), _questions("x", "y", "z")))
    boxes = {
        "00/x": {"box": 2, "time": "2026-01-01"},
        "00/y": {"box": 0, "time": "2026-03-01"},
        "00/z": {"box": 0, "time": "2026-02-01"},
    }
    assert list(pick_recall(own, earlier, boxes)) == ["a", "b", "00/z"]
    # Without any progress some earlier question is asked all the same; without any, own ones.
    assert list(pick_recall(own, earlier, {})) == ["a", "b", "00/x"]
    assert list(pick_recall(own, {}, {})) == ["a", "b", "c"]


# -- text -------------------------------------------------------------------------------------

EVIL = "<img src=x onerror=alert(1)>"


def test_everything_that_is_not_ours_is_escaped():
    assert "<img" not in inline(EVIL)
    said = reply(Result("error", EVIL, EVIL, EVIL, EVIL, (EVIL,)), EVIL)
    assert "<img" not in reply_html(said)
    assert EVIL in reply_text(said)
    evil = Choice(id="e", section="explain", prompt=EVIL, options=(Option(EVIL, EVIL),))
    assert "<img" not in question_html(evil, EVIL)
    assert "<img" not in Note(f"{EVIL}\n\n    {EVIL}")._repr_html_()
    assert "<img" not in Rows((EVIL,), ((EVIL,),))._repr_html_()


def test_the_learners_error_message_is_escaped_too():
    result = exercise().grade(f"def mean(x, rng):\n    raise ValueError({EVIL!r})\n")
    assert result.outcome == "error"
    assert "<img" not in reply_html(reply(result))


def test_grading_works_in_a_thread():
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(exercise().grade(RIGHT).outcome))
    thread.start()
    thread.join()
    assert outcomes == ["right"]
