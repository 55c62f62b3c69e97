"""The scorecard as a whole: its answers to bad input, its promises, and its forms."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from judged_tables import clients
from threadpoolctl import threadpool_info, threadpool_limits

from synthkit import arena
from synthkit.contest import Contest
from synthkit.errors import DataError, ParameterError
from synthkit.measure.linked import Link, link_figures, linked_scorecard
from synthkit.measure.report import html_table, ranking_page, with_note
from synthkit.measure.scorecard import Scorecard, scorecard
from synthkit.measure.splitting import split
from synthkit.measure.verdict import NOT_CLAIMED

# Appear in one row each; no export may hold them. Long numbers, so that no figure looks like one.
CANARY_TEXT = "Kanarienvogel-7Q"
CANARY_NUMBER = 918273645.125


pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def card() -> Scorecard:
    return scorecard(
        clients(500, 0), clients(500, 1), clients(300, 2), target="bought", group="region"
    )


# --- what it says -----------------------------------------------------------------------------


def test_every_figure_stands_beside_its_anchors(card: Scorecard) -> None:
    for name in ("column_shapes", "pair_trends", "c2st_auc", "coverage", "tstr"):
        figure = card[name]
        assert {"fresh real rows", "verbatim bootstrap", "independent shuffle"} <= set(
            figure.anchors
        )
        assert figure.interval.low <= figure.value <= figure.interval.high
        assert figure.band[0] < figure.band[1]
    shuffled = card["c2st_auc"].anchors["independent shuffle"]
    assert shuffled > card["c2st_auc"].anchors["fresh real rows"] + 0.1
    for attack in ("exact_copies", "membership_density"):
        beside = card.attack_anchors[attack]
        assert beside["verbatim bootstrap"] > beside["fresh real rows"] + 0.1


def test_fresh_rows_are_good_and_each_attack_says_what_it_could_have_found(card: Scorecard) -> None:
    assert card.verdict.label == "good", card.verdict.reasons
    assert len(card.attacks) == 10
    for attack in card.attacks:
        assert attack.assessable
        assert attack.detectable > attack.baseline
        assert attack.figure.low <= attack.figure.value <= attack.figure.high


def test_the_same_seed_gives_the_same_card() -> None:
    tables = clients(200, 0), clients(200, 1), clients(200, 2)
    runs = []
    for _ in range(2):
        told = scorecard(*tables, target="bought", group="region", rng=5, mode="quick").to_dict()
        told["about"].pop("seconds")
        runs.append(json.dumps(told, default=str))
    assert runs[0] == runs[1]


def test_global_randomness_and_inputs_stay_as_they_were() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state itself is tested
    tables = [clients(100, seed) for seed in range(3)]
    copies = [table.copy(deep=True) for table in tables]
    scorecard(*tables, target="bought", mode="quick")
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    for table, copy in zip(tables, copies):
        pd.testing.assert_frame_equal(table, copy)


def test_a_card_takes_one_thread_and_gives_the_others_back() -> None:
    """Two threads on two busy cores took 25 times the CPU seconds of one."""
    seen: list[int] = []

    def look(text: str, share: float) -> None:
        seen.append(max(pool["num_threads"] for pool in threadpool_info()))

    with threadpool_limits(2):
        before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
        scorecard(clients(60, 0), clients(60, 1), clients(60, 2), mode="quick", progress=look)
        after = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    assert max(before.values()) == 2  # the test can fail
    assert set(seen) == {1}
    assert {path: after[path] for path in before} == before


def test_extra_anchors_and_progress() -> None:
    told: list[str] = []
    result = scorecard(
        clients(100, 0), clients(100, 1), clients(100, 2), mode="quick",
        anchors={"mine": clients(100, 3)}, progress=lambda text, share: told.append(text),
    )  # fmt: skip
    assert "mine" in result["pair_trends"].anchors
    assert told[0] == "fidelity"
    assert told[-1] == "done"


def test_series_figures_come_with_a_time_column() -> None:
    def series(seed: int) -> pd.DataFrame:
        return clients(120, seed).assign(day=pd.date_range("2024", periods=120))

    result = scorecard(series(0), series(1), series(2), time="day", mode="quick")
    assert set(result.details["series"]["column"]) == {"age", "income"}


def test_each_unit_is_a_series_of_its_own() -> None:
    def walks(seed: int, first: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        steps = [np.cumsum(rng.normal(size=60)) + 100 * rng.normal() for _ in range(8)]
        return pd.DataFrame(
            {
                "who": np.repeat(np.arange(8) + first, 60),
                "day": np.tile(np.arange(60), 8),
                "x": np.concatenate(steps),
            }
        )

    tables = walks(0, 0), walks(1, 100), walks(2, 200)
    result = scorecard(*tables, time="day", unit="who", mode="quick")
    # Mixed by day, eight walks on levels of their own have no autocorrelation to speak of.
    assert result.details["series"]["acf_error"].iloc[0] < 0.2
    lost = tables[1].drop(columns="who")
    card = scorecard(tables[0], lost, tables[2], time="day", unit="who", mode="quick")
    assert any("time series could not be assessed" in reason for reason in card.verdict.reasons)


# --- without comfort --------------------------------------------------------------------------


def test_without_a_holdout_nothing_is_better_than_not_assessable() -> None:
    result = scorecard(clients(400, 0), clients(400, 1), target="bought", mode="quick")
    assert result.verdict.label == "not assessable"
    assert "no held-out real rows" in result.verdict.reasons[0]
    assert not result.attack("membership_density").assessable
    assert result.row_risk is None


def test_copies_are_copies_without_a_holdout_too() -> None:
    real = clients(400, 0)
    result = scorecard(real, real.sample(frac=1, random_state=0), mode="quick")
    assert result.verdict.label == "copies"


def test_a_holdout_that_overlaps_is_noticed() -> None:
    real, fake = clients(400, 0), clients(400, 1)
    holdout = pd.concat([clients(200, 2), real.head(60)])
    result = scorecard(real, fake, holdout, mode="quick")
    assert result.verdict.label == "not assessable"
    assert "the holdout overlaps the real table: 60 of its 260 rows" in result.verdict.reasons[0]
    assert not result.attack("linkability").assessable


def test_units_on_both_sides_are_noticed() -> None:
    real = clients(200, 0).assign(who=np.arange(200) // 4)
    held = clients(200, 1).assign(who=np.arange(200) // 4 + 49)
    result = scorecard(real, clients(200, 2), held, unit="who", mode="quick")
    assert "1 units stand in both" in result.verdict.reasons[0]


def test_units_are_people_not_rows() -> None:
    real = clients(400, 0).assign(who=np.arange(400) // 4)
    held = clients(200, 1).assign(who=1_000 + np.arange(200) // 4)
    result = scorecard(real, clients(400, 2), held, unit="who", mode="quick")
    assert result.attack("exact_copies").members == 100
    assert result.attack("membership_density").controls == 50
    assert "who" not in set(result.details["shapes"]["column"])


def test_repeated_identifiers_are_a_leak() -> None:
    rng = np.random.default_rng(0)

    def named(seed: int) -> pd.DataFrame:
        return clients(300, seed).assign(name=[f"person {i}" for i in rng.permutation(10**6)[:300]])

    real, held = named(0), named(1)
    fake = clients(300, 2).assign(name=rng.permutation(real["name"].to_numpy()))
    result = scorecard(real, fake, held, mode="quick")
    assert result.verdict.label == "leaks"
    assert result.attack("repeated_identifiers").found(1e-6)
    assert scorecard(real, named(3), held, mode="quick").verdict.label == "good"


# --- bad input --------------------------------------------------------------------------------


def test_columns_that_differ_are_named() -> None:
    with pytest.raises(DataError, match=r"synthetic table .*missing \['age'\], extra \['years'\]"):
        scorecard(clients(50, 0), clients(50, 1).rename(columns={"age": "years"}))
    with pytest.raises(DataError, match=r"holdout table .*missing \['income'\]"):
        scorecard(clients(50, 0), clients(50, 1), clients(50, 2).drop(columns="income"))


def test_wrong_types_are_named() -> None:
    with pytest.raises(DataError, match="column 'age' must hold numbers in the holdout table"):
        scorecard(clients(50, 0), clients(50, 1), clients(50, 2).assign(age="old"))


@pytest.mark.parametrize("side", ["real", "synthetic", "holdout"])
def test_an_empty_side_is_named(side: str) -> None:
    tables = {"real": clients(50, 0), "synthetic": clients(50, 1), "holdout": clients(50, 2)}
    tables[side] = tables[side].iloc[:0]
    with pytest.raises(DataError, match=f"{side} table: .*at least one row"):
        scorecard(**tables)


@pytest.mark.parametrize("rows", [1, 2, 10])
def test_a_handful_of_rows_gets_a_card_that_says_so(rows: int) -> None:
    result = scorecard(
        clients(rows, 0), clients(rows, 1), clients(rows, 2), target="bought", mode="quick"
    )
    assert result.verdict.label in ("not assessable", "poor")
    assert any("needs at least 20 members" in reason for reason in result.verdict.reasons)
    json.loads(result.to_json())
    assert "<table>" in result.to_html()


def test_a_constant_target_is_said() -> None:
    tables = [clients(200, seed).assign(bought="no") for seed in range(3)]
    result = scorecard(*tables, target="bought", mode="quick")
    assert result.verdict.label == "not assessable"
    assert any("at least two values in the real table" in r for r in result.verdict.reasons)


def test_columns_without_any_value() -> None:
    tables = [clients(200, seed).assign(empty=np.nan, one=1) for seed in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = scorecard(*tables, target="bought", mode="quick")
    assert result.verdict.label == "good", result.verdict.reasons
    filled = tables[1].assign(empty=1.0)
    assert scorecard(tables[0], filled, tables[2], mode="quick").verdict.label == "poor"


def test_unknown_columns_and_modes_are_named() -> None:
    for role in ("target", "group", "time", "unit"):
        with pytest.raises(DataError, match=f"{role} must name a column .*got 'nothing'"):
            scorecard(clients(50, 0), clients(50, 1), clients(50, 2), **{role: "nothing"})
    with pytest.raises(ParameterError, match="mode must be 'quick' or 'full'"):
        scorecard(clients(50, 0), clients(50, 1), mode="fast")
    with pytest.raises(ParameterError, match="linked_scorecard"):
        scorecard({"a": clients(50, 0)}, {"a": clients(50, 1)})


def test_all_kinds_of_columns() -> None:
    def kinds(seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        return clients(150, seed).assign(
            big=2**60 + rng.integers(0, 10**6, 150),
            when=pd.Timestamp("2020") + pd.to_timedelta(rng.integers(0, 10**6, 150), "s"),
            flag=pd.array(rng.random(150) < 0.5, dtype="boolean"),
            level=pd.Categorical(rng.choice(list("abc"), 150), categories=list("abcz")),
            some=pd.array(np.where(rng.random(150) < 0.2, None, 3), dtype="Int64"),
        )

    result = scorecard(kinds(0), kinds(1), kinds(2), target="flag", mode="quick")
    assert result.verdict.label in ("good", "usable"), result.verdict.reasons


# --- forms ------------------------------------------------------------------------------------


def test_table_dict_json_and_text(card: Scorecard, tmp_path: Path) -> None:
    table = card.table()
    assert set(table["part"]) == {"fidelity", "utility", "privacy"}
    assert len(table) == len(card.figures) + len(card.attacks)
    parsed = json.loads(card.to_json(tmp_path / "card.json"))
    assert parsed == json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert parsed["verdict"]["label"] == card.verdict.label
    assert {"fidelity", "utility", "privacy", "verdict", "not_claimed", "about"} <= set(parsed)
    assert str(card).startswith("verdict: good")


class _Links(HTMLParser):
    """Collects what a page would load, and its element names."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [v or "" for k, v in attributes if k in ("src", "href", "srcset")]


