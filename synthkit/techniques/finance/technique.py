"""Finance: the whole world of rules, or any block of it alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synthkit.base import Simulator
from synthkit.errors import DataError, ParameterError
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.finance.bank import (
    employment,
    make_accounts,
    make_customers,
    make_loans,
    make_merchants,
)
from synthkit.techniques.finance.economy import economy_path
from synthkit.techniques.finance.learn import learn, overlay
from synthkit.techniques.finance.rules import merged, read_rules
from synthkit.techniques.finance.world import block_table, require_consistent, world_tables

# A run of one block alone covers at most this many months, so that dates stay within datetime64.
MAX_MONTHS = 1_200
BANK = ("transactions", "customers", "accounts", "merchants", "loans")


class Finance(Simulator):
    """An economy, its interest rates and markets, and a bank with labelled fraud, by rules.

    Parameters
    ----------
    rules : dict, path of a .json or .toml file, or None
        What differs from the default rules; ``write_rules(path)`` writes those to start from.
    customers : int
        1 or more.
    start : str
        First month, such as '2024-01'.
    periods : int
        Months of a run, 1 or more.

    Attributes
    ----------
    calibrated_ : dict
        Rules that ``fit`` learned; ``rules`` as a dict lies on top, a file takes their place.
    standard_errors_ : list of [block, parameter, estimate, standard error, used]
        See :meth:`calibration`.

    Examples
    --------
    >>> tables = Finance(customers=50, periods=3).simulate(rng=0)
    >>> sorted(tables)[:3]
    ['accounts', 'customers', 'economy']
    """

    name: ClassVar[str] = "finance"
    tables: tuple[str, ...] = (*BANK, "economy", "rates", "markets")

    def __init__(
        self,
        *,
        rules: Mapping[str, Any] | str | Path | None = None,
        customers: int = 200,
        start: str = "2024-01",
        periods: int = 12,
    ) -> None:
        self.rules = rules
        self.customers = customers
        self.start = start
        self.periods = periods

    def simulate(
        self, *, start: str | None = None, periods: int | None = None, rng: RandomState = None
    ) -> dict[str, pd.DataFrame]:
        """Make one consistent set of all tables.

        Parameters
        ----------
        start : str, optional
            First month; the constructor's where absent.
        periods : int, optional
            Months.
        rng : None, int or numpy.random.Generator

        Returns
        -------
        dict of str to DataFrame
            ``transactions customers accounts merchants loans economy rates markets``.

        Raises
        ------
        ParameterError
            For a setting or rule outside its range.
        """
        start = self.start if start is None else start
        periods = self.periods if periods is None else periods
        rules = self._checked(start, periods)
        return world_tables(rules, self.customers, _months(start, periods), as_generator(rng))

    def block(
        self, table: str, *, periods: int | None = None, rng: RandomState = None
    ) -> pd.DataFrame:
        """Return one table of a run, making as little of the rest as it needs: a block alone."""
        periods = self.periods if periods is None else periods
        rules = self._checked(self.start, periods)
        table = self._checked_table(table)
        generator = as_generator(rng)
        months = _months(self.start, periods)
        if table == "transactions":
            return world_tables(rules, self.customers, months, generator)[table]
        if table in BANK:
            return self._bank_block(table, rules, months, generator)
        path = economy_path(rules, len(months), generator)
        return block_table(table, rules, path, months, generator)

    def _bank_block(
        self,
        table: str,
        rules: Mapping[str, Any],
        months: pd.DatetimeIndex,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Return a table of the bank that needs no transactions."""
        if table == "merchants":
            return make_merchants(self.customers, rules, rng)
        if table == "accounts":
            return make_accounts(self.customers, months[0], rng)
        people = make_customers(self.customers, rules, months[0].year, rng)
        if table == "customers":
            return people
        path = economy_path(rules, len(months), rng)
        jobs = employment(self.customers, path, rules, rng)
        return make_loans(people, jobs, path, rules, months, rng)[0]

    def _simulate(self, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
        return self.simulate(rng=rng)

    def _rows(self, table: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Return n rows: of a block alone in long runs, of the bank in whole worlds."""
        if table == "transactions":
            return super()._rows(table, n, rng)
        long = self.periods if table in BANK else min(max(self.periods, n), MAX_MONTHS)
        pieces: list[pd.DataFrame] = []
        rows = 0
        for _ in range(n + 100):  # a run of few customers may have no loan
            piece = self.block(table, periods=long, rng=rng)
            pieces.append(self._number_identifiers(piece, rows))
            rows += len(piece)
            if rows >= n:
                return pd.concat(pieces, ignore_index=True).iloc[:n]
        raise ParameterError(
            f"a run must leave rows in the table {table!r}; most left none. Ask for more customers."
        )

    def _check_parameters(self) -> None:
        self._checked(self.start, self.periods)

    def _checked(self, start: Any, periods: Any) -> dict[str, Any]:
        """Return the rules in force, after checks of every setting."""
        for name, value, high in (
            ("customers", self.customers, 10_000_000), ("periods", periods, MAX_MONTHS),
        ):  # fmt: skip
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            if not whole or not 1 <= value <= high:
                raise ParameterError(
                    f"{name} must be a whole number from 1 to {high:,}; got {value!r}. "
                    "Make more in several runs."
                )
        try:
            first = pd.Period(start, freq="M")
        except (ValueError, TypeError) as error:
            raise ParameterError(
                f"start must be a month such as '2024-01'; got {start!r} ({error})."
            ) from error
        if not 1700 <= getattr(first, "year", 0) <= 2150:
            raise ParameterError(
                f"start must be a month from 1700 to 2150; got {start!r}. Try '2024-01'."
            )
        learned = getattr(self, "calibrated_", {})
        rules = read_rules(self.rules)
        if learned and not isinstance(self.rules, (str, Path)):  # a file says all by itself
            rules = overlay(merged(learned, ""), self.rules or {})
        require_consistent(rules)
        return rules

    # --- calibration ------------------------------------------------------------------------

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Calibrate every block for which the table has a series."""
        self.calibrated_: dict[str, Any]
        self.standard_errors_: list[list[Any]]
        self.calibrated_, self.standard_errors_ = learn(table, read_rules(self.rules))

    def calibration(self) -> pd.DataFrame:
        """Return what ``fit`` learned: block, parameter, estimate, standard error, and use.

        The standard error is NaN where the estimate lies at the edge of its range.  A block is not
        used where no run could follow it: ``fit`` warned of it, and the default stays.
        """
        if not hasattr(self, "standard_errors_"):
            raise DataError("calibration must follow fit(table); nothing was fitted. Fit first.")
        names = ["block", "parameter", "estimate", "standard_error", "used"]
        return pd.DataFrame(self.standard_errors_, columns=names)


def _months(start: str, periods: int) -> pd.DatetimeIndex:
    return pd.date_range(pd.Period(start, freq="M").to_timestamp(), periods=periods, freq="MS")
