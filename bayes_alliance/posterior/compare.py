"""Which model predicts best what it has not seen: a rating, a child's ratings, a therapist's.

The unit that is left out says what is predicted: the next rating of a family that is known
(`leave_one_rating_out`), a new family (`leave_one_child_out`), the families of a new therapist
(`leave_one_therapist_out`, or in few fits `folds`). Models are compared by their expected log
predictive density, unit by unit, so that what is hard to predict for all of them cancels.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayes_alliance.design import Design
from bayes_alliance.errors import Count, InputError, Problem, Seed, checked_arguments
from bayes_alliance.levels import LEVELS, LevelName
from bayes_alliance.posterior.comparison import Comparison, aligned, sentence, tabulated
from bayes_alliance.posterior.cross_validation import LeftOut, in_folds, left_out, n_rated
from bayes_alliance.posterior.exact import NOT_KEPT, require_exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.left_out import Unit


@checked_arguments
def leave_one_rating_out(
    fits: Fit | Mapping[str, Fit], *, seed: Seed | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict single ratings from all others.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
        To the same ratings, which are normal in all models, given what completes them. A censored
        rating counts with the probability of its end and all beyond, others with their density per
        point.
    seed : int, optional
        Of refits; that of each fit if not given.
    refits : int
        For units with a high Pareto `k` a model is fitted again without them, at most so many.

    Raises
    ------
    InputError
        Different ratings; families whose effects do not integrate out; covariates whose missing
        values are not kept with the fit.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    """
    return _compared(fits, "rating", seed=seed, refits=refits)


