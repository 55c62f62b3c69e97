r"""Utility against attack success: every synthetic table is one point, with intervals.

*Utility* is the score of a model that learned from the synthetic rows and is tested on held-out
real ones.  Without a column to predict it is how often a classifier is fooled, from its area A:

$$u = 2\,(1 - A), \qquad \text{1 as fresh rows, 0 told apart always} \tag{1}$$

*Attack success* is the advantage of the strongest attack over the same attack on held-out people:
an excess risk as it is, an area as

$$a = 2A - 1 \tag{2}$$

Strongest is the attack with the highest lower limit among those that found a leak (at the level
of the verdict, which allows for the number of attacks); among all, where none did.

*No better than a copy.*  Anybody can publish a share s of the real rows as they are and shuffle
the columns of the others.  Attacks then succeed on that share alone, and the utility is about as
much of the way from the shuffle's to the copy's:

$$(u, a)(s) = (1 - s)\,(u, a)_\text{shuffle} + s\,(u, a)_\text{copy} \tag{3}$$

A point above that line buys its utility at the price of copying, or dearer; one that leaks has to
lie below it with its whole interval.

Symbols: A area under the ROC curve, u utility, a attack success, s share of real rows.

When it fails: the strongest attack *that was run* is a lower bound of what a better one would do;
and where a copy is no more useful than a shuffle, the line says nothing about utility.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.attack import Attack
from synthkit.measure.card import Scorecard
from synthkit.measure.intervals import Interval
from synthkit.measure.verdict import SINGLE_VALUES, alpha_of

Kind = Literal["technique", "anchor"]
WORST = 3  # columns that a point names
NOTHING = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Point:
    """One synthetic table between utility and attack success.

    Attributes
    ----------
    name : str
    kind : 'technique' or 'anchor'
    verdict : str
        The scorecard's word.
    utility, attack : Interval
        NaN where it could not be assessed.
    utility_title, attack_title : str
        What was measured, and which attack it is.
    worst : tuple of (column, score)
        The three columns whose distribution is furthest off: 1 is exact.
    rows : int
        Synthetic rows.
    found : bool
        Whether that attack found a leak at the level of the verdict.
    """

    name: str
    kind: Kind
    verdict: str
    utility: Interval
    attack: Interval
    utility_title: str
    attack_title: str
    worst: tuple[tuple[str, float], ...]
    rows: int
    found: bool

    @property
    def known(self) -> bool:
        """Whether both could be assessed, so that the point can be drawn."""
        return bool(np.isfinite(self.utility.value) and np.isfinite(self.attack.value))


def point_of(name: str, card: Scorecard, kind: Kind = "technique") -> Point:
    """Return a scorecard as a point; fresh rows have the utility of as many rows as were learned.

    There are too few held-out rows to learn from: what a model learns from the real table, tested
    on the same rows, is what fresh rows would give.
    """
    utility, utility_title = _utility(card)
    if name == FRESH and "tstr" in {figure.name for figure in card.figures}:
        figure = card["tstr"]
        utility = Interval(figure.anchors[FRESH], *figure.band)
    attack, attack_title, found = _strongest_attack(card.attacks)
    shapes = card.details["shapes"]
    worst = shapes.sort_values("score", kind="stable").head(WORST) if len(shapes) else shapes
    columns = [(str(name), float(score)) for name, score in zip(worst["column"], worst["score"])]
    return Point(
        name, kind, card.verdict.label, utility, attack, utility_title, attack_title,
        tuple(columns), int(card.about["rows"]["synthetic"]), found,
    )  # fmt: skip


def points_of(
    cards: Mapping[str, Scorecard], anchors: Mapping[str, Scorecard]
) -> tuple[Point, ...]:
    """Return every table as a point, the anchors last."""
    own = [point_of(name, card) for name, card in cards.items()]
    return (*own, *(point_of(name, card, "anchor") for name, card in anchors.items()))


def _utility(card: Scorecard) -> tuple[Interval, str]:
    figures = {figure.name: figure for figure in card.figures}
    if "tstr" in figures:
        return figures["tstr"].interval, figures["tstr"].title
    title = "Share of rows for which a classifier is fooled (1: as fresh real rows)"
    area = figures["c2st_auc"].interval if "c2st_auc" in figures else NOTHING
    fooled = [min(2 * (1 - a), 1.0) for a in (area.value, area.high, area.low)]  # Eq. 1
    return Interval(*fooled), title


def advantage(attack: Attack) -> Interval:
    """Return an attack's success beyond that on held-out people: 0 none, 1 everybody."""
    if attack.figure is None:
        return NOTHING
    f = attack.figure
    if attack.baseline == 0.5:
        return Interval(2 * f.value - 1, 2 * f.low - 1, 2 * f.high - 1)  # Eq. 2
    return Interval(float(f.value), float(f.low), float(f.high))


