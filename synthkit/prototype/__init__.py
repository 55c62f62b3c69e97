"""Prototyping: an idea in one cell, through the whole kit.

@sk.technique                     # from here on 'neighbour_mixup' is a technique of the kit
class NeighbourMixup: ...         # __init__, fit(table, rng), sample(n, rng)

sk.try_technique(NeighbourMixup)  # does it keep the contract? in words
sk.battery(NeighbourMixup)        # eleven traps: what does it lose, and whom does it expose?
technique_player(NeighbourMixup)  # watch it; its numbers become dials
sk.judge(NeighbourMixup, table)   # scorecard and attacks
sk.compare(["trees", "neighbour_mixup"], table)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthkit.prototype.playing import numeric_dials, technique_player, technique_trace
    from synthkit.prototype.probing import battery, probe_failure
    from synthkit.prototype.registering import technique
    from synthkit.prototype.trial import try_technique

__all__ = [
    "battery", "numeric_dials", "probe_failure", "technique", "technique_player",
    "technique_trace", "try_technique",
]  # fmt: skip

_HOMES = {
    "battery": "probing",
    "numeric_dials": "playing",
    "probe_failure": "probing",
    "technique": "registering",
    "technique_player": "playing",
    "technique_trace": "playing",
    "try_technique": "trial",
}


def __getattr__(name: str) -> Any:
    """Import a function when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'synthkit.prototype' has no attribute {name!r}")
    return getattr(importlib.import_module(f"synthkit.prototype.{_HOMES[name]}"), name)
