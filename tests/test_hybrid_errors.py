"""What a hybrid refuses, and how it says so."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import synthkit as sk
from synthkit.errors import DataError, DataWarning, ParameterError
from synthkit.techniques.hybrid import (
    BusinessRule,
    ClassifierWeights,
    Hybrid,
    Linear,
    LinearProjection,
    NormalCore,
    Ordered,
    ParetoTails,
    QuantileMatch,
    Raking,
    Range,
    Refinement,
)
from synthkit.techniques.hybrid.constraints import contradiction

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({
    "net": RNG.lognormal(3, 0.4, 400), "tax": RNG.lognormal(1, 0.4, 400),
    "sex": RNG.choice(["F", "M"], 400), "children": RNG.poisson(1.0, 400),
})  # fmt: skip
CANCER = sk.load("breast_cancer").iloc[:, :10]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"core": 3}, r"core must be a technique or None; got 3. Pass e.g. sk.Trees\(\)."),
        ({"refine": ("match",)}, r"refine must be a sequence of Refinement objects; got \['match'"),
        ({"refine": QuantileMatch()}, "refine must be a sequence of Refinement objects"),
        ({"constraints": (3,)}, r"constraints must be a sequence of Constraint objects; got \[3\]"),
        ({"max_broken": 1.0}, r"max_broken must be a share in \[0, 1\); got 1.0. Try 0.5."),
        ({"refine": (QuantileMatch(columns=["sex"]),)},
         r"columns of QuantileMatch must name numeric columns of the table; got 'sex'"),
        ({"refine": (ParetoTails(tail=0.7),)}, r"tail must be a share in \(0, 0.5\); got 0.7"),
        ({"refine": (ParetoTails(side="top"),)}, "side must be 'upper', 'lower' or 'both'"),
        ({"refine": (ClassifierWeights(max_weight=0.5),)},
         "max_weight must be a number of 1 or more; got 0.5. Try 8."),
        ({"refine": (ClassifierWeights(bins=1),)}, "bins must be a whole number >= 2; got 1"),
        ({"refine": (LinearProjection(equations=[]),)}, "equations must hold at least one"),
        ({"refine": (LinearProjection(equations=[{"net": 1}], totals=[1, 2]),)},
         "totals must be one for each of 1 equations; got 2"),
        ({"refine": (LinearProjection(equations=[{"children": 1.0, "net": -1.0}]),)},
         r"column 'children' is int64, which can't move by fractions. Convert it: df.astype"),
        ({"refine": (BusinessRule(column="tax"),)}, "must be either sums or product"),
        ({"refine": (BusinessRule(column="tax", sums={"tax": 1}),)}, "must not use itself"),
        ({"refine": (BusinessRule(column="tax", product={"net": 1}, factor=-1.0),)},
         "factor must be finite, and above 0 for a product; got -1.0"),
        ({"refine": (Raking(totals={}),)}, "totals must name at least one column; got none"),
        ({"refine": (Raking(totals={"sex": {"F": -1, "M": 2}}),)},
         r"totals of column 'sex' must be 0 or more, and not all 0; got \{'F': -1\}"),
        ({"refine": (Raking(totals={"sex": {"F": 1}}),)},
         "totals of column 'sex' must list every level; 'M' is not listed"),
    ],
)  # fmt: skip
def test_bad_settings_name_the_parameter_and_the_range(settings, message):
    with pytest.raises(ParameterError, match=message):
        Hybrid(**settings).fit(TABLE, rng=0)


def test_raking_totals_that_disagree_are_named():
    totals = {"sex": {"F": 510, "M": 490}, "children": dict.fromkeys(range(8), 100)}
    message = "same grand total; got 1000 for 'sex' and 800 for 'children'"
    with pytest.raises(ParameterError, match=message):
        Hybrid(refine=(Raking(totals=totals),)).fit(TABLE, rng=0)


def test_raking_totals_out_of_reach_are_named():
    """All men are in the east, so that more men than people there can't be."""
    table = pd.DataFrame({"sex": ["F"] * 60 + ["M"] * 40,
                          "region": ["east"] * 30 + ["west"] * 30 + ["east"] * 40})  # fmt: skip
    totals = {"sex": {"F": 0.2, "M": 0.8}, "region": {"east": 0.5, "west": 0.5}}
    with pytest.raises(ParameterError, match=r"totals can't be met: column 'sex' must reach"):
        Hybrid(core=sk.Bootstrap(), refine=(Raking(totals=totals),)).fit(table, rng=0)


