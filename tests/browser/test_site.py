"""The site, opened from a folder without kernel and network: players play, dials turn."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lab
import nbformat
import pytest

sys.path.insert(0, str(lab.REPOSITORY / "notebooks"))

import pages

LESSON = "01_monte_carlo"
CELLS = (
    "import synthkit as sk\nfrom synthkit.widgets import FailureDial, Player\n"
    "from synthkit.course.runs.monte_carlo import darts_trace\n"
    "failure = sk.failures()['monte_carlo.lost_correlation']\n"
    "Player(darts_trace(0))",
    "FailureDial(failure)",
    "from synthkit.course.welcome.history import Timeline\nTimeline()",
    "from synthkit.course.welcome.technique_map import TechniqueMap\nTechniqueMap()",
)
PROSE = (
    "The error falls like $1/\\sqrt{n}$; see [next](02_bootstrap.ipynb). A label costs 6 $."
    "\n\n$$a^2$$"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory, chromium_path):
    """A site of one lesson that holds one of each widget, made as the real one is."""
    folder = tmp_path_factory.mktemp("site")
    cells = [nbformat.v4.new_markdown_cell(PROSE), *map(nbformat.v4.new_code_cell, CELLS)]
    made = nbformat.v4.new_notebook(cells=cells)
    patch = pytest.MonkeyPatch()
    patch.setenv(pages.REPLAY_VARIABLE, "1")
    pages.build.execute(made, keep=pages.replayed)
    patch.undo()
    (folder / f"{LESSON}.html").write_text(pages.as_page(made, LESSON), "utf-8")
    (folder / "index.html").write_text(pages.index_page([LESSON], api=False), "utf-8")
    return folder


@pytest.fixture
def lesson(site, new_page):
    opened = new_page(own=True)
    opened.asked = []
    opened.on("request", lambda sent: opened.asked.append(sent.url))
    opened.goto((site / f"{LESSON}.html").as_uri())
    opened.locator(".sk-root").first.wait_for(timeout=20_000)
    yield opened
    # Whatever it asks for comes from its own file.
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert opened.errors == []


def test_a_player_plays(lesson, screenshot):
    player = lesson.locator(".sk-root").first
    before = player.locator(".sk-sentence").inner_text()
    player.get_by_role("slider", name="Frame").press("End")
    lesson.wait_for_function(
        "before => document.querySelector('.sk-root .sk-sentence').textContent !== before",
        arg=before,
    )
    assert player.locator("canvas").count() > 0
    screenshot(lesson, "site_player")


def test_a_dial_is_broken_and_repaired_by_its_recorded_runs(lesson, screenshot):
    dial = lesson.locator(".sk-root").nth(1)
    dial.get_by_role("button", name="Break it").click()
    dial.locator(".sk-word", has_text="Broken").wait_for(timeout=10_000)
    screenshot(dial, "site_dial_broken")
    dial.get_by_role("button", name="Repair it").click()
    dial.locator(".sk-word", has_text="Healed").wait_for(timeout=10_000)
    assert dial.get_by_role("button", name="New seed").count() == 0


def test_timeline_and_map_answer_without_a_kernel(lesson, screenshot):
    line = lesson.locator(".skw-timeline")
    line.get_by_role("button", name="1979 the bootstrap").click()
    assert "Efron" in line.locator(".skw-panel").inner_text()
    chart = lesson.locator(".skw-map")
    chart.get_by_role("button", name="ask what if").click()
    assert "built from causes" in chart.locator(".skw-panel").inner_text()
    screenshot(chart, "site_map")


def test_equations_are_drawn_and_prices_are_not(lesson):
    assert lesson.locator("math").count() == 2
    assert lesson.locator("math msqrt mi").count() == 1
    assert lesson.locator("math msup mn").count() == 1
    assert "6 $" in lesson.inner_text("main")
    assert "\\sqrt" not in lesson.inner_text("main")


def test_a_phone_shows_it_whole(lesson, screenshot):
    lesson.set_viewport_size({"width": 360, "height": 740})
    lesson.wait_for_function("() => document.documentElement.scrollWidth <= 361")
    screenshot(lesson, "site_phone")


def test_the_systems_dark_theme_is_followed(lesson, screenshot):
    paper = "getComputedStyle(document.body).backgroundColor"
    assert lesson.evaluate(paper) == "rgb(255, 255, 255)"
    lesson.emulate_media(color_scheme="dark")
    lesson.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    assert max(map(int, re.findall(r"\d+", lesson.evaluate(paper))[:3])) < 50
    screenshot(lesson, "site_dark")


def test_the_index_fits_a_phone_and_breaks_no_word(site, new_page):
    opened = new_page(own=True)
    opened.set_viewport_size({"width": 360, "height": 740})
    opened.goto((site / "index.html").as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= 361
    head = opened.get_by_role("columnheader", name="minutes")
    assert head.evaluate(
        "cell => { const all = document.createRange(); all.selectNodeContents(cell);"
        " return all.getClientRects().length; }"
    ) == 1  # in one line


def test_docstrings_equations_and_tables_can_be_drawn():
    from synthkit.techniques import monte_carlo

    equations = []
    text = pages.readable(monte_carlo.__doc__, equations)
    assert len(equations) == 6  # as many as the module numbers
    assert all(one.startswith("<math") for one in equations)
    assert ":math:" not in text
    head = "| symbol | name | shape |\n| --- | --- | --- |\n| u | ranks | (n, d), in (0, 1) |\n"
    assert head in text
    assert "===" not in text
    assert pages.with_equations(text, equations).count("<math") == 6
    assert pages.readable("a = b == c\n=====", []) == "a = b == c\n====="  # no table


def test_equations_between_dollars_are_drawn_with_their_numbers():
    from synthkit.measure import scoring

    equations = []
    text = pages.readable(scoring.__doc__, equations)
    assert "$" not in text
    assert "\\" not in text
    blocks = [one for one in equations if 'display="block"' in one]
    assert len(blocks) == scoring.__doc__.count(r"\tag") == 3
    assert not any("tag" in one for one in equations)
    assert "<mn>3</mn>" in blocks[2]


def test_the_first_api_page_lists_what_the_package_offers():
    """Names that are imported when asked stand there like those of the parts."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import pages; pages.resolve_lazy_names()\n"
        "import pdoc.doc, synthkit; page = pdoc.doc.Module(synthkit)\n"
        "print(*(member.name for member in page.own_members or page.members.values()))\n"
        "print(*(part.fullname for part in page.submodules))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(Path(pages.__file__).parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    names, parts = (line.split() for line in done.stdout.splitlines()[-2:])
    assert {"MonteCarlo", "GAN", "load", "scorecard", "Arena"} <= set(names)
    assert {"synthkit.measure", "synthkit.techniques", "synthkit.scale"} <= set(parts)


