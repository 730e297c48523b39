"""Who could leave treatment when, and who did: the arrays of leaving, and what ratings need for it.

A child in treatment at an occasion, whose status at the next one is known, is *at risk* there: it
leaves before the next occasion, or stays. `at_risk` lists these; `problems` are reasons why leaving
cannot be part of a model of these ratings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.design.coding import Column, of_child, values_of, with_part
from bayes_alliance.design.trajectory import basis
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.numerals import exact
from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification import ModelSpec

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class AtRisk:
    """Children in treatment at an occasion, and whether they have left before the next one.

    Parameters
    ----------
    times : array, shape (T,)
        Common to all children.
    child, interval : array of int, shape (n,)
        Interval `t` is that between occasions `t` and `t + 1`.
    left : array of bool, shape (n,)
    row : array of int, shape (n,)
        The occasion among those of the design; occasions without ratings are numbered after these.
    added_child : array of int, shape (m,)
        Children of the occasions without ratings.
    added_time : array, shape (m,)
    added_basis : array, shape (m, coefficients)
    group : array of int, shape (n_children,)
        Whose association is whose.
    groups : tuple of str
        Empty: there is one association for all.
    informants : array of int
        Those whose ratings, or alliance, count.
    x : array, shape (n_children, C)
        Coded covariates that act on leaving; NaN where missing.
    covariates : tuple of str, length C
    covariate_sd : array, shape (C,)
        Standard deviation of a numeric covariate, 1 for a contrast.
    column : array of int, shape (C,)
        The column of ``Design.x`` that is the same; -1: none.
    share : float or None
        Of the association, that with the alliance; None: estimated.
    acts_now, acts_by_slope : bool
    therapist : bool
        Whether therapists differ in it.
    """

    times: Floats
    child: Integers
    interval: Integers
    left: NDArray[np.bool_]
    row: Integers
    added_child: Integers
    added_time: Floats
    added_basis: Floats
    group: Integers
    groups: tuple[str, ...]
    informants: Integers
    x: Floats
    covariates: tuple[str, ...]
    covariate_sd: Floats
    column: Integers
    share: float | None
    acts_now: bool
    acts_by_slope: bool
    therapist: bool

    @property
    def n_groups(self) -> int:
        """Associations: one for each group."""
        return max(len(self.groups), 1)

    @property
    def intervals(self) -> tuple[str, ...]:
        """Labels of the intervals: the time after which each begins."""
        return tuple(exact(time) for time in self.times[:-1])

    @property
    def direction(self) -> Floats:
        """Side of 0 on which the latent number lies: 1 for those who left, -1 for others."""
        return np.where(self.left, 1.0, -1.0)

    def labels(self, children: Sequence[str]) -> tuple[str, ...]:
        """Child and time of each: ``"c17, 8"``."""
        return tuple(
            f"{children[child]}, {exact(self.times[interval])}"
            for child, interval in zip(self.child, self.interval, strict=True)
        )

    @property
    def coords(self) -> dict[str, list[str]]:
        """Labels by dim, but for those who are at risk."""
        out = {"interval": list(self.intervals)}
        if self.groups:
            out["leaving_group"] = list(self.groups)
        if self.covariates:
            out["leaving_covariate_of"] = list(self.covariates)
        return out


def at_risk(
    spec: ModelSpec, ratings: Ratings, occasions: pd.Index, columns: Sequence[Column]
) -> AtRisk | None:
    """List who could leave when.

    Parameters
    ----------
    occasions : Index
        Child and time of the occasions with ratings, in the design's order.
    columns : sequence of Column
        Coded covariates of children in the model.

    Returns
    -------
    AtRisk or None
        None if leaving is no part of the model.
    """
    if spec.leaving is None:
        return None
    status = _status(ratings)
    times = status.columns.to_numpy(dtype=np.float64)
    there = status.to_numpy(dtype=bool)
    # Who came back is followed until leaving for the first time.
    there = np.logical_and.accumulate(there, axis=1)
    child, interval = (axis.astype(np.int64) for axis in np.nonzero(there[:, :-1]))
    row_of = {key: row for row, key in enumerate(occasions)}
    keys = [(status.index[c], times[t]) for c, t in zip(child, interval, strict=True)]
    added = [n for n, key in enumerate(keys) if key not in row_of]
    row_of |= {keys[n]: len(occasions) + place for place, n in enumerate(added)}
    own = [column for name in spec.leaving.covariates for column in _columns(name, ratings)]
    place = {column.label: number for number, column in enumerate(columns)}
    group, groups = _groups(spec.leaving.by, ratings)
    named = spec.leaving.informants or ratings.informants
    n_children = len(ratings.children)
    return AtRisk(
        times=times,
        child=child,
        interval=interval,
        left=~there[child, interval + 1],
        row=np.array([row_of[key] for key in keys], dtype=np.int64),
        added_child=child[added],
        added_time=times[interval[added]],
        added_basis=basis(spec.trajectory, times[interval[added]], axis=ratings.time),
        group=group,
        groups=groups,
        informants=np.array([k for k, one in enumerate(ratings.informants) if one in named]),
        x=np.column_stack([np.zeros((n_children, 0)), *(column.values for column in own)]),
        covariates=tuple(column.label for column in own),
        covariate_sd=np.array([column.sd for column in own], dtype=np.float64),
        column=np.array([place.get(column.label, -1) for column in own], dtype=np.int64),
        share=spec.leaving.share,
        acts_now=spec.leaving.acts_now,
        acts_by_slope=spec.leaving.acts_by_slope,
        therapist=spec.leaving.therapist,
    )


def _status(ratings: Ratings) -> pd.DataFrame:
    """Whether each child was in treatment at each time; children in their order."""
    status = ratings.occasions.pivot_table(index="child", columns="time", values="in_treatment")
    return status.reindex(index=ratings.children.index) > 0


def _covariate(name: str, ratings: Ratings) -> Covariate:
    return next(covariate for covariate in ratings.covariates if covariate.name == name)


def _columns(name: str, ratings: Ratings) -> list[Column]:
    return of_child(_covariate(name, ratings), ratings)


def _groups(by: str | None, ratings: Ratings) -> tuple[Integers, tuple[str, ...]]:
    if by is None:
        return np.zeros(len(ratings.children), dtype=np.int64), ()
    covariate = _covariate(by, ratings)
    values = values_of(covariate, ratings)
    known = list(covariate.categories) if covariate.kind == "categorical" else [0.0, 1.0]
    labels = [with_part(by, str(one) if isinstance(one, str) else f"{one:g}") for one in known]
    group = values.map({one: n for n, one in enumerate(known)})
    return np.asarray(group, dtype=np.int64), tuple(labels)


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Why leaving cannot be part of a model of these ratings."""
    if spec.leaving is None:
        return []
    of_ratings = [*_of_status(ratings), *_of_informants(spec, ratings)]
    return [*of_ratings, *_of_covariates(spec, ratings)]


