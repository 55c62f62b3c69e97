"""``synthkit techniques``: which techniques there are, and what the absent ones need."""

from __future__ import annotations

import typer

import synthkit


def command() -> None:
    """List the techniques, and the extra that brings each missing one.

    Those of other packages (entry points of the group synthkit.techniques) follow the kit's own,
    with the package that brings each.
    """
    from synthkit.techniques import BROUGHT

    registry = synthkit.registry()
    installed = synthkit.techniques()
    width = max(map(len, registry), default=0)
    for name, address in registry.items():
        if name in installed:
            summary = (installed[name].__doc__ or "").strip().partition("\n")[0]
        elif extra := synthkit.missing_extra(address):
            summary = f"not installed. Run: pip install 'synthkit-lab[{extra}]'"
        else:
            summary = "can't be imported."
        origin = (
            f" [{BROUGHT[name].partition(':')[0].partition('.')[0]}]" if name in BROUGHT else ""
        )
        typer.echo(f"{name:<{width}}  {summary}{origin}")
