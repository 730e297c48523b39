"""Where a specification and ratings meet: labelled arrays both engines read."""

from bayes_alliance.design.arrays import Design, Level, design, term_positions
from bayes_alliance.design.trajectory import basis

__all__ = ["Design", "Level", "basis", "design", "term_positions"]
