r"""Growth coefficients that the covariates of children let expect.

.. math:: \Gamma x_i = \gamma_k + x_i' B_k

for each growth coefficient and informant `k`, of one draw of the moments or of many at once.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


def expected_coefficients(
    coefficients: Sequence[str], moments: Mapping[str, Floats], x: Floats
) -> Floats:
    """Expected growth coefficients of children.

    Parameters
    ----------
    coefficients : sequence of str
        Growth coefficients of the model, T of them.
    moments : mapping
        ``level`` ... (..., K) and, where covariates act on a coefficient, ``level_on`` ...
        (..., P, K).
    x : array, shape (n, P)
        Coded covariates, nothing missing.

    Returns
    -------
    array, shape (..., n, T, K)
        Rating points.
    """
    rows = []
    for name in coefficients:
        row = np.repeat(moments[name][..., None, :], len(x), axis=-2)
        rows.append(row + x @ moments[f"{name}_on"] if f"{name}_on" in moments else row)
    return np.stack(rows, axis=-2)
