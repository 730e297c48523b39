"""The reference cohort of all benchmarks.

209 families, 85 therapists, 4 informants, 4 occasions, leaving as in the founding study
(209/141/100/61 in treatment), 10 % of ratings missing at random per informant: normal ratings
without ceiling, so that every peer fits the model the data come from.
"""

from dataclasses import replace
from itertools import pairwise

from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import USUAL_CARE, Leaving, Recording, simulate
from bayes_alliance.specification import LKJ, ModelSpec, load_model

IN_TREATMENT = (209, 141, 100, 61)


def comparable_model() -> ModelSpec:
    """Return `informant_growth` with one LKJ(2) prior per matrix, which every peer can state.

    Returns
    -------
    ModelSpec
    """
    spec = load_model("informant_growth")
    whole = LKJ(eta=2.0, reason="judgement: the usual choice, for comparison")
    return replace(
        spec,
        priors={name: whole if isinstance(p, LKJ) else p for name, p in spec.priors.items()},
    )


def reference_cohort(*, seed: int = 1, missing: float = 0.1) -> Ratings:
    """Ratings of the reference cohort.

    Parameters
    ----------
    seed : int
    missing : float
        Share of ratings in treatment that are missing.

    Returns
    -------
    Ratings
    """
    population = replace(USUAL_CARE, covariates=(), effects=())
    recording = Recording(
        leaving=Leaving(counts=IN_TREATMENT),
        missing=dict.fromkeys(population.informants, missing),
    )
    ratings, _ = simulate(
        population, families=209, therapists=85, clinics=6, recording=recording, seed=seed
    )
    return ratings


def large_cohort(n_children: int, *, seed: int = 1) -> Ratings:
    """A cohort of any size with the reference's children per therapist, leaving and missing.

    Parameters
    ----------
    n_children : int
    seed : int

    Returns
    -------
    Ratings
    """
    population = replace(USUAL_CARE, covariates=(), effects=())
    hazards = tuple(1 - after / before for before, after in pairwise(IN_TREATMENT))
    recording = Recording(
        leaving=Leaving(hazards=hazards), missing=dict.fromkeys(population.informants, 0.1)
    )
    ratings, _ = simulate(population, families=n_children, recording=recording, seed=seed)
    return ratings
