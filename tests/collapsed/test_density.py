"""The log posterior density: priors, Jacobians and likelihood against independent arithmetic."""

from collections.abc import Callable
from dataclasses import replace
from math import lgamma, log

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from bayes_alliance.collapsed import CollapsedModel, collapse, log_likelihood
from bayes_alliance.collapsed.density import turned
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.design import Design
from bayes_alliance.specification import (
    LKJ,
    CovariateTerm,
    Effects,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    ModelSpec,
    Normal,
    Prior,
    Residual,
    StudentT,
)
from tests.collapsed.of_coordinates import log_density, log_prior
from tests.collapsed.random_designs import (
    TRAJECTORIES,
    Shape,
    long_ratings,
    random_design,
    shapes,
    truth_of,
)
from tests.dense import dense_log_likelihood

SD_PRIORS = (
    HalfNormal(scale=0.4, reason="test"),
    HalfStudentT(nu=3.0, scale=0.3, reason="test"),
    Exponential(rate=4.0, reason="test"),
    Gamma(alpha=2.0, beta=8.0, reason="test"),
)
SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
# Specifications know no common factor yet.
specifiable = shapes.map(
    lambda shape: replace(
        shape,
        child="correlated" if shape.child == "common_factor" else shape.child,
        therapist="correlated" if shape.therapist == "common_factor" else shape.therapist,
    )
)


