"""Three ways in which rules for finance go wrong, each with its dial."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.rng import RandomState, as_generator
from synthkit.techniques.finance.fraud import TYPOLOGIES
from synthkit.techniques.finance.new_keynesian import NewKeynesian, inflation_path
from synthkit.techniques.finance.rates import euler_step, feller_ratio
from synthkit.techniques.finance.technique import Finance
from synthkit.trace import Trace, View, bars, line

QUARTERS = 200
RUMOUR_SD = 0.5  # points of inflation a quarter
EULER_PATHS, EULER_MONTHS = 2_000, 120
SPEED, MEAN = 0.2, 0.05  # Feller's ratio is 1 at σ = √(2 · .2 · .05) = .141
FRAUD_CUSTOMERS, FRAUD_MONTHS = 150, 3


def _seed_of(rng: RandomState) -> int | None:
    return int(rng) if isinstance(rng, (int, np.integer)) else None


def _indeterminate(value: DialValue, rng: RandomState) -> Trace:
    """Inflation under a Taylor rule that answers it by ``value`` points for one."""
    model = NewKeynesian(phi_pi=float(value))
    trace = Trace(
        name="finance.indeterminate",
        seed=_seed_of(rng),
        parameters={"phi_pi": float(value), "critical": model.critical_phi_pi},
        views=(
            View(
                "inflation", "lines", "Does inflation stay where policy wants it?",
                "quarter", "inflation (% a quarter)", (0, QUARTERS),
            ),
        ),
    )  # fmt: skip
    _, inflation = inflation_path(model, QUARTERS, RUMOUR_SD, as_generator(rng))
    t = np.arange(QUARTERS)
    spread = float(inflation.std())
    role = "synthetic" if model.determinate else "broken"
    kind = "determinate" if model.determinate else "indeterminate: rumours come true"
    marks = [
        line([0, QUARTERS], [0, 0], role="truth", label="target"),
        line(t, inflation, role=role, label="inflation"),
    ]
    sentence = (
        f"With φ_π = {float(value):g} (critical {model.critical_phi_pi:.4f}) the rule is {kind}; "
        f"inflation has a standard deviation of {spread:.2f} points."
    )
    trace.append(0, {"inflation": marks}, scalars={"inflation_sd": spread}, sentence=sentence)
    return trace


def _negative_rates(value: DialValue, rng: RandomState) -> Trace:
    """CIR by Euler's scheme with volatility ``value``."""
    sigma = float(value)
    ratio = feller_ratio(SPEED, MEAN, sigma)
    trace = Trace(
        name="finance.negative_rates",
        seed=_seed_of(rng),
        parameters={"sigma": sigma, "feller_ratio": ratio},
        views=(
            View(
                "rates", "lines", "Can a rate of this model be negative?", "month",
                "rate (% a year)", (0, EULER_MONTHS),
            ),
        ),
    )  # fmt: skip
    generator = as_generator(rng)
    paths = np.empty((EULER_MONTHS + 1, EULER_PATHS))
    paths[0] = MEAN
    for t in range(EULER_MONTHS):
        paths[t + 1] = euler_step(
            paths[t], speed=SPEED, mean=MEAN, sigma=sigma, dt=1 / 12, rng=generator
        )
    share = float((paths[1:] < 0).mean())
    months = np.arange(EULER_MONTHS + 1)
    role = "broken" if share > 0 else "synthetic"
    marks = [line(months, 100 * paths[:, k], role=role) for k in range(5)]
    marks.append(line(months[[0, -1]], [0, 0], role="truth", label="0"))
    sentence = (
        f"With σ = {sigma:g} (Feller ratio {ratio:.2f}), {share:.2%} of the rates that Euler's "
        "scheme makes are negative; the model has none."
    )
    trace.append(0, {"rates": marks}, scalars={"negative": share}, sentence=sentence)
    return trace


# --- the detector that learns the rule ------------------------------------------------------------


def fraud_table(typologies: tuple[str, ...], seed: int, **fraud: float) -> pd.DataFrame:
    """Return transactions in which only these typologies occur, about 40 cases of each."""
    cases = {name: (90.0 if name in typologies else 0.0) for name in TYPOLOGIES}
    rules = {"fraud": {"cases_per_1000_customers": cases, **fraud}}
    bank = Finance(rules=rules, customers=FRAUD_CUSTOMERS, periods=FRAUD_MONTHS)
    return bank.block("transactions", rng=seed)


def detector_features(table: pd.DataFrame) -> np.ndarray:
    """Return what a detector sees of each transaction (n, 7), from the past alone."""
    seconds = table["time"].to_numpy("datetime64[s]").astype(np.int64)
    account = table["account_id"].to_numpy()
    receiver = table["counterparty_account_id"].fillna(-1).to_numpy(dtype=np.int64)
    return np.column_stack([
        np.log(table["amount_eur"]),
        table["kind"].cat.codes,
        seconds % 86_400 / 3600,
        _since_last(account, seconds),
        _busy(account, seconds),
        np.where(receiver < 0, 0, _busy(receiver, seconds)),
        table["merchant_id"].isna(),
    ])  # fmt: skip


