r"""Expected log predictive density of units left out, by importance sampling and exact refits.

.. math:: \mathrm{elpd} = \sum_i \log \int p(y_i \mid y_{-i}, \theta)\, p(\theta \mid y_{-i})\,
          d\theta

with `i` a rating, a child, a therapist or a clinic. The posterior without the unit is reached from
the one at hand by Pareto smoothed importance sampling with weights
:math:`1 / p(y_i \mid y_{-i}, \theta)`; where their tail is too heavy (Pareto `k`) the model is
fitted again without the unit (Vehtari, Gelman and Gabry 2017; Vehtari et al. 2024). Random effects
are integrated out, which keeps most `k` low; for what completes the ratings see `completed`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.completed import proposal
from bayes_alliance.posterior.exact import by_chain
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.importance import highest_k, smoothed
from bayes_alliance.posterior.left_out import Unit, with_level
from bayes_alliance.posterior.refits import Key, refitted_scores
from bayes_alliance.posterior.scores import by_draw, units_of
from bayes_alliance.posterior.transposed import columns


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """What a model says about each unit, given the others.

    Parameters
    ----------
    labels : tuple of str
        Units with ratings.
    elpd : array, shape (n_units,)
        Log predictive density of all ratings of the unit.
    mcse : array, shape (n_units,)
        Monte Carlo standard error of `elpd`.
    pareto_k : array, shape (n_units,)
        Of the importance weights.
    high : array of bool, shape (n_units,)
        Whether `pareto_k` is too high for the number of draws.
    refitted : array of bool, shape (n_units,)
        Whether the model was fitted again without the unit: exact but for Monte Carlo error.
    unconverged : array of bool, shape (n_units,)
        Whether that fit failed the check of convergence.
    keys : tuple
        Units with ratings, by child, time and informant if they are ratings: the same for all
        models of the same ratings, in whatever order these came.
    failed : tuple of str
        Why fits without some units could not be made. In folds the `elpd` of these units is not a
        number; one at a time it stays that of importance sampling.
    """

    labels: tuple[str, ...]
    elpd: Floats
    mcse: Floats
    pareto_k: Floats
    high: NDArray[np.bool_]
    refitted: NDArray[np.bool_]
    unconverged: NDArray[np.bool_]
    keys: tuple[Key, ...]
    failed: tuple[str, ...] = ()

    def taken(self, places: Integers) -> "LeftOut":
        """Some of the units, in another order.

        Parameters
        ----------
        places : array of int
            Of the units to take.
        """
        arrays = ("elpd", "mcse", "pareto_k", "high", "refitted", "unconverged")
        return replace(
            self,
            labels=tuple(self.labels[place] for place in places),
            keys=tuple(self.keys[place] for place in places),
            **{name: getattr(self, name)[places] for name in arrays},
        )


def left_out(fit: Fit, unit: Unit, *, seed: int, refits: int) -> LeftOut:
    """Leave out every unit of a kind.

    Parameters
    ----------
    fit : Fit
        With ratings that are normal, given what completes them (`exact.require_exact`).
    seed : int
        Of the refits.
    refits : int
        The most refits to make, highest `k` first.

    Raises
    ------
    InputError
        If the ratings do not know such units.
    """
    design, moments = with_level(fit, unit)
    with_ratings = np.flatnonzero(_n_ratings(design, unit))
    proposed = proposal(design, moments, unit)
    by_unit = by_draw(moments, design, unit=unit, proposed=proposed)
    scores = columns(some[:, with_ratings] for some in by_unit)
    smooth = [smoothed(by_chain(moments, block)) for _, block in scores]
    elpd, mcse, pareto_k = (np.concatenate(parts) for parts in zip(*smooth, strict=True))
    high = pareto_k > highest_k(moments.sizes["chain"] * moments.sizes["draw"])
    labels = units_of(design, unit)
    keys = _keys(fit.design if unit == "rating" else design, unit)
    refitted, unconverged, failed = np.zeros_like(high), np.zeros_like(high), []
    worst_first = np.argsort(-pareto_k)
    for position in worst_first[high[worst_first]][:refits]:
        # Every unit has a seed of its own, which does not depend on which others are refitted.
        own = int(np.random.SeedSequence([seed, int(position)]).generate_state(1)[0])
        place = int(with_ratings[position])
        try:
            again = refitted_scores(fit, unit, keys[place], [place], seed=own, proposed=proposed)
        except InputError as error:
            failed.append(str(error))
            continue
        elpd[position], mcse[position] = again.elpd[0], again.mcse[0]
        refitted[position], unconverged[position] = True, not again.converged
    return LeftOut(
        labels=tuple(labels[position] for position in with_ratings),
        elpd=elpd,
        mcse=mcse,
        pareto_k=pareto_k,
        high=high,
        refitted=refitted,
        unconverged=unconverged,
        keys=tuple(keys[place] for place in with_ratings),
        failed=tuple(failed),
    )


def n_rated(fit: Fit, unit: Unit) -> int:
    """Units of a kind that have ratings."""
    return int((_n_ratings(with_level(fit, unit)[0], unit) > 0).sum())


def in_folds(fit: Fit, unit: Unit, *, folds: int, seed: int) -> LeftOut:
    """Leave out the units of a kind in folds, with a fit to the others for each fold.

    Parameters
    ----------
    unit : {"child", "therapist", "clinic"}
        The highest level of the model: units of one fold know nothing of each other, given the
        parameters.
    folds : int
        At least 2; units are dealt out at random.
    seed : int
        Of the dealing; the same seed and ratings give the same folds whatever the model.

    Returns
    -------
    LeftOut
        With `pareto_k` not a number. A fold whose fit cannot be made costs its own units only.
    """
    design, moments = with_level(fit, unit)
    proposed = proposal(design, moments, unit)
    with_ratings = np.flatnonzero(_n_ratings(design, unit))
    keys = _keys(design, unit)
    labels = [str(keys[position]) for position in with_ratings]
    rng = np.random.default_rng(seed)
    fold = np.empty(len(with_ratings), dtype=np.int64)
    # Dealt out by label, so that rows in another order give the same folds, whose sizes differ by
    # one at most.
    fold[np.argsort(labels)] = rng.permutation(np.arange(len(with_ratings)) % folds)
    elpd, mcse = np.full(len(with_ratings), np.nan), np.full(len(with_ratings), np.nan)
    unconverged, failed = np.zeros(len(with_ratings), dtype=bool), []
    for number in range(folds):
        own = np.flatnonzero(fold == number)
        out = [labels[position] for position in own]
        try:
            again = refitted_scores(
                fit, unit, out, with_ratings[own].tolist(), seed=seed + number, proposed=proposed
            )
        except InputError as error:
            failed.append(str(error))
            continue
        elpd[own], mcse[own], unconverged[own] = again.elpd, again.mcse, not again.converged
    return LeftOut(
        labels=tuple(labels),
        elpd=elpd,
        mcse=mcse,
        pareto_k=np.full(len(with_ratings), np.nan),
        high=np.zeros(len(with_ratings), dtype=bool),
        refitted=~np.isnan(elpd),
        unconverged=unconverged,
        keys=tuple(labels),
        failed=tuple(failed),
    )


def _n_ratings(design: Design, unit: Unit) -> Integers:
    """Ratings of every unit."""
    if unit == "rating":
        return np.ones(design.n_ratings, dtype=np.int64)
    of_unit = np.bincount(
        design.occasion_child, design.present.sum(axis=1), minlength=len(design.children)
    )
    # Ratings of children add up to those of therapists, and these to those of clinics.
    for level in design.levels if unit != "child" else ():
        of_unit = np.bincount(level.parent, of_unit, minlength=len(level.labels))
        if level.name == unit:
            break
    return of_unit.astype(np.int64)


def _keys(design: Design, unit: Unit) -> list[Key]:
    """What `without` calls the units of a kind, in the order of their scores."""
    if unit != "rating":
        return list(design.units[unit])
    return [
        (
            design.children[design.occasion_child[row]],
            float(design.occasion_time[row]),
            design.informants[informant],
        )
        for row, informant in zip(*np.nonzero(design.present), strict=True)
    ]
