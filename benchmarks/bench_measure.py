"""How fast and how sharp the measures are, beside what a user would pick instead.

Times are CPU seconds of one process; both sides see the same rows.  The peer (sdmetrics) runs in
the peers' environment, see ``benchmarks/peers.py``.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers import adult, run_in_peers
from synthkit.arena import judge
from synthkit.course.runs.gallery import GALLERY, town
from synthkit.measure.aligned import align
from synthkit.measure.attack import Attack
from synthkit.measure.fidelity import pair_scores, pair_tables, shape_scores
from synthkit.measure.privacy_run import run_attacks
from synthkit.measure.scorecard import SETTINGS, scorecard
from synthkit.measure.splitting import split
from synthkit.measure.verdict import alpha_of, decide
from synthkit.techniques import technique_class

ROWS = 32_000
SEEDS = 100
FIRST_SEED = 20_000  # far from those of the tests, on which limits may have been chosen
PEOPLE = 2_000
Attacks = list[Attack]
CHEATS = {
    "copied outliers": "40 copied outliers of 2,000",
    "jittered outliers": "40 outliers of 2,000 copied with 1 unit of jitter",
    "jittered copy": "every row copied with 1 unit of jitter",
}
SIDE = "side_of_the_benchmark"

# Runs in the peers' environment; prints the CPU seconds of the report alone, the better of two.
PEER_REPORT = f"""
import pandas as pd
from sdmetrics.reports.single_table import QualityReport
real, fake = (part.drop(columns="{SIDE}").reset_index(drop=True)
              for _, part in table.groupby("{SIDE}"))
numeric = pd.api.types.is_numeric_dtype
columns = {{c: {{"sdtype": "numerical" if numeric(real[c]) else "categorical"}} for c in real}}
best = float("inf")
for _ in range(2):
    report = QualityReport()
    start = time.process_time()
    report.generate(real, fake, {{"columns": columns}}, verbose=False)
    best = min(best, time.process_time() - start)
print(json.dumps(best))
"""


def main() -> list[dict[str, Any]]:
    """Run every measurement and return rows: what, value, unit, target, peer."""
    table, name = mixed_table()
    train, holdout = split(table, 0.3, rng=0)
    fake = technique_class("trees")().fit(train, rng=0).sample(len(train), rng=1)
    rows = [row(f"rows judged ({name}, {table.shape[1]} columns)", len(table), "rows")]
    rows += time_shapes_and_pairs(train, fake)
    rows += time_scorecards(train, fake, holdout, table.columns[-1])
    rows += time_judge(table)
    rows += sharpness()
    return rows


def mixed_table() -> tuple[pd.DataFrame, str]:
    """Return 32,000 × 15 mixed rows: Adult where the peers' environment has it, else made ones."""
    table = adult()
    if table is None:
        return made_table(ROWS), "made rows"
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


def time_shapes_and_pairs(real: pd.DataFrame, fake: pd.DataFrame) -> list[dict[str, Any]]:
    """Time all shapes and all pairs together, from the tables on."""

    def ours() -> None:
        pair = align({"real": real, "synthetic": fake})
        shape_scores(pair)
        pair_scores(pair_tables(pair))

    seconds = min(cpu_seconds(ours) for _ in range(3))
    both = pd.concat([real.assign(**{SIDE: 0}), fake.assign(**{SIDE: 1})])
    peer = run_in_peers(PEER_REPORT, both)
    target = "" if peer is None else f"<= {peer / 10:.3f}"
    return [row("all shapes and pairs (peer: sdmetrics report)", seconds, "CPU-s", target, peer)]


def time_scorecards(
    real: pd.DataFrame, fake: pd.DataFrame, holdout: pd.DataFrame, target: str
) -> list[dict[str, Any]]:
    """Time both modes of the scorecard with target and holdout."""

    def quick() -> None:
        scorecard(real, fake, holdout, target=target, rng=0, mode="quick")

    def full() -> None:
        scorecard(real, fake, holdout, target=target, rng=0, mode="full")

    rows = [
        row("scorecard, quick", cpu_seconds(quick), "CPU-s", "<= 10"),
        row("scorecard, full", cpu_seconds(full), "CPU-s", "<= 90"),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [*rows, row("scorecard, peak memory of the process", peak, "GB", "<= 1")]


def time_judge(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Time the arena's call with trees, fit and sampling included."""

    def run() -> None:
        judge("trees", table, target=table.columns[-1], rng=0, mode="quick")

    return [row("judge('trees'), quick, fit included", cpu_seconds(run), "CPU-s")]


def cpu_seconds(action: Callable[[], Any]) -> float:
    """Return the CPU time of one call."""
    start = time.process_time()
    action()
    return time.process_time() - start


# --- sharpness --------------------------------------------------------------------------------


def sharpness() -> list[dict[str, Any]]:
    """Attack the town of the gaming gallery, copied and honest, under seeds that no limit knew."""
    found = {name: attacks_on(GALLERY[name].make) for name in CHEATS}
    clean = attacks_on(lambda real, rng: town(PEOPLE, rng))
    rows = []
    for name, what in CHEATS.items():
        caught = percent(accused(attacks) for attacks in found[name])
        rows.append(row(f"{what}: called copies or leaks", caught, "% of seeds", ">= 100"))
        for attack in ("exact_copies", "near_copies", "membership_density"):
            hit = percent(
                any(a.name == attack and a.found(alpha_of(attacks)) for a in attacks)
                for attacks in found[name]
            )
            rows.append(row(f"- found by {attack}", hit, "% of seeds"))
    alarms = percent(accused(attacks) for attacks in clean)
    return [*rows, row("clean tables: called copies or leaks", alarms, "% of seeds", "<= 5")]


def attacks_on(make: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]) -> list[Attacks]:
    """Return all attacks of the quick scorecard on a table, for each seed."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        rng = np.random.default_rng(seed)
        real, holdout = town(PEOPLE, rng), town(PEOPLE // 2, rng)
        fake = make(real, rng).reset_index(drop=True)
        tables = align({"real": real, "synthetic": fake, "holdout": holdout})
        found.append(run_attacks(tables, None, rng, SETTINGS["quick"].attack)[0])
    return found


def accused(attacks: Attacks) -> bool:
    """Tell whether the verdict would be 'copies' or 'leaks'."""
    return decide([], attacks, near_copies=False).label in ("copies", "leaks")


def percent(answers: Iterable[bool]) -> float:
    """Return the share of True, in percent."""
    return float(100 * np.mean(list(answers)))


def row(
    what: str, value: float, unit: str, target: str = "", peer: float | None = None
) -> dict[str, Any]:
    """Return one line of the report."""
    return {"what": what, "value": round(value, 3), "unit": unit, "target": target, "peer": peer}
