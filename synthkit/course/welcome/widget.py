"""What the widgets of the welcome share: one script, a settings dict, a state dict, a fallback.

The page shows ``spec`` and ``state`` and sends wishes; the kernel decides.  A saved notebook, or a
reader without widgets, gets the same content as text and HTML.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from synthkit.course.report import inline
from synthkit.widgets.kit_widget import REPLAY_MIME, REPLAY_VARIABLE

_ASSETS = Path(__file__).parents[1] / "assets" / "welcome"


def script(name: str) -> str:
    """Return the ES module of a widget: what all share, then its own part."""
    return "\n".join((_ASSETS / f"{part}.js").read_text("utf-8") for part in ("dom", name))


class WelcomeWidget(anywidget.AnyWidget):
    """Base of the five widgets.

    Attributes
    ----------
    error : Exception or None
        What went wrong in a handler; the lesson's last cell asserts that nothing did.
    """

    _css = _ASSETS / "welcome.css"
    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    #: Whether the page alone answers every click, without a kernel.
    answers_alone = False

    def __init__(self, spec: dict[str, Any], state: dict[str, Any]) -> None:
        super().__init__(spec=spec, state=state)
        self.error: Exception | None = None
        self.on_msg(self._receive)

    def _receive(self, _: Any, content: Any, buffers: Any = None) -> None:
        try:
            self._act(content if isinstance(content, dict) else {})
        except Exception as error:
            self.error = error

    def _act(self, content: dict[str, Any]) -> None:
        """Fulfil a wish of the page."""

    def as_text(self) -> str:
        """Return the content for viewers of plain text."""
        raise TypeError("a widget of the welcome defines as_text")  # pragma: no cover

    def as_html(self) -> str:
        """Return the content for viewers without widgets."""
        raise TypeError("a widget of the welcome defines as_html")  # pragma: no cover

    def replay(self) -> dict[str, Any]:
        """Return what a page without a kernel needs to show it."""
        return {"script": self._esm, "style": _ASSETS.joinpath("welcome.css").read_text("utf-8"),
                "spec": self.spec, "state": self.state}  # fmt: skip

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        shown: Any = super()._repr_mimebundle_(**kwargs) or {}
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        data = {**data, "text/plain": self.as_text(), "text/html": self.as_html()}
        if os.environ.get(REPLAY_VARIABLE) and self.answers_alone:
            data[REPLAY_MIME] = self.replay()
        return data, dict(metadata)


def html_list(items: Sequence[str]) -> str:
    """Return texts as an HTML list; everything is escaped."""
    return "<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>"


def html_paragraphs(texts: Sequence[str]) -> str:
    """Return texts as HTML paragraphs; everything is escaped."""
    return "".join(f"<p>{inline(text)}</p>" for text in texts)


def lesson_words(lesson_id: str, section: str = "") -> str:
    """Return where in the course something is shown, in words."""
    from synthkit.course.catalog import SECTIONS, lesson_info

    info = lesson_info(lesson_id)
    place = f", section ‘{SECTIONS[section]}’" if section else ""
    return f"Lesson {info.id[:2]} ({info.title.partition(':')[0]}){place}"
