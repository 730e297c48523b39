"""Simulated ratings with known truth: populations, how ratings are taken, shipped examples."""

from bayes_alliance.ratings.simulation.cohort import simulate
from bayes_alliance.ratings.simulation.covariates import (
    Binary,
    Categorical,
    CovariateEffect,
    Numeric,
    SimulatedCovariate,
)
from bayes_alliance.ratings.simulation.examples import load_example, provenance
from bayes_alliance.ratings.simulation.items import SimulatedItems, spread_out
from bayes_alliance.ratings.simulation.leaving import Leaving, in_treatment
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.recording import Recording
from bayes_alliance.ratings.simulation.truth import Truth
from bayes_alliance.ratings.simulation.usual_care import (
    INFORMANTS,
    USUAL_CARE,
    USUAL_CARE_ITEMS,
    USUAL_CARE_RECORDING,
)
from bayes_alliance.ratings.simulation.variation import Variation

__all__ = [
    "INFORMANTS",
    "USUAL_CARE",
    "USUAL_CARE_ITEMS",
    "USUAL_CARE_RECORDING",
    "Binary",
    "Categorical",
    "CovariateEffect",
    "Leaving",
    "Numeric",
    "Population",
    "Recording",
    "SimulatedCovariate",
    "SimulatedItems",
    "Truth",
    "Variation",
    "in_treatment",
    "load_example",
    "provenance",
    "simulate",
    "spread_out",
]
