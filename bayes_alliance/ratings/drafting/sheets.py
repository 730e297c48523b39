"""Which row of a sheet holds the names of columns, and which sheet holds the ratings.

Names are text, stand beside each other without gaps and differ; above them stand titles, below them
data. Two rows of names (a wave merged over several columns, informants below it) are joined.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bayes_alliance.ratings.drafting.grids import Cells, Grid
from bayes_alliance.ratings.reading.cells import DECIMAL_COMMA
from bayes_alliance.ratings.reading.file_table import joined_header, spread

N_ROWS_SEARCHED = 30
FILLED = 0.8  # share of the columns that a row of names fills


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where the names of columns stand.

    Parameters
    ----------
    rows : tuple of int
        One or two, counted from 1.
    """

    rows: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def first_below(self) -> int:
        """Position of the first row of data, counted from 0."""
        return self.rows[-1]


def header(rows: Cells) -> Header | None:
    """Find the names of columns; None where a sheet has no table."""
    filled = [at for at, row in enumerate(rows) if n_given(row) > 1]
    if len(filled) < 2:
        return None
    widths = sorted(n_given(rows[at]) for at in filled)
    enough = max(2, FILLED * widths[len(widths) // 2])
    for at in filled[:N_ROWS_SEARCHED]:
        below = next((one for one in filled if one > at), None)
        if below is None:
            return None
        if below == at + 1 and (joined := _joined(rows, at)):
            return Header(rows=(at + 1, at + 2), names=joined)
        names = _texts(rows[at])
        given = [name for name in names if name]
        if n_given(rows[at]) < enough or not _are_names(rows[at]) or len(set(given)) < len(given):
            continue
        return Header(rows=(at + 1,), names=tuple(names))
    return None


def _joined(rows: Cells, at: int) -> tuple[str, ...]:
    """Names made of two rows, the upper one spread over blanks to its right; () if they are not."""
    upper, lower = _texts(rows[at]), _texts(rows[at + 1])
    n_lower = [name for name in lower if name]
    # A second row of names repeats itself below what is merged above it.
    if not _are_names(rows[at]) or not _are_names(rows[at + 1]):
        return ()
    if len(set(n_lower)) == len(n_lower) or len(n_lower) < 2 or at + 2 >= len(rows):
        return ()
    if _are_names(rows[at + 2]):
        return ()
    width = max(len(upper), len(lower))
    upper, lower = (row + [""] * (width - len(row)) for row in (upper, lower))
    names = joined_header(spread(upper, lower), lower)
    given = [name for name in names if name]
    return tuple(names) if len(set(given)) == len(given) else ()


def _are_names(row: Sequence[object]) -> bool:
    given = [cell for cell in row if cell is not None]
    texts = [cell for cell in given if isinstance(cell, str) and not _is_number(cell)]
    return bool(given) and len(texts) > 0.6 * len(given)


def _is_number(text: str) -> bool:
    if DECIMAL_COMMA.fullmatch(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _texts(row: Iterable[object]) -> list[str]:
    return ["" if cell is None else " ".join(str(cell).split()) for cell in row]


def n_given(row: Iterable[object]) -> int:
    """How many cells of a row hold something."""
    return sum(cell is not None for cell in row)


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A sheet with a table in it."""

    grid: Grid
    header: Header
    n_numbers: int

    @property
    def notes(self) -> int:
        """Row of the first note below the data, counted from 1; 0 if there is none.

        Below a blank row stand few rows that do not fill the columns; or last, single cells.
        """
        below = self.grid.rows[self.header.first_below :]
        given = [n_given(row) for row in below]
        while given and not given[-1]:
            given.pop()
        width = sum(map(bool, self.header.names))
        blank = max((at for at, n in enumerate(given) if not n), default=-1)
        last = given[blank + 1 :]
        if blank > 0 and 2 * len(last) < blank and max(last) < width:
            return self.header.first_below + blank + 2
        n_single = next((at for at, n in enumerate(reversed(given)) if n > 1), 0)
        return self.header.first_below + len(given) - n_single + 1 if n_single and width > 2 else 0


def candidates(grids: Iterable[Grid]) -> list[Candidate]:
    """Sheets that hold a table, those with most numbers first."""
    tables = []
    for grid in grids:
        names = header(grid.rows)
        if names is None:
            continue
        body = grid.rows[names.first_below :]
        n_numbers = sum(_counts(cell) for row in body for cell in row)
        tables.append(Candidate(grid=grid, header=names, n_numbers=n_numbers))
    return sorted(tables, key=_most_numbers)


def _most_numbers(one: Candidate) -> int:
    return -one.n_numbers


def _counts(cell: object) -> bool:
    if isinstance(cell, bool) or cell is None:
        return False
    return not isinstance(cell, str) or _is_number(cell)
