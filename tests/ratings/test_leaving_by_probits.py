"""Families that leave by probits on the alliance, the rating or the slope."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.ratings.simulation import Leaving, Recording, simulate
from bayes_alliance.specification import Leaving as OfModel
from bayes_alliance.specification import load_model, with_leaving
from tests.ratings.test_simulate import PAIR, cube, here


@pytest.mark.thorough
@pytest.mark.parametrize("follows", ["alliance", "rating", "slope"])
def test_families_leave_with_the_stated_probability(follows: str) -> None:
    per_point = {"child": -0.15, "caregiver": 0.05}
    leaving = (
        Leaving(hazards=(0.3, 0.4), slope_probits={"child": -0.8})
        if follows == "slope"
        else Leaving(hazards=(0.3, 0.4), probits=per_point, follows=follows)
    )
    recording = Recording(occasions=(4.0, 8.0, 12.0), leaving=leaving)
    ratings, truth = simulate(PAIR, families=10_000, recording=recording, seed=6)
    complete, _ = simulate(PAIR, families=10_000, recording=Recording(), seed=6)
    growth, stays = truth.growth.to_numpy().reshape(-1, 2, 2), here(ratings)
    for t, hazard in enumerate(leaving.hazards):
        alliance = growth[:, 0] + t * growth[:, 1]
        followed = cube(complete)[:, t] if follows == "rating" else alliance
        pull = (followed - followed.mean(axis=0)) @ list(per_point.values())
        if follows == "slope":
            pull = -0.8 * (growth[:, 1, 0] - growth[:, 1, 0].mean())
        p = norm.cdf(norm.ppf(hazard) + pull)
        at_risk, left = stays[:, t], ~stays[:, t + 1]
        # Apart where the probability is low and where it is high.
        for part in (p < np.median(p), p >= np.median(p)):
            chosen = at_risk & part
            error = np.sqrt((p * (1 - p))[chosen].mean() / chosen.sum())
            assert abs(left[chosen].mean() - p[chosen].mean()) < 4 * error


def test_probits_take_the_place_of_log_odds() -> None:
    for leaving in (
        Leaving(hazards=(0.3,) * 3, probits={"child": 0.1}, log_odds={"child": 0.1}),
        Leaving(counts=(9, 8, 8, 8), probits={"child": 0.1}),
        Leaving(hazards=(0.3,) * 3, slope_probits={"childd": 0.1}),
    ):
        with pytest.raises(InputError, match="leaving"):
            simulate(PAIR, families=9, recording=Recording(leaving=leaving), seed=1)


@pytest.mark.long
def test_a_model_in_which_leaving_follows_the_alliance_finds_the_average_had_nobody_left() -> None:
    people = replace(PAIR, slope=dict.fromkeys(PAIR.informants, -0.5))
    leaving = Leaving(hazards=(0.35,) * 3, probits={"child": -0.2})
    ratings, truth = simulate(people, families=700, recording=Recording(leaving=leaving), seed=2)
    spec = load_model("informant_growth")
    if not ratings.has_therapists:
        spec = ba.without(spec, "therapist")
    found = {}
    for name, idea in (
        ("ignoring", None),
        ("alliance", OfModel(follows="alliance", informants=("child",))),
    ):
        fit = ba.fit(with_leaving(spec, idea), ratings, seed=1, progress=False, draws=300)
        found[name] = fit.moments["slope"].sel(informant="child")
    on = fit.moments["leaving_on"].sel(informant="child")
    assert abs(float(on.mean()) + 0.2) < 3.0 * float(on.std())
    assert float(on.std()) < 0.06
    true = truth.quantities()["slope[child]"]
    bias = {name: float(draws.mean()) - true for name, draws in found.items()}
    assert abs(bias["alliance"]) < 2.5 * float(found["alliance"].std())
    assert bias["ignoring"] > bias["alliance"] + 0.05
