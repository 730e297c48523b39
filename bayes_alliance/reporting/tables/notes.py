"""What stands below a table of a paper: what was fitted, under which priors, how many draws."""

from collections.abc import Collection

import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting.prose.wording import (
    DAGGER,
    coefficient_said,
    covariate_said,
    driven,
    headed,
    listed,
    time_label,
)
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.phrases import capitalised
from bayes_alliance.specification.printing import brief
from bayes_alliance.specification.priors import stated
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.structures import STRUCTURES

MADE_UP = "SYNTHETIC DATA."


def below(
    fit: Fit, *, entries: str, priors: Collection[str], prob: float, shown: pd.DataFrame
) -> str:
    """Compose the note of a table that shows a fit.

    Parameters
    ----------
    entries : str
        What the table shows, in sentences.
    priors : collection of str
        What the stated priors are for: keys of ``spec.priors``; others are passed over.
    prob : float
        Posterior probability inside the intervals.
    shown : DataFrame
        What is printed above, where numbers that stand on the prior are marked.
    """
    spec, sizes = fit.spec, fit.moments.sizes
    made_up = f"{MADE_UP} " if fit.ratings.synthetic else ""
    short = " Sampling was interrupted." if fit.interrupted else ""
    if shown.astype(str).apply(lambda column: column.str.contains(DAGGER)).to_numpy().any():
        entries += f" {driven(fit)}"
    if spec.family.points:
        entries += f" {spec.family.points}"
    stated_here = priors_stated(spec, fit.ratings, priors)
    return (
        f"{made_up}{entries} Estimates are posterior medians; brackets hold equal-tailed "
        f"{percent(prob)} posterior intervals (CI). Model: {spec.title} "
        f"({fit.ratings.words.said(brief(spec))}). "
        f"{f'{stated_here} ' if stated_here else ''}Draws: {sizes['chain']} chains of "
        f"{sizes['draw']:,}.{short}"
    )


def percent(prob: float) -> str:
    """Write the probability of an interval, with as many digits as it has: ``"95%"``."""
    return f"{100 * prob:g}%"


def units(ratings: Ratings) -> str:
    """Say what priors are stated in units of: ``"center 30, spread 18 points"``."""
    scale = ratings.common_scale
    if scale is None:
        return "each informant's own center and spread"
    return f"center {scale.center:g}, spread {scale.spread:g} points"


def coefficient_heading(fit: Fit, coefficient: str) -> str:
    """Name a growth coefficient with its time: ``"Level at 4 months"``, ``"Slope per month"``."""
    name = coefficient_said(fit, coefficient)
    head = capitalised(name)
    if coefficient == "level":
        return f"{head} at {time_label(fit.ratings, float(fit.ratings.time.origin))}"
    if coefficient not in fit.spec.trajectory.rates:
        return head
    return f"{head} per {fit.ratings.time.step}"


def effect_heading(fit: Fit, covariate: str, target: str) -> str:
    """Name an effect: ``"Anxiety on level"``.

    Parameters
    ----------
    target : str
        What is acted on: a growth coefficient, ``"rating"`` or ``"residual_sd"``.
    """
    on = "log residual SD" if target == "residual_sd" else coefficient_said(fit, target)
    return f"{headed(covariate_said(fit, covariate, on=target))} on {on}"


def priors_stated(spec: ModelSpec, ratings: Ratings, keys: Collection[str]) -> str:
    """State priors in a sentence; empty if there are none.

    Parameters
    ----------
    keys : collection of str
        What they are for: keys of ``spec.priors``; others are passed over.
    """
    texts = [
        f"{ratings.words.said(quantity.brief)} {stated(quantity, spec.priors[key])}"
        for key, quantity in spec.quantities.items()
        if key in keys and not _alone(quantity, spec, ratings)
    ]
    if not texts:
        return ""
    return f"Priors, in units of the scale ({units(ratings)}): {listed(texts)}."


def correlated_rows(quantity: Quantity, spec: ModelSpec, n_informants: int) -> list[int]:
    """List the growth coefficient of each row of the correlation matrix a prior stands for."""
    if quantity.level == "residual":
        return [0] * n_informants
    if is_factor(quantity, spec):
        return [0, 0]
    effects = getattr(spec, quantity.level)
    return [number for number in range(len(effects.terms)) for _ in range(n_informants)]


def is_factor(quantity: Quantity, spec: ModelSpec) -> bool:
    """Whether a prior stands for correlations with a common factor."""
    return STRUCTURES[getattr(spec, quantity.level).structure].has_factors


def _alone(quantity: Quantity, spec: ModelSpec, ratings: Ratings) -> bool:
    """Whether a prior is of correlations of which there is none, as between one informant."""
    if quantity.kind != "correlation":
        return False
    return len(correlated_rows(quantity, spec, len(ratings.informants))) < 2
