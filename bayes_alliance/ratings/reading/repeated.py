"""Rows that repeat a child and time: copies of others, contradictions, or another layout."""

import numpy as np
import pandas as pd

from bayes_alliance.errors import Problem
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.reading.rows import FileRows, copies_of_earlier
from bayes_alliance.ratings.study import Study

MOST_INFORMANTS = 12
COPIES = 'to leave such rows out, say [file] duplicates = "drop"'


def repeated_ratings(rows: FileRows, study: Study, frame: pd.DataFrame) -> list[Problem]:
    """Find rows of the same child and time, in long layout also of the same informant.

    Parameters
    ----------
    frame : DataFrame
        The whole table of the file.
    """
    long, over_time = study.layout == "long", study.layout == "wide_over_time"
    who = rows.cells.informant if long else np.zeros(len(rows.rows), dtype=np.int64)
    entry = np.arange(len(rows.rows))
    keys = pd.DataFrame({"child": rows.child, "time": rows.time, "who": who, "entry": entry})
    if long:
        keys = keys[keys["who"] >= 0]
    if over_time:
        keys["time"] = 0.0  # every row has all times
        keys = keys.assign(source=rows.source).drop_duplicates("source").drop(columns="source")
    keys = keys.dropna()
    key = ["child", "time", "who"]
    repeated = keys[keys.duplicated(key)]
    if repeated.empty:
        return []
    first = keys.drop_duplicates(key).set_index(key)["entry"]
    copies = copies_of_earlier(frame)[rows.source]
    labels = list(study.informants)
    cause = "a second row for a child" + ("" if over_time else " and time")
    cause += " and informant" if long else ""
    hint = _hint(rows, study, frame) if study.layout == "wide" else ""
    problems = []
    for child, time, informant, at in repeated.itertuples(index=False):
        earlier = rows.rows.name(first.loc[(child, time, informant)])
        if copies[at]:
            copy = f"like an earlier row in every cell; {COPIES}"
            problems.append(rows.rows.problem(int(at), message=f"is {copy}", cause=copy))
            continue
        by = f" by informant '{labels[informant]}'" if long else ""
        when = "" if over_time else f" at time {exact(time)}"
        message = f"a second row for child '{child}'{when}{by}; the first is {earlier}"
        if not study.has_times:
            message += " (the study file names no time column)"
        problems.append(
            rows.rows.problem(
                int(at), message=f"{message}{hint}", cause=f"{cause}{hint}", example=message
            )
        )
    return problems


def _hint(rows: FileRows, study: Study, frame: pd.DataFrame) -> str:
    """Name the column that tells repeated rows apart, as informants do in a long file."""
    own = frame.iloc[rows.source].reset_index(drop=True)
    own = own.loc[:, ~own.columns.duplicated()]
    keys = pd.DataFrame({"child": rows.child, "time": rows.time})
    for name in own.columns:
        values = own[name].astype(str)
        if name in study.column_keys or not 1 < values.nunique() <= MOST_INFORMANTS:
            continue
        if not keys.assign(value=values).duplicated().any():
            shown = ", ".join(sorted(values.dropna().unique())[:4])
            return (
                f" (column '{name}' tells such rows apart: {shown}. If it says who rated, "
                'this is a long file: layout = "long")'
            )
    return ""
