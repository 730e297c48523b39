"""The same checks for every prior class: what it says of itself fits together."""

import tomllib
from dataclasses import fields

import numpy as np
import pytest
import tomli_w
from scipy.integrate import quad

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import PRIORS, stated
from bayes_alliance.specification.quantity import KINDS
from tests.specification.every_prior import CORRELATIONS, EVERY, NUMBERS, SHRINKAGE

PROBABILITIES = np.array([0.025, 0.2, 0.5, 0.8, 0.975])
N = 40_000
# A draw below a quantile has probability p; five standard errors of its share among N.
ERRORS = 5.0 * np.sqrt(PROBABILITIES * (1.0 - PROBABILITIES) / N)
SPECS = [ba.load_model(name) for name in ba.list_models()["name"]]
COEFFICIENT = np.array([0, 0, 0, 1, 1, 1])


def _name(prior: object) -> str:
    return repr(prior)[:24]


def _place(prior: type) -> tuple[ModelSpec, str]:
    """A model with a quantity that priors of a class fit."""
    return next(
        (spec, key)
        for spec in SPECS
        for key, quantity in spec.quantities.items()
        if quantity.kind in prior.traits.fits
    )


def test_there_is_an_example_of_every_class() -> None:
    assert {type(prior) for prior in EVERY} == set(PRIORS)


def test_every_kind_of_quantity_has_a_prior_that_fits() -> None:
    assert {kind for prior in PRIORS for kind in prior.traits.fits} == set(KINDS)


@pytest.mark.parametrize("prior", NUMBERS, ids=_name)
def test_the_density_integrates_to_the_probabilities_of_the_quantiles(prior) -> None:
    def between(first: float, last: float) -> float:
        value, _ = quad(lambda x: np.exp(prior.log_density(x)), first, last, limit=200)
        return value

    inside = prior.quantile(PROBABILITIES)
    for first, last, mass in zip(inside[:-1], inside[1:], np.diff(PROBABILITIES), strict=True):
        assert between(first, last) == pytest.approx(mass, abs=1e-7)
    least, most = prior.quantile(np.array([1e-9, 1.0 - 1e-9]))
    assert between(least, inside[0]) == pytest.approx(PROBABILITIES[0], abs=1e-6)
    assert between(inside[-1], most) == pytest.approx(1.0 - PROBABILITIES[-1], abs=1e-6)


@pytest.mark.parametrize("prior", NUMBERS, ids=_name)
def test_draws_have_the_quantiles(prior) -> None:
    drawn = prior.draw(np.random.default_rng(1), (N,))
    share = (drawn[:, None] < prior.quantile(PROBABILITIES)).mean(axis=0)
    assert (np.abs(share - PROBABILITIES) < ERRORS).all()


@pytest.mark.thorough
@pytest.mark.parametrize("prior", CORRELATIONS, ids=_name)
def test_the_first_correlation_drawn_has_the_marginal_quantiles(prior) -> None:
    drawn = prior.draw(np.random.default_rng(2), (N,), COEFFICIENT)
    assert drawn.shape == (N, 15)
    expected = prior.marginal_quantile(PROBABILITIES, COEFFICIENT)
    share = (drawn[:, :1] < expected).mean(axis=0)
    assert (np.abs(share - PROBABILITIES) < ERRORS).all()


@pytest.mark.parametrize("prior", SHRINKAGE, ids=_name)
def test_scales_are_drawn_as_they_follow_from_the_hyperparameters(prior) -> None:
    rng, n_effects, n_informants = np.random.default_rng(3), 3, 2
    of_model = prior.draw_of_model(rng, (1, N))
    scales = prior.draw_scale(rng, (1, N, n_effects, n_informants), of_model)
    assert scales.shape == (1, N, n_effects, n_informants)
    assert (scales > 0).all()
    names = {one.name for one in prior.hyperparameters(n_effects) if one.per == "model"}
    assert names == set(of_model)
    if prior.traits.explains:
        # The share that effects explain together is the one the prior is about.
        together = (scales**2).sum(axis=2)
        explained = together / (1.0 + together)
        assert explained.mean() == pytest.approx(prior.mean, abs=0.01)
    else:
        assert scales.max() < np.sqrt(of_model["slab"]).max()


def _spread(prior) -> float:
    """How wide a prior is, whatever it is for."""
    if hasattr(prior, "quantile"):
        return float(np.diff(prior.quantile(np.array([0.25, 0.75])))[0])
    if hasattr(prior, "marginal_quantile"):
        return float(np.diff(prior.marginal_quantile(np.array([0.25, 0.75]), COEFFICIENT))[0])
    rng, shape = np.random.default_rng(4), (1, N, 2, 1)
    return float(np.median(prior.draw_scale(rng, shape, prior.draw_of_model(rng, (1, N)))))


@pytest.mark.parametrize("prior", EVERY, ids=_name)
def test_a_factor_above_one_widens_and_one_below_narrows(prior) -> None:
    assert prior.widened(1.0) == prior
    assert prior.widened(2.0).reason == prior.reason
    assert _spread(prior.widened(0.5)) < _spread(prior) < _spread(prior.widened(2.0))


@pytest.mark.parametrize("prior", EVERY, ids=_name)
def test_a_prior_says_what_it_is_and_what_it_expects(prior) -> None:
    spec, key = _place(type(prior))
    assert f"{type(prior).__name__}(" in stated(spec.quantities[key], prior)
    expects = prior.words(spec.quantities[key])
    silent = "correlation" in prior.traits.fits and prior.mean is None
    assert silent == (expects == "")


PLACES = [
    (type(prior), entry.name)
    for prior in {type(prior): prior for prior in EVERY}.values()
    for entry in fields(prior)
]


@pytest.mark.parametrize(
    ("prior", "name"), PLACES, ids=lambda value: getattr(value, "__name__", value)
)
@pytest.mark.parametrize("wrong", ["nothing", -1.0, [], ""])
def test_an_error_names_a_place_that_is_in_the_file(prior: type, name: str, wrong: object) -> None:
    example = next(one for one in EVERY if type(one) is prior)
    spec, key = _place(prior)
    table = tomllib.loads(spec.to_toml())
    entry = {one.name: getattr(example, one.name) for one in fields(example)}
    entry = {one: value for one, value in entry.items() if value is not None} | {name: wrong}
    within = table["priors"]
    *groups, last = spec.quantities[key].path
    for group in groups:
        within = within[group]
    within[last] = entry
    allowed = name == "reason" and wrong == "nothing"
    allowed |= name == "mean" and wrong == -1.0 and "coefficient" in prior.traits.fits
    if allowed:
        return
    stands = {f"priors.{key}.{one}" for one in entry}
    with pytest.raises(InputError) as caught:
        ModelSpec.from_text(tomli_w.dumps(table))
    places = {problem.where for problem in caught.value.problems}
    assert f"priors.{key}.{name}" in places <= stands
    given = {one.name: getattr(spec, one.name) for one in fields(spec)}
    with pytest.raises(InputError) as caught:
        ModelSpec(**given | {"priors": dict(spec.priors) | {key: entry}})
    places = {problem.where for problem in caught.value.problems}
    assert f"priors.{key}.{name}" in places <= stands


def test_what_has_a_prior_is_a_list_of_the_caller_s_own() -> None:
    spec, alike = ba.load_model("informant_growth"), ba.load_model("informant_growth")
    keys = list(spec.quantities)
    spec.quantities.clear()
    assert list(spec.quantities) == list(alike.quantities) == keys
    assert "clinic_sd.level" not in keys
    assert "clinic_sd.level" in ba.load_model("growth_with_clinics").quantities
