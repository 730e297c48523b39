"""What [columns] says: whose a row is, and what is to be decided where that is not plain."""

import numpy as np
import pandas as pd

from bayes_alliance.ratings.drafting.evidence import ENOUGH
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Found, Roles

SURE = ENOUGH["child"] + 1


def identifier_part(roles: Roles) -> Part:
    """State [columns] but for the rating of long files."""
    lines = [_line("child", roles.child)]
    decide = []
    if roles.child.points < SURE:
        decide.append(f"[columns] child: {roles.child.column.name} was taken: confirm it.")
    for key, found in (("therapist", roles.therapist), ("clinic", roles.clinic)):
        if found is not None:
            lines.append(_line(key, found))
    parts = [_without_therapist(roles), _changing(roles)]
    if roles.time is not None:
        lines.append(_line("time", roles.time))
    if roles.informant is not None:
        lines.append(_line("informant", roles.informant))
    return Part.of([Part(lines=tuple(lines), decide=tuple(decide)), *parts])


def _line(key: str, found: Found) -> Line:
    label = f"{found.column.label}; " if found.column.label else ""
    return Line(table="columns", key=key, value=found.column.name, why=f"{label}{found.why}")


def _without_therapist(roles: Roles) -> Part:
    """Children that have no therapist in any row, or in some rows only."""
    if roles.therapist is None:
        return Part()
    column = roles.therapist.column
    has = pd.Series(column.given).groupby(roles.known.children).agg(["any", "all"])
    n_without, n_carried = int((~has["any"]).sum()), int((has["any"] & ~has["all"]).sum())
    seen: tuple[str, ...] = ()
    if n_carried:
        seen = (
            f"{column.name} stands in some rows only of {n_carried:,} children, and is carried to "
            "their other rows.",
        )
    if not n_without:
        return Part(seen=seen)
    alike = _same_for_those_without(roles, has["any"].to_numpy())
    return Part(
        lines=(Line(table="columns", key="no_therapist", value="own", why="stand alone"),),
        seen=(
            *seen,
            f"{n_without:,} children have no therapist in any row{alike}; each of them stands "
            'alone: no_therapist = "own".',
        ),
    )


def _same_for_those_without(roles: Roles, has: np.ndarray) -> str:
    """What all children without a therapist, and no others, have in common."""
    children = roles.known.children
    for column in roles.others:
        if column.n_distinct != 2 or column.constant_within(children) < 1.0:
            continue
        value = pd.Series(column.text).groupby(children).first().to_numpy()
        without = {*value[~has]}
        if len(without) == 1 and not without & {*value[has]}:
            return f" (all with {column.name} = {without.pop()})"
    return ""


def _changing(roles: Roles) -> Part:
    if roles.changing is None:
        return Part()
    column = roles.changing.column
    pairs = pd.DataFrame({"child": roles.known.children, "therapist": column.text})
    varies = pairs.dropna().drop_duplicates().groupby("child").size() > 1
    decide = (
        f"[columns] therapist: {column.name} names therapists, and {int(varies.sum()):,} children "
        "have more than one. A child has one here: make a column with the therapist at entry, or "
        "with whom it saw most, and name that."
    )
    return Part(decide=(decide,))


def repeats_part(roles: Roles) -> Part:
    """Rows alike in every cell, and others of a child at the same time."""
    known = roles.known
    alike = known.alike
    lines: tuple[Line, ...] = ()
    seen: tuple[str, ...] = ()
    if alike.any():
        n_alike = int(alike.sum())
        verb = (
            "row is identical to an earlier one and is"
            if n_alike == 1
            else ("rows are identical to an earlier one and are")
        )
        lines = (
            Line(table="file", key="duplicates", value="drop", why="rows alike in every cell"),
        )
        seen = (f"{n_alike:,} {verb} dropped.",)
    key = {"child": known.children}
    for name, found in (("time", roles.time), ("informant", roles.informant)):
        if found is not None:
            key[name] = found.column.units
    again = pd.DataFrame(key)[~alike].duplicated()
    if not again.any():
        return Part(lines=lines, seen=seen)
    what = "child, time and informant" if roles.informant is not None else "child and time"
    if roles.time is None:
        what = "child"
    numbers = listed(roles.known.child.text[again[again].index] if roles.known.child else [])
    decide = (
        f"[columns] time: {int(again.sum()):,} rows have the {what} of an earlier row (children "
        f"{numbers}): which column tells occasions or informants apart?"
    )
    return Part(lines=lines, seen=seen, decide=(decide,))
