"""The study file: what the columns of a ratings file mean, read, checked and written."""

from bayes_alliance.ratings.study.study import Study

__all__ = ["Study"]
