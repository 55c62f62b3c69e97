"""The widgets: the one player of traces, and the failure dial.

    from synthkit.widgets import Player, FailureDial
    Player(trace)                               # play what was recorded
    Player(run=make_run, dials=(dial,))         # run it live: stop, new seed, fork and compare
    FailureDial(sk.failures()["gan.mode_collapse"])

Both need the extra ``lab`` (anywidget, ipywidgets).  The browser side is one committed bundle,
``assets/player.js``, built from ``widgets/player/``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthkit.widgets.dial import FailureDial
    from synthkit.widgets.player import Player
    from synthkit.widgets.posters import poster
    from synthkit.widgets.predicted import Predicted

__all__ = ["FailureDial", "Player", "Predicted", "poster"]

_HOMES = {
    "FailureDial": "synthkit.widgets.dial",
    "Player": "synthkit.widgets.player",
    "Predicted": "synthkit.widgets.predicted",
    "poster": "synthkit.widgets.posters",
}


def __getattr__(name: str) -> Any:
    """Import a widget when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'synthkit.widgets' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        from synthkit.errors import MissingExtraError

        raise MissingExtraError(
            f"synthkit.widgets.{name} needs the package {error.name!r}, which is not installed. "
            "Run: pip install 'synthkit-lab[lab]'"
        ) from error
