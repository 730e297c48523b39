"""Where a specification and ratings meet: labelled arrays both engines read."""

from bayes_alliance.design.arrays import Design, Level, term_positions
from bayes_alliance.design.informants import modelled
from bayes_alliance.design.meeting import design
from bayes_alliance.design.missing import Incomplete
from bayes_alliance.design.trajectory import basis

__all__ = ["Design", "Incomplete", "Level", "basis", "design", "modelled", "term_positions"]
