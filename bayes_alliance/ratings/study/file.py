"""The [file] table of a study file: how the ratings file is written, where it is not as usual."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from bayes_alliance.ratings.study.entries import LARGEST, STRICT, Name, known_encoding

type Code = float | str


def sheet_of(value: object) -> object:
    """Take the name of a sheet, or its number counted from 1."""
    number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if not number and not (isinstance(value, str) and value.strip()):
        raise ValueError("must be the name of a sheet in quotes, or its number counted from 1")
    return value


def header_rows_of(value: object) -> tuple[int, ...]:
    """Take the number of a row counted from 1, or those of two rows, one below the other."""
    rows: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    whole = all(isinstance(row, int) and not isinstance(row, bool) and row >= 1 for row in rows)
    below = whole and (len(rows) == 1 or (len(rows) == 2 and rows[1] == rows[0] + 1))
    if not below:
        raise ValueError("must be a row counted from 1, or two rows in succession, as in [3, 4]")
    return tuple(rows)


def codes_of(value: object) -> tuple[Code, ...]:
    """Take numbers and texts that stand for a missing value."""
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list in brackets, as in [-9, 99, "k.A."]')
    for code in value:
        number = isinstance(code, int | float) and not isinstance(code, bool)
        known = abs(float(code)) <= LARGEST if number else isinstance(code, str) and code.strip()
        if not known:
            raise ValueError(f"holds {code!r}, which is neither a number nor text")
    return tuple(value)


type Codes = Annotated[tuple[Code, ...], BeforeValidator(codes_of)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FileOptions:
    """How the ratings file is written.

    Parameters
    ----------
    sheet : str or int or None
        Of an Excel file: its name, or its number counted from 1.
    header_row : tuple of int
        Row with the names of columns, counted from 1, or two such rows, whose names are joined by
        "_"; empty: the first row that is not empty.
    missing : tuple of float or str
        Codes of missing values beside blanks; in all columns but those of children, times and
        informants, and in those only if `missing_in` names them.
    missing_in : dict of str to tuple
        More codes, by column.
    decimal : {".", ","} or None
        What separates decimals in text. None: a point, or also a comma in a file whose cells are
        separated by semicolons.
    encoding : str or None
        Of a text or SPSS file, as Python calls it. None: UTF-8, or what the file itself says.
    duplicates : {"error", "drop"} or None
        What is done with a row that is like an earlier one in every cell. None: it is an error.
    """

    sheet: Annotated[str | int, BeforeValidator(sheet_of)] | None = None
    header_row: Annotated[tuple[int, ...], BeforeValidator(header_rows_of)] = ()
    missing: Codes = ()
    missing_in: dict[Name, Codes] = Field(default_factory=dict)
    decimal: Literal[".", ","] | None = None
    encoding: Annotated[Name, AfterValidator(known_encoding)] | None = None
    duplicates: Literal["error", "drop"] | None = None

    def codes(self, column: str, *, always: bool) -> Sequence[Code]:
        """Codes of missing values in a column.

        Parameters
        ----------
        always : bool
            Whether those for all columns count too.
        """
        return (*(self.missing if always else ()), *self.missing_in.get(column, ()))
