"""The hierarchy of random effects as the recursion sees it: one block per level, child first.

A block knows the terms that matter from its level upwards and which elements of the square root
`L` of its covariance `S = L L'` can differ from zero. Square roots may be rectangular: a level
without effects has no columns, common factors (one per growth coefficient) have a column each.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Integers
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
