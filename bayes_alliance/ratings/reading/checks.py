"""Rows checked against each other: nesting, repetition, constancy, leaving treatment.

Each check looks at all rows at once and names every row that does not fit: a child under two
therapists, a therapist in two clinics, two ratings of an occasion by the same informant, a baseline
covariate that changes, a rating given while the child was not in treatment.
"""

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.reading.repeated import repeated_ratings
from bayes_alliance.ratings.reading.rows import FileRows
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.tables import TIME


def check_rows(rows: FileRows, *, study: Study, frame: pd.DataFrame) -> list[Problem]:
    """Find rows that contradict each other.

    Parameters
    ----------
    frame : DataFrame
        The whole table of the file.
    """
    return [
        *_nesting_problems(rows, study),
        *repeated_ratings(rows, study, frame),
        *_covariate_problems(rows, study),
        *_treatment_problems(rows, study),
        *_planned_time_problems(rows, study),
        *_planned_rating_problems(rows, study),
    ]


def _nesting_problems(rows: FileRows, study: Study) -> list[Problem]:
    columns, problems = study.columns, []
    if rows.therapist is not None:
        problems += _varying(
            rows,
            unit=("child", rows.child),
            value=rows.therapist,
            column=str(columns.therapist),
            rule="a child has one therapist; name in [columns] therapist a column that holds one "
            "for each child, such as the therapist at entry or the one seen most",
        )
    if rows.clinic is not None:
        within = ("child", rows.child)
        # Then every child's clinic is checked through its therapist, and a wrong one is said once.
        if rows.therapist is not None:
            within = ("therapist", rows.therapist)
        problems += _varying(
            rows,
            unit=within,
            value=rows.clinic,
            column=str(columns.clinic),
            rule=f"a {within[0]} has one clinic",
        )
    return problems


def _covariate_problems(rows: FileRows, study: Study) -> list[Problem]:
    columns = study.covariate_columns
    units = {"child": rows.child, "therapist": rows.therapist, "clinic": rows.clinic}
    problems = []
    for covariate in rows.covariates:
        value, column = rows.covariate_values[covariate.name], columns[covariate.name]
        if covariate.level == "occasion":
            unit, rule = _occasion_keys(rows), "an occasion has one value"
            problems += _varying(
                rows, unit=("occasion", unit), value=value, column=column, rule=rule
            )
            continue
        within = units[covariate.level]
        if within is None:
            continue
        rule = f"a {covariate.level} covariate does not change"
        if covariate.level == "child":
            rule += " (list it under occasion if it varies over time)"
        problems += _varying(
            rows, unit=(covariate.level, within), value=value, column=column, rule=rule
        )
    return problems


def _treatment_problems(rows: FileRows, study: Study) -> list[Problem]:
    if study.treatment is None:
        return []
    column = study.treatment.column
    if rows.in_treatment is not None:
        problems = _varying(
            rows,
            unit=("occasion", _occasion_keys(rows)),
            value=rows.in_treatment,
            column=column,
            rule="at one occasion a child is in treatment or not",
        )
        return problems + _ratings_out_of_treatment(rows, study, f"{column} is 0")
    if rows.last_occasion is None:
        return []
    problems = _varying(
        rows,
        unit=("child", rows.child),
        value=rows.last_occasion,
        column=column,
        rule="a child has one last occasion in treatment",
    )
    last = last_occasions(rows)
    unknown = pd.isna(last) & ~pd.isna(rows.child)
    # Said once for a child, at its first row.
    first = ~pd.Series(rows.child).duplicated().to_numpy()
    problems += [
        rows.rows.problem(
            int(entry),
            column=column,
            cause="children have no last occasion in treatment in any row",
            message=f"child '{rows.child[entry]}' has no last occasion in treatment in any row",
        )
        for entry in np.flatnonzero(unknown & first)
    ]
    return problems + _ratings_out_of_treatment(rows, study, f"{column} is earlier")


def out_of_treatment(rows: FileRows) -> NDArray[np.bool_]:
    """Which rows are of a time at which, by the [treatment] table, a child was not in treatment."""
    if rows.in_treatment is not None:
        return rows.in_treatment == 0
    if rows.last_occasion is not None:
        return rows.time > last_occasions(rows)
    return np.zeros(len(rows.rows), dtype=bool)


