"""What each coordinate of the sampler's vector means: the layout of a model's parameters.

Coefficients come first (gamma, covariate effects, effects of occasion covariates), then parameters
of items; a `Turn` may turn these. Then, for each covariance (child, therapist, clinic, residual),
its standard deviations and its partial correlations; last, what else completes the ratings
(`completions`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.completions.completion import Completion
from bayes_alliance.collapsed.completions.expectation import EXPECTATION
from bayes_alliance.collapsed.completions.item_parameters import ITEM_PARAMETERS
from bayes_alliance.collapsed.kernel.arrays import Parameters
from bayes_alliance.collapsed.kernel.covariances import COMMON_FACTOR, CORRELATED, INDEPENDENT
from bayes_alliance.collapsed.priors import Coordinate, labelled, of_number
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import AverageFactor, of_correlations, of_numbers

STRUCTURES = {"independent": INDEPENDENT, "correlated": CORRELATED, "common_factor": COMMON_FACTOR}


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
    level : int
        Position among the levels of random effects, children first; -1 for the residual.
    row : array of int
        Row of each term in the level's square root.
    factor : array of int
        Number of the common factor that each term loads on, if there are any.
    average : AverageFactor, optional
        What the density has beside those of the coordinates.
    """

    name: str
    structure: str
    terms: Integers
    first_sd: int
    first_correlation: int
    level: int
    row: Integers
    factor: Integers
    average: AverageFactor | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Turn:
    """The first coordinates of a model as a linear map of the sampler's vector, `s + R z`.

    Parameters
    ----------
    root : array, shape (n, n)
        `R`, upper triangular.
    shift : array, shape (n,)
        `s`.
    """

    root: Floats
    shift: Floats


