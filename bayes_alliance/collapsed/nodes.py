"""What the kernel leaves behind for every child, therapist and clinic, by unit instead of by lane.

After an evaluation the workspace holds, for every unit of every level, the message it sent upwards
and how its own random effects spread. `over_draws` evaluates the likelihood at draws of the named
moments, in parallel, and collects them into ordinary arrays, one row per draw and unit, for
everything that is done after sampling (`recover`, `contributions`).
"""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayes_alliance.collapsed.blocks import Block, blocks_of
from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.kernel import header
from bayes_alliance.collapsed.kernel.children import kept_size
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.levels import box_size, node_size
from bayes_alliance.collapsed.moments import likelihood_parameters
from bayes_alliance.collapsed.task import Evaluation, likelihood_task
from bayes_alliance.design import Design

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Draws are handed over in blocks whose workspaces take no more doubles than this.
MOST_IN_BLOCK = 2**21
MOST_DRAWS_IN_BLOCK = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """Messages and spread of all units of one level at some draws of the parameters.

    Parameters
    ----------
    block : Block
        The level's terms; `dim` of them, of which `e` matter above.
    root : array, shape (n_draws, dim, m)
        Square root `L` of the covariance of the level's effects.
    parent : array of int, shape (n_units,)
        Unit of the level above; empty at the top.
    precision : array, shape (n_draws, n_units, dim, dim)
        `R A`.
    information : array, shape (n_draws, n_units, dim)
        `g0`.
    spread : array, shape (n_draws, n_units, dim, m)
        `V`: square root of the covariance of the unit's own effects, given those above it.
    weight : array, shape (n_draws, n_units)
        Log weight of the unit's own step.
    mean, cov : array, shape (n_draws, n_units, dim) and (n_draws, n_units, dim, dim)
        Posterior moments of the sum of the unit's effects and those above it; no units for
        children.
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


def over_draws(
    design: Design,
    moments: Mapping[str, ArrayLike],
    use: Callable[[slice, tuple[Units, ...]], None],
) -> None:
    """Hand the units of every draw, block by block of draws, to a function.

    Parameters
    ----------
    moments : mapping
        Named moments with one leading dim, the draws; see `moments.log_likelihood`. With censored
        ratings also ``excess`` (n_draws, n_censored): how far beyond the end of the scale each of
        ``design.censored`` is in that draw; given these, ratings are normal.
    use : callable
        Called with the draws of a block and their units, children first; from several threads at
        the same time.

    Raises
    ------
    ValueError
        If the residual covariance of a draw is singular.
    """
    parameters = likelihood_parameters(design, moments)
    task = likelihood_task(encode(design, dense_roots=True, keep=True))
    n_draws, n_work = len(parameters), int(task.constants.index[header.N_WORK])
    size = int(np.clip(MOST_IN_BLOCK // max(n_work, 1), 1, MOST_DRAWS_IN_BLOCK))
    own = threading.local()
    excess = np.asarray(moments["excess"]) if design.censored[0].size else None

    def evaluation_at(draw: int) -> Evaluation:
        if excess is not None:
            whole = replace(design, y=_completed(design, excess[draw]))
            return Evaluation.of(likelihood_task(encode(whole, dense_roots=True, keep=True)))
        if not hasattr(own, "evaluation"):
            own.evaluation = Evaluation.of(task)
        return own.evaluation

    def one_block(first: int) -> None:
        draws = slice(first, min(first + size, n_draws))
        work = np.empty((draws.stop - first, n_work))
        for row, point in enumerate(parameters[draws]):
            evaluation = evaluation_at(first + row)
            value, _ = evaluation.function()(point)
            if not np.isfinite(value):
                raise ValueError(f"draw {first + row} has a singular residual covariance")
            work[row] = evaluation.intermediate
        use(draws, _units(design, task.constants.index, parameters[draws], work))

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for _ in threads.map(one_block, range(0, n_draws, size)):
            pass


def _completed(design: Design, excess: Floats) -> Floats:
    """Ratings as they would be on a scale without ends."""
    row, informant, direction = design.censored
    y = design.y.copy()
    y[row, informant] += direction * excess
    return y


def _units(design: Design, index: Integers, parameters: Floats, work: Floats) -> tuple[Units, ...]:
    hierarchy = blocks_of(design, dense_roots=True)
    roots = _roots(hierarchy, index, parameters)
    parents = [*(level.parent for level in design.levels), np.zeros(0, dtype=np.int64)]
    found = [_children(hierarchy[0], roots[0], parents[0], index, work)]
    for number, block in enumerate(hierarchy[1:], start=1):
        nodes, boxes = _nodes(number, index, work), _boxes(number, index, work)
        found.append(_level(block, roots[number], parents[number], nodes, boxes))
    return tuple(found)


def _roots(hierarchy: tuple[Block, ...], index: Integers, parameters: Floats) -> list[Floats]:
    place = int(index[header.Q])
    place += int(index[header.N_ON] + index[header.N_Z]) * int(index[header.K])
    roots = []
    for block in hierarchy:
        root = np.zeros((len(parameters), len(block.terms), len(block.columns)))
        for column, rows in enumerate(block.columns):
            root[:, rows, column] = parameters[:, place : place + len(rows)]
            place += len(rows)
        roots.append(root)
    return roots


def _children(block: Block, root: Floats, parent: Integers, index: Integers, work: Floats) -> Units:
    q, m = root.shape[1:]
    n_chunks, n_rounds = int(index[header.N_CHUNKS]), int(index[header.N_ROUNDS])
    start = index[header.CHUNK_ROUND_START]
    rounds = np.diff(index[start : start + n_chunks + 1])
    start = index[header.ROUND_CHILD]
    child = index[start : start + n_rounds * LANES].reshape(n_rounds, LANES)
    round_, lane = np.nonzero(child >= 0)
    order = np.argsort(child[round_, lane])
    round_, lane = round_[order], lane[order]
    chunk = np.repeat(np.arange(n_chunks), rounds)[round_]

    kept = _lanes(work, index[header.KEPT_CHUNKS], n_chunks, kept_size(q, m))[:, chunk, lane]
    messages = _lanes(work, index[header.KEPT_ROUNDS], n_rounds, 2 * q)[:, round_, lane]
    weights = _lanes(work, index[header.WEIGHT], n_rounds, 1)[:, round_, lane, 0]
    n_draws, n_children = weights.shape
    return Units(
        block=block,
        root=root,
        parent=parent,
        precision=kept[..., : q * q].reshape(n_draws, n_children, q, q),
        information=messages[..., :q],
        spread=kept[..., q * q :].reshape(n_draws, n_children, q, m),
        weight=weights,
        mean=np.zeros((n_draws, 0, q)),
        cov=np.zeros((n_draws, 0, q, q)),
    )


def _nodes(number: int, index: Integers, work: Floats) -> Floats:
    """What the nodes of a level hold, shape (n_draws, n_units, n_doubles)."""
    dim = int(index[index[header.BLOCK_DIM] + number])
    m = int(index[index[header.BLOCK_COLUMNS] + number])
    n_units = int(index[index[header.BLOCK_UNITS] + number])
    n_chunks = int(index[index[header.BLOCK_CHUNKS] + number])
    place = index[index[header.LEVEL_PLACE] + number]
    nodes = _lanes(work, place, n_chunks, node_size(dim, m))
    return nodes.reshape(len(work), n_chunks * LANES, -1)[:, :n_units]


def _boxes(number: int, index: Integers, work: Floats) -> Floats:
    """What the boxes of a level's units hold, shape (n_draws, n_units, n_doubles)."""
    size = box_size(int(index[index[header.BLOCK_DIM] + number]))
    n_units = int(index[index[header.BLOCK_UNITS] + number])
    place = index[index[header.BOX_PLACE] + number]
    return work[:, place : place + n_units * size].reshape(len(work), n_units, size)


def _level(block: Block, root: Floats, parent: Integers, nodes: Floats, boxes: Floats) -> Units:
    dim, m = root.shape[1:]
    shape = nodes.shape[:2]
    precision, information, spread, weight = np.split(
        nodes, np.cumsum([dim * dim, dim, dim * m]), axis=-1
    )
    lower, mean = np.split(boxes, [dim * (dim + 1) // 2], axis=-1)
    cov = np.zeros((*shape, dim, dim))
    rows, columns = np.tril_indices(dim)
    cov[..., rows, columns] = cov[..., columns, rows] = lower
    return Units(
        block=block,
        root=root,
        parent=parent,
        precision=precision.reshape(*shape, dim, dim),
        information=information,
        spread=spread.reshape(*shape, dim, m),
        weight=weight[..., 0],
        mean=mean,
        cov=cov,
    )


def _lanes(work: Floats, place: np.int64, n: int, length: int) -> Floats:
    """Part of the workspace as a view of shape (n_draws, n, LANES, length)."""
    part = work[:, place : place + n * length * LANES]
    return part.reshape(len(work), n, length, LANES).transpose(0, 1, 3, 2)
