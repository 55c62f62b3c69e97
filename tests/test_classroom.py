"""The room: codes survive copying by hand, reports are true, nbgrader accepts the export."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from synthkit.course import classroom
from synthkit.course.classroom import as_number, finish_code, histogram, read_code
from synthkit.course.exercises import read_texts
from synthkit.course.grading import as_assignment, marked
from synthkit.course.lesson import Lesson
from synthkit.course.workspace import pristine_lessons
from synthkit.errors import DataError

LESSON = "01_monte_carlo"
CODED = [name for name in pristine_lessons() if read_texts(name, "starters")]


def record(done=("gaussian-copula",), value=(0.1, 0.05, 0.02), confidence=0.75, seed=42):
    return {
        "seed": seed,
        "exercises": {name: {"done": True} for name in done},
        "predictions": {"error-line": {"value": list(value), "confidence": confidence}},
    }


@pytest.fixture(scope="module")
def ids():
    return classroom.exercise_ids(LESSON)


def test_a_code_says_what_the_record_says(ids):
    entry = read_code(finish_code(LESSON, record(done=ids[:3]), ids), "Ada")
    assert (entry.who, entry.lesson, entry.seed) == ("Ada", LESSON, 42)
    assert (entry.done, entry.total) == (3, len(ids))
    assert entry.prediction == pytest.approx(0.02, rel=1e-6)
    assert entry.confidence == 0.75


def test_codes_survive_case_spaces_and_missing_hyphens(ids):
    code = finish_code(LESSON, record(), ids)
    assert read_code(f"  {code.lower().replace('-', ' ')} ") == read_code(code)
    assert len(code) <= 40


def test_every_single_typing_error_is_noticed(ids):
    code = finish_code(LESSON, record(), ids)
    body = code.removeprefix(f"{classroom.PREFIX}-")
    places = [i for i, letter in enumerate(body) if letter != "-"][:-1]  # the last holds spare bits
    for place in places:
        other = "A" if body[place] != "A" else "B"
        with pytest.raises(DataError, match="code"):
            read_code(f"{classroom.PREFIX}-{body[:place]}{other}{body[place + 1 :]}")
    for wrong in ("", "hello", "SK1-AAAAA", code[:-6]):
        with pytest.raises(DataError, match=r"lesson\.finish"):
            read_code(wrong)


def test_a_skipped_prediction_is_no_number(ids):
    skipped = {"predictions": {"p": {"value": None, "confidence": None}}}
    entry = read_code(finish_code(LESSON, skipped, ids))
    assert math.isnan(entry.prediction)
    assert math.isnan(entry.confidence)
    assert [as_number(value) for value in ("C", 3, [1, 5])] == [2, 3, 5]


def test_the_histogram_counts_everyone_once(ids):
    rng = np.random.default_rng(0)
    codes = [finish_code(LESSON, record(value=[v]), ids) for v in rng.random(200)]
    entries = [read_code(code) for code in codes]
    assert sum(count for _, count in histogram(entries)) == 200
    few = [read_code(finish_code(LESSON, record(value=[v]), ids)) for v in (0, 0, 2)]
    assert histogram(few) == [("0", 2), ("2", 1)]


def test_the_command_takes_codes_files_and_folders(tmp_path, ids):
    from synthkit import cli

    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "synthkit-progress.json").write_text(
        json.dumps({"version": 1, "lessons": {LESSON: record(done=ids)}}), "utf-8"
    )
    pasted = tmp_path / "pasted.txt"
    pasted.write_text("\n".join(finish_code(LESSON, record(seed=s), ids) for s in (1, 2)), "utf-8")
    page = tmp_path / "room.html"
    with pytest.raises(SystemExit) as stopped:
        cli.main(["class-report", str(tmp_path), str(pasted), "--html", str(page)])
    assert not stopped.value.code
    text = page.read_text("utf-8")
    assert "3 learners" in text
    assert f"{len(ids)} of {len(ids)}" in text
    assert "<img" not in text
    assert "&lt;img" in text
    assert "http" not in text  # it loads nothing


def test_a_wrong_code_is_one_line_and_status_2(capsys):
    from synthkit import cli

    with pytest.raises(SystemExit) as stopped:
        cli.main(["class-report", "SK1-NOPE"])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "SK1-NOPE" in error
    assert len(error.strip().splitlines()) == 1


def test_a_finished_lesson_shows_a_code_that_reads_back(tmp_path, monkeypatch, ids):
    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path))
    text = str(Lesson(LESSON).finish())
    code = next(word for word in text.split() if word.startswith(classroom.PREFIX))
    assert read_code(code).done == 0


def test_a_lesson_begins_with_the_first_thing_done_in_it(tmp_path, ids):
    """Not by running it; and from then on the teacher sees when, and with which seed."""
    (tmp_path / "synthkit-settings.json").write_text('{"class_seed": 9}', "utf-8")
    lesson = Lesson(LESSON, folder=tmp_path)
    lesson.check("gaussian-copula")
    assert lesson.progress.lesson(LESSON) == {}
    lesson.hint("gaussian-copula")
    begun = lesson.progress.lesson(LESSON)["started"]
    assert lesson.progress.lesson(LESSON)["seed"] == 9
    Lesson(LESSON, folder=tmp_path).answer("why-root-n", "A")  # another kernel, later
    assert lesson.progress.lesson(LESSON)["started"] == begun
    (entry,) = classroom.read_progress(tmp_path / "synthkit-progress.json")
    assert (entry.seed, entry.begun) == (9, begun[:16].replace("T", " "))
    assert f"begun {entry.begun}" in classroom.report_text([entry])
    assert f"<td>{entry.begun}" in classroom.report_html([entry])
    code = next(w for w in str(lesson.finish()).split() if w.startswith(classroom.PREFIX))
    assert read_code(code).seed == 9


@pytest.fixture(scope="module")
def nbgrader_home(tmp_path_factory):
    """nbgrader in a folder of its own: installed, it would join the JupyterLab that is here."""
    folder = tmp_path_factory.mktemp("nbgrader")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    packages = ["nbgrader>=0.9", "alembic", "mako", "rapidfuzz", "sqlalchemy"]
    if subprocess.run([*pip, *packages], check=False).returncode:
        pytest.skip("nbgrader can't be installed here: its validation was not asked")
    return folder


@pytest.fixture
def nbgraderformat(nbgrader_home, monkeypatch):
    """nbgrader's own format module."""
    package = types.ModuleType("nbgrader")  # its own __init__ would want a database
    package.__path__ = [str(nbgrader_home / "nbgrader")]
    monkeypatch.setitem(sys.modules, "nbgrader", package)
    yield importlib.import_module("nbgrader.nbgraderformat")
    for name in [name for name in sys.modules if name.startswith("nbgrader.")]:
        del sys.modules[name]


