"""Run the benchmarks: ``python run.py bench [NAME ...] [--strict] [--no-peers] [--peers-full]``.

Each ``bench_NAME.py`` has ``main()``, which returns rows such as

    {"what": "Gaussian copula, fit", "value": 0.31, "unit": "CPU-s", "target": "<= 0.5",
     "peer": 8.1}

``peer`` is the same figure for what a user would pick instead, measured in the same run, or None
where no peer is installed: their environment is made first, unless ``--no-peers``.  Figures are CPU
seconds where time is meant, so that a busy machine does not spoil them.  ``--peers-full`` lets
ctgan and TVAE train as long as they do by default (half an hour).  The figures are printed, and
``RESULTS.md`` is written anew from them and from what other areas measured before.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import traceback
from pathlib import Path

from benchmarks import peers, results

OPTIONS = {"--strict", "--no-peers", "--peers-full"}


def main(words: list[str]) -> int:
    """Run all benchmarks, or those named; return 1 if one breaks (or, strictly, misses)."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    options = {word for word in words if word.startswith("--")}
    wanted = [word for word in words if word not in options]
    present = [path.stem[6:] for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    unknown = sorted(set(wanted) - set(present)) + sorted(options - OPTIONS)
    if unknown:
        print(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(present)}.")
        return 2
    missing = [] if "--no-peers" in options else peers.provide()
    for name in missing:
        print(f"the peer {name} could not be installed: its ratios will be missing.")
    records, installed = {}, peers.versions()
    for name in wanted or present:
        records[name] = measured(name)
        results.write(records, present, installed, missing)  # whoever stops it keeps what is there
    rows = [results.line(row) for found in records.values() for row in found["rows"]]
    print(table(rows))
    missed = sum(row[-1] == "missed" for row in rows)
    broken = sum(bool(found["error"]) for found in records.values())
    print(f"\n{len(rows)} figures, {missed} missed their target, {broken} benchmarks broke.")
    print(f"written: {results.PAGE}")
    return int(broken > 0 or ("--strict" in options and missed > 0))


def measured(name: str) -> results.Record:
    """Run one benchmark; what it raises is kept in its record, and the others go on."""
    print(f"... {name}", file=sys.stderr, flush=True)
    start = time.monotonic()
    try:
        rows = importlib.import_module(f"benchmarks.bench_{name}").main()
    except Exception as error:
        traceback.print_exc()
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return results.record([], time.monotonic() - start, said)
    return results.record(rows, time.monotonic() - start)


def table(rows: list[tuple[str, ...]]) -> str:
    """Lay out rows of texts in columns."""
    lines = [results.HEADINGS, *rows]
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(results.HEADINGS))]
    text = ["  ".join(cell.ljust(w) for cell, w in zip(cells, widths)).rstrip() for cells in lines]
    return "\n".join([text[0], "-" * max(map(len, text)), *text[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
