"""Predictive checks: statistics, replicated ratings, and verdicts that fire when they should."""

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.likelihoods.covariates import drawn
from bayes_alliance.posterior import findings
from bayes_alliance.posterior.exact import arrays_of
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.marginal import marginal
from bayes_alliance.posterior.pit import _widths
from bayes_alliance.posterior.prior_predictive import expected_outside
from bayes_alliance.posterior.replicate import replicated, replicates_of_same
from bayes_alliance.posterior.statistics import statistics
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import USUAL_CARE, Recording
from bayes_alliance.specification.blocks import widened
from tests import hand_made

pytestmark = pytest.mark.thorough


def cohort(seed: int = 1) -> Ratings:
    """Two hundred families of fifty therapists, nothing rounded or cut off."""
    population = replace(USUAL_CARE, covariates=(), effects=())
    recording = Recording(missing=dict.fromkeys(population.informants, 0.1))
    ratings, _ = ba.simulate(
        population, families=200, therapists=50, clinics=4, recording=recording, seed=seed
    )
    return ratings


def at_the_ceiling(ratings: Ratings) -> Ratings:
    """The same ratings, whole points on a scale that ends too early."""
    wide = ratings.to_wide()
    columns = [name for name in wide if name.startswith("rating_")]
    wide[columns] = (wide[columns] + 5.0).round().clip(12, 48)
    study = tomllib.loads(ratings.study.to_toml()) | {"scale": {"lower": 12, "upper": 48}}
    return Ratings.from_wide(wide, study=study)


def test_statistics_equal_those_of_pandas() -> None:
    fit = hand_made.fit()
    arrays = fit.design
    y = np.where(arrays.present, arrays.y, np.nan)
    therapist = pd.factorize(fit.ratings.children["therapist"])[0]
    ends = np.tile([12.0, 38.0], (4, 1))
    found = statistics(y[None], arrays, ends=ends, therapist=therapist).iloc[0]
    long = fit.ratings.observed
    child = long[long["informant"] == "child"]
    at_4 = child.loc[child["time"] == 4, "rating"]
    assert found["mean", "child at 4"] == pytest.approx(at_4.mean())
    assert found["sd", "child at 4"] == pytest.approx(at_4.std())
    assert found["share at ceiling", "child"] == pytest.approx((child["rating"] >= 38).mean())
    wide = long.pivot_table(index=["child", "time"], columns="informant", values="rating")
    expected = wide["child"].corr(wide["caregiver"])
    assert found["correlation between informants", "child, caregiver"] == pytest.approx(expected)
    by_time = child.pivot_table(index="child", columns="time", values="rating")
    pairs = pd.concat(
        [
            pd.DataFrame({"now": by_time[a].to_numpy(), "next": by_time[b].to_numpy()})
            for a, b in ((4, 8), (8, 12), (12, 16))
        ]
    ).dropna()
    successive = found["correlation of successive ratings", "child"]
    assert successive == pytest.approx(pairs["now"].corr(pairs["next"]))


def test_share_between_therapists_of_balanced_groups_is_the_intraclass_correlation() -> None:
    fit = hand_made.fit(informants=("child", "caregiver"))
    arrays = fit.design
    rng = np.random.default_rng(1)
    y = (
        rng.normal(size=arrays.y.shape)
        + fit.design.levels[0].parent[arrays.occasion_child][:, None]
    )
    first = arrays.occasion_time == 4
    y[~first] = np.nan
    found = statistics(
        y[None], arrays, ends=np.full((2, 2), np.nan), therapist=fit.design.levels[0].parent
    )
    groups = y[first, 0].reshape(4, 3)
    within = groups.var(axis=1, ddof=1).mean()
    between = 3 * groups.mean(axis=1).var(ddof=1)
    expected = (between - within) / (between + 2 * within)
    # Four therapists are fewer than the statistic asks for.
    assert found["share between therapists", "child"].isna().all()
    therapist = np.arange(12) // 2
    found = statistics(y[None], arrays, ends=np.full((2, 2), np.nan), therapist=therapist).iloc[0]
    groups = y[first, 0].reshape(6, 2)
    within = groups.var(axis=1, ddof=1).mean()
    between = 2 * groups.mean(axis=1).var(ddof=1)
    expected = (between - within) / (between + within)
    assert found["share between therapists", "child"] == pytest.approx(expected)


