"""The game 'which table is real?': a few tumours beside a few made ones, round by round.

The score is set beside that of a coin, with the exact 95 % interval of Clopper and Pearson (1934):
few rounds prove little, and the interval says how little.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthkit.course.report import Rows
from synthkit.course.welcome.widget import WelcomeWidget, html_paragraphs, script
from synthkit.datasets import load
from synthkit.errors import ParameterError
from synthkit.measure.anchors import independent_shuffle
from synthkit.measure.intervals import clopper_pearson
from synthkit.techniques.monte_carlo import MonteCarlo
from synthkit.techniques.trees import Trees

COLUMNS = ("radius", "texture", "perimeter", "area")
DECIMALS = (1, 1, 1, 0)
ROWS = 6  # on each table: what the eye takes in at a glance
KINDS = {
    "shuffled": "every value is real, but each column was shuffled by itself: "
    "no perimeter fits its radius",
    "copula": "drawn by a Gaussian copula, which keeps how the columns hang together",
    "trees": "drawn by sequential trees, one column after the other",
}
ORDER = ("shuffled", "copula", "shuffled", "trees", "shuffled", "copula", "trees", "copula")


@dataclass(frozen=True)
class Round:
    """Two tables as texts, which side the real one is on (0 or 1), and how the other was made."""

    sides: tuple[list[list[str]], list[list[str]]]
    truth: int
    kind: str


def real_table() -> pd.DataFrame:
    """Return four columns of the tumours: people see in them what belongs together."""
    return load("breast_cancer")[list(COLUMNS)]


def makers(rng: np.random.Generator) -> dict[str, Callable[[int], pd.DataFrame]]:
    """Return for each kind a function that makes n rows."""
    real = real_table()
    copula = MonteCarlo().fit(real, rng=rng)
    trees = Trees().fit(real, rng=rng)
    return {
        "shuffled": lambda n: independent_shuffle(real, n, rng),
        "copula": lambda n: copula.sample(n, rng=rng),
        "trees": lambda n: trees.sample(n, rng=rng),
    }


def make_rounds(rng: np.random.Generator) -> tuple[Round, ...]:
    """Return one game: the real rows differ from round to round, and so does their side."""
    real, made = real_table(), makers(rng)
    rounds = []
    for kind in ORDER:
        truth = int(rng.integers(2))
        rows = real.iloc[rng.choice(len(real), ROWS, replace=False)]
        pair = (as_texts(rows), as_texts(made[kind](ROWS)))
        rounds.append(Round(pair if truth == 0 else pair[::-1], truth, kind))
    return tuple(rounds)


def as_texts(table: pd.DataFrame) -> list[list[str]]:
    """Return cells rounded alike in both tables: digits must not give the real one away."""
    rows = table[list(COLUMNS)].to_numpy(dtype=float)
    return [[f"{value:,.{d}f}" for value, d in zip(row, DECIMALS)] for row in rows]


def score_sentence(right: int, rounds: int) -> str:
    """Set hits beside a coin's, with the interval, and say what that proves."""
    share = clopper_pearson(right, rounds)
    if share.low > 0.5:
        proves = "A coin hardly ever does so well: you see something."
    elif share.high < 0.5:
        proves = "A coin hardly ever does so badly: you see something, and take it for the forgery."
    else:
        proves = "That range holds 50 %: a coin could have done it."
    return (
        f"{right} of {rounds} right; a coin gets {rounds / 2:g} on average. Your true rate lies "
        f"between {share.low:.0%} and {share.high:.0%} (95 % interval). {proves}"
    )


