"""Calibration: uniform ranks pass, others do not, and the study runs from end to end."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import new_families, replicated
from bayes_alliance.ratings.simulation import USUAL_CARE, USUAL_CARE_ITEMS, Leaving, Recording
from bayes_alliance.specification.blocks import widened
from bayes_alliance.studies.calibrate import Sampling, TrueProcess, calibration
from bayes_alliance.studies.ranks import judged
from bayes_alliance.studies.replicates import with_ratings
from bayes_alliance.studies.runner import Place
from tests import hand_made


@pytest.mark.thorough
def test_uniform_ranks_pass_and_skewed_or_narrow_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    n_draws, n = 200, 300
    ranks = pd.DataFrame(
        {
            "right": rng.integers(0, n_draws + 1, n),
            "too low": np.floor(rng.beta(1.0, 1.5, n) * (n_draws + 1)),
            "too narrow": np.floor(rng.beta(0.6, 0.6, n) * (n_draws + 1)),
        }
    )
    table = judged(ranks, n_draws)
    assert table.loc["right", "p"] > 0.05
    assert table.loc["too low", "p"] < 0.01
    assert table.loc["too narrow", "p"] < 0.01
    assert table.loc["right", "coverage_90"] == pytest.approx(0.9, abs=0.05)
    assert table.loc["too narrow", "coverage_90"] < 0.85


def test_the_p_value_of_uniform_ranks_is_itself_uniform() -> None:
    rng = np.random.default_rng(2)
    ranks = pd.DataFrame(rng.integers(0, 201, size=(100, 400)))
    p = judged(ranks, 200)["p"]
    assert (p < 0.1).mean() == pytest.approx(0.1, abs=0.05)
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.08)


def test_replicates_keep_who_is_rated_when_and_by_whom() -> None:
    ratings = hand_made.ratings()
    made = prior_fit(ba.load_model("informant_growth"), ratings, seed=1, draws=1)
    new = with_ratings(made, made.moments.isel(chain=[0]), seed=1)
    before, after = ratings.observed, new.observed
    keys = ["child", "therapist", "time", "informant"]
    pd.testing.assert_frame_equal(
        before[keys].reset_index(drop=True), after[keys].reset_index(drop=True)
    )
    assert not np.allclose(before["rating"].to_numpy(float), after["rating"].to_numpy(float))
    assert new.scales["child"].center == ratings.scales["child"].center
    assert new.scales["child"].spread == ratings.scales["child"].spread
    assert new.scales["child"].upper is None


@pytest.mark.long
def test_a_right_model_is_calibrated_and_a_wrong_prior_is_not(tmp_path: Path) -> None:
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    cohort = hand_made.ratings(("child", "caregiver"))
    sampling = Sampling(chains=1, draws=400, tune=300, thin=4)
    place = Place(out=tmp_path / "study", workers=2, progress=False)
    right = calibration(spec, cohort, fits=60, sampling=sampling, place=place)
    assert right.check.verdict == "pass"
    assert not right.failed
    assert len(right.ranks) == 60
    wrong = calibration(
        widened(spec, "residuals", 0.2),
        cohort,
        fits=60,
        truth=spec,
        sampling=sampling,
        place=Place(workers=2, progress=False),
    )
    assert wrong.check.verdict == "fail"
    assert "SD of residuals" in wrong.check.sentence


def rows_by_time(ratings: ba.Ratings) -> pd.Series:
    return ratings.long.query("status != 'not in treatment'").groupby("time")["child"].nunique()


def test_families_of_a_replicate_leave_as_they_are_told() -> None:
    ratings = hand_made.ratings()
    made = prior_fit(ba.load_model("informant_growth"), ratings, seed=1, draws=1)
    one = made.moments.isel(chain=[0])
    n = rows_by_time(ratings)
    counts = (int(n.iloc[0]), *(int(0.5 * m) for m in n.iloc[1:]))
    low_leave = Leaving(counts=counts, log_odds={"child": -50.0})
    stay = with_ratings(made, one, seed=1)
    left = with_ratings(made, one, seed=1, leaving=low_leave)
    assert rows_by_time(left).iloc[-1] < rows_by_time(stay).iloc[-1]
    keys = ["child", "time", "informant"]
    both = left.observed.merge(stay.observed, on=keys, suffixes=("", "_all"))
    assert len(both) == len(left.observed)
    np.testing.assert_allclose(both["rating"].astype(float), both["rating_all"].astype(float))
    mean = {
        who: found.observed.query("informant == 'child'")
        .loc[lambda x: x["time"] == x["time"].max(), "rating"]
        .mean()
        for who, found in {"left": left, "stay": stay}.items()
    }
    assert mean["left"] > mean["stay"]


def test_ratings_scatter_around_their_growth_curves_as_much_as_the_residual_says() -> None:
    ratings = hand_made.ratings()
    made = prior_fit(ba.load_model("informant_growth"), ratings, seed=1, draws=1)
    one = made.moments.isel(chain=[0])
    still = one.assign(residual_cov=1e-18 * one["residual_cov"])
    for moments in (one, still):
        single = dataclasses.replace(made, posterior=xr.DataTree.from_dict({"posterior": moments}))
        new = new_families(single, seed=3)
        np.testing.assert_array_equal(new.ratings, replicated(single, seed=3, n=1).values[0])
        rated = single.design.present
        if moments is still:
            np.testing.assert_allclose(new.ratings[rated], new.curves[rated], atol=1e-6)
    assert np.isfinite(new.curves).all()


def test_replicated_items_are_answered_where_those_of_the_cohort_are_and_as_they_were_asked() -> (
    None
):
    skipped = dataclasses.replace(USUAL_CARE_ITEMS.items, skipped=0.2)
    recording = dataclasses.replace(USUAL_CARE_ITEMS, items=skipped)
    cohort, _ = ba.simulate(families=30, therapists=10, recording=recording, seed=2)
    made = prior_fit(ba.load_model("ordinal_items"), cohort, seed=1, draws=1)
    one = made.moments.isel(chain=[0])
    ratings = with_ratings(made, one, seed=3)
    old, answered = (part.long[cohort.items.columns] for part in (cohort, ratings))
    assert ratings.items == cohort.items
    np.testing.assert_array_equal(answered.isna(), old.isna())
    assert (answered != old).to_numpy().sum() > old.notna().to_numpy().sum() / 4
    # The totals, reverse items turned, are those of a predictive check of the same draw.
    single = dataclasses.replace(made, posterior=xr.DataTree.from_dict({"posterior": one}))
    expected = replicated(single, seed=3, n=1).values[0]
    np.testing.assert_allclose(design(made.spec, ratings).observed, expected)


def test_leaving_that_no_cohort_can_show_is_refused() -> None:
    spec = ba.load_model("informant_growth")
    wrong = TrueProcess(leaving=Leaving(hazards=(0.2,), log_odds={"childd": 1.0}))
    with pytest.raises(ba.InputError, match="childd"):
        calibration(spec, hand_made.ratings(), fits=20, truth=wrong)


@pytest.mark.long
def test_leaving_because_of_the_alliance_biases_slopes_and_leaving_by_ratings_does_not() -> None:
    spec = ba.without(ba.load_model("informant_growth"), "therapist")
    spec = dataclasses.replace(spec, informants=("child",))
    population = dataclasses.replace(USUAL_CARE, covariates=(), effects=())
    cohort, _ = ba.simulate(population, families=60, therapists=30, recording=Recording(), seed=1)
    sampling = Sampling(chains=1, draws=400, tune=300, thin=4)
    bias = {}
    for follows in ("alliance", "rating"):
        leaving = Leaving(hazards=(0.3, 0.3, 0.3), log_odds={"child": -0.5}, follows=follows)
        found = calibration(
            spec,
            cohort,
            fits=60,
            truth=TrueProcess(leaving=leaving),
            sampling=sampling,
            place=Place(workers=2, progress=False),
        )
        bias[follows] = float(found.table.loc["slope[child]", "bias"])
    assert bias["alliance"] > 0.4
    assert abs(bias["rating"]) < 0.4
