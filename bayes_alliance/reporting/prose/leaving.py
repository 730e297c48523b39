"""What a study of leaving says, in sentences."""

import numpy as np
import pandas as pd

from bayes_alliance.reporting.prose.wording import digits, listed, percent, printed, with_interval
from bayes_alliance.specification.phrases import capitalised
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.shifts import SAID

CALLED = {
    "ignoring": "leaving is ignored",
    "rating": "it follows the rating of the day",
    "either": "it may follow either",
    "alliance": "it follows the alliance behind the rating",
}


def sentences(study: LeavingStudy) -> list[str]:
    """Say whether leaving matters, an informant at a time, and of whom averages are."""
    informants = study.change.index.get_level_values("informant").unique()
    texts = [_course(study, str(name)) for name in informants]
    texts += [_tipping(study, str(name)) for name in informants]
    texts += [*_effects(study), _follows(study), _hazard(study), _staying(study)]
    texts.append(f"{scale_of(study)}{ESTIMAND}")
    return [study.words.said(text) for text in texts]


def shown(study: LeavingStudy) -> dict[str, str]:
    """What figures show, by their name, for readers who do not see them."""
    informants = study.change.index.get_level_values("informant").unique()
    texts = {
        "in_treatment": _staying(study),
        "tipping": " ".join(_tipping(study, str(name)) for name in informants),
    }
    return {name: study.words.said(text) for name, text in texts.items()}


# In the words of ICH E9(R1).
HYPOTHETICAL = (
    "Averages over time are of all families of the study, as they would be had all stayed in "
    "treatment (a hypothetical strategy in the words of ICH E9(R1))"
)
ESTIMAND = (
    f"{HYPOTHETICAL}; where ratings are shifted, as they would be after leaving; observed means "
    "are of families while in treatment."
)


def scale_of(study: LeavingStudy) -> str:
    """Say on which scale changes are, if not on that of ratings; a sentence and a blank."""
    if not study.latent:
        return ""
    return "Changes are of the alliance behind the ratings, on a scale without ends. "


def interval(row: pd.Series) -> str:
    """Write a change with its interval."""
    decimals = digits(row["upper"] - row["lower"])
    return with_interval(row["median"], row["lower"], row["upper"], decimals=decimals)


def _course(study: LeavingStudy, informant: str) -> str:
    own = study.change.xs(informant, level="informant")
    parts = [f"{interval(row)} if {CALLED[str(name)]}" for name, row in own.iterrows()]
    return f"{_head(study, informant)}: change per {study.time.step} {listed(parts)}."


def _head(study: LeavingStudy, informant: str) -> str:
    return capitalised(study.words.spoken(informant))


def _tipping(study: LeavingStudy, informant: str) -> str:
    """Say which shift after leaving undoes the conclusion, or would make one."""
    rows = study.tipping
    own = rows[(rows["cells"] == "left") & (rows["shift"] == "constant")]
    by_direction = own[own["informant"] == informant].set_index("direction")
    rises, falls = (by_direction.loc[direction] for direction in ("rises", "falls"))
    head = _head(study, informant)
    if not np.isfinite(falls["tipping_point"]):
        return f"{head}: no shift of ratings after leaving could change this."
    at = abs(falls["tipping_point"]), abs(rises["tipping_point"])
    fall, rise = (_points(value) for value in at)
    if falls["support"] >= SAID:
        return (
            f"{head}: that it falls holds unless ratings after leaving are {fall} higher than "
            "expected, or more."
        )
    if rises["support"] >= SAID:
        return (
            f"{head}: that it rises holds unless ratings after leaving are {rise} lower than "
            "expected, or more."
        )
    return (
        f"{head}: neither that it falls nor that it rises can be said; the first could if ratings "
        f"after leaving were {fall} lower than expected, the second if they were {rise} higher."
    )


def _effects(study: LeavingStudy) -> list[str]:
    """Say which directions of effects are conclusions, and how far a shift is from undoing them."""
    rows = study.effects
    own = rows[
        (rows["cells"] == "left") & (rows["shift"] == "constant") & (rows["support"] >= SAID)
    ]
    texts = []
    for _, row in own.iterrows():
        covariate, informant = (
            study.words.spoken(str(row[key])) for key in ("covariate", "informant")
        )
        sign = "positive" if str(row["conclusion"]).endswith("> 0") else "negative"
        at = float(row["tipping_point"])
        if not np.isfinite(at):
            until = "whatever the shift of ratings after leaving"
        else:
            way = "lower" if at > 0 else "higher"
            until = f"until all ratings after leaving are {_points(abs(at))} {way} than expected"
        texts.append(
            f"That the effect of {covariate} on the change of {informant} is {sign} holds {until}."
        )
    return texts


def _points(value: float) -> str:
    text = printed(value, 1)
    return f"{text} point" if text == "1.0" else f"{text} points"


def _follows(study: LeavingStudy) -> str:
    parts = []
    for label, row in study.follows.iterrows():
        name = study.words.spoken(str(label))
        driven = " (mostly the prior)" if bool(row["prior_driven"]) else ""
        parts.append(f"{name} {interval(row)}{driven}")
    return (
        "If leaving follows the alliance, a point more of it moves the probit of leaving "
        f"(positive: more leave): {listed(parts)}."
    )


def _hazard(study: LeavingStudy) -> str:
    parts = [
        f"{percent(row['median'])} [{percent(row['lower'])}, {percent(row['upper'])}] of those in "
        f"treatment at {study.time.said(float(str(time)))}"
        for time, row in study.hazard.iterrows()
    ]
    return f"Before the next occasion the model expects new families to leave: {listed(parts)}."


def _staying(study: LeavingStudy) -> str:
    last = study.in_treatment.iloc[-1]
    low, high = percent(last["lower"]), percent(last["upper"])
    where = "inside" if last["lower"] <= last["share"] <= last["upper"] else "outside"
    return (
        f"At the last occasion {percent(last['share'])} were in treatment, {where} the {low} to "
        f"{high} that the model expects of new families."
    )
