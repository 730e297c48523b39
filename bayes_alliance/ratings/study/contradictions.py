"""What is wrong between the tables of a study file, and shows only when they are read together.

A column with two meanings, a covariate of a level without its column, scales and informants that do
not match, times that nothing gives.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bayes_alliance.errors import Problem, nearest
from bayes_alliance.levels import LEVELS
from bayes_alliance.numerals import exact
from bayes_alliance.ratings.study.tables import IN_TREATMENT, TIME, item_columns, rating_column
from bayes_alliance.ratings.variables import COVARIATE_LEVELS

if TYPE_CHECKING:
    from bayes_alliance.ratings.study import Study

RESERVED = (*LEVELS, "time", IN_TREATMENT, "informant", "rating", "status")


def contradictions(study: "Study") -> list[Problem]:
    """Find what is wrong between the tables of a study file."""
    return [
        *_layout_problems(study),
        *_item_problems(study),
        *_double_columns(study),
        *_scale_problems(study),
        *_covariate_problems(study),
        *_reserved_names(study),
        *_time_problems(study),
        *_planned_problems(study),
        *_word_problems(study),
    ]


def _layout_problems(study: "Study") -> list[Problem]:
    problems = []
    for key in ("informant", "rating"):
        column = getattr(study.columns, key)
        has_items = key == "rating" and study.items is not None
        if has_items and column is not None:
            message = "is made of the items that [items] names: leave one of the two out"
            problems.append(Problem(where=f"[columns] {key}", value=column, message=message))
            continue
        if study.layout == "long" and column is None and not has_items:
            problems.append(Problem(where=f"[columns] {key}", message="is needed in long layout"))
        if study.layout != "long" and column is not None:
            message = (
                f"belongs to long layout only; in {study.layout} layout [informants] names the "
                "columns"
            )
            problems.append(Problem(where=f"[columns] {key}", value=column, message=message))
    return problems + _over_time_problems(study)


def _over_time_problems(study: "Study") -> list[Problem]:
    """What the names of columns must hold where every time has columns of its own."""
    named = [(f"[informants] {label}", name) for label, name in study.informants.items()]
    named += [("[covariates] occasion", name) for name in study.covariates.occasion]
    if study.treatment is not None and study.treatment.in_treatment is not None:
        named.append(("[treatment] in_treatment", study.treatment.in_treatment))
    if study.layout != "wide_over_time":
        message = 'has a place for the time: say layout = "wide_over_time" for a row per child'
        return [
            Problem(where=where, value=name, message=message)
            for where, name in named
            if TIME in name and study.layout == "wide"
        ]
    message = 'must say where the time stands in the names of columns, as in "tasc_c_t{time}"'
    problems = [
        Problem(where=where, value=name, message=message)
        for where, name in named
        if name.count(TIME) != 1
    ]
    if study.columns.time is not None:
        message = "belongs to the other layouts; in wide_over_time the names of columns hold times"
        problems.append(Problem(where="[columns] time", value=study.columns.time, message=message))
    return problems


def _item_problems(study: "Study") -> list[Problem]:
    table = study.items
    if table is None:
        return []
    problems = []
    if study.layout == "long" and table.column is not None and "{informant}" in table.column:
        message = "in long layout a row has the items of one informant: leave {informant} out"
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    if study.layout != "long" and "{informant}" not in (table.column or "{informant}"):
        message = 'must name the informant too, as in "{informant}_{item}"'
        problems.append(Problem(where="[items] column", value=table.column, message=message))
    own = isinstance(study.scale, Mapping)
    if isinstance(study.scale, Mapping) and not set(study.scale) >= set(study.informants):
        return problems
    lower, upper = (len(table.names) * end for end in (table.lower, table.upper))
    message = (
        f"must be that of the total: {len(table.names)} items of {table.lower} to "
        f"{table.upper} have lower = {lower} and upper = {upper}"
    )
    for label, scale in study.scales.items():
        if (scale.lower, scale.upper) != (lower, upper):
            where = f"[scale.{label}]" if own else "[scale]"
            problems.append(Problem(where=where, value=str(scale), message=message))
    return list(dict.fromkeys(problems))


def _double_columns(study: "Study") -> list[Problem]:
    columns = [(f"[columns] {key}", name) for key, name in study.columns.given.items()]
    informants = [(f"[informants] {label}", name) for label, name in study.informants.items()]
    # In long layout the columns of items are the same for all informants.
    labels = list(study.informants)[: 1 if study.layout == "long" else None]
    items = [(f"[items] {label}", name) for label in labels for name in study.item_columns(label)]
    others = [] if study.treatment is None else [("[treatment]", study.treatment.column)]
    for level in COVARIATE_LEVELS:
        others += [(f"[covariates] {level}", name) for name in getattr(study.covariates, level)]
    if study.layout != "long" and study.items is None:
        return _repeated([*columns, *informants, *items, *others])
    # What [informants] says is then no column: a value, or how the columns of items begin.
    return _repeated([*columns, *items, *others]) + _repeated(informants)


def _repeated(uses: list[tuple[str, str]]) -> list[Problem]:
    """Names that stand twice, and where they stand first."""
    first: dict[str, str] = {}
    problems = []
    for where, name in uses:
        earlier = first.setdefault(name, where)
        if earlier != where or uses.count((where, name)) > 1:
            message = f"is used twice (also by {earlier})"
            problems.append(Problem(where=where, value=name, message=message))
    return list(dict.fromkeys(problems))


def _scale_problems(study: "Study") -> list[Problem]:
    if not isinstance(study.scale, Mapping):
        return []
    problems = [
        Problem(
            where=f"[scale.{label}]",
            message=f"is not an informant.{nearest(label, study.informants)}",
        )
        for label in study.scale
        if label not in study.informants
    ]
    problems += [
        Problem(where=f"[scale.{label}]", message="is needed: other informants have a scale")
        for label in study.informants
        if label not in study.scale
    ]
    return problems


def _covariate_problems(study: "Study") -> list[Problem]:
    problems = []
    for level, column in (("therapist", study.columns.therapist), ("clinic", study.columns.clinic)):
        if getattr(study.covariates, level) and column is None:
            message = f"needs [columns] {level}"
            problems.append(Problem(where=f"[covariates] {level}", message=message))
    if study.covariates.occasion and not study.has_times:
        problems.append(Problem(where="[covariates] occasion", message="needs [columns] time"))
    if study.treatment is not None and not study.has_times:
        problems.append(Problem(where="[treatment]", message="needs [columns] time"))
    for name, details in study.covariate.items():
        where = f"[covariate.{name}]"
        if name not in study.covariate_levels:
            suggestion = nearest(name, study.covariate_levels)
            message = f"is not a covariate listed in [covariates].{suggestion}"
            problems.append(Problem(where=where, message=message))
        if details.reference is not None and details.type in ("numeric", "binary"):
            message = f"only a categorical covariate has a reference; this one is {details.type}"
            problems.append(
                Problem(where=f"{where} reference", value=details.reference, message=message)
            )
        known = (*details.labels, *details.labels.values())
        if details.labels and details.reference is not None and details.reference not in known:
            message = f"is none of the labels.{nearest(details.reference, known)}"
            problems.append(
                Problem(where=f"{where} reference", value=details.reference, message=message)
            )
    return problems


def _reserved_names(study: "Study") -> list[Problem]:
    columns = {*RESERVED, *map(rating_column, study.informants)}
    if study.items is not None:
        items = study.items.items()
        columns |= set(items.columns)
        columns |= {name for label in study.informants for name in item_columns(label, items)}
    message = "cannot name a covariate: the package uses it; rename the column"
    return [
        Problem(where="[covariates]", value=name, message=message)
        for name in study.covariate_levels
        if name in columns
    ]


def _time_problems(study: "Study") -> list[Problem]:
    time, columns, problems = study.time, study.columns, []
    if len(set(time.occasions)) < len(time.occasions):
        message = "must differ from each other"
        problems.append(
            Problem(where="[time] occasions", value=list(time.occasions), message=message)
        )
    if time.labels and not study.has_times:
        problems.append(Problem(where="[time] labels", message="needs [columns] time"))
    if time.dates and columns.time is None:
        problems.append(Problem(where="[time] dates", message="needs [columns] time"))
    if columns.entry is not None and not time.dates:
        message = "is the date from which times are counted: say [time] dates = true"
        problems.append(Problem(where="[columns] entry", value=columns.entry, message=message))
    if columns.no_therapist is not None and columns.therapist is None:
        problems.append(
            Problem(where="[columns] no_therapist", message="needs [columns] therapist")
        )
    return problems


def _planned_problems(study: "Study") -> list[Problem]:
    problems = []
    for label, times in study.planned.items():
        where = f"[planned] {label}"
        if label not in study.informants:
            message = f"is not an informant.{nearest(label, study.informants)}"
            problems.append(Problem(where=where, message=message))
        if not study.has_times:
            problems.append(Problem(where=where, message="needs [columns] time"))
        if not times or len(set(times)) < len(times):
            message = "must list at least one time, and each once"
            problems.append(Problem(where=where, value=list(times), message=message))
        known = study.time.occasions or tuple(study.time.labels.values())
        for time in times:
            if known and time not in known:
                message = f"is none of the times ({', '.join(map(exact, known))})"
                problems.append(Problem(where=where, value=time, message=message))
    return problems


def _word_problems(study: "Study") -> list[Problem]:
    known: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("informants", "an informant", study.informants),
        ("covariates", "a covariate", study.covariate_levels),
    )
    return [
        Problem(
            where=f"[words.{key}] {label}",
            message=f"is not {what}.{nearest(label, labels)}",
        )
        for key, what, labels in known
        for label in getattr(study.words, key)
        if label not in labels
    ]
