"""``synthkit compare``: one table, the advice, the reports, and what it says before training."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.cli import main
from synthkit.commands import compare, preflight
from synthkit.commands.preflight import training_times, warnings_before_training
from synthkit.course import own_table
from synthkit.errors import DataError

CANARY = "Kanarienvogel-7Q"


pytestmark = pytest.mark.usefixtures("few_trees")


def clients(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "income": np.exp(8 + 0.4 * z + 0.3 * rng.normal(size=n)).round(2),
            "age": (45 + 12 * z).round().astype(int),
            "bought": np.where(rng.random(n) < 1 / (1 + np.exp(-2 * z)), "yes", "no"),
        }
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    table = clients(400)
    table["note"] = np.random.default_rng(0).choice(["a", "b"], len(table))
    table.loc[7, "note"] = CANARY
    table.to_csv(tmp_path / "real.csv", index=False)
    return tmp_path / "real.csv"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["compare", *map(str, words)])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


FEW = ("-t", "monte_carlo", "-t", "bootstrap")


def test_one_table_and_the_advice(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, error = run(capsys, source, "--target", "bought", *FEW)
    assert status == 0
    assert out.splitlines()[0].split()[:3] == ["rank", "table", "verdict"]
    assert "- monte_carlo comes first" in out
    assert "- bootstrap: copies." in out
    assert "  0% monte_carlo ..." in error  # progress, and each verdict as soon as it is known
    assert "bootstrap: table made in" in error
    assert "bootstrap: copies" in error
    time = "before training: training will take seconds for monte_carlo, bootstrap."
    assert error.index(time) < error.index("  0% monte_carlo")


def test_json_and_page_hold_no_row(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = source.with_name("page.html")
    status, out, error = run(capsys, source, *FEW, "--json", "--html", page)
    assert status == 0
    report = json.loads(out)
    assert set(report["techniques"]) == {"monte_carlo", "bootstrap"}
    assert report["ranking"][0]["table"] == "monte_carlo"
    assert report["before_training"][-1].startswith("training will take seconds for")
    assert report["advice"][1].startswith("bootstrap: copies")
    text = page.read_text(encoding="utf-8")
    assert "monte_carlo comes first" in text
    assert "<script" not in text
    assert CANARY in source.read_text(encoding="utf-8")  # the canary lives
    assert not any(CANARY in said for said in (out, error, text))


def test_every_technique_that_imitates_a_table_is_asked_by_default() -> None:
    named = compare.chosen_techniques(None)
    assert {"monte_carlo", "bootstrap", "masking", "perturbation", "trees", "hybrid"} <= set(named)
    assert "traffic" not in named


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-t", "magic"], "--technique must be one of monte_carlo"),
        (["-t", "traffic"], "--technique must be one of monte_carlo"),
        (["--target", "beauty"], "--target must name a column of the table; got 'beauty'"),
        (["--unit", "who"], "--unit must name a column of the table; got 'who'"),
        (["--html", "nowhere/page.html"], "--html must name a file in a folder that is there"),
    ],
)
def test_errors_are_one_line_and_status_2(
    words: list[str], message: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, error = run(capsys, source, *words)
    assert status == 2
    assert out == ""
    assert message in error
    assert len(error.splitlines()) == 1


def test_a_table_of_three_rows_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clients(3).to_csv(tmp_path / "tiny.csv", index=False)
    status, _, error = run(capsys, tmp_path / "tiny.csv", *FEW)
    assert status == 2
    assert "large enough for two sides" in error.splitlines()[-1]


class Loops:
    """Never ends, and hears no signal that Python would hear."""

    def fit(self, table: pd.DataFrame) -> None:
        big = 10**200_000
        while True:
            _ = big * big

    def sample(self, n: int) -> None: ...


class Raises:
    def fit(self, table: pd.DataFrame) -> None:
        raise RuntimeError("my first draft")

    def sample(self, n: int) -> None: ...


def test_one_that_raises_stops_nobody(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"raises": Raises(), "monte_carlo": sk.MonteCarlo()}
    monkeypatch.setattr(compare, "chosen_techniques", lambda names: named)
    status, out, error = run(capsys, source, "--json")
    assert status == 0
    report = json.loads(out)
    assert report["failed"] == {"raises": "RuntimeError: my first draft"}
    assert set(report["techniques"]) == {"monte_carlo"}
    assert "     raises: RuntimeError: my first draft" in error.splitlines()


def test_one_that_never_ends_is_stopped(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "chosen_techniques", lambda names: {"loops": Loops()})
    status, out, error = run(capsys, source, "--time-limit", 1)
    assert status == 2
    assert out == ""
    assert "must end within its time limit of 1 seconds" in error
    assert error.splitlines()[-1].startswith("synthkit: at least one technique must make a table")


INTERRUPTED = """
import sys
import synthkit as sk
from synthkit.cli import main
from synthkit.commands import compare
from test_commands_compare import Loops

