"""Files to tables: csv, tsv, parquet, Excel, SPSS and Stata, distinguished by their ending.

The formats other than text keep the types they store. SPSS and Stata files keep codes, and the
labels of values come with them. Each row comes with what a user's program calls it: a row of a
spreadsheet (the header is row 1), a case of SPSS, an observation of Stata.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.ratings.reading.asides import without_asides
from bayes_alliance.ratings.reading.cells import text_of_value
from bayes_alliance.ratings.reading.delimited import read_delimited
from bayes_alliance.ratings.reading.excel import read_excel
from bayes_alliance.ratings.reading.file_table import FileTable, unreadable
from bayes_alliance.ratings.study.file import FileOptions


def read_table(path: str | Path, options: FileOptions) -> FileTable:
    """Read a file of any of the formats.

    Parameters
    ----------
    path : str or Path
        Ending in .csv, .tsv, .txt, .parquet, .xlsx, .sav or .dta.
    options : FileOptions
        How it is written, where it is not as usual.

    Raises
    ------
    InputError
        If the file is not there, its ending is unknown, it cannot be read, the options do not
        belong to its format, or the library that reads it is not installed (the message says which
        extra to install).
    """
    file = Path(path)
    ending = file.suffix.lower()
    # Unlike pathlib's, these answer any name, one of 300 letters or with NUL in it too.
    if not os.path.exists(file):
        beside = os.listdir(file.parent) if os.path.isdir(file.parent) else []
        raise unreadable(file, f"there is no such file.{nearest(file.name, beside)}")
    if os.path.isdir(file):
        raise unreadable(file, "is a folder, not a file")
    if ending not in READERS:
        known = ", ".join(READERS)
        raise unreadable(file, f"'{ending}' is not a format that can be read; allowed: {known}")
    if surplus := surplus_options(options, ending):
        raise InputError(surplus, file.name)
    reader, extra = READERS[ending]
    try:
        table = reader(file, options)
    except InputError:
        raise
    except ImportError as error:
        message = f'needs a library: pip install "bayes-alliance[{extra}]"'
        raise unreadable(file, message) from error
    # Each library has its own errors for a damaged file; whatever they are, the file is at fault.
    except Exception as error:
        raise unreadable(file, f"cannot be read as {ending} ({error})") from error
    return without_asides(table) if ending in OPTIONS_OF["header_row"] else table


def surplus_options(options: FileOptions, ending: str) -> list[Problem]:
    """Find options of [file] that say nothing about a file of this format.

    Parameters
    ----------
    ending : str
        Of the file; empty for a frame.
    """
    what = f"a {ending} file" if ending else "a frame"
    return [
        Problem(
            where=f"[file] {key}",
            value=getattr(options, key),
            message=f"belongs to files that end in {', '.join(endings)}, and this is {what}",
        )
        for key, endings in OPTIONS_OF.items()
        if getattr(options, key) not in (None, ()) and ending not in endings
    ]


def _read_parquet(file: Path, options: FileOptions) -> FileTable:
    frame = pd.read_parquet(file)
    # pandas keeps an index that has a name as one of the columns; a nameless one only counts rows.
    index = [name for name in frame.index.names if name is not None]
    table = FileTable.numbered(frame.reset_index(level=index) if index else frame)
    return replace(table, decimal_commas=options.decimal == ",")


def _read_spss(file: Path, options: FileOptions) -> FileTable:
    import pyreadstat

    # Values that SPSS counts as missing are blank.
    frame, said = pyreadstat.read_sav(str(file), encoding=options.encoding)
    table = FileTable.numbered(frame, noun="case", first=1)
    labels = {
        column: _by_text(sorted(of_codes.items(), key=_code))
        for column, of_codes in said.variable_value_labels.items()
    }
    return replace(table, decimal_commas=options.decimal == ",", labels=labels)


def _read_stata(file: Path, options: FileOptions) -> FileTable:
    frame = pd.read_stata(file, convert_categoricals=False)
    table = FileTable.numbered(frame, noun="observation", first=1)
    return replace(table, decimal_commas=options.decimal == ",", labels=_stata_labels(file, frame))


def _stata_labels(file: Path, codes: pd.DataFrame) -> Mapping[str, Mapping[str, str]]:
    """Labels of the values that occur, by column; none if pandas finds one label twice."""
    try:
        labelled = pd.read_stata(file, convert_categoricals=True)
    except ValueError:
        return {}
    labels = {}
    for column in codes:
        if not isinstance(labelled[column].dtype, pd.CategoricalDtype):
            continue
        pairs = pd.DataFrame({"code": codes[column], "label": labelled[column].astype(object)})
        known = pairs.dropna().drop_duplicates("code").sort_values("code")
        labels[str(column)] = _by_text(
            pair for pair in known.itertuples(index=False, name=None) if isinstance(pair[1], str)
        )
    return labels


def _code(pair: tuple[object, object]) -> tuple[bool, float, str]:
    """Where a code and its label stand: numbers by size, then texts."""
    code = pair[0]
    return (False, float(code), "") if isinstance(code, int | float) else (True, 0.0, str(code))


def _by_text(pairs: Iterable[tuple[object, object]]) -> dict[str, str]:
    """Labels by the text of their codes; one that stands twice is told apart by its code."""
    texts = [(text_of_value(code), str(label).strip()) for code, label in pairs]
    labels = [label for _, label in texts]
    return {
        code: label if labels.count(label) == 1 else f"{label} ({code})"
        for code, label in texts
        if code is not None and label
    }


TEXT = (".csv", ".tsv", ".txt")
READERS: dict[str, tuple[Callable[[Path, FileOptions], FileTable], str]] = {
    **dict.fromkeys(TEXT, (read_delimited, "")),
    ".parquet": (_read_parquet, "parquet"),
    ".xlsx": (read_excel, "excel"),
    ".sav": (_read_spss, "spss"),
    ".dta": (_read_stata, ""),
}
OPTIONS_OF = {
    "sheet": (".xlsx",),
    "header_row": (*TEXT, ".xlsx"),
    "encoding": (*TEXT, ".sav"),
}
