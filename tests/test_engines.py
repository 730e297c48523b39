"""The two engines are one model: what `collapsed` climbs is PyMC's graph without its effects.

Given everything else, PyMC's log density is quadratic in the standardised effects (``child_raw``
...), so they integrate out exactly: from its value, gradient and second derivatives at one point.
Densities are compared after a change of variables, from the collapsed engine's unconstrained vector
to PyMC's own variables; its determinant is taken by finite differences.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.special import expit

import bayes_alliance as ba
from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.priors import standard_deviation, values_of
from bayes_alliance.design import Design, design
from bayes_alliance.posterior.engines import chosen
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.pymc_model import build_from
from bayes_alliance.ratings.simulation import Recording
from bayes_alliance.specification import (
    Beta,
    CovariateTerm,
    ModelSpec,
    Normal,
    Residual,
    list_models,
    load_model,
)
from bayes_alliance.specification.priors import of_shrinkage
from bayes_alliance.specification.priors.answers import Hyperparameter
from tests.collapsed.random_designs import Shape
from tests.collapsed.test_completions import completed_model
from tests.collapsed.test_density import specifiable
from tests.pymc_model.points import log_densities_and_gradient, shape_of
from tests.pymc_model.test_density import (
    EXPLAINED,
    HORSESHOE,
    everything_on,
    factors_everywhere,
    piecewise,
    screening,
)
from tests.pymc_model.test_missing import NUMBERS, holed
from tests.small import small_ratings


def both_options() -> ba.ModelSpec:
    """A spread that depends on a covariate, and autocorrelated residuals, at once."""
    spec = load_model("growth_scale")
    priors = dict(spec.priors) | {
        "residual_autoregression": Beta(alpha=2, beta=2, reason="test"),
        "covariate": Normal(mean=0, sd=0.3, reason="test"),
    }
    return replace(
        spec,
        residual=Residual(structure="correlated", sd_on=("anxiety",), autoregression=True),
        covariates=(CovariateTerm(name="anxiety", on=("level",)),),
        priors=priors,
    )


FILES = {name: load_model(name) for name in list_models()["name"]}
# The graph of heavy tails has no weights of occasions, and values behind ratings come from other
# noise: `collapsed.test_completions` and `collapsed.values_behind` compare these.
SPECIFICATIONS = {
    name: spec
    for name, spec in FILES.items()
    # Items are in no small ratings; the pymc engine computes their models. Its graph has who left
    # without latent numbers: `pymc_model.test_leaving`.
    if not (spec.family.items or spec.family.completes_occasions or spec.family.latent)
    and spec.leaving is None
} | {
    "everything on": everything_on(),
    "factors everywhere": factors_everywhere(),
    "piecewise": piecewise(),
    "both options of the residual": both_options(),
    "horseshoe": screening(HORSESHOE, shared=True),
    "explained share": screening(EXPLAINED, shared=False),
}
STEP = 1e-4
EFFECTS = ("child_raw", "therapist_raw", "clinic_raw")

type Values = dict[str, np.ndarray]


def values_at(model: CollapsedModel, points: np.ndarray) -> list[Values]:
    """PyMC's free variables, effects apart, at vectors of the collapsed engine."""
    named = moments(model, points[None])  # of all at once
    return [
        values_of_point(model, x, {name: value[0, i] for name, (_, value) in named.items()})
        for i, x in enumerate(points)
    ]


