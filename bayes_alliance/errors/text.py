"""Text that every output can hold: labels, titles, names of columns.

A character that cannot be printed (a line end, a tab, NUL, half of a pair of UTF-16) would be lost,
or break a file, in one of the places where labels are written: csv, netCDF, Word, LaTeX.
"""

import re

# Controls and separators of lines, halves of pairs, and what Unicode says is no character.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
NAMES = {"\n": "a line end", "\r": "a line end", "\t": "a tab", "\x00": "the character NUL"}


def unprintable(text: str) -> str | None:
    """Name the first character that cannot be printed; None if there is none."""
    first = UNPRINTABLE.search(text)
    if first is None:
        return None
    return NAMES.get(first[0], f"the character U+{ord(first[0]):04X}, which cannot be printed")
