"""What a lesson needs: memory and processor time of its kernel, one thread, without a browser.

    python -m benchmarks.lesson_memory            all lessons; writes classroom/memory.json
    python -m benchmarks.lesson_memory 01 11      some of them; the others' figures stay

The page ``classroom/README.md`` gets its table from that file.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "classroom" / "memory.json"
PAGE = ROOT / "classroom" / "README.md"
BEGIN, END = "<!-- memory: begin -->", "<!-- memory: end -->"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Run in the lesson's kernel when all cells have run: the peak of its resident memory in kB and the
# seconds of processor time.  Linux counts it for this program alone; the other figure, which
# macOS gives in bytes, would begin with the size of the process that started the kernel.
ASK = """
import re, resource, sys
from pathlib import Path
used, status = resource.getrusage(resource.RUSAGE_SELF), Path("/proc/self/status")
own = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
peak = int(own[1]) if own else used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
print(peak, used.ru_utime + used.ru_stime)
"""


def measure(notebook: Path) -> dict[str, float]:
    """Run a notebook in a kernel of its own; return its peak in MB and its CPU seconds."""
    import nbclient
    import nbformat

    made = nbformat.read(notebook, as_version=4)
    made.cells.append(nbformat.v4.new_code_cell(ASK))
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        with tempfile.TemporaryDirectory() as folder:
            resources = {"metadata": {"path": folder}}
            nbclient.NotebookClient(made, timeout=600, resources=resources).execute()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    peak, seconds = map(float, made.cells[-1].outputs[-1]["text"].split())
    return {
        "peak_mb": round(peak * 1024 / 1e6),
        "cpu_seconds": round(seconds),
    }


def table(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a Markdown table, and what a room of thirty needs."""
    rows = [f"| {lesson} | {f['peak_mb']} | {f['cpu_seconds']} |" for lesson, f in figures.items()]
    largest = max(f["peak_mb"] for f in figures.values())
    head = ["| lesson | peak memory of its kernel, MB | CPU seconds, all cells |", "|---|---|---|"]
    room = (
        f"The largest is {largest} MB. Thirty learners on it need {30 * largest / 1e3:.0f} GB for "
        "their kernels, if none is shut down."
    )
    return "\n".join([*head, *rows, "", room])


def with_table(page: str, figures: dict[str, dict[str, float]]) -> str:
    """Return the page with the table between its two marks."""
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    return f"{head}{BEGIN}\n{table(figures)}\n{END}{tail}"


def main(words: list[str]) -> int:
    """Measure the lessons whose names begin with one of the words, or all; 1 if one failed."""
    from nbclient.exceptions import CellExecutionError

    failed: list[str] = []
    figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    for notebook in sorted(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb")):
        if words and not notebook.name.startswith(tuple(words)):
            continue
        try:
            figures[notebook.stem] = measure(notebook)
        except CellExecutionError as error:
            failed.append(notebook.stem)
            print(notebook.stem, "FAILED", str(error)[-500:], flush=True)
            continue
        print(notebook.stem, figures[notebook.stem], flush=True)
    figures = dict(sorted(figures.items()))
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    PAGE.write_text(with_table(PAGE.read_text("utf-8"), figures), "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
