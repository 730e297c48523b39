"""Ratings are totals of items, answered by the alliance behind them (Samejima 1969).

Each item is answered by how far that alliance has come on the way from the item's lowest to its
highest response (cumulative probit).
"""

from bayes_alliance.specification.families.family import Family
from bayes_alliance.specification.quantity import BETWEEN, Quantity

FAMILY = Family(
    name="ordinal",
    sentence=(
        "Ratings are totals of items. Behind all items of one informant at one occasion stands one "
        "alliance, and each item is answered by how many of its steps that alliance, with noise of "
        "the item's own, has passed (cumulative probit). Items differ in how closely they follow "
        "it (loading) and in where their steps lie; both are the same at all occasions and each "
        "informant's own. The alliance is reported in points of the total, on a scale without "
        "ends: over the items the first steps lie half a point above the lowest response on "
        "average, the last half a point below the highest. Averages, changes, standard deviations "
        "and correlations are those of the alliance, without the noise of items; expected ratings "
        "and chances of the ceiling are reported in points of the rating."
    ),
    formulas=(
        "yᵢₜₖ = Σₚ xᵢₜₖₚ",
        "P(xᵢₜₖₚ > c) = Φ(item_loadingₖₚ · (ηᵢₜₖ / n − item_thresholdₖₚ[c]) / h)",
        "ηᵢₜₖ = {expected}",
    ),
    legend=(
        "p: item; x: response to it, reverse items turned; n: number of items; h: half the "
        "range of an item; η: alliance in points of the total, on a scale without ends; on "
        "average over items the first threshold is half a point above the lowest response, the "
        "last half a point below the highest"
    ),
    points="Points are those of the alliance behind the items, on a scale without ends.",
    residual_of="alliance",
    without="without the noise of single items",
    no_autoregression=(
        "in which the residual of the alliance at one occasion is unrelated to that at the next"
    ),
    own=(
        Quantity(
            key="item_loading",
            kind="loading",
            block="items",
            brief="loadings of items",
            dims=("item", "informant"),
            meaning=(
                "how steeply responses to an item follow the alliance behind them (loading; "
                "standard deviations of what is the item's own, per spread of the alliance)"
            ),
        ),
        Quantity(
            key="item_difficulty",
            kind="difference",
            block="items",
            brief="difficulties of items",
            dims=("item", "informant"),
            meaning=(
                "how far items lie from each other: the middle between an item's first and last "
                "step, around the mean of all items"
            ),
            expects=BETWEEN,
        ),
        Quantity(
            key="item_spacing",
            kind="difference",
            block="items",
            brief="log gaps between steps of items",
            dims=("item", "step", "informant"),
            meaning=(
                "how unevenly the steps of items lie: logarithms of the gaps between them, around "
                "their mean"
            ),
            expects="95% of gaps within a factor of {upper}",
            logarithm=True,
        ),
    ),
    items=True,
    latent=True,
    completion=("latent",),
    sampled=" and the alliance behind every rating sampled",
    observed_differs=True,
    points_differ=True,
)
