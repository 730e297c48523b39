"""Differences between two informants' ratings of a family, with the limits for a new family."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from bayes_alliance.errors import InputError, Prob, Problem, checked_arguments, nearest
from bayes_alliance.estimands import agreement
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.plots.style import SINGLE, house_style, label, say_synthetic
from bayes_alliance.reporting.prose.wording import printed

JITTER = 0.18  # points; ratings are whole, and many families lie on the same spot


@checked_arguments
def bland_altman(
    fit: Fit,
    informants: tuple[str, str],
    *,
    time: float | None = None,
    prob: Prob = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw differences of two informants' ratings against their means.

    Parameters
    ----------
    fit : Fit
        On a common scale.
    informants : pair of str
        The first minus the second.
    time : float, optional
        In units of the time column; where the level is read if not given. Ratings of all occasions
        are drawn, those of this one filled.
    prob : float
        Of the limits of agreement.

    Returns
    -------
    Axes
        Observed pairs of ratings (shifted a little at random, so that those on one spot are seen),
        the model's mean difference and the limits for a new family, each with a 95% band.

    Raises
    ------
    InputError
        Unknown informants, informants on different scales.

    References
    ----------
    Bland and Altman (1999), Statistical Methods in Medical Research 8, 135-160.
    """
    _check(fit, informants)
    first, second = informants
    when = fit.ratings.time.origin if time is None else time
    pair = {"informant": first, "informant_": second}
    mean = agreement.mean_difference(fit, time=when).sel(pair)
    limits = agreement.limits(fit, time=when, prob=prob).sel(pair)
    with house_style():
        if ax is None:
            ax = plt.subplots(figsize=(SINGLE * 1.15, 2.7))[1]
        _families(ax, fit, informants, when)
        for draws, style in (
            (mean, "-"),
            (limits.sel(limit="lower"), (0, (5, 1.5))),
            (limits.sel(limit="upper"), (0, (5, 1.5))),
        ):
            low, middle, high = draws.quantile([0.025, 0.5, 0.975]).values
            ax.axhspan(low, high, color="#AA3344", alpha=0.15, lw=0)
            ax.axhline(middle, color="#AA3344", lw=1, ls=style)
            ax.text(
                1.01,
                middle,
                printed(middle, 1),
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize=6.5,
                color="#AA3344",
            )
        ax.set_xlabel("mean of both ratings (points)")
        name = fit.ratings.words.name
        ax.set_ylabel(label(f"{name(first)} minus {name(second)}", width=34))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        say_synthetic(ax, fit.ratings)
    return ax


def _check(fit: Fit, informants: tuple[str, str]) -> None:
    known = list(fit.ratings.informants)
    problems = [
        Problem(where="informants", value=name, message=f"no such informant.{nearest(name, known)}")
        for name in informants
        if name not in known
    ]
    if informants[0] == informants[1]:
        problems.append(
            Problem(where="informants", value=informants[0], message="name two of them")
        )
    if problems:
        raise InputError(problems, "figure")


def _families(ax: Axes, fit: Fit, informants: tuple[str, str], when: float) -> None:
    """Draw the pairs of ratings, those of one occasion filled."""
    wide = fit.ratings.observed.pivot_table(
        index=["child", "time"], columns="informant", values="rating", observed=True
    )[list(informants)].dropna()
    rng = np.random.default_rng(0)
    shift = rng.uniform(-JITTER, JITTER, size=(len(wide), 2))
    a, b = (wide[name].to_numpy(float) + shift[:, i] for i, name in enumerate(informants))
    here = wide.index.get_level_values("time").to_numpy(float) == when
    at = fit.ratings.time.said(when)
    others = "other occasions" if here.any() else "all occasions"
    for chosen, fill, name in ((~here, "none", others), (here, "#004488", at)):
        if not chosen.any():
            continue
        ax.plot(
            (a + b)[chosen] / 2,
            (a - b)[chosen],
            "o",
            markerfacecolor=fill,
            markeredgecolor="#004488",
            markeredgewidth=0.5,
            markersize=3,
            alpha=0.6,
            label=name,
        )