def values_of_point(model: CollapsedModel, x: np.ndarray, named: Values) -> Values:
    """PyMC's free variables at one vector, whose named moments are there."""
    arrays = model.design
    out = {name: named[name] for name in arrays.coefficients}
    columns = [
        (f"{name}_on", arrays.covariates, arrays.covariate_on[:, c])
        for c, name in enumerate(arrays.coefficients)
    ]
    of_occasions = np.ones(len(arrays.occasion_covariates), dtype=bool)
    shrinks = of_shrinkage(model.spec.priors.get("covariate")) is not None
    for name, labels, acts in (*columns, ("rating_on", arrays.occasion_covariates, of_occasions)):
        if shrinks:
            break  # effects follow from what `of_scales` says
        shared = np.array([label in arrays.shared_effects for label in labels], dtype=bool)
        if (acts & ~shared).any():
            own = name if (acts & ~shared).all() else f"{name}_own"
            out[own] = named[name][acts & ~shared]
        if (acts & shared).any():
            out[f"{name}_shared"] = named[name][acts & shared][:, 0] / arrays.spread[0]
    out |= missing_values(model, x) | of_scales(model, x, named) | of_means(model, named)
    options = ("excess", "residual_sd_on", "residual_autoregression")
    out |= {name: named[name] for name in options if name in named}
    for covariance in model.layout.covariances:
        name, terms = covariance.name, covariance.terms
        cov = named[f"{name}_cov"][np.ix_(terms, terms)]
        sd = np.sqrt(np.diag(cov))
        if name == "residual":
            out["residual_sd"] = sd
        else:
            for c in np.unique(arrays.factor_of_term[terms]):
                here = arrays.factor_of_term[terms] == c
                out[f"{name}_sd_{arrays.coefficients[c]}"] = sd[here]
        if covariance.structure == "correlated" and len(sd) > 1:
            out[f"{name}_cor_cholesky"] = np.linalg.cholesky(cov / np.outer(sd, sd))
        if covariance.structure == "common_factor":
            first = covariance.first_correlation
            out[f"{name}_loading_beta"] = (1.0 + np.tanh(x[first : first + len(sd)])) / 2.0
    return out


def missing_values(model: CollapsedModel, x: np.ndarray) -> Values:
    """Coordinates of missing numbers by the names they have in PyMC."""
    # None need be missing.
    out: dict[str, list[float]] = {f"missing_{one.name}_raw": [] for one in model.design.incomplete}
    for label, coordinate, value in zip(model.labels, model.layout.coordinates, x, strict=True):
        if label.startswith("missing_"):
            made = values_of([coordinate], np.array([value]))[0]
            out.setdefault(label.split("[")[0], []).append(made)
    return {
        name: np.array(values if name.endswith(("_weight", "_raw")) else values[0])
        for name, values in out.items()
    }


def of_means(model: CollapsedModel, named: Values) -> Values:
    """Means of children that are parameters, and what they follow, by the names in PyMC."""
    arrays, out = model.design, {}
    for one in arrays.latent_means:
        own = {f"{one.variable}_{what}" for what in ("intercept", "between", "within", "weight")}
        out |= {name: named[name] for name in own & set(named)}
        mu = named[f"{one.variable}_intercept"] + np.zeros(len(arrays.children))
        for number, p in enumerate(one.given):
            weight = named[f"{one.variable}_weight"][number]
            mu += weight * arrays.x[:, p] / arrays.covariate_sd[p]
        raw = (named[one.variable] / one.sd - mu) / named[f"{one.variable}_between"]
        out[f"{one.variable}_raw"] = raw
    return out


def of_scales(model: CollapsedModel, x: np.ndarray, named: Values) -> Values:
    """What priors that shrink effects sample, by the names that it has in PyMC."""
    prior, out = of_shrinkage(model.spec.priors.get("covariate")), {}
    if prior is None:
        return out
    arrays, at = model.design, dict(zip(model.labels, x, strict=True))
    acts = {
        f"{name}_on": [arrays.covariates[p] for p in np.flatnonzero(arrays.covariate_on[:, c])]
        for c, name in enumerate(arrays.coefficients)
    }
    for name, labels in (acts | {"rating_on": list(arrays.occasion_covariates)}).items():
        columns = arrays.occasion_covariates if name == "rating_on" else arrays.covariates
        for shared in (False, True):
            own = [label for label in labels if (label in arrays.shared_effects) == shared]
            if not own:
                continue
            who = ["shared"] if shared else list(arrays.informants)
            alone = len(own) == len(columns) and not shared
            part = name if alone else f"{name}_{'shared' if shared else 'own'}"
            rows = [columns.index(label) for label in own]
            raw = named[name][rows] / named[f"{name}_scale"][rows]
            out[f"{part}_raw"] = raw[:, 0] if shared else raw
            for one in prior.hyperparameters(len(own)):
                key = "covariate" if one.per == "model" else part
                out[f"{key}_{one.name}"] = of_hyperparameter(one, at, name=name, own=own, who=who)
    return out


