r"""Growth averaged over the children of the study: what ``level`` and ``slope`` are reported as.

The growth coefficients of a model are those of a reference: numeric covariates at their mean,
binary ones at 0, categorical ones at the reference category, which may be hardly anybody. Reported
are averages over the children of the study, each with its own covariates,

.. math:: \bar\gamma_{ck} = \gamma_{ck} + \bar x' B_{ck}, \qquad
          \bar x = \frac{1}{n} \sum_i x_i

for growth coefficient `c` and informant `k`. What varies over occasions adds
:math:`\bar z' \delta_k` to the level, with :math:`\bar z` its mean over the rated occasions of
these children. A child whose covariate is missing is taken to be like the others on average.
"""

from collections.abc import Collection, Sequence

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.design.expected import expected_coefficients

AT_REFERENCE = "_at_reference"


def average_growth(
    moments: xr.Dataset, design: Design, children: Collection[str] | None = None
) -> dict[str, xr.DataArray]:
    """Growth coefficients averaged over children of the study.

    Parameters
    ----------
    moments : Dataset
        Named moments, dims (chain, draw, ...).
    children : collection of str, optional
        Labels of those averaged over; all of them if not given.

    Returns
    -------
    dict of str to DataArray
        Growth coefficient to draws, dims (chain, draw, informant), rating points.
    """
    x, z = (rows.mean(axis=0) for rows in rows_of(design, children))
    names = design.coefficients
    growth = expected_coefficients(names, of_coefficients(moments, names), x[None])[:, :, 0]
    if "rating_on" in moments:
        on = moments["rating_on"].transpose("chain", "draw", "occasion_covariate", "informant")
        growth[:, :, 0] += z @ on.values
    like = {name: moments[name].transpose("chain", "draw", "informant") for name in names}
    return {name: like[name].copy(data=growth[:, :, c]) for c, name in enumerate(names)}


def of_coefficients(moments: xr.Dataset, names: Sequence[str]) -> dict[str, Floats]:
    """Growth coefficients of the reference, and effects of covariates on them, as plain arrays.

    Returns
    -------
    dict
        ``level`` ... (chain, draw, K), ``level_on`` ... (chain, draw, P, K).
    """
    every = [given for name in names for given in (name, f"{name}_on") if given in moments]
    return {
        name: moments[name].transpose("chain", "draw", ..., "informant").values for name in every
    }


def rows_of(design: Design, children: Collection[str] | None = None) -> tuple[Floats, Floats]:
    """Coded covariates of children, and of their rated occasions.

    Parameters
    ----------
    children : collection of str, optional
        Labels of those wanted; all of them if not given.

    Returns
    -------
    x : array, shape (n_children, P)
        What is missing is at the mean of the other children wanted, of all if it is missing for
        these.
    z : array, shape (n_occasions, Q)
        Of all children if those wanted were never rated.
    """
    chosen = np.ones(len(design.children), dtype=bool)
    if children is not None:
        chosen = np.isin(np.array(design.children), list(children))
    x, z = design.x[chosen].copy(), design.z[chosen[design.occasion_child]].copy()
    absent = np.isnan(x)
    if absent.any():
        n_known = (~absent).sum(axis=0)
        means = np.where(n_known, np.nansum(x, axis=0) / np.maximum(n_known, 1), np.nan)
        means = np.where(n_known, means, np.nanmean(design.x, axis=0))
        x = np.where(absent, means, x)
    return x, z if len(z) else design.z.copy()


def with_averages(moments: xr.Dataset, design: Design) -> xr.Dataset:
    """Named moments in which growth coefficients are averages over the children of the study.

    Parameters
    ----------
    moments : Dataset
        As the model names them: growth coefficients are those of the reference.

    Returns
    -------
    Dataset
        With ``level_at_reference`` beside ``level``, and so on, where covariates make them differ.
    """
    averages = average_growth(moments, design)
    references = {
        f"{name}{AT_REFERENCE}": moments[name]
        for name, average in averages.items()
        if not np.allclose(average, moments[name].transpose(*average.dims), rtol=1e-9)
    }
    others = {str(name): array for name, array in moments.items() if name not in averages}
    # Without coordinates of their own, which are those of the moments and need no comparison.
    variables = {name: one.variable for name, one in (averages | references | others).items()}
    return xr.Dataset(variables, coords=moments.coords)
