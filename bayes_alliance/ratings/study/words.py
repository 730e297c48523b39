"""The [words] table of a study file: what reports call what the package has names for."""

from dataclasses import fields
from typing import Self

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_alliance.ratings.study.entries import STRICT, Name
from bayes_alliance.ratings.words import Words

SEVERAL = {
    "child": "children",
    "therapist": "therapists",
    "clinic": "clinics",
    "family": "families",
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WordsTable:
    """What reports call children, therapists and so on; None: as the package does.

    Parameters
    ----------
    children, therapists, clinics, families : str or None
        Of several; the word for one and an s if only that is given.
    family : str or None
        Who leaves, and whom models draw anew; as the child if only that is given, because where
        patients are rated nobody speaks of families.
    left : str or None
        What somebody did who left, ``"left the study"``.
    informants, covariates : dict of str to str
        Names for print, by label.
    """

    child: Name | None = None
    children: Name | None = None
    therapist: Name | None = None
    therapists: Name | None = None
    clinic: Name | None = None
    clinics: Name | None = None
    family: Name | None = None
    families: Name | None = None
    left: Name | None = None
    informants: dict[Name, Name] = Field(default_factory=dict)
    covariates: dict[Name, Name] = Field(default_factory=dict)

    @classmethod
    def of(cls, words: Words) -> Self:
        """State words as the study file does."""
        usual = Words()
        keys = [one.name for one in fields(cls)]
        stated = {key: own for key in keys if (own := getattr(words, key)) != getattr(usual, key)}
        if "child" in stated:
            # Not stated they would be read as the child's.
            stated |= {"family": words.family, "families": words.families}
        return cls(**stated)

    def words(self) -> Words:
        """Return the `Words` stated here."""
        stated = {one.name: getattr(self, one.name) for one in fields(self)}
        for one, several in SEVERAL.items():
            if stated[one] is not None and stated[several] is None:
                stated[several] = f"{stated[one]}s"
        if stated["child"] is not None and stated["family"] is None and stated["families"] is None:
            stated["family"], stated["families"] = stated["child"], stated["children"]
        return Words(**{key: word for key, word in stated.items() if word is not None})
