"""Keep what the benchmarks measured, and write it as a page: ``benchmarks/RESULTS.md``.

``results.json`` holds one record an area: when, how long, on which machine, with which versions,
and its figures or the error that it met.  A run of one area replaces that record alone; the page is
always written from all of them, and it says what is missing.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
STORE = FOLDER / "results.json"
PAGE = FOLDER / "RESULTS.md"
README = FOLDER.parent / "README.md"
#: The lines of the README that are written here.
BLOCK = re.compile(r"(<!-- bench -->\n).*?(<!-- end of bench -->)", re.DOTALL)
MOST_SHOWN = 5
OURS = ("synthkit-lab", "numpy", "scipy", "pandas", "scikit-learn", "torch")
HEADINGS = ("what", "ours", "peer", "ratio", "target", "")

Record = dict[str, Any]


# --- a figure in words --------------------------------------------------------------------------


def line(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of one figure."""
    target = str(row.get("target") or "")
    times = ratio(row)
    ours = f"{number(row['value'])} {row['unit']}".strip()
    words = f"{times:.2g} x" if times is not None else ""
    return (row["what"], ours, number(row.get("peer")), words, target, verdict(row))


def ratio(row: Mapping[str, Any]) -> float | None:
    """Return how many times better ours is than the peer's; None where there is no peer."""
    value, peer = row["value"], row.get("peer")
    if not peer or not value:
        return None
    smaller_is_better = str(row.get("target") or "").startswith("<")
    return peer / value if smaller_is_better else value / peer


def verdict(row: Mapping[str, Any]) -> str:
    """Say whether a figure meets a target such as '<= 0.5'; '' where there is none."""
    target, value = str(row.get("target") or ""), row["value"]
    if not target:
        return ""
    sign, limit = target.split(maxsplit=1)
    bound = float(limit.split()[0].replace(",", ""))
    met = {"<=": value <= bound, "<": value < bound, ">=": value >= bound, ">": value > bound}[sign]
    return "met" if met else "missed"


def number(value: float | None) -> str:
    """Write a figure with three significant digits, and no exponent."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


# --- where it was measured ----------------------------------------------------------------------


def machine() -> str:
    """Return processor, cores, memory and system in one line; no name of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {size / 1e9:.0f} GB memory"
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{_processor()}, {cores} cores{memory}; {system}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for text in info.read_text("utf-8").splitlines() if info.exists() else ():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions(names: Iterable[str] = OURS) -> dict[str, str]:
    """Return the versions of the packages that are installed here."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


# --- records ------------------------------------------------------------------------------------


def record(rows: Sequence[Mapping[str, Any]], seconds: float, error: str = "") -> Record:
    """Return what is kept of one area."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "seconds": round(seconds),
        "machine": machine(),
        "versions": versions(),
        "rows": [dict(row) for row in rows],
        "error": error,
    }


def read() -> dict[str, Record]:
    """Return the records by area; {} where nothing was measured yet."""
    return dict(json.loads(STORE.read_text("utf-8"))) if STORE.exists() else {}


def write(fresh: Mapping[str, Record], areas: Sequence[str], peers: Mapping[str, str],
          missing: Sequence[str]) -> None:  # fmt: skip
    """Put fresh records among the others, and write the page.

    Parameters
    ----------
    fresh : mapping of area to record
    areas : sequence of str
        All areas that there are: the page says which were never measured.
    peers : mapping of package to version
        What is installed in the peers' environment.
    missing : sequence of str
        What could not be installed there.
    """
    kept = {**read(), **fresh}
    kept = {area: kept[area] for area in areas if area in kept}
    STORE.write_text(json.dumps(kept, indent=1, ensure_ascii=False, default=float) + "\n", "utf-8")
    PAGE.write_text(page(kept, areas, peers, missing), "utf-8")
    text = README.read_text("utf-8")
    README.write_text(BLOCK.sub(lambda old: f"{old[1]}{summary(kept)}{old[2]}", text), "utf-8")


