"""A design: the labelled arrays of one model for one set of ratings.

Growth basis, coded covariates, who is nested in whom, and which ratings exist. Both engines read
only this value (and the priors), so a result cannot differ between them because of data handling.
`assembly.design` makes it.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.design.item_responses import ItemResponses
from bayes_alliance.design.latent_means import LatentMean
from bayes_alliance.design.leaving import AtRisk
from bayes_alliance.design.missing import Incomplete
from bayes_alliance.numerals import exact

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


NO_POINTS: Integers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Labelled arrays of one model for one set of ratings.

    The growth coefficients of child `i` are `theta_i[c, k]`, coefficient `c`, informant `k`:

    ``theta_i[c, k] = gamma[c, k] + sum_p x[i, p] on[p, c] beta[p, c, k] + effects`` and
    ``y[r, k] = sum_c basis[r, c] theta_i[c, k] + sum_p z[r, p] delta[p, k] + residual``.

    Parameters
    ----------
    coefficients : tuple of str, length T
        Growth coefficients, ``("level", "slope")``.
    terms : tuple of str, length q = T K
        ``"child,level"``, coefficient-major: position ``c * K + k``.
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
        Ratings in points, as the likelihood takes them: one that is censored is the bound beyond
        which it lies. 0 where there is none.
    present : array of bool, shape (R, K)
        Whether the rating exists; at least one in every row.
    floor, ceiling : array of bool, shape (R, K)
        Whether the rating says "this much or less", "this much or more": it lies at the end of its
        scale and the likelihood is censored. Nowhere for other likelihoods.
    bounds : array, shape (2, K)
        Up to which number each informant rates the lower end of the scale, and from which number
        the upper end (`Scale.bounds`).
    x : array, shape (n_children, P)
        Coded covariates of children, their therapists and clinics; NaN where a value is missing.
    covariates : tuple of str, length P
        Labels of the columns of ``x``.
    covariate_on : array of bool, shape (P, T)
        Which coefficients a column acts on.
    covariate_sd, covariate_centre : array, shape (P,)
        Standard deviation (1 for a contrast) and mean (0 for a contrast) of the uncoded column.
    z : array, shape (R, Q)
        Coded covariates that vary over occasions.
    occasion_covariate_sd, occasion_covariate_centre : array, shape (Q,)
    center, spread : array, shape (K,)
        Midpoint and half range of each informant's scale: the unit of the priors.
    shared_effects : frozenset of str
        Labels of columns of ``x`` and ``z`` with one effect for all informants: ``beta[p, c, k]``
        is the same multiple of ``spread[k]`` for all `k`.
    products : tuple of (int, int, int)
        Columns of ``x`` that are interactions, and the two columns each is the product of.
    incomplete : tuple of Incomplete
        Covariates with missing values, which are modelled; see `missing`.
    residual_covariates : tuple of str, length S
        Labels of the columns that act on how much ratings scatter.
    residual_x : array, shape (R, S)
        These columns, at each occasion.
    residual_x_sd : array, shape (S,)
        Standard deviation (1 for a contrast) of the uncoded columns.
    scaled_time : array, shape (R,)
        Time of each occasion, (time - origin) / per.
    latent_means : tuple of LatentMean
        Covariates whose means over a child's occasions are parameters; ``x`` and ``z`` hold the
        computed means and the deviations from them in their place.
    items : ItemResponses or None
        In models of single items, what was answered; ``y`` is then the total, prorated.
    points : array of int, shape (K,) or (0,)
        In models of counted points, how many each informant's scale has.
    leaving : AtRisk or None
        Who could leave treatment when; None: leaving is no part of the model.
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
    bounds: Floats = field(default_factory=lambda: np.zeros((2, 0)))
    shared_effects: frozenset[str] = frozenset()
    products: tuple[tuple[int, int, int], ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    residual_covariates: tuple[str, ...] = ()
    scaled_time: Floats = field(default_factory=lambda: np.zeros(0))
    residual_x: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    residual_x_sd: Floats = field(default_factory=lambda: np.zeros(0))
    latent_means: tuple[LatentMean, ...] = ()
    items: ItemResponses | None = None
    points: Integers = field(default_factory=NO_POINTS.copy)
    leaving: AtRisk | None = None

    @property
    def estimates_means(self) -> bool:
        """Whether means of children of a covariate are parameters."""
        return bool(self.latent_means)

    def n_effects(self, label: str) -> int:
        """Effects of a column on one coefficient: one for each informant, or one for all."""
        return 1 if label in self.shared_effects else len(self.informants)

    def unit_of_child(self) -> dict[str, Integers]:
        """Unit that each child lives under, by active level above the child, bottom up."""
        unit, units = np.arange(len(self.children)), dict[str, Integers]()
        for level in self.levels:
            units[level.name] = unit = level.parent[unit]
        return units

    @property
    def n_ratings(self) -> int:
        """Number of ratings that enter the likelihood."""
        return int(self.present.sum())

    @property
    def n_latent(self) -> int:
        """Number of ratings with a latent value behind them: of items, or counted points."""
        return 0 if self.items is None and not len(self.points) else self.n_ratings

    @property
    def shared_occasions(self) -> Integers:
        """Occasions at which both of two informants rated, shape (K, K)."""
        present = self.present.astype(np.int64)
        return present.T @ present

    @property
    def repeats(self) -> NDArray[np.bool_]:
        """Whether a child was rated by one informant, and at another occasion by the other, (K, K).

        Otherwise nothing tells what children differ in from what occasions do.
        """
        per_child = np.zeros((len(self.children), len(self.informants)), dtype=np.int64)
        np.add.at(per_child, self.occasion_child, self.present)
        return per_child.T @ per_child > self.shared_occasions

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """Lower and upper end of each informant's scale, shape (K,) each."""
        return self.center - self.spread, self.center + self.spread

    @property
    def observed(self) -> Floats:
        """Ratings as they were given, shape (R, K); NaN where there is none."""
        lower, upper = self.ends
        y = np.where(self.ceiling, upper, np.where(self.floor, lower, self.y))
        return np.where(self.present, y, np.nan)

    @property
    def censored(self) -> tuple[Integers, Integers, Floats]:
        """Row, informant and direction (1 beyond the ceiling, -1 below the floor) of each."""
        row, informant = np.nonzero(self.floor | self.ceiling)
        return row, informant, np.where(self.ceiling[row, informant], 1.0, -1.0)

    @property
    def censored_labels(self) -> tuple[str, ...]:
        """Labels of each of ``censored``."""
        row, informant, _ = self.censored
        return self.rating_labels(row, informant)

    def rating_labels(self, row: Integers, informant: Integers) -> tuple[str, ...]:
        """Child, time and informant of ratings: ``"c17, 8, caregiver"``."""
        return tuple(
            f"{self.children[self.occasion_child[r]]}, {exact(self.occasion_time[r])}, "
            f"{self.informants[k]}"
            for r, k in zip(row, informant, strict=True)
        )

    @property
    def units(self) -> dict[str, tuple[str, ...]]:
        """Labels of the children, and of the units of every level above them, by level."""
        return {"child": self.children} | {level.name: level.labels for level in self.levels}

    @property
    def coords(self) -> dict[str, list[str]]:
        """Labels by dim, of what both engines label: informants, terms and columns that act."""
        columns = {
            "covariate": self.covariates,
            "occasion_covariate": self.occasion_covariates,
            "residual_covariate": self.residual_covariates,
        }
        return {
            "informant": list(self.informants),
            "informant_": list(self.informants),
            "term": list(self.terms),
            "term_": list(self.terms),
            **{dim: list(labels) for dim, labels in columns.items() if labels},
        }

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
