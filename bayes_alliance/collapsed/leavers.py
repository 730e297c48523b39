r"""Leaving as one more informant: the design and the moments of ratings and of leaving together.

A latent number `z` says who leaves. Given the growth coefficients of a child it is one more normal
rating of the occasion,

.. math:: z_{it} = o_{it} + \phi_t' (E \theta_i) + r' e_{it} + \epsilon, \qquad \epsilon \sim
          N(0, 1),

so that its growth coefficients are :math:`E \theta_i`: what it follows, :math:`\tau` of the levels
and slopes of informants in its level and slope, and `h` of their slopes in its level. With `S` the
residual covariance of the ratings its own is

.. math:: \begin{pmatrix} S & S r \\ r' S & 1 + r' S r \end{pmatrix},

whoever of the informants is absent. There is one such informant for each group of children whose
associations differ; each child has that of its own group. They stand behind all others, and
occasions without ratings behind those with. The sampler's recursion has no random effects of them
(`kernel.followers`); after sampling they are informants like others. Nothing outside the engine
sees them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.blocks import Block, blocks_of
from bayes_alliance.design import AtRisk, Design

type Moments = Mapping[str, Floats]

# Named moments: the latent numbers, and these less what is expected of them, as ratings of leaving.
LATENT, RATING = "leaving_latent", "leaving_rating"


def extended(design: Design, leaving: AtRisk) -> Design:
    """The design with leaving among its informants; what varies is still that of the ratings."""
    n, n_added = leaving.n_groups, len(leaving.added_child)
    n_rows, n_informants = design.y.shape
    left = tuple(f"leaving {group}".strip() for group in leaving.groups or ("",))
    informants = (*design.informants, *left)
    present = np.zeros((n_rows + n_added, len(informants)), dtype=bool)
    present[:n_rows, :n_informants] = design.present
    present[leaving.row, n_informants + leaving.group[leaving.child]] = True
    place = place_of_terms(design, n)

    def padded[T: np.generic](values: NDArray[T], columns: int = 0) -> NDArray[T]:
        return np.pad(values, ((0, n_added), (0, columns)))

    covariate_on = design.covariate_on.copy()
    if leaving.acts_by_slope:
        covariate_on[:, 0] |= covariate_on[:, design.coefficients.index("slope")]

    return replace(
        design,
        informants=informants,
        terms=tuple(f"{one},{c}" for c in design.coefficients for one in informants),
        child_terms=place[design.child_terms],
        levels=tuple(replace(level, terms=place[level.terms]) for level in design.levels),
        occasion_child=np.concatenate([design.occasion_child, leaving.added_child]),
        occasion_time=np.concatenate([design.occasion_time, leaving.added_time]),
        basis=np.concatenate([design.basis, leaving.added_basis]),
        y=padded(design.y, n),
        present=present,
        floor=padded(design.floor, n),
        ceiling=padded(design.ceiling, n),
        covariate_on=covariate_on,
        z=padded(design.z),
        center=np.append(design.center, np.zeros(n)),
        spread=np.append(design.spread, np.ones(n)),
        scaled_time=np.append(design.scaled_time, np.zeros(n_added)),
        residual_x=padded(design.residual_x.reshape(n_rows, len(design.residual_covariates))),
        leaving=None,
    )


def place_of_terms(design: Design, n_groups: int) -> Integers:
    """Where terms of the ratings are among those of ratings and leaving, shape (n_terms,)."""
    coefficient, informant = np.divmod(np.arange(len(design.terms)), len(design.informants))
    return coefficient * (len(design.informants) + n_groups) + informant


def follows(design: Design, leaving: AtRisk, on: Floats, on_slope: Floats) -> Floats:
    """`E`: all terms of ratings and leaving by those of ratings, shape (..., q', q).

    Parameters
    ----------
    on, on_slope : array, shape (..., n_groups, K)
        What leaving follows, per point of the current alliance or rating, and of the slope.
    """
    n, k = leaving.n_groups, len(design.informants)
    out = np.zeros((*on.shape[:-2], len(design.coefficients) * (k + n), len(design.terms)))
    out[..., place_of_terms(design, n), np.arange(len(design.terms))] = 1.0
    for c in range(len(design.coefficients)):
        for group in range(n):
            row = c * (k + n) + k + group
            out[..., row, c * k : (c + 1) * k] = on[..., group, :]
    if leaving.acts_by_slope:
        slope = design.coefficients.index("slope") * k
        for group in range(n):
            out[..., k + group, slope : slope + k] += on_slope[..., group, :]
    return out


def blocks(design: Design) -> tuple[Block, ...]:
    """Levels of random effects, as `blocks_of`: leaving varies only as what it follows does.

    If therapists differ in leaving itself there is one more term, the last, which children have of
    their therapists alone.
    """
    own = blocks_of(design)
    if design.leaving is None or not design.leaving.therapist:
        return own
    child, therapist, *above = own
    last = np.array([len(design.terms)])
    up, column = np.array([len(child.terms)]), np.array([len(therapist.terms)])
    child = replace(child, terms=np.append(child.terms, last), up=np.append(child.up, up))
    therapist = replace(
        therapist,
        terms=np.append(therapist.terms, last),
        columns=(*therapist.columns, column),
    )
    return (child, therapist, *above)


def completed(design: Design, moments: Moments) -> tuple[Design, dict[str, Floats]]:
    """Ratings and leaving as one design with its moments, given the latent numbers.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws, ``leaving_latent`` among them.

    Returns
    -------
    design : Design
        In which leaving is an informant like others, whose rating is the latent number; everything
        that is said of informants is said of it.
    moments : dict
        Likewise; covariances of effects are singular where leaving only follows ratings.
    """
    leaving = design.leaving
    assert leaving is not None, "a model without leaving"
    n, k = leaving.n_groups, len(design.informants)
    n_draws = len(moments["residual_cov"])
    on, on_slope, r = associations(leaving, moments, n_draws, k)
    whole = extended(design, leaving)
    E = follows(design, leaving, on, on_slope)
    out = dict(moments)
    beta = np.zeros((n_draws, len(design.covariates), len(design.terms)))
    for c, name in enumerate(design.coefficients):
        out[name] = np.pad(moments[name], ((0, 0), (0, n)))
        if f"{name}_on" in moments:
            beta[..., c * k : (c + 1) * k] = moments[f"{name}_on"]
    beta = beta @ np.swapaxes(E, -1, -2)
    for c, name in enumerate(design.coefficients):
        if len(design.covariates):
            out[f"{name}_on"] = beta[..., c * (k + n) : (c + 1) * (k + n)]
    if "rating_on" in moments:
        of_leaving = moments["rating_on"] @ np.swapaxes(r, -1, -2)
        out["rating_on"] = np.concatenate([moments["rating_on"], of_leaving], axis=-1)
    if "residual_weight" in moments:
        ones = ((0, 0), (0, len(leaving.added_child)))
        out["residual_weight"] = np.pad(moments["residual_weight"], ones, constant_values=1.0)
    for level in ("child", *(one.name for one in design.levels)):
        if f"{level}_cov" in moments:
            out[f"{level}_cov"] = E @ moments[f"{level}_cov"] @ np.swapaxes(E, -1, -2)
    if leaving.therapist:
        levels = k + np.arange(n)
        variance = moments["leaving_therapist_sd"] ** 2
        out["therapist_cov"][:, levels[:, None], levels] += variance[:, None, None]
    out["residual_cov"] = residual_cov(moments["residual_cov"], r)
    out[RATING] = moments[LATENT] - offsets(leaving, design, moments)
    # It varies where anything that it follows does, and any term may.
    terms = np.arange(len(whole.terms))
    varying = tuple(replace(level, terms=terms) for level in whole.levels)
    terms = terms if len(design.child_terms) else whole.child_terms
    return replace(whole, child_terms=terms, levels=varying, leaving=leaving), out


def associations(
    leaving: AtRisk, moments: Moments, n_draws: int, n_informants: int
) -> tuple[Floats, Floats, Floats]:
    """What leaving follows per point: `tau`, `h`, and `r`, shape (n_draws, n_groups, K) each."""
    shape = (n_draws, leaving.n_groups, n_informants)
    on = moments["leaving_on"].reshape(shape) if leaving.acts_now else np.zeros(shape)
    slope = moments["leaving_on_slope"].reshape(shape) if leaving.acts_by_slope else np.zeros(shape)
    share = moments.get("leaving_share", np.full(n_draws, leaving.share, dtype=np.float64))
    return on, slope, (1.0 - share[:, None, None]) * on


def residual_cov(cov: Floats, r: Floats) -> Floats:
    """Covariance of the residuals of ratings and leaving, shape (n_draws, K + n, K + n).

    Two groups never meet: what stands between their residuals is of no matter.
    """
    k, n = cov.shape[-1], r.shape[-2]
    out = np.zeros((*cov.shape[:-2], k + n, k + n))
    out[..., :k, :k] = cov
    across = r @ cov
    out[..., k:, :k] = across
    out[..., :k, k:] = np.swapaxes(across, -1, -2)
    groups = k + np.arange(n)
    out[..., groups, groups] = 1.0 + (across * r).sum(axis=-1)
    return out


def offsets(leaving: AtRisk, design: Design, moments: Moments) -> Floats:
    """`a_t + c'w` of everybody at risk, shape (n_draws, n)."""
    out = moments["leaving_baseline"][:, leaving.interval]
    if leaving.covariates:
        x = np.broadcast_to(leaving.x, (len(out), *leaving.x.shape)).copy()
        for one in design.incomplete:
            for p in np.flatnonzero(np.isin(leaving.column, one.columns)):
                of_units = np.zeros((len(out), len(one.units)))
                of_units[:, one.absent] = moments[f"missing_{one.name}"]
                if one.kind != "numeric":
                    of_units = 1.0 * (of_units == 1 + one.columns.index(leaving.column[p]))
                absent = one.absent[one.unit]
                x[:, absent, p] = of_units[:, one.unit[absent]]
        out = out + np.einsum("dip,dp->di", x[:, leaving.child], moments["leaving_covariate"])
    return out
