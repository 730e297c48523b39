r"""Does it matter for the outcome that two informants see it alike? Congruence on latent scores.

Scores are the expected ratings of each child at a time as the model recovers them, free of the
residual of single occasions, with all their uncertainty (`latent_scores`). `discrepancy` is their
difference, `response_surface` the regression of a distal outcome on both scores, their squares and
their product (Edwards and Parry 1993; Nestler, Humberg and Schönbrodt 2019), which does not confuse
the size of a difference with the levels that make it.

**Two steps, and what that costs.** Scores are drawn given the ratings and the covariates of the
growth model, and not given the outcome, unless the outcome is one of these covariates. They are
plausible values, and a regression of something the drawing did not know of on plausible values is
biased towards zero, the more so the less reliable the scores (Mislevy 1991). Let the outcome act on
every growth coefficient of the growth model, ``with_covariates(spec, {"outcome": ("level",
"slope")})``, and fit that: this repairs the linear coefficients (`b1`, `b2`, and so `a1`, `a3`),
exactly so where there is no curvature. Curvature (`b3` to `b5`, `a2`, `a4`) stays biased towards
zero, because the growth model lets the outcome go with scores linearly only: a curvature that
shows is there, one that does not show may be.
"""

import warnings

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats
from bayes_alliance.design.expected import expected_coefficients
from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments, nearest
from bayes_alliance.estimands.at_time import weights
from bayes_alliance.estimands.comparable import informants_of, require_common_scale
from bayes_alliance.estimands.surface import surface
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import of_coefficients
from bayes_alliance.specification.phrases import listed

__all__ = ["discrepancy", "latent_scores", "response_surface"]


@checked_arguments
def latent_scores(fit: Fit, effects: xr.Dataset, *, time: float | None = None) -> xr.DataArray:
    r"""What each informant means of each child at a time, as the model recovers it.

    .. math:: \phi(s)' \theta_{i,k}, \qquad \theta_i = \Gamma x_i + w_{c(j)} + v_{j(i)} + u_i

    Parameters
    ----------
    effects : Dataset
        Recovered effects of the same fit, as from ``recovery.random_effects``: ``child_effect``
        (chain, draw, child, term) and, where the model has these levels, ``therapist_effect``
        (chain, draw, therapist, term) and ``clinic_effect``. Possibly of some of the draws only.
    time : float, optional
        In units of the time column; where the level is read if not given.

    Returns
    -------
    DataArray
        Dims (chain, draw, child, informant), rating points.

    Raises
    ------
    InputError
        If effects of a level of the model are absent, or covariates of a child are missing.
    """
    arrays, moments = fit.design, fit.moments
    needed = [level for level in LEVELS if f"{level}_cov" in moments]
    problems = [
        Problem(where="effects", value=f"{level}_effect", message="is absent from these effects")
        for level in needed
        if f"{level}_effect" not in effects
    ]
    if np.isnan(arrays.x).any():
        message = "scores of children need all covariates of the model; some are missing"
        problems.append(Problem(where="covariates", message=message))
    if problems:
        raise InputError(problems, "latent scores")
    drawn = {dim: effects[dim] for dim in ("chain", "draw")}
    when = fit.ratings.time.origin if time is None else time
    phi = weights(fit, when)
    given = of_coefficients(moments.sel(drawn), arrays.coefficients)
    theta = expected_coefficients(arrays.coefficients, given, arrays.x)
    score = xr.DataArray(
        np.einsum("t,...tk->...k", phi.sel(coefficient=list(arrays.coefficients)).values, theta),
        dims=("chain", "draw", "child", "informant"),
        coords=drawn | {"child": list(arrays.children), "informant": list(arrays.informants)},
    )
    parents = _parents(fit)
    for level in needed:
        own = effects[f"{level}_effect"].reindex(term=list(arrays.terms), fill_value=0.0)
        at = _at_time(fit, own, phi)
        score = score + (at if level == "child" else at.sel({level: parents[level]}, drop=True))
    return score.transpose("chain", "draw", "child", "informant").reset_coords(drop=True)


@checked_arguments
def discrepancy(fit: Fit, scores: xr.DataArray, *, informants: tuple[str, str]) -> xr.DataArray:
    r"""Difference between what two informants mean, child by child.

    .. math:: \phi(s)'(\theta_{i,k} - \theta_{i,l})

    Parameters
    ----------
    scores : DataArray
        As from `latent_scores`.
    informants : pair of str
        First minus second.

    Returns
    -------
    DataArray
        Dims (chain, draw, child), rating points.

    Raises
    ------
    InputError
        Unknown informants, or informants on different scales.
    """
    first, second = _two(fit, informants, "congruence.discrepancy")
    return scores.sel(informant=first, drop=True) - scores.sel(informant=second, drop=True)


