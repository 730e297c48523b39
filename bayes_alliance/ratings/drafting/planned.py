"""Informants who rated at some of the times only: by plan, as it seems.

Said where an informant has no rating at all at a time at which others have some; whether that was
the plan, a person must confirm.
"""

from collections.abc import Mapping

from bayes_alliance.ratings.drafting.part import Line, Part, listed


def planned_part(times: Mapping[str, set[float]], names: Mapping[float, str]) -> Part:
    """State [planned].

    Parameters
    ----------
    times : mapping of str to set of float
        Times at which an informant has any rating, by its label.
    names : mapping of float to str
        What times are called in the file, in order.
    """
    every = set().union(*times.values())
    lines, decide = [], []
    for label, own in times.items():
        if own == every or not own:
            continue
        at = [time for time in names if time in own]
        lines.append(Line(table="planned", key=label, value=at, why="no rating at other times"))
        called = listed(names[time] for time in at)
        decide.append(
            f"[planned] {label}: ratings at {called} only: planned so? If not, delete the line: "
            f"ratings at {listed(names[one] for one in names if one in every - own)} then count as "
            "missing. Its times are those of [time]: change them in both places."
        )
    return Part(lines=tuple(lines), decide=tuple(decide))
