"""Missing categories: the density is the sum over all that could be there, each complete."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import special, stats

import bayes_alliance as ba
from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.copies import assumed
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.design import Design, design
from bayes_alliance.posterior.left_out import recoded
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import (
    Beta,
    Likelihood,
    ModelSpec,
    Normal,
    RegularizedHorseshoe,
    Residual,
    with_covariates,
)
from tests.pymc_model.test_missing import KINDS, filled, holed, model_of, possible

type Variant = Callable[[ModelSpec], ModelSpec]

CATEGORIES = {"female": ["c2", "c3"], "ethnicity": ["c3"]}


def of_family(name: str) -> Variant:
    """Let ratings be normal given more than the covariates."""

    def changed(spec: ModelSpec) -> ModelSpec:
        priors = dict(spec.priors)
        if name == "student_t":
            priors["residual_nu"] = ba.load_model("robust").priors["residual_nu"]
        return replace(spec, likelihood=Likelihood(family=name), priors=priors)

    return changed


def autocorrelated(spec: ModelSpec) -> ModelSpec:
    """Residuals of one occasion go on at the next."""
    prior = Beta(alpha=2, beta=3, reason="test")
    residual = replace(spec.residual, autoregression=True)
    return replace(
        spec, residual=residual, priors=dict(spec.priors) | {"residual_autoregression": prior}
    )


def scattering(spec: ModelSpec) -> ModelSpec:
    """Children of one kind scatter more."""
    residual = Residual(structure=spec.residual.structure, sd_on=("anxiety",))
    prior = Normal(mean=0.1, sd=0.3, reason="test")
    return replace(spec, residual=residual, priors=dict(spec.priors) | {"residual_sd_on": prior})


def shrinking(spec: ModelSpec) -> ModelSpec:
    """Effects of all covariates shrink."""
    prior = RegularizedHorseshoe(global_scale=0.1, slab_scale=0.3, slab_nu=3.0, reason="test")
    return replace(spec, priors=dict(spec.priors) | {"covariate": prior})


def unnested(spec: ModelSpec) -> ModelSpec:
    """Children of no therapist."""
    return ba.without(spec, "therapist")


def with_leaving(spec: ModelSpec) -> ModelSpec:
    """Who leaves follows the alliance and a category that is missing for some."""
    leaving = ba.load_model("growth_with_leaving")
    spec = with_covariates(leaving, {"female": ("level",), "ethnicity": ("level", "slope")})
    prior = Normal(mean=0.0, sd=0.5, reason="test")
    return replace(
        spec,
        leaving=replace(spec.leaving, covariates=("ethnicity",)),
        priors=dict(spec.priors) | {"leaving_covariate": prior},
    )


def in_clinics(spec: ModelSpec) -> ModelSpec:
    """Therapists in clinics."""
    return with_covariates(
        ba.load_model("growth_with_clinics"), {"female": ("level",), "ethnicity": ("level",)}
    )


VARIANTS: dict[str, Variant] = {
    "normal": of_family("normal"),
    "ceiling": of_family("censored_normal"),
    "tails": of_family("student_t"),
    "autocorrelated": autocorrelated,
    "scattering": scattering,
    "shrinking": shrinking,
    "unnested": unnested,
    "clinics": in_clinics,
    "leaving": with_leaving,
}


def model_and_ratings(variant: str, **numbers: list[str]) -> tuple[CollapsedModel, Ratings]:
    """A model of few children, some of whose categories (and numbers) are missing."""
    ratings = holed(leaves=variant == "leaving", **numbers, **CATEGORIES)
    spec = VARIANTS[variant](model_of())
    return collapse(spec, design(spec, ratings)), ratings


def log_probability(model: CollapsedModel, x: np.ndarray, whole: Design) -> float:
    """Of the categories of everybody, by the regressions' own formula."""
    values = {label: 1.5 * x[i] for i, label in enumerate(model.labels)}
    total, coded = 0.0, model.design
    for one in (one for one in coded.incomplete if one.kind != "numeric"):
        name, labels = f"missing_{one.name}", [coded.covariates[p] for p in one.columns]
        logit = np.zeros((len(coded.children), 1 + len(labels)))
        for c, label in enumerate(labels, start=1):
            logit[:, c] = values[f"{name}_intercept[{label}]"]
            for p in one.given:
                weight = values[f"{name}_weight[{coded.covariates[p]};{label}]"]
                logit[:, c] += weight * whole.x[:, p] / coded.covariate_sd[p]
        code = (whole.x[:, list(one.columns)] @ np.arange(1, 1 + len(labels))).astype(int)
        total += special.log_softmax(logit, axis=1)[np.arange(len(code)), code].sum()
    return total


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_density_is_the_sum_over_all_that_could_be_there(variant: str) -> None:
    model, ratings = model_and_ratings(variant)
    x = model.initial(3)
    at = {label: place for place, label in enumerate(model.labels)}
    of_regressions = [place for label, place in at.items() if label.startswith("missing_")]
    found = []
    for values in possible(CATEGORIES):
        whole = recoded(design(model.spec, filled(ratings, values)), model.design)
        complete = collapse(model.spec, replace(whole, incomplete=()))
        own = complete.log_density_and_gradient(x[[at[label] for label in complete.labels]])[0]
        found.append(own + log_probability(model, x, whole))
    expected = special.logsumexp(found) + stats.norm.logpdf(x[of_regressions]).sum()
    assert model.log_density_and_gradient(x)[0] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("variant", VARIANTS)
