"""Is the report complete? The two checklists reviewers ask for, filled from a fit.

Every item is *done*, with its value and where it stands in the report, *missing*, with what to do,
or *does not apply*. Items are those of the Bayesian Analysis Reporting Guidelines (BARG; Kruschke
2021, table 1) and of WAMBS (Depaoli and van de Schoot 2017), in our words. What only authors can
know (why, for what, whether it makes sense) is never called done.

References
----------
Kruschke (2021), Nature Human Behaviour 5, 1282-1291. Depaoli and van de Schoot (2017),
Psychological Methods 22, 240-261.
"""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.checklist import barg, wambs
from bayes_alliance.reporting.tables import Study
from bayes_alliance.results.collection import Reported, collected

__all__ = ["counted", "filled"]


@checked_arguments
def filled(
    fit: Fit,
    *,
    checks: Sequence[Check] = (),
    studies: Sequence[Study] = (),
    records: Reported | None = None,
) -> pd.DataFrame:
    """Fill both checklists from a fit.

    Parameters
    ----------
    checks : sequence of Check
        Those that were made.
    studies : sequence
        Those that were made: ``PriorStudy``, ``PowerScaling``, ``Comparison``, ``UsualAnalysis``,
        ``LeavingStudy``.
    records : Reported, optional
        As from `collected`; computed here if not given.

    Returns
    -------
    DataFrame
        Columns ``guideline, item, status, value, where, how``.
    """
    everything = collected(fit) if records is None else records
    summary = everything.summary
    made = {check.name: check for check in checks}
    items = [
        *barg.explained(fit, made),
        *barg.computed(fit, made, summary, everything.estimands),
        *barg.described(made, studies),
        *barg.reproducible(fit),
        *wambs.understood(fit, made, summary),
        *wambs.influenced(studies, everything),
    ]
    return pd.DataFrame([asdict(item) for item in items])


@checked_arguments
def counted(checklist: pd.DataFrame) -> str:
    """Say how much of the checklists is done.

    Parameters
    ----------
    checklist : DataFrame
        As from `filled`.
    """
    counts = checklist["status"].value_counts()
    absent = checklist.loc[checklist["status"] == "missing", "guideline"]
    still = f": {', '.join(absent)}" if len(absent) else ""
    return (
        f"{counts.get('done', 0)} of {len(checklist)} items are done, "
        f"{counts.get('does not apply', 0)} do not apply, {len(absent)} are missing{still}."
    )
