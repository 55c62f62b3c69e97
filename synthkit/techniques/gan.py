r"""Generative adversarial network: a forger and a detective that train each other.

The generator G turns noise z into rows; the discriminator D gives a row a score, high for
real.  They take turns, each improving against the other:

1. saturating (the original game): D raises
   :math:`\log\sigma(D(x)) + \log(1-\sigma(D(G(z))))`, G lowers it
2. non-saturating: G raises :math:`\log\sigma(D(G(z)))` instead
3. relativistic: D raises :math:`\log\sigma(D(x) - D(G(z)))`, G raises
   :math:`\log\sigma(D(G(z)) - D(x))`
4. penalty: :math:`\frac{\gamma}{2}\,(E\|\nabla D(x)\|^2 + E\|\nabla D(G(z))\|^2)`
5. averaged generator: :math:`\bar\theta \leftarrow a\bar\theta + (1-a)\theta`; it samples

======  =================  ======================================================
symbol  name               shape
======  =================  ======================================================
n, d    rows, columns
K       width              d numbers, or the codes of all columns side by side
z       noise              (n, latent_dim)
x       row                (n, K): numbers, or one-hot codes
D(x)    score              (n, 1), high for real
======  =================  ======================================================

Points and tables are the same game on two encodings (``gan_rows.py``): d numbers as they are, or
every kind of column as codes (see :mod:`synthkit.tables`), which G hands over softened.

Where this differs from the papers: codes instead of mode-specific normalisation; the condition
is a category of a random real row at its *true* frequency, so nothing has to be weighted back;
both networks look at the same generated batch; the penalty comes every fourth step, four times
as heavy.

When to use it: to see and study the game, or where only a discriminator can say what is wrong.
For a table, sequential trees are the plain choice: on 24,421 rows of Adult this GAN took 39 CPU-s
for a C2ST of .68 and a TSTR of .885 (8,140 validation rows, means of three seeds; 32 epochs: 26
CPU-s, .73 and .874); in a run of their own on other rows ``Trees`` took one CPU-s for .53 and .91.
``benchmarks/bench_generative.py`` compares them side by side.

When it fails: see :mod:`synthkit.techniques.gan_failures`.

The plain game of the papers on points: ``GAN(encoding="points", objective="nonsaturating",
gamma=0, averaging=0, betas=(0.5, 0.9), learning_rate=1e-3, batch_size=256, latent_dim=2)``.

References: Goodfellow et al. (2014), arXiv 1406.2661; Jolicoeur-Martineau (2018), relativistic,
arXiv 1807.00734; Mescheder et al. (2018), penalties, arXiv 1801.04406; Lin et al. (2017), PacGAN,
arXiv 1712.04086; Xu et al. (2019), CTGAN, arXiv 1907.00503; Yazıcı et al. (2018),
averaging, arXiv 1806.04498.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthkit.errors import ParameterError
from synthkit.failures import Failure
from synthkit.techniques import gan_measures as measures
from synthkit.techniques.gan_failures import FAILURES
from synthkit.techniques.gan_players import Discriminator, Generator, spread_biases
from synthkit.techniques.gan_rows import Codes, Given, Points, is_count
from synthkit.techniques.torch_codes import initialise, torch_generator
from synthkit.techniques.torch_numbers import numbers_of, scale_of, standardised
from synthkit.techniques.torch_training import Run, TorchSynthesizer

EPOCHS, MIN_STEPS = 48, 2_000  # a small table gets as many epochs as make the steps
PENALTY_EVERY = 4  # steps; four times as heavy in exchange
COMPARED = 1_000  # rows on each side of the distance
CLOUD = 500  # generated rows in a record: enough to see, small enough to keep
RECORDS = 100  # at most, unless asked for more
CHUNK = 8_192  # rows that are drawn together: their logits fit into the cache

Objective = Literal["relativistic", "nonsaturating", "saturating"]
Score = Callable[[Tensor], Tensor]
CHOICES = {
    "objective": ("relativistic", "nonsaturating", "saturating"),
    "encoding": ("codes", "points"),
    "learning": ("both", "discriminator", "generator"),
    "truth": (None, *measures.TRUTHS),
}


# --- the game ---------------------------------------------------------------------------------


def discriminator_loss(objective: Objective, real: Tensor, fake: Tensor) -> Tensor:
    """Loss of D from its scores of real and generated rows, both (n, 1)."""
    if objective == "relativistic":
        return F.softplus(fake - real).mean()  # Eq. 3
    return F.softplus(-real).mean() + F.softplus(fake).mean()  # Eq. 1


def generator_loss(objective: Objective, real: Tensor, fake: Tensor) -> Tensor:
    """Loss of G from D's scores of real and generated rows, both (n, 1)."""
    if objective == "relativistic":
        return F.softplus(real - fake).mean()  # Eq. 3
    if objective == "saturating":
        return -F.softplus(fake).mean()  # Eq. 1
    return F.softplus(-fake).mean()  # Eq. 2


