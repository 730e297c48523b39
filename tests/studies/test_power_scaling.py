"""Power scaling: silent where the data speak, loud where the prior does, and true to refits."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.collapsed.moments import log_likelihood as at_moments
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.scores import log_likelihood, log_likelihood_of_completed
from bayes_alliance.specification.blocks import widened
from tests import hand_made
from tests.posterior.test_predictive import cohort

OPTIONS = {"progress": False, "draws": 1000, "chains": 2}


def test_the_log_likelihood_of_draws_is_that_of_their_moments() -> None:
    fit = hand_made.fit()
    found = log_likelihood(fit)
    one = fit.moments.sel(chain=1, draw=7)
    expected = at_moments(fit.design, {str(name): one[name].values for name in one})
    assert found.sel(chain=1, draw=7) == pytest.approx(expected, rel=1e-12)
    assert found.dims == ("chain", "draw")


def test_quantities_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InputError, match=r"level\[child\]"):
        ba.sensitivity.power_scaling(hand_made.fit(), quantities=["level[chld]"])


@pytest.fixture(scope="module")
def of_tight_prior() -> Fit:
    """A fit of a cohort under priors of levels a tenth as wide."""
    spec = widened(ba.load_model("informant_level"), "levels", 0.1)
    return ba.fit(spec, cohort(), seed=1, **OPTIONS)


@pytest.mark.long
@pytest.mark.samples
def test_a_tight_prior_is_found_and_the_default_is_not(of_tight_prior: Fit) -> None:
    ratings, spec = of_tight_prior.ratings, ba.load_model("informant_level")
    wanted = [f"level[{informant}]" for informant in ratings.informants]
    calm = ba.sensitivity.power_scaling(ba.fit(spec, ratings, seed=1, **OPTIONS), quantities=wanted)
    assert (calm.table["diagnosis"] == "").all()
    assert "None of 4" in calm.sentence
    # Every correlation matrix alike, to any power: that is not insensitive.
    assert calm.table["correlations"].isna().all()
    assert calm.uniform == ("correlations",)
    assert "Priors of correlations are flat" in calm.sentence
    tight = ba.sensitivity.power_scaling(of_tight_prior, quantities=wanted)
    # Ratings by therapists of children lie nearest to the prior: whether they say little or
    # disagree with it hangs on the draws (a sensitivity of 0.05).
    others = tight.table.drop(index="level[therapist_of_child]")
    assert others["diagnosis"].str.contains("prior and data disagree").all()
    assert tight.table["diagnosis"].str.contains("levels").all()
    assert (tight.table["levels"] > tight.table["residuals"]).all()


@pytest.mark.samples
@pytest.mark.long
def test_scaling_the_prior_predicts_what_a_refit_finds(of_tight_prior: Fit) -> None:
    fit, power = of_tight_prior, 1.5
    weight = np.exp((power - 1.0) * (log_prior(fit)["level"] - log_prior(fit)["level"].max()))
    level = fit.moments["level"].sel(informant="caregiver")
    predicted = float((weight * level).sum() / weight.sum())
    # A normal density to the power a is a normal density with its sd divided by the root of a.
    tighter = widened(fit.spec, "levels", 1.0 / np.sqrt(power))
    refit = ba.fit(tighter, fit.ratings, seed=2, **OPTIONS)
    found = float(refit.moments["level"].sel(informant="caregiver").mean())
    before = float(level.mean())
    assert found < before - 0.1
    assert predicted == pytest.approx(found, abs=0.35 * (before - found))


def test_scaling_a_prior_by_coefficient_scales_what_eta_governs() -> None:
    fit = hand_made.fit()
    prior = fit.spec.priors["child_cor"]
    assert prior.by == "coefficient"
    scaled = log_prior(fit, to_scale=True)["child_cor"]
    assert float(scaled.max() - scaled.min()) == 0.0
    wider = replace(prior, eta=3.0)
    other = replace(
        fit, spec=replace(fit.spec, priors=dict(fit.spec.priors) | {"child_cor": wider})
    )
    cov = fit.moments["child_cov"].values
    sd = np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
    log_det = np.linalg.slogdet(cov / sd[..., :, None] / sd[..., None, :])[1]
    rest = log_prior(other, to_scale=True)["child_cor"].values - 2.0 * log_det
    np.testing.assert_allclose(rest, rest.flat[0], atol=1e-9)


def test_the_likelihood_of_completed_ratings_is_scaled_where_values_complete_them() -> None:
    fit = hand_made.of_prior("growth_with_ceiling", hand_made.ratings(), draws=200)
    n_censored = len(fit.design.censored_labels)
    assert n_censored
    shape = (fit.moments.sizes["chain"], fit.moments.sizes["draw"], n_censored)
    excess = np.random.default_rng(2).exponential(2.0, size=shape)
    moments = fit.moments.assign(excess=(("chain", "draw", "censored"), excess))
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fit.stats})
    found = log_likelihood_of_completed(replace(fit, posterior=tree), what="power scaling")
    one = moments.isel(chain=0, draw=3)
    y = fit.design.y.copy()
    row, informant, direction = fit.design.censored
    y[row, informant] += direction * one["excess"].values
    named = {str(name): one[name].values for name in one if name != "excess"}
    expected = at_moments(replace(fit.design, y=y), named)
    assert found.isel(chain=0, draw=3) == pytest.approx(expected, rel=1e-10)
    with pytest.raises(InputError, match='engine "collapsed" keeps it'):
        ba.sensitivity.power_scaling(fit)
