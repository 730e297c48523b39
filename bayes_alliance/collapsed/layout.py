"""What each coordinate of the sampler's vector means: the layout of a model's parameters.

Coefficients come first (gamma, covariate effects, effects of occasion covariates), then, for each
covariance (child, therapist, clinic, residual), its standard deviations and its partial
correlations; last, how far each censored rating lies beyond the end of its scale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.kernel.transforms import COMMON_FACTOR, CORRELATED, INDEPENDENT
from bayes_alliance.collapsed.priors import (
    Coordinate,
    coefficient_coordinate,
    correlation_coordinate,
    excess_coordinate,
    sd_coordinate,
)
from bayes_alliance.design import Design
from bayes_alliance.specification import LKJ, ModelSpec

STRUCTURES = {
    "independent": INDEPENDENT,
    "correlated": CORRELATED,
    "common_factor": COMMON_FACTOR,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Covariance:
    """Where a covariance is in the vector of coordinates.

    Parameters
    ----------
    name : str
        ``"child"``, ``"therapist"``, ``"clinic"`` or ``"residual"``.
    structure : {"independent", "correlated", "common_factor"}
    terms : array of int
        Positions of what varies among all terms (for the residual: among informants).
    first_sd, first_correlation : int
        First coordinate of the standard deviations and of the partial correlations.
    place : int
        Where its square root (the residual covariance itself) starts among the parameters of the
        likelihood.
    """

    name: str
    structure: str
    terms: NDArray[np.int64]
    first_sd: int
    first_correlation: int
    place: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Meaning of the sampler's coordinates.

    Parameters
    ----------
    n_coefficients : int
        They come first.
    """

    coordinates: tuple[Coordinate, ...]
    n_coefficients: int
    covariances: tuple[Covariance, ...]

    @property
    def kinds(self) -> NDArray[np.int64]:
        """Kind of each coordinate's prior."""
        return np.array([c.kind for c in self.coordinates], dtype=np.int64)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """Shape, constant, location and unit of each coordinate, shape (n, 4)."""
        return np.array(
            [(c.shape, c.constant, c.location, c.unit) for c in self.coordinates], dtype=np.float64
        )

    @property
    def table(self) -> NDArray[np.int64]:
        """Covariances as `transforms` takes them, shape (n_covariances, 6)."""
        return np.array(
            [
                (
                    STRUCTURES[cov.structure],
                    len(cov.terms),
                    cov.first_sd,
                    cov.first_correlation,
                    cov.place,
                    cov.name == "residual",
                )
                for cov in self.covariances
            ],
            dtype=np.int64,
        )


def lay_out(spec: ModelSpec, design: Design) -> Layout:
    """Lay out the parameters of a model."""
    coordinates = list(_coefficients(spec, design))
    n_coefficients = place = len(coordinates)
    covariances = []
    for name, structure, terms, n_elements in _covariances(spec, design):
        if len(terms):
            first_sd = len(coordinates)
            coordinates += _standard_deviations(spec, design, name, terms)
            first_correlation = len(coordinates)
            labels = design.informants if name == "residual" else design.terms
            labels_here = [labels[term] for term in terms]
            coefficients = (
                np.zeros(len(terms)) if name == "residual" else design.factor_of_term[terms]
            )
            coordinates += _correlations(spec, name, structure, labels_here, coefficients)
            covariances.append(
                Covariance(
                    name=name,
                    structure=structure,
                    terms=terms,
                    first_sd=first_sd,
                    first_correlation=first_correlation,
                    place=place,
                )
            )
        place += n_elements
    coordinates += [
        excess_coordinate(f"excess[{label}]", spread=float(design.spread[informant]))
        for label, informant in zip(design.censored_labels, design.censored[1], strict=True)
    ]
    return Layout(
        coordinates=tuple(coordinates),
        n_coefficients=n_coefficients,
        covariances=tuple(covariances),
    )


def _covariances(
    spec: ModelSpec, design: Design
) -> Iterator[tuple[str, str, NDArray[np.int64], int]]:
    """Name, structure, terms and number of the likelihood's parameters of each covariance."""
    for block in blocks_of(design):
        n_elements = sum(len(rows) for rows in block.columns)
        yield block.name, block.structure, block.terms[block.varying], n_elements
    n = len(design.informants)
    yield "residual", spec.residual.structure, np.arange(n, dtype=np.int64), n * n


def _coefficients(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """Coordinates of gamma, beta and delta, in the order of the likelihood's parameters."""
    for name in design.coefficients:
        shift, factor = design.coefficient_scale(name)
        for k, informant in enumerate(design.informants):
            yield coefficient_coordinate(
                f"{name}[{informant}]",
                name,
                spec.priors[name],
                factor=float(factor[k]),
                shift=float(shift[k]),
            )
    effects = [
        (f"{design.coefficients[c]}_on[{design.covariates[p]}", design.covariate_sd[p])
        for p, c in np.argwhere(design.covariate_on)
    ] + [
        (f"rating_on[{name}", sd)
        for name, sd in zip(design.occasion_covariates, design.occasion_covariate_sd, strict=True)
    ]
    for label, sd in effects:
        for k, informant in enumerate(design.informants):
            yield coefficient_coordinate(
                f"{label},{informant}]",
                "covariate",
                spec.priors["covariate"],
                factor=float(design.spread[k] / sd),
            )


def _standard_deviations(
    spec: ModelSpec, design: Design, name: str, terms: NDArray[np.int64]
) -> Iterator[Coordinate]:
    for term in terms:
        coefficient, informant = divmod(int(term), len(design.informants))
        if name == "residual":
            key, label = "residual_sd", design.informants[term]
        else:
            key, label = f"{name}_sd.{design.coefficients[coefficient]}", design.terms[term]
        factor = float(design.spread[informant])
        yield sd_coordinate(f"{name}_sd[{label}]", key, spec.priors[key], factor=factor)


def _correlations(
    spec: ModelSpec, name: str, structure: str, labels: Sequence[str], coefficients: NDArray
) -> Iterator[Coordinate]:
    """Partial correlations, row by row; or correlations with a common factor."""
    key, n = f"{name}_cor", len(labels)
    prior = spec.priors.get(key)
    if structure == "independent" or n == 0 or (structure == "correlated" and n == 1):
        return
    if not isinstance(prior, LKJ):
        raise TypeError(f"priors.{key}: a prior of correlations is needed")
    if structure == "common_factor":
        shape = prior.shapes([0, 0])[1, 0]
        pairs = [("factor", label, shape) for label in labels]
    else:
        shapes = prior.shapes(coefficients)
        pairs = [(labels[j], labels[i], shapes[i, j]) for i in range(n) for j in range(i)]
    for first, second, shape in pairs:
        yield correlation_coordinate(f"{name}_partial_cor[{first};{second}]", key, shape=shape)
