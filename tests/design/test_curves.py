"""The collapsed likelihood of curved trajectories equals that of one dense covariance."""

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.collapsed import log_likelihood
from bayes_alliance.design import design
from bayes_alliance.ratings import Ratings
from tests.dense import LongRatings, Truth, dense_log_likelihood
from tests.pymc_model.independent import natural_spline
from tests.pymc_model.test_density import SPECIFICATIONS
from tests.small import small_ratings


def long_ratings(ratings: Ratings, phi_of: dict[float, np.ndarray]) -> LongRatings:
    rated = ratings.observed
    keys = list(zip(rated["child"], rated["time"], strict=True))
    occasions = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return LongRatings(
        child=pd.factorize(rated["child"])[0],
        therapist=pd.factorize(rated["therapist"])[0],
        clinic=None,
        occasion=np.array([occasions[key] for key in keys]),
        informant=np.array([ratings.informants.index(k) for k in rated["informant"]]),
        rating=rated["rating"].to_numpy(),
        phi=np.array([phi_of[time] for time in rated["time"]]),
        z=np.zeros((len(rated), 0)),
        x=np.zeros((len(rated), 0)),
    )


@pytest.mark.parametrize("name", ["log time", "natural spline"])
def test_the_collapsed_likelihood_follows_the_curve(name: str) -> None:
    spec, ratings = SPECIFICATIONS[name], small_ratings(missing=0.3)
    arrays = design(spec, ratings)
    phi_of = {}
    for time in (4.0, 8.0, 12.0, 16.0):
        s = (time - 4.0) / 4.0
        if name == "log time":
            phi_of[time] = np.array([1.0, np.log(1.0 + s)])
        else:
            knots = (np.array(spec.trajectory.knots) - 4.0) / 4.0
            at = natural_spline(np.array(s), knots) - natural_spline(np.array(0.0), knots)
            phi_of[time] = np.array([1.0, *at])
    rng = np.random.default_rng(1)
    t, k = len(arrays.coefficients), len(arrays.informants)

    def cov(terms: np.ndarray, size: int) -> np.ndarray:
        out = np.zeros((size, size))
        root = rng.normal(size=(len(terms), len(terms) + 2))
        out[np.ix_(terms, terms)] = root @ root.T
        return out

    gamma = rng.normal(30.0, 3.0, size=(t, k))
    truth = Truth(
        gamma=gamma,
        beta=np.zeros((0, t, k)),
        delta=np.zeros((0, k)),
        residual_cov=cov(np.arange(k), k),
        child_cov=cov(arrays.child_terms, t * k),
        therapist_cov=cov(arrays.levels[0].terms, t * k),
    )
    moments = {name: gamma[c] for c, name in enumerate(arrays.coefficients)} | {
        "child_cov": truth.child_cov,
        "therapist_cov": truth.therapist_cov,
        "residual_cov": truth.residual_cov,
    }
    expected = dense_log_likelihood(long_ratings(ratings, phi_of), truth)
    assert log_likelihood(arrays, moments) == pytest.approx(expected, rel=1e-10)
