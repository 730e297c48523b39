r"""Leaving out ratings that are normal only given values that complete them.

A censored rating, an odd occasion or an item is normal given a value that is sampled with the
parameters, and that leaves with the rating. What is wanted is the density of the ratings `y` of a
unit without its values `z`, which has no closed form. With any density `q`,

.. math:: \frac{1}{p(y_i \mid y_{-i})} =
          E\!\left[\frac{q(z_i)}{p(y_i, z_i \mid y_{-i}, z_{-i}, \theta)} \,\middle|\, y\right]
          \quad\text{and}\quad
          p(y_i \mid y_{-i}, \theta) = E_q\!\left[\frac{p(y_i, z_i \mid \theta)}{q(z_i)}\right],

so that the joint density over `q` does, in importance sampling from all draws and in draws that
have not seen the unit, what the density of normal ratings does (Gelfand and Dey 1994). `q` is
normal with the posterior moments of the values of a child (of a rating, where single ratings are
left out), on scales without ends, narrower or wider; where it is not near enough, the Pareto `k` of
the unit is high.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.completions.completion import OfRatings
from bayes_alliance.design import Design
from bayes_alliance.posterior.exact import arrays_of, by_chain
from bayes_alliance.posterior.left_out import Unit

# Shares of the posterior variance. Where `q` is divided by the posterior, its tails must be the
# lighter ones; where values are drawn from it, the heavier ones.
NARROW, WIDE = 0.6, 1.4
# With fewer draws than so many per value, values are proposed independently of each other; a little
# more than the variance keeps a covariance positive definite.
FEW, LEAST_SHARE = 10, 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Values that are proposed together.

    Parameters
    ----------
    places : array of int, shape (n,)
        Among all values.
    unit : int
        Whose ratings they complete.
    mean : array, shape (n,)
    root : array, shape (n, n)
        Lower triangular square root of the covariance.
    """

    places: Integers
    unit: int
    mean: Floats
    root: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """The density `q` of the values of every unit.

    Parameters
    ----------
    n_units : int
    parts : tuple of OfRatings
        All values, of which groups hold places.
    groups : tuple of Group
    """

    n_units: int
    parts: tuple[OfRatings, ...]
    groups: tuple[Group, ...]

    def to_draw_from(self) -> "Proposal":
        """The same with heavier tails than the posterior's."""
        factor = np.sqrt(WIDE / NARROW)
        return replace(
            self, groups=tuple(replace(one, root=factor * one.root) for one in self.groups)
        )

    def correction(self, design: Design, moments: Mapping[str, Floats]) -> Floats:
        """What joint densities over `q` have beyond densities of completed ratings.

        Parameters
        ----------
        moments : mapping
            With one leading dim, the draws.

        Returns
        -------
        array, shape (n_draws, n_units)
        """
        parts = _of_ratings(design, moments)
        values = np.concatenate([part.values for part in parts], axis=1)
        log_density = np.concatenate([part.log_density for part in parts], axis=1)
        out = np.zeros((len(values), self.n_units))
        for group in self.groups:
            deviation = np.linalg.solve(group.root, (values[:, group.places] - group.mean).T)
            log_q = -0.5 * (deviation**2).sum(axis=0) - np.log(np.diagonal(group.root)).sum()
            log_q -= 0.5 * len(group.places) * np.log(2.0 * np.pi)
            out[:, group.unit] += log_density[:, group.places].sum(axis=1) - log_q
        return out

    def filled(
        self, moments: xr.Dataset, part: Design, everybody: Design, *, seed: int
    ) -> xr.Dataset:
        """Moments of a fit to a part of the ratings, with values drawn for those left out.

        Parameters
        ----------
        moments : Dataset
            Of the fit to `part`.
        part, everybody : Design
            Of the same children.

        Returns
        -------
        Dataset
            For `everybody`.
        """
        shape = moments.sizes["chain"], moments.sizes["draw"]
        values = self._drawn(shape[0] * shape[1], np.random.default_rng(seed))
        there = {one.name: one for one in _of_ratings(part, arrays_of(moments))}
        out, start = moments, 0
        for one in self.parts:
            n = one.values.shape[1]
            moment = one.to_moment(values[:, start : start + n])
            start += n
            if one.name in there:
                seen = there[one.name]
                of_part = seen.to_moment(seen.values)
                place_of = {key: place for place, key in enumerate(_keys(everybody, one))}
                for place, key in enumerate(_keys(part, seen)):
                    moment[:, place_of[key]] = of_part[:, place]
            dim = f"{one.name}_of_everybody"
            out = out.drop_vars(one.name, errors="ignore").assign(
                {one.name: (("chain", "draw", dim), by_chain(moments, moment))}
            )
        return out

    def _drawn(self, n_draws: int, rng: np.random.Generator) -> Floats:
        """Draw all values; not a number where nobody proposes."""
        out = np.full((n_draws, sum(one.values.shape[1] for one in self.parts)), np.nan)
        for group in self.groups:
            standard = rng.standard_normal((n_draws, len(group.places)))
            out[:, group.places] = group.mean + standard @ group.root.T
        return out


