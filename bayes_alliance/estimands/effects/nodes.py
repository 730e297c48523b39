"""Nodes and weights of averages over a standard normal variable."""

import numpy as np

NODES = 21


def hermite(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss-Hermite quadrature over a standard normal variable.

    Returns
    -------
    nodes, weights : array, shape (n,)
        Weights add up to 1.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return nodes, weights / weights.sum()
