"""Lesson 00 in JupyterLab: play, vote twice, price the labels, read the map and the years."""

from __future__ import annotations

import lab
from lesson_lab import (
    bring_up,
    cell_of,
    commit_choice,
    fits,
    form,
    forms_look_well,
    looks,
    no_widget_error,
    run_cell,
    submit,
    wait_for_kernel,
)

LESSON = "00_welcome"


def story(page, kind):
    """Return one of the widgets of the welcome."""
    return page.locator(f".skw-{kind}").first


def test_predict_and_play_with_mouse_and_keys(lesson_page, screenshot):
    page = lesson_page
    assert page.errors == []
    commit_choice(page, "who-finds-the-shuffled", 2)
    game = story(page, "game")
    game.wait_for(timeout=20_000)
    bring_up(page, game)
    screenshot(page, "lesson_00_game_first")
    game.locator("[data-side='0']").click()
    game.locator("[data-do=next]").wait_for(timeout=10_000)
    screenshot(page, "lesson_00_game_answer")
    assert game.locator(".skw-card.skw-real").count() == 1
    # Kept by the kernel, hidden from the page: which side is real is in no trait before the pick.
    assert "truth" not in lab.evaluate_in_kernel(page, "str(watch.widget.spec)")
    page.keyboard.press("Enter")  # the button Next has the focus
    for number in range(1, 8):
        page.wait_for_selector(f".skw-game[data-round='{number}']", timeout=10_000)
        game.locator("[data-side='1']").focus()
        page.keyboard.press("Enter")
        game.locator("[data-do=next]").wait_for(timeout=10_000)
        page.keyboard.press("Enter")
    page.wait_for_selector(".skw-game[data-round=over]", timeout=10_000)
    assert "95 % interval" in game.inner_text()
    bring_up(page, game)
    screenshot(page, "lesson_00_game_over")
    kept = page.kept()["figures"]["which table is real?"]
    right = lab.evaluate_in_kernel(page, "watch.widget.right")
    assert kept == f"{right} of 8 right, tables 1"
    no_widget_error(page)


def test_the_map_answers_a_question_and_a_technique(lesson_page):
    page = lesson_page
    chart = story(page, "map")
    bring_up(page, chart)
    chart.get_by_role("button", name="say how sure").click()
    assert chart.locator("g.skw-dim").count() == chart.locator("g.skw-point").count() - 2
    point = chart.locator("g.skw-point[data-name=bootstrap]")
    point.focus()
    page.keyboard.press("Enter")
    said = chart.locator(".skw-panel").inner_text()
    assert "its rows are real rows" in said
    assert "Lesson 02" in said
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.name") != "bootstrap"
    no_widget_error(page)


def test_the_years_are_walked_with_arrow_keys(lesson_page):
    page = lesson_page
    line = story(page, "timeline")
    bring_up(page, line)
    line.get_by_role("button", name="1949 Monte Carlo").click()
    assert "Metropolis" in line.locator(".skw-panel").inner_text()
    page.keyboard.press("ArrowRight")
    assert "1965" in line.locator(".skw-panel").inner_text()
    page.keyboard.press("End")
    assert "Shumailov" in line.locator(".skw-panel").inner_text()


def test_the_price_is_the_readers(lesson_page):
    page = lesson_page
    cost = story(page, "cost")
    bring_up(page, cost)
    cost.get_by_label("Price of building the program").fill("59400")
    page.wait_for_selector(".skw-cost[data-sum='60,000.00 | 60,000.00']", timeout=10_000)
    assert "beyond 10,000 elements" in cost.inner_text()
    cost.get_by_label("Share of its output that people check (0 to 1)").fill("2")
    cost.get_by_text("checked must be a number from 0 to 1").wait_for(timeout=10_000)
    assert "60,000.00" in page.kept()["figures"]["what labels cost"]
    no_widget_error(page)


def test_two_votes_and_then_the_answer(lesson_page, screenshot):
    page = lesson_page
    board = story(page, "claims")
    bring_up(page, board)
    board.get_by_role("button", name="Claim 2: no vote yet").click()
    board.locator("[data-vote=holds]").click()
    page.wait_for_selector(".skw-claims[data-voted='1']", timeout=10_000)
    assert board.locator(".skw-found").count() == 0
    board.locator("[data-do=second]").click()
    page.wait_for_selector(".skw-claims[data-round=second]", timeout=10_000)
    board.locator("[data-vote=depends]").click()
    board.locator(".skw-found").wait_for(timeout=10_000)
    assert "Your votes: holds, then depends." in board.inner_text()
    votes = page.kept()["votes"]
    assert votes == {"recipe": {"first": "holds", "second": "depends"}}
    bring_up(page, board)
    screenshot(page, "lesson_00_claims_found")
    board.locator("[data-do=open]").click()
    board.get_by_text("You changed your mind on 1 of 1.").wait_for(timeout=10_000)
    # An older view of the board, or one drawn anew, shows the same votes.
    run_cell(page, "board = lesson.keep(ClaimsBoard")
    page.wait_for_selector(".skw-claims[data-voted='1']", timeout=20_000)
    no_widget_error(page)


def test_break_and_repair(lesson_page):
    page = lesson_page
    dial = cell_of(page, "lost = lesson.keep").locator(".sk-root")
    bring_up(page, dial)
    dial.get_by_role("button", name="Break it").click()
    wait_for_kernel(page, "lost.is_broken", "True")
    dial.get_by_role("button", name="Repair it").click()
    wait_for_kernel(page, "lost.is_broken", "False")
    submit(page, "fool-the-eye", "right")
    no_widget_error(page)


def test_my_report_shows_what_was_done(lesson_page, lab_server, new_page, screenshot):
    page = lesson_page
    text = form(page, "what-i-would-use-it-for")
    bring_up(page, text)
    text.locator("textarea").fill("To test <b>our</b> app before anybody sees a real row")
    submit(page, "what-i-would-use-it-for", "right")
    run_cell(page, "lesson.claims([")
    wait_for_kernel(page, "len(lesson.progress.lesson(lesson.info.id)['figures']) > 4", "True")
    run_cell(page, "lesson.my_report()")
    report = lab_server.workspace / "my-report.html"
    wait_for_kernel(page, "__import__('pathlib').Path('my-report.html').exists()", "True")
    shown = new_page(own=True)
    shown.goto(report.as_uri())
    for words in ("of 8 right", "To test <b>our</b> app", "my second vote", "hold it in"):
        assert words in shown.inner_text("body"), words
    screenshot(shown, "lesson_00_report")
    shown.set_viewport_size({"width": 360, "height": 740})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    assert shown.errors == []


WIDGETS = ("game", "map", "timeline", "cost", "claims")
FORMS = ("who-finds-the-shuffled", "which-is-synthetic", "why-not-the-copy")


def test_looks(lesson_page, screenshot):
    """Pictures for people, and axe for machines: nothing serious, nothing wider than its place."""
    page = lesson_page
    for look in looks(page):
        for kind in WIDGETS:
            bring_up(page, story(page, kind))
            screenshot(page, f"lesson_00_{look}_{kind}")
            fits(story(page, kind), f"{kind} in {look}")
        assert lab.axe_violations(page, ", ".join(f".skw-{kind}" for kind in WIDGETS)) == []
        forms_look_well(page, look, FORMS, screenshot)
