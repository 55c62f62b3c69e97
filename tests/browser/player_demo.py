"""Small made-up runs for the browser tests and benchmarks; copied beside their notebooks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from synthkit.failures import Dial, Failure, Repair
from synthkit.trace import Trace, View, bars, custom, grid, line, points

HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><b>bold</b>"


def darts(rng: int = 0, n: int = 400, frames: int = 20) -> Trace:
    """Estimate pi with darts: a scatter and two lines."""
    generator = np.random.default_rng(rng)
    x, y = generator.random((2, n))
    inside = x**2 + y**2 < 1
    angle = np.linspace(0, np.pi / 2, 60)
    trace = Trace(
        "demo.darts", seed=rng, parameters={"n": n},
        views=[
            View("board", "scatter", "Which darts fall inside the quarter circle?",
                 "x", "y", (0, 1), (0, 1)),
            View("estimate", "lines", "How close does the estimate come to pi?",
                 "darts thrown", "estimate of pi", x_range=(0, n)),
        ],
        code="trace = darts(rng=0)\nPlayer(trace)",
    )
    thrown = np.unique(np.linspace(10, n, frames).astype(int))
    for k in thrown:
        so_far = thrown[thrown <= k]
        estimates = np.array([4 * inside[:m].mean() for m in so_far])
        noise = 2 * np.sqrt(np.pi * (4 - np.pi) / so_far)
        hit, miss = inside[:k], ~inside[:k]
        trace.append(
            int(k),
            {
                "board": [
                    points(x[:k][hit], y[:k][hit], role="synthetic", label="inside"),
                    points(x[:k][miss], y[:k][miss], role="holdout", label="outside"),
                    line(np.cos(angle), np.sin(angle), role="truth", label="the circle"),
                ],
                "estimate": [
                    line(so_far, estimates, role="synthetic", label="estimate",
                         band=(estimates - noise, estimates + noise)),
                    line([0, n], [np.pi, np.pi], role="truth", label="pi"),
                ],
            },
            scalars={"error": float(abs(estimates[-1] - np.pi))},
            sentence=f"After {k} darts the estimate of pi is {estimates[-1]:.3f}.",
        )
    return trace


def every_view(label: str = "drawn") -> Trace:
    """Each kind of view in one frame; ``label`` stands wherever a text can."""
    generator = np.random.default_rng(1)
    names = ["age", "income", "children", "distance to work"]
    table = generator.normal(size=(200, 4)) @ generator.normal(size=(4, 4))
    counts, edges = np.histogram(table[:, 0], bins=20)
    trace = Trace(
        f"demo.every {label}", seed=1, parameters={"label": label},
        views=[
            View("cloud", "scatter", f"Where do the rows lie? {label}", "age (z)", "income (z)"),
            View("bars", "histogram", "How is age spread?", "age (z)", "rows"),
            View("kinds", "histogram", "Which kind is most frequent?", "kind", "rows"),
            View("decay", "lines", "How fast does the error fall?", "rows", "error",
                 x_scale="log", y_scale="log"),
            View("pairs", "heatmap", "Which columns go together?", z_label="correlation",
                 z_range=(-1, 1)),
            View("people", "cards", "Who is still alone?"),
            View("released", "tablediff", "Which cells were masked?"),
            View("above", "plan", "Where does the car go?", "m", "m", (0, 40), (-5, 15)),
            View("ring", "graph", "Who pays whom?"),
            View("road", "ring", "Where do the cars stand?", "driving direction",
                 z_label="km/h", z_range=(0, 40)),
        ],
    )
    n = 10 ** np.arange(1, 6)
    trace.append(
        1,
        {
            "cloud": [
                grid(generator.random((12, 12)), (-6, 6, -6, 6), label="field"),
                points(table[:, 0], table[:, 1], role="real", label=f"real {label}"),
                points(table[:60, 0] + 1, table[:60, 1], role="synthetic", label="synthetic"),
            ],
            "bars": [bars(edges, counts, role="real", label="real"),
                     bars(edges, np.roll(counts, 2), role="synthetic", label="synthetic")],
            "kinds": [bars(["cat", "dog", "axolotl", label], [5, 9, 2, 4], label="pets")],
            "decay": [
                custom("spans", role="noise", label="a pause", x=[30, 1_000], x_end=[100, 3_000]),
                line(n, 1 / np.sqrt(n), role="synthetic", label="measured"),
                line(n, 0.9 / np.sqrt(n), role="truth", label=f"1/√n {label}"),
            ],
            "road": [custom("cars", label=label, position=np.arange(22) / 22 + 0.01,
                            speed=np.linspace(0, 40, 22), braking=np.arange(22) % 7 == 0,
                            marked=np.arange(22) == 9),
                     custom("veil", x=[0.5])],
            "pairs": [grid(np.corrcoef(table.T), (0, 4, 0, 4), label="correlation",
                           x_names=names, y_names=names)],
            "people": [custom("cards", role="real", label="alone", face=f"row 7\n{label}",
                              lit=(np.arange(120) % 9 == 7).astype(float))],
            "above": [
                custom("strip", role="noise", x=[0, 40], y=[0, 0], size=[7]),
                line([0, 8], [0, 0], role="broken", label=f"skid marks {label}"),
                custom("car", x=[8], y=[0], heading=[0.3], steer=[0.2], size=[4.5, 1.8]),
            ],
            "released": [
                custom("table", role="real", label="before", columns=["name", label],
                       cells=["Ann", "34", "Bo", label], lit=[[0, 0], [0, 0]]),
                custom("table", role="synthetic", label="after", columns=["name", label],
                       cells=["K-1", "30–39", "K-2", label], lit=[[1, 1], [1, 0]]),
                {**custom("links", role="broken", to=[1, 0]), "from": [0, 1]},
            ],
            "ring": [
                custom("nodes", role="noise", label="accounts", names=["1", "2", label],
                       x=[0, 1, 3], y=[0, 2, 1]),
                custom("nodes", role="synthetic", label="ring", names=["7", "8", "9"],
                       x=[1, 2, 1.5], y=[0, 0.2, 1]),
                custom("arrows", role="noise", label="payments", start=["1", "2"],
                       end=["2", label]),
                custom("arrows", role="synthetic", label="ring", start=["7", "8", "9"],
                       end=["8", "9", "7"]),
            ],
        },
        sentence=f"A sentence with {label} in it.",
    )
    return trace


def crowd(n: int = 5_000, frames: int = 12) -> Trace:
    """A cloud of n points that turns: what the frame rate is measured on."""
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(2, n))
    trace = Trace("demo.crowd", seed=2, views=[
        View("cloud", "scatter", "How does the cloud turn?", "x", "y", (-4, 4), (-4, 4))])
    for k in range(frames):
        angle = 0.1 * k
        turned = (np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y)
        trace.append(k, {"cloud": [points(*turned, role="synthetic")]}, sentence=f"Turn {k}.")
    return trace


def walk(
    rng: int, drift: float = 0.0, fork: dict | None = None, pause_s: float = 0.02
) -> Iterator[Trace]:
    """A live run of 60 steps: a random walk whose drift may change at the fork."""
    yield from _walk(rng, drift, fork, steps=60, pause_s=pause_s)


def endless_walk(rng: int, drift: float = 0.0) -> Iterator[Trace]:
    """A live run that only Stop ends (or an hour)."""
    yield from _walk(rng, drift, None, steps=36_000, pause_s=0.1)


def broken_walk(rng: int, drift: float = 0.0) -> Iterator[Trace]:
    """A live run that fails at its fifth step."""
    for step, trace in enumerate(_walk(rng, drift, None, steps=60, pause_s=0.02)):
        yield trace
        if step == 4:
            raise ValueError("the walker fell")


def _walk(rng: int, drift: float, fork: dict | None, steps: int, pause_s: float):
    generator = np.random.default_rng(rng)
    trace = Trace("demo.walk", seed=rng, parameters={"drift": drift}, views=[
        View("path", "lines", "Where does the walk go?", "step", "position", x_range=(0, 60))])
    position = [0.0]
    for step in range(1, steps + 1):
        before_fork = fork is not None and step <= fork["step"]
        pull = fork["parameters"]["drift"] if before_fork else drift
        position.append(position[-1] + generator.normal() * 0.3 + pull)
        trace.append(
            step, {"path": [line(np.arange(len(position))[-60:], position[-60:], label="walker")]},
            scalars={"position": position[-1]},
            sentence=f"After {step} steps the walker is at {position[-1]:.2f}.",
        )
        time.sleep(pause_s)
        yield trace


DRIFT = Dial("drift", "drift per step", (0.0, 0.1, 0.2, 0.5), 0.0)


def _flattened(value: float, rng: int) -> Trace:
    generator = np.random.default_rng(rng)
    x = generator.normal(size=300)
    y = 0.9 * x + np.sqrt(1 - 0.9**2) * generator.normal(size=300)
    noisy_x, noisy_y = (v + value * generator.normal(size=300) for v in (x, y))
    correlation = float(np.corrcoef(noisy_x, noisy_y)[0, 1])
    trace = Trace("demo.flattened", seed=rng, parameters={"noise": value}, views=[
        View("cloud", "scatter", "Does the noise keep the correlation?", "x", "y")])
    trace.append(
        0, {"cloud": [points(x, y, role="real", label="real"),
                      points(noisy_x, noisy_y, role="synthetic", label="with noise")]},
        scalars={"correlation": correlation},
        sentence=f"With noise of {value} the correlation is {correlation:.2f}; it was 0.90.",
    )
    return trace


FLATTENED = Failure(
    name="demo.flattened",
    title="Plain noise flattens the correlations",
    story="Independent noise on each column hides single values, and what the columns share.",
    dial=Dial("noise", "noise (standard deviations)", (0.0, 0.2, 0.5, 1.0, 2.0), 0.2),
    run=_flattened,
    indicator=lambda trace: trace.last("correlation"),
    indicator_label="correlation that is left",
    threshold=0.7,
    broken_when="below",
    broken_at=2.0,
    repair=Repair(0.2, "A fifth of a standard deviation keeps what the columns share."),
)


def _stumbling(value: int, rng: int) -> Trace:
    if value == 3:
        raise ValueError("no run with three")
    time.sleep(0.6 if value == 2 else 0.0)
    return _flattened(float(value), rng)


STUMBLING = Failure(
    name="demo.stumbling", title="A dial with a slow stop and one that fails", story="Made up.",
    dial=Dial("k", "k", (0, 1, 2, 3), 0), run=_stumbling,
    indicator=lambda trace: trace.last("correlation"), indicator_label="correlation",
    threshold=0.7, broken_when="below", broken_at=2, repair=Repair(0, "None at all."),
)
