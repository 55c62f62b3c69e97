"""Masking in parts: the same bytes here and on a Dask cluster, the same cells as in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthkit.cli import main
from synthkit.commands.mask_stream import CsvFile, mask_csv
from synthkit.errors import DataError, ParameterError
from synthkit.scale_masking import mask_parts
from synthkit.techniques.masking import MaskingKey, Plan, Rule

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")
pytest.importorskip("pyarrow", reason="the extra 'scale' is not installed")

KEY = MaskingKey(bytes(range(32)))
NAMES = [f"Quendolin Zwerg{i}" for i in range(900)]


def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "name": NAMES,
            "age": rng.integers(18, 90, len(NAMES)),
            "city": rng.choice(["Wien", "Graz", "Linz"], len(NAMES)),
            "spent": rng.normal(100, 20, len(NAMES)).round(2),
        }
    )


PLAN = Plan(
    {
        "name": Rule("pseudonymise", kind="name"),
        "age": Rule("generalise"),
        "city": Rule("generalise"),
        "spent": Rule("code_extremes"),
    },
    k=5,
)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "real"
    folder.mkdir()
    for k in range(3):
        people()[300 * k : 300 * (k + 1)].to_parquet(folder / f"part-{k}.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def client() -> Any:
    distributed = pytest.importorskip("distributed", reason="the extra 'scale' is not installed")
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}


def test_dask_and_local_write_the_same_bytes(parts: Path, client: Any, tmp_path: Path) -> None:
    here = mask_parts(parts, tmp_path / "here", PLAN, KEY)
    there = mask_parts(parts, tmp_path / "there", PLAN, KEY, engine="dask", client=client)
    assert bytes_of(tmp_path / "here") == bytes_of(tmp_path / "there")
    assert len(bytes_of(tmp_path / "here")) == 3
    manifests = [(tmp_path / place / "manifest.json").read_text() for place in ("here", "there")]
    assert manifests[0] == manifests[1]
    assert json.loads(manifests[0])["parts"] == here["parts"]
    assert there["rows"] == len(NAMES)
    assert there["groups"]["smallest"] >= 5  # over all parts, not within each


def test_no_name_survives_and_one_person_has_one_pseudonym(parts: Path, tmp_path: Path) -> None:
    people()[:5].to_parquet(parts / "part-9.parquet", index=False)
    mask_parts(parts, tmp_path / "out", PLAN, KEY)
    for content in bytes_of(tmp_path / "out").values():
        assert b"Zwerg" not in content
    first = pd.read_parquet(tmp_path / "out" / "part-0.parquet")
    last = pd.read_parquet(tmp_path / "out" / "part-9.parquet")
    assert list(first["name"][:5]) == list(last["name"])
    assert "Zwerg" not in (tmp_path / "out" / "manifest.json").read_text()


def test_csv_parts_are_masked_as_one_file_is(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    for k in range(2):
        people()[450 * k : 450 * (k + 1)].to_csv(folder / f"part-{k}.csv", index=False)
    people().to_csv(tmp_path / "whole.csv", index=False)
    mask_csv(CsvFile.open(tmp_path / "whole.csv"), tmp_path / "masked.csv", PLAN, KEY, workers=1)
    mask_parts(folder, tmp_path / "out", PLAN, KEY)
    made = pd.concat([pd.read_csv(p, dtype=str) for p in sorted((tmp_path / "out").glob("*.csv"))])
    whole = pd.read_csv(tmp_path / "masked.csv", dtype=str)
    pd.testing.assert_frame_equal(made.reset_index(drop=True), whole)


def test_whole_numbers_with_gaps_stay_whole(tmp_path: Path) -> None:
    table = people().assign(age=pd.array([None, *range(1, len(NAMES))], dtype="Int64"))
    (tmp_path / "real").mkdir()
    table.to_parquet(tmp_path / "real" / "part-0.parquet", index=False)
    keep = {name: Rule("keep") for name in ("age", "city", "spent")}
    mask_parts(tmp_path / "real", tmp_path / "out", Plan({**PLAN.rules, **keep}), KEY)
    made = pd.read_parquet(tmp_path / "out" / "part-0.parquet")
    assert made["age"].dtype == "Int64"
    assert made["age"].isna().sum() == 1


def test_what_cannot_be_masked_in_parts_says_so(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a folder of parts"):
        mask_parts(tmp_path / "nowhere", tmp_path / "out", PLAN, KEY)
    with pytest.raises(ParameterError, match="other than the source"):
        mask_parts(parts, parts, PLAN, KEY)
    with pytest.raises(ParameterError, match="must not hold action 'tokenise'"):
        tokens = Plan({**PLAN.rules, "name": Rule("tokenise", kind="name")}, k=5)
        mask_parts(parts, tmp_path / "out", tokens, KEY)
    people().drop(columns="city").to_parquet(parts / "part-7.parquet", index=False)
    with pytest.raises(DataError, match=r"part-7\.parquet has others"):
        mask_parts(parts, tmp_path / "out", PLAN, KEY)


def test_the_command_masks_a_folder(
    parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PLAN.save(tmp_path / "plan.toml")
    KEY.save(tmp_path / "key")
    words = ["mask", parts, "-o", tmp_path / "out", "--plan", tmp_path / "plan.toml",
             "--key-file", tmp_path / "key", "--workers", 1]  # fmt: skip
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert not end.value.code
    assert "Masked 900 rows" in capsys.readouterr().out
    mask_parts(parts, tmp_path / "direct", PLAN, KEY)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "direct")
