"""The plot of utility against attack success, for reports: one matplotlib figure and one table.

``layout`` says where everything stands, in fractions of the plot; the widget draws the same.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.report import COLOURS, html_table, number, span
from synthkit.measure.trade_off import (
    CopyLine,
    Point,
    copy_line,
    no_better_than_a_copy,
    sentence,
)

SHAPES = {FRESH: "ring", BOOTSTRAP: "square", SHUFFLE: "cross"}
MARKERS = {"ring": "o", "square": "s", "cross": "x", "diamond": "D", "triangle": "^"}
OTHER_ANCHOR = "#009E73"
QUESTION = "How useful is each table, and how often do attacks succeed?"
SHADED = "no better than a copy"
APART = 0.075  # between two labels, as a share of the plot's height
LABELS_X = 1.02  # where labels begin, as a share of the plot's width
LEAST_ATTACK = 0.25  # the axis goes up at least so far


def layout(points: Sequence[Point]) -> dict[str, Any]:
    """Return the picture as plain values: axes, shaded corner, and a mark for each known point."""
    drawn = [point for point in points if point.known]
    x_range, y_range = _ranges(drawn)
    line = copy_line(points)
    marks = [_mark(point, points, line) for point in drawn]
    xs = [_share(point.utility.value, x_range) for point in drawn]
    ys = [_share(point.attack.value, y_range) for point in drawn]
    for mark, place in zip(marks, label_places(xs, ys)):
        mark["label_at"] = round(place, 4)
    return {
        "question": QUESTION,
        "x_label": drawn[0].utility_title if drawn else "utility",
        "y_label": "Strongest attack: success beyond chance",
        "x_range": x_range,
        "y_range": y_range,
        "corner": [] if line is None else _corner(line, x_range, y_range),
        "marks": marks,
        "missing": [sentence(point, points) for point in points if not point.known],
    }


def _mark(point: Point, points: Sequence[Point], line: CopyLine | None) -> dict[str, Any]:
    anchor = point.kind == "anchor"
    return {
        "name": point.name,
        "kind": point.kind,
        "verdict": point.verdict,
        "shape": SHAPES.get(point.name, "diamond") if anchor else "triangle",
        "colour": COLOURS.get(point.name, OTHER_ANCHOR) if anchor else COLOURS["synthetic"],
        "x": _plain(point.utility),
        "y": _plain(point.attack),
        "attack": point.attack_title,
        "worst": [[name, round(score, 3)] for name, score in point.worst],
        "sentence": sentence(point, points),
        "copy": no_better_than_a_copy(point, line),
        "rows": point.rows,
        "found": point.found,
    }


def _plain(interval: Any) -> list[float | None]:
    values = (interval.value, interval.low, interval.high)
    return [round(float(v), 4) if np.isfinite(v) else None for v in values]


def _ranges(drawn: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Return axes that hold every point and its interval, with a little air."""
    if not drawn:
        return [0.0, 1.0], [-0.1, 1.0]
    xs = [v for p in drawn for v in (p.utility.value, p.utility.low, p.utility.high)]
    ys = [v for p in drawn for v in (p.attack.value, p.attack.high)]
    low, high = float(np.nanmin(xs)), float(np.nanmax(xs))
    air = 0.06 * max(high - low, 0.05)
    top = max(LEAST_ATTACK, float(np.nanmax(ys))) * 1.06
    bottom = min(-0.08 * top, float(np.nanmin([p.attack.value for p in drawn])) - 0.04 * top)
    return [round(low - air, 4), round(high + air, 4)], [round(bottom, 4), round(top, 4)]


def _corner(line: CopyLine, x_range: list[float], y_range: list[float]) -> list[list[float]]:
    """Return the shaded corner as a polygon: above the line from the shuffle to the copy."""
    knots = sorted({x_range[0], *(u for u in line.utility if x_range[0] < u < x_range[1])})
    right = max(line.utility) if line.utility[1] > line.utility[0] else x_range[1]
    edge = [[x, line.at(x)] for x in knots if x <= right]
    return [[x_range[0], y_range[1]], *edge, [edge[-1][0], y_range[1]]]


def _share(value: float, limits: Sequence[float]) -> float:
    return float((value - limits[0]) / (limits[1] - limits[0]))


