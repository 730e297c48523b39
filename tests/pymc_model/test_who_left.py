"""Who left is as likely in both engines: effects integrated in the graph, latent numbers there."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from bayes_alliance.design import design
from bayes_alliance.pymc_model import build
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Leaving, load_model, with_leaving, without
from tests.leaving_pattern import latent_given_ratings, log_probability
from tests.pymc_model.independent import prior_log_density
from tests.pymc_model.points import log_density, random_point

NODES = 16


def one_family() -> Ratings:
    """A child and a caregiver who leave before the last of four occasions."""
    frame = pd.DataFrame(
        {
            "id": "c1",
            "time": [0, 1, 2, 3],
            "there": [1, 1, 1, 0],
            "child": [31.0, np.nan, 36.0, np.nan],
            "caregiver": [27.0, np.nan, np.nan, np.nan],
        }
    )
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "time"},
        "informants": {"child": "child", "caregiver": "caregiver"},
        "scale": {"lower": 12, "upper": 48},
        "time": {"origin": 0, "per": 1},
        "treatment": {"in_treatment": "there"},
    }
    return Ratings.from_wide(frame, study=study)


@pytest.mark.thorough
@pytest.mark.parametrize("follows", ["alliance", "rating", "either"])
def test_engine_and_graph_agree_on_who_left_once_both_are_integrated(follows: str) -> None:
    base = without(load_model("informant_level"), "therapist")
    spec = with_leaving(base, Leaving(follows=follows))
    data = one_family()
    graph, alone = build(spec, data), build(base, data)
    # Associations that a few nodes can follow.
    own = {"leaving_on": np.array([0.08, -0.05])}
    point = random_point(graph, np.random.default_rng(5)) | own
    plain = {name: value for name, value in point.items() if "leaving" not in name}
    with_who, without_who = log_density(graph), log_density(alone)
    mean, root = effects_given_ratings(without_who, plain)
    x, w = np.polynomial.hermite_e.hermegauss(NODES)
    logs = []
    for i in range(NODES):
        for j in range(NODES):
            raw = {"child_raw": (mean + root @ x[[i, j]])[None]}
            who = with_who(point | raw) - without_who(plain | raw)
            logs.append(who + np.log(w[i] * w[j] / (2 * np.pi)))
    priors = sum(
        prior_log_density(spec.priors[key], value, 0.0, unit)
        for key, unit in (("leaving_baseline", 1.0), ("leaving_on", 1.0 / 18.0))
        for value in point[key]
    )
    arrays = design(spec, data)
    _, z, cov = latent_given_ratings(arrays, named(point))
    exact = log_probability(arrays.leaving.direction, z, cov)
    # The share has a prior that is 1 everywhere.
    assert logsumexp(logs) - priors == pytest.approx(exact, abs=1e-6)


def effects_given_ratings(density, point) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the standardised effects given ratings, and a root of their covariance."""

    def at(raw) -> float:
        return density(point | {"child_raw": np.asarray(raw, dtype=float)[None]})

    zero, unit = at([0.0, 0.0]), np.eye(2)
    up, down = ([at(sign * e) for e in unit] for sign in (1.0, -1.0))
    precision = np.diag([2 * zero - u - d for u, d in zip(up, down, strict=True)])
    precision[0, 1] = precision[1, 0] = up[0] + up[1] - at([1.0, 1.0]) - zero
    cov = np.linalg.inv(precision)
    return cov @ (np.array(up) - np.array(down)) / 2, np.linalg.cholesky(cov)


def named(point) -> dict[str, np.ndarray]:
    """Named moments of the exact engine at a point of the graph."""
    root = point["child_sd_level"][:, None] * point["child_cor_cholesky"]
    child = np.zeros((4, 4))
    child[:2, :2] = root @ root.T
    root = point["residual_sd"][:, None] * point["residual_cor_cholesky"]
    own = {name: value for name, value in point.items() if "leaving" in name}
    return own | {
        "level": point["level"],
        "slope": point["slope"],
        "child_cov": child,
        "residual_cov": root @ root.T,
    }
