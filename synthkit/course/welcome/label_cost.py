r"""What labels cost: by hand, and by a program whose output somebody must check.

With n elements to label, a price p per element by hand, a program that costs F to build and c per
element, and a share s of its output that people check at the price k per element,

.. math:: H(n) = p\,n, \qquad S(n) = F + (c + s\,k)\,n,

and the program is cheaper beyond

.. math:: n^* = F / (p - c - s\,k),

which is never where p ≤ c + s·k.  The prices are the reader's.  The founding text's '6 $ by hand,
6 ¢ by program' (an estimate by the founder of a service that sold synthetic data, relayed by a
vendor's blog; not checked) leaves out F and s.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from synthkit.course.welcome.widget import WelcomeWidget, html_list, html_paragraphs, script
from synthkit.errors import ParameterError

MOST = 1e12


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The reader's figures; the prices per element start at the founding text's estimate.

    Parameters
    ----------
    elements : float
        How many are to be labelled (n).
    by_hand : float
        Price of one label by hand (p), in any one currency.
    by_program : float
        Running price of one element that the program makes (c).
    building : float
        What the program costs before its first element (F).
    checked : float
        Share of the program's output that people check (s), 0 to 1.
    checking : float
        Price of one check (k).
    """

    elements: float = 10_000.0
    by_hand: float = 6.0
    by_program: float = 0.06
    building: float = 0.0
    checked: float = 0.0
    checking: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value, most = getattr(self, item.name), 1.0 if item.name == "checked" else MOST
            whole = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not whole or not math.isfinite(value) or not 0 <= value <= most:
                raise ParameterError(
                    f"{item.name} must be a number from 0 to {most:g}; got {value!r}. "
                    "Type another one."
                )


LABELS = {
    "elements": "Elements to label",
    "by_hand": "Price of one label by hand",
    "by_program": "Price of one element by program",
    "building": "Price of building the program",
    "checked": "Share of its output that people check (0 to 1)",
    "checking": "Price of one check",
}


def cost_by_hand(prices: Prices) -> float:
    """Return H(n)."""
    return prices.by_hand * prices.elements


def cost_by_program(prices: Prices) -> float:
    """Return S(n)."""
    each = prices.by_program + prices.checked * prices.checking
    return prices.building + each * prices.elements


def break_even(prices: Prices) -> float:
    """Return n*, the number beyond which the program is cheaper; infinite where it never is."""
    saved = prices.by_hand - prices.by_program - prices.checked * prices.checking
    if saved <= 0:
        return math.inf
    return prices.building / saved


def cost_sentences(prices: Prices) -> list[str]:
    """Say what the figures come to."""
    hand, program, n = cost_by_hand(prices), cost_by_program(prices), break_even(prices)
    said = [f"By hand {hand:,.2f}, by program {program:,.2f}."]
    if math.isinf(n):
        said.append("At these prices the program is never cheaper, however many you need.")
    elif n > 0:
        said.append(f"The program is cheaper beyond {math.ceil(n):,} elements.")
    else:
        said.append("With nothing to build, the program is cheaper from the first element.")
    if prices.building == 0 or prices.checked * prices.checking == 0:
        said.append(
            "So far this is the founding text's sum: it leaves out building the program, or "
            "checking what it makes. Put your own figures in."
        )
    return said


class LabelCost(WelcomeWidget):
    """The calculator.

    Parameters
    ----------
    prices : Prices, optional
        What it starts with.
    on_change : callable (dict of figures), optional
        Called with each figure that the reader types in.
    """

    _esm = script("cost")

    def __init__(
        self,
        prices: Prices | None = None,
        on_change: Callable[[Mapping[str, float]], None] | None = None,
    ) -> None:
        self.prices = prices or Prices()
        self._on_change = on_change
        limits = {"checked": 1.0}
        made = [
            {"name": name, "label": label, "low": 0, "high": limits.get(name, MOST)}
            for name, label in LABELS.items()
        ]
        spec = {"title": "What do the labels cost?", "fields": made}
        super().__init__(spec, self._shown(cost_sentences(self.prices)))

    def change(self, **figures: float) -> LabelCost:
        """Set some figures, as the reader does on the page."""
        self.prices = Prices(**{**asdict(self.prices), **figures})
        self.state = self._shown(cost_sentences(self.prices))
        if self._on_change is not None:
            self._on_change(asdict(self.prices))
        return self

    def _act(self, content: dict[str, Any]) -> None:
        sent = content.get("inputs")
        if content.get("do") != "cost" or not isinstance(sent, dict):
            return
        try:
            self.change(**{name: sent[name] for name in LABELS if name in sent})
        except ParameterError as error:  # a half-typed number is no fault of the lesson
            self.state = self._shown([str(error)])

    def _shown(self, sentences: list[str]) -> dict[str, Any]:
        sums = {"by hand": cost_by_hand(self.prices), "by program": cost_by_program(self.prices)}
        most = max(*sums.values(), 1e-9)
        roles = {"by hand": "real", "by program": "synthetic"}
        bars = [
            {"label": name, "share": value / most, "text": f"{value:,.2f}", "role": roles[name]}
            for name, value in sums.items()
        ]
        return {"inputs": asdict(self.prices), "bars": bars, "sentences": sentences}

    def as_text(self) -> str:
        """Return figures and sums as text."""
        rows = [f"{LABELS[name]}: {value:,g}" for name, value in asdict(self.prices).items()]
        return "\n".join([*rows, *cost_sentences(self.prices)])

    def as_html(self) -> str:
        """Return figures and sums as HTML."""
        rows = [f"{LABELS[name]}: {value:,g}" for name, value in asdict(self.prices).items()]
        return html_list(rows) + html_paragraphs(cost_sentences(self.prices))
