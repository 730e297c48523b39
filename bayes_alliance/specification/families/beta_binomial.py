"""A rating is a number of points out of those its scale has (Prentice 1986).

The chance of a point grows on the logit scale with what the model expects; a correlated residual is
one effect of the occasion that all informants share.
"""

from bayes_alliance.specification.families.family import Family, Scatter
from bayes_alliance.specification.quantity import BELOW, Quantity

SCATTER = "Ratings of one occasion scatter with a dispersion of its own for each informant."

FAMILY = Family(
    name="beta_binomial",
    sentence=(
        "A rating is a number of points out of those its scale has, with a beta-binomial "
        "distribution; the logit of a point's chance is what the model expects, in points of "
        "a scale without ends (such a point is one of the rating at the middle of the scale, and "
        "less towards its ends, which no rating passes). Averages, changes and standard deviations "
        "are on that scale, to which the scatter of ratings is translated at their average (delta "
        "method); expected ratings and chances of the ceiling are reported in points of the rating."
    ),
    formulas=(
        "yᵢₜₖ = lowerₖ + xᵢₜₖ,  xᵢₜₖ ~ BetaBinomial(nₖ, pᵢₜₖ cₖ, (1 − pᵢₜₖ) cₖ)",
        "logit pᵢₜₖ = 2 (mᵢₜₖ − centerₖ) / spreadₖ,  cₖ = 1 / residual_dispersionₖ − 1",
        "mᵢₜₖ = {expected}",
    ),
    legend=(
        "nₖ: points of the informant's scale, upperₖ − lowerₖ; center and spread: its middle "
        "and half its range; m: expected on a scale without ends"
    ),
    points="Points are those of a scale without ends (logit; see the model).",
    scatter=Scatter(
        alone=SCATTER,
        shared=(
            "What is special about one occasion is shared by all informants, more or less of it by "
            f"each, so that their ratings of it go together. {SCATTER}"
        ),
        term="occasion_sdₖ · oᵢₜ",
        law="oᵢₜ ~ Normal(0, 1)",
        instead_of_residual=(
            "in a beta-binomial model scatter is residual_dispersion, what is shared occasion_sd"
        ),
        no_option="where ratings scatter as points do",
        no_share="ratings counted in points, whose scatter has no standard deviation to explain a "
        "share of",
    ),
    own=(
        Quantity(
            key="occasion_sd",
            kind="sd",
            block="residuals",
            brief="occasion SD",
            meaning=(
                "how far what informants share at one occasion moves the ratings of each (standard "
                "deviation)"
            ),
            expects=BELOW,
            unit="spread",
            where_shared=True,
        ),
        Quantity(
            key="residual_dispersion",
            kind="share",
            block="residuals",
            brief="dispersion",
            meaning=(
                "how much more ratings scatter than points counted independently (correlation "
                "between single points of one rating; 0: binomial)"
            ),
            expects="95 % below {below}",
        ),
    ),
    needs_ends="ratings are points out of those of their scale",
    whole_points=True,
    observed_differs=True,
    points_differ=True,
)
