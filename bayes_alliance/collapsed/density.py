"""The posterior density of a model for a data set: what the sampler climbs.

`collapse` turns a specification and a design into a `CollapsedModel`, a plain value; its
`density` is a function from the unconstrained vector to the log posterior density and its
gradient, random effects integrated out exactly. Nothing is compiled for a particular model: the
first use on a machine compiles the kernels, which are then kept on disk.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.constants import Constants, constants
from bayes_alliance.collapsed.layout import Layout, layout
from bayes_alliance.collapsed.likelihood import log_likelihood_and_gradient
from bayes_alliance.collapsed.priors import CORRELATION, log_prior_and_gradient
from bayes_alliance.collapsed.transforms import add_gradient, parameters_from
from bayes_alliance.design import Design
from bayes_alliance.specification import ModelSpec

type Floats = NDArray[np.float64]
type Density = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CollapsedModel:
    """A model for a data set with its random effects integrated out.

    Parameters
    ----------
    spec : ModelSpec
    design : Design
    layout : Layout
        What each coordinate of the unconstrained vector means.
    constants : Constants
        The data as the likelihood's kernel takes them.
    """

    spec: ModelSpec
    design: Design
    layout: Layout
    constants: Constants

    @property
    def n_parameters(self) -> int:
        """Length of the unconstrained vector."""
        return len(self.layout.coordinates)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each coordinate of the unconstrained vector stands for."""
        return tuple(coordinate.label for coordinate in self.layout.coordinates)

    def density(self) -> Density:
        """Return the log posterior density on the unconstrained scale, with its gradient.

        Returns
        -------
        callable
            Takes the unconstrained vector; returns the log density (normalised prior, Jacobians
            and all constants included; minus infinity where it cannot be computed) and its
            gradient. The gradient's array is used again by the next call. Every thread needs a
            function of its own.
        """
        kinds, numbers, table = self.layout.kinds, self.layout.numbers, self.layout.table
        n, n_coefficients = self.n_parameters, self.layout.n_coefficients
        index, data, work = self.constants.index, self.constants.data, self.constants.workspace()
        parameters = np.zeros(self.constants.n_parameters)
        by_parameter, values, gradient = np.zeros_like(parameters), np.zeros(n), np.zeros(n)
        n_informants = len(self.design.informants)
        roots = np.zeros(n_informants * (n_informants + 1))

        def log_density_and_gradient(x: Floats) -> tuple[float, Floats]:
            prior = log_prior_and_gradient(x, kinds, numbers, values, gradient)
            parameters_from(x, values, n_coefficients, table, parameters, roots)
            likelihood = log_likelihood_and_gradient(parameters, by_parameter, index, data, work)
            total = prior + likelihood
            if not np.isfinite(total):
                gradient[:] = 0.0
                return -np.inf, gradient
            add_gradient(
                x, values, numbers, n_coefficients, table, parameters, roots, by_parameter, gradient
            )
            return total, gradient

        return log_density_and_gradient

    def log_density_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """Log posterior density and gradient at one point.

        Parameters
        ----------
        x : array, shape (n_parameters,)

        Returns
        -------
        float, array of shape (n_parameters,)
        """
        return self.density()(np.ascontiguousarray(x, dtype=np.float64))

    def log_likelihood(self, x: Floats) -> float:
        """Log likelihood of all ratings at one point, effects integrated out.

        Parameters
        ----------
        x : array, shape (n_parameters,)

        Returns
        -------
        float
        """
        parameters = self.parameters(x)
        return log_likelihood_and_gradient(
            parameters,
            np.zeros_like(parameters),
            self.constants.index,
            self.constants.data,
            self.constants.workspace(),
        )

    def parameters(self, x: Floats) -> Floats:
        """Parameters of the likelihood's kernel at one point.

        Parameters
        ----------
        x : array, shape (n_parameters,)

        Returns
        -------
        array
        """
        x = np.ascontiguousarray(x, dtype=np.float64)
        values, gradient = np.zeros_like(x), np.zeros_like(x)
        log_prior_and_gradient(x, self.layout.kinds, self.layout.numbers, values, gradient)
        parameters = np.zeros(self.constants.n_parameters)
        roots = np.zeros(len(self.design.informants) * (len(self.design.informants) + 1))
        parameters_from(
            x, values, self.layout.n_coefficients, self.layout.table, parameters, roots
        )
        return parameters

    def initial(self, seed: int) -> Floats:
        """Return a random starting point where prior and likelihood are well behaved.

        Parameters
        ----------
        seed : int

        Returns
        -------
        array, shape (n_parameters,)
        """
        width = np.where(self.layout.kinds == CORRELATION, 0.25, 1.0)
        return width * np.random.default_rng(seed).uniform(-1.0, 1.0, size=self.n_parameters)

    def __repr__(self) -> str:
        return (
            f"CollapsedModel of '{self.spec.name}': {self.n_parameters} parameters, "
            f"{self.design.n_ratings} ratings of {len(self.design.children)} children"
        )


def collapse(spec: ModelSpec, design: Design) -> CollapsedModel:
    """Integrate the random effects out of a model for a data set.

    Parameters
    ----------
    spec : ModelSpec
        With a normal likelihood.
    design : Design
        As from ``design(spec, ratings)``.

    Returns
    -------
    CollapsedModel
    """
    return CollapsedModel(
        spec=spec, design=design, layout=layout(spec, design), constants=constants(design)
    )
