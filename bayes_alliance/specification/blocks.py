"""Named blocks of priors: what a study of prior sensitivity varies together.

A block is what a reader would call one decision: how far levels may lie from the midpoint, how much
children may differ. `block_of` names the block of every prior of a model, `widened` varies one
block.
"""

from dataclasses import replace

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.specification.coefficient_prior import Normal, StudentT
from bayes_alliance.specification.prior import LKJ, Prior
from bayes_alliance.specification.quantity import BLOCKS, Block
from bayes_alliance.specification.sd_prior import Exponential, HalfNormal, HalfStudentT
from bayes_alliance.specification.share_prior import Beta
from bayes_alliance.specification.shrinkage_prior import R2D2, RegularizedHorseshoe
from bayes_alliance.specification.spec import ModelSpec


def block_of(spec: ModelSpec) -> dict[str, Block]:
    """Block of every prior of a model.

    Returns
    -------
    dict
        Key of the prior to the name of its block, in the order of `BLOCKS`.
    """
    found = {key: quantity.block for key, quantity in spec.quantities.items()}
    return dict(sorted(found.items(), key=lambda item: BLOCKS.index(item[1])))


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
        key: _widened(prior, factor) if blocks[key] == block else prior
        for key, prior in spec.priors.items()
    }
    return replace(spec, priors=priors)


def _widened(prior: Prior, factor: float) -> Prior:
    match prior:
        case Normal():
            return replace(prior, sd=prior.sd * factor)
        case StudentT() | HalfNormal() | HalfStudentT():
            return replace(prior, scale=prior.scale * factor)
        case Exponential():
            return replace(prior, rate=prior.rate / factor)
        case LKJ():
            return replace(prior, eta=prior.eta / factor)
        case Beta():
            return replace(prior, alpha=prior.alpha / factor, beta=prior.beta / factor)
        case RegularizedHorseshoe():
            return prior.scaled(factor)
        case R2D2(mean=mean):
            # The odds of the explained share, so that it stays below 1.
            return replace(prior, mean=factor * mean / (1.0 - mean + factor * mean))
        case _:
            return replace(prior, beta=prior.beta / factor)
