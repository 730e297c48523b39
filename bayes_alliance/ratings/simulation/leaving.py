"""How families leave treatment in simulated data: never, at random, or because of the alliance.

`Leaving` states the process; `in_treatment` draws who is still there at each occasion. Families
never come back. Leaving that follows the *alliance* depends on what no model sees (the growth
curve behind the ratings) and is not ignorable; leaving that follows the *rating* depends on what
was recorded and is ignorable given the ratings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem
from bayes_alliance.ratings.simulation.variation import unknown


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """How families leave treatment between one occasion and the next.

    The log odds of leaving after occasion t are ``logit(hazards[t]) + sum_k log_odds[k] * (a[k] -
    mean of a[k])``, where a[k] is informant k's alliance (or rating) at occasion t in rating
    points and the mean is over all families simulated. With `counts` exactly that many stay;
    families are then picked one after the other with odds proportional to
    ``exp(sum_k log_odds[k] * a[k])``.

    Parameters
    ----------
    hazards : tuple of float
        Probability of leaving after each occasion but the last, for a family with average
        alliance. Empty: nobody leaves (unless `counts` are given).
    counts : tuple of int
        Families in treatment at each occasion, exactly; starts with all of them. Instead of
        `hazards`.
    log_odds : mapping of str to float
        Change in the log odds of leaving per rating point, per informant; informants left out do
        not matter. Empty: at random. (Per standard deviation: divide by the sd in points.)
    follows : {"alliance", "rating"}
        What `log_odds` and `probits` act on: the growth curve at the occasion, or the rating given
        there (an absent rating then counts as the average one).
    probits : mapping of str to float
        Instead of `log_odds`: families leave by probits, as in models with leaving, and this is the
        change in the probit of `hazards` per rating point, per informant.
    slope_probits : mapping of str to float
        Likewise per point of each informant's slope, per unit of scaled time.
    """

    hazards: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    log_odds: Mapping[str, float] = field(default_factory=dict)
    follows: Literal["alliance", "rating"] = "alliance"
    probits: Mapping[str, float] = field(default_factory=dict)
    slope_probits: Mapping[str, float] = field(default_factory=dict)

    @property
    def by_probits(self) -> bool:
        """Whether families leave by probits."""
        return bool(self.probits or self.slope_probits)

    def problems(
        self, informants: Sequence[str], *, families: int, occasions: int
    ) -> list[Problem]:
        """Everything that keeps families from leaving this way.

        Parameters
        ----------
        families, occasions : int
            How many there are.
        """
        named = {
            "log_odds": self.log_odds,
            "probits": self.probits,
            "slope_probits": self.slope_probits,
        }
        problems = [
            Problem(where=f"leaving.{where}", value=k, message=unknown(k, informants))
            for where, mapping in named.items()
            for k in mapping
            if k not in informants
        ]
        if self.by_probits and (self.log_odds or not self.hazards):
            message = "probits need hazards, and take the place of log_odds and counts"
            problems.append(Problem(where="leaving.probits", message=message))
        if self.hazards and self.counts:
            message = "give hazards or counts, not both"
            problems.append(Problem(where="leaving", message=message))
        if self.log_odds and not (self.hazards or self.counts):
            message = "log_odds need hazards or counts: nobody leaves without"
            problems.append(Problem(where="leaving", message=message))
        if self.hazards and len(self.hazards) != occasions - 1:
            message = f"one hazard after each occasion but the last: {occasions - 1} of them"
            problems.append(Problem(where="leaving.hazards", value=self.hazards, message=message))
        if any(not 0 <= hazard < 1 for hazard in self.hazards):
            message = "a hazard is at least 0 and below 1"
            problems.append(Problem(where="leaving.hazards", value=self.hazards, message=message))
        if self.counts and (
            len(self.counts) != occasions
            or self.counts[0] != families
            or any(later > now for now, later in zip(self.counts, self.counts[1:], strict=False))
            or self.counts[-1] < 0
        ):
            message = f"one count per occasion ({occasions}), from {families} on, never rising"
            problems.append(Problem(where="leaving.counts", value=self.counts, message=message))
        return problems


def in_treatment(leaving: Leaving, *, pull: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw who is in treatment at each occasion.

    Parameters
    ----------
    pull : array, shape (n_families, n_occasions)
        ``sum_k log_odds[k] * (a[k] - mean of a[k])``: what the alliance adds to the log odds of
        leaving after each occasion; with probits, to the probit.

    Returns
    -------
    array of bool, shape (n_families, n_occasions)
        Never True again after False.
    """
    n_families, n_occasions = pull.shape
    here = np.ones((n_families, n_occasions), dtype=np.bool_)
    if not (leaving.hazards or leaving.counts):
        return here
    for t in range(n_occasions - 1):
        if leaving.counts:
            # Keys with Gumbel noise pick without replacement, odds proportional to exp(pull).
            key = np.where(here[:, t], pull[:, t] + rng.gumbel(size=n_families), -np.inf)
            leavers = np.argsort(-key, kind="stable")[: leaving.counts[t] - leaving.counts[t + 1]]
            here[:, t + 1] = here[:, t]
            here[leavers, t + 1] = False
        else:
            hazard = leaving.hazards[t]
            if leaving.by_probits:
                stays = rng.random(n_families) >= ndtr(ndtri(hazard) + pull[:, t])
                here[:, t + 1] = here[:, t] & stays
                continue
            # Bounded before the exponential, which would overflow; the probability is 1 long
            # before.
            odds = hazard / (1 - hazard) * np.exp(np.minimum(pull[:, t], 500.0))
            stays = rng.random(n_families) >= odds / (1 + odds)
            here[:, t + 1] = here[:, t] & stays
    return here
