"""The scorecard as a table, as a notebook view, and as one self-contained page.

Every text that comes from a table (column names, group names) is escaped: a column called
``<img src=x>`` stays text.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from synthkit.measure.anchors import BOOTSTRAP, FRESH, SHUFFLE
from synthkit.measure.card import Scorecard
from synthkit.measure.figures import Figure
from synthkit.measure.verdict import NOT_CLAIMED, alpha_of

# Okabe–Ito colours as in every picture of the kit; each mark also has its own shape.
COLOURS = {"synthetic": "#D55E00", FRESH: "#56B4E9", BOOTSTRAP: "#0072B2", SHUFFLE: "#000000"}
OTHER_ANCHOR = "#CC79A7"
LABEL_COLOURS = {
    "good": "#00664b",
    "usable": "#00507d",
    "poor": "#8a3d00",
    "leaks": "#8f1d1d",
    "copies": "#8f1d1d",
    "not assessable": "#4a4a4a",
}
MARKS = {FRESH: "○", BOOTSTRAP: "■", SHUFFLE: "✕"}

STYLE = """
.sk-card{font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.45;
color:var(--jp-ui-font-color1,#1a1a1a);max-width:64rem}
.sk-card table{border-collapse:collapse;font-size:.85rem;width:100%;table-layout:auto}
.sk-card .wide th,.sk-card .wide td{text-align:left;padding:.2rem .5rem;vertical-align:top;
border-bottom:1px solid var(--jp-border-color2,#ccc)}
.sk-card .wide td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.sk-card .label{display:inline-block;padding:.1rem .6rem;border-radius:.3rem;color:#fff;
font-weight:600}
.sk-card .wide{overflow-x:auto}
.sk-card ul{padding-left:1.2rem;overflow-wrap:anywhere}
.sk-card .wide th,.sk-card .wide td{min-width:4.5rem}
.sk-card .wide th[scope=row]{min-width:min(12rem,40vw)}
.sk-card th small{font-weight:400}
.sk-card small{overflow-wrap:anywhere;color:var(--jp-ui-font-color2,#555)}
"""


# --- table ------------------------------------------------------------------------------------


def card_table(card: Scorecard) -> pd.DataFrame:
    """Return one line for each figure and attack: value, interval, noise band, anchors.

    ``seeds_low`` and ``seeds_high`` are there where a technique was fitted with several seeds.
    """
    anchors = anchor_names(card)
    rows = []
    for f in card.figures:
        row = {
            "part": f.part,
            "figure": f.name,
            "value": f.value,
            "low": f.interval.low,
            "high": f.interval.high,
            "noise_low": f.band[0],
            "noise_high": f.band[1],
            "seeds_low": f.seeds[0],
            "seeds_high": f.seeds[1],
        }
        rows.append({**row, **{name: f.anchors.get(name, np.nan) for name in anchors}})
    for attack in card.attacks:
        beside = card.attack_anchors.get(attack.name, {})
        figure = attack.figure
        row = {
            "part": "privacy",
            "figure": attack.name,
            "value": figure.value if figure else np.nan,
            "low": figure.low if figure else np.nan,
            "high": figure.high if figure else np.nan,
            "noise_low": np.nan,
            "noise_high": np.nan,
        }
        rows.append({**row, **{name: beside.get(name, np.nan) for name in anchors}})
    table = pd.DataFrame(rows).round(4)
    return table if has_seeds(card) else table.drop(columns=["seeds_low", "seeds_high"])


def has_seeds(card: Scorecard) -> bool:
    """Tell whether the technique was fitted with several seeds."""
    return any(np.isfinite(f.seeds[0]) for f in card.figures)


def anchor_names(card: Scorecard) -> list[str]:
    """Return the anchors' names, in the order in which they were given."""
    names: dict[str, None] = {}
    for figure in card.figures:
        names.update(dict.fromkeys(figure.anchors))
    return list(names)


# --- HTML -------------------------------------------------------------------------------------


def card_fragment(card: Scorecard) -> str:
    """Return the card for a notebook: no script, nothing loaded, text escaped."""
    parts = [
        f"<style>{STYLE}</style>",
        '<div class="sk-card">',
        _verdict(card),
        *[_figures(card, part) for part in ("fidelity", "utility")],
        _attacks(card),
        _not_claimed(),
        _about(card),
        "</div>",
    ]
    return "\n".join(part for part in parts if part)


def card_page(card: Scorecard) -> str:
    """Return one HTML page with the picture inside; it loads nothing and holds no row."""
    picture = f'<div class="sk-card"><h2>Picture</h2>{_picture(card)}</div>'
    title = f"Scorecard of a synthetic table: {card.verdict.label}"
    return _page(title, card_fragment(card) + picture)


def ranking_page(
    cards: Mapping[str, Scorecard],
    ranking: pd.DataFrame | None,
    sentences: Sequence[str] = (),
    picture: str = "",
) -> str:
    """Return one page with every card, and the ranking where there are several.

    ``picture`` is HTML that stands between the two.
    """
    if ranking is None:
        return card_page(next(iter(cards.values())))
    head = [str(name) for name in ranking.columns]
    rows = [[_cell_text(value) for value in line] for line in ranking.itertuples(index=False)]
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    said = f"<ul>{said}</ul>" if said else ""
    parts = [f'<div class="sk-card"><h2>Ranking</h2>{said}{html_table(head, rows)}</div>']
    parts.append(picture)
    for name, card in cards.items():
        parts.append(f"<h2>{escape(name)}</h2>{card_fragment(card)}{_picture(card)}")
    return _page("Scorecards of synthetic tables", "".join(parts))


def linked_page(cards: Mapping[str, Scorecard], links: pd.DataFrame, reasons: Sequence[str]) -> str:
    """Return one page for tables that belong together: the links, then each table's card."""
    head = [str(name) for name in links.columns]
    rows = [[_cell_text(value) for value in line] for line in links.itertuples(index=False)]
    said = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    parts = [f'<div class="sk-card"><h2>Links</h2>{html_table(head, rows)}<ul>{said}</ul></div>']
    for name, card in cards.items():
        parts.append(f"<h2>{escape(name)}</h2>{card_fragment(card)}{_picture(card)}")
    return _page("Scorecard of linked synthetic tables", "".join(parts))


def _cell_text(value: object) -> str:
    return number(float(value)) if isinstance(value, float) else str(value)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        "<style>body{margin:2rem auto;max-width:66rem;padding:0 1rem;background:#fff;"
        "font-family:system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1.5rem}</style>"
        f"</head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _verdict(card: Scorecard) -> str:
    label = card.verdict.label
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in card.verdict.reasons)
    return (
        f'<p><span class="label" style="background:{LABEL_COLOURS[label]}">{escape(label)}'
        f"</span></p><ul>{reasons}</ul>"
    )


def _figures(card: Scorecard, part: str) -> str:
    chosen = [figure for figure in card.figures if figure.part == part]
    if not chosen:
        return ""
    anchors = anchor_names(card)
    seeds = ["over seeds"] if has_seeds(card) else []
    head = ["figure", "value", "95 % interval", *seeds, "noise band", *anchors]
    rows = [_figure_row(figure, anchors, bool(seeds)) for figure in chosen]
    return f"<h3>{part.capitalize()}</h3>{html_table(head, rows)}"


def _figure_row(f: Figure, anchors: Sequence[str], seeds: bool) -> list[str]:
    return [
        with_note(f.title, f.note),
        number(f.value),
        span(f.interval.low, f.interval.high),
        *([span(*f.seeds)] if seeds else []),
        span(*f.band),
        *[number(f.anchors.get(name, float("nan"))) for name in anchors],
    ]


def _attacks(card: Scorecard) -> str:
    anchors = [n for n in anchor_names(card) if any(n in v for v in card.attack_anchors.values())]
    alpha = alpha_of(card.attacks)
    head = ["attack", "leak found", "figure", "95 % interval", "p", "smallest detectable",
            "right on members / controls", "members / controls", *anchors]  # fmt: skip
    rows = []
    for attack in card.attacks:
        beside = card.attack_anchors.get(attack.name, {})
        f = attack.figure
        rates = [r.value for r in (attack.success, attack.control) if r is not None]
        rows.append(
            [
                with_note(attack.title, attack.note),
                "not assessable" if f is None else "yes" if attack.found(alpha) else "no",
                "" if f is None else number(f.value),
                "" if f is None else span(f.low, f.high),
                "" if f is None else f"{attack.p_value:.1g}",
                number(attack.detectable),
                " / ".join(f"{rate:.1%}" for rate in rates),
                f"{attack.members:,} / {attack.controls:,}" if f else "",
                *[number(beside.get(name, float("nan"))) for name in anchors],
            ]
        )
    exposed = ""
    if card.row_risk is not None:
        count, tested = int(card.row_risk["exposed"].sum()), len(card.row_risk)
        chance = tested / (card.row_risk.attrs["controls"] + 1)
        exposed = (
            f"<p>{count:,} of {tested:,} tested real rows lie closer to a synthetic row than every "
            f"held-out row does (chance: about {chance:.1f}). <code>card.row_risk</code> says "
            "which rows; no report holds them.</p>"
        )
    explained = (
        "A figure is an area under the curve for membership (0.5 is no leak), else an excess risk "
        f"(0 is none). One test each at level {alpha:.4f}; all together raise a false alarm in at "
        "most one of twenty clean tables."
    )
    return (
        "<h3>Privacy: the attacks that were run</h3>"
        f"<p><small>{explained}</small></p>{html_table(head, rows)}{exposed}"
    )


def _not_claimed() -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in NOT_CLAIMED)
    return f"<h3>Not claimed</h3><ul>{lines}</ul>"


def _about(card: Scorecard) -> str:
    about = card.about
    rows = ", ".join(f"{name} {count:,}" for name, count in about["rows"].items())
    notes = [
        f"rows: {rows}; {about['columns']} columns compared",
        f"mode {about['mode']}, seed {about['seed']}; classifiers and distances on at most "
        f"{about['max_rows']:,} rows of each table; {about['seconds']} s",
        *_intervals_explained(card),
        *([f"identifiers left out: {', '.join(about['left_out'])}"] if about["left_out"] else []),
        *about["notes"],
    ]
    return f"<p><small>{'<br>'.join(escape(note) for note in notes)}</small></p>"


def _intervals_explained(card: Scorecard) -> list[str]:
    """Say what the intervals cover, and what they don't."""
    lines = [
        "95 % interval: other synthetic rows of this one table's maker (jackknife or counts), or "
        "other test rows (utility); noise band: fresh real rows in place of the synthetic ones"
    ]
    fits = card.about.get("seeds", 1)
    if has_seeds(card):
        lines.append(
            f"over seeds: where one more fit with another seed would fall, from {fits} fits and "
            "their samples on the same rows (Student's t)"
        )
    else:
        lines.append("one table was judged: nothing here says how much another fit would differ")
    return lines


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table that scrolls where it is too wide; every text is escaped.

    What follows a line break in a row's first cell stands below it, smaller.
    """
    top = "".join(f'<th scope="col">{escape(_marked(name))}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(_cell(text, first=i == 0) for i, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def with_note(title: str, note: str) -> str:
    """Return the first cell of a row for ``html_table``."""
    return f"{title}\n{note}" if note else title


def _marked(name: str) -> str:
    return f"{MARKS[name]} {name}" if name in MARKS else name


def _cell(text: str, *, first: bool) -> str:
    if first:
        title, _, note = text.partition("\n")
        below = f"<br><small>{escape(note)}</small>" if note else ""
        return f'<th scope="row">{escape(title)}{below}</th>'
    numeric = ' class="n"' if text[:1] in "0123456789-+[" and len(text) < 24 else ""
    return f"<td{numeric}>{escape(text)}</td>"


def _picture(card: Scorecard) -> str:
    import matplotlib.pyplot as plt

    from synthkit.measure.picture import draw_card

    figure = draw_card(card)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    plt.close(figure)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<img style="max-width:100%" alt="{escape(card.verdict.label)}: every figure beside its '
        f'anchors; the same numbers stand in the tables above" src="data:image/png;base64,{data}">'
    )


def number(value: float) -> str:
    """Return three decimals, or nothing for NaN."""
    return f"{value:.3f}" if np.isfinite(value) else ""


def span(low: float, high: float) -> str:
    """Return an interval in brackets, or nothing where it has no ends."""
    return f"[{low:.3f}, {high:.3f}]" if np.isfinite(low) and np.isfinite(high) else ""
