"""A rating at an end of its scale says "this much or more", or less (Tobin 1958).

The model is one of ratings as they would be on a scale without ends. Where ratings come in steps,
all that rounding puts at an end belongs to it: "half a step below, or more".
"""

from bayes_alliance.specification.families.family import Family

FAMILY = Family(
    name="censored_normal",
    sentence=(
        "Ratings are normally distributed around what the model expects, and censored at the ends "
        'of the scale: a rating at the upper end says "this much or more", one at the lower end '
        '"this much or less"; where ratings come in steps, from half a step inside the end on. '
        "Averages, changes and standard deviations are those of ratings on a scale without ends, "
        "so that they can lie beyond it."
    ),
    formulas=(
        "yᵢₜₖ = upperₖ if y*ᵢₜₖ ≥ upperₖ − hₖ, lowerₖ if y*ᵢₜₖ ≤ lowerₖ + hₖ, else y*ᵢₜₖ",
        "y*ᵢₜₖ = {expected}",
    ),
    legend="y*: the rating on a scale without ends; h: half the smallest step of a rating",
    points="Ratings are as they would be on a scale without ends.",
    without="on a scale without ends",
    needs_ends="ratings are censored at the ends of their scale",
    censors=True,
    completion=("excess",),
    observed_differs=True,
    sampled=" and ratings at an end of their scale sampled",
)
