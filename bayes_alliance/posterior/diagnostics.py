"""Sampler diagnostics of draws, as ArviZ computes them.

One place where effective sample sizes, R-hat and Monte Carlo errors are computed, for the sampled
parameters and for anything derived from them (Vehtari et al. 2021).
"""

from collections.abc import Iterable, Iterator

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr


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
        Dims (chain, draw). Entries that are missing in any draw, or never move, are left out.
    """
    dims = [dim for dim in draws.dims if dim not in ("chain", "draw")]
    for index in np.ndindex(*(draws.sizes[dim] for dim in dims)):
        entry = draws.isel(dict(zip(dims, index, strict=True)), drop=True)
        labels = [str(draws[dim].values[i]) for dim, i in zip(dims, index, strict=True)]
        values = entry.values
        if np.isfinite(values).all() and values.min() < values.max():
            yield (f"{name}[{';'.join(labels)}]" if labels else name), entry


def table(draws: xr.DataArray) -> pd.DataFrame:
    """Diagnostics of each quantity.

    Parameters
    ----------
    draws : DataArray
        Dims (quantity, chain, draw).

    Returns
    -------
    DataFrame
        Index quantity, columns ``ess_bulk``, ``ess_tail``, ``r_hat``, ``mcse_mean``. Constant
        draws have NaN in each.
    """
    columns = ("ess_bulk", "ess_tail", "r_hat", "mcse_mean")
    frame = pd.DataFrame(
        np.nan, index=pd.Index(draws["quantity"].values, name="quantity"), columns=columns
    )
    varies = (draws.max(["chain", "draw"]) > draws.min(["chain", "draw"])).values
    # Chains are split in halves, and a half needs two draws to vary.
    enough = draws.sizes["draw"] >= 4
    if not (varies.any() and enough):
        return frame
    dataset = draws.isel(quantity=varies).to_dataset(name="x")
    by_column = {
        "ess_bulk": az.ess(dataset, method="bulk"),
        "ess_tail": az.ess(dataset, method="tail"),
        "r_hat": az.rhat(dataset),
        "mcse_mean": az.mcse(dataset, method="mean"),
    }
    for name, values in by_column.items():
        frame.loc[varies, name] = values["x"].values
    # Split halves of one chain would give a number, which says nothing of other chains.
    if draws.sizes["chain"] < 2:
        frame["r_hat"] = np.nan
    return frame
