"""What the kernel leaves behind for every child, therapist and clinic, by unit instead of by lane.

After an evaluation the workspace holds, for every unit of every level, the message it sent upwards
and how its own random effects spread. `units` collects them into ordinary arrays, one row per
unit, for everything that is done after sampling (`recover`, `contributions`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.blocks import Block, blocks_of
from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.kernel import header
from bayes_alliance.collapsed.kernel.children import kept_size
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.levels import node_size
from bayes_alliance.collapsed.task import Evaluation, Task

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """Messages and spread of all units of one level at one draw of the parameters.

    Parameters
    ----------
    block : Block
        The level's terms; `dim` of them, of which `e` matter above.
    root : array, shape (dim, m)
        Square root `L` of the covariance of the level's effects.
    parent : array of int, shape (n_units,)
        Unit of the level above; empty at the top.
    precision : array, shape (n_units, dim, dim)
        `R A`.
    information : array, shape (n_units, dim)
        `g0`.
    spread : array, shape (n_units, dim, m)
        `V`: square root of the covariance of the unit's own effects, given those above it.
    weight : array, shape (n_units,)
        Log weight of the unit's own step.
    mean, cov : array, shape (n_units, dim) and (n_units, dim, dim)
        Posterior moments of the sum of the unit's effects and those above it; empty for children.
    """

    block: Block
    root: Floats
    parent: Integers
    precision: Floats
    information: Floats
    spread: Floats
    weight: Floats
    mean: Floats
    cov: Floats


def evaluation_of(model: CollapsedModel) -> Evaluation:
    """Return an evaluation that keeps the results of every child.

    Parameters
    ----------
    model : CollapsedModel

    Returns
    -------
    Evaluation
    """
    task = model.task
    return Evaluation.of(
        Task(
            constants=encode(model.design, keep=True),
            kinds=task.kinds,
            numbers=task.numbers,
            table=task.table,
            n_coefficients=task.n_coefficients,
        )
    )


def units(model: CollapsedModel, evaluation: Evaluation) -> tuple[Units, ...]:
    """Messages and spread at the point evaluated last, children first.

    Parameters
    ----------
    model : CollapsedModel
    evaluation : Evaluation
        As from `evaluation_of`, after its function was called.

    Returns
    -------
    tuple of Units
    """
    hierarchy = blocks_of(model.design)
    roots = _roots(hierarchy, evaluation)
    parents = [*(level.parent for level in model.design.levels), np.zeros(0, dtype=np.int64)]
    found = [_children(hierarchy[0], roots[0], parents[0], evaluation)]
    for number, block in enumerate(hierarchy[1:], start=1):
        found.append(_level(number, block, roots[number], parents[number], evaluation))
    return tuple(found)


def _roots(hierarchy: tuple[Block, ...], evaluation: Evaluation) -> list[Floats]:
    constants = evaluation.task.constants
    size, n = constants.index, constants.n_informants
    place = int(size[header.Q]) + int(size[header.N_ON] + size[header.N_Z]) * n
    roots = []
    for block in hierarchy:
        root = np.zeros((len(block.terms), len(block.columns)))
        for column, rows in enumerate(block.columns):
            root[rows, column] = evaluation.parameters[place : place + len(rows)]
            place += len(rows)
        roots.append(root)
    return roots


def _children(block: Block, root: Floats, parent: Integers, evaluation: Evaluation) -> Units:
    index, work = evaluation.task.constants.index, evaluation.intermediate
    q, m = root.shape
    n_chunks, n_rounds = int(index[header.N_CHUNKS]), int(index[header.N_ROUNDS])
    start = index[header.CHUNK_ROUND_START]
    rounds = np.diff(index[start : start + n_chunks + 1])
    start = index[header.ROUND_CHILD]
    child = index[start : start + n_rounds * LANES].reshape(n_rounds, LANES)
    round_, lane = np.nonzero(child >= 0)
    order = np.argsort(child[round_, lane])
    round_, lane = round_[order], lane[order]
    chunk = np.repeat(np.arange(n_chunks), rounds)[round_]

    kept = _lanes(work, index[header.KEPT_CHUNKS], n_chunks, kept_size(q, m))[chunk, :, lane]
    messages = _lanes(work, index[header.KEPT_ROUNDS], n_rounds, 2 * q)[round_, :, lane]
    weights = _lanes(work, index[header.WEIGHT], n_rounds, 1)[round_, 0, lane]
    return Units(
        block=block,
        root=root,
        parent=parent,
        precision=kept[:, : q * q].reshape(len(kept), q, q),
        information=messages[:, :q],
        spread=kept[:, q * q :].reshape(len(kept), q, m),
        weight=weights,
        mean=np.zeros((0, q)),
        cov=np.zeros((0, q, q)),
    )


def _level(
    number: int, block: Block, root: Floats, parent: Integers, evaluation: Evaluation
) -> Units:
    index, work = evaluation.task.constants.index, evaluation.intermediate
    dim, m = root.shape
    n_units = int(index[index[header.BLOCK_UNITS] + number])
    n_chunks = int(index[index[header.BLOCK_CHUNKS] + number])
    place = index[index[header.LEVEL_PLACE] + number]
    nodes = _lanes(work, place, n_chunks, node_size(dim, m))
    nodes = nodes.transpose(0, 2, 1).reshape(n_chunks * LANES, -1)[:n_units]
    lengths = [dim * dim, dim, dim * m, dim, dim * (dim + 1) // 2]
    precision, information, spread, mean, lower, weight = np.split(
        nodes, np.cumsum(lengths), axis=1
    )
    cov = np.zeros((n_units, dim, dim))
    rows, columns = np.tril_indices(dim)
    cov[:, rows, columns] = cov[:, columns, rows] = lower
    return Units(
        block=block,
        root=root,
        parent=parent,
        precision=precision.reshape(n_units, dim, dim),
        information=information,
        spread=spread.reshape(n_units, dim, m),
        weight=weight[:, 0],
        mean=mean,
        cov=cov,
    )


def _lanes(work: Floats, place: np.int64, n: int, length: int) -> Floats:
    return work[place : place + n * length * LANES].reshape(n, length, LANES)