def steepness(score: Score, x: Tensor) -> Tensor:
    """Mean ‖∇D‖² over the rows x (n, K)."""
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
    return gradient.square().sum(1).mean()


def penalty(score: Score, real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """Return the price of a steep discriminator, on real and on generated rows (n, K)."""
    return gamma / 2 * (steepness(score, real) + steepness(score, fake))  # Eq. 4


@torch.no_grad()
def average(mean: nn.Module, now: nn.Module, memory: float) -> None:
    """Let the weights of ``mean`` follow those of ``now``, slowly."""
    for slow, fast in zip(mean.parameters(), now.parameters()):
        slow.lerp_(fast, 1 - memory)  # Eq. 5


# --- the technique ----------------------------------------------------------------------------


class GAN(TorchSynthesizer):
    """A generative adversarial network on mixed tables with missing values, or on points.

    Parameters
    ----------
    objective : {'relativistic', 'nonsaturating', 'saturating'}
        The game (Eq. 1-3).
    encoding : {'codes', 'points'}
        ``'codes'``: every kind of column. ``'points'``: numeric columns without missing values, as
        they are; two of them can be watched in the plane.
    epochs : int or None
        Passes over the rows; None makes 48, or on a small table as many as give 2,000 steps.
    batch_size : int
        Rows in one step; a smaller table gives smaller ones, rounded down to a multiple of
        ``pack``.
    learning_rate : float
        Of the generator's Adam, falling to 0 along a cosine.
    discriminator_ratio : float
        The discriminator's learning rate, as a multiple of the generator's: the dial of mode
        collapse.
    betas : (float, float)
        Adam's memories; the first, its momentum, makes the players circle each other.
    gamma : float
        Weight of the penalty (Eq. 4); 0 leaves it out.
    pack : int
        Rows that the discriminator sees side by side (PacGAN); it divides ``batch_size``.
    averaging : float
        a of Eq. 5; 0 samples from the last generator itself.
    conditional : bool
        Tell both players one category of each row; sampling then knows ``given``.
    latent_dim, hidden : int
        Length of the noise; units in each of the two hidden layers of either player.
    patience : int or None
        Stop after so many records without a smaller distance, and go back to the smallest.
    record_every : int or None
        Steps between two records; None makes an epoch, or a hundredth of a long training.
    learning : {'both', 'discriminator', 'generator'}
        Who learns; it may be changed between two records.
    truth : {'ring', 'grid'} or None
        The cloud that the points come from, where it is known: records then count modes.
    device : {'cpu', 'auto', 'cuda'}
        Where to train; ``'auto'`` takes a GPU if there is one.

    Attributes
    ----------
    network_ : ModuleDict
        ``generator``, ``discriminator``, and ``average``, which samples.
    distance_ : float
        Of the last record.

    References
    ----------
    Goodfellow et al. (2014), Generative adversarial nets; Xu et al. (2019), Modeling tabular data
    using conditional GAN.
    """

    name: ClassVar[str] = "gan"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES

    def __init__(
        self,
        *,
        objective: Objective = "relativistic",
        encoding: Literal["codes", "points"] = "codes",
        epochs: int | None = None,
        batch_size: int = 500,
        learning_rate: float = 2e-3,
        discriminator_ratio: float = 1.0,
        betas: tuple[float, float] = (0.0, 0.99),
        gamma: float = 1.0,
        pack: int = 1,
        averaging: float = 0.995,
        conditional: bool = True,
        latent_dim: int = 64,
        hidden: int = 128,
        patience: int | None = None,
        record_every: int | None = None,
        learning: Literal["both", "discriminator", "generator"] = "both",
        truth: str | None = None,
        device: str = "cpu",
    ) -> None:
        self.objective = objective
        self.encoding = encoding
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.discriminator_ratio = discriminator_ratio
        self.betas = betas
        self.gamma = gamma
        self.pack = pack
        self.averaging = averaging
        self.conditional = conditional
        self.latent_dim = latent_dim
        self.hidden = hidden
        self.patience = patience
        self.record_every = record_every
        self.learning = learning
        self.truth = truth
        self.device = device

    def _check(self) -> None:
        spare = {"latent_dim": None, "hidden": None, "patience": 1, "record_every": 1}
        rules = {
            "pack": (is_count(self.pack, None) and self.batch_size % self.pack == 0,
                     f"a whole number that divides batch_size ({self.batch_size})"),
            **{label: (is_count(getattr(self, label), other), "a whole number of 1 or more")
               for label, other in spare.items()},
            **{label: (getattr(self, label) in words, f"one of {words}")
               for label, words in CHOICES.items()},
            "discriminator_ratio": (0 < self.discriminator_ratio < math.inf, "above 0"),
            "betas": (all(0 <= beta < 1 for beta in self.betas), "two numbers from 0 to below 1"),
            "gamma": (0 <= self.gamma < math.inf, "0 or more"),
            "averaging": (0 <= self.averaging < 1, "from 0 to below 1"),
        }  # fmt: skip
        for label, (fine, rule) in rules.items():
            if not fine:
                raise ParameterError(f"{label} must be {rule}; got {getattr(self, label)!r}.")

    # --- training ------------------------------------------------------------------------------

    def _prepare(self, table: pd.DataFrame, rng: np.random.Generator) -> Run:
        """Count steps and records; a record is what the base calls an epoch."""
        run = super()._prepare(table, rng)
        run.batch_size = max(self.pack, run.batch_size // self.pack * self.pack)
        an_epoch = max(1, len(run.rows) // run.batch_size)
        epochs = self.epochs or max(EPOCHS, math.ceil(MIN_STEPS / an_epoch))
        run.steps_an_epoch = self.record_every or an_epoch * math.ceil(epochs / RECORDS)
        run.epochs = math.ceil(epochs * an_epoch / run.steps_an_epoch)
        return run

    def _rows(self, table: pd.DataFrame) -> Tensor:
        if self.encoding == "codes":
            return super()._rows(table)
        numbers = numbers_of(self.encoder_, table, "encoding='points'", "encoding='codes'")
        if not hasattr(self, "network_"):  # the table that is being learnt
            self.scale_ = scale_of(numbers)
        return standardised(numbers, self.scale_)

    def _build(self) -> nn.ModuleDict:
        self._coded: Points | Codes = (
            Points(self.encoder_, self.scale_)
            if self.encoding == "points"
            else Codes(self.encoder_, self.conditional)
        )
        width, letters, plain = self._coded.width, self._coded.letters, self.encoding == "points"
        return nn.ModuleDict({
            "generator": Generator(self.latent_dim, self.hidden, width, letters, plain),
            "average": Generator(self.latent_dim, self.hidden, width, letters, plain),
            "discriminator": Discriminator(width, self.hidden, letters, self.pack, plain),
        })  # fmt: skip

    def _start(self, run: Run) -> None:
        networks: Any = run.network
        initialise(networks, run.generator)
        if isinstance(self._coded, Codes):  # start from the right margins
            frequencies = self._coded.alphabet.log_frequencies(run.rows.cpu())
            with torch.no_grad():
                networks["generator"].last.bias.copy_(frequencies)
            run.learned["frequencies_"] = frequencies.exp().cpu().double().numpy()
        else:
            spread_biases(networks, run.generator)
        average(networks["average"], networks["generator"], 0.0)
        for player in ("generator", "discriminator"):
            run.optimisers[player] = torch.optim.Adam(
                networks[player].parameters(), betas=self.betas, fused=True
            )

    def _advance(self, run: Run) -> dict[str, float]:
        for _ in range(run.steps_an_epoch):
            chosen = torch.randint(len(run.rows), (run.batch_size,), generator=run.generator)
            run.watch(self._step(run, run.rows[chosen]))
            run.step += 1
        return {k: float(np.mean([f[k] for f in run.figures])) for k in run.figures[-1]}

    def _step(self, run: Run, batch: Tensor) -> dict[str, float]:
        networks: Any = run.network
        letter = self._coded.told(batch, run.generator)  # (n,) or None
        real = self._coded.real(batch)  # (n, K)
        z = torch.randn(len(batch), self.latent_dim, generator=run.generator).to(batch.device)
        fake = self._coded.fake(networks["generator"](z, letter), run.generator)

        def score(x: Tensor) -> Tensor:
            return networks["discriminator"](x, letter)

        # (1) D learns to tell them apart
        seen = score(real)  # (n / pack, 1)
        d_loss = discriminator_loss(self.objective, seen, score(fake.detach()))
        cost = d_loss
        if self.gamma and run.step % PENALTY_EVERY == 0:
            cost = cost + PENALTY_EVERY * penalty(score, real, fake.detach(), self.gamma)
        d_gradient = self._descend(run, "discriminator", cost, self.discriminator_ratio)
        # (2) G learns to pass for real, on the same rows
        g_loss = generator_loss(self.objective, seen.detach(), score(fake))
        g_gradient = self._descend(run, "generator", g_loss, 1.0)
        # (3) the average follows, with a short memory at first
        memory = min(self.averaging, (run.step + 1) / (run.step + 11))
        average(networks["average"], networks["generator"], memory)
        return {
            "loss": d_loss.item(), "generator loss": g_loss.item(),
            "discriminator gradient": d_gradient, "generator gradient": g_gradient,
        }  # fmt: skip

    def _descend(self, run: Run, player: str, loss: Tensor, ratio: float) -> float:
        """One step of one player; returns the length of its gradient."""
        if self.learning not in ("both", player):
            return 0.0
        networks: Any = run.network
        weights = list(networks[player].parameters())
        gradients = torch.autograd.grad(loss, weights, allow_unused=True)
        for weight, gradient in zip(weights, gradients):
            weight.grad = gradient
        length = nn.utils.clip_grad_norm_(weights, math.inf)
        run.set_learning_rate(self.learning_rate * ratio, player)
        run.optimisers[player].step()
        return float(length)

    @torch.no_grad()
    def _record(self, run: Run, figures: dict[str, float]) -> measures.Step:
        some = run.rows[torch.randint(len(run.rows), (COMPARED,), generator=run.generator)]
        letter = self._coded.told(some, run.generator)
        fake = self._generate(run.network, COMPARED, letter, run.generator)
        distance = measures.pair_distance(self._coded.codes(some), self._coded.codes(fake))
        run.learned["distance_"] = distance
        cloud, plane = self._coded.shown(fake), self.encoding == "points" and fake.shape[1] == 2
        record = measures.Step(
            run.epoch, run.step, figures["generator loss"], figures["loss"],
            figures["generator gradient"], figures["discriminator gradient"], distance,
            cloud[:CLOUD], self._field(run.network, some, fake) if plane else None,
            measures.modes_of(cloud, self.truth) if plane and self.truth else None,
        )  # fmt: skip
        if self.patience:
            self._mind(run, distance)
        return record

    def _mind(self, run: Run, distance: float) -> None:
        """Keep the networks of the smallest distance; end with them once patience is spent."""
        best = run.memory.setdefault("best", {"distance": math.inf})
        if distance < best["distance"]:
            weights = {name: weight.clone() for name, weight in run.network.state_dict().items()}
            best.update(distance=distance, record=run.epoch, weights=weights)
        if run.epoch - best["record"] >= int(self.patience or 0) or run.epoch == run.epochs - 1:
            run.network.load_state_dict(best["weights"])
            run.learned["distance_"] = best["distance"]
            run.epochs = run.epoch + 1

    def _field(self, networks: Any, real: Tensor, fake: Tensor) -> measures.Field | None:
        """Return what D thinks of the plane, in the table's units; of packs it can't be told."""
        if self.pack > 1:
            return None

        def score(x: np.ndarray) -> np.ndarray:
            rows = standardised(x, self.scale_).to(real.device)
            return np.asarray(networks["discriminator"](rows, None)[:, 0].cpu())

        shown, centred = self._coded.shown, self.objective == "relativistic"
        return measures.discriminator_field(score, shown(real), shown(fake), centred)

    # --- sampling ------------------------------------------------------------------------------

    @torch.no_grad()
    def _generate(
        self, networks: Any, n: int, letter: Tensor | None, generator: torch.Generator
    ) -> Tensor:
        """Return n rows of the average generator: codes or numbers (n, d)."""
        device, parts = next(networks.parameters()).device, []
        for start in range(0, n, CHUNK):
            here = None if letter is None else letter[start : start + CHUNK]
            z = torch.randn(min(CHUNK, n - start), self.latent_dim, generator=generator)
            out = networks["average"](z.to(device), here).cpu()  # (chunk, K)
            parts.append(self._coded.drawn(out, generator))
        return torch.cat(parts)

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        coded, generator = self._coded, torch_generator(rng)
        if isinstance(coded, Points):
            if given:
                raise ParameterError(
                    f"given must be None with encoding='points'; got {given!r}. Use 'codes'."
                )
            return coded.table(self._generate(self.network_, n, None, generator))

        def draw(fixed: int | None = None) -> np.ndarray:
            """Draw codes (n, d), told one letter or random ones at their true frequency."""
            if fixed is None:
                letter = coded.told_afresh(n, self.frequencies_, rng)
            else:
                letter = torch.full((n,), fixed)
            return coded.codes(self._generate(self.network_, n, letter, generator))

        if not given:
            return self.encoder_.decode(*self.encoder_.from_codes(draw(), rng))
        wanted = Given(self.encoder_, given)
        codes = wanted.search(n, draw, wanted.letter(coded, self.frequencies_))
        u, missing = self.encoder_.from_codes(codes, rng)
        return self.encoder_.decode(wanted.fill(u, rng), missing)
