"""The README says what is true: its lessons, its commands and its five lines of Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synthkit import cli
from synthkit.course.catalog import LESSONS

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")
# | [01 Title](link) | 35 | how it breaks |
ROW = r"^\| \[?(\d\d) ([^|\]]+?)\]?(?:\((\S+)\))? \| (\d+) \| ([^|]+) \|$"
ROWS = re.findall(ROW, README, re.M)


def test_table_of_lessons_is_the_catalog() -> None:
    expected = [(info.id[:2], info.title, str(info.minutes), info.breaks) for info in LESSONS]
    assert [(number, title, minutes, how) for number, title, _, minutes, how in ROWS] == expected


def test_lessons_that_are_there_are_linked_and_no_others() -> None:
    linked = {link for _, _, link, _, _ in ROWS if link}
    built = {f"notebooks/{path.name}" for path in CHECKOUT.glob("notebooks/[0-9][0-9]_*.ipynb")}
    assert linked == built


def test_five_lines_of_python_run(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len([line for line in code.splitlines() if line]) == 5
    exec(compile(code, "README.md", "exec"), {})
    assert "1000.0" in capsys.readouterr().out


def test_commands_and_extras_exist() -> None:
    named = set(re.findall(r"^synthkit ([a-z-]+)", README, re.M))
    assert named
    assert named <= {name for name, _, _ in cli.COMMANDS}
    tomllib = pytest.importorskip("tomllib")
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    table = README[README.index("| extra |") :]
    mentioned = {
        extra for cell in re.findall(r"^\| (`.+?) \|", table, re.M) for extra in cell.split("`")
    }
    mentioned -= {"", ", "}
    assert mentioned == set(extras) - {"all"}


def test_links_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (CHECKOUT / name).read_text("utf-8")
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (CHECKOUT / link).exists(), f"{name}: {link}"


def test_the_moving_picture_is_small_and_is_what_its_script_draws(tmp_path: Path) -> None:
    import subprocess
    import sys

    from PIL import Image

    shown = CHECKOUT / re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)[0]
    assert shown.stat().st_size <= 1_000_000
    script = CHECKOUT / "notebooks" / "moving_picture.py"
    subprocess.run([sys.executable, str(script), str(tmp_path / "again.gif")], check=True)
    with Image.open(shown) as picture, Image.open(tmp_path / "again.gif") as again:
        assert picture.n_frames == again.n_frames > 10
        assert picture.size == again.size
