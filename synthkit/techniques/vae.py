r"""Variational autoencoder: squeeze each row through a few numbers, and decode fresh ones.

An encoder maps a row x to a small Gaussian cloud in a latent space, a decoder maps a
point z of that space back to a row.  Both learn by raising a lower bound on log p(x):

1. encoder: :math:`q(z \mid x) = N(\mu(x), \mathrm{diag}\,\sigma^2(x))`
2. draw: :math:`z = \mu + \sigma \varepsilon,\; \varepsilon \sim N(0, I)`
3. bound: :math:`\mathrm{ELBO} = E_q[\log p(x \mid z)] - \beta \sum_k \mathrm{KL}_k`
4. :math:`\mathrm{KL}_k = \frac12(\mu_k^2 + \sigma_k^2 - 1 - \log \sigma_k^2)`
5. free bits: :math:`\sum_k \max(\lambda, \overline{\mathrm{KL}}_k)` in its place
6. codes: :math:`\log p(x \mid z) = \sum_j \log \mathrm{softmax}_j(x_j)`
7. Gaussian: :math:`\log p(x \mid z) = -\frac12 \sum_j [(x_j - m_j)^2/\sigma^2 +
   \log 2\pi\sigma^2]`

======  ===============  ==========================================
symbol  name             shape
======  ===============  ==========================================
n, d    rows, columns
z       latent           (n, latent_dim)
μ, σ²   mean, log_var    (n, latent_dim), the latter as its log
K       alphabet         codes of all columns together
======  ===============  ==========================================

Where this differs from the paper: a mixed table is coded (see :mod:`synthkit.tables`), and each
column has a softmax of its own, from which the code is *drawn*; β rises from 0 over the
first part of the training (Bowman 2016); new z come from a mixture fitted to the encoder's
clouds, unless the standard normal is asked for.

When it fails: large β, and a latent unit whose λ ≤ βσ² carries nothing (posterior collapse);
decoding the mean only, without the likelihood's noise, loses outliers and rare categories.

References: Kingma & Welling (2013), arXiv 1312.6114; Higgins et al. (2017), β-VAE; Kingma
et al. (2016), free bits, arXiv 1606.04934; Lucas et al. (2019), arXiv 1911.02469.
"""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from synthkit.errors import ParameterError
from synthkit.techniques.torch_codes import Alphabet, code_tensor, initialise, torch_generator
from synthkit.techniques.torch_numbers import numbers_of, scale_of, standardised, table_of
from synthkit.techniques.torch_training import Run, TorchSynthesizer
from synthkit.techniques.vae_failures import FAILURES

ACTIVE = 0.01  # a latent unit is active if its mean varies by this much (Burda et al. 2016)
COMPONENTS = 20  # of the mixture fitted to the latent clouds
CLOUD = 500  # latent points in a record: enough to see, small enough to keep
MAX_GRADIENT = 5.0
DECODED = 8_192  # rows decoded at once: their logits (n, K) are what takes memory


@dataclass(frozen=True)
class Epoch:
    """What one epoch yields; all figures in nats a row.

    Parameters
    ----------
    epoch : int
    elbo, reconstruction : float
        The bound with β = 1, and its first term.
    kl : ndarray of shape (latent_dim,)
        KL of each latent unit.
    active_units : int
        Units whose mean varies over the rows.
    beta : float
        The weight of the KL term at the end of this epoch.
    cloud : ndarray of shape (≤ 500, 2)
        Latent means of the two units with the largest KL.
    """

    epoch: int
    elbo: float
    reconstruction: float
    kl: np.ndarray
    active_units: int
    beta: float
    cloud: np.ndarray


def reparameterise(mean: Tensor, log_var: Tensor, generator: torch.Generator) -> Tensor:
    """Draw z (n, latent_dim) from the encoder's Gaussians."""
    noise = torch.randn(mean.shape, generator=generator).to(mean.device)
    return mean + noise * (log_var / 2).exp()  # Eq. 2


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(q ‖ N(0, 1)) of each row and latent unit (n, latent_dim), nats."""
    return (mean**2 + log_var.exp() - 1 - log_var) / 2  # Eq. 4


def penalty(kl: Tensor, beta: float, free_bits: float) -> Tensor:
    """Return β ΣKL averaged over rows, where a unit's first ``free_bits`` nats are free."""
    return beta * kl.mean(0).clamp(min=free_bits).sum()  # Eq. 5


