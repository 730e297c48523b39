"""What reports call whom, as names and labels of a file say it.

Who is rated is called a patient or a couple where the file says so. That therapists are clinicians
there, and clinics schools, is proposed only, and so is what a file hints at: such lines are
comments until a person takes away their mark.
"""

from collections.abc import Collection, Iterable

import numpy as np

from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Roles
from bayes_alliance.ratings.drafting.words import FEMALE_MALE, begins, words

RATED: dict[str, tuple[str, str]] = {
    "couple dyad paar pair": ("couple", "couples"),
    "patient pat paciente": ("patient", "patients"),
    "client klient": ("client", "clients"),
    "participant teilnehm proband subject vp vpn": ("participant", "participants"),
    "pupil schüler": ("pupil", "pupils"),
    "student": ("student", "students"),
}
THERAPISTS: dict[str, tuple[str, str]] = {
    "clinician": ("clinician", "clinicians"),
    "counsellor": ("counsellor", "counsellors"),
    "counselor": ("counselor", "counselors"),
    "psycholog": ("psychologist", "psychologists"),
    "psychiat": ("psychiatrist", "psychiatrists"),
    "doctor arzt ärzt": ("doctor", "doctors"),
    "coach": ("coach", "coaches"),
    "investigat": ("investigator", "investigators"),
}
CLINICS: dict[str, tuple[str, str]] = {
    "site standort": ("site", "sites"),
    "school schule": ("school", "schools"),
    "hospital spital": ("hospital", "hospitals"),
    "centre zentrum": ("centre", "centres"),
    "center": ("center", "centers"),
    "ward": ("ward", "wards"),
    "agency": ("agency", "agencies"),
}
OF_CHILDREN = frozenset({"child", "caregiver"})
OF_MINORS = OF_CHILDREN | {"parent", "mother", "father", "teacher"}
OF_COUPLES = frozenset({"wife", "husband"})
ADULT = 18
LONGEST = 40  # letters of a label that fits beside an axis


def words_part(
    roles: Roles,
    *,
    informants: Collection[str],
    free: Iterable[Column],
    covariates: Collection[str],
) -> Part:
    """State [words] as names and labels of the file say.

    Parameters
    ----------
    informants, covariates : collection of str
        Labels.
    free : iterable of Column
        Those that are neither identifiers nor ratings.
    """
    columns = [*free]
    lines = _rated(roles.child.column, {one.casefold() for one in informants}, columns)
    for level, found, called in (
        ("therapist", roles.therapist, THERAPISTS),
        ("clinic", roles.clinic, CLINICS),
    ):
        own = None if found is None else _called(found.column, called)
        if own is not None:
            lines += _lines(level, own, guess=f"without the # reports say {own[1]}")
    return Part(lines=(*lines, *_labelled(columns, covariates)))


def _rated(child: Column, informants: set[str], free: list[Column]) -> list[Line]:
    """Who is rated."""
    if informants & OF_CHILDREN:
        return []
    own = _called(child, RATED) or _called_by(informants)
    if own is not None:
        return _lines("child", own)
    letters = any(informants == one for one in FEMALE_MALE)
    if letters or informants & {"partner", "spouse"}:
        guess = f"without the #, if {listed(sorted(informants))} are a couple"
        return _lines("child", RATED["couple dyad paar pair"], guess=guess)
    if not informants & OF_MINORS and any(map(_is_of_adults, free)):
        guess = f"without the #, if patients: nobody is under {ADULT}"
        return _lines("child", RATED["patient pat paciente"], guess=guess)
    return []


def _called(column: Column, called: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    """One and several of what a column holds, by its name or else its label."""
    for word in (*column.words, *words(column.label)):
        for stems, own in called.items():
            if begins(word, stems):
                return own
    return None


def _called_by(informants: set[str]) -> tuple[str, str] | None:
    """One and several of who is rated, if who rates leaves no doubt."""
    if informants >= OF_COUPLES:
        return RATED["couple dyad paar pair"]
    return next((own for own in RATED.values() if own[0] in informants), None)


def _is_of_adults(column: Column) -> bool:
    if column.words[:1] not in (("age",), ("alter",)):
        return False
    known = column.numbers[~np.isnan(column.numbers)]
    return len(known) > 0 and bool(known.min() >= ADULT)


def _lines(level: str, own: tuple[str, str], *, guess: str = "") -> list[Line]:
    one, several = own
    lines = [("child", one), ("children", several)]
    if level != "child":
        lines = [(level, one), (f"{level}s", several)]
    elif one == "couple":
        lines.append(("family", one))
    why = guess or "what reports call them"
    return [
        Line(table="words", key=key, value=word, why="" if at else why, guess=bool(guess))
        for at, (key, word) in enumerate(lines)
    ]


def _labelled(free: list[Column], covariates: Collection[str]) -> list[Line]:
    """Covariates whose labels are short and their own."""
    labels = {one.name: " ".join(one.label.split()) for one in free if one.name in covariates}
    every = [*labels.values()]
    return [
        Line(table="words.covariates", key=name, value=label, why="its label" if not at else "")
        for at, (name, label) in enumerate(
            (name, label)
            for name, label in labels.items()
            if 0 < len(label) <= LONGEST and label != name and every.count(label) == 1
            if "?" not in label
        )
    ]