def test_the_page_is_self_contained_and_says_what_is_not_claimed(
    card: Scorecard, tmp_path: Path
) -> None:
    page = card.to_html(tmp_path / "card.html")
    assert page == (tmp_path / "card.html").read_text(encoding="utf-8")
    reader = _Links()
    reader.feed(page)
    assert all(source.startswith("data:image/png;base64,") for source in reader.sources)
    assert "script" not in reader.tags
    assert all(line in page for line in NOT_CLAIMED)
    lower = page.lower()
    for word in ("guarantee", "gdpr", "hipaa", "compliant"):
        assert word not in lower


def test_column_names_reach_the_page_as_text() -> None:
    evil = '<img src=x onerror="alert(1)">'
    tables = [clients(120, seed).rename(columns={"region": evil}) for seed in range(3)]
    tables[1][evil] = "north"  # so that the verdict speaks of the column
    result = scorecard(*tables, group=evil, target="bought", mode="quick")
    for page in (result.to_html(), result._repr_html_()):
        reader = _Links()
        reader.feed(page)
        assert "x" not in reader.sources
        assert evil not in page


def with_canaries(table: pd.DataFrame) -> pd.DataFrame:
    """One conspicuous person: a text, a number, and a name in a column of names."""
    table = table.assign(
        note=np.random.default_rng(0).choice(["a", "b"], len(table)),
        amount=table["income"],
        name=[f"person {i}" for i in range(len(table))],
    )
    table.loc[7, ["note", "name"]] = CANARY_TEXT
    table.loc[7, "amount"] = CANARY_NUMBER
    return table


