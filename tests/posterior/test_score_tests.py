"""Scores equal their definition, and tests find what is wrong and leave what is right."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

import bayes_alliance as ba
from bayes_alliance.posterior import score_tests
from bayes_alliance.posterior.directions import ALL, directions
from bayes_alliance.posterior.exact import arrays_of
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.marginal import marginal
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.ratings import Ratings, Scale
from bayes_alliance.ratings.simulation import USUAL_CARE, Leaving, Recording
from tests import hand_made
from tests.small import small_ratings

pytestmark = pytest.mark.thorough


def loadings(design, row: np.ndarray, k: np.ndarray) -> np.ndarray:
    """What each rating takes from the terms."""
    own = k[:, None] == np.arange(len(design.informants))
    return (design.basis[row][:, :, None] * own[:, None, :]).reshape(len(row), -1)


def elements(fit: Fit) -> dict[tuple[str, str], np.ndarray]:
    """Directions of covariances, written down element by element."""
    design = fit.design
    row, k = np.nonzero(design.present)
    child = design.occasion_child[row]
    cov = fit.moments["residual_cov"].values[0, 0][k[:, None], k]
    children = fit.ratings.children.loc[list(design.children)]
    therapist = pd.factorize(children["therapist"])[0][child]
    weight = design.present.sum(axis=1)
    time = (design.scaled_time - np.average(design.scaled_time, weights=weight))[row]
    same_child, same_row = child[:, None] == child, row[:, None] == row
    same_therapist = therapist[:, None] == therapist
    next_row = same_child & (np.abs(row[:, None] - row) == 1)
    first = (k[:, None] == 0) & (k == 0)
    one = cov / cov[first][0] * first
    times = np.outer(time, time)
    pair = ((k[:, None] == 0) & (k == 1)) | ((k[:, None] == 1) & (k == 0))
    name = design.informants[0]
    return {
        ("autocorrelation", f"{name}, next occasion"): 0.5 * next_row * one,
        ("autocorrelation", f"{ALL}, next occasion"): 0.5 * next_row * cov,
        ("scatter over time", ALL): same_row * cov * time,
        ("change of children", name): same_child * one * times,
        ("levels of children", ALL): same_child * cov,
        ("levels of therapists", name): same_therapist * ~same_child * one,
        ("change of therapists", ALL): same_therapist * ~same_child * cov * times,
        ("agreement", f"{name}, {design.informants[1]}, same occasion"): 0.5 * same_row * pair,
    }


def test_scores_of_covariances_are_quadratic_forms_of_weights() -> None:
    data = small_ratings(seed=3, n_children=14, clinics=False)
    fit = prior_fit(ba.load_model("informant_growth"), data, seed=4, draws=1)
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    made, ways = marginal(fit.design, one, fit.design.present), directions(fit)
    weights = made.weights(made.error[..., None])
    tested = ways.tested(made, weights, one["residual_cov"][0])["even"]
    w = weights[fit.design.present][:, 0]
    for name, matrix in elements(fit).items():
        np.testing.assert_allclose(tested[name][0], w @ matrix @ w, err_msg=str(name))


@pytest.mark.parametrize("model", ["informant_growth", "autoregressive", "growth_scale"])
def test_own_scores_are_derivatives_of_the_likelihood(model: str) -> None:
    fit = prior_fit(ba.load_model(model), small_ratings(seed=3, clinics=False), seed=4, draws=1)
    design, present = fit.design, fit.design.present
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    made, ways = marginal(design, one, present), directions(fit)
    weights = made.weights(made.error[..., None])
    own = ways.own(made, weights, one)
    basis = np.column_stack([(design.basis[:, c, None] * weights[..., 0]).sum(0) for c in (0, 1)])
    np.testing.assert_allclose(own["odd"][: basis.size, 0], basis.T.ravel())

    def derivative(move: Callable[[float], dict[str, np.ndarray]]) -> np.ndarray:
        """Of the covariance of all ratings, by what is moved."""
        step, unit = 1e-5, np.zeros((*present.shape, present.sum()))
        unit[present] = np.eye(present.sum())
        below, above = (
            np.linalg.inv(marginal(design, one | move(by), present).weights(unit)[present])
            for by in (-step, step)
        )
        return (above - below) / (2.0 * step)

    def moved(name: str, place: tuple[int, ...]) -> Callable[[float], dict[str, np.ndarray]]:
        def move(step: float) -> dict[str, np.ndarray]:
            values = one[name].copy()
            values[(0, *place)] += step
            if len(place) == 2 and name.endswith("_cov") and place[0] != place[1]:
                values[(0, place[1], place[0])] += step
            return {name: values}

        return move

    w, forms = weights[present][:, 0], own["even"][:, 0]
    asked = [("child_cov", (0, 0)), ("child_cov", (0, 1)), ("child_cov", (1, 3))]
    asked += [("residual_cov", (1, 1)), ("therapist_cov", (0, 2))]
    asked += [("residual_autoregression", ()), ("residual_sd_on", (0, 1))]
    for name, place in asked:
        if name in one:
            value = w @ derivative(moved(name, place)) @ w
            # One half of pairs is enough for a direction.
            ratio = value / forms
            assert (
                np.isclose(ratio, 1.0, rtol=1e-4).any() or np.isclose(ratio, 2.0, rtol=1e-4).any()
            )


def simulated(
    seed: int = 1, *, leaving: float | None = None, families: int = 150, therapists: int = 60
) -> Ratings:
    """Families without covariates, nothing rounded or cut off."""
    population = replace(USUAL_CARE, covariates=(), effects=())
    recording = Recording(missing=dict.fromkeys(population.informants, 0.1))
    if leaving is not None:
        recording = replace(recording, leaving=Leaving(hazards=(0.3, 0.3, 0.3)))
    ratings, _ = ba.simulate(
        population,
        families=families,
        therapists=therapists,
        clinics=5,
        recording=recording,
        seed=seed,
    )
    return ratings


def rated(fit: Fit, y: np.ndarray) -> Fit:
    """The same posterior with other ratings in the places of the observed ones."""
    wide = fit.ratings.to_wide()
    columns = [name for name in wide if name.startswith("rating_")]
    given = wide[columns].notna().to_numpy()
    values = wide[columns].to_numpy(dtype=float)
    values[given.any(axis=1)] = y
    wide[columns] = np.where(given, values, np.nan)
    return replace(fit, ratings=Ratings.from_wide(wide, study=fit.ratings.study))


def at_the_truth(data: Ratings, *, level: float = 30.0) -> Fit:
    """A fit whose every draw has the same moments, which ratings can be drawn from."""
    k = len(data.informants)
    spec = ba.load_model("informant_growth")
    child = np.kron([[9.0, 0.5], [0.5, 0.6]], 0.5 + 0.5 * np.eye(k))
    therapist = np.zeros((2 * k, 2 * k))
    therapist[:k, :k] = np.diag(np.linspace(1.0, 3.0, k))
    values = {
        "level": np.full(k, level),
        "slope": np.full(k, 0.5),
        "child_cov": child,
        "therapist_cov": therapist,
        "residual_cov": 4.0 * (0.2 + 0.8 * np.eye(k)),
    }
    return hand_made.constant(spec, data, values)


def beyond_ceiling(fit: Fit, y: np.ndarray, seed: int) -> Fit:
    """Ratings cut off at a ceiling, with what is beyond it drawn at every draw, given the others.

    One after the other, all of them twice a draw, from what was cut off: each is an exact draw.
    """
    design, rng, end = fit.design, np.random.default_rng([seed, 5]), 48.0
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    made, unit = marginal(design, one, design.present), np.zeros((*y.shape, design.n_ratings))
    unit[design.present] = np.eye(design.n_ratings)
    precision = made.weights(unit)[design.present]
    expected = (design.y - made.error)[design.present]
    error, excess = y[design.present] - expected, []
    shape = fit.moments.sizes["chain"], fit.moments.sizes["draw"]
    beyond = np.flatnonzero(y[design.present] > end)
    for _ in range(math.prod(shape)):
        for i in [*beyond, *beyond]:
            sd = precision[i, i] ** -0.5
            mean = error[i] - precision[i] @ error * sd**2
            share = ndtr((mean - end + expected[i]) / sd)
            error[i] = mean - sd * ndtri(rng.uniform() * share)
        excess.append((expected + error)[beyond] - end)
    given = rated(fit, np.minimum(y, end)).ratings
    scales = dict.fromkeys(given.informants, Scale.bounded(lower=12.0, upper=end))
    completed = fit.moments.assign(
        excess=(("chain", "draw", "censored"), np.reshape(excess, (*shape, -1)))
    )
    return replace(
        fit,
        spec=ba.load_model("growth_with_ceiling"),
        ratings=replace(given, scales=scales),
        posterior=type(fit.posterior).from_dict(
            {"posterior": completed, "sample_stats": fit.stats}
        ),
    )


def drawn(fit: Fit, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected ratings and errors drawn around them."""
    one = {name: values[:1] for name, values in arrays_of(fit.moments).items()}
    made = marginal(fit.design, one, fit.design.present)
    errors = made.draws([np.random.default_rng([seed, 77])])[..., 0]
    return fit.design.y - made.error, errors


