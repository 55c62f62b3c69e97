"""What the three networks share: coded rows in, logits for each column out.

A row is d integer codes (see :mod:`synthkit.tables`).  Laid side by side, the codes of all
columns form one alphabet of K = ΣKⱼ letters; a row picks one letter from each column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthkit.errors import ParameterError

# A large table is learnt in ten passes; a small one needs this many steps all the same.
DEFAULT_EPOCHS = 10
MIN_STEPS = 500


class Alphabet:
    """The codes of all columns side by side.

    Parameters
    ----------
    sizes : sequence of int, length d
        How many codes each column has, ``TableEncoder.cardinalities``.  A table of constants has
        none; it is given one column with one code, so that nothing else must know.
    """

    def __init__(self, sizes: Any) -> None:
        self.sizes = [int(size) for size in sizes] or [1]
        self.total = sum(self.sizes)
        self.starts = torch.tensor(np.cumsum([0, *self.sizes])[:-1], dtype=torch.long)

    def letters(self, codes: Tensor) -> Tensor:
        """Return the letters (n, d) of codes (n, d)."""
        return codes + self.starts.to(codes.device)

    def cross_entropy(self, logits: Tensor, codes: Tensor) -> Tensor:
        """Return −Σⱼ log p(codeⱼ) for each row (n,), from logits (n, K)."""
        parts = torch.split(logits, self.sizes, 1)  # d pieces (n, Kⱼ)
        losses = [F.cross_entropy(p, codes[:, j], reduction="none") for j, p in enumerate(parts)]
        return torch.stack(losses, 1).sum(1)

    def draw(self, logits: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a code from each column's softmax: (n, d) from logits (n, K)."""
        codes = [draw_softmax(p, generator) for p in torch.split(logits, self.sizes, 1)]
        return torch.stack(codes, 1) if codes else logits.long()

    def log_frequencies(self, codes: Tensor) -> Tensor:
        """Return the log of each letter's share (K,), smoothed by half a count."""
        counts = torch.bincount(self.letters(codes).ravel(), minlength=self.total) + 0.5
        parts = [part / part.sum() for part in torch.split(counts, self.sizes)]
        return torch.cat(parts).log() if parts else counts.log()


def draw_softmax(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one of k classes for each row (n,), from logits (n, k), by the inverse CDF."""
    cumulated = torch.softmax(logits, 1).cumsum(1)
    level = torch.rand(len(logits), 1, generator=generator) * cumulated[:, -1:]
    return torch.searchsorted(cumulated, level, right=True).clamp_(max=logits.shape[1] - 1)[:, 0]


def code_tensor(codes: np.ndarray) -> Tensor:
    """Return codes (n, d) as an int64 tensor with at least one column."""
    return torch.from_numpy(codes if codes.shape[1] else np.zeros((len(codes), 1))).long()


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """Return a torch stream seeded from a NumPy one."""
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights U(−1/√fan_in, 1/√fan_in) from one stream; biases start at 0.

    PyTorch's own initialisation draws from the global stream, which is not ours to touch.
    """
    for parameter in module.parameters():
        if parameter.ndim > 1:
            bound = parameter.shape[1] ** -0.5
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
    for part in module.modules():
        if isinstance(part, nn.Linear) and part.bias is not None:
            nn.init.zeros_(part.bias)


def batches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield the row numbers of one epoch's batches, shuffled; a short last batch is dropped."""
    order = torch.randperm(n, generator=generator)
    yield from torch.split(order, size)[: max(1, n // size)]


def epochs_for(epochs: int | None, n: int, size: int) -> int:
    """Return the epochs to train: those asked for, or 10, or as many as make 500 steps."""
    if epochs is not None:
        return int(epochs)
    return max(DEFAULT_EPOCHS, -(-MIN_STEPS // max(1, n // size)))


def check_whole(label: str, value: Any, example: int) -> None:
    """Raise ParameterError unless the setting is a whole number of 1 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ParameterError(
            f"{label} must be a whole number of 1 or more; got {value!r}. Pass e.g. {example}."
        )


def check_training(epochs: Any, learning_rate: Any, batch_size: Any) -> None:
    """Raise ParameterError unless the three settings can train anything."""
    check_whole("epochs", 1 if epochs is None else epochs, 10)
    check_whole("batch_size", batch_size, 256)
    if not (isinstance(learning_rate, (int, float)) and 0 < learning_rate < 10):
        raise ParameterError(
            f"learning_rate must be a number above 0 (and below 10); got {learning_rate!r}. "
            "Pass e.g. 0.002."
        )


def weights_of(module: nn.Module) -> dict[str, np.ndarray]:
    """Return a module's weights as plain arrays, for saving."""
    return {
        name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()
    }


def load_weights(module: nn.Module, weights: dict[str, np.ndarray]) -> None:
    """Put saved weights back; raises RuntimeError where the shapes differ."""
    module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})


def digest(rows: Tensor) -> str:
    """Return a short fingerprint of the coded table."""
    return hashlib.blake2b(rows.cpu().numpy().tobytes(), digest_size=8).hexdigest()


def to_arrays(value: Any) -> Any:
    """Return a copy of nested dicts and lists in which tensors are arrays."""
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, dict):
        return {key: to_arrays(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_arrays(part) for part in value)
    return value


def to_tensors(value: Any) -> Any:
    """Undo ``to_arrays``."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: to_tensors(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_tensors(part) for part in value)
    return value