def every_text_of(card: Scorecard) -> list[str]:
    drawn = [t.get_text() for t in card.plot().findobj(lambda a: hasattr(a, "get_text"))]
    return [
        card.to_json(), str(card.to_dict()), card.to_html(), card._repr_html_(), str(card),
        repr(card), card.table().to_csv(), ranking_page({"one": card, "two": card}, card.table()),
        *drawn, *(frame.to_csv() for frame in card.details.values()),
    ]  # fmt: skip


def assert_no_canary(texts: list[str]) -> None:
    for text in texts:
        assert CANARY_TEXT not in text
        assert "918273645" not in text


def test_no_export_holds_a_row() -> None:
    tables = [with_canaries(clients(300, seed)) for seed in range(3)]
    result = scorecard(*tables, target="bought", group="region")
    assert CANARY_TEXT in set(tables[0]["note"])  # the canary lives
    assert_no_canary(every_text_of(result))
    assert next(iter(result.row_risk.columns)) == "row"
    with pytest.raises(AssertionError):
        assert_no_canary([tables[0].to_csv()])  # the test can fail


def test_nothing_that_the_arena_says_holds_a_row() -> None:
    table = with_canaries(clients(300, 0))
    assert_no_canary(every_text_of(arena.judge(Copycat(), table, "bought", mode="quick")))
    result = arena.compare({"copy": Copycat(), "mc": "monte_carlo"}, table, "bought")
    said = [result._repr_html_(), repr(result), *result.advice(), result.table().to_csv()]
    assert_no_canary(said)
    assert repr(result) == str(result)
    assert "mc" in str(result).split()