def label_places(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """Return the height of each point's label at the right, such that no two lines to them cross.

    Of all ways to give n points n places, the one whose lines are shortest in total has no
    crossing: two lines that cross are longer together than the two that change their ends, by the
    triangle inequality.  ``linear_sum_assignment`` finds it (Crouse 2016,
    10.1109/TAES.2016.140952).
    """
    places = np.array(spread(ys))
    lengths = np.hypot(LABELS_X - np.asarray(xs)[:, None], np.asarray(ys)[:, None] - places)
    return [float(place) for place in places[linear_sum_assignment(lengths)[1]]]


def spread(places: Sequence[float], apart: float = APART) -> list[float]:
    """Move places within 0 … 1 as far apart as labels need, and keep their order.

    Where they can't all be so far apart, they stand evenly.
    """
    order = np.argsort(places, kind="stable")
    n = len(order)
    if n * apart > 1:
        apart = 1.0 / n
    out = np.zeros(n)
    floor = apart / 2
    for k in order:  # upwards: each at least one label above the one before
        out[k] = max(places[k], floor)
        floor = out[k] + apart
    ceiling = 1 - apart / 2
    for k in order[::-1]:  # and down again from the top
        out[k] = min(out[k], ceiling)
        ceiling = out[k] - apart
    return [float(v) for v in out]


# --- matplotlib -------------------------------------------------------------------------------


def draw_trade_off(points: Sequence[Point]) -> Any:
    """Return a matplotlib Figure: every table a point, the labels at the right."""
    from matplotlib.figure import Figure

    plan = layout(points)
    figure = Figure(figsize=(8.5, max(4.2, 0.32 * len(plan["marks"]))), layout="constrained")
    axes = figure.subplots()
    if plan["corner"]:
        axes.fill(*zip(*plan["corner"]), facecolor="#dddddd", edgecolor="#aaaaaa", hatch="//", lw=0)
        axes.text(0.01, 0.98, SHADED, transform=axes.transAxes, va="top", fontsize=9,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    for mark in plan["marks"]:
        _draw_mark(axes, mark, plan)
    axes.set_xlim(plan["x_range"])
    axes.set_ylim(plan["y_range"])
    axes.set_xlabel(plan["x_label"], fontsize=9)
    axes.set_ylabel(plan["y_label"], fontsize=9)
    axes.set_title(plan["question"], loc="left", fontsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _draw_mark(axes: Any, mark: dict[str, Any], plan: dict[str, Any]) -> None:
    """Draw one point, its two intervals, and a line to its label at the right."""
    (x, left, right), (y, low, high) = mark["x"], mark["y"]
    colour = mark["colour"]
    if left is not None:
        axes.plot([left, right], [y, y], color=colour, linewidth=1.2, alpha=0.7)
    if low is not None:
        axes.plot([x, x], [low, high], color=colour, linewidth=1.2, alpha=0.7)
    inside = "white" if mark["shape"] == "ring" else colour
    axes.plot(x, y, marker=MARKERS[mark["shape"]], color=colour, markerfacecolor=inside,
              markersize=9, linestyle="none", zorder=3)  # fmt: skip
    axes.annotate(
        f"{mark['name']}: {mark['verdict']}" if mark["kind"] == "technique" else mark["name"],
        xy=(x, y),
        xytext=(LABELS_X, mark["label_at"]),
        textcoords="axes fraction",
        va="center",
        fontsize=9,
        arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6},
        annotation_clip=False,
    )


def png(points: Sequence[Point]) -> bytes:
    """Return the picture as a PNG file."""
    buffer = io.BytesIO()
    draw_trade_off(points).savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def fragment(points: Sequence[Point]) -> str:
    """Return picture and table for an HTML page: nothing is loaded, no row is held."""
    data = base64.b64encode(png(points)).decode("ascii")
    sentences = [escape(sentence(point, points)) for point in points]
    listed = "".join(f"<li>{said}</li>" for said in sentences)
    head = ["table", "verdict", "utility", "95 % interval", "attack success", "95 % interval",
            "strongest attack", "worst columns", ""]  # fmt: skip
    line = copy_line(points)
    rows = [
        [
            p.name,
            p.verdict if p.kind == "technique" else "anchor",
            number(p.utility.value),
            span(p.utility.low, p.utility.high),
            number(p.attack.value),
            span(p.attack.low, p.attack.high),
            p.attack_title,
            ", ".join(f"{name} {score:.2f}" for name, score in p.worst),
            SHADED if no_better_than_a_copy(p, line) else "",
        ]
        for p in points
    ]
    return (
        f'<div class="sk-card"><h2>{escape(QUESTION)}</h2>'
        f'<img style="max-width:100%" alt="{" ".join(sentences)}" '
        f'src="data:image/png;base64,{data}">'
        f"{html_table(head, rows)}<ul>{listed}</ul></div>"
    )