def spec_of(design: Design, *, seed: int, residual: str = "correlated") -> ModelSpec:
    """The specification a design belongs to, with priors of every distribution."""
    rng = np.random.default_rng(seed)
    coefficients, k = design.coefficients, len(design.informants)
    choices = (
        Normal(mean=0.1, sd=0.4, reason="test"),
        StudentT(nu=5.0, mean=-0.1, scale=0.3, reason="test"),
    )
    priors: dict[str, Prior] = {name: choices[rng.integers(2)] for name in coefficients}
    covariates = [
        CovariateTerm(name=name, on=tuple(c for c, on in zip(coefficients, row, strict=True) if on))
        for name, row in zip(design.covariates, design.covariate_on, strict=True)
    ] + [CovariateTerm(name=name, on=("rating",)) for name in design.occasion_covariates]
    if covariates:
        priors["covariate"] = choices[rng.integers(2)]
    effects = {}
    for name, (positions, structure) in design.term_sets().items():
        terms = tuple(coefficients[c] for c in dict.fromkeys(positions // k))
        effects[name] = Effects(terms=terms, structure=structure)
        for term in terms:
            priors[f"{name}_sd.{term}"] = SD_PRIORS[rng.integers(4)]
        if structure == "correlated":
            by = None if rng.random() < 0.5 else "coefficient"
            mean = "flat" if by and seed % 2 else None
            priors[f"{name}_cor"] = LKJ(
                eta=float(rng.uniform(0.6, 4.0)), by=by, mean=mean, reason="test"
            )
    priors["residual_sd"] = SD_PRIORS[rng.integers(4)]
    if residual == "correlated":
        priors["residual_cor"] = LKJ(eta=2.0, reason="test")
    return ModelSpec(
        name="test",
        title="Test",
        about="For a test.",
        trajectory=TRAJECTORIES[len(coefficients) - 1],
        residual=Residual(structure=residual),
        covariates=tuple(covariates),
        priors=priors,
        **effects,
    )


def scipy_log_prior(prior: Prior, value: float, *, shift: float, factor: float) -> float:
    """Log density of a quantity in rating points."""
    match prior:
        case Normal():
            return stats.norm.logpdf(value, shift + factor * prior.mean, factor * prior.sd)
        case StudentT():
            return stats.t.logpdf(
                value, prior.nu, shift + factor * prior.mean, factor * prior.scale
            )
        case HalfNormal():
            return stats.halfnorm.logpdf(value, scale=factor * prior.scale)
        case HalfStudentT():
            return log(2) + stats.t.logpdf(value, prior.nu, scale=factor * prior.scale)
        case Exponential():
            return stats.expon.logpdf(value, scale=factor / prior.rate)
        case Gamma():
            return stats.gamma.logpdf(value, prior.alpha, scale=factor / prior.beta)
    raise AssertionError(prior)


def lkj_log_density(cor: np.ndarray, eta: float) -> float:
    """Normalised LKJ density, constant as in Lewandowski, Kurowicka and Joe (2009), eq. 16."""
    n = len(cor)
    log_volume = 0.0
    for k in range(1, n):
        b = eta + (n - 1 - k) / 2
        log_beta = 2 * lgamma(b) - lgamma(2 * b)
        log_volume += (2 * eta - 2 + n - k) * (n - k) * log(2) + (n - k) * log_beta
    return (eta - 1) * np.linalg.slogdet(cor)[1] - log_volume


def lkj_by_coefficient(cor: np.ndarray, eta: float, coefficient: np.ndarray) -> float:
    """LKJ of each coefficient's partial correlations instead of what the whole says of them."""
    n = len(cor)
    total = lkj_log_density(cor, eta)
    for c in np.unique(coefficient)[:-1]:
        own, before = np.flatnonzero(coefficient == c), np.flatnonzero(coefficient < c)
        cov = cor[np.ix_(own, own)]
        if len(before):
            across = cor[np.ix_(own, before)]
            cov = cov - across @ np.linalg.solve(cor[np.ix_(before, before)], across.T)
        sd = np.sqrt(np.diag(cov))
        within = cov / np.outer(sd, sd)
        after = n - len(own) - len(before)
        # The marginal of a part of an LKJ matrix is LKJ with eta + (rows left out) / 2.
        total += lkj_log_density(within, eta) - lkj_log_density(within, eta + after / 2)
    return total


def mean_flat(cor: np.ndarray, prior: LKJ) -> float:
    """What a prior that is flat in the average has besides; its constant has a test of its own."""
    k = len(cor)
    if prior.mean is None or k < 3:
        return 0.0
    u = float(cor.mean())
    constant = prior.average_factor(np.zeros(k)).constant
    return constant - (k - 2) * (k - 1 + 2 * prior.eta) / 2 * log(u ** (1 / k) * (1 - u))


def independent_log_prior(spec: ModelSpec, design: Design, values: dict) -> float:
    """Log prior of named moments, from the specification and SciPy alone."""
    k = len(design.informants)
    total = 0.0
    for c, name in enumerate(design.coefficients):
        for i in range(k):
            shift = design.center[i] if name == "level" else 0.0
            factor = design.spread[i]
            total += scipy_log_prior(spec.priors[name], values[name][i], shift=shift, factor=factor)
            for p in np.flatnonzero(design.covariate_on[:, c]):
                total += scipy_log_prior(
                    spec.priors["covariate"],
                    values[f"{name}_on"][p, i],
                    shift=0.0,
                    factor=factor / design.covariate_sd[p],
                )
    for p in range(len(design.occasion_covariates)):
        for i in range(k):
            total += scipy_log_prior(
                spec.priors["covariate"],
                values["rating_on"][p, i],
                shift=0.0,
                factor=design.spread[i] / design.occasion_covariate_sd[p],
            )
    sets = design.term_sets() | {"residual": (np.arange(k), spec.residual.structure)}
    for name, (positions, structure) in sets.items():
        cov = values[f"{name}_cov"][np.ix_(positions, positions)]
        sd = np.sqrt(np.diag(cov))
        for position, value in zip(positions, sd, strict=True):
            key = "residual_sd" if name == "residual" else ""
            key = key or f"{name}_sd.{design.coefficients[position // k]}"
            total += scipy_log_prior(
                spec.priors[key], value, shift=0.0, factor=design.spread[position % k]
            )
        if structure == "correlated":
            prior, cor = spec.priors[f"{name}_cor"], cov / np.outer(sd, sd)
            if prior.by is None or name == "residual":
                total += lkj_log_density(cor, prior.eta)
            else:
                total += lkj_by_coefficient(cor, prior.eta, positions // k)
                total += mean_flat(cor[:k, :k], prior)
    return total


def log_jacobian(model: CollapsedModel, x: np.ndarray) -> float:
    """Log determinant of coefficients, sds and correlations by the unconstrained vector.

    By fourth-order central differences, the moments of all points computed together.
    """
    step = 1e-4
    steps = step * np.eye(len(x))
    points = x + np.concatenate([steps, -steps, 2 * steps, -2 * steps])
    pieces = []
    for name, (_, values) in moments(model, points[None]).items():
        value = values[0]
        if not name.endswith("_cov"):
            flat = value.reshape(len(points), -1)
            pieces.append(flat[:, (flat != 0.0).any(axis=0)])
            continue
        variance = np.diagonal(value, axis1=1, axis2=2)
        varying = np.flatnonzero((variance > 0).any(axis=0))
        sd = np.sqrt(variance[:, varying])
        row, column = np.tril_indices(len(varying), -1)
        cor = value[:, varying[row], varying[column]] / (sd[:, row] * sd[:, column])
        pieces += [sd, cor if (cor != 0.0).any() else cor[:, :0]]
    forward, back, far_forward, far_back = np.split(np.hstack(pieces), 4)
    slopes = (8 * (forward - back) - (far_forward - far_back)) / (12 * step)
    return float(np.linalg.slogdet(slopes)[1])


def derivative(density: Callable, x: np.ndarray, i: int) -> float:
    """Fourth-order central difference by one coordinate."""
    e = np.zeros_like(x)
    e[i] = 1e-4
    near = density(x + e)[0] - density(x - e)[0]
    far = density(x + 2 * e)[0] - density(x - 2 * e)[0]
    return (8 * near - far) / (12 * e[i])


def named_moments(model: CollapsedModel, x: np.ndarray) -> dict[str, np.ndarray]:
    return {name: value[0, 0] for name, (_, value) in moments(model, x[None, None]).items()}


@pytest.mark.thorough
@given(shape=specifiable, residual=st.sampled_from(["independent", "correlated"]))
@SETTINGS
def test_density_is_prior_times_jacobian_times_dense_likelihood(
    shape: Shape, residual: str
) -> None:
    design = random_design(shape)
    spec = spec_of(design, seed=shape.seed, residual=residual)
    model = collapse(spec, design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    values = named_moments(model, x)
    ratings = long_ratings(design)
    likelihood = (
        dense_log_likelihood(ratings, truth_of(values, design)) if len(ratings.rating) else 0
    )
    prior = independent_log_prior(spec, design, values)
    value, _ = model.log_density_and_gradient(x)
    assert model.log_likelihood(x) == pytest.approx(likelihood, rel=1e-8, abs=1e-8)
    assert log_likelihood(design, values) == pytest.approx(likelihood, rel=1e-8, abs=1e-8)
    assert sum(log_prior(model, x).values()) == pytest.approx(prior, rel=1e-8, abs=1e-8)
    assert value == pytest.approx(likelihood + prior + log_jacobian(model, x), rel=1e-7, abs=1e-6)


@given(shape=specifiable, residual=st.sampled_from(["independent", "correlated"]))
@SETTINGS
def test_gradient_equals_central_differences(shape: Shape, residual: str) -> None:
    design = random_design(shape)
    model = collapse(spec_of(design, seed=shape.seed, residual=residual), design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    density = model.density()
    gradient = density(x)[1].copy()
    for i in range(len(x)):
        expected = derivative(density, x, i)
        assert gradient[i] == pytest.approx(expected, rel=1e-6, abs=2e-6)


def common_factor_model() -> tuple[Design, CollapsedModel]:
    """A model with a common factor for each coefficient that varies at a level."""
    design = random_design(
        Shape(n_informants=4, child="common_factor", therapist="common_factor", n_clinics=2)
    )
    spelled = replace(
        design,
        child_structure="correlated",
        levels=tuple(
            replace(level, structure="correlated") if level.structure == "common_factor" else level
            for level in design.levels
        ),
    )
    return design, collapse(spec_of(spelled, seed=1), design)


def test_a_common_factor_per_coefficient_is_loadings_beside_unique_parts() -> None:
    design, model = common_factor_model()
    x = np.random.default_rng(3).uniform(-0.8, 0.8, size=model.n_parameters)
    values = named_moments(model, x)
    cov = values["child_cov"]
    sd = np.sqrt(np.diag(cov))
    cor = cov / np.outer(sd, sd)
    first = model.layout.covariances[0].first_correlation
    loading = np.tanh(x[first : first + len(sd)])
    expected = np.outer(loading, loading)
    expected[:4, 4:] = expected[4:, :4] = 0.0
    np.fill_diagonal(expected, 1.0)
    np.testing.assert_allclose(cor, expected, rtol=1e-12)
    assert model.log_likelihood(x) == pytest.approx(log_likelihood(design, values), rel=1e-10)


def test_gradient_with_a_common_factor_equals_central_differences() -> None:
    _, model = common_factor_model()
    x = np.random.default_rng(3).uniform(-0.8, 0.8, size=model.n_parameters)
    density = model.density()
    gradient = density(x)[1].copy()
    for i in range(len(x)):
        e = np.zeros_like(x)
        e[i] = 1e-4
        near, far = (
            density(x + e)[0] - density(x - e)[0],
            density(x + 2 * e)[0] - density(x - 2 * e)[0],
        )
        assert gradient[i] == pytest.approx((8 * near - far) / 12e-4, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("eta", [0.8, 1.0, 3.0])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_correlations_drawn_by_their_coordinates_have_the_lkj_marginal(n: int, eta: float) -> None:
    design = random_design(Shape(n_informants=n, n_coefficients=1, n_therapists=0, child=None))
    spec = spec_of(design, seed=0)
    spec = replace(spec, priors=dict(spec.priors) | {"residual_cor": LKJ(eta=eta, reason="test")})
    model = collapse(spec, design)
    rng = np.random.default_rng(11)
    draws = np.zeros((1, 4000, model.n_parameters))
    for i, coordinate in enumerate(model.layout.coordinates):
        if coordinate.prior == "residual_cor":
            z = 2.0 * rng.beta(coordinate.shape, coordinate.shape, size=4000) - 1.0
            draws[0, :, i] = np.arctanh(z)
    cov = moments(model, draws)["residual_cov"][1][0]
    sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    cor = cov / sd[:, :, None] / sd[:, None, :]
    marginal = stats.beta(eta - 1 + n / 2, eta - 1 + n / 2, loc=-1, scale=2)
    for i in range(n):
        for j in range(i):
            assert stats.kstest(cor[:, i, j], marginal.cdf).pvalue > 1e-4


@pytest.mark.parametrize("size", [5.0, 30.0, 300.0, 1e4])
def test_far_away_the_density_is_finite_or_minus_infinity_and_never_nan(size: float) -> None:
    design = random_design(Shape(n_clinics=2, n_covariates=1, n_occasion_covariates=1))
    model = collapse(spec_of(design, seed=1), design)
    density = model.density()
    rng = np.random.default_rng(5)
    for _ in range(20):
        value, gradient = density(size * rng.normal(size=model.n_parameters))
        assert value == -np.inf or np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_near_the_boundaries_value_and_gradient_stay_exact() -> None:
    design = random_design(Shape(n_clinics=2, n_children=20))
    model = collapse(spec_of(design, seed=1), design)
    x = np.zeros(model.n_parameters)
    for i, coordinate in enumerate(model.layout.coordinates):
        if coordinate.prior == "child_cor":
            x[i] = 8.0  # correlations of 1 - 2e-7
        if coordinate.prior.startswith("therapist_sd"):
            x[i] = -30.0  # a standard deviation of 1e-199
    density = model.density()
    value, gradient = density(x)
    gradient = gradient.copy()
    prior = sum(log_density(c, x[i]) for i, c in enumerate(model.layout.coordinates))
    ratings = long_ratings(design)
    expected = dense_log_likelihood(ratings, truth_of(named_moments(model, x), design))
    assert value == pytest.approx(prior + expected, rel=1e-8)
    for i in range(0, len(x), 3):
        e = np.zeros_like(x)
        e[i] = 1e-4
        near, far = (
            density(x + e)[0] - density(x - e)[0],
            density(x + 2 * e)[0] - density(x - 2 * e)[0],
        )
        assert gradient[i] == pytest.approx((8 * near - far) / 12e-4, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("n", [3, 4, 6])
def test_where_informants_nearly_agree_a_flat_average_has_an_exact_gradient(n: int) -> None:
    design = random_design(Shape(n_informants=n, n_coefficients=1, n_therapists=0))
    spec = spec_of(design, seed=0)
    plain = LKJ(eta=1.3, by="coefficient", reason="test")
    flat = replace(plain, mean="flat")
    with_, without = (
        collapse(replace(spec, priors=dict(spec.priors) | {"child_cor": prior}), design)
        for prior in (flat, plain)
    )
    x = np.random.default_rng(n).uniform(-0.5, 0.5, size=with_.n_parameters)
    places = [i for i, c in enumerate(with_.layout.coordinates) if c.prior == "child_cor"]
    for size in (0.0, 1.0, 6.0):
        at = x.copy()
        at[places] += size

        def factor(point: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = with_.log_density_and_gradient(point)
            gradient = gradient.copy()
            other, by = without.log_density_and_gradient(point)
            return value - other, gradient - by

        gradient = factor(at)[1]
        np.testing.assert_allclose(np.delete(gradient, places), 0.0, atol=1e-9)
        for i in places:
            assert gradient[i] == pytest.approx(derivative(factor, at, i), rel=1e-5, abs=1e-5)


def test_labels_and_named_moments_say_what_is_what() -> None:
    design = random_design(Shape(n_informants=2, n_covariates=1, n_occasion_covariates=1))
    model = collapse(spec_of(design, seed=1), design)
    assert model.labels[:2] == ("level[informant_0]", "level[informant_1]")
    assert "rating_on[z0,informant_1]" in model.labels
    assert "child_sd[informant_1,slope]" in model.labels
    assert model.labels[-1] == "residual_partial_cor[informant_0;informant_1]"
    draws = np.random.default_rng(0).normal(size=(2, 3, model.n_parameters))
    named = moments(model, draws)
    assert named["level"][0] == ("chain", "draw", "informant")
    assert named["child_cov"][0] == ("chain", "draw", "term", "term_")
    assert named["therapist_cov"][1].shape == (2, 3, 4, 4)
    assert (named["therapist_cov"][1][..., 2:, :] == 0.0).all()
    assert named["residual_cov"][0] == ("chain", "draw", "informant", "informant_")
    one = named_moments(model, draws[1, 2])
    for name, value in one.items():
        np.testing.assert_array_equal(named[name][1][1, 2], value)


def test_starting_points_are_reproducible_and_usable() -> None:
    design = random_design(Shape(n_children=25))
    model = collapse(spec_of(design, seed=1), design)
    for seed in range(20):
        start = model.initial(seed)
        np.testing.assert_array_equal(start, model.initial(seed))
        value, gradient = model.log_density_and_gradient(start)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


@given(shape=specifiable)
@settings(SETTINGS, max_examples=15)
def test_turned_coordinates_are_a_linear_map_of_the_vector(shape: Shape) -> None:
    design = random_design(shape)
    model = collapse(spec_of(design, seed=shape.seed), design)
    other = turned(model)
    root = other.layout.turn.root
    z = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    x = other.layout.coordinates_of(z)
    value, gradient = model.log_density_and_gradient(x)
    gradient = gradient.copy()
    found, by_z = other.log_density_and_gradient(z)
    log_det = np.log(np.diag(root)).sum()
    assert found == pytest.approx(value + log_det, rel=1e-10, abs=1e-10)
    np.testing.assert_allclose(by_z[: len(root)], root.T @ gradient[: len(root)], atol=1e-9)
    np.testing.assert_allclose(by_z[len(root) :], gradient[len(root) :], atol=1e-9)
    same = named_moments(model, x)
    for name, values in named_moments(other, z).items():
        np.testing.assert_allclose(values, same[name], rtol=1e-12)


def test_turned_coordinates_hardly_depend_on_each_other() -> None:
    design = random_design(Shape(n_covariates=2, n_children=60, seed=2))
    spec = spec_of(design, seed=1)
    normal = Normal(mean=0.0, sd=0.3, reason="test")
    names = ("level", "slope", "covariate")
    spec = replace(spec, priors=dict(spec.priors) | dict.fromkeys(names, normal))
    model = turned(collapse(spec, design))
    n, density = len(model.layout.turn.shift), model.density()
    at_zero = density(np.zeros(model.n_parameters))[1][:n].copy()
    np.testing.assert_allclose(at_zero, 0.0, atol=1e-8)
    hessian = [density(unit)[1][:n].copy() for unit in np.eye(model.n_parameters)[:n]]
    np.testing.assert_allclose(hessian, -np.eye(n), atol=1e-8)
