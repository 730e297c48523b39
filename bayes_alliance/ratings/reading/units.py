"""Who is who: children, their therapists and clinics, carried to rows that leave them out.

Of a child, files often name the therapist in the first row only, or not at all for a child that
nobody treated. The first is filled from the child's other rows; the second is an error, unless the
study file says that such a child stands alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.errors import Problem
from bayes_alliance.ratings.reading.columns import FileColumns
from bayes_alliance.ratings.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """Identifiers by row.

    Parameters
    ----------
    therapist, clinic : ndarray of object, or None
        None if the study has no such column.
    alone : tuple of str
        Those that stand in for therapists of children without one.
    """

    child: NDArray[np.object_]
    therapist: NDArray[np.object_] | None
    clinic: NDArray[np.object_] | None
    alone: tuple[str, ...]
    notes: tuple[str, ...]


def units_of(file: FileColumns, study: Study) -> tuple[Units, list[Problem]]:
    """Read identifiers of children, therapists and clinics."""
    columns, notes = study.columns, []
    child, problems = file.identifiers(columns.child)
    message = "is blank; an identifier is needed"
    problems += file.problems_at(pd.isna(child), columns.child, message)
    above: dict[str, NDArray[np.object_] | None] = {"therapist": None, "clinic": None}
    alone: tuple[str, ...] = ()
    for level in above:
        name = getattr(columns, level)
        if name is None:
            continue
        given, wrong = file.identifiers(name)
        problems += wrong
        carried = _carried(child, given)
        n_carried = int((pd.isna(given) & ~pd.isna(carried)).sum())
        if n_carried:
            rows = "row" if n_carried == 1 else "rows"
            notes.append(
                f"Column {name} is blank in {n_carried:,} {rows}, which have the {level} of other "
                "rows of the same child."
            )
        without = pd.isna(carried) & ~pd.isna(child)
        if level == "therapist" and columns.no_therapist == "own":
            alone, carried = _standing_alone(child, carried, without)
        elif name in file.frame:
            problems += _without(file, level, name, child, without)
        above[level] = carried
    units = Units(
        child=child,
        therapist=above["therapist"],
        clinic=above["clinic"],
        alone=alone,
        notes=tuple(notes),
    )
    return units, problems


def _carried(child: NDArray[np.object_], given: NDArray[np.object_]) -> NDArray[np.object_]:
    """Fill blanks with the first value of the child's other rows."""
    known = pd.Series(given, dtype=object)
    first = known.groupby(pd.Series(child, dtype=object)).transform("first")
    filled = np.array(known.where(known.notna(), first), dtype=object)
    filled[pd.isna(filled)] = None
    return filled


def _standing_alone(
    child: NDArray[np.object_], carried: NDArray[np.object_], without: NDArray[np.bool_]
) -> tuple[tuple[str, ...], NDArray[np.object_]]:
    """Give each child without a therapist a label of its own that no therapist has."""
    taken = set(carried)
    label = "none ({})"
    while taken & {label.format(one) for one in child[without]}:
        label = f"({label})"
    names = np.array([label.format(one) for one in child], dtype=object)
    out = np.where(without, names, carried)
    return tuple(dict.fromkeys(out[without])), out


def _without(
    file: FileColumns,
    level: str,
    name: str,
    child: NDArray[np.object_],
    without: NDArray[np.bool_],
) -> list[Problem]:
    """Say which children have no therapist or clinic in any row, each once."""
    first = without & ~pd.Series(child).duplicated().to_numpy()
    n_without = int(first.sum())
    n_children = len(pd.unique(child[~pd.isna(child)]))
    way = (
        "if nobody treated these children (a waiting list), say [columns] "
        'no_therapist = "own": each then stands alone and counts as without a therapist'
        if level == "therapist"
        else "name one, or leave [columns] clinic out"
    )
    cause = f"{n_without:,} of {n_children:,} children have no {level} in any row; {way}"
    raw = file.column(name).astype(object).to_numpy()
    return [
        file.rows.problem(
            int(entry),
            column=name,
            value=raw[entry],
            message=f"is blank, as in all rows of child '{child[entry]}'; {way}",
            cause=cause,
        )
        for entry in np.flatnonzero(first)
    ]
