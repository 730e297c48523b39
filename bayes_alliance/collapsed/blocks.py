"""The hierarchy of random effects as the recursion sees it: one block per level, child first.

A block knows the terms that matter from its level upwards and which elements of the square root
`L` of its covariance `S = L L'` can differ from zero. Square roots may be rectangular: a level
without effects has no columns, common factors (one per growth coefficient) have a column each.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.design import Design

type Integers = NDArray[np.int64]
type Structure = Literal["independent", "correlated", "common_factor", "dense"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """One level of random effects.

    Parameters
    ----------
    name : str
        ``"child"``, ``"therapist"`` or ``"clinic"``.
    structure : {"independent", "correlated", "common_factor", "dense"}
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
    structure: Structure
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
        structure: Structure = "dense" if dense_roots else _structure(structures[index])
        here = np.searchsorted(terms[index], varying[index])
        made.append(
            Block(
                name=name,
                structure=structure,
                terms=terms[index],
                varying=here,
                columns=root_columns(structure, here, factor=design.factor_of_term[varying[index]]),
                up=np.searchsorted(terms[index], terms[index + 1]),
            )
        )
    return tuple(made)


def root_columns(structure: Structure, rows: Integers, *, factor: Integers) -> tuple[Integers, ...]:
    """Rows of each column of a square root that are not fixed at zero.

    Parameters
    ----------
    structure : {"independent", "correlated", "common_factor", "dense"}
        Diagonal; lower triangular; a column of loadings per factor beside a diagonal; full.
    rows : array of int
        Positions of the terms that vary.
    factor : array of int, same shape
        The common factor each of them belongs to, never decreasing.

    Returns
    -------
    tuple of array of int
    """
    if not len(rows):
        return ()
    match structure:
        case "independent":
            return tuple(rows[[a]] for a in range(len(rows)))
        case "correlated":
            return tuple(rows[a:] for a in range(len(rows)))
        case "common_factor":
            loadings = (rows[factor == one] for one in np.unique(factor))
            return (*loadings, *(rows[[a]] for a in range(len(rows))))
        case "dense":
            return (rows,) * len(rows)


def _structure(name: str) -> Structure:
    match name:
        case "independent" | "correlated" | "common_factor":
            return name
        case _:
            raise ValueError(f"unknown structure {name!r}")
