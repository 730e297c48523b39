"""Therapists and their clients as dyads: whose view is it, is it returned, is it right."""

from bayes_alliance.estimands.dyads.one_with_many import reciprocity, shares
from bayes_alliance.estimands.dyads.strata import stratified
from bayes_alliance.estimands.dyads.truth_and_bias import (
    assumed_similarity,
    directional_bias,
    tracking,
)

__all__ = [
    "assumed_similarity",
    "directional_bias",
    "reciprocity",
    "shares",
    "stratified",
    "tracking",
]
