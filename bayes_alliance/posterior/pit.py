r"""Do ratings lie within their predicted distributions as they should? Randomised PIT.

The probability integral transform of a rating is its place in the distribution that the model
predicts for it, :math:`u = F(y)`; for ratings that come in steps, which have a piece of that
distribution each, a random place within the piece,
:math:`u = F(y^-) + v\,(F(y^+) - F(y^-))` (Czado, Gneiting and Held 2009). At the ends of the scale
the piece is all that lies beyond. If the model is right, the places of an informant's ratings are
uniform. Ratings of a family are not independent, so departures are judged among those of replicated
ratings.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import replicates
from bayes_alliance.posterior.transposed import columns
from bayes_alliance.posterior.verdict import WARN_BELOW, Check, verdict_of

GRID = np.linspace(0.0, 1.0, 101)
UNIFORM_SD = 12.0**-0.5


@checked_arguments
def pit(fit: Fit, *, seed: Seed, n: Count = 1000) -> Check:
    """Whether the ratings of each informant are spread as the model predicts.

    Parameters
    ----------
    n : int
        Replicated data sets; with fewer than some 800 the check can warn but not fail.

    Returns
    -------
    Check
        The table has a row per informant: ``distance``, the largest between the distribution
        function of the places and the uniform one, ``upper``, below which 95 % of the replicates'
        distances lie, the ``mean`` (0.5 if right) and ``sd`` (0.29 if right) of the places, and
        ``p``: how rare, among replicates, a distance or a departure of the sd as large is, twice
        the smaller of the two. Fails if the smallest ``p`` times the
        number of informants is below 0.01, warns below 0.05. Like every posterior predictive
        check it uses the ratings twice, and is mild.

    Raises
    ------
    InputError
        If ratings cannot be replicated for the model's family.

    References
    ----------
    Czado, Gneiting and Held (2009), Biometrics 65, 1254-1261. Säilynoja, Bürkner and Vehtari
    (2022), Statistics and Computing 32, 32.
    """
    rows = {}
    for informant, (own, others) in zip(
        fit.design.informants, _places(fit, seed=seed, n=n), strict=True
    ):
        distance, sd = own.distance[0], own.sd[0]
        rows[informant] = {
            "distance": distance,
            "upper": np.quantile(others.distance, 0.95),
            "p": _p(distance, others.distance, sd, others.sd),
            "mean": own.mean[0],
            "sd": sd,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("informant")
    # Bonferroni: as many chances to depart as there are informants.
    worst = float(table["p"].min()) * len(table)
    verdict = verdict_of(worst)
    if verdict == "pass":
        sentence = "Ratings of every informant are spread as the model predicts."
    else:
        said = [
            f"{informant} ({_shape(row)})"
            for informant, row in table.iterrows()
            if row["p"] * len(table) < WARN_BELOW
        ]
        sentence = f"Ratings are not spread as the model predicts: {'; '.join(said)}."
    return Check(
        name="places of ratings",
        verdict=verdict,
        table=table,
        sentence=sentence,
        reference="Czado, Gneiting and Held (2009)",
        synthetic=fit.ratings.synthetic,
    )


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where ratings of one informant lie in their predicted distributions, for some data sets.

    Parameters
    ----------
    up_to : array of int, shape (n_sets, 101)
        Ratings whose place is at or below each point of the grid; the last counts all.
    total, squares : array, shape (n_sets,)
        Sums of the places and of their squares, measured from 0.5.
    """

    up_to: Integers
    total: Floats
    squares: Floats

    @property
    def distance(self) -> Floats:
        """Largest distance of the distribution function of the places from the uniform one."""
        return np.abs(self.up_to / self.up_to[:, -1:] - GRID).max(axis=1)

    @property
    def mean(self) -> Floats:
        """Average place."""
        return 0.5 + self.total / self.up_to[:, -1]

    @property
    def sd(self) -> Floats:
        """Standard deviation of the places."""
        n = self.up_to[:, -1]
        return np.sqrt(np.maximum(self.squares / n - (self.total / n) ** 2, 0.0))


def _of(u: Floats) -> Places:
    """Places of ratings, shape (n_sets, n_ratings)."""
    at = np.searchsorted(GRID, u) + len(GRID) * np.arange(len(u))[:, None]
    counted = np.bincount(at.ravel(), minlength=len(GRID) * len(u)).reshape(len(u), len(GRID))
    return Places(
        up_to=counted.cumsum(axis=1),
        total=(u - 0.5).sum(axis=1),
        squares=((u - 0.5) ** 2).sum(axis=1),
    )


