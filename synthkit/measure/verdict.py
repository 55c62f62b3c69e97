"""The verdict: one word, and the reasons for it in sentences.

The order of the questions is the point.  Copies come first, then leaks, then whether
anything could be assessed at all, and only then quality: a table that copies looks
better than any other, so quality can never outvote a copy or a leak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from synthkit.measure.attack import Attack
from synthkit.measure.figures import Figure

Label = Literal["good", "usable", "poor", "leaks", "copies", "not assessable"]
Severity = Literal["copies", "leaks", "unknown", "poor", "caution"]

# All attacks of one card together raise a false alarm in at most this share of clean tables
# (Bonferroni: each gets its part). Below the 5 % that is promised, since Fisher's test on few
# hits and the classifier's warning come on top.
FALSE_ALARMS = 0.04

COPY_ATTACKS = ("exact_copies", "near_copies")
# It finds that one value of one person is repeated, not whose it is or what goes with it: no table
# that does so is good, but it isn't a person's record that leaks.
SINGLE_VALUES = ("singling_out_univariate",)

# A leak on average counts as slight below these, if the surest guesses show none either.
SLIGHT_AUC = 0.55
SLIGHT_RISK = 0.05

# What the kit never says, whatever the figures.
NOT_CLAIMED = (
    "that the synthetic table is anonymous, or that anybody is protected by it",
    "that other attacks, or the same ones with more knowledge, would fail too",
    "that a leak smaller than the stated minimum is absent",
    "that any law or standard is met; this is no legal advice",
    "that the table serves questions other than those measured here",
)


@dataclass(frozen=True)
class Limit:
    """How much worse than its anchor a figure may be to stay 'good', and to stay 'usable'.

    ``worse``: the direction in which the figure is worse, 'lower' or 'higher'.
    """

    name: str
    worse: Literal["lower", "higher"]
    good: float
    usable: float
    words: str


# The anchor is the same figure for fresh real rows (or the ideal where there are none). The sizes
# are the kit's choice, set so that the tables of the gaming gallery fall where they belong.
LIMITS = (
    Limit("column_shapes", "lower", 0.03, 0.10, "the columns' distributions differ"),
    Limit("worst_column_shape", "lower", 0.08, 0.30, "one column's distribution differs"),
    Limit("pair_trends", "lower", 0.03, 0.10, "dependence between columns is lost"),
    Limit("pair_contingency", "lower", 0.05, 0.20, "dependence between columns is lost"),
    Limit("c2st_auc", "higher", 0.15, 0.42, "a classifier tells the rows from real ones"),
    Limit("coverage", "lower", 0.10, 0.40, "parts of the real table have no synthetic rows"),
    Limit("tail_coverage", "lower", 0.25, 0.60, "the tails of the columns are cut"),
    Limit("outlier_coverage", "lower", 0.30, 2.0, "real outliers have no synthetic neighbours"),
    Limit("missing_patterns", "lower", 0.05, 0.30, "values are missing in other patterns"),
    Limit("lost_levels", "higher", 0.002, 0.03, "a category was lost"),
    Limit("invented_levels", "higher", 0.01, 0.30, "categories were invented"),
    Limit("broken_rules", "higher", 0.02, 0.50, "rules that hold in every real row are broken"),
    Limit("tstr_gap", "lower", 0.02, 0.10, "models trained on it predict worse"),
    Limit("group_gap", "lower", 0.05, 0.20, "models trained on it fail one group"),
)


@dataclass(frozen=True)
class Finding:
    """Something that pulls the verdict down: which figure, how much it matters, in words."""

    figure: str
    severity: Severity
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The label and the reasons for it, the weightiest first."""

    label: Label
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "label": self.label,
            "reasons": list(self.reasons),
            "findings": [vars(finding) for finding in self.findings],
        }


def decide(
    figures: Sequence[Figure],
    attacks: Sequence[Attack],
    *,
    near_copies: bool,
    unknown: Sequence[str] = (),
    fresh: str | None = None,
) -> Verdict:
    """Weigh everything that was measured.

    Parameters
    ----------
    figures : sequence of Figure
    attacks : sequence of Attack
    near_copies : bool
        The classifier's area lies below ½ beyond doubt.
    unknown : sequence of str
        What could not be assessed: it caps the verdict.
    fresh : str, optional
        The anchor that holds fresh real rows.
    """
    findings = [*_privacy_findings(attacks)]
    if near_copies:
        findings.append(
            Finding(
                "c2st_auc",
                "copies",
                "a classifier does worse than chance at telling synthetic from real rows, which "
                "happens where rows have near-twins in the real table",
            )
        )
    findings += [Finding("attacks", "unknown", sentence) for sentence in unknown]
    findings += _quality_findings(figures, fresh)
    order: tuple[Severity, ...] = ("copies", "leaks", "unknown", "poor", "caution")
    findings.sort(key=lambda finding: order.index(finding.severity))
    label = _label({finding.severity for finding in findings})
    reasons = [finding.sentence for finding in findings] or [
        "every figure lies within the limits around fresh real rows, and no attack that was run "
        "found more than it finds on held-out people"
    ]
    return Verdict(label, tuple(reasons), tuple(findings))


