"""The trace: what is kept, how exactly, how much of it, and what is refused."""

from __future__ import annotations

import contextlib
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from synthkit.errors import DamagedFileError, ParameterError
from synthkit.marks import round_to_range
from synthkit.trace import (
    MAX_BYTES,
    MAX_FRAMES,
    Trace,
    View,
    bars,
    custom,
    grid,
    line,
    points,
    script_safe,
)

CLOUD = View("cloud", "scatter", "Where do they fall?", "x", "y")


def small_trace(**options) -> Trace:
    trace = Trace("demo", seed=3, views=[CLOUD], **options)
    trace.append(1, {"cloud": [points([0.1, 0.2], [1, 2], role="real", label="a")]},
                 scalars={"error": 0.5, "loss": math.inf}, sentence="One.")
    trace.append(2, {"cloud": [points([0.1, 0.2], [1, 2], role="real", label="a")]},
                 scalars={"error": math.nan}, sentence="Two.")
    return trace


# --- reading what was written ------------------------------------------------------------------


def test_scalars_keep_nan_and_infinity_and_gaps():
    trace = small_trace()
    np.testing.assert_array_equal(trace.scalars("error"), [0.5, np.nan])
    np.testing.assert_array_equal(trace.scalars("loss"), [np.inf, np.nan])
    assert trace.last("loss") == math.inf
    assert math.isnan(trace.last("error"))
    np.testing.assert_array_equal(trace.steps, [1, 2])
    assert trace.sentence == "Two."


def test_an_unknown_scalar_names_those_that_are_there():
    with pytest.raises(ParameterError, match=r"one of \['error', 'loss'\]; got 'eror'"):
        small_trace().scalars("eror")


def test_json_comes_back_the_same_and_is_plain():
    trace = small_trace(parameters={"n": np.int64(3), "rates": (0.1, np.float32(0.5)), "on": True})
    text = trace.to_json()
    again = Trace.from_json(text)
    assert again.to_json() == text
    assert [f.marks for f in again.frames] == [f.marks for f in trace.frames]
    assert json.loads(text, parse_constant=lambda name: pytest.fail(name))["seed"] == 3
    assert again.parameters == {"n": 3, "rates": [0.1, 0.5], "on": True}
    assert {"python", "numpy"} <= set(again.versions)
    assert again.threads["cpu"] >= 1


def test_a_mark_that_repeats_is_stored_once():
    document = json.loads(small_trace().to_json())
    assert len(document["pool"]) == 1
    assert [frame["marks"] for frame in document["frames"]] == [{"cloud": [0]}] * 2


def test_the_same_run_gives_the_same_bytes():
    assert small_trace().to_json() == small_trace().to_json()


def test_a_generator_or_none_is_recorded_as_no_seed():
    for seed in (None, np.random.default_rng(0)):
        assert Trace("demo", seed=seed, views=[CLOUD]).seed is None
    assert Trace("demo", seed=np.int64(7), views=[CLOUD]).seed == 7


# --- rounding ----------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    arrays(np.float64, st.integers(2, 30),
           elements=st.floats(-1e12, 1e12, allow_subnormal=False)),
)
def test_rounding_is_finer_than_a_pixel(values):
    """Off by at most half a step, and a step is at most 1/5,000 of the range."""
    rounded = np.array(round_to_range(values, None, 5_000), dtype=float)
    span = np.ptp(values) or abs(values.max()) or 1.0
    # beside the half step: double precision of the values themselves
    assert np.abs(rounded - values).max() <= span / 10_000 + 4 * np.spacing(np.abs(values).max())


def test_rounding_makes_short_numbers():
    x = np.random.default_rng(0).random(500)
    trace = Trace("demo", views=[CLOUD])
    trace.append(0, {"cloud": [points(x, x)]})
    kept = trace.frames[0].marks["cloud"][0]["x"]
    assert max(len(repr(value)) for value in kept) <= len("0.12345")
    # A step of 1e-4 lies between 1/50,000 and 1/5,000 of the range 1.
    np.testing.assert_allclose(kept, x, atol=0.5e-4 + 1e-12)


