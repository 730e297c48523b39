"""Priors: one class each, which answers for itself; one file for a kind of quantity."""

from bayes_alliance.specification.priors.answers import (
    Coordinate,
    CorrelationPrior,
    Counterpart,
    NumberPrior,
    ShrinkagePrior,
    stated,
)
from bayes_alliance.specification.priors.average import AverageFactor
from bayes_alliance.specification.priors.coefficients import COVARIATE_PRIOR
from bayes_alliance.specification.priors.prior import (
    PRIORS,
    Prior,
    Priors,
    fitting,
    of_correlations,
    of_numbers,
    of_shrinkage,
)

__all__ = [
    "COVARIATE_PRIOR",
    "PRIORS",
    "AverageFactor",
    "Coordinate",
    "CorrelationPrior",
    "Counterpart",
    "NumberPrior",
    "Prior",
    "Priors",
    "ShrinkagePrior",
    "fitting",
    "of_correlations",
    "of_numbers",
    "of_shrinkage",
    "stated",
]
