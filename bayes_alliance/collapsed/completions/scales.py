"""What the scales of effects are made of under a prior that shrinks them, number by number.

A prior says what there is one of for a model, an informant or an effect, and how effects share a
whole (`Hyperparameter`); here each of these numbers gets its label, and the effects whose scales it
makes. Effects stand block by block as `completions.shrinkage` takes them.
"""

import math
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions.completion import Places
from bayes_alliance.collapsed.completions.expectation import Effect, effects
from bayes_alliance.design import Design
from bayes_alliance.specification.priors import ShrinkagePrior
from bayes_alliance.specification.priors.answers import Coordinate, Hyperparameter


class Number(NamedTuple):
    """One number behind scales."""

    label: str
    coordinate: Coordinate
    role: str
    of: Integers  # numbers of the effects whose scales it makes


def blocks(design: Design) -> list[list[tuple[int, Effect]]]:
    """Effects with their numbers, those of an informant together, in a block those on one thing.

    Effects that informants share are a block as well: ratings of several informants say little
    about those of one, given theirs.
    """
    order = sorted(enumerate(effects(design)), key=_of_informant_and_coefficient)
    return [list(block) for _, block in groupby(order, key=_of_informant)]


def _of_informant(numbered: tuple[int, Effect]) -> int:
    return numbered[1].informant


def _of_informant_and_coefficient(numbered: tuple[int, Effect]) -> tuple[int, int]:
    return numbered[1].informant, numbered[1].of.coefficient


def numbers(prior: ShrinkagePrior, design: Design) -> Iterator[Number]:
    """All that scales are made of; effects are numbered as in `blocks`."""
    ordered = [numbered for block in blocks(design) for numbered in block]
    start, n = 0, len(ordered)
    for _, group in groupby(ordered, key=_of_informant_and_coefficient):
        here = [effect for _, effect in group]
        together = np.arange(start, start + len(here))
        for one in prior.hyperparameters(len(here)):
            if one.per == "model" and start == 0:
                yield _number(f"covariate_{one.name}", one, 0, np.arange(n))
            elif one.per == "informant":
                label = f"{here[0].of.name}_{one.name}[{here[0].who}]"
                yield _number(label, one, 0, together)
            elif one.per != "model":
                # Of a split the last effect has what the others leave.
                for position, effect in enumerate(here[: len(here) - (one.per == "split")]):
                    label = f"{effect.of.name}_{one.name}[{effect.of.column},{effect.who}]"
                    which = position if one.per == "split" else 0
                    yield _number(label, one, which, together[position : position + 1])
        start += len(here)


def _number(label: str, one: Hyperparameter, which: int, of: Integers) -> Number:
    return Number(label=label, coordinate=one.coordinates[which], role=one.role, of=of)


def constants(
    prior: ShrinkagePrior, design: Design, places: Places
) -> dict[str, Integers | Floats]:
    """Where effects and the numbers behind their scales are: fields of `shrinkage.Shrinkage`."""
    made = blocks(design)
    ordered = [numbered for block in made for numbered in block]
    n, log_units = len(ordered), np.zeros(len(ordered))
    odds: list[list[int]] = [[] for _ in ordered]
    part, slab = np.full(n, -1), np.zeros(0, dtype=np.int64)
    for at, one in zip(places.own, numbers(prior, design), strict=True):
        match one.role:
            case "odds":
                log_units[one.of] += math.log(one.coordinate.unit)
                for i in one.of:
                    odds[i].append(at)
            case "part":
                part[one.of] = at
            case "slab":
                slab = np.array([at])
    unit = np.array([effect.unit for _, effect in ordered])
    unexplained = np.zeros((n, 0), dtype=np.int64)
    if prior.traits.explains:
        unit = 1.0 / np.array([_spread(effect, design) for _, effect in ordered])
        sds = [_unexplained(effect, design, places) for _, effect in ordered]
        unexplained = np.array(sds, dtype=np.int64).reshape(n, 1)
    return {
        "effect": len(design.terms) + np.array([number for number, _ in ordered], dtype=np.int64),
        "block_start": np.cumsum([0, *map(len, made)]),
        "unit": unit,
        "log_units": log_units,
        "odds": np.array(odds, dtype=np.int64).reshape(n, -1),
        "part": part,
        "unexplained": unexplained,
        "slab": slab,
    }


def _spread(effect: Effect, design: Design) -> float:
    """Standard deviation of the coded column."""
    values = design.z if effect.of.coefficient < 0 else design.x
    return float(np.nanstd(values[:, effect.of.number]))


def _unexplained(effect: Effect, design: Design, places: Places) -> int:
    """Place of the standard deviation of what covariates leave: between children, or residual."""
    if effect.of.coefficient < 0:
        return int(places.sds["residual"][effect.informant])
    term = effect.of.coefficient * len(design.informants) + effect.informant
    return int(places.sds["child"][term])
