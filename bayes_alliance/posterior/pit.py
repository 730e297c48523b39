r"""Do ratings lie within their predicted distributions as they should? Randomised PIT.

The probability integral transform of a rating is its place in the distribution that the model
predicts for it from the earlier ratings of its child, :math:`u = F(y)`; for ratings that come in
steps, which have a piece of that distribution each, a random place within the piece,
:math:`u = F(y^-) + v\,(F(y^+) - F(y^-))` (Czado, Gneiting and Held 2009). At the ends of the scale
the piece is all that lies beyond. If the model is right, the places of an informant's ratings are
uniform, whoever has left by what was rated before. Children of one therapist are not independent,
so departures are judged among those of ratings drawn from the model.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import Count, InputError, Seed, checked_arguments
from bayes_alliance.posterior import score_tests, transposed
from bayes_alliance.posterior.exact import NOT_KEPT, not_exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.innovations import innovations_of, predictions
from bayes_alliance.posterior.marginal import marginal
from bayes_alliance.posterior.verdict import WARN_BELOW, Check, verdict_of

GRID = np.linspace(0.0, 1.0, 101)
UNIFORM_SD = 12.0**-0.5
# Steps that people rate in, the widest first.
STEPS = (5.0, 2.0, 1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.01)
# The least share of ratings on a grid by those who know it only, from which on it is seen: beside
# whole points, of which a few may be rated most, nearly all. Judgement.
WHOLE, CLEAR, SURE = 1.0, 0.5, 0.95
ROUNDING = 1e-6


@checked_arguments
def pit(fit: Fit, *, seed: Seed, n: Count = 1000) -> Check:
    """Whether the ratings of each informant are spread as the model predicts.

    Parameters
    ----------
    n : int
        Data sets drawn from the model; with fewer than some 800 the check can warn but not fail.

    Returns
    -------
    Check
        The table has a row per informant: ``distance``, the largest between the distribution
        function of the places and the uniform one, ``upper``, below which 95% of the distances of
        drawn ratings lie, the ``mean`` (0.5 if right) and ``sd`` (0.29 if right) of the places, and
        ``p``: how rare, among drawn ratings, a distance or a departure of the sd as large is, twice
        the smaller of the two. Fails if the smallest ``p`` times the number of informants is below
        0.01, warns below 0.05. It takes the parameters as known that the same ratings were fitted
        with, and is mild.

    Raises
    ------
    InputError
        If what completes the ratings is not kept with the fit.

    References
    ----------
    Czado, Gneiting and Held (2009), Biometrics 65, 1254-1261. Säilynoja, Bürkner and Vehtari
    (2022), Statistics and Computing 32, 32.
    """
    if problems := not_exact(fit, why=NOT_KEPT, completed=True, values=True):
        raise InputError(problems, "places of ratings")
    rows, counts = {}, {}
    for informant, own, others in zip(
        fit.design.informants, *_places(fit, seed=seed, n=n), strict=True
    ):
        distance, sd = own.distance[0], own.sd[0]
        counts[informant] = own.up_to[0]
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
            f"{fit.ratings.words.name(str(informant))} ({_shape(row)})"
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
        places=pd.DataFrame(counts, index=pd.Index(GRID, name="place")),
        words=fit.ratings.words,
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


def _places(fit: Fit, *, seed: int, n: int) -> tuple[list[Places], list[Places]]:
    """Places of the observed ratings of every informant, and of drawn ones."""
    points, present = score_tests.points(fit), score_tests.known(fit)
    lower, upper = _pieces(fit, np.random.default_rng([seed, 1]))
    size = max(1, transposed.MOST_IN_BLOCK // (4 * present.size))
    n_sets = -(-n // len(points))
    own: list[Floats] = []
    others: list[list[Places]] = [[] for _ in range(present.shape[1])]
    for number, moments in enumerate(points):
        made = marginal(fit.design, moments, present)
        from_earlier, rng = predictions(made), np.random.default_rng([seed, number])
        innovations, sd = innovations_of(made.error[..., None], from_earlier)
        own.append(_within(innovations[..., 0], sd, lower, upper, rng))
        for first in range(0, n_sets, size):
            last = min(first + size, n_sets)
            seeds = [(seed, number, one) for one in range(first, last)]
            drawn = made.draws([np.random.default_rng(one) for one in seeds])
            u = ndtr(innovations_of(drawn, from_earlier)[0] / sd[..., None])
            for k, places in enumerate(others):
                places.append(_of(u[present[:, k], k].T))
    at_points = np.stack(own, axis=-1)
    of_own = [_of(at_points[given, k].reshape(1, -1)) for k, given in enumerate(present.T)]
    return of_own, [_joined(places) for places in others]


def _joined(parts: list[Places]) -> Places:
    """Places of different data sets."""
    return Places(
        up_to=np.concatenate([part.up_to for part in parts]),
        total=np.concatenate([part.total for part in parts]),
        squares=np.concatenate([part.squares for part in parts]),
    )


def _within(
    error: Floats, sd: Floats, lower: Floats, upper: Floats, rng: np.random.Generator
) -> Floats:
    """Random places within the pieces that ratings stand for, shape (R, K).

    Parameters
    ----------
    error, sd : array, shape (R, K)
        Of the rating from what earlier ones let expect.
    lower, upper : array, shape (R, K)
        Of the piece, measured from the rating.
    """
    width = np.where(np.isfinite(upper), upper, np.where(np.isfinite(lower), -lower, 0.0))
    # What is predicted has the scatter of rounding in it, which the piece adds once more.
    sd = np.sqrt(np.maximum(sd**2 - width**2 / 3.0, 0.25 * sd**2))
    below, above = ndtr((error + lower) / sd), ndtr((error + upper) / sd)
    return below + rng.random(error.shape) * (above - below)


def _pieces(fit: Fit, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Lower and upper edge, from the rating, of what every rating stands for, shape (R, K) each."""
    arrays, y = fit.design, fit.design.observed
    half = np.zeros(arrays.present.shape)
    for k, informant in enumerate(arrays.informants):
        start = fit.ratings.scales[informant].lower or 0.0
        own = arrays.present[:, k]
        half[own, k] = 0.5 * _widths(y[own, k] - start, rng)
    floor, ceiling = arrays.bounds
    lower, upper = np.where(y <= floor, -np.inf, -half), np.where(y >= ceiling, np.inf, half)
    # Values that complete ratings stand for themselves.
    completed = arrays.floor | arrays.ceiling | (arrays.n_latent > 0)
    return np.where(completed, 0.0, lower), np.where(completed, 0.0, upper)