def test_what_a_notebook_saves_does_not_say_who_is_exposed(card: Scorecard) -> None:
    """A cell that ends with a card saves its repr: the verdict and the table, no row's risk."""
    assert repr(card) == str(card)
    assert "verdict: good" in repr(card)
    assert card.row_risk is not None  # there is something to say
    assert not {"closeness", "outlier", "exposed"} & set(repr(card).split())


def test_the_repr_of_a_contest_holds_no_row() -> None:
    table = with_canaries(clients(60, 0))
    contest = Contest.of(table, "bought", 0, None, None, None, 0.3, "quick")
    one = table.loc[[7], ["note", "amount"]]  # pandas prints it whole
    few = replace(contest, train=one, holdout=one)
    assert_no_canary([repr(few)])
    with pytest.raises(AssertionError):
        assert_no_canary([repr(few.train)])  # the test can fail


def test_the_picture_has_a_line_for_each_figure(card: Scorecard) -> None:
    axes = card.plot().axes[0]
    drawn = {label.get_text() for label in axes.get_yticklabels()}
    assert {f.title for f in card.figures if np.isfinite(f.value)} <= drawn
    assert "Verdict: good" in axes.get_title(loc="left")


# --- linked tables ----------------------------------------------------------------------------


def shop(customers: int, seed: int, loyal: bool = True) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, customers)
    number = rng.poisson(1 + (age > 50) * 3)
    owner = np.repeat(np.arange(customers), number)
    price = np.exp(2 + 0.02 * (age[owner] if loyal else rng.permutation(age[owner])))
    return {
        "customers": pd.DataFrame({"id": np.arange(customers) + 100, "age": age}),
        "orders": pd.DataFrame(
            {"customer": owner + 100, "price": (price + rng.normal(size=len(owner))).round(2)}
        ),
    }


LINK = "orders.customer = customers.id"


def test_links_of_fresh_tables_hold() -> None:
    line = link_figures(shop(800, 0), shop(800, 1), [LINK]).iloc[0]
    assert line["orphans"] == 0.0
    assert line["cardinality"] > 0.93
    assert line["cross_trends"] > 0.95


def test_broken_links_are_seen() -> None:
    real, fake = shop(800, 0), shop(800, 1, loyal=False)
    fake["orders"].loc[::5, "customer"] = 10**6
    line = link_figures(real, fake, [LINK]).iloc[0]
    assert line["orphans"] == pytest.approx(0.2, abs=0.01)
    assert line["cross_trends"] < 0.7
    one_each = {**shop(800, 1)}
    one_each["orders"] = one_each["orders"].drop_duplicates("customer")
    assert link_figures(real, one_each, [LINK]).iloc[0]["cardinality"] < 0.7


