"""Whether those who left differed from those who stayed: three answers, the safest first.

As a covariate of the level, who left is compared at entry, where everybody is rated: nothing is
assumed about leaving, but its slope must not be read. For new families both groups follow from the
joint model of ratings and leaving. For the families of the study they are averages of what each
family is like given all that is known of it.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design.coding import values_of
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments
from bayes_alliance.estimands.leaving.courses import stays
from bayes_alliance.numerals import exact
from bayes_alliance.posterior.exact import by_chain
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.recovery import random_effects
from bayes_alliance.posterior.study_average import of_coefficients, rows_of
from bayes_alliance.ratings import Covariate, Ratings

LEFT = "left"
UNKNOWN = "nobody knows who was in treatment when: the study file has no [treatment]"


@checked_arguments
def with_who_left(ratings: Ratings) -> Ratings:
    """Ratings with a covariate that says who left before the last occasion.

    Parameters
    ----------
    ratings : Ratings
        That say who was in treatment when.

    Returns
    -------
    Ratings
        With the covariate ``"left"`` of children, 0 or 1.

    Raises
    ------
    InputError
        If they do not say it, or have such a covariate.
    """
    message = ""
    if not ratings.has_treatment:
        message = UNKNOWN
    elif LEFT in ratings.children:
        message = f'there is a covariate "{LEFT}" already'
    if message:
        raise InputError([Problem(where="treatment", message=message)], "who left")
    children = ratings.children.assign(**{LEFT: who_left(ratings)})
    own = Covariate(name=LEFT, level="child", kind="binary")
    return replace(ratings, children=children, covariates=(*ratings.covariates, own))


@checked_arguments
def by_group(ratings: Ratings) -> pd.DataFrame:
    """Count families in treatment at each time: all, and by covariates of what they had at entry.

    Parameters
    ----------
    ratings : Ratings
        That say who was in treatment when.

    Returns
    -------
    DataFrame
        Index (covariate, group), ``("", "all")`` first; columns are the times. Numbers are split at
        their median, ``"up to 9"`` and ``"above 9"``; families without a value are left out.

    Raises
    ------
    InputError
        If nobody knows who was in treatment.
    """
    if not ratings.has_treatment:
        raise InputError([Problem(where="treatment", message=UNKNOWN)], "who left")
    there = ratings.occasions.pivot_table(
        index="child", columns="time", values="in_treatment", aggfunc="sum"
    )
    there = there.reindex(ratings.children.index).fillna(0).astype(int)
    rows = {("", "all"): there.sum()}
    for one in ratings.covariates:
        if one.level == "occasion":
            continue
        groups = _grouped(values_of(one, ratings), numeric=one.kind == "numeric")
        for group in sorted(
            groups.dropna().unique(), key=str.casefold, reverse=one.kind == "numeric"
        ):
            rows[one.name, group] = there[(groups == group).to_numpy()].sum()
    table = pd.DataFrame(rows).T
    return table.rename_axis(["covariate", "group"]).rename_axis("time", axis=1)


def _grouped(values: pd.Series, *, numeric: bool) -> pd.Series:
    """Labels of groups; numbers are split at their median."""
    if numeric:
        middle = float(values.median())
        text = exact(middle)
        labels = np.where(values <= middle, f"up to {text}", f"above {text}")
        return pd.Series(labels, index=values.index).where(values.notna())
    return values.map(lambda one: one if isinstance(one, str) else f"{one:g}", na_action="ignore")


def who_left(ratings: Ratings) -> Floats:
    """1 for children who were not in treatment at the last occasion, in their order."""
    there = ratings.occasions[ratings.occasions["in_treatment"]]
    last = there.groupby("child")["time"].max().reindex(ratings.children.index)
    return (~(last >= ratings.occasions["time"].max())).to_numpy(dtype=np.float64)


@checked_arguments
def left_minus_stayed(
    fit: Fit, *, way: Literal["covariate", "new", "study"], seed: Seed = 0
) -> xr.DataArray:
    """Growth coefficients of those who left before the last occasion, less those of others.

    Parameters
    ----------
    fit : Fit
        For ``"covariate"`` of ratings from `with_who_left` and a model in which ``"left"`` acts on
        the level; otherwise of a model with leaving.
    way : {"covariate", "new", "study"}
        As a covariate of the level, which assumes nothing about leaving; for new families with the
        covariates of this study; or for the families of the study.
    seed : int
        Of the effects of the families of the study.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient, informant), rating points.

    Raises
    ------
    InputError
        If the fit is not of such a model.
    """
    if way == "covariate":
        return _of_covariate(fit)
    if way == "new":
        found = stays(fit)
        p = found.probability[:, -1:]
        left = (found.mean - p * found.stayed) / (1.0 - p)
        return _labelled(fit, by_chain(fit.moments, left - found.stayed))
    return _of_study(fit, seed)


def _of_covariate(fit: Fit) -> xr.DataArray:
    if LEFT not in fit.design.covariates or "level_on" not in fit.moments:
        message = f'needs a model in which "{LEFT}" acts on the level, and ratings that have it'
        raise InputError([Problem(where="way", value="covariate", message=message)], "who left")
    on = fit.moments["level_on"].sel(covariate=LEFT, drop=True)
    out = on.transpose("chain", "draw", "informant").expand_dims(coefficient=["level"], axis=2)
    return out.drop_vars([name for name in out.coords if name not in out.dims])


def _of_study(fit: Fit, seed: int) -> xr.DataArray:
    if fit.design.leaving is None:
        stays(fit)
    effects, arrays = random_effects(fit, seed=seed), fit.design
    names, k = arrays.coefficients, len(arrays.informants)
    x, _ = rows_of(arrays)
    theta = expected_coefficients(names, of_coefficients(fit.moments, names), x)
    unit_of_child = {"child": np.arange(len(x)), **arrays.unit_of_child()}
    for level, unit in unit_of_child.items():
        if f"{level}_effect" in effects:
            own = effects[f"{level}_effect"].values[:, :, unit]
            theta = theta + own.reshape(*own.shape[:3], len(names), k)
    left = who_left(fit.ratings) > 0.0
    apart = theta[:, :, left].mean(axis=2) - theta[:, :, ~left].mean(axis=2)
    return _labelled(fit, apart.reshape(*apart.shape[:2], -1))


def _labelled(fit: Fit, values: Floats) -> xr.DataArray:
    names, who = list(fit.design.coefficients), list(fit.design.informants)
    coords = {name: fit.moments[name].values for name in ("chain", "draw")}
    return xr.DataArray(
        values.reshape(*values.shape[:2], len(names), len(who)),
        dims=("chain", "draw", "coefficient", "informant"),
        coords={**coords, "coefficient": names, "informant": who},
    )
