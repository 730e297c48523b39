"""Why a sampler cannot start: which quantities are not finite where it would.

Numbers of a prior or ratings that are too large for a computer's numbers give a log density that is
not finite, and samplers say no more than this. Here the named moments of the starting point are
looked at one by one, under the names of ``summary.csv``.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bayes_alliance.design import Design
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.moments import coords
from bayes_alliance.posterior.scalars import by_name


def cannot_start(
    moments: Mapping[str, tuple[tuple[str, ...], np.ndarray]], arrays: Design
) -> InputError:
    """The error that says why.

    Parameters
    ----------
    moments : mapping
        Named moments of the starting point: dims and values, one chain and draw.
    """
    dataset = xr.Dataset(dict(moments), coords=coords(arrays))
    with np.errstate(all="ignore"):
        known = by_name(dataset, arrays)
    names = [name for name, value in known.items() if not np.isfinite(value).all()]
    message = (
        "is not finite where sampling starts: a number in its prior, or the scale, is too large or "
        "too small to compute with"
    )
    problems = [Problem(where=name, message=message) for name in names]
    if not problems:
        message = (
            "is not finite where sampling starts, though every quantity is: the ratings are too "
            "far from all that the priors expect"
        )
        problems = [Problem(where="log density of the ratings", message=message)]
    return InputError(problems, "the sampler cannot start")
