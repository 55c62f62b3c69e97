"""What an arena leaves behind: one synthetic table, a report, the figures, and a script.

The script repeats all of it from the source: the same split and seeds, so the same bytes (with the
same versions).  It names the source and the settings, and holds no row; nor does the report.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import synthkit
from synthkit.arena_run import Arena
from synthkit.base import Synthesizer
from synthkit.contest import Comparison
from synthkit.datasets import datasets
from synthkit.errors import DataError, ParameterError
from synthkit.files import write_bytes

SCRIPT = "repeat.py"
REPORT = "report.html"
FIGURES = "figures.csv"


@dataclass(frozen=True)
class Exported:
    """The files that were written."""

    table: Path
    report: Path
    figures: Path
    script: Path
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line for each file."""
        lines = [f"{path}" for path in (self.table, self.report, self.figures, self.script)]
        if self.left_out:
            lines.append(
                f"not in the script: {', '.join(self.left_out)} (gave no table, or was written in "
                "a notebook)."
            )
        return "\n".join(lines)


def export(
    arena: Arena,
    folder: str | Path,
    source: str | Path,
    *,
    name: str | None = None,
    kinds: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
) -> Exported:
    """Write one technique's table, the report, the figures and a script that repeats them.

    Parameters
    ----------
    arena : Arena
        That is over.
    folder : path
        Made where absent.
    source : str or path
        The bundled table or the file that the arena's table was read from.
    name : str, optional
        Whose table to write; by default that of the technique that comes first.
    kinds : dict, optional
        What was set by hand: column -> kind.
    notes : tuple of str
        For the report, such as what was said before training.

    Raises
    ------
    DataError
        The arena has no result.
    ParameterError
        No technique of that name gave a table, or the seed wasn't a number.
    """
    result = arena.result
    if result is None:
        raise DataError("an arena must be over, with a result, to be exported. Wait for its end.")
    chosen = result.ranking[0] if name is None else name
    if chosen not in result.tables:
        raise ParameterError(
            f"name must be one of {', '.join(result.tables)}; got {chosen!r}. Only these gave a "
            "table."
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    script, left_out = script_of(arena, source, place, chosen, dict(kinds or {}))
    found = Exported(
        place / f"synthetic_{chosen}.csv", place / REPORT, place / FIGURES, place / SCRIPT, left_out
    )
    write_results(result, chosen, place, notes)
    write_bytes(found.script, script.encode("utf-8"))
    return found


def write_results(
    result: Comparison, name: str, folder: str | Path, notes: tuple[str, ...] = ()
) -> None:
    """Write the table, the report and the figures; the script calls it, too."""
    place = Path(folder)
    table = result.tables[name].to_csv(index=False, lineterminator="\n")
    write_bytes(place / f"synthetic_{name}.csv", table.encode("utf-8"))
    write_bytes(place / REPORT, result.to_html(notes).encode("utf-8"))
    figures = result.table().drop(columns="cpu_seconds").to_csv(index=False, lineterminator="\n")
    write_bytes(place / FIGURES, figures.encode("utf-8"))


def script_of(
    arena: Arena, source: str | Path, folder: Path, name: str, kinds: dict[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Return the script, and the techniques that it can't repeat.

    A technique that was written in a notebook is left out: the figures of the others don't depend
    on it.
    """
    if not isinstance(arena.seed, int):
        raise ParameterError(
            f"an arena must have a number as its seed to be repeated; got {arena.seed!r}. "
            "Pass rng=0."
        )
    calls, left_out = [], []
    for key, technique in arena.techniques.items():
        call = _call_of(technique)
        if call is None or arena.lanes[key].status != "done":
            left_out.append(key)
        else:
            calls.append(f"        {key!r}: {call},")
    contest = arena.contest
    options = {
        "group": contest.group, "time": contest.time, "unit": contest.unit,
        "mode": contest.mode, "holdout_share": arena.holdout_share,
    }  # fmt: skip
    given = "".join(f", {k}={v!r}" for k, v in options.items() if v is not None)
    bundled = str(source) in datasets()
    where = (
        repr(str(source))
        if bundled
        else f"Path(__file__).parent / {Path(os.path.relpath(source, folder)).as_posix()!r}"
    )
    return (
        SCRIPT_TEXT.format(
            version=synthkit.__version__,
            where=where,
            kinds=kinds,
            techniques="\n".join(calls),
            target=contest.target,
            seed=arena.seed,
            given=given,
            name=name,
        ),
        tuple(left_out),
    )


SCRIPT_TEXT = '''\
"""Repeat a comparison of synthetic tables made with synthkit {version}: python repeat.py

It reads the source anew, and writes the same table, figures and report beside this file.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # networks give other figures with other numbers of threads

from pathlib import Path

import synthkit as sk
from synthkit.arena_export import write_results
from synthkit.course.own_table import read_own_table, with_kinds

if __name__ == "__main__":
    table = with_kinds(read_own_table({where}).table, {kinds!r})
    techniques = {{
{techniques}
    }}
    result = sk.compare(techniques, table, target={target!r}, rng={seed!r}{given})
    write_results(result, {name!r}, Path(__file__).parent)
    print("\\n".join(result.advice()))
'''


def _call_of(technique: Any) -> str | None:
    """Return the call that makes a technique of the kit anew; None for any other."""
    if isinstance(technique, str):
        return repr(technique)
    kind = technique if inspect.isclass(technique) else type(technique)
    name = getattr(kind, "name", "")
    if not issubclass(kind, Synthesizer) or name not in synthkit.registry():
        return None
    if inspect.isclass(technique):
        return repr(name)
    standard = kind().get_params(deep=False)
    changed = {k: v for k, v in technique.get_params(deep=False).items() if v != standard[k]}
    plain = (bool, int, float, str, tuple, type(None))
    if not all(isinstance(value, plain) for value in changed.values()):
        return None
    return f"sk.{kind.__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"
