"""What a fit implies, in plain words: stability, agreement, dyads, what the prior decides.

Sentences read the table of estimands, so that they and the table say the same numbers.
"""

import pandas as pd

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.wording import digits, headed, listed, spoken, with_interval
from bayes_alliance.reporting.tables.data_tables import time_label

MOST_NAMED = 8


def stability(fit: Fit, estimands: pd.DataFrame) -> list[str]:
    """Say how stable differences between children are over the time observed.

    Parameters
    ----------
    estimands : DataFrame
        As from `tables.estimands`.

    Returns
    -------
    list of str
        One sentence per informant.
    """
    rows = _of(estimands, "variance.stability")
    said = []
    who = _last(rows)
    for informant in dict.fromkeys(who):
        own = rows[[name == informant for name in who]]
        told = {str(row["of"]).partition(",")[0]: _interval(row) for _, row in own.iterrows()}
        span = own["of"].iloc[0].split(",")[1].removeprefix("time=").split(";")
        first, last = (time_label(fit.ratings, float(time)) for time in span)
        text = (
            f"{headed(informant)}: ratings of a child at {first} and {last} correlate "
            f"{told['total']}"
        )
        if "disattenuated" in told:
            text += f"; free of what varies from occasion to occasion, {told['disattenuated']}"
        said.append(f"{text}.")
    return said


def together(fit: Fit, estimands: pd.DataFrame) -> list[str]:
    """Say how far all informants give the same rating.

    Parameters
    ----------
    estimands : DataFrame
        As from `tables.estimands`.

    Returns
    -------
    list of str
        One sentence each for the first and the last reference time; empty where points of
        informants cannot be compared.
    """
    agree = _of(estimands, "agreement.intraclass_agreement")
    shift = _of(estimands, "agreement.intraclass_consistency").set_index("of")
    said = {}
    for _, row in agree.iterrows():
        time = float(row["of"].removeprefix("time=").removesuffix(",all"))
        said[time] = (
            f"At {time_label(fit.ratings, time)}, the intraclass correlation of single ratings "
            f"over all informants is {_interval(row)} for absolute agreement, ICC(A,1), and "
            f"{_interval(shift.loc[row['of']])} for agreement but for a shift, ICC(C,1)."
        )
    times = sorted(said)
    return [said[time] for time in dict.fromkeys([*times[:1], *times[-1:]])]


def dyads(estimands: pd.DataFrame) -> list[str]:
    """Say whether therapists and clients return each other's view.

    Parameters
    ----------
    estimands : DataFrame
        As from `tables.estimands`.

    Returns
    -------
    list of str
        One sentence per dyad; empty if the informants' names tell of none.
    """
    returned = _of(estimands, "dyads.reciprocity")
    tracked = _of(estimands, "dyads.tracking")
    said = []
    who = _last(returned)
    for pair in dict.fromkeys(who):
        own = returned[[name == pair for name in who]]
        kinds = {str(row["of"]).partition(",")[0]: _interval(row) for _, row in own.iterrows()}
        therapist, _, client = pair.partition(";")
        text = (
            f"{headed(therapist)} and {spoken(client)}: how a therapist sees clients in general "
            f"and how clients see this therapist correlate {kinds['generalised']} (generalised "
            "reciprocity); how a therapist sees one of several clients and how this client sees "
            f"the therapist correlate {kinds['dyadic']} (dyadic reciprocity)"
        )
        follows = tracked[[name == pair for name in _last(tracked)]]
        if len(follows):
            text += (
                f"; a point more in what the {spoken(client)} means goes with "
                f"{_interval(follows.iloc[0])} points in what the therapist means (tracking)"
            )
        said.append(f"{text}.")
    return said


def prior_driven(estimands: pd.DataFrame, *, named: bool = True) -> str:
    """Say which of the reported estimands the prior decides.

    Parameters
    ----------
    estimands : DataFrame
        As from `tables.estimands`.
    named : bool
        Whether to name them.
    """
    known = estimands.dropna(subset="contraction")
    if not len(known):
        return (
            "The prior of this model cannot be drawn here, so it is not known how much the ratings "
            "added to it."
        )
    driven = known[known["prior_driven"].astype(bool)]
    head = (
        f"Of {len(known)} estimands the ratings took away more than half of the prior's variance "
        f"in {len(known) - len(driven)}"
    )
    if not len(driven):
        return f"{head}: none is driven by the prior."
    if not named:
        return (
            f"{head}; {len(driven)} stand on the prior (contraction below one half) and are to be "
            "reported with it."
        )
    names = [f"{row['estimand']} of {row['of']}" for _, row in driven.head(MOST_NAMED).iterrows()]
    more = f" and {len(driven) - len(names)} more" if len(driven) > len(names) else ""
    told = ", ".join(names) + more if more else listed(names)
    return (
        f"{head}; {len(driven)} stand on the prior and are to be reported with it: {told} "
        "(contraction below one half)."
    )


def _of(estimands: pd.DataFrame, name: str) -> pd.DataFrame:
    return estimands[estimands["estimand"] == name].dropna(subset="median")


def _last(rows: pd.DataFrame) -> list[str]:
    """The last of three labels: informants, whose names may hold commas."""
    return [str(label).split(",", 2)[2] for label in rows["of"]]


def _interval(row: pd.Series) -> str:
    decimals = digits(float(row["upper"] - row["lower"]))
    return with_interval(row["median"], row["lower"], row["upper"], decimals=decimals)
