"""``synthkit split`` and ``synthkit evaluate``: exit status, reports, seals, refusals."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from synthkit.commands import evaluate, split
from synthkit.errors import DataError, ParameterError

pytestmark = pytest.mark.usefixtures("few_trees")


def clients(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n) // 2 + 10_000 * seed,
            "age": (45 + 12 * z).round().astype(int),
            "income": np.exp(8 + 0.4 * z + 0.3 * rng.normal(size=n)).round(2),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "code": [f"{i:03d}" for i in rng.integers(0, 150, n)],
            "bought": np.where(rng.random(n) < 1 / (1 + np.exp(-2 * z)), "yes", "no"),
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    out = {}
    tables = {"real": clients(300, 1), "holdout": clients(200, 2), "fresh": clients(300, 3)}
    tables["copy"] = tables["real"].sample(frac=1, random_state=0)
    for name, table in tables.items():
        out[name] = tmp_path / f"{name}.csv"
        table.to_csv(out[name], index=False)
    return out


def run(module: object, *words: object) -> tuple[int, str, str]:
    """Return the exit status, standard output and standard error, as cli.py would give them."""
    app = typer.Typer()
    app.command()(module.command)
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = app([str(word) for word in words], standalone_mode=False)
    return status or 0, out.getvalue(), error.getvalue()


# --- evaluate ---------------------------------------------------------------------------------


def test_one_table_is_judged_as_json(files: dict[str, Path]) -> None:
    status, out, _ = run(
        evaluate, files["real"], files["fresh"], "--holdout", files["holdout"],
        "--target", "bought", "--unit", "customer_id", "--quick", "--json",
    )  # fmt: skip
    assert status == 0
    card = json.loads(out)["tables"]["fresh.csv"]
    assert card["verdict"]["label"] in ("good", "usable")
    assert card["about"]["rows"] == {"real": 300, "synthetic": 300, "holdout": 200}
    assert card["privacy"]["exact_copies"]["members"] == 150  # people, not rows


def test_several_tables_are_ranked_with_paired_intervals(
    files: dict[str, Path], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    status, out, _ = run(
        evaluate, files["real"], files["copy"], files["fresh"], "--holdout", files["holdout"],
        "--quick", "--json", "--html", page,
    )  # fmt: skip
    assert status == 0
    ranking = json.loads(out)["ranking"]
    assert [line["table"] for line in ranking] == ["fresh.csv", "copy.csv"]
    assert ranking[1]["verdict"] == "copies"
    assert ranking[1]["pairs_low"] <= ranking[1]["pairs_difference"] <= ranking[1]["pairs_high"]
    text = page.read_text(encoding="utf-8")
    assert "Ranking" in text
    assert "<script" not in text


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "JSON"])
def test_no_report_holds_a_row(form: list[str], files: dict[str, Path], tmp_path: Path) -> None:
    canary, page = "Kanarienvogel-7Q", tmp_path / "report.html"
    for path in files.values():
        table = pd.read_csv(path, dtype={"code": str})
        table["note"] = np.random.default_rng(0).choice(["a", "b"], len(table))
        table.loc[7, ["note", "income"]] = [canary, 918273645.125]
        table.to_csv(path, index=False)
    _, out, error = run(
        evaluate, files["real"], files["copy"], files["fresh"], "--holdout", files["holdout"],
        "--group", "note", "--quick", "--html", page, "--require", "column_shapes>=0.9999", *form,
    )  # fmt: skip
    assert canary in files["real"].read_text(encoding="utf-8")  # the canary lives
    said = out + error + page.read_text(encoding="utf-8")
    assert canary not in said
    assert "918273645" not in said


def test_without_a_holdout_it_says_so(files: dict[str, Path]) -> None:
    status, out, _ = run(
        evaluate, files["real"], files["fresh"], "--quick", "--unit", "customer_id"
    )
    assert status == 0
    assert "verdict: not assessable" in out
    assert "no held-out real rows" in out


@pytest.mark.parametrize(
    ("requirement", "status"),
    [("verdict>=usable", 0), ("column_shapes>=0.5", 0), ("column_shapes >= 0.9999", 1),
     ("exact_copies<0.01", 0), ("c2st_auc<0.1", 1)],
)  # fmt: skip
def test_a_requirement_gates_a_pipeline(
    files: dict[str, Path], requirement: str, status: int
) -> None:
    got, _, error = run(
        evaluate, files["real"], files["fresh"], "--holdout", files["holdout"], "--quick",
        "--unit", "customer_id", "--require", requirement,
    )  # fmt: skip
    assert got == status
    assert ("requirement not met: fresh.csv" in error) == (status == 1)


def test_what_could_not_be_assessed_fails_its_requirement(files: dict[str, Path]) -> None:
    status, _, _ = run(
        evaluate, files["real"], files["fresh"], "--quick", "--require", "linkability<=1"
    )
    assert status == 1


@pytest.mark.parametrize("text", ["c2st_auc", "c2st_auc=0.7", "c2st_auc<=low", "verdict>=great"])
def test_a_requirement_that_reads_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="--require must read"):
        evaluate.read_requirement(text)


def test_an_unknown_figure_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(ParameterError, match="must name a figure of this run; got 'beauty'"):
        run(evaluate, files["real"], files["fresh"], "--quick", "--require", "beauty>=1")


def test_columns_that_differ_are_named(files: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    pd.read_csv(files["fresh"]).rename(columns={"age": "years"}).to_csv(other, index=False)
    with pytest.raises(DataError, match=r"missing \['age'\], extra \['years'\]"):
        run(evaluate, files["real"], other)


def test_text_codes_stay_text_in_every_file(files: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    clients(300, 5).assign(code="149").to_csv(other, index=False)  # reads as a number by itself
    status, out, _ = run(evaluate, files["real"], other, "--quick", "--json")
    assert status == 0
    assert json.loads(out)["tables"]["other.csv"]["verdict"]["label"] == "poor"


def test_the_same_file_twice_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(DataError, match="got one twice"):
        run(evaluate, files["real"], files["fresh"], files["fresh"])


# --- linked tables ----------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Three folders with customers and their orders: real, held out, and fresh as synthetic."""
    out = {}
    for seed, side in enumerate(("real", "holdout", "synthetic")):
        rng = np.random.default_rng(seed)
        z = rng.normal(size=120)
        customers = pd.DataFrame(
            {"id": np.arange(120) + 1_000 * seed, "age": (45 + 12 * z).round()}
        )
        owner = rng.choice(120, 300)
        amount = np.exp(3 + 0.5 * z[owner] + 0.5 * rng.normal(size=300)).round(2)
        orders = pd.DataFrame({"customer_id": customers["id"].to_numpy()[owner], "amount": amount})
        out[side] = tmp_path / side
        out[side].mkdir()
        customers.to_csv(out[side] / "customers.csv", index=False)
        orders.to_csv(out[side] / "orders.csv", index=False)
    return out