def test_contradicting_constraints_are_named_and_only_those():
    low, high = Range("net", low=5), Ordered("net", "tax")
    clash, bystander = Range("tax", high=2), Range("children", low=0)
    assert contradiction([bystander, low, high]) == []
    assert contradiction([bystander, low, high, clash]) == [low, high, clash]
    with pytest.raises(ParameterError) as caught:
        Hybrid(constraints=(bystander, low, high, clash)).fit(TABLE, rng=0)
    assert "got a contradiction: 5 <= net; net <= tax; tax <= 2. Drop" in str(caught.value)
    assert "children" not in str(caught.value)
    equations = LinearProjection(equations=[{"net": 1, "tax": 1}, {"net": 2, "tax": 2}],
                                 totals=[1.0, 3.0])  # fmt: skip
    with pytest.raises(ParameterError, match=re.escape("net + tax = 1; 2 net + 2 tax = 3")):
        Hybrid(refine=(equations,)).fit(TABLE, rng=0)


def test_constraints_must_make_sense_and_name_columns():
    with pytest.raises(ParameterError, match="'net' must have low <= high; got 3 and 2"):
        Range("net", low=3, high=2)
    with pytest.raises(ParameterError, match="finite weights, one of them not 0"):
        Linear({"net": 0.0})
    with pytest.raises(DataError, match="'0 <= gross' must name columns of the table; got 'gross'"):
        Hybrid(constraints=(Range("gross", low=0),)).fit(TABLE, rng=0)


def test_a_chain_that_breaks_its_own_promise_is_refused_with_the_culprit():
    real = TABLE[["net", "tax"]].assign(gross=TABLE["net"] + TABLE["tax"])
    projection = LinearProjection(equations=[{"net": 1.0, "tax": 1.0, "gross": -1.0}])
    with pytest.raises(ParameterError, match="100% of the rows since QuantileMatch"):
        Hybrid(refine=(projection, QuantileMatch())).fit(real, rng=0)
    Hybrid(refine=(QuantileMatch(), projection)).fit(real, rng=0)  # the other order stands


def test_totals_spoilt_by_a_later_step_are_refused():
    class OnlyWomen(Refinement):
        def apply(self, table, rng):
            return table[(table["sex"] == "F") | (rng.random(len(table)) < 0.5)]

    totals = {"sex": {"F": 0.5, "M": 0.5}}
    with pytest.raises(ParameterError, match=r"'totals of sex' must hold.*since OnlyWomen"):
        Hybrid(refine=(Raking(totals=totals), OnlyWomen())).fit(TABLE, rng=0)