def test_its_gradient_equals_central_differences(variant: str) -> None:
    model, _ = model_and_ratings(variant, age=["c2", "c5"], experience=["t1"])
    density, x = model.density(), model.initial(5)
    gradient = density(x)[1].copy()
    # Along few directions of all coordinates, and each coordinate of a regression alone.
    alone = [i for i, label in enumerate(model.labels) if label.startswith("missing_")]
    directions = [*np.random.default_rng(1).normal(size=(6, len(x))), *np.eye(len(x))[alone]]
    for along in directions:
        sides = [density(x + step * along)[0] for step in (1e-5, -1e-5)]
        expected = (sides[0] - sides[1]) / 2e-5
        assert gradient @ along == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_units_are_copied_with_all_below_and_with_their_ratings() -> None:
    model, _ = model_and_ratings("clinics")
    coded, may_be = model.design, assumed(model.design)
    assert may_be is not None
    whole = may_be.whole
    n, n_rows = len(coded.children), len(coded.occasion_child)
    np.testing.assert_array_equal(may_be.original[:n], np.arange(n))
    np.testing.assert_array_equal(may_be.row[:n_rows], np.arange(n_rows))
    assert (np.diff(whole.occasion_child) >= 0).all()
    of_rows = may_be.original[whole.occasion_child]
    np.testing.assert_array_equal(of_rows, coded.occasion_child[may_be.row])
    np.testing.assert_array_equal(whole.y, coded.y[may_be.row])
    assert not np.isnan(whole.x).any()
    above, originals = whole.unit_of_child(), coded.unit_of_child()
    for level, own in zip(whole.levels, coded.levels, strict=True):
        names = np.array(level.labels)[above[level.name]]
        before = np.array(own.labels)[originals[level.name]]
        np.testing.assert_array_equal(names, before[may_be.original])
    # Everybody under one unit at the top is there by the same assumption.
    top = above[whole.levels[-1].name]
    for unit in np.unique(top):
        assert len(np.unique(may_be.of_child[top == unit])) == 1
    n_copied = {a: int((may_be.of_child == a).sum()) for a in np.unique(may_be.of_child)}
    assert sum(n_copied.values()) == len(whole.children)


def test_categories_are_drawn_as_often_as_they_are_probable() -> None:
    model, ratings = model_and_ratings("normal")
    n, x = 4000, model.initial(3)
    drawn = moments(model, np.tile(x, (1, n, 1)), seed=1)
    assert drawn["missing_female"][0][-1] == "missing_female_of"
    total = model.log_density_and_gradient(x)[0]
    at = {label: place for place, label in enumerate(model.labels)}
    prior = stats.norm.logpdf(x[[i for k, i in at.items() if k.startswith("missing_")]]).sum()
    female, ethnicity = drawn["missing_female"][1][0], drawn["missing_ethnicity"][1][0]
    for combination in product((0, 1), (0, 1), (0, 1, 2)):
        values = {
            "female": {"c2": float(combination[0]), "c3": float(combination[1])},
            "ethnicity": {"c3": KINDS["ethnicity"][combination[2]]},
        }
        whole = recoded(design(model.spec, filled(ratings, values)), model.design)
        complete = collapse(model.spec, replace(whole, incomplete=()))
        own = complete.log_density_and_gradient(x[[at[label] for label in complete.labels]])[0]
        probability = np.exp(own + log_probability(model, x, whole) + prior - total)
        same = (female == combination[:2]).all(axis=1) & (ethnicity[:, 0] == combination[2])
        spread = np.sqrt(probability * (1 - probability) / n)
        assert abs(same.mean() - probability) < 4 * spread + 1e-9
