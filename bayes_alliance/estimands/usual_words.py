"""What the usual analysis and a joint model say alike, and why they may not, in words.

`hardly_differ` states when two answers are the same for a reader; `why` gives the reasons for a
difference, as far as they apply to the model and the ratings; `in_words` names the largest ones.
"""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from bayes_alliance.numerals import percent, printed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification.phrases import capitalised, listed

# Judgement: medians closer than this share of the width of the usual interval (two fifths of a
# posterior sd), with intervals whose widths differ by less than a quarter, say the same.
HARDLY, WIDER = 0.1, 1.25
HARDLY_DIFFERS = "hardly differs: by less than a tenth of the width of the usual interval"


def hardly_differ(usual: tuple[float, float, float], joint: tuple[float, float, float]) -> bool:
    """Whether two answers say the same.

    Parameters
    ----------
    usual, joint : tuple of float
        Median, lower and upper end of the interval.

    Returns
    -------
    bool
        Medians differ by less than a tenth of the width of the usual interval, and widths by less
        than a quarter. False where there is no usual answer.
    """
    width, wide = usual[2] - usual[1], joint[2] - joint[1]
    return abs(joint[0] - usual[0]) < HARDLY * width and width / WIDER < wide < width * WIDER


def why(joint: Fit) -> dict[str, str]:
    """Why the usual analysis may find something else, as far as it applies to a joint model.

    Parameters
    ----------
    joint : Fit
        Of the joint model.

    Returns
    -------
    dict of str to str
        By quantity of the table.
    """
    spec = joint.spec
    differ = spec.child is not None and spec.child.in_change
    others = (
        "the joint model also uses what the other informants said of a child when one is missing "
        "or the family has left"
        if len(joint.design.informants) > 1 and not joint.design.present.all()
        else "the joint model weighs ratings by what varies between children"
    )
    change = (
        "; and children may differ in change, so the interval no longer takes many ratings of few "
        "children for as many independent ones"
        if differ
        else ""
    )
    apart = [
        *(["what therapists differ in"] if spec.therapist is not None else []),
        *(["how children differ in change"] if differ else []),
        *(["what clinics differ in"] if spec.clinic is not None else []),
    ]
    stable = "no longer counts as, or hides, stable differences between children"
    scale = "; means of ratings at the ends of the scale" if spec.family.observed_differs else ""
    against = " against others of the same therapist" if spec.therapist is not None else ""
    alike = ", alike in the covariates" if spec.covariates else ""
    reasons = {
        "average level": f"{others}{scale}",
        "average change": f"as for the level{change}",
        "share between children": f"{listed(apart)} {stable}"
        if apart
        else "the joint model takes all informants at once",
        "share between therapists": "the usual analysis has no therapists",
        "agreement": (
            "usual: ratings of one occasion, noise included; joint: what the two mean of one "
            f"child{against}{alike}, noise of single occasions taken out"
        ),
    }
    return {quantity: joint.ratings.words.said(reason) for quantity, reason in reasons.items()}


def pairs_by_name(informants: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Pairs of informants by what the table calls them: ``"child;caregiver"``."""
    return {f"{first};{second}": (first, second) for first, second in combinations(informants, 2)}


def in_slopes(joint: Fit) -> bool:
    """Whether slopes say all of change: of a straight line, on the scale of the ratings.

    Parameters
    ----------
    joint : Fit
        Of the joint model.
    """
    return joint.spec.trajectory.slope_is_change and not joint.spec.family.observed_differs


def in_words(table: pd.DataFrame, joint: Fit) -> str:
    """Say what changes most from the usual analysis to the joint model.

    Parameters
    ----------
    table : DataFrame
        Of both side by side.
    """
    time, words = joint.ratings.time, joint.ratings.words
    per = f"per {time.step}" if in_slopes(joint) else "over all occasions"
    said = []
    change = _largest(table, "average change")
    if change is not None:
        width, wide = (
            change[f"{one}_upper"] - change[f"{one}_lower"] for one in ("usual", "joint")
        )
        name, hardly = words.spoken(change["of"]), "average changes hardly differ"
        if not change["differs"]:
            said.append(f"{hardly} (by less than a tenth of the width of the usual interval)")
        elif abs(change["difference"]) < HARDLY * width:
            times = printed(wide / width, 1)
            said.append(f"{hardly}; their intervals do (of {name} {times} times as wide)")
        else:
            said.append(
                f"the average change of {name} is {printed(change['joint'], 2)} instead of "
                f"{printed(change['usual'], 2)} points {per} (the largest difference in change)"
            )
    agreement = _largest(table, "agreement")
    if agreement is not None:
        pair = pairs_by_name(joint.ratings.informants)[agreement["of"]]
        first, second = map(words.spoken, pair)
        joint_cor, usual_cor = (
            printed(agreement[column], 2, bounded=True) for column in ("joint", "usual")
        )
        said.append(
            f"{first} and {second} agree with a correlation of {joint_cor} in what they mean "
            f"instead of {usual_cor} in what they rate"
        )
    therapists = table[table["quantity"] == "share between therapists"]
    if len(therapists):
        most = therapists.sort_values("joint", ascending=False).iloc[0]
        said.append(
            words.said("therapists, absent from the usual analysis, account for")
            + f"{' up to' * (len(therapists) > 1)} {percent(most['joint'])} of the variance of "
            f"ratings by {words.spoken(most['of'])}"
        )
    first, *others = said or ["there is nothing to compare"]
    made_up = " (SYNTHETIC ratings)" if joint.ratings.synthetic else ""
    return " ".join(
        [
            f"Beside separate models{made_up}, with all informants in one model {first}.",
            *(f"{capitalised(one)}." for one in others),
        ]
    )


def _largest(table: pd.DataFrame, quantity: str) -> pd.Series | None:
    """The row of a quantity that differs most: in its median, else in the width of its interval."""
    rows = table[(table["quantity"] == quantity) & table["difference"].notna()]
    if rows.empty:
        return None
    size = rows["difference"].abs()
    moved = size >= HARDLY * (rows["usual_upper"] - rows["usual_lower"])
    order = ["moved", "differs", "size"]
    return rows.assign(size=size, moved=moved).sort_values(order, ascending=False).iloc[0]
