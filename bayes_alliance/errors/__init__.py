"""One error that lists every problem with an input, and the kinds of argument functions take."""

from bayes_alliance.errors.arguments import checked_arguments, none_of, one_of, taken
from bayes_alliance.errors.kinds import INSIDE, Count, Limit, NotNegative, Prob, Seed
from bayes_alliance.errors.problem import InputError, Problem, closest, nearest

__all__ = [
    "INSIDE",
    "Count",
    "InputError",
    "Limit",
    "NotNegative",
    "Prob",
    "Problem",
    "Seed",
    "checked_arguments",
    "closest",
    "nearest",
    "none_of",
    "one_of",
    "taken",
]
