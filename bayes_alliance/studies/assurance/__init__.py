"""How many families? How often studies of each size would reach their conclusions.

`read` takes a design file, `of` simulates and fits studies of every size it allows.
"""

from bayes_alliance.studies.assurance.designs import Assurance, of, read
from bayes_alliance.studies.assurance.plan import Plan

__all__ = ["Assurance", "Plan", "of", "read"]
