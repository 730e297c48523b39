"""Support of conclusions while the priors of one block are varied along an axis.

An axis is the width of a block's priors, by factors from 1/64 to 64, or, of growth coefficients,
their place, by up to eight of their standard deviations. Support under another prior is read from a
fit's draws by importance weights, the ratio of the two priors, as far from the fit as they are
exact enough (`support`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError
from bayes_alliance.numerals import exact
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.blocks import block_of, movable, shifted, widened
from bayes_alliance.specification.priors import Prior
from bayes_alliance.studies.conclusions import Conclusion, drawn, holds
from bayes_alliance.studies.support import Held, Support, in_draws, under

STEP = 0.25  # of an axis: in octaves of the factor, or in standard deviations of the prior
LIMITS = {"width": 6.0, "place": 8.0}  # factors up to 64; standard deviations

type Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, order=True)
class Axis:
    """How the priors of a block are varied.

    Parameters
    ----------
    move : {"width", "place"}
    """

    block: str
    move: Literal["width", "place"]

    def varied(self, spec: ModelSpec, place: float) -> ModelSpec:
        """The model with the priors of the block elsewhere on the axis; 0: as they are.

        Raises
        ------
        InputError
            If there is no such prior.
        """
        if self.move == "width":
            return widened(spec, self.block, self.value(place))
        return shifted(spec, self.block, self.value(place))

    def value(self, place: float) -> float:
        """The factor of the width, or the shift in standard deviations, at a place."""
        return float(2.0 ** (STEP * place)) if self.move == "width" else STEP * place

    def key(self, place: float) -> str:
        """What a refit there is called."""
        return f"{self.block} {'x' if self.move == 'width' else '+'} {exact(self.value(place))}"

    def way(self, sign: int) -> str:
        """The two directions, in a word."""
        ways = ("narrower", "wider") if self.move == "width" else ("lower", "higher")
        return ways[sign > 0]

    def reach(self, spec: ModelSpec, sign: int) -> int:
        """The furthest place at which there is such a prior; 0 if there is none."""
        furthest = int(LIMITS[self.move] / STEP)
        for place in range(furthest, 0, -1):
            try:
                self.varied(spec, sign * place)
            except InputError:
                continue
            return sign * place
        return 0


def axes(spec: ModelSpec) -> tuple[Axis, ...]:
    """Every axis of a model's priors."""
    widths = [Axis(block=block, move="width") for block in dict.fromkeys(block_of(spec).values())]
    return (*widths, *(Axis(block=block, move="place") for block in movable(spec)))


def points(
    fit: Fit, conclusions: Sequence[Conclusion], *, stated: ModelSpec, on: Axis | None, at: float
) -> list[Json]:
    """Support of conclusions along axes, as far as a fit's draws tell.

    Parameters
    ----------
    stated : ModelSpec
        The model whose priors are varied.
    on : Axis or None
        Where the fit itself lies, at place `at`; None: it is that of the stated priors, which lies
        on all axes.

    Returns
    -------
    list of dict
        ``block``, ``move``, ``place``, ``own`` (the fit's place), ``k`` (Pareto `k`; None at the
        fit itself), and by conclusion, where weights are exact enough for it, ``support`` and its
        Monte-Carlo standard error ``error``.
    """
    known = drawn(fit, conclusions)
    held = {one.name: holds(one, known) for one in conclusions}
    return [
        {"block": axis.block, "move": axis.move, "own": at} | point
        for axis in (axes(stated) if on is None else (on,))
        for point in _along(fit, held, stated=stated, axis=axis, at=at)
    ]


def flat_blocks(fit: Fit) -> tuple[str, ...]:
    """Blocks whose priors say nothing, in each number or in the average, that a power changes."""
    blocks = block_of(fit.spec)
    return tuple(
        block
        for block in dict.fromkeys(blocks.values())
        if _is_flat(fit, {key: fit.spec.priors[key] for key in blocks if blocks[key] == block})
    )


def _is_flat(fit: Fit, priors: Mapping[str, Prior]) -> bool:
    try:
        densities = log_prior(fit, priors=priors, to_scale=True)
    except InputError:  # shrinkage: never flat
        return False
    return all(float(one.max() - one.min()) == 0.0 for one in densities.values())


def _along(fit: Fit, held: Held, *, stated: ModelSpec, axis: Axis, at: float) -> Iterator[Json]:
    yield {"place": at, "k": None} | _apart({name: in_draws(held[name]) for name in held})
    own = log_density(fit, fit.spec, axis.block)
    if own is None:
        return
    for sign in (-1, 1):
        end = axis.reach(stated, sign)
        place = int(np.floor(at) + 1) if sign > 0 else int(np.ceil(at) - 1)
        while sign * place <= sign * end:
            there = log_density(fit, axis.varied(stated, place), axis.block)
            if there is None:
                break
            known, k = under(held, there - own)
            if not known:
                break
            # JSON has no infinity; weights that are all alike have no tail.
            yield {"place": place, "k": max(k, -9.0)} | _apart(known)
            place += sign


def log_density(fit: Fit, spec: ModelSpec, block: str) -> Floats | None:
    """Log density of a block's priors at the draws.

    Returns
    -------
    array, shape (n_chains, n_draws), or None
        None if it does not follow from the named moments, or is not finite: matrices of
        correlations may be singular to the last digit.
    """
    own = {key: spec.priors[key] for key, name in block_of(spec).items() if name == block}
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            densities = log_prior(fit, priors=own)
    except InputError:
        return None
    total = np.asarray(sum(one.transpose("chain", "draw").values for one in densities.values()))
    return total if np.isfinite(total).all() else None


def _apart(known: Mapping[str, Support]) -> Json:
    return {
        "support": {name: one.share for name, one in known.items()},
        "error": {name: one.error for name, one in known.items()},
    }
