"""The residual of one occasion has heavy tails, so that a few odd occasions have little weight.

One multivariate Student's t for all informants together (Lange, Little and Taylor 1989).
"""

from bayes_alliance.specification.families.family import Family
from bayes_alliance.specification.quantity import Quantity

FAMILY = Family(
    name="student_t",
    sentence=(
        "The residuals of one occasion follow a Student's t distribution, one for all informants "
        "together: as a normal one, with heavier tails, so that an odd occasion counts little. "
        "Their standard deviations and correlations are those of the ratings, tails included. The "
        "ends of the scale are no part of it."
    ),
    residual_law="Student-t(ν, 0, S_residual · (ν − 2) / ν)",
    legend="ν: degrees of freedom of the residual, whose tails are the heavier the fewer there are",
    completion=("residual_weight",),
    completes_occasions=True,
    sampled=" and the weight of every occasion sampled",
    no_autoregression="in which every occasion is odd or not by itself: choose one of the two",
    own=(
        Quantity(
            key="residual_nu",
            kind="tail",
            block="residuals",
            brief="degrees of freedom of the residual",
            meaning=(
                "how heavy the tails of the residual are (degrees of freedom, above 2, where its "
                "covariance exists; the prior is for what exceeds 2; about 30 and more is nearly "
                "normal)"
            ),
            above=2.0,
            dims=(),
        ),
    ),
)
