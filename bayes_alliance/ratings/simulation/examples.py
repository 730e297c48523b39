"""Ratings shipped with the package: synthetic, made when asked for, always the same.

`load_example` simulates the usual-care example from a fixed seed, so no data file is needed and the
truth is known. `provenance` lists every number built into it and says whether it is published or
chosen. Nothing here was observed; ratings, titles and reports say SYNTHETIC.
"""

from dataclasses import replace
from typing import Literal, overload

import pandas as pd

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.ratings.ratings import Ratings
from bayes_alliance.ratings.simulation.cohort import simulate
from bayes_alliance.ratings.simulation.leaving import Leaving
from bayes_alliance.ratings.simulation.truth import Truth
from bayes_alliance.ratings.simulation.usual_care import (
    COHORT_IN_TREATMENT,
    USUAL_CARE,
    USUAL_CARE_ITEMS,
    USUAL_CARE_RECORDING,
    USUAL_CARE_SEED,
)

EXAMPLES = ("usual_care", "usual_care_items")
"""Names that `load_example` knows."""


PUBLISHED = "published"
CHOSEN = "chosen, not published"

COHORT = "Accurso & Garland 2015, doi 10.1037/pas0000031"
DISCREPANCY = (
    "meta-analysis, J. Clin. Child Adolesc. Psychol. 2022, doi 10.1080/15374416.2022.2093210"
)
ONE_WITH_MANY = "one-with-many study of youth treatment (203 youths, 13-23 years)"

FINDINGS: tuple[tuple[str, str, str], ...] = (
    ("scale", "12 to 48: 12 items of 1 to 4", "instruments; Accurso, Hawley & Garland 2013"),
    ("children, therapists, clinics", "209, 85, 6", COHORT),
    ("ages", "4 to 13 years", COHORT),
    ("occasions", "4, 8, 12, 16 months", COHORT),
    ("in treatment at each occasion", "209, 141, 100, 61", COHORT),
    ("hazards of leaving (default of simulate)", "0.325, 0.291, 0.390", f"derived from {COHORT}"),
    ("early alliance of those who leave early", "like that of those treated long", COHORT),
    ("children per therapist", "about two", "Garland 2010"),
    ("change of child", "stable", COHORT),
    ("change of caregiver", "stable", COHORT),
    ("change of therapist_of_child", "falls slightly but reliably", COHORT),
    ("change of therapist_of_caregiver", "stable", COHORT),
    ("level", "therapists below children and caregivers; clients high", COHORT),
    ("agreement of child with caregiver", "moderate", COHORT),
    ("agreement of child with therapist_of_caregiver", "moderate", COHORT),
    ("agreement of therapist_of_child with caregiver", "moderate", COHORT),
    ("agreement of therapist_of_child with therapist_of_caregiver", "moderate", COHORT),
    ("child above therapist", "d = 0.35", DISCREPANCY),
    ("child with therapist", "r = .32", DISCREPANCY),
    ("parent above therapist", "d = 0.72", DISCREPANCY),
    ("parent with therapist", "r = .23", DISCREPANCY),
    ("share of the relationship in client ratings", "99.2%", ONE_WITH_MANY),
    ("share of the relationship in therapist ratings", "56.0%", ONE_WITH_MANY),
    ("female on therapist_of_child", "improves for girls, stable for boys", COHORT),
    ("anxiety on therapist_of_child", "improves with anxiety, stable without", COHORT),
    ("predictors of child", "none reported", COHORT),
    (
        "caregiver_white on caregiver",
        "non-Hispanic white start high and improve less, others start lower and improve more",
        COHORT,
    ),
    ("experience on caregiver", "stronger with less experienced therapists", COHORT),
    (
        "experience on therapist_of_caregiver",
        "trend: an increase with more experience, stability with less",
        COHORT,
    ),
    ("predictors of caregiver together", "caregiver_white, experience", COHORT),
    (
        "predictors of therapist_of_caregiver together",
        "caregiver_female, caregiver_white, experience",
        COHORT,
    ),
)
"""Published findings: quantity, what is published, source."""

