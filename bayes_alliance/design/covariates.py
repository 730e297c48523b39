"""Why the covariates of a specification cannot be coded for these ratings.

`problems` takes both and returns every reason: covariates that are not there, effects that their
kind does not allow, values that are missing where they cannot be modelled, covariates that do not
vary.
"""

import numpy as np
import pandas as pd

from bayes_alliance.design import missing
from bayes_alliance.design.coding import means_of_children, values_of
from bayes_alliance.errors import Problem, nearest
from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification import CovariateTerm, ModelSpec

EVERYBODY = "the same for everybody, so it has no effect to estimate"


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Everything that keeps the specification's covariates from being coded.

    Returns
    -------
    list of Problem
        Unknown covariates (nearest suggested), effects that the covariate's kind does not allow,
        missing values that are not modelled, covariates that do not vary.
    """
    known = {covariate.name: covariate for covariate in ratings.covariates}
    problems: list[Problem] = []
    for term in spec.covariates:
        where = f"covariates.{term.name}"
        if len(term.parts) > 1:
            problems += _problems_of_interaction(term, known)
            continue
        if term.name not in known:
            allowed = ", ".join(known) or "none: the study file declares no covariates"
            message = f"not a covariate of these ratings (they have {allowed})."
            problems.append(Problem(where=where, message=message + nearest(term.name, known)))
            continue
        covariate = known[term.name]
        varies = covariate.level == "occasion"
        if varies != (term.on == ("rating",)):
            message = (
                'it varies over occasions, so it acts on ["rating"]'
                if varies
                else f"it describes the {covariate.level}, so it acts on growth coefficients, "
                'not on "rating"'
            )
            problems.append(Problem(where=where, value=list(term.on), message=message))
        values = values_of(covariate, ratings)
        if values.dropna().nunique() < 2:
            value = values.dropna().iloc[0] if values.notna().any() else None
            message = EVERYBODY if values.notna().any() else "missing for everybody"
            problems.append(Problem(where=where, value=value, message=message))
        elif varies and values.isna().any():
            problems.append(Problem(where=where, message=_absent(values)))
        elif term.splits and varies:
            problems += _problems_of_parts(term, covariate, ratings)
            problems += _problems_of_means(term, covariate, ratings)
    problems += [] if problems else missing.problems(spec, ratings)
    return problems


def _absent(values: pd.Series) -> str:
    absent = values.isna()
    units = [f"{child} at {time:g}" for child, time in values.index[absent][:10]]
    return (
        f"missing for {int(absent.sum())} of {len(absent)} occasions ({', '.join(units)}"
        f"{', ...' if absent.sum() > 10 else ''}). What varies over occasions is not modelled: "
        "fill it in, or leave the covariate out of the model"
    )


def _problems_of_interaction(term: CovariateTerm, known: dict[str, Covariate]) -> list[Problem]:
    return [
        Problem(
            where=f"covariates.{term.name}",
            value=name,
            message="varies over occasions; interactions join covariates that do not",
        )
        for name in term.parts
        if name in known and known[name].level == "occasion"
    ]


def _problems_of_parts(
    term: CovariateTerm, covariate: Covariate, ratings: Ratings
) -> list[Problem]:
    """Why a covariate cannot be taken apart into what is within and what is between children."""
    if covariate.kind == "categorical":
        message = "has categories; only numbers have a mean over a child's occasions"
        return [Problem(where=term.where_split, message=message)]
    values = values_of(covariate, ratings).astype(np.float64)
    means = means_of_children(covariate, ratings)
    own = means.reindex(values.index.get_level_values("child")).to_numpy(dtype=np.float64)
    problems = []
    if np.allclose(values.to_numpy(), own):
        message = "never differs from the child's own mean, so nothing acts within children"
        problems.append(Problem(where=term.where_split, message=message))
    if np.allclose(means.dropna(), means.mean()):
        message = "all children have the same mean, so nothing acts between children"
        problems.append(Problem(where=term.where_split, message=message))
    return problems


def _problems_of_means(
    term: CovariateTerm, covariate: Covariate, ratings: Ratings
) -> list[Problem]:
    """Why the means of children cannot be parameters."""
    message = ""
    if covariate.kind != "numeric":
        message = f"estimates means of numbers, and this is {covariate.kind}: use true"
    elif values_of(covariate, ratings).groupby(level="child").size().max() < 2:
        message = "no child was rated at two occasions, so nothing tells its mean from one value"
    return [
        Problem(where=option.where, value=option.value, message=message)
        for option in term.means
        if message
    ]
