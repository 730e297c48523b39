"""What `fit --leaving` adds: who is asked about, what is fitted beside, and its files."""

from typing import TYPE_CHECKING, Annotated

import typer

import bayes_alliance as ba
from bayes_alliance.cli.markup import bold

if TYPE_CHECKING:
    from bayes_alliance.posterior.fit import Fit
    from bayes_alliance.ratings import Ratings
    from bayes_alliance.specification import ModelSpec
    from bayes_alliance.studies.leaving import LeavingStudy

FILES = ("leaving.csv", "tipping.csv")

Who = Annotated[
    str,
    typer.Option(
        "--leaving",
        metavar="WHO",
        help="Also fit what leaving may follow (the rating, the alliance, either) and say whether "
        f"it matters; of {bold('all')} informants, or of those named, with commas between.",
        show_default=False,
    ),
]


def who(spec: "ModelSpec", ratings: "Ratings", named: str) -> tuple[str, ...]:
    """Read whose alliance leaving may follow, and refuse what no model could be fitted to."""
    if not named:
        return ()
    # Loaded when asked for: other commands are to start at once.
    from bayes_alliance.studies.leaving import possible

    everybody = tuple(ratings.informants)
    chosen = everybody if named.strip() == "all" else tuple(map(str.strip, named.split(",")))
    possible(spec, ratings, informants=chosen)
    return chosen


def study(fitted: "Fit", informants: tuple[str, ...]) -> "LeavingStudy":
    """Fit under the assumptions about leaving that the fit does not make."""
    typer.echo("Fitting what leaving may follow: the rating, the alliance, either.")
    ignoring = fitted if fitted.spec.leaving is None else None
    return ba.leaving_study(
        fitted.spec, fitted.ratings, seed=fitted.seed, informants=informants, ignoring=ignoring
    )


def contents(study: "LeavingStudy") -> dict[str, bytes]:
    """Files of a study of leaving."""
    import pandas as pd

    from bayes_alliance.reporting.escaping import csv

    shown = ["conclusion", "cells", "shift", "support", "tipping_point"]
    parts = [part[shown] for part in (study.tipping, study.effects) if len(part)]
    tables = (study.table, pd.concat(parts, ignore_index=True))
    return {name: csv(table).encode() for name, table in zip(FILES, tables, strict=True)}