def test_ratings_of_the_model_are_not_found_wanting_and_own_directions_not_tested() -> None:
    fit = at_the_truth(simulated())
    expected, errors = drawn(fit, seed=1)
    table, p = score_tests.tests(rated(fit, expected + errors), seed=1, n=400)
    assert p > 0.05
    kinds = table["z"].notna().groupby(level="kind").any()
    assert not kinds[["levels of children", "change of children", "levels of therapists"]].any()
    assert not kinds["agreement"]
    assert kinds[["means", "curve", "autocorrelation", "change of therapists", "tails"]].all()


def test_standardised_scores_of_the_model_have_variance_one() -> None:
    fit = at_the_truth(simulated(families=60))
    expected, _ = drawn(fit, seed=1)
    z = [
        score_tests.tests(rated(fit, expected + drawn(fit, seed)[1]), seed=seed, n=200)[0]["z"]
        for seed in range(16)
    ]
    found = pd.concat(z, axis=1).dropna().groupby(level="kind").agg(lambda a: (a**2).mean())
    mean = found.mean(axis=1)
    # Averages of the squares of several correlated statistics in 16 cohorts.
    assert mean.between(0.5, 1.7).all(), mean


def bent(fit: Fit, errors: np.ndarray) -> np.ndarray:
    time = fit.design.scaled_time
    return errors + 1.5 * (np.abs(time - time.mean()) > 1.0)[:, None]


