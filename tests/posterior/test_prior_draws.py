"""Prior draws have the distributions the specification names, in rating points."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from bayes_alliance.design import design
from bayes_alliance.estimands import agreement, variance
from bayes_alliance.posterior.moments import correlations, standard_deviations
from bayes_alliance.posterior.prior_draws import prior_fit, prior_moments
from bayes_alliance.specification import (
    LKJ,
    R2D2,
    Beta,
    Exponential,
    Gamma,
    HalfStudentT,
    Likelihood,
    ModelSpec,
    Normal,
    RegularizedHorseshoe,
    Residual,
    StudentT,
    load_model,
    with_covariates,
)
from tests import hand_made
from tests.small import small_ratings

N = 2000
# A sample of 8,000 from the right distribution is rejected once in ten thousand times.
ALPHA = 1e-4


def agrees(values: np.ndarray, distribution: object) -> None:
    assert stats.kstest(values.ravel(), distribution.cdf).pvalue > ALPHA


@pytest.fixture(scope="module")
def arrays_and_draws():
    spec = with_covariates(
        load_model("informant_growth"), {"age": ("level",), "stress": ("rating",)}
    )
    arrays = design(spec, small_ratings(seed=1))
    return arrays, prior_moments(spec, arrays, seed=3, draws=N)


def test_coefficients_and_effects_have_their_priors_in_points(arrays_and_draws) -> None:
    arrays, draws = arrays_and_draws
    agrees(draws["level"].values[..., 0], stats.norm(30, 9))
    agrees(draws["slope"].values[..., 2], stats.norm(0, 0.2 * 18))
    age = small_ratings(seed=1).children["age"]
    effect = draws["level_on"].sel(covariate="age").values[..., 1]
    agrees(effect, stats.norm(0, 0.25 * 18 / age.std(ddof=0)))
    assert "slope_on" not in draws
    unit = 0.25 * 18 / arrays.occasion_covariate_sd[0]
    agrees(draws["rating_on"].values[..., 0, 0], stats.norm(0, unit))


def test_standard_deviations_have_their_priors_in_points(arrays_and_draws) -> None:
    _, draws = arrays_and_draws
    sd = standard_deviations(draws["child_cov"])
    agrees(sd.sel(term="child,level").values, stats.halfnorm(scale=9))
    agrees(sd.sel(term="caregiver,slope").values, stats.halfnorm(scale=0.2 * 18))
    therapist = standard_deviations(draws["therapist_cov"])
    agrees(therapist.sel(term="child,level").values, stats.halfnorm(scale=0.2 * 18))
    assert (therapist.sel(term="child,slope") == 0).all()
    residual = standard_deviations(draws["residual_cov"])
    agrees(residual.sel(informant="child").values, stats.halfnorm(scale=9))


def has_lkj_marginals(cor: np.ndarray, eta: float) -> None:
    """Lewandowski et al. (2009), section 2."""
    n = cor.shape[-1]
    b = eta + n / 2 - 1
    for row in range(n):
        for column in range(row):
            agrees((cor[..., row, column] + 1) / 2, stats.beta(b, b))


def as_a_whole(spec: ModelSpec) -> ModelSpec:
    """The model with correlation matrices that are LKJ as a whole, not flat in the average."""
    plain = {
        key: dataclasses.replace(spec.priors[key], by=None, mean=None)
        for key, quantity in spec.quantities.items()
        if quantity.kind == "correlation"
    }
    return dataclasses.replace(spec, priors=dict(spec.priors) | plain)


def test_every_correlation_has_the_marginal_of_its_lkj_distribution() -> None:
    spec = as_a_whole(load_model("informant_growth"))
    whole = dict(spec.priors) | {"child_cor": LKJ(eta=2.0, reason="judgement")}
    spec = dataclasses.replace(spec, priors=whole)
    draws = prior_moments(spec, design(spec, small_ratings(seed=1)), seed=4, draws=N)
    has_lkj_marginals(correlations(draws["residual_cov"]).values, 1.0)
    cor = correlations(draws["child_cov"]).values
    has_lkj_marginals(cor, 2.0)
    assert (np.linalg.det(cor) > 0).all()


def test_by_coefficient_each_coefficient_has_an_lkj_matrix_of_its_own() -> None:
    spec = load_model("informant_growth")
    plain = dataclasses.replace(spec.priors["child_cor"], mean=None)
    spec = dataclasses.replace(spec, priors=dict(spec.priors) | {"child_cor": plain})
    draws = prior_moments(spec, design(spec, small_ratings(seed=1)), seed=4, draws=N)
    cor = correlations(draws["child_cov"]).values
    levels, across, slopes = cor[..., :3, :3], cor[..., 3:, :3], cor[..., 3:, 3:]
    has_lkj_marginals(levels, 1.0)
    left = slopes - across @ np.linalg.solve(levels, np.swapaxes(across, -1, -2))
    sd = np.sqrt(np.diagonal(left, axis1=-2, axis2=-1))
    has_lkj_marginals(left / sd[..., :, None] / sd[..., None, :], 1.0)
    # Between coefficients as in one matrix of six rows, whichever informant comes first.
    for row in range(3):
        for column in range(3):
            agrees((across[..., row, column] + 1) / 2, stats.beta(3, 3))


def test_other_priors_are_drawn_as_they_are_named() -> None:
    spec = load_model("informant_level")
    priors = dict(spec.priors) | {
        "level": StudentT(nu=4.0, mean=0.1, scale=0.3, reason="judgement"),
        "child_sd.level": HalfStudentT(nu=3.0, scale=0.4, reason="judgement"),
        "therapist_sd.level": Exponential(rate=5.0, reason="judgement"),
        "residual_sd": Gamma(alpha=3.0, beta=8.0, reason="judgement"),
    }
    spec = dataclasses.replace(spec, priors=priors)
    draws = prior_moments(spec, design(spec, small_ratings(seed=1)), seed=5, draws=N)
    agrees(draws["level"].values[..., 0], stats.t(4, 30 + 1.8, 5.4))
    child = standard_deviations(draws["child_cov"]).sel(term="child,level").values
    agrees(child / (0.4 * 18), HalfT(3))
    therapist = standard_deviations(draws["therapist_cov"]).sel(term="child,level").values
    agrees(therapist, stats.expon(scale=18 / 5))
    residual = standard_deviations(draws["residual_cov"]).sel(informant="child").values
    agrees(residual, stats.gamma(3, scale=18 / 8))


class HalfT:
    """Absolute value of a t variable, which SciPy does not have."""

    def __init__(self, nu: float) -> None:
        self.nu = nu

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return 2 * stats.t(self.nu).cdf(x) - 1


def test_a_common_factor_has_loadings_with_a_beta_distribution() -> None:
    spec = load_model("common_factor")
    arrays = design(spec, small_ratings(seed=1))
    draws = prior_moments(spec, arrays, seed=7, draws=N)
    cor = correlations(draws["child_cov"])
    eta = spec.priors["child_cor"].eta
    beta = stats.beta(eta, eta)
    rng = np.random.default_rng(1)
    product = np.prod(2 * beta.rvs((200_000, 2), random_state=rng) - 1, axis=1)
    same = cor.sel(term="child,level", term_="caregiver,level").values.ravel()
    assert stats.ks_2samp(same, product).pvalue > ALPHA
    if "child,slope" in cor["term"].values and len(arrays.child_terms) > 3:
        apart = cor.sel(term="child,level", term_="caregiver,slope")
        np.testing.assert_allclose(apart.fillna(0.0), 0.0, atol=1e-12)


def test_parameters_of_the_residual_have_their_priors() -> None:
    spec = with_covariates(load_model("informant_level"), {"age": ("level",)})
    priors = dict(spec.priors) | {
        "residual_sd_on": Normal(mean=0.0, sd=0.3, reason="judgement"),
        "residual_autoregression": Beta(alpha=2.0, beta=3.0, reason="judgement"),
    }
    residual = Residual(structure="correlated", sd_on=("age",), autoregression=True)
    spec = dataclasses.replace(spec, residual=residual, priors=priors)
    ratings = small_ratings(seed=1)
    draws = prior_moments(spec, design(spec, ratings), seed=5, draws=N)
    agrees(draws["residual_autoregression"].values, stats.beta(2, 3))
    age = ratings.children["age"]
    effect = draws["residual_sd_on"].sel(residual_covariate="age").values[..., 0]
    agrees(effect, stats.norm(0, 0.3 / age.std(ddof=0)))


def test_degrees_of_freedom_exceed_two() -> None:
    spec = load_model("informant_level")
    priors = dict(spec.priors) | {"residual_nu": Gamma(alpha=2.0, beta=0.1, reason="judgement")}
    likelihood = Likelihood(family="student_t")
    spec = dataclasses.replace(spec, likelihood=likelihood, priors=priors)
    draws = prior_moments(spec, design(spec, small_ratings(seed=1)), seed=5, draws=N)
    agrees(draws["residual_nu"].values - 2.0, stats.gamma(2, scale=10))


def test_an_effect_shared_by_informants_is_the_same_for_all() -> None:
    spec = with_covariates(
        load_model("informant_growth"), {"age": {"on": ("level",), "shared": True}}
    )
    draws = prior_moments(spec, design(spec, small_ratings(seed=1)), seed=2, draws=50)
    effects = draws["level_on"].sel(covariate="age")
    np.testing.assert_allclose(effects.max("informant"), effects.min("informant"))


def test_estimands_can_be_computed_under_the_prior_and_held_against_the_posterior() -> None:
    fit = hand_made.fit()
    prior = prior_fit(fit.spec, fit.ratings, seed=1, draws=500)
    assert prior.engine == "prior"
    assert "engine 'prior'" in repr(prior)
    assert set(prior.moments) == set(fit.moments)
    total = agreement.correlation(prior, level="total")
    # One of four informants' correlations is .22 at each level; unlike sds make it less in total.
    assert 0.12 < float(total.sel(informant="child", informant_="caregiver").mean()) < 0.22
    found = variance.contraction(variance.shares(fit), variance.shares(prior))
    assert found.dims == ("source", "informant")
    assert (found > 0.8).all()
    assert not variance.prior_driven(variance.shares(fit), variance.shares(prior)).any()
    again = prior_fit(fit.spec, fit.ratings, seed=1, draws=500)
    assert again.moments.equals(prior.moments)


@pytest.mark.compiles
@pytest.mark.parametrize("model", ["informant_growth", "common_factor"])
def test_prior_draws_agree_with_those_of_the_graph(model: str) -> None:
    import pymc as pm

    from bayes_alliance.pymc_model.graph import build_from

    # PyMC's forward sampling knows no potentials, by which a prior by coefficient is stated.
    spec = as_a_whole(load_model(model))
    ratings = small_ratings(seed=1)
    arrays = design(spec, ratings)
    own = prior_moments(spec, arrays, seed=3, draws=500)
    graph = build_from(spec, arrays)
    names = ["level", "slope", "child_cov", "therapist_cov", "residual_cov"]
    names = [name for name in names if name in own]
    other = pm.sample_prior_predictive(2000, model=graph, var_names=names, random_seed=4)
    for name in names:
        theirs = other["prior"][name].values.reshape(2000, -1)
        ours = own[name].values.reshape(2000, -1)
        for column in range(ours.shape[1]):
            if np.ptp(ours[:, column]) == 0:
                np.testing.assert_allclose(theirs[:, column], ours[:, column])
            else:
                assert stats.ks_2samp(ours[:, column], theirs[:, column]).pvalue > ALPHA, name


@pytest.mark.compiles
@pytest.mark.parametrize("shrinking", ["horseshoe", "r2d2"])
def test_priors_that_shrink_effects_agree_with_those_of_the_graph(shrinking: str) -> None:
    import pymc as pm

    from bayes_alliance.pymc_model.graph import build_from

    priors = {
        "horseshoe": RegularizedHorseshoe(
            global_scale=0.1, slab_scale=0.3, slab_nu=4.0, reason="judgement"
        ),
        "r2d2": R2D2(mean=0.2, precision=5.0, concentration=0.5, reason="judgement"),
    }
    both = ("level", "slope")
    spec = with_covariates(
        load_model("informant_growth"), {"age": both, "female": both, "stress": ("rating",)}
    )
    # PyMC's forward sampling knows no potentials, by which a prior by coefficient is stated.
    spec = as_a_whole(spec)
    changed = {"covariate": priors[shrinking]}
    spec = dataclasses.replace(spec, priors=dict(spec.priors) | changed)
    arrays = design(spec, small_ratings(seed=1))
    own = prior_moments(spec, arrays, seed=3, draws=500)
    names = ["level_on", "slope_on", "rating_on"]
    graph = build_from(spec, arrays)
    other = pm.sample_prior_predictive(2000, model=graph, var_names=names, random_seed=4)
    for name in names:
        theirs = other["prior"][name].values.reshape(2000, -1)
        ours = own[name].values.reshape(2000, -1)
        for column in range(ours.shape[1]):
            assert stats.ks_2samp(ours[:, column], theirs[:, column]).pvalue > ALPHA, name
            together = stats.spearmanr(abs(ours[:, [0, column]])).statistic
            expected = stats.spearmanr(abs(theirs[:, [0, column]])).statistic
            assert np.min(together) == pytest.approx(np.min(expected), abs=0.12)
