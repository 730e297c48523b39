"""Reading the kernel's flat arrays: the few lookups that every step of the recursion shares.

`COMPILED` are numba's options for everything inside the kernel: no Python entry point, because
only the kernel as a whole is called from Python, and none stored on disk, because the kernel is
stored whole.
"""

from numba import njit

from bayes_alliance.collapsed.kernel.header import (
    BLOCK_COLUMNS,
    BLOCK_FIRST_COLUMN,
    COLUMN_ROW,
    COLUMN_START,
    SET_INFORMANT,
    SET_START,
    UP_POSITION,
    UP_START,
)

COMPILED = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


@njit(**COMPILED)
def at(index, array, position):  # type: ignore[no-untyped-def]
    """Element of one of the arrays of integers named in the header."""
    return index[index[array] + position]


@njit(**COMPILED)
def informants_of(index, s):  # type: ignore[no-untyped-def]
    """Informants of a set."""
    start = index[SET_INFORMANT]
    return index[start + at(index, SET_START, s) : start + at(index, SET_START, s + 1)]


@njit(**COMPILED)
def terms_above(index, block):  # type: ignore[no-untyped-def]
    """Positions, among a block's terms, of the terms of the next block."""
    start = index[UP_POSITION]
    return index[start + at(index, UP_START, block) : start + at(index, UP_START, block + 1)]


@njit(**COMPILED)
def root_of(index, block):  # type: ignore[no-untyped-def]
    """Where the columns of a block's square root start and end, and the row of each element."""
    first = index[COLUMN_START] + at(index, BLOCK_FIRST_COLUMN, block)
    starts = index[first : first + at(index, BLOCK_COLUMNS, block) + 1]
    return starts, index[index[COLUMN_ROW] :]
