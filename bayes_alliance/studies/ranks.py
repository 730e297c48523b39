"""Whether ranks are uniform: simultaneous bands for an empirical distribution function.

The test statistic is the smallest binomial tail probability of the number of ranks below any of a
hundred points; its distribution under uniform ranks is simulated (Säilynoja, Bürkner and Vehtari
2022).
"""

import numpy as np
import pandas as pd
from scipy.special import bdtr, bdtrc

from bayes_alliance.arrays import Floats

POINTS = np.arange(1, 101) / 101
# Simulated sets of uniform ranks behind a p-value.
N_UNIFORM = 10_000


def judged(ranks: pd.DataFrame, n_draws: int) -> pd.DataFrame:
    """Whether every quantity's ranks are uniform.

    Parameters
    ----------
    ranks : DataFrame
        A row per replicate, a column per quantity.
    n_draws : int
        Draws each rank was taken among.

    Returns
    -------
    DataFrame
        Index quantity; ``p`` of the largest departure from uniformity under simulated uniform
        ranks (the simultaneous band as a test), ``mean_rank`` (relative, 0.5 if right) and
        ``coverage_90``, how often the central 90% interval held the truth.
    """
    n_fits = len(ranks)
    # The same uniform ranks in every call, so that a study has one p.
    rng = np.random.default_rng(1)
    batches = [_farthest(rng.random((250, n_fits))) for _ in range(N_UNIFORM // 250)]
    uniform = np.concatenate(batches)
    rows = []
    for name in ranks.columns:
        values = ranks[name].to_numpy(dtype=float)
        # Ties within a rank are broken at random: ranks are whole numbers, the bands are not.
        observed = _farthest(((values + rng.random(n_fits)) / (n_draws + 1))[None])[0]
        p = float((np.sum(uniform <= observed) + 1) / (len(uniform) + 1))
        covered = np.mean((values >= 0.05 * n_draws) & (values <= 0.95 * n_draws))
        rows.append((name, p, values.mean() / n_draws, covered))
    columns = ["quantity", "p", "mean_rank", "coverage_90"]
    return pd.DataFrame(rows, columns=columns).set_index("quantity")


def _farthest(relative_ranks: Floats) -> Floats:
    """Smallest two-sided binomial tail probability of the distribution function over `POINTS`.

    Of relative ranks between 0 and 1, shape (..., n); shape (...).
    """
    counts = (relative_ranks[..., None] <= POINTS).sum(axis=-2)
    n = relative_ranks.shape[-1]
    # Binomial probabilities of as many or fewer, and of as many or more.
    lower, upper = bdtr(counts, n, POINTS), bdtrc(counts - 1, n, POINTS)
    return 2 * np.minimum(lower, upper).min(axis=-1)


def band(n: int, points: Floats, *, prob: float = 0.95) -> Floats:
    """Half width of the band that holds whole uniform curves with a probability.

    Parameters
    ----------
    n : int
        Ranks.
    points : array
        Between 0 and 1.

    Returns
    -------
    array
        A multiple of the standard deviation of the empirical distribution function at each point.
    """
    rng = np.random.default_rng(2)
    width = np.sqrt(points * (1 - points) / n)
    # Near the ends a single rank is many standard deviations.
    inner = (points > 0.02) & (points < 0.98)
    samples = np.sort(rng.random((4000, n)), axis=1)
    ecdf = np.stack([np.searchsorted(s, points[inner], side="right") / n for s in samples])
    largest = np.max(np.abs(ecdf - points[inner]) / width[inner], axis=1)
    return np.quantile(largest, prob) * width