def _ratings_out_of_treatment(rows: FileRows, study: Study, reason: str) -> list[Problem]:
    if study.treatment is None or study.treatment.rated_after_leaving is not None:
        return []
    cells = rows.cells
    wrong = out_of_treatment(rows)[cells.entry] & cells.given
    message = (
        f"a rating at a time when the child is not in treatment ({reason}); mend one of them, or "
        'say [treatment] rated_after_leaving = "drop" or, if it is about the time in treatment, '
        '"keep"'
    )
    return [
        rows.rows.problem(
            int(cells.entry[at]),
            column=cells.column[cells.informant[at]],
            value=cells.raw[at],
            message=message,
        )
        for at in np.flatnonzero(wrong)
    ]


def _planned_time_problems(rows: FileRows, study: Study) -> list[Problem]:
    planned = study.time.occasions
    if not planned or not study.has_times:
        return []
    # Times that cannot be read are problems already.
    wrong = ~np.isnan(rows.time) & ~np.isin(rows.time, planned)
    listed = ", ".join(map(exact, planned))
    return [
        rows.rows.problem(
            int(entry),
            column=study.columns.time or TIME,
            value=exact(rows.time[entry]),
            message=f"is not one of the planned occasions ({listed})",
        )
        for entry in np.flatnonzero(wrong)
    ]


def _planned_rating_problems(rows: FileRows, study: Study) -> list[Problem]:
    """Ratings at times at which their informant was not to rate."""
    cells, problems = rows.cells, []
    for position, label in enumerate(study.informants):
        planned = study.planned.get(label)
        if planned is None:
            continue
        unplanned = ~np.isin(rows.time[cells.entry], planned) & (cells.informant == position)
        listed = ", ".join(map(exact, planned))
        cause = f"informant '{label}' was to rate at {listed} only ([planned] {label})"
        problems += [
            rows.rows.problem(
                int(cells.entry[at]),
                column=cells.column[position],
                value=cells.raw[at],
                message=f"is a rating at time {exact(rows.time[cells.entry[at]])}; {cause}",
                cause=cause,
            )
            for at in np.flatnonzero(unplanned & cells.given)
        ]
    return problems


def last_occasions(rows: FileRows) -> Floats:
    """Spread the last occasion in treatment to all rows of a child.

    Parameters
    ----------
    rows : FileRows
        With `last_occasion`.

    Returns
    -------
    ndarray of float64
        One entry per row; NaN where no row of the child gives it.
    """
    given = pd.Series(rows.last_occasion)
    return given.groupby(pd.Series(rows.child)).transform("first").to_numpy(dtype=np.float64)


def _occasion_keys(rows: FileRows) -> Floats:
    """Give every child and time a number; NaN where either is unknown."""
    keys = pd.DataFrame({"child": rows.child, "time": rows.time})
    number = keys.groupby(["child", "time"], sort=False).ngroup().to_numpy()
    return np.where(keys.notna().all(axis="columns"), number, np.nan)


def _varies(keys: NDArray[np.object_] | Floats, value: Floats | NDArray[np.object_]) -> bool:
    """Whether any key has two values: hardly ever, and to group rows costs much more than this."""
    key, _ = pd.factorize(keys)
    own, values = pd.factorize(value)
    given = (key >= 0) & (own >= 0)
    pairs = np.unique(key[given] * len(values) + own[given])
    return len(pairs) > len(np.unique(pairs // max(1, len(values))))


def _varying(
    rows: FileRows,
    *,
    unit: tuple[str, NDArray[np.object_] | Floats],
    value: Floats | NDArray[np.object_],
    column: str,
    rule: str,
) -> list[Problem]:
    """Name every row whose value differs from the usual one of its child, therapist or clinic."""
    noun, keys = unit
    if not _varies(keys, value):
        return []
    frame = pd.DataFrame({"key": keys, "value": value, "entry": np.arange(len(rows.rows))}).dropna()
    frame = frame[frame.groupby("key")["value"].transform("nunique") > 1]
    problems = []
    for key, part in frame.groupby("key", sort=False):
        # The rarer values are to blame: of five rows that agree and one that does not, the one.
        usual = Counter(part["value"]).most_common(1)[0][0]
        entry = part.loc[part["value"] == usual, "entry"].iloc[0]
        name = f"{noun} '{key}'"
        if noun == "occasion":
            name = f"child '{rows.child[entry]}' at time {exact(rows.time[entry])}"
        example = f"{name} has {_quoted(usual)} in {rows.rows.name(entry)}"
        other = part[part["value"] != usual]
        problems += [
            rows.rows.problem(
                int(at),
                column=column,
                value=_plain(differing),
                message=f"{example}; {rule}",
                cause=rule,
                example=example,
            )
            for differing, at in zip(other["value"], other["entry"], strict=True)
        ]
    return problems


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _quoted(value: object) -> str:
    return exact(value) if isinstance(value, float) else f"'{value}'"
