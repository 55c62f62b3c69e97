"""The techniques, one readable file each, and the registry that makes them known.

The registry holds ``module:Class``; a module is imported when its class is asked
for, so that a plain installation works without torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from synthkit.errors import ParameterError

if TYPE_CHECKING:
    from synthkit.base import Synthesizer

REGISTRY: dict[str, str] = {
    "monte_carlo": "synthkit.techniques.monte_carlo:MonteCarlo",
    "bootstrap": "synthkit.techniques.bootstrap:Bootstrap",
    "masking": "synthkit.techniques.masking:Masker",
    "perturbation": "synthkit.techniques.perturbation:Perturbation",
    "trees": "synthkit.techniques.trees:Trees",
    "hybrid": "synthkit.techniques.hybrid:Hybrid",
    "finance": "synthkit.techniques.finance:Finance",
    "gan": "synthkit.techniques.gan:GAN",
    "vae": "synthkit.techniques.vae:VAE",
    "autoregressive": "synthkit.techniques.autoregressive:Autoregressive",
    "car": "synthkit.techniques.car:Car",
    "traffic": "synthkit.techniques.traffic:Traffic",
    "market": "synthkit.techniques.market:Market",
    "images": "synthkit.techniques.images:Images",
}


def technique_class(name: str) -> type[Synthesizer]:
    """Return the class registered as ``name``.

    Raises
    ------
    ParameterError
        If there is none: the message lists those there are.
    """
    if name not in REGISTRY:
        raise ParameterError(
            f"the technique must be one of {', '.join(REGISTRY)}; got {name!r}. "
            "`synthkit techniques` lists them."
        )
    module, _, attribute = REGISTRY[name].partition(":")
    found: type[Synthesizer] = getattr(importlib.import_module(module), attribute)
    return found
