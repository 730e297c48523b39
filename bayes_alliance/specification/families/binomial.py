"""A rating is a number of points out of those its scale has (Williams 1982).

The chance of a point grows on the logit scale with a value behind the rating, which is normal as
other ratings are.
"""

from bayes_alliance.specification.families.family import Family

FAMILY = Family(
    name="binomial",
    sentence=(
        "A rating is a number of points out of those its scale has, with a binomial distribution. "
        "The logit of a point's chance is a value behind the rating: what the model expects, and a "
        "normal residual, in points of a scale without ends (such a point is one of the rating at "
        "the middle of the scale, and less towards its ends, which no rating passes). Averages, "
        "changes, standard deviations and correlations are those of this value, without the "
        "scatter of points that are counted; expected ratings and chances of the ceiling are "
        "reported in points of the rating."
    ),
    formulas=(
        "yᵢₜₖ = lowerₖ + xᵢₜₖ,  xᵢₜₖ ~ Binomial(nₖ, pᵢₜₖ)",
        "logit pᵢₜₖ = 2 (mᵢₜₖ − centerₖ) / spreadₖ",
        "mᵢₜₖ = {expected}",
    ),
    legend=(
        "nₖ: points of the informant's scale, upperₖ − lowerₖ; center and spread: its middle "
        "and half its range; m: the value behind the rating, on a scale without ends"
    ),
    points="Points are those of a scale without ends (logit; see the model).",
    residual_of="ratings (on the scale without ends)",
    without="without the scatter of counted points",
    no_autoregression="in which the residual of one occasion is unrelated to that of the next",
    needs_ends="ratings are points out of those of their scale",
    whole_points=True,
    latent=True,
    completion=("latent",),
    observed_differs=True,
    points_differ=True,
    sampled=" and the value behind every rating sampled",
)
