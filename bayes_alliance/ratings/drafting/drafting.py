"""From a file to a drafted study file, step by step over frozen values.

File looked at, columns described, roles found, ratings and informants, scale, times, covariates,
codes for missing values: each step takes what the former gave and returns a `Part` of the study
file with what it saw and what only a person can decide.
"""

import numpy as np

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings.drafting import times
from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.covariates import covariates
from bayes_alliance.ratings.drafting.identifiers import identifier_part, repeats_part
from bayes_alliance.ratings.drafting.layouts import Layout, layout_of
from bayes_alliance.ratings.drafting.looking import Looked
from bayes_alliance.ratings.drafting.missing import missing_part
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.people import words_part
from bayes_alliance.ratings.drafting.roles import Roles, nested_part, roles
from bayes_alliance.ratings.drafting.treatment import Rows, Treatment, treatment
from bayes_alliance.ratings.drafting.waves import times_of

TABLES = (
    "",
    "file",
    "file.missing_in",
    "columns",
    "informants",
    "planned",
    "scale",
    "items",
    "time",
    "treatment",
    "covariates",
    "covariate",
    "words",
)


def draft_of(looked: Looked) -> Part:
    """Draft the study file of a file that was looked at.

    Raises
    ------
    InputError
        If no column could be the child, or none could hold ratings.
    """
    found = roles(looked)
    layout = layout_of(found)
    if not layout.informants.measures:
        raise InputError([_no_ratings(looked)], looked.name)
    used = layout.informants.used | found.used
    rows = _rows(found, layout)
    free = tuple(one for one in looked.columns if one.name not in used)
    status = Treatment(column=None, part=layout.treatment)
    if not layout.treatment.lines and (found.time is not None or layout.waves):
        status = treatment(free, found, rows)
    free = tuple(
        one for one in free if one is not status.column and one.name not in layout.left_out
    )
    described = covariates(free, found, over_time=layout.covariates)
    parts = [
        Part(lines=(layout.line,)),
        looked.part,
        repeats_part(found),
        identifier_part(found),
        nested_part(found),
        layout.part,
        layout.informants.part,
        times.time_part(found, waves=layout.waves, rated=rows.rated),
        status.part,
        described,
        words_part(
            found,
            informants=[*layout.informants.measures],
            free=free,
            covariates=_covariates(described),
        ),
    ]
    part = Part.of([*parts, missing_part(_read(looked, used, free, described))])
    return Part(lines=tuple(sorted(part.lines, key=_place)), decide=part.decide, seen=part.seen)


def _place(line: Line) -> int:
    return TABLES.index(line.table if line.table in TABLES else line.table.partition(".")[0])


def _read(
    looked: Looked, used: set[str], free: tuple[Column, ...], described: Part
) -> list[Column]:
    """Columns that the study file names."""
    named = used | ({one.name for one in free} & _covariates(described))
    return [one for one in looked.columns if one.name in named]


def _covariates(described: Part) -> set[str]:
    """Names of the covariates."""
    return {name for line in described.lines if isinstance(line.value, list) for name in line.value}


def _rows(found: Roles, layout: Layout) -> Rows:
    columns = [one for one in found.known.columns if one.name in layout.informants.used]
    rated = np.any([~np.isnan(one.numbers) for one in columns], axis=0)
    if not layout.waves:
        return Rows(rated=rated, times=times.of_rows(found))
    waves = times_of(layout.waves)
    return Rows(rated=rated, times=np.array([*waves.of.values()]), counted=waves.counted)


def _no_ratings(looked: Looked) -> Problem:
    held = listed((f"{one.name} ({one.spoken})" for one in looked.columns), most=12)
    message = (
        "no column of numbers seems to hold ratings: they have more than two values, and change "
        f"over the rows of a child. The columns are {held}"
    )
    return Problem(where=looked.name, message=message)