def of_hyperparameter(
    one: Hyperparameter, at: dict[str, float], *, name: str, own: list[str], who: list[str]
) -> np.ndarray:
    """A number behind scales as PyMC has it."""
    unit = one.coordinates[0].unit
    match one.per, one.role:
        case "model", "slab":
            return 1.0 / (unit * standard_deviation(np.array(at[f"covariate_{one.name}"])))
        case "model", _:
            return np.array(unit * np.exp(0.5 * at[f"covariate_{one.name}"]))
        case "informant", _:
            return expit(np.array([at[f"{name}_{one.name}[{k}]"] for k in who]))
    labels = own if one.per == "effect" else own[:-1]
    odds = np.array([[at[f"{name}_{one.name}[{label},{k}]"] for k in who] for label in labels])
    if one.per == "effect":
        local = unit * np.exp(0.5 * odds)
        return local[:, 0] if who == ["shared"] else local
    left = np.cumprod(np.vstack([np.ones(len(who)), 1.0 - expit(odds)]), axis=0)
    return (left * np.vstack([expit(odds), np.ones(len(who))])).T


def derivative(of: Sequence, step: float) -> np.ndarray:
    """Fourth-order central difference from values at -2, -1, 1 and 2 steps."""
    return (of[0] - 8 * of[1] + 8 * of[2] - of[3]) / (12 * step)


def log_jacobian(model: CollapsedModel, x: np.ndarray) -> float:
    """Log determinant of PyMC's variables by the collapsed engine's."""

    def flat(values: Values) -> np.ndarray:
        pieces = []
        for name, value in values.items():
            if name.endswith("_cholesky"):
                value = value[np.tril_indices(len(value), -1)]
            if name.endswith("_share"):  # parts of a whole
                value = value[:, :-1]
            pieces.append(np.ravel(value))
        return np.concatenate(pieces)

    points = np.concatenate([x + h * STEP * np.eye(len(x)) for h in (-2, -1, 1, 2)])
    found = np.array([flat(values) for values in values_at(model, points)])
    columns = derivative(found.reshape(4, len(x), -1), STEP)
    return float(np.linalg.slogdet(columns)[1])


