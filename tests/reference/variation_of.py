"""The variation to simulate with that has a given covariance."""

from collections.abc import Sequence

import numpy as np

from bayes_alliance.ratings.simulation import Variation


def variation_of(cov: np.ndarray, labels: Sequence[str]) -> Variation:
    """Standard deviations and correlations of a covariance; zero rows and columns do not vary."""
    sd = np.sqrt(np.diag(cov))
    pairs = [(i, j) for j in range(len(labels)) for i in range(j) if sd[i] > 0 and sd[j] > 0]
    return Variation(
        sd=dict(zip(labels, sd.tolist(), strict=True)),
        cor={(labels[i], labels[j]): float(cov[i, j] / (sd[i] * sd[j])) for i, j in pairs},
    )