def heavy(fit: Fit, errors: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(3)
    return errors + 9.0 * (rng.random(errors.shape) < 0.02) * rng.choice([-1, 1], errors.shape)


def low(fit: Fit, errors: np.ndarray) -> np.ndarray:
    return errors - 8.0 * (np.random.default_rng(3).random(errors.shape) < 0.04)


def wider(fit: Fit, errors: np.ndarray) -> np.ndarray:
    time = fit.design.scaled_time
    noise = np.random.default_rng(3).normal(size=errors.shape)
    return errors + 2.0 * (time > time.mean())[:, None] * noise


def of_therapists(fit: Fit, errors: np.ndarray) -> np.ndarray:
    unit = fit.design.unit_of_child()["therapist"][fit.design.occasion_child]
    slope = np.random.default_rng(3).normal(size=unit.max() + 1)
    return errors + (slope[unit] * fit.design.scaled_time)[:, None]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (bent, "means"),
        (heavy, "tails"),
        (low, "skewness"),
        (wider, "scatter over time"),
        (of_therapists, "change of therapists"),
    ],
)
def test_what_is_not_in_the_model_is_found_and_named(
    change: Callable[[Fit, np.ndarray], np.ndarray], kind: str
) -> None:
    fit = at_the_truth(simulated())
    expected, errors = drawn(fit, seed=2)
    table, p = score_tests.tests(rated(fit, expected + change(fit, errors)), seed=1, n=400)
    assert p < 0.01
    assert table["p_kind"].groupby(level="kind").min()[kind] < 0.01


def test_two_occasions_leave_curves_untested() -> None:
    data = simulated()
    wide = data.to_wide()
    short = Ratings.from_wide(wide[wide["time"] <= 8], study=data.study)
    fit = at_the_truth(short)
    expected, errors = drawn(fit, seed=1)
    table, p = score_tests.tests(rated(fit, expected + errors), seed=1, n=300)
    assert table.loc["curve", "z"].isna().all()
    assert np.isfinite(p)