def test_replicated_ratings_have_the_moments_of_the_model() -> None:
    fit = hand_made.fit(covariates=False)
    still = fit.moments.isel(chain=[0], draw=[0] * 4000).assign_coords(draw=np.arange(4000))
    one = replace(fit, posterior=type(fit.posterior).from_dict({"posterior": still}))
    y = replicated(one, seed=1, n=4000)
    arrays, moments = fit.design, still.isel(chain=0, draw=0)
    assert np.isnan(y.values[:, ~arrays.present]).all()
    assert not np.isnan(y.values[:, arrays.present]).any()
    first = np.flatnonzero((arrays.occasion_time == 16) & arrays.present.all(axis=1))[0]
    found = y.isel(occasion=first).values
    expected = moments["level"].values + 3 * moments["slope"].values
    np.testing.assert_allclose(found.mean(axis=0), expected, atol=0.4)
    phi = np.array([1.0, 3.0])
    weight = np.kron(phi, np.eye(4))
    cov = weight @ moments["child_cov"].values @ weight.T
    cov += weight @ moments["therapist_cov"].values @ weight.T + moments["residual_cov"].values
    np.testing.assert_allclose(np.cov(found.T), cov, atol=0.12 * cov.max())
    same_therapist = np.flatnonzero((arrays.occasion_time == 4) & (arrays.occasion_child == 1))[0]
    other = np.flatnonzero((arrays.occasion_time == 4) & (arrays.occasion_child == 2))[0]
    between = [
        np.cov(y.values[:, same_therapist, k], y.values[:, other, k])[0, 1] for k in range(4)
    ]
    expected = np.diag(moments["therapist_cov"].values)[:4]
    np.testing.assert_allclose(between, expected, atol=0.8)


def test_a_prior_ten_times_too_tight_contradicts_the_ratings_and_the_default_does_not() -> None:
    ratings, spec = cohort(), ba.load_model("informant_growth")
    assert ba.checks.prior_predictive(spec, ratings, seed=1).verdict == "pass"
    tight = ba.checks.prior_predictive(widened(spec, "levels", 0.1), ratings, seed=1)
    assert tight.verdict == "fail"
    assert "mean" in tight.sentence


def test_a_prior_of_ratings_that_cannot_exist_is_warned_of() -> None:
    ratings = at_the_ceiling(cohort())
    spec = widened(ba.load_model("informant_growth"), "levels", 10.0)
    check = ba.checks.prior_predictive(spec, ratings, seed=1)
    assert check.verdict == "warn"
    assert "outside the scale" in check.sentence


def test_what_cannot_be_replicated_is_refused_before_anything_is_computed() -> None:
    fit = hand_made.fit()
    family = replace(fit.spec.likelihood)
    object.__setattr__(family, "family", "ordinal")
    spec = replace(fit.spec)
    object.__setattr__(spec, "likelihood", family)
    with pytest.raises(InputError, match="normal"):
        replicated(replace(fit, spec=spec), seed=1)


@pytest.mark.long
@pytest.mark.samples
def test_the_check_passes_the_right_model_and_fails_one_without_therapists() -> None:
    ratings, spec = cohort(), ba.load_model("informant_growth")
    options = {"draws": 500, "chains": 2, "progress": False}
    right = ba.fit(spec, ratings, seed=1, **options)
    assert ba.checks.posterior_predictive(right, seed=1).verdict == "pass"
    wrong = ba.fit(ba.without(spec, "therapist"), ratings, seed=1, **options)
    check = ba.checks.posterior_predictive(wrong, seed=1)
    assert check.verdict == "fail"
    assert "Levels of therapists" in check.sentence
    assert "try informant_growth" in check.sentence


@pytest.mark.samples
def test_the_check_fails_a_model_that_ignores_the_ceiling() -> None:
    ratings, spec = at_the_ceiling(cohort()), ba.load_model("informant_growth")
    fit = ba.fit(spec, ratings, seed=1, draws=500, chains=2, progress=False)
    check = ba.checks.posterior_predictive(fit, seed=1)
    assert check.verdict == "fail"
    assert "growth_with_ceiling" in check.sentence


def of_a_cohort() -> Fit:
    """The hand-made posterior, ten times over, for the ratings of a cohort."""
    fit = hand_made.fit(covariates=False)
    many = fit.moments.isel(draw=np.tile(np.arange(50), 10)).assign_coords(draw=np.arange(500))
    tree = type(fit.posterior).from_dict({"posterior": many})
    return replace(fit, ratings=cohort(), posterior=tree)


