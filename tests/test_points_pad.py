"""The pad for points drawn by hand, without a page: what it starts with, takes and refuses."""

from __future__ import annotations

import builtins
import math

import numpy as np
import pandas as pd
import pytest

from synthkit.course import points_pad
from synthkit.course.forms import WIDGET_MIME
from synthkit.course.points_pad import MAX_POINTS, MIN_POINTS, PointsPad, ring
from synthkit.errors import DataError, ParameterError


def draw(pad: PointsPad, points: object) -> None:
    """Do what the page does: set the whole drawing."""
    pad.view.drawing = {"drawn": True, "points": points}


def test_it_starts_with_a_ring_that_repeats_with_its_seed():
    table = PointsPad(rng=3).table()
    assert list(table.columns) == ["x", "y"]
    assert [dtype.name for dtype in table.dtypes] == ["float64", "float64"]
    pd.testing.assert_frame_equal(table, PointsPad(rng=3).table())
    pd.testing.assert_frame_equal(table, PointsPad(rng=np.random.default_rng(3)).table())
    assert not table.equals(PointsPad(rng=4).table())
    # A radius is Normal(3.2, 0.3): six standard deviations either side, so a hole in the middle.
    radius = np.hypot(table["x"] - 5, table["y"] - 5)
    assert radius.between(3.2 - 6 * 0.3, 3.2 + 6 * 0.3).all()


def test_bad_rng_is_refused():
    with pytest.raises(ParameterError, match="rng must be"):
        PointsPad(rng="ring")  # type: ignore[arg-type]


def test_a_drawing_replaces_the_example_and_is_rounded():
    pad = PointsPad()
    assert not pad.drawn
    draw(pad, [[i + 0.12345, 10 - i] for i in range(10)])
    assert pad.drawn
    steps = np.arange(10.0)
    expected = pd.DataFrame({"x": steps + 0.123, "y": 10.0 - steps})
    pd.testing.assert_frame_equal(pad.table(), expected)
    assert pad.error is None


def test_points_beyond_the_edge_are_put_on_it():
    pad = PointsPad()
    draw(pad, [[-3, 12]] * MIN_POINTS)
    assert pad.points[0] == (0.0, 10.0)


@pytest.mark.parametrize("count", [0, 1, MIN_POINTS - 1])
def test_too_few_points_make_no_table_and_the_message_says_what_to_do(count):
    pad = PointsPad()
    draw(pad, [[1, 2]] * count)
    with pytest.raises(DataError, match=rf"at least 10 points; got {count}\. Drag"):
        pad.table()
    draw(pad, [[1, 2]] * MIN_POINTS)
    assert len(pad.table()) == MIN_POINTS


@pytest.mark.parametrize(
    "points",
    [
        None, "points", [[1, 2]] * (MAX_POINTS + 1), [[1]], [[1, 2, 3]], [["1", 2]], [[True, 2]],
        [[math.nan, 2]], [[math.inf, 2]], [5],
    ],
)
def test_a_broken_drawing_is_kept_as_the_error_and_changes_nothing(points):
    pad = PointsPad()
    before = pad.table()
    draw(pad, points)
    assert isinstance(pad.error, DataError)
    assert not pad.drawn
    pd.testing.assert_frame_equal(pad.table(), before)


def test_as_many_points_as_allowed_are_taken():
    pad = PointsPad()
    draw(pad, [[1, 2]] * MAX_POINTS)
    assert pad.error is None
    assert len(pad.table()) == MAX_POINTS


def test_a_bundle_has_a_sentence_and_the_widget():
    pad = PointsPad()
    bundle = pad._repr_mimebundle_()
    assert bundle["text/plain"] == (
        "A pad with 120 points (the example, a ring); pad.table() returns them as a table."
    )
    assert WIDGET_MIME in bundle
    draw(pad, [[1, 2]])
    assert repr(pad).startswith("A pad with 1 point (drawn by hand)")


def test_without_anywidget_the_example_still_makes_a_table(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "anywidget":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    pad = PointsPad()
    assert pad.view is None
    assert len(pad.table()) == points_pad.RING_POINTS
    assert list(pad._repr_mimebundle_()) == ["text/plain"]


def test_the_global_state_of_numpy_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state itself is tested
    ring(1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_the_page_sets_text_as_text_only():
    source = (points_pad._ASSETS / "points_pad.js").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"):
        assert way not in source
