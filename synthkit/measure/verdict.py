r"""The verdict: one word, and the reasons for it in sentences.

The order of the questions is the point.  Copies come first, then leaks, then whether
anything could be assessed at all, and only then quality: a table that copies looks
better than any other, so quality can never outvote a copy or a leak.

Quality is asked of every figure in the same way: *how much of the table is proven wrong?*

- A figure within the **noise band**, where fresh real rows of this size fall, proves nothing;
  only what lies beyond the band counts.
- Most figures are shares of rows already (a total variation of 0.1 says that a tenth of the rows
  must change), or shares of a part: of the tail, of the outliers, of what a model can learn.
- For the classifier: if a share $\delta$ of the rows is wrong and the others are like real ones,
  two rows can only be told apart where one of them is wrong, so

  $$\mathrm{AUC} \le 1 - \tfrac12 (1-\delta)^2, \qquad
  \delta \ge 1 - \sqrt{2\,(1-\mathrm{AUC})} \tag{1}$$

- Up to a tenth is 'good', up to a half 'usable', more is 'poor'.  Where both the pairs of columns
  and the classifier see no more than in an independent shuffle, it is 'poor' whatever the size:
  nothing but single columns was learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from synthkit.measure.anchors import SHUFFLE
from synthkit.measure.attack import FALSE_ALARMS, Attack
from synthkit.measure.figures import Figure

Label = Literal["good", "usable", "poor", "leaks", "copies", "not assessable"]
Severity = Literal["copies", "leaks", "unknown", "poor", "caution"]

COPY_ATTACKS = ("exact_copies", "near_copies")
# It finds that one value of one person is repeated, not whose it is or what goes with it: no table
# that does so is good, but it isn't a person's record that leaks.
SINGLE_VALUES = ("singling_out_univariate",)

# How many people may be found before a leak on average is more than slight, if the surest guesses
# show none either: one in twenty. An attack that finds a share s of the members for sure and has
# to guess at the others has the area ½ + s/2.
SLIGHT_RISK = 0.05
SLIGHT_AUC = 0.5 + SLIGHT_RISK / 2

# How much of a table may be wrong. These two numbers are the kit's choice, the same for every
# figure; all limits follow from them and from the noise of fresh real rows.
GOOD = 0.10
USABLE = 0.50

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
    """In which direction a figure is worse, and what that means in words.

    What counts is the share of the rows (of the tail, of a group, of what a model learns) that is
    wrong *beyond noise*; up to ``good`` a table stays good, up to ``usable`` usable.
    """

    name: str
    worse: Literal["lower", "higher"]
    words: str
    good: float = GOOD
    usable: float = USABLE


LIMITS = (
    Limit("column_shapes", "lower", "the columns' distributions differ"),
    Limit("worst_column_shape", "lower", "one column's distribution differs"),
    Limit("pair_trends", "lower", "dependence between columns is lost"),
    Limit("pair_contingency", "lower", "dependence between columns is lost"),
    Limit("c2st_auc", "higher", "a classifier tells the rows from real ones"),
    Limit("coverage", "lower", "parts of the real table have no synthetic rows"),
    Limit("tail_coverage", "lower", "the tails of the columns are cut"),
    Limit("outlier_coverage", "lower", "real outliers have no synthetic neighbours"),
    Limit("missing_patterns", "lower", "values are missing in other patterns"),
    # A lost level is a group that is lost to the last row; chance was allowed for already.
    Limit("lost_levels", "higher", "a category was lost", good=0.0),
    Limit("invented_levels", "higher", "categories were invented"),
    Limit("broken_rules", "higher", "rules that hold in every real row are broken"),
    Limit("acf_error", "higher", "the memory of the series is lost or invented"),
    Limit("volatility_acf_error", "higher", "unrest no longer follows unrest as it does"),
    Limit("spectrum_score", "lower", "the series swings at other speeds"),
    Limit("tail_weight_error", "higher", "the changes have other tails"),
    Limit("leverage_error", "higher", "unrest no longer follows falls as it does"),
    Limit("tstr_gap", "lower", "models trained on it predict worse"),
    Limit("group_gap", "lower", "models trained on it fail one group"),
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
    findings += _quality_findings(figures)
    order: tuple[Severity, ...] = ("copies", "leaks", "unknown", "poor", "caution")
    findings.sort(key=lambda finding: order.index(finding.severity))
    label = _label({finding.severity for finding in findings})
    reasons = [finding.sentence for finding in findings] or [_all_is_well(figures)]
    return Verdict(label, tuple(reasons), tuple(findings))


def _all_is_well(figures: Sequence[Figure]) -> str:
    text = (
        f"no figure proves more than {GOOD:.0%} wrong beyond the noise of fresh real rows, and no "
        "attack that was run found more than it finds on held-out people"
    )
    area = next((f for f in figures if f.name == "c2st_auc"), None)
    if area is None or not np.isfinite(area.band[1]):
        return text
    return f"{text}; at this size noise alone would hide {wrong_by_area(area.band[1]):.0%} more"


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


def _quality_findings(figures: Sequence[Figure]) -> list[Finding]:
    by_name = {figure.name: figure for figure in figures}
    findings = _nothing_but_columns(by_name)
    for limit in LIMITS:
        figure = by_name.get(limit.name)
        wrong = float("nan") if figure is None else wrong_share(figure, limit.worse)
        if figure is not None and wrong > limit.good:  # NaN: nothing was measured
            severity: Severity = "poor" if wrong > limit.usable else "caution"
            findings.append(Finding(limit.name, severity, _words(figure, wrong, limit)))
    return findings


def wrong_share(figure: Figure, worse: Literal["lower", "higher"]) -> float:
    """Return the share that the figure proves wrong beyond noise: 0 … 1, NaN where unknown."""
    noise = _noise_edge(figure, worse)
    if figure.name == "c2st_auc":
        return max(0.0, wrong_by_area(figure.value) - wrong_by_area(noise))
    loss = noise - figure.value if worse == "lower" else figure.value - noise
    return min(max(0.0, loss / figure.whole), 1.0) if np.isfinite(loss) else float("nan")


def wrong_by_area(area: float) -> float:
    """Return the share of rows that must be wrong for a classifier to reach this area (Eq. 1)."""
    return float(1 - np.sqrt(2 * (1 - min(max(area, 0.5), 1.0))))  # Eq. 1


def _noise_edge(figure: Figure, worse: Literal["lower", "higher"]) -> float:
    """Return how bad fresh real rows look by chance; a paired difference has its own interval."""
    edge = figure.band[0 if worse == "lower" else 1]
    if np.isfinite(edge):
        return edge
    interval = figure.interval
    spread = interval.high - figure.value if worse == "lower" else figure.value - interval.low
    return figure.ideal - spread if worse == "lower" else figure.ideal + spread


def _nothing_but_columns(figures: Mapping[str, Figure]) -> list[Finding]:
    """Find a table that does no better than an independent shuffle where fresh rows do."""
    pairs, area = figures.get("pair_trends"), figures.get("c2st_auc")
    if pairs is None or area is None:
        return []
    shuffled = [figure.anchors.get(SHUFFLE, float("nan")) for figure in (pairs, area)]
    noise = [(figure.band[1] - figure.band[0]) / 2 for figure in (pairs, area)]
    seen = shuffled[0] < pairs.band[0] and shuffled[1] > area.band[1]
    if seen and pairs.value <= shuffled[0] + noise[0] and area.value >= shuffled[1] - noise[1]:
        return [
            Finding(
                "pair_trends",
                "poor",
                f"nothing but single columns was learned: {pairs.title} is {pairs.value:.3f} and "
                f"the classifier's area {area.value:.3f}; an independent shuffle has "
                f"{shuffled[0]:.3f} and {shuffled[1]:.3f}",
            )
        ]
    return []


def _words(figure: Figure, wrong: float, limit: Limit) -> str:
    edge = _noise_edge(figure, limit.worse)
    return (
        f"{limit.words}: {figure.title} is {figure.value:.3f}, and chance takes fresh real rows to "
        f"{edge:.3f} at worst; {wrong:.0%} lost beyond that (good up to {limit.good:.0%}, usable "
        f"up to {limit.usable:.0%}){f'; {figure.note}' if figure.note else ''}"
    )
