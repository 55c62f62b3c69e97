"""Parts on disk: the same rows for any number of workers, resumed, never mixed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit import scale
from synthkit.errors import NotFittedError, ParameterError

pytest.importorskip("pyarrow")
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
