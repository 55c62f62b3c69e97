r"""Sequential trees (CART): the plain method that most networks fail to beat.

The joint distribution is taken apart column by column, and each factor is a
decision tree that predicts the next column from those already made:

1. chain rule: :math:`p(x) = \prod_j p(x_j \mid x_1, \dots, x_{j-1})`
2. a tree sorts the rows into leaves; a new row falls into leaf :math:`\ell`
3. draw: take the value of a random real row of that leaf,
   :math:`x_j \sim \text{Uniform}\{x_j^{(i)} : i \in \ell\}`
4. blur: within its bin the value is drawn anew, so that no real number is repeated

Rows are handled as integer codes (see :mod:`synthkit.tables`): one for each category,
frequent value or quantile bin, and one for 'missing'.

=================  =============================================
symbol             name
=================  =============================================
n, d               rows, encoded columns
ℓ                  leaf: at least ``min_samples_leaf`` real rows
donors             codes of the real rows, sorted by leaf
=================  =============================================

Where this differs from the paper: Reiter draws real values by a Bayesian bootstrap within
the leaf; here the draw is uniform and blurred within the bin.  Nominal categories
enter as numbers in order of frequency, and those with many levels are predicted by a
regression tree on that order.

When it fails: with ``min_samples_leaf=1`` each leaf holds one person, and the rows come
back as copies.  A rare combination smaller than a leaf is lost.

References: Breiman et al. (1984), Classification and Regression Trees; Reiter (2005),
Using CART to generate partially synthetic public use microdata, J. Official Statistics 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from synthkit.base import Synthesizer
from synthkit.datasets import load
from synthkit.errors import ParameterError
from synthkit.failures import Dial, DialValue, Failure, Repair
from synthkit.measure.aligned import align
from synthkit.measure.privacy import membership_inference, row_scores
from synthkit.rng import RandomState, as_generator
from synthkit.tables import TableEncoder
from synthkit.trace import Trace, View, bars, points

# A classification tree keeps a count of each class in each node; beyond this many levels a
# regression tree on the order of frequency is as good and far smaller.
FEW_LEVELS = 30
STRIDE = 8  # levels that rows go down a tree before those that have arrived are taken out
# An attack that does nothing has the area .5 with a standard error of .024 on 284 members and as
# many controls: .62 is five of them away.
FOUND_AUC = 0.62
CLOSENESS = np.linspace(-3.0, 5.0, 33)  # bins of the attack's score, a log density ratio


@dataclass(frozen=True)
class Leaves:
    """One fitted tree as plain arrays: where rows go, and the donors in each leaf.

    Parameters
    ----------
    feature, threshold : ndarray of int32, shape (nodes,)
        A row goes left where ``codes[feature] <= threshold``; 0 in a leaf.
    child : ndarray of int32, shape (2 · nodes,)
        Node ``k`` has its right child at ``2k`` and its left one at ``2k + 1``; a leaf is its own.
    start, count : ndarray of shape (nodes,)
        The leaf's donors are ``donors[start : start + count]``.
    donors : ndarray of int32, shape (n,)
        The column's codes of the real rows, sorted by leaf.
    """

    feature: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    start: np.ndarray
    count: np.ndarray
    donors: np.ndarray


def grow(codes: np.ndarray, target: np.ndarray, nominal: bool, min_samples_leaf: Any) -> Leaves:
    """Fit a tree for ``target`` (n,) on the codes (n, j) of the columns made before."""
    model = DecisionTreeClassifier if nominal else DecisionTreeRegressor
    tree = model(min_samples_leaf=min_samples_leaf, random_state=0)
    features = codes.astype(np.float32)
    leaf_of = tree.fit(features, target).apply(features)  # (n,)
    count = np.bincount(leaf_of, minlength=tree.tree_.node_count)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    donors = target[np.argsort(leaf_of, kind="stable")]
    nodes = tree.tree_
    children = np.stack([nodes.children_right, nodes.children_left], axis=1)
    own = np.arange(len(children))[:, None]
    return Leaves(
        np.maximum(nodes.feature, 0).astype(np.int32),
        np.floor(nodes.threshold).astype(np.int32),
        np.where(children < 0, own, children).ravel().astype(np.int32),
        start.astype(np.int32), count.astype(np.int32), donors.astype(np.int32),
    )  # fmt: skip


def leaf_of(tree: Leaves, codes: np.ndarray) -> np.ndarray:
    """Send rows of codes (n, j) down the tree and return their leaves (n,)."""
    n = len(codes)
    leaf = np.zeros(n, dtype=np.int32)
    if len(tree.feature) == 1:
        return leaf
    flat = codes.ravel(order="F")  # one column after the other: no copy for our own codes
    column = tree.feature.astype(np.int64) * n  # where each node's column begins
    arrived = tree.child[::2] == np.arange(len(tree.feature))
    row, node = np.arange(n), np.zeros(n, dtype=np.int32)  # rows on their way, and where they are
    while len(row):
        for _ in range(STRIDE):
            code = flat.take(column.take(node) + row)
            node = tree.child.take(2 * node + (code <= tree.threshold.take(node)))
        there = arrived.take(node)
        leaf[row[there]] = node[there]
        row, node = row[~there], node[~there]
    return leaf


def draw(tree: Leaves, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a code (n,) of a random real row from the leaf that each row falls into."""
    leaf = leaf_of(tree, codes)
    pick = tree.start[leaf] + (rng.random(len(leaf)) * tree.count[leaf]).astype(np.int64)
    return tree.donors[pick]  # Eq. 3


