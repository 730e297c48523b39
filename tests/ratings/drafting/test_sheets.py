"""Where the names of columns stand."""

from bayes_alliance.ratings.drafting.grids import Grid
from bayes_alliance.ratings.drafting.sheets import candidates, header

NAMES = ["id", "month", "child", "mother"]
DATA = [["1", 0, 20, 21], ["1", 4, 22, None], ["2", 0, 30, 28]]


def test_names_stand_in_the_first_row_that_fills_the_columns():
    assert header([NAMES, *DATA]).rows == (1,)
    titles = [["Study North", None, None, None], ["exported", "12 March", None, None]]
    found = header([*titles, [None] * 4, NAMES, *DATA])
    assert found.rows == (4,)
    assert found.names == tuple(NAMES)


def test_two_rows_of_names_are_joined():
    upper = [None, "child", None, "mother", None]
    lower = ["id", "pre", "post", "pre", "post"]
    found = header([["Title", *[None] * 4], upper, lower, ["1", 1, 2, 3, 4], ["2", 2, 3, 4, 5]])
    assert found.rows == (2, 3)
    assert found.names == ("id", "child_pre", "child_post", "mother_pre", "mother_post")


def test_notes_below_the_data_are_found():
    def first_note(*below):
        return candidates([Grid(rows=[NAMES, *DATA, *DATA, *below])])[0].notes

    blank = [None] * 4
    assert first_note() == 0
    assert first_note(blank, blank) == 0
    assert first_note(blank, ["mean", None, 24, 26]) == 9
    assert first_note(["entered twice", None, None, None]) == 8
    # Another part of the table is no note.
    assert first_note(blank, *DATA) == 0


def test_text_is_no_table():
    assert header([["A codebook"], ["of nothing"]]) is None
    assert header([]) is None


def test_the_sheet_with_most_numbers_comes_first():
    codebook = [["Variable", "Meaning"], ["id", "number"], ["month", "since entry"]]
    grids = [
        Grid(name="book", rows=codebook),
        Grid(name="few", rows=[NAMES, *DATA[:1]]),
        Grid(name="many", rows=[NAMES, *DATA]),
        Grid(name="blank", rows=[]),
    ]
    assert [one.grid.name for one in candidates(grids)] == ["many", "few", "book"]