LINK = ("--link", "orders.customer_id=customers.id", "--quick")


def test_linked_tables_are_judged_and_orphans_fail_a_requirement(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    words = [folders["real"], folders["synthetic"], "--holdout", folders["holdout"], *LINK]
    page = tmp_path / "report.html"
    status, out, _ = run(evaluate, *words, "--json", "--html", page, "--require", "orphans<=0.05")
    report = json.loads(out)
    assert status == 0 and report["requirements_failed"] == []
    assert set(report["tables"]) == {"customers", "orders"}
    assert report["links"][0]["orphans"] == 0
    assert "orders.customer_id" in page.read_text()
    broken = pd.read_csv(folders["synthetic"] / "orders.csv")
    broken.loc[:59, "customer_id"] = 999_999
    broken.to_csv(folders["synthetic"] / "orders.csv", index=False)
    status, out, error = run(evaluate, *words, "--require", "orphans<=0.05")
    assert status == evaluate.FAILED
    assert "requirement not met: orphans<=0.05" in error
    assert out.startswith("verdict: poor") and "20.0% orphans" in out


def test_bad_links_and_folders_are_refused(
    folders: dict[str, Path], files: dict[str, Path]
) -> None:
    real, fake = folders["real"], folders["synthetic"]
    with pytest.raises(ParameterError, match="without --link each table must be a file"):
        run(evaluate, real, fake)
    with pytest.raises(ParameterError, match="must stand in folders"):
        run(evaluate, files["real"], fake, *LINK)
    with pytest.raises(ParameterError, match="--unit must not stand beside --link"):
        run(evaluate, real, fake, *LINK, "--unit", "id")
    with pytest.raises(ParameterError, match="one synthetic folder; got 2"):
        run(evaluate, real, fake, folders["holdout"], *LINK)
    with pytest.raises(ParameterError, match="a link must read"):
        run(evaluate, real, fake, "--link", "orders", "--quick")
    (fake / "orders.csv").rename(fake / "order.csv")
    with pytest.raises(DataError, match="same tables"):
        run(evaluate, real, fake, *LINK)


# --- split ------------------------------------------------------------------------------------


def test_a_split_is_sealed_and_the_seal_is_checked(files: dict[str, Path]) -> None:
    status, out, _ = run(split, files["real"], "--unit", "customer_id", "--seed", 5)
    assert status == 0
    train = files["real"].with_name("real.train.csv")
    held = files["real"].with_name("real.holdout.csv")
    a, b = (pd.read_csv(path, dtype={"code": str}) for path in (train, held))
    assert not set(a["customer_id"]) & set(b["customer_id"])
    assert (len(a), len(b)) == (210, 90)
    original = pd.read_csv(files["real"], dtype={"code": str})
    together = pd.concat([a, b]).sort_values(list(original)).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        together, original.sort_values(list(original)).reset_index(drop=True)
    )
    seal = json.loads(held.with_name("real.holdout.csv.seal.json").read_text())
    assert seal["train"]["rows"] == 210
    _, out, _ = run(evaluate, train, files["fresh"], "--holdout", held, "--quick")
    assert "the seal is intact" in out
    _, out, _ = run(evaluate, files["real"], files["fresh"], "--holdout", held, "--quick")
    assert "is not the training file" in out
    held.write_text(held.read_text() + held.read_text().splitlines()[-1] + "\n")
    with pytest.raises(DataError, match="must be as it was sealed"):
        run(evaluate, train, files["fresh"], "--holdout", held)


