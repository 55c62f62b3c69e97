"""Generative models on Adult (32,561 × 15): CPU time, quality, memory; means of three seeds.

Quality is measured on Adult's own test part, 16,281 rows that nothing was trained or tuned on.

Beside SDV's Gaussian copula, in the peers' environment.  ``--peers-full`` also trains ctgan and
TVAE at their default of 300 epochs, which takes about half an hour of CPU time; their figures of
this run are then the targets.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import sys
import time
from typing import Any

import numpy as np
import pandas as pd

import synthkit as sk
from benchmarks.bench_measure import made_table
from benchmarks.bench_monte_carlo import SDV
from benchmarks.peers import adult, run_in_peers
from synthkit.measure.fidelity import classifier_two_sample_test, column_shapes, pair_trends
from synthkit.measure.utility import utility

SEEDS = 3
MADE_ROWS = 48_000  # where there is no Adult table
SAMPLED = 200_000  # rows, for the rate
OURS = ("gan", "vae", "trees", "autoregressive")
# The better way of each figure, and what is to be reached by whom (issue 7).
TARGETS = {
    "gan": {"fit": "<= 65", "TSTR": "> .888", "C2ST": "< .996", "shapes": "> .863",
            "pairs": "> .857", "rate": ">= 100,000", "memory": "<= 1"},
    "vae": {"TSTR": "> .885", "C2ST": "< .976", "shapes": "> .915", "pairs": "> .913",
            "rate": ">= 100,000", "memory": "<= 1"},
    "trees": {"fit": "<= 1.5", "C2ST": "<= .56", "rate": ">= 300,000"},
    "autoregressive": {"fit": "<= 20", "C2ST": "<= .56", "rate": ">= 50,000"},
}  # fmt: skip
UNITS = {"fit": "CPU-s", "rate": "rows/CPU-s", "memory": "GB"}

DEEP = """
from ctgan import CTGAN, TVAE
import torch
torch.set_num_threads(1)
torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports much, at its first use
table = table.apply(lambda c: c if c.dtype.kind in "if" else c.fillna("missing"))
discrete = [c for c in table if table[c].dtype.kind not in "if"]
model = {"ctgan": CTGAN, "TVAE": TVAE}[NAME]()
start = time.process_time()
model.fit(table, discrete)
fit = time.process_time() - start
start = time.process_time()
fake = model.sample(len(table))
sample = len(table) / (time.process_time() - start)
print(json.dumps({"fit": fit, "sample": sample, "fake": fake.to_csv(index=False)}))
"""


def main(full: bool = "--peers-full" in sys.argv) -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    train, test = adult("data"), adult("test")
    if train is None or test is None:
        table = made_table(MADE_ROWS)
        train, test = table.iloc[: MADE_ROWS * 2 // 3], table.iloc[MADE_ROWS * 2 // 3 :]
    peers = {}
    for name in ("copula", "ctgan", "TVAE") if full else ("copula",):
        code = SDV if name == "copula" else f"NAME = {name!r}\n{DEEP}"
        found = run_in_peers(code, train)
        if found is not None:
            peers[name] = peer_figures(found, train, test)
    rows = []
    for name in OURS:
        ours = mean_figures(name, train, test)
        peer = peers.get({"gan": "ctgan", "vae": "TVAE"}.get(name, "copula"), {})
        rows += [
            {"what": f"{name}: {key}", "value": value, "unit": UNITS.get(key, ""),
             "target": target(name, key, peer if name in ("gan", "vae") else {}),
             "peer": peer.get(key)}
            for key, value in ours.items()
        ]  # fmt: skip
    rows += [
        {"what": f"{name} (peer): {key}", "value": value, "unit": UNITS.get(key, "")}
        for name, figures in peers.items()
        for key, value in figures.items()
    ]
    return rows


def target(name: str, key: str, peer: dict[str, float]) -> str:
    """Return what is to be reached: better than the peer in this run, at a 30th of its CPU time."""
    if key == "fit" and key in peer:
        return f"<= {peer[key] / 30:.3g}"
    if key in ("TSTR", "C2ST", "shapes", "pairs") and key in peer:
        return f"{'<' if key == 'C2ST' else '>'} {peer[key]:.3f}"
    return TARGETS[name].get(key, "")


def mean_figures(name: str, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Return each figure's mean over the seeds, every run in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        runs = [pool.apply(one_run, (name, seed, train, test)) for seed in range(SEEDS)]
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}


def one_run(name: str, seed: int, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Fit, sample and judge one technique with one seed."""
    one_thread()
    technique = sk.techniques()[name]()  # imports are not what is measured
    start = time.process_time()
    technique.fit(train, rng=seed)
    technique.sample(1, rng=seed)  # what waits for the first sample belongs to the fit
    fit = time.process_time() - start
    start = time.process_time()
    technique.sample(SAMPLED, rng=seed)
    rate = SAMPLED / (time.process_time() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    fake = technique.sample(len(train), rng=seed + 1)
    return {"fit": fit, "rate": rate, "memory": memory, **quality(train, test, fake)}


def one_thread() -> None:
    """Keep PyTorch to one thread, as the peers are, and import what its first optimiser needs."""
    import torch

    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])


def peer_figures(found: Any, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Judge what a peer made on the same rows."""
    fake = pd.read_csv(io.StringIO(found["fake"])).replace("missing", np.nan)
    return {"fit": found["fit"], "rate": found["sample"], **quality(train, test, fake)}


def quality(train: pd.DataFrame, test: pd.DataFrame, fake: pd.DataFrame) -> dict[str, float]:
    """Return the four figures, all against held-out rows."""
    judged = utility(train, fake, train.columns[-1], test, rng=0)
    return {
        "TSTR": judged.models["boosting"].synthetic.value,
        "C2ST": classifier_two_sample_test(test, fake.iloc[: len(test)], rng=0).auc,
        "shapes": float(column_shapes(test, fake)["score"].mean()),
        "pairs": float(pair_trends(test, fake)["score"].mean()),
    }


if __name__ == "__main__":
    from benchmarks.results import line
    from benchmarks.run import table as layout

    print(layout([line(row) for row in main()]))
