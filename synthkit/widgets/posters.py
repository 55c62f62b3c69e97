"""The picture of a trace as a PNG: what a saved notebook shows where no widget can live.

One function for each kind of view, at most 20 lines, drawn with matplotlib.  The colours, shapes
and dashes are those of the player (``widgets/player/src/roles.js``).
"""

from __future__ import annotations

import difflib
import io
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from synthkit.errors import ParameterError
from synthkit.trace import Mark, Trace, View

# role -> colour, marker, line style, line width
STYLES: dict[str, tuple[str, str, str, float]] = {
    "real": ("#0072B2", "o", "-", 1.8),
    "synthetic": ("#D55E00", "^", "-", 1.8),
    "holdout": ("#56B4E9", "o", "-", 1.8),
    "prediction": ("#CC79A7", "D", "--", 2.6),
    "truth": ("#000000", "+", "-", 1.0),
    "broken": ("#000000", "x", ":", 1.8),
    "healed": ("#009E73", "s", "-", 1.8),
    "noise": ("#8A8A8A", ".", ":", 1.4),
}
OUTLINED = ("truth", "holdout", "prediction")  # bars without a filling
DPI = 100
MOST_COLUMNS = 3
MOST_LETTERS = 42  # of names that stand side by side below a picture; more are turned


def draw_points(axes: Any, mark: Mark) -> None:
    """Draw points; a ring for held-out rows."""
    colour, marker, _, _ = STYLES[mark["role"]]
    hollow = mark["role"] == "holdout"
    x, y = np.array(mark["x"], dtype=float), np.array(mark["y"], dtype=float)
    axes.scatter(
        x, y, s=6 if x.size > 400 else 18, marker=marker, alpha=0.6 if x.size > 400 else 0.85,
        # '+' and 'x' have no face: matplotlib takes their colour from facecolors alone
        facecolors="none" if hollow else colour,
        edgecolors=colour if hollow else None if marker in "+x" else "none",
        label=mark["label"] or None,
    )


def draw_line(axes: Any, mark: Mark) -> None:
    """Draw a line, and its band if it has one."""
    colour, marker, dash, width = STYLES[mark["role"]]
    x, y = np.array(mark["x"], dtype=float), np.array(mark["y"], dtype=float)
    if "low" in mark:
        low, high = (np.array(mark[name], dtype=float) for name in ("low", "high"))
        axes.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0)
    single = {"marker": marker} if x.size == 1 else {}
    axes.plot(x, y, dash, color=colour, linewidth=width, label=mark["label"] or None, **single)


def draw_bars(axes: Any, mark: Mark) -> None:
    """Draw the bars of a histogram, or of named categories."""
    colour, _, dash, _ = STYLES[mark["role"]]
    heights = np.array(mark["heights"], dtype=float)
    style = {
        "color": "none" if mark["role"] in OUTLINED else (colour, 0.4), "edgecolor": colour,
        "linestyle": dash, "label": mark["label"] or None,
        "hatch": "///" if mark["role"] == "broken" else None,
    }
    if isinstance(mark["edges"][0], str):
        axes.bar(np.arange(heights.size) + 0.5, heights, width=0.76, **style)
        names = [_short(name) for name in mark["edges"]]
        axes.set_xticks(np.arange(heights.size) + 0.5, names, **_turned(names))
        return
    edges = np.array(mark["edges"], dtype=float)
    axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge", **style)


def draw_rule(axes: Any, mark: Mark) -> None:
    """Draw a straight line across the picture at one value."""
    colour, _, dash, width = STYLES[mark["role"]]
    across = axes.axvline if mark["axis"] == "x" else axes.axhline
    across(mark["at"], color=colour, linestyle=dash, linewidth=width, label=mark["label"] or None)


def draw_spans(axes: Any, mark: Mark) -> None:
    """Shade stretches of the x axis over the whole height."""
    label = mark["label"]
    for start, end in zip(mark["x"], mark["x_end"]):
        colour = STYLES[mark["role"]][0]
        axes.axvspan(start, end, color=colour, alpha=0.3, linewidth=0, label=label or None)
        label = ""  # the key names them once