def test_own_refinements_work_but_are_not_saved(tmp_path):
    class Doubled(Refinement):
        def apply(self, table, rng):
            return table.assign(net=table["net"] * 2)

    hybrid = Hybrid(refine=(Doubled(),)).fit(TABLE, rng=0)
    assert hybrid.sample(2_000, rng=1)["net"].mean() > 1.8 * TABLE["net"].mean()
    with pytest.raises(ParameterError, match="refinements must be the kit's own to be saved"):
        hybrid.save(tmp_path / "x")
    plain = Hybrid(core=NormalCore()).fit(CANCER, rng=0)
    with pytest.raises(ParameterError, match="core must be the kit's own to be saved"):
        plain.save(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_step_that_rejects_nearly_everything_is_refused():
    class Nothing(Refinement):
        def apply(self, table, rng):
            return table.iloc[:0]

    with pytest.raises(ParameterError, match=r"step 1, Nothing\(\), left 0 of 20,000"):
        Hybrid(refine=(Nothing(),)).fit(TABLE, rng=0)
    with pytest.raises(ParameterError, match="must hold behind the last refinement"):
        Hybrid(constraints=(Range("net", low=1e6),)).fit(TABLE, rng=0)


def test_weights_that_collapse_warn_with_the_effective_sample_size():
    class Far(sk.Synthesizer):
        name = "far"

        def _fit(self, table, rng):
            self.center_ = 0

        def _sample_block(self, n, rng, given):
            return pd.DataFrame({"x": rng.normal(4.0, 1.0, n)})

    real = pd.DataFrame({"x": np.random.default_rng(0).normal(0, 1, 500)})
    with pytest.warns(DataWarning, match="effective sample size"):
        Hybrid(core=Far(), refine=(ClassifierWeights(),)).fit(real, rng=0)


def test_constraints_hold_in_every_sampled_row_and_given_is_guarded():
    hybrid = Hybrid(constraints=(Ordered("tax", "net"), Range("children", low=1)))
    hybrid.fit(TABLE, rng=0)
    fake = hybrid.sample(3_000, rng=1)
    assert (fake["tax"] <= fake["net"]).all() and (fake["children"] >= 1).all()
    assert (TABLE["children"] < 1).any()
    assert (hybrid.sample(50, rng=1, given={"sex": "F"})["sex"] == "F").all()
    matched = Hybrid(refine=(QuantileMatch(),)).fit(TABLE, rng=0)
    with pytest.raises(ParameterError, match="given must name columns that no refinement moves"):
        matched.sample(5, given={"net": 20.0})


def test_core_of_plain_normals_refuses_categories_by_name():
    with pytest.raises(DataError, match="column 'sex' must be numeric without missing values"):
        Hybrid(core=NormalCore()).fit(TABLE)
    with pytest.raises(ParameterError, match="NormalCore can't draw with given values"):
        NormalCore().fit(CANCER).sample(2, given={"radius": 1.0})


def test_rules_give_the_middle_and_the_table_the_scatter():
    """Area = π radius² on real tumours, with the real scatter around it."""
    rule = BusinessRule(column="area", product={"radius": 2.0}, factor=np.pi)
    fake = Hybrid(core=NormalCore(), refine=(QuantileMatch(), rule)).fit(CANCER, rng=0).sample(
        5_000, rng=1)  # fmt: skip
    ratio = np.log(fake["area"] / (np.pi * fake["radius"] ** 2))
    real = np.log(CANCER["area"] / (np.pi * CANCER["radius"] ** 2))
    # Standard deviations of 569 and 5,000 rows with heavy tails: a tenth is some four errors.
    assert ratio.std() == pytest.approx(real.std(), rel=0.1)
    assert ratio.median() == pytest.approx(real.median(), abs=5 * 1.25 * real.std() / 569**0.5)
    without = Hybrid(core=NormalCore(), refine=(QuantileMatch(),)).fit(CANCER, rng=0)
    loose = without.sample(5_000, rng=1)
    assert np.log(loose["area"] / (np.pi * loose["radius"] ** 2)).std() > 1.5 * real.std()


def test_sum_rules_and_rules_that_never_apply():
    rule = BusinessRule(column="tax", sums={"net": 0.2})
    fake = Hybrid(refine=(rule,)).fit(TABLE, rng=0).sample(1_000, rng=1)
    assert list(fake.columns) == list(TABLE.columns)
    never = TABLE.assign(net=-TABLE["net"])
    with pytest.raises(DataError, match="must have rows in which it can be computed"):
        Hybrid(refine=(BusinessRule(column="tax", product={"net": 1.0}),)).fit(never, rng=0)


def test_too_few_excesses_are_refused():
    with pytest.raises(DataError, match="at least 20 excesses; got"):
        Hybrid(refine=(ParetoTails(columns=["net"], tail=0.02),)).fit(TABLE, rng=0)
