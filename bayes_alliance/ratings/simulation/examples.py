"""Ratings shipped with the package: synthetic, made when asked for, always the same.

`load_example` simulates the usual-care example from a fixed seed, so no data file is needed and the
truth is known. `provenance` lists every number built into it and says whether it is published or
chosen. Nothing here was observed; ratings, titles and reports say SYNTHETIC.
"""

from dataclasses import replace
from typing import Literal, overload

import pandas as pd

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.ratings.ratings import Ratings
from bayes_alliance.ratings.simulation.cohort import simulate
from bayes_alliance.ratings.simulation.leaving import Leaving
from bayes_alliance.ratings.simulation.provenance import usual_care_provenance
from bayes_alliance.ratings.simulation.truth import Truth
from bayes_alliance.ratings.simulation.usual_care import (
    COHORT_IN_TREATMENT,
    USUAL_CARE_ITEMS,
    USUAL_CARE_RECORDING,
    USUAL_CARE_SEED,
)

EXAMPLES = ("usual_care", "usual_care_items")
"""Names that `load_example` knows."""


@overload
def load_example(name: str = ..., *, truth: Literal[False] = ...) -> Ratings: ...


@overload
def load_example(name: str = ..., *, truth: Literal[True]) -> tuple[Ratings, Truth]: ...


@overload
def load_example(name: str = ..., *, truth: bool) -> Ratings | tuple[Ratings, Truth]: ...


def load_example(
    name: str = "usual_care", *, truth: bool = False
) -> Ratings | tuple[Ratings, Truth]:
    """Load ratings shipped with the package.

    Parameters
    ----------
    name : {"usual_care", "usual_care_items"}
        A SYNTHETIC cohort with the published patterns of Accurso and Garland (2015): 209 children
        with disruptive behaviour problems and their caregivers, 85 therapists, 6 clinics, four
        informants, ratings at 4, 8, 12 and 16 months; 209, 141, 100 and 61 families in treatment.
        With the twelve items of every rating, the same families and another recording.
    truth : bool
        Whether to return the truth with the ratings.

    Returns
    -------
    Ratings, or (Ratings, Truth)
        Marked synthetic.

    Raises
    ------
    InputError
        If there is no such example.

    References
    ----------
    Accurso, E. C., & Garland, A. F. (2015). Child, caregiver, and therapist perspectives on
    therapeutic alliance in usual care child psychotherapy. Psychological Assessment, 27(1),
    347-352. https://doi.org/10.1037/pas0000031

    Examples
    --------
    >>> ratings = load_example("usual_care")
    >>> ratings.title
    'SYNTHETIC usual care: published patterns, made-up ratings'
    """
    _check(name)
    taken = USUAL_CARE_ITEMS if name == "usual_care_items" else USUAL_CARE_RECORDING
    recording = replace(taken, leaving=Leaving(counts=COHORT_IN_TREATMENT))
    ratings, true = simulate(
        families=209, therapists=85, clinics=6, recording=recording, seed=USUAL_CARE_SEED
    )
    made = "made-up items" if name == "usual_care_items" else "made-up ratings"
    ratings = replace(ratings, title=f"SYNTHETIC usual care: published patterns, {made}")
    return (ratings, true) if truth else ratings


def provenance(name: str = "usual_care") -> pd.DataFrame:
    """List every number built into an example, and where it comes from.

    Parameters
    ----------
    name : {"usual_care", "usual_care_items"}

    Returns
    -------
    DataFrame
        Columns ``quantity``, ``value``, ``status`` ("published" or "chosen, not published") and
        ``source`` (the publication, or the reason for the choice).

    Raises
    ------
    InputError
        If there is no such example.
    """
    _check(name)
    return usual_care_provenance(items=name == "usual_care_items")


def _check(name: str) -> None:
    if name not in EXAMPLES:
        message = f"no such example; there is {', '.join(EXAMPLES)}.{nearest(name, EXAMPLES)}"
        raise InputError([Problem(where="name", value=name, message=message)], "load_example")
