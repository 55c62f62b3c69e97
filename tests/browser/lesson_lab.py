"""Work in a lesson that is open in JupyterLab: for the tests of the lessons. Not a test."""

from __future__ import annotations

import json
import shutil
import time
from typing import Any

import lab

RUN_MS = 150_000

# Scroll to an element again and again, until JupyterLab has stopped laying out: it does so cell by
# cell, as they come into view. The place must be the same on 15 screen refreshes in a row.
SETTLE = """node => new Promise(done => {
  const end = performance.now() + 8000;
  let last = '', calm = 0;
  const look = () => {
    const view = document.querySelector('.jp-WindowedPanel-outer')?.getBoundingClientRect();
    let box = node.getBoundingClientRect();
    if (!view || box.top < view.top || box.bottom > view.bottom) {
      node.scrollIntoView({block: box.height < (view?.height ?? 0) ? 'center' : 'start'});
      box = node.getBoundingClientRect();
    }
    const place = [box.top, box.left, box.width, box.height].map(Math.round).join();
    calm = place === last ? calm + 1 : 0;
    last = place;
    if (calm >= 15 || performance.now() > end) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def open_lesson(page: Any, server: lab.LabServer, lesson: str) -> None:
    """Open a fresh copy of a lesson in a workspace without progress, and run all of it."""
    for left in server.workspace.glob("synthkit-progress*"):
        left.unlink()
    shutil.copy(lab.REPOSITORY / "notebooks" / f"{lesson}.ipynb", server.workspace)
    server.open(page, f"{lesson}.ipynb")
    lab.run_all(page, timeout_ms=RUN_MS)
    page.locator(".skf").first.wait_for(timeout=20_000)


def progress(server: lab.LabServer, lesson: str) -> dict[str, Any]:
    """Return what the progress file says of a lesson."""
    path = server.workspace / "synthkit-progress.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["lessons"][lesson])


def form(page: Any, exercise: str) -> Any:
    """Return the form of an exercise, a question or a prediction."""
    return page.locator(f'.skf[data-exercise="{exercise}"]').first


def widget(page: Any, question: str) -> Any:
    """Return the widget (player or dial) over whose picture this question stands."""
    return page.locator(".sk-root", has_text=question).first


def output_of(page: Any, name: str) -> Any:
    """Return what the cell shows that begins ``name = lesson.``, or with a whole ``name = …``."""
    code = name if "=" in name else f"{name} = lesson."
    return cell_of(page, code).locator(".jp-OutputArea").first


def cell_of(page: Any, code: str) -> Any:
    """Return the notebook cell whose source holds this code."""
    return page.locator(".jp-CodeCell").filter(has_text=code).first


def bring_up(page: Any, locator: Any) -> None:
    """Scroll something into view and wait until JupyterLab has stopped laying out."""
    locator.scroll_into_view_if_needed()
    locator.evaluate(SETTLE)


def wait_for_outcome(page: Any, exercise: str, outcome: str) -> None:
    page.wait_for_selector(
        f'.skf[data-exercise="{exercise}"][data-outcome="{outcome}"]', timeout=20_000
    )


def submit(page: Any, exercise: str, outcome: str) -> None:
    """Press *Check* (or *Commit*) and wait for this outcome."""
    bring_up(page, form(page, exercise))
    form(page, exercise).locator("[data-do=submit]").click()
    wait_for_outcome(page, exercise, outcome)


def wait_for_kernel(page: Any, expression: str, wanted: str) -> None:
    """Wait until an expression has this value (as its repr) in the kernel."""
    end = time.monotonic() + 60  # a live run on a busy machine
    found = ""
    while time.monotonic() < end:
        found = lab.evaluate_in_kernel(page, expression)
        if found == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} never became {wanted}; it is {found}")


def wait_for_sentence(page: Any, text: str) -> None:
    """Wait until a picture says this."""
    page.wait_for_function(
        "text => [...document.querySelectorAll('.sk-sentence')]"
        ".some(e => e.textContent.includes(text))",
        arg=text,
        timeout=20_000,
    )


def to_last_frame(root: Any) -> None:
    """Scrub a player to its end."""
    root.get_by_role("slider", name="Frame").press("End")


def wait_for_score(page: Any, text: str) -> None:
    """Wait until the prediction is scored, as it is where a run was seen to its end."""
    page.locator(".sk-score:visible", has_text=text).first.wait_for(timeout=20_000)


def no_widget_error(page: Any) -> None:
    """No handler and no thread of the lesson met an error, and neither did the page."""
    assert lab.evaluate_in_kernel(page, "lesson.assert_no_widget_error()") == "None"
    assert page.errors == []


def run_cell(page: Any, marker: str, source: str | None = None) -> None:
    """Run the cell that holds ``marker``, with another source if one is given."""
    page.evaluate(
        """async ([marker, source]) => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          const index = notebook.widgets.findIndex(
            cell => cell.model.sharedModel.getSource().includes(marker));
          if (source) notebook.widgets[index].model.sharedModel.setSource(source);
          notebook.activeCellIndex = index;
          await window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        [marker, source],
    )


