"""The two players of a GAN: small networks with two hidden layers each.

Both may be told one code of each row, as a *letter* of the alphabet of all codes: each letter
has a vector that is added to the first hidden layer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _linear(inside: int, outside: int) -> nn.Linear:
    return nn.Linear(inside, outside, device="meta").to_empty(device="cpu")


class Generator(nn.Module):
    """Noise (n, latent_dim), and a letter that G is told, to numbers or logits (n, K).

    ``plain`` is for points: ReLU, whose kinks make sharp edges, and no LayerNorm.
    """

    def __init__(self, latent_dim: int, hidden: int, width: int, letters: int, plain: bool) -> None:
        super().__init__()
        self.first, self.second = _linear(latent_dim, hidden), _linear(hidden, hidden)
        self.last = _linear(hidden, width)
        make = nn.Identity if plain else nn.LayerNorm
        self.norms = nn.ModuleList([make(hidden), make(hidden)])
        self.bend = F.relu if plain else F.silu
        self.condition = nn.Parameter(torch.empty(letters, hidden))

    def forward(self, z: Tensor, letter: Tensor | None) -> Tensor:
        """Return numbers or logits."""
        h = self.first(z) if letter is None else self.first(z) + self.condition[letter]
        h = self.bend(self.norms[0](h))  # (n, hidden)
        h = self.bend(self.norms[1](self.second(h)))
        return self.last(h)


class Discriminator(nn.Module):
    """``pack`` rows side by side, and their letters, to one score (n / pack, 1)."""

    def __init__(self, width: int, hidden: int, letters: int, pack: int, plain: bool) -> None:
        super().__init__()
        self.pack, self.leak = pack, 0.0 if plain else 0.2
        self.first, self.second = _linear(width * pack, hidden), _linear(hidden, hidden)
        self.last = _linear(hidden, 1)
        self.condition = nn.Parameter(torch.empty(letters, hidden))

    def forward(self, x: Tensor, letter: Tensor | None) -> Tensor:
        """Return the scores."""
        h = self.first(x.reshape(len(x) // self.pack, -1))  # (n / pack, hidden)
        if letter is not None:
            h = h + self.condition[letter].reshape(len(h), self.pack, -1).sum(1)
        h = F.leaky_relu(h, self.leak)
        h = F.leaky_relu(self.second(h), self.leak)
        return self.last(h)


@torch.no_grad()
def spread_biases(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all biases U(−1/√fan_in, 1/√fan_in): in a plane few weights meet each other.

    With biases of 0 every kink of a network goes through the middle of the points, and neither
    player can tell places along a ray apart.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            bound = part.in_features**-0.5
            nn.init.uniform_(part.bias, -bound, bound, generator=generator)
