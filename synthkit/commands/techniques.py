"""``synthkit techniques``: which techniques there are, and what the absent ones need."""

from __future__ import annotations

import typer

import synthkit


def command() -> None:
    """List the techniques, and the extra that brings each missing one."""
    registry = synthkit.registry()
    installed = synthkit.techniques()
    width = max(map(len, registry), default=0)
    for name, address in registry.items():
        if name in installed:
            summary = (installed[name].__doc__ or "").strip().partition("\n")[0]
        else:
            extra = synthkit.missing_extra(address)
            summary = f"not installed. Run: pip install 'synthkit-lab[{extra}]'"
        typer.echo(f"{name:<{width}}  {summary}")
