"""A column described: what it holds, once codes for missing values are set aside.

Nothing is decided here about what a column means; only what kind of values stand in it, how many
they are, and which of them look like a code for a value that was not given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.drafting.codes import Code, number_codes, word_codes
from bayes_alliance.ratings.drafting.part import listed
from bayes_alliance.ratings.drafting.words import IDENTIFIERS, MISSING_WORDS, role_of, words
from bayes_alliance.ratings.reading.cells import as_numbers, as_text
from bayes_alliance.ratings.study.entries import LARGEST

DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?|\d{1,2}\.\d{1,2}\.\d{2,4}|\d{1,2}/\d{1,2}/\d{2,4}"
)
MOST = 0.95  # share of the values that must be of a kind


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """A column of a file.

    Parameters
    ----------
    written : ndarray of object
        Text, or None where blank; one entry per row.
    text : ndarray of object
        The same, None too where a code stands for a missing value.
    numbers : ndarray of float64
        NaN where blank, a code, or no number.
    kind : {"number", "text", "date", "blank"}
    label : str
        As SPSS, Stata or a codebook say; "" if unknown.
    labels : mapping of str to str
        What its values stand for, by their text.
    """

    name: str
    written: NDArray[np.object_]
    text: NDArray[np.object_]
    numbers: Floats
    kind: str
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return words(self.name)

    @property
    def is_called_identifier(self) -> bool:
        """Whether its name says that it identifies something."""
        return any(word in ("id", "ids", "idnr", "ident") for word in self.words)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which rows hold a value."""
        return ~pd.isna(self.text)

    @cached_property
    def values(self) -> list[str]:
        """Distinct values, those met first first."""
        return [str(one) for one in pd.unique(self.text[self.given])]

    @property
    def is_coded(self) -> bool:
        """Whether most of its values have labels: not the ends of a scale only."""
        values = self.values
        return sum(one in self.labels for one in values) > len(values) / 2

    @property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""
        known = self.numbers[~np.isnan(self.numbers)]
        return self.kind == "number" and bool((known == np.round(known)).all())

    @property
    def spoken(self) -> str:
        """What it holds, in a few words."""
        match self.kind:
            case "blank":
                held = "nothing"
            case "date":
                held = "dates"
            case "number" if self.is_coded:
                held = f"codes: {listed(map(' '.join, self.labels.items()))}"
            case "number":
                known = self.numbers[~np.isnan(self.numbers)]
                held = f"numbers {exact(known.min())} to {exact(known.max())}"
            case _:
                values = self.values
                more = f", ... ({len(values):,} different)" if len(values) > 4 else ""
                held = f"text: {', '.join(values[:4])}{more}"
        return f"{held} ({self.label})" if self.label else held

    @cached_property
    def units(self) -> Integers:
        """What is written as whole numbers from 0, as of an identifier; -1 where blank."""
        return pd.factorize(self.written)[0].astype(np.int64)

    @cached_property
    def n_distinct(self) -> int:
        """How many different values there are."""
        return len(pd.unique(self.text[self.given]))

    @property
    def is_in_order(self) -> bool:
        """Whether its values come one after the other, as numbers and dates do."""
        return self.kind in ("number", "date")

    @property
    def in_order(self) -> Floats:
        """Numbers, or days of dates, by row; NaN where blank."""
        return days_of(self.written) if self.kind == "date" else self.numbers

    def constant_within(self, unit: Integers) -> float:
        """Share of the units with any value that have one value only.

        Parameters
        ----------
        unit : ndarray of int64
            Child, therapist or clinic of every row; -1 for none.
        """
        known = (unit >= 0) & (self._codes >= 0)
        if not known.any():
            return 0.0
        pairs = np.unique(unit[known] * (self.n_distinct + 1) + self._codes[known])
        n_values = np.bincount(pairs // (self.n_distinct + 1))
        return float((n_values[n_values > 0] == 1).mean())

    @cached_property
    def _codes(self) -> Integers:
        """Values as whole numbers from 0; -1 where there is none."""
        return pd.factorize(self.text)[0].astype(np.int64)


def days_of(written: NDArray[np.object_]) -> Floats:
    """Dates as days since 1970; NaN where blank or no date."""
    texts = pd.Series(written, dtype=object)
    day_first = bool(texts.astype(str).str.contains(r"^\d{1,2}\.").any())
    dates = pd.to_datetime(texts, errors="coerce", dayfirst=day_first, format="mixed")
    seconds = (dates - pd.Timestamp("1970-01-01")).dt.total_seconds()
    return np.asarray(seconds, dtype=np.float64) / 86400.0


def described(
    column: pd.Series,
    *,
    name: str,
    label: str = "",
    labels: Mapping[str, str],
    decimal_commas: bool = False,
) -> Column:
    """Describe a column as it stands in a file."""
    text = as_text(column)
    numbers, not_numbers = as_numbers(column, decimal_commas=decimal_commas)
    given = ~pd.isna(text)
    not_numbers |= np.abs(numbers) > LARGEST
    numbers = np.where(given & ~not_numbers, numbers, np.nan)
    plain = Column(
        name=name,
        written=text,
        text=text,
        numbers=numbers,
        kind="blank",
        label=label,
        labels=labels,
    )
    if not given.any():
        return plain
    if _holds_dates(column[given], text[given]):
        return replace(plain, kind="date", numbers=np.full(len(text), np.nan))
    words_for_none = [one for one in pd.unique(text[given]) if one.casefold() in MISSING_WORDS]
    word = np.asarray(pd.Series(text, dtype=object).isin(words_for_none), dtype=bool)
    n_numbers = int((given & ~not_numbers).sum())
    if n_numbers and not (not_numbers & ~word).any():
        return _without_codes(plain, word)
    return _without_words(plain, word)


def _holds_dates(cells: pd.Series, text: NDArray[np.object_]) -> bool:
    if pd.api.types.is_datetime64_any_dtype(cells):
        return True
    # Once for each distinct value; cells of a spreadsheet that are dates read as one.
    distinct = pd.Series(text).drop_duplicates()
    dates = [
        isinstance(cell, date) or bool(DATE.fullmatch(str(written)))
        for cell, written in zip(cells.iloc[distinct.index], distinct, strict=True)
    ]
    return float(np.mean(dates)) >= MOST


def _without_codes(column: Column, word: NDArray[np.bool_]) -> Column:
    """A column of numbers, with words and numbers that stand for missing values set aside."""
    known = column.numbers[~np.isnan(column.numbers)]
    codes = [*word_codes(column.text[word])]
    # Weeks 0, 2, 4 and 8 lie apart too.
    spoken = [one for one in column.words if one not in IDENTIFIERS]
    if not spoken or not all(role_of(one) == "time" for one in spoken):
        codes += number_codes(known, label=column.label, labels=column.labels)
    gone = word | np.isin(
        column.numbers, [one.value for one in codes if isinstance(one.value, float)]
    )
    return replace(
        column,
        kind="number",
        codes=tuple(codes),
        text=_blanked(column.text, gone),
        numbers=np.where(gone, np.nan, column.numbers),
    )


def _without_words(column: Column, word: NDArray[np.bool_]) -> Column:
    """A column of text; only words that can be nothing else stand for missing values."""
    sure = word & np.array([len(str(one)) > 1 for one in column.text], dtype=bool)
    others = np.array([one is not None for one in column.text], dtype=bool) & ~sure
    if not others.any():
        return replace(column, kind="text")
    return replace(
        column,
        kind="text",
        codes=tuple(word_codes(column.text[sure])),
        text=_blanked(column.text, sure),
        numbers=np.full(len(column.text), np.nan),
    )


def _blanked(text: NDArray[np.object_], gone: NDArray[np.bool_]) -> NDArray[np.object_]:
    kept = text.copy()
    kept[gone] = None
    return kept
