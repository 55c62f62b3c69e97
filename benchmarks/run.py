"""Run the benchmarks and print one table: ``python run.py bench [NAME ...] [--strict]``.

Each ``bench_NAME.py`` has ``main()``, which returns rows such as

    {"what": "Gaussian copula, fit", "value": 0.31, "unit": "CPU-s", "target": "<= 0.5",
     "peer": 8.1}

``peer`` is the same figure for what a user would pick instead, measured in the same run, or None
where no peer is installed.  The ratio says how many times better ours is, whichever way is
better.  Figures are CPU seconds where time is meant, so that a busy machine does not spoil them.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

HEADINGS = ("what", "ours", "peer", "ratio", "target", "")


def main(words: list[str]) -> int:
    """Run all benchmarks, or those named; return 1 if one breaks (or, strictly, misses)."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    strict = "--strict" in words
    wanted = [word for word in words if word != "--strict"]
    present = [path.stem[6:] for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    unknown = sorted(set(wanted) - set(present))
    if unknown:
        print(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(present)}.")
        return 2
    rows: list[tuple[str, ...]] = []
    broken = 0
    for name in wanted or present:
        print(f"... {name}", file=sys.stderr, flush=True)
        try:
            found = importlib.import_module(f"benchmarks.bench_{name}").main()
        except Exception:
            traceback.print_exc()
            broken += 1
            continue
        rows += [line(row) for row in found]
    print(table(rows))
    missed = sum(row[-1] == "missed" for row in rows)
    print(f"\n{len(rows)} figures, {missed} missed their target, {broken} benchmarks broke.")
    return int(broken > 0 or (strict and missed > 0))


def line(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of one figure."""
    value, unit, peer, target = row["value"], row["unit"], row.get("peer"), row.get("target") or ""
    smaller_is_better = str(target).startswith("<")
    ratio = ""
    if peer:
        ratio = f"{peer / value if smaller_is_better else value / peer:.2g} x"
    ours = f"{number(value)} {unit}".strip()
    return (row["what"], ours, number(peer), ratio, str(target), verdict(value, str(target)))


def verdict(value: float, target: str) -> str:
    """Say whether a figure meets a target such as '<= 0.5'; '' where there is none."""
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


def table(rows: list[tuple[str, ...]]) -> str:
    """Lay out rows of texts in columns."""
    lines = [HEADINGS, *rows]
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(w) for cell, w in zip(cells, widths)).rstrip() for cells in lines]
    return "\n".join([text[0], "-" * max(map(len, text)), *text[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
