"""A table for a paper: average changes under four assumptions about who leaves."""

import numpy as np
import pandas as pd

from bayes_alliance.errors import checked_arguments
from bayes_alliance.reporting.prose.leaving import interval, scale_of
from bayes_alliance.reporting.prose.wording import headed, percent, printed
from bayes_alliance.reporting.tables.cells import arranged
from bayes_alliance.reporting.tables.notes import MADE_UP
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.studies.leaving import LeavingStudy

HEADS = {
    "ignoring": "Ignored",
    "rating": "Follows rating",
    "either": "Follows either",
    "alliance": "Follows alliance",
}


@checked_arguments
def leaving(study: LeavingStudy) -> PaperTable:
    """Average changes under four assumptions about who leaves, for a paper.

    Parameters
    ----------
    study : LeavingStudy
        As from ``leaving_study``.

    Returns
    -------
    PaperTable
        A row per informant; its ``frame`` is ``leaving.csv``.
    """
    rows = []
    informants = study.change.index.get_level_values("informant").unique()
    chosen = (study.tipping["cells"] == "left") & (study.tipping["shift"] == "constant")
    points = study.tipping[chosen].set_index(["direction", "informant"])["tipping_point"]
    for informant in informants:
        own = study.change.xs(informant, level="informant")
        row = {"stub": headed(study.words.name(str(informant)))}
        row |= {HEADS[str(name)]: interval(values) for name, values in own.iterrows()}
        row["Falls from"] = printed(float(points["falls", informant]), 1)
        row["Rises to"] = printed(float(points["rises", informant]), 1)
        rows.append(row)
    made_up = f"{MADE_UP} " if study.synthetic else ""
    note = (
        f"{made_up}Entries: average change per {study.time.step}, posterior median and 95% "
        "interval, if leaving is ignored, follows the rating of the day, may follow either, or "
        "follows the "
        f"alliance behind the rating. {scale_of(study)}Falls from, rises to: by how many points "
        "ratings after leaving must at least, and may at most, be lower than expected for the "
        "chance that the average falls, or rises, to be .95."
    )
    return PaperTable(
        name="leaving",
        title="Average Change Under Four Assumptions About Who Leaves",
        frame=study.table,
        shown=arranged(rows, "Informant"),
        note=study.words.said(note),
    )


@checked_arguments
def who_left(study: LeavingStudy) -> pd.DataFrame:
    """Families in treatment at each time, with the share of those there at first.

    Parameters
    ----------
    study : LeavingStudy
        As from ``leaving_study``.

    Returns
    -------
    DataFrame
        A row for all and one per group of a covariate; entries as ``"61 (29%)"``.
    """
    counts = study.groups
    first, times = counts.iloc[:, 0], counts.columns.to_numpy(dtype=np.float64)
    out = pd.DataFrame(
        {
            study.time.said(time): [
                f"{n} ({percent(n / of)})" for n, of in zip(counts[time], first, strict=True)
            ]
            for time in times
        }
    )
    names = [
        headed(study.words.name(str(name))) if name else "All" for name, _ in counts.index.tolist()
    ]
    groups = ["" if not name else str(group) for name, group in counts.index.tolist()]
    out.insert(0, "Group", groups)
    out.insert(0, "Of", names)
    return out
