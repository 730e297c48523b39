r"""Random effects given the parameters: exact draws, top down.

The effects that were integrated out are normal given the parameters and the ratings. With the sum
`w` of all effects above a unit drawn already, and `R A`, `g0`, `V` from the pass upwards,

.. math:: u = L L' (g_0 - R A\, w) + V \epsilon, \qquad \epsilon \sim N(0, I),

so clinics are drawn first, then therapists given their clinics, then children given their
therapists; no Markov chain is involved. With all noise at zero the result is the posterior mean
given the parameters.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed import leavers
from bayes_alliance.collapsed.given import in_rows
from bayes_alliance.collapsed.units import Rows, Units, over_draws
from bayes_alliance.design import Design


def effects(
    design: Design,
    moments: Mapping[str, ArrayLike],
    *,
    seeds: Sequence[Sequence[int]],
    only: Mapping[str, Integers],
) -> dict[str, Floats]:
    """Draws of the effects of children, therapists and clinics, one per draw of the parameters.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws; see `moments.log_likelihood`. With the latent
        numbers of leaving: effects given ratings and leaving.
    seeds : sequence of sequence of int
        One seed per draw: a draw's effects do not depend on which other draws there are.
    only : mapping of str to array of int
        The levels wanted, and of each the positions of the units to keep.

    Returns
    -------
    dict
        Level to effects in rating points, shape (n_draws, n_kept, n_terms), zero where a term does
        not vary.
    """
    out = {
        name: np.zeros((len(seeds), len(kept), len(design.terms))) for name, kept in only.items()
    }

    whole, given, of_ratings = design, moments, np.arange(len(design.terms))
    if leavers.LATENT in moments:
        whole, given = leavers.completed(design, in_rows(moments)[0])
        of_ratings = leavers.place_of_terms(design, len(whole.informants) - len(design.informants))

    def draw(draws: slice, rows: Rows, units: tuple[Units, ...]) -> None:
        generators = [np.random.default_rng(seed) for seed in seeds[draws]]
        noise = [
            np.stack([rng.standard_normal(level.spread.shape[1::2]) for rng in generators])
            for level in units
        ]
        for level, own in zip(units, effects_given(units, noise).values(), strict=True):
            if (kept := only.get(level.block.name)) is not None:
                every = np.zeros((*own[:, kept].shape[:-1], len(whole.terms)))
                every[..., level.block.terms] = own[:, kept]
                out[level.block.name][draws] = every[..., of_ratings]

    over_draws(whole, given, draw)
    return out


def effects_given(units: tuple[Units, ...], noise: list[Floats]) -> dict[str, Floats]:
    """Effects at draws of the parameters, as a function of standard normal noise.

    Parameters
    ----------
    units : tuple of Units
        Children first.
    noise : list of array, shape (n_draws, n_units, m)
        One per level; zeros give posterior means.

    Returns
    -------
    dict
        Level to its own effects, shape (n_draws, n_units, dim); children first.
    """
    out: dict[str, Floats] = {}
    above: Floats | None = None
    for level, epsilon in zip(reversed(units), reversed(noise), strict=True):
        g = level.information
        total = np.zeros_like(g)
        if above is not None:
            up = level.block.up
            w = above[:, level.parent]
            g = g - _times(level.precision[..., up], w)
            total[..., up] = w
        S = level.root @ np.swapaxes(level.root, -1, -2)
        own = g @ S + _times(level.spread, epsilon)
        out[level.block.name] = own
        above = total + own
    return dict(reversed(out.items()))


def _times(matrix: Floats, vector: Floats) -> Floats:
    return (matrix @ vector[..., None])[..., 0]
