"""Where a specification and ratings meet: labelled arrays, and nothing else.

`design` turns a `ModelSpec` and `Ratings` into a `Design`: growth basis, coded covariates, who is
nested in whom, and which ratings exist. Both engines read only this value (and the priors), so a
result cannot differ between them because of data handling. Everything that cannot work for this
pair (a covariate that is not there, therapist effects without therapists) is reported at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.design import covariates as coding
from bayes_alliance.design.contradictions import contradictions
from bayes_alliance.design.trajectory import basis
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Effects, ModelSpec

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Level:
    """One nesting level above the child.

    Parameters
    ----------
    name : {"therapist", "clinic"}
    labels : tuple of str
        The units at this level.
    parent : array of int, shape (n_units_below,)
        For each unit of the level below (children for the lowest level), its unit here.
    terms : array of int, shape (n_terms,)
        Positions, in the design's ``terms``, of the coefficients that vary at this level.
    structure : {"independent", "correlated", "common_factor"}
    """

    name: Literal["therapist", "clinic"]
    labels: tuple[str, ...]
    parent: Integers
    terms: Integers
    structure: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Labelled arrays of one model for one set of ratings.

    The growth coefficients of child `i` are `theta_i[c, k]`, coefficient `c`, informant `k`:

    ``theta_i[c, k] = gamma[c, k] + sum_p x[i, p] on[p, c] beta[p, c, k] + effects`` and
    ``y[r, k] = sum_c basis[r, c] theta_i[c, k] + sum_p z[r, p] delta[p, k] + residual``.

    Parameters
    ----------
    informants : tuple of str, length K
    coefficients : tuple of str, length T
        Growth coefficients, ``("level", "slope")``.
    terms : tuple of str, length q = T K
        ``"child,level"``, coefficient-major: position ``c * K + k``.
    children : tuple of str
    child_terms : array of int
        Positions of the terms that vary between children; empty if child effects are off.
    child_structure : str
        ``"independent"``, ``"correlated"`` or ``"common_factor"``.
    levels : tuple of Level
        Active levels above the child, bottom up.
    occasion_child : array of int, shape (R,)
        Child of each occasion, never decreasing.
    occasion_time : array, shape (R,)
        Time of each occasion in units of the time column.
    basis : array, shape (R, T)
        Growth basis `phi` at the scaled time.
    y : array, shape (R, K)
        Ratings in points; 0 where there is none.
    present : array of bool, shape (R, K)
        Whether the rating exists; at least one in every row.
    floor, ceiling : array of bool, shape (R, K)
        Whether the rating says "this much or less", "this much or more": it lies at the end of its
        scale and the likelihood is censored. Nowhere for other likelihoods.
    x : array, shape (n_children, P)
        Coded covariates of children, their therapists and clinics.
    covariates : tuple of str, length P
        Labels of the columns of ``x``.
    covariate_on : array of bool, shape (P, T)
        Which coefficients a column acts on.
    covariate_sd, covariate_centre : array, shape (P,)
        Standard deviation (1 for a contrast) and mean (0 for a contrast) of the uncoded column.
    z : array, shape (R, Q)
        Coded covariates that vary over occasions.
    occasion_covariates : tuple of str, length Q
    occasion_covariate_sd, occasion_covariate_centre : array, shape (Q,)
    center, spread : array, shape (K,)
        Midpoint and half range of each informant's scale: the unit of the priors.
    """

    informants: tuple[str, ...]
    coefficients: tuple[str, ...]
    terms: tuple[str, ...]
    children: tuple[str, ...]
    child_terms: Integers
    child_structure: str
    levels: tuple[Level, ...]
    occasion_child: Integers
    occasion_time: Floats
    basis: Floats
    y: Floats
    present: NDArray[np.bool_]
    floor: NDArray[np.bool_]
    ceiling: NDArray[np.bool_]
    x: Floats
    covariates: tuple[str, ...]
    covariate_on: NDArray[np.bool_]
    covariate_sd: Floats
    covariate_centre: Floats
    z: Floats
    occasion_covariates: tuple[str, ...]
    occasion_covariate_sd: Floats
    occasion_covariate_centre: Floats
    center: Floats
    spread: Floats

    @property
    def n_ratings(self) -> int:
        """Number of ratings that enter the likelihood."""
        return int(self.present.sum())

    @property
    def censored(self) -> tuple[Integers, Integers, Floats]:
        """Row, informant and direction (1 beyond the ceiling, -1 below the floor) of each."""
        row, informant = np.nonzero(self.floor | self.ceiling)
        return row, informant, np.where(self.ceiling[row, informant], 1.0, -1.0)

    @property
    def factor_of_term(self) -> Integers:
        """Number of the coefficient each of ``terms`` belongs to: who shares a common factor."""
        return np.arange(len(self.terms), dtype=np.int64) // len(self.informants)

    def term_sets(self) -> dict[str, tuple[Integers, str]]:
        """Terms that vary at each active level and their structure, child first.

        Returns
        -------
        dict
            Level name to (positions in ``terms``, structure).
        """
        sets: dict[str, tuple[Integers, str]] = {}
        if len(self.child_terms):
            sets["child"] = (self.child_terms, self.child_structure)
        for level in self.levels:
            sets[level.name] = (level.terms, level.structure)
        return sets

    def coefficient_scale(self, coefficient: str) -> tuple[Floats, Floats]:
        """Location and scale that turn a prior in units of the scale into rating points.

        Parameters
        ----------
        coefficient : str
            A growth coefficient.

        Returns
        -------
        shift, factor : array, shape (K,)
            The scale's midpoint for the level, 0 for the others; the half range.
        """
        shift = self.center if coefficient == "level" else np.zeros_like(self.center)
        return shift, self.spread


