"""The posterior density of a model for a data set: what the sampler climbs.

`collapse` turns a specification and a design into a `CollapsedModel`, a plain value; its
`density` is a function from the unconstrained vector to the log posterior density and its
gradient, random effects integrated out exactly. Nothing is compiled for a particular model: the
first use on a machine compiles the kernel, which is then kept on disk.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.assumed import Assumed
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.completions.completion import Places
from bayes_alliance.collapsed.completions.expectation import EXPECTATION
from bayes_alliance.collapsed.completions.item_parameters import ITEM_PARAMETERS, n_loadings
from bayes_alliance.collapsed.completions.shrinkage import SHRINKAGE, Shrinkage, placed
from bayes_alliance.collapsed.constants import Constants, encode
from bayes_alliance.collapsed.copies import assumed
from bayes_alliance.collapsed.evaluation import Evaluation
from bayes_alliance.collapsed.kernel.coordinates import CORRELATION
from bayes_alliance.collapsed.layout import Layout, Turn, lay_out
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

# How far apart gradients are compared by coordinates in which the log density is not quadratic.
SHORT = 0.05
HALVINGS = 12
# Steps of Newton's method where the log density is not quadratic.
CLIMBS = 3
type Density = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CollapsedModel:
    """A model for a data set with its random effects integrated out.

    Parameters
    ----------
    layout : Layout
        What each coordinate of the unconstrained vector means.
    constants : Constants
        The data as the kernel takes them.
    completions : tuple of NamedTuple
        Arrays of each completion.
    assumed : Assumed or None
        What may be assumed where categories are missing.
    """

    spec: ModelSpec
    design: Design
    layout: Layout
    constants: Constants
    completions: tuple[NamedTuple, ...]
    assumed: Assumed | None = None

    @property
    def n_parameters(self) -> int:
        """Length of the unconstrained vector."""
        return len(self.layout.coordinates)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each coordinate of the unconstrained vector stands for."""
        return tuple(coordinate.label for coordinate in self.layout.coordinates)

    def evaluation(self) -> Evaluation:
        """The log posterior density as the kernel evaluates it, with memory of its own."""
        return Evaluation.of(self.constants, self.layout.parameters, self.completions)

    def density(self) -> Density:
        """Return the log posterior density on the unconstrained scale, with its gradient.

        Returns
        -------
        callable
            Takes the unconstrained vector; returns the log density (normalised priors, Jacobians
            and all constants included; minus infinity where it cannot be computed) and its
            gradient. The gradient's array is used again by the next call. Every thread needs a
            function of its own.
        """
        return self.evaluation().function()

    def log_density_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """Log posterior density and gradient at one point.

        Parameters
        ----------
        x : array, shape (n_parameters,)

        Returns
        -------
        float, array of shape (n_parameters,)
        """
        return self.density()(x)

    def log_likelihood(self, x: Floats) -> float:
        """Log likelihood of all ratings at one point, effects integrated out.

        Parameters
        ----------
        x : array, shape (n_parameters,)
        """
        evaluation = self.evaluation()
        evaluation.function()(x)
        return float(evaluation.point.log_likelihood[0])

    def initial(self, seed: int) -> Floats:
        """Return a random starting point where prior and likelihood are well behaved.

        Returns
        -------
        array, shape (n_parameters,)
        """
        width = np.where(self.layout.kinds == CORRELATION, 0.25, 1.0)
        away = np.random.default_rng(seed).uniform(-1.0, 1.0, size=self.n_parameters)
        return self.layout.start + width * away

    def __repr__(self) -> str:
        return (
            f"CollapsedModel of '{self.spec.name}': {self.n_parameters} parameters, "
            f"{self.design.n_ratings} ratings of {len(self.design.children)} children"
        )


