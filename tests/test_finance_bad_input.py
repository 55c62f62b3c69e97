"""What the rules of finance refuse, with the bound in the answer.

What hybrids refuse (constraints, totals) is in ``test_hybrid_errors``.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthkit.errors import ParameterError
from synthkit.techniques.finance import Finance, NewKeynesian, read_rules
from synthkit.techniques.finance.new_keynesian import policy_response


def test_eulers_scheme_with_a_feller_ratio_below_one():
    rates = {"scheme": "euler", "returns_to": "mean",
             "cir": {"speed": 0.2, "mean_pct": 5.0, "sigma": 0.3}}  # fmt: skip
    message = r"sigma must be at most .* = 0\.1414 for Euler's scheme .*got 0\.3, a ratio of 0\.22"
    with pytest.raises(ParameterError, match=message):
        Finance(rules={"rates": rates}).simulate(rng=0)
    exact = Finance(rules={"rates": {**rates, "scheme": "exact"}}, periods=240)
    assert exact.block("rates", rng=0)["short_rate_pct"].min() >= 0
    calm = {**rates, "cir": {**rates["cir"], "sigma": 0.14}}
    Finance(rules={"rates": calm}).block("rates", rng=0)


@pytest.mark.parametrize("model", ["gjr", "garch"])
def test_garch_that_is_not_stationary(model):
    with pytest.raises(ParameterError, match=r"must be stationary: .*< 1; got .*Lower beta below"):
        Finance(rules={"markets": {model: {"beta": 0.99}}}).simulate(rng=0)


def test_a_var_that_is_not_stationary():
    matrix = [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 1.25]]
    with pytest.raises(ParameterError, match=r"below 1 in modulus; the largest is 1\.25"):
        Finance(rules={"var": {"matrix": matrix}}).simulate(rng=0)
    skew = np.eye(3)
    skew[0, 1] = 3
    with pytest.raises(
        ParameterError, match=r"var\.covariance must be symmetric without a nega"
    ):
        Finance(rules={"var": {"covariance": skew.tolist()}}).simulate(rng=0)


def test_an_indeterminate_taylor_rule():
    """Without an answer to the gap the bound is 1; Galí's rule answers it by an eighth."""
    weak = {"inflation_weight": -0.1, "gap_weight": 0.0}
    message = r"inflation_weight must be above 0\.0000, or inflation has no anchor .*got -0\.1"
    with pytest.raises(ParameterError, match=message):
        Finance(rules={"policy": weak}).simulate(rng=0)
    Finance(rules={"policy": {**weak, "inflation_weight": 0.01}}).block("economy", rng=0)
    with pytest.raises(ParameterError, match=r"phi_pi must be above 0\.9927.*got 0\.9"):
        policy_response(NewKeynesian(phi_pi=0.9), 0.25)


def test_a_rule_file_with_an_unknown_key(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text('{\n  "rates": {\n    "cir": {\n      "spead": 1\n    }\n  }\n}\n')
    message = r"rules.json, line 4: rates.cir.spead must be a known rule; .*Did you mean 'speed'\?"
    with pytest.raises(ParameterError, match=message):
        read_rules(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rates": {"level_pct": -1}}, "line 3: rates.level_pct must be 0 or more; got -1"),
        ({"rates": {"floor_pct": -1}}, "line 3: rates.floor_pct must be above 0; got -1"),
        ({"rates": {"vasicek": {"mean_pct": -1}}},
         "line 4: rates.vasicek.mean_pct must be above 0; got -1. The default is 5"),
        ({"fraud": {"cases_per_1000_customers": {"cycle": -1}}},
         "line 4: fraud.cases_per_1000_customers.cycle must be 0 or more; got -1"),
    ],
)  # fmt: skip
def test_a_rule_file_with_a_negative_rate(tmp_path, changes, message):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(changes, indent=1))
    with pytest.raises(ParameterError, match=message):
        Finance(rules=path).simulate(rng=0)
