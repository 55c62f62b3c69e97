"""``synthkit new-technique``: the package is installed for real, and the kit finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import synthkit as sk
from synthkit.commands.new_technique import class_name, filled, write_skeleton
from synthkit.course.catalog import SECTIONS
from synthkit.errors import DataWarning, ParameterError


def python(code: str, *paths: Path, cwd: Path | None = None, ok: bool = True) -> str:
    """Run code (or '-m module …') in a Python that sees these folders, and return its words."""
    words = code.split() if code.startswith("-m ") else ["-c", code]
    places = os.pathsep.join(map(str, paths))
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=cwd, check=False,
        env={**os.environ, "PYTHONPATH": places, "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> tuple[Path, Path]:
    """A skeleton, and the folder into which pip has installed it."""
    pytest.importorskip("setuptools")
    folder = tmp_path_factory.mktemp("new")
    made = write_skeleton("toy_mix", folder)
    installed = folder / "installed"
    options = f"--quiet --no-deps --no-build-isolation --no-index --target {installed} {made}"
    python(f"-m pip install {options}")
    return made, installed


def test_all_of_it_is_written_and_nothing_over_something(tmp_path):
    made = write_skeleton("neighbour_mixup", tmp_path)
    files = sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file())
    assert files == [
        "README.md",
        "lessons/neighbour_mixup.ipynb",
        "pyproject.toml",
        "src/synthkit_neighbour_mixup/__init__.py",
        "src/synthkit_neighbour_mixup/technique.py",
        "tests/test_neighbour_mixup.py",
    ]
    assert not any("{{" in (made / file).read_text("utf-8") for file in files)
    before = (made / "README.md").read_bytes()
    with pytest.raises(ParameterError, match="must not be there yet"):
        write_skeleton("neighbour_mixup", tmp_path)
    assert (made / "README.md").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["neighbour_mixup"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My Idea", "got 'My Idea'. Try 'my_idea'."),
        ("NeighbourMixup", "Try 'neighbour_mixup'."),
        ("../up", "Try 'up'."),
        ("9lives", "Try 'lives'."),
        ("class", "Choose another."),
        ("__", "Choose another."),
        ("", "Choose another."),
        ("a" * 41, "at most 40"),
        ("trees", "'trees' is synthkit.techniques.trees:Trees"),
    ],
)
def test_bad_names_are_named(tmp_path, name, words):
    with pytest.raises(ParameterError) as caught:
        write_skeleton(name, tmp_path)
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    from synthkit.commands import new_technique

    def full(text: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new_technique, "notebook", full)
    with pytest.raises(OSError, match="No space left"):
        write_skeleton("toy", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_installed_it_is_a_technique_like_any_other(package, tmp_path):
    _, installed = package
    sk.load("iris").to_csv(tmp_path / "iris.csv", index=False)
    listed = python("-m synthkit techniques", installed)
    assert "toy_mix" in listed
    assert "Draw real rows again, each number moved a little. [synthkit_toy_mix]" in listed
    python(
        f"-m synthkit generate {tmp_path / 'iris.csv'} -t toy_mix -n 5 -o {tmp_path / 'o.csv'}"
        " --set jitter=0.2",
        installed,
    )
    assert (tmp_path / "o.csv").read_text("utf-8").count("\n") == 6
    code = (
        "import synthkit as sk\n"
        "made = sk.ToyMix().fit(sk.load('iris'), rng=0)\n"
        f"made.save({str(tmp_path / 'toy')!r})\n"
        f"print(type(sk.load_technique({str(tmp_path / 'toy')!r})).__name__, 'loaded')\n"
        "print(sk.compare(['toy_mix', 'monte_carlo'], sk.load('iris')).table()['table'].tolist())\n"
    )
    told = python(code, installed)
    assert "ToyMix loaded" in told
    assert "'toy_mix'" in told
    assert "toy_mix" not in sk.registry()  # the partner: it is the installation that brings it


def test_its_own_tests_pass(package):
    made, installed = package
    told = python("-m pytest -q -p no:cacheprovider", installed, cwd=made)
    assert " passed" in told
    assert "failed" not in told
    source = made / "src" / "synthkit_toy_mix" / "technique.py"
    broken = source.read_text("utf-8").replace(
        "rng.integers(0", "np.random.default_rng().integers(0"
    )
    target = installed / "synthkit_toy_mix" / "technique.py"
    before = target.read_text("utf-8")
    target.write_text(broken, "utf-8")
    told = python("-m pytest -q -p no:cacheprovider -k seed", installed, cwd=made, ok=False)
    target.write_text(before, "utf-8")
    assert "the rows differ" in told


def test_its_lesson_has_the_template_and_runs(package, tmp_path):
    made, installed = package
    lesson = json.loads((made / "lessons" / "toy_mix.ipynb").read_text("utf-8"))
    prose = "\n".join(c["source"] for c in lesson["cells"] if c["cell_type"] == "markdown")
    headings = [line[3:] for line in prose.splitlines() if line.startswith("## ")]
    assert headings == list(SECTIONS.values())
    code = "\n".join(c["source"] for c in lesson["cells"] if c["cell_type"] == "code")
    assert "nearness" in python(code, installed, cwd=tmp_path)


def test_a_stranger_that_is_broken_or_takes_a_name_stops_nobody(tmp_path):
    info = tmp_path / "strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n", "utf-8")
    points = "[synthkit.techniques]\ntrees = strange:Mine\nodd = strange:Odd\n"
    (info / "entry_points.txt").write_text(points, "utf-8")
    (tmp_path / "strange.py").write_text("1 / 0\n", "utf-8")
    told = python("-m synthkit techniques", tmp_path)
    assert "the name 'trees' is taken: strange:Mine" in told
    assert "the technique 'odd' (strange:Odd) of another package is left out: ZeroDivision" in told
    assert "can't be imported. [strange]" in told
    assert "monte_carlo" in told


def test_a_stranger_is_warned_of_here_too(monkeypatch):
    from synthkit.techniques import BROUGHT, REGISTRY

    monkeypatch.setitem(REGISTRY, "odd", "synthkit_nowhere:Odd")
    monkeypatch.setitem(BROUGHT, "odd", "synthkit_nowhere:Odd")
    with pytest.warns(DataWarning, match="'odd'"):
        assert "odd" not in sk.techniques()


def test_words_are_filled_in():
    assert class_name("my_2nd_gan") == "My2ndGan"
    assert filled("{{a}} {b} {{c}}", {"a": "1"}) == "1 {b} {{c}}"
