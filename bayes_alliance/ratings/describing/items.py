"""Items as they were answered: how many, and whether each goes with the others."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayes_alliance.ratings.describing.wording import share

if TYPE_CHECKING:
    from bayes_alliance.ratings.ratings import Ratings

FEWEST = 10  # ratings with all items, below which correlations are not told


def item_sentences(ratings: "Ratings") -> tuple[str, ...]:
    """Say what items ratings are totals of, and which of them run against the others.

    Returns
    -------
    tuple of str
        Empty if only totals are known. An item that goes down where the sum of the others goes up
        was probably worded the other way round (corrected item-total correlation).
    """
    items = ratings.items
    if items is None:
        return ()
    answers = items.turned(ratings.long[items.columns].to_numpy(dtype=np.float64))
    begun = ~np.isnan(answers).all(axis=1)
    skipped = share(int(np.isnan(answers[begun]).sum()), int(begun.sum()) * len(items.names))
    turned = f"; {', '.join(items.reverse)} turned around" if items.reverse else ""
    said = [
        f"Ratings are totals of {len(items.names)} items of {items.lower} to {items.upper}"
        f"{turned}. "
        f"Items not answered: {skipped}; a total needs {100 * items.prorate:.0f} % of them."
    ]
    against = []
    for informant in ratings.informants:
        own = (ratings.long["informant"] == informant).to_numpy() & ~np.isnan(answers).any(axis=1)
        if own.sum() < FEWEST:
            continue
        frame = pd.DataFrame(answers[own])
        # An item that does not vary has no correlation, and is not told.
        correlation = frame.corrwith(-frame.sub(frame.sum(axis="columns"), axis="index"))
        against += [
            f"{item} of {informant} ({value:.2f})"
            for item, value in zip(items.names, correlation, strict=True)
            if value < 0
        ]
    if against:
        said.append(
            f"Items that fall where the sum of the others rises: {', '.join(against)} (correlation "
            "with that sum). Are they worded the other way round? See reverse in [items]."
        )
    return tuple(said)