def test_places_of_ratings_at_the_median_of_their_distribution_are_noticed() -> None:
    fit = of_a_cohort()
    wide = fit.ratings.to_wide()
    columns = [name for name in wide if name.startswith("rating_")]
    middle = fit.moments.mean(["chain", "draw"])
    for name, informant in zip(columns, fit.ratings.informants, strict=True):
        month = wide["time"].to_numpy(dtype=float)
        level = float(middle["level"].sel(informant=informant))
        slope = float(middle["slope"].sel(informant=informant))
        wide[name] = np.where(wide[name].isna(), np.nan, level + slope * (month - 4.0) / 4.0)
    still = replace(fit, ratings=Ratings.from_wide(wide, study=fit.ratings.study))
    check = ba.checks.pit(still, seed=1)
    assert check.verdict == "fail"
    assert (check.table["sd"] < 0.1).all()
    assert "less spread" in check.sentence


def test_replicated_ratings_are_in_their_places() -> None:
    fit = of_a_cohort()
    y = replicated(fit, seed=5, n=1).values[0]
    wide = fit.ratings.to_wide()
    columns = [name for name in wide if name.startswith("rating_")]
    given = wide[columns].notna().to_numpy()
    rows = np.flatnonzero(given.any(axis=1))
    values = wide[columns].to_numpy(dtype=float)
    values[rows] = y
    wide[columns] = np.where(given, values, np.nan)
    study = tomllib.loads(fit.ratings.study.to_toml()) | {"scale": {"center": 30.0, "spread": 18.0}}
    check = ba.checks.pit(replace(fit, ratings=Ratings.from_wide(wide, study=study)), seed=1)
    assert check.verdict == "pass"
    assert check.table["mean"].between(0.35, 0.65).all()


def test_one_half_point_among_whole_ones_leaves_the_others_what_they_are() -> None:
    rng = np.random.default_rng(1)
    whole = rng.integers(0, 5, 1000).astype(float)
    assert set(_widths(whole, rng)) == {1.0}
    one_half = np.append(whole, 2.5)
    widths = _widths(one_half, rng)
    assert widths[-1] == 0.5
    assert (widths[:-1] == 1.0).mean() > 0.99
    odd = np.append(whole, 1.0 / 3.0)
    assert (_widths(odd, rng)[:-1] == 1.0).mean() > 0.99
    # Half of them by raters who use half points: half of their ratings are whole.
    half = rng.integers(0, 9, 1000) / 2.0
    both = _widths(np.concatenate([whole, half]), rng)
    assert both[:1000].mean() == pytest.approx(1.0 * 2 / 3 + 0.5 / 3, abs=0.05)
    assert set(_widths(rng.normal(size=500), rng)) == {0.0}


def test_places_of_a_short_scale_with_one_half_point_pass() -> None:
    fit = of_a_cohort()
    y = replicated(fit, seed=5, n=1).values[0]
    wide = fit.ratings.to_wide()
    columns = [name for name in wide if name.startswith("rating_")]
    given = wide[columns].notna().to_numpy()
    values = wide[columns].to_numpy(dtype=float)
    # Steps of three points are about a residual standard deviation.
    values[given.any(axis=1)] = 3.0 * np.round(y / 3.0)
    values[np.argwhere(given)[0][0], np.argwhere(given)[0][1]] += 1.5
    wide[columns] = np.where(given, values, np.nan) / 3.0
    study = tomllib.loads(fit.ratings.study.to_toml()) | {"scale": {"center": 10.0, "spread": 6.0}}
    scaled = {
        str(name): array / (9.0 if str(name).endswith("_cov") else 3.0)
        for name, array in fit.moments.items()
    }
    tree = type(fit.posterior).from_dict({"posterior": fit.moments.assign(scaled)})
    coarse = replace(fit, ratings=Ratings.from_wide(wide, study=study), posterior=tree)
    check = ba.checks.pit(coarse, seed=1)
    assert check.verdict == "pass"


