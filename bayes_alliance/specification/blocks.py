"""Named blocks of priors: what a study of prior sensitivity varies together.

A block is what a reader would call one decision: how far levels may lie from the midpoint, how much
children may differ. `block_of` names the block of every prior of a model, `widened` varies one
block.
"""

from dataclasses import replace

from bayes_alliance.errors import InputError, Problem, nearest
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
    blocks = block_of(spec)
    problems = []
    if block not in blocks.values():
        present = tuple(dict.fromkeys(blocks.values()))
        message = f"this model has {', '.join(present)}.{nearest(block, present)}"
        problems.append(Problem(where="block", value=block, message=message))
    if not factor > 0.0:
        problems.append(Problem(where="factor", value=factor, message="must be above 0"))
    if problems:
        raise InputError(problems, "prior")
    priors = {
        key: prior.widened(factor) if blocks[key] == block else prior
        for key, prior in spec.priors.items()
    }
    return replace(spec, priors=priors)
