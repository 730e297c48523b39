"""How the true course of alliance becomes ratings: when, who is asked, what is recorded.

A `Recording` holds the occasions, how families leave treatment, how often an informant misses a
rating, and whether ratings are whole points within the scale; its defaults distort nothing. `rate`
draws the ratings: residual, rounding, items, missing ratings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem
from bayes_alliance.ratings.simulation.draws import correlated, stream
from bayes_alliance.ratings.simulation.items import SimulatedItems
from bayes_alliance.ratings.simulation.leaving import Leaving
from bayes_alliance.ratings.simulation.population import Population
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
        problems: list[Problem] = []
        if not self.occasions or any(np.diff(self.occasions) <= 0):
            message = "at least one time, each later than the one before"
            problems.append(Problem(where="occasions", value=self.occasions, message=message))
        for informant, share in self.missing.items():
            if informant not in informants:
                message = unknown(informant, informants)
                problems.append(Problem(where="missing", value=informant, message=message))
            if not 0 <= share < 1:
                message = "a probability of at least 0 and below 1"
                problems.append(
                    Problem(where=f"missing[{informant}]", value=share, message=message)
                )
        if self.items is not None:
            problems += self.items.problems(informants)
        n_occasions = len(self.occasions)
        return problems + self.leaving.problems(
            informants, families=families, occasions=n_occasions
        )


def rate(
    growth: Floats, population: Population, recording: Recording, *, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Rate the alliance, had everybody stayed.

    Parameters
    ----------
    growth : array, shape (n_children, n_terms)

    Returns
    -------
    alliance, rating : array, shape (n_children, n_occasions, K)
    recorded : array, shape (n_children, n_occasions, K, n_columns)
        The rating, or the items it is the total of.
    """
    informants = population.informants
    n_children, n_informants = len(growth), len(informants)
    s = population.time.scaled(recording.occasions)
    # Streams are named after the time as a number is written in full, so that other occasions do
    # not move them.
    cells = [[(k, f"{time:.17g}") for k in informants] for time in recording.occasions]
    level, slope = growth[:, None, :n_informants], growth[:, None, n_informants:]
    alliance = level + s[:, None] * slope
    noise = _by_cell(
        [[stream(seed, "residual", *at).standard_normal(n_children) for at in row] for row in cells]
    )
    rating = alliance + correlated(noise, population.residual.cov(informants))
    if recording.items is not None:
        responses = [
            [
                recording.items.responses(rating[:, t, i], informant=k, when=at, seed=seed)
                for i, (k, at) in enumerate(row)
            ]
            for t, row in enumerate(cells)
        ]
        recorded = np.moveaxis(np.array(responses), 2, 0)
        items = recording.items.items
        # What is observed of the total, skipped items filled as the study file says, may make a
        # family leave.
        rating = items.totals(recorded.reshape(-1, len(items.names))).reshape(rating.shape)
    else:
        if recording.whole_points:
            rating = np.rint(rating)
        if recording.clipped:
            scales = [population.scales[k] for k in informants]
            lower = [-np.inf if scale.lower is None else scale.lower for scale in scales]
            upper = [np.inf if scale.upper is None else scale.upper for scale in scales]
            rating = np.clip(rating, lower, upper)
        recorded = rating[..., None]
    uniform = _by_cell(
        [[stream(seed, "missing", *at).random(n_children) for at in row] for row in cells]
    )
    missing = uniform < [recording.missing.get(k, 0.0) for k in informants]
    rating = np.where(missing, np.nan, rating)
    return alliance, rating, np.where(missing[..., None], np.nan, recorded)


def _by_cell(columns: list[list[Floats]]) -> Floats:
    """One column per occasion and informant as (n_children, n_occasions, n_informants)."""
    return np.moveaxis(np.array(columns), -1, 0)