def test_linked_scorecards_work_on_parents() -> None:
    real, fake, held = shop(200, 0), shop(200, 1), shop(120, 2)
    for table, key in (("customers", "id"), ("orders", "customer")):
        held[table][key] += 10_000  # other people
    result = linked_scorecard(real, fake, [LINK], held, mode="quick")
    assert set(result.cards) == {"customers", "orders"}
    assert result.cards["orders"].attack("exact_copies").members < 201
    assert repr(result) == str(result)
    assert LINK in str(result)
    assert str(result.cards["orders"]) in str(result)
    fake["orders"].loc[::3, "customer"] = 10**6
    broken = linked_scorecard(real, fake, [LINK], held, mode="quick")
    assert broken.label == "poor"
    assert "orphans" in broken.reasons[0]
    json.dumps(broken.to_dict(), default=str)


def test_bad_links_are_named() -> None:
    assert str(Link.read(LINK)) == LINK
    with pytest.raises(ParameterError, match="a link must read"):
        Link.read("orders to customers")
    with pytest.raises(DataError, match="must have the column 'who'"):
        link_figures(shop(20, 0), shop(20, 1), ["orders.who = customers.id"])
    with pytest.raises(DataError, match="must name each row once"):
        link_figures(shop(50, 0), shop(50, 1), ["customers.id = orders.customer"])


# --- the arena --------------------------------------------------------------------------------


class Copycat:
    """A technique written in one cell: it keeps the rows and gives them back."""

    def fit(self, table: pd.DataFrame) -> Copycat:
        self.table = table
        return self

    def sample(self, n: int) -> pd.DataFrame:
        return self.table.sample(n, replace=True, random_state=0).reset_index(drop=True)


def test_judge_holds_out_before_fitting_and_catches_a_copycat() -> None:
    table, mine = clients(500, 0), Copycat()
    result = arena.judge(mine, table, target="bought", mode="quick")
    assert result.verdict.label == "copies"
    assert not hasattr(mine, "table")  # a copy was fitted
    assert result.about["rows"] == {"real": 350, "synthetic": 350, "holdout": 150}
    assert "sequential trees" in result["pair_trends"].anchors


