"""The levels that ratings are nested in, children first, and all that each is called.

A child has a therapist, a therapist a clinic. Model files, tables and results write a level by its
name; sentences need its plural, equations the letter of its effects and the index of its units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

type LevelName = Literal["child", "therapist", "clinic"]


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a level is called.

    Parameters
    ----------
    plural : str
        Of its units.
    effect, index : str
        Symbol of its effects, and index of its units.
    unit : str
        What the index of its units stands for, ``"i: child"``.
    """

    plural: str
    effect: str
    index: str
    unit: str

    @property
    def heading(self) -> str:
        """Title of a paragraph about it."""
        return self.plural.capitalize()


CALLED: Mapping[LevelName, Level] = MappingProxyType(
    {
        "child": Level(plural="children", effect="u", index="ᵢ", unit="i: child"),
        "therapist": Level(
            plural="therapists", effect="v", index="ⱼ", unit="j: the child's therapist"
        ),
        "clinic": Level(plural="clinics", effect="w", index="ₘ", unit="m: the clinic"),
    }
)
LEVELS: tuple[LevelName, ...] = tuple(CALLED)
