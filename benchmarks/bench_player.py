"""The player in a real browser: frames a second, and from the dial through the kernel to the eye.

Run by ``python run.py bench player``.  The peer is what a notebook author would write instead:
``ipywidgets.interact`` around a matplotlib figure.  Times are wall-clock milliseconds, since they
are what a hand on the dial feels: measure on a machine that is otherwise idle.  Headless Chromium
draws in software; a screen with a GPU is faster.  The dial is timed with the connection class of
``synthkit.widgets.prompt_connection``, and in a plain ``jupyter lab`` besides.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))  # the driver of JupyterLab lives there

import lab  # noqa: E402
import numpy as np  # noqa: E402
import player_demo  # noqa: E402

from synthkit.course.runs.traffic import space_time  # noqa: E402
from synthkit.techniques.traffic.cellular import CellRing  # noqa: E402
from synthkit.trace import Trace, View, custom  # noqa: E402
from synthkit.widgets.prompt_connection import OPTION as PROMPT  # noqa: E402

POINTS = 5_000
CARS, STEPS = 200, 600
STOPS = 60

DIAL = """
import numpy as np
from synthkit.failures import Dial, Failure, Repair
from synthkit.trace import Trace, View, points
from synthkit.widgets import FailureDial

def run(value, rng):
    x, y = np.random.default_rng(rng).normal(size=(2, 3000))
    trace = Trace("bench", seed=rng, views=[View("a", "scatter", "How does it turn?")])
    trace.append(0, {"a": [points(x * np.cos(value) - y, x * np.sin(value) + y)]},
                 scalars={"x": float(value)})
    return trace

stops = tuple(range(STOPS))
failure = Failure("bench.turn", "Turn", "A cloud of 3,000 points.", Dial("k", "k", stops, 0), run,
                  lambda trace: trace.last("x"), "k", 30.0, "above", STOPS - 1, Repair(0, "Back."))
FailureDial(failure)
""".replace("STOPS", str(STOPS))

PEER = """
%matplotlib inline
import matplotlib.pyplot as plt, numpy as np
from ipywidgets import interact, IntSlider

def show(k):
    x, y = np.random.default_rng(0).normal(size=(2, 3000))
    plt.scatter(x * np.cos(k) - y, x * np.sin(k) + y, s=6)
    plt.show()

