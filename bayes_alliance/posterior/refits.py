"""Scores of units by a fit that has not seen them: exact, but for Monte Carlo error.

Where importance sampling does not reach the posterior without a unit, or units are left out in
folds, the model is fitted again to the ratings of the others, and the ratings of the units are
scored given its draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayes_alliance.arrays import Floats
from bayes_alliance.design import Design, covariates
from bayes_alliance.posterior.checks import convergence
from bayes_alliance.posterior.completed import Proposal
from bayes_alliance.posterior.exact import by_chain
from bayes_alliance.posterior.fit import Fit, uninterrupted
from bayes_alliance.posterior.fit import fit as fit_model
from bayes_alliance.posterior.importance import efficiency
from bayes_alliance.posterior.left_out import Unit, recoded, unrated, with_level, without
from bayes_alliance.posterior.scores import by_draw
from bayes_alliance.ratings import Ratings

type Key = str | tuple[str, float, str]
type Label = Key | list[str]


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
    refit = uninterrupted(
        fit_model(
            fit.spec,
            _others(fit, everybody, unit, label, completed=proposed is not None),
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


def _others(fit: Fit, design: Design, unit: Unit, label: Label, *, completed: bool) -> Ratings:
    """The ratings without some units."""
    if not completed and not design.incomplete:
        others = without(fit.ratings, unit, label)
        # Where nobody else has a value, its effect is left to the prior, which needs the column.
        if not covariates.problems(fit.spec, others):
            return others
    # Values that complete ratings or covariates are found again by their child: all of them stay.
    return unrated(fit.ratings, unit, label)
