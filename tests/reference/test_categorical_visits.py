"""A trial with visits as categories: the likelihood and the estimate of another program."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.collapsed.moments import log_likelihood
from bayes_alliance.design import basis, design
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Effects, HalfNormal, ModelSpec, Normal, with_covariates
from tests.reference.other_programs import DATA, needs_data

pytestmark = needs_data
WEEK = {4: 1.0, 5: 2.0, 6: 4.0, 7: 6.0}
TINY = 1e-5


def trial() -> Ratings:
    """Change of the clinician's rating of patients in two arms, from before the first visit."""
    frame = pd.read_csv(DATA / "antidepressant.csv", dtype={"PATIENT": str})
    frame = frame.assign(
        week=frame["VISIT"].map(WEEK),
        drug=(frame["THERAPY"] == "DRUG") * 1,
        male=(frame["GENDER"] == "M") * 1,
    )
    study = {
        "layout": "wide",
        "columns": {"child": "PATIENT", "time": "week"},
        "informants": {"clinician": "CHANGE"},
        "scale": {"center": 0, "spread": 20},
        "time": {"origin": 1, "per": 1, "unit": "weeks"},
        "covariates": {"child": ["drug", "male", "BASVAL"]},
    }
    return Ratings.from_wide(frame, study=study)


def any_covariance() -> ModelSpec:
    """Visits as categories, of which the covariance may be any; priors that say little."""
    spec = ba.without(ba.load_model("categorical_visits"), "therapist")
    spec = ba.with_knots(spec, [2, 4, 6])
    names = spec.trajectory.coefficients
    priors = {k: v for k, v in spec.priors.items() if k != "residual_autoregression"}
    priors |= dict.fromkeys(names, Normal(mean=0, sd=2, reason="test"))
    sds = [f"child_sd.{name}" for name in names]
    priors |= dict.fromkeys(sds, HalfNormal(scale=1, reason="test"))
    priors["child_cor"] = replace(priors["child_cor"], by="coefficient", mean=None)
    child = Effects(terms=names, structure="correlated")
    residual = replace(spec.residual, autoregression=False)
    spec = replace(spec, child=child, residual=residual, priors=priors)
    # Sex is as in the analysis that is compared: the same at all visits.
    spec = with_covariates(spec, {"drug": names, "male": ("level",), "BASVAL": names})
    weak = Normal(mean=0, sd=2, reason="test")
    return replace(spec, priors=dict(spec.priors) | {"covariate": weak})


def reference(method: str) -> dict:
    text = (DATA / "antidepressant.reference.json").read_text()
    return json.loads(text)["change_at_visit_7"]["ours"][method]


def test_the_likelihood_at_maximum_likelihood_estimates_is_that_of_the_other_program() -> None:
    spec, ratings, estimates = any_covariance(), trial(), reference("ML")
    arrays, beta = design(spec, ratings), np.array(estimates["beta"])
    weeks = np.array(list(WEEK.values()))
    inverse = np.linalg.inv(basis(spec.trajectory, weeks, axis=ratings.time))
    # Of each visit: intercept, effect of the drug, of the value before; deviations from the first.
    at_first = beta[[0, 1, 6]][:, None]
    later = np.array([beta[3:6], beta[7:10], beta[10:13]])
    middle, drug, before = at_first + np.hstack([np.zeros((3, 1)), later])
    middle = middle + before * arrays.covariate_centre[2]
    male = np.full(4, beta[2])
    moments = {"residual_cov": TINY * np.eye(1)}
    moments["child_cov"] = inverse @ (np.array(estimates["Sigma"]) - TINY * np.eye(4)) @ inverse.T
    for c, name in enumerate(arrays.coefficients):
        moments[name] = inverse[c] @ middle[:, None]
        on = np.array([inverse[c] @ one for one in (drug, male, before)])
        moments[f"{name}_on"] = on[:, None]
    assert arrays.coefficients == ("level", "change_1", "change_2", "change_3")
    assert log_likelihood(arrays, moments) == pytest.approx(estimates["loglik"], abs=1e-3)


@pytest.mark.samples
def test_the_effect_of_the_drug_at_the_last_visit_is_that_of_restricted_maximum_likelihood() -> (
    None
):
    fit = ba.fit(any_covariance(), trial(), seed=1, progress=False)
    draws = ba.effects.contrast(fit, "drug", time=6.0)
    estimates = reference("REML")
    assert float(draws.mean()) == pytest.approx(estimates["trt7"], abs=0.15 * estimates["se"])
    assert float(draws.std()) == pytest.approx(estimates["se"], rel=0.1)
