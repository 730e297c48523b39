"""What completes ratings, alone and together, against dense normal densities and known laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from bayes_alliance.collapsed import CollapsedModel, collapse, log_likelihood
from bayes_alliance.collapsed.completions.weights import digamma
from bayes_alliance.collapsed.contributions import log_scores
from bayes_alliance.collapsed.density import turned
from bayes_alliance.collapsed.priors import standard_deviation
from bayes_alliance.collapsed.seating import seat
from bayes_alliance.collapsed.single_ratings import rating_scores
from bayes_alliance.design import Design, Incomplete
from bayes_alliance.design.latent_means import LatentMean
from bayes_alliance.specification import (
    R2D2,
    Beta,
    Gamma,
    Likelihood,
    ModelSpec,
    Normal,
    RegularizedHorseshoe,
    Residual,
)
from tests.collapsed.of_coordinates import log_density, of_averages
from tests.collapsed.random_designs import Shape, long_ratings, random_design, truth_of
from tests.collapsed.test_density import named_moments, spec_of, specifiable
from tests.dense import covariance, mean, normal_log_density

SETTINGS = settings(max_examples=25, deadline=None, derandomize=True)
CHOICES = st.sampled_from(
    [
        ("scatter",),
        ("weights",),
        ("missing",),
        ("shared",),
        ("scatter", "weights"),
        ("missing", "shared", "weights"),
        ("related",),
        ("related", "scatter"),
        ("related", "missing"),
        ("shrunk",),
        ("shrunk", "shared", "missing", "weights"),
        ("explained",),
        ("explained", "scatter"),
        ("means",),
        ("means", "missing", "weights"),
        ("means", "shared", "shrunk"),
    ]
)
SHRINKING = {
    "shrunk": RegularizedHorseshoe(global_scale=0.1, slab_scale=0.3, slab_nu=3.0, reason="test"),
    "explained": R2D2(mean=0.3, precision=3.0, concentration=0.7, reason="test"),
}


def scattering(design: Design, spec: ModelSpec) -> tuple[Design, ModelSpec]:
    """Let all covariates of a design act on how much ratings scatter."""
    child = design.occasion_child
    wider = replace(
        design,
        residual_covariates=(*design.covariates, *design.occasion_covariates),
        residual_x=np.hstack([design.x[child], design.z]),
        residual_x_sd=np.append(design.covariate_sd, design.occasion_covariate_sd),
    )
    prior = Normal(mean=0.1, sd=0.3, reason="test")
    residual = Residual(structure=spec.residual.structure, sd_on=wider.residual_covariates)
    priors = dict(spec.priors) | {"residual_sd_on": prior}
    return wider, replace(spec, residual=residual, priors=priors)


def weighing(design: Design, spec: ModelSpec) -> tuple[Design, ModelSpec]:
    """Let residuals have heavy tails."""
    priors = dict(spec.priors) | {"residual_nu": Gamma(alpha=2.0, beta=0.1, reason="test")}
    return design, replace(spec, likelihood=Likelihood(family="student_t"), priors=priors)


def relating(design: Design, spec: ModelSpec) -> tuple[Design, ModelSpec]:
    """Let residuals be autocorrelated."""
    priors = dict(spec.priors) | {"residual_autoregression": Beta(alpha=2, beta=3, reason="test")}
    return design, replace(
        spec, residual=replace(spec.residual, autoregression=True), priors=priors
    )


def lacking(design: Design, *, seed: int) -> Design:
    """Leave values of two covariates out: of units of the first level above, and of children.

    Their product acts on the level as well.
    """
    rng, n = np.random.default_rng(seed), len(design.children)
    unit = design.levels[0].parent if design.levels else np.arange(n)
    there, unit = np.unique(unit, return_inverse=True)
    labels = tuple(f"unit_{number}" for number in there)
    above = np.where(rng.random(len(labels)) < 0.3, np.nan, rng.normal(size=len(labels)))
    own = np.where(rng.random(n) < 0.3, np.nan, design.x[:, 1])
    x = np.column_stack([above[unit], own, above[unit] * own])
    first = Incomplete(
        name="x0", kind="numeric", units=labels, unit=unit, values=above, columns=(0,), given=()
    )
    second = Incomplete(
        name="x1",
        kind="numeric",
        units=design.children,
        unit=np.arange(n),
        values=own,
        columns=(1,),
        given=(0,),
    )
    acts = np.vstack([design.covariate_on[:2], np.zeros((1, len(design.coefficients)), dtype=bool)])
    acts[:, 0] = True
    return replace(
        design,
        x=x,
        covariates=("x0", "x1", "x0:x1"),
        covariate_on=acts,
        covariate_sd=np.array([1.0, 2.0, 1.5]),
        covariate_centre=np.zeros(3),
        products=((2, 0, 1),),
        incomplete=(first, second),
    )


def estimating(design: Design, *, seed: int) -> Design:
    """Add a covariate that varies over occasions, whose child means are parameters."""
    rng, child = np.random.default_rng(seed), design.occasion_child
    sd, n = 1.3, len(design.children)
    values = sd * (rng.normal(size=n)[child] + rng.normal(size=len(child)))
    counts = np.bincount(child, minlength=n)
    computed = np.bincount(child, weights=values, minlength=n) / np.maximum(counts, 1)
    complete = np.flatnonzero(~np.isnan(design.x).any(axis=0))
    level = np.arange(len(design.coefficients)) == 0
    one = LatentMean(
        name="v",
        between=len(design.covariates),
        within=len(design.occasion_covariates),
        values=values,
        sd=sd,
        given=tuple(complete.tolist()),
    )
    return replace(
        design,
        x=np.column_stack([design.x, computed]),
        covariates=(*design.covariates, "v[between]"),
        covariate_on=np.vstack([design.covariate_on, level]),
        covariate_sd=np.append(design.covariate_sd, sd),
        covariate_centre=np.append(design.covariate_centre, 0.0),
        z=np.column_stack([design.z, values - computed[child]]),
        occasion_covariates=(*design.occasion_covariates, "v[within]"),
        occasion_covariate_sd=np.append(design.occasion_covariate_sd, sd),
        occasion_covariate_centre=np.append(design.occasion_covariate_centre, 0.0),
        latent_means=(one,),
    )


def sharing(design: Design) -> Design:
    """Let all informants share the effects of every second covariate."""
    labels = (*design.covariates, *design.occasion_covariates)
    return replace(design, shared_effects=frozenset(labels[::2]))


def completed_model(shape: Shape, *chosen: str) -> CollapsedModel:
    """A model of a random design with some completions."""
    if "missing" in chosen:
        shape = replace(shape, n_covariates=2)
    if "explained" in chosen:
        # What is explained is a share of differences between children.
        child = {"child": "correlated", "child_coefficients": shape.n_coefficients}
        shape = replace(shape, **child, n_covariates=2, n_children=8 + shape.n_children)
    design = random_design(shape)
    if "missing" in chosen:
        design = lacking(design, seed=shape.seed)
    if "means" in chosen:
        design = estimating(design, seed=shape.seed)
    spec = spec_of(design, seed=shape.seed)
    if "shared" in chosen:
        design = sharing(design)
    if "scatter" in chosen and design.covariates + design.occasion_covariates:
        design, spec = scattering(design, spec)
    if "weights" in chosen:
        design, spec = weighing(design, spec)
    if "related" in chosen:
        design, spec = relating(design, spec)
    for name in set(chosen) & set(SHRINKING):
        if "covariate" in spec.priors:
            priors = dict(spec.priors) | {"covariate": SHRINKING[name]}
            spec = replace(spec, priors=priors)
    return collapse(spec, design)


def raw_effects(design: Design, named: dict[str, np.ndarray]) -> np.ndarray:
    """Effects in their prior standard deviations, as they stand among coordinates."""
    raw = []
    for c, name in enumerate((*design.coefficients, "rating")):
        if f"{name}_on_scale" not in named:
            continue
        effect, scale = named[f"{name}_on"], named[f"{name}_on_scale"]
        labels = design.occasion_covariates if name == "rating" else design.covariates
        for p, label in enumerate(labels):
            if name == "rating" or design.covariate_on[p, c]:
                n = design.n_effects(label)
                raw.append((p, c, (effect[p] / scale[p])[:n]))
    # Effects on growth coefficients stand by covariate.
    raw.sort(key=lambda one: (one[1] == len(design.coefficients), one[0], one[1]))
    return np.concatenate([np.zeros(0), *(values for *_, values in raw)])


def completed_design(design: Design, named: dict[str, np.ndarray]) -> Design:
    """The design with the missing values and the means that the named moments say."""
    x, z = design.x.copy(), design.z.copy()
    for one in design.latent_means:
        x[:, one.between] = named[one.variable]
        z[:, one.within] = one.values - named[one.variable][design.occasion_child]
    for one in design.incomplete:
        values = one.values.copy()
        values[np.isnan(values)] = named[f"missing_{one.name}"]
        x[:, one.columns[0]] = values[one.unit]
    for p, first, second in design.products:
        x[:, p] = x[:, first] * x[:, second]
    return replace(design, x=x, z=z)


def log_law_of_known_values(model: CollapsedModel, x: np.ndarray, whole: Design) -> float:
    """Of covariates where they are known; missing ones must be what their coordinates say."""
    at = dict(zip(model.labels, x, strict=True))
    total = 0.0
    for one in model.design.incomplete:
        name, unit = f"missing_{one.name}", whole.covariate_sd[one.columns[0]]
        sd = float(standard_deviation(at[f"{name}_sd"]))
        for number, label in enumerate(one.units):
            child = np.flatnonzero(one.unit == number)[0]
            mean = at[f"{name}_intercept"]
            for p in one.given:
                weight = at[f"{name}_weight[{whole.covariates[p]}]"]
                mean += weight * whole.x[child, p] / whole.covariate_sd[p]
            if one.absent[number]:
                value = unit * (mean + sd * at[f"{name}_raw[{label}]"])
                assert whole.x[child, one.columns[0]] == pytest.approx(value, rel=1e-10)
            else:
                total += stats.norm.logpdf(one.values[number] / unit, mean, sd)
    return float(total)


def log_law_of_means(model: CollapsedModel, x: np.ndarray, named: dict[str, np.ndarray]) -> float:
    """Of means of children and of the covariate's values, and the slopes of these means."""
    at, design, total = dict(zip(model.labels, x, strict=True)), model.design, 0.0
    for one in design.latent_means:
        name = one.variable
        tau, omega = (
            float(standard_deviation(at[f"{name}_{what}"])) for what in ("between", "within")
        )
        mu = at[f"{name}_intercept"] + np.zeros(len(design.children))
        for p in one.given:
            weight = at[f"{name}_weight[{design.covariates[p]}]"]
            mu += weight * design.x[:, p] / design.covariate_sd[p]
        xi = named[name] / one.sd
        total += stats.norm.logpdf(one.values / one.sd, xi[design.occasion_child], omega).sum()
        total += stats.norm.logpdf(xi, mu, tau).sum() + 0.5 * len(xi) * np.log(2.0 * np.pi)
        # A mean is linear in its own coordinate, of which the others are free.
        further = x + np.array([label.startswith(f"{name}_raw[") for label in model.labels])
        total += np.log(named_moments(model, further)[name] / one.sd - xi).sum()
    return float(total)


