"""Lesson 05: the GAN theatre on a ring of eight clouds, and the look inside the game."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from synthkit.course.inside import Inside, Panel, Term
from synthkit.rng import RandomState, as_generator
from synthkit.trace import Trace, View, grid, line, points

MODES = 8
STEPS = 4_000
LIVE_STEPS = 1_200  # of a run that somebody waits for
FRAMES = 40
ROWS = 20 * 256  # real points: an epoch is twenty batches
RADIUS = 2.0

#: The recorded runs, and their settings.
TAPES: dict[str, dict[str, Any]] = {
    "gan_theatre_0.1": {"discriminator_ratio": 0.1},
    "gan_theatre_1": {"discriminator_ratio": 1.0},
    "gan_theatre_0.1_pack_2": {"discriminator_ratio": 0.1, "pack": 2},
}


def theatre(
    rng: RandomState,
    discriminator_ratio: float = 1.0,
    learning: str = "both",
    pack: int = 1,
    steps: int = STEPS,
    fork: dict[str, Any] | None = None,
) -> Iterator[Trace]:
    """Play the plain game on the ring; yield the growing trace.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    discriminator_ratio : float
        The discriminator's learning rate, as a multiple of the generator's.
    learning : 'both', 'discriminator' or 'generator'
        Who learns.
    pack : int
        Rows that the discriminator sees side by side.
    steps : int
        Turns of both players.
    fork : dict, optional
        ``{"step": k, "parameters": …}``: those parameters hold up to step k, then the others.
    """
    from synthkit.techniques.gan import GAN
    from synthkit.techniques.gan_failures import PLAIN
    from synthkit.techniques.gan_measures import points_of

    now = {"discriminator_ratio": discriminator_ratio, "learning": learning}
    trace = Trace("gan.theatre", seed=rng, parameters={**now, "pack": pack}, views=_views(steps))
    generator = as_generator(rng)
    real = points_of("ring", ROWS, generator)
    start = {**now, **{k: v for k, v in (fork or {}).get("parameters", {}).items() if k in now}}
    gan = GAN(
        **PLAIN, pack=pack, truth="ring", epochs=max(1, steps * 256 // ROWS),
        record_every=max(1, steps // FRAMES), **start,
    )  # fmt: skip
    history: list[Any] = []
    for record in gan.iter_fit(real, rng=generator):
        history.append(record)
        _show(trace, history, real.to_numpy(), steps)
        yield trace
        if fork and record.step >= fork["step"]:
            gan.set_params(**now)


def live_theatre(
    rng: RandomState,
    discriminator_ratio: float = 0.1,
    learning: str = "both",
    fork: dict[str, Any] | None = None,
) -> Iterator[Trace]:
    """Play the first 1,200 steps of the game, while somebody looks on; see `theatre`."""
    yield from theatre(rng, discriminator_ratio, learning, steps=LIVE_STEPS, fork=fork)


def _views(steps: int) -> tuple[View, ...]:
    return (
        View("cloud", "scatter", "Where does the generator put its points?", "x", "y",
             (-3, 3), (-3, 3)),
        View("losses", "lines", "Do the losses tell that anything is wrong?", "step",
             "loss, nats", (0, steps), (0, 3)),
        View("modes", "lines", "How many of the eight clouds are visited?", "step",
             "clouds", (0, steps), (0, MODES + 0.5)),
    )  # fmt: skip


def _show(trace: Trace, history: list[Any], real: np.ndarray, steps: int) -> None:
    """Add the newest record, and the curves so far."""
    now = history[-1]
    step = [record.step for record in history]
    cloud = [
        points(*real[:300].T, role="real", label="real"),
        points(*now.cloud.T, role="synthetic", label="generated"),
    ]
    if now.field is not None:
        cloud.insert(0, grid(now.field.values, now.field.extent, label="σ(D): how real"))
    balance = 2 * np.log(2)  # the discriminator's loss where it can only guess
    marks = {
        "cloud": cloud,
        "losses": [
            line([0, steps], [balance, balance], role="truth", label="D guesses: 2 ln 2"),
            line(step, [r.discriminator_loss for r in history], role="real", label="D's loss"),
            line(step, [r.generator_loss for r in history], role="synthetic", label="G's loss"),
        ],
        "modes": [
            line([0, steps], [MODES, MODES], role="truth", label="all"),
            line(step, [r.modes.visited for r in history], role="synthetic", label="visited"),
        ],
    }
    trace.append(
        now.step, marks,
        scalars={"modes": now.modes.visited, "quality": now.modes.quality,
                 "d_loss": now.discriminator_loss, "g_loss": now.generator_loss},
        sentence=f"After {now.step:,} steps {now.modes.visited} of {MODES} clouds are visited; "
        f"D's loss is {now.discriminator_loss:.2f}, G's {now.generator_loss:.2f}.",
    )  # fmt: skip


def dead_cloud(trace: Trace) -> tuple[float, str] | None:
    """Return the step at which a theatre's fourth cloud dies, and that in words.

    That is the first step with fewer than four visited after there were four; in a run that never
    had four, fewer than the most it had.  None where all stay.
    """
    visited = trace.scalars("modes")
    level = min(4.0, visited.max())
    dead = np.flatnonzero((np.maximum.accumulate(visited) >= level) & (visited < level))
    if not len(dead):
        return None
    nth = {4: "fourth", 3: "third", 2: "second"}[int(level)]
    return float(trace.steps[dead[0]]), f"the {nth} cloud dies"


def optimal_discriminator(x: np.ndarray, real: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """Return D*(x) = p ÷ (p + g) at points (m,) for two normal clouds (mean, sd each)."""
    p, g = (np.exp(-(((x - m) / s) ** 2) / 2) / s for m, s in (real, fake))
    return np.asarray(p / (p + g))


#: The look inside the game: its equations, and where each symbol stands in the source.
GAME_INSIDE = Inside(
    terms=(
        Term("D", "the discriminator's score: above 0 it holds a row for real.",
             (r"\breal\b", r"\bfake\b")),
        Term("σ", "the logistic function; softplus(−s) is −log σ(s).", (r"\bF\.softplus\b",)),
        Term("L", "the loss that a player lowers, averaged over the batch.", (r"\.mean\(\)",)),
    ),
    equations=(
        "‹L›(discriminator)  =  − log ‹σ›( ‹D›(real) )  −  log( 1 − ‹σ›( ‹D›(fake) ) )",
        "‹L›(generator)  =  − log ‹σ›( ‹D›(fake) )",
    ),
)  # fmt: skip


def game_picture(rng: RandomState, rows: int = 150) -> tuple[Panel, ...]:
    """Show two clouds, what the best discriminator says, and the push it gives the generator."""
    generator = as_generator(rng)
    real, fake = generator.normal(0, 1, (rows, 2)), generator.normal(2, 1, (rows, 2))
    score = optimal_discriminator(fake[:, 0], np.array([0.0, 1.0]), np.array([2.0, 1.0]))
    return (
        Panel("real rows", real, ("D",)),
        Panel("generated rows", fake, ("D",), role="synthetic"),
        Panel("σ(D) at them, by place", np.stack([fake[:, 0], score], 1), ("σ", "D"),
              role="synthetic"),
        Panel("G's loss at them", np.stack([fake[:, 0], -np.log(score)], 1), ("L", "σ"),
              role="synthetic"),
    )  # fmt: skip
