"""Look inside: the library's actual source, beside its equations and a picture.

Choosing a term lights it in all three.  The source is read by ``inspect.getsource``, so that it
cannot drift from what runs.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthkit.errors import ParameterError

MAX_LINES = 40
_ASSETS = Path(__file__).parent / "assets"

Pieces = list[list[str]]  # [[text, term id or ""], ...]


@dataclass(frozen=True)
class Term:
    """One symbol, what it is, and the names that it goes by in the code.

    Parameters
    ----------
    symbol : str
        As in the equations, e.g. ``"L"``.
    says : str
        One sentence.
    code : tuple of str
        Regular expressions for its names in the source.
    """

    symbol: str
    says: str
    code: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """One small scatter plot of the picture, of points (n, 2), and the symbols that it shows."""

    title: str
    points: np.ndarray
    symbols: tuple[str, ...]
    role: str = "real"


@dataclass(frozen=True)
class Inside:
    """What a look inside shows beside the source: equations (with ``‹symbol›``), terms, panels."""

    terms: tuple[Term, ...]
    equations: tuple[str, ...]


def marked_code(source: str, terms: Sequence[Term]) -> list[Pieces]:
    """Return the source's lines, cut so that each name of a term stands by itself."""
    names = {f"t{i}": "|".join(term.code) for i, term in enumerate(terms)}
    pattern = re.compile("|".join(f"(?P<{key}>{names[key]})" for key in names))
    lines = []
    for line in source.splitlines():
        pieces: Pieces = []
        end = 0
        for match in pattern.finditer(line):
            pieces.append([line[end : match.start()], ""])
            pieces.append([match.group(), terms[int((match.lastgroup or "t0")[1:])].symbol])
            end = match.end()
        lines.append([piece for piece in [*pieces, [line[end:], ""]] if piece[0]])
    return lines


def marked_equation(text: str, terms: Sequence[Term]) -> Pieces:
    """Return an equation's pieces; ``‹L›`` marks a symbol."""
    known = {term.symbol for term in terms}
    pieces = []
    for i, piece in enumerate(re.split(r"[‹›]", text)):
        if piece:
            pieces.append([piece, piece if i % 2 and piece in known else ""])
    return pieces


class LookInside:
    """Source, equations and picture of a piece of the library.

    Parameters
    ----------
    functions : sequence of callable
        Their sources together have at most 40 lines.
    inside : Inside
    picture : sequence of Panel

    Attributes
    ----------
    error : Exception or None
        Always None: nothing here asks the kernel for anything.

    Raises
    ------
    ParameterError
        If the source is longer than 40 lines.
    """

    error: Exception | None = None

    def __init__(
        self,
        functions: Sequence[Callable[..., Any]],
        inside: Inside,
        picture: Sequence[Panel] = (),
    ) -> None:
        self.source = "\n\n".join(
            textwrap.dedent(inspect.getsource(function)).rstrip() for function in functions
        )
        self.inside = inside
        count = self.source.count("\n") + 1
        if count > MAX_LINES:
            raise ParameterError(
                f"the source to look at must have at most {MAX_LINES} lines; got {count}. "
                "Show fewer functions."
            )
        self.view = _view(
            {
                "terms": [{"symbol": t.symbol, "says": t.says} for t in inside.terms],
                "equations": [marked_equation(e, inside.terms) for e in inside.equations],
                "code": marked_code(self.source, inside.terms),
                "panels": [
                    {
                        "title": p.title,
                        "x": p.points[:, 0].round(4).tolist(),
                        "y": p.points[:, 1].round(4).tolist(),
                        "symbols": list(p.symbols),
                        "role": p.role,
                    }
                    for p in picture
                ],
            }
        )

    def _equations(self) -> list[str]:
        return [re.sub(r"[‹›]", "", text) for text in self.inside.equations]

    def __repr__(self) -> str:
        return "\n".join([*self._equations(), "", self.source])

    def _ipython_display_(self) -> None:
        from synthkit.course.forms import publish, view_data

        page = "".join(f"<p>{html.escape(text)}</p>" for text in self._equations())
        bundle: dict[str, Any] = {
            "text/plain": repr(self),
            "text/html": f"{page}<pre>{html.escape(self.source)}</pre>",
        }
        if self.view is not None:
            bundle.update(view_data(self.view))
        publish(bundle)


def _view(spec: dict[str, Any]) -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class InsideView(anywidget.AnyWidget):
        _esm = _ASSETS / "inside.js"
        _css = _ASSETS / "inside.css"
        spec = traitlets.Dict().tag(sync=True)

    return InsideView(spec=spec)