# Whose coordinates come first, because a `Turn` may turn them.
TURNED = (EXPECTATION, ITEM_PARAMETERS)
NO_TURN = Turn(root=np.zeros((0, 0)), shift=np.zeros(0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Meaning of the sampler's coordinates.

    Parameters
    ----------
    places : tuple of array of int
        Of the coordinates of each completion, in their order.
    turn : Turn
        How the first coordinates follow from the sampler's vector.
    """

    coordinates: tuple[Coordinate, ...]
    covariances: tuple[Covariance, ...]
    places: tuple[Integers, ...]
    turn: Turn

    @property
    def sds(self) -> dict[str, Integers]:
        """Places of the standard deviations of terms, by covariance; -1 where none varies."""
        out = {}
        for one in self.covariances:
            places = np.full(one.terms.max(initial=-1) + 1, -1)
            places[one.terms] = one.first_sd + np.arange(len(one.terms))
            out[one.name] = places
        return out

    @property
    def kinds(self) -> Integers:
        """Kind of each coordinate's density."""
        return np.array([c.kind for c in self.coordinates], dtype=np.int64)

    @property
    def numbers(self) -> Floats:
        """Shape, constant, location and unit of each coordinate, shape (n, 4)."""
        return np.array(
            [(c.shape, c.constant, c.location, c.unit) for c in self.coordinates], dtype=np.float64
        )

    @property
    def start(self) -> Floats:
        """About where sampling starts, of each number of the sampler's vector."""
        start = np.array([c.start for c in self.coordinates], dtype=np.float64)
        start[: len(self.turn.shift)] = 0.0
        return start

    @property
    def parameters(self) -> Parameters:
        """The layout as the kernel takes it."""
        covariances = self.covariances
        most = max(len(covariance.terms) for covariance in covariances)
        row = np.zeros((len(covariances), most), dtype=np.int64)
        factor = np.zeros_like(row)
        for number, covariance in enumerate(covariances):
            row[number, : len(covariance.row)] = covariance.row
            factor[number, : len(covariance.factor)] = covariance.factor
        columns = [
            (STRUCTURES[cov.structure], cov.level, len(cov.terms), cov.first_sd)
            for cov in covariances
        ]
        structure, level, n_varying, first_sd = np.array(columns, dtype=np.int64).T.copy()
        first_correlation = np.array([cov.first_correlation for cov in covariances])
        n_averaged, by_average = np.zeros_like(n_varying), np.zeros((len(covariances), 2))
        for number, covariance in enumerate(covariances):
            if own := covariance.average:
                n_averaged[number] = own.n_rows
                by_average[number] = own.exponent, own.constant
        return Parameters(
            kinds=self.kinds,
            numbers=self.numbers,
            structure=structure,
            level=level,
            n_varying=n_varying,
            first_sd=first_sd,
            first_correlation=first_correlation,
            row=row,
            factor=factor,
            n_averaged=n_averaged,
            by_average=by_average,
            turn=self.turn.root,
            shift=self.turn.shift,
        )

    def coordinates_of(self, x: Floats) -> Floats:
        """Coordinates at vectors of the sampler, shape (..., n)."""
        n = len(self.turn.shift)
        return np.concatenate(
            [self.turn.shift + x[..., :n] @ self.turn.root.T, x[..., n:]], axis=-1
        )


def lay_out(spec: ModelSpec, design: Design) -> Layout:
    """Lay out the parameters of a model."""
    coordinates: list[Coordinate] = []
    covariances: list[Covariance] = []
    places = {}

    def add(one: Completion) -> None:
        own = list(one.coordinates(spec, design))
        places[one] = len(coordinates) + np.arange(len(own))
        coordinates.extend(own)

    for one in TURNED:
        add(one)
    for level, name, structure, terms, row in _covariances(spec, design):
        if not len(terms):
            continue
        first_sd = len(coordinates)
        coordinates += _standard_deviations(spec, design, name, terms)
        first_correlation = len(coordinates)
        residual = name == "residual"
        labels = design.informants if residual else design.terms
        coefficients = np.zeros_like(terms) if residual else design.factor_of_term[terms]
        labels_here = [labels[term] for term in terms]
        coordinates += _correlations(spec, name, structure, labels_here, coefficients)
        covariances.append(
            Covariance(
                name=name,
                structure=structure,
                terms=terms,
                first_sd=first_sd,
                first_correlation=first_correlation,
                level=level,
                row=row,
                factor=np.unique(coefficients, return_inverse=True)[1],
                average=_average(spec, name, structure, coefficients),
            )
        )
    for one in COMPLETIONS:
        if one not in places:
            add(one)
    return Layout(
        coordinates=tuple(coordinates),
        covariances=tuple(covariances),
        places=tuple(places[one] for one in COMPLETIONS),
        turn=NO_TURN,
    )


def _covariances(
    spec: ModelSpec, design: Design
) -> Iterator[tuple[int, str, str, Integers, Integers]]:
    """Level, name, structure, terms and their rows in the square root of each covariance."""
    for level, block in enumerate(blocks_of(design)):
        yield level, block.name, block.structure, block.terms[block.varying], block.varying
    informants = np.arange(len(design.informants), dtype=np.int64)
    yield -1, "residual", spec.residual.structure, informants, informants


def _standard_deviations(
    spec: ModelSpec, design: Design, name: str, terms: Integers
) -> Iterator[Coordinate]:
    for term in terms:
        coefficient, informant = divmod(int(term), len(design.informants))
        if name == "residual":
            key, label = "residual_sd", design.informants[term]
        else:
            key, label = f"{name}_sd.{design.coefficients[coefficient]}", design.terms[term]
        factor = float(design.spread[informant])
        prior = of_numbers(spec.priors[key])
        yield of_number(f"{name}_sd[{label}]", key, prior, factor=factor)


def _correlations(
    spec: ModelSpec, name: str, structure: str, labels: Sequence[str], coefficients: NDArray
) -> Iterator[Coordinate]:
    """Partial correlations, row by row; or correlations with a common factor."""
    key, n = f"{name}_cor", len(labels)
    if structure == "independent" or n == 0 or (structure == "correlated" and n == 1):
        return
    prior = of_correlations(spec.priors[key])
    if structure == "common_factor":
        own = prior.coordinates([0, 0])[1, 0]
        pairs = {("factor", label): own for label in labels}
    else:
        pairs = {
            (labels[j], labels[i]): own for (i, j), own in prior.coordinates(coefficients).items()
        }
    for (first, second), own in pairs.items():
        yield labelled(f"{name}_partial_cor[{first};{second}]", key, own)


def _average(
    spec: ModelSpec, name: str, structure: str, coefficients: NDArray
) -> AverageFactor | None:
    """What the density of correlations has beside those of the coordinates."""
    if structure != "correlated":
        return None
    return of_correlations(spec.priors[f"{name}_cor"]).average_factor(coefficients)
