"""The scorecard as one matplotlib picture: is each figure where fresh real rows are?"""

from __future__ import annotations

from typing import Any

import numpy as np

from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.card import Scorecard
from synthkit.measure.report import COLOURS, OTHER_ANCHOR

SHAPES = {FRESH: "o", BOOTSTRAP: "s", SHUFFLE: "x"}
OTHER_SHAPE = "d"
ROW_INCHES = 0.32


def draw_card(card: Scorecard) -> Any:
    """Return a matplotlib Figure: one line for each measure, clipped to 0 … 1."""
    from matplotlib.figure import Figure

    lines = _lines(card)
    figure = Figure(figsize=(8.5, 1.4 + ROW_INCHES * len(lines)), layout="constrained")
    axes = figure.subplots()
    for y, (_, interval, band, anchors, found) in enumerate(lines):
        if np.isfinite(band[0]):
            axes.plot(np.clip(band, 0, 1), [y, y], color="#bbbbbb", linewidth=8, alpha=0.6)
        for name, value in anchors.items():
            colour = COLOURS.get(name, OTHER_ANCHOR)
            inside = "none" if name == FRESH else colour  # held-out real rows are rings
            axes.plot(
                np.clip(value, 0, 1),
                y,
                marker=SHAPES.get(name, OTHER_SHAPE),
                color=colour,
                markerfacecolor=inside,
                linestyle="none",
                markersize=7,
            )
        value, low, high = np.clip([interval.value, interval.low, interval.high], 0, 1)
        if np.isfinite(low):
            axes.plot([low, high], [y, y], color=COLOURS["synthetic"], linewidth=2)
        axes.plot(value, y, "^", color=COLOURS["synthetic"], markersize=9)
        if found:
            axes.axhspan(y - 0.45, y + 0.45, facecolor="none", edgecolor="#999999", hatch="///")
    _dress(axes, card, [line[0] for line in lines])
    return figure


def _lines(card: Scorecard) -> list[Any]:
    """Label, interval, noise band, anchors, and whether the verdict speaks of it."""
    named = {finding.figure for finding in card.verdict.findings}
    lines = [
        (f.title, f.interval, f.band, f.anchors, f.name in named)
        for f in card.figures
        if np.isfinite(f.value)
    ]
    nothing = (float("nan"), float("nan"))
    return lines + [
        (a.title, a.figure, nothing, card.attack_anchors.get(a.name, {}), a.name in named)
        for a in card.attacks
        if a.figure is not None
    ]


def _dress(axes: Any, card: Scorecard, labels: list[str]) -> None:
    from matplotlib.lines import Line2D

    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("figure (values below 0 or above 1 are drawn at the edge)")
    axes.set_title(
        f"Is the synthetic table where fresh real rows are?   Verdict: {card.verdict.label}",
        loc="left",
        fontsize=10,
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    handles = [Line2D([], [], marker="^", color=COLOURS["synthetic"], label="synthetic")]
    handles += [
        Line2D([], [], marker=SHAPES[n], color=COLOURS[n], linestyle="none", label=n)
        for n in (FRESH, BOOTSTRAP, SHUFFLE)
    ]
    handles.append(Line2D([], [], color="#bbbbbb", linewidth=8, label="noise band"))
    axes.legend(handles=handles, fontsize=8, ncols=5, loc="upper left", bbox_to_anchor=(-0.4, -0.1))
