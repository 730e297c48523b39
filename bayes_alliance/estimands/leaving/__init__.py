"""Who leaves treatment, and whether it matters: hazards, those who left, shifts, tipping points."""

from bayes_alliance.estimands.leaving.assumptions import side_by_side
from bayes_alliance.estimands.leaving.courses import hazard, in_treatment
from bayes_alliance.estimands.leaving.differences import effect_tipping_point, two_shifts
from bayes_alliance.estimands.leaving.groups import by_group, left_minus_stayed, with_who_left
from bayes_alliance.estimands.leaving.reference import arms_apart
from bayes_alliance.estimands.leaving.shifts import shifted, support, tipping_point

__all__ = [
    "arms_apart",
    "by_group",
    "effect_tipping_point",
    "hazard",
    "in_treatment",
    "left_minus_stayed",
    "shifted",
    "side_by_side",
    "support",
    "tipping_point",
    "two_shifts",
    "with_who_left",
]
