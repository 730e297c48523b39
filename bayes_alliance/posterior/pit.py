r"""Do ratings lie within their predicted distributions as they should? Randomised PIT.

The probability integral transform of a rating is its place in the distribution that the model
predicts for it, :math:`u = F(y)`; for ratings that come in steps, which have a piece of that
distribution each, a random place within the piece,
:math:`u = F(y^-) + v\,(F(y^+) - F(y^-))` (Czado, Gneiting and Held 2009). At the ends of the scale
the piece is all that lies beyond. If the model is right, the places of an informant's ratings are
uniform. Ratings of a family are not independent, so departures are judged among those of replicated
ratings.
"""

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Count, Seed, checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.replicate import replicated
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
    places, of_replicates = _places(fit, seed=seed, n=n)
    rows = {}
    for k, informant in enumerate(fit.design.informants):
        given = fit.design.present[:, k]
        u = places[given, k]
        distance = _distance(u[None])[0]
        others = _distance(of_replicates[:, given, k])
        rows[informant] = {
            "distance": distance,
            "upper": np.quantile(others, 0.95),
            "p": _p(distance, others, u.std(), of_replicates[:, given, k].std(axis=1)),
            "mean": u.mean(),
            "sd": u.std(),
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


def _places(fit: Fit, *, seed: int, n: int) -> tuple[Floats, Floats]:
    """Places of the observed ratings among replicated ones, and of replicates among each other."""
    replicates = replicated(fit, seed=seed, n=n).values
    # A stream of its own: the replicates have used that of the seed.
    rng = np.random.default_rng([seed, 1])
    n_kept = len(replicates)
    lower, upper = _pieces(fit)
    below = (replicates < lower).sum(axis=0)
    inside = (replicates <= upper).sum(axis=0) - below
    # One more than the replicates: the rating itself has its place among them.
    v = rng.random(below.shape)
    places = (below + v * (inside + 1)) / (n_kept + 1)
    # Censored replicates pile up at the ends; a little noise gives equal ones a random order.
    noise = rng.random(replicates.shape)
    order = np.argsort(np.lexsort((noise, replicates), axis=0), axis=0)
    return places, (order + rng.random(order.shape)) / n_kept


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


def _distance(places: Floats) -> Floats:
    """Largest distance of each row's distribution function from the uniform one."""
    ordered = np.sort(places, axis=1)
    ecdf = np.stack([np.searchsorted(row, GRID, side="right") for row in ordered])
    return np.abs(ecdf / places.shape[1] - GRID).max(axis=1)


def _shape(row: pd.Series) -> str:
    """What is wrong, in words."""
    if abs(row["mean"] - 0.5) > abs(row["sd"] - UNIFORM_SD):
        return "higher than predicted" if row["mean"] > 0.5 else "lower than predicted"
    return "more spread than predicted" if row["sd"] > UNIFORM_SD else "less spread than predicted"
