"""Every lesson: on the template, freshly built, and with exercises that tell right from wrong."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from html import escape
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "notebooks"))

import build  # noqa: E402

from synthkit.course import catalog, exercises  # noqa: E402
from synthkit.course.checks import CodeExercise, StateExercise  # noqa: E402
from synthkit.course.glossary import GLOSSARY  # noqa: E402
from synthkit.course.inside import MAX_LINES, Term, marked_code, marked_equation  # noqa: E402
from synthkit.course.progress import PROGRESS_NAME  # noqa: E402
from synthkit.course.questions import Choice, Draw  # noqa: E402
from synthkit.course.recorded import SEED, one, recorded  # noqa: E402
from synthkit.course.runs.gan import TAPES  # noqa: E402
from synthkit.course.runs.your_technique import copies_failure  # noqa: E402
from synthkit.course.your_data import personal_columns, personal_warning, read_table  # noqa: E402

LESSONS = build.lessons()
MAX_CELL = 12
QUICK = ("01_monte_carlo", "03_masking", "09_market")
NO_RUN = ("00_welcome",)  # its curtain opens on a game


def source(lesson):
    return (build.SOURCES / f"{lesson}.py").read_text(encoding="utf-8")


def cells(lesson):
    return build.parse(source(lesson))


def notebook(lesson):
    return json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))


def test_there_are_lessons():
    assert "01_monte_carlo" in LESSONS


# -- the template -----------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_headings_stand_in_order(lesson):
    info = catalog.lesson_info(lesson)
    markdown = [cell for cell in cells(lesson) if cell.markdown]
    heads = [h for cell in markdown for h in re.findall(r"^## (.+)$", cell.source, re.MULTILINE)]
    assert heads == [catalog.SECTIONS[slug] for slug in info.sections]
    title = re.findall(r"^# (.+)$", markdown[0].source, re.MULTILINE)
    assert title == [info.title]


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_cell_says_its_section(lesson):
    order = [cell.words["section"] for cell in cells(lesson)]
    assert list(dict.fromkeys(order)) == list(catalog.lesson_info(lesson).sections)
    assert order == sorted(order, key=list(catalog.SECTIONS).index)


@pytest.mark.parametrize("lesson", LESSONS)
def test_minutes_add_up_and_the_core_takes_ten(lesson):
    minutes = {
        cell.words["section"]: int(cell.words["minutes"])
        for cell in cells(lesson)
        if "minutes" in cell.words
    }
    info = catalog.lesson_info(lesson)
    assert set(minutes) == set(info.sections)
    assert sum(minutes.values()) == info.minutes <= 40
    assert sum(minutes[s] for s in catalog.CORE_SECTIONS if s in minutes) <= 10


@pytest.mark.parametrize("lesson", LESSONS)
def test_core_and_optional_sections_are_marked(lesson):
    for cell in cells(lesson):
        head = re.match(r"## .+\n(.*)", cell.source) if cell.markdown else None
        if head and cell.words["section"] != "in-one-minute":
            word = "core" if cell.words["section"] in catalog.CORE_SECTIONS else "optional"
            assert head.group(1) == f"*({word})*", cell.source[:60]


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_short(lesson):
    for cell in cells(lesson):
        if not cell.markdown:
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= MAX_CELL, cell.source


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_last_cell_asks_the_widgets_for_errors(lesson):
    assert "lesson.assert_no_widget_error()" in cells(lesson)[-1].source


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_is_asked_for_and_every_id_is_known(lesson):
    found = exercises.load(lesson)
    text = source(lesson)
    for name in [*found.exercises, *found.predictions]:
        assert re.search(rf'lesson\.(ask|check|predict)\("{name}"', text), f"{name} is never asked"
        assert f"exercise={name}" in text, f"{name} stands in no cell's metadata"
    first = {c.words["exercise"]: c.words for c in cells(lesson)[::-1] if "exercise" in c.words}
    assert set(first) == {*found.exercises, *found.predictions}
    for name, words in first.items():
        assert words.get("title"), f"the outline has no title for {name}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_terms_are_glossed_at_first_use(lesson):
    glossed = re.findall(r"\[\[(?:[^\]|]+\|)?([^\]|]+)\]\]", source(lesson))
    assert len(glossed) == len(set(glossed)), "gloss a term at its first use only"
    assert set(exercises.load(lesson).terms) <= set(glossed), "listed at the end, never glossed"


# -- the build --------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_build_is_fresh(lesson):
    assert not build.is_stale(lesson), f"run: python notebooks/build.py {lesson}"
    made = build.parse(source(lesson))
    for role, what in (("exercise", "starters"), ("solution", "solutions")):
        assert exercises.read_texts(lesson, what) == build.exercise_texts(made, role)
    learners = [cell for cell in made if cell.role != "solution"]
    assert [c.source for c in learners] == ["".join(c["source"]) for c in notebook(lesson)["cells"]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_built_holds_pictures_and_no_secrets(lesson):
    made = notebook(lesson)
    outputs = [o for cell in made["cells"] for o in cell.get("outputs", ())]
    assert not any(o["output_type"] == "error" for o in outputs)
    mimes = {mime for o in outputs for mime in o.get("data", {})}
    assert "image/png" in mimes
    assert not any("widget" in mime or "synthkit" in mime for mime in mimes)
    assert "widgets" not in made["metadata"]
    text = json.dumps(made, ensure_ascii=False)
    for solution in exercises.read_texts(lesson, "solutions").values():
        last = solution.strip().splitlines()[-1].strip()
        assert last not in text, "a solution stands in the learner's notebook"
    for trace in (str(ROOT), str(Path.home()), "/tmp/"):
        assert trace not in text, f"{trace} stands in the notebook"


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_notebook_alone_shows_each_run_and_asks_each_question(lesson):
    """What a code host shows: a PNG for each player and dial, text for each form, no kernel."""
    known = exercises.load(lesson)
    asked = {name: one.question for name, one in known.predictions.items()} | known.exercises
    for cell in notebook(lesson)["cells"]:
        shown = [output.get("data", {}) for output in cell.get("outputs", ())]
        text = "".join(cell["source"])
        if re.search(r"lesson\.(reveal|keep\((FailureDial|Player|ArenaView)\()", text):
            assert lesson in NO_RUN or any("image/png" in data for data in shown), text
        html = "".join(str(data.get("text/html", "")) for data in shown)
        for name in re.findall(r'lesson\.(?:ask|predict)\("([^"]+)"', text):
            for option in getattr(asked[name], "options", ()):
                assert escape(option.text) in html, name


@pytest.mark.parametrize(
    ("lesson", "words"),
    [
        ("00_welcome", ("Metropolis", "behaves like the real data", "Elements to label")),
        ("14_your_data", ("no better than a copy: bootstrap",)),
        ("15_your_technique", ("lets members be found", "can be saved and loaded")),
    ],
)
def test_the_notebook_alone_shows_what_else_was_found(lesson, words):
    shown = json.dumps([cell.get("outputs") for cell in notebook(lesson)["cells"]])
    for word in words:
        assert word in shown


def test_no_claim_of_the_lesson_on_privacy_goes_too_far():
    text = json.dumps(notebook("04_perturbation"), ensure_ascii=False).lower()
    for claim in ("anonymous", "anonymised", "guarantee", "compliant"):
        assert claim not in text
    assert "not private" in text


def test_a_changed_source_is_seen(monkeypatch, tmp_path):
    lesson = "01_monte_carlo"
    changed = tmp_path / f"{lesson}.py"
    changed.write_text(source(lesson) + "\n# %%\nprint(1)\n", encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path)
    assert build.is_stale(lesson)


def test_outputs_that_the_library_prints_otherwise_today_are_shown(monkeypatch, tmp_path, capsys):
    made = nbformat.v4.new_notebook()
    for number, (source, kept) in enumerate([("print(1)", "1\n"), ("print(2)\n3", "4\n")]):
        output = nbformat.v4.new_output("stream", text=kept)
        made.cells.append(nbformat.v4.new_code_cell(source, outputs=[output], id=f"c{number}"))
    (tmp_path / "one.ipynb").write_text(nbformat.writes(made), "utf-8")
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.main(["--outputs", "one"]) == 1
    assert capsys.readouterr().out.splitlines() == ["one c1: -4", "one c1: +2", "one c1: +3"]
    made.cells.pop()
    (tmp_path / "one.ipynb").write_text(nbformat.writes(made), "utf-8")
    assert build.main(["--outputs", "one"]) == 0


def test_the_teachers_edition_has_the_solutions():
    text = source("01_monte_carlo")
    teacher = build.notebook("01_monte_carlo", text, teacher=True)
    solution = exercises.read_texts("01_monte_carlo", "solutions")["gaussian-copula"]
    assert any(cell.source == solution.rstrip("\n") for cell in teacher.cells)
    assert teacher.metadata["synthkit"]["edition"] == "teacher"
    assert len(teacher.cells) == len(build.notebook("01_monte_carlo", text).cells)


def test_the_teachers_zip_solves_lessons_and_unlocks_solutions(tmp_path, monkeypatch):
    """What it hands out opens the solutions of a kit that came without them, as the wheel does."""
    lesson, exercise = "01_monte_carlo", "gaussian-copula"
    wanted = exercises.read_texts(lesson, "solutions")
    with zipfile.ZipFile(build.teachers_edition(tmp_path, [lesson])) as edition:
        names = set(edition.namelist())
        assert {f"lessons/{lesson}.ipynb", f"guides/{lesson}.md", exercises.HANDED_OUT} <= names
        edition.extract(exercises.HANDED_OUT, tmp_path)
    monkeypatch.setattr(exercises, "read_texts", lambda name, what: {})
    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path / "nowhere"))
    assert exercises.load(lesson).exercises[exercise].solution == ""
    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path))
    assert exercises.load(lesson).exercises[exercise].solution == wanted[exercise]
    (tmp_path / exercises.HANDED_OUT).write_text('{"lessons": [', encoding="utf-8")
    assert exercises.load(lesson).exercises[exercise].solution == ""


def test_the_builder_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="line 1: unknown word 'sektion'"):
        build.parse("# %% sektion=predict\nx\n")
    with pytest.raises(ValueError, match="must name its section"):
        build.parse("# %%\nx\n")


def test_prose_is_computed_and_glossed():
    text = "N = 12_345\n# %% [markdown] section=watch\n# {{N:,}} and [[ranks|rank]]\n"
    (cell,) = build.parse(text)
    assert cell.source.startswith('12,345 and <abbr title="')
    assert cell.source.endswith(">ranks</abbr>")


def test_the_glossary_is_one_sentence_each():
    for term, sentence in GLOSSARY.items():
        assert sentence.endswith("."), term
        assert len(sentence) <= 160, term


def test_the_catalogs_json_is_fresh():
    written = (ROOT / "synthkit" / "course" / "catalog.json").read_text(encoding="utf-8")
    assert written == catalog.catalog_json(), "run: python -m synthkit.course.catalog"


def test_prerequisites_are_earlier_lessons():
    numbers = {info.id: info.number for info in catalog.LESSONS}
    for info in catalog.LESSONS:
        assert all(numbers[p] < info.number for p in info.prerequisites)
        assert info.omits == () or info.number in (0, 14, 15)


# -- the exercises ----------------------------------------------------------------------------

ASKED = [(lesson, name) for lesson in LESSONS for name in exercises.load(lesson).exercises]
FORESEEN = [(lesson, name) for lesson in LESSONS for name in exercises.load(lesson).predictions]
RECALLED = [(lesson, q) for lesson in LESSONS for q in exercises.load(lesson).recall]


def tapes_of(failure):
    """The recorded runs that a lesson shows: training takes minutes (see test_recorded.py)."""
    if failure.name == "gan.mode_collapse":
        names = {stop: f"gan_theatre_{stop}".replace(", pack ", "_pack_")
                 for stop in failure.dial.stops}  # fmt: skip
        return {stop: one(name) for stop, name in names.items() if name in TAPES}
    return recorded(failure)


def graded(exercise, which, seed):
    answer = exercise.answers[which]
    if not isinstance(exercise, StateExercise):
        return exercise.grade(answer, seed=seed)
    import synthkit as sk
    from synthkit.widgets import FailureDial

    technique = exercise.failure.partition(".")[0]
    if technique == "JitteredCopies":  # a technique of lesson 15 only
        failure = copies_failure()
    else:
        failure = {f.name: f for f in sk.techniques()[technique].failures}[exercise.failure]
    tapes = tapes_of(failure)
    dial = FailureDial(failure, rng=SEED if tapes else seed, recorded=tapes)
    for stop in answer:
        dial.turn(stop)
    return exercise.grade(dial, seed=seed)


@pytest.mark.parametrize("which", ["untried", "wrong", "right"])
@pytest.mark.parametrize(("lesson", "name"), ASKED)
def test_each_exercise_tells_its_answers_apart(lesson, name, which):
    exercise = exercises.load(lesson).exercises[name]
    for seed in (1, 2, 3):
        result = graded(exercise, which, seed)
        assert result.outcome == which, result
    if which == "wrong":
        assert result.why, "a wrong answer is told why"
    if which == "wrong" and not isinstance(exercise, StateExercise):
        assert result.why or result.misconception


@pytest.mark.parametrize("which", ["untried", "wrong", "right"])
@pytest.mark.parametrize(("lesson", "name"), FORESEEN)
def test_each_prediction_can_be_scored(lesson, name, which):
    question = exercises.load(lesson).predictions[name].question
    result = question.grade(question.answers[which])
    assert result.outcome == which
    assert which != "wrong" or result.misconception


@pytest.mark.parametrize(("lesson", "name"), ASKED)
def test_each_exercise_has_three_hints_and_a_solution(lesson, name):
    exercise = exercises.load(lesson).exercises[name]
    assert len(exercise.hints) == 3
    assert exercise.solution
    assert exercise.section in catalog.SECTIONS


@pytest.mark.parametrize(
    "choice",
    [e for lesson, name in ASKED if isinstance(e := exercises.load(lesson).exercises[name], Choice)]
    + [question for _, question in RECALLED],
    ids=lambda choice: choice.id,
)
def test_each_wrong_choice_is_a_named_misconception_with_its_own_reply(choice):
    right = [option for option in choice.options if not option.misconception]
    assert len(right) == 1
    replies = [option.reply for option in choice.options]
    names = [option.misconception for option in choice.options]
    assert len(set(replies)) == len(replies)
    assert len(set(names)) == len(names)
    assert all(option.try_next for option in choice.options if option.misconception)


@pytest.mark.parametrize("lesson", LESSONS)
def test_confidence_is_asked_once_a_lesson(lesson):
    asked = [p for p in exercises.load(lesson).predictions.values() if p.confidence]
    assert len(asked) <= 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_ends_in_code_that_the_learner_writes(lesson):
    if "build-it" not in catalog.lesson_info(lesson).omits:
        kinds = [type(e) for e in exercises.load(lesson).exercises.values()]
        assert CodeExercise in kinds


# Lesson 01's code exercise: each known-wrong idea is called by its name, on any seed.
WRONG_IDEAS = {
    "_independent": "each column on its own",
    "_bells": "a bell for every column",
    "_raw_correlation": "the correlation of the raw values",
    "_copies": "copied, not drawn",
}


@pytest.mark.parametrize("idea", WRONG_IDEAS)
def test_the_copulas_misconceptions_are_named(idea):
    from synthkit.course.exercises import monte_carlo_copula

    exercise = exercises.load("01_monte_carlo").exercises["gaussian-copula"]
    for seed in range(10):
        result = exercise.grade(getattr(monte_carlo_copula, idea), seed=seed)
        assert result.misconception == WRONG_IDEAS[idea]


def test_the_right_copula_is_right_on_forty_seeds():
    exercise = exercises.load("01_monte_carlo").exercises["gaussian-copula"]
    outcomes = [exercise.grade(exercise.solution, seed=seed).outcome for seed in range(40)]
    assert set(outcomes) == {"right"}


@pytest.mark.parametrize(
    ("broken", "instead"),
    [
        ("@ L.T", "@ L.T * 0.5"),
        ("@ L.T", "@ R"),
        ("np.quantile(X[:, j], v[:, j])", "X[:, j].mean() + 0 * v[:, j]"),
        ("rng.standard_normal", "np.random.default_rng(0).standard_normal"),
        ("- 0.5) / rows", ") / rows"),
    ],
)
def test_a_copula_with_one_mistake_is_not_right(broken, instead):
    exercise = exercises.load("01_monte_carlo").exercises["gaussian-copula"]
    assert broken in exercise.solution
    source = exercise.solution.replace(broken, instead)
    assert exercise.grade(source, seed=1).outcome in ("wrong", "error")


def test_every_line_of_a_drawn_prediction_gets_a_reply():
    draw = exercises.load("01_monte_carlo").predictions["error-line"].question
    assert isinstance(draw, Draw)
    first = draw.start[0]
    said = {}
    for slope in (-1.5, -1.0, -0.7, -0.5, -0.3, 0.0 - 1e-3, 0.1):
        heights = [max(0.0011, first * (x / draw.x[0]) ** slope) for x in draw.x]
        said[slope] = draw.grade(heights)
    assert said[-0.5].outcome == "right"
    assert all(result.misconception for slope, result in said.items() if slope != -0.5)
    assert said[-1.0].misconception == "four times the darts, a quarter of the error"


# -- the lesson runs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lesson", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in LESSONS]
)
def test_the_lesson_runs_without_a_front_end(lesson, tmp_path, monkeypatch):
    """From top to bottom in a fresh kernel: nothing raises, and nothing untried is recorded.

    That nothing raises, nbval asks of every lesson.
    """
    import nbclient
    import nbformat

    monkeypatch.setenv("SYNTHKIT_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(made, timeout=120, resources=resources).execute()
    assert not (tmp_path / PROGRESS_NAME).exists()
    records = [
        output["data"]["application/vnd.synthkit.progress+json"]
        for cell in made.cells
        for output in cell.get("outputs", ())
        if "application/vnd.synthkit.progress+json" in output.get("data", {})
    ]
    assert {record["outcome"] for record in records} == {"untried"}
    found = exercises.load(lesson)
    assert {*found.exercises, *found.predictions} <= {record["exercise"] for record in records}


# -- look inside, your own data ---------------------------------------------------------------


def test_the_source_that_lessons_show_is_short_and_marked():
    from synthkit.course.inside import LookInside
    from synthkit.course.runs.monte_carlo import COPULA_INSIDE, copula_picture
    from synthkit.techniques.monte_carlo import MonteCarlo, score_correlation

    shown = LookInside((score_correlation, MonteCarlo._latent), COPULA_INSIDE, copula_picture(1))
    assert len(shown.source.splitlines()) <= MAX_LINES
    lines = marked_code(shown.source, COPULA_INSIDE.terms)
    assert "\n".join("".join(t for t, _ in line) for line in lines) == shown.source
    marked = {term for line in lines for _, term in line}
    assert marked >= {term.symbol for term in COPULA_INSIDE.terms}, "a term lights nothing up"
    in_equations = {
        term for e in COPULA_INSIDE.equations for _, term in marked_equation(e, COPULA_INSIDE.terms)
    }
    assert in_equations >= {term.symbol for term in COPULA_INSIDE.terms}


def test_marked_code_cuts_at_names_only():
    (line,) = marked_code("zz = z + z2", [Term("z", "", (r"\bz\b",))])
    assert line == [["zz = ", ""], ["z", "z"], [" + z2", ""]]


def test_columns_that_look_personal_are_named():
    import pandas as pd

    table = pd.DataFrame({
        "first_name": ["A", "B"], "trace": [1, 2], "hourly_rate": [1, 2], "DateOfBirth": [1, 2],
        "contact": ["a@b.org", "c@d.org"], "host": ["10.0.0.1", "10.0.0.2"], "race time": [1, 2],
        "E-Mail": ["x", "y"], "<img src=x>name": [1, 2], "diagnosis": ["x", "y"],
    })  # fmt: skip
    found = personal_columns(table)
    assert set(found) == {
        "first_name", "DateOfBirth", "contact", "host", "race time", "E-Mail", "<img src=x>name",
        "diagnosis",
    }  # fmt: skip
    note = personal_warning(table)
    assert "a@b.org" not in repr(note)  # names of columns, never a cell
    assert "<img" not in note._repr_html_()


def test_tables_by_name_and_by_path(tmp_path):
    assert len(read_table("iris")) == 150
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert read_table(str(path)).shape == (1, 2)
    with pytest.raises(ValueError, match="Put the file beside this notebook"):
        read_table("nowhere.csv")
