r"""Four ways in which a variational autoencoder goes wrong, each with its dial.

Nothing here needs torch until a run is asked for, so that recorded runs can be shown without it.

The first has a theory.  For a linear decoder and a noise variance σ² that is held fixed, the
optimum keeps the principal directions of the table, and with λⱼ the variance along direction j
unit j carries (Lucas et al. 2019)

1. :math:`\mathrm{KL}_j = \max\left(0, \tfrac12 \ln \frac{\lambda_j}{\beta\sigma^2}\right)` nats:

a unit whose λⱼ ≤ βσ² carries nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.datasets import load
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.torch_memory import memorised
from synthkit.trace import Trace, View, bars, line, points

NOISE_VARIANCE = 1.0  # σ² of the collapse run, in units of a standardised column
UNITS = 5  # latent units of the collapse run: more than β = 1 can fill
DIRECTIONS = 8  # principal directions in its picture
SYNTHETIC = 6_000  # rows: 600 of them beyond the 99 % quantile of ten columns, so good to 8 %
TAIL = 0.99
RARE_SHARE = 0.03


def variances(table: pd.DataFrame) -> np.ndarray:
    """Return λ (d,): variances along the principal directions, standardised, largest first."""
    x = table.to_numpy(dtype=np.float64)
    x = (x - x.mean(0)) / x.std(0)
    return np.linalg.eigvalsh(x.T @ x / len(x))[::-1]


def optimal_kl(variance: np.ndarray, beta: float, noise_variance: float) -> np.ndarray:
    """Return the KL of each unit at the linear VAE's optimum, nats, from λ (d,)."""
    return np.maximum(0.0, np.log(variance / (beta * noise_variance)) / 2)  # Eq. 1


def _seed_of(rng: RandomState) -> int:
    return int(rng) if isinstance(rng, (int, np.integer)) else 0


def wine() -> pd.DataFrame:
    """Return the numeric columns of ``wine``: 178 bottles, 13 properties."""
    return load("wine").select_dtypes("number").iloc[:, :13]


def collapse_trace(value: DialValue, rng: RandomState, free_bits: float = 0.0) -> Trace:
    """Train a linear VAE on ``wine`` with β = ``value`` and σ² = 1, and watch its units."""
    from synthkit.techniques.vae import VAE

    beta, table = float(value), wine()
    trace = Trace(
        "vae.posterior_collapse",
        seed=_seed_of(rng),
        parameters={"beta": beta, "noise_variance": NOISE_VARIANCE, "free_bits": free_bits},
        views=(
            View(
                "latent", "scatter", "Where does the encoder put each bottle?",
                "first latent unit", "second latent unit", (-3.5, 3.5), (-3.5, 3.5),
            ),
            View(
                "units", "lines", "What does each latent unit carry, and what does theory say?",
                "latent unit, fullest first", "KL, nats", (0.5, UNITS + 0.5), (-0.02, 0.9),
            ),
            View(
                "line", "lines", "Which directions of the table rise above βσ²?",
                "principal direction", "variance λ", (0.5, DIRECTIONS + 0.5), (0.2, 10.0),
                y_scale="log",
            ),
        ),
        code="synth = synthkit.VAE(likelihood='gaussian', hidden=0, latent_dim=5, "
        f"noise_variance=1,\n                   beta={beta:g})\n"
        "records = list(synth.iter_fit(wine, rng=0))",
    )  # fmt: skip
    spectrum = variances(table)
    direction, unit = np.arange(1, DIRECTIONS + 1), np.arange(1, UNITS + 1)
    border = beta * NOISE_VARIANCE
    theory = optimal_kl(spectrum[:UNITS], beta, NOISE_VARIANCE)
    fixed = [
        line(direction, spectrum[:DIRECTIONS], role="real", label="λ of the table"),
        points(direction, spectrum[:DIRECTIONS], role="real"),
        line([0.5, DIRECTIONS + 0.5], [border, border], role="truth", label="βσ²"),
    ]
    synth = VAE(
        likelihood="gaussian", hidden=0, latent_dim=UNITS, epochs=500, batch_size=len(table),
        learning_rate=0.05, beta=beta, warm_up=0.0, free_bits=free_bits,
        noise_variance=NOISE_VARIANCE, prior="standard",
    )  # fmt: skip
    shown = set(np.unique(np.geomspace(1, 500, 40).round().astype(int)))
    for record in synth.iter_fit(table, rng=rng):
        if record.epoch + 1 not in shown:
            continue
        kl = np.sort(record.kl.astype(float))[::-1]
        trace.append(
            record.epoch + 1,
            {
                "latent": [points(*record.cloud.T, role="synthetic", label="bottles")],
                "units": [
                    line(unit, theory, role="truth", label="½ ln(λ ÷ βσ²)"),
                    line(unit, kl, role="synthetic", label="measured"),
                    points(unit, kl, role="synthetic"),
                ],
                "line": fixed,
            },
            scalars={"kl": float(kl.sum()), "active": record.active_units, "elbo": record.elbo},
            sentence=f"After {record.epoch + 1} epochs {record.active_units} of {UNITS} units are "
            f"active and carry {kl.sum():.2f} nats; theory says {theory.sum():.2f}.",
        )
    return trace


