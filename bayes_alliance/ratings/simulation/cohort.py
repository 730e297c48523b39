"""Simulated ratings with known truth.

`simulate` draws families, therapists and clinics from a `Population`, lets their alliance grow,
has every informant rate it as a `Recording` says, and returns the ratings together with the
`Truth`. Ratings go through the same door as real ones, a wide file and its study file. Of the
models it shares the arithmetic of covariances only, so that recovering the truth is evidence. The
model is that of the package: theta_i = Gamma x_i + w_c + v_j + u_i, y_it = phi(s_it)' theta_i +
e_it, with level and slope.

Every part draws from its own stream of random numbers, named after what it draws. One seed with
another leaving process, more occasions, other covariate effects or informants in another order
therefore gives the same families, and conditions are compared without noise between them.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.levels import LEVELS, LevelName
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.ratings import Ratings
from bayes_alliance.ratings.simulation.covariates import Values
from bayes_alliance.ratings.simulation.draws import (
    Nesting,
    coded,
    covariate_values,
    effects_of,
    nest,
    stream,
)
from bayes_alliance.ratings.simulation.leaving import in_treatment
from bayes_alliance.ratings.simulation.population import Population
from bayes_alliance.ratings.simulation.recording import Recording, rate
from bayes_alliance.ratings.simulation.truth import Truth
from bayes_alliance.ratings.simulation.usual_care import USUAL_CARE, USUAL_CARE_RECORDING
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.scales import ScaleTable
from bayes_alliance.ratings.study.tables import (
    IN_TREATMENT,
    ItemsTable,
    informant_columns,
    item_columns,
    rating_column,
)
from bayes_alliance.ratings.variables import Scale


@checked_arguments
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
        With every problem.

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
    problems = _problems(population, recording, counts=(families, therapists, clinics), seed=seed)
    if problems:
        raise InputError(problems, "simulate")
    nesting = nest(families, therapists, clinics, seed=seed)
    effects = {level: effects_of(level, population, nesting, seed=seed) for level in LEVELS}
    covariates = covariate_values(population, nesting, seed=seed)
    fixed = _fixed(population, covariates)
    growth = _growth(fixed, nesting, effects)
    alliance, rating, recorded = rate(growth, population, recording, seed=seed)
    slopes = growth[:, len(population.informants) :]
    here = _stay(alliance, rating, slopes, population, recording, seed=seed)
    # Everybody is rated at all occasions first: who leaves must not change the numbers drawn for
    # others.
    recorded = np.where(here[:, :, None, None], recorded, np.nan)
    frame = _frame(recorded, here, covariates, nesting, population, recording)
    title = f"SYNTHETIC ratings of {families} families, seed {seed}"
    study = _study(population, recording, nesting, title=title)
    truth = Truth(
        population=population,
        recording=recording,
        seed=seed,
        average=fixed.mean(axis=0),
        child_effect=_labelled(effects["child"], "child", nesting, population),
        therapist_effect=_labelled(effects["therapist"], "therapist", nesting, population),
        clinic_effect=_labelled(effects["clinic"], "clinic", nesting, population),
        growth=_labelled(growth, "child", nesting, population),
    )
    return Ratings.from_wide(frame, study=study), truth


def _fixed(population: Population, covariates: Mapping[str, Values]) -> Floats:
    """Growth coefficients that the covariates of every child let expect, (n_children, n_terms)."""
    return population.coefficients() + coded(population, covariates) @ population.contrast_effects()


def _growth(growth: Floats, nesting: Nesting, effects: Mapping[LevelName, Floats]) -> Floats:
    """Growth coefficients of every child with all effects, shape (n_children, n_terms)."""
    for level in LEVELS:
        if nesting.labels[level]:
            growth = growth + effects[level][nesting.index[level]]
    return growth


def _labelled(
    values: Floats, level: LevelName, nesting: Nesting, population: Population
) -> pd.DataFrame:
    """Coefficients by unit of a level, a column per term."""
    index = pd.Index(nesting.labels[level], name=level, dtype=str)
    return pd.DataFrame(values, index=index, columns=list(population.terms))


def _stay(
    alliance: Floats,
    rating: Floats,
    slopes: Floats,
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
    # An absent rating counts as the average one.
    around_mean = np.where(present, seen - mean, 0.0)
    per_point, per_slope = (
        np.array([of.get(k, 0.0) for k in population.informants])
        for of in (leaving.probits or leaving.log_odds, leaving.slope_probits)
    )
    pull = around_mean @ per_point + ((slopes - slopes.mean(axis=0)) @ per_slope)[:, None]
    return in_treatment(leaving, pull=pull, rng=stream(seed, "leaving"))


def _frame(
    recorded: Floats,
    here: NDArray[np.bool_],
    covariates: Mapping[str, Values],
    nesting: Nesting,
    population: Population,
    recording: Recording,
) -> pd.DataFrame:
    """Lay simulated ratings out as a wide ratings file, a row per child and occasion."""
    n_children, n_occasions = here.shape
    child = np.repeat(np.arange(n_children), n_occasions)
    columns: dict[str, object] = {
        level: np.array(nesting.labels[level])[nesting.index[level][child]]
        for level in LEVELS
        if nesting.labels[level]
    }
    columns["time"] = np.tile(np.array(recording.occasions, dtype=np.float64), n_children)
    items = None if recording.items is None else recording.items.items
    for position, informant in enumerate(population.informants):
        names = [rating_column(informant)] if items is None else item_columns(informant, items)
        values = recorded[:, :, position]
        columns |= {name: values[:, :, at].ravel() for at, name in enumerate(names)}
    columns[IN_TREATMENT] = here.ravel().astype(np.int64)
    return pd.DataFrame(columns | {name: values[child] for name, values in covariates.items()})


def _study(population: Population, recording: Recording, nesting: Nesting, *, title: str) -> Study:
    """Make the study file that describes `_frame`, marked synthetic."""
    time, items = population.time, None if recording.items is None else recording.items.items
    bounded = recording.clipped or items is not None
    scales = {
        k: ScaleTable.of(scale if bounded else scale.without_ends())
        for k, scale in population.scales.items()
    }
    common = isinstance(population.scale, Scale)
    units = [level for level in LEVELS if nesting.labels[level]]
    return Study.from_dict(
        {
            "title": title,
            "synthetic": True,
            "layout": "wide",
            "columns": {key: key for key in (*units, "time")},
            "informants": informant_columns(population.informants, items),
            **({} if items is None else {"items": ItemsTable.of(items)}),
            "scale": scales[population.informants[0]] if common else scales,
            "time": {
                "origin": time.origin,
                "per": time.per,
                "unit": time.unit,
                "occasions": [float(at) for at in recording.occasions],
            },
            "treatment": {"in_treatment": IN_TREATMENT},
            "covariates": {
                level: [c.name for c in population.covariates if c.level == level]
                for level in LEVELS
            },
            "covariate": {c.name: c.distribution.table for c in population.covariates},
        },
        title="simulated study",
    )


def _problems(
    population: Population, recording: Recording, *, counts: tuple[int, int, int], seed: int
) -> list[Problem]:
    families, therapists, clinics = counts
    problems: list[Problem] = []
    limits = {
        "families": (families, 1, 10**6, "from 1 to 1,000,000"),
        "therapists": (therapists, 0, families, "at least 0 and no more than families"),
        "clinics": (clinics, 0, therapists or families, "at least 0 and no more than therapists"),
        "seed": (seed, 0, 2**63 - 1, "at least 0, and of 63 bits"),
    }
    for where, (value, lowest, highest, message) in limits.items():
        if not lowest <= value <= highest:
            problems.append(Problem(where=where, value=value, message=message))
    present: dict[LevelName, int] = {"therapist": therapists, "clinic": clinics}
    for level, count in present.items():
        if count:
            continue
        if any(sd > 0 for sd in population.variation_of(level).sd.values()):
            message = f"the population has {level} effects; 0 {level}s cannot carry them"
            problems.append(Problem(where=f"{level}s", value=count, message=message))
        for covariate in population.covariates:
            if covariate.level == level:
                message = f"the population has the {level} covariate {covariate.name!r}"
                problems.append(Problem(where=f"{level}s", value=count, message=message))
    ratings = (rating_column(informant) for informant in population.informants)
    taken = {*LEVELS, "time", IN_TREATMENT, *ratings}
    for covariate in population.covariates:
        if covariate.name in taken:
            message = "this name is taken by another column of the ratings file"
            problems.append(Problem(where="covariates", value=covariate.name, message=message))
    if recording.items is not None:
        problems += _scales_of_totals(population, recording.items.items)
    return problems + recording.problems(population.informants, families=families)


def _scales_of_totals(population: Population, items: Items) -> list[Problem]:
    """Scales that are not those of the total of the items."""
    ends = len(items.names) * items.lower, len(items.names) * items.upper
    message = f"must be that of the total of the items, {ends[0]} to {ends[1]}"
    return [
        Problem(where=f"scale[{k}]", value=str(scale), message=message)
        for k, scale in population.scales.items()
        if (scale.lower, scale.upper) != ends
    ]
