"""Finance by rules: an economy, its rates and markets, and a bank with labelled fraud.

Read the files in this order: ``rules`` (the rule file and its checks; the defaults are in
``rules.json``), ``economy``, ``rates``, ``markets``, ``new_keynesian`` (where a policy rule loses
its grip), ``bank`` and ``fraud`` (customers, transactions, typologies), ``benford`` (first digits),
``world`` (all of it in one run); then parameters from real series: ``calibrate``, ``regimes``,
``calibrate_economy`` and ``learn``; last ``technique`` (the class) and ``failures``.
"""

from synthkit.techniques.finance.failures import FAILURES
from synthkit.techniques.finance.markets import Gjr, gjr_paths
from synthkit.techniques.finance.new_keynesian import NewKeynesian
from synthkit.techniques.finance.rules import default_rules, read_rules, write_rules
from synthkit.techniques.finance.technique import Finance

Finance.failures = FAILURES

__all__ = [
    "FAILURES",
    "Finance",
    "Gjr",
    "NewKeynesian",
    "default_rules",
    "gjr_paths",
    "read_rules",
    "write_rules",
]
