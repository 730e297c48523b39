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


def registered(spec: ModelSpec, arrays: Design, name: str) -> Root:
    """Register standard deviations, correlations and covariance of a level.

    Parameters
    ----------
    name : {"child", "therapist", "clinic"}

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
    source = f"{name}_term"
    if STRUCTURES[structure].has_factors:
        source = f"{name}_source"
        _, factor = np.unique(arrays.factor_of_term[positions], return_inverse=True)
        matrix = covariance.loadings_and_own(name, sd, factor, prior=spec.priors[f"{name}_cor"])
    else:
        prior = spec.priors.get(f"{name}_cor")
        factor = arrays.factor_of_term[positions]
        matrix = covariance.cholesky(name, sd, factor, prior=prior)
    pm.Deterministic(
        f"{name}_cov",
        covariance.embedded(matrix @ matrix.T, positions, len(arrays.terms)),
        dims=("term", "term_"),
    )
    return Root(matrix=matrix, positions=positions, source=source)


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