@dataclass(frozen=True, kw_only=True)
class Graph:
    """PyMC's log density and its gradient over its own variables, constraints kept.

    At many values of the effects at once: a graph costs as much to go through, node by node.
    """

    names: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]
    log_densities_and_gradient: Callable[[Values], tuple[np.ndarray, Values]]

    @classmethod
    def of(cls, spec: ModelSpec, arrays: Design) -> "Graph":
        model = build_from(spec, arrays)
        shapes = {v.name: shape_of(v, model) for v in model.free_RVs if v.name in EFFECTS}
        return cls(
            names=tuple(variable.name for variable in model.free_RVs),
            shapes=shapes,
            log_densities_and_gradient=log_densities_and_gradient(model, shapes),
        )

    def with_effects(self, values: Values, raw: np.ndarray) -> Values:
        """The values with standardised effects, a row of them for each point."""
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        parts = np.split(raw, np.cumsum(sizes)[:-1], axis=1)
        shaped = zip(self.shapes.items(), parts, strict=True)
        return values | {name: part.reshape(len(raw), *shape) for (name, shape), part in shaped}

    def of_effects(self, values: Values) -> tuple[float, np.ndarray, np.ndarray]:
        """Log density with the effects integrated out; their mean and precision given all else."""
        n = sum(int(np.prod(shape)) for shape in self.shapes.values())
        if n == 0:
            return (
                float(self.log_densities_and_gradient(values)[0]),
                np.zeros(0),
                np.zeros((0, 0)),
            )
        points = np.vstack([np.zeros(n), np.eye(n)])
        _, found = self.log_densities_and_gradient(self.with_effects(values, points))
        at_zero, *moved = np.hstack([found[name].reshape(n + 1, -1) for name in self.shapes])
        precision = at_zero - np.array(moved)
        np.testing.assert_allclose(precision, precision.T, atol=1e-8)
        mean = np.linalg.solve(precision, at_zero)
        constant = 0.5 * (n * np.log(2 * np.pi) - np.linalg.slogdet(precision)[1])
        (value,), _ = self.log_densities_and_gradient(self.with_effects(values, mean[None]))
        return float(value) + constant, mean, precision

    def integrated(self, values: Values) -> tuple[float, Values]:
        """Log density with the effects integrated out, and its gradient by everything else."""
        value, mean, precision = self.of_effects(values)
        n = len(mean)
        if n == 0:
            return value, self.log_densities_and_gradient(values)[1]
        # The gradient by other variables is quadratic in the effects: its expectation over their
        # posterior is the average over 2n points (Stroud 1957).
        root = np.sqrt(n) * np.linalg.cholesky(np.linalg.inv(precision)).T
        points = self.with_effects(values, mean + np.vstack([root, -root]))
        _, slopes = self.log_densities_and_gradient(points)
        return value, {name: slopes[name] / (2 * n) for name in values}


@pytest.mark.compiles
@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_the_collapsed_density_is_the_graph_with_its_effects_integrated_out(name: str) -> None:
    spec = SPECIFICATIONS[name]
    ratings = small_ratings(
        n_children=4, n_informants=4 if spec.informants else 3, missing=0.3, at_ends=0.2
    )
    arrays = design(spec, ratings)
    assert chosen("auto", spec, arrays) == "collapsed"
    graph, model = Graph.of(spec, arrays), collapse(spec, arrays)
    rng = np.random.default_rng(11)
    compare(model, graph, x=rng.uniform(-0.8, 0.8, size=model.n_parameters), rng=rng)


@pytest.mark.compiles
def test_missing_numbers_and_shared_effects_are_those_of_the_graph() -> None:
    ratings = holed(n_children=6, **NUMBERS)
    terms = (
        CovariateTerm(name="anxiety", on=("level", "slope"), shared=True),
        CovariateTerm(name="age", on=("level", "slope")),
        CovariateTerm(name="experience", on=("level",)),
        CovariateTerm(name="age:anxiety", on=("level",)),
        CovariateTerm(name="stress", on=("rating",), shared=True),
    )
    growth = load_model("informant_growth")
    priors = dict(growth.priors) | {"covariate": Normal(mean=0.0, sd=0.25, reason="test")}
    spec = replace(growth, covariates=terms, priors=priors)
    arrays = design(spec, ratings)
    assert chosen("auto", spec, arrays) == "collapsed"
    graph, model = Graph.of(spec, arrays), collapse(spec, arrays)
    rng = np.random.default_rng(2)
    compare(model, graph, x=rng.uniform(-0.8, 0.8, size=model.n_parameters), rng=rng)


@pytest.mark.compiles
def test_estimated_means_of_children_are_those_of_the_graph() -> None:
    latent = {"on": ("rating",), "within_between": "latent"}
    ratings = small_ratings(n_children=4, n_informants=2, missing=0.2)
    spec = ba.with_covariates(
        load_model("informant_growth"), {"stress": latent, "anxiety": ("level",)}
    )
    arrays = design(spec, ratings)
    assert chosen("auto", spec, arrays) == "collapsed"
    graph, model = Graph.of(spec, arrays), collapse(spec, arrays)
    rng = np.random.default_rng(3)
    compare(model, graph, x=rng.uniform(-0.8, 0.8, size=model.n_parameters), rng=rng)


