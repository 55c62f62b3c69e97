r"""Masking: real rows with the identifying cells replaced, hidden or blurred.

**The idea.**  Direct identifiers (name, e-mail, card) go: each is replaced by an invented or keyed
value, the same each time, so that tables still join.  What describes a person without naming her
(age, sex, postcode: quasi-identifiers) is blurred until at least k people share each description.

.. math::
    \text{masked} &= f_{K_d}(x) \quad \text{keyed, one key per domain } d   &(1) \\
    |\{\text{rows with the same quasi-identifiers}\}| &\ge k            &(2) \\
    \text{prosecutor risk} &= \text{classes} / \text{rows} \le 1/k       &(3)

==========  ==================================================================
symbol      name in the code
==========  ==================================================================
K_d         ``MaskingKey.for_domain``
f           the actions: ``substitute``, ``pseudonymise``, ``encrypt`` …
k           ``plan.k``; groups are made by ``mondrian``
==========  ==================================================================

**When it fails.**  Masked rows are still real rows of real people.  Two facts that were left may
single a person out (``masking.reidentification``); k people who share a secret have none
(``masking.homogeneity``); the key undoes the rest.  Pseudonymised data is personal data (GDPR
Art. 4(5)), hashing does not anonymise.  What is said here was measured; it is not legal advice.

References: Sweeney (2002), k-anonymity; LeFevre et al. (2006); Machanavajjhala et al. (2006);
Li et al. (2007); NIST SP 800-38G; WP216 (2014) on singling out, linkability and inference.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Union

import numpy as np
import pandas as pd
from sklearn.utils import Tags, TransformerTags
from sklearn.utils.validation import validate_data

from synthkit import saving
from synthkit.base import Synthesizer
from synthkit.errors import DataError, DataWarning, NotFittedError, ParameterError
from synthkit.failures import Failure
from synthkit.rng import RandomState
from synthkit.tables import Schema, as_table
from synthkit.techniques.masking.actions import Context, apply_plan
from synthkit.techniques.masking.failure_shuffle import SHUFFLING
from synthkit.techniques.masking.learn import learn
from synthkit.techniques.masking.plan import Plan
from synthkit.techniques.masking.propose import propose
from synthkit.techniques.masking.pseudonyms import MaskingKey, Vault
from synthkit.techniques.masking.risk import FAILURES

KeyLike = Union[MaskingKey, str, os.PathLike[str], None]
KEY_BYTES = 32


class Masker(Synthesizer):
    """Mask a table column by column, by a plan that can be read and edited.

    Parameters
    ----------
    plan : Plan, path, or None
        What happens to each column.  None: proposed from headers and values, kept in ``plan_``.
    key : MaskingKey, path of a key file, or None
        None: made from ``rng``.  With a seed the masking is then as secret as the seed: give a
        key file for anything that leaves your desk.
    k : int, default 5
        Size of the groups in a proposed plan; 5 is a common minimum for published tables.
    locale : str, default ""
        Where invented names come from: built-in lists, or a locale of Faker's ("de_DE").

    Attributes
    ----------
    plan_ : Plan
    masked_ : DataFrame
        The fitted table, masked.  Its original rows are not kept.
    report_ : dict
        Counts by column, and the measured risk of the groups.

    Raises
    ------
    ParameterError
        If the plan doesn't fit the table, or the key is too short.
    DataError
        If a cell hasn't the form that the plan expects: column and row are named, the value isn't.

    Examples
    --------
    >>> people = pd.DataFrame({"name": ["Ann Lee", "Bo Ek", "Ann Lee"], "spent": [3, 5, 8]})
    >>> masked = Masker(key=MaskingKey(bytes(32))).fit(people).transform(people)
    >>> bool(masked["name"][0] == masked["name"][2])
    True
    >>> bool(masked["name"].isin(people["name"]).any())
    False
    """

    name: ClassVar[str] = "masking"
    failures: ClassVar[tuple[Failure, ...]] = FAILURES + SHUFFLING

    def __init__(
        self,
        *,
        plan: Plan | str | os.PathLike[str] | None = None,
        key: KeyLike = None,
        k: int = 5,
        locale: str = "",
    ) -> None:
        self.plan = plan
        self.key = key
        self.k = k
        self.locale = locale

    def propose(self, X: Any) -> Plan:
        """Return the plan that ``fit`` would use for a table: look at it, edit it, pass it on."""
        if self.plan is None:
            return propose(as_table(X), k=self._checked_k())
        return self.plan if isinstance(self.plan, Plan) else Plan.load(self.plan)

    def _checked_k(self) -> int:
        k: Any = self.k
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 2:
            raise ParameterError(f"k must be a whole number >= 2; got {k!r}. Try k=5.")
        return int(k)

    def _fit(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        self._checked_k()
        self.columns_ = list(table.columns)
        plain = table.set_axis([str(name) for name in table.columns], axis=1)
        plan = self.propose(table)
        plan.check(list(plain.columns))
        self._key = _as_key(self.key, rng)
        self._learned = learn(plain, plan, self._key)
        self.plan_ = plan
        tokenised = any(rule.action == "tokenise" for rule in plan.rules.values())
        vault = Vault(self._key) if tokenised else None
        context = Context(plan, self._key, self._learned, self.locale, vault=vault)
        masked = apply_plan(plain, context)
        self.masked_ = masked.set_axis(self.columns_, axis=1)
        self.vault_ = vault
        self.report_ = report(context, len(table))
        with warnings.catch_warnings():
            # The dtypes of the original hold its categories; those of the masked table don't.
            warnings.simplefilter("ignore", DataWarning)
            self.schema_ = Schema.infer(self.masked_)

    def transform(self, X: Any) -> pd.DataFrame:
        """Mask a table by the fitted plan and key; the fitted table gives ``masked_`` again.

        A row whose quasi-identifiers lie in none of the fitted groups has them suppressed
        (missing): it has no group to hide in.

        Raises
        ------
        NotFittedError
            Before ``fit``, or for a Masker that was loaded from a file, which holds no key.
        DataError
            If a column is missing or extra: it is named.
        """
        self._check_fitted()
        if not hasattr(self, "_key"):
            raise NotFittedError(
                "a saved Masker holds masked rows, and neither key nor groups, so it can't mask "
                "others. Fit it again with its plan: Masker(plan=masker.plan_, key=…)."
            )
        table = self._aligned(X)
        plain = table.set_axis([str(name) for name in self.columns_], axis=1)
        context = Context(
            self.plan_, self._key, self._learned, self.locale, vault=self.vault_
        )
        return apply_plan(plain, context).set_axis(self.columns_, axis=1)

    def fit_transform(self, X: Any, y: Any = None, *, rng: RandomState = None) -> pd.DataFrame:
        """Fit to a table and return it masked."""
        return self.fit(X, y, rng=rng).masked_.copy()

    def take_back(self, tokens: pd.Series) -> pd.Series:
        """Return the originals of a tokenised column (needs the vault, so the fitted Masker)."""
        self._check_fitted()
        vault: Vault | None = getattr(self, "vault_", None)
        if vault is None:
            raise ParameterError(
                "the plan must have a column with action 'tokenise' to be taken back; it has none. "
                "Pseudonyms can't be undone."
            )
        return pd.Series(vault.take_back(tokens), name=tokens.name, dtype=object)

    def _aligned(self, X: Any) -> pd.DataFrame:
        """Return X with the fitted columns in order, matched by name."""
        if isinstance(X, pd.DataFrame) or hasattr(X, "to_pandas"):
            table = as_table(X)
            lost = [name for name in self.columns_ if name not in table.columns]
            extra = [name for name in table.columns if name not in self.columns_]
            if lost or extra:
                raise DataError(
                    f"the columns must be those of the fitted table; missing {lost}, extra "
                    f"{extra}. Rename, add or drop them first."
                )
            return table[self.columns_]
        array = validate_data(self, X, reset=False, dtype=None, ensure_all_finite=False)
        table = pd.DataFrame(array)
        return as_table(table.infer_objects() if array.dtype == object else table)

    def _sample_block(
        self, n: int, rng: np.random.Generator, given: dict[Any, Any] | None
    ) -> pd.DataFrame:
        if given:
            raise ParameterError(
                f"given must be left out: masking has no conditional distribution; got {given}. "
                "Filter the masked rows instead."
            )
        rows = rng.integers(0, len(self.masked_), n)
        return self.masked_.iloc[rows].reset_index(drop=True)

    def _number_identifiers(self, block: pd.DataFrame, offset: int) -> pd.DataFrame:
        """Leave the identifiers: they are pseudonyms already, and must still join."""
        return block

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=[])
        return tags

    def save(self, path: str | Path) -> None:
        """Write the masked rows, the plan and the report; neither key, groups nor vault."""
        self._check_fitted()
        parameters = {**self.get_params(deep=False), "plan": None, "key": None}
        saving.save(path, self.name, parameters, self._get_state())

    def _get_state(self) -> dict[str, Any]:
        state = super()._get_state()
        state.pop("vault_", None)
        return {**state, "plan_": self.plan_.to_dict()}

    def _set_state(self, state: dict[str, Any]) -> None:
        super()._set_state({**state, "plan_": Plan.from_dict(state["plan_"])})


def _as_key(key: KeyLike, rng: np.random.Generator) -> MaskingKey:
    if key is None:
        return MaskingKey(rng.bytes(KEY_BYTES))
    if isinstance(key, MaskingKey):
        return key
    if isinstance(key, (str, os.PathLike)):
        return MaskingKey.load(key)
    raise ParameterError(
        f"key must be a MaskingKey or the path of a key file; got {type(key).__name__}. "
        "Wrap bytes, so that they are never printed: MaskingKey(key)."
    )


def report(context: Context, rows: int) -> dict[str, Any]:
    """Return what was done and what was measured, without any value."""
    content: dict[str, Any] = {"rows": rows, "columns": dict(context.report)}
    groups = context.learned.groups
    if groups is not None:
        content["groups"] = {
            "number": len(groups.partition.sizes),
            "smallest": int(groups.partition.sizes.min()),
            "prosecutor_risk": groups.partition.prosecutor_risk,  # Eq. 3
            "information_loss": groups.partition.information_loss(),
            "rows_in_homogeneous_groups": groups.homogeneous,
        }
    content["note"] = (
        "Masked rows are rows of real people. The figures are measurements, not legal advice."
    )
    return content


def mask_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    key: MaskingKey,
    plans: Mapping[str, Plan] | None = None,
    foreign_keys: Mapping[tuple[str, str], tuple[str, str]] | None = None,
    orphans: str = "error",
    k: int = 5,
) -> dict[str, pd.DataFrame]:
    """Mask several tables so that they still join.

    Parameters
    ----------
    tables : dict of name to DataFrame
    key : MaskingKey
    plans : dict of name to Plan, optional
        Proposed where left out.
    foreign_keys : dict of (table, column) to (parent table, column), optional
        The child's column is masked by the parent's rule and domain, whatever its name.
    orphans : 'error' or 'keep'
        What to do about a foreign key that no parent has.
    k : int, default 5

    Raises
    ------
    DataError
        If a foreign key has no parent, with the number of such rows and the first one.
    ParameterError
        If a key names a table or column that isn't there.
    """
    made = {name: propose(as_table(table), k=k) for name, table in tables.items()}
    made.update(plans or {})
    for (child, column), (parent, parent_column) in (foreign_keys or {}).items():
        _check_reference(tables, child, column, parent, parent_column, orphans)
        rule = made[parent].rules[parent_column]
        domain = made[parent].domain_of(parent_column)
        made[parent] = made[parent].with_rule(parent_column, _in_domain(rule, domain))
        made[child] = made[child].with_rule(column, _in_domain(rule, domain))
    return {n: Masker(plan=made[n], key=key).fit_transform(t) for n, t in tables.items()}


def _in_domain(rule: Any, domain: str) -> Any:
    from dataclasses import replace

    return replace(rule, domain=domain)


def _check_reference(
    tables: Mapping[str, pd.DataFrame],
    child: str, column: str, parent: str, parent_column: str, orphans: str,
) -> None:
    for table, name in ((child, column), (parent, parent_column)):
        if table not in tables or name not in tables[table].columns:
            raise ParameterError(
                f"foreign_keys must name tables and columns that are there; got {table}.{name}. "
                f"The tables are {', '.join(tables)}."
            )
    known = tables[parent][parent_column]
    values = tables[child][column]
    lost = (values.notna() & ~values.isin(known)).to_numpy(dtype=bool)
    if lost.any() and orphans != "keep":
        raise DataError(
            f"column {column!r} of table {child!r} must refer to {parent}.{parent_column}; "
            f"{int(lost.sum())} rows have no parent, the first is row {int(np.argmax(lost))}. "
            "Add the parents, or pass orphans='keep'."
        )
