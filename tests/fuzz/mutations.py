"""What is done to a sheet, to bytes and to a study file: some of it keeps what they mean.

Every function takes a value and a source of chance, and returns another value.
"""

import copy
import re
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.fuzz.sheets import PLAIN_NAMES, TEXT, Sheet

HOSTILE = (
    *("", " ", ".", "NA", "nan", "-", "0", "1", "9", "-1", "99", "1e400", "-inf", "1_0", "0x10"),
    *("3,5", "1,000", "3.5", "٣", "½", "1e15", "1e16", "9" * 40, "TRUE", "None", "#NULL!", "3 4"),
    *('"', "'", ";", "=1+1", "<script>", "c1", "t0", "r0", "2024-01-04", "\u00a03", "\u200b", "é"),
)
# No spreadsheet and no statistics program stores these; a text file may hold them.
OF_TEXT = ("\x00", "\n", "a\nb", "\r", "\t", "a\tb", "\x1b[2J", "\u2028", "x" * 5000)
POINT = re.compile(r"\+?\d+\.\d+")
BLANKS = ("", "NA", ".", "NaN", "null", "n/a")


# What keeps the meaning.


def rows_in_another_order(made: Sheet, random: Random) -> Sheet:
    return replace(made, rows=tuple(random.sample(made.rows, len(made.rows))))


def columns_in_another_order(made: Sheet, random: Random) -> Sheet:
    order = random.sample(range(len(made.header)), len(made.header))
    return replace(
        made,
        header=tuple(made.header[at] for at in order),
        rows=tuple(tuple(row[at] for at in order) for row in made.rows),
    )


def columns_that_nobody_reads(made: Sheet, random: Random) -> Sheet:
    rows = tuple((*row, random.choice(HOSTILE), "") for row in made.rows)
    return replace(made, header=(*made.header, "notes", "more"), rows=rows)


def rows_that_are_blank(made: Sheet, random: Random) -> Sheet:
    rows = list(made.rows)
    for _ in range(random.randint(1, 3)):
        rows.insert(random.randint(0, len(rows)), ("",) * len(made.header))
    return replace(made, rows=tuple(rows))


def blanks_around_cells(made: Sheet, random: Random) -> Sheet:
    ends = ("", " ", "  ", "\u00a0")
    return _each_cell(
        made, lambda name, cell: f"{random.choice(ends)}{cell}{random.choice(ends)}", made.header
    )


def other_words_for_blank(made: Sheet, random: Random) -> Sheet:
    return _each_cell(made, lambda name, cell: cell or random.choice(BLANKS), made.header)


def codes_for_blank(made: Sheet, random: Random) -> Sheet:
    """Codes of missing values in the ratings, which the study file lists."""
    words = ["k.A.", "#NULL!"] if made.ending in (*TEXT, ".xlsx") else []
    code = random.choice([-9, 99, *words])
    columns = made.numeric - {made.study["columns"].get("time"), "active"}
    coded = _each_cell(made, lambda name, cell: cell or str(code), columns)
    return replace(coded, study=made.study | {"file": {"missing": [code]}})


def numbers_written_otherwise(made: Sheet, random: Random) -> Sheet:
    forms = ("{}", "+{}", "0{}", "{}e0", "{}E+0")

    def written(name: str, cell: str) -> str:
        point = "" if not cell or "." in cell else random.choice(["", ".0", ".", ".000"])
        return random.choice(forms).format(cell + point) if cell[:1].isdigit() else cell

    return _each_cell(made, written, made.numeric)


def truth_as_words(made: Sheet, random: Random) -> Sheet:
    if "in_treatment" not in made.study.get("treatment", {}):
        return made
    words = {"0": ("FALSE", "false", "False"), "1": ("TRUE", "true", "True")}
    return _each_cell(made, lambda name, cell: random.choice(words.get(cell, (cell,))), {"active"})


def a_row_per_child(made: Sheet, random: Random) -> Sheet:
    """Wide over time, where every child has a row at every time."""
    names = made.study["columns"]
    front = [names[key] for key in ("child", "therapist", "clinic")]
    place = {name: at for at, name in enumerate(made.header)}
    rows = {(row[place[names["child"]]], row[place[names["time"]]]): row for row in made.rows}
    children, times = (list(dict.fromkeys(key[at] for key in rows)) for at in (0, 1))
    names_cannot = made.ending in PLAIN_NAMES and any("." in time for time in times)
    complete = len(rows) == len(made.rows) == len(children) * len(times)
    if made.study["layout"] != "wide" or names_cannot or not complete:
        return made
    mark = "_t" if made.ending in PLAIN_NAMES else " t"
    columns = made.study["informants"]
    own = [name for name in made.header if name.startswith(tuple(columns.values()))]
    by_time = "in_treatment" in made.study.get("treatment", {})
    fixed = [*front, "home", *([] if by_time else ["active"])]
    own += ["active"] * by_time

    def at(name: str, time: str) -> str:
        stem = next((one for one in columns.values() if name.startswith(one)), name)
        return f"{stem}{mark}{time}{name.removeprefix(stem)}"

    made_of = [
        (
            *(rows[child, times[0]][place[name]] for name in fixed),
            *(rows[child, time][place[name]] for time in times for name in own),
        )
        for child in children
    ]
    over_time = [at(name, time) for time in times for name in own]
    study = made.study | {
        "layout": "wide_over_time",
        "columns": {key: name for key, name in names.items() if key != "time"},
        "informants": {label: at(name, "{time}") for label, name in columns.items()},
    }
    if by_time:
        study["treatment"] = {"in_treatment": at("active", "{time}")}
    numeric = frozenset([*over_time, "active"])
    return replace(
        made, header=(*fixed, *over_time), rows=tuple(made_of), study=study, numeric=numeric
    )


