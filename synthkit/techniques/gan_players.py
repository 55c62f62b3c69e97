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

    ``norm`` puts a LayerNorm before each SiLU: logits of many columns need it, points don't.
    """

    def __init__(self, latent_dim: int, hidden: int, width: int, letters: int, norm: bool) -> None:
        super().__init__()
        self.first, self.second = _linear(latent_dim, hidden), _linear(hidden, hidden)
        self.last = _linear(hidden, width)
        make = nn.LayerNorm if norm else nn.Identity
        self.norms = nn.ModuleList([make(hidden), make(hidden)])
        self.condition = nn.Parameter(torch.empty(letters, hidden))

    def forward(self, z: Tensor, letter: Tensor | None) -> Tensor:
        """Return numbers or logits."""
        h = self.first(z) if letter is None else self.first(z) + self.condition[letter]
        h = F.silu(self.norms[0](h))  # (n, hidden)
        h = F.silu(self.norms[1](self.second(h)))
        return self.last(h)


class Discriminator(nn.Module):
    """``pack`` rows side by side, and their letters, to one score (n / pack, 1)."""

    def __init__(self, width: int, hidden: int, letters: int, pack: int) -> None:
        super().__init__()
        self.pack = pack
        self.first, self.second = _linear(width * pack, hidden), _linear(hidden, hidden)
        self.last = _linear(hidden, 1)
        self.condition = nn.Parameter(torch.empty(letters, hidden))

    def forward(self, x: Tensor, letter: Tensor | None) -> Tensor:
        """Return the scores."""
        h = self.first(x.reshape(len(x) // self.pack, -1))  # (n / pack, hidden)
        if letter is not None:
            h = h + self.condition[letter].reshape(len(h), self.pack, -1).sum(1)
        h = F.leaky_relu(h, 0.2)
        h = F.leaky_relu(self.second(h), 0.2)
        return self.last(h)
