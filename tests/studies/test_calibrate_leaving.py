"""Calibration of models with leaving: who leaves a replicate, and what happens if nobody does."""

import dataclasses

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.ratings.simulation import USUAL_CARE, Leaving
from bayes_alliance.specification import Normal
from bayes_alliance.studies import replicates
from bayes_alliance.studies.calibrate import Sampling, TrueProcess, calibration
from bayes_alliance.studies.replicates import drawn, with_ratings
from bayes_alliance.studies.runner import Place
from tests import hand_made


def growing_with(leaving: ba.Leaving, **priors: Normal) -> ba.ModelSpec:
    spec = ba.with_leaving(ba.load_model("informant_growth"), leaving)
    return dataclasses.replace(spec, priors=dict(spec.priors) | priors)


@pytest.mark.thorough
def test_families_of_a_replicate_leave_as_their_model_says() -> None:
    population = dataclasses.replace(USUAL_CARE, covariates=(), effects=())
    cohort, _ = ba.simulate(population, families=3000, therapists=900, seed=1)
    for follows in ("alliance", "rating", "either"):
        spec = growing_with(ba.Leaving(follows=follows, on=("level_now",)))
        made = prior_fit(spec, cohort, seed=4, draws=1)
        one = made.moments.isel(chain=[0])
        new = with_ratings(made, one, seed=2)
        expected = ba.leaving.in_treatment(made).isel(chain=0, draw=0)
        there = new.occasions.groupby("time")["in_treatment"].mean()
        np.testing.assert_allclose(there, expected, atol=0.03)
        rated = new.observed.merge(new.occasions[["child", "time", "in_treatment"]])
        assert rated["in_treatment"].all()
        # Ratings that were absent while a family of the cohort was in treatment stay absent.
        keys = ["child", "time", "informant"]
        absent = cohort.long.query("status == 'missing'")[keys].merge(rated[keys])
        assert absent.empty


def test_slopes_therapists_and_groups_move_who_leaves_a_replicate() -> None:
    population = dataclasses.replace(USUAL_CARE, effects=())
    cohort, _ = ba.simulate(population, families=3000, therapists=900, seed=1)
    leaving = ba.Leaving(follows="alliance", on=("level_now", "slope"), therapist=True, by="female")
    made = prior_fit(growing_with(leaving), cohort, seed=4, draws=1)
    new = with_ratings(made, made.moments.isel(chain=[0]), seed=2)
    expected = ba.leaving.in_treatment(made).isel(chain=0, draw=0)
    there = new.occasions.groupby("time")["in_treatment"].mean()
    np.testing.assert_allclose(there, expected, atol=0.03)


@pytest.mark.thorough
def test_where_nobody_leaves_truth_and_ratings_are_drawn_anew(monkeypatch) -> None:
    cohort = hand_made.ratings(("child",))
    seldom = Normal(mean=-2.0, sd=0.3, reason="test")
    none = Normal(mean=0.0, sd=0.01, reason="test")
    spec = growing_with(ba.Leaving(), leaving_baseline=seldom, leaving_on=none)
    again = 0
    for seed in range(1, 6):
        _, one, ratings = drawn(spec, cohort, seed=seed, leaving=None, fitted=spec)
        first = prior_fit(spec, cohort, seed=seed, draws=1).moments
        again += not np.allclose(first["level"][0], one["level"][0])
        assert not ratings.occasions["in_treatment"].all()
    assert 0 < again < 5
    monkeypatch.setattr(replicates, "ATTEMPTS", 3)
    never = growing_with(
        ba.Leaving(), leaving_baseline=dataclasses.replace(seldom, mean=-20.0), leaving_on=none
    )
    with pytest.raises(ba.InputError, match="nobody leaves"):
        drawn(never, cohort, seed=1, leaving=None, fitted=never)


def test_leaving_has_one_truth() -> None:
    spec = growing_with(ba.Leaving())
    both = TrueProcess(leaving=Leaving(hazards=(0.2, 0.2, 0.2)))
    with pytest.raises(ba.InputError, match="cannot be told beside it"):
        calibration(spec, hand_made.ratings(), fits=20, truth=both)


@pytest.mark.samples
def test_a_model_with_leaving_is_calibrated_from_end_to_end() -> None:
    spec = dataclasses.replace(growing_with(ba.Leaving()), informants=("child",))
    found = calibration(
        spec,
        hand_made.ratings(("child",)),
        fits=2,
        sampling=Sampling(chains=1, draws=40, tune=60, thin=4),
        place=Place(progress=False),
    )
    assert not found.failed
    assert {"leaving_baseline[4]", "leaving_on[child]", "leaving_share"} <= set(found.ranks)
