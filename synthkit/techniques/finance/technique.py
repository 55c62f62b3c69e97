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
    bank_tables,
    employment,
    make_accounts,
    make_customers,
    make_loans,
    make_merchants,
)
from synthkit.techniques.finance.calibrate import (
    Fit,
    fit_cir,
    fit_gjr,
    fit_regimes,
    least_squares,
)
from synthkit.techniques.finance.economy import economy_path
from synthkit.techniques.finance.markets import Gjr, correlated_noise, gjr_paths, merton_returns
from synthkit.techniques.finance.rates import cir_step, nelson_siegel
from synthkit.techniques.finance.rules import merged, read_rules

ASSETS = ("index", "banks", "technology")
MONTH = 1 / 12  # of a year
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
    standard_errors_ : list of [block, parameter, estimate, standard error]
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
        return _world(rules, self.customers, _months(start, periods), as_generator(rng))

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
            return _world(rules, self.customers, months, generator)[table]
        if table in BANK:
            return self._bank_block(table, rules, months, generator)
        path = economy_path(rules, len(months), generator)
        return _block(table, rules, path, months, generator)

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
            rules = _overlay(merged(learned, ""), self.rules or {})
        gjr_of(rules).check()
        return rules

    # --- calibration ------------------------------------------------------------------------

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        """Calibrate every block for which the table has a series."""
        self.calibrated_: dict[str, Any] = {}
        self.standard_errors_: list[list[Any]] = []
        if "realgdp" in table:
            self._fit_economy(table)
        if "tbilrate" in table:
            self._fit_rates(table["tbilrate"].to_numpy(dtype=float))
        price = next((c for c in ("adj_close", "close") if c in table), None)
        if price is not None:
            series = table[price].dropna().to_numpy(dtype=float)
            self._fit_markets(series)
        if not self.calibrated_:
            raise DataError(
                "the table must have a series to calibrate on: 'realgdp' with 'unemp' and 'infl' "
                "(macrodata), 'tbilrate', or 'adj_close' or 'close' (sp500, vix); "
                f"got {list(table.columns)[:20]}. Rename a column."
            )

    def _keep(self, block: str, fit: Fit) -> None:
        for name, value in fit.estimates.items():
            self.standard_errors_.append([block, name, value, fit.errors[name]])

    def _fit_economy(self, table: pd.DataFrame) -> None:
        growth = 100 * np.diff(np.log(table["realgdp"].to_numpy(dtype=float)))  # % a quarter
        regimes = fit_regimes(growth, switching_variance=False)
        self._keep("cycle", regimes)
        e = regimes.estimates
        self.calibrated_["cycle"] = {
            "stay_recession": e["stay_0"], "stay_expansion": e["stay_1"],
            "growth_recession": 4 * e["mean_0"], "growth_expansion": 4 * e["mean_1"],
        }  # fmt: skip
        if "unemp" in table:
            change, year = okun_series(table)
            fit, _ = least_squares(change, year[:, None], ("constant", "growth"))
            self._keep("okun", fit)
            okun = -fit.estimates["growth"]
            self.calibrated_["labour"] = {
                "okun": okun, "breakeven": fit.estimates["constant"] / okun,
                "natural": float(table["unemp"].mean()),
            }  # fmt: skip

    def _fit_rates(self, percent: np.ndarray) -> None:
        fit = fit_cir(percent[percent > 0], 0.25)
        self._keep("rates", fit)
        e = fit.estimates  # in per cent: √% becomes √decimal by √100
        self.calibrated_["rates"] = {"speed": e["speed"], "sigma": e["sigma"] / 10}

    def _fit_markets(self, prices: np.ndarray) -> None:
        if not prices.min() > 0:
            raise DataError(
                f"prices must be above 0; got {prices.min():g} in row {int(prices.argmin())}. "
                "Leave that piece out."
            )
        fit = fit_gjr(100 * np.diff(np.log(prices)))
        self._keep("markets", fit)
        self.calibrated_["markets"] = dict(fit.estimates)

    def calibration(self) -> pd.DataFrame:
        """Return what ``fit`` learned: block, parameter, estimate and standard error.

        The standard error is NaN where the estimate lies at the edge of its range.
        """
        if not hasattr(self, "standard_errors_"):
            raise DataError("calibration must follow fit(table); nothing was fitted. Fit first.")
        names = ["block", "parameter", "estimate", "standard_error"]
        return pd.DataFrame(self.standard_errors_, columns=names)


