r"""Missing values of baseline covariates in the graph.

Each incomplete covariate is regressed on others (`design.missing`). In standard deviations of the
covariates, with intercept `a` and weights `b`:

- a number is normal around :math:`a + b'w`; where it is missing it is a free variable;
- a category has multinomial-logit probabilities, a binary covariate a logit; where it is missing
  the likelihood of the child's ratings is summed over what it may be,

.. math:: \log p(y_i) = \log \sum_c p(c \mid w_i) \prod_t p(y_{it} \mid c),

which is exact and leaves nothing discrete to sample. The sum runs over all combinations of a
child's missing categories. Priors, of nuisance parameters in standard units: intercepts and weights
Normal(0, 1), for logits Normal(0, 1.5), residuals of a number HalfNormal(1): judgement, wide
for standardised covariates (Gelman, Jakulin, Pittau and Su 2008 on logits).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design, Incomplete

type Integers = NDArray[np.int64]

LOGIT_SD = 1.5
# Logarithm of a probability that is zero, kept finite for the gradient.
IMPOSSIBLE = -1e30


@dataclass(frozen=True, kw_only=True, eq=False)
class Completed:
    """Children with everything filled in: one row each, then a row per further combination.

    Parameters
    ----------
    x : array or tensor, shape (n_rows, P)
        Coded covariates, nothing missing.
    child : array of int, shape (n_rows,)
        The child of each row; the first rows are the children in order.
    log_probability : tensor, shape (n_rows,), or None
        Of the categories a row has, observed and assumed; None if no category is missing.
    """

    x: NDArray[np.float64] | TensorVariable
    child: Integers
    log_probability: TensorVariable | None

    @property
    def n_children(self) -> int:
        """Number of children."""
        return len(np.unique(self.child))

    @property
    def summed(self) -> Integers:
        """Rows of children for whom there are several, shape (n,)."""
        several = np.bincount(self.child)[self.child] > 1
        return np.flatnonzero(several)


def completed(arrays: Design) -> Completed:
    """Register models of incomplete covariates and fill in what is missing.

    Returns
    -------
    Completed
        If nothing is missing, the design's own covariates.
    """
    n = len(arrays.children)
    if not arrays.incomplete:
        return Completed(x=arrays.x, child=np.arange(n, dtype=np.int64), log_probability=None)
    columns: dict[int, TensorVariable] = {
        p: pt.constant(arrays.x[:, p])
        for p in range(arrays.x.shape[1])
        if not np.isnan(arrays.x[:, p]).any()
    }
    for one in arrays.incomplete:
        if one.kind == "numeric":
            columns[one.columns[0]] = _numeric(arrays, one, columns)[one.unit]
    categories = [one for one in arrays.incomplete if one.kind != "numeric"]
    child, codes = _combinations(categories, n)
    columns = {p: column[child] for p, column in columns.items()}
    log_probability = None
    for one, code in zip(categories, codes, strict=True):
        for number, p in enumerate(one.columns, start=1):
            columns[p] = pt.constant((code == number).astype(np.float64))
        own = _categorical(arrays, one, columns, code)
        log_probability = own if log_probability is None else log_probability + own
    for p, first, second in arrays.products:
        columns[p] = columns[first] * columns[second]
    x = pt.stack([columns[p] for p in range(arrays.x.shape[1])], axis=1)
    return Completed(x=x, child=child, log_probability=log_probability)


def _given(
    arrays: Design, one: Incomplete, columns: dict[int, TensorVariable]
) -> TensorVariable | None:
    """Standardised regressors of an incomplete covariate, a row per row of ``columns``."""
    if not one.given:
        return None
    return pt.stack([columns[p] / arrays.covariate_sd[p] for p in one.given], axis=1)


def _numeric(arrays: Design, one: Incomplete, columns: dict[int, TensorVariable]) -> TensorVariable:
    """Values of a numeric covariate for all its units, centred as in the design."""
    model, name = pm.modelcontext(None), f"missing_{one.name}"
    unit_sd = arrays.covariate_sd[one.columns[0]]
    intercept = pm.Normal(f"{name}_intercept", 0.0, 1.0)
    residual_sd = pm.HalfNormal(f"{name}_sd", 1.0)
    mean = intercept + pt.zeros(len(one.units))
    if (given := _given(arrays, one, columns)) is not None:
        dim = f"{name}_given"
        model.add_coord(dim, [arrays.covariates[p] for p in one.given])
        weight = pm.Normal(f"{name}_weight", 0.0, 1.0, dims=dim)
        _, first_child = np.unique(one.unit, return_index=True)
        mean = intercept + pt.dot(given[first_child], weight)
    seen, absent = np.flatnonzero(~one.absent), np.flatnonzero(one.absent)
    pm.Normal(f"given_{one.name}", mean[seen], residual_sd, observed=one.values[seen] / unit_sd)
    model.add_coord(f"{name}_of", [one.units[unit] for unit in absent])
    raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=f"{name}_of")
    value = pm.Deterministic(name, unit_sd * (mean[absent] + residual_sd * raw), dims=f"{name}_of")
    return pt.set_subtensor(pt.constant(np.nan_to_num(one.values))[absent], value)


def _combinations(categories: list[Incomplete], n_children: int) -> tuple[Integers, list[Integers]]:
    """Child of every row, and the number of the category of each covariate in it."""
    rows: list[tuple[int, tuple[int, ...]]] = []
    more: list[tuple[int, tuple[int, ...]]] = []
    for child in range(n_children):
        possible = [
            range(one.n_categories) if one.absent[child] else (int(one.values[child]),)
            for one in categories
        ]
        first, *others = product(*possible)
        rows.append((child, first))
        more += [(child, combination) for combination in others]
    child_of_row = np.array([child for child, _ in rows + more], dtype=np.int64)
    codes = np.array([code for _, code in rows + more], dtype=np.int64)
    return child_of_row, [codes[:, position] for position in range(len(categories))]


def _categorical(
    arrays: Design, one: Incomplete, columns: dict[int, TensorVariable], code: Integers
) -> TensorVariable:
    """Log probability of the category in each row."""
    model, name = pm.modelcontext(None), f"missing_{one.name}"
    contrasts, dim = [arrays.covariates[p] for p in one.columns], f"{name}_contrast"
    model.add_coord(dim, contrasts)
    intercept = pm.Normal(f"{name}_intercept", 0.0, LOGIT_SD, dims=dim)
    logit = intercept[None, :] + pt.zeros((len(code), len(contrasts)))
    if (given := _given(arrays, one, columns)) is not None:
        model.add_coord(f"{name}_given", [arrays.covariates[p] for p in one.given])
        weight = pm.Normal(f"{name}_weight", 0.0, LOGIT_SD, dims=(f"{name}_given", dim))
        logit = intercept[None, :] + pt.dot(given, weight)
    logit = pt.concatenate([pt.zeros((len(code), 1)), logit], axis=1)
    own = logit[np.arange(len(code)), code]
    return own - log_sum_exp(logit)


def log_sum_exp(values: TensorVariable) -> TensorVariable:
    """Logarithm of the sum of exponentials along the last axis, whatever their size."""
    most = pt.max(values, axis=1, keepdims=True)
    return most[:, 0] + pt.log(pt.sum(pt.exp(values - most), axis=1))
