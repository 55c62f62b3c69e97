"""The command line: what it reads comes out as it went in, and what goes wrong is one line."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit import cli
from synthkit.commands import generate, lab
from synthkit.commands.csv_types import column_of
from synthkit.commands.table_files import read_table, table_writer
from synthkit.errors import DataError, DataWarning, MissingExtraError

Run = Callable[..., tuple[int, str, str]]

# A file nobody prepared: integers beyond 2^53, gaps, codes with zeros in front, two kinds of
# date, truth values, quotes, a line break, formulas, other scripts, a name like an attribute.
AWKWARD = '''\
account,zip,big,seen,born,active,price,name,sold,__class__,note
1001,00123,9007199254740993,2024-01-05 10:20,1999-02-28,true,1.50,Ann,31/12/2023,a,=1+1
1002,04567,,2024-01-06 11:21,2001-03-01,false,2.25,Bob,01/01/2024,b,
1003,00123,1152921504606846977,,1500-01-01,,,"Zoë ""Z""",02/03/2024,a,"two
lines"
1004,99999,-3,2023-01-05 10:20,1999-02-28,true,1.75,😀 שלום,03/03/2024,b,-5 + 3
'''


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line in this process; return status, output and error output."""

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def awkward(tmp_path: Path) -> Path:
    path = tmp_path / "a table.csv"
    path.write_text(AWKWARD, encoding="utf-8", newline="")
    return path


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


# --- reading and writing files ----------------------------------------------------------------


def test_csv_is_read_as_what_it_is(awkward: Path) -> None:
    table, _ = read_table(awkward)
    assert table["zip"].tolist() == ["00123", "04567", "00123", "99999"]
    assert str(table["big"].dtype) == "Int64"
    assert table["big"].tolist() == [9007199254740993, pd.NA, 1152921504606846977, -3]
    assert table["account"].dtype == np.int64
    assert table["born"].iloc[2].year == 1500
    assert table["seen"].isna().tolist() == [False, False, True, False]
    assert table["active"].tolist() == [True, False, pd.NA, True]
    assert table["sold"].tolist() == [
        pd.Timestamp(2023, 12, 31), pd.Timestamp(2024, 1, 1),
        pd.Timestamp(2024, 3, 2), pd.Timestamp(2024, 3, 3),
    ]
    assert table["name"].tolist() == ["Ann", "Bob", 'Zoë "Z"', "😀 שלום"]
    assert table["note"].isna().tolist() == [False, True, False, False]


def test_csv_is_written_as_it_was_read(awkward: Path, tmp_path: Path) -> None:
    """Reading a file and writing the same table gives the same fields, but for 1.50 = 1.5."""
    table, style = read_table(awkward)
    with table_writer(tmp_path / "again.csv", style) as write:
        write(table.iloc[:2])
        write(table.iloc[2:])
    expected = [[field.replace("1.50", "1.5") for field in line] for line in lines(awkward)]
    assert lines(tmp_path / "again.csv") == expected


def test_parquet_keeps_whole_numbers_dates_and_gaps(awkward: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    table, _ = read_table(awkward)
    with table_writer(tmp_path / "table.parquet") as write:
        write(table)
    again, _ = read_table(tmp_path / "table.parquet")
    assert again["big"].tolist() == table["big"].tolist()
    assert again["active"].tolist() == table["active"].tolist()
    assert again["born"].tolist() == table["born"].tolist()
    assert again["zip"].tolist() == table["zip"].tolist()


def test_parquet_of_another_program_keeps_whole_numbers_with_gaps(tmp_path: Path) -> None:
    """Without pandas' own metadata, pandas would read them as floats and lose the last digit."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    values = [2**53 + 1, None, -(2**62) - 1]
    pq.write_table(pa.table({"id": values, "f": [True, None, False]}), tmp_path / "t.parquet")
    table, _ = read_table(tmp_path / "t.parquet")
    assert table["id"].tolist() == [2**53 + 1, pd.NA, -(2**62) - 1]
    assert table["f"].tolist() == [True, pd.NA, False]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "2", ""], "Int64"),
        (["1", "-20"], "int64"),
        (["18446744073709551615", "1"], "uint64"),
        (["18446744073709551616", "1"], "text"),  # beyond 64 bits: digits are not given away
        (["007", "8"], "text"),
        (["+491701", "+491702"], "text"),
        (["1_000", "2"], "text"),
        (["1.5", "2"], "float64"),
        (["1e3", ".5"], "float64"),
        (["1.5", ""], "float64"),
        (["007.5", "1"], "text"),
        (["", "NA"], "float64"),
        (["yes", "no"], "text"),
        (["True", "False"], "bool"),
        (["true", "True"], "text"),
        (["2024-02-30", "2024-01-01"], "text"),  # no such day
        (["2024-01-01T10:00:00", "2024-01-01"], "datetime"),
        (["08:30", "09:15"], "text"),
    ],
)
def test_column_is_recognised_only_without_loss(texts: list[str], kind: str) -> None:
    values = column_of("c", texts).values
    if kind == "text":
        assert values.tolist() == texts
    elif kind == "datetime":
        assert pd.api.types.is_datetime64_dtype(values.dtype)
    else:
        assert str(values.dtype) == kind


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-05", "1500-12-31"],
        ["2024-01-05 10:20", "2024-01-06 11:21"],
        ["2024-01-05T10:20:30", "2024-01-06T11:21:00"],
        ["2024-01-05 10:20:30.123456", "2024-01-06 11:21:00.000001"],
        ["2024-01-05T10:20:30.123Z", "2024-01-06T11:21:00.000Z"],
        ["2024-01-05T10:20:30+05:30", "2024-01-06T11:21:00+05:30"],
        ["2024-01-05T23:20-03:00", "2024-01-06T11:21-03:00"],
        ["31/12/2023", "01/01/2024"],
        ["12/31/2023 08:05", "01/02/2024 23:59"],
        ["TRUE", "FALSE"],
    ],
)
def test_times_and_truth_values_keep_their_form(texts: list[str]) -> None:
    values, form = column_of("c", texts)
    assert values.dtype != object
    assert form is not None
    assert form(values) == texts


def test_same_instant_whatever_the_offset() -> None:
    with pytest.warns(DataWarning, match="column 'c': its times are in several zones"):
        values, form = column_of("c", ["2024-01-05T12:00+02:00", "2024-01-05T10:00Z"])
    assert values.iloc[0] == values.iloc[1] == pd.Timestamp("2024-01-05 10:00", tz="UTC")
    assert form is not None
    assert form(values) == ["2024-01-05T10:00+00:00"] * 2


def test_ambiguous_dates_are_not_guessed() -> None:
    with pytest.warns(DataWarning, match="%d/%m/%Y and %m/%d/%Y both fit it"):
        values, form = column_of("c", ["01/02/2024", "03/04/2024"])
    assert values.tolist() == ["01/02/2024", "03/04/2024"]
    assert form is None
    values, form = column_of("c", ["01/02/2024", "03/04/2024"], date_format="%d/%m/%Y")
    assert values.iloc[0] == pd.Timestamp(2024, 2, 1)
    assert form is not None
    assert form(values) == ["01/02/2024", "03/04/2024"]


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    source = tmp_path / "europe.csv"
    source.write_text("maß;n\n1,5;1\n-0,25;2\n;3\n", encoding="utf-8-sig")
    table, style = read_table(source)
    assert table["maß"].tolist()[:2] == [1.5, -0.25]
    with table_writer(tmp_path / "again.csv", style) as write:
        write(table)
    assert (tmp_path / "again.csv").read_text("utf-8") == "maß;n\n1,5;1\n-0,25;2\n;3\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with a line of column names"),
        (b"a,b,a\n1,2,3\n", r"unique; got 'a' more than once"),
        (b"a,b\n1,2\n3\n", "must have 2 fields.*got 1 at line 3"),
        (b"a,b\n1,2\n3,4,5\n", "must have 2 fields.*got 3 at line 3"),
        (b'a,b\n1,"2\n', "must be a CSV file; got, at line"),
        ("a\nMünchen\n".encode("cp1252"), "must be in utf-8-sig; got the byte 0xfc"),
    ],
)
def test_broken_csv_is_refused_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "broken.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "broken.csv")


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(DataError, match="must be a Parquet file"):
        read_table(tmp_path / "t.parquet")


def test_parquet_without_pyarrow_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"synthkit-lab\[scale\]"):
        read_table(tmp_path / "t.parquet")


def test_formulas_are_escaped_only_when_asked(tmp_path: Path) -> None:
    texts = ["=1+1", "@x", "+1 a", "-1 a", "\tx", "\rx", "＝1", "fine", "-", None]
    table = pd.DataFrame({"=head": texts, "number": [-1.5] * len(texts)})
    for escape in (False, True):
        with table_writer(tmp_path / "t.csv", escape_formulas=escape) as write:
            write(table)
        header, *rows = lines(tmp_path / "t.csv")
        mark = "'" if escape else ""
        assert header == [f"{mark}=head", "number"]
        expected = [f"{mark}{text}" for text in texts[:7]] + ["fine", f"{mark}-", ""]
        assert [row[0] for row in rows] == expected
        assert {row[1] for row in rows} == {"-1.5"}


def test_file_too_large_for_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    (tmp_path / "out.csv").write_text("old")
    with (
        pytest.raises(DataError, match=r"1,000,000 rows must fit on the disk"),
        table_writer(tmp_path / "out.csv", expected_rows=1_000_000) as write,
    ):
        write(pd.DataFrame({"a": range(10)}))
    assert (tmp_path / "out.csv").read_text() == "old"


def test_file_too_large_for_the_memory_is_refused(
    awkward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthkit.base.free_memory", lambda: 100)
    with pytest.raises(DataError, match="must fit into memory"):
        read_table(awkward)


# --- synthkit generate --------------------------------------------------------------------------


def test_generate_is_the_library_with_a_seed(run: Run, awkward: Path, tmp_path: Path) -> None:
    status, out, err = run("generate", awkward, "-n", 50, "-o", tmp_path / "o.csv", "--seed", 3)
    assert (status, err) == (0, "")
    assert "50 rows written" in out
    assert "seed 3" in out
    table, style = read_table(awkward)
    expected = sk.MonteCarlo().fit(table, rng=3).sample(50, rng=4)
    with table_writer(tmp_path / "expected.csv", style) as write:
        write(expected)
    assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    again, _ = read_table(tmp_path / "o.csv")
    assert again.columns.tolist() == table.columns.tolist()
    assert set(again["zip"]) <= set(table["zip"])
    assert again["born"].notna().all()
    assert len(again) == 50


def test_generate_in_blocks_gives_the_same_rows() -> None:
    table = pd.DataFrame({"x": np.arange(40.0), "key": [f"person {i}" for i in range(40)]})
    model = sk.MonteCarlo().fit(table, rng=0)
    blocks = list(generate.sample_blocks(model, 140_000, seed=5))
    assert len(blocks) == 3
    joined = pd.concat(blocks, ignore_index=True)
    pd.testing.assert_frame_equal(joined, model.sample(140_000, rng=5))


def test_generate_needs_no_source_for_a_simulator(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    call = ("generate", "-t", "market", "-n", 300, "-o", out, "--seed", 4, "--set", "days=200")
    assert run(*call)[0] == 0
    expected = sk.Market(days=200).sample(300, rng=5)
    pd.testing.assert_frame_equal(pd.read_csv(out), expected, check_exact=False)
    blocks = list(generate.sample_blocks(sk.Market(), 66_000, seed=2))
    assert [len(block) for block in blocks] == [65_536, 464]
    pd.testing.assert_frame_equal(
        pd.concat(blocks, ignore_index=True), sk.Market().sample(66_000, rng=2)
    )


def test_generate_calibrates_a_simulator_by_its_source(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "returns.csv", tmp_path / "o.csv"
    source.write_text("return_pct\n" + "\n".join(["-9.5", "10.5"] * 50) + "\n")
    assert run("generate", source, "-t", "market", "-n", 2000, "-o", out, "--seed", 4)[0] == 0
    assert pd.read_csv(out)["return_pct"].abs().mean() == pytest.approx(10, rel=0.3)
    assert run("generate", source, "-t", "traffic", "-n", 5, "-o", tmp_path / "t.csv")[0] == 2


def test_generate_takes_settings(run: Run, awkward: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    call = ("generate", awkward, "-n", 5, "-o", out, "--seed", 0)
    assert run(*call, "--set", "copula=independent")[0] == 0
    status, _, err = run(*call, "--set", "colour=blue")
    assert status == 2
    assert "--set must be NAME=VALUE with a setting of monte_carlo" in err


def test_generate_draws_and_tells_a_seed(run: Run, awkward: Path, tmp_path: Path) -> None:
    seeds = set()
    for name in ("a.csv", "b.csv"):
        _, out, _ = run("generate", awkward, "-n", 5, "-o", tmp_path / name)
        seeds.add(out.rpartition("seed ")[2])
    assert len(seeds) == 2
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("through_link", [False, True])
def test_generate_never_overwrites_its_input(
    run: Run, awkward: Path, tmp_path: Path, through_link: bool
) -> None:
    target = awkward
    if through_link:
        target = tmp_path / "link.csv"
        os.link(awkward, target)
    status, _, err = run("generate", awkward, "-n", 5, "-o", target)
    assert status == 2
    assert "must be another file than the input" in err
    assert awkward.read_text("utf-8") == AWKWARD


def test_zero_rows_are_a_header(run: Run, awkward: Path, tmp_path: Path) -> None:
    assert run("generate", awkward, "-n", 0, "-o", tmp_path / "o.csv")[0] == 0
    assert lines(tmp_path / "o.csv") == lines(awkward)[:1]


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "No such command"),
        (["generate"], "Missing option"),
        (["generate", "-n", "1", "-o", "o.csv"], "SOURCE must be given"),
        (["generate", "absent.csv", "-n", "1", "-o", "o.csv"], "absent.csv"),
        (["generate", "IN", "-n", "-1", "-o", "o.csv"], "'--rows'"),
        (["generate", "IN", "-n", "1.5", "-o", "o.csv"], "'--rows'"),
        (["generate", "IN", "-n", "1", "-o", "o.xlsx"], "must end in .csv"),
        (["generate", "IN", "-n", "1", "-o", "no/such/folder/o.csv"], "folder must exist"),
        (["generate", "IN", "-n", "1", "-o", "o.csv", "-t", "magic"], "--technique must be one"),
        (["generate", "IN", "-n", "1", "-o", "o.csv", "--date-form", "x"], "--date-form"),
        (["lab", "--lesson", "99", "--copy-only"], "--lesson must be one of"),
    ],
)
def test_errors_are_one_line_and_status_2(
    run: Run,
    awkward: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*[str(awkward) if word == "IN" else word for word in words])
    assert status == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == [awkward.name]  # no rubbish


def test_debug_shows_the_traceback(run: Run, awkward: Path, tmp_path: Path) -> None:
    words = ("generate", awkward, "-n", 1, "-o", tmp_path / "o.xlsx", "--debug")
    status, _, err = run(*words)
    assert status == 2
    assert "Traceback" in err
    assert "table_files.py" in err


def test_unforeseen_errors_say_how_to_see_more(
    run: Run, awkward: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(generate, "learn", fail)
    status, _, err = run("generate", awkward, "-n", 1, "-o", tmp_path / "o.csv")
    assert status == 2
    assert err == "synthkit: KeyError: 'oops' (--debug shows where)\n"
    assert not (tmp_path / "o.csv").exists()


def test_interrupt_leaves_the_old_output(
    run: Run, awkward: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "o.csv").write_text("old")
    monkeypatch.setattr(generate, "learn", interrupt)
    status, _, err = run("generate", awkward, "-n", 1, "-o", tmp_path / "o.csv")
    assert status == 130
    assert "interrupted" in err
    assert (tmp_path / "o.csv").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_warnings_are_one_line_notes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a,b\n1,2\n")
    status, _, err = run("generate", tmp_path / "one.csv", "-n", 2, "-o", tmp_path / "o.csv")
    assert status == 0
    assert err.startswith("synthkit: note: the table has one row")


# --- the other commands -------------------------------------------------------------------------


def test_help_lists_every_command_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom synthkit.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'torch', 'sklearn', 'matplotlib', 'scipy', 'pandas', 'numpy', 'IPython'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, _, summary in cli.COMMANDS:
        assert name in done.stdout
        assert summary[:40] in done.stdout


@pytest.mark.parametrize(("name", "address", "summary"), cli.COMMANDS)
def test_every_command_has_its_own_help(run: Run, name: str, address: str, summary: str) -> None:
    status, out, _ = run(name, "--help")
    assert status == 0
    assert f"synthkit {name}" in out
    assert summary.endswith(".")
    assert address == f"synthkit.commands.{name.replace('-', '_')}:command"


def test_no_words_show_the_help_and_version_is_the_library(run: Run) -> None:
    assert "generate" in run()[1]
    assert run("--version")[1] == f"synthkit {sk.__version__}\n"


def test_techniques_lists_the_registry_and_what_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthkit.techniques import REGISTRY

    monkeypatch.setitem(REGISTRY, "absent", "synthkit_absent_torch:Absent")
    monkeypatch.setitem(sk.EXTRA_OF, "synthkit_absent_torch", "deep")
    status, out, _ = run("techniques")
    assert status == 0
    assert "monte_carlo" in out
    assert "not installed. Run: pip install 'synthkit-lab[deep]'" in out
    assert "absent" not in sk.techniques()


def test_doctor_finds_a_missing_part_and_its_cure(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthkit.commands import doctor

    monkeypatch.setattr(doctor, "CORE", ("numpy", "no-such-package"))
    status, out, _ = run("doctor")
    assert status == 2
    assert "! no-such-package" in out
    assert "cure: pip install synthkit-lab" in out
    assert f"numpy                 {np.__version__}" in out


def test_doctor_notices_a_player_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthkit.commands import doctor

    assert doctor._widgets().cure == ""
    assets = tmp_path / "widgets" / "assets"
    assets.mkdir(parents=True)
    monkeypatch.setattr(doctor, "PACKAGE", tmp_path)
    assert "is missing" in doctor._widgets().found
    (assets / "player.js").write_text("throw 'this player reads traces of version 99'")
    assert "player reads traces 99, not" in doctor._widgets().found
    assert doctor._widgets().cure != ""


def test_lab_serves_this_machine_alone_with_the_token_on(tmp_path: Path) -> None:
    options = lab.server_options(tmp_path, "01_monte_carlo.ipynb", 0, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in options
    assert f"--ServerApp.root_dir={tmp_path}" in options
    assert not [option for option in options if "token" in option or "password" in option]


@pytest.mark.parametrize("word", ["01", "1", "monte_carlo", "01_monte_carlo.ipynb"])
def test_lab_knows_a_lesson_by_its_number_or_name(
    word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        lab.workspace, "pristine_lessons", lambda: {"01_monte_carlo": tmp_path, "05_gan": tmp_path}
    )
    assert lab._lesson_id(word) == "01_monte_carlo"
