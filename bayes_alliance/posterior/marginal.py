r"""All ratings at one draw of the moments as one normal vector: its weights, spread and draws.

With effects integrated out, ratings less what is expected of them, `r`, are normal with covariance

.. math:: V = \mathrm{blocks}(E_i + F_i C F_i') + F\,(T + \ldots)\,F'

where `E` is the covariance of residuals, `F` what each rating takes from the effects of its child,
`C` the covariance of these and `T` that of therapists (clinics). What checks need of it is

.. math:: w = V^{-1} r,

by which the likelihood changes with its expectation, and of which it changes with `V` as
:math:`w w' - V^{-1}`. Children are worked off by how many ratings they have, units above them from
the bottom up and from the top down (Woodbury), so that the work is linear in the number of
children. Only ratings that exist enter: nothing is assumed of the others but that they are missing
at random.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance import covariance
from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.given import autocorrelation, errors, scales
from bayes_alliance.design import Design


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Children with the same number `n` of ratings.

    Parameters
    ----------
    child : array of int, shape (m,)
    row, informant : array of int, shape (m, n)
        Occasion and informant of each rating, in order of time.
    loading : array, shape (m, n, q)
        What a rating takes from the effects of its child.
    residual : array, shape (m, n, n)
        Covariance of the residuals.
    root : array, shape (m, n, n)
        Cholesky factor of the covariance of the ratings, given the effects above the child.
    precision : array, shape (m, n, n)
        Inverse of that covariance.
    """

    child: Integers
    row: Integers
    informant: Integers
    loading: Floats
    residual: Floats
    root: Floats
    precision: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Above:
    """Units of one level above the child.

    Parameters
    ----------
    parent : array of int, shape (n_units_below,)
    root : array, shape (q, q)
        Square root of the covariance of their effects.
    cov : array, shape (n_units, q, q)
        Covariance of the effects of each given the ratings and everything above.
    kept : array, shape (n_units, q, q)
        How much of what is above gets past what the ratings say of the unit itself.
    """

    parent: Integers
    root: Floats
    cov: Floats
    kept: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Marginal:
    """Ratings at one draw, effects integrated out.

    Parameters
    ----------
    error : array, shape (R, K)
        Completed ratings less what is expected of them; 0 where there is none.
    scale : array, shape (R, K)
        What residuals are multiplied by to have the residual covariance.
    spread : array, shape (R, K)
        Standard deviation of `smoothed` residuals.
    share : array, shape (R, K)
        Their variance as a share of that of the residuals themselves: how much ratings say of
        each; 0 where there is none.
    """

    n_children: int
    error: Floats
    scale: Floats
    groups: tuple[Group, ...]
    above: tuple[Above, ...]
    spread: Floats
    share: Floats

    def weights(self, errors: Floats) -> Floats:
        """Return :math:`V^{-1} r` of some sets of ratings.

        Parameters
        ----------
        errors : array, shape (R, K, n_sets)

        Returns
        -------
        array, shape (R, K, n_sets)
            0 where there is no rating.
        """
        q = self.groups[0].loading.shape[-1]
        information = np.zeros((self.n_children, q, errors.shape[-1]))
        for group in self.groups:
            own = group.precision @ errors[group.row, group.informant]
            information[group.child] = np.swapaxes(group.loading, 1, 2) @ own
        effects = self._effects_above(information)
        out = np.zeros_like(errors)
        for group in self.groups:
            left = errors[group.row, group.informant]
            if effects is not None:
                left = left - group.loading @ effects[group.child]
            out[group.row, group.informant] = group.precision @ left
        return out

    def _effects_above(self, information: Floats) -> Floats | None:
        """Posterior means of the effects above every child; None if there are none."""
        by_level = []
        for level in self.above:
            total = _summed(information, level.parent, len(level.cov))
            by_level.append(total)
            information = np.swapaxes(level.kept, 1, 2) @ total
        effects: Floats | None = None
        for level, total in zip(reversed(self.above), reversed(by_level), strict=True):
            own = level.cov @ total
            effects = (own if effects is None else own + level.kept @ effects)[level.parent]
        return effects

    def smoothed(self, weights: Floats) -> Floats:
        """Residuals as the ratings let expect them, shape (R, K, n_sets); from `weights`."""
        out = np.zeros_like(weights)
        for group in self.groups:
            out[group.row, group.informant] = group.residual @ weights[group.row, group.informant]
        return out

    def draws(self, generators: Sequence[np.random.Generator]) -> Floats:
        """Draw errors of ratings, a set from each generator.

        Returns
        -------
        array, shape (R, K, n_sets)
            0 where there is no rating.
        """

        def noise(*shape: int) -> Floats:
            return np.stack([rng.standard_normal(shape) for rng in generators], axis=-1)

        effects: Floats | None = None
        for level in reversed(self.above):
            own = level.root @ noise(len(level.cov), len(level.root))
            effects = (own if effects is None else own + effects)[level.parent]
        out = np.zeros((*self.error.shape, len(generators)))
        for group in self.groups:
            drawn = group.root @ noise(*group.row.shape)
            if effects is not None:
                drawn += group.loading @ effects[group.child]
            out[group.row, group.informant] = drawn
        return out