CONSEQUENCES: tuple[tuple[str, str, str], ...] = (
    ("average change of therapist_of_child", "-0.35 per 4 months", "size of a slight fall"),
    (
        "change of therapist_of_child for boys, and without anxiety",
        "-0.62 per 4 months",
        "published as stable; but when the average falls and girls (and children with anxiety) "
        "improve, the others have to fall in a linear model",
    ),
    (
        "change of therapist_of_child for girls, and with anxiety",
        "0.28 per 4 months",
        "size of an improvement",
    ),
    (
        "average change of caregiver",
        "0.24 per 4 months",
        "small enough to look stable, so that others can improve more and white caregivers less",
    ),
    ("correlations of ratings called moderate", ".3 to .5", "meaning of moderate"),
    ("share of ratings at the ceiling", "12% of children's, 20% of caregivers'", "high ratings"),
    (
        "share of the therapist in therapist_of_child, therapist_of_caregiver",
        "44%, 40%",
        "the published share of the relationship, read as all but the therapist",
    ),
)
"""What the true values amount to: quantity, value, reason."""

REASONS = {
    "level": "both published d, and high client ratings",
    "slope": "change where binary covariates are 0; average changes are listed above",
    "level_on": "size; direction as published where listed above",
    "slope_on": "size; direction as published where listed above",
    "child_sd": "leaves ratings of two families more different than two ratings of a family",
    "child_cor": "published and moderate correlations of ratings",
    "therapist_sd": "share of the therapist as listed above",
    "therapist_cor": "a therapist rates both relationships alike; clients' hardly vary",
    "clinic_sd": "small",
    "clinic_cor": "clinics differ independently by informant",
    "residual_sd": "occasions matter less than children",
    "residual_cor": "shared events of an occasion, strongest within the same rater",
}
"""Reason for a chosen value, by kind of quantity."""

NO_EFFECT = "no effect: none published"


@overload
@checked_arguments
def load_example(name: str = ..., *, truth: Literal[False] = ...) -> Ratings: ...


@overload
@checked_arguments
def load_example(name: str = ..., *, truth: Literal[True]) -> tuple[Ratings, Truth]: ...


@overload
@checked_arguments
def load_example(name: str = ..., *, truth: bool) -> Ratings | tuple[Ratings, Truth]: ...


@checked_arguments
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
    rows = [(quantity, value, PUBLISHED, source) for quantity, value, source in FINDINGS]
    rows += [(quantity, value, CHOSEN, reason) for quantity, value, reason in CONSEQUENCES]
    for true in USUAL_CARE.quantities():
        absent = true.value == 0 and true.kind in ("level_on", "slope_on")
        rows.append(
            (true.name, f"{true.value:g}", CHOSEN, NO_EFFECT if absent else REASONS[true.kind])
        )
    for covariate in USUAL_CARE.covariates:
        reason = "plausible for the cohort; independent of other covariates"
        rows.append((f"covariate {covariate.name}", str(covariate.distribution), CHOSEN, reason))
    rows += [
        (f"missing ratings of {informant}", f"{share:.0%}", CHOSEN, "at random, a few in a hundred")
        for informant, share in USUAL_CARE_RECORDING.missing.items()
    ]
    rows.append(("unevenness of caseloads", "gamma(2) weights", CHOSEN, "some have many"))
    made = USUAL_CARE_ITEMS.items if name == "usual_care_items" else None
    if made is not None:
        reason = "items differ in a regular way, around steps half a point inside the ends"
        rows += [(true.name, f"{true.value:.4g}", CHOSEN, reason) for true in made.quantities()]
        turned = "Accurso, Hawley & Garland 2013"
        rows.append(("reverse-scored items", ", ".join(made.reverse), PUBLISHED, turned))
        rows.append(("items not answered", f"{made.skipped:.0%}", CHOSEN, "at random, very few"))
    seen = "a data set in which every published pattern is visible to simple checks"
    rows.append(("seed", f"{USUAL_CARE_SEED}", CHOSEN, seen))
    return pd.DataFrame(rows, columns=["quantity", "value", "status", "source"])


def _check(name: str) -> None:
    if name not in EXAMPLES:
        message = f"no such example; there is {', '.join(EXAMPLES)}.{nearest(name, EXAMPLES)}"
        raise InputError([Problem(where="name", value=name, message=message)], "load_example")