def solution(lesson: str, exercise: str) -> str:
    """Return the code that solves an exercise."""
    path = lab.REPOSITORY / "synthkit" / "course" / "exercises" / f"{lesson}.solutions.json"
    return str(json.loads(path.read_text(encoding="utf-8"))[exercise])


def check_code(page: Any, exercise: str, marker: str, source: str, outcome: str) -> None:
    """Write this code into the cell that holds ``marker``, run it and its check."""
    run_cell(page, marker, source)
    run_cell(page, f'lesson.check("{exercise}"')
    wait_for_outcome(page, exercise, outcome)


def feedback_times_ms(page: Any) -> list[float]:
    """Return the times from a click on Check to the reply, for a question of lesson 01.

    For ``python -m benchmarks.run course``.
    """
    choice = form(page, "why-root-n")
    bring_up(page, choice)
    times = []
    for option in (0, 1, 3, 0, 1, 3, 0):
        choice.locator("input").nth(option).check()
        times.append(page.evaluate(
            """() => new Promise(done => {
              const root = document.querySelector('.skf[data-exercise="why-root-n"]');
              const reply = root.querySelector('.skf-reply');
              const start = performance.now();
              const seen = new MutationObserver(() => {
                seen.disconnect();
                done(performance.now() - start);
              });
              seen.observe(reply, {childList: true});
              root.querySelector('[data-do=submit]').click();
            })"""
        ))  # fmt: skip
    return times


def drag_point(page: Any, drawn: Any, number: int, pixels: int) -> None:
    """Drag a point of a line to draw downwards (upwards: fewer than 0 pixels)."""
    box = drawn.locator("[role=slider] circle").nth(number).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + pixels, steps=4)
    page.mouse.up()


def drag_slider(page: Any, slider: Any, end: float) -> None:
    """Drag a slider's handle with the mouse to its left (0.0) or right (1.0) end."""
    bring_up(page, slider)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    at = float(slider.evaluate("s => (s.value - s.min) / (s.max - s.min)"))
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * at, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * end, middle, steps=8)
    page.mouse.up()


LOOKS = (("Light", 1366, 768), ("Dark", 1366, 768), ("Light", 360, 740))


def looks(page: Any) -> Any:
    """Yield a name for each look, in light, dark and on a phone, with the page as it is then.

    At the end the page is as wide as before, and light.
    """
    try:
        for theme, width, height in LOOKS:
            page.set_viewport_size({"width": width, "height": height})
            lab.set_theme(page, f"JupyterLab {theme}")
            if width < 800:
                page.evaluate("window.jupyterapp.shell.collapseLeft()")
            yield f"{theme.lower()}_{width}"
    finally:
        page.set_viewport_size({"width": 1366, "height": 768})
        lab.set_theme(page, "JupyterLab Light")


def fits(locator: Any, what: str) -> None:
    """Nothing of it is cut at its right."""
    wide = locator.evaluate("node => node.scrollWidth - node.clientWidth")
    assert wide <= 1, f"{what} is {wide} px too wide"


def commit_choice(page: Any, exercise: str, option: int) -> None:
    """Predict: choose an option, say how sure, and commit."""
    asked = form(page, exercise)
    bring_up(page, asked)
    asked.locator("input[type=radio]").nth(option).check()
    asked.locator("select").select_option(label="fairly sure")
    submit(page, exercise, "recorded")


