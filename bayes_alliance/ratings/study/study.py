"""The study file: what the columns of a ratings file mean, stated once.

A `Study` is read from a small TOML file (`Study.from_toml`) or a dictionary of the same shape
(`Study.from_dict`), checked at once, and never changes. It names columns, informants and their
scales, the time axis, how leaving treatment is recorded, and covariates by the level they
describe. An unknown key is an error, with the nearest known key suggested.

`bayes-alliance study-file` prints every key with what it means.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tomli_w
from pydantic import BeforeValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.errors.files import text_of, toml_of
from bayes_alliance.ratings.study.contradictions import contradictions
from bayes_alliance.ratings.study.entries import STRICT, Name, Number, Text, value_as_text
from bayes_alliance.ratings.study.file import FileOptions
from bayes_alliance.ratings.study.problems import problems_of, without_unknown_keys
from bayes_alliance.ratings.study.scales import ScaleTable, scale_tag
from bayes_alliance.ratings.study.tables import (
    Columns,
    CovariateColumns,
    CovariateTable,
    ItemsTable,
    TimeTable,
    TreatmentColumns,
    filled,
    name_over_time,
)
from bayes_alliance.ratings.study.words import WordsTable
from bayes_alliance.ratings.variables import COVARIATE_LEVELS, CovariateLevel, Scale


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Study:
    """What the columns of a ratings file mean.

    Parameters
    ----------
    layout : {"wide", "long", "wide_over_time"}
        Wide: a row per child and time, a column per informant. Long: a row per rating. Wide over
        time: a row per child, a column per informant and time.
    informants : dict of str to str
        Label to column (wide; with ``{time}`` where the time stands, wide over time) or value of
        the informant column (long), in the order shown.
    planned : dict of str to tuple of float
        Times at which an informant was to rate, if not at all times.
    scale : ScaleTable or dict of str to ScaleTable
        One common scale, or one for each informant.
    treatment : TreatmentColumns or None
        None: leaving treatment is unknown and every absent rating is missing.
    items : ItemsTable or None
        None: the file holds totals.
    covariate : dict of str to CovariateTable
        Details by covariate.
    synthetic : bool
        The data are made up; everything made from them says so.

    Raises
    ------
    InputError
        From `from_toml` and `from_dict`, with every problem. Calling the class itself with wrong
        arguments raises pydantic's ValidationError with the same text.
    """

    layout: Literal["wide", "long", "wide_over_time"]
    columns: Columns
    informants: Annotated[
        dict[Name, Annotated[Name, BeforeValidator(value_as_text)]], Field(min_length=1)
    ]
    scale: Annotated[
        Annotated[ScaleTable, Tag("common")] | Annotated[dict[str, ScaleTable], Tag("own")],
        Discriminator(scale_tag),
    ]
    file: FileOptions = FileOptions()
    planned: dict[Name, tuple[Number, ...]] = Field(default_factory=dict)
    time: TimeTable = TimeTable()
    treatment: TreatmentColumns | None = None
    items: ItemsTable | None = None
    covariates: CovariateColumns = CovariateColumns()
    covariate: dict[str, CovariateTable] = Field(default_factory=dict)
    words: WordsTable = WordsTable()
    title: Text = ""
    synthetic: Annotated[bool, Field(strict=True)] = False

    written: ClassVar[str] = ""  # the text it was read from, with its comments

    def __post_init__(self) -> None:
        if problems := contradictions(self):
            raise InputError(problems, "study")

    @classmethod
    @checked_arguments
    def from_dict(cls, table: Mapping[str, object], *, title: str = "study") -> "Study":
        """Check a dictionary shaped like the study file.

        Parameters
        ----------
        table : mapping
            As `tomllib` reads the file.
        title : str
            What to call it in an error.

        Raises
        ------
        InputError
            With every problem.
        """
        adapter = TypeAdapter(cls)
        try:
            return adapter.validate_python(dict(table))
        except ValidationError as error:
            problems = problems_of(error, TABLES)
            known = without_unknown_keys(error, table)
        # What is wrong between tables shows only when each of them can be read.
        if known is not None:
            try:
                adapter.validate_python(known)
            except ValidationError as error:
                problems += problems_of(error, TABLES)
        raise InputError(problems, title)

    @classmethod
    @checked_arguments
    def from_toml(cls, path: str | Path) -> "Study":
        """Read and check a study file.

        Raises
        ------
        InputError
            If there is no such file, it is not TOML, or anything in it is wrong.
        """
        file = Path(path)
        return cls.from_text(text_of(file, what="study file"), title=file.name)

    @classmethod
    @checked_arguments
    def from_text(cls, text: str, *, title: str = "study.toml") -> "Study":
        """Read and check the text of a study file.

        Parameters
        ----------
        title : str
            What to call it in an error.

        Raises
        ------
        InputError
            If it is not TOML, or anything in it is wrong.
        """
        study = cls.from_dict(toml_of(text, title=title), title=title)
        # No field: a study that is changed is another one, and no more what this text says.
        object.__setattr__(study, "written", text)
        return study

    def __repr__(self) -> str:
        return self.written or self.to_toml()

    def to_toml(self) -> str:
        """Return the study file as text; reading it gives an equal `Study`."""
        table = _stated(TypeAdapter(Study).dump_python(self, exclude_none=True))
        order = ("title", "synthetic", "layout", *table)
        return tomli_w.dumps({key: table[key] for key in order if key in table})

    @property
    def scales(self) -> dict[str, Scale]:
        """The scale of every informant."""
        if isinstance(self.scale, ScaleTable):
            return dict.fromkeys(self.informants, self.scale.scale())
        return {label: self.scale[label].scale() for label in self.informants}

    @property
    def covariate_columns(self) -> dict[str, str]:
        """Column of every covariate, child first; over time it is called all but ``{time}``."""
        listed = [name for level in COVARIATE_LEVELS for name in getattr(self.covariates, level)]
        over_time = self.layout == "wide_over_time"
        return {name_over_time(name) if over_time else name: name for name in listed}

    @property
    def covariate_levels(self) -> dict[str, CovariateLevel]:
        """Level of every covariate, in the order of the study file, child first."""
        level_of = {
            name: level for level in COVARIATE_LEVELS for name in getattr(self.covariates, level)
        }
        return {name: level_of[column] for name, column in self.covariate_columns.items()}

    @property
    def has_times(self) -> bool:
        """Whether ratings have times: in a column, or in the names of columns."""
        return self.layout == "wide_over_time" or self.columns.time is not None

    @property
    def column_keys(self) -> dict[str, str]:
        """Every column the ratings file must have, with the key that names it.

        Those with ``{time}`` in their names stand for one column at every time.
        """
        keys = {name: f"columns.{key}" for key, name in self.columns.given.items()}
        if self.items is not None:
            for label in self.informants:
                keys |= dict.fromkeys(self.item_columns(label), f"items, informants.{label}")
        elif self.layout != "long":
            keys |= {name: f"informants.{label}" for label, name in self.informants.items()}
        if self.treatment is not None:
            keys[self.treatment.column] = "treatment"
        levels = self.covariate_levels
        return keys | {
            column: f"covariates.{levels[name]}" for name, column in self.covariate_columns.items()
        }

    @checked_arguments
    def item_columns(self, label: str) -> list[str]:
        """Columns with the items of an informant; in long layout all informants have the same."""
        if self.items is None:
            return []
        pattern = self.items.column or ("{item}" if self.layout == "long" else "{informant}_{item}")
        return [
            filled(pattern, informant=self.informants[label], item=item)
            for item in self.items.names
        ]


def _stated(table: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty or False, as the study file does."""
    kept = {
        key: _stated(value) if isinstance(value, Mapping) else value for key, value in table.items()
    }
    return {
        key: value
        for key, value in kept.items()
        if value is not False and value not in ("", (), {})
    }


TABLES = {
    "": Study,
    "file": FileOptions,
    "columns": Columns,
    "scale": ScaleTable,
    "time": TimeTable,
    "treatment": TreatmentColumns,
    "items": ItemsTable,
    "covariates": CovariateColumns,
    "covariate": CovariateTable,
    "words": WordsTable,
}
