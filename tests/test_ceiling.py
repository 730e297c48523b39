"""A ceiling bends what a normal model finds; the censored model looks past it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings.simulation import Recording
from tests.test_recovery import POPULATION

# A quarter of the child's ratings at 48, few of the caregiver's.
HIGH = replace(
    POPULATION,
    level={"child": 43.0, "caregiver": 33.0},
    slope={"child": 1.2, "caregiver": 0.6},
)


@pytest.mark.samples
@pytest.mark.long
def test_the_censored_model_recovers_what_the_normal_model_gets_wrong() -> None:
    recording = Recording(whole_points=True, clipped=True)
    ratings, truth = ba.simulate(
        HIGH, families=300, therapists=100, clinics=0, recording=recording, seed=2
    )
    child = ratings.observed[ratings.observed["informant"] == "child"]
    assert (child["rating"] == 48).mean() == pytest.approx(0.3, abs=0.08)
    true = truth.table().set_index("quantity")["value"]
    asked = ["slope[child]", "child_sd[child,level]", "child_sd[child,slope]"]
    covered = {}
    for name in ("informant_growth", "growth_with_ceiling"):
        fit = ba.fit(ba.load_model(name), ratings, seed=1, draws=500, progress=False)
        draws = diagnostics.stacked(by_name(fit.moments, fit.design).items()).sel(quantity=asked)
        lower, upper = np.quantile(draws.values, [0.025, 0.975], axis=(1, 2))
        covered[name] = pd.Series((lower <= true[asked]) & (true[asked] <= upper), index=asked)
        if name == "informant_growth":
            # The ceiling holds ratings down: change and differences look smaller than they are.
            assert (upper < true[asked]).all()
    assert covered["growth_with_ceiling"].all()


@pytest.mark.samples
def test_effects_recovered_past_the_ceiling_follow_the_true_ones() -> None:
    recording = Recording(whole_points=True, clipped=True)
    ratings, truth = ba.simulate(
        HIGH, families=150, therapists=50, clinics=0, recording=recording, seed=3
    )
    fit = ba.fit(ba.load_model("growth_with_ceiling"), ratings, seed=1, draws=300, progress=False)
    effects = ba.random_effects(fit, seed=1, draws=100)
    mean = effects["child_effect"].mean(["chain", "draw"]).sel(term="child,level")
    true = truth.child_effect["child,level"].reindex(mean["child"].values)
    assert np.corrcoef(mean.values, true)[0, 1] > 0.75
