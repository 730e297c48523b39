"""The data of a model as the kernel takes them.

In goes a `Design`, out come `Constants`, typed arrays that serve every structure and depth of
nesting.
"""

from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed import leavers
from bayes_alliance.collapsed.assumed import Assumed
from bayes_alliance.collapsed.blocks import Block, blocks_of, tree_of
from bayes_alliance.collapsed.kernel.arrays import Tree
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.seating import Seating, in_lanes, seat
from bayes_alliance.design import Design

# Matrices of all chunks are kept between the passes if they take no more doubles than this.
MOST_KEPT = 2**24


@dataclass(frozen=True, kw_only=True, eq=False)
class Constants:
    """The data as the kernel takes them.

    Parameters
    ----------
    x : array, shape (rounds, covariates, 8)
        Covariates of children where these sit, 0 where missing.
    n_informants, n_raters : int
        Informants, leaving among them if it is part of the model, and those who rate.
    n_coefficients : int
        Of the expectation of ratings.
    completes_x : bool
        Whether any are missing.
    n_latent, n_items, n_steps : int
        Ratings with a latent value behind them, items, and steps between their responses.
    blocks : tuple of Block
        Levels of random effects, children first.
    keep : bool
        Whether matrices of all chunks are kept between the passes, or computed twice.
    """

    seating: Seating
    tree: Tree
    n_informants: int
    n_raters: int
    x: Floats
    n_coefficients: int
    completes_x: bool
    n_latent: int
    n_items: int
    n_steps: int
    blocks: tuple[Block, ...]
    keep: bool


def encode(
    design: Design,
    *,
    dense_roots: bool = False,
    keep: bool = False,
    alone: bool = False,
    related: bool = False,
    leaving: bool = False,
    assumed: Assumed | None = None,
) -> Constants:
    """Constants of the collapsed likelihood.

    Parameters
    ----------
    dense_roots : bool
        Let every element of a square root be free: for covariances that are given.
    keep : bool
        Keep the matrices of all chunks, however many: for `units`.
    alone : bool
        Let no children share a pattern: for weights and stretches of each child's own.
    related : bool
        Let residuals of different occasions be autocorrelated.
    leaving : bool
        Let leaving be one more informant, where it is part of the model.
    assumed : Assumed, optional
        What may be assumed where categories are missing; the design is then its own.
    """
    blocks, n_raters = blocks_of(design, dense_roots=dense_roots), len(design.informants)
    if leaving and design.leaving is not None:
        blocks, design = leavers.blocks(design), leavers.extended(design, design.leaving)
    seating = seat(design, alone=alone, related=related, assumed=assumed)
    n_chunks, n_cells = len(seating.seats.n_children), int(seating.seats.cell_start[-1])
    n_rounds = int(seating.seats.round_start[-1])
    q, n_informants = len(design.terms), len(design.informants)
    most_rows = related * n_informants * int(np.diff(seating.seats.cell_start).max(initial=0))
    n_roots = 2 if design.n_latent else 1
    doubles = LANES * n_chunks * most_rows**2 + LANES * (
        n_chunks * q * (q + n_roots * len(blocks[0].columns)) + n_cells * n_informants**2
    )
    return Constants(
        seating=seating,
        tree=tree_of(design, blocks),
        n_informants=n_informants,
        n_raters=n_raters,
        x=in_lanes(np.nan_to_num(design.x), seating.round, seating.lane, n_rounds),
        n_coefficients=q + n_informants * (int(design.covariate_on.sum()) + design.z.shape[1]),
        completes_x=any(one.kind == "numeric" for one in design.incomplete),
        n_latent=design.n_latent,
        n_items=0 if design.items is None else len(design.items.names),
        n_steps=0 if design.items is None else len(design.items.steps),
        blocks=blocks,
        keep=keep or doubles <= MOST_KEPT,
    )
