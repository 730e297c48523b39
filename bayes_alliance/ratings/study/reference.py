"""The reference of the study file: every key, an example, and what it means.

This is the one place where keys are explained to users: the command line prints it and the page of
the documentation holds it.
"""

import textwrap
from dataclasses import dataclass

WIDTH, AT = 100, 38


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A key of the study file.

    Parameters
    ----------
    table : str
        That it stands in; empty for the file itself.
    key : str
        Label or name of the user's own where the table has no keys of ours.
    example : str
        A value as TOML writes it.
    aside : bool
        Whether it is printed as a comment: it cannot stand beside the others.
    """

    table: str
    key: str
    example: str
    says: str
    aside: bool = False


def _of(table: str, *entries: tuple[str, str, str], aside: bool = False) -> tuple[Entry, ...]:
    return tuple(
        Entry(table=table, key=key, example=example, says=says, aside=aside)
        for key, example, says in entries
    )


TABLES_SAY = {
    "file": "optional: how the ratings file is written, where it is not as usual",
    "file.missing_in": "codes of single columns, beside those of all",
    "columns": "names of columns",
    "informants": "who rates: label = column (wide); label = value or value label (long); the "
    "order is kept",
    "planned": "optional: times at which an informant was to rate, if not at all; at others its "
    "rating is not missing",
    "scale": "the possible range of a rating; one for all, or a table each: [scale.child]",
    "time": "optional: the time axis",
    "items": "optional: the items of which ratings are totals; [scale] is that of the total",
    "treatment": "optional: who was in treatment when; without it every absent rating is missing",
    "covariates": "optional: columns, by the level they describe",
    "covariate.dx": "optional, for each covariate: what the ratings file alone does not say",
    "words": "optional: what reports call whom, as of adults or couples",
    "words.informants": "names of informants for print",
    "words.covariates": "names of covariates for print",
}

ENTRIES = (
    *_of(
        "",
        (
            "layout",
            '"wide"',
            '"wide": a row per child and time, a column per informant. "long": a row per rating. '
            '"wide_over_time": a row per child, a column per informant and time',
        ),
        ("title", '"Alliance in usual care"', "optional: what reports call the data"),
        ("synthetic", "true", "optional: the data are made up, and everything says so"),
    ),
    *_of(
        "file",
        (
            "sheet",
            '"ratings"',
            "Excel: its name, or its number counted from 1; needed if several sheets hold tables",
        ),
        (
            "header_row",
            "3",
            "text, Excel: where the names of columns stand, counted from 1; [3, 4]: two rows, "
            'joined by "_", merged cells filled. Not given: the first row that is not empty',
        ),
        (
            "missing",
            '[-9, 99, "#NULL!", "k.A."]',
            "codes of missing values, beside blanks; not in the columns of children, times and "
            "informants",
        ),
        (
            "decimal",
            '","',
            'what separates decimals in text; not given: "." and, in files separated by '
            'semicolons, "," too',
        ),
        (
            "encoding",
            '"cp1252"',
            "text, SPSS: a name that Python knows; not given: UTF-8, with or without its mark",
        ),
        (
            "duplicates",
            '"drop"',
            'rows like an earlier one in every cell: "error" (default) or "drop"; rows that '
            "contradict each other are always errors",
        ),
    ),
    *_of("file.missing_in", ("iq", "[999]", "column = codes")),
    *_of(
        "columns",
        ("child", '"child_id"', "who is rated: a child, patient, couple"),
        (
            "therapist",
            '"therapist_id"',
            "optional; where it is blank, that of the child's other rows holds",
        ),
        ("clinic", '"clinic_id"', "optional, likewise"),
        (
            "no_therapist",
            '"own"',
            "needed if a child has no therapist in any row (a waiting list): each such child "
            "stands alone and counts as without a therapist",
        ),
        ("time", '"month"', "not given: one occasion, at the origin; not in wide_over_time"),
    ),
    *_of(
        "columns",
        ("entry", '"intake"', "with dates: from which date times are counted"),
        ("informant", '"who"', "long layout: who rated"),
        ("rating", '"score"', "long layout: the rating"),
        aside=True,
    ),
    *_of(
        "informants",
        ("child", '"tasc_c"', 'wide_over_time: "tasc_c_t{time}", whatever stands for the time'),
        ("therapist_of_child", '"tasc_t"', ""),
    ),
    *_of("planned", ("therapist_of_child", "[4, 12]", "label = times")),
    *_of(
        "scale",
        ("lower", "12", "lowest possible rating"),
        ("upper", "48", "highest possible rating"),
        (
            "step",
            "1",
            "optional: smallest step of a rating, 0 if it has none; not given: 1 if all ratings "
            "are whole",
        ),
    ),
    *_of(
        "scale",
        ("center", "0.0", "instead, without bounds: where a typical rating lies"),
        ("spread", "1.0", "and how far ratings spread, known before the data"),
        aside=True,
    ),
    *_of(
        "time",
        ("origin", "4", "where the level is read"),
        ("per", "4", "a slope is the change per 4 of the time column's units"),
        ("unit", '"months"', "its name; of dates one of days, weeks, months (default), years"),
        ("occasions", "[4, 8, 12]", "optional: all planned times; others are then an error"),
        (
            "labels",
            "{ T1 = 4, T2 = 8, T3 = 12 }",
            "optional: what is written, a code or its value label, and the time it means; also in "
            "the place of {time}",
        ),
    ),
    *_of(
        "time",
        (
            "dates",
            "true",
            "the time column holds dates; times are counted from the child's first, or from "
            "[columns] entry",
        ),
        aside=True,
    ),
    *_of(
        "items",
        ("names", '["1", "2", "3"]', "columns tasc_c_1, tasc_c_2, ...; in long layout 1, 2, ..."),
        ("lower", "1", "lowest response; responses are whole numbers"),
        ("upper", "4", "highest response"),
        ("reverse", '["2"]', "optional: items turned around before they are summed"),
        ("column", '"{informant}_{item}"', "optional: how the columns of items are named"),
        ("prorate", "0.8", "optional: share of the items that a total needs at the least"),
        aside=True,
    ),
    *_of(
        "treatment",
        ("in_treatment", '"active"', "a column of 0 and 1, in every row"),
        (
            "rated_after_leaving",
            '"drop"',
            'ratings at times out of treatment: "drop" leaves them out; "keep" if they are about '
            "the time in treatment; not given: they are an error",
        ),
    ),
    *_of(
        "treatment",
        (
            "last_occasion",
            '"last_month"',
            "instead: a column with the last time in treatment, the same in a child's rows",
        ),
        aside=True,
    ),
    *_of(
        "covariates",
        (
            "child",
            '["female", "anxiety", "dx"]',
            "caregivers' too; the same in a child's rows",
        ),
        ("therapist", '["experience"]', "the same in all rows of a therapist"),
        ("clinic", '["rural"]', "the same in all rows of a clinic"),
        (
            "occasion",
            '["stress"]',
            'vary over time; wide_over_time: "stress_t{time}", then called stress_t',
        ),
    ),
    *_of(
        "covariate.dx",
        (
            "type",
            '"categorical"',
            '"numeric", "binary" or "categorical"; not given: what its values and labels show',
        ),
        ("unit", '""', 'of a numeric one, "years"'),
        ("reference", '"ADHD"', "category that others are compared with, by label or code"),
        (
            "labels",
            '{ 1 = "ADHD", 2 = "anxiety" }',
            "what codes stand for, in the order shown; those of SPSS and Stata files are read",
        ),
    ),
    *_of(
        "words",
        ("child", '"patient"', "who is rated"),
        ("children", '"patients"', "not given: the word for one, and an s; so of the others"),
        ("therapist", '"counsellor"', ""),
        ("therapists", '"counsellors"', ""),
        ("clinic", '"site"', ""),
        ("clinics", '"sites"', ""),
        ("family", '"couple"', "who leaves; not given: as the child"),
        ("families", '"couples"', ""),
        ("left", '"left the study"', "what somebody did who left"),
    ),
    *_of("words.informants", ("therapist_of_child", '"Therapist (of child)"', "label = name")),
    *_of("words.covariates", ("dx", '"Diagnosis"', "covariate = name")),
)


def reference() -> str:
    """Every key of the study file with an example and what it means, as a study file."""
    lines = []
    table = ""
    for entry in ENTRIES:
        mark = "# " if all(one.aside for one in ENTRIES if one.table == entry.table) else ""
        if entry.table != table:
            table = entry.table
            lines += ["", *_beside(f"{mark}[{table}]", TABLES_SAY[table])]
        aside = "# " if entry.aside else ""
        lines += _beside(f"{aside}{entry.key} = {entry.example}", entry.says)
    return "\n".join(lines) + "\n"


def _beside(stated: str, says: str) -> list[str]:
    """A line of TOML with a comment beside it, which goes on below."""
    if not says:
        return [stated]
    parts = textwrap.wrap(says, WIDTH - AT - 2)
    starts = [stated, *[""] * (len(parts) - 1)]
    if len(stated) >= AT:
        return [stated, *(f"{'':{AT}}# {part}" for part in parts)]
    return [f"{start:{AT}}# {part}" for start, part in zip(starts, parts, strict=True)]
