"""Which column is the child, the therapist, the clinic, the time, and who rated.

Each is chosen among the columns that can have the role, by the table of evidence. A role that no
column has enough evidence for is left out, that of the child is said to be decided.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.evidence import MOST, Found, best, is_called
from bayes_alliance.ratings.drafting.known import NEARLY_ALL, Known
from bayes_alliance.ratings.drafting.looking import Looked
from bayes_alliance.ratings.drafting.part import Part, listed
from bayes_alliance.ratings.drafting.words import role_of

MOST_INFORMANTS = 8
FEWEST_UNITS = 6  # fewer values are more often groups that are compared


@dataclass(frozen=True, kw_only=True, eq=False)
class Roles:
    """Columns by role, with why; None where no column has it.

    Parameters
    ----------
    changing : Found or None
        A column of therapists that cannot be used as it is: children change in it.
    """

    known: Known
    child: Found
    therapist: Found | None = None
    changing: Found | None = None
    clinic: Found | None = None
    time: Found | None = None
    informant: Found | None = None

    @property
    def used(self) -> set[str]:
        """Names of the columns that have a role."""
        found = (self.child, self.therapist, self.changing, self.clinic, self.time, self.informant)
        return {one.column.name for one in found if one is not None}

    @property
    def others(self) -> tuple[Column, ...]:
        """Columns without a role."""
        return tuple(one for one in self.known.columns if one.name not in self.used)


def roles(looked: Looked) -> Roles:
    """Find the columns that say whose a row is.

    Raises
    ------
    InputError
        If no column could be the child.
    """
    columns = looked.columns
    known = Known(columns=columns)
    child = best("child", known, tuple(one for one in columns if _identifies(one)))
    if child is None:
        raise InputError([_no_child(looked)], looked.name)
    known = Known(columns=columns, child=child.column)
    time, informant = _time_and_informant(known)
    taken = {one.column.name for one in (child, time, informant) if one is not None}
    free = tuple(one for one in columns if one.name not in taken)
    named = tuple(one for one in free if _could_be_unit(one, known))
    therapist = best("therapist", known, tuple(one for one in named if _stays(one, known)))
    changing = None
    if therapist is None:
        changing = best("therapist", known, named)
    free = tuple(one for one in named if therapist is None or one is not therapist.column)
    known = Known(
        columns=columns,
        child=child.column,
        therapist=None if therapist is None else therapist.column,
        time=None if time is None else time.column,
        informant=None if informant is None else informant.column,
    )
    clinics = tuple(one for one in free if _stays(one, known) and _holds_therapists(one, known))
    return Roles(
        known=known,
        child=child,
        therapist=therapist,
        changing=changing,
        clinic=best("clinic", known, clinics),
        time=time,
        informant=informant,
    )


def _no_child(looked: Looked) -> Problem:
    partly = [one for one in looked.columns if is_called(one, "child") and not one.given.all()]
    if partly:
        n_blank = int((~partly[0].given).sum())
        message = (
            f"is blank in {n_blank:,} rows, and names the child (family, patient) in others: write "
            "it in every row; in a spreadsheet, fill it down"
        )
        return Problem(where=f"column {partly[0].name}", message=message)
    held = listed((f"{one.name} ({one.spoken})" for one in looked.columns), most=12)
    message = (
        "no column says which child (patient, family, couple) a row is of: it is needed in every "
        f"row, as a column called child_id, say. The columns are {held}"
    )
    return Problem(where=looked.name, message=message)


def _time_and_informant(known: Known) -> tuple[Found | None, Found | None]:
    """Time, and who rated where a child has several rows at a time."""
    if known.distinct() >= NEARLY_ALL:
        return None, None
    times = tuple(one for one in known.columns if _could_be_time(one, known))
    persons = tuple(one for one in known.columns if _could_be_informant(one, known))
    alone = best("time", known, times)
    if alone is not None and known.distinct(alone.column) >= NEARLY_ALL:
        return alone, None
    choices: list[tuple[Found | None, Found]] = []
    for person in persons:
        beside = Known(columns=known.columns, child=known.child, informant=person)
        time = best("time", beside, tuple(one for one in times if one is not person))
        both = Known(
            columns=known.columns,
            child=known.child,
            time=None if time is None else time.column,
        )
        found = best("informant", both, (person,))
        if found is not None:
            choices.append((time, found))
    if not choices:
        return alone, None
    return max(choices, key=_points_together)


def _points_together(choice: tuple[Found | None, Found]) -> int:
    time, informant = choice
    return informant.points + (0 if time is None else time.points)


def _identifies(column: Column) -> bool:
    """Whether every row has a value that counts nothing."""
    every = all(one is not None for one in column.written)
    number = column.kind == "number" and not column.is_whole
    return every and not number and column.kind != "date" and column.n_distinct > 1


def _could_be_unit(column: Column, known: Known) -> bool:
    number = column.kind == "number" and not column.is_whole
    in_use = column.kind not in ("date", "blank")
    return in_use and not number and 1 < column.n_distinct < known.n_children


def _stays(column: Column, known: Known) -> bool:
    """Whether it is the same in all rows of a child, as of a unit of which there is one."""
    return column.constant_within(known.children) == 1.0


def _holds_therapists(column: Column, known: Known) -> bool:
    if known.therapist is None:
        return True
    fewer = column.n_distinct < known.therapist.n_distinct
    return fewer and column.constant_within(known.therapist.units) == 1.0


def _could_be_time(column: Column, known: Known) -> bool:
    if column is known.child or column.kind == "blank" or column.n_distinct < 2:
        return False
    return bool(np.mean(column.given) >= MOST) and column.constant_within(known.children) < MOST


def _could_be_informant(column: Column, known: Known) -> bool:
    if column is known.child or not 2 <= column.n_distinct <= MOST_INFORMANTS:
        return False
    return (
        bool(np.mean(column.given) >= NEARLY_ALL) and column.constant_within(known.children) < 0.7
    )


def nested_part(found: Roles) -> Part:
    """Ask about columns in which children are nested, where none is known as therapists or clinics.

    Each holds several children, and a child stands in one of them only. Where therapists are known,
    others that are called so are asked about.
    """
    if found.changing is not None:
        return Part()
    if found.therapist is not None:
        called = [
            f"{one.name} ({one.n_distinct:,} values)"
            for one in found.others
            if _holds_children(one, found.known) and "therapist" in map(role_of, one.words)
        ]
        decide = (
            f"[columns] therapist: {found.therapist.column.name} was taken; {listed(called)} is "
            "called so too: a child has one therapist here.",
        )
        return Part(decide=decide * bool(called))
    nested = [
        f"{one.name} ({one.n_distinct:,} values)"
        for one in found.others
        if _holds_children(one, found.known)
    ]
    decide = (
        f"[columns]: children are nested in {listed(nested)}: name it as therapist or clinic if it "
        "is one.",
    )
    return Part(decide=decide * bool(nested))


def _holds_children(column: Column, known: Known) -> bool:
    units = column.kind == "text" and column.n_distinct > FEWEST_UNITS
    several = 1 < column.n_distinct <= known.n_children / 2
    return (units or column.is_called_identifier) and several and _stays(column, known)