def _label(severities: set[Severity]) -> Label:
    if "copies" in severities:
        return "copies"
    if "leaks" in severities:
        return "leaks"
    if "poor" in severities:
        return "poor"
    if "unknown" in severities:
        return "not assessable"
    return "usable" if "caution" in severities else "good"


def alpha_of(attacks: Sequence[Attack]) -> float:
    """Return the level of each attack's test."""
    return FALSE_ALARMS / max(1, sum(attack.assessable for attack in attacks))


def _privacy_findings(attacks: Sequence[Attack]) -> list[Finding]:
    alpha = alpha_of(attacks)
    found = [attack for attack in attacks if attack.found(alpha)]
    return [
        Finding(attack.name, _severity(attack, alpha), attack_sentence(attack)) for attack in found
    ]


def _severity(attack: Attack, alpha: float) -> Severity:
    if attack.name in COPY_ATTACKS:
        return "copies"
    if attack.name in SINGLE_VALUES:
        return "caution"
    assert attack.figure is not None
    limit = SLIGHT_AUC if attack.baseline == 0.5 else SLIGHT_RISK
    slight = attack.figure.value < limit and attack.concentrated_p > alpha
    return "caution" if slight else "leaks"


def attack_sentence(attack: Attack) -> str:
    """Say in words what an attack found, or why it couldn't."""
    if attack.figure is None:
        return f"{attack.title}: not assessable ({attack.note})"
    f = attack.figure
    if attack.success is not None and attack.control is not None:
        return (
            f"{attack.title}: {attack.success.value:.1%} of {attack.members:,} members against "
            f"{attack.control.value:.1%} of {attack.controls:,} controls; excess "
            f"{f.value:.1%} [{f.low:.1%}, {f.high:.1%}], p = {attack.p_value:.1g}"
        )
    return (
        f"{attack.title}: AUC {f.value:.3f} [{f.low:.3f}, {f.high:.3f}] on {attack.members:,} "
        f"members and {attack.controls:,} controls, p = {attack.p_value:.1g}"
    )


def _quality_findings(figures: Sequence[Figure], fresh: str | None) -> list[Finding]:
    by_name = {figure.name: figure for figure in figures}
    findings = []
    for limit in LIMITS:
        figure = by_name.get(limit.name)
        if figure is None or not np.isfinite(figure.value):
            continue
        anchor = figure.anchors.get(fresh, float("nan")) if fresh is not None else float("nan")
        anchor = anchor if np.isfinite(anchor) else figure.ideal
        loss = _loss(figure, anchor, limit)
        if loss > limit.good:
            severity: Severity = "poor" if loss > limit.usable else "caution"
            findings.append(Finding(limit.name, severity, _words(figure, anchor, limit)))
    return findings


def _loss(figure: Figure, anchor: float, limit: Limit) -> float:
    """How much worse than the anchor, giving the figure the good end of its own interval."""
    interval = figure.interval
    if limit.worse == "lower":
        best = interval.high if np.isfinite(interval.high) else figure.value
        return anchor - max(best, figure.value)
    best = interval.low if np.isfinite(interval.low) else figure.value
    return min(best, figure.value) - anchor


def _words(figure: Figure, anchor: float, limit: Limit) -> str:
    sign = "below" if limit.worse == "lower" else "above"
    return (
        f"{limit.words}: {figure.title} is {figure.value:.3f} where fresh real rows have "
        f"{anchor:.3f} (good up to {limit.good:g} {sign}, usable up to {limit.usable:g})"
        f"{f'; {figure.note}' if figure.note else ''}"
    )


def summary(verdict: Verdict, anchors: Mapping[str, int]) -> str:
    """Return the verdict in one paragraph."""
    beside = ", ".join(f"{name} ({rows:,} rows)" for name, rows in anchors.items())
    return f"{verdict.label}: {'. '.join(verdict.reasons)}. Beside it: {beside}."
