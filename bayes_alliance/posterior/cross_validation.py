r"""Expected log predictive density of units left out, by importance sampling and exact refits.

.. math:: \mathrm{elpd} = \sum_i \log \int p(y_i \mid y_{-i}, \theta)\, p(\theta \mid y_{-i})\,
          d\theta

with `i` a rating, a child, a therapist or a clinic. The posterior without the unit is reached from
the one at hand by Pareto smoothed importance sampling with weights
:math:`1 / p(y_i \mid y_{-i}, \theta)`; where their tail is too heavy (Pareto `k`) the model is
fitted again without the unit (Vehtari, Gelman and Gabry 2017; Vehtari et al. 2024). Random effects
are integrated out, which keeps most `k` low; for what completes the ratings see `completed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.design import Design
from bayes_alliance.posterior.checks import convergence
from bayes_alliance.posterior.completed import Proposal, proposal
from bayes_alliance.posterior.exact import by_chain
from bayes_alliance.posterior.fit import Fit, uninterrupted
from bayes_alliance.posterior.fit import fit as fit_model
from bayes_alliance.posterior.importance import efficiency, highest_k, smoothed
from bayes_alliance.posterior.left_out import Unit, recoded, unrated, with_level, without
from bayes_alliance.posterior.scores import by_draw, units_of
from bayes_alliance.posterior.transposed import columns

type Label = str | tuple[str, float, str] | list[str]


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
    """

    labels: tuple[str, ...]
    elpd: Floats
    mcse: Floats
    pareto_k: Floats
    high: NDArray[np.bool_]
    refitted: NDArray[np.bool_]
    unconverged: NDArray[np.bool_]


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
    refitted, unconverged = np.zeros_like(high), np.zeros_like(high)
    worst_first = np.argsort(-pareto_k)
    for position in worst_first[high[worst_first]][:refits]:
        # Every unit has a seed of its own, which does not depend on which others are refitted.
        own = int(np.random.SeedSequence([seed, int(position)]).generate_state(1)[0])
        key = _key(fit.design if unit == "rating" else design, unit, int(with_ratings[position]))
        again = refitted_scores(
            fit, unit, key, [int(with_ratings[position])], seed=own, proposed=proposed
        )
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
        With `pareto_k` not a number.
    """
    design, moments = with_level(fit, unit)
    proposed = proposal(design, moments, unit)
    with_ratings = np.flatnonzero(_n_ratings(design, unit))
    rng = np.random.default_rng(seed)
    # Sizes of folds differ by one at most.
    fold = rng.permutation(np.arange(len(with_ratings)) % folds)
    elpd, mcse = np.empty(len(with_ratings)), np.empty(len(with_ratings))
    unconverged = np.zeros(len(with_ratings), dtype=bool)
    labels = [str(_key(design, unit, int(position))) for position in with_ratings]
    for number in range(folds):
        own = np.flatnonzero(fold == number)
        out = [labels[position] for position in own]
        again = refitted_scores(
            fit, unit, out, with_ratings[own].tolist(), seed=seed + number, proposed=proposed
        )
        elpd[own], mcse[own], unconverged[own] = again.elpd, again.mcse, not again.converged
    return LeftOut(
        labels=tuple(labels),
        elpd=elpd,
        mcse=mcse,
        pareto_k=np.full(len(with_ratings), np.nan),
        high=np.zeros(len(with_ratings), dtype=bool),
        refitted=np.ones(len(with_ratings), dtype=bool),
        unconverged=unconverged,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Refitted:
    """Scores of units by a fit without them.

    Parameters
    ----------
    elpd : array, shape (n_units,)
        Log predictive density of each unit's ratings given those the fit has seen.
    mcse : array, shape (n_units,)
        Its Monte Carlo standard error.
    converged : bool
        Whether the fit passed the check of convergence, or nearly so.
    """

    elpd: Floats
    mcse: Floats
    converged: bool


def refitted_scores(
    fit: Fit,
    unit: Unit,
    label: Label,
    positions: Sequence[int],
    *,
    seed: int,
    proposed: Proposal | None = None,
) -> Refitted:
    """Fit a model without some units, with as many draws, and score their ratings.

    Parameters
    ----------
    fit : Fit
        With all ratings.
    label : str, (child, time, informant) of a rating, or list of str
        What `left_out.without` leaves out.
    positions : sequence of int
        Of the same units, as in the scores.
    proposed : Proposal, optional
        As in `scores.by_draw`.
    """
    everybody, _ = with_level(fit, unit)
    moments = fit.moments
    # Values that complete ratings or covariates are found again by their child: all of them stay.
    leave = without if proposed is None and not everybody.incomplete else unrated
    refit = uninterrupted(
        fit_model(
            fit.spec,
            leave(fit.ratings, unit, label),
            seed=seed,
            engine="collapsed" if fit.engine == "collapsed" else "pymc",
            progress=False,
            chains=moments.sizes["chain"],
            draws=moments.sizes["draw"],
        )
    )
    # A model without effects of this unit gets the level, with variance zero, as the first fit did.
    if f"{unit}_cov" in moments or unit in ("rating", "child"):
        drawn = refit.moments
    else:
        _, drawn = with_level(refit, unit)
    if proposed is not None:
        proposed = proposed.to_draw_from()
        drawn = proposed.filled(drawn, refit.design, everybody, seed=seed)
    coded = recoded(everybody, refit.design)
    scores = by_draw(drawn, coded, unit=unit, proposed=proposed)
    values = by_chain(drawn, np.concatenate([some[:, list(positions)] for some in scores]))
    n_draws = values.shape[0] * values.shape[1]
    # The fit has not seen these units, so that every draw has the same weight.
    elpd = logsumexp(values, axis=(0, 1)) - np.log(n_draws)
    spread = np.expm1(values - elpd).std(axis=(0, 1))
    effective = [n_draws * efficiency(values[..., i]) for i in range(len(positions))]
    return Refitted(
        elpd=elpd, mcse=spread / np.sqrt(effective), converged=convergence(refit).verdict != "fail"
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


def _key(design: Design, unit: Unit, position: int) -> str | tuple[str, float, str]:
    """What `without` calls a unit."""
    match unit:
        case "rating":
            rows, informants = np.nonzero(design.present)
            row, informant = rows[position], informants[position]
            child = design.children[design.occasion_child[row]]
            return child, float(design.occasion_time[row]), design.informants[informant]
        case _:
            return design.units[unit][position]
