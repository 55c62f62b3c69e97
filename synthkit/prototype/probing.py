"""``battery``: a technique in eleven traps, each figure beside that of fresh rows."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from synthkit.arena import fit_copy, sample_from
from synthkit.errors import ParameterError, TookTooLongError, require_number
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.prototype.limits import within
from synthkit.prototype.probes import PROBES, Probe
from synthkit.prototype.trial import raised_words, verdict_table
from synthkit.rng import RandomState, as_generator, seed_sequence
from synthkit.trace import Mark, Trace, View, points

LIMIT_S = 120.0  # a network learns 5,000 rows in less
SHOWN = 300  # rows in the picture

Verdict = Literal["whole", "broken", "raised", "too slow", "not run"]
SIGNS: dict[Verdict, str] = {
    "whole": "✓", "broken": "✗", "raised": "✗", "too slow": "✗", "not run": "–",
}  # fmt: skip


@dataclass(frozen=True)
class Caught:
    """What one trap found."""

    probe: Probe
    verdict: Verdict
    value: float
    fresh: float
    found: str = ""

    @property
    def said(self) -> str:
        """The finding in a sentence."""
        p = self.probe
        if self.verdict in ("raised", "too slow", "not run"):
            return self.found
        edge = f"broken {p.broken_when} {p.threshold:g}, fresh rows {self.fresh:.2f}"
        cure = f" {p.story}" if self.verdict == "broken" else ""
        return f"{p.label}: {self.value:.2f} ({edge}).{cure}"


@dataclass(frozen=True)
class BatteryReport:
    """What the failure battery found, trap by trap."""

    technique: str
    caught: tuple[Caught, ...]
    seconds: float

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of the traps that caught it; one that raised or never ended counts."""
        return tuple(c.probe.name for c in self.caught if c.verdict not in ("whole", "not run"))

    def value(self, name: str) -> float:
        """Return the indicator of a trap."""
        return next(c.value for c in self.caught if c.probe.name == name)

    def summary(self) -> str:
        """Say in one sentence how it went."""
        count = len([c for c in self.caught if c.verdict != "not run"])
        return f"{self.technique} is caught in {len(self.broken)} of {count} traps."

    def table(self) -> pd.DataFrame:
        """Return one line for each trap."""
        return pd.DataFrame({
            "trap": [c.probe.title for c in self.caught],
            "verdict": [c.verdict for c in self.caught],
            "indicator": [c.value for c in self.caught],
            "broken": [f"{c.probe.broken_when} {c.probe.threshold:g}" for c in self.caught],
            "fresh rows": [c.fresh for c in self.caught],
            "what it is": [c.probe.label for c in self.caught],
        })  # fmt: skip

    def __str__(self) -> str:
        said = [f"{SIGNS[c.verdict]} {c.probe.title}: {c.said}" for c in self.caught]
        return "\n".join([*said, self.summary()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(SIGNS[c.verdict], c.probe.title, c.verdict, c.said) for c in self.caught]
        return verdict_table(("", "trap", "verdict", "measured"), rows, self.summary())


def battery(
    technique: Any,
    rng: RandomState = 0,
    *,
    only: tuple[str, ...] = (),
    limit_s: float = LIMIT_S,
    progress: Callable[[str, float], None] | None = None,
) -> BatteryReport:
    """Put a technique through eleven traps and say which of them catch it.

    Parameters
    ----------
    technique : class or object
        Anything with ``fit(table, rng=)`` and ``sample(n, rng=)``; a copy is fitted.
    rng : None, int or Generator
    only : tuple of str
        Names of the traps to run; all by default.
    limit_s : float, default 120
        Seconds for each trap.  After one that didn't end the rest is not run; so it is after
        Ctrl-C.
    progress : callable (title, share), optional

    Returns
    -------
    BatteryReport
        ``broken``, ``value(name)``, ``table()``; printed it says each finding in words.

    Examples
    --------
    >>> import synthkit as sk
    >>> report = sk.battery(sk.Bootstrap, only=("lost_relation", "near_copies"))
    >>> report.broken
    ('near_copies',)
    """
    require_number("limit_s", limit_s, 0.01, 86_400, "seconds")
    probes = [find_probe(name) for name in only] or list(PROBES)
    start = time.monotonic()
    caught: list[Caught] = []
    why = ""  # the rest is not run
    for i, (probe, root) in enumerate(zip(probes, seed_sequence(rng).spawn(len(probes)))):
        if progress is not None and not why:
            progress(probe.title, i / len(probes))
        try:
            found = not_run(probe, why) if why else _spring(probe, technique, root, limit_s)
        except KeyboardInterrupt:
            found = not_run(probe, "interrupted")
        if found.verdict in ("too slow", "not run"):
            why = why or ("interrupted" if found.verdict == "not run" else "an earlier one hung")
        caught.append(found)
    name = technique.__name__ if inspect.isclass(technique) else type(technique).__name__
    return BatteryReport(name, tuple(caught), time.monotonic() - start)


def find_probe(name: str) -> Probe:
    """Return a trap by its name."""
    for probe in PROBES:
        if probe.name == name:
            return probe
    raise ParameterError(f"probe must be one of {', '.join(p.name for p in PROBES)}; got {name!r}.")


def not_run(probe: Probe, why: str) -> Caught:
    """Return the finding of a trap that was not run."""
    return Caught(probe, "not run", float("nan"), float("nan"), why)


def _spring(probe: Probe, technique: Any, root: np.random.SeedSequence, limit_s: float) -> Caught:
    """Run one trap within its time."""
    fresh = float("nan")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = within(limit_s, lambda: Sprung.run(probe, technique, root), "the trap")
    except TookTooLongError as error:
        return Caught(probe, "too slow", float("nan"), fresh, str(error))
    except Exception as error:
        return Caught(probe, "raised", float("nan"), fresh, raised_words(error))
    verdict: Verdict = "broken" if probe.is_broken(run.value) else "whole"
    return Caught(probe, verdict, run.value, run.control)


@dataclass(frozen=True)
class Sprung:
    """A trap and what was in it: the tables, the indicator, and that of fresh rows."""

    real: pd.DataFrame
    fake: pd.DataFrame
    value: float
    control: float

    @classmethod
    def run(cls, probe: Probe, technique: Any, root: np.random.SeedSequence) -> Sprung:
        """Draw the real rows, let the technique learn and make rows, and measure."""
        draws, learning, making, attack = map(np.random.default_rng, root.spawn(4))
        real, held = probe.draw(probe.rows, draws), probe.draw(probe.rows, draws)
        others = probe.draw(probe.made, draws)
        fake = real
        for _ in range(probe.generations):
            fake = sample_from(fit_copy(technique, fake, learning), probe.made, making)
        seed = int(attack.integers(2**31))
        control = probe.indicator(real, others, held, seed)
        return cls(real, fake, probe.indicator(real, fake, held, seed), control)


# --- with a dial ----------------------------------------------------------------------------------


def probe_failure(
    technique: type,
    probe: str,
    dial: Dial,
    *,
    broken_at: DialValue | None = None,
    heals_at: DialValue | None = None,
    sentence: str = "",
) -> Failure:
    """Return a trap as a failure of the technique, with one of its parameters as the dial.

    Parameters
    ----------
    technique : class
    probe : str
        The trap's name.
    dial : Dial
        Named as the parameter: one of ``numeric_dials(technique)``.
    broken_at, heals_at : stops, optional
        By default each stop is measured once, which takes a run for each of them.
    sentence : str
        Why that setting heals.

    Raises
    ------
    ParameterError
        No stop breaks, or none heals: this dial does not rule this trap.
    """
    found = find_probe(probe)

    def run(value: DialValue, rng: RandomState) -> Trace:
        return _probe_trace(found, technique(**{dial.name: value}), value, rng)

    if broken_at is None or heals_at is None:
        broken = [found.is_broken(run(stop, 0).last("indicator")) for stop in dial.stops]
        if all(broken) or not any(broken):
            raise ParameterError(
                f"a stop of the dial {dial.name!r} must break and another heal {probe!r}; "
                f"{'all break' if all(broken) else 'none breaks'}. Take other stops or a trap "
                "that battery() calls broken."
            )
        broken_at = dial.stops[broken.index(True)] if broken_at is None else broken_at
        heals_at = dial.stops[broken.index(False)] if heals_at is None else heals_at
    return Failure(
        name=f"{getattr(technique, 'name', '') or technique.__name__}.{found.name}",
        title=f"It {found.title}", story=found.story, dial=dial, run=run,
        indicator=lambda trace: trace.last("indicator"), indicator_label=found.label,
        threshold=found.threshold, broken_when=found.broken_when, broken_at=broken_at,
        repair=Repair(heals_at, sentence or f"{dial.label}: {heals_at}"),
        code=f"failure = probe_failure({technique.__name__}, {found.name!r}, dial)",
    )  # fmt: skip


def _probe_trace(probe: Probe, technique: Any, value: DialValue, rng: RandomState) -> Trace:
    """Return one run of a trap: its first two columns of numbers, and the indicator."""
    seed = rng if isinstance(rng, int) else int(as_generator(rng).integers(2**31))
    sprung = Sprung.run(probe, technique, np.random.SeedSequence(seed))
    x, y = list(sprung.real.select_dtypes("number").columns[:2].tolist() * 2)[:2]
    sides: Sequence[tuple[pd.DataFrame, str, str]] = (
        (sprung.real, "real", "real"), (sprung.fake, "synthetic", "made"),
    )  # fmt: skip
    view = View("rows", "scatter", "Do the rows look real?", str(x), str(y))
    marks: list[Mark] = [
        points(t[x].to_numpy()[:SHOWN], t[y].to_numpy()[:SHOWN], role=role, label=label)
        for t, role, label in sides
    ]
    trace = Trace(f"probe.{probe.name}", seed=seed, parameters={"setting": value}, views=(view,))
    trace.append(
        1,
        {"rows": marks},
        scalars={"indicator": sprung.value, "fresh": sprung.control},
        sentence=f"{probe.label}: {sprung.value:.2f}; fresh rows have {sprung.control:.2f}. "
        f"It is broken {probe.broken_when} {probe.threshold:g}.",
    )
    return trace
