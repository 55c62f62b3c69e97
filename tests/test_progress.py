"""The progress file: nothing lost when a kernel dies, two write at once, or the file is damaged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthkit.course.lesson import Lesson
from synthkit.course.progress import LOCK_NAME, PROGRESS_NAME, Progress, read_settings, workspace

LESSON = "01_monte_carlo"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path)


def test_an_empty_folder_has_no_progress(progress):
    assert progress.read() == {"version": 1, "lessons": {}}
    assert progress.done(LESSON) == ()
    assert not progress.path.exists()


def test_a_tick_once_earned_stays(progress):
    for outcome in ("wrong", "right", "error"):
        progress.record_outcome(LESSON, "copula", outcome, 7)
    entry = progress.lesson(LESSON)["exercises"]["copula"]
    assert (entry["tries"], entry["outcome"], entry["done"], entry["seed"]) == (3, "error", True, 7)
    assert progress.done(LESSON) == ("copula",)


def test_the_file_is_plain_json_that_a_browser_can_read(progress):
    progress.record_prediction(LESSON, "line", {"value": [0.5], "skipped": False})
    text = progress.path.read_text(encoding="utf-8")
    assert json.loads(text) == progress.read()
    # NaN is no JSON: it must never reach the file.
    with pytest.raises(ValueError):
        progress.update(lambda data: data["lessons"].update(x={"y": float("nan")}))
    assert json.loads(progress.path.read_text(encoding="utf-8")) == json.loads(text)


def test_the_first_prediction_counts(progress):
    first = {"value": 1, "skipped": False, "confidence": 0.5, "right": False}
    progress.record_prediction(LESSON, "p", first)
    progress.record_prediction(LESSON, "p", {**first, "value": 2, "right": True})
    assert progress.prediction(LESSON, "p")["value"] == 1


def test_a_skipped_prediction_may_still_be_made(progress):
    progress.record_prediction(LESSON, "p", {"value": None, "skipped": True})
    progress.record_prediction(LESSON, "p", {"value": 2, "skipped": False})
    assert progress.prediction(LESSON, "p")["value"] == 2


def test_calibration_goes_over_all_lessons(progress):
    for lesson, right in (("01_monte_carlo", True), ("02_bootstrap", False)):
        made = {"value": 0, "skipped": False, "confidence": 0.75, "right": right}
        progress.record_prediction(lesson, "p", made)
    skipped = {"value": None, "confidence": None, "right": None}
    progress.record_prediction("03_masking", "p", skipped)
    found = progress.calibration()
    assert (found.count, found.stated, found.right) == (2, 0.75, 0.5)


def test_recall_boxes_go_up_and_back(progress):
    for right in (True, True):
        progress.record_recall(LESSON, f"{LESSON}/q", right)
    assert progress.recall_boxes()[f"{LESSON}/q"]["box"] == 2
    progress.record_recall("02_bootstrap", f"{LESSON}/q", False)
    assert progress.recall_boxes()[f"{LESSON}/q"]["box"] == 0


# -- damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"version": "1", "lessons": {}}', b'{"lessons": []}',
     b'{"version": 1, "lessons": {"01_monte_carlo": 3}}'],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_not_overwritten(progress, damage):
    progress.path.write_bytes(damage)
    assert progress.lesson(LESSON) == {}  # reading alone changes nothing
    assert progress.path.read_bytes() == damage
    progress.record_outcome(LESSON, "copula", "right", 1)
    assert progress.done(LESSON) == ("copula",)
    assert progress.set_aside is not None
    assert progress.set_aside.read_bytes() == damage


@pytest.mark.parametrize(
    "lesson",
    [{"exercises": 3}, {"exercises": {"copula": "x"}}, {"predictions": []},
     {"recall": {"q": {"box": "many"}}}],
)  # fmt: skip
def test_damage_deep_inside_is_damage_too(progress, lesson):
    text = json.dumps({"version": 1, "lessons": {LESSON: lesson}})
    progress.path.write_text(text)
    assert progress.done(LESSON) == ()
    assert progress.calibration().count == 0
    progress.record_outcome(LESSON, "copula", "right", 1)
    assert progress.done(LESSON) == ("copula",)
    assert progress.set_aside.read_text() == text


def test_a_file_of_a_newer_kit_is_left_alone(progress):
    text = json.dumps({"version": 99, "lessons": {}})
    progress.path.write_text(text)
    progress.record_outcome(LESSON, "copula", "right", 1)
    assert progress.path.read_text() == text
    assert "newer" in progress.last_problem


def test_a_folder_that_cannot_be_written_stops_no_lesson(tmp_path):
    progress = Progress(tmp_path / "nowhere")
    progress.record_outcome(LESSON, "copula", "right", 1)
    assert progress.last_problem.startswith("progress is not saved")
    assert progress.done(LESSON) == ("copula",)  # kept for as long as the kernel lives


def test_settings_that_are_no_settings(tmp_path):
    assert read_settings(tmp_path) == {}
    (tmp_path / "synthkit-settings.json").write_text("[1, 2]")
    assert read_settings(tmp_path) == {}
    (tmp_path / "synthkit-settings.json").write_text('{"class_seed": 42, "hide_solutions": true}')
    lesson = Lesson(LESSON, folder=tmp_path)
    assert (lesson.seed, lesson.may_show_solutions) == (42, False)


def test_the_workspace_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path))
    assert workspace() == tmp_path


# -- two kernels, and sudden death ------------------------------------------------------------

WRITER = """
import sys
from synthkit.course.progress import Progress
progress = Progress(sys.argv[1])
for i in range(int(sys.argv[3])):
    progress.record_outcome("01_monte_carlo", f"{sys.argv[2]}-{i}", "right", i)
