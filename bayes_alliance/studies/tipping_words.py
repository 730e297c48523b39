"""What a search for the prior at which conclusions change says, in sentences."""

from collections.abc import Iterator

import pandas as pd

from bayes_alliance.ratings.words import Words
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.tipping import HIDDEN, OPEN

FAR = "whatever the prior of one block, from 64 times narrower to 64 times wider than stated"


def sentences(tipping: pd.DataFrame, flat: tuple[str, ...], words: Words) -> Iterator[str]:
    """Say of every conclusion at which prior it falls, or begins to hold.

    Parameters
    ----------
    tipping : DataFrame
        As from `tipping.Search.table`.
    flat : tuple of str
        Blocks whose priors cannot be made wider.
    """
    for conclusion, own in tipping.groupby("conclusion", sort=False):
        name = f"“{readable(str(conclusion), words)}”"
        changing = own[own["change"] != ""]
        unsure = _unsure(own, words)
        if changing.empty:
            far = "as far as priors were looked at" if (own["how"] == OPEN).any() else FAR
            if unsure:
                far += f", as far as can be told: {unsure}"
            yield f"{name} keeps its verdict {far}."
            continue
        verb = "falls" if changing["change"].iloc[0] == "falls" else "would be supported"
        where = " or ".join(place(row, words) for _, row in changing.iterrows())
        yield f"{name} {verb} only if {where}{f'; {unsure}' if unsure else ''}."
    if flat and len(tipping):
        blocks = words.said(" and ".join(flat))
        yield f"Priors of {blocks} are flat and cannot be made wider."


def place(row: pd.Series, words: Words) -> str:
    """Say at which prior a conclusion changes.

    Returns
    -------
    str
        ``"the prior of slopes is 11 times narrower than stated"``.
    """
    block = words.said(row["block"])
    if pd.isna(row["factor"]):
        return f"the prior of {block} is moved {abs(row['shift']):.2g} of its sds {row['way']}"
    times = row["factor"] if row["way"] == "wider" else 1.0 / row["factor"]
    return f"the prior of {block} is {times:.2g} times {row['way']} than stated"


def _unsure(own: pd.DataFrame, words: Words) -> str:
    """Where Monte-Carlo error hides whether a conclusion changes; nothing if nowhere."""
    blocks = list(dict.fromkeys(own.loc[own["how"] == HIDDEN, "block"]))
    if not blocks:
        return ""
    every = len(blocks) > 1 and len(blocks) == own["block"].nunique()
    named = "every block" if every else words.said(" or ".join(blocks))
    return f"Monte-Carlo error hides whether it changes under other priors of {named}"
