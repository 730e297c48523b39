"""A fit with leaving: its moments, summaries, priors, recovered effects, and how it is saved."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.prior_draws import prior_moments
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.specification import Leaving, load_model, with_leaving
from tests.pymc_model.test_leaving import ratings

LEAVING = Leaving(
    on=("level_now", "slope"),
    informants=("child", "caregiver"),
    covariates=("age",),
    by="female",
    therapist=True,
)


@pytest.fixture(scope="module")
def fit():
    spec = with_leaving(load_model("informant_growth"), LEAVING)
    return ba.fit(
        spec, ratings(), seed=1, progress=False, draws=50, tune=100, chains=2, target_accept=0.6
    )


def test_named_moments_have_labels_and_the_side_of_who_left(fit) -> None:
    moments, leaving = fit.moments, fit.design.leaving
    assert moments["leaving_on"].dims == ("chain", "draw", "leaving_group", "informant")
    assert moments["leaving_group"].values.tolist() == ["female[0]", "female[1]"]
    assert moments["interval"].values.tolist() == ["0", "1", "2"]
    assert (np.sign(moments["leaving_latent"]) == leaving.direction).all()
    assert (moments["leaving_on"].sel(informant="therapist_of_child") == 0).all()
    assert set(fit.design.informants) == set(moments["informant"].values.tolist())
    assert fit.moments["child_cov"].shape[-1] == 6


def test_every_quantity_of_leaving_is_summarised_under_its_name(fit) -> None:
    names = [name for name in by_name(fit.moments, fit.design) if "leaving" in name]
    assert names == [
        *(f"leaving_baseline[{t}]" for t in (0, 1, 2)),
        *(f"leaving_on[female[{arm}],{who}]" for arm in (0, 1) for who in ("child", "caregiver")),
        *(
            f"leaving_on_slope[female[{arm}],{who}]"
            for arm in (0, 1)
            for who in ("child", "caregiver")
        ),
        "leaving_share",
        "leaving_covariate[age]",
        "leaving_therapist_sd",
    ]


def test_prior_draws_are_those_of_the_priors(fit) -> None:
    drawn = prior_moments(fit.spec, fit.design, seed=1, draws=2000)
    on = drawn["leaving_on"].sel(leaving_group="female[1]", informant="caregiver")
    assert float(on.std()) == pytest.approx(2.0 / 18.0, rel=0.05)
    assert (drawn["leaving_on"].sel(informant="therapist_of_child") == 0).all()
    age = float(fit.design.leaving.covariate_sd[0])
    assert float(drawn["leaving_covariate"].std()) == pytest.approx(0.5 / age, rel=0.05)
    assert float(drawn["leaving_baseline"].mean()) == pytest.approx(-0.5, abs=0.05)
    assert set(by_name(drawn, fit.design)) == set(by_name(fit.moments, fit.design))


def test_log_priors_are_those_of_scipy(fit) -> None:
    found, moments = log_prior(fit), fit.moments
    on = moments["leaving_on"].sel(informant=["child", "caregiver"])
    expected = stats.norm.logpdf(on, 0.0, 2.0 / 18.0).sum(axis=(-2, -1))
    np.testing.assert_allclose(found["leaving_on"], expected, rtol=1e-10)
    share = stats.beta.logpdf(moments["leaving_share"], 1, 1)
    np.testing.assert_allclose(found["leaving_share"], share, atol=1e-12)
    sd = stats.halfnorm.logpdf(moments["leaving_therapist_sd"], scale=0.5)
    np.testing.assert_allclose(found["leaving_therapist_sd"], sd, rtol=1e-10)


def test_effects_are_recovered_for_the_terms_of_ratings(fit) -> None:
    effects = ba.random_effects(fit, seed=1)
    assert effects["child_effect"].shape == (2, 50, 8, 6)
    assert effects["therapist_effect"].shape == (2, 50, 3, 6)
    assert (effects["therapist_effect"][..., 3:] == 0).all()
    again = ba.random_effects(fit, seed=1, level="therapist", draws=10)
    assert again["therapist_effect"].shape == (2, 10, 3, 6)


def test_without_latent_numbers_effects_are_refused(fit) -> None:
    posterior = fit.posterior.copy()
    posterior["posterior"] = fit.moments.drop_vars(["leaving_latent", "at_risk"])
    with pytest.raises(InputError, match="what completes these ratings is not kept"):
        ba.random_effects(replace(fit, posterior=posterior), seed=1)


def test_a_fit_with_leaving_is_saved_and_loaded(fit, tmp_path) -> None:
    path = fit.save(tmp_path / "fit.nc")
    loaded = ba.Fit.load(path)
    assert loaded.spec == fit.spec
    np.testing.assert_allclose(loaded.moments["leaving_on"], fit.moments["leaving_on"])
    assert ba.random_effects(loaded, seed=1).equals(ba.random_effects(fit, seed=1))


def test_scores_are_of_ratings_alone(fit) -> None:
    kept = fit.moments.drop_vars([name for name in fit.moments if "leaving" in str(name)])
    spec = with_leaving(fit.spec, None)
    tree = fit.posterior.copy()
    tree["posterior"] = kept
    alone = replace(fit, spec=spec, posterior=tree)
    np.testing.assert_allclose(
        ba.log_scores(fit)["child_score"], ba.log_scores(alone)["child_score"]
    )
