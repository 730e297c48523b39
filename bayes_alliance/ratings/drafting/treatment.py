"""Who was in treatment when: columns of 0 and 1, by row or by wave, or the last time in it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.part import Line, Part
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.words import role_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """What rows say beside whose they are.

    Parameters
    ----------
    rated : ndarray of bool
        Whether a row has any rating.
    times : ndarray of float64
        Of the rows, NaN where not numbers; of the waves, where they stand in names of columns.
    counted : bool
        Whether waves are only counted.
    """

    rated: NDArray[np.bool_]
    times: Floats
    counted: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Treatment:
    """The column that says who was in treatment when; None if there is none."""

    column: Column | None
    part: Part


def treatment(others: tuple[Column, ...], roles: Roles, rows: Rows) -> Treatment:
    """Find the status of treatment, or the last occasion in it."""
    for column in others:
        if _is_status(column, roles):
            out = (column.numbers == 0) & rows.rated
            return Treatment(column=column, part=status_part(column.name, int(out.sum())))
        if _is_last(column, roles, rows):
            line = Line(
                table="treatment", key="last_occasion", value=column.name, why="the same in a child"
            )
            decide = (
                f"[treatment] last_occasion: {column.name} counts waves, as the times above do; "
                "where you write others, it must hold them too."
            )
            return Treatment(
                column=column, part=Part(lines=(line,), decide=(decide,) * rows.counted)
            )
    return Treatment(column=None, part=Part())


def _is_status(column: Column, roles: Roles) -> bool:
    return status_is([column]) and column.constant_within(roles.known.children) < 1.0


def status_is(columns: Iterable[Column]) -> bool:
    """Whether a column, or those of all waves, may say who was in treatment: 0 or 1 in each row."""
    every = list(columns)
    named = any(role_of(word) == "treatment" for word in every[0].words)
    values = np.unique(np.concatenate([one.numbers[one.given] for one in every]))
    return named and values.tolist() == [0.0, 1.0] and all(one.given.all() for one in every)


def _is_last(column: Column, roles: Roles, rows: Rows) -> bool:
    named = any(role_of(word) == "last" for word in column.words)
    known = column.numbers[~np.isnan(column.numbers)]
    among = len(known) > 0 and bool(np.isin(known, rows.times).all())
    return named and among and column.constant_within(roles.known.children) == 1.0


def status_part(name: str, n_rated: int) -> Part:
    """State the column that says who was in treatment.

    Parameters
    ----------
    n_rated : int
        Rows, or rows and waves, with ratings out of treatment.
    """
    lines = [Line(table="treatment", key="in_treatment", value=name, why="1 in treatment")]
    decide = []
    if n_rated:
        lines.append(Line(table="treatment", key="rated_after_leaving", value="keep"))
        decide.append(
            f"[treatment] rated_after_leaving: {n_rated} rows have ratings where {name} is 0; "
            '"keep" or "drop" them, or mend one of the two.'
        )
    return Part(lines=tuple(lines), decide=tuple(decide))