# The graph of heavy tails has no weights of occasions: `collapsed.test_completions` compares these.
COMBINATIONS = st.sets(
    st.sampled_from(["scatter", "missing", "shared", "related", "means"]), max_size=4
)
PRIORS = st.sampled_from([(), ("shrunk",), ("explained",)])


@pytest.mark.compiles
@given(shape=specifiable, options=COMBINATIONS, prior=PRIORS)
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
def test_any_combination_of_options_is_that_of_the_graph(
    shape: Shape, options: set[str], prior: tuple[str, ...]
) -> None:
    small = replace(
        shape,
        n_children=4,
        n_informants=min(shape.n_informants, 3),
        n_coefficients=min(shape.n_coefficients, 2),
        n_therapists=min(shape.n_therapists, 2),
        n_clinics=min(shape.n_clinics, 1),
        n_occasions=max(shape.n_occasions, 2),
    )
    if "explained" in prior:
        # Of each informant, by covariates that differ: those of few units need not.
        options = options - {"shared", "missing"}
    if options & {"missing", "means"}:
        # Neither interactions nor means of children act on how much ratings scatter.
        options = options - {"scatter"}
    model = completed_model(small, *sorted(options), *prior)
    graph = Graph.of(model.spec, model.design)
    x = np.random.default_rng(shape.seed).uniform(-0.8, 0.8, size=model.n_parameters)
    values = values_at(model, x[None])[0]
    assert {*values, *graph.shapes} == set(graph.names)
    expected = graph.of_effects(values)[0] + log_jacobian(model, x)
    value, _ = model.log_density_and_gradient(x)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)


def compare(
    model: CollapsedModel, graph: Graph, *, x: np.ndarray, rng: np.random.Generator
) -> None:
    """Value, and gradient along a random direction, at one point."""
    values = values_at(model, x[None])[0]
    assert {*values, *graph.shapes} == set(graph.names)
    expected, slopes = graph.integrated(values)
    value, gradient = model.log_density_and_gradient(x)
    assert value == pytest.approx(expected + log_jacobian(model, x), rel=1e-8, abs=1e-8)

    direction = rng.normal(size=len(x))
    moved = values_at(model, np.array([x + h * STEP * direction for h in (-2, -1, 1, 2)]))
    along = 0.0
    for key, slope in slopes.items():
        along += float((slope * derivative([one[key] for one in moved], STEP)).sum())
    step = 1e-2
    jacobians = [log_jacobian(model, x + h * step * direction) for h in (-2, -1, 1, 2)]
    along += derivative(jacobians, step)
    assert float(gradient @ direction) == pytest.approx(along, rel=1e-6, abs=1e-5)


# A minute and a half each; that both have the same density is tested above for every model.
OF_MINUTES = (
    "informant_growth",
    "informant_level",
    "common_factor",
    "growth_with_ceiling",
    "growth_scale",
    "robust",
)


@pytest.mark.long
@pytest.mark.compiles
@pytest.mark.samples
@pytest.mark.parametrize("name", ["separate_levels", *OF_MINUTES])
def test_both_engines_give_the_same_posterior_means(name: str) -> None:
    recording = Recording(whole_points=True, clipped=True)
    ratings, _ = ba.simulate(families=30, therapists=12, recording=recording, seed=4)
    fits = [
        ba.fit(load_model(name), ratings, seed=5, engine=engine, progress=False, chains=2)
        for engine in ("collapsed", "pymc")
    ]
    assert [fit.engine for fit in fits] == ["collapsed", "pymc"]
    first, second = (by_name(fit.moments, fit.design) for fit in fits)
    assert set(first) == set(second)
    for label, draws in first.items():
        difference = float(draws.mean() - second[label].mean())
        errors = [array_stats.mcse(one[label].values) for one in (first, second)]
        assert abs(difference) < 5.0 * np.hypot(*errors), label
