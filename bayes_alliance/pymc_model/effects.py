"""Effects of children, therapists and clinics in the graph."""

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pytensor.tensor.variable import TensorVariable

from bayes_alliance.design import Design
from bayes_alliance.pymc_model import covariance
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.structures import STRUCTURES


@dataclass(frozen=True, kw_only=True, eq=False)
class Root:
    """A square root of the covariance of one level's effects.

    Parameters
    ----------
    matrix : tensor, shape (n_terms of the level, rank)
    positions : array of int
        The level's terms among all.
    source : str
        The dim of what the root is multiplied by.
    """

    matrix: TensorVariable
    positions: NDArray[np.int64]
    source: str
    rank: int

    def embedded(self, n: int) -> TensorVariable:
        """Return it with a row for every term, zero where a term does not vary.

        Parameters
        ----------
        n : int
            Number of terms.

        Returns
        -------
        tensor, shape (n, rank)
        """
        return covariance.selection(self.positions, n).T @ self.matrix


def order(arrays: Design, name: str) -> NDArray[np.int64]:
    """Order the terms of a level: coefficient by coefficient, informants by how much units differ.

    Parameters
    ----------
    name : {"child", "therapist", "clinic"}

    Returns
    -------
    array of int, shape (n_terms of the level,)
        Numbers among the level's terms; of each coefficient first the informant whose mean ratings
        differ most between the units, in spreads of the scale.
    """
    unit = arrays.unit_of_child().get(name, np.arange(len(arrays.children)))
    own = unit[arrays.occasion_child]
    between = []
    for k in range(len(arrays.informants)):
        seen = arrays.present[:, k]
        count = np.bincount(own[seen], minlength=unit.max() + 1)
        total = np.bincount(own[seen], weights=arrays.y[seen, k], minlength=unit.max() + 1)
        between.append(np.var(total[count > 0] / count[count > 0]) / arrays.spread[k] ** 2)
    rank = np.argsort(np.argsort(-np.array(between)))
    positions = arrays.term_sets()[name][0]
    return np.lexsort((rank[positions % len(rank)], arrays.factor_of_term[positions]))


def registered(spec: ModelSpec, arrays: Design, name: str, *, sampling: bool = False) -> Root:
    """Register standard deviations, correlations and covariance of a level.

    Parameters
    ----------
    name : {"child", "therapist", "clinic"}
    sampling : bool
        Take the terms in the `order` in which they are easiest to sample.

    Returns
    -------
    Root
        Registered are ``child_sd_level`` ... (informant), ``child_cor_cholesky`` or
        ``child_loading_beta``, and ``child_cov`` (term, term_); the same for the other levels.
    """
    positions, structure = arrays.term_sets()[name]
    coefficients = [c for c in arrays.coefficients if f"{name}_sd.{c}" in spec.priors]
    sd = pt.concatenate(
        [
            covariance.free(
                f"{name}_sd_{c}",
                spec.priors[f"{name}_sd.{c}"],
                factor=arrays.spread,
                dims=("informant",),
            )
            for c in coefficients
        ]
    )
    source, rank = f"{name}_term", len(positions)
    if STRUCTURES[structure].has_factors:
        source = f"{name}_source"
        _, factor = np.unique(arrays.factor_of_term[positions], return_inverse=True)
        rank += int(factor.max()) + 1
        matrix = covariance.loadings_and_own(name, sd, factor, prior=spec.priors[f"{name}_cor"])
    else:
        prior = spec.priors.get(f"{name}_cor")
        factor = arrays.factor_of_term[positions]
        if sampling:
            # By a matrix: rows taken by their numbers have a wrong gradient once compiled by numba.
            taken = order(arrays, name)
            turn = np.eye(len(taken))[taken]
            root = covariance.cholesky(name, pt.dot(turn, sd), factor[taken], prior=prior)
            matrix = pt.dot(turn.T, root)
        else:
            matrix = covariance.cholesky(name, sd, factor, prior=prior)
    pm.Deterministic(
        f"{name}_cov",
        covariance.embedded(matrix @ matrix.T, positions, len(arrays.terms)),
        dims=("term", "term_"),
    )
    return Root(matrix=matrix, positions=positions, source=source, rank=rank)


def summed(arrays: Design, roots: dict[str, Root]) -> TensorVariable | None:
    """Register the effects of all units, and add them up for each child.

    Parameters
    ----------
    roots : dict of str to Root
        By level.

    Returns
    -------
    tensor, shape (n_children, q), or None
        None if there are no effects. Registered are ``child_raw`` (child, child_term or
        child_source) and ``child_effect`` (child, child_term); the same for the other levels.
    """
    n_terms, unit_of_child = len(arrays.terms), arrays.unit_of_child()
    total = None
    for name, root in roots.items():
        # Standard normal numbers times a root, not effects with a covariance: with few ratings a
        # unit, effects and their standard deviations would form a funnel (Betancourt and Girolami
        # 2015).
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=(name, root.source))
        effect = pm.Deterministic(
            f"{name}_effect", pt.dot(raw, root.matrix.T), dims=(name, f"{name}_term")
        )
        of_child = effect if name == "child" else effect[unit_of_child[name]]
        if len(root.positions) < n_terms:
            of_child = pt.dot(of_child, covariance.selection(root.positions, n_terms))
        total = of_child if total is None else total + of_child
    return total