def test_replicates_of_the_same_families_are_their_ratings_with_new_residuals() -> None:
    fit = hand_made.fit()
    still = fit.moments.isel(chain=[0], draw=[0] * 4000).assign_coords(draw=np.arange(4000))
    one = replace(fit, posterior=type(fit.posterior).from_dict({"posterior": still}))
    design = fit.design
    at_draw = {name: values[:1] for name, values in arrays_of(still).items()}
    made = marginal(design, at_draw, design.present)
    # What is expected of residuals is taken out, and new ones have mean zero.
    residual = made.smoothed(made.weights(made.error[..., None]))[..., 0]
    mean = np.mean(list(replicates_of_same(one, seed=1, n=4000)), axis=0)
    expected = np.where(design.present, design.y - residual, np.nan)
    np.testing.assert_allclose(mean, expected, atol=0.35)


def test_missing_covariates_are_drawn_and_known_ones_stay() -> None:
    data = hand_made.ratings()
    children = data.children.copy()
    children["anxiety"] = children["anxiety"].astype(float)
    children.loc[children.index[:4], "anxiety"] = np.nan
    spec = hand_made.fit().spec
    fit = replace(hand_made.fit(), ratings=replace(data, children=children), spec=spec)
    rng = np.random.default_rng(1)
    x = np.stack([drawn(fit.design, {}, rng)[0][:, 0] for _ in range(60)])
    assert (x[:, 4:] == fit.design.x[4:, 0]).all()
    assert np.isin(x[:, :4], fit.design.x[4:, 0]).all()
    assert (x[:, :4].std(axis=0) > 0).all()


def test_a_fit_without_what_completes_its_ratings_is_not_passed() -> None:
    data = at_the_ceiling(cohort())
    fit = hand_made.of_prior("growth_with_ceiling", data, draws=20)
    check = ba.checks.posterior_predictive(fit, seed=1, n=50)
    assert check.verdict == "warn"
    assert "No test of fit is possible" in check.sentence
    with pytest.raises(InputError, match="not kept with this fit"):
        ba.checks.pit(fit, seed=1)


def test_the_sentence_counts_and_says_what_was_not_tested_and_cannot_be_seen() -> None:
    check = ba.checks.posterior_predictive(of_a_cohort(), seed=1, n=100)
    out = (check.table["observed"] < check.table["lower"]) | (
        check.table["observed"] > check.table["upper"]
    )
    bars = "lies outside its 95% bar: the" if out.sum() == 1 else "lie outside their 95% bars"
    assert f"{out.sum()} of {len(out)} statistics {bars}" in check.sentence
    assert "Not tested, because the model has it or these ratings cannot tell" in check.sentence
    assert "change of children" in check.sentence
    assert "leaving that depends on ratings nobody gave" in check.sentence


def test_the_sentence_says_what_leaving_costs_where_many_left() -> None:
    # Of twelve children four are rated once, two twice and six at all four times.
    fit = hand_made.fit()
    lost, found = findings.after_leaving(fit.design, ["curve", "tails", "autocorrelation"])
    assert "no longer rated at 33% of the occasions" in lost
    # Of departures that were not tested nothing is said.
    assert found.endswith("this check found related residuals in 4 and a curve in 3.")
    assert findings.after_leaving(fit.design, ["tails"]) == [lost]
    assert findings.after_leaving(of_a_cohort().design, ["curve"]) == []


def per_session() -> Ratings:
    """Ratings over thirty sessions, of which the study file says that one is the unit of change."""
    wide = cohort().to_wide()
    wide["time"] = (wide["time"] - 4) * 2.5
    study = tomllib.loads(cohort().study.to_toml()) | {
        "scale": {"lower": 12, "upper": 48},
        "time": {"origin": 0, "per": 1, "unit": "sessions"},
    }
    columns = [name for name in wide if name.startswith("rating_")]
    wide[columns] = wide[columns].clip(12, 48)
    return Ratings.from_wide(wide, study=study)


def test_a_prior_that_expects_most_ratings_outside_the_scale_is_said_before_fitting() -> None:
    spec = ba.load_model("informant_growth")
    assert expected_outside(spec, at_the_ceiling(cohort()), seed=1) is None
    assert expected_outside(spec, cohort(), seed=1) is None  # a scale without ends
    said = expected_outside(widened(spec, "levels", 10.0), at_the_ceiling(cohort()), seed=1)
    assert said is not None
    assert "narrow the priors of levels" in said
    with pytest.warns(
        UserWarning, match=r"outside their scale.*change per session takes"
    ) as caught:
        fit = ba.fit(spec, per_session(), seed=1, draws=5, tune=5, chains=1, progress=False)
    assert caught[0].filename == __file__
    assert fit.design.n_ratings
