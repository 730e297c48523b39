"""Labels that look like one and count as two: 1 beside 1.0, 5 beside 005, C000 beside c000.

They are allowed, because they may be what they are; `lookalikes` says where they stand side by
side.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bayes_alliance.levels import LEVELS

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings

NUMERAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
N_SHOWN = 5


def lookalikes(ratings: "Ratings") -> tuple[str, ...]:
    """Say which identifiers and categories differ by case, blanks, zeros or unseen characters."""
    sentences: list[str] = []
    for level in LEVELS:
        if level != "child" and level not in ratings.children:
            continue
        sentences += _said(
            ratings.words.said(f"{level.capitalize()} identifiers"), ratings.described(level).index
        )
    for covariate in ratings.covariates:
        sentences += _said(f"Categories of {covariate.name}", covariate.categories)
    sentences += _said("Informants", ratings.informants)
    return tuple(sentences)


def _said(what: str, labels: Iterable[str]) -> Iterator[str]:
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(_look(label), []).append(label)
    several = [group for group in alike.values() if len(group) > 1]
    if several:
        shown = "; ".join(" and ".join(map(repr, group)) for group in several[:N_SHOWN])
        more = f"; and {len(several) - N_SHOWN:,} more" if len(several) > N_SHOWN else ""
        yield f"{what} that look alike count as different ones: {shown}{more}."


def _look(label: str) -> str:
    """What a reader sees: no case, no zeros around a number, no characters that take no room."""
    text = unicodedata.normalize("NFKC", label).casefold()
    text = "".join(one for one in text if unicodedata.category(one) != "Cf")
    text = " ".join(text.split())
    if NUMERAL.fullmatch(text) is None:
        return text
    whole, _, decimals = text.replace(",", ".").partition(".")
    sign, figures = ("-", whole[1:]) if whole[0] == "-" else ("", whole.lstrip("+"))
    return f"{sign}{figures.lstrip('0') or '0'}.{decimals.rstrip('0')}"
