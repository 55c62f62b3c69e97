"""A fitted technique to many rows: rows a second, memory, Dask's overhead, and equal bytes.

``SYNTHKIT_SCALE_ROWS`` sets the rows of each run (eight parts of a million by default).  The rate
is from CPU seconds of making, writing and hashing rows, for two workers: what two free cores give
once they are at work.  By the clock, and with the processes' start, it is printed beside it.
Dask's overhead compares how much CPU time more rows cost: starting the processes doesn't count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROWS = int(float(os.environ.get("SYNTHKIT_SCALE_ROWS", 8 * 2**20)))
LEARNED_FROM = 100_000
COLUMNS = 10
STEADY_ROWS = 2**19
OTHERS = "dask, its own settings"  # a cluster that somebody else started

# One run in a process of its own, so that RUSAGE_CHILDREN is its workers' alone.
RUN = """
import json, resource, sys, time
import synthkit as sk
from synthkit.base import load_technique
state, rows, out, engine, workers = sys.argv[1:6]
if __name__ == "__main__":
    technique = load_technique(state)
    client, cluster = None, None
    if engine == "dask, its own settings":
        from distributed import Client, LocalCluster
        cluster = LocalCluster(n_workers=int(workers), threads_per_worker=1, dashboard_address=None)
        client = Client(cluster)
    start = time.perf_counter()
    manifest = sk.generate(technique, int(rows), out, engine=engine.partition(",")[0], rng=7,
                           workers=int(workers), client=client)
    end = time.perf_counter()
    if client:
        client.close()
        cluster.close()
    all_used = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    cpu = sum(used.ru_utime + used.ru_stime for used in all_used)
    digests = [part["sha256"] for part in json.loads(manifest.read_text())["parts"]]
    print(json.dumps({"wall": end - start, "cpu": cpu,
                      "mb": all_used[0].ru_maxrss / 1024, "digests": digests}))
"""


def main() -> list[dict[str, Any]]:
    """Measure, and return the figures' rows."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, what in (("monte_carlo", "Gaussian copula"), ("bootstrap", "bootstrap")):
            state = learned(name, folder)
            rate, size = steady(state, folder / "blocks.parquet")
            two = run(state, folder / f"{name}-2", "local", 2, ROWS)
            rows += [
                {"what": f"generate {what}, 10 columns, two processes", "value": 2 * rate,
                 "unit": "rows/s of CPU", "target": ">= 1000000"},
                {"what": f"the same by the clock (load {os.getloadavg()[0]:.1f})",
                 "value": ROWS / two["wall"], "unit": "rows/s"},
                {"what": f"generate {what}, memory of a process", "value": two["mb"], "unit": "MB",
                 "target": "<= 400"},
                {"what": f"generate {what}, on disk", "value": size, "unit": "bytes/row"},
            ]  # fmt: skip
            if name == "monte_carlo":
                rows += against_dask(state, folder, two)
    return rows


def steady(state: Path, path: Path) -> tuple[float, float]:
    """Return rows a CPU second of making, writing and hashing blocks, and bytes a row."""
    from synthkit import scale
    from synthkit.base import load_technique

    technique, rates = load_technique(state), []
    for turn in range(3):
        start = time.process_time()
        scale._write_blocks(technique, STEADY_ROWS, np.random.SeedSequence(1), 8 * turn, path)
        scale._digest(path)
        rates.append(STEADY_ROWS / (time.process_time() - start))
    return float(np.median(rates)), path.stat().st_size / STEADY_ROWS


def against_dask(state: Path, folder: Path, two: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare what more rows cost with Dask and without, and the bytes of 1, 2 and 4 workers."""
    fewer = ROWS // 4
    cost = {}
    for engine in ("local", "dask", OTHERS):
        many = two if engine == "local" else run(state, folder / engine, engine, 2, ROWS)
        few = run(state, folder / f"{engine}-few", engine, 2, fewer)
        cost[engine] = (many["cpu"] - few["cpu"], few["digests"], many["digests"])
    others = [run(state, folder / f"local-{n}", "local", n, fewer) for n in (1, 4)]
    same = all(other["digests"] == cost["local"][1] for other in others)
    same = same and all(cost[engine][1:] == cost["local"][1:] for engine in ("dask", OTHERS))
    beyond = {engine: 100 * (cost[engine][0] / cost["local"][0] - 1) for engine in cost}
    return [
        {"what": "Dask, CPU beyond local at two workers", "value": beyond["dask"], "unit": "%",
         "target": "<= 20"},
        {"what": "the same on a cluster with Dask's default memory settings",
         "value": beyond[OTHERS], "unit": "%"},
        {"what": "identical bytes: 1, 2, 4 workers, and Dask", "value": float(same), "unit": "",
         "target": ">= 1"},
    ]  # fmt: skip


def learned(name: str, folder: Path) -> Path:
    """Save a technique that was fitted to ten correlated numeric columns."""
    import synthkit as sk

    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(LEARNED_FROM, COLUMNS)) @ rng.normal(size=(COLUMNS, COLUMNS))
    table = pd.DataFrame(mixed, columns=[f"x{k}" for k in range(COLUMNS)])
    path = folder / f"{name}.synthkit"
    sk.techniques()[name]().fit(table, rng=0).save(path)
    return path


def run(state: Path, out: Path, engine: str, workers: int, rows: int) -> dict[str, Any]:
    """Generate in a process of its own; return seconds, memory and digests."""
    begun = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = [str(state), str(rows), str(out), engine, str(workers)]
    script = state.with_name("run.py")
    script.write_text(RUN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, env=environment,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{engine} with {workers} workers failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stderr.write(f"    {engine} {workers}: {time.perf_counter() - begun:.0f} s\n")
    for part in out.glob("part-*.parquet"):
        part.unlink()  # eight million rows are a gigabyte
    return found