def term_positions(
    terms: Sequence[str], *, coefficients: Sequence[str], n_informants: int
) -> Integers:
    """Positions, among all informant by coefficient terms, of the named coefficients.

    Parameters
    ----------
    terms : sequence of str
        Coefficients that vary, ``("level",)``.
    coefficients : sequence of str
        All growth coefficients of the model.
    n_informants : int

    Returns
    -------
    array of int, shape (len(terms) * n_informants,)
        Ascending.
    """
    positions = [
        np.arange(n_informants) + index * n_informants
        for index, coefficient in enumerate(coefficients)
        if coefficient in terms
    ]
    return np.concatenate(positions).astype(np.int64) if positions else np.zeros(0, dtype=np.int64)


def design(spec: ModelSpec, ratings: Ratings) -> Design:
    """Labelled arrays of a specification for a set of ratings.

    Parameters
    ----------
    spec : ModelSpec
    ratings : Ratings

    Returns
    -------
    Design

    Raises
    ------
    InputError
        With every reason why this specification cannot be fitted to these ratings.
    """
    found = contradictions(spec, ratings)
    if found:
        raise InputError(found, f"model '{spec.name}' with these ratings")
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
    acts_on = {term.name: term.on for term in spec.covariates}
    on = np.array(
        [[c in acts_on[name] for c in coefficients] for name in child_columns.covariates],
        dtype=bool,
    ).reshape(len(child_columns.labels), len(coefficients))

    child = spec.child
    floor, ceiling = _ends(spec, ratings, values)
    return Design(
        informants=informants,
        coefficients=coefficients,
        terms=tuple(f"{informant},{c}" for c in coefficients for informant in informants),
        children=tuple(ratings.children.index),
        child_terms=term_positions(
            child.terms if child else (), coefficients=coefficients, n_informants=n_informants
        ),
        child_structure=child.structure if child else "independent",
        levels=_levels(spec, ratings),
        occasion_child=occasion_child,
        occasion_time=times,
        basis=basis(spec.trajectory, times, axis=ratings.time),
        y=np.where(present, values, 0.0),
        present=present,
        floor=floor,
        ceiling=ceiling,
        x=child_columns.values,
        covariates=child_columns.labels,
        covariate_on=on,
        covariate_sd=child_columns.sd,
        covariate_centre=child_columns.centre,
        z=occasion_columns.values,
        occasion_covariates=occasion_columns.labels,
        occasion_covariate_sd=occasion_columns.sd,
        occasion_covariate_centre=occasion_columns.centre,
        center=np.array([ratings.scales[k].center for k in informants], dtype=np.float64),
        spread=np.array([ratings.scales[k].spread for k in informants], dtype=np.float64),
    )


def _wide(ratings: Ratings) -> pd.DataFrame:
    """Ratings by (child, time) and informant, in the order of ``ratings.observed``."""
    observed = ratings.observed
    order = pd.MultiIndex.from_frame(observed[["child", "time"]].drop_duplicates())
    wide = observed.pivot_table(index=["child", "time"], columns="informant", values="rating")
    return wide.reindex(index=order, columns=list(ratings.informants))


def _ends(
    spec: ModelSpec, ratings: Ratings, values: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Ratings at the lower and at the upper end of their scale, if these are censored."""
    if spec.likelihood.family != "censored_normal":
        return np.zeros(values.shape, dtype=bool), np.zeros(values.shape, dtype=bool)
    scales = [ratings.scales[k] for k in ratings.informants]
    lower = np.array([scale.lower for scale in scales], dtype=np.float64)
    upper = np.array([scale.upper for scale in scales], dtype=np.float64)
    return values <= lower, values >= upper


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
            terms=term_positions(
                effects.terms, coefficients=coefficients, n_informants=n_informants
            ),
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