def test_ratings_completed_by_draws_of_a_prior_have_finite_scores() -> None:
    data = small_ratings(seed=3, n_children=40, clinics=False, at_ends=0.2, whole=True)
    fit = hand_made.of_prior("growth_with_ceiling", data, draws=30)
    censored = fit.design.censored[0]
    excess = np.abs(np.random.default_rng(1).normal(size=(4, 30, len(censored))))
    dataset = fit.moments.assign(excess=(("chain", "draw", "censored"), excess))
    tree = type(fit.posterior).from_dict({"posterior": dataset, "sample_stats": fit.stats})
    table, _ = score_tests.tests(replace(fit, posterior=tree), seed=1, n=200)
    # A prior is not what the ratings say: few directions are identified, and all are finite.
    assert np.isfinite(table["z"].dropna()).all()


@pytest.mark.long
def test_a_ceiling_that_the_model_knows_of_raises_no_false_alarm() -> None:
    fit = at_the_truth(simulated(families=40, therapists=15), level=45.0)
    rare = []
    for seed in range(24):
        expected, errors = drawn(fit, seed=seed)
        cut = beyond_ceiling(fit, expected + errors, seed)
        rare.append(score_tests.tests(cut, seed=seed, n=200)[1])
    # Of 24 uniform numbers more than these lie below .05 and .25 less than once in a hundred.
    assert np.sum(np.array(rare) < 0.05) <= 4, np.sort(rare)
    assert np.sum(np.array(rare) < 0.25) <= 11, np.sort(rare)


def test_therapists_who_differ_in_change_are_found_behind_a_ceiling() -> None:
    fit = at_the_truth(simulated(), level=42.0)
    expected, errors = drawn(fit, seed=2)
    cut = beyond_ceiling(fit, expected + of_therapists(fit, errors), seed=2)
    assert 0.1 < len(cut.design.censored[0]) / cut.design.n_ratings < 0.4
    table, p = score_tests.tests(cut, seed=1, n=400)
    assert p < 0.01
    assert table["p_kind"]["change of therapists"].min() < 0.01


def test_children_of_whom_a_covariate_is_not_known_are_left_out() -> None:
    fit = hand_made.fit(covariates=False)
    assert score_tests.known(fit)[fit.design.present].all()


def left_by_last_rating(fit: Fit, y: np.ndarray, seed: int) -> Fit:
    """Ratings of families who leave if the first informant's last rating was low."""
    design, rng = fit.design, np.random.default_rng(seed)
    first = np.where(design.present[:, 0], y[:, 0], 30.0)
    leaves = rng.random(len(y)) > 1.0 / (1.0 + np.exp(-0.8 - (first - 30.0) / 4.0))
    gone = np.zeros(len(y), dtype=bool)
    for row in np.flatnonzero(design.occasion_child[1:] == design.occasion_child[:-1]) + 1:
        gone[row] = gone[row - 1] or leaves[row - 1]
    return rated(fit, np.where(gone[:, None], np.nan, y))


def test_who_left_by_the_last_rating_does_not_count_against_the_model() -> None:
    fit = at_the_truth(simulated())
    passed = 0
    for seed in range(8):
        expected, errors = drawn(fit, seed=seed)
        left = left_by_last_rating(fit, expected + errors, seed)
        assert left.design.n_ratings < 0.75 * fit.design.n_ratings
        passed += score_tests.tests(left, seed=1, n=200)[1] > 0.05
        passed += ba.checks.pit(left, seed=1, n=200).verdict == "pass"
    assert passed >= 14


def test_beyond_all_drawn_ratings_an_exponential_tail_says_how_rare_a_statistic_is() -> None:
    drawn_sizes = np.random.default_rng(1).exponential(size=1000)
    p_of = score_tests._p_of_largest
    assert p_of(np.append(1.0, drawn_sizes)) == pytest.approx(np.exp(-1.0), abs=0.04)
    assert np.log(p_of(np.append(12.0, drawn_sizes))) == pytest.approx(-12.0, abs=3.0)
    assert p_of(np.append(drawn_sizes.max() + 0.01, drawn_sizes)) <= 1 / 1001


@pytest.mark.parametrize("model", ["predict_growth", "growth_scale", "quadratic_growth"])
def test_few_drawn_sets_are_made_enough_for_the_parameters_of_a_model(model: str) -> None:
    fit = hand_made.of_prior(model, ba.load_example("usual_care"), draws=5)
    table, p = score_tests.tests(fit, seed=1, n=10)
    assert np.isfinite(p)
    assert np.isfinite(table["z"].dropna()).all()