interact(show, k=IntSlider(0, 0, 60));
"""

COUNT_FRAMES = """root => new Promise(resolve => {
  const stages = root.querySelector('.sk-stages');
  let drawn = 0;
  root.addEventListener('synthkit:drawn', () => { drawn += 1; });
  const started = performance.now();
  let forward = true;
  const tick = now => {
    if (now - started > 4000) return resolve(drawn / (now - started) * 1000);
    const before = root.dataset.step;
    const press = key => stages.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    const slider = root.querySelector('.sk-scrub input');
    if (slider.value === slider.max) forward = false;
    if (slider.value === '0') forward = true;
    press(forward ? 'ArrowRight' : 'ArrowLeft');
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""

TIME_STOPS = """async ([root, stops, mark]) => {
  const slider = root.querySelector('.sk-dial input');
  const times = [];
  for (const stop of stops) {
    await new Promise(resolve => setTimeout(resolve, 40));
    times.push(await new Promise(resolve => {
      const started = performance.now();
      const watcher = new MutationObserver(() => {
        if (root.dataset[mark] !== String(stop)) return;
        watcher.disconnect();
        resolve(performance.now() - started);
      });
      watcher.observe(root, {attributes: true, attributeFilter: [`data-${mark}`]});
      slider.value = stop;
      slider.dispatchEvent(new Event('input', {bubbles: true}));
    }));
  }
  return times;
}"""

TIME_PEER = """async ([handle, count]) => {
  const source = () => document.querySelector('.widget-interact img')?.src;
  const times = [];
  for (let i = 0; i < count; i += 1) {
    await new Promise(resolve => setTimeout(resolve, 40));
    times.push(await new Promise((resolve, reject) => {
      const before = source();
      const started = performance.now();
      const look = () => {
        const now = source();
        if (now && now !== before) return resolve(performance.now() - started);
        if (performance.now() - started > 10000) return reject(new Error('the peer never drew'));
        requestAnimationFrame(look);
      };
      handle.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
      requestAnimationFrame(look);
    }));
  }
  return times;
}"""


def main() -> list[dict[str, Any]]:
    """Measure and return rows of what, value, unit, target and peer."""
    from playwright.sync_api import sync_playwright

    chromium = lab.find_chromium()
    if chromium is None:
        raise RuntimeError("bench_player needs a Chromium: 'apt install chromium'.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=lab.CHROMIUM_ARGS)
        try:
            crowd = player_demo.crowd(POINTS)
            rate, cost = frames_a_second(browser, Path(folder), crowd)
            ring_rate, ring_cost = frames_a_second(browser, Path(folder), rush_hour())
            with lab.lab_server(Path(folder) / "plain") as server:
                plain, _, peer = dial_times(browser, server)
            with lab.lab_server(Path(folder) / "prompt", arguments=[PROMPT]) as server:
                kernel, cached, _ = dial_times(browser, server)
        finally:
            browser.close()
    return [
        row(f"player, frames a second with {POINTS:,} points", rate, "1/s", ">= 30"),
        row(f"player, a frame with {POINTS:,} points", cost, "CPU-ms", "<= 33"),
        row(f"ring road of {CARS} cars beside {CARS} x {STEPS} of space and time", ring_rate, "1/s",
            ">= 30"),
        row("a frame of that", ring_cost, "CPU-ms", "<= 33"),
        row("dial to redraw through the kernel, p50", quantile(kernel, 0.5), "ms", "<= 100",
            quantile(peer, 0.5)),
        row("dial to redraw through the kernel, p95", quantile(kernel, 0.95), "ms", "<= 100",
            quantile(peer, 0.95)),
        row("the same in a plain 'jupyter lab', p50", quantile(plain, 0.5), "ms", "<= 100",
            quantile(peer, 0.5)),
        row("the same in a plain 'jupyter lab', p95", quantile(plain, 0.95), "ms", "<= 100",
            quantile(peer, 0.95)),
        row("dial to redraw, stop seen before, p95", quantile(cached, 0.95), "ms", ""),
    ]


def rush_hour() -> Trace:
    """Return a ring road from above, beside the speed of each car at each step, as in lesson 08."""
    rng = np.random.default_rng(0)
    ring = CellRing(cells=1_000, cars=CARS, v_max=5, dawdle=0.25, rng=rng)
    speeds, places = np.empty((CARS, STEPS)), np.empty((CARS, STEPS))
    for step in range(STEPS):
        ring.step(rng)
        speeds[:, step], places[:, step] = 27.0 * ring.speed, ring.distance / 1_000 % 1
    trace = Trace("demo.rush_hour", seed=0, views=[
        View("road", "ring", "Who brakes?", "driving direction", z_label="km/h", z_range=(0, 135)),
        View("diagram", "heatmap", "Which way does the jam go?", "time (s)", "car", (0, STEPS),
             (0, CARS), "km/h", (0, 135)),
    ])  # fmt: skip
    field = space_time(speeds, (0, STEPS, 0, CARS))
    for step in range(60):
        brakes = speeds[:, step] < speeds[:, max(step - 1, 0)]
        cars = custom("cars", position=places[:, step], speed=speeds[:, step], braking=brakes)
        trace.append(step, {"road": [cars], "diagram": [*field, custom("veil", x=[10 * step])]})
    return trace


def frames_a_second(browser: Any, folder: Path, trace: Trace) -> tuple[float, float]:
    """Draw another frame at each refresh of the screen for four seconds.

    Returns the rate, and the CPU milliseconds of all of Chromium's processes for one frame: the
    figure that a busy machine does not spoil.
    """
    trace.to_html(folder / "page.html")
    page = browser.new_page(viewport={"width": 1100, "height": 700})
    page.goto((folder / "page.html").as_uri())
    root = page.wait_for_selector(".sk-root")
    page.wait_for_function("document.querySelector('.sk-root').dataset.step === '0'")
    before = chromium_seconds()
    rate = float(root.evaluate(COUNT_FRAMES))
    used = chromium_seconds() - before
    page.close()
    return rate, 1000 * used / (4 * rate)


def chromium_seconds() -> float:
    """Return the CPU seconds that the Chromium below this process has used."""
    import psutil

    processes = psutil.Process().children(recursive=True)
    return sum(sum(p.cpu_times()[:2]) for p in processes if "chrom" in p.name())


def dial_times(browser: Any, server: lab.LabServer) -> tuple[list[float], ...]:
    """Time each stop once (kernel), each again (drawn from the browser), and the peer."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    shutil.copy(Path(player_demo.__file__), server.workspace)
    server.open(page, server.write_notebook("bench.ipynb", DIAL, PEER))
    lab.run_all(page)
    page.wait_for_selector(".sk-root[data-drawn]")
    page.locator(".sk-root").scroll_into_view_if_needed()
    root = page.query_selector(".sk-root")
    kernel = page.evaluate(TIME_STOPS, [root, list(range(1, STOPS)), "drawn"])
    cached = page.evaluate(TIME_STOPS, [root, list(range(STOPS - 1)), "shown"])
    page.wait_for_selector(".noUi-handle")
    page.locator(".noUi-handle").scroll_into_view_if_needed()
    page.wait_for_selector(".widget-interact img")
    peer = page.evaluate(TIME_PEER, [page.query_selector(".noUi-handle"), 25])
    page.close()
    return kernel, cached, peer


def quantile(times: list[float], share: float) -> float:
    """Return the value below which this share of the times lies."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def row(
    what: str, value: float, unit: str, target: str, peer: float | None = None
) -> dict[str, Any]:
    """Return one row of the table."""
    return {
        "what": what, "value": round(value, 1), "unit": unit, "target": target,
        "peer": peer,
    }


if __name__ == "__main__":
    for line in main():
        print(line)
