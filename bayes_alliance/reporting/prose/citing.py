"""References as the American Psychological Association prints them, and their mention in a text.

Models name the keys of ``models/references.bib``; the sampler, the software and the diagnostics
stand in ``software.bib`` beside this module.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bayes_alliance.specification.catalogue import authors_of, entries_of, entries_of_models

MOST_AUTHORS = 20  # of more, the first nineteen and the last


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A reference in three parts, of which the middle one is printed in italics."""

    before: str
    italic: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.italic}{self.after}"


@cache
def entries() -> dict[str, dict[str, str]]:
    """Fields of every reference by its key."""
    own = (files(__package__) / "software.bib").read_text(encoding="utf-8")
    return entries_of_models() | entries_of(own)


def mentioned(keys: Iterable[str]) -> str:
    """Mention references as in brackets: ``"Laird & Ware, 1982; MacCallum et al., 1997"``.

    Returns
    -------
    str
        In the order of the alphabet; "" if none of the keys is known.
    """
    known = [entries()[key] for key in keys if key in entries()]
    return "; ".join(sorted(f"{_mention(entry)}, {entry['year']}" for entry in known))


def references(keys: Iterable[str]) -> tuple[Reference, ...]:
    """Print references in the order of the alphabet; unknown keys are left out."""
    known = [_reference(entries()[key]) for key in dict.fromkeys(keys) if key in entries()]
    return tuple(sorted(known, key=str))


def of_the_package(version: str) -> Reference:
    """Print the reference of this package."""
    return Reference(
        before="The bayes_alliance developers. (2026). ",
        italic="bayes_alliance: Bayesian growth models for several people rating the same "
        "relationship over time",
        after=f"{f' (Version {version})' if version else ''} [Computer software].",
    )


def _reference(entry: Mapping[str, str]) -> Reference:
    title = entry["title"] if entry["title"].endswith(("?", "!")) else f"{entry['title']}."
    number = f"({entry['number']})" if "number" in entry else ""
    pages = f", {entry['pages']}" if "pages" in entry else ""
    doi = f" https://doi.org/{entry['doi']}" if "doi" in entry else ""
    volume = f", {entry['volume']}" if "volume" in entry else ""
    return Reference(
        before=f"{_authors(entry)} ({entry['year']}). {title} ",
        italic=f"{entry.get('journal') or entry.get('publisher', '')}{volume}",
        after=f"{number}{pages}.{doi}",
    )


def _authors(entry: Mapping[str, str]) -> str:
    names = [f"{last}, {_initials(first)}" for last, first in authors_of(entry)]
    if len(names) == 1:
        return names[0]
    if len(names) > MOST_AUTHORS:
        return f"{', '.join(names[: MOST_AUTHORS - 1])}, ... {names[-1]}"
    return f"{', '.join(names[:-1])}, & {names[-1]}"


def _initials(first: str) -> str:
    """Write ``"Paul-Christian M."`` as ``"P.-C. M."``."""
    return re.sub(r"(\w)\w*\.?", r"\1.", first)


def _mention(entry: Mapping[str, str]) -> str:
    names = [last for last, _ in authors_of(entry)]
    if len(names) > 2:
        return f"{names[0]} et al."
    return " & ".join(names)
