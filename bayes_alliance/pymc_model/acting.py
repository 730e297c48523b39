"""What covariates act on: columns with effects on a growth coefficient or on the rating."""

from dataclasses import dataclass

import numpy as np
import pymc as pm
from numpy.typing import NDArray

from bayes_alliance.design import Design


@dataclass(frozen=True, kw_only=True, eq=False)
class Acting:
    """Columns that act on one thing.

    Parameters
    ----------
    name : str
        What their effects are called: ``"level_on"``, ``"rating_on"``.
    dim : {"covariate", "occasion_covariate"}
    labels : tuple of str
        Of all columns.
    acts : array of int
        Positions of those that act.
    unit : array, shape (n_columns,)
        What the prior is per: the standard deviation, or 1 for a contrast.
    values : array, shape (R, n_columns)
        What an effect is multiplied by at every occasion.
    spread_of_column : array, shape (n_columns,)
        Standard deviation of the coded column.
    left : str
        The variable with the standard deviations of what is left of what they act on.
    """

    name: str
    dim: str
    labels: tuple[str, ...]
    acts: NDArray[np.int64]
    unit: NDArray[np.float64]
    values: NDArray[np.float64]
    spread_of_column: NDArray[np.float64]
    left: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Columns that act on one thing with effects of each informant's own, or of all of them.

    Parameters
    ----------
    name : str
        Of the variable with the effects.
    dims : tuple of str
        ``("covariate", "informant")``; of effects that all informants share the first only.
    rows : array of int
        Positions of the columns.
    """

    acting: Acting
    name: str
    dims: tuple[str, ...]
    rows: NDArray[np.int64]

    @property
    def shared(self) -> bool:
        """Whether all informants share the effects."""
        return len(self.dims) == 1


def everything(arrays: Design) -> list[Acting]:
    """Everything covariates act on: growth coefficients, and the rating itself."""
    found = []
    for index, coefficient in enumerate(arrays.coefficients):
        acts = np.flatnonzero(arrays.covariate_on[:, index])
        if len(acts):
            x = np.nan_to_num(arrays.x)[arrays.occasion_child]
            found.append(
                Acting(
                    name=f"{coefficient}_on",
                    dim="covariate",
                    labels=arrays.covariates,
                    acts=acts,
                    unit=arrays.covariate_sd,
                    values=arrays.basis[:, [index]] * x,
                    spread_of_column=np.nanstd(arrays.x, axis=0),
                    left=f"child_sd_{coefficient}",
                )
            )
    if arrays.occasion_covariates:
        found.append(
            Acting(
                name="rating_on",
                dim="occasion_covariate",
                labels=arrays.occasion_covariates,
                acts=np.arange(len(arrays.occasion_covariates)),
                unit=arrays.occasion_covariate_sd,
                values=arrays.z,
                spread_of_column=np.std(arrays.z, axis=0),
                left="residual_sd",
            )
        )
    return found


def parts(arrays: Design, acting: Acting) -> list[Part]:
    """Take columns with effects of each informant's own and shared columns apart.

    Returns
    -------
    list of Part
        Their dims are coordinates of the model that is being built.
    """
    is_shared = np.array([acting.labels[p] in arrays.shared for p in acting.acts], dtype=bool)
    own, shared = acting.acts[~is_shared], acting.acts[is_shared]
    if len(own) == len(acting.labels):
        dims = (acting.dim, "informant")
        return [Part(acting=acting, name=acting.name, dims=dims, rows=own)]
    model = pm.modelcontext(None)
    dim = f"{acting.dim}_on_{acting.name.removesuffix('_on')}"  # "covariate_on_level"
    found = []
    if len(own):
        model.add_coord(dim, [acting.labels[p] for p in own])
        name, dims = f"{acting.name}_acting", (dim, "informant")
        found.append(Part(acting=acting, name=name, dims=dims, rows=own))
    if len(shared):
        model.add_coord(f"{dim}_shared", [acting.labels[p] for p in shared])
        name = f"{acting.name}_shared"
        found.append(Part(acting=acting, name=name, dims=(f"{dim}_shared",), rows=shared))
    return found
