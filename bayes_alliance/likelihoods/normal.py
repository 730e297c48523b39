r"""Normal ratings: observed as they are, with no ends.

.. math:: P(y \ge b') = 1 - \Phi\left(\frac{b' - \mu}{\sigma}\right)

is the chance of a rating at the upper end of the scale, or beyond; :math:`b'` is this end or, where
ratings come in steps, half a step below (`Scale.bounds`).
"""

import numpy as np
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.law import Law, Moments


def at_ceiling(mean: Floats, variance: Floats, moments: Moments, arrays: Design) -> Floats:
    """Chance of a rating at the upper end or beyond."""
    return ndtr((mean - arrays.bounds[1]) / np.sqrt(variance))


LAW = Law(at_ceiling=at_ceiling)
