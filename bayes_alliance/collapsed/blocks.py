"""The hierarchy of random effects as the recursion sees it: one block per level, child first.

A block knows the terms that matter from its level upwards and which elements of the square root
`L` of its covariance `S = L L'` can differ from zero. Square roots may be rectangular: a level
without effects has no columns, common factors (one per growth coefficient) have a column each.
`tree_of` puts blocks and their units into the arrays that the kernel takes.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Integers
from bayes_alliance.collapsed.kernel.arrays import Tree
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.design import Design
from bayes_alliance.specification.structures import STRUCTURES


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """One level of random effects.

    Parameters
    ----------
    name : str
        ``"child"``, ``"therapist"`` or ``"clinic"``.
    structure : str
        Name of its structure (`specification.structures`).
    terms : array of int
        Positions, among all terms, of those that vary here or at a level above; all terms for the
        child.
    varying : array of int
        Positions, within ``terms``, of those that vary here.
    columns : tuple of array of int
        Rows of each column of the square root that are not fixed at zero, as positions within
        ``terms``.
    up : array of int
        Positions, within ``terms``, of the terms of the next block.
    """

    name: str
    structure: str
    terms: Integers
    varying: Integers
    columns: tuple[Integers, ...]
    up: Integers


def blocks_of(design: Design, *, dense_roots: bool = False) -> tuple[Block, ...]:
    """Blocks of a design, child first, then the levels above.

    Parameters
    ----------
    dense_roots : bool
        Let every element of the square roots be free.

    Returns
    -------
    tuple of Block
        At least the child's, even if child effects are off.
    """
    names = ["child", *(level.name for level in design.levels)]
    varying = [design.child_terms, *(level.terms for level in design.levels)]
    structures = [design.child_structure, *(level.structure for level in design.levels)]
    terms = [np.arange(len(design.terms), dtype=np.int64)]
    for index in range(1, len(names)):
        terms.append(np.unique(np.concatenate(varying[index:])))
    terms.append(np.zeros(0, dtype=np.int64))

    made = []
    for index, name in enumerate(names):
        here = np.searchsorted(terms[index], varying[index])
        columns = (here,) * len(here)
        if not dense_roots:
            factor = design.factor_of_term[varying[index]]
            columns = STRUCTURES[structures[index]].columns(here, factor)
        made.append(
            Block(
                name=name,
                structure=structures[index],
                terms=terms[index],
                varying=here,
                columns=columns,
                up=np.searchsorted(terms[index], terms[index + 1]),
            )
        )
    return tuple(made)


def tree_of(design: Design, blocks: tuple[Block, ...]) -> Tree:
    """Levels and their units, numbered through all levels."""
    n_levels, q = len(blocks), len(design.terms)
    most_columns = max(len(block.columns) for block in blocks)
    first_row = np.zeros((n_levels, most_columns), dtype=np.int64)
    end_row, up = np.zeros_like(first_row), np.zeros((n_levels, q), dtype=np.int64)
    for level, block in enumerate(blocks):
        up[level, : len(block.up)] = block.up
        for column, rows in enumerate(block.columns):
            first_row[level, column], end_row[level, column] = rows[0], rows[-1] + 1
    n_units = np.array([0, *(len(level.labels) for level in design.levels)], dtype=np.int64)
    unit_start = np.concatenate([[0], np.cumsum(n_units)])
    parent = np.zeros(unit_start[-1], dtype=np.int64)
    for number, above in enumerate(design.levels[1:], start=1):
        parent[unit_start[number] : unit_start[number + 1]] = unit_start[number + 1] + above.parent
    return Tree(
        n_terms=np.array([len(block.terms) for block in blocks], dtype=np.int64),
        n_columns=np.array([len(block.columns) for block in blocks], dtype=np.int64),
        first_row=first_row,
        end_row=end_row,
        up=up,
        unit_start=unit_start,
        chunk_start=np.concatenate([[0], np.cumsum(-(-n_units // LANES))]),
        parent=parent,
    )
