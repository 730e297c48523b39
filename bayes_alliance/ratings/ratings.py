"""Ratings of children by their informants: the value every analysis starts from.

`read_ratings` reads a ratings file, or a data frame, with its study file. Everything is checked at
this door, all problems in one `InputError`, and nothing is dropped or filled silently. Printing a
`Ratings` shows what a researcher checks data with.

A rating that is absent has one of three reasons, kept apart everywhere: the child was *not in
treatment*, the informant was not asked at that time (*not planned*), or the rating is *missing*. A
rating at a time when, by its [treatment] column, the child was not in treatment is a problem
unless the study file says what is done with it.

Where times are common to all children (the study file lists occasions, or some child has a row
at every time), a child's absent row stands for an occasion too: without a [treatment] table its
ratings are missing; with one they are missing up to the child's last occasion in treatment and
*not in treatment* after it. Where children have times of their own, no occasion is added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.ratings.as_text import to_texts, wide_frame, wide_study
from bayes_alliance.ratings.describing import describe, describe_html
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.reading import (
    FileTable,
    Frame,
    make_tables,
    read_table,
    table_of_frame,
    table_of_text,
)
from bayes_alliance.ratings.study import Study
from bayes_alliance.ratings.study.file import FileOptions
from bayes_alliance.ratings.variables import Covariate, CovariateLevel, Scale, TimeAxis
from bayes_alliance.ratings.words import Words
from bayes_alliance.writing import write_text

type StudySource = Study | Mapping[str, object] | str | Path


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ratings:
    """Ratings of children by informants over time, with who treats whom and covariates.

    Made by `read_ratings`, `from_long` and `from_wide`, which check; the constructor stores.

    Parameters
    ----------
    long : DataFrame
        A row per child, occasion and informant, ordered by child (first appearance), time,
        informant. Columns child (str), time (float), informant (str), rating (float, NaN unless
        rated), status ("rated", "missing", "not in treatment", or "not planned" at times at which
        the informant was not to rate).
    children : DataFrame
        Index "child" in order of first appearance; columns "therapist" and "clinic" where known,
        then child covariates.
    therapists, clinics : DataFrame
        Index "therapist" and "clinic"; a therapist's "clinic" where known, then covariates. Empty
        where none are known. Children without a therapist stand alone, by labels in `alone`.
    occasions : DataFrame
        A row per child and occasion; columns child, time, in_treatment (bool), then occasion
        covariates.
    scales : mapping of str to Scale
        By informant.
    has_treatment : bool
        Whether the data say who was in treatment when.
    items : Items or None
        The items that ratings are totals of; `long` has a column for each, ``item_<name>``, as
        answered and NaN where not. None: only totals are known.
    planned : mapping of str to tuple of float
        Times at which an informant was to rate, if not at all.
    alone : tuple of str
        Labels that stand in `therapists` for children without one.
    words : Words
        What reports call whom.
    notes, doubts : tuple of str
        What reading did, and what is allowed and probably not meant; not kept with a fit.
    """

    long: pd.DataFrame
    children: pd.DataFrame
    therapists: pd.DataFrame
    clinics: pd.DataFrame
    occasions: pd.DataFrame
    informants: tuple[str, ...]
    scales: Mapping[str, Scale]
    time: TimeAxis
    covariates: tuple[Covariate, ...] = ()
    has_treatment: bool = False
    synthetic: bool = False
    title: str = ""
    items: Items | None = None
    planned: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    words: Words = field(default_factory=Words)
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @classmethod
    @checked_arguments
    def from_wide(cls, frame: Frame, *, study: StudySource) -> "Ratings":
        """Make ratings from a frame with a row per child and time and a column per informant.

        Parameters
        ----------
        frame : DataFrame
            Of pandas, polars or pyarrow; left unchanged. Columns the study does not name are
            ignored.
        study : Study, mapping, or path of a study file
            With layout "wide", or "wide_over_time" for a row per child.

        Raises
        ------
        InputError
            With every problem; rows are numbered as in a file with the header in row 1, so the
            first row of the frame is row 2.
        """
        return _from_frame(frame, _study(study), layouts=("wide", "wide_over_time"))

    @classmethod
    @checked_arguments
    def from_long(cls, frame: Frame, *, study: StudySource) -> "Ratings":
        """Make ratings from a frame with a row per rating; otherwise as `from_wide`.

        A row whose informant and rating are both blank is allowed: it records that the occasion
        took place, its covariates and treatment status.
        """
        return _from_frame(frame, _study(study), layouts=("long",))

    @property
    def observed(self) -> pd.DataFrame:
        """The ratings that were given: `long` where rated, with therapist and clinic if known."""
        given = self.long[self.long["status"] == "rated"].reset_index(drop=True)
        row = self.children.index.get_indexer(pd.Index(given["child"]))
        for level in ("therapist", "clinic"):
            if level in self.children:
                given[level] = self.children[level].array.take(row)
        return given.drop(columns="status")

    @property
    def has_therapists(self) -> bool:
        """Whether it is known who treats whom."""
        return "therapist" in self.children

    @property
    def has_clinics(self) -> bool:
        """Whether it is known who belongs to which clinic."""
        return "clinic" in self.children

    @property
    def common_scale(self) -> Scale | None:
        """The scale all informants share, or None if they differ."""
        distinct = {self.scales[label] for label in self.informants}
        return distinct.pop() if len(distinct) == 1 else None

    @checked_arguments
    def described(self, level: CovariateLevel) -> pd.DataFrame:
        """The table with the covariates of a level: children, therapists, clinics or occasions."""
        match level:
            case "child":
                return self.children
            case "therapist":
                return self.therapists
            case "clinic":
                return self.clinics
            case "occasion":
                return self.occasions

    @property
    def study(self) -> Study:
        """The study that describes `to_wide()`: reading the two gives these ratings again."""
        return wide_study(self)

    def to_wide(self) -> pd.DataFrame:
        """Return a row per child and occasion, a column per informant.

        Columns child, therapist and clinic if known, time, in_treatment (0 or 1) if known, one
        ``rating_<informant>`` each (or ``<informant>_item_<item>``), covariates.
        ``Ratings.from_wide(ratings.to_wide(), study=ratings.study)`` gives equal ratings.
        """
        return wide_frame(self)

    @checked_arguments
    def write(self, folder: str | Path, *, overwrite: bool = False) -> tuple[Path, Path]:
        """Write ratings.csv and study.toml, which `read_ratings` reads back.

        Parameters
        ----------
        folder : str or Path
            Made if it is not there.
        overwrite : bool
            Whether files of these names may be replaced.

        Raises
        ------
        InputError
            If a file is there already and `overwrite` is False, or `folder` is a file.
        """
        place = Path(folder)
        files = place / "ratings.csv", place / "study.toml"
        problems = [
            Problem(where=str(file), message="is there already; say overwrite=True to replace it")
            for file in files
            if file.exists() and not overwrite
        ]
        if place.exists() and not place.is_dir():
            problems = [Problem(where=str(place), message="is a file, not a folder")]
        if problems:
            raise InputError(problems, "ratings not written")
        place.mkdir(parents=True, exist_ok=True)
        for file, text in zip(files, to_texts(self), strict=True):
            write_text(file, text)
        return files

    def __repr__(self) -> str:
        return describe(self)

    def _repr_html_(self) -> str:
        return describe_html(self)


@checked_arguments
def read_ratings(path: str | Path | Frame, *, study: StudySource) -> Ratings:
    """Read a ratings file.

    Parameters
    ----------
    path : str or Path, or DataFrame
        A .csv, .tsv, .txt, .parquet, .xlsx, .sav or .dta file, or a frame of pandas, polars or
        pyarrow. Text files are UTF-8 unless the study file says otherwise, with cells separated by
        comma, semicolon (decimal commas allowed), tab or upright bar. Blank cells and NA, N/A, NaN,
        null and a single point count as absent.
    study : Study, mapping, or path of a study file
        What the columns mean; see `Study`.

    Raises
    ------
    InputError
        With every problem of the study file, or every problem of the ratings file; rows are
        numbered as the program of the file shows them (the header of a spreadsheet is row 1).
    """
    meaning = _study(study)
    if not isinstance(path, str | Path):
        return _make(table_of_frame(path, meaning.file), meaning, title="data frame")
    return _make(read_table(path, meaning.file), meaning, title=Path(path).name)


def from_texts(ratings: str, study: str) -> Ratings:
    """Read ratings back from their two texts, as from `as_text.to_texts`."""
    meaning = Study.from_text(study)
    return _make(
        table_of_text(ratings, name="ratings.csv", options=FileOptions()),
        meaning,
        title="ratings.csv",
    )


def _study(study: StudySource) -> Study:
    match study:
        case Study():
            return study
        case Mapping():
            return Study.from_dict(study)
        case _:
            return Study.from_toml(study)


def _from_frame(frame: Frame, study: Study, *, layouts: tuple[str, ...]) -> Ratings:
    if study.layout not in layouts:
        message = f"must be '{layouts[0]}' for Ratings.from_{layouts[0]}"
        raise InputError([Problem(where="layout", value=study.layout, message=message)], "study")
    return _make(table_of_frame(frame, study.file), study, title="data frame")


def _make(table: FileTable, study: Study, *, title: str) -> Ratings:
    tables = make_tables(table, study=study, title=title)
    return Ratings(
        long=tables.long,
        children=tables.children,
        therapists=tables.therapists,
        clinics=tables.clinics,
        occasions=tables.occasions,
        informants=tuple(study.informants),
        scales=tables.scales,
        time=study.time.axis(),
        covariates=tables.covariates,
        has_treatment=study.treatment is not None,
        synthetic=study.synthetic,
        title=study.title,
        items=None if study.items is None else study.items.items(),
        planned=study.planned,
        alone=tables.alone,
        words=study.words.words(),
        notes=tables.notes,
        doubts=tables.doubts,
    )
