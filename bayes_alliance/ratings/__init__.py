"""Ratings and what they mean: reading, checking, describing, scoring."""

from bayes_alliance.ratings import scoring
from bayes_alliance.ratings.drafting import draft
from bayes_alliance.ratings.ratings import Ratings, read_ratings
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.variables import Covariate, Scale, TimeAxis

__all__ = ["Covariate", "Ratings", "Scale", "Study", "TimeAxis", "draft", "read_ratings", "scoring"]
