"""Checked rows put in order: the canonical tables behind `Ratings`.

In go the rows of a ratings file; out come one row per child, occasion and informant with a
status, and one table each for children, therapists, clinics and occasions. Everything about a
file is checked before anything is put in order, and all problems are raised together.

Occasions. Times are *common* when the study file lists planned occasions or some child has a
row at every time that occurs in the file. Then a child and time without a row is added: in
treatment (its ratings missing) up to the child's last row in treatment, not in treatment after
it, or as `last_occasion` says; without a [treatment] table always in treatment and missing.
Otherwise children have times of their own and no occasion is added. A time at which several
children have a row and nobody rated, as one at which only covariates were asked for, is no
occasion, unless the study file lists it or it shows that somebody left.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.reading.cells import in_order_of_rows
from bayes_alliance.ratings.reading.checks import check_rows, last_occasions, out_of_treatment
from bayes_alliance.ratings.reading.doubts import doubts
from bayes_alliance.ratings.reading.file_table import FileTable
from bayes_alliance.ratings.reading.rows import FileRows, parse_rows
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.variables import Covariate, Scale

MOST_ADDED = 2_000_000  # occasions that are made of fewer rows only if these are a tenth of them


@dataclass(frozen=True, kw_only=True, eq=False)
class Tables:
    """The canonical tables of `Ratings`; see there."""

    long: pd.DataFrame
    children: pd.DataFrame
    therapists: pd.DataFrame
    clinics: pd.DataFrame
    occasions: pd.DataFrame
    covariates: tuple[Covariate, ...]
    scales: dict[str, Scale]
    alone: tuple[str, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def make_tables(table: FileTable, *, study: Study, title: str) -> Tables:
    """Check a table and put it in order.

    Parameters
    ----------
    title : str
        What to call the data in an error.

    Raises
    ------
    InputError
        With every problem, in order of rows.
    """
    rows, problems = parse_rows(table, study=study)
    problems += check_rows(rows, study=study, frame=table.frame)
    if problems:
        raise InputError(in_order_of_rows(problems), title)
    rows = _without_times_of_nobody(_without_ratings_after_leaving(rows, study), study)
    occasions, ratings, responses = _occasions(rows, study)
    children = _units(rows, "child", rows.child)
    empty = pd.DataFrame(index=pd.Index([], name="therapist", dtype="str"))
    therapists, clinics = empty, empty.rename_axis("clinic")
    if rows.therapist is not None:
        children.insert(0, "therapist", _constant(rows.child, rows.therapist))
        therapists = _units(rows, "therapist", rows.therapist)
    if rows.clinic is not None:
        at = 0 if rows.therapist is None else 1
        children.insert(at, "clinic", _constant(rows.child, rows.clinic))
        clinics = _units(rows, "clinic", rows.clinic)
        if rows.therapist is not None:
            therapists.insert(0, "clinic", _constant(rows.therapist, rows.clinic))
    long = _long(occasions, ratings, responses, study)
    return Tables(
        long=long,
        children=children,
        therapists=therapists,
        clinics=clinics,
        occasions=occasions,
        covariates=rows.covariates,
        scales=_scales(study, long),
        alone=rows.alone,
        notes=rows.notes,
        doubts=doubts(rows, study),
    )


def _without_ratings_after_leaving(rows: FileRows, study: Study) -> FileRows:
    """Leave out ratings given after leaving, where the study file says so."""
    if study.treatment is None or study.treatment.rated_after_leaving != "drop":
        return rows
    cells = rows.cells
    out = out_of_treatment(rows)[cells.entry] & cells.given
    if not out.any():
        return rows
    responses = cells.responses
    if responses is not None:
        responses = np.where(out[:, None], np.nan, responses)
    kept = replace(cells, rating=np.where(out, np.nan, cells.rating), responses=responses)
    n_out = int(out.sum())
    noun = "rating of a time" if n_out == 1 else "ratings of times"
    note = f"{n_out:,} {noun} out of treatment left out, as [treatment] says."
    return replace(rows, cells=kept, notes=(*rows.notes, note))


def _without_times_of_nobody(rows: FileRows, study: Study) -> FileRows:
    """Leave out times at which several children have a row and nobody rated."""
    if study.time.occasions or not study.has_times:
        return rows
    given = np.zeros(len(rows.time), dtype=bool)
    given[rows.cells.entry[rows.cells.given]] = True
    known = pd.DataFrame(
        {"child": rows.child, "time": rows.time, "given": given, "out": out_of_treatment(rows)}
    )
    by_time = known.groupby("time")
    n_children = by_time["child"].nunique()
    nobody = n_children.index[(n_children > 1) & ~by_time["given"].any() & ~by_time["out"].any()]
    of_nobody = known["time"].isin(nobody).to_numpy()
    if not of_nobody.any() or of_nobody.all():
        return rows
    kept = known[~of_nobody & known["time"].notna().to_numpy()]
    common = bool((kept.groupby("child")["time"].nunique() == kept["time"].nunique()).any())
    # Where times are common a child without any other row has occasions all the same.
    alone = ~known["child"].isin(kept["child"]).to_numpy()
    unused = of_nobody if common else of_nobody & ~alone
    if rows.unused is not None:
        unused |= rows.unused
    listed = ", ".join(exact(time) for time in np.unique(rows.time[unused & of_nobody]))
    if not listed:
        return rows
    note = f"Nobody rated at time {listed}: not counted as an occasion."
    return replace(rows, unused=unused, notes=(*rows.notes, note))


def _occasions(rows: FileRows, study: Study) -> tuple[pd.DataFrame, Floats, Floats]:
    """Lay out children x times, with ratings (occasion, informant) and items (..., item)."""
    child, labels = pd.factorize(rows.child)
    used = ~rows.unused if rows.unused is not None else np.ones(len(rows.time), dtype=bool)
    times = np.unique(rows.time[used])
    time = np.searchsorted(times, np.where(used, rows.time, times[0]))
    if study.time.occasions:
        planned = np.unique(study.time.occasions)
        time, times = np.searchsorted(planned, times)[time], planned
    n_children, n_times = len(labels), len(times)
    # One number for a child and time, sorted by child and then time, so that places are looked up
    # by bisection.
    key = child * n_times + time
    present = np.unique(key[used])
    n_own = np.bincount(present // n_times, minlength=n_children)
    common = bool(study.time.occasions) or bool((n_own == n_times).any())
    if common and n_children * n_times > max(MOST_ADDED, 10 * len(present)):
        raise InputError([_too_many(n_children, n_times, len(present))], "occasions")
    grid = np.arange(n_children * n_times) if common else present
    cells = rows.cells
    ratings = np.full((len(grid), len(study.informants)), np.nan)
    given = cells.given
    at = np.searchsorted(grid, key[cells.entry[given]])
    ratings[at, cells.informant[given]] = cells.rating[given]
    n_items = 0 if cells.responses is None else cells.responses.shape[1]
    responses = np.full((*ratings.shape, n_items), np.nan)
    if cells.responses is not None:
        responses[at, cells.informant[given]] = cells.responses[given]
    entry_at = np.searchsorted(grid, key)
    in_treatment = _in_treatment(rows, used, grid, entry_at, child, times)
    occasions = pd.DataFrame(
        {
            "child": pd.array(labels[grid // n_times], dtype="str"),
            "time": times[grid % n_times],
            "in_treatment": in_treatment,
        }
    )
    for covariate in rows.covariates:
        if covariate.level == "occasion":
            value = rows.covariate_values[covariate.name]
            known = ~pd.isna(value) & used
            filled = np.full(len(occasions), np.nan, dtype=value.dtype)
            filled[entry_at[known]] = value[known]
            kind = "str" if value.dtype == object else "float64"
            occasions[covariate.name] = pd.Series(filled, dtype=kind)
    return occasions, ratings, responses


def _too_many(n_children: int, n_times: int, n_given: int) -> Problem:
    message = (
        f"the {n_times:,} times are common to all, since they are planned or a child has a row at "
        f"each, and {n_children:,} children at {n_times:,} times are {n_children * n_times:,} "
        f"occasions, of which the file has {n_given:,}. Are times dates, or counted in too small a "
        "unit? Round them to the occasions that were meant"
    )
    return Problem(where="times", message=message)


def _in_treatment(
    rows: FileRows,
    used: NDArray[np.bool_],
    grid: Integers,
    entry_at: Integers,
    child: Integers,
    times: Floats,
) -> NDArray[np.bool_]:
    child_of, time_of = grid // len(times), times[grid % len(times)]
    n_children = int(child.max()) + 1
    # A child without a row in treatment has left before the first time.
    last = np.full(n_children, -np.inf)
    if rows.last_occasion is not None:
        last[child] = last_occasions(rows)
        return time_of <= last[child_of]
    if rows.in_treatment is None:
        return np.ones(len(grid), dtype=bool)
    present = (rows.in_treatment == 1) & ~np.isnan(rows.time)
    np.maximum.at(last, child[present], rows.time[present])
    in_treatment = time_of <= last[child_of]
    # Rows say it themselves, gaps between them included; the last row in treatment speaks for times
    # without one only.
    in_treatment[entry_at[used]] = present[used]
    return in_treatment


def _units(rows: FileRows, level: str, units: NDArray[np.object_]) -> pd.DataFrame:
    """One row per child, therapist or clinic, in order of appearance, with its covariates."""
    index = pd.Index(pd.unique(units), name=level, dtype="str")
    frame = pd.DataFrame(index=index)
    for covariate in rows.covariates:
        if covariate.level == level:
            frame[covariate.name] = _constant(units, rows.covariate_values[covariate.name])
    return frame


def _constant(units: NDArray[np.object_], values: Floats | NDArray[np.object_]) -> pd.Series:
    """Take the first value given for each unit; NaN where none is given."""
    column = pd.Series(values, dtype="str" if values.dtype == object else "float64")
    return column.groupby(pd.Series(units, dtype="str"), sort=False).first()


def _long(
    occasions: pd.DataFrame, ratings: Floats, responses: Floats, study: Study
) -> pd.DataFrame:
    informants = list(study.informants)
    n_informants = len(informants)
    repeated = np.repeat(np.arange(len(occasions)), n_informants)
    rating = ratings.ravel()
    in_treatment = occasions["in_treatment"].to_numpy()[repeated]
    status = np.where(in_treatment, "missing", "not in treatment")
    times = occasions["time"].to_numpy()[repeated]
    for position, label in enumerate(informants):
        if label in study.planned:
            due = np.isin(times[position::n_informants], study.planned[label])
            own = status[position::n_informants]
            status[position::n_informants] = np.where(due, own, "not planned")
    status = np.where(np.isnan(rating), status, "rated")
    items = study.items.items().columns if study.items is not None else []
    answered = responses.reshape(len(repeated), len(items))
    return pd.DataFrame(
        {
            "child": occasions["child"].array[repeated],
            "time": times,
            "informant": pd.array(
                np.tile(np.array(informants, dtype=object), len(occasions)), dtype="str"
            ),
            "rating": rating,
            "status": pd.array(status, dtype="str"),
        }
        | {name: answered[:, position] for position, name in enumerate(items)}
    )


def _scales(study: Study, long: pd.DataFrame) -> dict[str, Scale]:
    """The scale of every informant, with the step that all ratings on the same scale show."""
    scales = study.scales
    stepped = {}
    for scale in set(scales.values()):
        labels = [label for label, own in scales.items() if own == scale]
        stepped[scale] = scale.of_ratings(long.loc[long["informant"].isin(labels), "rating"])
    return {label: stepped[scale] for label, scale in scales.items()}
