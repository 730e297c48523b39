"""What reports call whom: children or patients, families or couples, clinics or sites.

Sentences of the package are written about children in families; `Words.said` says them of whoever
the study is about. Labels and names of quantities stay as they are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from bayes_alliance.levels import CALLED

LEFT = "left treatment"
# Dims whose labels are levels, or words of this package.
SOURCES = ("source", "level")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What reports call children, therapists and so on.

    Parameters
    ----------
    left : str
        What somebody did who left.
    informants, covariates : mapping of str to str
        Names for print, by label; of others the label.
    """

    child: str = "child"
    children: str = "children"
    therapist: str = "therapist"
    therapists: str = "therapists"
    clinic: str = "clinic"
    clinics: str = "clinics"
    family: str = "family"
    families: str = "families"
    left: str = LEFT
    informants: Mapping[str, str] = field(default_factory=dict)
    covariates: Mapping[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, str]:
        """Words of the package that are said otherwise, by the word."""
        keys = [one.name for one in fields(self) if one.type is str]
        usual = {key: LEFT if key == "left" else key for key in keys}
        return {word: own for key, word in usual.items() if (own := getattr(self, key)) != word}

    def said(self, text: str) -> str:
        """Say a sentence of the package in these words; a capital at its head stays one.

        Parameters
        ----------
        text : str
            Without labels, which may be such words too.
        """
        changed = self.changed
        if not changed:
            return text

        def own(match: re.Match[str]) -> str:
            word = changed[match[0].lower()]
            return word[:1].upper() + word[1:] if match[0][0].isupper() else word

        words = sorted(changed, key=len, reverse=True)
        # A word in brackets is a key or a table of a file.
        return re.sub(rf"(?<!\[)\b(?:{'|'.join(words)})\b", own, text, flags=re.IGNORECASE)

    def name(self, label: str) -> str:
        """Name of an informant or a covariate for print."""
        return self.informants.get(label) or self.covariates.get(label) or label

    def spoken(self, label: str) -> str:
        """Name within a sentence: ``"therapist of child"`` for ``"therapist_of_child"``."""
        return self.name(label).replace("_", " ")

    def of(self, dim: object, label: object) -> str:
        """A label of draws, for print.

        Parameters
        ----------
        dim : object
            The dim it is a label of: ``"informant"``, ``"source"``.
        """
        return self.said(str(label)) if dim in SOURCES else self.name(str(label))

    def several(self, level: str) -> str:
        """What units of a level, or ratings, are called: ``"children"``."""
        plural = {str(name): called.plural for name, called in CALLED.items()}
        return self.said(plural.get(level, f"{level}s"))

    def name_of(self, of: str, informants: Iterable[str]) -> str:
        """What a statistic is of, for print: ``"child at 4"``, ``"child, caregiver"``.

        Parameters
        ----------
        of : str
            Begins with an informant; behind it a time, another informant, or a covariate.
        informants : iterable of str
            All labels.
        """
        known = sorted(informants, key=len, reverse=True)
        first = next((one for one in known if f"{of},".startswith((f"{one},", f"{one} at "))), "")
        if not first:
            return of
        rest = of.removeprefix(first)
        others = (*known, *sorted(self.covariates, key=len, reverse=True))
        second = next((one for one in others if f"{rest} ".startswith(f", {one} ")), "")
        if second:
            rest = f", {self.name(second)}{rest.removeprefix(f', {second}')}"
        return f"{self.name(first)}{rest}"
