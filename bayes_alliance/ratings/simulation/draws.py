"""What is drawn for simulated families: who is seen by whom, effects, covariates.

Every part draws from its own stream of random numbers, named after what it draws, so that a change
in one part leaves all the others as they are.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.covariance import symmetric_root
from bayes_alliance.levels import LevelName
from bayes_alliance.ratings.simulation.covariates import Values
from bayes_alliance.ratings.simulation.population import Population


@dataclass(frozen=True, kw_only=True, eq=False)
class Nesting:
    """Who is seen by whom, and where.

    Parameters
    ----------
    labels : dict of str to tuple of str
        Labels of children, therapists and clinics, by level; empty where there are none.
    index : dict of str to array of int, shape (n_children,)
        Each child's own child, therapist and clinic, by level; empty where there are none.
    """

    labels: dict[LevelName, tuple[str, ...]]
    index: dict[LevelName, Integers]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Make the random numbers of one part of a simulation.

    Parameters
    ----------
    *names : str
        What is drawn; other names give independent numbers.
    """
    # Not hash(), which differs from process to process.
    key = tuple(zlib.crc32(name.encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def nest(families: int, therapists: int, clinics: int, *, seed: int) -> Nesting:
    """Draw who is seen by whom.

    Parameters
    ----------
    families, therapists, clinics : int
        How many; 0 therapists or clinics for none.

    Returns
    -------
    Nesting
        Every therapist has a child and every clinic a therapist (or child); the others are spread
        with gamma(2) distributed weights.
    """
    therapist = _spread(families, therapists, stream(seed, "caseload"))
    clinic = _spread(therapists or families, clinics, stream(seed, "clinic size"))
    return Nesting(
        labels={
            "child": _labels("C", families),
            "therapist": _labels("T", therapists),
            "clinic": _labels("K", clinics),
        },
        index={
            "child": np.arange(families),
            "therapist": therapist,
            "clinic": clinic[therapist] if therapists and clinics else clinic,
        },
    )


def effects_of(level: LevelName, population: Population, nesting: Nesting, *, seed: int) -> Floats:
    """Effects of children, therapists or clinics, shape (n_units, n_terms)."""
    terms, n_units = population.terms, len(nesting.labels[level])
    # A stream for each term: informants in another order, or one more, leave the numbers of the
    # others as they were.
    noise = [stream(seed, f"{level} effect", term).standard_normal(n_units) for term in terms]
    return correlated(np.column_stack(noise), population.variation_of(level).cov(terms))


def correlated(noise: Floats, cov: Floats) -> Floats:
    """Give independent standard normal noise, shape (..., n), a covariance, shape (n, n)."""
    varying = np.flatnonzero(np.diag(cov) > 0)
    root = np.zeros_like(cov)
    # A symmetric root, unlike a triangular one, does not depend on the order of informants.
    root[np.ix_(varying, varying)] = symmetric_root(cov[np.ix_(varying, varying)])
    return noise @ root


def covariate_values(population: Population, nesting: Nesting, *, seed: int) -> dict[str, Values]:
    """Value of every covariate for every child, shape (n_children,)."""
    return {
        covariate.name: covariate.distribution.draw(
            stream(seed, "covariate", covariate.name), len(nesting.labels[covariate.level])
        )[nesting.index[covariate.level]]
        for covariate in population.covariates
    }


def coded(population: Population, values: Mapping[str, Values]) -> Floats:
    """Covariates coded as the effects mean them, shape (n_children, n_contrasts)."""
    columns = [
        column
        for covariate in population.covariates
        for column in covariate.distribution.coded(values[covariate.name])
    ]
    return np.column_stack(columns) if columns else np.zeros((1, 0))


def _labels(prefix: str, count: int) -> tuple[str, ...]:
    width = len(str(count))
    return tuple(f"{prefix}{i:0{width}d}" for i in range(1, count + 1))


def _spread(units: int, groups: int, rng: np.random.Generator) -> Integers:
    """Group of each unit: at least one unit per group, the others unevenly."""
    if groups == 0:
        return np.empty(0, dtype=np.int64)
    share = rng.gamma(2.0, size=groups)
    rest = rng.choice(groups, size=units - groups, p=share / share.sum())
    return rng.permutation(np.concatenate([np.arange(groups), rest])).astype(np.int64)
