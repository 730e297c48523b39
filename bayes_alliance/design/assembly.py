"""The arrays of a specification for a set of ratings, put together.

`design` turns a `ModelSpec` and `Ratings` into a `Design`. Everything that cannot work for this
pair (a covariate that is not there, therapist effects without therapists) is reported at once.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.design import coding, residual
from bayes_alliance.design.arrays import NO_POINTS, Design, Level
from bayes_alliance.design.contradictions import contradictions
from bayes_alliance.design.informants import modelled
from bayes_alliance.design.item_responses import item_responses, with_all_answered
from bayes_alliance.design.latent_means import latent_means
from bayes_alliance.design.leaving import at_risk
from bayes_alliance.design.missing import incomplete
from bayes_alliance.design.trajectory import basis
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Effects, ModelSpec
from bayes_alliance.specification.structures import SIMPLEST

type Floats = NDArray[np.float64]


def design(spec: ModelSpec, ratings: Ratings) -> Design:
    """Labelled arrays of a specification for a set of ratings.

    Raises
    ------
    InputError
        With every reason why this specification cannot be fitted to these ratings.
    """
    if problems := contradictions(spec, ratings):
        raise InputError(problems, f"model '{spec.name}' with these ratings")
    ratings = with_all_answered(spec, modelled(spec, ratings))
    informants = ratings.informants
    coefficients = spec.trajectory.coefficients
    n_informants = len(informants)

    wide = _wide(ratings)
    times = wide.index.get_level_values("time").to_numpy(dtype=np.float64)
    code_of = {child: code for code, child in enumerate(ratings.children.index)}
    occasion_child = wide.index.get_level_values("child").map(code_of).to_numpy(dtype=np.int64)
    values = wide.to_numpy(dtype=np.float64)
    present = ~np.isnan(values)

    child_columns = coding.child_columns(spec, ratings)
    occasion_columns = coding.occasion_columns(spec, ratings)
    on = [[c in column.on for c in coefficients] for column in child_columns]
    scattering = residual.columns(
        spec, child_columns, occasion_columns, occasion_child=occasion_child
    )

    child = spec.child
    bounds = np.array([ratings.scales[k].bounds for k in informants], dtype=np.float64).T
    # Nothing lies beyond a bound if a likelihood knows none.
    beyond = bounds if spec.family.censors else np.array([[-np.inf], [np.inf]])
    spread = np.array([ratings.scales[k].spread for k in informants], dtype=np.float64)
    return Design(
        informants=informants,
        coefficients=coefficients,
        terms=tuple(f"{informant},{c}" for c in coefficients for informant in informants),
        children=tuple(ratings.children.index),
        child_terms=_positions(child, coefficients, n_informants),
        child_structure=child.structure if child else SIMPLEST.name,
        levels=_levels(spec, ratings),
        occasion_child=occasion_child,
        occasion_time=times,
        basis=basis(spec.trajectory, times, axis=ratings.time),
        y=np.where(present, np.clip(values, *beyond), 0.0),
        present=present,
        floor=values <= beyond[0],
        ceiling=values >= beyond[1],
        bounds=bounds,
        x=coding.stacked(child_columns, len(ratings.children)),
        covariates=tuple(column.label for column in child_columns),
        covariate_on=np.array(on, dtype=bool).reshape(len(child_columns), len(coefficients)),
        covariate_sd=np.array([column.sd for column in child_columns], dtype=np.float64),
        covariate_centre=np.array([column.centre for column in child_columns], dtype=np.float64),
        z=coding.stacked(occasion_columns, len(values)),
        occasion_covariates=tuple(column.label for column in occasion_columns),
        occasion_covariate_sd=np.array([c.sd for c in occasion_columns], dtype=np.float64),
        occasion_covariate_centre=np.array([c.centre for c in occasion_columns], dtype=np.float64),
        center=np.array([ratings.scales[k].center for k in informants], dtype=np.float64),
        spread=spread,
        shared_effects=frozenset(
            c.label for c in child_columns + occasion_columns if c.term.shared_effects
        ),
        products=tuple((p, *c.product) for p, c in enumerate(child_columns) if c.product),
        incomplete=incomplete(spec, ratings, child_columns),
        scaled_time=np.array([ratings.time.scaled(time) for time in times], dtype=np.float64),
        residual_covariates=tuple(column.label for column in scattering),
        residual_x=coding.stacked(scattering, len(values)),
        residual_x_sd=np.array([column.sd for column in scattering], dtype=np.float64),
        latent_means=latent_means(spec, ratings, child_columns, occasion_columns),
        items=item_responses(spec, ratings, wide.index),
        points=np.round(2.0 * spread).astype(np.int64) if spec.family.whole_points else NO_POINTS,
        leaving=at_risk(spec, ratings, wide.index, child_columns),
    )


def _wide(ratings: Ratings) -> pd.DataFrame:
    """Ratings by (child, time) and informant, in the order of ``ratings.observed``."""
    given = ratings.long[ratings.long["status"] == "rated"]
    child, time = given["child"].array, given["time"].to_numpy()
    codes, times = pd.factorize(time)
    row, _ = pd.factorize(pd.factorize(child)[0] * len(times) + codes)
    first = np.unique(row, return_index=True)[1]
    values = np.full((len(first), len(ratings.informants)), np.nan)
    column = pd.Index(ratings.informants).get_indexer(pd.Index(given["informant"]))
    values[row, column] = given["rating"].to_numpy(dtype=np.float64)
    index = pd.MultiIndex.from_arrays([child.take(first), time[first]], names=["child", "time"])
    return pd.DataFrame(values, index=index, columns=list(ratings.informants))


def _positions(
    effects: Effects | None, coefficients: tuple[str, ...], n_informants: int
) -> NDArray[np.int64]:
    """Positions, among all informant by coefficient terms, of what varies, ascending."""
    varies = [effects is not None and coefficient in effects.terms for coefficient in coefficients]
    return np.flatnonzero(np.repeat(varies, n_informants))


def _levels(spec: ModelSpec, ratings: Ratings) -> tuple[Level, ...]:
    """Active levels above the child, bottom up, each knowing its units' parents."""
    coefficients = spec.trajectory.coefficients
    n_informants = len(ratings.informants)

    def level(name: Literal["therapist", "clinic"], effects: Effects, of_below: pd.Series) -> Level:
        labels = tuple(dict.fromkeys(of_below))
        code_of = {label: code for code, label in enumerate(labels)}
        return Level(
            name=name,
            labels=labels,
            parent=of_below.map(code_of).to_numpy(dtype=np.int64),
            terms=_positions(effects, coefficients, n_informants),
            structure=effects.structure,
        )

    levels: list[Level] = []
    if spec.therapist is not None:
        levels.append(level("therapist", spec.therapist, ratings.children["therapist"]))
    if spec.clinic is not None:
        below = (
            ratings.therapists["clinic"].reindex(list(levels[0].labels))
            if levels
            else ratings.children["clinic"]
        )
        levels.append(level("clinic", spec.clinic, below))
    return tuple(levels)
