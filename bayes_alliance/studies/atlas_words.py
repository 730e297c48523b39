"""What an atlas says of each conclusion, in a sentence."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayes_alliance.numerals import printed
from bayes_alliance.ratings.words import Words
from bayes_alliance.studies.analyses import STATED
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.crossing import TOLD_APART
from bayes_alliance.studies.names import readable

MOST = 4  # choices that a sentence names


def sentences(table: pd.DataFrame, words: Words, *, n_draws: int) -> Iterator[str]:
    """Say of each conclusion in how many analyses it stands, and what it depends on.

    Parameters
    ----------
    table : DataFrame
        As of `Atlas`.
    n_draws : int
        Of all chains of each fit.
    """
    error = math.sqrt(SUPPORTED * (1.0 - SUPPORTED) / n_draws)
    for name, own in table.groupby("conclusion", sort=False):
        made = own[own["verdict"] != "not defined"]
        stated = made[made["what"] == STATED].iloc[0]
        other = made[made["verdict"] != stated["verdict"]]
        said = f"“{readable(str(name), words)}”"
        n, same = len(made), len(made) - len(other)
        if stated["verdict"] == "supported":
            text = f"{said} stands in {same} of {n} analyses"
            leans = "depends on"
        else:
            text = f"{said} is {stated['verdict']} in {same} of {n} analyses"
            leans = "this depends on"
        if len(other):
            text += f"; {leans} {_listed(other, words)}"
            away = np.abs(other["support"].astype(float) - 0.5) - (SUPPORTED - 0.5)
            # That of each row, and of few draws near 0 or 1 no less than at the threshold.
            errors = np.fmax(other["mcse"].astype(float), error)
            close = int((np.abs(away) <= TOLD_APART * errors).sum())
            if close:
                text += f", {close} of these within Monte-Carlo error of the threshold"
        driven = sum(one is True for one in made["prior_driven"])  # None is unknown
        if driven:
            text += f"; in {driven} of them the prior drives it"
        yield f"{text}."


def _listed(rows: pd.DataFrame, words: Words) -> str:
    """What makes another verdict: ``"the ceiling (ends of the scale censored: .930)"``."""
    parts = []
    for what, own in rows.groupby("what", sort=False):
        settings = [
            f"{words.said(row['setting'])}: {_share(row['support'])}" for _, row in own.iterrows()
        ]
        parts.append(f"the {words.said(str(what))} ({', '.join(settings)})")
    shown = parts[:MOST] + ([f"{len(parts) - MOST} more choices"] if parts[MOST:] else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _share(support: float) -> str:
    # Draws do not tell it from 1.
    return printed(min(support, 0.999), 3, bounded=True)
