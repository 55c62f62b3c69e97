"""Five ways in which a GAN goes wrong, each with its dial."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch

from synthkit.datasets import load
from synthkit.errors import DataWarning, DivergedError
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.gan_measures import Step, points_of
from synthkit.techniques.torch_memory import membership_auc
from synthkit.trace import Trace, View, grid, line, points

# The plain game of the papers, on points; each failure turns one of these settings.
PLAIN: dict[str, Any] = {
    "encoding": "points", "objective": "nonsaturating", "gamma": 0.0, "averaging": 0.0,
    "betas": (0.5, 0.9), "learning_rate": 1e-3, "batch_size": 256, "latent_dim": 2,
}  # fmt: skip
RING_STEPS, RING_FRAMES = 4_000, 20
MEMBERS = 100  # rows to learn by heart, and as many that were held out
PARCELS = 2_000
MODES = {"road": 0.5, "rail": 0.33, "sea": 0.15, "air": 0.02}  # of transport, and their shares
CENTRES = {"road": (0, 0), "rail": (3, 1), "sea": (-3, 2), "air": (6, 6)}  # of weight and cost


def _trace(name: str, rng: RandomState, parameters: dict[str, Any], *views: View) -> Trace:
    """Begin a trace; an int seed stands in its header."""
    seed = int(rng) if isinstance(rng, (int, np.integer)) else None
    return Trace(name=name, seed=seed, parameters=parameters, views=views)


def _gan(**settings: Any) -> Any:
    """Return a GAN; imported late, since its module lists these failures."""
    from synthkit.techniques.gan import GAN

    return GAN(**settings)


# --- mode collapse ----------------------------------------------------------------------------


def ring_frame(trace: Trace, record: Step, real: pd.DataFrame) -> None:
    """Add one record of a training on the ring to a trace with the views cloud and losses."""
    assert record.modes is not None
    marks = [
        points(*real.to_numpy()[:300].T, role="real", label="real"),
        points(*record.cloud.T, role="synthetic", label="generated"),
    ]
    if record.field is not None:
        marks.insert(0, grid(record.field.values, record.field.extent, label="σ(D): how real"))
    figures = {
        "modes": record.modes.visited, "found": record.modes.found,
        "quality": record.modes.quality, "kl_to_uniform": record.modes.kl_to_uniform,
        "generator_loss": record.generator_loss, "discriminator_loss": record.discriminator_loss,
    }  # fmt: skip
    sentence = (
        f"After {record.step:,} steps the points visit {record.modes.visited} of "
        f"{record.modes.of} modes; both losses look healthy."
    )
    trace.append(record.step, {"cloud": marks}, scalars=figures, sentence=sentence)


def _mode_collapse(value: DialValue, rng: RandomState) -> Trace:
    """Play the plain game on the ring, D's rate ``value`` times G's; ``pack 2`` at a tenth."""
    packed = value == "0.1, pack 2"
    ratio = 0.1 if packed else float(value)
    trace = _trace(
        "gan.mode_collapse", rng, {"discriminator_ratio": ratio, "pack": 1 + packed},
        View("cloud", "scatter", "How many of the eight modes will it find?", "x", "y",
             (-3, 3), (-3, 3)),
    )  # fmt: skip
    generator = as_generator(rng)
    real = points_of("ring", 20 * 256, generator)
    gan = _gan(
        **PLAIN, discriminator_ratio=ratio, pack=1 + packed, truth="ring",
        epochs=RING_STEPS // 20, record_every=RING_STEPS // RING_FRAMES,
    )  # fmt: skip
    for record in gan.iter_fit(real, rng=generator):
        ring_frame(trace, record, real)
    return trace


# --- vanishing gradient -----------------------------------------------------------------------


def push(objective: Any, probability: float) -> float:
    """Return |∂loss/∂score| of G at a row that D holds for real with this probability."""
    score = torch.tensor([[math.log(probability / (1 - probability))]], requires_grad=True)
    from synthkit.techniques.gan import generator_loss

    loss = generator_loss(objective, torch.zeros(1, 1), score)
    (slope,) = torch.autograd.grad(loss, [score])
    return float(slope.abs())


def _vanishing_gradient(value: DialValue, rng: RandomState) -> Trace:
    """Let D learn alone until it tells nearly all rows, and look at what G then gets to learn."""
    objective: Any = str(value)
    trace = _trace(
        "gan.vanishing_gradient", rng, {"objective": objective},
        View("push", "lines", "What does G learn from a row that D sees through?",
             "σ(D): how real D holds it", "gradient of G's loss", (0, 1), (0, 1.05)),
    )  # fmt: skip
    generator = as_generator(rng)
    real = points_of("ring", 2_000, generator)
    settings = {**PLAIN, "objective": objective, "learning": "discriminator"}
    gan = _gan(**settings, epochs=60, record_every=105)
    for record in gan.iter_fit(real, rng=generator):
        sure = float(np.clip(np.exp(-record.discriminator_loss / 2), 0.5, 0.999))
        mistaken = 1 - sure  # σ(D) at generated rows, as D's mean loss has it
        level = np.linspace(0.001, 0.999, 200)
        curve = [push(objective, float(p)) for p in level]
        marks = [
            line(level, curve, role="truth", label=objective),
            points([mistaken], [push(objective, mistaken)], label="now"),
        ]
        figures = {"push": push(objective, mistaken), "sigma_d_at_fake": mistaken}
        sentence = f"D gives generated rows {mistaken:.1%}; G's push is {figures['push']:.3f}."
        trace.append(record.step, {"push": marks}, scalars=figures, sentence=sentence)
    return trace


# --- divergence -------------------------------------------------------------------------------


def _divergence(value: DialValue, rng: RandomState) -> Trace:
    """Play on the ring at a learning rate of ``value``, as long as it lasts."""
    rate = float(value)
    trace = _trace(
        "gan.divergence", rng, {"learning_rate": rate},
        View("losses", "lines", "Do the losses stay where a game of equals has them?", "step",
             "discriminator's loss"),
    )  # fmt: skip
    generator = as_generator(rng)
    real = points_of("ring", 2_560, generator)
    gan = _gan(**{**PLAIN, "learning_rate": rate}, epochs=20, record_every=20)
    steps: list[int] = []
    losses: list[float] = []
    cause = ""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            for record in gan.iter_fit(real, rng=generator):
                steps.append(record.step)
                losses.append(record.discriminator_loss)
        cause = next((str(w.message) for w in caught if "diverged" in str(w.message)), "")
    except DivergedError as error:  # before the first record
        cause = str(error)
    marks = [line([0, *steps], [2 * math.log(2), *losses], label="discriminator's loss")]
    sentence = cause or f"After {steps[-1]} steps the loss is {losses[-1]:.2f}."
    trace.append(1, {"losses": marks}, scalars={"diverged": float(bool(cause))}, sentence=sentence)
    return trace


# --- memorisation -----------------------------------------------------------------------------


def _memorised(value: DialValue, rng: RandomState) -> Trace:
    """Learn a hundred rows for ``value`` epochs, and attack the result."""
    epochs = int(value)
    trace = _trace(
        "gan.memorised", rng, {"epochs": epochs},
        View("cloud", "scatter", "Are the learnt rows nearer than those held out?", "radius",
             "texture"),
    )  # fmt: skip
    generator = as_generator(rng)
    table = load("breast_cancer").iloc[generator.permutation(569), :10].reset_index(drop=True)
    learnt, held = table[:MEMBERS], table[MEMBERS : 2 * MEMBERS]
    gan = _gan(encoding="points", epochs=epochs, batch_size=MEMBERS, gamma=0.1, latent_dim=16)
    fake = gan.fit(learnt, rng=generator).sample(2_000, rng=generator)
    mean, spread = table.mean(), table.std()
    members, others, made = (((t - mean) / spread).to_numpy() for t in (learnt, held, fake))
    area = membership_auc(members, others, made)
    marks = [
        points(*learnt.iloc[:, :2].to_numpy().T, role="real", label="learnt"),
        points(*held.iloc[:, :2].to_numpy().T, role="holdout", label="held out"),
        points(*fake.iloc[:300, :2].to_numpy().T, role="synthetic", label="generated"),
    ]
    sentence = f"After {epochs:,} epochs learnt rows can be told from others: AUC {area:.2f}."
    trace.append(epochs, {"cloud": marks}, scalars={"membership_auc": area}, sentence=sentence)
    return trace


# --- rare category lost -----------------------------------------------------------------------


def parcels(rng: RandomState) -> pd.DataFrame:
    """Return parcels of which 2 % go by air, and are unlike the others (2,000 rows x 4)."""
    generator = as_generator(rng)
    mode = generator.choice(list(MODES), PARCELS, p=list(MODES.values()))
    centres = np.array([CENTRES[name] for name in mode])
    numbers = centres + 0.7 * generator.standard_normal((PARCELS, 2))
    paid = generator.choice(["card", "cash"], PARCELS, p=[0.7, 0.3])
    return pd.DataFrame(
        {"transport": mode, "weight": numbers[:, 0], "cost": numbers[:, 1], "paid": paid}
    )


def _rare_lost(value: DialValue, rng: RandomState) -> Trace:
    """Learn the parcels with a penalty of weight ``value``, and count those that go by air."""
    gamma = float(value)
    trace = _trace(
        "gan.rare_lost", rng, {"gamma": gamma},
        View("parcels", "scatter", "Does anything still go by air?", "weight", "cost"),
    )  # fmt: skip
    generator = as_generator(rng)
    real = parcels(generator)
    gan = _gan(gamma=gamma, epochs=100, batch_size=250, hidden=64, latent_dim=16)
    fake = gan.fit(real, rng=generator).sample(10 * PARCELS, rng=generator)
    flown, made = real["transport"] == "air", fake["transport"] == "air"
    kept = float(made.mean() / flown.mean())
    plane = ["weight", "cost"]
    marks = [
        points(*real.loc[flown, plane].to_numpy().T, role="real", label="real, by air"),
        points(*fake[plane].to_numpy()[:600].T, role="noise", label="generated"),
        points(
            *fake.loc[made, plane].to_numpy()[:100].T, role="synthetic", label="generated, by air"
        ),
    ]
    sentence = (
        f"{flown.mean():.1%} of the real parcels go by air, {made.mean():.1%} of those generated."
    )
    trace.append(gan.epochs, {"parcels": marks}, scalars={"kept": kept}, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="gan.mode_collapse",
        title="The generator makes one thing only",
        story="A discriminator that learns too slowly is chased from mode to mode: the generator "
        "puts all its points where the other was fooled last. Both losses look healthy, and seven "
        "of eight groups of people are missing.",
        dial=Dial(
            "discriminator_ratio",
            "learning rate of D, as a multiple of G's",
            ("0.1", "0.2", "0.5", "1", "0.1, pack 2"),
            "1",
        ),
        run=_mode_collapse,
        indicator=lambda trace: trace.last("modes"),
        indicator_label="modes that are nearest to 1 % of the points or more, of 8",
        threshold=6,
        broken_when="below",
        broken_at="0.1",
        repair=Repair("0.1, pack 2", "Two rows side by side show D that they are alike."),
    ),
    Failure(
        name="gan.vanishing_gradient",
        title="A discriminator that is always right teaches nothing",
        story="In the original game the generator learns in proportion to how real its rows seem. "
        "Where the discriminator is sure, that is nothing, and the worst rows learn least.",
        dial=Dial("objective", "the game", ("saturating", "nonsaturating"), "nonsaturating"),
        run=_vanishing_gradient,
        indicator=lambda trace: trace.last("push"),
        indicator_label="gradient of G's loss at its own rows, at most 1",
        threshold=0.1,
        broken_when="below",
        broken_at="saturating",
        repair=Repair("nonsaturating", "G raises log σ(D): rows that fail are pushed most."),
    ),
    Failure(
        name="gan.divergence",
        title="The losses leave the numbers",
        story="Steps that are too long overshoot, each answer is larger than the last, and soon "
        "the weights are no numbers. The training stops, says so, and keeps the last good state.",
        dial=Dial("learning_rate", "learning rate", (5.0, 1.0, 0.1, 0.001), 0.001),
        run=_divergence,
        indicator=lambda trace: trace.last("diverged"),
        indicator_label="1 if the training had to be stopped",
        threshold=0.5,
        broken_when="above",
        broken_at=5.0,
        repair=Repair(0.001, "Short steps let each player answer the other."),
    ),
    Failure(
        name="gan.memorised",
        title="Few rows, many epochs: the generator knows people by heart",
        story="With a hundred rows and enough epochs the discriminator knows each of them, and the "
        "generator can only please it by making those. An attacker can tell who was there.",
        dial=Dial("epochs", "passes over the 100 rows", (20, 200, 2_000), 20),
        run=_memorised,
        indicator=lambda trace: trace.last("membership_auc"),
        indicator_label="AUC of a membership attack (½: can't tell)",
        # Without a leak the AUC of 100 against 100 is ½ ± .041: this is 3 σ above.
        threshold=0.625,
        broken_when="above",
        broken_at=2_000,
        repair=Repair(20, "Stop before rows are known one by one; better: learn from more rows."),
    ),
    Failure(
        name="gan.rare_lost",
        title="The rare kind is gone",
        story="Nobody told the discriminator to be smooth: it grows a cliff around the rows it "
        "knows, and the generator finds no way up to the few that are rare and unlike the rest. "
        "It is told to make one and makes something common.",
        dial=Dial("gamma", "weight of the penalty on D's slope", (0.0, 1.0), 1.0),
        run=_rare_lost,
        indicator=lambda trace: trace.last("kept"),
        indicator_label="share of the rare category, as a multiple of the real one",
        threshold=0.5,
        broken_when="below",
        broken_at=0.0,
        repair=Repair(1.0, "A penalty keeps D's slopes gentle, so that there is a way up."),
    ),
)