def scale_of(design: Design, named: dict[str, np.ndarray]) -> np.ndarray:
    """What residuals are multiplied by, written down from the named moments."""
    scale = np.ones(design.present.shape)
    if "residual_sd_on" in named:
        scale /= np.exp(design.residual_x @ named["residual_sd_on"])
    if "residual_weight" in named:
        scale *= np.sqrt(named["residual_weight"])[:, None]
    return scale


def residual_covariance(design: Design, named: dict[str, np.ndarray]) -> np.ndarray:
    """Of all ratings, residuals unscaled."""
    row, informant = np.nonzero(design.present)
    if "residual_autoregression" in named:
        child, time = design.occasion_child[row], design.scaled_time[row]
        gap = np.abs(time[:, None] - time)
        kept = (child[:, None] == child) * named["residual_autoregression"] ** gap
    else:
        kept = row[:, None] == row
    return named["residual_cov"][informant[:, None], informant] * kept


def dense_normal(design: Design, named: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Distance of all ratings from their means, and their covariance, residuals scaled."""
    design = completed_design(design, named)
    ratings, truth = long_ratings(design), truth_of(named, design)
    total = covariance(ratings, truth)
    residual = covariance(
        ratings, replace(truth, child_cov=None, therapist_cov=None, clinic_cov=None)
    )
    scale = scale_of(design, named)[design.present]
    total += residual_covariance(design, named) / np.outer(scale, scale) - residual
    return ratings.rating - mean(ratings, truth), total


def dense_value(design: Design, named: dict[str, np.ndarray]) -> float:
    return normal_log_density(*dense_normal(design, named)) if design.n_ratings else 0.0


def log_law_of_weights(named: dict[str, np.ndarray]) -> float:
    """Of the coordinates of weights, from the gamma distribution of the weights."""
    alpha, weight = 0.5 * named["residual_nu"], named["residual_weight"]
    slope = np.log(weight) + 0.5 * np.log(1.0 / alpha + 0.5 / alpha**2)
    return float((stats.gamma.logpdf(weight, alpha, scale=1.0 / (alpha - 1.0)) + slope).sum())


@given(shape=specifiable, chosen=CHOICES)
@SETTINGS
def test_the_density_is_that_of_priors_laws_and_dense_ratings(
    shape: Shape, chosen: tuple[str, ...]
) -> None:
    model = completed_model(shape, *chosen)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    named = named_moments(model, x)
    expected = dense_value(model.design, named)
    expected += sum(float(log_density(c, x[i])) for i, c in enumerate(model.layout.coordinates))
    expected += sum(float(factor) for factor in of_averages(model, x).values())
    if "residual_weight" in named:
        expected += log_law_of_weights(named)
    expected += log_law_of_means(model, x, named)
    expected -= 0.5 * (raw_effects(model.design, named) ** 2).sum()
    expected += log_law_of_known_values(model, x, completed_design(model.design, named))
    value, _ = model.log_density_and_gradient(x)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)


@given(shape=specifiable, chosen=CHOICES)
@SETTINGS
def test_the_gradient_equals_central_differences(shape: Shape, chosen: tuple[str, ...]) -> None:
    model = completed_model(shape, *chosen)
    if set(chosen) & set(SHRINKING):
        model = turned(model)
    rng = np.random.default_rng(shape.seed)
    x = rng.uniform(-0.8, 0.8, size=model.n_parameters)
    density = model.density()
    gradient = density(x)[1].copy()
    # Along every coordinate of the options, and along a few directions of all.
    options = (
        "residual_",
        "missing_",
        "mean_",
        "_shared",
        "_local",
        "_r2",
        "_share",
        "_on[",
        "covariate_",
    )
    own = [i for i, c in enumerate(model.labels) if any(part in c for part in options)]
    own = own[::-1][:: max(1, len(own) // 12)]
    directions = [*np.eye(len(x))[own], *rng.normal(size=(3, len(x)))]
    for direction in directions:
        e = 1e-4 * direction
        near = density(x + e)[0] - density(x - e)[0]
        far = density(x + 2 * e)[0] - density(x - 2 * e)[0]
        slope = (8 * near - far) / 12e-4
        assert gradient @ direction == pytest.approx(slope, rel=1e-6, abs=1e-5)


@pytest.mark.thorough
@given(shape=specifiable, chosen=CHOICES)
@settings(SETTINGS, max_examples=15)
def test_scores_are_differences_of_dense_densities_of_completed_ratings(
    shape: Shape, chosen: tuple[str, ...]
) -> None:
    model = completed_model(shape, *chosen)
    design = model.design
    if not design.n_ratings:
        return
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    named = named_moments(model, x)
    error, cov = dense_normal(design, named)
    whole = normal_log_density(error, cov)
    assert log_likelihood(design, named) == pytest.approx(whole, rel=1e-8, abs=1e-8)
    draws = {name: value[None] for name, value in named.items()}
    child = design.occasion_child[np.nonzero(design.present)[0]]
    of_child, of_rating = log_scores(design, draws)["child"][0], rating_scores(design, draws)[0]

    def density_of(rows: np.ndarray) -> float:
        return normal_log_density(error[rows], cov[np.ix_(rows, rows)]) if rows.any() else 0.0

    for one in np.unique(child)[:4]:
        rest = density_of(child != one)
        assert of_child[one] == pytest.approx(whole - rest, rel=1e-7, abs=1e-7)
    for r in range(0, design.n_ratings, 7):
        rest = density_of(np.arange(design.n_ratings) != r)
        assert of_rating[r] == pytest.approx(whole - rest, rel=1e-7, abs=1e-7)


@given(
    shape=specifiable, chosen=st.sampled_from([("shrunk",), ("shrunk", "shared"), ("explained",)])
)
@settings(SETTINGS, max_examples=15)
def test_effects_placed_by_what_ratings_say_are_a_change_of_variables(
    shape: Shape, chosen: tuple[str, ...]
) -> None:
    plain = completed_model(replace(shape, n_covariates=2), *chosen)
    placed, design = turned(plain), plain.design
    n_free = len(design.terms)
    assert len(placed.layout.turn.shift) == n_free
    own = slice(n_free, n_free + len(placed.completions[0].effect))
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=plain.n_parameters)

    def raw(where: np.ndarray) -> np.ndarray:
        at = x.copy()
        at[own] = where
        return raw_effects(design, named_moments(placed, at))

    same = placed.layout.coordinates_of(x)
    same[own] = raw(x[own])
    # Effects are linear in where they lie.
    zero = raw(np.zeros(own.stop - own.start))
    slope = np.array([raw(unit) - zero for unit in np.eye(len(zero))])
    log_det = np.linalg.slogdet(slope)[1] + np.log(np.diag(placed.layout.turn.root)).sum()
    expected = plain.log_density_and_gradient(same)[0] + log_det
    assert placed.log_density_and_gradient(x)[0] == pytest.approx(expected, rel=1e-8, abs=1e-8)
    there = named_moments(plain, same)
    for name, values in named_moments(placed, x).items():
        np.testing.assert_allclose(values, there[name], rtol=1e-8, atol=1e-10)


def test_effects_that_ratings_say_much_about_lie_about_standard_normally() -> None:
    """At the scales and at all else for which the map is made, and nearly so at other scales."""
    model = turned(completed_model(Shape(n_covariates=3, n_children=60, seed=2), "shrunk"))
    n, density = model.completions[0].effect.max() + 1, model.density()
    x = np.zeros(model.n_parameters)
    for label in ("covariate_global", "level_on_local[x0,informant_0]"):
        x[model.labels.index(label)] = 3.0
    at_zero = density(x)[1][:n].copy()
    hessian = [at_zero - density(x + unit)[1][:n] for unit in np.eye(model.n_parameters)[:n]]
    own = np.sort(model.completions[0].effect)
    np.testing.assert_allclose(np.array(hessian)[np.ix_(own, own)], np.eye(len(own)), atol=0.1)


def test_a_weighted_normal_density_averages_to_that_of_a_t() -> None:
    """Over the weight of the one occasion, on a grid of its coordinate."""
    design = random_design(
        Shape(n_informants=2, n_coefficients=1, n_therapists=0, child=None, n_children=1, seed=3)
    )
    design = replace(
        design,
        occasion_child=design.occasion_child[:1],
        occasion_time=design.occasion_time[:1],
        basis=np.ones((1, 1)),
        y=np.array([[33.0, 21.0]]),
        present=np.ones((1, 2), dtype=bool),
        floor=np.zeros((1, 2), dtype=bool),
        ceiling=np.zeros((1, 2), dtype=bool),
        z=np.zeros((1, 0)),
        scaled_time=np.zeros(1),
    )
    model = collapse(weighing(design, spec_of(design, seed=1))[1], design)
    x = 0.3 * np.random.default_rng(1).normal(size=model.n_parameters)
    density, grid = model.density(), np.linspace(-30.0, 12.0, 4001)
    values = np.array([density(np.append(x[:-1], g))[0] for g in grid])
    integral = values.max() + np.log(np.trapezoid(np.exp(values - values.max()), grid))
    named, coordinates = named_moments(model, x), model.layout.coordinates[:-1]
    nu, cov = float(named["residual_nu"]), named["residual_cov"]
    law = stats.multivariate_t(named["level"], cov * (nu - 2.0) / nu, df=nu)
    prior = sum(float(log_density(c, x[i])) for i, c in enumerate(coordinates))
    assert integral == pytest.approx(float(law.logpdf(design.y[0])) + prior, abs=1e-8)


@pytest.mark.parametrize("x", [0.05, 0.7, 1.0, 3.3, 6.0, 40.0])
def test_the_derivative_of_the_log_gamma_function_equals_scipy(x: float) -> None:
    assert digamma.py_func(x) == pytest.approx(float(special.digamma(x)), rel=1e-11)


def test_children_share_a_pattern_where_what_they_scatter_by_is_alike() -> None:
    shape = Shape(n_children=60, n_informants=2, n_occasions=2, missing=0.0, n_covariates=1)
    numeric = random_design(shape)
    binary = replace(numeric, x=(numeric.x > 0.0).astype(np.float64))
    lanes = []
    for design in (binary, numeric):
        seating = seat(scattering(design, spec_of(design, seed=1))[0])
        rated = np.unique(design.occasion_child)
        lanes.append({*zip(seating.chunk[rated], seating.lane[rated], strict=True)})
    assert len(lanes[0]) < 20
    assert len(lanes[1]) == len(rated)
