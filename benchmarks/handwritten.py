"""The reference model as a competent PyMC user would write it by hand: the peer of our engines.

One row per occasion, one column per informant; child, therapist effects non-centred from
`LKJCholeskyCov`; the residual a multivariate normal whose missing cells PyMC imputes. Priors are
those of ``informant_growth``. Nothing of bayes_alliance is imported.
"""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt


def growth_model(observed: pd.DataFrame, *, center: float = 30.0, spread: float = 18.0) -> pm.Model:
    """Joint growth of all informants.

    Parameters
    ----------
    observed : DataFrame
        Columns child, therapist, time (months), informant, rating; one row per rating given.
    center, spread : float
        Midpoint and half range of the scale.

    Returns
    -------
    pm.Model
    """
    informants = list(dict.fromkeys(observed["informant"]))
    wide = observed.pivot_table(
        index=["child", "therapist", "time"], columns="informant", values="rating", sort=False
    )[informants]
    rows = wide.index.to_frame(index=False)
    children, child = np.unique(rows["child"], return_inverse=True)
    therapists, therapist = np.unique(rows["therapist"], return_inverse=True)
    s = ((rows["time"] - 4.0) / 4.0).to_numpy()
    y = wide.to_numpy(dtype=float)
    n = len(informants)
    coords = {"informant": informants, "child": children, "therapist": therapists}
    with pm.Model(coords=coords) as model:
        level = pm.Normal("level", center, 0.5 * spread, dims="informant")
        slope = pm.Normal("slope", 0.0, 0.2 * spread, dims="informant")
        child_scale = np.repeat([0.5 * spread, 0.2 * spread], n)
        child_root, _, _ = pm.LKJCholeskyCov(
            "child_cov", n=2 * n, eta=2.0, sd_dist=pm.HalfNormal.dist(child_scale, shape=2 * n)
        )
        therapist_root, _, _ = pm.LKJCholeskyCov(
            "therapist_cov", n=n, eta=2.0, sd_dist=pm.HalfNormal.dist(0.2 * spread, shape=n)
        )
        residual_root, _, _ = pm.LKJCholeskyCov(
            "residual_cov", n=n, eta=2.0, sd_dist=pm.HalfNormal.dist(0.5 * spread, shape=n)
        )
        child_raw = pm.Normal("child_raw", 0.0, 1.0, shape=(len(children), 2 * n))
        therapist_raw = pm.Normal("therapist_raw", 0.0, 1.0, shape=(len(therapists), n))
        u = pt.dot(child_raw, child_root.T)
        v = pt.dot(therapist_raw, therapist_root.T)
        mean = level + u[child, :n] + v[therapist] + (slope + u[child, n:]) * s[:, None]
        pm.MvNormal("rating", mean, chol=residual_root, observed=np.ma.masked_invalid(y))
    return model
