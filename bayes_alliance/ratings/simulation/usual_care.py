"""The synthetic usual-care population: published patterns of the founding cohort as numbers.

`USUAL_CARE` and `USUAL_CARE_RECORDING` are the defaults of `simulate` and the truth of the shipped
example. The founding cohort (Accurso and Garland, 2015) is not public; its published *patterns*
are built in, and every number not published is a choice. `provenance` in `examples` says which is
which.
"""

from dataclasses import replace

from bayes_alliance.ratings.simulation.covariates import (
    Binary,
    CovariateEffect,
    Numeric,
    SimulatedCovariate,
)
from bayes_alliance.ratings.simulation.items import spread_out
from bayes_alliance.ratings.simulation.leaving import Leaving
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.recording import Recording
from bayes_alliance.ratings.simulation.variation import Variation
from bayes_alliance.ratings.variables import Scale, TimeAxis

CHILD, THERAPIST_OF_CHILD = "child", "therapist_of_child"
CAREGIVER, THERAPIST_OF_CAREGIVER = "caregiver", "therapist_of_caregiver"
INFORMANTS = (CHILD, THERAPIST_OF_CHILD, CAREGIVER, THERAPIST_OF_CAREGIVER)

USUAL_CARE = Population(
    level={CHILD: 41.65, THERAPIST_OF_CHILD: 39.8, CAREGIVER: 42.4, THERAPIST_OF_CAREGIVER: 39.2},
    slope={CHILD: 0.0, THERAPIST_OF_CHILD: -0.89, CAREGIVER: 0.6, THERAPIST_OF_CAREGIVER: 0.1},
    child=Variation(
        sd={
            "child,level": 4.4,
            "therapist_of_child,level": 3.3,
            "caregiver,level": 3.3,
            "therapist_of_caregiver,level": 3.2,
            "child,slope": 0.6,
            "therapist_of_child,slope": 0.6,
            "caregiver,slope": 0.5,
            "therapist_of_caregiver,slope": 0.6,
        },
        cor={
            ("child,level", "therapist_of_child,level"): 0.50,
            ("child,level", "caregiver,level"): 0.50,
            ("child,level", "therapist_of_caregiver,level"): 0.55,
            ("therapist_of_child,level", "caregiver,level"): 0.60,
            ("therapist_of_child,level", "therapist_of_caregiver,level"): 0.55,
            ("caregiver,level", "therapist_of_caregiver,level"): 0.35,
            ("child,slope", "therapist_of_child,slope"): 0.30,
            ("child,slope", "caregiver,slope"): 0.20,
            ("child,slope", "therapist_of_caregiver,slope"): 0.20,
            ("therapist_of_child,slope", "caregiver,slope"): 0.20,
            ("therapist_of_child,slope", "therapist_of_caregiver,slope"): 0.30,
            ("caregiver,slope", "therapist_of_caregiver,slope"): 0.20,
            ("child,level", "child,slope"): -0.20,
            ("therapist_of_child,level", "therapist_of_child,slope"): -0.20,
            ("caregiver,level", "caregiver,slope"): -0.20,
            ("therapist_of_caregiver,level", "therapist_of_caregiver,slope"): -0.20,
        },
    ),
    therapist=Variation(
        sd={
            "child,level": 0.5,
            "therapist_of_child,level": 3.5,
            "caregiver,level": 0.6,
            "therapist_of_caregiver,level": 3.2,
        },
        cor={
            ("child,level", "therapist_of_child,level"): 0.20,
            ("child,level", "caregiver,level"): 0.20,
            ("child,level", "therapist_of_caregiver,level"): 0.20,
            ("therapist_of_child,level", "caregiver,level"): 0.20,
            ("therapist_of_child,level", "therapist_of_caregiver,level"): 0.50,
            ("caregiver,level", "therapist_of_caregiver,level"): 0.20,
        },
    ),
    clinic=Variation(sd={f"{informant},level": 0.4 for informant in INFORMANTS}),
    residual=Variation(
        sd={CHILD: 2.6, THERAPIST_OF_CHILD: 2.2, CAREGIVER: 2.2, THERAPIST_OF_CAREGIVER: 2.2},
        cor={
            ("child", "therapist_of_child"): 0.25,
            ("child", "caregiver"): 0.15,
            ("child", "therapist_of_caregiver"): 0.10,
            ("therapist_of_child", "caregiver"): 0.15,
            ("therapist_of_child", "therapist_of_caregiver"): 0.30,
            ("caregiver", "therapist_of_caregiver"): 0.20,
        },
    ),
    covariates=(
        SimulatedCovariate(name="female", level="child", distribution=Binary(share=0.3)),
        SimulatedCovariate(
            name="age",
            level="child",
            distribution=Numeric(mean=9.0, sd=2.6, lower=4.0, upper=13.0, decimals=0, unit="years"),
        ),
        SimulatedCovariate(name="anxiety", level="child", distribution=Binary(share=0.3)),
        SimulatedCovariate(name="caregiver_female", level="child", distribution=Binary(share=0.85)),
        SimulatedCovariate(name="caregiver_white", level="child", distribution=Binary(share=0.6)),
        SimulatedCovariate(
            name="experience",
            level="therapist",
            distribution=Numeric(mean=5.0, sd=4.0, lower=0.0, upper=25.0, decimals=1, unit="years"),
        ),
    ),
    effects=(
        CovariateEffect(of="female", slope={THERAPIST_OF_CHILD: 0.9}),
        CovariateEffect(of="anxiety", slope={THERAPIST_OF_CHILD: 0.9}),
        CovariateEffect(of="caregiver_female", level={THERAPIST_OF_CAREGIVER: 1.0}),
        CovariateEffect(
            of="caregiver_white",
            level={CAREGIVER: 2.5, THERAPIST_OF_CAREGIVER: 0.8},
            slope={CAREGIVER: -0.6},
        ),
        CovariateEffect(
            of="experience", level={CAREGIVER: -0.3}, slope={THERAPIST_OF_CAREGIVER: 0.05}
        ),
    ),
    scale=Scale.bounded(lower=12.0, upper=48.0),
    time=TimeAxis(origin=4.0, per=4.0, unit="months"),
)
"""True values of the synthetic usual-care population."""

COHORT_IN_TREATMENT = (209, 141, 100, 61)
"""Families of the founding cohort in treatment at 4, 8, 12 and 16 months (published)."""

USUAL_CARE_RECORDING = Recording(
    occasions=(4.0, 8.0, 12.0, 16.0),
    leaving=Leaving(hazards=(0.325, 0.291, 0.390)),
    missing={CHILD: 0.08, THERAPIST_OF_CHILD: 0.04, CAREGIVER: 0.06, THERAPIST_OF_CAREGIVER: 0.05},
    whole_points=True,
    clipped=True,
)
"""How ratings are taken in usual care; hazards of leaving are those of the founding cohort."""

USUAL_CARE_ITEMS = replace(
    USUAL_CARE_RECORDING,
    items=replace(spread_out(INFORMANTS, 12), reverse=("2", "5", "7", "8", "11"), skipped=0.01),
)
"""How the single items of the questionnaire are taken in usual care: twelve, answered 1 to 4."""

USUAL_CARE_SEED = 2973
"""Seed of the usual-care example.

Chosen, not published: in one data set of 209 families a weak pattern can vanish by chance, so the
seed is one with which every published pattern is visible to simple descriptive checks.
"""