"""


def _start(tmp_path, name, count):
    command = [sys.executable, "-c", WRITER, str(tmp_path), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT)


def test_two_kernels_do_not_lose_each_others_ticks(tmp_path):
    writers = [_start(tmp_path, name, 60) for name in ("a", "b", "c")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    expected = {f"{name}-{i}" for name in "abc" for i in range(60)}
    assert set(Progress(tmp_path).done(LESSON)) == expected


# Each child says 'ready' once it has saved, saves without end, and is killed in the middle.
ENDLESS = """
import os, sys
from synthkit.course.progress import Progress
progress = Progress(sys.argv[1])
i = 0
while True:
    progress.record_outcome("01_monte_carlo", f"x{i % 200}", "right", i)
    if i == 0:
        print("ready", flush=True)
    i += 1
"""


def _kill_while_saving(folder: Path, times: int, source: str = ENDLESS) -> int:
    """Kill a saving process so many times; return how often the file was damaged after it."""
    damaged = 0
    for i in range(times):
        child = subprocess.Popen(
            [sys.executable, "-c", source, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(0.0003 * (i % 23))  # so that death strikes at every point of a save
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        try:
            json.loads((folder / PROGRESS_NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            damaged += 1
    return damaged


needs_sigkill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@needs_sigkill
def test_killed_while_saving_leaves_the_file_whole(tmp_path):
    assert _kill_while_saving(tmp_path, 30) == 0
    progress = Progress(tmp_path)
    progress.record_outcome(LESSON, "afterwards", "right", 0)  # no stale lock blocks anybody
    assert "afterwards" in progress.done(LESSON)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {PROGRESS_NAME, LOCK_NAME}  # what the dead left half-written was swept away


# The partner: the same children with a plain write lose the file.
PLAIN = ENDLESS.replace(
    "progress = Progress(sys.argv[1])",
    "import synthkit.course.progress as module\n"
    "module.write_atomically = lambda path, text: path.write_text(text * 40)[:0]\n"
    "progress = Progress(sys.argv[1])",
)


@needs_sigkill
def test_a_plain_write_would_lose_it(tmp_path):
    assert _kill_while_saving(tmp_path, 12, PLAIN) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
@needs_sigkill
def test_a_thousand_kills_damage_nothing(tmp_path):
    assert _kill_while_saving(tmp_path, 1000) == 0
    assert not list(tmp_path.glob("*damaged*"))


# -- the lesson object ------------------------------------------------------------------------


def test_untried_is_not_recorded(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    lesson.check("gaussian-copula", None)
    lesson.ask("why-root-n")
    assert not (tmp_path / PROGRESS_NAME).exists()


def test_answers_without_widgets_are_recorded(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    assert "idea behind it" in repr(lesson.answer("why-root-n", "A"))
    assert repr(lesson.answer("why-root-n", "C")).startswith("✓ Right")
    entry = Progress(tmp_path).lesson(LESSON)["exercises"]["why-root-n"]
    assert (entry["tries"], entry["done"]) == (2, True)
    lesson.answer("in-your-words", "Because chance errors cancel")
    assert Progress(tmp_path).lesson(LESSON)["sentences"] == {
        "in-your-words": "Because chance errors cancel"
    }


def test_a_prediction_opens_its_run_and_stays(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    opened = []
    lesson.on_prediction("error-line", opened.append)
    heights = [0.164, 0.08, 0.04, 0.02]
    lesson.answer("error-line", heights, confidence=0.75)
    assert opened[0][1:] == heights[1:]
    again = Lesson(LESSON, folder=tmp_path)  # a new kernel, a new day
    assert again.prediction_value("error-line")[1:] == heights[1:]
    assert again.progress.calibration().count == 1


def test_hints_come_in_order_and_the_solution_last(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    assert "hints come first" in repr(lesson.solution("why-root-n"))
    for count in (1, 2, 3, 3):
        assert repr(lesson.hint("why-root-n")).count("Hint ") == count
    assert "A solution" in repr(lesson.solution("why-root-n"))
    entry = Progress(tmp_path).lesson(LESSON)["exercises"]["why-root-n"]
    assert (entry["hints"], entry["solution"], entry["done"]) == (3, True, False)


def test_a_teacher_can_lock_the_solutions(tmp_path):
    (tmp_path / "synthkit-settings.json").write_text('{"hide_solutions": true}')
    lesson = Lesson(LESSON, folder=tmp_path)
    for _ in range(3):
        lesson.hint("gaussian-copula")
    assert "np.quantile" not in repr(lesson.solution("gaussian-copula")).partition("Hint 3")[0]
    assert "teacher keeps" in repr(lesson.solution("gaussian-copula"))


def test_a_locked_folder_is_said_in_the_reply(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path / "nowhere")
    assert "progress is not saved" in repr(lesson.answer("why-root-n", "C"))


def test_recall_answers_move_the_boxes(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    names = [form.exercise.id for form in lesson.recall()]
    assert len(names) == 3
    lesson.answer(names[0], lesson.exercises[names[0]].right)
    (entry,) = Progress(tmp_path).recall_boxes().values()
    assert entry["box"] == 1


def test_the_last_cell_finds_a_widgets_error(tmp_path):
    lesson = Lesson(LESSON, folder=tmp_path)
    form = lesson.ask("why-root-n")
    lesson.assert_no_widget_error()
    form._on_submit = lambda answer, sure: 1 / 0
    form._receive(None, {"do": "submit", "answer": 1})
    with pytest.raises(AssertionError, match="division by zero"):
        lesson.assert_no_widget_error()