# --- the page -----------------------------------------------------------------------------------


def page(records: Mapping[str, Record], areas: Sequence[str], peers: Mapping[str, str],
         missing: Sequence[str]) -> str:  # fmt: skip
    """Return the page as Markdown."""
    rows = [row for found in records.values() for row in found["rows"]]
    beside = [(ratio(row), row) for row in rows]
    worse = [row for times, row in beside if times is not None and times < 1]
    missed = [row for row in rows if verdict(row) == "missed"]
    compared = sum(times is not None for times, _ in beside)
    dates = sorted({found["date"] for found in records.values()})
    places = dict.fromkeys(found["machine"] for found in records.values())
    own = versions() | {k: v for found in records.values() for k, v in found["versions"].items()}
    parts = [
        "# What was measured",
        "Written by `python run.py bench`; not by hand. A ratio says how many times better ours is "
        "than what a user would pick instead, measured in the same run, whichever way is better. "
        "CPU seconds where time is meant.",
        f"- Date: {' to '.join(dict.fromkeys([dates[0], dates[-1]])) if dates else 'never'}",
        *(f"- Machine: {place}" for place in places),
        f"- Versions: {_listed(own)}",
        f"- Peers, in an environment of their own: {_listed(peers) or 'none'}",
        f"{len(rows)} figures: {compared} beside a peer's, {len(worse)} of them worse than the "
        f"peer's; {len(missed)} missed their target.",
        "## Where a peer is better",
        table(worse) if worse else "In no figure that was measured beside a peer.",
        "## Targets that were missed",
        table(missed) if missed else "None.",
    ]
    for area, found in records.items():
        parts.append(f"## {area}")
        parts.append(f"{found['date']}, {found['seconds']} s")
        if found["error"]:
            parts.append(f"It broke: `{found['error']}`")
        if found["rows"]:
            parts.append(table(found["rows"]))
    parts += ["## What is missing", *_gaps(records, areas, missing)]
    return _joined(parts)


def summary(records: Mapping[str, Record]) -> str:
    """Return the README's lines: how many figures are better, and where a peer is, worst first."""
    rows = [row for kept in records.values() for row in kept["rows"]]
    found = [(times, row) for row in rows if (times := ratio(row)) is not None]
    if not found:
        return "Nothing was measured beside a peer yet: `python run.py bench` does.\n"
    worse = [row for times, row in sorted(found, key=lambda pair: pair[0]) if times < 1]
    better = len(found) - len(worse)
    verb = "is" if better == 1 else "are"
    said = f"Of {len(found)} figures measured beside a peer's, {better} {verb} better"
    if not worse:
        return f"{said}.\n"
    shown = worse[:MOST_SHOWN]
    which = "worst first" if len(worse) == len(shown) else f"the {len(shown)} worst first"
    return f"{said}. Where the peer is better ({which}):\n\n{table(shown)}\n"


def _gaps(records: Mapping[str, Record], areas: Sequence[str], missing: Sequence[str]) -> list[str]:
    """Say what was not measured, and why."""
    never = [area for area in areas if area not in records]
    alone = [area for area, found in records.items()
             if found["rows"] and all(ratio(row) is None for row in found["rows"])]  # fmt: skip
    said = []
    if never:
        said.append(f"- Not measured yet: {', '.join(never)}.")
    if missing:
        said.append(f"- Peers that could not be installed: {', '.join(missing)}.")
    if alone:
        said.append(f"- Measured without any peer: {', '.join(alone)}.")
    return said or ["- Nothing."]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return figures as a Markdown table."""
    head = ["| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
    cells = [[cell.replace("|", "\\|") for cell in line(row)] for row in rows]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in cells)])


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def _joined(parts: Sequence[str]) -> str:
    """Put a blank line between paragraphs, none within a list."""
    text = ""
    for before, part in zip(["", *parts], parts):
        apart = "\n" if before.startswith("- ") and part.startswith("- ") else "\n\n"
        text += (apart if before else "") + part
    return text + "\n"
