"""Made-up ratings as plain cells, and the files of any format that hold them.

Nothing here uses the package: what a reader should say is known from how the cells were made. A
`Sheet` is a table of text with its study file; `Truth` is what it means.
"""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random

import openpyxl
import pandas as pd
import pyreadstat

TEXT, BINARY = (".csv", ".tsv", ".txt"), (".xlsx", ".parquet", ".sav", ".dta")
# Column names of SPSS and Stata are short words; those of other formats are any text.
PLAIN_NAMES = (".sav", ".dta")
FANCY = ("é", "a b", "=1+1", "x;y", "a,b", '"q"', "<b>", "𝔸", "-", "#", "{item}", "'", "\\", "|")
LOWER, UPPER = 0, 8
N_ITEMS = 4

type Key = tuple[str, float, str]  # child, time, informant


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table of text, the study file that describes it, and how a file holds it.

    Parameters
    ----------
    numeric : frozenset of str
        Columns of numbers, which formats with types store as such if all their cells are numbers.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    study: dict
    numeric: frozenset[str]
    ending: str
    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    quoted: bool = False
    decimal_commas: bool = False


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a sheet means.

    Parameters
    ----------
    status : mapping of (child, time, informant) to str
        Of every occasion there is.
    rating : mapping of (child, time, informant) to float
        Those that were given.
    above : mapping of str to (str, str)
        Child to therapist and clinic.
    home : mapping of str to str
        Child to a category; "" where unknown.
    """

    status: dict[Key, str]
    rating: dict[Key, float]
    above: dict[str, tuple[str, str]]
    home: dict[str, str]


def sheet(
    random: Random, *, layout: str, items: bool, treatment: str, ending: str
) -> tuple[Sheet, Truth]:
    """Make ratings of few children, and the cells that hold them.

    Parameters
    ----------
    treatment : {"", "in_treatment", "last_occasion"}
        How the file says who was in treatment.
    """
    plain = ending in PLAIN_NAMES
    ids = (
        [f"c{number}" for number in range(1, 5)] + ["01", "7", "x_y"] + ([] if plain else [*FANCY])
    )
    children = random.sample(ids, random.randint(2, 5))
    labels = random.sample(["child", "mother", "who 3", "é;,", "a b"], random.randint(1, 3))
    times = sorted(random.sample([0.0, 1.0, 2.5, 4.0, 8.0, 20240104.0], random.randint(2, 4)))
    columns = {label: f"r{at}" if plain else f"r {at}" for at, label in enumerate(labels)}
    last = {child: random.choice(times) for child in children}
    above = {child: (f"t{at // 2}", f"k{at // 4}") for at, child in enumerate(children)}
    home = {child: random.choice(["farm", "None", "1", ""]) for child in children}
    answered: dict[Key, list[int | None]] = {}
    occasions = []
    fewest = len(times) if random.random() < 0.3 else 1  # in some sheets everybody has every time
    for child in children:
        for time in random.sample(times, random.randint(fewest, len(times))):
            occasions.append((child, time))
            for label in labels:
                out = treatment and time > last[child]
                answered[child, time, label] = _answers(random, items=items, none=bool(out))
    _something_of_everyone(random, answered, labels, occasions, last if treatment else None)
    names = {"child": "id", "therapist": "seen by", "clinic": "where", "time": "month"}
    names = {key: name.replace(" ", "_") if plain else name for key, name in names.items()}
    study: dict = {
        "layout": layout,
        "columns": names,
        "informants": columns,
        "scale": {"lower": float(LOWER), "upper": float(UPPER)},
        "covariates": {"child": ["home"]},
        "covariate": {"home": {"type": "categorical"}},
    }
    if layout == "long":
        study["columns"] = names | {"informant": "who"} | ({} if items else {"rating": "score"})
    item_names = [f"i{item}" for item in range(N_ITEMS)]
    if items:
        study["items"] = {"names": item_names, "lower": 0, "upper": 2, "prorate": 0.5}
        study["items"]["reverse"] = item_names[:1]
    if treatment:
        study["treatment"] = {treatment: "active"}
    rows = []
    for child, time in occasions:
        active = {"": "", "in_treatment": str(int(time <= last[child]))}.get(
            treatment, _written(last[child])
        )
        front = [child, *above[child], _written(time), active, home[child]]
        cells = {label: [_written(one) for one in answered[child, time, label]] for label in labels}
        if layout == "wide":
            rows.append((*front, *(cell for label in labels for cell in cells[label])))
        else:
            rows += [(*front, columns[label], *cells[label]) for label in labels]
    own = item_names if items else ["score"]
    if layout == "wide":
        of_each = {
            at: [f"{at}_{item}" for item in item_names] if items else [at]
            for at in columns.values()
        }
        own = [name for at in columns.values() for name in of_each[at]]
    front = [*names.values(), "active", "home", *(["who"] if layout == "long" else [])]
    made = Sheet(
        header=(*front, *own),
        rows=tuple(rows),
        study=study,
        numeric=frozenset([*own, names["time"], "active"]),
        ending=ending,
        delimiter="\t" if ending == ".tsv" else ",",
    )
    rating = {key: total for key, one in answered.items() if (total := _total(one)) is not None}
    ends = last if treatment else dict.fromkeys(children, math.inf)
    if treatment == "in_treatment":  # the last row in treatment speaks for times without one
        ends = {
            child: max((t for c, t in occasions if c == child and t <= last[child]), default=-1.0)
            for child in children
        }
    begun = {key[:2] for key, one in answered.items() if any(cell is not None for cell in one)}
    left = {(child, time) for child, time in occasions if treatment and time > last[child]}
    kept = _kept(occasions, begun | left)
    return made, Truth(
        status=_statuses(kept, labels, rating, ends), rating=rating, above=above, home=home
    )


def _answers(random: Random, *, items: bool, none: bool) -> list[int | None]:
    """A total, or the answers to items; None where there is none."""
    if not items:
        return [None if none or random.random() < 0.2 else random.randint(LOWER, UPPER)]
    return [None if none or random.random() < 0.2 else random.randint(0, 2) for _ in range(N_ITEMS)]


def _something_of_everyone(
    random: Random,
    answered: dict[Key, list[int | None]],
    labels: list[str],
    occasions: list[tuple[str, float]],
    last: dict[str, float] | None,
) -> None:
    """Every informant has a rating; an informant without any is an error."""
    inside = [(c, t) for c, t in occasions if last is None or t <= last[c]]
    if not inside:  # everybody left before the first row: let the first stay
        assert last is not None
        inside = occasions[:1]
        last[inside[0][0]] = inside[0][1]
    child, time = random.choice(inside)
    for label in labels:
        answered[child, time, label] = [1] * len(answered[child, time, label])


def _total(answers: list[int | None]) -> float | None:
    """The rating: a total as it stands, or that of items, of which half must be answered."""
    if len(answers) == 1:
        return None if answers[0] is None else float(answers[0])
    turned = [2 - one if at == 0 and one is not None else one for at, one in enumerate(answers)]
    known = [one for one in turned if one is not None]
    return sum(known) / len(known) * N_ITEMS if 2 * len(known) >= N_ITEMS else None


def _kept(
    occasions: list[tuple[str, float]], stated: set[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Occasions without times at which several children have a row and nobody rated or had left.

    A child without any other row keeps it where times are not common.
    """
    told_at = {time for _, time in stated}
    of = {time: [c for c, t in occasions if t == time] for _, time in occasions}
    nobody = {time for time, children in of.items() if len(children) > 1 and time not in told_at}
    kept = [(child, time) for child, time in occasions if time not in nobody]
    times = {time for _, time in kept}
    others = {child: {t for c, t in kept if c == child} for child, _ in occasions}
    if any(own == times for own in others.values()):
        return kept
    return [(child, time) for child, time in occasions if time not in nobody or not others[child]]