def _widths(distance: Floats, rng: np.random.Generator) -> Floats:
    """How wide the piece of every rating is, where some rate in coarser steps than others.

    If all rated in the finest steps that the ratings show, points of a wider grid would be rated
    as often as those beside it. What they are rated more often is of those who know this grid only,
    so that one half point among whole ones leaves the others what they are.

    Parameters
    ----------
    distance : array, shape (n,)
        Of ratings from the lower end of the scale.
    """
    shares = {step: float(_on_grid(distance, step).mean()) for step in STEPS}
    finest = next((step for step in STEPS if shares[step] == 1.0), 0.0)
    widest, known, most = finest, 0.0, 0.0
    for step in (step for step in STEPS if step > finest and shares[step] > 0.0):
        # Ratings of a point beside the grid for one of a point on it, which both kinds rate.
        beside = (1.0 - shares[step]) / (step / finest - 1.0) if finest else 0.0
        only = 1.0 - beside / shares[step]
        if only > (CLEAR if finest < WHOLE else SURE) and only * shares[step] > most:
            widest, known, most = step, only, only * shares[step]
    on_grid = _on_grid(distance, widest) if widest else np.ones(len(distance), dtype=bool)
    return np.where(on_grid & (rng.random(len(distance)) < known), widest, finest)


def _on_grid(distance: Floats, step: float) -> NDArray[np.bool_]:
    """Whether ratings are multiples of a step."""
    counted = distance / step
    return np.abs(counted - np.round(counted)) < ROUNDING


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
