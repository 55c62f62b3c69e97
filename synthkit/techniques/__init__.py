"""The techniques, one readable file each, and the registry that makes them known.

The registry holds ``module:Class``; a module is imported when its class is asked
for, so that a plain installation works without torch.  Beside the kit's own stand those that
other packages bring as entry points of the group ``synthkit.techniques``, and those that were
defined in this process (``@sk.technique``).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from typing import TYPE_CHECKING

from synthkit.errors import DataWarning, ParameterError

if TYPE_CHECKING:
    from synthkit.base import Synthesizer

GROUP = "synthkit.techniques"

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


def _brought_along() -> dict[str, str]:
    """Return the techniques of other packages: name -> 'module:Class'; none is imported here."""
    found: dict[str, str] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        address = f"{point.module}:{point.attr}"
        if point.name in REGISTRY or found.get(point.name, address) != address:
            warnings.warn(
                f"the name {point.name!r} is taken: {address}, an entry point of another package, "
                "is left out. Rename it there.",
                DataWarning,
                stacklevel=2,
            )
        else:
            found[point.name] = address
    return found


# Techniques of other packages; one that can't be imported must not stop the rest.
BROUGHT: dict[str, str] = _brought_along()
REGISTRY.update(BROUGHT)
# Classes that were defined in this process, such as in a notebook's cell, by their address.
DEFINED: dict[str, type[Synthesizer]] = {}


def register(cls: type[Synthesizer]) -> None:
    """Make a class known under its ``name``, for this process; the same class may come again.

    Raises
    ------
    ParameterError
        If a technique of another class has the name.
    """
    address = f"{cls.__module__}:{cls.__qualname__}"
    if REGISTRY.get(cls.name, address) not in (address, *DEFINED):
        raise ParameterError(
            f"the name of a technique must be free; {cls.name!r} is {REGISTRY[cls.name]}. "
            "Call your class something else."
        )
    for name in [n for n, a in REGISTRY.items() if a == address and n != cls.name]:
        del REGISTRY[name]  # the same class, under another name before
    REGISTRY[cls.name] = address
    DEFINED[address] = cls


def class_at(address: str) -> type[Synthesizer]:
    """Return the class at 'module:Class'."""
    if address in DEFINED:
        return DEFINED[address]
    module, _, attribute = address.partition(":")
    found: type[Synthesizer] = getattr(importlib.import_module(module), attribute)
    return found


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
    return class_at(REGISTRY[name])
