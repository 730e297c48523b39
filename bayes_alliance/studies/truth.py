"""A truth, from which ratings are made: named moments, one draw, as JSON holds and as fits do.

As JSON a truth is a name to dims and values, which goes to other processes and machines with the
piece of work that it is part of. In the shape of a fit it is read by whatever reads fits.
"""

from typing import Any

import numpy as np
import xarray as xr

from bayes_alliance.design import Design, design
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import Fit, with_design
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec

type Truth = dict[str, Any]


def as_json(one: xr.Dataset) -> Truth:
    """A truth as JSON holds it.

    Parameters
    ----------
    one : Dataset
        Named moments, one chain and draw.
    """
    return {
        str(name): {"dims": [str(dim) for dim in array.dims], "values": array.values.tolist()}
        for name, array in one.items()
    }


def dataset(truth: Truth, arrays: Design) -> xr.Dataset:
    """Named moments of a truth, dims (chain, draw, ...), for the families of a design."""
    values = {name: (tuple(part["dims"]), np.array(part["values"])) for name, part in truth.items()}
    return xr.Dataset(values, coords={"chain": [0], "draw": [0]} | moments.coords(arrays))


def as_fit(spec: ModelSpec, ratings: Ratings, truth: Truth) -> Fit:
    """A truth in the shape of a fit of one draw, so that whatever reads fits reads it.

    Parameters
    ----------
    spec : ModelSpec
        That makes ratings of it.
    """
    arrays = design(spec, ratings)
    made = Fit(
        spec=spec,
        ratings=ratings,
        posterior=xr.DataTree.from_dict({"posterior": dataset(truth, arrays)}),
        engine="truth",
        seed=0,
        versions={},
        seconds={},
        gradient_evaluations={},
    )
    return with_design(made, arrays)