def turned(model: CollapsedModel) -> CollapsedModel:
    r"""The same model with coordinates of averages and items that depend little on each other.

    Given everything else the ratings are normal, so that the log density is nearly quadratic in the
    coordinates `c` of coefficients, with Hessian `-J` and gradient `g` at some `a`. With
    :math:`J = C C'`,

    .. math:: c = a + J^{-1} g + C'^{-1} z,

    `z` is about standard normal, where effects of correlated covariates would make the sampler take
    many small steps. So would parameters of items: a step that few responses pass hardly says where
    it lies but for what it has in common with the next. All other coordinates are where sampling
    starts for this: the map is fixed, and exact whatever it is, because its Jacobian is part of the
    density. Of effects whose prior shrinks them the prior changes from point to point, and the map
    with it (`completions.shrinkage`): these are given what the ratings say, averages of growth
    coefficients partialled out.
    """
    n_coefficients, n_items = (
        len(model.layout.places[COMPLETIONS.index(one)]) for one in (EXPECTATION, ITEM_PARAMETERS)
    )
    evaluation, which = model.evaluation(), COMPLETIONS.index(SHRINKAGE)
    density, own = evaluation.function(), cast(Shrinkage, evaluation.completions[which])
    at, length = model.layout.start, np.repeat((1.0, SHORT), (n_coefficients, n_items))
    density(at)
    scale = own.scale.copy()
    # Averages come first, then effects, and an effect is placed if all are.
    free = np.delete(
        np.arange(len(length)), np.arange(n_coefficients)[n_coefficients - len(scale) :]
    )
    # With items the log density is not quadratic, and a step of Newton's method is not the last.
    # Loadings stay typical: where noise is 0 values follow the items more closely than they do.
    loadings = n_coefficients + np.arange(n_loadings(model.design))
    moving = np.setdiff1d(free, loadings)
    there = at
    for _ in range(CLIMBS if n_items else 1):
        at = there
        gradient, information = _curvature(density, at, length)
        known = _known(information[np.ix_(moving, moving)])
        there = _climbed(density, at, moving, np.linalg.solve(known, gradient[moving]))
    own_root = np.linalg.inv(np.linalg.cholesky(_known(information[np.ix_(free, free)]))).T
    n = 1 + free.max()
    root, shift = np.eye(n), there[:n].copy()
    root[np.ix_(free, free)] = own_root
    explained = information[:, free] @ own_root
    information -= explained @ explained.T
    gradient -= explained @ (own_root.T @ gradient[free])
    completions = list(model.completions)
    completions[which] = placed(own, scale, gradient, information)
    layout = replace(model.layout, turn=Turn(root=root, shift=shift))
    return replace(model, layout=layout, completions=tuple(completions))


def _curvature(density: Density, at: Floats, length: Floats) -> tuple[Floats, Floats]:
    """Gradient by the first coordinates at a point, and minus the Hessian by differences."""
    n = len(length)
    gradient = density(at)[1][:n].copy()
    moved = np.eye(n, len(at)) * length[:, None]
    columns = [gradient - density(at + move)[1][:n] for move in moved]
    information = np.array(columns) / length[:, None]
    return gradient, 0.5 * (information + information.T)


def _known(information: Floats) -> Floats:
    """At least what a standard normal prior says: heavier ones curve less."""
    values, vectors = np.linalg.eigh(information)
    return vectors * np.maximum(values, 1.0) @ vectors.T


def _climbed(density: Density, at: Floats, free: Integers, step: Floats) -> Floats:
    """Where a step leads, shortened until the density has not fallen."""
    before, there = density(at)[0], at.copy()
    for _ in range(HALVINGS):
        there[free] = at[free] + step
        if density(there)[0] >= before:
            return there
        step = 0.5 * step
    return at


def collapse(spec: ModelSpec, design: Design) -> CollapsedModel:
    """Integrate the random effects out of a model for a data set.

    Parameters
    ----------
    spec : ModelSpec
        Of ratings that are normal given their completion.
    design : Design
        As from ``design(spec, ratings)``.
    """
    layout, may_be = lay_out(spec, design), assumed(design)
    whole = design if may_be is None else may_be.whole
    pairs = list(zip(COMPLETIONS, layout.places, strict=True))
    used = [one for one, places in pairs if len(places)]
    leaving = design.leaving
    row, at_risk = np.arange(len(design.y)), np.arange(0 if leaving is None else len(leaving.child))
    if may_be is not None:
        row, at_risk = may_be.row, may_be.at_risk
    constants = encode(
        whole,
        alone=any(one.alone for one in used),
        related=any(one.relates_occasions for one in used),
        leaving=True,
        assumed=may_be,
    )
    return CollapsedModel(
        spec=spec,
        design=design,
        layout=layout,
        constants=constants,
        completions=tuple(
            one.arrays(
                spec,
                whole,
                constants.seating,
                Places(own=places, sds=layout.sds, row=row, at_risk=at_risk),
            )
            for one, places in pairs
        ),
        assumed=may_be,
    )
