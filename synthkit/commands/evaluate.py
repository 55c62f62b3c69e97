"""``synthkit evaluate``: judge one synthetic table, or rank several."""

from __future__ import annotations

import json
import operator
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthkit.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from synthkit.measure.scorecard import Scorecard

FAILED = 1  # the exit status where a requirement fails

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
VERDICTS = ("poor", "usable", "good")  # in rising order; the others never meet a requirement


@dataclass(frozen=True)
class Requirement:
    """A threshold of the user's, such as ``c2st_auc<=0.7`` or ``verdict>=usable``."""

    figure: str
    comparison: str
    limit: str

    def __str__(self) -> str:
        return f"{self.figure}{self.comparison}{self.limit}"

    def met_by(self, card: Scorecard) -> bool:
        """Tell whether a card meets it; what wasn't measured fails."""
        return self.met(card.verdict.label, figure_values(card))

    def met(self, label: str, values: Mapping[str, float]) -> bool:
        """Tell whether a verdict and figures by name meet it."""
        compare = COMPARISONS[self.comparison]
        if self.figure == "verdict":
            return label in VERDICTS and compare(VERDICTS.index(label), VERDICTS.index(self.limit))
        return compare(values.get(self.figure, float("nan")), float(self.limit))


def command(
    source: Annotated[
        Path,
        typer.Argument(
            help="The real table: .csv, .tsv or .parquet; with --link a folder of tables.",
            exists=True,
        ),
    ],
    synthetic: Annotated[
        list[Path],
        typer.Argument(help="The synthetic tables; with --link one folder.", exists=True),
    ],
    holdout: Annotated[
        Path | None,
        typer.Option(help="Real rows that were held out of training.", exists=True),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column a model would predict.")] = None,
    group: Annotated[str | None, typer.Option(help="Utility and fairness by this column.")] = None,
    time: Annotated[str | None, typer.Option(help="The column that orders the rows.")] = None,
    unit: Annotated[
        str | None, typer.Option(help="Whose rows these are, e.g. customer_id.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    link: Annotated[
        list[str] | None,
        typer.Option(
            "--link",
            metavar="CHILD.KEY=PARENT.KEY",
            help="Tables that belong together, e.g. 'orders.customer_id=customers.id'.",
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="FIGURE<=NUMBER",
            help="Exit with status 1 unless met, e.g. 'c2st_auc<=0.7' or 'verdict>=usable'.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer rows, folds and attacks.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.", min=0)] = 0,
    encoding: Annotated[str, typer.Option(help="How the CSV files are encoded.")] = "utf-8-sig",
) -> int:
    """Judge SYNTHETIC tables against SOURCE, the rows they were made from.

    Without --holdout the privacy attacks can't be assessed, and no verdict is better than 'not
    assessable'. No report holds a row of any table.

    With --link, SOURCE, SYNTHETIC and --holdout are folders that hold tables of the same names.
    """
    from synthkit.commands.seals import check_seal
    from synthkit.commands.table_files import read_table
    from synthkit.measure.scorecard import scorecard

    requirements = [read_requirement(text) for text in require or []]
    if link:
        from synthkit.commands.evaluate_linked import evaluate_linked

        only = {"--target": target, "--group": group, "--time": time, "--unit": unit}
        refuse_options(only)
        return evaluate_linked(
            source, synthetic, holdout, link, requirements, html, as_json, quick, seed, encoding
        )
    refuse_folders([source, *synthetic, *([holdout] if holdout else [])])
    names = table_names(synthetic)
    seal = check_seal(source, holdout) if holdout is not None else ""
    real, held, tables = read_alike(
        lambda path: read_table(path, encoding)[0], source, holdout, dict(zip(names, synthetic))
    )
    require_alike(real, held, tables, unit)
    cards: dict[str, Scorecard] = {}
    for name, table in tables.items():
        cards[name] = scorecard(
            real,
            table,
            held,
            target,
            group,
            time,
            rng=seed,
            unit=unit,
            mode="quick" if quick else "full",
            progress=progress_on_terminal(name),
        )
        require_known_figures(requirements, cards[name])
    ranking = rank(cards, tables, held, target, unit, seed)
    failed = [
        f"{name}: {requirement}"
        for name, card in cards.items()
        for requirement in requirements
        if not requirement.met_by(card)
    ]
    if html is not None:
        from synthkit.files import write_bytes
        from synthkit.measure.report import ranking_page

        write_bytes(html, ranking_page(cards, ranking).encode("utf-8"))
    typer.echo(as_text_json(cards, ranking, failed, seal) if as_json else as_text(cards, ranking))
    for line in [seal] if seal and not as_json else []:
        typer.echo(line)
    for line in failed:
        typer.echo(f"requirement not met: {line}", err=True)
    return FAILED if failed else 0


def refuse_folders(paths: list[Path]) -> None:
    """Raise ParameterError for a folder: only linked tables come in folders."""
    for path in paths:
        if path.is_dir():
            raise ParameterError(
                f"without --link each table must be a file; got the folder {str(path)!r}. "
                "Name the file, or say how the tables belong together with --link."
            )


def refuse_options(options: Mapping[str, str | None]) -> None:
    """Raise ParameterError for an option that has no meaning for linked tables."""
    for name, value in options.items():
        if value is not None:
            raise ParameterError(
                f"{name} must not stand beside --link; got {value!r}. The keys say whose rows "
                "these are; judge one table alone for the rest."
            )


# --- requirements -----------------------------------------------------------------------------


def read_requirement(text: str) -> Requirement:
    """Read ``FIGURE<=NUMBER``.

    Raises
    ------
    ParameterError
        It is written in another way, or its limit is no number (for a verdict: no verdict).
    """
    for comparison in COMPARISONS:  # the two-letter ones come first
        figure, found, limit = text.partition(comparison)
        figure, limit = figure.strip(), limit.strip()
        if found and figure and (limit in VERDICTS if figure == "verdict" else is_number(limit)):
            return Requirement(figure, comparison, limit)
    raise ParameterError(
        "--require must read FIGURE<=NUMBER (or >=, <, >), or verdict>= one of "
        f"{', '.join(VERDICTS)}; got {text!r}."
    )


def is_number(text: str) -> bool:
    """Tell whether a text is a finite number."""
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def require_known_figures(requirements: list[Requirement], card: Scorecard) -> None:
    """Raise ParameterError for a requirement on a figure that this run doesn't have."""
    require_known(requirements, figure_values(card))


def require_known(requirements: list[Requirement], values: Mapping[str, float]) -> None:
    """Raise ParameterError for a requirement on anything but the verdict and these figures."""
    known = {"verdict", *values}
    for requirement in requirements:
        if requirement.figure not in known:
            raise ParameterError(
                f"--require must name a figure of this run; got {requirement.figure!r}. They are "
                f"{', '.join(sorted(known))}."
            )


def figure_values(card: Scorecard) -> dict[str, float]:
    """Return every figure and attack by name; NaN where it couldn't be assessed."""
    values = {figure.name: figure.value for figure in card.figures}
    for attack in card.attacks:
        values[attack.name] = attack.figure.value if attack.figure else float("nan")
    return values


# --- input ------------------------------------------------------------------------------------


def table_names(paths: list[Path]) -> list[str]:
    """Return a name for each file: its own, or its whole path where two have the same."""
    names = [path.name for path in paths]
    names = [str(p) if names.count(p.name) > 1 else p.name for p in paths]
    if len(set(names)) < len(names):
        raise DataError("each synthetic table must be another file; got one twice.")
    return names


def read_alike(
    read: Callable[[Path], pd.DataFrame],
    source: Path,
    holdout: Path | None,
    synthetic: Mapping[str, Path],
) -> tuple[pd.DataFrame, pd.DataFrame | None, dict[str, pd.DataFrame]]:
    """Read all files, and make a column text everywhere if it is text in the real table.

    A CSV file has no types: codes such as '007' stay text in one file, while another, in which
    none starts with a zero, reads as numbers.
    """
    real = read(source)
    held = None if holdout is None else read(holdout)
    tables = {name: read(path) for name, path in synthetic.items()}
    for other in [*([held] if held is not None else []), *tables.values()]:
        for column in other.columns.intersection(real.columns):
            if is_text(real[column]) and not is_text(other[column]):
                present = other[column].notna()
                other[column] = other[column].astype(object)
                other.loc[present, column] = other.loc[present, column].astype(str)
    return real, held, tables


def require_alike(
    real: pd.DataFrame,
    held: pd.DataFrame | None,
    tables: Mapping[str, pd.DataFrame],
    unit: str | None,
) -> None:
    """Raise DataError for a file that differs in columns or types, before any is judged."""
    from synthkit.measure.aligned import align

    named = {"real": real, **({} if held is None else {"holdout": held}), **tables}
    if unit is not None:
        named = {name: table.drop(columns=unit, errors="ignore") for name, table in named.items()}
    align(named)


def is_text(column: pd.Series) -> bool:
    """Tell whether a column holds text."""
    import pandas as pd

    return bool(pd.api.types.is_string_dtype(column.dropna()))


# --- output -----------------------------------------------------------------------------------


def rank(
    cards: Mapping[str, Scorecard],
    tables: Mapping[str, pd.DataFrame],
    held: pd.DataFrame | None,
    target: str | None,
    unit: str | None,
    seed: int,
) -> pd.DataFrame | None:
    """Return the ranking of several tables; None for one."""
    from synthkit.measure.ranking import paired_differences, rank_cards, ranking_table

    if len(cards) < 2:
        return None
    if held is None:
        return ranking_table(cards)
    bare = {
        name: table if unit is None else table.drop(columns=unit, errors="ignore")
        for name, table in tables.items()
    }
    yardstick = held if unit is None else held.drop(columns=unit)
    first = rank_cards(cards)[0]
    return ranking_table(cards, paired_differences(bare, yardstick, first, target, seed))


def as_text(cards: Mapping[str, Scorecard], ranking: pd.DataFrame | None) -> str:
    """Return the cards for a terminal."""
    parts = [f"== {name}\n{card}" for name, card in cards.items()]
    if ranking is not None:
        parts.append(f"== ranking\n{ranking.round(4).to_string(index=False)}")
    return "\n\n".join(parts)


def as_text_json(
    cards: Mapping[str, Scorecard],
    ranking: pd.DataFrame | None,
    failed: list[str],
    seal: str,
) -> str:
    """Return everything as JSON for machines."""
    from synthkit.measure.card import plain_value

    report: dict[str, Any] = {
        "format": "synthkit.evaluation",
        "version": 1,
        "tables": {name: json.loads(card.to_json()) for name, card in cards.items()},
        "requirements_failed": failed,
        "seal": seal,
    }
    if ranking is not None:
        lines = ranking.astype(object).where(ranking.notna(), None)
        report["ranking"] = lines.to_dict(orient="records")
    return json.dumps(report, indent=2, default=plain_value, allow_nan=False)


def progress_on_terminal(name: str) -> Callable[[str, float], None] | None:
    """Return a function that says on a terminal what is being done."""
    if not sys.stderr.isatty():
        return None

    def show(text: str, share: float) -> None:
        typer.echo(f"\r\x1b[K{name}: {share:4.0%} {text}", nl=share >= 1.0, err=True)

    return show
