"""One item of a checklist: done, with its value and its place; missing, with what to do."""

from dataclasses import dataclass
from typing import Literal

from bayes_alliance.posterior.verdict import Check

type Status = Literal["done", "missing", "does not apply"]

TRUST = "Can this fit be trusted?"
OTHER_PRIORS = "Would other priors say the same?"
GRID = (
    "study = sensitivity.grid(fit.spec, fit.ratings, conclusions=[sensitivity.Conclusion.parse("
    "'slope[child] < 0')], seed=1); report.write(fit, folder, studies=[study])"
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a checklist.

    Parameters
    ----------
    guideline : str
        ``"BARG 1.A"``, ``"WAMBS 2"``.
    status : {"done", "missing", "does not apply"}
    value : str
        The result.
    where : str
        Section of the report.
    how : str
        What to do if it is missing.
    """

    guideline: str
    item: str
    status: Status
    value: str = ""
    where: str = ""
    how: str = ""


def done(guideline: str, item: str, *, value: str, where: str) -> Item:
    """Make an item that is done, with its result and the section of the report that shows it."""
    return Item(guideline=guideline, item=item, status="done", value=value, where=where)


def missing(guideline: str, item: str, *, how: str, value: str = "") -> Item:
    """Make an item that is missing, with what to do and what is known already."""
    return Item(guideline=guideline, item=item, status="missing", value=value, how=how)


def idle(guideline: str, item: str, *, value: str) -> Item:
    """Make an item that does not apply; `value` says why."""
    return Item(guideline=guideline, item=item, status="does not apply", value=value)


def checked(guideline: str, item: str, check: Check | None, *, how: str, more: str = "") -> Item:
    """Make an item that a check answers, if it was made; `how` says how to make it."""
    if check is None:
        return missing(guideline, item, how=how)
    return done(guideline, item, value=f"{check.verdict}: {check.sentence}{more}", where=TRUST)
