"""What an import and the command line cost, each in a fresh Python (CPU seconds, best of five)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from benchmarks import peers

REPEATS = 5


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    sdv = "print(json.dumps(__import__('time').process_time()))"
    peer = peers.run_in_peers(f"import numpy, pandas\nimport sdv.single_table\n{sdv}")
    bare = peers.run_in_peers(f"import numpy, pandas\n{sdv}")
    return [
        {"what": "import synthkit, over NumPy and pandas",
         "value": cpu_seconds("import numpy, pandas", "import synthkit"),
         "unit": "CPU-s", "target": "<= 0.15", "peer": peer - bare if peer and bare else None},
        {"what": "first use of a technique, over NumPy and pandas",
         "value": cpu_seconds("import numpy, pandas", "from synthkit import MonteCarlo"),
         "unit": "CPU-s", "target": "", "peer": None},
        {"what": "synthkit --help, from a cold Python",
         "value": cpu_seconds("", HELP), "unit": "CPU-s", "target": "<= 0.5", "peer": None},
    ]  # fmt: skip


HELP = """
import contextlib, io
from synthkit.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
"""


def cpu_seconds(before: str, measured: str) -> float:
    """Return the CPU time of ``measured`` after ``before``, the best of several fresh processes."""
    program = (
        f"import time\n{before}\nstart = time.process_time()\n{measured}\n"
        "print(time.process_time() - start)"
    )
    command = [sys.executable, "-c", program]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True)
        for _ in range(REPEATS)
    ]
    return min(float(run.stdout.split()[-1]) for run in runs)