def marginal(
    design: Design,
    moments: Mapping[str, Floats],
    present: NDArray[np.bool_],
    *,
    noise: Floats | None = None,
) -> Marginal:
    """Integrate effects out of ratings at one draw.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim of length 1, and what completes the ratings.
    present : array of bool, shape (R, K)
        The ratings to look at.
    noise : array, shape (R, K), optional
        Variances with which ratings are measured, if it is measurements that are looked at.
    """
    found, n_terms = scales(design, moments), len(design.terms)
    scale = np.ones(present.shape) if found is None else np.broadcast_to(found[0], present.shape)
    cov = moments["child_cov"][0] if "child_cov" in moments else np.zeros((n_terms, n_terms))
    row, informant = np.nonzero(present)
    n_of_child = np.bincount(design.occasion_child[row], minlength=len(design.children))
    first = np.concatenate([[0], np.cumsum(n_of_child)[:-1]])
    groups = []
    for n in np.unique(n_of_child[n_of_child > 0]):
        own = np.flatnonzero(n_of_child == n)
        cells = first[own, None] + np.arange(n)
        of_group = own, row[cells], informant[cells]
        groups.append(_group(design, moments, scale, cov, of_group, noise))
    above = _above(design, moments, groups)
    error = np.where(present, errors(design, moments)[0], 0.0)
    spread, share = _spread_and_share(present.shape, groups, above)
    return Marginal(
        n_children=len(design.children),
        error=error,
        scale=scale,
        groups=tuple(groups),
        above=above,
        spread=spread,
        share=share,
    )


def _group(
    design: Design,
    moments: Mapping[str, Floats],
    scale: Floats,
    cov: Floats,
    cells: tuple[Integers, Integers, Integers],
    noise: Floats | None,
) -> Group:
    child, row, informant = cells
    is_of = informant[..., None] == np.arange(len(design.informants))
    loading = design.basis[row][..., :, None] * is_of[..., None, :]
    loading = loading.reshape(*row.shape, -1)
    residual = moments["residual_cov"][0][informant[:, :, None], informant[:, None, :]]
    residual = residual / (scale[row, informant][:, :, None] * scale[row, informant][:, None, :])
    rho = autocorrelation(moments)
    if rho is None:
        residual = residual * (row[:, :, None] == row[:, None, :])
    else:
        time = design.scaled_time[row]
        residual = residual * rho[0] ** np.abs(time[:, :, None] - time[:, None, :])
    within = residual + loading @ cov @ np.swapaxes(loading, 1, 2)
    if noise is not None:
        within = within + noise[row, informant][..., None] * np.eye(row.shape[1])
    return Group(
        child=child,
        row=row,
        informant=informant,
        loading=loading,
        residual=residual,
        root=np.linalg.cholesky(within),
        precision=np.linalg.inv(within),
    )


def _above(design: Design, moments: Mapping[str, Floats], groups: list[Group]) -> tuple[Above, ...]:
    """What ratings say of the units above children, from the bottom up."""
    n_terms = len(design.terms)
    precision = np.zeros((len(design.children), n_terms, n_terms))
    for group in groups:
        turned = np.swapaxes(group.loading, 1, 2)
        precision[group.child] = turned @ group.precision @ group.loading
    out = []
    for level in design.levels:
        cov = moments[f"{level.name}_cov"][0]
        root = covariance.root((cov + cov.T) / 2.0)
        total = _summed(precision, level.parent, len(level.labels))
        inner = np.eye(n_terms) + root.T @ total @ root
        given = root @ np.linalg.solve(inner, np.broadcast_to(root.T, inner.shape))
        kept = np.eye(n_terms) - given @ total
        out.append(Above(parent=level.parent, root=root, cov=given, kept=kept))
        precision = total @ kept
    return tuple(out)


def _spread_and_share(
    shape: tuple[int, ...], groups: list[Group], above: tuple[Above, ...]
) -> tuple[Floats, Floats]:
    """Standard deviation of residuals as ratings let expect them, and their share of variance."""
    cov: Floats | None = None
    for level in reversed(above):
        own = level.cov
        if cov is not None:
            own = own + level.kept @ cov @ np.swapaxes(level.kept, 1, 2)
        cov = own[level.parent]
    spread, share = np.ones(shape), np.zeros(shape)
    for group in groups:
        known = group.precision
        if cov is not None:
            up = group.precision @ group.loading
            known = known - up @ cov[group.child] @ np.swapaxes(up, 1, 2)
        variance = np.einsum("mab,mbc,mca->ma", group.residual, known, group.residual)
        spread[group.row, group.informant] = np.sqrt(variance)
        of_all = np.diagonal(group.residual, axis1=1, axis2=2)
        share[group.row, group.informant] = variance / of_all
    return spread, share


def _summed(values: Floats, parent: Integers, n_units: int) -> Floats:
    out = np.zeros((n_units, *values.shape[1:]))
    np.add.at(out, parent, values)
    return out
