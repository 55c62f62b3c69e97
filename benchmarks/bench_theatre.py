"""The theatres of lessons 05 and 06: steps of the training that are shown a second; one thread.

A step counts as shown if the player's frame of it was made and sent: points, field, modes, curves
and text.  Rates are per CPU second of the kernel; a browser draws in a process of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.bench_generative import one_thread
from synthkit.course.runs import gan, vae
from synthkit.trace import Trace
from synthkit.widgets import Player

EACH_STEP = gan.FRAMES  # as many steps as a theatre has frames: each of them is shown


def main() -> list[dict[str, Any]]:
    """Measure, and return rows for the table of ratios."""
    one_thread()
    for run in (gan.theatre(0, steps=EACH_STEP), vae.theatre(0)):
        next(run)  # imports are not what is measured
    whole, last = played(lambda: gan.theatre(0))
    packed, _ = played(lambda: gan.theatre(0, discriminator_ratio=0.1, pack=2))
    each, few = played(lambda: gan.theatre(0, steps=EACH_STEP), times=5)
    digits, _ = played(lambda: vae.theatre(0))
    ours = live(gan.live_theatre)
    theirs = live(vae.theatre)
    vae_steps = vae.EPOCHS * (len(vae.digits()) // vae.BATCH)
    return [
        row(f"GAN on 8 clouds, {last:,.0f} steps in {gan.FRAMES} frames", whole, "CPU-s", "<= 20"),
        row("the same with packing, at 0.1", packed, "CPU-s", "<= 20"),
        row("GAN theatre, a frame for each step", few / each, "steps/CPU-s", ">= 20"),
        row(f"GAN, live in the player, {gan.LIVE_STEPS:,} steps", gan.LIVE_STEPS / ours[0],
            "steps/CPU-s", ">= 20"),
        row("frames of it that were sent", ours[1], "", ""),
        row(f"VAE theatre, {vae_steps} steps", vae_steps / digits, "steps/CPU-s", ">= 20"),
        row("VAE, live in the player", vae_steps / theirs[0], "steps/CPU-s", ">= 20"),
        row("frames of it that were sent", theirs[1], "", ""),
    ]  # fmt: skip


def played(theatre: Callable[[], Iterator[Trace]], times: int = 1) -> tuple[float, float]:
    """Return the CPU seconds of a theatre, the least of some times, and its last step."""
    took, last = [], 0.0
    for _ in range(times):
        start = time.process_time()
        *_, trace = theatre()
        took.append(time.process_time() - start)
        last = trace.frames[-1].step
    return min(took), last


def live(theatre: Callable[..., Iterator[Trace]]) -> tuple[float, int]:
    """Return the kernel's CPU seconds for a live run in a player, and the frames it sent."""
    sent = []
    player = Player(run=theatre, seed=0)
    player.send = lambda message, buffers=None: sent.append(json.dumps(message))
    start = time.process_time()
    player.start()
    player.wait()
    took = time.process_time() - start
    if player.error is not None:
        raise player.error
    return took, sum('"type": "frame"' in text for text in sent) + 1  # the first comes whole


def row(what: str, value: float, unit: str, target: str) -> dict[str, Any]:
    """Return one row of the table; there is no peer that shows a training in a notebook."""
    return {"what": what, "value": value, "unit": unit, "target": target, "peer": None}


if __name__ == "__main__":
    from benchmarks.results import line
    from benchmarks.run import table as layout

    print(layout([line(entry) for entry in main()]))
