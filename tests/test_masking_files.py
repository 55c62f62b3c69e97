"""Masking of files: streamed, in parallel, atomic; and the hunt for survivors."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import traceback

import numpy as np
import pandas as pd
import pytest

from synthkit import cli as command_line
from synthkit.commands import mask_stream
from synthkit.commands.mask_stream import CsvFile, mask_csv, propose_for
from synthkit.errors import DataError, ParameterError
from synthkit.techniques.masking import Masker, MaskingKey, Plan, Rule, Vault, invent_people
from synthkit.techniques.masking.formats import luhn_sums
from synthkit.techniques.masking.texts import to_texts

pytest.importorskip("cryptography", reason="the extra 'masking' is not installed")

KEY = MaskingKey(bytes(range(32)))
DIRECT = ["name", "email", "phone", "card", "ssn", "customer_id"]
# Searched for in texts. The ids are too short: eight digits turn up in any long row of digits.
TEXTS = ["name", "email", "phone", "card", "ssn"]


def customers(n, seed=0):
    """A table with direct identifiers, some of them hidden in free text."""
    rng = np.random.default_rng(seed)
    table = invent_people(n, rng=rng)
    # Names that no list of invented ones holds, so that a survivor can't be a chance match.
    table["name"] = [f"Q{a}x Zw{b}k" for a, b in rng.integers(0, 10**6, (n, 2))]
    table["email"] = [
        f"user{i}.{x}@corp.example.org" for i, x in enumerate(rng.integers(0, 999, n))
    ]
    table["phone"] = [f"+1 {a} {b}-{c}" for a, b, c in rng.integers(1000, 9999, (n, 3))]
    digits = rng.integers(0, 10, (n, 16)).astype(np.uint8)
    digits[:, 0], digits[:, 15] = 4, 0
    chars = digits + np.uint8(48)
    chars[:, 15] = 48 + (10 - luhn_sums(chars)) % 10
    table["card"] = to_texts(chars)
    table["ssn"] = [
        f"{a:03d}-{b:02d}-{c:04d}" for a, b, c in rng.integers(1, 99, (n, 3)) * [8, 1, 99]
    ]
    table["customer_id"] = np.arange(n) + 10**7
    table["birth_date"] = table["birth_date"].dt.strftime("%Y-%m-%d")
    table["age"] = rng.integers(18, 90, n)
    table["note"] = [
        f"Spoke to {a} ({b}, {c}) about card {d} today"
        for a, b, c, d in zip(
            np.roll(table["name"], 7), np.roll(table["email"], 3), table["phone"], table["card"]
        )
    ]
    return table.drop(columns=["street", "city"])


def forms_of(value):
    """The forms under which an original could survive."""
    raw = value.encode()
    return {
        value,
        value[::-1],
        hashlib.sha256(raw).hexdigest(),
        hashlib.md5(raw).hexdigest(),
        hashlib.sha1(raw).hexdigest(),
        base64.b64encode(raw).decode().rstrip("="),
        raw.hex(),
    }


def survivors(text, table, rows):
    """Originals of some rows that occur in a text, in any form, whatever the case."""
    low = text.lower()
    return [
        (name, form)
        for name in TEXTS
        for value in table[name].iloc[rows].astype(str)
        for form in forms_of(value)
        if form.lower() in low
    ]


def runs_of_words(text):
    """Runs of one to three words of a text, without case and without signs around them."""
    words = [word.strip("(),.=") for word in text.casefold().split()]
    for length in (1, 2, 3):
        for i in range(len(words) - length + 1):
            yield " ".join(words[i : i + length])


def hunted(texts, table):
    """How many runs of words in some texts are an original of any row, in any form.

    Every text is searched for every original: both become 64-bit hashes, the originals sorted, so
    that a million rows fit memory.  A chance match has probability 4e7 x 3e7 / 2^64 = 7e-5.
    """
    cells = (value for name in TEXTS for value in table[name].astype(str))
    forms = (form.casefold() for value in cells for form in forms_of(value))
    originals = np.sort(np.fromiter(map(hash, forms), dtype=np.int64))
    found = 0
    for start in range(0, len(texts), 50_000):
        runs = (run for text in texts[start : start + 50_000] for run in runs_of_words(text))
        hashes = np.fromiter(map(hash, runs), dtype=np.int64)
        place = np.searchsorted(originals, hashes).clip(max=len(originals) - 1)
        found += int((originals[place] == hashes).sum())
    return found


def cells_that_survive(out, table):
    """Rows whose own original is still there, by column."""
    return {n: int((out[n].astype(str) == table[n].astype(str)).sum()) for n in DIRECT}


@pytest.fixture(scope="module")
def table():
    return customers(3000)


@pytest.fixture(autouse=True)
def _command(monkeypatch):
    """The command, also where the command line does not list it."""
    listed = [c for c in command_line.COMMANDS if c[0] != "mask"]
    mine = ("mask", "synthkit.commands.mask:command", "Mask a CSV file.")
    monkeypatch.setattr(command_line, "COMMANDS", (*listed, mine))


@pytest.fixture
def source(table, tmp_path):
    path = tmp_path / "in.csv"
    table.to_csv(path, index=False)
    return path


def cli(*arguments):
    with pytest.raises(SystemExit) as ended:
        command_line.main([str(a) for a in arguments])
    return ended.value.code


# --- survivors --------------------------------------------------------------------------------


def check_no_survivor(table, out, sample_rows):
    """No original is left anywhere, each masked cell has its form, and the tables still join."""
    assert cells_that_survive(out, table) == dict.fromkeys(DIRECT, 0)
    # Nor anybody else's (a number of nine digits may be another's by chance: 2.5 such pairs are
    # expected among 50,000 of 10^9).
    for name in ("name", "email", "customer_id", "card"):
        assert not out[name].isin(table[name]).any(), name
    assert sum(p in note for p, note in zip(table["phone"], out["note"])) == 0
    # An encrypted phone number may be another person's original: n x n of 10^12 pairs of numbers
    # are expected to be equal (1 in a million rows), with a Poisson count's 5 sigma beside it.
    chance = len(table) ** 2 / 1e12
    assert hunted(out["note"].tolist(), table) <= int(chance + 5 * chance**0.5)
    assert survivors("\n".join(out["note"]), table, sample_rows) == []  # within words as well
    for name in ("email", "card", "ssn", "customer_id"):
        assert out[name].nunique() == table[name].nunique(), name  # no token collides
    cards = np.frombuffer("".join(out["card"]).encode(), np.uint8).reshape(-1, 16)
    assert (luhn_sums(cards) == 0).all()
    assert out["email"].str.fullmatch(r"t[0-9a-f]{16}@example\.com").all()
    assert out["ssn"].str.fullmatch(r"\d{3}-\d{2}-\d{4}").all()
    assert out["phone"].str.fullmatch(r"\+1 \d{4} \d{4}-\d{4}").all()
    orders = table[["customer_id"]].sample(frac=0.5, random_state=1)
    plan = Plan({"customer_id": Rule("encrypt", "integer", "customer_id")})
    joined = Masker(plan=plan, key=KEY).fit_transform(orders)
    assert joined["customer_id"].isin(out["customer_id"]).all()
    pairs = out[["customer_id"]].merge(joined, on="customer_id")
    assert len(pairs) == len(table[["customer_id"]].merge(orders, on="customer_id")) == len(orders)


def test_50_000_rows_without_a_survivor():
    table = customers(50_000)
    out = Masker(key=KEY).fit(table).masked_
    check_no_survivor(table, out, np.arange(0, 50_000, 2_000))


def test_the_hunt_finds_what_is_planted(table):
    """The partner: a masking that forgets the notes, or hashes without a key, is caught."""
    plan = Masker().propose(table).with_rule("note", Rule("keep"))
    out = Masker(plan=plan, key=KEY).fit(table).masked_
    assert survivors("\n".join(out["note"]), table, np.arange(100))
    hashed = table["email"].map(lambda e: hashlib.sha256(e.encode()).hexdigest())
    assert survivors("\n".join(hashed), table, np.arange(10))
    assert survivors(table["card"][5][::-1], table, np.arange(10))
    clean = out["email"].tolist()
    assert hunted(clean, table) == 0
    for planted in (table["name"][7].upper(), table["phone"][7][::-1], hashed[7],
                    base64.b64encode(table["ssn"][7].encode()).decode()):  # fmt: skip
        assert hunted([*clean, f"seen ({planted}), they say"], table) == 1


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_a_million_rows_without_a_survivor(tmp_path):
    """About six CPU minutes: half for masking the notes, half for the hunt through them."""
    table = customers(1_000_000)
    path = tmp_path / "in.csv"
    table.to_csv(path, index=False)
    source = CsvFile.open(path)
    mask_csv(source, tmp_path / "out.csv", propose_for(source), KEY)
    out = pd.read_csv(tmp_path / "out.csv", dtype=dict.fromkeys(["card", "phone"], str))
    check_no_survivor(table, out, [0, 500_000, 999_999])


def test_nothing_else_holds_an_original(table, tmp_path, capsys):
    masker = Masker(key=KEY).fit(table)
    masker.save(tmp_path / "m.synthkit")
    masker.plan_.save(tmp_path / "plan.json")
    places = {
        "repr": repr(masker),
        "plan": str(masker.plan_),
        "report": json.dumps(masker.report_),
        "schema": repr(masker.schema_),
        "file": (tmp_path / "m.synthkit").read_bytes().decode("latin-1"),
        "plan file": (tmp_path / "plan.json").read_text(),
        "printed": "".join(capsys.readouterr()),
    }
    for place, text in places.items():
        assert survivors(text, table, np.arange(200)) == [], place


def test_no_error_shows_a_value(table):
    broken = {
        "card": Rule("encrypt", "card"),
        "phone": Rule("encrypt", "iban"),
        "birth_date": Rule("shift_dates", subject="email", format="%d.%m.%Y"),
        "name": Rule("code_extremes"),
        "email": Rule("coarsen", width=3),
    }
    plan = Masker().propose(table)
    for name, rule in broken.items():
        dirty = table.assign(card=table["card"].str[::-1])
        with pytest.raises(DataError) as caught:
            Masker(plan=plan.with_rule(name, rule), key=KEY).fit(dirty)
        shown = "".join(traceback.format_exception(caught.value))
        assert survivors(shown, table, np.arange(3000)[::10]) == []
        assert survivors(shown, dirty, np.arange(3000)[::10]) == []
        assert caught.value.__cause__ is None


# --- files ------------------------------------------------------------------------------------


def test_the_command_masks_a_file(source, table, tmp_path, capsys):
    key, plan, out = tmp_path / "k.key", tmp_path / "plan.json", tmp_path / "out.csv"
    assert cli("mask", "--new-key", key) == 0
    assert cli("mask", source, "--propose", "--plan", plan) == 0
    assert "substitute name" in capsys.readouterr().out
    assert (
        cli(
            "mask",
            source,
            "-o",
            out,
            "--plan",
            plan,
            "--key-file",
            key,
            "--report",
            tmp_path / "report.json",
        )
        == 0
    )
    masked = pd.read_csv(out, dtype={"card": str})
    assert list(masked.columns) == list(table.columns)
    assert len(masked) == len(table)
    assert cells_that_survive(masked, table) == dict.fromkeys(DIRECT, 0)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["rows"] == 3000
    assert content["groups"]["smallest"] >= 5
    assert masked["age"].value_counts().min() >= 5
    shown = "".join(capsys.readouterr())
    assert survivors(shown + json.dumps(content), table, np.arange(500)) == []
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]  # no temporary file stays


def test_blocks_and_workers_change_nothing(table, source, tmp_path, monkeypatch):
    plan = propose_for(CsvFile.open(source))
    outputs = []
    for workers, block in ((1, 65_536), (1, 700), (2, 700)):
        monkeypatch.setattr(mask_stream, "BLOCK_ROWS", block)
        monkeypatch.setattr(mask_stream, "PARALLEL_ROWS", 2 * block)
        target = tmp_path / f"{workers}-{block}.csv"
        mask_csv(CsvFile.open(source), target, plan, KEY, workers=workers)
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]
    library = Masker(plan=plan, key=KEY).fit_transform(table)
    read = pd.read_csv(io.BytesIO(outputs[0]), dtype={"card": str})
    for name in ("name", "email", "card", "birth_date", "age"):
        assert (read[name].astype(str) == library[name].astype(str)).all(), name


def test_fields_that_are_kept_come_through_exactly(tmp_path):
    rows = [["id", "text"]] + [
        [str(i), t]
        for i, t in enumerate(
            ["a\rb", 'say "hi"', "a,b", "line\nbreak", "", " x ", "=1+1", "ünï", "007"]
        )
    ]
    path = tmp_path / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    plan = Plan({"id": Rule("keep"), "text": Rule("keep")})
    mask_csv(CsvFile.open(path), tmp_path / "out.csv", plan, KEY)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == rows


def test_tokens_of_a_file_are_taken_back(source, table, tmp_path):
    plan = propose_for(CsvFile.open(source)).with_rule("email", Rule("tokenise"))
    with pytest.raises(ParameterError, match="needs a file for the vault"):
        mask_csv(CsvFile.open(source), tmp_path / "o.csv", plan, KEY)
    mask_csv(CsvFile.open(source), tmp_path / "o.csv", plan, KEY, vault_path=tmp_path / "v.json")
    tokens = pd.read_csv(tmp_path / "o.csv")["email"]
    assert (
        Vault.load(tmp_path / "v.json", KEY).take_back(tokens).tolist() == table["email"].tolist()
    )
    assert survivors((tmp_path / "v.json").read_text(), table, np.arange(100)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must begin with unique column names; got no header"),
        ("a,a\n1,2\n", "got 'a' twice"),
        ("a,b\n1,2\n3\n", "got 1 at line 3"),
        ('a,b\n1,"2\n', "must be a CSV file; got, at line"),
        ("a,b\n", "at least one row"),
        ("a,b\n\xff,1\n", "must be in utf-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, message):
    path = tmp_path / "in.csv"
    path.write_bytes(content.encode("latin-1"))
    (tmp_path / "out.csv").write_text("what was there before")
    with pytest.raises(DataError, match=message):
        source = CsvFile.open(path)
        propose_for(source)
        mask_csv(source, tmp_path / "out.csv", Plan({"a": Rule("keep"), "b": Rule("keep")}), KEY)
    assert (tmp_path / "out.csv").read_text() == "what was there before"


def test_a_bad_cell_far_down_leaves_nothing_half_written(source, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(mask_stream, "BLOCK_ROWS", 500)
    lines = source.read_text().splitlines()
    place = lines[0].split(",").index("card")
    fields = lines[2501].split(",")
    fields[place] = "4111111111111112"
    lines[2501] = ",".join(fields)
    source.write_text("\n".join(lines) + "\n")
    out = tmp_path / "out.csv"
    plan = propose_for(CsvFile.open(source)).with_rule("card", Rule("encrypt", "card"))
    plan.save(tmp_path / "p.json")
    assert cli("mask", source, "-o", out, "--plan", tmp_path / "p.json", "--workers", 1) == 2
    message = capsys.readouterr().err
    assert "column 'card'" in message
    assert "row 2500 doesn't" in message
    assert "4111111111111112" not in message
    assert not out.exists()
    assert {p.name for p in tmp_path.iterdir()} == {"in.csv", "p.json"}
    redacting = plan.with_rule("card", Rule("encrypt", "card", on_invalid="redact"))
    done = mask_csv(CsvFile.open(source), out, redacting, KEY)
    assert done["columns"]["card"]["first invalid row"] == 2500
    assert pd.read_csv(out)["card"][2500] == "[redacted]"


def test_what_the_command_refuses(source, tmp_path, capsys):
    cases = {
        ("mask", source): "the output must be named",
        ("mask", source, "-o", source, "--yes"): "another file than the input",
        ("mask", source, "-o", tmp_path / "no" / "o.csv", "--yes"): "folder must exist",
        ("mask", source, "-o", tmp_path / "o.csv", "--plan", tmp_path / "none.json"): "must exist",
        (
            "mask",
            source,
            "-o",
            tmp_path / "o.csv",
            "--yes",
            "--key-file",
            tmp_path / "n",
        ): "must exist",
        ("mask",): "the table to mask must be named",
    }
    for words, message in cases.items():
        assert cli(*words) == 2
        assert message in capsys.readouterr().err
    (tmp_path / "p.json").write_text("{}")
    assert cli("mask", source, "--propose", "--plan", tmp_path / "p.json") == 2
    assert "so that no edit is lost" in capsys.readouterr().err
    assert (tmp_path / "p.json").read_text() == "{}"


def test_a_plan_that_names_a_missing_column(source, tmp_path):
    plan = propose_for(CsvFile.open(source)).with_rule("nowhere", Rule("keep"))
    with pytest.raises(ParameterError, match="'nowhere', which the table hasn't"):
        mask_csv(CsvFile.open(source), tmp_path / "o.csv", plan, KEY)
    assert not (tmp_path / "o.csv").exists()


def test_too_many_combinations_are_refused_before_memory_ends(source, tmp_path, monkeypatch):
    monkeypatch.setattr(mask_stream, "MAX_COMBINATIONS", 20)
    with pytest.raises(DataError, match="columns age must have at most 20 combinations"):
        mask_csv(CsvFile.open(source), tmp_path / "o.csv", propose_for(CsvFile.open(source)), KEY)
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(source, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert cli("mask", source, "-o", folder / "o.csv", "--yes") == 2