def gaussian_log_likelihood(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Log density of rows x (n, d) around mean (n, d), one variance for all: (n,)."""
    square = (x - mean) ** 2 / log_variance.exp()
    return -(square + log_variance + math.log(2 * math.pi)).sum(1) / 2  # Eq. 7


def beta_at(step: int, steps: int, beta: float, warm_up: float) -> float:
    """β at a step: rising in a straight line over the first ``warm_up`` part of the training."""
    return beta * min(1.0, (step + 1) / max(1.0, warm_up * steps))


def _layers(sizes: list[int]) -> nn.Sequential:
    """Linear layers with SiLU between them; two sizes make one linear map."""
    parts: list[nn.Module] = []
    for inside, outside in itertools.pairwise(sizes):
        parts += [nn.Linear(inside, outside, device="meta").to_empty(device="cpu"), nn.SiLU()]
    return nn.Sequential(*parts[:-1])


class Network(nn.Module):
    """Encoder and decoder; ``alphabet`` None means rows of d numbers with Gaussian noise."""

    def __init__(self, d: int, alphabet: Alphabet | None, latent_dim: int, hidden: int) -> None:
        super().__init__()
        self.alphabet = alphabet
        middle = [hidden] if hidden else []
        out = alphabet.total if alphabet else d
        if alphabet:
            self.embed = nn.Parameter(torch.empty(alphabet.total, hidden))
            self.encoder = _layers([hidden, hidden, 2 * latent_dim])
            middle = [hidden, hidden]
        else:
            self.encoder = _layers([d, *middle, 2 * latent_dim])
        self.decoder = _layers([latent_dim, *middle, out])
        self.log_variance = nn.Parameter(torch.zeros(()))  # of the Gaussian likelihood

    def set_output_bias(self, bias: Tensor) -> None:
        """Start from the right marginals: the last layer's bias (K,) is log frequencies."""
        last = self.decoder[-1]
        if isinstance(last, nn.Linear):
            last.bias.copy_(bias)

    def encode(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (n, latent_dim) for codes or numbers (n, d)."""
        if self.alphabet:
            letters = self.alphabet.letters(rows)
            rows = nn.functional.silu(nn.functional.embedding_bag(letters, self.embed, mode="sum"))
        mean, log_var = self.encoder(rows).chunk(2, 1)
        return mean, log_var.clamp(-12, 12)  # Eq. 1

    def log_likelihood(self, rows: Tensor, z: Tensor) -> Tensor:
        """Return log p(x | z) for each row (n,)."""
        decoded = self.decoder(z)
        if self.alphabet:
            return -self.alphabet.cross_entropy(decoded, rows)  # Eq. 6
        return gaussian_log_likelihood(rows, decoded, self.log_variance)


def elbo_terms(network: Any, rows: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return log p(x | z) (n,) and the KL of each unit (n, latent_dim), z drawn once a row."""
    mean, log_var = network.encode(rows)
    z = reparameterise(mean, log_var, generator)
    return network.log_likelihood(rows, z), kl_to_standard_normal(mean, log_var)


class VAE(TorchSynthesizer):
    """A variational autoencoder on mixed tables with missing values.

    Parameters
    ----------
    latent_dim : int
        Numbers that a row is squeezed into.
    hidden : int
        Units of each hidden layer; 0 (Gaussian likelihood only) makes both maps linear, which
        is probabilistic PCA.
    epochs : int or None
        Passes over the rows; None makes 10, or on a small table as many as give 500 steps.
    batch_size : int
        Rows in one step; a table smaller than this is one batch.
    learning_rate : float
        Of Adam, falling to 0 along a cosine.
    beta : float
        Weight of the KL term; above 1 it silences latent units one by one.
    warm_up : float
        Part of the training, 0 to 1, over which β rises from 0.
    free_bits : float
        Nats of KL that each latent unit may spend for nothing: the cure for collapse.
    likelihood : {'codes', 'gaussian'}
        ``'codes'``: every kind of column, each with a softmax of its own. ``'gaussian'``: numeric
        columns only, standardised, one noise variance for all.
    prior : {'mixture', 'aggregate', 'standard'}
        Where new z come from: a mixture of 20 Gaussians fitted to the encoder's clouds; the
        cloud of a random real row; or N(0, I), as in the paper.
    noise_variance : float or None
        σ² of the Gaussian likelihood, on standardised columns; None learns it.  Together with β
        it decides which latent units live: those with λ > βσ².
    likelihood_noise : float or bool
        Draw from the decoder's distribution, 1, or take only its mean or most likely code, 0: then
        outliers and rare categories are lost (a declared failure).  Values between shrink the
        standard deviation, or the temperature of the softmax, to that share.
    device : {'cpu', 'auto', 'cuda'}
        Where to train; ``'auto'`` takes a GPU if there is one.

    Attributes
    ----------
    network_ : Network
    elbo_ : float
        Of the last epoch, nats a row.

    References
    ----------
    Kingma & Welling (2013), Auto-encoding variational Bayes, arXiv 1312.6114.
    """

    name: ClassVar[str] = "vae"
    mixture_: dict[str, np.ndarray] | None

    def __init__(
        self,
        *,
        latent_dim: int = 16,
        hidden: int = 128,
        epochs: int | None = None,
        batch_size: int = 256,
        learning_rate: float = 4e-3,
        beta: float = 1.0,
        warm_up: float = 0.3,
        free_bits: float = 0.0,
        likelihood: Literal["codes", "gaussian"] = "codes",
        prior: Literal["mixture", "aggregate", "standard"] = "mixture",
        noise_variance: float | None = None,
        likelihood_noise: float = 1.0,
        device: str = "cpu",
    ) -> None:
        self.latent_dim = latent_dim
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.beta = beta
        self.warm_up = warm_up
        self.free_bits = free_bits
        self.likelihood = likelihood
        self.prior = prior
        self.noise_variance = noise_variance
        self.likelihood_noise = likelihood_noise
        self.device = device

    def _check(self) -> None:
        rules = {
            "latent_dim": (self.latent_dim >= 1, "1 or more"),
            "hidden": (
                self.hidden >= (self.likelihood == "codes"),
                "1 or more (0: linear Gaussian)",
            ),
            "beta": (self.beta >= 0, "0 or more"),
            "warm_up": (0 <= self.warm_up <= 1, "between 0 and 1"),
            "free_bits": (self.free_bits >= 0, "0 or more"),
            "noise_variance": (self.noise_variance is None or self.noise_variance > 0, "above 0"),
            "likelihood_noise": (0 <= self.likelihood_noise <= 1, "between 0 and 1"),
            "likelihood": (self.likelihood in ("codes", "gaussian"), "'codes' or 'gaussian'"),
            "prior": (
                self.prior in ("mixture", "aggregate", "standard"),
                "'mixture', 'aggregate' or 'standard'",
            ),
        }
        for label, (fine, rule) in rules.items():
            if not fine:
                raise ParameterError(f"{label} must be {rule}; got {getattr(self, label)!r}.")

    def _rows(self, table: pd.DataFrame) -> Tensor:
        """Return the table as codes (n, d), or as standardised numbers (n, d)."""
        if self.likelihood == "codes":
            return code_tensor(self.encoder_.to_codes(*self.encoder_.encode(table)))
        asked, cure = "likelihood='gaussian'", "likelihood='codes'"
        numbers = numbers_of(self.encoder_, table, asked, cure)
        if not hasattr(self, "network_"):  # the table that is being learnt
            self.scale_ = scale_of(numbers)
        return standardised(numbers, self.scale_)

    def _build(self) -> Network:
        sizes = self.encoder_.cardinalities
        alphabet = Alphabet(sizes) if self.likelihood == "codes" else None
        return Network(max(1, len(sizes)), alphabet, self.latent_dim, self.hidden)

    def _start(self, run: Run) -> None:
        network: Any = run.network
        initialise(network, run.generator)
        with torch.no_grad():
            if network.alphabet:
                network.set_output_bias(network.alphabet.log_frequencies(run.rows))
            if self.noise_variance is not None:
                network.log_variance.fill_(math.log(self.noise_variance)).requires_grad_(False)
        run.optimisers["adam"] = torch.optim.Adam(network.parameters(), fused=True)

    def _step(self, run: Run, batch: Tensor) -> dict[str, float]:
        run.set_learning_rate(self.learning_rate)
        beta = beta_at(run.step, run.steps, self.beta, self.warm_up)
        reconstruction, kl = elbo_terms(run.network, batch, run.generator)
        loss = -reconstruction.mean() + penalty(kl, beta, self.free_bits)  # Eq. 3
        run.optimisers["adam"].zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(run.network.parameters(), MAX_GRADIENT)
        run.optimisers["adam"].step()
        return {"loss": float(loss.detach()), "gradient norm": float(norm)}

    @torch.no_grad()
    def _record(self, run: Run, figures: dict[str, float]) -> Epoch:
        network: Any = run.network
        some = run.rows[torch.randperm(len(run.rows), generator=run.generator)[:4096]]
        reconstruction, kl = elbo_terms(network, some, run.generator)
        mean, _ = network.encode(some)
        unit_kl = kl.mean(0)
        best = unit_kl.argsort(descending=True)[:2]
        value = float(reconstruction.mean())
        elbo = value - float(unit_kl.sum())
        run.learned.update(self._prior(network, run.rows, run.generator), elbo_=elbo)
        return Epoch(
            run.epoch, elbo, value, unit_kl.cpu().numpy(),
            int((mean.var(0, correction=0) > ACTIVE).sum()),
            beta_at(run.step - 1, run.steps, self.beta, self.warm_up),
            mean[:CLOUD][:, best].cpu().numpy(),
        )  # fmt: skip

    def _prior(self, network: Any, rows: Tensor, generator: torch.Generator) -> dict[str, Any]:
        """Return what ``prior`` remembers of where the encoder puts the real rows."""
        if self.prior == "standard":
            return {}
        mean, log_var = (part.cpu().numpy() for part in network.encode(rows))
        clouds = np.stack([mean, np.exp(log_var / 2)])  # (2, n, latent_dim)
        seed = int(torch.randint(2**31, (), generator=generator))
        return {"clouds_": clouds, "mixture_seed_": seed, "mixture_": None}

    def _fit_mixture(self) -> dict[str, np.ndarray]:
        """Return the mixture; it is fitted when it is first needed, not after each epoch."""
        if self.mixture_ is None:
            mean, sd = self.clouds_
            self.mixture_ = fit_mixture(mean, sd, self.mixture_seed_)
        return self.mixture_

    def _get_state(self) -> dict[str, Any]:
        state = super()._get_state()
        if self.prior == "mixture":  # the rows' own clouds need not leave the house
            state |= {"mixture_": self._fit_mixture(), "clouds_": None}
        return state

    @torch.no_grad()
    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"VAE can't draw with given values; got given={given!r}. "
                "Use MonteCarlo, or sample more rows and filter them."
            )
        return self.decode(self._draw_latent(n, rng), rng=rng)

    def _draw_latent(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw z (n, latent_dim) from the chosen prior."""
        noise = rng.standard_normal((n, self.latent_dim))
        if self.prior == "standard":
            return noise
        if self.prior == "aggregate":
            row = rng.integers(0, self.clouds_.shape[1], n)
            return self.clouds_[0][row] + noise * self.clouds_[1][row]
        shares, means, roots = (self._fit_mixture()[k] for k in ("shares", "means", "roots"))
        which = rng.choice(len(shares), size=n, p=shares)
        z = np.empty_like(noise)
        for k in range(len(shares)):
            here = which == k
            z[here] = means[k] + noise[here] @ roots[k].T
        return z

    @torch.no_grad()
    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return the latent means (n, latent_dim) of a table's rows."""
        self._check_fitted()
        mean, _ = self.network_.encode(self._rows(self.schema_.aligned(table)))
        return np.asarray(mean.numpy())

    @torch.no_grad()
    def decode(self, z: np.ndarray, *, rng: Any = None) -> pd.DataFrame:
        """Return the rows that latent points z (n, latent_dim) stand for.

        With ``likelihood_noise=0`` the same z gives the same, most likely row: so a walk along a
        latent axis is drawn.
        """
        generator = np.random.default_rng(rng)
        latent = torch.from_numpy(z).float()
        if self.network_.alphabet is None:
            return self._numbers_to_table(self.network_.decoder(latent).numpy(), generator)
        stream = torch_generator(generator)
        codes = torch.cat([self._codes_of(part, stream) for part in torch.split(latent, DECODED)])
        chosen = codes.numpy()[:, : len(self.encoder_.columns)]
        return self.encoder_.decode(*self.encoder_.from_codes(chosen, generator))

    def _codes_of(self, latent: Tensor, stream: torch.Generator) -> Tensor:
        """Return codes (n, d) of latent points (n, latent_dim): drawn, or the likeliest."""
        logits = self.network_.decoder(latent)  # (n, K)
        alphabet = self.network_.alphabet
        if self.likelihood_noise > 0:
            return alphabet.draw(logits / self.likelihood_noise, stream)
        return torch.stack([part.argmax(1) for part in torch.split(logits, alphabet.sizes, 1)], 1)

    def _numbers_to_table(self, mean: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """Add the likelihood's noise, undo the standardisation, and keep each column's dtype."""
        sd = self.likelihood_noise * math.exp(self.network_.log_variance.item() / 2)
        noisy = mean + sd * rng.standard_normal(mean.shape)
        return table_of(self.encoder_, noisy * self.scale_[1] + self.scale_[0])


def fit_mixture(mean: np.ndarray, sd: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Fit a Gaussian mixture to one draw from each row's cloud (mean and sd: (n, latent_dim))."""
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(mean))[:10_000]
    z = mean[rows] + sd[rows] * rng.standard_normal((len(rows), mean.shape[1]))
    k = max(1, min(COMPONENTS, len(z) // (5 * z.shape[1])))
    mixture = GaussianMixture(k, reg_covar=1e-4, random_state=0, max_iter=50, tol=1e-2)
    if len(z) < 2:
        return {"shares": np.ones(1), "means": z, "roots": np.eye(z.shape[1])[None] * sd.mean()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unconverged mixture is still a good prior
        mixture.fit(z.astype(np.float64))
    roots = np.linalg.cholesky(mixture.covariances_)
    return {"shares": mixture.weights_, "means": mixture.means_, "roots": roots}


VAE.failures = FAILURES
