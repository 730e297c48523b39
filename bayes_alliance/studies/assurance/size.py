"""One design of a planned study: its size, and the circumstances that a design file lets vary.

How many ratings go missing, how many families leave and where the scale ends are not chosen as
numbers of families are, but what a study needs depends on them; a design file may list several.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from bayes_alliance.numerals import exact

SIZE = ("families", "therapists", "occasions")
CIRCUMSTANCES = ("missing", "leaving", "ceiling")


@dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a study, and its circumstances.

    Parameters
    ----------
    occasions : int
        Of each family.
    missing : float or None
        Share of the ratings that are missing. None, here and below: as the design file says of
        all designs.
    leaving : float or None
        Share of the families in treatment that leave after each occasion.
    ceiling : float or None
        Upper end of the scale.
    """

    families: int
    therapists: int
    occasions: int
    missing: float | None = None
    leaving: float | None = None
    ceiling: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any] | pd.Series) -> "Size":
        """Read the design of a row of a table."""
        circumstances = {name: float(row[name]) for name in CIRCUMSTANCES if name in row}
        return cls(
            families=int(row["families"]),
            therapists=int(row["therapists"]),
            occasions=int(row["occasions"]),
            **circumstances,
        )

    @property
    def named(self) -> dict[str, Any]:
        """What it is, by column of a table; circumstances only if they vary."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def extent(self) -> str:
        """How large it is, as it stands in a sentence."""
        of = f" of {self.therapists} therapist{'' if self.therapists == 1 else 's'}"
        return f"{self.families} families{of if self.therapists else ''}, rated at {self.rated}"

    @property
    def rated(self) -> str:
        """Its number of occasions in words."""
        return f"{self.occasions} occasion{'' if self.occasions == 1 else 's'}"

    @property
    def words(self) -> str:
        """Size and circumstances, as they stand in a sentence."""
        said = [self.extent]
        if self.missing is not None:
            said.append(f"{_of(self.missing, 'ratings')} missing")
        if self.leaving is not None:
            said.append(f"{_of(self.leaving, 'families')} leaving after each occasion")
        if self.ceiling is not None:
            said.append(f"a scale that ends at {_exact(self.ceiling)}")
        return ", ".join(said)

    @property
    def where(self) -> str:
        """Its circumstances in a clause that opens a sentence; empty if none varies."""
        said = []
        if self.missing is not None:
            said.append(f"{_of(self.missing, 'ratings')} are missing")
        if self.leaving is not None:
            said.append(f"{_of(self.leaving, 'families')} leave after each occasion")
        if self.ceiling is not None:
            said.append(f"the scale ends at {_exact(self.ceiling)}")
        if not said:
            return ""
        *first, last = said
        return f"Where {', '.join(first)}{' and ' if first else ''}{last}"

    @property
    def over_a_panel(self) -> str:
        """Occasions and circumstances, as they stand over a panel of a figure."""
        said = [self.rated]
        if self.missing is not None:
            said.append(f"{_of_all(self.missing)} missing")
        if self.leaving is not None:
            said.append(f"{_of_all(self.leaving)} leave")
        if self.ceiling is not None:
            said.append(f"scale to {_exact(self.ceiling)}")
        return ", ".join(said)


def varying(columns: Iterable[str]) -> list[str]:
    """Which circumstances a table has columns of."""
    known = set(columns)
    return [name for name in CIRCUMSTANCES if name in known]


def _of(share: float, noun: str) -> str:
    return f"{_per_cent(share)} of {noun}" if share else f"no {noun}"


def _of_all(share: float) -> str:
    return _per_cent(share) if share else "none"


def _per_cent(share: float) -> str:
    """A share that was stated: rounded off, two could be taken for one."""
    return f"{exact(round(100 * share, 10))}%"


def _exact(value: float) -> str:
    return exact(value).replace("-", "−")