def times_as_dates(made: Sheet, random: Random) -> Sheet:
    """Dates in place of times, counted from the day a child came."""
    name = made.study["columns"].get("time")
    place = {column: at for at, column in enumerate(made.header)}
    times = {float(row[place[name]]) for row in made.rows} if name else {0.5}
    if made.ending not in (*TEXT, ".xlsx") or any(time % 1 or time > 1000 for time in times):
        return made
    child = place[made.study["columns"]["child"]]
    came = {row[child]: date(2024, 1, random.randint(1, 28)) for row in made.rows}
    shape = random.choice(["%Y-%m-%d", "%d.%m.%Y"])
    rows = []
    for row in made.rows:
        day = came[row[child]] + timedelta(days=float(row[place[name]]))
        cells = [*row, came[row[child]].strftime(shape)]
        cells[place[name]] = day.strftime(shape)
        rows.append(tuple(cells))
    study = made.study | {"time": {"dates": True, "unit": "days"}}
    study["columns"] = made.study["columns"] | {"entry": "came"}
    return replace(
        made,
        header=(*made.header, "came"),
        rows=tuple(rows),
        study=study,
        numeric=made.numeric - {name},
    )


def another_kind_of_text(made: Sheet, random: Random) -> Sheet:
    if made.ending not in TEXT:
        return made
    return replace(
        made,
        # Where decimals have commas, and in files of this ending, there is one separator.
        delimiter=made.delimiter if made.delimiter != "," else random.choice("\t;,"),
        encoding=random.choice(["utf-8", "utf-8-sig", "utf-16"]),
        newline=random.choice(["\n", "\r\n"]),
        quoted=random.random() < 0.5,
    )


def decimal_commas(made: Sheet, random: Random) -> Sheet:
    if made.ending not in (".csv", ".txt"):
        return made
    with_commas = _each_cell(
        made,
        lambda name, cell: cell.replace(".", ",") if POINT.fullmatch(cell) else cell,
        made.numeric,
    )
    return replace(with_commas, delimiter=";")


def cells_beyond_the_header(made: Sheet, random: Random) -> Sheet:
    if made.ending not in TEXT:
        return made
    return replace(made, rows=tuple((*row, *[""] * random.randint(0, 3)) for row in made.rows))


def names_in_lines(made: Sheet, random: Random) -> Sheet:
    if made.ending not in (".csv", ".xlsx", ".txt"):
        return made
    return replace(made, header=tuple(name.replace(" ", "\n ") for name in made.header))


def study_in_another_order(made: Sheet, random: Random) -> Sheet:
    keys = random.sample(list(made.study), len(made.study))
    columns = random.sample(list(made.study["columns"].items()), len(made.study["columns"]))
    return replace(made, study={key: made.study[key] for key in keys} | {"columns": dict(columns)})


# Orders matter: what adds or writes cells otherwise comes after what looks at them.
KEEPING = (
    rows_in_another_order,
    truth_as_words,
    a_row_per_child,
    times_as_dates,
    codes_for_blank,
    numbers_written_otherwise,
    decimal_commas,
    other_words_for_blank,
    blanks_around_cells,
    rows_that_are_blank,
    columns_that_nobody_reads,
    columns_in_another_order,
    names_in_lines,
    cells_beyond_the_header,
    another_kind_of_text,
    study_in_another_order,
)


def _each_cell(made: Sheet, change, columns) -> Sheet:
    rows = tuple(
        tuple(
            change(name, cell) if name in columns else cell
            for name, cell in zip(made.header, row, strict=True)
        )
        for row in made.rows
    )
    return replace(made, rows=rows)


# What changes it.


def hostile_cell(made: Sheet, random: Random) -> Sheet:
    rows = [list(row) for row in made.rows]
    row = random.choice(rows)
    if row:
        cells = HOSTILE + (OF_TEXT if made.ending in TEXT else ())
        row[random.randrange(len(row))] = random.choice(cells)
    return replace(made, rows=tuple(map(tuple, rows)))


