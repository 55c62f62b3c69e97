"""Lesson 06: the VAE theatre on handwritten digits, and the look inside its bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from synthkit.course.inside import Inside, Panel, Term
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.vae_failures import UNITS, optimal_kl, variances, wine
from synthkit.trace import Trace, View, grid, points

SIDE = 8  # pixels of a digit
WALK = 9  # stops of the walk along each latent axis
REACH = 2.2  # the walk goes from −2.2 to 2.2 standard deviations: 97 % of N(0, 1)
SHOWN_DIGITS = 4  # in each row of the picture of reconstructions
EPOCHS, BATCH = 60, 128
CLOUD = 400


def digits() -> pd.DataFrame:
    """Return sklearn's 1,797 handwritten digits, 64 grey values each, 0 to 1."""
    from sklearn.datasets import load_digits

    return pd.DataFrame(load_digits().data / 16, columns=[f"pixel_{k:02d}" for k in range(64)])


def tiled(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images (n, 64) side by side, ``columns`` in a row; row 0 of the result is the bottom."""
    blocks = images.reshape(-1, columns, SIDE, SIDE)  # (rows of tiles, columns, 8, 8)
    picture = blocks.transpose(0, 2, 1, 3).reshape(-1, columns * SIDE)
    return picture[::-1]


def theatre(rng: RandomState, beta: float = 1.0) -> Iterator[Trace]:
    """Train a VAE with two latent units on digits, and show plane, walk and reconstruction.

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
    beta : float
        The price of a nat.
    """
    from synthkit.techniques.vae import VAE

    trace = Trace(
        "vae.theatre",
        seed=rng,
        parameters={"beta": beta, "latent_dim": 2},
        views=(
            View("plane", "scatter", "Where does the encoder put each digit?",
                 "latent unit 1", "latent unit 2", (-4, 4), (-4, 4)),
            View("walk", "heatmap", "What does each place of the latent plane decode to?",
                 "latent unit 1", "latent unit 2", z_label="ink", z_range=(0, 1)),
            View("back", "heatmap", "What comes back (each real digit stands above its own)?",
                 "", "", z_label="ink", z_range=(0, 1)),
        ),
        code=f"for record in synthkit.VAE(likelihood='gaussian', latent_dim=2, beta={beta:g})\\\n"
        "        .iter_fit(digits, rng=0):\n    print(record.elbo)",
    )  # fmt: skip
    table = digits()
    some = table.iloc[:: len(table) // CLOUD]
    originals = table.iloc[: 2 * SHOWN_DIGITS]
    axis = np.linspace(-REACH, REACH, WALK)
    places = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)  # top row first
    extent = (-REACH, REACH, -REACH, REACH)
    synth = VAE(
        likelihood="gaussian", latent_dim=2, epochs=EPOCHS, batch_size=BATCH, beta=beta,
        prior="standard", likelihood_noise=0.0, learning_rate=3e-3,
    )  # fmt: skip
    for record in synth.iter_fit(table, rng=rng):
        if record.epoch % 3 and record.epoch != EPOCHS - 1:
            continue
        walk = synth.decode(places).to_numpy().clip(0, 1)
        back = synth.decode(synth.encode(originals)).to_numpy().clip(0, 1)
        rows = np.stack([originals.to_numpy(), back]).reshape(2, 2, SHOWN_DIGITS, -1)
        both = rows.transpose(1, 0, 2, 3)  # real, back, real, back
        trace.append(
            record.epoch + 1,
            {
                "plane": [points(*synth.encode(some).T, role="real", label="digits"),
                          points(*places.T, role="synthetic", label="stops of the walk")],
                "walk": [grid(tiled(walk, WALK), extent, label="ink")],
                "back": [grid(tiled(both, SHOWN_DIGITS), (0, SHOWN_DIGITS, 0, 4), label="ink")],
            },
            scalars={"elbo": record.elbo, "kl": float(record.kl.sum()),
                     "active": record.active_units},
            sentence=f"After {record.epoch + 1} epochs {record.active_units} of 2 latent units are "
            f"active; they carry {record.kl.sum():.1f} nats a digit.",
        )  # fmt: skip
        yield trace


#: The look inside the bound, and where each symbol stands in the source.
BOUND_INSIDE = Inside(
    terms=(
        Term("μ", "where the encoder puts a row: the middle of its cloud.", (r"\bmean\b",)),
        Term("σ", "how wide that cloud is; the network gives its logarithm.", (r"\blog_var\b",)),
        Term("ε", "standard normal noise: the only chance, kept outside the network so that "
             "gradients pass.", (r"\bnoise\b",)),
        Term("KL", "what it costs to say where the row is, in nats.", (r"\bkl\b",)),
        Term("β", "the price of a nat.", (r"\bbeta\b",)),
    ),
    equations=(
        "z  =  ‹μ›  +  ‹σ› ‹ε›",
        "‹KL›  =  ½ ( ‹μ›² + ‹σ›² − 1 − log ‹σ›² )",
        "penalty  =  ‹β› Σ ‹KL›",
    ),
)  # fmt: skip
#: The same for readers without torch: the linear case, in NumPy.
LINEAR_INSIDE = Inside(
    terms=(
        Term("λ", "the variance of the table along a principal direction.",
             (r"\bvariance\b", r"np\.linalg\.eigvalsh")),
        Term("β", "the price of a nat.", (r"\bbeta\b",)),
        Term("σ", "the noise of the likelihood.", (r"\bnoise_variance\b",)),
    ),
    equations=("‹λ›  =  eigenvalues of X ᵀX ∕ n", "KL  =  max( 0 , ½ ln( ‹λ› ∕ ‹β› ‹σ›² ) )"),
)  # fmt: skip


def bound_picture(rng: RandomState, rows: int = 150) -> tuple[Panel, ...]:
    """Walk the wine bottles through a linear VAE's bottleneck at its optimum (σ² = 1, β = 1)."""
    generator = as_generator(rng)
    x = wine().to_numpy(dtype=np.float64)
    x = (x - x.mean(0)) / x.std(0)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    value, direction = values[::-1][:2], vectors[:, ::-1][:, :2]
    scale = np.sqrt((value - 1) / value)  # E[z | x] = scale · principal score in unit variance
    mean = (x @ direction / np.sqrt(value) * scale)[:rows]
    noise = generator.standard_normal(mean.shape)
    spread = 1 / np.sqrt(value)  # the posterior's standard deviation
    cost = (mean**2 + spread**2 - 1 - np.log(spread**2)) / 2
    return (
        Panel("means μ of 150 bottles", mean, ("μ", "λ")),
        Panel("noise ε", noise, ("ε",), role="synthetic"),
        Panel("z = μ + σ ε", mean + noise * spread, ("μ", "σ", "ε"), role="synthetic"),
        Panel("KL of both units, nats", cost, ("KL", "β"), role="synthetic"),
    )


def theory_table(betas: tuple[float, ...] = (1, 2, 4, 8)) -> pd.DataFrame:
    """Return what theory says each latent unit carries at each β, nats, on ``wine`` (σ² = 1)."""
    spectrum = variances(wine())[:UNITS]
    rows: dict[str, Any] = {f"β = {beta:g}": optimal_kl(spectrum, beta, 1.0) for beta in betas}
    table = pd.DataFrame(rows, index=[f"unit {k + 1}" for k in range(UNITS)]).T
    table.insert(0, "active", (table > 0).sum(axis=1))
    return table.round(3)