@checked_arguments
def leave_one_child_out(
    fits: Fit | Mapping[str, Fit], *, seed: Seed | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict all ratings of a child from the other children.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
    seed : int, optional
    refits : int
        All as in `leave_one_rating_out`.

    Raises
    ------
    InputError
        As `leave_one_rating_out`.
    """
    return _compared(fits, "child", seed=seed, refits=refits)


@checked_arguments
def leave_one_therapist_out(
    fits: Fit | Mapping[str, Fit], *, seed: Seed | None = None, refits: int = 20
) -> Comparison:
    """Compare models by how they predict all ratings of a therapist's children from the others.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
        Models with or without effects of therapists.
    seed : int, optional
    refits : int
        All as in `leave_one_rating_out`.

    Raises
    ------
    InputError
        As `leave_one_rating_out`, and if the ratings do not know therapists.
    """
    return _compared(fits, "therapist", seed=seed, refits=refits)


@checked_arguments
def folds(
    fits: Fit | Mapping[str, Fit],
    *,
    unit: LevelName = "therapist",
    n: Count = 10,
    seed: Seed | None = None,
) -> Comparison:
    """Compare models by how they predict units left out in folds, each fold by a fit of its own.

    For when leaving out one unit at a time would take too many refits: `n` fits per model, none of
    them by importance sampling. Every fit has seen fewer units than one that leaves out a single
    one, so that `elpd` is a little lower.

    Parameters
    ----------
    fits : Fit or mapping of str to Fit
        As in `leave_one_rating_out`.
    unit : {"child", "therapist", "clinic"}
        All ratings of a unit are left out together. The highest level in any of the models: units
        left out must have nothing in common with the others but the parameters.
    n : int
        Folds; units are dealt out at random, in the same way for all models.
    seed : int, optional
        Of dealing and fits; that of the first fit if not given.

    Raises
    ------
    InputError
        As `leave_one_rating_out`; a level above the unit; fewer than 2 folds or more than units.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    """
    by_name = _comparable(fits, unit)
    problems = []
    for name, one in by_name.items():
        highest = ("child", *one.design.term_sets())[-1]
        if LEVELS.index(highest) > LEVELS.index(unit):
            message = f"this model has effects of {highest}s: leave out whole {highest}s"
            problems.append(Problem(where=name, value=unit, message=message))
    n_units = n_rated(next(iter(by_name.values())), unit)
    if not 2 <= n <= n_units:
        message = f"from 2 to the number of {unit}s with ratings, {n_units}"
        problems.append(Problem(where="n", value=n, message=message))
    if problems:
        raise InputError(problems, "folds")
    seed = next(iter(by_name.values())).seed if seed is None else seed
    results = {name: in_folds(one, unit, folds=n, seed=seed) for name, one in by_name.items()}
    return _concluded(by_name, results, unit, folds=n)


def _compared(
    fits: Fit | Mapping[str, Fit], unit: Unit, *, seed: int | None, refits: int
) -> Comparison:
    by_name = _comparable(fits, unit)
    results = {
        name: left_out(one, unit, seed=one.seed if seed is None else seed, refits=refits)
        for name, one in by_name.items()
    }
    return _concluded(by_name, results, unit)


def _comparable(fits: Fit | Mapping[str, Fit], unit: Unit) -> dict[str, Fit]:
    by_name = {fits.spec.name: fits} if isinstance(fits, Fit) else dict(fits)
    if problems := _differences(by_name):
        raise InputError(problems, "these fits cannot be compared")
    for one in by_name.values():
        what = f"leaving out one {unit}"
        require_exact(one, what=what, why=NOT_KEPT, completed=True, values=True)
    return by_name


def _concluded(
    by_name: dict[str, Fit], results: dict[str, LeftOut], unit: Unit, folds: int | None = None
) -> Comparison:
    failed = tuple(f"{name}: {text}" for name, one in results.items() for text in one.failed)
    results, n_lost = aligned(results)
    if not all(len(one.elpd) for one in results.values()):
        problems = [Problem(where="folds", message=text) for text in dict.fromkeys(failed)]
        raise InputError(problems, "no fit without some units could be made for all models")
    table = tabulated(results)
    by_unit = pd.concat(
        {
            name: pd.DataFrame({"elpd": one.elpd, "pareto_k": one.pareto_k}, index=one.labels)
            for name, one in results.items()
        },
        axis=1,
    ).rename_axis(unit)
    words = next(iter(by_name.values())).ratings.words
    return Comparison(
        unit=unit,
        table=table,
        by_unit=by_unit,
        sentence=sentence(table, words.said(unit), n_lost=n_lost),
        folds=folds,
        failed=failed,
        synthetic=any(one.ratings.synthetic for one in by_name.values()),
        words=words,
    )


def _differences(fits: dict[str, Fit]) -> list[Problem]:
    """Why fits are not about the same ratings."""
    if not fits:
        return [Problem(where="fits", message="there are none")]
    first, *others = fits
    problems = []
    a = fits[first].design
    for name in others:
        b = fits[name].design
        if set(a.informants) != set(b.informants):
            message = (
                f"is about {', '.join(b.informants)}, '{first}' about {', '.join(a.informants)}"
            )
        elif set(a.children) != set(b.children):
            message = (
                f"is about other children than '{first}' ({len(b.children)}, {len(a.children)})"
            )
        elif not _same_ratings(a, b):
            message = f"is about other ratings than '{first}'; log densities of different data"
        else:
            continue
        problems.append(Problem(where=name, message=f"{message}; differences would mean nothing"))
    return problems


def _same_ratings(a: Design, b: Design) -> bool:
    """Whether two designs of the same children and informants hold the same ratings, by label."""
    in_order = []
    for one in (a, b):
        child = np.array(one.children)[one.occasion_child]
        rows = np.lexsort((one.occasion_time, child))
        informants = np.argsort(one.informants)
        observed = one.observed[rows][:, informants]
        in_order.append((child[rows], one.occasion_time[rows], observed))
    (children, times, ratings), (others, when, theirs) = in_order
    return (
        np.array_equal(children, others)
        and np.array_equal(times, when)
        and np.array_equal(ratings, theirs, equal_nan=True)
    )
