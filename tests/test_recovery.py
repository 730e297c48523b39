"""Simulated truth is found again: intervals cover it as often as they say."""

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings.simulation import Leaving, Population, Recording, Variation

SEEDS = range(1, 13)

# Two informants, children's levels and slopes linked, therapists differing in level.
POPULATION = Population(
    level={"child": 37.0, "caregiver": 33.0},
    slope={"child": -0.8, "caregiver": 0.6},
    child=Variation(
        sd={"child,level": 4.0, "caregiver,level": 5.0, "child,slope": 1.2, "caregiver,slope": 1.0},
        cor={
            ("child,level", "caregiver,level"): 0.5,
            ("child,level", "child,slope"): -0.3,
            ("child,slope", "caregiver,slope"): 0.4,
        },
    ),
    therapist=Variation(
        sd={"child,level": 2.0, "caregiver,level": 2.5},
        cor={("child,level", "caregiver,level"): 0.4},
    ),
    residual=Variation(sd={"child": 2.5, "caregiver": 3.0}, cor={("child", "caregiver"): 0.3}),
)
RECORDING = Recording(
    leaving=Leaving(hazards=(0.2, 0.2, 0.2)), missing={"child": 0.15, "caregiver": 0.1}
)


@pytest.mark.long
@pytest.mark.samples
def test_ninety_percent_intervals_cover_the_truth_about_ninety_percent_of_the_time() -> None:
    spec = ba.load_model("informant_growth")
    covered: list[pd.Series] = []
    for seed in SEEDS:
        ratings, truth = ba.simulate(
            POPULATION, families=150, therapists=50, clinics=0, recording=RECORDING, seed=seed
        )
        fit = ba.fit(spec, ratings, seed=seed, draws=500, chains=2, progress=False)
        draws = diagnostics.stacked(by_name(fit.moments, fit.design).items())
        lower, upper = np.quantile(draws.values, [0.05, 0.95], axis=(1, 2))
        intervals = pd.DataFrame({"lower": lower, "upper": upper}, index=draws["quantity"].values)
        true = truth.table().set_index("quantity")["value"].reindex(intervals.index)
        assert true.notna().all(), list(true.index[true.isna()])
        covered.append((intervals["lower"] <= true) & (true <= intervals["upper"]))
    share = pd.concat(covered, axis=1).to_numpy().mean()
    # 12 cohorts x 23 quantities, correlated within a cohort; the standard error is about 0.025.
    assert 0.83 < share < 0.97
