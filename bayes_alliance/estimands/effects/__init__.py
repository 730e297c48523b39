"""What covariates do, how expected ratings run, and how sure one can be."""

from bayes_alliance.estimands.effects.ceiling import at_ceiling, ceiling_contrast
from bayes_alliance.estimands.effects.contrasts import contrast
from bayes_alliance.estimands.effects.courses import trajectories
from bayes_alliance.estimands.effects.probability import direction, inside
from bayes_alliance.estimands.prediction import predictions

__all__ = [
    "at_ceiling",
    "ceiling_contrast",
    "contrast",
    "direction",
    "inside",
    "predictions",
    "trajectories",
]
