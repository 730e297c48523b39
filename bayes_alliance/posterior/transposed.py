"""Tables that are made row by row and read column by column, without being in memory as a whole.

Replicated ratings and log scores come for all ratings at once, draw by draw; what is computed of
them needs all draws of one rating. There are as many numbers as draws times ratings, gigabytes for
some thousand children.
"""

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile

import numpy as np

from bayes_alliance.arrays import Floats

IN_MEMORY = 2**26  # bytes; a larger table is written to a temporary file
MOST_IN_BLOCK = 2**20  # doubles of a table that are handed over together
BYTES = 8  # of a double


def columns(rows: Iterable[Floats], *, together: int = 1) -> Iterator[tuple[slice, Floats]]:
    """Blocks of columns of a table.

    Parameters
    ----------
    rows : iterable of array, shape (n_some, n_columns)
        Blocks of rows, in order.
    together : int
        So many columns, from the first on, stay in one block.

    Yields
    ------
    columns : slice
    block : array, shape (n_rows, n_some_columns)
    """
    n_rows = n_columns = 0
    with SpooledTemporaryFile(max_size=IN_MEMORY) as table:
        for some in rows:
            table.write(np.ascontiguousarray(some, dtype=np.float64).tobytes())
            n_rows, n_columns = n_rows + len(some), some.shape[1]
        size = together * max(1, MOST_IN_BLOCK // max(1, n_rows * together))
        for first in range(0, n_columns, size):
            width = min(size, n_columns - first)
            block = np.empty((n_rows, width))
            for row in range(n_rows):
                table.seek(BYTES * (row * n_columns + first))
                block[row] = np.frombuffer(table.read(BYTES * width))
            yield slice(first, first + width), block
