"""The sections of a report on two people at a time: agreement, therapists with their clients."""

import matplotlib.pyplot as plt

from bayes_alliance.levels import LEVELS
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.contents import (
    INTERVALS,
    Figure,
    Section,
    at_ends,
    of_paper,
    summarised,
)
from bayes_alliance.reporting.plots.style import DOUBLE, house_style
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.tables import PaperTable
from bayes_alliance.results.collection import Reported


def agreement(found: Reported, *, paper: PaperTable) -> Section:
    """Compose the section on whether informants agree.

    Parameters
    ----------
    paper : PaperTable
        As from `tables.agreement`.
    """
    fit = found.fit
    levels = [level for level in ("child", "total") if level == "total" or fit.spec.child]
    said = {
        level: sentences.agreement_range(found, level=level)
        for level in (*LEVELS, "total")
        if level == "total" or f"{level}_cov" in fit.moments
    }
    n_cells = len(fit.ratings.informants) - 1
    with house_style():
        drawing, axes = plt.subplots(
            1,
            len(levels),
            figsize=(DOUBLE / 2 * len(levels), 0.55 * n_cells + 1.1),
            squeeze=False,
        )
    for ax, level in zip(axes[0], levels, strict=True):
        plots.agreement(fit, level=level, ax=ax)  # type: ignore[arg-type]
    figure = Figure(
        name="agreement",
        caption="Correlation of each pair of informants (median and 95 % interval): between "
        "children, free of what varies from occasion to occasion, and between single ratings.",
        alt=" ".join(said[level] for level in levels),
        drawing=drawing,
    )
    return Section(
        key="agreement",
        title="Do informants agree?",
        lead=said[levels[0]],
        points=(
            *(text for level, text in said.items() if level != levels[0]),
            *sentences.together(found),
            "Differences between informants are read as different perspectives on a relationship, "
            "not as error.",
        ),
        figures=(figure,),
        tables=(of_paper(paper),),
        unshown=(at_ends(found, "agreement", "", estimand="agreement.correlation"),),
    )


def dyads(found: Reported) -> Section:
    """Compose the section on therapists and clients as dyads."""
    data, bounded = found.listed("dyads")
    caption = (
        "Dyads: shares of variance of perceiver, partner and relationship, reciprocity (therapist "
        "first), and points of the therapist's view per point of the client's (tracking). "
        f"{INTERVALS}"
    )
    return Section(
        key="dyads",
        title="Is the alliance returned?",
        lead="Therapists and their clients as dyads (one therapist with many clients; Marcus, "
        "Kashy and Baldwin 2009; tracking: West and Kenny 2011).",
        points=tuple(sentences.dyads(found)),
        tables=(summarised("dyads", caption, data, bounded=bounded),),
    )
