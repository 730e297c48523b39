r"""Directions in which a model of normal ratings may be wrong, and how far ratings pull each way.

With weights :math:`w = V^{-1} r` (`marginal`) the log likelihood changes

- with an expectation that moves by `x` by the score :math:`x'w`,
- with a covariance that moves by `D` by :math:`\tfrac12 (w'Dw - \mathrm{tr}(V^{-1} D))`,
- and with the skewness and the tails of residuals, in the Hermite polynomials of residuals as the
  ratings let expect them, each by what the ratings say of it.

All have mean zero under the model whatever ratings are missing, as long as they are missing at
random, because unobserved ratings do not enter them: this is what makes them right where families
leave by their last rating (Rubin 1976), as statistics of ratings themselves are not. Scores in the
directions of the model's own parameters come along, so that what these have taken up can be taken
out (`score_tests`). The trace is the average of the first term under the model and is left to
whoever has replicates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.given import autocorrelation
from bayes_alliance.design import Design
from bayes_alliance.likelihoods.residual import Moments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.marginal import Marginal
from bayes_alliance.posterior.statistics import FEWEST, occasion_groups
from bayes_alliance.specification.structures import STRUCTURES

# Departures of the expectation and of skewness change sign with the ratings, others do not: under
# the model the two are unrelated.
type Parity = Literal["odd", "even"]
type Named = dict[tuple[str, str], Floats]

ALL = "all informants"
LAGS = {1: "next occasion", 2: "next but one"}
SMALL = 1e-9  # what rounding makes of a curve where there is none


@dataclass(frozen=True, kw_only=True, eq=False)
class Directions:
    """What does not depend on the draw.

    Parameters
    ----------
    design : Design
    occasions : mapping of (kind, of) to array, shape (R,)
        Columns by which the expectations of all occasions may move.
    time : array, shape (R,)
        Scaled time, centred at its average over ratings.
    of_child : sparse array, shape (n_children, R)
        Sums over the occasions of a child.
    units : mapping of str to sparse array
        Sums over the units below of therapists and clinics, children of the lowest; whether or not
        the model has effects of them.
    lags : mapping of int to sparse array, shape (R, R)
        One for an occasion and the one so many later of the same child.
    residuals_correlate : bool
        Whether the model lets residuals of informants be correlated.
    """

    design: Design
    occasions: dict[tuple[str, str], Floats]
    time: Floats
    of_child: sparse.csr_array
    units: dict[str, sparse.csr_array]
    lags: dict[int, sparse.csr_array]
    residuals_correlate: bool

    def tested(self, made: Marginal, weights: Floats, cov: Floats) -> dict[Parity, Named]:
        """Scores in the directions to test.

        Parameters
        ----------
        weights : array, shape (R, K, n_sets)
            As from `Marginal.weights`.
        cov : array, shape (K, K)
            Residual covariance.

        Returns
        -------
        dict
            Parity to (kind, of) to scores, shape (n_sets,); those of covariances without the trace.
        """
        odd: Named = {}
        sd = np.sqrt(np.diagonal(cov))
        for (kind, of), column in self.occasions.items():
            scores = np.tensordot(column, weights, axes=1)
            for label, score in self._by_informant(scores, sd):
                odd[kind, f"{label}{of}"] = score
        scaled = weights / made.scale[..., None]
        even = self._of_covariances(scaled, cov)
        u = made.smoothed(weights) / made.spread[..., None]
        share = made.share[..., None]
        skew = (share**1.5 * (u**3 - 3.0 * u)).sum(axis=0)
        tails = (share**2 * (u**4 - 6.0 * u**2 + 3.0)).sum(axis=0)
        odd |= {("skewness", of): s for of, s in self._by_informant(skew, np.ones(len(sd)))}
        even |= {("tails", of): s for of, s in self._by_informant(tails, np.ones(len(sd)))}
        return {"odd": odd, "even": even}

    def _by_informant(self, scores: Floats, unit: Floats) -> Iterator[tuple[str, Floats]]:
        """Scores of every informant and, if there are several, of all together."""
        yield from zip(self.design.informants, scores, strict=True)
        if len(unit) > 1:
            yield ALL, unit @ scores

    def _of_covariances(self, w: Floats, cov: Floats) -> Named:
        """`w'Dw` for directions of covariances."""
        out: Named = {}

        def add(kind: str, of: str, left: Floats, right: Floats) -> None:
            # Sums over occasions or units of every pair of informants, weighed as the residuals.
            products = np.einsum("aks,als->kls", left, right)
            own = np.diagonal(products).T
            for label, score in zip(self.design.informants, own, strict=True):
                out[kind, f"{label}{of}"] = out.get((kind, f"{label}{of}"), 0.0) + score
            if len(cov) > 1:
                together = np.einsum("kl,kls->s", cov, products)
                out[kind, f"{ALL}{of}"] = out.get((kind, f"{ALL}{of}"), 0.0) + together

        for lag, pairs in self.lags.items():
            add("autocorrelation", f", {LAGS[lag]}", w, _times(pairs, w))
        add("scatter over time", "", w * self.time[:, None, None], w)
        for label, column in zip(self.design.covariates, self.design.x.T, strict=True):
            values = np.nan_to_num(column)[self.design.occasion_child]
            add("scatter by covariates", f", {label}", w * values[:, None, None], w)
        for of, values in (("levels", w), ("change", w * self.time[:, None, None])):
            total = _times(self.of_child, values)
            add(f"{of} of children", "", total, total)
            for level, members in self.units.items():
                below, total = total, _times(members, total)
                # Pairs of different units below: their own variation is another direction.
                add(f"{of} of {level}s", "", total, total)
                add(f"{of} of {level}s", "", below, -below)
        child = _times(self.of_child, w)
        for k, first in enumerate(self.design.informants):
            for j in range(k + 1, len(self.design.informants)):
                pair = f"{first}, {self.design.informants[j]}"
                score = (w[:, k] * w[:, j]).sum(axis=0)
                out["agreement", f"{pair}, same occasion"] = score
                score = (child[:, k] * child[:, j]).sum(axis=0)
                out["agreement", f"{pair}, levels of children"] = score
        return out

    def own(self, made: Marginal, weights: Floats, moments: Moments) -> dict[Parity, Floats]:
        """Scores in the directions of the model's own parameters, shape (n_parameters, n_sets).

        Parameters
        ----------
        weights : array, shape (R, K, n_sets)
        moments : mapping
            Named moments with one leading dim of length 1.
        """
        n_sets = weights.shape[-1]
        expected = np.tensordot(self._own_columns().T, weights, axes=1).reshape(-1, n_sets)
        even = [*self._own_effects(weights), *self._own_residual(made, weights, moments)]
        return {"odd": expected, "even": np.stack(even)}

    def _own_columns(self) -> Floats:
        """What expected ratings are linear in, shape (R, n): of every informant."""
        design, x = self.design, np.nan_to_num(self.design.x)[self.design.occasion_child]
        return np.column_stack(
            [
                design.basis,
                *(
                    design.basis[:, c] * x[:, p]
                    for p, c in zip(*np.nonzero(design.covariate_on), strict=True)
                ),
                design.z,
            ]
        )

    def _own_effects(self, weights: Floats) -> Iterator[Floats]:
        """Scores of the covariances of effects."""
        design = self.design
        of_term = np.concatenate(
            [_times(self.of_child, weights * phi[:, None, None]) for phi in design.basis.T], axis=1
        )
        total, sums = of_term, {"child": of_term}
        for level in design.levels:
            total = _times(_members(level.parent, len(level.labels)), total)
            sums[level.name] = total
        for name, (terms, structure) in design.term_sets().items():
            own = sums[name][:, terms]
            # Whatever ties correlations together, all of them are taken out: at worst too much.
            correlated = bool(STRUCTURES[structure].correlations)
            yield from _products(own, own, correlated=correlated)

    def _own_residual(self, made: Marginal, weights: Floats, moments: Moments) -> Iterator[Floats]:
        """Scores of the residual covariance and of what options of the residual add."""
        scaled = weights / made.scale[..., None]
        rho, cov = autocorrelation(moments), moments["residual_cov"][0]
        related = scaled
        if rho is not None:
            pairs = _pairs_of_occasions(self.design)
            gap = np.abs(pairs.data)
            powers, slopes = pairs.copy(), pairs.copy()
            powers.data, slopes.data = rho[0] ** gap, gap * rho[0] ** (gap - 1.0)
            related = scaled + _times(powers, scaled)
            yield np.einsum("kl,rks,rls->s", cov, scaled, _times(slopes, scaled))
        yield from _products(scaled, related, correlated=self.residuals_correlate)
        spreading = np.einsum("kl,rls->rks", cov, related) * scaled
        for column in self.design.residual_x.T:
            yield from np.tensordot(column, spreading, axes=1)


def directions(fit: Fit) -> Directions:
    """Collect the directions in which the ratings of a fit may depart from its model."""
    design = fit.design
    n_of_occasion = design.present.sum(axis=1)
    time = design.scaled_time - np.average(design.scaled_time, weights=n_of_occasion)
    group, labels = occasion_groups(design)
    occasions: dict[tuple[str, str], Floats] = {
        ("means", f" at {label}"): (group == number).astype(np.float64)
        for number, label in enumerate(labels)
    }
    curve = _curve(time, n_of_occasion)
    occasions["curve", ""] = curve
    for label, column in zip(design.covariates, design.x.T, strict=True):
        values = np.nan_to_num(column)[design.occasion_child]
        for what, along in (("level", np.ones(len(time))), ("change", time), ("curve", curve)):
            occasions["groups", f", {what} by {label}"] = values * along
    return Directions(
        design=design,
        occasions=occasions,
        time=time,
        of_child=_members(design.occasion_child, len(design.children)),
        units=_units(fit),
        lags={lag: _lagged(design.occasion_child, lag) for lag in LAGS},
        residuals_correlate=fit.spec.residual.is_correlated,
    )


def _curve(time: Floats, weight: Integers) -> Floats:
    """Squares of time, less the line through them; zero where there are two times only."""
    line = np.stack([np.ones(len(time)), time], axis=1)
    root = np.sqrt(weight)[:, None]
    fitted = np.linalg.lstsq(root * line, root[:, 0] * time**2, rcond=None)[0]
    curve = time**2 - line @ fitted
    return np.where(np.abs(curve) > SMALL * max(1.0, np.abs(time).max() ** 2), curve, 0.0)


def _units(fit: Fit) -> dict[str, sparse.csr_array]:
    """Who belongs to which therapist and clinic, as the ratings say, from the bottom up."""
    out = {}
    there = {"therapist": fit.ratings.has_therapists, "clinic": fit.ratings.has_clinics}
    children = fit.ratings.children.loc[list(fit.design.children)]
    below = np.arange(len(children))
    for level in (level for level, known in there.items() if known):
        unit = pd.factorize(children[level])[0].astype(np.int64)
        first = np.unique(below, return_index=True)[1]
        if unit.max() + 1 >= FEWEST:
            out[level] = _members(unit[first], int(unit.max()) + 1)
            below = unit
    return out


def _members(parent: Integers, n_units: int) -> sparse.csr_array:
    """Sums over what belongs to each unit."""
    ones = np.ones(len(parent))
    return sparse.csr_array((ones, (parent, np.arange(len(parent)))), shape=(n_units, len(parent)))


def _lagged(child: Integers, lag: int) -> sparse.csr_array:
    """Pairs of an occasion and the one so many later of the same child."""
    first = np.flatnonzero(child[lag:] == child[:-lag])
    shape = (len(child), len(child))
    return sparse.csr_array((np.ones(len(first)), (first, first + lag)), shape=shape)


def _pairs_of_occasions(design: Design) -> sparse.csr_array:
    """Scaled time between all pairs of different occasions of a child."""
    child, n = design.occasion_child, len(design.occasion_child)
    first, second = [], []
    for lag in range(1, int(np.bincount(child).max())):
        own = np.flatnonzero(child[lag:] == child[:-lag])
        first += [own, own + lag]
        second += [own + lag, own]
    rows, columns = (
        np.concatenate([np.zeros(0, dtype=np.int64), *part]) for part in (first, second)
    )
    gap = np.abs(design.scaled_time[rows] - design.scaled_time[columns])
    return sparse.csr_array((gap, (rows, columns)), shape=(n, n))


def _products(left: Floats, right: Floats, *, correlated: bool) -> Iterator[Floats]:
    """Sums of products of columns of two arrays (n, d, n_sets); of the same ones only, or all."""
    for a in range(left.shape[1]):
        for b in range(a, left.shape[1] if correlated else a + 1):
            yield (left[:, a] * right[:, b]).sum(axis=0)


def _times(matrix: sparse.csr_array, values: Floats) -> Floats:
    """A matrix times arrays with more than one dim behind the first."""
    return (matrix @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])