def forms_look_well(page: Any, look: str, exercises: Any, screenshot: Any) -> None:
    """Each form fits, axe finds nothing serious in it, and a picture is kept."""
    for exercise in exercises:
        found = form(page, exercise)
        bring_up(page, found)
        screenshot(page, f"lesson_{page.lesson[:2]}_{look}_{exercise}")
        fits(found, f"{exercise} in {look}")
    # One run of axe for all of them: most of its time goes into reading the page.
    both = ", ".join(f'.skf[data-exercise="{exercise}"]' for exercise in exercises)
    assert lab.axe_violations(page, both) == []


# --- what every lesson is asked; ``page`` is that of the fixture ``lesson_page`` ------------------


def predict(page: Any, question: str, option: int, right: bool) -> None:
    """Predict by a choice; the progress file keeps what was said, and whether it was right."""
    commit_choice(page, question, option)
    kept = page.kept()["predictions"][question]
    assert (kept["value"], kept["confidence"], kept["right"]) == (option, 0.75, right)


def played(page: Any, name: str = "watch") -> Any:
    """Return the player that this cell shows, in view and at its last frame."""
    player = output_of(page, name).locator(".sk-root").first
    player.wait_for(timeout=30_000)
    bring_up(page, player)
    to_last_frame(player)
    return player


def break_and_repair(
    page: Any,
    exercise: str,
    dial: str,
    label: str,
    screenshot: Any,
    breaks: float | str = 0.0,
    heals: str = "End",
) -> None:
    """Break, be told to heal, heal with a key, be right, and find that in the progress file.

    ``dial`` is the variable of the dial's cell and ``label`` the name of its slider; ``breaks`` a
    place to drag the handle to (0.0 left, 1.0 right), or keys to press one after the other.
    """
    slider = output_of(page, dial).get_by_role("slider", name=label)
    if isinstance(breaks, float):
        drag_slider(page, slider, breaks)
    else:
        press(page, slider, breaks)
    wait_for_kernel(page, f"{dial}.is_broken", "True")
    bring_up(page, slider)
    screenshot(page, f"lesson_{page.lesson[:2]}_broken_{dial}")
    submit(page, exercise, "wrong")
    assert "Now heal it" in form(page, exercise).inner_text()
    press(page, slider, heals)
    wait_for_kernel(page, f"{dial}.is_broken", "False")
    screenshot(page, f"lesson_{page.lesson[:2]}_healed_{dial}")
    submit(page, exercise, "right")
    assert page.kept()["exercises"][exercise]["done"] is True
    no_widget_error(page)


def press(page: Any, slider: Any, keys: str) -> None:
    """Press keys on a slider, one after the other."""
    bring_up(page, slider)
    slider.focus()
    for key in keys.split():
        page.keyboard.press(key)


def misconception(
    page: Any, exercise: str, marker: str, name: str, *changes: tuple[str, str]
) -> None:
    """The solution with these changes is wrong and told why by name; as it stands it is right."""
    wrong = right = solution(page.lesson, exercise)
    for change in changes:
        assert change[0] in wrong
        wrong = wrong.replace(*change)
    check_code(page, exercise, marker, wrong, "wrong")
    assert page.kept()["exercises"][exercise]["done"] is False
    bring_up(page, form(page, exercise))
    assert name in form(page, exercise).inner_text()
    check_code(page, exercise, marker, right, "right")
    assert page.kept()["exercises"][exercise]["done"] is True
    no_widget_error(page)


def looks_well(page: Any, pictures: Any, forms: Any, screenshot: Any) -> None:
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place.

    ``pictures`` name cells as ``output_of`` takes them.  Where the lesson looks inside an equation,
    one of its terms is lit.
    """
    inside = page.locator(".ski")
    if inside.count():
        bring_up(page, inside.first)
        inside.first.locator("button").nth(1).click()
        assert page.locator(".ski-term.ski-lit").count() >= 2
    for look in looks(page):
        for name in pictures:
            output = output_of(page, name)
            bring_up(page, output)
            screenshot(page, f"lesson_{page.lesson[:2]}_{look}_{name.partition(' ')[0]}")
            for root in output.locator(".sk-root").all():
                fits(root, f"{name} in {look}")
        forms_look_well(page, look, forms, screenshot)
        if inside.count():
            bring_up(page, inside.first)
            screenshot(page, f"lesson_{page.lesson[:2]}_{look}_inside")
            assert lab.axe_violations(page, ".ski") == []
    no_widget_error(page)