def test_judge_takes_names_and_classes_and_units() -> None:
    table = clients(400, 0).assign(who=np.arange(400) // 2)
    for technique in ("monte_carlo", Copycat):
        result = arena.judge(technique, table, unit="who", mode="quick", seeds=2)
        assert "who" not in set(result.details["shapes"]["column"])
        assert result.attack("exact_copies").members == pytest.approx(140, abs=1)
    assert {"column_shapes", "pair_trends", "c2st_auc"} <= set(result.details["seeds"]["figure"])


class Unsteady:
    """Learns something else each time: the size of a shift that its seed draws."""

    def fit(self, table: pd.DataFrame, rng: np.random.Generator) -> Unsteady:
        self.table, self.shift = table, rng.normal(0, 20)
        return self

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        rows = self.table.sample(n, replace=True, random_state=rng).reset_index(drop=True)
        return rows.assign(age=(rows["age"] + self.shift).round().astype(int))


def test_the_interval_over_seeds_covers_other_fits() -> None:
    table = clients(400, 0)
    unsteady = arena.judge(Unsteady(), table, target="bought", mode="quick", seeds=3)
    steady = arena.judge(Copycat(), table, target="bought", mode="quick", seeds=3)
    widths = [np.diff(card["worst_column_shape"].seeds)[0] for card in (unsteady, steady)]
    assert widths[0] > 0.3  # shifts of one standard deviation and more
    assert widths[1] < 1e-9  # it gives the same rows back each time
    assert {"seeds_low", "seeds_high"} <= set(unsteady.table())
    assert "from 3 fits" in unsteady.to_html()
    told = unsteady.to_dict()["fidelity"]["worst_column_shape"]["over_seeds"]
    assert told == pytest.approx(unsteady["worst_column_shape"].seeds)
    once = arena.judge(Copycat(), table, mode="quick", seeds=1)
    assert "seeds_low" not in set(once.table())
    assert "nothing here says how much another fit would differ" in once.to_html()


def test_compare_ranks_the_copycat_last() -> None:
    result = arena.compare({"copy": Copycat(), "mc": "monte_carlo"}, clients(500, 0), "bought")
    assert result.ranking[-1] == "copy"
    table = result.table().set_index("table")
    assert table.loc["copy", "verdict"] == "copies"
    first = table.iloc[0]
    assert first["pairs_difference"] == 0.0
    assert {"shapes_low", "pairs_high", "tstr_difference"} <= set(table)


class Broken:
    """A first draft: it raises, or it makes another column."""

    def __init__(self, raises: bool) -> None:
        self.raises = raises

    def fit(self, table: pd.DataFrame) -> Broken:
        if self.raises:
            raise ZeroDivisionError("my own mistake")
        return self

    def sample(self, n: int) -> pd.DataFrame:
        return pd.DataFrame({"years": np.zeros(n)})


def test_a_technique_that_breaks_is_reported_and_the_others_go_on() -> None:
    told: dict[str, object] = {}
    techniques = {"raises": Broken(True), "mc": "monte_carlo", "other": Broken(False)}
    result = arena.compare(techniques, clients(200, 0), finished=told.__setitem__)
    assert result.ranking == ["mc"]
    assert list(told) == ["raises", "mc", "other"]
    assert result.failed["raises"] == "ZeroDivisionError: my own mistake"
    assert "extra ['years']" in result.failed["other"]
    advice = result.advice()
    assert advice[0].startswith("mc comes first")
    assert advice[1] == "raises: no table. ZeroDivisionError: my own mistake"
    with pytest.raises(DataError, match="at least one technique must make a table"):
        arena.compare({"raises": Broken(True)}, clients(200, 0))


def test_the_advice_says_what_separates_two_of_one_verdict() -> None:
    table = clients(600, 0)
    shuffle = {"mc": "monte_carlo", "shuffle": Shuffle()}
    lines = arena.compare(shuffle, table, "bought").advice()
    assert lines[0].startswith("mc comes first")
    assert "poor" in lines[1]
    twins = arena.compare({"a": Shuffle(), "b": Shuffle()}, table).advice()
    assert "poor as well; a classifier's area is" in twins[1]
    assert twins[1].endswith("nothing else tells them apart.")


class Shuffle:
    """Keeps each column, and nothing between them."""

    def fit(self, table: pd.DataFrame) -> Shuffle:
        self.table = table
        return self

    def sample(self, n: int) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        return pd.DataFrame({c: rng.permutation(self.table[c]) for c in self.table})


def test_the_arena_says_what_a_technique_lacks() -> None:
    with pytest.raises(ParameterError, match=r"must have fit\(df\) and sample\(n\)"):
        arena.judge(object(), clients(50, 0))
    with pytest.raises(ParameterError, match="different names; got 'Copycat'"):
        arena.compare([Copycat(), Copycat()], clients(50, 0))
    with pytest.raises(ParameterError, match="seeds must be a whole number"):
        arena.judge(Copycat(), clients(50, 0), seeds=0)


# --- splitting --------------------------------------------------------------------------------


def test_a_split_parts_the_rows() -> None:
    table = clients(101, 0).assign(row=np.arange(101))
    train, held = split(table, 0.3, rng=4)
    assert (len(train), len(held)) == (71, 30)
    assert sorted([*train["row"], *held["row"]]) == list(range(101))
    again = split(table, 0.3, rng=4)
    pd.testing.assert_frame_equal(held, again[1])


def test_a_split_keeps_units_and_series_together() -> None:
    table = clients(120, 0).assign(who=np.arange(120) % 30, day=np.arange(120)[::-1])
    train, held = split(table, unit="who")
    assert not set(train["who"]) & set(held["who"])
    train, held = split(table, time="day")
    assert train["day"].max() < held["day"].min()
    assert len(held) == 36


def test_bad_splits_are_refused() -> None:
    with pytest.raises(ParameterError, match="share must lie between 0 and 1"):
        split(clients(20, 0), 1.5)
    with pytest.raises(DataError, match="large enough for two sides"):
        split(clients(3, 0))
    with pytest.raises(DataError, match="unit must name a column"):
        split(clients(20, 0), unit="who")


def test_a_note_stands_under_its_figure_and_stays_text(card: Scorecard) -> None:
    table = html_table(["figure", "value"], [[with_note("AUC", "<b>few</b> rows"), "0.5"]])
    assert '<th scope="row">AUC<br><small>&lt;b&gt;few&lt;/b&gt; rows</small></th>' in table
    assert "<small>" not in html_table(["figure"], [[with_note("AUC", "")]])
    noted = [figure for figure in card.figures if figure.note]
    assert noted
    for figure in noted:
        assert f"{escape(figure.title)}<br><small>{escape(figure.note)}</small>" in card.to_html()
