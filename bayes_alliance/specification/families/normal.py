"""Ratings are normal around what the model expects, whatever the ends of their scale."""

from bayes_alliance.specification.families.family import Family

FAMILY = Family(
    name="normal",
    sentence=(
        "Ratings are normally distributed around what the model expects; the ends of the scale "
        "are no part of it."
    ),
    default=True,
)
