"""What must hold of whatever was read, computed from plain cells by nothing of the package."""

import math
from dataclasses import dataclass

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import to_texts
from bayes_alliance.ratings.ratings import from_texts
from tests.fuzz.sheets import Key, Sheet, Truth
from tests.ratings.tiny import assert_same_ratings

BLANK = ("", ".", "na", "n/a", "#n/a", "nan", "<na>", "null")
LINKED = ba.load_model("informant_level")
WITHOUT_THERAPISTS = ba.without(LINKED, "therapist")


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The ratings that plain cells hold.

    Parameters
    ----------
    rating : mapping of (child, time, informant) to float
        Totals; those of items are not computed here.
    n_answers : int
        Cells with a rating or an answer to an item.
    answers : float
        Their sum.
    wrong : bool
        Whether a cell is neither blank nor a number on its scale, or an occasion stands twice.
    """

    rating: dict[Key, float]
    n_answers: int
    answers: float
    wrong: bool


def of_cells(made: Sheet, study: dict) -> Cells:
    """Read the rating cells of a sheet as a person would; its study file is one that is taken."""
    header = [" ".join(name.split()) for name in made.header]
    columns, informants = study["columns"], study["informants"]
    used = _used(study)
    rows = [
        row
        for row in made.rows
        if any(
            cell.strip().casefold() not in BLANK
            for name, cell in zip(header, row, strict=False)
            if name in used
        )
    ]
    rating: dict[Key, float] = {}
    given: list[float] = []
    wrong = False
    for row in rows:
        cell = {name: at for at, name in reversed(list(enumerate(header)))}

        def stands(name: str, row: tuple[str, ...] = row, cell: dict[str, int] = cell) -> str:
            at = cell[" ".join(str(name).split())]
            return row[at].strip() if at < len(row) else ""

        child = stands(columns["child"])
        time = float(study.get("time", {}).get("origin", 0.0))
        if "time" in columns:
            number = _number(stands(columns["time"]), made)
            wrong |= number is None or math.isnan(number)
            time = number or 0.0
        wrong |= child.casefold() in BLANK
        for label, value in informants.items():
            if study["layout"] == "long" and stands(columns["informant"]) != str(value):
                continue
            names = _columns_of(study, str(value))
            own = study["scale"].get(label)  # an informant may be called "lower", too
            scale = own if isinstance(own, dict) else study["scale"]
            if "items" in study:
                scale = study["items"]
            for name in names:
                number = _number(stands(name), made)
                if number is None:
                    continue
                wrong |= math.isnan(number) or ("items" in study and number % 1 != 0)
                wrong |= not scale.get("lower", -math.inf) <= number <= scale.get("upper", math.inf)
                given.append(number)
                if "items" not in study:
                    key = (child, time, label)
                    wrong |= key in rating
                    rating[key] = number
    return Cells(rating=rating, n_answers=len(given), answers=math.fsum(given), wrong=wrong)


def _used(study: dict) -> set[str]:
    """The columns that a study file names."""
    names = [*study["columns"].values(), *study.get("treatment", {}).values()]
    names += [name for listed in study.get("covariates", {}).values() for name in listed]
    for value in study["informants"].values():
        names += _columns_of(study, str(value))
    return {" ".join(str(name).split()) for name in names}


def _columns_of(study: dict, value: str) -> list[str]:
    """Where the ratings of an informant stand."""
    if "items" not in study:
        return [study["columns"]["rating"] if study["layout"] == "long" else value]
    usual = "{item}" if study["layout"] == "long" else "{informant}_{item}"
    pattern = study["items"].get("column", usual)
    return [
        "".join(
            {"{informant}": value, "{item}": str(item)}.get(part, part) for part in _parts(pattern)
        )
        for item in study["items"]["names"]
    ]


def _parts(pattern: str) -> list[str]:
    """A pattern cut at its two placeholders."""
    for mark in ("{informant}", "{item}"):
        if mark in pattern:
            before, after = pattern.split(mark, 1)
            return [*_parts(before), mark, *_parts(after)]
    return [pattern]


def _number(cell: str, made: Sheet) -> float | None:
    """The number of a cell; None if it is blank, NaN if it is no number."""
    if cell.casefold() in BLANK:
        return None
    whole, comma, part = cell.lstrip("+-").partition(",")
    if made.delimiter == ";" and comma and whole.isdigit() and part.isdigit():
        cell = cell.replace(",", ".")
    try:
        number = float(cell)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and "_" not in cell else math.nan


def agrees(ratings: Ratings, cells: Cells) -> None:
    """No rating is lost, invented, changed or somebody else's."""
    assert not cells.wrong
    items = [] if ratings.items is None else ratings.items.columns
    values = ratings.long[items or ["rating"]].to_numpy()
    known = values[values == values]
    assert known.size == cells.n_answers
    assert math.fsum(known) == cells.answers
    if not items:
        assert given(ratings) == cells.rating


def given(ratings: Ratings) -> dict[Key, float]:
    """The ratings that were read, by child, time and informant."""
    columns = ratings.observed[["child", "time", "informant", "rating"]]
    return {(c, t, i): r for c, t, i, r in columns.itertuples(index=False)}


def means(ratings: Ratings, truth: Truth) -> None:
    """Ratings are those that were made, with everything around them."""
    long = ratings.long[["child", "time", "informant", "status"]]
    assert {(c, t, i): s for c, t, i, s in long.itertuples(index=False)} == truth.status
    assert given(ratings) == truth.rating
    children = ratings.children
    assert len(children) == len(truth.above)
    for child, (therapist, clinic) in truth.above.items():
        assert (children.loc[child, "therapist"], children.loc[child, "clinic"]) == (
            therapist,
            clinic,
        )
        home = children.loc[child, "home"]
        assert ("" if home != home else home) == truth.home[child]


def holds_together(ratings: Ratings) -> None:
    """Whatever was read can be written and read again, seen, and designed for."""
    assert_same_ratings(from_texts(*to_texts(ratings)), ratings)
    n_given = int(ratings.long["rating"].notna().sum())
    # Both show the same sections, which are most of what a case costs.
    seen = repr(ratings) if n_given % 2 else ratings._repr_html_()
    assert f"{n_given:,} rating" in seen
    spec = LINKED if ratings.has_therapists else WITHOUT_THERAPISTS
    try:
        made = design(spec, ratings)
    except InputError as error:
        says_why(error)
        return
    assert int(made.present.sum()) == n_given
    assert math.isclose(made.y.sum(), ratings.long["rating"].sum(), rel_tol=1e-12, abs_tol=1e-9)


def says_why(error: InputError, *, last_row: int | None = None) -> None:
    """A refusal names places, with reasons, and is short enough to read."""
    assert error.problems
    assert len(str(error)) < 30_000
    assert "Traceback" not in str(error)
    for problem in error.problems:
        assert problem.where
        assert problem.message
        assert last_row is None or 0 <= problem.row <= last_row
