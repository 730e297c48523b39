"""Small files as people keep them, made here with invented values.

Each is written with plain csv, openpyxl or the writer of its format, and counted again by plain
loops over what then stands in the file: nothing here imports the package.
`python -m tests.ratings.drafting.kept FOLDER` writes all of them.
"""

import csv
import datetime
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

type Rows = list[dict[str, object]]
type Cells = dict[tuple[int, object, str], float | None]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What stands in a file: children, therapists, and by informant ratings and their sum."""

    children: int
    therapists: int
    ratings: dict[str, tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file as somebody keeps it.

    Parameters
    ----------
    make : callable
        Writes it.
    count : callable
        Counts what stands in it.
    decided : tuple of (str, str)
        What a person changes in the draft.
    asked : tuple of str
        Parts of sentences that the draft must say are to be decided.
    said : tuple of str
        Parts of sentences or lines that the draft must hold.
    """

    name: str
    make: Callable[[Path], None]
    count: Callable[[Path], Counts]
    decided: tuple[tuple[str, str], ...] = ()
    asked: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def invented(
    seed: int,
    n: int,
    times: Sequence[object],
    informants: Sequence[str],
    *,
    lower: float,
    upper: float,
    step: float = 1.0,
) -> Cells:
    """Ratings of n children; an eighth is missing, none of the first child's."""
    draw = random.Random(seed)
    cells: Cells = {}
    for child in range(n):
        level = draw.gauss(0.6, 0.15)
        for at, time in enumerate(times):
            for who in informants:
                share = min(max(level + draw.gauss(0.03 * at, 0.12), 0.0), 1.0)
                rating = lower + round(share * (upper - lower) / step) * step
                cells[child, time, who] = rating if child == 0 or draw.random() > 0.125 else None
    return cells


def shown(value: float | None, *, comma: bool = False, missing: str = "") -> str:
    """A number as a csv file holds it."""
    if value is None:
        return missing
    text = str(int(value)) if float(value).is_integer() else str(value)
    return text.replace(".", ",") if comma else text


