"""Parts on disk: the same rows for any number of workers, resumed, never mixed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit import cli, scale
from synthkit.errors import NotFittedError, ParameterError

ROOT = Path(__file__).parents[1]

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")
ROWS = 2 * 65_536 + 1_000


@pytest.fixture(scope="module")
def synth():
    real = sk.load("breast_cancer").iloc[:, :3].assign(name=[f"Person {k}" for k in range(569)])
    return sk.MonteCarlo().fit(real, rng=0)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(scale, "PART_BLOCKS", 1)


def read(folder):
    return pd.concat([pd.read_parquet(p) for p in sorted(folder.glob("part-*"))], ignore_index=True)


def test_the_parts_are_the_rows_that_sample_makes(synth, tmp_path):
    seen = []
    manifest = sk.generate(synth, ROWS, tmp_path, rng=5, progress=lambda *step: seen.append(step))
    table = read(tmp_path)
    expected = synth.sample(ROWS, rng=5)
    assert np.array_equal(table.drop(columns="name"), expected.drop(columns="name"))
    assert table["name"].is_unique
    assert seen == [(1, 3), (2, 3), (3, 3)]
    told = json.loads(manifest.read_text("utf-8"))
    assert told["complete"]
    assert [part["rows"] for part in told["parts"]] == [65_536, 65_536, 1_000]


def test_a_killed_run_is_completed_and_the_bytes_are_the_same(synth, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    sk.generate(synth, ROWS, whole, rng=5)
    with pytest.raises(RuntimeError, match="killed"):
        sk.generate(synth, ROWS, broken, rng=5, progress=_kill)
    assert not json.loads((broken / scale.MANIFEST).read_text("utf-8"))["complete"]
    kept = (broken / "part-00000.parquet").stat().st_mtime_ns
    sk.generate(synth, ROWS, broken, rng=5)
    assert (broken / "part-00000.parquet").stat().st_mtime_ns == kept
    for part in whole.glob("part-*"):
        assert part.read_bytes() == (broken / part.name).read_bytes()


def _kill(done, _all):
    if done == 1:
        raise RuntimeError("killed")


def test_two_workers_write_the_same_bytes(synth, tmp_path, monkeypatch):
    monkeypatch.undo()  # workers start afresh and know only the real size of a part
    rows = scale.PART_BLOCKS * scale.BLOCK_ROWS + 10
    for workers in (1, 2):
        sk.generate(synth, rows, tmp_path / str(workers), rng=1, workers=workers)
    one, two = (json.loads((tmp_path / w / scale.MANIFEST).read_text("utf-8")) for w in "12")
    assert one == two
    sk.generate(synth, 10, tmp_path / "other", rng=2)
    other = json.loads((tmp_path / "other" / scale.MANIFEST).read_text("utf-8"))
    assert other["parts"][0]["sha256"] != one["parts"][0]["sha256"]


def test_another_run_in_the_folder_is_refused(synth, tmp_path):
    sk.generate(synth, 10, tmp_path, rng=1)
    before = (tmp_path / "part-00000.parquet").read_bytes()
    with pytest.raises(ParameterError, match="another"):
        sk.generate(synth, 10, tmp_path, rng=2)
    assert (tmp_path / "part-00000.parquet").read_bytes() == before


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"rows": 2.5}, {"workers": 0}, {"engine": "dusk"}])
def test_bad_settings_are_named(synth, tmp_path, wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        sk.generate(synth, **{"rows": 10, "out": tmp_path, **wrong})
    with pytest.raises(NotFittedError):
        sk.generate(sk.MonteCarlo(), 10, tmp_path)


# --- Dask ----------------------------------------------------------------------------------------


def need_dask():
    pytest.importorskip("dask", reason="the extra 'scale' is not installed")
    return pytest.importorskip("distributed", reason="the extra 'scale' is not installed")


def digests(folder):
    parts = json.loads((folder / scale.MANIFEST).read_text("utf-8"))["parts"]
    return [part["sha256"] for part in parts]


@pytest.mark.filterwarnings("ignore")  # Dask's own: sockets and event loops at its end
def test_a_dask_cluster_writes_the_same_bytes_though_a_worker_is_killed(synth, tmp_path):
    """A worker is killed after the first of the parts; the scheduler gives its part to another."""
    distributed = need_dask()
    rows = 6 * scale.BLOCK_ROWS
    sk.generate(synth, rows, tmp_path / "local", rng=3)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        killed = []

        def kill_one(done, _all):
            if not killed:
                busy = next(iter(client.run(os.getpid).values()))
                os.kill(busy, signal.SIGKILL)
                killed.append(busy)

        sk.generate(
            synth, rows, tmp_path / "dask", engine="dask", client=client, rng=3, progress=kill_one
        )
    assert len(killed) == 1
    assert digests(tmp_path / "dask") == digests(tmp_path / "local")
    assert not list((tmp_path / "dask").glob(".*")), "the killed worker's half-written file"


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_its_own_and_one_that_cannot_be_reached(synth, tmp_path, monkeypatch):
    need_dask()
    sk.generate(synth, 1_000, tmp_path / "own", engine="dask", rng=3)
    sk.generate(synth, 1_000, tmp_path / "local", rng=3)
    assert digests(tmp_path / "own") == digests(tmp_path / "local")
    monkeypatch.setattr(scale, "CONNECT_TIMEOUT_S", 1)
    with pytest.raises(ParameterError, match="client must be the address of a Dask scheduler"):
        sk.generate(synth, 10, tmp_path / "x", engine="dask", client="tcp://127.0.0.1:9", rng=3)
    with pytest.raises(ParameterError, match="engine='dask'"):
        sk.generate(synth, 10, tmp_path / "y", client="tcp://127.0.0.1:9", rng=3)


# --- the disk ------------------------------------------------------------------------------------


def test_workers_of_its_own_cluster_keep_their_memory():
    """Dask would make them hand it back after every array, at half their speed."""
    pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    assert dask.config.get(scale.KEEP_MEMORY) is not None  # else this test proves nothing
    with scale._dask_client(None, 1) as client:
        found = client.run(os.environ.get, scale.KEEP_MEMORY.rpartition(".")[2])
    assert set(found.values()) == {os.environ.get("MALLOC_TRIM_THRESHOLD_")}


def test_a_disk_that_would_fill_up_is_named_after_the_first_part(synth, tmp_path, monkeypatch):
    free = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(scale.shutil, "disk_usage", lambda _: free._replace(free=1_000))
    with pytest.raises(OSError, match="room for 2 more parts") as full:
        sk.generate(synth, ROWS, tmp_path, rng=5)
    assert full.value.errno == errno.ENOSPC
    monkeypatch.undo()
    monkeypatch.setattr(scale, "PART_BLOCKS", 1)
    first = (tmp_path / "part-00000.parquet").stat().st_mtime_ns
    sk.generate(synth, ROWS, tmp_path, rng=5)  # goes on from there
    assert (tmp_path / "part-00000.parquet").stat().st_mtime_ns == first
    assert len(read(tmp_path)) == ROWS


def test_a_disk_that_is_full_leaves_no_half_part(synth, tmp_path, monkeypatch):
    write = pyarrow.parquet.ParquetWriter.write_table

    def fail_in_the_second(writer, table, **options):
        write(writer, table, **options)
        if (tmp_path / "part-00000.parquet").exists():
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pyarrow.parquet.ParquetWriter, "write_table", fail_in_the_second)
    with pytest.raises(OSError, match="No space"):
        sk.generate(synth, ROWS, tmp_path, rng=5)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["manifest.json", "part-00000.parquet"]


# --- types ---------------------------------------------------------------------------------------


def test_a_column_whose_first_block_is_empty_has_its_type(tmp_path, monkeypatch):
    """Only the second block says that the column holds text: the part is then written at once."""

    class Late:
        def _sample_rows(self, n, root, first_block=0):
            rows = np.arange(n) + 10 * first_block
            text = np.where(rows < 10, None, "here").astype(object)
            return pd.DataFrame({"row": rows, "text": pd.Series(text, dtype=object)})

    monkeypatch.setattr(scale, "BLOCK_ROWS", 10)
    path = tmp_path / "part.parquet"
    scale._write_blocks(Late(), 25, np.random.SeedSequence(0), 0, path)
    table = pd.read_parquet(path)
    assert list(table["row"]) == list(range(25))
    assert table["text"].isna().sum() == 10
    assert set(table["text"].dropna()) == {"here"}


def test_blocks_of_a_part_are_the_rows_of_the_whole(synth, tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "PART_BLOCKS", 4)
    sk.generate(synth, 3 * 65_536 + 7, tmp_path, rng=5)
    root = np.random.SeedSequence(5)
    whole = synth._sample_rows(3 * 65_536 + 7, root)
    pd.testing.assert_frame_equal(read(tmp_path), whole)
    assert pyarrow.parquet.ParquetFile(tmp_path / "part-00000.parquet").num_row_groups > 1


# --- the command ---------------------------------------------------------------------------------


def test_the_command_writes_parts_into_a_folder(tmp_path, capsys):
    table = tmp_path / "real.csv"
    sk.load("breast_cancer").iloc[:, :3].to_csv(table, index=False)
    words = ["generate", str(table), "-n", "7e4", "--seed", "1", "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--workers", "1"])
    assert not ended.value.code, capsys.readouterr().err
    assert len(read(tmp_path / "out")) == 70_000
    mistakes = {
        "whole number": ["-n", "2.5"],
        "folder": ["-o", str(tmp_path / "x.csv"), "--engine", "dask"],
        "client": ["--scheduler", "tcp://127.0.0.1:9"],
    }
    for says, wrong in mistakes.items():
        with pytest.raises(SystemExit) as ended:
            cli.main([*words[:-1], str(tmp_path / "other"), *wrong])
        assert ended.value.code == 2
        assert says in capsys.readouterr().err


# --- the page on paper ------------------------------------------------------------------------


def page_table(first_cell: str) -> dict[str, list[str]]:
    """Return one of the page's tables: first cell of a line -> the others."""
    lines = (ROOT / "docs" / "scale.md").read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    table = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        head, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        table[head] = cells
    return table


