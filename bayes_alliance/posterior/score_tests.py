r"""Tests of a model's fit that are right whatever ratings are missing at random.

A score is the derivative of the likelihood in a direction in which the model may be wrong
(`directions`). What the model's own parameters have taken up is taken out of it (Neyman 1959),

.. math:: s^* = s - B\,s_\theta, \qquad z = s^* / \sqrt{W^*},

with `B` and `W*` the regression of the one on the other, and what it leaves, among ratings drawn
from the model with the same ones missing. At the posterior mean `z` is about standard normal if the
model is right. If values complete the ratings (beyond an end, weights, a missing covariate), `z` is
the average over draws of the posterior of that of completed ratings. Each of these is a drawn one
if the model is right (Johnson 2004), so that, by Jensen,

.. math:: E\,f\big(E[z \mid y]\big) \le E\,f(z) \quad\text{for every convex } f,

the largest of several in size, say: what is hidden costs power and raises no false alarm. To divide
by the root of :math:`1 - \mathrm{Var}(z \mid y)` would raise many: squares and products vary the
more the larger they are, and so little would be left where chance has made a score large.

Where a value stands behind every rating, most of it is hidden. The average over draws is the score
of the ratings themselves (Louis 1982), and it is standardised as that of measurements of the
values, with the variance that a rating leaves of each (`latent`): what is hidden on average over
ratings, not given the observed ones. Points at which draws scatter more count less, and what is
left of their scatter is added.

The drawn ratings also say how rare it is that the largest of many statistics of a kind, and the
rarest of several kinds, is as large by chance.

References: Neyman (1959) in Probability and Statistics, ed. Grenander, 213-234. Johnson (2004),
JASA 99, 1102-1110. Louis (1982), JRSS B 44, 226-233. Westfall and Young (1993),
Resampling-Based Multiple Testing, section 2.3.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design
from bayes_alliance.posterior.directions import directions
from bayes_alliance.posterior.drawn_scores import PARITIES, Scores, at_point, joined
from bayes_alliance.posterior.exact import arrays_of, evenly_chosen
from bayes_alliance.posterior.fit import Fit

# Draws of the posterior at which completed ratings are looked at; of values behind ratings more,
# because averages over them are divided by what ratings tell.
COMPLETED_DRAWS, LATENT_DRAWS = 50, 200
# What is left of a direction's information without the model's own parameters, and without what
# values that complete the ratings hide: with less, the ratings cannot tell.
LEAST_LEFT, LEAST_SEEN = 0.1, 0.1
# What draws of values behind ratings may add to the variance of a score; powers of residuals of
# which little is seen add so much, and so far out, that chance passes for odd ratings.
MOST_SCATTER = 0.1
# Share of drawn sets that make a tail, and the fewest of which some are in it.
TAIL, FEWEST_SETS = 0.05, 40
# Drawn sets that the regression on scores of the model's own parameters needs for each of them.
SETS_PER_PARAMETER = 4
# Directions of parameters that others imply, as a share of the largest.
LEAST_SINGULAR = 1e-6


def tests(fit: Fit, *, seed: int, n: int) -> tuple[pd.DataFrame, float]:
    """Test a fit in every direction.

    Parameters
    ----------
    fit : Fit
        With ratings that are normal, given what is kept with the fit.
    n : int
        Sets of ratings to draw from the model; more if it has many parameters.

    Returns
    -------
    table : DataFrame
        Index (kind, of); ``z``, positive where ratings have more of it than the model lets expect,
        ``p`` of the statistic by itself, ``p_kind`` of all of its kind together. NaN where a
        direction cannot be tested: the model has it, or the ratings do not tell.
    p : float
        Of all kinds together.
    """
    by_parity = _scores(fit, seed=seed, n=n)
    names = [name for scores in by_parity for name in scores.names]
    observed, drawn = zip(*(_standardised(scores) for scores in by_parity), strict=True)
    z, reference = np.concatenate(observed), np.concatenate(drawn)
    index = pd.MultiIndex.from_tuples(names, names=["kind", "of"])
    kinds, testable = index.get_level_values("kind"), np.isfinite(z)
    together = np.abs(np.column_stack([z, reference]))
    largest = {
        kind: together[testable & (kinds == kind)].max(axis=0)
        for kind in dict.fromkeys(kinds[testable])
    }
    p_of_kind = {kind: _p_of_largest(sizes) for kind, sizes in largest.items()}
    of_kind = [p_of_kind.get(kind, np.nan) for kind in kinds]
    own = 2.0 * ndtr(-np.abs(z))
    table = pd.DataFrame({"z": z, "p": own, "p_kind": of_kind}, index=index)
    if not largest:
        return table, np.nan
    # How rare the rarest kind is: as counted, or if that is too coarse as many times its own p.
    rarest = np.stack([_ranked(-sizes) for sizes in largest.values()]).min(axis=0)
    return table, min(float(_ranked(rarest)[0]), len(largest) * min(p_of_kind.values()))


def _p_of_largest(largest: Floats) -> float:
    """How rare the largest of some statistics is.

    Parameters
    ----------
    largest : array, shape (1 + n_sets,)
        That of the observed ratings, then those of drawn ones.
    """
    p, drawn = float(_ranked(-largest)[0]), largest[1:]
    if p > 1.0 / len(largest) or len(drawn) < FEWEST_SETS:
        return p
    # Beyond all drawn sets their number says no more. Their own tail does, taken as exponential:
    # that of a normal one would be too short for statistics of a few clinics or of odd ratings.
    start = np.quantile(drawn, 1.0 - TAIL)
    further = (drawn[drawn > start] - start).mean()
    return min(p, float(TAIL * np.exp(-(largest[0] - start) / further)))


def _ranked(values: Floats) -> Floats:
    """Share of the values that are as small, each itself included."""
    ranks: Floats = pd.Series(values).rank(method="max").to_numpy() / len(values)
    return ranks


def _scores(fit: Fit, *, seed: int, n: int) -> tuple[Scores, Scores]:
    """Scores at all points, odd ones and even ones."""
    made, ways = points(fit), directions(fit)
    n_sets = -(-max(n, SETS_PER_PARAMETER * _n_parameters(fit.design)) // len(made))
    present = known(fit)
    at = [
        at_point(ways, moments, present, [(seed, number, one) for one in range(n_sets)])
        for number, moments in enumerate(made)
    ]
    odd, even = (joined([one[parity] for one in at]) for parity in PARITIES)
    return odd, even


def _n_parameters(design: Design) -> int:
    """Parameters of expectations or of covariances, whichever are more, at the most."""
    n_informants = len(design.informants)
    n_odd = len(design.coefficients) + int(design.covariate_on.sum()) + design.z.shape[1]
    sizes = [len(terms) for terms, _ in design.term_sets().values()] + [n_informants]
    n_even = sum(size * (size + 1) // 2 for size in sizes)
    return max(n_informants * n_odd, n_even + 1 + n_informants * design.residual_x.shape[1])


def points(fit: Fit) -> list[Mapping[str, Floats]]:
    """Moments to look at ratings with: their means or, if values complete ratings, some draws.

    Returns
    -------
    list of mapping
        Each with one leading dim of length 1.
    """
    design = fit.design
    if fit.spec.family.completion == () and not design.incomplete and not design.estimates_means:
        return [{name: v.mean(axis=0)[None] for name, v in arrays_of(fit.moments).items()}]
    n_chains, n_draws = fit.moments.sizes["chain"], fit.moments.sizes["draw"]
    wanted = LATENT_DRAWS if design.n_latent else COMPLETED_DRAWS
    some = arrays_of(evenly_chosen(fit, min(n_draws, -(-wanted // n_chains))))
    n_points = len(some["residual_cov"])
    return [{name: values[i : i + 1] for name, values in some.items()} for i in range(n_points)]


def known(fit: Fit) -> NDArray[np.bool_]:
    """Ratings of children of whom covariates are known or drawn with the fit, shape (R, K)."""
    design = fit.design
    unknown = np.zeros(len(design.children), dtype=bool)
    for one in design.incomplete:
        if f"missing_{one.name}" not in fit.moments:
            unknown |= one.absent[one.unit]
    return design.present & ~unknown[design.occasion_child, None]


def _standardised(scores: Scores) -> tuple[Floats, Floats]:
    """Standardise scores, less what the model's own parameters have taken up.

    Returns
    -------
    observed : array, shape (n_names,)
        NaN where a direction cannot be tested.
    drawn : array, shape (n_names, n_points * n_sets)
    """
    n_names, n_points, n_sets = scores.tested.shape[0], *scores.tested.shape[1:]
    n_sets -= 1
    drawn = scores.tested[..., 1:].reshape(n_names, -1)
    own = scores.own[..., 1:].reshape(len(scores.own), -1)
    unit = own.std(axis=1, keepdims=True)
    unit = np.where(unit > 0, unit, 1.0)
    slopes, _, rank, _ = np.linalg.lstsq((own / unit).T, drawn.T, rcond=LEAST_SINGULAR)
    slopes = slopes / unit
    n_free = n_points * (n_sets - 1)
    rest = drawn - slopes.T @ own
    variance, left = (drawn**2).sum(axis=1) / n_free, (rest**2).sum(axis=1) / (n_free - rank)
    testable = left > LEAST_LEFT * np.where(variance > 0, variance, np.inf)
    sd = np.sqrt(np.where(testable, left, 1.0))
    at_points = scores.tested[..., 0] - np.tensordot(slopes.T, scores.own[..., 0], axes=1)
    z, weight = at_points / sd[:, None], np.full((n_names, n_points), 1.0 / n_points)
    if scores.behind is not None:
        values, by_values = scores.behind
        complete = values - np.tensordot(slopes.T, by_values, axes=1)
        whole = (complete**2).sum(axis=2) / (n_sets - 1) / sd[:, None] ** 2
        # Where residuals are small, values of which much is hidden count as much more than they
        # tell: less is made of such points, which follow from parameters alone.
        weight = 1.0 / np.maximum(whole, 1.0)
        weight /= weight.sum(axis=1, keepdims=True)
        scatter = (weight**2 * np.maximum(whole - 1.0, 0.0)).sum(axis=1)
        testable &= scatter < MOST_SCATTER
        z /= np.sqrt(1.0 + scatter)[:, None]
    elif n_points > 1:
        # Averages over few drawn sets, by which scores are centred, vary too. Large scores vary
        # more than others: by their squares, 1 on average, they do not count as hidden.
        hidden = z.var(axis=1, ddof=1) - 1.0 / n_sets
        testable &= hidden < (1.0 - LEAST_SEEN) * np.maximum((z**2).mean(axis=1), 1.0)
    observed = np.where(testable, (weight * z).sum(axis=1), np.nan)
    spread = np.sqrt((rest**2).mean(axis=1))
    return observed, rest / np.where(spread > 0, spread, 1.0)[:, None]
