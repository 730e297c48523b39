"""The study file: what the columns of a ratings file mean, stated once.

A `Study` is read from a small TOML file (`Study.from_toml`) or a dictionary of the same shape
(`Study.from_dict`), checked at once, and never changes. It names columns, informants and their
scales, the time axis, how leaving treatment is recorded, and covariates by the level they
describe. An unknown key is an error, with the nearest known key suggested.

.. code-block:: toml

    title = "Alliance in usual care"      # optional
    synthetic = true                      # optional; the data are made up, and everything says so
    layout = "wide"                       # "wide": a row per child and time; "long": per rating
    [columns]
    child = "child_id"
    therapist = "therapist_id"            # optional
    clinic = "clinic_id"                  # optional
    time = "month"                        # optional; without it there is one occasion, at origin
    # long layout adds: informant = "who", rating = "score"
    [informants]                          # label = column (wide) or value (long); order is kept
    child = "tasc_c"
    [scale]                               # or a table each, [scale.child], [scale.clinician]
    lower = 12                            # or center and spread, where there are no bounds
    upper = 48
    step = 1                              # optional; smallest step of a rating, 0 if it has none.
                                          # Left out: whole points if all ratings are whole
    [time]                                # optional
    origin = 4
    per = 4
    unit = "months"
    occasions = [4, 8, 12, 16]            # optional; other times are then an error
    [items]                               # optional; items, of which totals are made
    names = ["1", "2", "3"]               # columns tasc_c_1, tasc_c_2, ...; long layout: 1, 2, ...
    lower = 1                             # responses are whole numbers; [scale] is of the total
    upper = 4
    reverse = ["2"]                       # optional; turned around before they are summed
    # column = "{informant}_{item}"       # optional; how the columns of items are named
    # prorate = 0.8                       # optional; share of items a total needs at the least
    [treatment]                           # optional; one of the two
    in_treatment = "active"               # 0/1 in every row
    # last_occasion = "last_month"        # last time in treatment, the same in a child's rows
    [covariates]                          # optional; by the level they describe
    child = ["female", "anxiety"]
    therapist = ["experience"]
    [covariate.female]                    # optional; what the ratings file alone cannot say
    type = "categorical"                  # "numeric", "binary" or "categorical"
    reference = "no"
    unit = ""
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BeforeValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, checked_arguments
from bayes_alliance.errors.files import text_of, toml_of
from bayes_alliance.ratings.study.entries import Name, Text, value_as_text
from bayes_alliance.ratings.study.problems import (
    contradictions,
    problems_of,
    without_unknown_keys,
)
from bayes_alliance.ratings.study.tables import (
    STRICT,
    Columns,
    CovariateColumns,
    CovariateTable,
    ItemsTable,
    ScaleTable,
    TimeTable,
    TreatmentColumns,
    filled,
    scale_tag,
)
from bayes_alliance.ratings.variables import COVARIATE_LEVELS, CovariateLevel, Scale


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Study:
    """What the columns of a ratings file mean.

    Parameters
    ----------
    layout : {"wide", "long"}
        Wide: a row per child and time, a column per informant. Long: a row per rating.
    informants : dict of str to str
        Label to column (wide) or value of the informant column (long), in the order shown.
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

    layout: Literal["wide", "long"]
    columns: Columns
    informants: Annotated[
        dict[Name, Annotated[Name, BeforeValidator(value_as_text)]], Field(min_length=1)
    ]
    scale: Annotated[
        Annotated[ScaleTable, Tag("common")] | Annotated[dict[str, ScaleTable], Tag("own")],
        Discriminator(scale_tag),
    ]
    time: TimeTable = TimeTable()
    treatment: TreatmentColumns | None = None
    items: ItemsTable | None = None
    covariates: CovariateColumns = CovariateColumns()
    covariate: dict[str, CovariateTable] = Field(default_factory=dict)
    title: Text = ""
    synthetic: Annotated[bool, Field(strict=True)] = False

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
        return cls.from_dict(toml_of(text, title=title), title=title)

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
    def covariate_levels(self) -> dict[str, CovariateLevel]:
        """Level of every covariate, in the order of the study file, child first."""
        return {
            name: level for level in COVARIATE_LEVELS for name in getattr(self.covariates, level)
        }

    @property
    def column_keys(self) -> dict[str, str]:
        """Every column the ratings file must have, with the key that names it."""
        keys = {name: f"columns.{key}" for key, name in self.columns.given.items()}
        if self.items is not None:
            for label in self.informants:
                keys |= dict.fromkeys(self.item_columns(label), f"items, informants.{label}")
        elif self.layout == "wide":
            keys |= {name: f"informants.{label}" for label, name in self.informants.items()}
        if self.treatment is not None:
            keys[self.treatment.column] = "treatment"
        return keys | {name: f"covariates.{at}" for name, at in self.covariate_levels.items()}

    @checked_arguments
    def item_columns(self, label: str) -> list[str]:
        """Columns with the items of an informant; in long layout all informants have the same."""
        if self.items is None:
            return []
        wide = self.layout == "wide"
        pattern = self.items.column or ("{informant}_{item}" if wide else "{item}")
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
    "columns": Columns,
    "scale": ScaleTable,
    "time": TimeTable,
    "treatment": TreatmentColumns,
    "items": ItemsTable,
    "covariates": CovariateColumns,
    "covariate": CovariateTable,
}
