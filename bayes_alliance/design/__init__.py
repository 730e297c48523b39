"""A specification for a set of ratings, as labelled arrays that both engines read."""

from bayes_alliance.design.arrays import Design, Level
from bayes_alliance.design.assembly import design
from bayes_alliance.design.informants import modelled
from bayes_alliance.design.leaving import AtRisk
from bayes_alliance.design.missing import Incomplete
from bayes_alliance.design.trajectory import basis

__all__ = ["AtRisk", "Design", "Incomplete", "Level", "basis", "design", "modelled"]
