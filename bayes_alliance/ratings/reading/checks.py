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
from bayes_alliance.ratings.reading.cells import cell_problem
from bayes_alliance.ratings.reading.rows import FileRows
from bayes_alliance.ratings.study import Study


def check_rows(rows: FileRows, *, study: Study) -> list[Problem]:
    """Find rows that contradict each other."""
    return [
        *_nesting_problems(rows, study),
        *_repeated_ratings(rows, study),
        *_covariate_problems(rows),
        *_treatment_problems(rows, study),
        *_planned_time_problems(rows, study),
    ]


def _nesting_problems(rows: FileRows, study: Study) -> list[Problem]:
    columns, problems = study.columns, []
    if rows.therapist is not None:
        problems += _varying(
            rows,
            unit=("child", rows.child),
            value=rows.therapist,
            column=str(columns.therapist),
            rule="a child has one therapist",
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


def _repeated_ratings(rows: FileRows, study: Study) -> list[Problem]:
    """Rows of one child and time (wide), or of one child, time and informant (long)."""
    if study.layout == "wide":
        who = np.zeros(len(rows.row), dtype=np.int64)
    else:
        who = rows.cells.informant
    keys = pd.DataFrame({"child": rows.child, "time": rows.time, "who": who, "row": rows.row})
    if study.layout == "long":
        keys = keys[keys["who"] >= 0]
    keys = keys.dropna()
    key = ["child", "time", "who"]
    repeated = keys[keys.duplicated(key)]
    if repeated.empty:
        return []
    first = keys.drop_duplicates(key).set_index(key)["row"]
    labels = list(study.informants)
    problems = []
    for child, time, informant, row in repeated.itertuples(index=False):
        by = f" by informant '{labels[informant]}'" if study.layout == "long" else ""
        message = (
            f"a second row for child '{child}' at time {exact(time)}{by}; "
            f"the first is row {first.loc[(child, time, informant)]}"
        )
        if study.columns.time is None:
            message += " (the study file names no time column)"
        problems.append(Problem(where=f"row {row}", message=message, row=int(row)))
    return problems


def _covariate_problems(rows: FileRows) -> list[Problem]:
    units = {"child": rows.child, "therapist": rows.therapist, "clinic": rows.clinic}
    problems = []
    for covariate in rows.covariates:
        value = rows.covariate_values[covariate.name]
        if covariate.level == "occasion":
            unit, rule = _occasion_keys(rows), "an occasion has one value"
            problems += _varying(
                rows, unit=("occasion", unit), value=value, column=covariate.name, rule=rule
            )
            continue
        within = units[covariate.level]
        if within is None:
            continue
        rule = f"a {covariate.level} covariate does not change"
        if covariate.level == "child":
            rule += " (list it under occasion if it varies over time)"
        problems += _varying(
            rows, unit=(covariate.level, within), value=value, column=covariate.name, rule=rule
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
        out = rows.in_treatment == 0
        return problems + _ratings_out_of_treatment(rows, out, f"{column} is 0")
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
        cell_problem(
            row=int(rows.row[entry]),
            column=column,
            message=f"child '{rows.child[entry]}' has no last occasion in treatment in any row",
        )
        for entry in np.flatnonzero(unknown & first)
    ]
    return problems + _ratings_out_of_treatment(rows, rows.time > last, f"{column} is earlier")


def _ratings_out_of_treatment(rows: FileRows, out: NDArray[np.bool_], reason: str) -> list[Problem]:
    cells = rows.cells
    wrong = out[cells.entry] & cells.given
    message = f"a rating at a time when the child is not in treatment ({reason}); mend one of them"
    return [
        cell_problem(
            row=int(rows.row[cells.entry[at]]),
            column=cells.column[cells.informant[at]],
            value=cells.raw[at],
            message=message,
        )
        for at in np.flatnonzero(wrong)
    ]


def _planned_time_problems(rows: FileRows, study: Study) -> list[Problem]:
    planned = study.time.occasions
    if not planned or study.columns.time is None:
        return []
    # Times that cannot be read are problems already.
    wrong = ~np.isnan(rows.time) & ~np.isin(rows.time, planned)
    listed = ", ".join(map(exact, planned))
    return [
        cell_problem(
            row=int(rows.row[entry]),
            column=study.columns.time,
            value=exact(rows.time[entry]),
            message=f"is not one of the planned occasions ({listed})",
        )
        for entry in np.flatnonzero(wrong)
    ]


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
    frame = pd.DataFrame({"key": keys, "value": value, "entry": np.arange(len(rows.row))}).dropna()
    if frame.empty:
        return []
    frame = frame[frame.groupby("key")["value"].transform("nunique") > 1]
    problems = []
    for key, part in frame.groupby("key", sort=False):
        # The rarer values are to blame: of five rows that agree and one that does not, the one.
        usual = Counter(part["value"]).most_common(1)[0][0]
        entry = part.loc[part["value"] == usual, "entry"].iloc[0]
        name = f"{noun} '{key}'"
        if noun == "occasion":
            name = f"child '{rows.child[entry]}' at time {exact(rows.time[entry])}"
        message = f"{name} has {_quoted(usual)} in row {rows.row[entry]}; {rule}"
        other = part[part["value"] != usual]
        problems += [
            cell_problem(
                row=int(rows.row[at]), column=column, value=_plain(differing), message=message
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