# By their names these two are quick: they begin, and the trees must wait.
named = {"monte_carlo": Loops(), "bootstrap": Loops(), "trees": sk.Trees()}
compare.chosen_techniques = lambda names: named
main(["compare", *sys.argv[1:]])
"""


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_stops_what_is_at_work_and_the_others_go_on(source: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(source)],
        cwd=Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    awaited = {"  0% monte_carlo ...\n", "  0% bootstrap ...\n"}
    for line in process.stderr:
        awaited -= {line}
        if not awaited:
            break
    assert not awaited
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0
    assert {"     monte_carlo: cancelled", " 67% trees ..."} <= set(error.splitlines())
    assert "- bootstrap: no table. cancelled" in out
    assert "- trees comes first" in out


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path, times: int) -> None:
    """Once stops those at work, which are all that there are; twice ends the others, too."""
    clients(3_000).to_csv(tmp_path / "real.csv", index=False)
    (tmp_path / "page.html").write_text("an earlier page", encoding="utf-8")
    names = ["trees", "hybrid", "masking", "perturbation"][: 2 * times]
    chosen = [word for name in names for word in ("-t", name)]
    process = subprocess.Popen(
        [sys.executable, "-m", "synthkit", "compare", "real.csv", "--full", *chosen,
         "--html", "page.html"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for sign in (" ...", ": cancelled")[:times]:  # two begin, two are cancelled
        seen = []
        while sum(line.endswith(f"{sign}\n") for line in seen) < 2:
            seen.append(process.stderr.readline())
            assert seen[-1], f"it ended early: {seen}"
        process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert error.splitlines()[-1].endswith("interrupted; nothing half-done was left behind.")
    assert {path.name for path in tmp_path.iterdir()} == {"real.csv", "page.html"}
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == "an earlier page"


def test_how_a_strange_or_large_file_was_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delimiter and encoding are found out, and of a large file some rows are drawn."""
    monkeypatch.setattr(compare, "chosen_techniques", lambda names: {"raises": Raises()})
    small = {"whole_bytes": 2_000, "sample_rows": 100}  # stands for 100 MB
    monkeypatch.setattr(own_table.read_own_table, "__kwdefaults__", {"encoding": None, **small})
    table = clients(400).assign(town="Köln")
    table.to_csv(tmp_path / "strange.csv", index=False, sep=";", encoding="cp1252")
    status, _, error = run(capsys, tmp_path / "strange.csv")
    assert status == 2  # nothing was judged
    said = [line for line in error.splitlines() if line.startswith("before training: ")]
    assert "is not UTF-8; it was read as cp1252" in said[0]
    assert "the file is large" in said[1]
    assert "100 of its 400 rows were drawn" in said[1]
    assert "parted by semicolons" in said[2]
    assert "few rows: with 70 to learn from" in said[3]  # of those that were drawn


# --- before training --------------------------------------------------------------------------


def test_what_will_disappoint_is_said_before_training() -> None:
    table = clients(1_000)
    assert len(warnings_before_training(table, 0.3)) == 1  # the width alone
    rng = np.random.default_rng(0)
    table["client_key"] = [f"k{i:05d}" for i in rng.permutation(1_000)]
    table["shop"] = [f"shop {i}" for i in rng.integers(0, 400, 1_000)]
    table["email"] = [f"a{i}@example.org" for i in rng.integers(0, 50, 1_000)]
    notes = " ".join(warnings_before_training(table, 0.3))
    assert "identifier-like: client_key." in notes
    assert "many levels: shop (" in notes
    assert "email (an address)" in notes
    assert "example.org" not in notes  # names of columns, no cell


def test_the_width_and_memory_are_those_of_one_hot_columns() -> None:
    table = pd.DataFrame({"c": list("abcd") * 250, "x": np.arange(1_000) / 7})
    # four levels and one number: 5 columns of 1,000 rows, 8 bytes a cell
    assert "as one-hot columns: 5 wide, 0 MB for 1,000 rows." in warnings_before_training(
        table, 0.3
    )


@pytest.mark.parametrize(
    ("rows", "word"), [(40, "too few rows: 12 of 40"), (150, "few rows: with 105")]
)
def test_few_rows_are_said(rows: int, word: str) -> None:
    assert any(note.startswith(word) for note in warnings_before_training(clients(rows), 0.3))


def test_people_count_where_rows_belong_to_people() -> None:
    table = clients(1_000).assign(who=np.arange(1_000) // 25)
    assert warnings_before_training(table, 0.3, "who")[0].startswith("too few rows: 12 of 40")


def test_the_time_is_foretold_from_a_part_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rows = [0.0], []
    monkeypatch.setattr(preflight, "clock", SimpleNamespace(perf_counter=lambda: now[0]))

    class Slow(sk.MonteCarlo):
        __module__ = "synthkit.techniques.slow"

        def fit(self, X: pd.DataFrame, y: object = None, *, rng: object = None) -> Slow:
            rows.append(len(X))
            now[0] += 0.1 + 0.002 * len(X)
            return self

    # By hand: 250 rows take 0.6 s and 500 take 1.1 s, so 10,000 take 0.1 + 20 s.
    named = {"slow": Slow(), "bootstrap": sk.Bootstrap(), "trees": "trees", "mine": Loops()}
    assert training_times(named, clients(10_000)) == (
        "training will take about 20 s for slow; seconds for bootstrap, trees; not foretold for "
        "mine. Judging comes on top."
    )
    assert rows == [250, 250, 500]


def test_a_network_says_itself_what_it_will_take() -> None:
    class Foretells(sk.MonteCarlo):
        __module__ = "synthkit.techniques.foretells"

        def preflight(self, table: pd.DataFrame, rng: int) -> SimpleNamespace:
            return SimpleNamespace(seconds=3.0 * len(table))

    class Refuses(sk.MonteCarlo):
        __module__ = "synthkit.techniques.refuses"

        def preflight(self, table: pd.DataFrame, rng: int) -> SimpleNamespace:
            raise DataError("the training must fit into memory")

    named = {"a": Foretells(), "b": Refuses()}
    assert "take about 3 min for a; an unknown time for b." in training_times(named, clients(60))