class Game(WelcomeWidget):
    """The game as a widget; ``pick`` plays it without one.

    Parameters
    ----------
    seed : int
        Of the first game; *new tables* counts up.
    on_end : callable (right, rounds, seed), optional
        Called when a game is over.
    """

    _esm = script("game")

    def __init__(self, seed: int, on_end: Callable[[int, int, int], None] | None = None) -> None:
        self._on_end = on_end
        self._seed = seed
        self._remark = ""
        self.answers: list[dict[str, Any]] = []
        self.rounds = make_rounds(np.random.default_rng(seed))
        super().__init__(self._spec(), {"answers": []})

    @property
    def remark(self) -> str:
        """A sentence said at the end."""
        return self._remark

    @remark.setter
    def remark(self, text: str) -> None:
        self._remark = text
        self._show()

    @property
    def right(self) -> int:
        """The hits so far."""
        return sum(answer["right"] for answer in self.answers)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Return hits and rounds so far for each kind of forgery."""
        found = dict.fromkeys(KINDS, (0, 0))
        for played, answer in zip(self.rounds, self.answers):
            hits, n = found[played.kind]
            found[played.kind] = (hits + answer["right"], n + 1)
        return found

    def pick(self, side: int | str) -> str:
        """Say which table of the next round is real ('A' or 'B'); return what was right."""
        number = {"A": 0, "B": 1}.get(str(side).upper(), side)
        if number not in (0, 1):
            raise ParameterError(f"side must be 'A' or 'B'; got {side!r}.")
        if len(self.answers) == len(self.rounds):
            return self.sentence
        played = self.rounds[len(self.answers)]
        right = number == played.truth
        letter = "AB"[1 - played.truth]
        why = f"{letter} was made: {KINDS[played.kind]}."
        self.answers.append({"right": right, "truth": played.truth, "why": why})
        if len(self.answers) == len(self.rounds) and self._on_end is not None:
            self._on_end(self.right, len(self.rounds), self._seed)
        self._show()
        return f"{'Right' if right else 'No'}. {why}"

    def again(self) -> None:
        """Start a game with new tables."""
        self._seed += 1
        self.answers = []
        self.rounds = make_rounds(np.random.default_rng(self._seed))
        self._show()
        self.spec = self._spec()

    @property
    def sentence(self) -> str:
        """The score in words once the game is over, else ''."""
        over = len(self.answers) == len(self.rounds)
        return score_sentence(self.right, len(self.rounds)) if over else ""

    def _spec(self) -> dict[str, Any]:
        rounds = [list(played.sides) for played in self.rounds]
        return {"columns": list(COLUMNS), "rounds": rounds, "seed": self._seed}

    def _show(self) -> None:
        n = len(self.answers)
        state: dict[str, Any] = {"answers": list(self.answers)}
        state["score"] = f"{self.right} of {n} so far; a coin would have {n / 2:g} on average."
        if self.sentence:
            share = clopper_pearson(self.right, n)
            state |= {
                "sentence": self.sentence,
                "remark": self.remark,
                "interval": {"low": share.low, "high": share.high, "share": share.value},
                "kinds": [
                    f"Against {kind}: {hits} of {rounds}."
                    for kind, (hits, rounds) in self.by_kind().items()
                ],
            }
        self.state = state

    def _act(self, content: dict[str, Any]) -> None:
        # Two clicks on one round, or an old view's click, count once.
        if content.get("do") == "pick" and content.get("round") == len(self.answers):
            self.pick(content.get("side", ""))
        elif content.get("do") == "again":
            self.again()

    def as_text(self) -> str:
        """Return the next round as text, and how to answer."""
        if self.sentence:
            return self.sentence
        played = self.rounds[len(self.answers)]
        tables = [repr(Rows(COLUMNS, tuple(map(tuple, side)))) for side in played.sides]
        how = 'Which is real? `watch.widget.pick("A")` or `"B"`.'
        return f"A: {', '.join(COLUMNS)}\n{tables[0]}\n\nB:\n{tables[1]}\n\n{how}"

    def as_html(self) -> str:
        """Return the next round as HTML."""
        if self.sentence:
            return html_paragraphs([self.sentence])
        played = self.rounds[len(self.answers)]
        tables = "".join(
            f"<p><b>{name}</b></p>{Rows(COLUMNS, tuple(map(tuple, side)))._repr_html_()}"
            for name, side in zip("AB", played.sides)
        )
        return html_paragraphs(["Which of these two tables is real?"]) + tables