@pytest.mark.parametrize("values", [[1e-300, 2e-300], [-1.7e308, 1.7e308], [5, 5], [0, 0]])
def test_extreme_ranges_survive_rounding(values):
    kept = np.array(round_to_range(np.array(values, dtype=float), None, 5_000), dtype=float)
    np.testing.assert_allclose(kept, values, rtol=1e-3)


def test_a_logarithmic_axis_keeps_significant_digits():
    view = View("a", "lines", "How fast?", x_scale="log", y_scale="log")
    trace = Trace("demo", views=[view])
    x = np.array([1e-6, 1.23456789e-3, 1, 1e6])
    trace.append(0, {"a": [line(x, x)]})
    np.testing.assert_allclose(trace.frames[0].marks["a"][0]["x"], x, rtol=1e-4)


def test_missing_and_infinite_coordinates_become_gaps():
    trace = Trace("demo", views=[CLOUD])
    trace.append(0, {"cloud": [line([0, 1, 2], [1.5, np.nan, np.inf]), points([], [])]})
    first, second = trace.frames[0].marks["cloud"]
    assert first["y"] == [1.5, None, None]
    assert second["x"] == []
    assert Trace.from_json(trace.to_json()).frames[0].marks["cloud"] == (first, second)


# --- bounds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 99, 100, 101, 250, 1_000])
def test_at_most_100_frames_with_the_first_and_the_newest(n):
    trace = Trace("demo", views=[CLOUD])
    for step in range(n):
        trace.append(step, scalars={"step": step})
    steps = trace.steps
    assert len(steps) <= MAX_FRAMES
    assert steps[0] == 0
    assert steps[-1] == n - 1
    assert len(steps) >= min(n, MAX_FRAMES // 2)
    # even spacing but for the newest
    assert len(set(np.diff(steps[:-1]))) <= 1
    np.testing.assert_array_equal(trace.scalars("step"), steps)


def test_a_long_run_with_a_field_stays_below_a_megabyte():
    """DESIGN.md: 500 points and a 30 x 30 field are about 12 kB a frame."""
    rng = np.random.default_rng(0)
    trace = Trace("demo", views=[CLOUD])
    real = points(rng.random(500), rng.random(500), role="real")
    sizes = []
    for step in range(150):
        marks = [real, points(rng.random(500), rng.random(500)),
                 grid(rng.random((30, 30)), (0, 1, 0, 1))]
        trace.append(step, {"cloud": marks})
        if step < 2:
            sizes.append(len(trace.to_json()))
    assert len(trace.to_json().encode()) <= MAX_BYTES
    assert len(trace.frames) >= 40
    assert sizes[1] - sizes[0] <= 14_000


def test_dropped_marks_leave_memory():
    trace = Trace("demo", views=[CLOUD])
    for step in range(500):
        trace.append(step, {"cloud": [points([step], [step])]})
    assert len(trace._pool) == len(trace._sizes) == len(trace.frames)


def test_one_frame_beyond_a_megabyte_is_refused():
    rng = np.random.default_rng(0)
    trace = Trace("demo", views=[CLOUD])
    marks = [points(rng.random(20_000), rng.random(20_000)) for _ in range(6)]
    with pytest.raises(ParameterError, match=r"must fit in 1,000,000 bytes; got 1,"):
        trace.append(0, {"cloud": marks})
    assert trace.frames == ()


# --- what is refused ---------------------------------------------------------------------------

REFUSED_MARKS = [
    (lambda: points([1, 2], [1]), "points: all coordinates must have the same length; got"),
    (lambda: points(3, 4), "points: all coordinates must have the same length"),
    (lambda: line([1], [1], band=([1, 2], [1])), "line: all coordinates must have the same"),
    (lambda: bars([1, 2], [1, 2]), r"n heights must have n \+ 1 edges, or n names; got 2 heights"),
    (lambda: bars(["a"], [1, 2]), r"n heights must have n \+ 1 edges, or n names; got 2 heights"),
    (lambda: grid([1, 2], (0, 1, 0, 1)), r"values must have shape \(rows, columns\)"),
    (lambda: grid([[1]], (0, 1, 0)), "extent must be"),
    (lambda: grid([[1]], (0, 1, 0, np.inf)), "extent must be"),
    (lambda: grid([[1, 2]], (0, 1, 0, 1), x_names=["a"]), "x_names must have one name for each"),
    (lambda: points([1], [1], role="fake"), "role must be one of real, .*; got 'fake'"),
    (lambda: points(["a", 2], [1, 2]), "points: x must be numbers|must be text"),
    (lambda: points([1], [1], label="x" * 2_001), "label must be text of at most 2,000"),
    (lambda: points(np.zeros(20_001), np.zeros(20_001)), "at most 20,000 numbers"),
    (lambda: custom("no such type"), "mark type must be a lower-case word"),
    (lambda: custom("ring", cars=np.zeros((2, 2, 2))), "one or two dimensions"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED_MARKS)
def test_a_mark_that_does_not_fit_is_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


REFUSED_VIEWS = [
    ({"id": "Cloud"}, "view id must be a lower-case word"),
    ({"id": "<b>"}, "view id must be a lower-case word"),
    ({"question": "  "}, "question must not be empty"),
    ({"x_range": (1, 0)}, "x_range must be"),
    ({"y_range": (0, np.nan)}, "y_range must be"),
    ({"z_range": 3}, "z_range must be"),
    ({"x_scale": "ln"}, "x_scale must be 'linear', or 'log'"),
    ({"y_scale": "log", "y_range": (0, 1)}, "y_scale must be 'linear', or 'log' with a range"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED_VIEWS)
def test_a_view_that_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        View(**{"id": "a", "kind": "scatter", "question": "Why?", **change})


def test_frames_that_do_not_fit_are_refused():
    trace = small_trace()
    with pytest.raises(ParameterError, match=r"one of the views \['cloud'\]; got 'clod'"):
        trace.append(3, {"clod": []})
    with pytest.raises(ParameterError, match="step must not go back; got 1"):
        trace.append(1)
    with pytest.raises(ParameterError, match="step must be a finite number"):
        trace.append(math.nan)
    assert len(trace.frames) == 2


def test_headers_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match="views must be at least one"):
        Trace("demo")
    with pytest.raises(ParameterError, match="each with an id of its own"):
        Trace("demo", views=[CLOUD, CLOUD])
    with pytest.raises(ParameterError, match="code must have at most 3 lines; got 4"):
        small_trace(code="1\n2\n3\n4")


@pytest.mark.parametrize(
    "table", [pd.DataFrame({"a": [1]}), np.zeros(3), list(range(101)), {"x": object()}]
)
def test_no_table_gets_into_the_parameters(table):
    with pytest.raises(ParameterError, match="parameter 'data' must be a number, text"):
        Trace("demo", parameters={"data": table}, views=[CLOUD])


def test_only_what_the_caller_draws_is_in_the_text():
    """A canary in a table beside the marks does not travel."""
    table = pd.DataFrame({"x": [0.5], "name": ["canary-7f3a"]})
    trace = Trace("demo", parameters={"rows": len(table)}, views=[CLOUD])
    trace.append(0, {"cloud": [points(table["x"], table["x"])]})
    assert "canary" not in trace.to_json()


def edited(change):
    document = json.loads(small_trace().to_json())
    change(document)
    return json.dumps(document)


DAMAGED = [
    ("", "must be JSON text"),
    ("[1]", "must have 'synthkit_trace' = 1; got None"),
    (small_trace().to_json()[:-5], "must be JSON text"),
    (edited(lambda d: d.update(synthkit_trace=2)), "'synthkit_trace' = 1; got 2"),
    (edited(lambda d: d.pop("views")), "no field 'views'"),
    (edited(lambda d: d["views"][0].update(colour="red")), "colour"),
    (edited(lambda d: d["views"][0].update(id="<img>")), "lower-case word"),
    (edited(lambda d: d["frames"][0]["marks"].update(cloud=[5])), "one of 1 marks; got 5"),
    (edited(lambda d: d["frames"][0]["marks"].update(cloud=[-1])), "one of 1 marks; got -1"),
    (edited(lambda d: d["frames"][0]["marks"].update(cloud=[True])), "one of 1 marks; got True"),
    (edited(lambda d: d["frames"][0]["scalars"].update(error="1")), "a scalar must be a number"),
    (edited(lambda d: d["frames"][1].update(step=0)), "step must not go back"),
    (edited(lambda d: d["pool"][0].update(x=[1])), "same length"),
    (edited(lambda d: d["pool"][0].update(role="evil")), "role must be one of"),
    (edited(lambda d: d["pool"][0].update(label=3)), "label must be text"),
    (edited(lambda d: d.update(pool=3)), "must have the fields of version 1"),
    (edited(lambda d: d["frames"].extend([d["frames"][1]] * 100)), "at most 100; got 102"),
    (small_trace().to_json().replace("0.5", "NaN"), "the number NaN"),
    ("[" * 100_000, "must be JSON text"),
]


@pytest.mark.parametrize(("text", "message"), DAMAGED)
def test_damaged_text_is_refused_with_its_reason(text, message):
    with pytest.raises(DamagedFileError, match=message):
        Trace.from_json(text)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.text(max_size=3))
def test_a_changed_text_is_refused_or_is_a_trace(at, junk):
    """Whatever is put anywhere, nothing but DamagedFileError comes out."""
    text = small_trace().to_json()
    at %= len(text)
    changed = text[:at] + junk + text[at + 1:]
    with contextlib.suppress(DamagedFileError):
        Trace.from_json(changed)


# --- files and pages ---------------------------------------------------------------------------


def test_save_and_load(tmp_path):
    path = tmp_path / "run with spaces.json"
    small_trace().save(path)
    assert Trace.load(path).to_json() == small_trace().to_json()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamagedFileError, match=r"UTF-8 text; got 'run with spaces.json'"):
        Trace.load(path)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    path.write_text("before", encoding="utf-8")

    def disk_full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        small_trace().save(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


class Scripts(HTMLParser):
    """Collect the script elements and every tag of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self._in = [], [], False

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
            self._in = True

    def handle_endtag(self, tag):
        self._in = self._in and tag != "script"

    def handle_data(self, data):
        if self._in:
            self.scripts[-1] += data


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>@PLAYER@\u2028&amp;"


def test_a_page_holds_the_trace_and_keeps_text_as_text(tmp_path):
    view = View("cloud", "scatter", f"Why {EVIL}?")
    trace = Trace(f"demo {EVIL}", views=[view])
    trace.append(0, {"cloud": [points([1], [1], label=EVIL)]}, sentence=EVIL)
    trace.to_html(tmp_path / "page.html")
    page = Scripts()
    page.feed((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len(page.scripts) == 2
    assert "img" not in [tag for tag, _ in page.tags]
    again = Trace.from_json(page.scripts[0])
    assert again.frames[0].marks["cloud"][0]["label"] == EVIL
    assert page.scripts[1].count("synthkit player; sources") == 1


def test_a_page_asks_for_nothing(tmp_path):
    small_trace().to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Scripts()
    page.feed(text)
    assert not [attrs for _, attrs in page.tags if {"src", "href"} & set(attrs)]
    assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}/", page.scripts[1])
    assert "default-src 'none'" in text


def test_script_safe_is_still_the_same_json():
    text = json.dumps({"a": EVIL}, ensure_ascii=False)
    assert json.loads(script_safe(text)) == {"a": EVIL}
    assert not set("<>&\u2028") & set(script_safe(text))