def test_index_and_links_lead_on(site, new_page):
    opened = new_page(own=True)
    opened.goto((site / "index.html").as_uri())
    opened.get_by_role("link", name=re.compile("Monte Carlo")).click()
    opened.locator("nav.synthkit-nav a").first.wait_for(timeout=10_000)
    hrefs = opened.locator("a[href$='.html']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    assert "02_bootstrap.html" in hrefs
    known = {"index.html", *(f"{name}.html" for name in pages.build.lessons())}
    assert set(hrefs) <= known


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_whole_site_is_built_in_ten_minutes_and_its_links_lead_somewhere(tmp_path, new_page):
    import time

    start = time.monotonic()
    script = Path(pages.__file__)
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    assert time.monotonic() - start < 600
    for page in tmp_path.rglob("*.html"):
        text = re.sub(r"<script.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
        for link in re.findall(r'<a[^>]+href="([^"#]+)[^"]*"', text):
            if not link.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
    opened = new_page(own=True)
    opened.goto((tmp_path / "api" / "synthkit.html").as_uri())
    opened.get_by_role("link", name="MonteCarlo").first.wait_for(timeout=10_000)
    assert opened.errors == []
    assert opened.foreign == []
    opened.set_viewport_size({"width": 360, "height": 740})
    for page in sorted(tmp_path.rglob("*.html")):
        opened.goto(page.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= 361, page.name