@pytest.fixture
def nbgrader(nbgrader_home, tmp_path):
    """Return a function that runs an nbgrader command in the exported course; its output."""
    from synthkit import cli

    course = tmp_path / "course"
    with pytest.raises(SystemExit) as stopped:
        cli.main(["export", str(course), "--format", "nbgrader"])
    assert not stopped.value.code
    paths = [str(nbgrader_home), str(Path(__file__).parents[1])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PATH": f"{nbgrader_home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        **{f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")},
    }

    def command(*words):
        program = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(
            program, cwd=course, env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    return command


def released_and_validated(nbgrader, lesson):
    """Release a lesson; its source passes nbgrader's validation, what learners get does not."""
    said = nbgrader("generate_assignment", lesson, "--create")
    assert f"release/{lesson}/{lesson}.ipynb" in said, said
    solved = nbgrader("validate", f"source/{lesson}/{lesson}.ipynb")
    assert "Success! Your notebook passes all the tests." in solved, solved
    unsolved = nbgrader("validate", f"release/{lesson}/{lesson}.ipynb")
    assert "VALIDATION FAILED ON" in unsolved, unsolved


def test_the_export_gives_cells_time_and_keeps_a_teachers_own_settings(tmp_path):
    from synthkit import cli

    for text in (None, "c = get_config()\n"):
        config = tmp_path / "nbgrader_config.py"
        if text is not None:
            config.write_text(text, "utf-8")
        with pytest.raises(SystemExit) as stopped:
            cli.main(["export", str(tmp_path), "--format", "nbgrader"])
        assert not stopped.value.code
        settings = types.SimpleNamespace(Execute=types.SimpleNamespace(timeout=30))
        exec(config.read_text("utf-8"), {"get_config": lambda: settings})  # noqa: B023
        assert settings.Execute.timeout == (300 if text is None else 30)


def test_nbgrader_releases_and_validates_a_lesson(nbgrader):
    released_and_validated(nbgrader, "04_perturbation")


@pytest.mark.slow
@pytest.mark.timeout(900)  # 20 to 60 CPU-s each, three processes; five times that where it is busy
@pytest.mark.parametrize("lesson", sorted(set(CODED) - {"04_perturbation"}))
def test_nbgrader_releases_and_validates_the_others(nbgrader, lesson):
    released_and_validated(nbgrader, lesson)


def test_the_marks_stand_around_the_body_alone():
    starter = 'import numpy as np\n\ndef f(x):\n    """Say."""\n    y = x\n    # One line here.\n'
    assert marked(starter).splitlines() == [
        "import numpy as np", "", "def f(x):", '    """Say."""', "    ### BEGIN SOLUTION",
        "    y = x", "    # One line here.", "    ### END SOLUTION",
    ]  # fmt: skip
    assert marked("def f(x):\n    return x").splitlines()[1] == "    ### BEGIN SOLUTION"


def test_nbgrader_accepts_every_exported_lesson(nbgraderformat):
    """nbgrader's own metadata validator, on every cell; a broken export does not pass it."""
    nbformat = pytest.importorskip("nbformat")
    validator = nbgraderformat.MetadataValidator()
    for name, path in pristine_lessons().items():
        document = nbformat.reads(as_assignment(path.read_text("utf-8")), as_version=4)
        nbformat.validate(document)
        validator.validate_nb(document)
        graded = [c for c in document.cells if c.metadata.get("nbgrader", {}).get("grade")]
        answers = [c for c in document.cells if c.metadata.get("nbgrader", {}).get("solution")]
        starters = read_texts(name, "starters")
        assert len(graded) == len(answers) == len(starters), name
        if not graded:  # a lesson whose exercises are all questions and dials
            continue
        assert all(c.source.rstrip().endswith(".require()") for c in graded)
        graded[0].metadata.nbgrader["schema_version"] = "three"
        with pytest.raises(TypeError, match="'str' and 'int'"):
            validator.validate_nb(document)


def test_a_graded_cell_raises_until_the_answer_is_right(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path))
    lesson = Lesson(LESSON)
    with pytest.raises(AssertionError, match="gaussian-copula"):
        lesson.check("gaussian-copula", lambda X, n, rng: X[rng.integers(0, len(X), n)]).require()
