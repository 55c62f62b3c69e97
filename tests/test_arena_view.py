"""The arena and the schema on the page: what travels, what a click does, and that no row does."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("anywidget", reason="the extra 'lab' is not installed")

import synthkit as sk
from synthkit.errors import DataError
from synthkit.widgets import arena_view
from synthkit.widgets.arena_view import ArenaView
from synthkit.widgets.schema_editor import SchemaEditor

CANARY = "Kanarienvogel-7Q"
PATIENCE_S = 120


class Loops:
    def fit(self, table: pd.DataFrame) -> None:
        while True:
            pass

    def sample(self, n: int) -> None: ...


pytestmark = pytest.mark.usefixtures("few_trees")


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"age": rng.integers(18, 90, 200), "city": rng.choice(["a", "b"], 200)})
    made["email"] = [f"{CANARY}{i}@example.org" for i in range(200)]
    return made


def test_without_a_front_end_it_runs_to_its_end_and_no_row_travels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arena_view, "has_front_end", lambda: False)
    view = ArenaView(sk.Arena(["monte_carlo"], table()))
    data: Any = view._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "image/png" in data
    assert data["text/plain"].startswith("monte_carlo: done")
    state = view.state()
    assert not state["running"]
    assert state["picture"]["marks"][0]["name"] == "monte_carlo"
    assert len(state["picture"]["marks"]) == 5  # with fresh rows, a copy, a shuffle and trees
    text = json.dumps(state) + repr(data) + repr(view.get_state())
    assert CANARY not in text
    assert view.error is None


def test_cancel_stops_one_and_an_interrupt_those_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    view = ArenaView(sk.Arena({"a": Loops(), "b": Loops()}, table()))
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(view, "send", sent.append)
    view.start()
    end = time.monotonic() + PATIENCE_S
    while {view.arena.lanes[name].status for name in "ab"} != {"running"}:
        assert time.monotonic() < end
        time.sleep(0.02)
    view._received(view, {"type": "cancel", "name": "a"}, [])
    assert view.arena.lanes["a"].status == "cancelled"
    assert view.arena.lanes["b"].status == "running"
    waits, wait = [KeyboardInterrupt], view.arena.wait

    def interrupted_once(timeout: float | None = None) -> bool:
        if timeout is None and waits:
            raise waits.pop()
        return wait(timeout)

    monkeypatch.setattr(view.arena, "wait", interrupted_once)
    with pytest.raises(DataError, match="at least one technique must make a table"):
        view.result()
    assert view.arena.lanes["b"].status == "cancelled"
    assert sent[-1]["lanes"][1] == {**sent[-1]["lanes"][1], "name": "b", "status": "cancelled"}


def test_a_broken_message_is_kept_as_an_error() -> None:
    view = ArenaView(sk.Arena(["monte_carlo"], table()))
    view._received(view, {"type": "cancel", "name": "nobody"}, [])
    assert "name must be one of monte_carlo" in str(view.error)


def test_axis_labels_are_short() -> None:
    long = "Trained on synthetic, tested on real (boosting, AUC)"
    assert arena_view._short(long) == "Trained on synthetic, tested on real (AUC)"
    assert arena_view._short("Share of rows (1: as fresh)") == "Share of rows"


def test_the_schema_shows_names_and_counts_and_no_cell() -> None:
    editor = SchemaEditor(table())
    assert "email: identifier, 200 values; looks like" in repr(editor)
    assert CANARY not in repr(editor) + repr(editor.get_state())
    editor.set("age", "category")
    editor.set("email", "leave out")
    assert editor.kinds_set == {"age": "category", "email": "leave out"}
    assert list(editor.table()) == ["age", "city"]
    assert editor.reply["text"] == "2 changed; 200 rows, 2 columns."
    editor.chosen = {**editor.chosen, "city": "number"}
    assert "column 'city' must hold cells" in editor.reply["text"]
    assert editor.error is None
