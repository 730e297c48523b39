"""Random effects of a fit, drawn exactly from what the ratings and each draw say about them.

The sampler never sees the effects of children, therapists and clinics: they are integrated out.
Given a draw of the named moments they are normal, with mean and covariance in closed form, and are
drawn from the top of the hierarchy downwards (`collapsed.recover`).
"""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from bayes_alliance.collapsed.leavers import LATENT
from bayes_alliance.collapsed.recover import effects
from bayes_alliance.errors import Count, InputError, Problem, Seed, checked_arguments, one_of
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.exact import (
    NOT_KEPT,
    arrays_of,
    by_chain,
    evenly_chosen,
    require_exact,
)
from bayes_alliance.posterior.fit import Fit

WHY = (
    "random effects have no closed form given the named moments; they have with normal ratings, "
    "and with those whose values beyond the ends of the scale, latent values, or weights are kept "
    "with the fit"
)


@checked_arguments
def random_effects(
    fit: Fit, *, seed: Seed, level: str | None = None, draws: Count | None = None
) -> xr.Dataset:
    """Draws of the effects of children, therapists and clinics.

    Parameters
    ----------
    fit : Fit
        With normal ratings, from either engine; or with ratings that are normal given what the
        fit keeps: values of censored ones beyond the ends of the scale (``excess``), latent values
        behind totals of items (``latent``), weights of occasions of those with heavy tails
        (``residual_weight``).
    seed : int
        Same seed, same effects; a draw's effects do not depend on `level` or `draws`.
    level : {"child", "therapist", "clinic"}, optional
        One level of the model; all of them if not given.
    draws : int, optional
        Draws of each chain, evenly chosen; all if not given. The result takes 8 bytes times chains
        times draws times units times terms: 53 MB for 4 x 1000 draws of 209 children by 8 terms.

    Returns
    -------
    Dataset
        ``child_effect`` (chain, draw, child, term), ``therapist_effect`` (chain, draw, therapist,
        term), ``clinic_effect`` (chain, draw, clinic, term): what the unit adds to the growth
        coefficients of its children, in rating points; zero for terms that do not vary.

    Raises
    ------
    InputError
        Other families, covariates with missing values, unknown levels, more draws than there are.
    """
    require_exact(fit, what="random effects", why=WHY, completed=True, values=True)
    if fit.spec.leaving is not None and LATENT not in fit.moments:
        raise InputError([Problem(where="leaving", message=NOT_KEPT)], "random effects")
    levels = tuple(fit.design.term_sets())
    wanted = levels if level is None else (one_of(level, levels, where="level"),)
    units = {name: fit.design.units[name] for name in wanted}
    return recovered(fit, units, seed=seed, draws=draws)


def recovered(
    fit: Fit, units: dict[str, tuple[str, ...]], *, seed: int, draws: int | None = None
) -> xr.Dataset:
    """Draws of the effects of some units.

    Parameters
    ----------
    fit : Fit
        With normal ratings and complete covariates.
    units : dict
        Level to the labels of its units.
    draws : int, optional
        As in `random_effects`.

    Returns
    -------
    Dataset
        As from `random_effects`.
    """
    design = fit.design
    moments = evenly_chosen(fit, draws)
    # A seed for every draw by its own place: choosing fewer draws, or one level, gives the same
    # effects.
    chosen = [
        (seed, chain, draw) for chain in moments["chain"].values for draw in moments["draw"].values
    ]
    only = {
        name: np.array([design.units[name].index(label) for label in labels], dtype=np.int64)
        for name, labels in units.items()
    }
    by_level = effects(design, arrays_of(moments), seeds=chosen, only=only)
    out = {
        f"{name}_effect": (("chain", "draw", name, "term"), by_chain(moments, values))
        for name, values in by_level.items()
    }
    coords = {name: moments[name] for name in ("chain", "draw", "term")}
    labelled = coords | {name: list(labels) for name, labels in units.items()}
    return xr.Dataset(out, coords=labelled, attrs=_for_figures(fit, moments["term"].values))


def _for_figures(fit: Fit, terms: Iterable[str]) -> dict[str, object]:
    """Whether ratings are synthetic, and what units and terms are called for print."""
    words, design = fit.ratings.words, fit.design
    names = {
        f"{informant},{coefficient}": f"{words.name(informant)}, {coefficient}"
        for coefficient in design.coefficients
        for informant in design.informants
    }
    units = {f"{level}_units": words.several(level) for level in LEVELS}
    # NetCDF knows no truth values.
    synthetic = {"synthetic": int(fit.ratings.synthetic)}
    return synthetic | units | {"term_names": [names.get(str(term), str(term)) for term in terms]}
