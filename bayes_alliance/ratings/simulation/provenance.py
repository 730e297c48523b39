"""Where every number of the usual-care example comes from: published, or chosen.

Published are the findings and the few numbers printed in the literature. Everything else, every
single true value included, is chosen so that these findings come out, and says so.
"""

import pandas as pd

from bayes_alliance.ratings.simulation.covariates import Binary, Categorical, Numeric
from bayes_alliance.ratings.simulation.usual_care import (
    USUAL_CARE,
    USUAL_CARE_ITEMS,
    USUAL_CARE_RECORDING,
    USUAL_CARE_SEED,
)

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
    ("share of the relationship in client ratings", "99.2 %", ONE_WITH_MANY),
    ("share of the relationship in therapist ratings", "56.0 %", ONE_WITH_MANY),
    ("female on therapist_of_child", "improves for girls, stable for boys", COHORT),
    ("anxiety on therapist_of_child", "improves with anxiety, stable without", COHORT),
    ("predictors of child", "none found", COHORT),
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
    (
        "average change of therapist_of_child",
        "-0.35 per 4 months",
        "size of a slight fall",
    ),
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
    ("share of ratings at the ceiling", "12 % of children's, 20 % of caregivers'", "high ratings"),
    (
        "share of the therapist in therapist_of_child, therapist_of_caregiver",
        "44 %, 40 %",
        "the published share of the relationship, read as all but the therapist",
    ),
)
"""What the true values amount to: quantity, value, reason."""

REASONS = {
    "level[": "both published d, and high client ratings",
    "slope[": "change where binary covariates are 0; average changes are listed above",
    "level_on[": "size; direction as published where listed above",
    "slope_on[": "size; direction as published where listed above",
    "child_sd[": "leaves ratings of two families more different than two ratings of a family",
    "child_cor[": "published and moderate correlations of ratings",
    "therapist_sd[": "share of the therapist as listed above",
    "therapist_cor[": "a therapist rates both relationships alike; clients' hardly vary",
    "clinic_sd[": "small",
    "clinic_cor[": "clinics differ independently by informant",
    "residual_sd[": "occasions matter less than children",
    "residual_cor[": "shared events of an occasion, strongest within the same rater",
}
"""Reason for a chosen value, by the beginning of the quantity's name."""

NO_EFFECT = "no effect: none published"


def usual_care_provenance(*, items: bool = False) -> pd.DataFrame:
    """List the numbers of the usual-care example.

    Parameters
    ----------
    items : bool
        With those of its single items.

    Returns
    -------
    DataFrame
        Columns quantity, value, status, source; published rows first.
    """
    rows = [(quantity, value, PUBLISHED, source) for quantity, value, source in FINDINGS]
    rows += [(quantity, value, CHOSEN, reason) for quantity, value, reason in CONSEQUENCES]
    for quantity, number in USUAL_CARE.quantities().items():
        reason = next(reason for start, reason in REASONS.items() if quantity.startswith(start))
        if "_on[" in quantity and number == 0:
            reason = NO_EFFECT
        rows.append((quantity, f"{number:g}", CHOSEN, reason))
    for covariate in USUAL_CARE.covariates:
        match covariate.distribution:
            case Binary(share=share):
                value = f"1 in {share:.0%}"
            case Numeric() as values:
                ends = f"cut at {values.lower:g} and {values.upper:g} {values.unit}"
                value = f"normal({values.mean:g}, {values.sd:g}), {ends}"
            case Categorical(shares=shares):
                value = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        reason = "plausible for the cohort; independent of other covariates"
        rows.append((f"covariate {covariate.name}", value, CHOSEN, reason))
    rows += [
        (f"missing ratings of {informant}", f"{share:.0%}", CHOSEN, "at random, a few in a hundred")
        for informant, share in USUAL_CARE_RECORDING.missing.items()
    ]
    rows.append(("unevenness of caseloads", "gamma(2) weights", CHOSEN, "some have many"))
    made = USUAL_CARE_ITEMS.items if items else None
    if made is not None:
        reason = "items differ in a regular way, around steps half a point inside the ends"
        rows += [
            (name, f"{value:.4g}", CHOSEN, reason) for name, value in made.quantities().items()
        ]
        turned = "Accurso, Hawley & Garland 2013"
        rows.append(("reverse-scored items", ", ".join(made.reverse), PUBLISHED, turned))
        rows.append(("items not answered", f"{made.skipped:.0%}", CHOSEN, "at random, very few"))
    seen = "a data set in which every published pattern is visible to simple checks"
    rows.append(("seed", f"{USUAL_CARE_SEED}", CHOSEN, seen))
    return pd.DataFrame(rows, columns=["quantity", "value", "status", "source"])