def okun_series(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return yearly changes of unemployment (points) and yearly growth (%), from quarters."""
    u, gdp = (table[name].to_numpy(dtype=float) for name in ("unemp", "realgdp"))
    years = len(u) // 4
    yearly_u, yearly_gdp = (x[: 4 * years].reshape(years, 4).mean(axis=1) for x in (u, gdp))
    return np.diff(yearly_u), 100 * np.diff(np.log(yearly_gdp))


def gjr_of(rules: Mapping[str, Any]) -> Gjr:
    """Return the markets' GARCH parameters."""
    group = rules["markets"]
    return Gjr(**{k: group[k] for k in ("mu", "omega", "alpha", "gamma", "beta", "dof")})


def _overlay(rules: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules with (already checked) changes on top."""
    for key, value in changes.items():
        rules[key] = _overlay(rules[key], value) if isinstance(value, Mapping) else value
    return rules


def _months(start: str, periods: int) -> pd.DatetimeIndex:
    return pd.date_range(pd.Period(start, freq="M").to_timestamp(), periods=periods, freq="MS")


def _world(
    rules: Mapping[str, Any], customers: int, months: pd.DatetimeIndex, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return all tables of one run; the bank, the rates and the markets share one economy."""
    path = economy_path(rules, len(months), rng)
    found = bank_tables(rules, customers, path, months, rng)
    blocks = {t: _block(t, rules, path, months, rng) for t in ("economy", "rates", "markets")}
    return {**found, **blocks}


def _block(
    table: str,
    rules: Mapping[str, Any],
    path: Mapping[str, np.ndarray],
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    if table == "economy":
        named = np.array(["recession", "expansion"])[path["regime"]]
        rounded = {k: np.round(v, 3) for k, v in path.items() if k != "regime"}
        return pd.DataFrame({"month": months, "regime": named, **rounded})
    if table == "rates":
        return _rates_table(rules["rates"], path["policy_rate_pct"], months, rng)
    return _markets_table(rules, path["regime"], months, rng)


def _rates_table(
    group: Mapping[str, Any],
    policy: np.ndarray,
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the short rate, drawn around the policy rate, and the curve of each month."""
    mean = np.maximum(policy, group["floor_pct"]) / 100
    short = np.empty(len(months))
    r = mean[:1]
    for t in range(len(months)):
        r = cir_step(
            r, speed=group["speed"], mean=mean[t], sigma=group["sigma"], dt=MONTH, rng=rng
        )
        short[t] = 100 * r[0]
    wander = np.cumsum(group["level_sd_pct"] * rng.standard_normal(len(months)))
    level = np.maximum(group["level_pct"] + wander, 0.0)
    hump = group["curvature_pct"] * rng.standard_normal(len(months))
    maturities = np.array(group["maturities_months"], dtype=np.float64)
    curve = nelson_siegel(maturities, level, short - level, hump)
    yields = {f"yield_{int(m)}m_pct": np.round(curve[:, k], 3) for k, m in enumerate(maturities)}
    return pd.DataFrame({"month": months, "short_rate_pct": np.round(short, 4), **yields})


def _markets_table(
    rules: Mapping[str, Any],
    regimes: np.ndarray,
    months: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return daily prices of correlated assets with jumps; recessions are rougher."""
    group = rules["markets"]
    days = pd.bdate_range(months[0], months[-1] + pd.offsets.MonthEnd(1))
    month = np.searchsorted(months.to_numpy(), days.to_numpy(), side="right") - 1
    k = len(ASSETS)
    R = np.full((k, k), group["correlation"]) + (1 - group["correlation"]) * np.eye(k)
    z = correlated_noise(R, group["dof"], len(days), rng)
    returns, sds = gjr_paths(gjr_of(rules), k, len(days), rng, z)  # (days, k)
    rough = np.where(regimes[month] == 0, group["recession_volatility"], 1.0)[:, None]
    jumps = merton_returns(
        len(days), sigma=0.0, jumps_a_year=group["jumps_a_year"],
        jump_mean=group["jump_mean_pct"], jump_sd=group["jump_sd_pct"], rng=rng,
    )  # fmt: skip
    returns = returns * rough + jumps[:, None]
    prices = 100 * np.exp(np.cumsum(returns / 100, axis=0))
    return pd.DataFrame({
        "date": np.repeat(days.to_numpy(), k),
        "asset": pd.Categorical(np.tile(ASSETS, len(days)), ASSETS),
        "price": np.round(prices.ravel(), 4),
        "return_pct": np.round(returns.ravel(), 4),
        "volatility_pct": np.round((sds * rough).ravel(), 4),
    })  # fmt: skip