def write_csv(
    path: Path, rows: Iterable[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> None:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def read_csv(path: Path, *, delimiter: str = ",", encoding: str = "utf-8", skip: int = 0) -> Rows:
    with path.open(newline="", encoding=encoding) as file:
        for _ in range(skip):
            file.readline()
        return [dict(row) for row in csv.DictReader(file, delimiter=delimiter)]


def number(cell: object, absent: Sequence[str] = ()) -> float | None:
    """What a cell holds as a number; None if blank or one of the codes that mean so."""
    if cell is None or cell != cell or str(cell).strip() in ("", *absent):
        return None
    return float(str(cell).replace(",", "."))


def count(
    rows: Rows,
    ratings: Mapping[str, Sequence[str]],
    *,
    child: str,
    therapist: str = "",
    absent: Sequence[str] = (),
) -> Counts:
    """Count rows with a column, or several over time, for each informant."""
    given = {
        who: [
            one for row in rows for name in names if (one := number(row[name], absent)) is not None
        ]
        for who, names in ratings.items()
    }
    return Counts(
        children=len({str(row[child]) for row in rows}),
        therapists=len({str(row[therapist]) for row in rows if row[therapist]}) if therapist else 0,
        ratings={who: (len(values), sum(values)) for who, values in given.items()},
    )


# -- Excel: two rows of names, waves below informants --


def make_two_rows(path: Path) -> None:
    waves, people = ("pre", "post", "fu"), ("child", "mother")
    cells = invented(1, 15, waves, people, lower=7, upper=35)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Alliance in the day clinic"])
    sheet.append([])
    sheet.append([None, None, "child", None, None, "mother", None, None])
    sheet.append(["ID", "Therapist", *waves, *waves])
    sheet.merge_cells("C3:E3")
    sheet.merge_cells("F3:H3")
    for child in range(15):
        ratings = [cells[child, wave, who] for who in people for wave in waves]
        sheet.append([f"K{child + 1:02d}", f"T{child // 3 + 1}", *ratings])
    book.save(path)


def count_two_rows(path: Path) -> Counts:
    body = list(openpyxl.load_workbook(path).active.iter_rows(min_row=5, values_only=True))
    given = {"child": slice(2, 5), "mother": slice(5, 8)}
    ratings = {
        who: [one for row in body for one in row[columns] if one is not None]
        for who, columns in given.items()
    }
    return Counts(
        children=len({row[0] for row in body}),
        therapists=len({row[1] for row in body}),
        ratings={who: (len(values), float(sum(values))) for who, values in ratings.items()},
    )


# -- Stata: a row per session, value labels --


def make_stata(path: Path) -> None:
    sessions = (1, 5, 10)
    cells = invented(2, 18, sessions, ("pat", "ther"), lower=1, upper=7, step=0.5)
    rows = [
        {
            "patid": child + 1,
            "thid": child // 3 + 1,
            "session": session,
            "wai_pat": cells[child, session, "pat"],
            "wai_ther": cells[child, session, "ther"],
            "sex": child % 2 + 1,
        }
        for child in range(18)
        for session in sessions
    ]
    labels = {"wai_pat": "Alliance, patient (1 to 7)", "wai_ther": "Alliance, therapist (1 to 7)"}
    frame = pd.DataFrame(rows).astype({"wai_pat": "float64", "wai_ther": "float64"})
    frame.to_stata(
        path,
        write_index=False,
        variable_labels=labels,
        value_labels={"sex": {1: "female", 2: "male"}},
        version=118,
    )


def count_stata(path: Path) -> Counts:
    frame, _ = pyreadstat.read_dta(str(path))
    rows = frame.to_dict("records")
    ratings = {"patient": ["wai_pat"], "therapist": ["wai_ther"]}
    return count(rows, ratings, child="patid", therapist="thid")


# -- Excel's 'Unicode text': UTF-16, tabs --


def make_unicode_text(path: Path) -> None:
    cells = invented(3, 12, (0, 6, 12), ("kid", "mum"), lower=0, upper=30)
    rows: list[list[object]] = [["Fall", "Psychologin", "Woche", "SCARED Kind", "SCARED Mutter"]]
    for child in range(12):
        for week in (0, 6, 12):
            ratings = [shown(cells[child, week, who]) for who in ("kid", "mum")]
            rows.append([child + 1, f"Groß{child // 2}", week, *ratings])
    write_csv(path, rows, delimiter="\t", encoding="utf-16")


def count_unicode_text(path: Path) -> Counts:
    rows = read_csv(path, delimiter="\t", encoding="utf-16")
    ratings = {"Kind": ["SCARED Kind"], "Mutter": ["SCARED Mutter"]}
    return count(rows, ratings, child="Fall", therapist="Psychologin")


# -- csv with Excel's line sep=; and words for missing ratings --


def make_separator_line(path: Path) -> None:
    cells = invented(4, 16, (1, 2, 3), ("c", "p"), lower=1, upper=5, step=0.2)
    lines = ["sep=;", "Code;Beh_Nr;Sitzung;TASC_c;TASC_p;Geschlecht"]
    for child in range(16):
        for session in (1, 2, 3):
            ratings = [
                "k.A." if one is None else f"{one:.1f}".replace(".", ",")
                for one in (cells[child, session, who] for who in "cp")
            ]
            identity = [f"{child + 1:03d}", f"B{child // 4}", str(session)]
            lines.append(";".join([*identity, *ratings, "wm"[child % 2]]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def count_separator_line(path: Path) -> Counts:
    rows = read_csv(path, delimiter=";", skip=1)
    ratings = {"child": ["TASC_c"], "parent": ["TASC_p"]}
    return count(rows, ratings, child="Code", therapist="Beh_Nr", absent=("k.A.",))


# -- parquet: a row per rating --


def make_parquet(path: Path) -> None:
    people = ("youth", "parent", "clinician")
    cells = invented(5, 20, (0, 4, 8, 16), people, lower=0, upper=100)
    rows = [
        {
            "client": f"C{child:03d}",
            "provider": f"P{child // 4}",
            "week": week,
            "respondent": who,
            "total_score": rating,
            "site": "north" if child < 12 else "south",
        }
        for (child, week, who), rating in cells.items()
        if rating is not None
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


def count_parquet(path: Path) -> Counts:
    rows = pq.read_table(path).to_pylist()
    given: dict[str, list[float]] = {}
    for row in rows:
        given.setdefault(row["respondent"], []).append(row["total_score"])
    return Counts(
        children=len({row["client"] for row in rows}),
        therapists=len({row["provider"] for row in rows}),
        ratings={who: (len(values), sum(values)) for who, values in given.items()},
    )


# -- csv with single items --


def make_items(path: Path) -> None:
    draw = random.Random(6)
    names = [f"srs_{who}_{item}" for who in ("child", "parent") for item in range(1, 7)]
    rows: list[list[object]] = [["family_id", "ther", "month", *names]]
    for child in range(14):
        level = draw.gauss(2.6, 0.5)
        for month in (2, 4, 6):
            answers: list[object] = []
            for _ in ("child", "parent"):
                there = child == 0 or draw.random() > 0.15
                given = [min(max(round(draw.gauss(level, 0.7)), 1), 4) for _ in range(6)]
                answers += given if there else [""] * 6
            rows.append([child + 1, f"T{child // 3}", month, *answers])
    rows[1][3], rows[1][4] = 1, 4  # somebody gave the lowest and the highest answer
    write_csv(path, rows)


def count_items(path: Path) -> Counts:
    rows = read_csv(path)
    for row in rows:
        for who in ("child", "parent"):
            answers = [number(row[f"srs_{who}_{item}"]) for item in range(1, 7)]
            row[who] = None if None in answers else sum(one for one in answers if one is not None)
    ratings = {"child": ["child"], "parent": ["parent"]}
    return count(rows, ratings, child="family_id", therapist="ther")


# -- csv that says who is in treatment --


def make_in_treatment(path: Path) -> None:
    cells = invented(7, 24, (1, 2, 3, 4), ("child", "caregiver"), lower=12, upper=48)
    draw = random.Random(77)
    rows: list[list[object]] = [
        ["child_id", "therapist_id", "month", "in_treatment", "tasc_child", "tasc_caregiver", "iq"]
    ]
    for child in range(24):
        last = 4 if child == 0 else draw.choice([1, 2, 3, 4, 4])
        for month in (1, 2, 3, 4):
            here = month <= last
            ratings = [
                shown(cells[child, month, who]) if here else "" for who in ("child", "caregiver")
            ]
            iq = 999 if child in (5, 9) else 85 + 3 * (child % 11)
            rows.append([child + 1, f"T{child // 3}", month, int(here), *ratings, iq])
    write_csv(path, rows)


def count_in_treatment(path: Path) -> Counts:
    rows = read_csv(path)
    ratings = {"child": ["tasc_child"], "caregiver": ["tasc_caregiver"]}
    return count(rows, ratings, child="child_id", therapist="therapist_id")


# -- Excel with clinics, and what describes therapists and clinics --


def make_clinics(path: Path) -> None:
    cells = invented(8, 30, (0, 3, 6), ("C", "M", "F"), lower=0, upper=40)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Daten"
    sheet.append(
        [
            "Kind",
            "Therapeutin",
            "Klinik",
            "Monat",
            "ORS_C",
            "ORS_M",
            "ORS_F",
            "years_trained",
            "beds",
        ]
    )
    for child in range(30):
        therapist, clinic = child // 3, child // 9
        for month in (0, 3, 6):
            ratings = [cells[child, month, who] for who in "CMF"]
            described = [2 + therapist * 5 % 7 + therapist, 20 + 15 * clinic]
            sheet.append(
                [child + 1, f"Th{therapist:02d}", f"Haus {clinic}", month, *ratings, *described]
            )
    book.save(path)


def count_clinics(path: Path) -> Counts:
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    ratings = {"child": ["ORS_C"], "mother": ["ORS_M"], "father": ["ORS_F"]}
    return count(rows, ratings, child="Kind", therapist="Therapeutin")


# -- csv with German dates --


def make_german_dates(path: Path) -> None:
    draw = random.Random(9)
    rows: list[list[object]] = [["Klient", "Behandler", "Datum", "ORS_Klient", "ORS_Behandler"]]
    for child in range(15):
        day = datetime.date(2024, 1, 8) + datetime.timedelta(days=draw.randrange(100))
        for visit in range(draw.randrange(2, 6)):
            ratings = [
                shown(float(draw.randrange(10, 41))) if visit == 0 or draw.random() > 0.1 else ""
                for _ in range(2)
            ]
            rows.append([f"P{child:02d}", f"B{child // 3}", f"{day:%d.%m.%Y}", *ratings])
            day += datetime.timedelta(days=draw.randrange(6, 30))
    write_csv(path, rows, delimiter=";")


def count_german_dates(path: Path) -> Counts:
    rows = read_csv(path, delimiter=";")
    ratings = {"Klient": ["ORS_Klient"], "Behandler": ["ORS_Behandler"]}
    return count(rows, ratings, child="Klient", therapist="Behandler")


# -- csv wide over time, the wave first in the names --


def make_waves_first(path: Path) -> None:
    cells = invented(10, 20, ("T0", "T1", "T2"), ("c", "p"), lower=12, upper=84)
    draw = random.Random(10)
    header = ["ID", "clinician", "sex"]
    for wave in ("T0", "T1", "T2"):
        header += [f"{wave}_wai_c", f"{wave}_wai_p", f"{wave}_stress"]
    rows: list[list[object]] = [header]
    for child in range(20):
        row: list[object] = [f"A{child + 1:03d}", f"Dr {child // 4}", "fm"[child % 2]]
        for wave in ("T0", "T1", "T2"):
            row += [shown(cells[child, wave, who], missing="-99") for who in "cp"]
            row.append(draw.randrange(0, 11))
        rows.append(row)
    write_csv(path, rows)


def count_waves_first(path: Path) -> Counts:
    ratings = {
        who: [f"{wave}_wai_{letter}" for wave in ("T0", "T1", "T2")]
        for who, letter in (("child", "c"), ("parent", "p"))
    }
    return count(read_csv(path), ratings, child="ID", therapist="clinician", absent=("-99",))


# -- csv of an old Mac --


def make_mac(path: Path) -> None:
    cells = invented(11, 12, (1, 6), ("k", "m"), lower=6, upper=30)
    rows: list[list[object]] = [["Familie", "Ärztin", "Monat", "Bündnis_Kind", "Bündnis_Mutter"]]
    for child in range(12):
        for month in (1, 6):
            ratings = [shown(cells[child, month, who]) for who in "km"]
            name = ("Müller", "Größe", "Jäger")[child // 4]
            rows.append([f"Fam {child + 1}", name, month, *ratings])
    write_csv(path, rows, delimiter=";", encoding="mac_roman")


def count_mac(path: Path) -> Counts:
    rows = read_csv(path, delimiter=";", encoding="mac_roman")
    ratings = {"Kind": ["Bündnis_Kind"], "Mutter": ["Bündnis_Mutter"]}
    return count(rows, ratings, child="Familie", therapist="Ärztin")


# -- csv reshaped in R --


def make_reshaped(path: Path) -> None:
    cells = invented(12, 22, (1, 2, 3), ("mother", "father"), lower=0, upper=42)
    names = [f"cbcl.{who}.{wave}" for wave in (1, 2, 3) for who in ("mother", "father")]
    rows: list[list[object]] = [["subject", "school", *names, "age"]]
    for child in range(22):
        ratings = [
            shown(cells[child, wave, who], missing="NA")
            for wave in (1, 2, 3)
            for who in ("mother", "father")
        ]
        rows.append([child + 1, f"S{child // 6}", *ratings, 6 + child % 9])
    write_csv(path, rows)


def count_reshaped(path: Path) -> Counts:
    ratings = {who: [f"cbcl.{who}.{wave}" for wave in (1, 2, 3)] for who in ("mother", "father")}
    return count(read_csv(path), ratings, child="subject", absent=("NA",))


# -- Qualtrics: questions and import ids below the names --


def make_qualtrics(path: Path) -> None:
    cells = invented(13, 16, (1, 2), ("self", "partner"), lower=1, upper=9)
    names = ["ResponseId", "ParticipantID", "wave", "css_self", "css_partner"]
    asked = ["Response ID", "Your code", "Survey", "How satisfied are you?", "And your partner?"]
    imported = [f'{{"ImportId":"QID{at}"}}' for at in range(5)]
    rows: list[list[object]] = [names, asked, imported]
    for child in range(16):
        for wave in (1, 2):
            ratings = [shown(cells[child, wave, who]) for who in ("self", "partner")]
            rows.append([f"R_{child * 7 + wave:04d}x", f"V{child:02d}", wave, *ratings])
    write_csv(path, rows)


def count_qualtrics(path: Path) -> Counts:
    ratings = {"self": ["css_self"], "partner": ["css_partner"]}
    return count(read_csv(path)[2:], ratings, child="ParticipantID")


# -- SPSS, wide over time, the months in the names --


def make_months(path: Path) -> None:
    months = (3, 6, 12)
    cells = invented(14, 24, months, ("p", "t"), lower=10, upper=50)
    rows = []
    for child in range(24):
        row: dict[str, object] = {"patnr": child + 1.0, "th": child // 4 + 1.0}
        for who in "pt":
            for month in months:
                rating = cells[child, month, who]
                row[f"haq_{who}_m{month}"] = 999.0 if rating is None else rating
        rows.append(row | {"grp": child % 3 + 1.0})
    pyreadstat.write_sav(
        pd.DataFrame(rows),
        str(path),
        column_labels={"haq_p_m3": "Helping alliance 10-50, patient"},
        variable_value_labels={"grp": {1.0: "CBT", 2.0: "PDT", 3.0: "waiting"}},
    )


def count_months(path: Path) -> Counts:
    frame, _ = pyreadstat.read_sav(str(path))
    ratings = {
        who: [f"haq_{letter}_m{month}" for month in (3, 6, 12)]
        for who, letter in (("patient", "p"), ("therapist", "t"))
    }
    rows = frame.to_dict("records")
    return count(rows, ratings, child="patnr", therapist="th", absent=("999.0",))


# -- csv in which some children change their therapist --


def make_changed_therapist(path: Path) -> None:
    cells = invented(15, 18, (0, 8, 16), ("child", "parent"), lower=0, upper=20)
    rows: list[list[object]] = [["pid", "therapist", "week", "ces_child", "ces_parent"]]
    for child in range(18):
        for week in (0, 8, 16):
            changed = child in (4, 11) and week == 16
            ratings = [shown(cells[child, week, who]) for who in ("child", "parent")]
            rows.append([f"{child + 1:03d}", f"T{child // 3 + 10 * changed}", week, *ratings])
    write_csv(path, rows)


def count_changed_therapist(path: Path) -> Counts:
    return count(read_csv(path), {"child": ["ces_child"], "parent": ["ces_parent"]}, child="pid")


# -- Excel with an average and a note below the table --


def make_notes_below(path: Path) -> None:
    cells = invented(16, 12, (1, 4), ("c", "p"), lower=12, upper=48)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["ID", "Therapist", "Month", "TASC_c", "TASC_p"])
    for child in range(12):
        for month in (1, 4):
            ratings = [cells[child, month, who] for who in "cp"]
            sheet.append([child + 1, f"T{child // 3}", month, *ratings])
    sheet.append([])
    sheet.append(["Mean", None, None, 31.5, 30.2])
    sheet.append(["n.b. entered twice"])
    book.save(path)


def count_notes_below(path: Path) -> Counts:
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:25]]
    return count(
        rows, {"child": ["TASC_c"], "parent": ["TASC_p"]}, child="ID", therapist="Therapist"
    )


# -- Excel with two rows of names, of which no cells are merged --


def make_not_merged(path: Path) -> None:
    cells = invented(17, 14, ("Prä", "Post"), ("Kind", "Mutter"), lower=1, upper=5)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Code", "Therapeutin", "Prä", None, "Post", None])
    sheet.append([None, None, "Kind", "Mutter", "Kind", "Mutter"])
    for child in range(14):
        ratings = [
            cells[child, wave, who] for wave in ("Prä", "Post") for who in ("Kind", "Mutter")
        ]
        sheet.append([f"K{child}", f"A{child // 3}", *ratings])
    book.save(path)


def count_not_merged(path: Path) -> Counts:
    body = list(openpyxl.load_workbook(path).active.iter_rows(min_row=3, values_only=True))
    ratings = {
        who: [row[at] for row in body for at in columns if row[at] is not None]
        for who, columns in {"Kind": (2, 4), "Mutter": (3, 5)}.items()
    }
    return Counts(
        children=len({row[0] for row in body}),
        therapists=len({row[1] for row in body}),
        ratings={who: (len(values), float(sum(values))) for who, values in ratings.items()},
    )


# -- csv with single items at two waves, a row per child --


def make_items_over_time(path: Path) -> None:
    draw = random.Random(19)
    stems = [f"ces_{who}_t{wave}" for who in "cp" for wave in (1, 2)]
    names = [f"{stem}_{item}" for stem in stems for item in range(1, 6)]
    rows: list[list[object]] = [["id", *names]]
    for child in range(16):
        row: list[object] = [child + 1]
        for _ in stems:
            there = child == 0 or draw.random() > 0.15
            row += [draw.randrange(1, 5) for _ in range(5)] if there else [""] * 5
        rows.append(row)
    rows[1][1:3] = [1, 4]
    write_csv(path, rows)


def count_items_over_time(path: Path) -> Counts:
    rows = read_csv(path)
    for row in rows:
        for stem in [f"ces_{who}_t{wave}" for who in "cp" for wave in (1, 2)]:
            answers = [number(row[f"{stem}_{item}"]) for item in range(1, 6)]
            row[stem] = None if None in answers else sum(one for one in answers if one is not None)
    ratings = {"child": ["ces_c_t1", "ces_c_t2"], "parent": ["ces_p_t1", "ces_p_t2"]}
    return count(rows, ratings, child="id")


# -- csv, a row per child, and for each wave whether it was in treatment --


def make_active_over_time(path: Path) -> None:
    waves, draw = ("t1", "t2", "t3"), random.Random(20)
    cells = invented(20, 18, waves, ("c", "p"), lower=12, upper=48)
    stems = [f"{stem}_{wave}" for stem in ("active", "wai_c", "wai_p") for wave in waves]
    rows: list[list[object]] = [["id", "ther", *stems]]
    for child in range(18):
        last = 3 if child == 0 else draw.choice([1, 2, 3, 3])
        here = [int(at < last) for at in range(3)]
        ratings = [
            shown(cells[child, wave, who]) if stays else ""
            for who in ("c", "p")
            for wave, stays in zip(waves, here, strict=True)
        ]
        rows.append([child + 1, f"T{child // 3}", *here, *ratings])
    write_csv(path, rows)


def count_active_over_time(path: Path) -> Counts:
    ratings = {
        who: [f"wai_{letter}_t{wave}" for wave in (1, 2, 3)]
        for who, letter in (("child", "c"), ("parent", "p"))
    }
    return count(read_csv(path), ratings, child="id", therapist="ther")


# -- csv, a row per child, with the last month in treatment --


def make_last_month(path: Path) -> None:
    months, draw = (3, 6, 12), random.Random(21)
    cells = invented(21, 18, months, ("c", "p"), lower=12, upper=48)
    stems = [f"tasc_{who}_m{month}" for who in "cp" for month in months]
    rows: list[list[object]] = [["id", "last_month", *stems]]
    for child in range(18):
        last = 12 if child == 0 else draw.choice([3, 6, 12, 12])
        ratings = [
            shown(cells[child, month, who]) if month <= last else ""
            for who in "cp"
            for month in months
        ]
        rows.append([child + 1, last, *ratings])
    write_csv(path, rows)


def count_last_month(path: Path) -> Counts:
    ratings = {
        who: [f"tasc_{letter}_m{month}" for month in (3, 6, 12)]
        for who, letter in (("child", "c"), ("parent", "p"))
    }
    return count(read_csv(path), ratings, child="id")


# -- csv with one informant, at weeks that double --


def make_repeated_forms(path: Path) -> None:
    """REDCap with a form that is repeated: a row for the record, and one for each session."""
    cells = invented(77, 20, range(5), ("c", "t"), lower=0, upper=40, step=0.5)
    form = ("session_week", "srs_client", "srs_therapist")
    own = ("age", "therapist_id", "enrol_complete")
    heads = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *own, *form)
    rows: list[Sequence[object]] = [heads]
    for child in range(20):
        rows.append((child + 1, "", "", 8 + child % 9, f"T{child // 4 + 1:02d}", 2, "", "", ""))
        for at in range(1 + child % 5 if child else 5):
            given = [shown(cells[child, at, who]) for who in ("c", "t")]
            rows.append((child + 1, "session", at + 1, "", "", "", 2 * (at + 1), *given))
    write_csv(path, rows)


def count_repeated_forms(path: Path) -> Counts:
    rows, therapist = read_csv(path), {}
    for row in rows:
        if not row["redcap_repeat_instrument"]:
            therapist[row["record_id"]] = row["therapist_id"]
    for row in rows:
        row["therapist_id"] = therapist[row["record_id"]]
    ratings = {"client": ["srs_client"], "therapist": ["srs_therapist"]}
    return count(rows, ratings, child="record_id", therapist="therapist_id")


def make_refused(path: Path) -> None:
    """Stata, with .a and .b for ratings that were refused or not asked for."""
    cells = invented(78, 24, range(4), ("p", "t"), lower=12, upper=84)
    rows = []
    for child in range(24):
        for at in range(4):
            row: dict[str, object] = {"pid": child + 1, "site": 1 + child // 8, "visit": at + 1}
            row["arm"] = child % 2
            for who in ("p", "t"):
                rating = cells[child, at, who]
                row[f"wai_{who}"] = ("a", "b")[at % 2] if rating is None else int(rating)
            rows.append(row)
    codes = {"a": "refused", "b": "not asked"}
    pyreadstat.write_dta(
        pd.DataFrame(rows),
        str(path),
        column_labels=["Patient", "Site", "Visit", "Arm", "WAI patient (12-84)", "WAI therapist"],
        missing_user_values={"wai_p": ["a", "b"], "wai_t": ["a", "b"]},
        variable_value_labels={
            "arm": {0: "control", 1: "active"},
            "visit": {1: "week 1", 2: "week 2", 3: "week 4", 4: "week 6"},
            "wai_p": codes,
            "wai_t": codes,
        },
    )


def count_refused(path: Path) -> Counts:
    frame, _ = pyreadstat.read_dta(str(path))
    ratings = {"patient": ["wai_p"], "therapist": ["wai_t"]}
    return count(frame.to_dict("records"), ratings, child="pid")


def make_one_informant(path: Path) -> None:
    cells = invented(18, 20, (0, 2, 4, 8), ("patient",), lower=0, upper=27)
    rows: list[list[object]] = [["patient_id", "therapist_id", "week", "phq9"]]
    for child in range(20):
        for week in (0, 2, 4, 8):
            rows.append([child + 1, child // 5 + 1, week, shown(cells[child, week, "patient"])])
    write_csv(path, rows)


def count_one_informant(path: Path) -> Counts:
    rows = read_csv(path)
    return count(rows, {"phq9": ["phq9"]}, child="patient_id", therapist="therapist_id")


KEPT: tuple[Kept, ...] = (
    Kept(
        name="two_rows.xlsx",
        make=make_two_rows,
        count=count_two_rows,
        asked=("pre, post, fu: say which time each is",),
        said=("header_row = [3, 4]", "Alliance in the day clinic"),
        decided=(
            ("lower = 16", "lower = 7"),
            ("{ pre = 0, post = 1, fu = 2 }", "{ pre = 0, post = 6, fu = 12 }"),
        ),
    ),
    Kept(
        name="sessions.dta",
        make=make_stata,
        count=count_stata,
        said=("lower = 1 ", "as its labels say", "step = 0.5", "sex: labels female, male"),
    ),
    Kept(
        name="unicode.txt",
        make=make_unicode_text,
        count=count_unicode_text,
        asked=("are the lowest and highest ratings given",),
        said=('therapist = "Psychologin"', 'unit = "weeks"'),
    ),
    Kept(
        name="separator.csv",
        make=make_separator_line,
        count=count_separator_line,
        said=('missing = ["k.A."]', "step = 0.2", 'unit = "sessions"', 'decimal = ","'),
    ),
    Kept(
        name="long.parquet",
        make=make_parquet,
        count=count_parquet,
        said=('layout = "long"', 'informant = "respondent"', 'clinic = "site"'),
    ),
    Kept(
        name="items.csv",
        make=make_items,
        count=count_items,
        asked=("[items] reverse",),
        said=("lower = 6 ", "upper = 24 ", 'names = ["1", "2", "3", "4", "5", "6"]'),
    ),
    Kept(
        name="in_treatment.csv",
        make=make_in_treatment,
        count=count_in_treatment,
        said=('in_treatment = "in_treatment"', "999 stands 8 times (iq)"),
    ),
    Kept(
        name="clinics.xlsx",
        make=make_clinics,
        count=count_clinics,
        said=(
            'clinic = "Klinik"',
            'therapist = ["years_trained"]',
            'clinic = ["beds"]',
        ),
    ),
    Kept(
        name="german_dates.csv",
        make=make_german_dates,
        count=count_german_dates,
        said=("dates = true", 'unit = "weeks"'),
    ),
    Kept(
        name="waves_first.csv",
        make=make_waves_first,
        count=count_waves_first,
        asked=("T0, T1, T2: say which time each is",),
        said=("missing = [-99]", 'occasion = ["{time}_stress"]', 'child = "{time}_wai_c"'),
        decided=(("{ T0 = 0, T1 = 1, T2 = 2 }", "{ T0 = 0, T1 = 4, T2 = 12 }"),),
    ),
    Kept(
        name="mac.csv",
        make=make_mac,
        count=count_mac,
        said=('encoding = "mac_roman"', 'therapist = "Ärztin"'),
    ),
    Kept(
        name="reshaped.csv",
        make=make_reshaped,
        count=count_reshaped,
        said=('layout = "wide_over_time"', 'mother = "cbcl.mother.{time}"', 'clinic = "school"'),
    ),
    Kept(
        name="qualtrics.csv",
        make=make_qualtrics,
        count=count_qualtrics,
        said=("Rows 2 and 3 are Qualtrics's", "How satisfied are you?"),
    ),
    Kept(
        name="months.sav",
        make=make_months,
        count=count_months,
        said=("missing = [999]", 'unit = "months"', "grp: labels CBT, PDT, waiting", "upper = 50"),
    ),
    Kept(
        name="notes_below.xlsx",
        make=make_notes_below,
        count=count_notes_below,
        said=("from row 27 on, stands what is no rating (Mean; n.b. entered twice): not read",),
    ),
    Kept(
        name="not_merged.xlsx",
        make=make_not_merged,
        count=count_not_merged,
        said=("header_row = [1, 2]", 'Mutter = "{time}_Mutter"'),
    ),
    Kept(
        name="items_over_time.csv",
        make=make_items_over_time,
        count=count_items_over_time,
        asked=("[items] reverse", "t1, t2: say which time each is"),
        said=('child = "ces_c_{time}"', 'names = ["1", "2", "3", "4", "5"]', "upper = 20 "),
    ),
    Kept(
        name="active_over_time.csv",
        make=make_active_over_time,
        count=count_active_over_time,
        asked=("t1, t2, t3: say which time each is",),
        said=('in_treatment = "active_{time}"', 'child = "wai_c_{time}"'),
    ),
    Kept(
        name="last_month.csv",
        make=make_last_month,
        count=count_last_month,
        said=('last_occasion = "last_month"', 'unit = "months"'),
    ),
    Kept(
        name="one_informant.csv",
        make=make_one_informant,
        count=count_one_informant,
        asked=("phq9 was taken as the ratings; say who gave them",),
        said=('time = "week"',),
    ),
    Kept(
        name="repeated_forms.csv",
        make=make_repeated_forms,
        count=count_repeated_forms,
        said=("20 rows are of a record", 'time = "session_week"', 'unit = "weeks"', '["age"]'),
        decided=(("lower = 1.5 ", "lower = 0 "),),
    ),
    Kept(
        name="refused.dta",
        make=make_refused,
        count=count_refused,
        said=('"week 4" = 4', "upper = 84", "arm: labels control, active"),
    ),
    Kept(
        name="changed_therapist.csv",
        make=make_changed_therapist,
        count=count_changed_therapist,
        asked=("2 children have more than one",),
    ),
)

if __name__ == "__main__":
    for one in KEPT:
        one.make(Path(sys.argv[1]) / one.name)
