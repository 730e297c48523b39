"""Simulated ratings with known truth.

`simulate` draws families, therapists and clinics from a `Population`, lets their alliance grow,
has every informant rate it as a `Recording` says, and returns the ratings together with the
`Truth`. It uses NumPy only and shares no code with the models, so that recovering the truth is
evidence. The model is that of the package: theta_i = Gamma x_i + w_c + v_j + u_i,
y_it = phi(s_it)' theta_i + e_it, with level and slope.

Every part draws from its own stream of random numbers, named after what it draws. One seed with
another leaving process, more occasions, other covariate effects or informants in another order
therefore gives the same families, and conditions are compared without noise between them.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.ratings import Ratings
from bayes_alliance.ratings.simulation.covariates import (
    Binary,
    Categorical,
    Numeric,
    SimulatedCovariate,
)
from bayes_alliance.ratings.simulation.file import (
    IDENTIFIERS,
    IN_TREATMENT,
    rating_column,
    study_of,
    wide_frame,
)
from bayes_alliance.ratings.simulation.leaving import in_treatment
from bayes_alliance.ratings.simulation.nesting import Nesting, nest, stream
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.rated import rated, square_root
from bayes_alliance.ratings.simulation.recording import Recording
from bayes_alliance.ratings.simulation.truth import Truth
from bayes_alliance.ratings.simulation.usual_care import USUAL_CARE, USUAL_CARE_RECORDING
from bayes_alliance.ratings.simulation.variation import Variation


def simulate(
    population: Population = USUAL_CARE,
    *,
    families: int = 209,
    therapists: int | None = None,
    clinics: int | None = None,
    recording: Recording = USUAL_CARE_RECORDING,
    seed: int,
) -> tuple[Ratings, Truth]:
    """Simulate ratings and return them with their truth.

    Parameters
    ----------
    population : Population
        True values. Default: the synthetic usual-care population of the shipped example.
    families : int
        Number of families, with one child each.
    therapists : int, optional
        Each has at least one child, the others are spread unevenly. 0: no therapists. Default:
        85 for every 209 families.
    clinics : int, optional
        Each has at least one therapist (or child, without therapists). 0: no clinics. Default:
        6 for every 85 therapists.
    recording : Recording
        Occasions, leaving, missing ratings, rounding. Default: that of usual care. `Recording()`
        distorts nothing.
    seed : int
        The same seed gives the same ratings.

    Returns
    -------
    ratings : Ratings
        Marked synthetic.
    truth : Truth

    Raises
    ------
    InputError
        With every problem found.

    Examples
    --------
    >>> ratings, truth = simulate(families=40, therapists=10, seed=1)
    >>> ratings.synthetic, len(ratings.children)
    (True, 40)
    """
    if therapists is None:
        therapists = max(1, round(families * 85 / 209))
    if clinics is None:
        clinics = max(1, round(therapists * 6 / 85)) if therapists else 0
    found = _problems(population, recording, counts=(families, therapists, clinics), seed=seed)
    if found:
        raise InputError(found, "simulate")
    nesting = nest(families, therapists, clinics, seed=seed)
    child = _effects(population, "child", len(nesting.children), seed=seed)
    therapist = _effects(population, "therapist", len(nesting.therapists), seed=seed)
    clinic = _effects(population, "clinic", len(nesting.clinics), seed=seed)
    covariates = {
        covariate.name: _values(covariate, nesting, seed=seed)
        for covariate in population.covariates
    }
    x = _contrasts(population, covariates)
    growth = population.coefficients() + x @ population.contrast_effects() + child
    if therapists:
        growth += therapist[nesting.therapist_index]
    if clinics:
        growth += clinic[nesting.clinic_index]
    alliance, rating, answered = rated(growth, population, recording, seed=seed)
    here = _stay(alliance, rating, population, recording, seed=seed)
    answered = np.where(here[:, :, None, None], answered, np.nan)
    seen = {k: answered[:, :, i] for i, k in enumerate(population.informants)}
    frame = wide_frame(seen, here, covariates, nesting=nesting, recording=recording)
    title = f"SYNTHETIC ratings of {families} families, seed {seed}"
    study = study_of(population, recording, nesting=nesting, title=title)
    truth = Truth(
        population=population,
        recording=recording,
        seed=seed,
        child_effect=_labelled(child, nesting.children, population, level="child"),
        therapist_effect=_labelled(therapist, nesting.therapists, population, level="therapist"),
        clinic_effect=_labelled(clinic, nesting.clinics, population, level="clinic"),
        growth=_labelled(growth, nesting.children, population, level="child"),
    )
    return Ratings.from_wide(frame, study=study), truth


def _effects(
    population: Population,
    level: Literal["child", "therapist", "clinic"],
    n_units: int,
    *,
    seed: int,
) -> NDArray[np.float64]:
    """Effects of children, therapists or clinics, shape (n_units, n_terms)."""
    variation: Variation = getattr(population, level)
    terms = population.terms
    noise = [stream(seed, f"{level} effect", term).standard_normal(n_units) for term in terms]
    return np.column_stack(noise) @ square_root(variation.cov(terms))


def _values(
    covariate: SimulatedCovariate, nesting: Nesting, *, seed: int
) -> NDArray[np.float64] | NDArray[np.str_]:
    """Value of the covariate for every child, shape (n_children,)."""
    rng = stream(seed, "covariate", covariate.name)
    match covariate.level:
        case "child":
            n_units, index = len(nesting.children), np.arange(len(nesting.children))
        case "therapist":
            n_units, index = len(nesting.therapists), nesting.therapist_index
        case "clinic":
            n_units, index = len(nesting.clinics), nesting.clinic_index
    match covariate.distribution:
        case Numeric(mean=mean, sd=sd, lower=lower, upper=upper, decimals=decimals):
            drawn = np.clip(mean + sd * rng.standard_normal(n_units), lower, upper)
            return np.round(drawn, decimals)[index]
        case Binary(share=share):
            return (rng.random(n_units) < share).astype(np.float64)[index]
        case Categorical(shares=shares):
            ends = np.cumsum(list(shares.values()))[:-1]
            return np.array(list(shares))[np.searchsorted(ends, rng.random(n_units))][index]


def _contrasts(
    population: Population, covariates: dict[str, NDArray[np.float64] | NDArray[np.str_]]
) -> NDArray[np.float64]:
    """Covariates coded as the effects mean them, shape (n_children, n_contrasts)."""
    columns: list[NDArray[np.float64]] = []
    for covariate in population.covariates:
        values = covariates[covariate.name]
        match covariate.distribution:
            case Numeric():
                numbers = values.astype(np.float64)
                columns.append(numbers - numbers.mean())
            case Binary():
                columns.append(values.astype(np.float64))
            case Categorical(shares=shares):
                columns += [(values == category) * 1.0 for category in list(shares)[1:]]
    return np.column_stack(columns) if columns else np.zeros((1, 0))


def _stay(
    alliance: NDArray[np.float64],
    rating: NDArray[np.float64],
    population: Population,
    recording: Recording,
    *,
    seed: int,
) -> NDArray[np.bool_]:
    """Who is in treatment when, shape (n_children, n_occasions)."""
    leaving = recording.leaving
    seen = alliance if leaving.follows == "alliance" else rating
    present = ~np.isnan(seen)
    mean = np.nansum(seen, axis=0) / np.maximum(present.sum(axis=0), 1)
    around_mean = np.where(present, seen - mean, 0.0)
    log_odds = np.array([leaving.log_odds.get(k, 0.0) for k in population.informants])
    return in_treatment(leaving, pull=around_mean @ log_odds, rng=stream(seed, "leaving"))


def _labelled(
    values: NDArray[np.float64], labels: Sequence[str], population: Population, *, level: str
) -> pd.DataFrame:
    index = pd.Index(labels, name=level, dtype=str)
    return pd.DataFrame(values, index=index, columns=list(population.terms))


def _problems(
    population: Population, recording: Recording, *, counts: tuple[int, int, int], seed: int
) -> list[Problem]:
    families, therapists, clinics = counts
    found: list[Problem] = []
    limits = {
        "families": (families, 1, np.inf, "at least 1"),
        "therapists": (therapists, 0, families, "at least 0 and no more than families"),
        "clinics": (clinics, 0, therapists or families, "at least 0 and no more than therapists"),
        "seed": (seed, 0, np.inf, "at least 0"),
    }
    for where, (value, lowest, highest, message) in limits.items():
        if not lowest <= value <= highest:
            found.append(Problem(where=where, value=value, message=message))
    for level, count in (("therapist", therapists), ("clinic", clinics)):
        if count:
            continue
        if any(sd > 0 for sd in getattr(population, level).sd.values()):
            message = f"the population has {level} effects; 0 {level}s cannot carry them"
            found.append(Problem(where=f"{level}s", value=count, message=message))
        for covariate in population.covariates:
            if covariate.level == level:
                message = f"the population has the {level} covariate {covariate.name!r}"
                found.append(Problem(where=f"{level}s", value=count, message=message))
    ratings = (rating_column(informant) for informant in population.informants)
    taken = {*IDENTIFIERS, IN_TREATMENT, *ratings}
    for covariate in population.covariates:
        if covariate.name in taken:
            message = "this name is taken by another column of the ratings file"
            found.append(Problem(where="covariates", value=covariate.name, message=message))
    if recording.items is not None:
        found += _scales_of_totals(population, recording.items.items)
    return found + recording.problems(population.informants, families=families)


def _scales_of_totals(population: Population, items: Items) -> list[Problem]:
    """Scales that are not those of the total of the items."""
    ends = len(items.names) * items.lower, len(items.names) * items.upper
    message = f"must be that of the total of the items, {ends[0]} to {ends[1]}"
    return [
        Problem(where=f"scale[{k}]", value=str(scale), message=message)
        for k, scale in population.scales.items()
        if (scale.lower, scale.upper) != ends
    ]
