"""What is allowed in a ratings file and probably not meant.

Each doubt is a sentence that says what stands there, how often, and how the study file would say
what was meant; it is said when ratings are printed, and nothing is changed.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.reading.rows import FileRows
from bayes_alliance.ratings.study import Study

MOST_VALUES = 5  # of numbers that may be codes of categories
FEWEST_TIMES = 2  # that a code of missing values stands
FEWEST_KNOWN = 3  # values, of which one may be a code
FAR = 0.5  # of the range of all other values: further off, a number is probably a code
# phq9_t1: the time is the last number, or else the first.
WAVES = {
    r"\d+(?=\D*$)": "a number",
    r"\d+": "a number",
    r"(?i)(?<![a-z])(pre|post|fu|baseline|follow_?up)(?![a-z])": "the name of a wave",
}
CODE = re.compile(r"-?([789])\1*")
ROUNDING = 1e-6  # of a step
MANY = 2  # times as many children as any other therapist
NOBODY = frozenset(
    {"none", "no", "nobody", "no therapist", "unknown", "missing", "-", "?", "kein", "keine"}
    | {"0", "-1", "-9", "-99", "99", "999", "9999"}
)


def doubts(rows: FileRows, study: Study) -> tuple[str, ...]:
    """Find what is allowed and looks wrong."""
    return (
        *_codes(rows, study),
        *_few_values(rows, study),
        *_nobody(rows, study),
        *_times_as_informants(study),
        *_between_steps(rows, study),
        *_origin_far_off(rows, study),
    )


def _codes(rows: FileRows, study: Study) -> Iterator[str]:
    """Numbers such as 99 that stand several times, far from all others."""
    values: dict[str, Floats] = {
        covariate.name: np.asarray(rows.covariate_values[covariate.name], dtype=np.float64)
        for covariate in rows.covariates
        if covariate.kind == "numeric"
    }
    cells, scales = rows.cells, study.scales
    for position, label in enumerate(study.informants):
        if not scales[label].is_bounded:
            values[cells.column[position]] = cells.rating[cells.informant == position]
    for name, given in values.items():
        known, counts = np.unique(given[~np.isnan(given)], return_counts=True)
        for at in (0, len(known) - 1):
            if len(known) < FEWEST_KNOWN or counts[at] < FEWEST_TIMES:
                continue
            others = np.delete(known, at)
            beyond = np.abs(known[at] - others).min()
            if CODE.fullmatch(exact(known[at])) and beyond > FAR * np.ptp(others):
                yield (
                    f"{exact(known[at])} stands {counts[at]:,} times in {name}, far from all other "
                    "values: a code of missing values? List it in [file] missing."
                )


def _few_values(rows: FileRows, study: Study) -> Iterator[str]:
    """Numbers that may be codes of categories, of which the study file says nothing."""
    for covariate in rows.covariates:
        details = study.covariate.get(covariate.name)
        if covariate.kind != "numeric" or (details and (details.type or details.unit)):
            continue
        values = np.asarray(rows.covariate_values[covariate.name], dtype=np.float64)
        known = np.unique(values[~np.isnan(values)])
        if 2 < len(known) <= MOST_VALUES and (known == np.round(known)).all():
            yield (
                f"{covariate.name} has the few values {', '.join(map(exact, known))}: a number, or "
                "categories? Say so in its [covariate] table."
            )


def _between_steps(rows: FileRows, study: Study) -> Iterator[str]:
    """Ratings that the stated step of their scale does not reach."""
    for position, (label, scale) in enumerate(study.scales.items()):
        if not scale.step:
            continue
        own = rows.cells.rating[(rows.cells.informant == position) & rows.cells.given]
        steps = (own - (scale.center if scale.lower is None else scale.lower)) / scale.step
        n_between = int((np.abs(steps - np.round(steps)) > ROUNDING).sum())
        if n_between:
            yield (
                f"{n_between:,} of {len(own):,} ratings by {label} lie between the steps of "
                f"{exact(scale.step)} that [scale] says: is the step smaller?"
            )


def _origin_far_off(rows: FileRows, study: Study) -> Iterator[str]:
    """A time origin further from all ratings than these are from each other."""
    times = rows.time[rows.cells.entry[rows.cells.given]]
    if not len(times) or not study.has_times:
        return
    first, last, origin = float(times.min()), float(times.max()), study.time.origin
    if not first - (last - first) <= origin <= last + (last - first):
        yield (
            f"ratings lie from {exact(first)} to {exact(last)}, and the level is read at the time "
            f"origin, {exact(origin)}: is [time] origin meant so?"
        )


def _nobody(rows: FileRows, study: Study) -> Iterator[str]:
    """A therapist whose name says that there is none."""
    if rows.therapist is None:
        return
    pairs = pd.DataFrame({"child": rows.child, "therapist": rows.therapist}).drop_duplicates()
    counts = pairs["therapist"].value_counts()
    for therapist in counts.index:
        name, n_children = str(therapist).casefold(), int(counts[therapist])
        if n_children < 2 or name not in NOBODY:
            continue
        # Therapists may have numbers, and one of them 0; then not far more children than others.
        if name.lstrip("-").isdigit() and n_children <= MANY * counts.drop(therapist).max():
            continue
        yield (
            f"Therapist '{therapist}' has {n_children:,} children: somebody, or nobody ([columns] "
            "no_therapist, and its name in [file.missing_in])?"
        )


def _times_as_informants(study: Study) -> Iterator[str]:
    """Informants whose columns differ by a number or a wave only, in a file without times."""
    if study.layout != "wide" or study.columns.time is not None or len(study.informants) < 2:
        return
    columns = [*study.informants.values()]
    for waves, differ in WAVES.items():
        stems = [re.sub(waves, "{time}", column, count=1) for column in columns]
        if all("{time}" in stem and stems.count(stem) > 1 for stem in stems):
            one, *more = dict.fromkeys(stems)
            each = "".join(f', "{stem}"' for stem in more)
            who = "informants rate at several times" if more else "one informant at several times"
            said = f'patterns for informants, "{one}"{each}' if more else f'informant = "{one}"'
            yield (
                f"The columns of the informants ({', '.join(columns)}) differ by {differ} only: "
                f'{who}? Then say layout = "wide_over_time" and {said}.'
            )
            return
