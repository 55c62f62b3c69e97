"""The scorecard's promises that no other test holds: what a verdict may never say, and who sees it.

Where a sentence of the promise is already tested (anchors, bands, units, requirements, seals), the
test stands with its part: test_scorecard, test_commands_evaluate, test_privacy, the galleries.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged_tables import clients

from synthkit import arena
from synthkit.measure import fidelity, support
from synthkit.measure.attack import Attack
from synthkit.measure.figures import FIDELITY, Figure
from synthkit.measure.intervals import Interval
from synthkit.measure.linked import linked_scorecard
from synthkit.measure.privacy_run import TITLES
from synthkit.measure.report import linked_page, ranking_page
from synthkit.measure.scorecard import SETTINGS, Scorecard, scorecard
from synthkit.measure.verdict import SINGLE_VALUES, alpha_of, decide

ROOT = Path(__file__).parents[1]
CANARY, NUMBER = "Kanarienvogel-7Q", 918273645.125


pytestmark = pytest.mark.usefixtures("few_trees")


def card_of(rows: int = 160, holdout: bool = True, **more: object) -> Scorecard:
    real, fake, held = (clients(rows, seed) for seed in range(3))
    return scorecard(real, fake, held if holdout else None, mode="quick", **more)


# --- the verdict can't be good where a copy or a leak was found ---------------------------------


def perfect_figures() -> list[Figure]:
    """Return every fidelity figure at its ideal, as a plain copy has it."""
    return [
        Figure(name, title, "fidelity", Interval(ideal, ideal, ideal), ideal, (ideal, ideal))
        for name, title, ideal in FIDELITY
    ]


def attack_with(name: str, p_value: float, size: float, concentrated: float) -> Attack:
    title, baseline = TITLES[name]
    figure = Interval(baseline + size, baseline, 1.0)
    return Attack(
        name, title, 500, 500, figure, baseline, p_value=p_value, concentrated_p=concentrated
    )


chances = st.floats(0, 1) | st.sampled_from([0.0, 1e-12, 1e-4, 0.003, 0.004, 0.005, 1.0])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(chances, st.floats(0, 0.5), chances), min_size=10, max_size=10),
    st.booleans(),
)
def test_no_verdict_is_good_where_anything_was_found(
    drawn: list[tuple[float, float, float]], near: bool
) -> None:
    attacks = [attack_with(name, p, size, c) for name, (p, size, c) in zip(TITLES, drawn)]
    verdict = decide(perfect_figures(), attacks, near_copies=near)
    found = [a.name for a in attacks if a.found(alpha_of(attacks))]
    assert (verdict.label == "good") == (not found and not near)
    assert set(found) <= {finding.figure for finding in verdict.findings}
    if near or {"exact_copies", "near_copies"} & set(found):
        assert verdict.label == "copies"


@pytest.mark.parametrize("name", [name for name in TITLES if name not in SINGLE_VALUES])
def test_each_attack_alone_makes_a_perfect_table_a_leak(name: str) -> None:
    attacks = [attack_with(n, 1e-9 if n == name else 1.0, 0.3, 1.0) for n in TITLES]
    copies = name in ("exact_copies", "near_copies")
    verdict = decide(perfect_figures(), attacks, near_copies=False)
    assert verdict.label == ("copies" if copies else "leaks")
    assert decide(perfect_figures(), attacks, near_copies=False, unknown=["x"]).label != "good"


def test_without_a_holdout_no_attack_but_exact_copies_is_assessed_and_the_page_says_so() -> None:
    card = card_of(holdout=False)
    ran = {attack.name for attack in card.attacks if attack.assessable}
    assert ran == {"exact_copies"}  # by the table's own repeats
    assert card.verdict.label == "not assessable"
    page = card.to_html()
    for attack in card.attacks:
        assert attack.title in page
    assert page.count("not assessable") >= len(TITLES) - 1
    # A perfect table is capped too.
    assert decide(perfect_figures(), card.attacks, near_copies=False, unknown=["x"]).label == (
        "not assessable"
    )


# --- each attack states what it could have found ------------------------------------------------


def test_each_attack_states_its_minimum_detectable_leak_in_every_form_and_it_shrinks() -> None:
    small, large = card_of(80), card_of(320)
    told = json.loads(large.to_json())["privacy"]
    table = large.table().set_index("figure")
    for attack in large.attacks:
        least = told[attack.name]["minimum_detectable"]
        assert attack.baseline < least < small.attack(attack.name).detectable
        assert f"{least:.3f}" in large.to_html()
    assert set(TITLES) <= set(table.index)


def test_distances_say_on_how_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "quick", replace(SETTINGS["quick"], max_rows=100))
    card = card_of(160)
    for name in ("c2st_auc", "coverage", "density", "outlier_coverage"):
        assert card[name].note == "on at most 100 rows of each table"
    assert "at most 100 rows" in card.to_html()
    assert SETTINGS["full"].max_rows == 5_000


# --- fidelity -----------------------------------------------------------------------------------


def test_the_folds_are_shuffled_so_that_sorted_tables_are_no_easier_to_tell() -> None:
    """In unshuffled folds a tree would be tested on values that it never met."""
    real, fake = (clients(400, seed).sort_values("income") for seed in range(2))
    result = fidelity.classifier_two_sample_test(real, fake, rng=0)
    assert result.low <= 0.5 <= result.high


def test_outliers_without_a_synthetic_neighbour_are_counted() -> None:
    rng = np.random.default_rng(0)
    real, fresh = (pd.DataFrame(rng.standard_t(3, (600, 2)), columns=["x", "y"]) for _ in "ab")
    middle = fresh[(fresh.abs() < 2).all(axis=1)]
    whole, count = support.outlier_coverage(real, fresh, rng=0)
    part, _ = support.outlier_coverage(real, middle, rng=0)
    assert count == 20
    # At best 1 − ½^5 = .969; a binomial of 20 has standard deviation .04 there
    assert whole > 0.969 - 5 * 0.04
    assert part < 0.5


# --- judge holds out before fitting -------------------------------------------------------------


class Spy:
    """Remembers, for the whole class, which rows it was ever shown."""

    seen: list[pd.DataFrame] = []

    def fit(self, table: pd.DataFrame) -> Spy:
        Spy.seen.append(table)
        return self

    def sample(self, n: int) -> pd.DataFrame:
        return Spy.seen[-1].sample(n, replace=True, random_state=0).reset_index(drop=True)


def test_no_fit_is_shown_a_held_out_row(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[pd.DataFrame] = []

    def look(real: pd.DataFrame, fake: pd.DataFrame, holdout: pd.DataFrame, **more) -> Scorecard:
        held.append(holdout)
        return scorecard(real, fake, holdout, **more)

    monkeypatch.setattr(arena, "scorecard", look)
    monkeypatch.setattr(arena, "_tree_anchor", lambda table, rng: {})
    table = clients(120, 0).assign(number=np.arange(120) + 0.5)
    Spy.seen = []
    arena.judge(Spy(), table, mode="quick", seeds=2)
    shown = {number for rows in Spy.seen for number in rows["number"]}
    assert len(Spy.seen) == 2
    assert len(shown) == 84
    assert shown | set(held[0]["number"]) == set(table["number"])
    assert not shown & set(held[0]["number"])


# --- pages and exports --------------------------------------------------------------------------


def shop(seed: int, canary: bool = False) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    names = [f"client {seed}-{i}" for i in range(60)]
    number = np.arange(60) + 1_000 * seed
    customers = pd.DataFrame({"id": number, "name": names, "age": rng.integers(18, 80, 60)})
    orders = pd.DataFrame({"customer": rng.choice(number, 150), "price": rng.gamma(2, 9, 150)})
    if canary:
        customers.loc[3, "name"] = CANARY
        orders.loc[5, "price"] = NUMBER
    return {"customers": customers, "orders": orders}


def pages(folder: Path) -> dict[str, str]:
    """Return every page of the scorecard: of one table, of several, of linked ones."""
    card = card_of(80, target="bought", group="region")
    linked = linked_scorecard(
        shop(0, canary=True), shop(1), ["orders.customer = customers.id"], shop(2), mode="quick"
    )
    page = linked_page(linked.cards, linked.links, linked.reasons)
    (folder / "linked.json").write_text(json.dumps(linked.to_dict(), default=str))
    return {
        "card": card.to_html(),
        "ranking": ranking_page({"a": card, "b": card}, card.table()),
        "linked": page,
    }


OUTSIDE = re.compile(r"""https?:|(?:src|href)\s*=\s*["'](?!data:|#)|url\(|@import|<script|//cdn""")


def test_no_page_asks_anything_of_another_machine_or_holds_a_row_of_linked_tables(
    tmp_path: Path,
) -> None:
    for name, text in pages(tmp_path).items():
        assert not OUTSIDE.search(text), name
        assert CANARY not in text
        assert "918273645" not in text
    for broken in ('<img src="x.png">', "<style>a{b:url(c)}</style>", '<a href="http://a.b">'):
        assert OUTSIDE.search(broken)  # the test can fail
    told = (tmp_path / "linked.json").read_text()
    assert "orders.customer" in told
    assert CANARY not in told
    assert "918273645" not in told


# --- independent implementations are for the tests alone ----------------------------------------


def test_nothing_that_is_installed_needs_the_packages_of_the_cross_checks() -> None:
    peers = ("anonymeter", "prdc", "syntheval", "sdmetrics")
    imports = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(peers)})\b", re.MULTILINE)
    sources = list((ROOT / "synthkit").rglob("*.py"))
    assert len(sources) > 100
    assert not [path for path in sources if imports.search(path.read_text(encoding="utf-8"))]
    assert not any(peer in (ROOT / "pyproject.toml").read_text(encoding="utf-8") for peer in peers)
    assert imports.search("    from prdc import compute_prdc")  # the test can fail
