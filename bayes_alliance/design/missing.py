r"""Baseline covariates with missing values: which are modelled, and given what.

A covariate with missing values gets a regression on the complete covariates of the model and on the
incomplete ones before it, numeric ones first, so that the regressions together are one joint
distribution (Ibrahim, Lipsitz and Chen 1999):

.. math:: p(x_1, x_2, \ldots \mid w) = p(x_1 \mid w)\, p(x_2 \mid x_1, w) \cdots

Nobody is left out for a missing value. A missing number is a parameter; a missing category is
summed over. Values are taken to be missing at random given the ratings and the other covariates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.design.coding import Column, values_of
from bayes_alliance.errors import Problem
from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification import ModelSpec

# Combinations of missing categories that are summed over for one child.
MOST_COMBINATIONS = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Incomplete:
    """A covariate with missing values, modelled given others.

    Parameters
    ----------
    kind : {"numeric", "binary", "categorical"}
    units : tuple of str
        The children, therapists or clinics it describes.
    unit : array of int, shape (n_children,)
        The unit of each child.
    values : array, shape (n_units,)
        As coded: centred if numeric; else 0 for the reference and the number of the category (1 for
        a binary covariate). NaN where missing.
    columns : tuple of int
        Columns of the design's ``x`` that code it.
    given : tuple of int
        Columns of the design's ``x`` it is regressed on.
    """

    name: str
    kind: str
    units: tuple[str, ...]
    unit: NDArray[np.int64]
    values: NDArray[np.float64]
    columns: tuple[int, ...]
    given: tuple[int, ...]

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Whether the value of a unit is missing, shape (n_units,)."""
        return np.isnan(self.values)

    @property
    def n_categories(self) -> int:
        """Number of categories; 2 for a binary covariate."""
        return len(self.columns) + 1


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Missing values of baseline covariates that cannot be modelled.

    Parameters
    ----------
    ratings : Ratings
        With all the specification's covariates.

    Returns
    -------
    list of Problem
        Categories missing for therapists or clinics; too many missing for one child.
    """
    problems: list[Problem] = []
    combinations = pd.Series(1, index=ratings.children.index)
    for covariate in _inside(spec, ratings):
        absent = values_of(covariate, ratings).isna()
        if not absent.any() or covariate.kind == "numeric":
            continue
        if covariate.level == "child":
            combinations[absent] *= max(2, len(covariate.categories))
            continue
        units = ratings.children.loc[absent, covariate.level].unique()
        message = (
            f"missing for {len(units)} {covariate.level}s ({', '.join(map(str, units[:10]))}"
            f"{', ...' if len(units) > 10 else ''}). Missing categories are modelled for children "
            "only: fill them in, or leave the covariate out of the model"
        )
        problems.append(Problem(where=f"covariates.{covariate.name}", message=message))
    most = int(combinations.max())
    if most > MOST_COMBINATIONS:
        message = (
            f"too many categories are missing for {combinations.idxmax()}: {most} combinations, at "
            f"most {MOST_COMBINATIONS} are summed over. Leave covariates out of the model"
        )
        problems.append(Problem(where="covariates", message=message))
    return problems


def not_in_graph(spec: ModelSpec, lacks: Sequence[Incomplete]) -> list[Problem]:
    """What is no graph of PyMC beside missing categories, over which it sums child by child.

    Parameters
    ----------
    lacks : sequence of Incomplete
        As in a design.
    """
    beside = {"residual.autoregression": spec.residual.autoregression, "leaving": spec.leaving}
    return [
        Problem(where=where, message=f"is no graph beside missing values of {one.name}, a category")
        for where, there in beside.items()
        for one in lacks
        if there and one.kind != "numeric"
    ]


def lacking(spec: ModelSpec, ratings: Ratings) -> list[Covariate]:
    """Covariates with missing values, those of interactions among them."""
    known = {covariate.name: covariate for covariate in ratings.covariates}
    used = dict.fromkeys(part for term in spec.covariates for part in term.parts if part in known)
    has = {"therapist": ratings.has_therapists, "clinic": ratings.has_clinics}
    return [
        known[name]
        for name in used
        if has.get(known[name].level, True) and bool(values_of(known[name], ratings).isna().any())
    ]


def incomplete(
    spec: ModelSpec, ratings: Ratings, columns: Sequence[Column]
) -> tuple[Incomplete, ...]:
    """Covariates whose missing values are modelled.

    Parameters
    ----------
    columns : sequence of Column
        As from `coding.child_columns`.

    Returns
    -------
    tuple of Incomplete
        Clinics before therapists before children, numeric before binary and categorical; each is
        regressed on the complete covariates of its own and higher levels, and on those before it.
    """
    levels = ("clinic", "therapist", "child")
    inside = sorted(
        _inside(spec, ratings), key=lambda c: (levels.index(c.level), c.kind != "numeric")
    )
    lacks = [c for c in inside if values_of(c, ratings).isna().any()]
    made: list[Incomplete] = []
    for covariate in lacks:
        # What describes children says nothing about the therapist they were given to.
        above = levels[: levels.index(covariate.level) + 1]
        before = [c.name for c in inside if c not in lacks and c.level in above]
        before += [done.name for done in made]
        between = "child" in above
        given = [
            position
            for position, column in enumerate(columns)
            if not column.product
            and (column.term.name in before or (between and column.term.splits))
        ]
        made.append(_incomplete(covariate, ratings, columns, tuple(given)))
    return tuple(made)


def _inside(spec: ModelSpec, ratings: Ratings) -> list[Covariate]:
    """Covariates of the model that do not vary over occasions."""
    known = {covariate.name: covariate for covariate in ratings.covariates}
    inside = [known[term.name] for term in spec.covariates if term.name in known]
    return [covariate for covariate in inside if covariate.level != "occasion"]


def _incomplete(
    covariate: Covariate, ratings: Ratings, columns: Sequence[Column], given: tuple[int, ...]
) -> Incomplete:
    own = tuple(p for p, column in enumerate(columns) if column.term.name == covariate.name)
    if covariate.level == "child":
        labels = list(ratings.children.index)
        unit = np.arange(len(labels), dtype=np.int64)
    else:
        unit_of_child = ratings.children[covariate.level]
        labels = list(dict.fromkeys(unit_of_child))
        code_of = {label: code for code, label in enumerate(labels)}
        unit = unit_of_child.map(code_of).to_numpy(dtype=np.int64)
    if covariate.kind == "numeric":
        of_child = columns[own[0]].values
    else:
        numbers = np.arange(1, len(own) + 1)
        of_child = np.column_stack([columns[p].values for p in own]) @ numbers.astype(np.float64)
    values = np.empty(len(labels))
    values[unit] = of_child
    return Incomplete(
        name=covariate.name,
        kind=covariate.kind,
        units=tuple(map(str, labels)),
        unit=unit,
        values=values,
        columns=own,
        given=given,
    )
