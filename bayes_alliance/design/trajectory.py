"""The growth basis at times of the ratings, and what keeps a trajectory from them.

In goes a trajectory of the specification and times in units of the time column; out comes one row
of `phi(s)` per time, one column per growth coefficient. Singer & Willett (2003) call these the
level-1 predictors of the individual growth model. What `phi` is, each shape says by itself
(`specification.trajectories`).
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.numerals import exact
from bayes_alliance.ratings import Ratings, TimeAxis
from bayes_alliance.specification import ModelSpec, Trajectory
from bayes_alliance.specification.phrases import listed
from bayes_alliance.specification.trajectories import straight_shapes


def basis(
    trajectory: Trajectory, times: NDArray[np.float64], *, axis: TimeAxis
) -> NDArray[np.float64]:
    """Growth basis `phi(s)` at the given times, ``s = (time - origin) / per``.

    Parameters
    ----------
    times : array, shape (n_times,)
        Times in units of the time column (months, weeks, waves).
    axis : TimeAxis
        Origin and unit of the slope.

    Returns
    -------
    array, shape (n_times, n_coefficients)
        One column per name in ``trajectory.coefficients``.

    Raises
    ------
    InputError
        If a trajectory is asked for times before it starts.
    """
    scaled = axis.scaled(np.asarray(times, dtype=np.float64))
    if (scaled <= trajectory.starts_after).any():
        words, start = _start(trajectory, axis)
        message = f"{words} starts at {start:g}; all times must be later"
        value = float(np.min(times))
        raise InputError([Problem(where="time", value=value, message=message)], words)
    knots = axis.scaled(np.asarray(trajectory.knots, dtype=np.float64))
    return trajectory.basis(scaled, knots)


def problems(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """What is wrong with the times of ratings for the trajectory of a model."""
    return (
        _not_at_knots(spec, ratings)
        or _too_few_times(spec, ratings)
        or _before_the_start(spec, ratings)
        or _knots_elsewhere(spec, ratings)
    )


def _not_at_knots(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Occasions that are categories, and ratings at other times than these."""
    if not spec.trajectory.only_at_knots:
        return []
    knots, origin = spec.trajectory.knots, float(ratings.time.origin)
    times = shared_times(ratings)
    if sorted([origin, *knots]) == times:
        return []
    if not times:
        message = (
            "occasions are categories in this model, but most of the times at which ratings lie "
            "are one person's own. Write the planned time of its visit beside every rating, or "
            "use a model with a curve, such as quadratic_growth"
        )
    elif origin not in times:
        message = (
            "this model reads the level at an occasion, but there are no ratings at the time "
            f"origin, {exact(origin)}. Set [time] origin in the study file to one of "
            f"{listed(map(exact, times))}"
        )
    else:
        others = ", ".join(exact(time) for time in times if time != origin)
        message = (
            "occasions are categories in this model, and ratings lie at "
            f"{listed(map(exact, times))}, of which {exact(origin)} is the time origin: knots must "
            f"be [{others}]. Write with_knots(spec, [{others}]), or set them in a model file of "
            "your own, with a prior for each"
        )
    return [Problem(where="trajectory.knots", value=list(knots), message=message)]


def shared_times(ratings: Ratings) -> list[float]:
    """Times of the ratings, in order; none if most of them are one child's own."""
    n_children = ratings.observed.groupby("time")["child"].nunique()
    are_own = len(ratings.children) > 1 and (n_children == 1).mean() > 0.5
    return [] if are_own else [float(time) for time in n_children.index]


def _times(ratings: Ratings) -> Floats:
    """Time of every rating."""
    times = ratings.long.loc[ratings.long["status"] == "rated", "time"]
    return times.to_numpy(dtype=np.float64)


def _too_few_times(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    n_times = len(np.unique(_times(ratings)))
    n_coefficients = len(spec.trajectory.coefficients)
    if n_times >= n_coefficients:
        return []
    shapes = " or ".join(f'"{name}"' for name in straight_shapes(n_times))
    message = (
        f"a {spec.trajectory.shape} trajectory has {n_coefficients} growth coefficients, but "
        f"the ratings lie at {n_times} distinct time{'s' if n_times > 1 else ''}. "
        f"Use a model with shape = {shapes}{', such as level_once' if n_times == 1 else ''}"
    )
    return [Problem(where="trajectory.shape", value=spec.trajectory.shape, message=message)]


def _before_the_start(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    first, axis = float(_times(ratings).min()), ratings.time
    if axis.scaled(first) > spec.trajectory.starts_after:
        return []
    words, start = _start(spec.trajectory, axis)
    message = (
        f"{words} starts at {start:g} (origin - per), but there are ratings at {first:g}. Set the "
        "origin in the study file to the first time, or use another shape"
    )
    return [Problem(where="trajectory.shape", value=spec.trajectory.shape, message=message)]


def _knots_elsewhere(spec: ModelSpec, ratings: Ratings) -> list[Problem]:
    """Knots before or after all ratings, or too many between two times."""
    knots = spec.trajectory.knots
    if not knots:
        return []
    times = np.unique(_times(ratings))
    columns = basis(spec.trajectory, times, axis=ratings.time)
    if np.linalg.matrix_rank(columns) == columns.shape[1]:
        return []
    message = (
        f"with knots there, ratings between {exact(times[0])} and {exact(times[-1])} do not tell "
        f"the {columns.shape[1]} growth coefficients apart. Set knots among the times of the "
        "ratings, in a model file of your own (bayes-alliance models NAME --toml prints one to "
        "start from)"
    )
    return [Problem(where="trajectory.knots", value=list(knots), message=message)]


def _start(trajectory: Trajectory, axis: TimeAxis) -> tuple[str, float]:
    """What a trajectory is called, and the time it starts after."""
    return trajectory.shape.replace("_", " "), axis.origin + trajectory.starts_after * axis.per