def outlier_trace(value: DialValue, rng: RandomState) -> Trace:
    """Decode breast_cancer with ``value`` of the likelihood's noise, and count outliers."""
    from synthkit.techniques.vae import VAE

    share, table = float(value), load("breast_cancer").iloc[:, :10]
    trace = Trace(
        "vae.lost_outliers",
        seed=_seed_of(rng),
        parameters={"likelihood_noise": share},
        views=(
            View(
                "cloud", "scatter", "Where have the outliers gone?", "texture", "smoothness",
                (5, 42), (0.04, 0.17),
            ),
            View("column", "histogram", "What is left of one column's spread?", "texture", "share"),
        ),
        code=f"synthkit.VAE(likelihood='gaussian', latent_dim=2, prior='aggregate',\n"
        f"             epochs=60, batch_size=64, likelihood_noise={share:g})",
    )
    synth = VAE(
        likelihood="gaussian", latent_dim=2, epochs=60, batch_size=64, prior="aggregate",
        likelihood_noise=share,
    )  # fmt: skip
    generator = as_generator(rng)
    fake = synth.fit(table, rng=generator).sample(SYNTHETIC, rng=generator)
    kept = beyond(table, fake) / (1 - TAIL)
    spread = float((fake.std() / table.std()).mean())
    edges = np.linspace(5, 42, 25)
    marks = {
        "cloud": [
            points(table["texture"], table["smoothness"], role="real", label="real"),
            points(*fake[["texture", "smoothness"]].head(len(table)).to_numpy().T,
                   role="synthetic", label="synthetic"),
        ],
        "column": [
            bars(edges, np.histogram(data["texture"], edges)[0] / len(data), role=role, label=role)
            for role, data in (("real", table), ("synthetic", fake))
        ],
    }  # fmt: skip
    trace.append(
        0, marks, scalars={"outliers": kept, "spread": spread},
        sentence=f"With {share:.0%} of the noise {kept:.0%} of the outliers are there, and "
        f"{spread:.0%} of the standard deviation.",
    )  # fmt: skip
    return trace


def beyond(real: pd.DataFrame, fake: pd.DataFrame) -> float:
    """Return the share of synthetic cells above their real column's 99 % quantile."""
    return float((fake > real.quantile(TAIL)).to_numpy().mean())


def rare_trace(value: DialValue, rng: RandomState) -> Trace:
    """Decode a table with a category that few rows have, at ``value`` of the softmax's noise."""
    from synthkit.techniques.vae import VAE

    share = float(value)
    trace = Trace(
        "vae.lost_category",
        seed=_seed_of(rng),
        parameters={"likelihood_noise": share, "rare_share": RARE_SHARE},
        views=(View("kinds", "histogram", "How many rare cases are left?", "kind", "share"),),
        code=f"synthkit.VAE(epochs=30, likelihood_noise={share:g})",
    )
    generator = as_generator(rng)
    table = load("breast_cancer").iloc[:, :4]
    kinds = ["common", "less common", "rare"]
    table["kind"] = generator.choice(kinds, len(table), p=[0.8, 0.2 - RARE_SHARE, RARE_SHARE])
    synth = VAE(epochs=30, likelihood_noise=share).fit(table, rng=generator)
    fake = synth.sample(SYNTHETIC, rng=generator)
    shares = [
        data["kind"].value_counts(normalize=True).reindex(kinds, fill_value=0.0).to_numpy()
        for data in (table, fake)
    ]
    kept = float(shares[1][2] / shares[0][2])
    marks = [
        bars(kinds, heights, role=role, label=role)
        for role, heights in zip(("real", "synthetic"), shares)
    ]
    sentence = f"With {share:.0%} of the noise there are {kept:.0%} of the rare cases."
    trace.append(0, {"kinds": marks}, scalars={"rare": kept}, sentence=sentence)
    return trace


NOISE_DIAL = Dial("likelihood_noise", "noise of the likelihood (share)", (0.0, 0.25, 0.5, 1.0), 1.0)
FAILURES = (
    Failure(
        name="vae.posterior_collapse",
        title="Posterior collapse: latent units that carry nothing",
        story="The price β of each nat is higher than what the nat is worth. Unit by unit the "
        "encoder answers every row with the same standard normal, and the decoder, which hears "
        "nothing of the row, makes the average one.",
        dial=Dial("beta", "price of a nat, β", (1.0, 2.0, 4.0, 8.0), 1.0),
        run=collapse_trace,
        indicator=lambda trace: trace.last("kl"),
        indicator_label="nats a row that pass the bottleneck",
        threshold=0.2,
        broken_when="below",
        broken_at=8.0,
        repair=Repair(1.0, "With β = 1 each direction whose λ is above σ² pays its way again."),
    ),
    Failure(
        name="vae.lost_outliers",
        title="Decoding the mean only loses the outliers",
        story="The decoder says where a row is to be expected, and how far off it may be. Who "
        "forgets the second half gets a table of typical patients: smooth, plausible, and "
        "without the cases that medicine is about.",
        dial=NOISE_DIAL,
        run=outlier_trace,
        indicator=lambda trace: trace.last("outliers"),
        indicator_label="outliers (above the real 99 % quantile), synthetic ÷ real",
        threshold=0.8,
        broken_when="below",
        broken_at=0.0,
        repair=Repair(1.0, "Draw from the decoder's distribution, not its mean."),
    ),
    Failure(
        name="vae.lost_category",
        title="The most likely category is never the rare one",
        story="Three patients in a hundred have the rare kind. For no single row is it the "
        "likeliest answer, so taking the likeliest each time makes it vanish from the table.",
        dial=NOISE_DIAL,
        run=rare_trace,
        indicator=lambda trace: trace.last("rare"),
        indicator_label="rare cases, synthetic ÷ real",
        threshold=0.5,
        broken_when="below",
        broken_at=0.0,
        repair=Repair(1.0, "Draw the category from the softmax instead of taking its largest."),
    ),
    memorised(
        "vae",
        "The loss goes on falling, and the rows look better and better, because they are the "
        "real ones. Whoever holds the synthetic table can tell who was in the study.",
        prior="aggregate",
    ),
)