def draw_veil(axes: Any, mark: Mark) -> None:
    """Cover what has not happened yet: all beyond the veil's x."""
    axes.axvspan(mark["x"][0], max(mark["x"][0], axes.get_xlim()[1]), color="white", zorder=3)


def draw_grid(axes: Any, mark: Mark, view: View, alpha: float = 1.0) -> Any:
    """Draw a field of colours; signed numbers get a map that is white at zero."""
    values = np.array(mark["values"], dtype=float)
    finite = values[np.isfinite(values)]
    low, high = view.z_range or (
        (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    )
    signed = low < 0 < high
    limit = max(-low, high)
    return axes.imshow(
        values, origin="lower", extent=mark["extent"], aspect="auto", alpha=alpha,
        cmap=_signed_map() if signed else "cividis",
        vmin=-limit if signed else low, vmax=limit if signed else high,
    )


_DRAW: dict[str, Callable[[Any, Mark], None]] = {
    "points": draw_points, "line": draw_line, "bars": draw_bars, "rule": draw_rule,
    "spans": draw_spans,
    "veil": draw_veil,
}


def poster_scatter(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw points over a field."""
    for mark in marks:
        if mark["type"] == "grid":
            draw_grid(axes, mark, view, alpha=0.45)
    poster_marks(axes, view, marks)


def poster_marks(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw a histogram or lines: whatever marks there are, in their order."""
    for mark in marks:
        if mark["type"] in _DRAW:
            _DRAW[mark["type"]](axes, mark)


def poster_heatmap(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw a field of colours with its bar and the names of its rows and columns."""
    for mark in marks:
        if mark["type"] != "grid":
            continue
        image = draw_grid(axes, mark, view)
        axes.figure.colorbar(image, ax=axes, label=view.z_label)
        x0, x1, y0, y1 = mark["extent"]
        for names, low, high, put in (
            (mark.get("x_names"), x0, x1, axes.set_xticks),
            (mark.get("y_names"), y0, y1, axes.set_yticks),
        ):
            if names:
                step = (high - low) / len(names)
                short = [_short(name) for name in names]
                turned = _turned(short) if put == axes.set_xticks else {}
                put([low + (i + 0.5) * step for i in range(len(names))], short, **turned)
    poster_marks(axes, view, marks)


def poster_cards(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw a card for each row; the lit ones stand out, and the last one shows its face."""
    for mark in marks:
        if mark["type"] != "cards":
            continue
        lit = np.array(mark["lit"], dtype=float) > 0
        wide = math.ceil(math.sqrt(2.4 * lit.size))
        x, y = np.arange(lit.size) % wide, -(np.arange(lit.size) // wide)
        axes.plot(x[~lit], y[~lit], "_", color="#d0d0d0", markersize=4)
        colour = STYLES[mark["role"]][0]
        axes.plot(x[lit], y[lit], "s", color=colour, markersize=4, label=mark["label"] or None)
        if mark.get("face"):
            box = {"facecolor": "white", "edgecolor": colour}
            axes.text(0.5, 0.5, mark["face"], transform=axes.transAxes, ha="center", bbox=box)
    axes.set_axis_off()


def poster_plan(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw what is seen from above, a metre as long in both directions: roads, tracks, cars."""
    axes.set_aspect("equal", adjustable="box")
    for mark in (mark for mark in marks if mark["type"] == "strip"):
        axes.plot(mark["x"], mark["y"], "-", color="#e0e0e0", linewidth=9, zorder=0)
    poster_marks(axes, view, marks)
    for mark in (mark for mark in marks if mark["type"] == "car"):
        length, width = mark["size"]
        box = np.array([[-0.2, -0.5], [0.8, -0.5], [0.8, 0.5], [-0.2, 0.5]]) * [length, width]
        for x, y, heading in zip(mark["x"], mark["y"], mark["heading"]):
            turned = box @ [[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]]
            axes.fill(*(turned + np.array([x, y])).T, color=STYLES[mark["role"]][0], zorder=3)


def poster_tablediff(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw the tables side by side, lit cells tinted, and the lines between their rows."""
    tables = [mark for mark in marks if mark["type"] == "table"]
    rows = max((len(table["lit"]) for table in tables), default=0) + 1
    for side, table in enumerate(tables):
        _draw_table(axes, table, 0.56 * side, rows)
    for mark in (mark for mark in marks if mark["type"] == "links"):
        colour, _, dash, width = STYLES[mark["role"]]
        for start, end in zip(mark["from"], mark["to"]):
            heights = [1 - (row + 1.5) / rows for row in (start, end)]
            axes.plot([0.45, 0.55], heights, dash, color=colour, linewidth=width)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()


def poster_ring(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw a ring road from above: cars coloured by speed, triangles where they drive."""
    low, high = view.z_range or (0.0, 1.0)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.sin(turn), np.cos(turn), color="#d8d8d8", linewidth=9)
    for mark in (mark for mark in marks if mark["type"] == "cars"):
        for share, v in zip(mark["position"], mark["speed"]):
            angle = 2 * math.pi * share
            shape = (3, 0, -90 - math.degrees(angle)) if v > high / 4 else (4, 0, 45)
            axes.scatter(math.sin(angle), math.cos(angle), s=70, marker=shape, c=[v],
                         cmap="cividis", vmin=low, vmax=high, edgecolors="k", linewidths=0.5,
                         zorder=3)
    if axes.collections:
        axes.figure.colorbar(axes.collections[0], ax=axes, label=view.z_label, shrink=0.8)
    axes.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
    axes.set_axis_off()


def _draw_table(axes: Any, table: Mark, left: float, rows: int) -> None:
    """Draw one table at ``left``; it has the height of its share of ``rows``."""
    names, lit = table["columns"], np.array(table["lit"], dtype=float)
    lines = np.array(table["cells"]).reshape(-1, len(names)).tolist()
    height = (len(lines) + 1) / rows
    made = axes.table(
        [[_short(cell) for cell in line] for line in lines], colLabels=names,
        bbox=(left, 1 - height, 0.44, height),
    )
    made.auto_set_font_size(False)
    made.set_fontsize(6.5)
    for row, column in zip(*np.nonzero(lit)):
        made[row + 1, column].set_facecolor((*_rgb(STYLES[table["role"]][0]), 0.25))


def poster_graph(axes: Any, view: View, marks: Sequence[Mark]) -> None:
    """Draw who pays whom: quiet arrows and nodes first, then the lit ones with their names."""
    groups = [mark for mark in marks if mark["type"] == "nodes"]
    places = {n: xy for m in groups for n, *xy in zip(m["names"], m["x"], m["y"])}
    for mark in sorted(marks, key=lambda mark: mark["role"] != "noise"):
        colour, marker, dash, _ = STYLES[mark["role"]]
        lit = mark["role"] != "noise"
        if mark["type"] == "arrows":
            look = (2.2, "-") if lit else (0.7, dash)
            style = {"arrowstyle": "-|>", "color": colour, "lw": look[0], "ls": look[1]}
            for start, end in zip(mark["start"], mark["end"]):
                axes.annotate("", places[end], places[start], arrowprops=style)
            axes.plot([], [], dash, color=colour, label=mark["label"] or None)
        elif mark["type"] == "nodes":
            axes.scatter(mark["x"], mark["y"], s=60 if lit else 30, marker=marker, color=colour,
                         label=mark["label"] or None, zorder=3)  # fmt: skip
            for name in mark["names"] if lit else ():
                axes.annotate(name, places[name], (6, 3), textcoords="offset points",
                              weight="bold", zorder=5)  # fmt: skip
    axes.set_axis_off()


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


# kind of view -> its poster; the player has a module for each (widgets/player/src/views/)
POSTERS: dict[str, Callable[[Any, View, Sequence[Mark]], None]] = {
    "scatter": poster_scatter,
    "histogram": poster_marks,
    "lines": poster_marks,
    "heatmap": poster_heatmap,
    "cards": poster_cards,
    "tablediff": poster_tablediff,
    "plan": poster_plan,
    "ring": poster_ring,
    "graph": poster_graph,
}


def check_views(views: Sequence[View]) -> None:
    """Raise a ParameterError if a view is of a kind that the player does not have."""
    for view in views:
        if view.kind not in POSTERS:
            near = difflib.get_close_matches(view.kind, POSTERS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "widgets/player/README.md adds one."
            raise ParameterError(
                f"view {view.id!r}: kind must be one of {', '.join(POSTERS)}; "
                f"got {view.kind!r}. {hint}"
            )


def poster(
    *traces: Trace, frame: int = -1, overlay: Mapping[str, Sequence[Mark]] | None = None
) -> bytes:
    """Return a PNG of one frame of each trace: a row for each run, a column for each view.

    Parameters
    ----------
    traces : Trace
        One, or two that stand below each other to be compared; each with a frame.
    frame : int, default -1
        Which keyframe; -1 is the newest.
    overlay : mapping of view id to marks, optional
        The learner's prediction.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for trace in traces:
        check_views(trace.views)
    most = max(len(trace.views) for trace in traces)
    columns = min(MOST_COLUMNS, most)
    rows = math.ceil(most / columns)  # of each run
    with rc_context({"font.size": 9, "font.family": ["DejaVu Sans"], "text.parse_math": False}):
        figure = Figure(
            figsize=(4.8 * columns, 3.4 * rows * len(traces) + 0.3), dpi=DPI, layout="constrained"
        )
        canvas = FigureCanvasAgg(figure)
        cells = figure.subplots(rows * len(traces), columns, squeeze=False)
        blocks = cells.reshape(len(traces), rows * columns)
        for letter, block, trace in zip("AB" if len(traces) == 2 else [""], blocks, traces):
            shown = trace.frames[frame]
            for axes, view in zip(block, trace.views):
                over = (overlay or {}).get(view.id, ())
                draw_view(axes, view, [*shown.marks.get(view.id, ()), *over], letter)
            for axes in block[len(trace.views):]:
                axes.set_axis_off()
        for column in blocks[:, :most].T:
            _share_limits(column)
        figure.supxlabel(_caption(traces, frame, columns), fontsize=9)
        stream = io.BytesIO()
        canvas.print_figure(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def draw_view(axes: Any, view: View, marks: Sequence[Mark], letter: str = "") -> None:
    """Draw one view: question above, labelled axes, and the key."""
    title = f"{letter}: {view.question}" if letter else view.question
    axes.set_title(textwrap.fill(title, 58), fontsize=9.5, loc="left", fontweight="bold")
    axes.set(xlabel=view.x_label, ylabel=view.y_label, xscale=view.x_scale, yscale=view.y_scale)
    axes.spines[["top", "right"]].set_visible(False)
    for kind, axis in ((view.x_scale, axes.xaxis), (view.y_scale, axes.yaxis)):
        if kind == "log":  # matplotlib writes powers as mathematics, which is switched off here
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter(lambda value, _: "")
    POSTERS[view.kind](axes, view, marks)
    if view.x_range:
        axes.set_xlim(*view.x_range)
    if view.y_range:
        axes.set_ylim(*view.y_range)
    if axes.get_legend_handles_labels()[0]:
        named = any(m["type"] == "bars" and isinstance(m["edges"][0], str) for m in marks)
        # Bars of categories reach from edge to edge: their key finds no free place among them.
        place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if named else {"loc": "best"}
        axes.legend(fontsize=8, facecolor="white", framealpha=0.85, edgecolor="none", **place)


def _share_limits(column: Sequence[Any]) -> None:
    """Give the same view of two runs the same axes: the eye compares like with like."""
    if len(column) < 2:
        return
    for get, put in (("get_xlim", "set_xlim"), ("get_ylim", "set_ylim")):
        limits = np.array([getattr(axes, get)() for axes in column])
        for axes in column:
            getattr(axes, put)(limits[:, 0].min(), limits[:, 1].max())


def _caption(traces: Sequence[Trace], frame: int, columns: int) -> str:
    sentences = [trace.frames[frame].sentence for trace in traces]
    if len(traces) == 2:
        sentences = [f"{letter}: {text}" for letter, text in zip("AB", sentences)]
    return "\n".join(textwrap.fill(text, 70 * columns) for text in sentences if text)


def _turned(names: Sequence[str]) -> dict[str, Any]:
    """Return how names below a picture stand: turned where they would run into each other."""
    long = sum(map(len, names)) > MOST_LETTERS
    return {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if long else {}


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"


def _signed_map() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "signed", ["#004a75", "#0072B2", "#7fb8d8", "#f7f7f7", "#eaae7f", "#D55E00", "#8a3d00"]
    )
