"""Who leaves and whether it matters: exact figures, made elsewhere, and on hand-made fits."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayes_alliance as ba
from bayes_alliance.design import basis, design
from bayes_alliance.errors import InputError
from bayes_alliance.estimands.effects import trajectories
from bayes_alliance.estimands.leaving.shifts import weights
from bayes_alliance.estimands.leaving.staying import staying
from bayes_alliance.specification import (
    Effects,
    Leaving,
    Trajectory,
    load_model,
    with_covariates,
    with_leaving,
    without,
)
from tests import hand_made
from tests.collapsed.test_leaving import ACTS, ORACLE, oracle_design, oracle_moments, with_oracle
from tests.pymc_model.test_leaving import ratings as small
from tests.reference.other_programs import DATA, needs_data


@with_oracle
def test_new_families_stay_and_differ_as_in_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    given, out = known["input"], known["output"]["new_child_x11"]
    design = oracle_design(given, ACTS, given["stay"])
    values = oracle_moments(given, design, np.zeros(2))
    # Everybody is like the child that the oracle speaks of.
    ones = np.ones_like(design.x)
    alike = replace(design, x=ones, leaving=replace(design.leaving, x=ones))
    found = staying(alike, alike.leaving, {name: v[None] for name, v in values.items()})
    np.testing.assert_allclose(found.probability[0, 1:], out["p_in_treatment"], atol=1e-6)
    p = found.probability[:, -1:]
    left = (found.mean - p * found.stayed) / (1.0 - p)
    np.testing.assert_allclose(left[0], out["mean_theta_left_before_last"], atol=2e-6)
    np.testing.assert_allclose(found.stayed[0], out["mean_theta_stayed"], atol=2e-6)
    apart = (left - found.stayed)[0, :2]
    np.testing.assert_allclose(apart, out["level_left_minus_stayed"], atol=2e-6)


@with_oracle
def test_shifts_weigh_times_as_in_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))["output"]["delta"]
    weight, share = weights(np.arange(4.0)), np.array(known["share_unseen"])
    np.testing.assert_allclose(weight, known["weights"], atol=1e-15)
    assert weight @ share == pytest.approx(known["kappa_constant"], abs=1e-9)
    assert weight @ np.cumsum(share) == pytest.approx(known["kappa_growing"], abs=1e-9)


def test_following_ratings_new_families_stay_as_simulated() -> None:
    spec = with_leaving(load_model("informant_growth"), Leaving(follows="either"))
    fit = ba.prior_fit(spec, small(), seed=1, draws=2)
    arrays, one = fit.design, fit.moments.isel(chain=0, draw=1)
    K, n = len(arrays.informants), 400_000
    rng = np.random.default_rng(2)
    cov = one["child_cov"].values + one["therapist_cov"].values
    theta = rng.multivariate_normal(np.zeros(len(arrays.terms)), cov, size=n)
    on, share = one["leaving_on"].values, float(one["leaving_share"])
    alive, expected = np.ones(n, dtype=bool), [1.0]
    for t in range(3):
        m = theta[:, :K] + t * theta[:, K:]
        e = rng.multivariate_normal(np.zeros(K), one["residual_cov"].values, size=n)
        z = float(one["leaving_baseline"][t]) + m @ on + e @ ((1 - share) * on)
        alive &= z + rng.normal(size=n) < 0.0
        expected.append(alive.mean())
    found = ba.leaving.in_treatment(fit).isel(chain=0, draw=1)
    np.testing.assert_allclose(found, expected, atol=0.003)
    hazard = ba.leaving.hazard(fit).isel(chain=0, draw=1)
    np.testing.assert_allclose(hazard, 1.0 - found.values[1:] / found.values[:-1], atol=1e-12)
    level = theta[alive].mean(axis=0) - theta[~alive].mean(axis=0)
    apart = ba.leaving.left_minus_stayed(fit, way="new").isel(chain=0, draw=1)
    np.testing.assert_allclose(apart.values.ravel(), -level, atol=0.1)


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


def test_a_shift_lowers_what_nobody_saw(fit) -> None:
    plain, lower = (ba.leaving.shifted(fit, by=d, curve=True) for d in (0.0, 2.0))
    # Of twelve families four leave after the first, two after the second occasion.
    share = np.array([0.0, 4.0, 6.0, 6.0]) / 12.0
    np.testing.assert_allclose((plain - lower).isel(chain=0, draw=0, informant=0), 2.0 * share)
    np.testing.assert_allclose(plain, trajectories(fit, times=plain["time"].values))
    kappa = np.array([-0.3, -0.1, 0.1, 0.3]) @ share
    change = ba.leaving.shifted(fit, by=0.0) - ba.leaving.shifted(fit, by=1.0)
    np.testing.assert_allclose(change, kappa)
    growing = ba.leaving.shifted(fit, by=0.0) - ba.leaving.shifted(fit, by=1.0, growing=True)
    np.testing.assert_allclose(growing, np.array([-0.3, -0.1, 0.1, 0.3]) @ np.cumsum(share))
    # The first informant also misses one rating of a family in treatment.
    missing = ba.leaving.shifted(fit, by=0.0, curve=True) - ba.leaving.shifted(
        fit, by=1.0, curve=True, cells="missing"
    )
    at_second = missing.isel(chain=0, draw=0, time=1)
    np.testing.assert_allclose(at_second, np.array([5.0, 4.0, 4.0, 4.0]) / 12.0)


def test_ratings_given_after_leaving_are_seen() -> None:
    data = small()
    long = data.long.copy()
    chosen = (long["child"] == "c0") & (long["time"] == 2.0) & (long["informant"] == "child")
    long.loc[chosen, ["rating", "status"]] = [30.0, "rated"]
    spec = with_leaving(load_model("informant_growth"), Leaving())
    lower = []
    for one in (data, replace(data, long=long)):
        prior = ba.prior_fit(spec, one, seed=1, draws=1)
        curves = [ba.leaving.shifted(prior, by=d, curve=True) for d in (0.0, 1.0)]
        lower.append((curves[0] - curves[1]).isel(chain=0, draw=0).sel(time=2.0).values)
    np.testing.assert_allclose(lower[0], 4.0 / 8.0)
    np.testing.assert_allclose(lower[1], [3.0 / 8.0, 4.0 / 8.0, 4.0 / 8.0])
    # Nobody is at risk for it.
    assert len(prior.design.leaving.child) == len(
        ba.prior_fit(spec, data, seed=1, draws=1).design.leaving.child
    )


@pytest.mark.parametrize(("conclusion", "p"), [("rises", 0.05), ("falls", 0.95)])
def test_at_the_tipping_point_a_conclusion_just_holds(fit, conclusion: str, p: float) -> None:
    at = ba.leaving.tipping_point(fit, conclusion=conclusion)
    for informant in fit.design.informants:
        shifted = ba.leaving.shifted(fit, by=float(at.sel(informant=informant)))
        assert float(shifted.sel(informant=informant).quantile(p)) == pytest.approx(0.0, abs=1e-9)
    none = ba.leaving.support(fit, conclusion=conclusion, mean=0.0, sd=0.0)
    slope = ba.leaving.shifted(fit, by=0.0)
    holds = slope > 0 if conclusion == "rises" else slope <= 0
    np.testing.assert_allclose(none, holds.mean(("chain", "draw")))


def test_effects_are_shifted_by_what_is_unseen_in_their_groups(fit) -> None:
    effect = fit.moments["slope_on"].sel(covariate="anxiety")
    # A point takes .3 from the change of who leaves after the first occasion, .4 after the second:
    # as much in three of six anxious children as in three of six others.
    alike = ba.leaving.effect_tipping_point(fit, covariate="anxiety", conclusion="positive")
    assert np.isnan(alike.sel(arm="both")).all()
    for conclusion, p in (("positive", 0.05), ("negative", 0.95)):
        at = ba.leaving.effect_tipping_point(fit, covariate="anxiety", conclusion=conclusion)
        treated = at.sel(arm="treated")
        np.testing.assert_allclose(treated * (1.0 / 6.0), effect.quantile(p, ("chain", "draw")))
    # The first informant also misses the second rating of an anxious child.
    missing = ba.leaving.effect_tipping_point(
        fit, covariate="anxiety", conclusion="positive", cells="missing"
    ).sel(arm="both")
    expected = effect.quantile(0.05, ("chain", "draw")).isel(informant=0) / (-0.1 / 6.0)
    assert float(missing[0]) == pytest.approx(float(expected))
    assert np.isnan(missing[1:]).all()


def test_two_sides_of_a_difference_are_shifted_by_amounts_of_their_own(fit) -> None:
    shifts = [-3.1, 0.0, 2.3]
    effect = fit.moments["slope_on"].sel(covariate="anxiety")
    found = ba.leaving.two_shifts(fit, shifts=shifts, covariate="anxiety")
    for first in shifts:
        for second in shifts:
            expected = (effect - (first - second) / 6.0 > 0).mean(("chain", "draw"))
            own = found.sel(shift=first, shift_=second)
            np.testing.assert_allclose(own, expected, atol=1e-12)
    pair = fit.design.informants[:2]
    found = ba.leaving.two_shifts(fit, shifts=shifts, informants=pair)
    apart = [
        ba.leaving.shifted(fit, by=d).sel(informant=k)
        for d, k in zip((2.3, -3.1), pair, strict=True)
    ]
    expected = float((apart[0] - apart[1] > 0).mean())
    assert float(found.sel(shift=2.3, shift_=-3.1)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("covariate", "message"),
    [
        ("experience", "is no covariate of growth in this model"),
        ("age", "is no covariate"),
    ],
)
def test_covariates_whose_effect_no_shift_moves_are_refused(fit, covariate, message) -> None:
    with pytest.raises(InputError, match=message):
        ba.leaving.effect_tipping_point(fit, covariate=covariate, conclusion="positive")
    with pytest.raises(InputError, match="name a covariate, or two informants"):
        ba.leaving.two_shifts(fit, shifts=[0.0])


def test_effects_that_are_not_one_number_or_not_on_change_are_refused() -> None:
    data = hand_made.ratings()
    acts = {"anxiety": ("level",), "experience": ("level", "slope")}
    fit = ba.prior_fit(with_covariates(load_model("informant_growth"), acts), data, seed=1, draws=3)
    with pytest.raises(InputError, match="acts on the level alone"):
        ba.leaving.effect_tipping_point(fit, covariate="anxiety", conclusion="positive")
    with pytest.raises(InputError, match="is not binary"):
        ba.leaving.two_shifts(fit, shifts=[0.0], covariate="experience")
    at = ba.leaving.effect_tipping_point(fit, covariate="experience", conclusion="negative")
    assert at["arm"].values.tolist() == ["both"]
    acts = dict.fromkeys(("anxiety", "experience", "anxiety:experience"), ("level", "slope"))
    fit = ba.prior_fit(with_covariates(load_model("informant_growth"), acts), data, seed=1, draws=3)
    with pytest.raises(InputError, match="acts together with another covariate"):
        ba.leaving.effect_tipping_point(fit, covariate="anxiety", conclusion="positive")


@with_oracle
def test_the_tipping_point_of_ten_draws_is_that_of_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))["output"]["delta"]["tipping_example"]
    slopes = np.array(known["slope_draws"])[None, :, None]
    level = np.full(slopes.shape, 36.0)
    cov = np.broadcast_to(np.eye(2), (1, slopes.size, 2, 2))
    fit = hand_made.of(
        without(load_model("informant_growth"), "therapist"),
        hand_made.ratings(("child",)),
        {
            "level": (("chain", "draw", "informant"), level),
            "slope": (("chain", "draw", "informant"), slopes),
            "child_cov": (("chain", "draw", "term", "term_"), cov),
            "residual_cov": (("chain", "draw", "informant", "informant_"), cov[..., :1, :1]),
        },
    )
    at = ba.leaving.tipping_point(fit, conclusion="rises", prob=known["prob"])
    # Of these twelve families as many are unseen that the slope moves by a sixth of the shift.
    assert float(at[0]) * (1.0 / 6.0) == pytest.approx(known["d_star"] * known["kappa"], abs=1e-9)


def test_a_prior_of_the_shift_makes_one_probability(fit) -> None:
    found = ba.leaving.support(fit, conclusion="rises", mean=1.0, sd=2.0)
    slope = ba.leaving.shifted(fit, by=0.0)
    kappa = float((slope - ba.leaving.shifted(fit, by=1.0))[0, 0, 0])
    by_draw = stats.norm.cdf((slope / kappa - 1.0) / 2.0)
    np.testing.assert_allclose(found, by_draw.mean(axis=(0, 1)))


def test_the_covariate_of_who_left_is_read_at_entry() -> None:
    data = ba.leaving.with_who_left(hand_made.ratings())
    assert data.children["left"].tolist() == [0.0] * 6 + [1.0] * 6
    spec = with_covariates(load_model("informant_growth"), {"left": ("level",)})
    prior = ba.prior_fit(spec, data, seed=1, draws=5)
    apart = ba.leaving.left_minus_stayed(prior, way="covariate")
    assert apart.dims == ("chain", "draw", "coefficient", "informant")
    expected = prior.moments["level_on"].sel(covariate="left")
    np.testing.assert_allclose(apart.sel(coefficient="level"), expected)
    with pytest.raises(InputError, match="acts on the level"):
        ba.leaving.left_minus_stayed(hand_made.fit(), way="covariate")
    with pytest.raises(InputError, match="already"):
        ba.leaving.with_who_left(data)


def test_families_in_treatment_are_counted_by_what_is_known_of_them() -> None:
    found = ba.leaving.by_group(hand_made.ratings())
    assert list(found.columns) == [4.0, 8.0, 12.0, 16.0]
    # The last six of twelve leave; every second child is anxious, therapists have 0 to 3 years.
    assert {key: row.tolist() for key, row in found.T.items()} == {
        ("", "all"): [12, 8, 6, 6],
        ("anxiety", "0"): [6, 4, 3, 3],
        ("anxiety", "1"): [6, 4, 3, 3],
        ("experience", "up to 1.5"): [6, 6, 6, 6],
        ("experience", "above 1.5"): [6, 2, 0, 0],
    }
    with pytest.raises(InputError, match="nobody knows"):
        ba.leaving.by_group(hand_made.ratings(treatment=None))


def test_without_leaving_in_the_model_its_estimands_are_refused(fit) -> None:
    for call in (
        ba.leaving.hazard,
        ba.leaving.in_treatment,
        lambda one: ba.leaving.left_minus_stayed(one, way="new"),
        lambda one: ba.leaving.left_minus_stayed(one, way="study"),
    ):
        with pytest.raises(InputError, match="is no part of this model"):
            call(fit)


@pytest.mark.samples
def test_assumptions_stand_side_by_side() -> None:
    spec = load_model("informant_growth")
    found = ba.leaving.side_by_side(spec, hand_made.ratings(), seed=1)
    assert found["assumption"].values.tolist() == ["ignoring", "rating", "either", "alliance"]
    assert found.dims == ("assumption", "chain", "draw", "coefficient", "informant")
    narrowed = found["contraction"]
    assert narrowed.dims == ("assumption", "coefficient", "informant")
    # Averages have the same prior under every assumption.
    spread = 18.0 * np.array([0.5, 0.2])[:, None]
    expected = 1.0 - found.var(("chain", "draw")) / spread**2
    np.testing.assert_allclose(narrowed, expected, atol=0.03)
    # Leaving that follows ratings can be ignored.
    first, second = (
        found.sel(assumption=one, coefficient="level") for one in ("ignoring", "rating")
    )
    apart = (first.mean(("chain", "draw")) - second.mean(("chain", "draw"))) / first.std()
    assert (np.abs(apart) < 0.1).all()


@pytest.mark.samples
def test_families_of_the_study_are_compared_as_they_are_recovered() -> None:
    spec = with_leaving(load_model("informant_growth"), Leaving())
    fitted = ba.fit(spec, small(), seed=1, progress=False, draws=50, tune=100, chains=2)
    apart = ba.leaving.left_minus_stayed(fitted, way="study", seed=3)
    effects = ba.random_effects(fitted, seed=3)
    level = effects["child_effect"].values[..., :3]
    therapist = effects["therapist_effect"].values[..., :3]
    of_child = therapist[:, :, fitted.design.levels[0].parent] + level
    left = np.array([1, 1, 1, 0, 1, 1, 1, 0], dtype=bool)
    expected = of_child[:, :, left].mean(axis=2) - of_child[:, :, ~left].mean(axis=2)
    np.testing.assert_allclose(apart.sel(coefficient="level"), expected)


@needs_data
@pytest.mark.parametrize(
    ("how", "key"), [("own", "MAR"), ("copy", "CR"), ("jump", "J2R"), ("increments", "CIR")]
)
def test_reference_based_averages_of_a_trial_are_those_of_the_reference(how: str, key: str) -> None:
    found = ba.leaving.arms_apart(trial_with_a_free_course(), arm="drug", time=6.0, how=how)
    ours = json.loads((DATA / "antidepressant.reference.json").read_text())
    expected = ours["change_at_visit_7"]["ours"][f"REML {key}"]["trt7"]
    assert float(found[0, 0, 0]) == pytest.approx(expected, abs=1e-4)


def trial_with_a_free_course() -> ba.Fit:
    """Estimates of a course that is free over visits, put into a model with a spline."""
    ours = json.loads((DATA / "antidepressant.reference.json").read_text())
    ours = ours["change_at_visit_7"]["ours"]["REML"]
    frame = pd.read_csv(DATA / "antidepressant.csv", dtype={"PATIENT": str})
    frame["week"] = frame["VISIT"].map({4: 1, 5: 2, 6: 4, 7: 6})
    frame["drug"] = (frame["THERAPY"] == "DRUG") * 1
    frame["male"] = (frame["GENDER"] == "M") * 1
    patients = frame.groupby("PATIENT")
    firsts = patients[["drug", "male", "BASVAL"]].first()
    last = patients["week"].max()
    grid = [(p, w) for p in firsts.index for w in (1, 2, 4, 6)]
    whole = pd.DataFrame(grid, columns=["PATIENT", "week"])
    whole = whole.merge(frame[["PATIENT", "week", "CHANGE"]], how="left")
    whole = whole.merge(firsts, left_on="PATIENT", right_index=True)
    whole["there"] = (whole["week"] <= whole["PATIENT"].map(last)).astype(int)
    study = {
        "layout": "wide",
        "columns": {"child": "PATIENT", "time": "week"},
        "informants": {"clinician": "CHANGE"},
        "scale": {"center": 0, "spread": 20},
        "time": {"origin": 1, "per": 1},
        "treatment": {"in_treatment": "there"},
        "covariates": {"child": ["drug", "male", "BASVAL"]},
    }
    data = ba.Ratings.from_wide(whole, study=study)
    spec = without(load_model("informant_growth"), "therapist")
    trajectory = Trajectory(shape="natural_spline", knots=(1.0, 2.0, 4.0, 6.0))
    names = trajectory.coefficients
    priors = {k: v for k, v in spec.priors.items() if "slope" not in k}
    priors |= dict.fromkeys(names[1:], spec.priors["slope"])
    priors |= {f"child_sd.{name}": spec.priors["child_sd.slope"] for name in names[1:]}
    child = Effects(terms=names, structure="correlated")
    spec = replace(spec, trajectory=trajectory, child=child, priors=priors)
    acts = {"drug": names, "male": ("level",), "BASVAL": names}
    spec = with_covariates(spec, acts)
    B = basis(trajectory, np.array([1.0, 2.0, 4.0, 6.0]), axis=data.time)
    inverse, beta, arrays = np.linalg.inv(B), np.array(ours["beta"]), design(spec, data)
    # Of each visit: intercept, effect of the drug, of being male, of the value before.
    at_first = beta[[0, 1, 6]][:, None]
    rest = np.array([beta[3:6], beta[7:10], beta[10:13]])
    middle, drug, before = at_first + np.hstack([np.zeros((3, 1)), rest])
    middle = middle + before * arrays.covariate_centre[2]
    male = np.full(4, beta[2])
    values = {}
    for c, name in enumerate(names):
        values[name] = inverse[c] @ middle[:, None]
        values[f"{name}_on"] = np.array([inverse[c] @ drug, inverse[c] @ male, inverse[c] @ before])
        values[f"{name}_on"] = values[f"{name}_on"][:, None]
    # Nearly all of the covariance of visits is that of the course.
    tiny = 1e-5 * np.eye(4)
    values["child_cov"] = inverse @ (np.array(ours["Sigma"]) - tiny) @ inverse.T
    values["residual_cov"] = 1e-5 * np.eye(1)
    return hand_made.constant(spec, data, values, shape=(1, 1))
