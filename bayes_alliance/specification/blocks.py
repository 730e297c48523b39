"""Named blocks of priors: what a study of prior sensitivity varies together.

A block is what a reader would call one decision: how far levels may lie from the midpoint, how much
children may differ. `block_of` names the block of every prior of a model, `widened` makes the
priors of a block wider or narrower, `shifted` moves them.
"""

from dataclasses import replace
from typing import cast

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.specification.priors import Prior, of_numbers
from bayes_alliance.specification.quantity import BLOCKS, Block
from bayes_alliance.specification.spec import ModelSpec


def block_of(spec: ModelSpec) -> dict[str, Block]:
    """Block of every prior of a model.

    Returns
    -------
    dict
        Key of the prior to the name of its block, in the order of `BLOCKS`.
    """
    blocks = {key: quantity.block for key, quantity in spec.quantities.items()}
    return dict(sorted(blocks.items(), key=lambda item: BLOCKS.index(item[1])))


def widened(spec: ModelSpec, block: str, factor: float) -> ModelSpec:
    """Make the priors of one block wider or narrower.

    Parameters
    ----------
    block : str
        One of the model's blocks (`block_of`).
    factor : float
        Positive; standard deviations and scales of the block's priors are multiplied by it, eta of
        an LKJ prior, alpha and beta of a beta prior are divided by it (so that a factor above 1 is
        always the weaker prior).

    Raises
    ------
    InputError
        If the model has no such block or the factor is not positive.
    """
    own, problems = _priors_of(spec, block)
    if not factor > 0.0:
        problems.append(Problem(where="factor", value=factor, message="must be above 0"))
    if problems:
        raise InputError(problems, "prior")
    priors = {key: prior.widened(factor) for key, prior in own.items()}
    return replace(spec, priors={**spec.priors, **priors})


def shifted(spec: ModelSpec, block: str, by: float) -> ModelSpec:
    """Move the priors of one block, as wide as they are.

    Parameters
    ----------
    block : str
        One of `movable`.
    by : float
        In standard deviations (or scales) of each prior.

    Raises
    ------
    InputError
        If the model has no such block, or it holds what cannot be moved.
    """
    own, problems = _priors_of(spec, block)
    if not problems and block not in movable(spec):
        message = "holds priors of what is never negative, or of correlations, which do not move"
        problems.append(Problem(where="block", value=block, message=message))
    if problems:
        raise InputError(problems, "prior")
    numbers = {key: of_numbers(prior) for key, prior in own.items()}
    moved = {key: one.scaled(1.0, by * one.coordinate.unit) for key, one in numbers.items()}
    return replace(spec, priors={**spec.priors, **cast(dict[str, Prior], moved)})


def movable(spec: ModelSpec) -> tuple[Block, ...]:
    """Blocks of growth coefficients alone, whose priors can be moved."""
    kinds: dict[Block, set[str]] = {}
    for key, block in block_of(spec).items():
        kinds.setdefault(block, set()).add(spec.quantities[key].kind)
    return tuple(block for block, own in kinds.items() if own == {"coefficient"})


def _priors_of(spec: ModelSpec, block: str) -> tuple[dict[str, Prior], list[Problem]]:
    """The priors of a block by key, and what is wrong with its name."""
    blocks = block_of(spec)
    if block in blocks.values():
        return {key: spec.priors[key] for key, name in blocks.items() if name == block}, []
    present = tuple(dict.fromkeys(blocks.values()))
    message = f"this model has {', '.join(present)}.{nearest(block, present)}"
    return {}, [Problem(where="block", value=block, message=message)]
