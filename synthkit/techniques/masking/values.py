"""Invented values: names, streets and towns from lists, chosen by number for many rows at once.

A substitute is looked up, not generated: 64 keyed bits of the original choose a given name and a
family name, so the same person gets the same invented name in every table and process, and nobody
without the key can tell which.  Two people may share an invented name, as people do.

The built-in lists are part of what a key means: they never change.  Other locales come from
Faker's own lists (``locale="de_DE"``), and then depend on its version.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthkit.errors import MissingExtraError, ParameterError
from synthkit.rng import RandomState, as_generator


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = _words(
    "Ada Adam Aisha Alan Alba Alice Amara Amir Ana Andre Anika Anton Ariel Arjun Astrid August "
    "Ayumi Beata Bela Bianca Boris Bruno Camila Carlos Carmen Cecil Celia Chloe Clara Claude Cora "
    "Cyril Dalia Daniel Daria David Delia Diego Dina Dora Edgar Edith Elena Elias Elif Ella Elsa "
    "Emil Emma Enzo Erik Esme Esther Eva Fabian Farid Fatima Felix Fiona Flora Franz Freya Gemma "
    "Georg Gita Greta Gustav Hana Hannah Hassan Hector Heidi Helen Henry Hugo Ida Igor Ilse Imran "
    "Ines Ingrid Irene Iris Isaac Ivan Jana Jasper Jonas Josefa Judith Julia Kai Karim Karin Kate "
    "Kenji Khalid Klara Lara Lars Laura Layla Lea Leo Leon Lina Linh Lucia Luis Luka Maja Malik "
    "Marco Maria Marta Mateo Maya Mei Mila Mina Mira Nadia Naomi Nils Nina Noah Nora Olga Omar "
    "Oscar Otto Pablo Paula Pedro Petra Philip Pia Priya Rafael Rania Rosa Ruben Ruth Samir Sara "
    "Selma Silas Simon Sofia Stefan Sunil Tamar Tara Teo Tessa Theo Tim Uma Ute Vera Victor Wanda "
    "Wen Xenia Yara Yusuf Zara Zoe"
)
FAMILY = _words(
    "Abbott Acosta Adler Ahmed Alvarez Amari Andersen Arnold Asante Bailey Banerjee Barton Bauer "
    "Becker Bell Bennett Berger Bianchi Bishop Blanc Boateng Borg Brandt Brennan Brooks Bruno "
    "Burke Butler Calder Campos Carter Castro Chandra Chen Cheng Clarke Cohen Costa Crane Cruz "
    "Dahl Daly Das Delgado Diaz Dietrich Duarte Dubois Ekberg Ellis Engel Eriksen Evans Farrell "
    "Faure Fekete Ferrari Fischer Fleming Flores Fontaine Forsberg Foster Fraser Fuchs Fujita "
    "Gallo Garcia Garner Gibson Gomes Graf Grant Greco Gupta Haas Hahn Hansen Harper Hassan "
    "Hayashi Hayes Heller Herrera Hoffman Holm Horvat Hughes Hussain Ibarra Ishii Ivanov Jansen "
    "Jensen Joshi Kaiser Kamau Kang Kaplan Kapoor Kato Keller Kelly Khan Kimura Klein Kovacs "
    "Kramer Kumar Lang Larsen Laurent Leclerc Lehmann Leone Lim Lindgren Lopez Lorenz Lowe Lund "
    "Maier Malik Marino Martin Massey Mbeki Mendes Meyer Molina Moreau Moretti Morris Murphy Nagy "
    "Nair Nakamura Navarro Neumann Nguyen Nielsen Novak Nowak Okafor Olsen Ortiz Osei Owens "
    "Palmer Park Patel Pavlov Pereira Perez Petrov Pham Pinto Popov Porter Prasad Price Quinn "
    "Ramos Rao Reyes Ricci Rivera Romano Rossi Roth Rousseau Roy Ruiz Saito Sala Salazar Santos "
    "Sato Schmid Schreiber Sharma Shaw Silva Singh Soto Souza Stein Suzuki Svensson Takeda Tan "
    "Tanaka Torres Toth Tran Tucker Ueda Vargas Vasquez Vega Vidal Vogel Wagner Walsh Wang Weber "
    "Weiss Wong Yamada Yang Young Zhang Ziegler Zimmer"
)
STREETS = _words(
    "Acacia Alder Ash Aspen Bay Beech Birch Bridge Castle Cedar Chapel Cherry Church Clover "
    "College Copper Elm Fern Field Garden Grove Harbour Hazel Heather High Hill Holly Ivy Juniper "
    "King Lake Laurel Lilac Lime Linden Lower Maple Market Meadow Mill North Oak Orchard Park "
    "Pine Poplar Quarry Queen River Rose Rowan School South Spring Spruce Station Stone Sycamore "
    "Thistle Upper Valley Victoria Vine Walnut Water Well West Willow Wood Yew"
)
STREET_KINDS = _words("Street Road Lane Avenue Way Close Court Drive")
TOWNS = _words(
    "Alderby Ashwick Barrowdale Beechford Birchley Blackmere Brackenham Bridgeby Castleton "
    "Cedarholm Clearwater Copperfield Cranmoor Deepwell Eastmarsh Elmstead Fairhaven Fernley "
    "Foxhollow Glenbrook Greywick Hartsmere Hazelby Highmoor Hollowell Ironbridge Kestrelford "
    "Kingsmere Lakeby Larkhill Lindenau Longmarsh Marlowe Meadowick Millbrook Newhaven Northolm "
    "Oakhurst Otterby Pinecrest Quarrington Ravensby Redcliff Ridgeway Riverton Rosehill Rowanby "
    "Saltmarsh Sandwick Silverby Southmoor Springwell Stonebridge Summerley Thornwick Valebrook "
    "Westmere Whitcombe Willowby Windmere Woodford Yarrowby"
)
PERSON_KINDS = ("name", "given_name", "family_name", "address", "city", "username", "company")


def name_lists(locale: str = "") -> tuple[NDArray[Any], NDArray[Any]]:
    """Return given and family names of a locale; the built-in lists for ``""``.

    Raises
    ------
    MissingExtraError
        For a locale, without the package Faker.
    ParameterError
        If Faker has no names for the locale.
    """
    if not locale:
        return np.array(GIVEN, dtype=object), np.array(FAMILY, dtype=object)
    try:
        import faker  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"names of locale {locale!r} come from the package 'faker', which is not installed. "
            "Run: pip install 'synthkit-lab[masking]', or leave locale out."
        ) from error
    try:
        person = importlib.import_module(f"faker.providers.person.{locale}").Provider
        given, family = list(person.first_names), list(person.last_names)
    except (ImportError, AttributeError) as error:
        raise ParameterError(
            f"locale must be one for which Faker has first and last names; got {locale!r}. "
            "Try 'en_US', 'de_DE' or 'fr_FR'."
        ) from error
    return np.array(given, dtype=object), np.array(family, dtype=object)


def pick(values: NDArray[Any] | list[str], bits: NDArray[np.uint64], shift: int) -> NDArray[Any]:
    """Choose from a list by ``bits >> shift``: (n,)."""
    table = np.asarray(values, dtype=object)
    number = (bits >> np.uint64(shift)) % np.uint64(len(table))
    return table[number.astype(np.intp)]


def substitutes(kind: str, bits: NDArray[np.uint64], locale: str = "") -> NDArray[Any]:
    """Return an invented value for each 64 bits: (n,) text."""
    given, family = name_lists(locale)
    if kind == "given_name":
        return pick(given, bits, 0)
    if kind == "family_name":
        return pick(family, bits, 16)
    if kind == "name":
        return pick(given, bits, 0) + " " + pick(family, bits, 16)
    if kind == "username":
        return pick(given, bits, 0) + _numbers(bits, 32, 1_000_000)
    if kind == "company":
        return pick(family, bits, 0) + " & " + pick(family, bits, 16)
    if kind == "city":
        return pick(TOWNS, bits, 0)
    if kind == "address":
        street = pick(STREETS, bits, 0) + " " + pick(STREET_KINDS, bits, 16)
        return _numbers(bits, 32, 250) + " " + street + ", " + pick(TOWNS, bits, 24)
    raise ParameterError(
        f"kind must be one of {', '.join(PERSON_KINDS)} to be substituted; got {kind!r}. "
        "Use action 'pseudonymise' for other kinds."
    )


def _numbers(bits: NDArray[np.uint64], shift: int, below: int) -> NDArray[Any]:
    """Return the text of a whole number from 1 to ``below``."""
    names = np.array([str(i + 1) for i in range(min(below, 1000))], dtype=object)
    number = ((bits >> np.uint64(shift)) % np.uint64(below)).astype(np.intp)
    if below <= 1000:
        return names[number]
    return np.array([str(i + 1) for i in number], dtype=object)


def invent_people(n: int, *, rng: RandomState = None, locale: str = "") -> pd.DataFrame:
    """Return ``n`` invented people: six columns of identity, none of them anybody's.

    Parameters
    ----------
    n : int
    rng : None, int or numpy.random.Generator
    locale : str, default ""
        Built-in names, or a locale of Faker's such as ``"de_DE"``.

    Returns
    -------
    DataFrame
        Columns ``name email phone street city birth_date``; e-mail addresses are in the reserved
        domain example.com, telephone numbers in the range kept for fiction (555-01xx).

    Examples
    --------
    >>> people = invent_people(100, rng=0)
    >>> bool(people["email"].str.endswith("@example.com").all())
    True
    """
    generator = as_generator(rng)
    pieces = _pieces(locale)

    def some(texts: Any) -> Any:
        return texts.take(generator.integers(0, len(texts), n, dtype=np.int32))

    person = generator.integers(0, len(pieces["name"]), n, dtype=np.int32)
    days = generator.integers(-14_000, 14_000, n)  # days from 1970: born 1931 to 2008
    return pd.DataFrame(
        {
            "name": pieces["name"].take(person),
            "email": pieces["mailbox"].take(person) + some(pieces["domain"]),
            "phone": some(pieces["phone"]),
            "street": some(pieces["street"]),
            "city": some(pieces["city"]),
            "birth_date": days.astype("M8[D]").astype("M8[s]"),
        }
    )


@lru_cache(maxsize=4)
def _pieces(locale: str) -> dict[str, Any]:
    """Return arrays of ready-made texts: looking one up is cheaper than putting it together.

    They are pandas arrays, so that where pandas keeps text in Arrow no Python string is touched.
    """
    given, family = name_lists(locale)
    streets = [f"{street} {kind}" for street in STREETS for kind in STREET_KINDS]
    texts = {
        "name": [f"{first} {last}" for first in given for last in family],
        "mailbox": [f"{first}.{last}" for first in given for last in family],
        "domain": [f"{number}@example.com" for number in range(10_000)],
        "phone": [f"({area}) 555-01{line:02d}" for area in range(201, 990) for line in range(100)],
        "street": [f"{number} {street}" for number in range(1, 100) for street in streets],
        "city": TOWNS,
    }
    return {name: pd.Series(made).array for name, made in texts.items()}