def number(text: str) -> float:
    return float(text.split()[0].replace(",", ""))


def test_the_page_shows_what_was_measured() -> None:
    """Rates within a half: between a quiet and a busy hour they differed by a sixth."""
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))
    found = {row["what"]: row["value"] for row in results["scale"]["rows"]}
    for name, (rate, size, memory) in page_table("technique").items():
        measured = found[f"generate {name}, 10 columns, two processes"] / 2
        assert 1 / 1.5 < number(rate) / measured < 1.5
        assert number(size) == pytest.approx(found[f"generate {name}, on disk"], abs=0.5)
        assert number(memory) == pytest.approx(
            found[f"generate {name}, memory of a process"], rel=0.1
        )


def test_the_pages_sums_are_right() -> None:
    seconds = {"days": 86_400, "hours": 3_600, "minutes": 60}
    rates = [number(cells[0]) for cells in page_table("technique").values()]
    for workers, cells in page_table("workers").items():
        for rate, told in zip(rates, cells):
            value, unit = told.split()
            exact = 1e12 / (number(workers) * rate) / seconds[unit]
            digits = len(value.partition(".")[2])
            assert float(value) == round(exact, digits), (workers, told)
        low, _, high = cells[2].split()[:3]
        scale = {"MB": 1e6, "GB": 1e9}[cells[2].split()[3]]
        for told, rate in zip((low, high), rates):
            exact = number(workers) * rate * 80 / scale
            assert float(told) == round(exact, len(told.partition(".")[2]))
