"""Families whose expected ratings lie on a scale without ends, and what ratings look like then."""

from collections.abc import Callable, Mapping

import xarray as xr

from bayes_alliance.estimands.effects import bounded, graded

WRITTEN: Mapping[str, Callable[..., xr.DataArray]] = {
    "beta_binomial": bounded.averaged,
    "ordinal": graded.averaged,
}