def _of_status(ratings: Ratings) -> Iterator[Problem]:
    occasions = ratings.occasions
    n_times = occasions["time"].nunique()
    if not ratings.has_treatment:
        message = (
            "nobody knows who was in treatment when: name the column that says so in the study "
            "file, in a table [treatment]"
        )
    elif n_times < 2 or len(occasions) < n_times * len(ratings.children):
        message = "needs two or more times that all children have in common"
    elif _status(ratings).to_numpy(dtype=bool).all():
        message = "nobody leaves treatment before the last occasion, so there is nothing to learn"
    else:
        return
    yield Problem(where="leaving", message=message)


def _of_informants(spec: ModelSpec, ratings: Ratings) -> Iterator[Problem]:
    for name in spec.leaving.informants if spec.leaving else ():
        if name not in ratings.informants:
            known = ", ".join(ratings.informants)
            message = f"not an informant of these ratings (they have {known})."
            message += nearest(name, ratings.informants)
            yield Problem(where="leaving.informants", value=name, message=message)


def _of_covariates(spec: ModelSpec, ratings: Ratings) -> Iterator[Problem]:
    assert spec.leaving is not None
    known = {one.name: one for one in ratings.covariates if one.level != "occasion"}
    named = [("leaving.covariates", name) for name in spec.leaving.covariates]
    named += [("leaving.by", spec.leaving.by)] if spec.leaving.by else []
    acting = {term.name for term in spec.covariates}
    for where, name in named:
        message = ""
        if name not in known:
            what = ", ".join(known) or "none"
            message = (
                f"not a covariate of children, therapists or clinics (these: {what})."
                f"{nearest(name, known)}"
            )
        elif where == "leaving.by" and known[name].kind == "numeric":
            message = "is a number: associations differ between categories"
        elif values_of(known[name], ratings).nunique() < 2:
            message = "is the same for everybody"
        elif values_of(known[name], ratings).isna().any():
            if where == "leaving.by":
                message = "has missing values: everybody needs to be of one category or another"
            elif name not in acting:
                message = (
                    "has missing values, which are modelled of what acts on ratings too, "
                    "in [covariates]"
                )
        if message:
            yield Problem(where=where, value=name, message=message)
