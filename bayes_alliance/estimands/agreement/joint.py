r"""Mean and covariance of what informants say at one place: the input of every agreement index.

At a level, the mean is the expected rating of each informant, averaged over the children of the
study, and the covariance that of `covariance`. With ``observed=True`` both are those of
ratings on the observed scale (`simulated`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import xarray as xr

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats
from bayes_alliance.estimands.agreement import between
from bayes_alliance.estimands.agreement.observed import Observed, check_observed, simulated
from bayes_alliance.estimands.comparable import require_common_scale
from bayes_alliance.estimands.expected_ratings import expected
from bayes_alliance.posterior.fit import Fit


@dataclass(frozen=True, kw_only=True, eq=False)
class JointMoments:
    """Mean and covariance over informants.

    Parameters
    ----------
    mean : DataArray
        Dims (chain, draw, [time,] informant), rating points.
    cov : DataArray
        Dims (chain, draw, [time,] informant, informant_), squared points.
    """

    mean: xr.DataArray
    cov: xr.DataArray

    @property
    def arrays(self) -> tuple[Floats, Floats]:
        """Mean (chain, draw, [time,] K) and covariance (..., K, K), without their labels."""
        mean = self.mean.transpose("chain", "draw", ..., "informant").values
        cov = self.cov.transpose("chain", "draw", ..., "informant", "informant_").values
        # The residual is the same at all times.
        return mean, (cov[:, :, None] if cov.ndim == mean.ndim else cov)

    def labelled(
        self, values: Floats, inner: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> xr.DataArray:
        """Label values by chain, draw and time, and then by `inner`, dim to labels."""
        coords: dict[str, object] = {
            dim: self.mean[dim] for dim in ("chain", "draw", "time") if dim in self.mean.dims
        }
        coords |= {dim: list(labels) for dim, labels in inner.items()}
        return xr.DataArray(values, dims=tuple(coords), coords=coords)

    def of_pairs(
        self, values: Floats, before: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> xr.DataArray:
        """Label values (..., K, K) by pairs of informants, and by `before` in front of these."""
        informants = self.mean["informant"].values.tolist()
        return self.labelled(values, {**before, "informant": informants, "informant_": informants})

    @property
    def difference(self) -> Floats:
        """Mean of the first minus mean of the second informant, shape (..., K, K)."""
        mean, _ = self.arrays
        return mean[..., :, None] - mean[..., None, :]

    @property
    def summed_variance(self) -> Floats:
        """Sum of the variances of two informants, shape (..., K, K)."""
        variance = covariance.variances(self.arrays[1])
        return variance[..., :, None] + variance[..., None, :]

    @property
    def difference_variance(self) -> Floats:
        """Variance of the difference of two informants, shape (..., K, K); 0 of one with itself."""
        _, cov = self.arrays
        out = self.summed_variance - 2.0 * cov
        # A sum of large terms that cancel may end a little below 0.
        return np.where(np.eye(cov.shape[-1], dtype=bool), 0.0, np.maximum(out, 0.0))


def latent_moments(
    fit: Fit,
    what: str,
    *,
    level: between.AgreementLevel,
    time: float | Sequence[float] | None,
) -> JointMoments:
    """Mean and covariance of what informants say, on a scale without ends.

    Parameters
    ----------
    what : str
        Who asks, for the message.
    time : float or sequence of float, optional
        In units of the time column; where the level is read if not given.

    Raises
    ------
    InputError
        An unknown level, informants on different scales, a family without points.
    """
    require_common_scale(fit, what)
    between.check(fit, level)
    when = fit.ratings.time.origin if time is None else time
    cov = between.covariance(fit, level=level, time=time)
    return JointMoments(mean=expected(fit, when), cov=cov)


def joint_moments(
    fit: Fit,
    what: str,
    *,
    level: between.AgreementLevel,
    time: float | Sequence[float] | None,
    observed: Observed,
    seed: int | None,
) -> JointMoments:
    """Mean and covariance of what informants say, as it is or as it is observed.

    Parameters
    ----------
    what, time
        As in `latent_moments`.
    observed : bool or "whole points"
        Ratings on the observed scale rather than as they would be on a scale without ends.
    seed : int, optional
        Needed if `observed`.

    Raises
    ------
    InputError
        As `latent_moments` and `check_observed`.
    """
    latent = latent_moments(fit, what, level=level, time=time)
    if observed is False:
        return latent
    drawn = check_observed(fit, observed, seed, level=level)

    def both(values: np.ndarray) -> np.ndarray:
        middle = values.mean(axis=-2, keepdims=True)
        around = values - middle
        # Divided by n, not n - 1: the simulated families have exactly the moments of the
        # population.
        cov = np.swapaxes(around, -1, -2) @ around / values.shape[-2]
        return np.concatenate([middle, cov], axis=-2)

    rounded = observed == "whole points"
    reduced = simulated(fit, latent.mean, latent.cov, reduce=both, seed=drawn, rounded=rounded)
    cov = latent.cov
    if "time" in latent.mean.dims and "time" not in cov.dims:
        cov = cov.expand_dims(time=latent.mean["time"])
    cov = cov.transpose("chain", "draw", ..., "informant", "informant_")
    return JointMoments(
        mean=latent.mean.copy(data=reduced[..., 0, :]), cov=cov.copy(data=reduced[..., 1:, :])
    )
