"""Where variance lies, and how much of it is stable, reliable, and known from the ratings."""

from bayes_alliance.estimands.variance.informed import PRIOR_DRIVEN, contraction, prior_driven
from bayes_alliance.estimands.variance.over_time import slope_reliability, stability
from bayes_alliance.estimands.variance.sources import components, shares, standard_deviations

__all__ = [
    "PRIOR_DRIVEN",
    "components",
    "contraction",
    "prior_driven",
    "shares",
    "slope_reliability",
    "stability",
    "standard_deviations",
]
