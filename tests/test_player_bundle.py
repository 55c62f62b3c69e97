"""Posters, and the committed bundle: fresh, silent, and in step with Python."""

from __future__ import annotations

import hashlib
import inspect
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_browser import demo, headless  # noqa: F401 (a fixture for every test)

from synthkit.trace import Trace, View, line
from synthkit.widgets import Predicted, poster
from synthkit.widgets.posters import POSTERS

REPOSITORY = Path(__file__).resolve().parents[1]
PLAYER = REPOSITORY / "widgets" / "player"
BUNDLE = REPOSITORY / "synthkit" / "widgets" / "assets" / "player.js"


# --- posters -----------------------------------------------------------------------------------


def pixels(png: bytes) -> np.ndarray:
    from matplotlib.image import imread

    return (imread(io.BytesIO(png))[..., :3] * 255).round().astype(int)


def has_colour(image: np.ndarray, colour: str, tolerance: int = 12) -> bool:
    wanted = np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)])
    return bool((np.abs(image - wanted).max(axis=-1) <= tolerance).any())


def test_a_poster_shows_each_role_in_its_colour():
    trace = Trace("demo", views=[View("a", "lines", "How?")])
    trace.append(0, {"a": [line([0, 1], [0, 1], role="real"), line([0, 1], [1, 0])]})
    image = pixels(poster(trace))
    assert has_colour(image, "#0072B2")
    assert has_colour(image, "#D55E00")
    assert not has_colour(image, "#CC79A7")
    over = Predicted(0.5).overlay(trace.views)
    assert has_colour(pixels(poster(trace, overlay=over)), "#CC79A7")


def test_every_view_has_a_poster_and_every_poster_is_short():
    poster(demo.every_view(demo.HOSTILE))
    assert {view.kind for view in demo.every_view().views} == set(POSTERS)
    for draw in POSTERS.values():
        lines = inspect.getsource(draw).splitlines()
        assert len(lines) <= 20, f"{draw.__name__} has {len(lines)} lines"


def test_a_poster_with_nothing_to_draw_is_still_a_picture():
    trace = Trace("demo", views=[View("a", "heatmap", "How?"), View("b", "histogram", "How?")])
    trace.append(0)
    assert poster(trace).startswith(b"\x89PNG")


def test_a_poster_does_not_touch_the_settings_of_matplotlib():
    import matplotlib

    before = dict(matplotlib.rcParams)
    poster(demo.darts())
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not matplotlib.pyplot.get_fignums()


# --- the bundle --------------------------------------------------------------------------------


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_bundle_was_built_from_these_sources():
    """The same sums as build.mjs writes into the first line; needs no Node."""
    names = sorted([
        *(p.relative_to(PLAYER).as_posix() for p in (PLAYER / "src").rglob("*") if p.is_file()),
        "build.mjs", "package-lock.json",
    ])
    sources = "".join(
        f"{name}\0{(PLAYER / name).read_text(encoding='utf-8')}\0" for name in names
    )
    head, code = BUNDLE.read_text(encoding="utf-8").split("\n", 1)
    stated = re.fullmatch(
        r"/\* synthkit player; sources sha256 (\w{64}); code sha256 (\w{64}) \*/", head
    )
    assert stated, "the first line of the bundle holds its sums"
    cure = "run 'npm run build' in widgets/player"
    assert stated[1] == sha256(sources), f"the bundle is older than its sources: {cure}"
    assert stated[2] == sha256(code), f"the bundle was changed by hand: {cure}"


def test_the_bundle_asks_for_nothing_and_parses_no_html():
    code = BUNDLE.read_text(encoding="utf-8")
    assert not re.search(r"\binnerHTML|outerHTML|insertAdjacentHTML|document\.write\b", code)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|\beval\(|new Function|import\(", code)
    assert not re.search(r"https?://", code)
    assert "</script" not in code


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (PLAYER / "package-lock.json").read_text(encoding="utf-8")


def test_the_player_has_a_module_for_every_poster():
    index = (PLAYER / "src" / "views" / "index.js").read_text(encoding="utf-8")
    kinds = {p.stem for p in (PLAYER / "src" / "views").glob("*.js")} - {"index"}
    assert kinds == set(POSTERS)
    assert all(f"./{kind}.js" in index for kind in kinds)


def test_the_roles_look_the_same_in_the_player_and_on_posters():
    from synthkit.trace import ROLES
    from synthkit.widgets.posters import STYLES

    source = (PLAYER / "src" / "roles.js").read_text(encoding="utf-8")
    found = dict(re.findall(r"^  (\w+): \{ color: '([^']+)'", source, flags=re.MULTILINE))
    assert set(found) == set(STYLES) == set(ROLES)
    for role, colour in found.items():
        assert STYLES[role][0] == ("#000000" if colour == "ink" else colour), role


def test_the_numbers_of_the_player():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here: the player's unit tests did not run")
    tests = sorted(str(path) for path in (PLAYER / "test").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
