"""Do informants agree? In correlation, in level, and rating by rating.

Differences between informants are perspectives, not error (De Los Reyes et al. 2022).
"""

from bayes_alliance.estimands.agreement.between import AgreementLevel, correlation, covariance
from bayes_alliance.estimands.agreement.differences import limits, mean_difference, within
from bayes_alliance.estimands.agreement.indices import (
    concordance,
    intraclass_agreement,
    intraclass_consistency,
)

__all__ = [
    "AgreementLevel",
    "concordance",
    "correlation",
    "covariance",
    "intraclass_agreement",
    "intraclass_consistency",
    "limits",
    "mean_difference",
    "within",
]
