"""Lesson 10's exercises in code: a policy rule in two gaps, and a business cycle from scratch."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.course.checks import CodeExercise, Finding, Property, WrongReference
from synthkit.course.questions import Blanks

STAY = 0.95
STEPS = 40_000


def _answers_rightly(answer: Any, rng: np.random.Generator) -> Finding:
    for inflation, gap in rng.normal(2, 2, (20, 2)):
        wanted = 1 + inflation + 0.5 * (inflation - 2) + 0.5 * gap
        found = float(answer(inflation, gap))
        if abs(found - wanted) > 1e-9:
            return f"At {inflation:.1f} % inflation and a gap of {gap:.1f} %, the rate must be " \
                f"{wanted:.2f} %; yours is {found:.2f} %."  # fmt: skip
    return True


TAYLOR = Blanks(
    id="taylors-rule",
    section="build-it",
    prompt="Fill two gaps. The real rate is 1 %, the target 2 %: at the target, with no gap, the "
    "policy rate is 3 %.",
    template="def policy_rate(inflation, gap):\n"
    "    return 1 + {0} + 0.5 * ({1}) + 0.5 * gap\n",
    name="policy_rate",
    labels=("what turns a real rate into the one on the label", "how far prices miss the target"),
    checks=(Property("the rate is Taylor's", _answers_rightly, try_next="Try inflation = 2."),),
    misconceptions={
        r"2;inflation-2": (
            "a rule that answers half a point for one",
            "Then a point of inflation makes money cheaper: the break below shows what follows.",
        ),
    },
    hints=(
        "A real rate is what is left after inflation; the rate on the label holds both.",
        "The miss is inflation less the target of 2.",
        "The gaps: `inflation`, and `inflation - 2`.",
    ),
    solution="inflation\ninflation - 2",
    answers={
        "untried": ["", ""],
        "wrong": ["2", "inflation - 2"],
        "right": ["inflation", "inflation - 2"],
    },
)


def _setting(rng: np.random.Generator) -> tuple[float, int]:
    return STAY, STEPS


def _states(answer: Any, rng: np.random.Generator) -> Finding:
    found = answer(STAY, 500, rng)
    if found is None:
        return "Your function returned nothing. Does it end in `return`?"
    if np.shape(found) != (500,):
        return f"500 months must give 500 states; yours has the shape {np.shape(found)}."
    extra = set(np.unique(np.asarray(found)).tolist()) - {0, 1}
    return f"States are 0 and 1; yours also holds {min(extra)}." if extra else True


def _no_memory(stay: float, steps: int, rng: np.random.Generator) -> Any:
    return (rng.random(steps) < stay).astype(int)


def _switches(states: Any) -> float:
    return float(np.mean(np.diff(np.asarray(states)) != 0))


def _forgets(theirs: Any, wrong: Any) -> bool:
    # Independent months switch in 2 · .95 · .05 = 9.5 %, a chain in 5 % of them; the standard
    # error of either is .15 %. Fair coins switch in half of them.
    state = np.asarray(theirs)[1:] == 1
    before = np.asarray(theirs)[:-1] == 1
    return bool(before.any() and (~before).any()) and abs(
        float(state[before].mean() - state[~before].mean())
    ) < 0.3


def _keeps(answer: Any, rng: np.random.Generator) -> Finding:
    share = _switches(answer(STAY, STEPS, rng))
    # A binomial share of .05 among 40,000: its standard error is .0011, five of them .0055.
    return True if abs(share - (1 - STAY)) < 0.0055 else (
        f"With a chance of {STAY:.0%} to stay, {1 - STAY:.0%} of the months should switch; in "
        f"yours {share:.1%} do."
    )  # fmt: skip


def _repeats(answer: Any, rng: np.random.Generator) -> Finding:
    one, same, other = (answer(STAY, 400, np.random.default_rng(s)) for s in (1, 1, 2))
    if not np.array_equal(one, same):
        return "The same `rng` gave two different paths: some draw does not come from `rng`."
    return True if not np.array_equal(one, other) else "Another `rng` gave the very same path."


CYCLE = CodeExercise(
    id="my-cycle",
    section="build-it",
    name="my_cycle",
    setup="import numpy as np",
    prompt="Write `my_cycle(stay, months, rng)`: a business cycle of 0 (recession) and 1 "
    "(expansion). Each month stays as the last one was with the chance `stay`. Return an array.",
    checks=(
        Property("returns 0 and 1 for each month", _states, try_next="Collect them in a list."),
        Property("draws with rng alone", _repeats, try_next="Use `rng.random()`."),
        WrongReference(
            "remembers the month before",
            "months without memory",
            _setting,
            _no_memory,
            _forgets,
            why="Your months know nothing of each other: no recession lasts.",
            try_next="Look at the last state, and change it with the chance 1 - stay.",
        ),
        Property(
            "switches as often as it should", _keeps, try_next="Switch if the draw is above stay."
        ),
    ),
    hints=(
        "Keep the state of now; in each month decide whether it switches.",
        "`if rng.random() > stay: state = 1 - state`, then append it.",
        "Without a loop: `switch = rng.random(months) > stay; return np.cumsum(switch) % 2`.",
    ),
    answers={
        "wrong": "def my_cycle(stay, months, rng):\n"
        "    return (rng.random(months) < stay).astype(int)\n",
    },
)
