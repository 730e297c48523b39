"""The [words] table of a study file: what reports call what the package has names for."""

from dataclasses import fields

from pydantic import Field
from pydantic.dataclasses import dataclass

from bayes_alliance.ratings.study.entries import STRICT, Name


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WordsTable:
    """What reports call children, therapists and so on; None: as the package does.

    Parameters
    ----------
    children, therapists, clinics, families : str or None
        Of several; the word for one and an s if only that is given.
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

    @property
    def given(self) -> dict[str, str]:
        """The words that are stated, by key."""
        keys = [field.name for field in fields(self)][:-2]
        return {key: word for key in keys if (word := getattr(self, key)) is not None}
