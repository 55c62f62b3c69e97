r"""Autoregressive network (MADE): one network that predicts every column from those before it.

The chain rule again, as for trees, but all conditionals share one network whose
weights are masked so that no output sees its own column or a later one:

1. chain rule: :math:`\log p(x) = \sum_j \log p(x_j \mid x_{<j})`
2. masked layer: :math:`h = \mathrm{relu}((W \odot M)x + b)`, where
   :math:`M_{ki} = 1` if unit k's degree :math:`\ge` that of its input i
3. masked output: column j reads units of degree < j only
4. loss: the cross-entropy :math:`-\log p(x)`, averaged over rows
5. sampling: column by column; a unit is computed once, when its last column is known

======  ==================  =================================================
symbol  name                shape
======  ==================  =================================================
n, d    rows, columns
K       alphabet            codes of all columns together
h       hidden              (n, hidden)
degree  ``degrees``         (hidden,): unit k may see columns 0 … degree − 1
======  ==================  =================================================

Where this differs from the paper: categories enter through an embedding instead of bits;
the order of columns is that of the table, not averaged over orders; degrees are spread
evenly and sorted, so that sampling works on slices.

When it fails: too many epochs on few rows memorise them (the loss on held-out rows rises).

References: Germain, Gregor, Murray & Larochelle (2015), MADE, arXiv 1502.03509;
Bengio & Bengio (2000), Modeling high-dimensional discrete data with neural networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from synthkit.errors import ParameterError
from synthkit.techniques.torch_codes import (
    Alphabet,
    check_whole,
    draw_softmax,
    initialise,
    torch_generator,
)
from synthkit.techniques.torch_memory import memorised
from synthkit.techniques.torch_training import Run, TorchSynthesizer

MAX_GRADIENT = 1.0  # gradients longer than this are scaled down: one odd batch must not undo many


@dataclass(frozen=True)
class Epoch:
    """What one epoch yields: its number and the mean −log p(x) in nats a row."""

    epoch: int
    loss: float
    gradient_norm: float


class MaskedNetwork(nn.Module):
    """Codes (n, d) to logits (n, K) of which column j's depend on columns < j only."""

    see_input: Tensor
    see_hidden: Tensor
    see_output: Tensor

    def __init__(self, alphabet: Alphabet, hidden: int) -> None:
        super().__init__()
        d = len(alphabet.sizes)
        column = torch.repeat_interleave(torch.arange(d), torch.tensor(alphabet.sizes))  # (K,)
        degrees = torch.linspace(0, max(d - 1, 0), hidden).round().long()  # (hidden,), sorted
        self.embed = nn.Parameter(torch.empty(alphabet.total, hidden))
        self.inner = nn.Linear(hidden, hidden, device="meta").to_empty(device="cpu")
        self.outer = nn.Linear(hidden, alphabet.total, device="meta").to_empty(device="cpu")
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.alphabet, self.degrees = alphabet, degrees
        masks = {
            "see_input": degrees[None, :] > column[:, None],  # (K, hidden)
            "see_hidden": degrees[:, None] >= degrees[None, :],  # (hidden, hidden)
            "see_output": column[:, None] >= degrees[None, :],  # (K, hidden)
        }
        for name, mask in masks.items():
            self.register_buffer(name, mask, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """Return logits (n, K)."""
        letters = self.alphabet.letters(codes)
        h = nn.functional.embedding_bag(letters, self.embed * self.see_input, mode="sum")
        h = torch.relu(h + self.bias)  # (n, hidden), Eq. 2
        h = torch.relu(
            nn.functional.linear(h, self.inner.weight * self.see_hidden, self.inner.bias)
        )
        return nn.functional.linear(
            h, self.outer.weight * self.see_output, self.outer.bias
        )  # Eq. 3

    @torch.no_grad()
    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw codes (n, d), each hidden unit computed once (Eq. 5)."""
        sizes, starts = self.alphabet.sizes, self.alphabet.starts
        embed = self.embed * self.see_input
        first = self.bias.repeat(n, 1)  # (n, hidden), grows by one column at a time
        second = torch.zeros_like(first)
        codes = torch.empty(n, len(sizes), dtype=torch.long)
        done = 0
        for j, size in enumerate(sizes):
            known = int((self.degrees <= j).sum())  # units that see columns < j only
            first[:, done:known].relu_()
            second[:, done:known] = torch.relu(
                nn.functional.linear(
                    first[:, :known],
                    self.inner.weight[done:known, :known],
                    self.inner.bias[done:known],
                )
            )
            rows = slice(int(starts[j]), int(starts[j]) + size)
            logits = nn.functional.linear(
                second[:, :known], self.outer.weight[rows, :known], self.outer.bias[rows]
            )
            codes[:, j] = draw_softmax(logits, generator)
            first[:, known:] += embed[starts[j] + codes[:, j], known:]
            done = known
        return codes


def mean_loss(network: Any, codes: Tensor) -> Tensor:
    """Mean −log p(x) over rows of codes (n, d), nats."""
    return network.alphabet.cross_entropy(network(codes), codes).mean()  # Eq. 1, 4


class Autoregressive(TorchSynthesizer):
    """MADE on mixed tables with missing values.

    Parameters
    ----------
    epochs : int or None
        Passes over the rows; None makes 10, or on a small table as many as give 500 steps.
    hidden : int
        Units in each of the two hidden layers.
    batch_size : int
        Rows in one step; a table smaller than this is one batch.
    learning_rate : float
        Of Adam, falling to 0 along a cosine.
    device : {'cpu', 'auto', 'cuda'}
        Where to train; ``'auto'`` takes a GPU if there is one.

    Attributes
    ----------
    network_ : MaskedNetwork
    loss_ : float
        Mean −log p(x) of the last epoch, nats a row.

    References
    ----------
    Germain et al. (2015), MADE: masked autoencoder for distribution estimation.
    """

    name: ClassVar[str] = "autoregressive"

    def __init__(
        self,
        *,
        epochs: int | None = None,
        hidden: int = 256,
        batch_size: int = 256,
        learning_rate: float = 4e-3,
        device: str = "cpu",
    ) -> None:
        self.epochs = epochs
        self.hidden = hidden
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.device = device

    def _check(self) -> None:
        check_whole("hidden", self.hidden, 256)

    def _build(self) -> MaskedNetwork:
        return MaskedNetwork(Alphabet(self.encoder_.cardinalities), self.hidden)

    def _start(self, run: Run) -> None:
        network: Any = run.network
        initialise(network, run.generator)
        with torch.no_grad():
            network.bias.zero_()
            network.outer.bias.copy_(network.alphabet.log_frequencies(run.rows))
        run.optimisers["adam"] = torch.optim.Adam(network.parameters(), fused=True)

    def _step(self, run: Run, batch: Tensor) -> dict[str, float]:
        run.set_learning_rate(self.learning_rate)
        loss = mean_loss(run.network, batch)
        run.optimisers["adam"].zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(run.network.parameters(), MAX_GRADIENT)
        run.optimisers["adam"].step()
        return {"loss": float(loss.detach()), "gradient norm": float(norm)}

    def _record(self, run: Run, figures: dict[str, float]) -> Epoch:
        run.learned["loss_"] = figures["loss"]
        return Epoch(run.epoch, figures["loss"], run.figures[-1]["gradient norm"])

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"Autoregressive can't draw with given values; got given={given!r}. "
                "Use MonteCarlo, or sample more rows and filter them."
            )
        codes = self.network_.draw(n, torch_generator(rng)).numpy()[:, : len(self.encoder_.columns)]
        return self.encoder_.decode(*self.encoder_.from_codes(codes, rng))


Autoregressive.failures = (
    memorised(
        "autoregressive",
        "With the first columns of a row the network knows whose row it is, and recites the "
        "rest. The likelihood of what it learnt rises, that of anybody else falls.",
    ),
)