def cell_of_another_row(made: Sheet, random: Random) -> Sheet:
    rows = [list(row) for row in made.rows]
    one, other = random.choice(rows), random.choice(rows)
    at = random.randrange(len(made.header))
    if at < min(len(one), len(other)):
        one[at], other[at] = other[at], one[at]
    return replace(made, rows=tuple(map(tuple, rows)))


def cell_of_another_column(made: Sheet, random: Random) -> Sheet:
    rows = [list(row) for row in made.rows]
    row = random.choice(rows)
    if len(row) > 1:
        one, other = random.sample(range(len(row)), 2)
        row[one], row[other] = row[other], row[one]
    return replace(made, rows=tuple(map(tuple, rows)))


def row_twice(made: Sheet, random: Random) -> Sheet:
    rows = list(made.rows)
    rows.insert(random.randint(0, len(rows)), random.choice(rows))
    return replace(made, rows=tuple(rows))


def row_gone(made: Sheet, random: Random) -> Sheet:
    rows = list(made.rows)
    rows.pop(random.randrange(len(rows)))
    return replace(made, rows=tuple(rows or made.rows))


def header_again(made: Sheet, random: Random) -> Sheet:
    rows = list(made.rows)
    rows.insert(random.randint(0, len(rows)), made.header)
    return replace(made, rows=tuple(rows))


def columns_exchanged(made: Sheet, random: Random) -> Sheet:
    header = list(made.header)
    one, other = random.sample(range(len(header)), 2)
    header[one], header[other] = header[other], header[one]
    return replace(made, header=tuple(header))


def column_named_otherwise(made: Sheet, random: Random) -> Sheet:
    header = list(made.header)
    at = random.randrange(len(header))
    header[at] = random.choice(
        [f"{header[at]}x", f" {header[at]} ", header[at].upper(), random.choice(header)]
    )
    if made.ending not in (*TEXT, ".xlsx") and header[at] != made.header[at]:
        header[at] = f"{made.header[at]}x"  # names that stand twice, or begin with a blank
    return replace(made, header=tuple(header))


def column_emptied(made: Sheet, random: Random) -> Sheet:
    name = random.choice(made.header)
    at = made.header.index(name)
    rows = tuple((*row[:at], "", *row[at + 1 :]) for row in made.rows)
    return replace(made, rows=rows)


def row_cut_off(made: Sheet, random: Random) -> Sheet:
    rows = list(made.rows)
    at = random.randrange(len(rows))
    if made.ending in TEXT:
        rows[at] = rows[at][: random.randrange(len(made.header))]
    return replace(made, rows=tuple(rows))


DAMAGING = (
    hostile_cell,
    cell_of_another_row,
    cell_of_another_column,
    row_twice,
    row_gone,
    header_again,
    columns_exchanged,
    column_named_otherwise,
    column_emptied,
    row_cut_off,
)


def damaged(content: bytes, random: Random) -> bytes:
    """Flip, cut out, put in, repeat or end early, once or a few times."""
    data = bytearray(content)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        at = random.randrange(len(data) + 1)
        size = random.choice([1, 1, 2, 8, 100])
        match random.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = random.randbytes(size)
            case 3:
                data[at:at] = data[at : at + size]
            case 4:
                data[at : at + size] = bytes([random.choice([0, 10, 34, 44, 255])]) * size
            case _:
                del data[at:]
    return bytes(data)


ENTRIES = (
    *("", " ", "x", "child", "r 0", "r0", "who", "id", "wide", "long", "{item}", "{informant}"),
    *("a\nb", "\x00", "x" * 300, "nan", 0, 1, -1, 2.5, 8, 1e308, 10**30, float("nan")),
    *(float("inf"), True, False, [], {}, [1, 2], ["home"], ["active", "home"], {"a": 1}, [[]]),
    {"lower": 0.0, "upper": 8.0},
)


def study_changed(study: dict, random: Random) -> dict:
    """One entry of a study file left out, replaced, named otherwise, moved, or added."""
    changed = copy.deepcopy(study)
    tables = [changed, *(table for table in changed.values() if isinstance(table, dict))]
    table = random.choice([one for one in tables if one])
    key = random.choice(list(table))
    match random.randrange(6):
        case 0:
            del table[key]
        case 1:
            table[key] = copy.deepcopy(random.choice(ENTRIES))
        case 2:
            table[random.choice(["x", "child", "lower", "time", f"{key}s"])] = table.pop(key)
        case 3:
            other = random.choice(list(table))
            table[key], table[other] = table[other], table[key]
        case 4:
            table[random.choice(["title", "step", "unit", "x"])] = random.choice(ENTRIES)
        case _:
            changed["time"] = {"origin": random.choice(ENTRIES)}
    return changed