def proposal(design: Design, moments: xr.Dataset, unit: Unit) -> Proposal | None:
    """Fit `q` to the draws of a posterior.

    Returns
    -------
    Proposal or None
        None if no values complete single ratings: the ratings are normal given the parameters.
    """
    parts = _of_ratings(design, arrays_of(moments))
    if not parts:
        return None
    values = np.concatenate([part.values for part in parts], axis=1)
    owner, unit_of = _owners(design, parts, unit)
    groups = []
    for one in np.unique(owner[owner >= 0]):
        places = np.flatnonzero(owner == one)
        cov = np.atleast_2d(np.cov(values[:, places].T))
        variance = np.diagonal(cov)
        if len(values) < FEW * len(places):
            cov = np.diag(variance)
        cov = cov + np.diag(LEAST_SHARE * variance + np.finfo(np.float64).eps)
        groups.append(
            Group(
                places=places,
                unit=int(unit_of[one]),
                mean=values[:, places].mean(axis=0),
                root=np.linalg.cholesky(NARROW * cov),
            )
        )
    n_units = design.n_ratings if unit == "rating" else len(design.units[unit])
    return Proposal(n_units=n_units, parts=parts, groups=tuple(groups))


def _of_ratings(design: Design, moments: Mapping[str, Floats]) -> tuple[OfRatings, ...]:
    found = (completion.of_ratings(design, moments) for completion in COMPLETIONS)
    return tuple(one for one in found if one is not None and one.values.shape[1])


def _keys(design: Design, one: OfRatings) -> list[tuple[str, float, int]]:
    """What says which rating each value completes, whatever else a design holds."""
    return [
        (design.children[child], float(time), int(informant))
        for child, time, informant in zip(
            design.occasion_child[one.row],
            design.occasion_time[one.row],
            one.informant,
            strict=True,
        )
    ]


def _owners(design: Design, parts: tuple[OfRatings, ...], unit: Unit) -> tuple[Integers, Integers]:
    """With whom each value is proposed (-1: not at all), and the unit of each of these."""
    row = np.concatenate([one.row for one in parts])
    informant = np.concatenate([one.informant for one in parts])
    if unit != "rating":
        of_child = (
            np.arange(len(design.children)) if unit == "child" else design.unit_of_child()[unit]
        )
        return design.occasion_child[row], of_child
    place = np.cumsum(design.present.ravel()).reshape(design.present.shape) - 1
    # What several ratings share stays when one of them leaves: it is a parameter like others.
    alone = design.present[row].sum(axis=1) == 1
    only = np.argmax(design.present[row], axis=1)
    owner = np.where(informant >= 0, place[row, informant], place[row, only])
    return np.where((informant >= 0) | alone, owner, -1), np.arange(design.n_ratings)
