"""Every estimand of a fit under one name, for tests that hold for all of them."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from bayes_alliance.estimands import agreement, dyads, effects, variance
from bayes_alliance.posterior.fit import Fit

MONTHS = (4.0, 10.0, 16.0)
CLIENT, THERAPIST, OTHER = "child", "therapist_of_child", "therapist_of_caregiver"
DYAD = {"judgement": THERAPIST, "truth": CLIENT}

# Free of the unit of ratings: correlations, shares, probabilities, effects in sd.
PURE: dict[str, Callable[[Fit], xr.DataArray]] = {
    "shares": lambda fit: variance.shares(fit, time=MONTHS),
    "shares of slope": lambda fit: variance.shares(fit, of="slope"),
    "stability": lambda fit: variance.stability(fit, times=MONTHS),
    "slope reliability": lambda fit: variance.slope_reliability(fit, times=MONTHS),
    "correlation, total": lambda fit: agreement.correlation(fit, level="total", time=MONTHS),
    "correlation of slopes": lambda fit: agreement.correlation(fit, of="slope"),
    "mean difference in sd": lambda fit: agreement.mean_difference(fit, time=MONTHS, unit="sd"),
    "slope difference in sd": lambda fit: agreement.mean_difference(fit, of="slope", unit="sd"),
    "concordance": lambda fit: agreement.concordance(fit, time=MONTHS),
    "concordance of all": lambda fit: agreement.concordance(fit, informants="all", level="child"),
    "intraclass agreement": lambda fit: agreement.intraclass_agreement(fit, time=MONTHS),
    "intraclass consistency": lambda fit: agreement.intraclass_consistency(fit, time=MONTHS),
    "one with many": lambda fit: dyads.shares(fit, therapist=THERAPIST, client=CLIENT, time=10.0),
    "reciprocity": lambda fit: dyads.reciprocity(fit, therapist=THERAPIST, client=CLIENT),
    "tracking": lambda fit: dyads.tracking(fit, **DYAD, time=10.0),
    "tracking in sd": lambda fit: dyads.tracking(fit, **DYAD, level="therapist", unit="sd"),
    "assumed similarity": lambda fit: dyads.assumed_similarity(fit, **DYAD, own=OTHER, time=10.0),
    "contrast in sd": lambda fit: effects.contrast(fit, "anxiety", time=MONTHS, unit="sd"),
    "contrast of slopes in sd": lambda fit: effects.contrast(
        fit, "anxiety", on="slope", unit="sd", difference=(THERAPIST, CLIENT)
    ),
    "at ceiling": lambda fit: effects.at_ceiling(fit, time=MONTHS, at={"anxiety": 1}),
    "ceiling contrast": lambda fit: effects.ceiling_contrast(fit, "anxiety", over="therapists"),
}

# In rating points: a change of the unit changes them by the same factor, a shift not at all.
DISTANCES: dict[str, Callable[[Fit], xr.DataArray]] = {
    "standard deviations": lambda fit: variance.standard_deviations(fit, time=MONTHS),
    "mean difference": lambda fit: agreement.mean_difference(fit, time=MONTHS),
    "limits": lambda fit: agreement.limits(fit, time=MONTHS, prob=0.9),
    "limits between children": lambda fit: agreement.limits(fit, level="child", time=10.0),
    "directional bias": lambda fit: dyads.directional_bias(fit, **DYAD, time=10.0),
    "directional bias at a profile": lambda fit: dyads.directional_bias(
        fit, **DYAD, at={"anxiety": 1}
    ),
    "contrast": lambda fit: effects.contrast(fit, "anxiety", time=MONTHS),
    "difference of contrasts": lambda fit: effects.contrast(
        fit, "anxiety", time=10.0, difference=(THERAPIST, CLIENT)
    ),
}

EVERY = PURE | DISTANCES


def same(found: xr.DataArray, expected: xr.DataArray, *, factor: float = 1.0) -> None:
    """Equal by label, whatever the order of informants."""
    assert found.dims == expected.dims
    names = {
        dim: expected[dim].values for dim in ("informant", "informant_") if dim in expected.dims
    }
    np.testing.assert_allclose(found.sel(names), factor * expected, atol=1e-10)
