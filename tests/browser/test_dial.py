"""The failure dial in JupyterLab, by mouse and keyboard."""

from __future__ import annotations

import time

import lab
import player_demo as demo
from player_page import button, in_kernel, picture, show, wait_for_answer, wait_for_word

# --- the dial ----------------------------------------------------------------------------------


def test_break_it_and_repair_it(shared):
    root = show(shared, "d = FailureDial(FLATTENED); d")
    wait_for_word(root, "sound")
    assert root.locator(".sk-word").text_content() == "○ Not broken yet"
    assert root.locator(".sk-cure").is_hidden()
    before = picture(root)
    button(root, "Break it").click()
    wait_for_word(root, "broken")
    assert root.locator(".sk-word").text_content() == "✕ Broken"
    assert picture(root) != before
    assert in_kernel(shared, "(d.value, d.is_broken)") == (2.0, True)
    reading = root.locator(".sk-reading").text_content()
    assert reading.strip() == "correlation that is left: 0.2486"
    assert in_kernel(shared, "round(d.indicator_value, 4)") == 0.2486
    gauge = root.locator(".sk-body > canvas")
    at_two = gauge.evaluate("c => c.toDataURL()")
    button(root, "Repair it").click()
    wait_for_word(root, "healed")
    # This stop was visited before: the picture is there at once, and the gauge must follow.
    shared.wait_for_function("root => root.dataset.drawn === '0.2'", arg=root.element_handle())
    assert gauge.evaluate("c => c.toDataURL()") != at_two
    assert root.locator(".sk-cure").text_content() == demo.FLATTENED.repair.sentence
    assert "Healed" in root.locator("[aria-live=polite]").text_content()
    assert in_kernel(shared, "[m.value for m in d.history]") == [0.2, 2.0, 0.2]


def test_the_dial_by_keyboard(shared):
    root = show(shared, "k = FailureDial(FLATTENED); k")
    wait_for_word(root, "sound")
    root.get_by_role("slider").focus()
    for _ in range(4):
        shared.keyboard.press("ArrowRight")
    wait_for_word(root, "broken")
    shared.wait_for_function("root => root.dataset.value === '2'", arg=root.element_handle())
    assert root.get_by_role("slider").get_attribute("aria-valuetext") == "2"
    assert in_kernel(shared, "k.value") == 2.0
    shared.keyboard.press("Home")
    wait_for_word(root, "healed")


def test_stale_positions_are_not_drawn(shared):
    """From the slow stop on to the next: the slow answer never appears."""
    root = show(shared, "s = FailureDial(STUMBLING); s")
    wait_for_word(root, "sound")
    slider = root.get_by_role("slider")
    slider.fill("2")
    slider.fill("1")
    shared.wait_for_function("root => root.dataset.drawn === '1'", arg=root.element_handle(),
                             timeout=20_000)
    time.sleep(1.0)
    assert root.get_attribute("data-value") == "1"
    assert in_kernel(shared, "[m.value for m in s.history]") == [0, 1]


def test_an_error_of_the_dial_is_shown_and_passes(shared):
    root = show(shared, "f = FailureDial(STUMBLING); f")
    wait_for_word(root, "sound")
    root.get_by_role("slider").fill("3")
    alert = root.get_by_role("alert")
    alert.wait_for()
    assert "no run with three" in alert.text_content()
    assert in_kernel(shared, "repr(f.error)") == "ValueError('no run with three')"
    root.get_by_role("slider").fill("0")
    alert.wait_for(state="hidden")  # the page takes it away before the kernel has heard
    wait_for_answer(root)
    assert in_kernel(shared, "f.error") is None


def test_two_views_of_one_dial_stay_in_step(shared):
    cell = lab.run_cell(shared, "t = FailureDial(FLATTENED)\ndisplay(t, t)")
    one, two = (cell.locator(".sk-root").nth(i) for i in range(2))
    for root in (one, two):
        wait_for_word(root, "sound")
    button(one, "Break it").click()
    for root in (one, two):
        wait_for_word(root, "broken")
        assert root.get_by_role("slider").get_attribute("aria-valuetext") == "2"
    assert picture(one) == picture(two)


def test_a_reload_brings_the_dial_back_where_it_was(open_notebook):
    page = open_notebook("reload.ipynb", "r = FailureDial(FLATTENED); r")
    root = page.locator(".sk-root")
    wait_for_word(root, "sound")
    button(root, "Break it").click()
    wait_for_word(root, "broken")
    lab.execute(page, "docmanager:save")
    page.reload()
    page.wait_for_function(lab.KERNEL_IS_IDLE, timeout=lab.KERNEL_TIMEOUT_MS)
    page.locator(".sk-root").wait_for(timeout=60_000)
    wait_for_word(page.locator(".sk-root"), "broken")
