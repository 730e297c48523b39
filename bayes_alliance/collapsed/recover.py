r"""Random effects given the parameters: exact draws, top down.

The effects that were integrated out are normal given the parameters and the ratings. With the sum
`w` of all effects above a unit drawn already, and `R A`, `g0`, `V` from the pass upwards,

.. math:: u = L L' (g_0 - R A\, w) + V \epsilon, \qquad \epsilon \sim N(0, I),

so clinics are drawn first, then therapists given their clinics, then children given their
therapists; no Markov chain is involved. With all noise at zero the result is the posterior mean
given the parameters.
"""

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.nodes import Units, evaluation_of, units

type Floats = NDArray[np.float64]


def effects(
    model: CollapsedModel, draws: Floats, *, seed: int
) -> dict[str, tuple[tuple[str, ...], Floats]]:
    """Draws of the effects of children, therapists and clinics, one per draw of the parameters.

    Parameters
    ----------
    model : CollapsedModel
    draws : array, shape (chain, draw, n_parameters)
        Draws of the unconstrained vector. The result takes memory in proportion to draws times
        children times terms; thin first where that is much.
    seed : int

    Returns
    -------
    dict
        ``"child_effect"`` ... to dims (chain, draw, child, term) ... and values in rating points;
        zero where a term does not vary. Only active levels.
    """
    design = model.design
    rng = np.random.default_rng(seed)
    labels = {"child": design.children} | {level.name: level.labels for level in design.levels}
    out: dict[str, tuple[tuple[str, ...], Floats]] = {
        f"{name}_effect": (
            ("chain", "draw", name, "term"),
            np.zeros((*draws.shape[:2], len(labels[name]), len(design.terms))),
        )
        for name in design.term_sets()
    }
    evaluation = evaluation_of(model)
    evaluate = evaluation.function()
    for chain, draw in np.ndindex(draws.shape[:2]):
        evaluate(draws[chain, draw])
        found = units(model, evaluation)
        noise = [rng.standard_normal(level.spread.shape[::2]) for level in found]
        for name, values in effects_given(found, noise).items():
            if f"{name}_effect" in out:
                terms = next(level.block.terms for level in found if level.block.name == name)
                out[f"{name}_effect"][1][chain, draw][:, terms] = values
    return out


def effects_given(found: tuple[Units, ...], noise: list[Floats]) -> dict[str, Floats]:
    """Effects at one draw of the parameters, as a function of standard normal noise.

    Parameters
    ----------
    found : tuple of Units
        Children first.
    noise : list of array, shape (n_units, m)
        One per level; zeros give posterior means.

    Returns
    -------
    dict
        Level to its own effects, shape (n_units, dim).
    """
    out: dict[str, Floats] = {}
    above: Floats | None = None
    for level, epsilon in zip(reversed(found), reversed(noise), strict=True):
        g = level.information
        total = np.zeros_like(g)
        if above is not None:
            up = level.block.up
            w = above[level.parent]
            g = g - np.einsum("uip,up->ui", level.precision[:, :, up], w)
            total[:, up] = w
        own = g @ level.root @ level.root.T + np.einsum("uij,uj->ui", level.spread, epsilon)
        out[level.block.name] = own
        above = total + own
    return out
