"""Places of ratings in their predicted distributions: curves of `checks.pit` with their band."""

from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Problem, checked_arguments
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.plots.columns import of_first
from bayes_alliance.reporting.plots.panels import Given, panels
from bayes_alliance.reporting.plots.style import (
    DOUBLE,
    SINGLE,
    TITLE,
    house_style,
    label,
    mark_synthetic,
    marks,
)


@checked_arguments
def places(check: Check, *, ax: Given = None) -> tuple[Axes, ...]:
    """Draw how far the places of ratings are from uniform.

    Parameters
    ----------
    check : Check
        From `checks.pit`.
    ax : Axes or sequence of Axes, optional
        One per informant; a new figure if not given.

    Returns
    -------
    tuple of Axes
        One per informant: the distribution function of the places minus the uniform one. Curves of
        ratings drawn from the model stay within the band from end to end 95 times in 100. High on
        the left and low on the right: ratings scatter more than predicted; the other way round:
        less; high everywhere: ratings are lower than predicted.

    Raises
    ------
    InputError
        If the check is another one.
    """
    if check.places is None:
        message = f"a check of {check.name} has no places of ratings; give one of checks.pit"
        raise InputError([Problem(where="check", message=message)], "figure")
    informants = [str(one) for one in check.places]
    looks = marks(informants)
    with house_style():
        columns = min(len(informants), 4 if len(informants) == 4 else 3)
        size = (DOUBLE if columns > 1 else SINGLE, 2.2 * -(-len(informants) // columns))
        axes = panels(ax, len(informants), columns=columns, size=size, sharey=True)
        for at, (panel, informant) in enumerate(zip(axes, informants, strict=True)):
            counts, widest = check.places[informant], float(check.table["upper"][informant])
            number = int(counts.iloc[-1])
            panel.axhspan(-widest, widest, color="#000000", alpha=0.08, lw=0)
            panel.axhline(0.0, color="#888888", lw=0.6)
            curve = counts / number - counts.index
            panel.plot(counts.index, curve, color=looks[informant].color, lw=1.2)
            panel.set_xlim(0, 1)
            panel.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
            panel.set_title(label(check.words.name(informant), width=TITLE))
            panel.set_xlabel(f"place (n = {number} ratings)")
            panel.set_ylabel("distribution minus uniform")
            of_first(panel.yaxis.label, first=at % columns == 0)
        mark_synthetic(axes[0], synthetic=check.synthetic)
    return axes