def _both(first: Places, second: Places) -> Places:
    """Places of different ratings of the same data sets."""
    return Places(
        up_to=first.up_to + second.up_to,
        total=first.total + second.total,
        squares=first.squares + second.squares,
    )


def _places(fit: Fit, *, seed: int, n: int) -> list[tuple[Places, Places]]:
    """Of every informant: places of the observed ratings among replicates, and of these."""

    def joined(
        first: list[tuple[Places, Places]], second: list[tuple[Places, Places]]
    ) -> list[tuple[Places, Places]]:
        return [
            (_both(own, more), _both(others, more_others))
            for (own, others), (more, more_others) in zip(first, second, strict=True)
        ]

    return functools.reduce(joined, _places_of_blocks(fit, seed=seed, n=n))


def _places_of_blocks(fit: Fit, *, seed: int, n: int) -> Iterator[list[tuple[Places, Places]]]:
    """Places of every informant's ratings, some occasions at a time."""
    n_cells, n_informants = fit.design.present.size, len(fit.design.informants)
    present = fit.design.present.ravel()
    lower, upper = (edge.ravel() for edge in _pieces(fit))
    made = (ratings.reshape(1, -1) for ratings in replicates(fit, seed=seed, n=n))
    for cells, block in columns(made, together=n_informants):
        n_kept = len(block)
        below = (block < lower[cells]).sum(axis=0)
        inside = (block <= upper[cells]).sum(axis=0) - below
        # One more than the replicates: the rating itself has its place among them.
        v = _uniform(seed, cells, n_cells, first=0, n=1)
        own = (below + v * (inside + 1)) / (n_kept + 1)
        # Censored replicates pile up at the ends; a little noise gives equal ones a random order.
        noise = _uniform(seed, cells, n_cells, first=1, n=n_kept)
        order = np.argsort(np.lexsort((noise, block), axis=0), axis=0)
        others = (order + _uniform(seed, cells, n_cells, first=1 + n_kept, n=n_kept)) / n_kept
        rated = [
            k + n_informants * np.flatnonzero(present[cells][k::n_informants])
            for k in range(n_informants)
        ]
        yield [(_of(own[:, at]), _of(others[:, at])) for at in rated]


def _uniform(seed: int, cells: slice, n_cells: int, *, first: int, n: int) -> Floats:
    """Uniform numbers of some cells, shape (n, n_some): some columns of one table of them.

    Parameters
    ----------
    cells : slice
        Of `n_cells`, so many numbers has a row of the table.
    first : int
        Row of the table.
    """
    # A stream of its own: the replicates have used that of the seed.
    bits = np.random.PCG64([seed, 1])
    rng, numbers = np.random.Generator(bits), np.empty((n, cells.stop - cells.start))
    # Every number takes one step of the generator, so that others need not be drawn to pass them.
    bits.advance(first * n_cells + cells.start)
    for row in numbers:
        rng.random(out=row)
        bits.advance(n_cells - len(row))
    return numbers


def _pieces(fit: Fit) -> tuple[Floats, Floats]:
    """Lower and upper edge of what every rating stands for, shape (R, K) each."""
    arrays, y = fit.design, fit.design.observed
    steps = [fit.ratings.scales[informant].step or 0.0 for informant in arrays.informants]
    half = 0.5 * np.array(steps)
    floor, ceiling = arrays.bounds
    return np.where(y <= floor, -np.inf, y - half), np.where(y >= ceiling, np.inf, y + half)


def _p(distance: float, distances: Floats, sd: float, sds: Floats) -> float:
    """Twice the smaller of the tail probabilities of the distance and of the sd's departure."""
    n = 1 + len(distances)
    apart, departures = abs(sd - sds.mean()), np.abs(sds - sds.mean())
    far, wide = (1 + (distances >= distance).sum()) / n, (1 + (departures >= apart).sum()) / n
    return float(min(1.0, 2.0 * min(far, wide)))


def _shape(row: pd.Series) -> str:
    """What is wrong, in words."""
    if abs(row["mean"] - 0.5) > abs(row["sd"] - UNIFORM_SD):
        return "higher than predicted" if row["mean"] > 0.5 else "lower than predicted"
    return "more spread than predicted" if row["sd"] > UNIFORM_SD else "less spread than predicted"
