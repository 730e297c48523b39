"""A part of a drafted study file: its lines, what a person must decide, what was seen.

Every step of drafting returns one. `Part.of` joins them in the order of the steps; `text` sets the
whole as a study file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a study file.

    Parameters
    ----------
    table : str
        The table it stands in; "" above all tables.
    value : object
        As TOML holds it: text, a number, a truth value, or lists and dictionaries of these.
    why : str
        Said beside it.
    guess : bool
        Set as a comment, for who knows that it holds to take away the mark.
    """

    table: str
    key: str
    value: object
    why: str = ""
    guess: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a step of drafting found.

    Parameters
    ----------
    decide : tuple of str
        What only a person knows; said in the first lines.
    seen : tuple of str
        What was found or taken for granted, for a person to confirm.
    """

    lines: tuple[Line, ...] = ()
    decide: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Self]) -> Self:
        """Join parts."""
        listed = list(parts)
        return cls(
            lines=tuple(line for part in listed for line in part.lines),
            decide=tuple(dict.fromkeys(one for part in listed for one in part.decide)),
            seen=tuple(dict.fromkeys(one for part in listed for one in part.seen)),
        )


N_SHOWN = 6


def listed(names: Iterable[object], *, most: int = N_SHOWN) -> str:
    """Names in a row, those beyond a few counted."""
    every = [str(name) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