def _statuses(
    occasions: list[tuple[str, float]],
    labels: list[str],
    rating: dict[Key, float],
    ends: dict[str, float],
) -> dict[Key, str]:
    """Times are common to all if some child has a row at each."""
    times = {time for _, time in occasions}
    common = any({t for c, t in occasions if c == child} == times for child in ends)
    there = {(child, time) for child in ends for time in times} if common else set(occasions)
    return {
        (child, time, label): "rated"
        if (child, time, label) in rating
        else ("missing" if time <= ends[child] else "not in treatment")
        for child, time in there
        for label in labels
    }


def _written(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if float(number).is_integer() else str(number)


def content(made: Sheet, folder: Path) -> bytes:
    """The file that holds a sheet."""
    if made.ending in TEXT:
        return text(made).encode(made.encoding)
    file = folder / f"made{made.ending}"
    if made.ending == ".xlsx":
        _write_excel(made, file)
    else:
        frame = _frame(made)
        match made.ending:
            case ".parquet":
                frame.to_parquet(file)
            case ".sav":
                pyreadstat.write_sav(frame, str(file))
            case ".dta":
                frame.to_stata(file, write_index=False, version=118)
    return file.read_bytes()


def text(made: Sheet) -> str:
    """The text of a sheet."""
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if made.quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(
        stream, delimiter=made.delimiter, lineterminator=made.newline, quoting=quoting
    )
    writer.writerows([made.header, *made.rows])
    return stream.getvalue()


def as_number(cell: str) -> float | None:
    """The number of a cell that a program would store as one."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in cell else None


def _frame(made: Sheet) -> pd.DataFrame:
    """Columns of numbers as numbers, where all cells are; all else as text."""
    width = len(made.header)
    columns = {}
    for at, name in enumerate(made.header):
        cells = [(*row, *[""] * width)[at] for row in made.rows]
        numbers = [as_number(cell) for cell in cells if cell]
        if name in made.numeric and numbers and None not in numbers:
            columns[name] = pd.Series([as_number(cell) for cell in cells], dtype="float64")
        else:
            columns[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(columns)


def _write_excel(made: Sheet, file: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    for row, cells in enumerate([made.header, *made.rows], start=1):
        for at, cell in enumerate(cells):
            if not cell:
                continue
            numeric = row > 1 and at < len(made.header) and made.header[at] in made.numeric
            number = as_number(cell) if numeric else None
            place = page.cell(row, at + 1, cell if number is None else number)
            if number is None:
                place.data_type = "s"  # text, also if it begins as a formula does
    book.save(file)
