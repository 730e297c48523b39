"""Sampler diagnostics of draws: effective sample sizes, R-hat and Monte Carlo errors.

Those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), for the sampled parameters and for
anything derived from them. Numbers are those of ArviZ, which takes one quantity after another; a
report has hundreds, and here all are computed together.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from bayes_alliance.arrays import Floats

# Quantiles whose effective sample sizes are those of the tails: ArviZ's; the paper has 5 and 95%.
TAILS = (1 - 0.89, 0.89)


def stacked(quantities: Iterable[tuple[str, xr.DataArray]]) -> xr.DataArray:
    """One array of named scalar quantities.

    Parameters
    ----------
    quantities : iterable of (str, DataArray)
        Draws with dims (chain, draw).

    Returns
    -------
    DataArray
        Dims (quantity, chain, draw).
    """
    names, draws = zip(*quantities, strict=True)
    values = np.stack([array.transpose("chain", "draw").values for array in draws])
    return xr.DataArray(
        values, dims=("quantity", "chain", "draw"), coords={"quantity": list(names)}
    )


def scalars(name: str, draws: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """Every entry of labelled draws by itself.

    Parameters
    ----------
    draws : DataArray
        Dims (chain, draw, ...).

    Yields
    ------
    label : str
        ``"agreement.correlation[child;caregiver]"``.
    entry : DataArray
        Dims (chain, draw). What is fixed by its definition, an entry of something with itself, is
        left out.
    """
    dims = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    for index in np.ndindex(*(draws.sizes[dim] for dim in dims)):
        entry = draws.isel(dict(zip(dims, index, strict=True)), drop=True)
        labels = {dim: str(draws[dim].values[i]) for dim, i in zip(dims, index, strict=True)}
        if not any(labels.get(f"{dim}_") == label for dim, label in labels.items()):
            yield (f"{name}[{';'.join(labels.values())}]" if labels else name), entry


def table(draws: xr.DataArray) -> pd.DataFrame:
    """Diagnostics of each quantity.

    Parameters
    ----------
    draws : DataArray
        Dims (quantity, chain, draw).

    Returns
    -------
    DataFrame
        Index quantity, columns ``ess_bulk``, ``ess_tail``, ``r_hat``, ``mcse_mean``. Draws that are
        constant, or not all finite, have NaN in each.
    """
    names = pd.Index(draws["quantity"].values, name="quantity")
    columns = ["ess_bulk", "ess_tail", "r_hat", "mcse_mean"]
    frame = pd.DataFrame(np.nan, index=names, columns=columns)
    values = draws.transpose("quantity", "chain", "draw").values
    varies = np.isfinite(values).all(axis=(1, 2))
    varies &= values.max(axis=(1, 2)) > values.min(axis=(1, 2))
    # A half needs two draws to vary.
    if not varies.any() or draws.sizes["draw"] < 4:
        return frame
    moving = values[varies]
    halves = _halves(moving)
    folded = np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True))
    scores = _normal_scores(halves)
    bounds = np.quantile(moving, TAILS, axis=(1, 2), keepdims=True)
    tails = [_effective(_halves((moving <= bound).astype(float))) for bound in bounds]
    r_hat = np.fmax(_r_hat(scores), _r_hat(_normal_scores(folded)))
    error = moving.std(axis=(1, 2), ddof=1) / np.sqrt(_effective(halves))
    # Halves of one chain would give a number, which says nothing of other chains.
    if draws.sizes["chain"] < 2:
        r_hat = np.full(len(moving), np.nan)
    frame.loc[varies] = np.column_stack([_effective(scores), np.minimum(*tails), r_hat, error])
    return frame


def effective_of_means(values: Floats) -> Floats:
    """Effective sample sizes of means, shape (n_quantities,).

    Parameters
    ----------
    values : array, shape (n_quantities, n_chains, n_draws)
    """
    return _effective(_halves(values))


def bfmi(energy: xr.DataArray) -> Floats:
    """Estimated Bayesian fraction of missing information of every chain (Betancourt 2016).

    Parameters
    ----------
    energy : DataArray
        Of the draws, dims (chain, draw).
    """
    values = energy.transpose("chain", "draw").values
    fraction: Floats = np.square(np.diff(values)).mean(axis=1) / values.var(axis=1, ddof=1)
    return fraction


def unfit(draws: xr.DataArray) -> dict[str, str]:
    """What keeps the draws of quantities from being judged.

    Parameters
    ----------
    draws : DataArray
        Dims (quantity, chain, draw).

    Returns
    -------
    dict
        Quantity to what its draws are; nothing for those that can be judged.
    """
    values = draws.transpose("quantity", "chain", "draw").values
    never_moves = (values == values[:, :1, :1]).all(axis=(1, 2))
    problems: dict[str, str] = {}
    for name, own, still in zip(
        draws["quantity"].values.tolist(), values, never_moves, strict=True
    ):
        if np.isnan(own).any():
            problems[name] = f"is not a number in {np.isnan(own).sum()} of {own.size} draws"
        elif np.isinf(own).any():
            problems[name] = f"is infinite in {np.isinf(own).sum()} of {own.size} draws"
        elif still:
            problems[name] = "is the same in all draws"
    return problems


def _halves(values: Floats) -> Floats:
    """First and second half of every chain as chains of their own; a middle draw is left out."""
    half = values.shape[-1] // 2
    return np.concatenate([values[..., :half], values[..., -half:]], axis=-2)


def _normal_scores(values: Floats) -> Floats:
    """Normal quantiles of the ranks among all draws of a quantity (Blom 1958)."""
    flat = values.reshape(len(values), -1)
    ranks = pd.DataFrame(flat.T).rank().to_numpy().T
    places = (ranks - 3 / 8) / (flat.shape[-1] + 1 / 4)
    scores: Floats = ndtri(places).reshape(values.shape)
    return scores


def _r_hat(values: Floats) -> Floats:
    r"""Root of :math:`(n - 1) / n + B / (n W)`: variance between (B) and within (W) chains."""
    n = values.shape[-1]
    between = n * values.mean(axis=-1).var(axis=-1, ddof=1)
    within = values.var(axis=-1, ddof=1).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        r_hat: Floats = np.sqrt((between / within + n - 1) / n)
    return r_hat


def _effective(values: Floats) -> Floats:
    r"""Effective sample sizes, shape (n_quantities,).

    :math:`S / (1 + 2 \sum_t \rho_t)` for `S` draws in all, of the autocorrelations within chains
    and the variance between them. Sums of two successive ones are positive and decrease (Geyer
    1992): the first that is not positive ends the sequence, and none counts more than those before.
    """
    n_chains, n = values.shape[-2:]
    centred = values - values.mean(axis=-1, keepdims=True)
    # Padded, so that the end of a chain does not meet its beginning.
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    autocovariance = np.fft.irfft(power.mean(axis=-2), 2 * n)[..., :n] / n
    variance = autocovariance[..., :1]
    between = values.mean(axis=-1).var(axis=-1, ddof=1)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1.0 - (variance * n / (n - 1.0) - autocovariance) / (variance + between)
    rho[..., 0] = 1.0
    n_pairs = max(1, (n - 1) // 2)
    pairs = rho[..., : 2 * n_pairs].reshape(-1, n_pairs, 2)
    sums = pairs.sum(axis=-1)
    positive = sums > 0
    end = np.where(positive.all(axis=-1), n_pairs - 1, positive.argmin(axis=-1))[..., None]
    counted = np.where(np.arange(n_pairs) < end, np.minimum.accumulate(sums, axis=-1), 0.0)
    first = np.where(positive, pairs[..., 0], np.maximum(pairs[..., 0], 0.0))
    last = np.take_along_axis(first, end, axis=-1)[..., 0]
    size = n_chains * n
    tau = np.maximum(2.0 * counted.sum(axis=-1) - 1.0 + last, 1.0 / np.log10(size))
    still = np.ptp(values, axis=(-2, -1)) < np.finfo(float).resolution
    return np.where(still, size, size / tau)
