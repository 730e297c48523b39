"""Models of the reference cohort as a competent PyMC user would write them by hand: our peers.

One row per occasion, one column per informant; child, therapist effects non-centred from
`LKJCholeskyCov`; the residual a multivariate normal whose missing cells PyMC imputes. Priors are
those of ``informant_growth``, and of ``growth_with_leaving``. Nothing of bayes_alliance is
imported.
"""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

CENTER, SPREAD = 30.0, 18.0


def growth_model(observed: pd.DataFrame) -> pm.Model:
    """Joint growth of all informants.

    Parameters
    ----------
    observed : DataFrame
        Columns child, therapist, time (months), informant, rating; one row per rating given.

    Returns
    -------
    pm.Model
    """
    with pm.Model(coords=_coords(observed)) as model:
        _growth(observed)
    return model


def leaving_model(observed: pd.DataFrame, at_risk: pd.DataFrame) -> pm.Model:
    """Joint growth, and a probit for each interval that a family in treatment leaves in it.

    The probit follows the current alliance, as far as it is from the average curve.

    Parameters
    ----------
    observed : DataFrame
        As of `growth_model`.
    at_risk : DataFrame
        Columns child, time (months) of the occasion before the interval, interval, left (0, 1).

    Returns
    -------
    pm.Model
    """
    n_intervals = int(at_risk["interval"].max()) + 1
    with pm.Model(coords=_coords(observed)) as model:
        level, slope = _growth(observed)
        children = np.array(model.coords["child"])
        child = np.searchsorted(children, at_risk["child"].to_numpy())
        interval = at_risk["interval"].to_numpy()
        baseline = pm.Normal("leaving_baseline", -0.5, 1.0, shape=n_intervals)
        on = pm.Normal("leaving_on", 0.0, 1.0 / SPREAD, dims="informant")
        alliance = level[child] + slope[child] * _scaled(at_risk["time"])[:, None]
        probit = baseline[interval] + pt.dot(alliance, on)
        pm.Bernoulli("left", p=pm.math.invprobit(probit), observed=at_risk["left"].to_numpy())
    return model


def _coords(observed: pd.DataFrame) -> dict[str, object]:
    return {
        "informant": list(dict.fromkeys(observed["informant"])),
        "child": np.unique(observed["child"]),
        "therapist": np.unique(observed["therapist"]),
    }


def _scaled(time: pd.Series) -> np.ndarray:
    return ((time - 4.0) / 4.0).to_numpy()


def _growth(observed: pd.DataFrame) -> tuple[TensorVariable, TensorVariable]:
    """Write ratings down; returns how far levels and slopes of children are from the average."""
    coords = _coords(observed)
    informants = coords["informant"]
    wide = observed.pivot_table(
        index=["child", "therapist", "time"], columns="informant", values="rating", sort=False
    )[informants]
    rows = wide.index.to_frame(index=False)
    child = np.searchsorted(coords["child"], rows["child"].to_numpy())
    of_child = observed.drop_duplicates("child").set_index("child")["therapist"]
    parent = np.searchsorted(coords["therapist"], of_child[coords["child"]].to_numpy())
    n = len(informants)
    level = pm.Normal("level", CENTER, 0.5 * SPREAD, dims="informant")
    slope = pm.Normal("slope", 0.0, 0.2 * SPREAD, dims="informant")
    child_scale = np.repeat([0.5 * SPREAD, 0.2 * SPREAD], n)
    child_root, _, _ = pm.LKJCholeskyCov(
        "child_cov", n=2 * n, eta=2.0, sd_dist=pm.HalfNormal.dist(child_scale, shape=2 * n)
    )
    therapist_root, _, _ = pm.LKJCholeskyCov(
        "therapist_cov", n=n, eta=2.0, sd_dist=pm.HalfNormal.dist(0.2 * SPREAD, shape=n)
    )
    residual_root, _, _ = pm.LKJCholeskyCov(
        "residual_cov", n=n, eta=2.0, sd_dist=pm.HalfNormal.dist(0.5 * SPREAD, shape=n)
    )
    child_raw = pm.Normal("child_raw", 0.0, 1.0, shape=(len(coords["child"]), 2 * n))
    therapist_raw = pm.Normal("therapist_raw", 0.0, 1.0, shape=(len(coords["therapist"]), n))
    u = pt.dot(child_raw, child_root.T)
    of_level, of_slope = u[:, :n] + pt.dot(therapist_raw, therapist_root.T)[parent], u[:, n:]
    mean = level + of_level[child] + (slope + of_slope[child]) * _scaled(rows["time"])[:, None]
    y = wide.to_numpy(dtype=float)
    pm.MvNormal("rating", mean, chol=residual_root, observed=np.ma.masked_invalid(y))
    return of_level, of_slope