def _strongest_attack(attacks: Sequence[Attack]) -> tuple[Interval, str, bool]:
    """Return the attack that proves most; one that finds single values finds no person."""
    ran = [a for a in attacks if a.assessable and a.name not in SINGLE_VALUES]
    if not ran:
        return NOTHING, "no attack could be assessed", False
    leaks = [a for a in ran if a.found(alpha_of(attacks))]
    strongest = max(leaks or ran, key=lambda attack: advantage(attack).low)
    return advantage(strongest), strongest.title, bool(leaks)


# --- no better than a copy --------------------------------------------------------------------


@dataclass(frozen=True)
class CopyLine:
    """Eq. 3: from the shuffled table to the copied one.

    Attributes
    ----------
    utility, attack : tuple of float
        At the shuffle and at the copy.
    """

    utility: tuple[float, float]
    attack: tuple[float, float]

    def at(self, utility: float) -> float:
        """Return the attack success at which this utility can be had by copying a share."""
        low, high = self.utility
        if high <= low:  # a copy is no more useful: only what it gives away counts
            return self.attack[1]
        share = float(np.clip((utility - low) / (high - low), 0.0, 1.0))
        return self.attack[0] + share * (self.attack[1] - self.attack[0])  # Eq. 3


def copy_line(points: Sequence[Point]) -> CopyLine | None:
    """Return the line between shuffle and copy; None where one of them is unknown."""
    named = {point.name: point for point in points if point.known}
    if SHUFFLE not in named or BOOTSTRAP not in named:
        return None
    ends = named[SHUFFLE], named[BOOTSTRAP]
    attack = [max(0.0, end.attack.value) if end.found else 0.0 for end in ends]
    return CopyLine((ends[0].utility.value, ends[1].utility.value), (attack[0], attack[1]))


def no_better_than_a_copy(point: Point, line: CopyLine | None) -> bool:
    """Tell whether a leak was found, and the intervals don't put the point below the line.

    A table in which the verdict found copies is none, whatever the share of them.
    """
    if line is None or not point.known or not point.found:
        return False
    return point.verdict == "copies" or point.attack.high >= line.at(point.utility.value)


# --- in words ---------------------------------------------------------------------------------


def sentence(point: Point, points: Sequence[Point]) -> str:
    """Say one plain sentence about a point, from its measured figures."""
    fresh = next((p for p in points if p.name == FRESH and p.known), None)
    if not point.known:
        return f"{point.name} ({point.verdict}) can't be drawn: {point.attack_title}."
    beside = f", fresh real rows {fresh.utility.value:.2f}" if fresh and fresh != point else ""
    text = f"{point.name} ({point.verdict}) has utility {point.utility.value:.2f}{beside}; "
    if point.found:
        text += (
            f"its strongest attack ({point.attack_title}) succeeds {point.attack.value:.0%} beyond "
            "what it does on held-out people"
        )
    else:
        text += "no attack that was run finds more than on held-out people"
    if no_better_than_a_copy(point, copy_line(points)):
        text += "; as much can be had by publishing some real rows and shuffling the rest"
    return text + "."


def why_not(points: Sequence[Point], first: str) -> list[str]:
    """Say which techniques another one beats in both ways, and which are no better than a copy.

    Parameters
    ----------
    first : str
        The technique that comes first; it is not said to be beaten.
    """
    line = copy_line(points)
    own = [p for p in points if p.kind == "technique" and p.known]
    said = []
    copies = [p.name for p in own if no_better_than_a_copy(p, line)]
    if copies:
        said.append(
            f"no better than a copy: {', '.join(copies)}. Publishing some real rows and shuffling "
            "the columns of the others would be as useful, and give away no more."
        )
    honest = [p for p in own if p.name not in copies]
    for point in own:
        better = [p for p in honest if p != point and _beats(p, point)]
        if better and point.name != first:
            best = max(better, key=lambda p: p.utility.value)
            said.append(
                f"{best.name} is more useful than {point.name} ({best.utility.value:.2f} against "
                f"{point.utility.value:.2f}, intervals apart) and attacked with no more success "
                f"({best.attack.value:.1%} against {point.attack.value:.1%})."
            )
    return said


def _beats(one: Point, other: Point) -> bool:
    """Tell whether one is more useful beyond the intervals, and not attacked with more success."""
    return one.utility.low > other.utility.high and one.attack.value <= other.attack.value