class Trees(Synthesizer):
    """Sequential classification and regression trees on mixed tables with missing values.

    Parameters
    ----------
    min_samples_leaf : int
        Real rows in each leaf, 1 or more: the privacy dial.  1 copies real rows; the default
        of 20 makes few copies and fidelity still beats most networks; an attacker may still find
        members of a small table (``trees.members_found``).

    Attributes
    ----------
    trees_ : list of Leaves
        One for each encoded column, in the order of the table; the first has a single leaf.

    References
    ----------
    Reiter (2005), J. Official Statistics 21, 441-462.

    Examples
    --------
    >>> import synthkit as sk
    >>> Trees().fit(sk.load("iris"), rng=0).sample(4, rng=1).shape
    (4, 5)
    """

    name: ClassVar[str] = "trees"

    def __init__(self, *, min_samples_leaf: int = 20) -> None:
        self.min_samples_leaf = min_samples_leaf

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        leaf: Any = self.min_samples_leaf
        if isinstance(leaf, bool) or not isinstance(leaf, (int, np.integer)) or leaf < 1:
            raise ParameterError(
                f"min_samples_leaf must be a whole number of 1 or more; got {leaf!r}. Pass e.g. 20."
            )
        encoder = self._fit_encoder(table)
        codes = encoder.to_codes(*encoder.encode(table))  # (n, d)
        self.trees_ = [
            _root(codes[:, 0])
            if j == 0
            else grow(codes[:, :j], codes[:, j], self._nominal(j), leaf)
            for j in range(codes.shape[1])
        ]

    def _nominal(self, j: int) -> bool:
        """Tell whether column j is an unordered category with few levels."""
        spec = self.encoder_.specs[j]
        few = self.encoder_.cardinalities[j] <= FEW_LEVELS
        return bool(spec.kind in ("category", "boolean") and few)

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"Trees can't draw with given values; got given={given!r}. "
                "Use MonteCarlo, or sample more rows and filter them."
            )
        return self.encoder_.decode(*self.encoder_.from_codes(self._sample_codes(n, rng), rng))

    def _sample_codes(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw rows of codes (n, d), column by column."""
        codes = np.empty((n, len(self.trees_)), dtype=np.int32, order="F")
        for j, tree in enumerate(self.trees_):
            codes[:, j] = draw(tree, codes[:, :j], rng)  # Eq. 1
        return codes

    def _get_state(self) -> dict[str, Any]:
        state = super()._get_state()
        return {**state, "trees_": [list(vars(tree).values()) for tree in self.trees_]}

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state(state)
        self.trees_ = [Leaves(*arrays) for arrays in state["trees_"]]


def _root(target: np.ndarray) -> Leaves:
    """Return a tree of one leaf that holds every row: the first column's distribution."""
    zero, size = np.zeros(1, np.int32), np.full(1, len(target), np.int32)
    return Leaves(zero, zero, np.zeros(2, np.int32), zero, size, target)


# --- failures ---------------------------------------------------------------------------------


def copied_share(fake: np.ndarray, real: np.ndarray) -> float:
    """Share of coded rows (n, d) that stand among the real coded rows (m, d)."""
    known = set(map(bytes, np.ascontiguousarray(real)))
    return float(np.mean([bytes(row) in known for row in np.ascontiguousarray(fake)]))


def _memorised(value: DialValue, rng: RandomState) -> Trace:
    """Trees on half of breast_cancer with ``value`` rows in a leaf."""
    leaf = int(value)
    trace = Trace(
        name="trees.memorised",
        seed=int(rng) if isinstance(rng, (int, np.integer)) else 0,
        parameters={"min_samples_leaf": leaf},
        views=(View("cloud", "scatter", "Which of these rows are copies?", "radius", "texture"),),
    )
    generator = as_generator(rng)
    table = load("breast_cancer").iloc[:, :10]
    train = table.iloc[generator.permutation(len(table))[: len(table) // 2]]
    synth = Trees(min_samples_leaf=leaf).fit(train)
    encoder: TableEncoder = synth.encoder_
    real = encoder.to_codes(*encoder.encode(train))
    codes = synth._sample_codes(len(train), generator)
    fake = encoder.decode(*encoder.from_codes(codes, generator))
    copied = copied_share(codes, real)
    marks = [
        points(*train.iloc[:, :2].to_numpy().T, role="real", label="real"),
        points(*fake.iloc[:, :2].to_numpy().T, role="synthetic", label="synthetic"),
    ]
    sentence = f"With {leaf} rows in a leaf, {copied:.0%} of the synthetic rows are real ones."
    trace.append(0, {"cloud": marks}, scalars={"copied": copied}, sentence=sentence)
    return trace


def _members_found(value: DialValue, rng: RandomState) -> Trace:
    """Attack trees on half of breast_cancer with ``value`` rows in a leaf."""
    trace = Trace(
        name="trees.members_found",
        seed=rng,
        parameters={"min_samples_leaf": int(value)},
        views=(
            View("scores", "histogram", "Are members closer to the synthetic rows than others?",
                 "closeness (log density ratio)", "people", (-3.0, 5.0), (0.0, 140.0)),
            View("who", "scatter", "Who is found?", "radius", "texture"),
        ),
        code="fake = Trees(min_samples_leaf=leaf).fit(members).sample(len(members))\n"
        "membership_inference(members, fake, controls)",
    )  # fmt: skip
    generator = as_generator(rng)
    table = load("breast_cancer")
    halves = np.array_split(generator.permutation(len(table)), 2)
    controls, members = (table.iloc[half].reset_index(drop=True) for half in halves)
    fake = Trees(min_samples_leaf=int(value)).fit(members).sample(len(members), rng=generator)
    attack = membership_inference(members, fake, controls, rng=0)["membership_density"]
    assert attack.figure is not None
    area = attack.figure.value
    tables = align({"real": members, "synthetic": fake, "holdout": controls})
    inside, outside = row_scores(tables, rng=0)
    found = inside.closeness > outside.closeness.max()  # closer than every control
    where = members[["radius", "texture"]].to_numpy()[inside.rows]
    marks = {
        "scores": [
            bars(CLOSENESS, np.histogram(side.closeness.clip(-3, 5), CLOSENESS)[0], role=role,
                 label=label)
            for side, role, label in ((inside, "real", "members"), (outside, "holdout", "others"))
        ],
        "who": [
            points(*where[~found].T, role="real", label="members"),
            points(*where[found].T, role="broken", label="closer than every other"),
        ],
    }  # fmt: skip
    rows = "1 row" if int(value) == 1 else f"{int(value)} rows"
    sentence = (
        f"With {rows} in a leaf the attack has AUC {area:.2f} (0.5 is guessing); "
        f"{found.sum()} of {len(found)} members lie closer than every other person."
    )
    trace.append(0, marks, scalars={"auc": area, "found": float(found.sum())}, sentence=sentence)
    return trace


FAILURES = (
    Failure(
        name="trees.memorised",
        title="Leaves of one row hand out copies",
        story="A tree grown until each leaf holds one person answers every question with that "
        "person. The rows look perfect, because they are the real ones.",
        dial=Dial("min_samples_leaf", "real rows in a leaf", (1, 2, 5, 20, 50), 20),
        run=_memorised,
        indicator=lambda trace: trace.last("copied"),
        indicator_label="share of rows whose every bin is that of one real row",
        threshold=0.1,
        broken_when="above",
        broken_at=1,
        repair=Repair(20, "Twenty donors in each leaf, and the columns mix rows of many people."),
    ),
    Failure(
        name="trees.members_found",
        title="Small leaves give away who was in the table",
        story="No row equals a real one, since each value is drawn anew within its bin. But a "
        "synthetic row made from one person lies right beside them, and an attacker with a list "
        "of people sees who is on it.",
        dial=Dial("min_samples_leaf", "real rows in a leaf", (1, 2, 5, 10, 20, 50), 50),
        run=_members_found,
        indicator=lambda trace: trace.last("auc"),
        indicator_label="membership inference, AUC (0.5 is guessing)",
        threshold=FOUND_AUC,
        broken_when="above",
        broken_at=1,
        repair=Repair(50, "Each value has fifty possible donors. What is left is little, not "
                          "nothing: the figure says how much."),
    ),
)
Trees.failures = FAILURES