def _since_last(key: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the log of the seconds since the same key was seen (n,); rows are in time order."""
    order = np.lexsort((seconds, key))
    gap = np.diff(seconds[order], prepend=seconds[order][:1])
    gap[np.diff(key[order], prepend=-2) != 0] = 10**7
    result = np.empty(len(key))
    result[order] = np.log1p(gap)
    return result


def _busy(key: np.ndarray, seconds: np.ndarray, window: int = 7_200) -> np.ndarray:
    """Return how many rows of the same key the last two hours held (n,)."""
    order = np.lexsort((seconds, key))
    line_up = key[order].astype(np.float64) * 1e9 + seconds[order] - seconds.min()
    first = np.searchsorted(line_up, line_up - window)
    result = np.empty(len(key))
    result[order] = np.arange(len(key)) - first
    return result


def recall_at_alerts(scores: np.ndarray, is_fraud: np.ndarray) -> float:
    """Share of the frauds among as many alerts as there are frauds, the highest scores first."""
    alerts = np.argsort(-scores, kind="stable")[: int(is_fraud.sum())]
    return float(is_fraud[alerts].mean()) if len(alerts) else float("nan")


def train_detector(table: pd.DataFrame, seed: int = 0) -> object:
    """Return a gradient boosting that scores transactions, trained on the labels given."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=60, early_stopping=False, class_weight="balanced", random_state=seed
    )
    return model.fit(detector_features(table), table["is_fraud"].to_numpy())


def recall_by_typology(model: object, table: pd.DataFrame) -> dict[str, float]:
    """Return the recall of each typology in a table, at as many alerts as frauds."""
    scores = model.predict_proba(detector_features(table))[:, 1]  # type: ignore[attr-defined]
    truth = (table["fraud_type"] != "none").to_numpy()
    alerts = np.zeros(len(table), dtype=bool)
    alerts[np.argsort(-scores, kind="stable")[: int(truth.sum())]] = True
    kinds = table["fraud_type"].to_numpy()
    return {k: float(alerts[kinds == k].mean()) for k in TYPOLOGIES if (kinds == k).any()}


def _learned_rule(value: DialValue, rng: RandomState) -> Trace:
    """Train a detector on the first ``value`` typologies; test it on all six."""
    known = TYPOLOGIES[: int(value)]
    generator = as_generator(rng)
    train_seed, own_seed, test_seed = (int(s) for s in generator.integers(2**31, size=3))
    trace = Trace(
        name="finance.learned_rule",
        seed=_seed_of(rng),
        parameters={"typologies": int(value)},
        views=(View("recall", "histogram", "Which frauds does it find?", "", "share found"),),
    )
    model = train_detector(fraud_table(known, train_seed))
    own = recall_by_typology(model, fraud_table(known, own_seed))
    other = recall_by_typology(model, fraud_table(TYPOLOGIES, test_seed))
    found, foreign = float(np.mean(list(own.values()))), float(np.mean(list(other.values())))
    names = [name.replace("_", " ") for name in other]
    marks = [
        bars(names, list(other.values()), role="holdout", label="all rules"),
        bars(names, [own.get(k, 0.0) for k in other], role="synthetic", label="own rules"),
    ]
    sentence = (
        f"Trained on {len(known)} of {len(TYPOLOGIES)} typologies, the detector finds {found:.0%} "
        f"of the frauds made by the same rules and {foreign:.0%} of all kinds."
    )
    scalars = {"own_recall": found, "recall": foreign}
    trace.append(0, {"recall": marks}, scalars=scalars, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="finance.indeterminate",
        title="A policy rule too weak to anchor inflation",
        story="If the central bank answers a point of inflation by less than a point of interest, "
        "money becomes cheaper when prices rise. Any rumour that people believe comes true, and "
        "inflation moves without a cause.",
        dial=Dial("phi_pi", "φ_π: points of interest a point of inflation",
                  (0.8, 0.9, 0.98, 1.05, 1.5, 2.0), 1.5),
        run=_indeterminate,
        indicator=lambda trace: trace.last("inflation_sd"),
        indicator_label="standard deviation of inflation (points a quarter)",
        threshold=0.3,
        broken_when="above",
        broken_at=0.9,
        repair=Repair(1.5, "Answer inflation by more than one for one (Taylor's principle)."),
    ),
    Failure(
        name="finance.negative_rates",
        title="A scheme that steps where the model can't go",
        story="The CIR model has no negative rates. Euler's scheme takes a straight step with "
        "the noise of its start, and near zero the step lands below. Whoever takes a root or a "
        "logarithm next gets nonsense.",
        dial=Dial("sigma", "volatility σ", (0.02, 0.05, 0.1, 0.15, 0.3), 0.05),
        run=_negative_rates,
        indicator=lambda trace: trace.last("negative"),
        indicator_label="share of negative rates",
        threshold=0.001,
        broken_when="above",
        broken_at=0.3,
        repair=Repair(0.05, "Keep Feller's ratio well above 1, or draw the exact transition."),
    ),
    Failure(
        name="finance.learned_rule",
        title="The detector learns the rule, not the fraud",
        story="Trained and tested on frauds that one rule made, a detector is nearly perfect. It "
        "has learned the rule: frauds of another kind walk past it.",
        dial=Dial("typologies", "typologies in the training data", (1, 2, 4, 6), 6),
        run=_learned_rule,
        indicator=lambda trace: trace.last("recall"),
        indicator_label="share of all kinds of fraud found",
        threshold=0.8,
        broken_when="below",
        broken_at=1,
        repair=Repair(6, "Train on many rules, and test on rules that were held back."),
    ),
)  # fmt: skip