def test_a_split_repeats_with_its_seed_and_overwrites_nothing(files: dict[str, Path]) -> None:
    run(split, files["real"], "--seed", 1)
    first = files["real"].with_name("real.holdout.csv").read_text()
    with pytest.raises(DataError, match="is there already"):
        run(split, files["real"], "--seed", 2)
    assert files["real"].with_name("real.holdout.csv").read_text() == first
    run(split, files["real"], "--seed", 1, "--force")
    assert files["real"].with_name("real.holdout.csv").read_text() == first
    run(split, files["real"], "--seed", 2, "--force")
    assert files["real"].with_name("real.holdout.csv").read_text() != first


def test_bad_splits_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unit must name a column"):
        run(split, files["real"], "--unit", "who")
    with pytest.raises(DataError, match="must be two files"):
        run(split, files["real"], "--train", tmp_path / "x.csv", "--holdout", tmp_path / "x.csv")
    with pytest.raises(DataError, match="another file than the input"):
        run(split, files["real"], "--train", files["real"], "--force")


def test_a_damaged_seal_is_said(files: dict[str, Path]) -> None:
    run(split, files["real"])
    held = files["real"].with_name("real.holdout.csv")
    held.with_name("real.holdout.csv.seal.json").write_text("{")
    with pytest.raises(DataError, match="it is damaged"):
        run(evaluate, files["real"], files["fresh"], "--holdout", held)
