"""How the true course of alliance becomes a ratings file: when, who is asked, what is written.

A `Recording` holds the occasions, how families leave treatment, how often an informant misses a
rating, and whether ratings are whole points within the scale. Its defaults distort nothing: all
ratings present, exactly normal. Nothing is drawn here; `simulate` does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bayes_alliance.errors import Problem
from bayes_alliance.ratings.simulation.items import SimulatedItems
from bayes_alliance.ratings.simulation.leaving import Leaving
from bayes_alliance.ratings.simulation.variation import unknown


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How ratings are taken.

    Parameters
    ----------
    occasions : tuple of float
        Times of rating, rising, in units of the time axis (months).
    leaving : Leaving
        Default: everybody stays.
    missing : mapping of str to float
        Probability that an informant misses a rating while the family is in treatment,
        independent of everything; informants left out miss none.
    whole_points : bool
        Round ratings to whole points.
    clipped : bool
        Set ratings beyond the scale to its ends (ceiling and floor).
    items : SimulatedItems, optional
        Ratings are totals of responses to these items, and nothing is rounded or set to the ends of
        the scale: items do that.
    """

    occasions: tuple[float, ...] = (4.0, 8.0, 12.0, 16.0)
    leaving: Leaving = field(default_factory=Leaving)
    missing: Mapping[str, float] = field(default_factory=dict)
    whole_points: bool = False
    clipped: bool = False
    items: SimulatedItems | None = None

    def problems(self, informants: Sequence[str], *, families: int) -> list[Problem]:
        """Everything that keeps ratings from being taken this way.

        Parameters
        ----------
        families : int
            How many there are.
        """
        found: list[Problem] = []
        if not self.occasions or any(np.diff(self.occasions) <= 0):
            message = "at least one time, each later than the one before"
            found.append(Problem(where="occasions", value=self.occasions, message=message))
        for informant, share in self.missing.items():
            if informant not in informants:
                message = unknown(informant, informants)
                found.append(Problem(where="missing", value=informant, message=message))
            if not 0 <= share < 1:
                message = "a probability of at least 0 and below 1"
                found.append(Problem(where=f"missing[{informant}]", value=share, message=message))
        if self.items is not None:
            found += self.items.problems(informants)
        n_occasions = len(self.occasions)
        return found + self.leaving.problems(informants, families=families, occasions=n_occasions)