@checked_arguments
def response_surface(
    fit: Fit,
    scores: xr.DataArray,
    *,
    outcome: str,
    informants: tuple[str, str],
    centre: float | None = None,
    seed: Seed,
) -> xr.DataArray:
    r"""Response surface of an outcome over the latent scores of two informants.

    .. math::
       Z_i = b_0 + b_1 X_i + b_2 Y_i + b_3 X_i^2 + b_4 X_i Y_i + b_5 Y_i^2 + \epsilon_i

    and `a1` to `a4` as in `surface`. Read the module's text on what two steps cost.

    Parameters
    ----------
    fit : Fit
        Of a growth model in which the outcome is a covariate on every growth coefficient, if its
        coefficients are to be interpreted in size.
    scores : DataArray
        As from `latent_scores` of this fit.
    outcome : str
        A numeric or binary covariate of children in the ratings (a binary one makes this a linear
        probability model). Children without an outcome are left out.
    informants : pair of str
        `X` and `Y`.
    centre : float, optional
        What is subtracted from both scores, rating points; the same for both, so that `X = Y`
        stays agreement. Their common mean over children and draws if not given.
    seed : int
        Of the regressions.

    Returns
    -------
    DataArray
        Dims (chain, draw, coefficient): ``b0`` to ``b5``, ``a1`` to ``a4``, ``sigma``; units of
        the outcome per rating point, or per squared point. Its ``attrs`` say what a figure needs:
        ``informants``, ``outcome``, ``names`` of these for print, ``unit``, ``centre``,
        ``synthetic``.

    Raises
    ------
    InputError
        Unknown informants or outcomes, informants on different scales, too few children.

    Warns
    -----
    UserWarning
        If the outcome does not act on every growth coefficient of the model: its effects are then
        too small.

    References
    ----------
    Edwards and Parry (1993), Academy of Management Journal 36, 1577-1613. Nestler, Humberg and
    Schönbrodt (2019), Psychological Methods 24, 291-308. Mislevy (1991), Psychometrika 56, 177-196.
    """
    first, second = _two(fit, informants, "congruence.response_surface")
    values = _outcome(fit, outcome, scores["child"].values.tolist())
    on = {term.name: set(term.on) for term in fit.spec.covariates}
    if not set(fit.design.coefficients) <= on.get(outcome, set()):
        message = (
            f"scores were drawn by a model that does not know {outcome}, so the surface is flatter "
            f"than it is: let {outcome} act on {listed(fit.design.coefficients)} "
            "(with_covariates), and fit again"
        )
        # Above this function stands the check of its arguments, and above that the user's call.
        warnings.warn(message, stacklevel=3)
    known = np.isfinite(values)
    kept = scores.isel(child=known)
    x, y = kept.sel(informant=first, drop=True), kept.sel(informant=second, drop=True)
    # One number for all draws, so that coefficients of different draws are of the same surface.
    middle = float((x.mean() + y.mean()) / 2) if centre is None else centre
    drawn = surface(values[known], x - middle, y - middle, seed=seed)
    unit = next(c.unit for c in fit.ratings.covariates if c.name == outcome)
    about = {"informants": [first, second], "outcome": outcome, "unit": unit, "centre": middle}
    about["names"] = [fit.ratings.words.name(one) for one in (first, second, outcome)]
    return drawn.assign_attrs(about | {"synthetic": int(fit.ratings.synthetic)})


def _parents(fit: Fit) -> dict[str, xr.DataArray]:
    """The therapist and the clinic of every child, by label."""
    children = list(fit.design.children)
    units = fit.design.unit_of_child()
    out: dict[str, xr.DataArray] = {}
    for level in fit.design.levels:
        labels = [level.labels[unit] for unit in units[level.name]]
        out[level.name] = xr.DataArray(labels, dims="child", coords={"child": children})
    return out


def _at_time(fit: Fit, effect: xr.DataArray, phi: xr.DataArray) -> xr.DataArray:
    """Effects on growth coefficients as effects on the expected rating at a time."""
    n_informants = len(fit.design.informants)
    total: xr.DataArray | float = 0.0
    for position, coefficient in enumerate(fit.design.coefficients):
        terms = slice(position * n_informants, (position + 1) * n_informants)
        own = effect.isel(term=terms).rename(term="informant")
        own = own.reset_coords(drop=True).assign_coords(informant=list(fit.design.informants))
        total = total + float(phi.sel(coefficient=coefficient)) * own
    assert isinstance(total, xr.DataArray)
    return total


def _two(fit: Fit, informants: tuple[str, str], what: str) -> tuple[str, str]:
    first, second = informants_of(fit, informants, where="informants", at_least=2)
    require_common_scale(fit, what)
    return first, second


def _outcome(fit: Fit, name: str, children: list[str]) -> Floats:
    known = {c.name: c for c in fit.ratings.covariates if c.level == "child"}
    if name not in known:
        have = ", ".join(known) or "none: declare it in the study file, [covariates] child"
        message = f"a covariate of children ({have}).{nearest(name, known)}"
        raise InputError([Problem(where="outcome", value=name, message=message)], "congruence")
    if known[name].kind == "categorical":
        message = "numeric or binary; this one is categorical"
        raise InputError([Problem(where="outcome", value=name, message=message)], "congruence")
    column = fit.ratings.children[name].reindex(children)
    return np.asarray(column, dtype=np.float64)
