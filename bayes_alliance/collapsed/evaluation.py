"""Calling the kernel from Python, with the memory to do it in.

An `Evaluation` adds memory of its own to `Constants`, and is where results are found that the
kernel leaves behind; with `Parameters` it evaluates the posterior density at a vector, without them
the log density of the ratings at what was written to its `given`.
"""

import ctypes
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bayes_alliance.arrays import Floats, Integers
from bayes_alliance.collapsed.completions import COMPLETIONS
from bayes_alliance.collapsed.constants import Constants
from bayes_alliance.collapsed.kernel.arrays import Given, Parameters, Point, Work
from bayes_alliance.collapsed.kernel.entry import compiled_kernel
from bayes_alliance.collapsed.kernel.lanes import LANES
from bayes_alliance.collapsed.kernel.memory import aligned, nothing, table

NO_PARAMETERS: Parameters = nothing(Parameters)
NOTHING_COMPLETED: tuple[NamedTuple, ...] = tuple(nothing(one.own) for one in COMPLETIONS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What the kernel evaluates, with its own memory: one per thread.

    Parameters
    ----------
    given, by, aside : Given
        What makes the ratings normal, the derivatives by it, and some that are kept aside.
    """

    constants: Constants
    parameters: Parameters
    completions: tuple[NamedTuple, ...]
    given: Given
    by: Given
    aside: Given
    work: Work
    point: Point

    @classmethod
    def of(
        cls,
        constants: Constants,
        parameters: Parameters = NO_PARAMETERS,
        completions: tuple[NamedTuple, ...] = NOTHING_COMPLETED,
    ) -> "Evaluation":
        """Take memory for an evaluation.

        Parameters
        ----------
        completions : tuple of NamedTuple
            Arrays of each completion, in their order.
        """
        own = [
            arrays._replace(**{name: getattr(arrays, name).copy() for name in one.scratch})
            for one, arrays in zip(COMPLETIONS, completions, strict=True)
        ]
        return cls(
            constants=constants,
            parameters=parameters,
            completions=tuple(own),
            given=_given(constants, parameters),
            by=_given(constants, parameters),
            aside=_given(constants, parameters) if constants.n_latent else nothing(Given),
            work=_work(constants),
            point=_point(constants, len(parameters.kinds)),
        )

    def function(self) -> Callable[[Floats], tuple[float, Floats]]:
        """Return the log density as a function of the vector.

        Returns
        -------
        callable
            From a vector to value and gradient. The gradient's array is used again by the next
            call. Value minus infinity and gradient zero where they cannot be computed.
        """
        call, n = _kernel_for_python(), len(self.parameters.kinds)
        x, gradient, value = np.zeros(n), np.zeros(n), np.zeros(1)
        # These pointers keep their arrays alive; the book's arrays live in this evaluation.
        arrays = (x, gradient, value, book_of([self]))
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]

        def evaluate(point: Floats) -> tuple[float, Floats]:
            x[:] = point
            if call(len(self.parameters.kinds), *pointers):
                gradient[:] = 0.0
                return -np.inf, gradient
            return float(value[0]), gradient

        return evaluate


def book_of(evaluations: Sequence[Evaluation]) -> Integers:
    """What C passes to the kernel, while the evaluations live: workspaces, each behind a flag."""
    pages = [np.array([len(evaluations)])]
    for one in evaluations:
        data = (one.constants.seating.seats, one.constants.tree, one.parameters)
        memory = (one.given, one.by, one.aside, one.work, one.point)
        rows = table((*data, *memory, *one.completions))
        pages += [np.zeros(1, dtype=np.int64), rows.ravel()]
    return np.concatenate(pages)


def _given(constants: Constants, parameters: Parameters) -> Given:
    seats, n_informants = constants.seating.seats, constants.n_informants
    n_slots, n_cells = int(seats.slot_start[-1]), int(seats.cell_start[-1])
    (n_levels, most_columns), q = constants.tree.first_row.shape, int(constants.tree.n_terms[0])
    # Where values behind ratings are given, ratings are these.
    n_with_variance = n_cells if constants.n_latent and len(parameters.kinds) else 0
    given = Given(
        error=aligned(n_slots, n_informants, LANES),
        weight=aligned(n_cells, LANES),
        stretch=aligned(n_cells, n_informants, LANES),
        cov=np.zeros((n_informants, n_informants)),
        variance=aligned(n_with_variance, n_informants, LANES),
        rho=np.zeros(1),
        root=np.zeros((n_levels, q, most_columns)),
        follow=np.zeros((seats.basis.shape[1] * (n_informants - constants.n_raters), q)),
        log_chance=np.zeros(int(seats.group_start[-1])),
    )
    given.weight[:] = given.stretch[:] = 1.0
    return given


def _work(constants: Constants) -> Work:
    seats, tree = constants.seating.seats, constants.tree
    (n_levels, m), n_coefficients = tree.first_row.shape, seats.basis.shape[1]
    k, q, e = constants.n_informants, int(tree.n_terms[0]), int(tree.n_terms[1:].max(initial=0))
    n_follow, most = (k - constants.n_raters) * n_coefficients, max(q, k * n_coefficients)
    n_sets, n_rounds = len(seats.sets), int(seats.round_start[-1])
    most_cells = int(np.diff(seats.cell_start).max(initial=0))
    n_chunks = len(seats.n_children) if constants.keep else 1
    n_rows = k * most_cells if len(seats.when) else 0
    n_cells = int(seats.cell_start[-1]) if constants.keep else most_cells
    n_units, n_unit_chunks = int(tree.unit_start[-1]), int(tree.chunk_start[-1])
    again = constants.n_latent > 0  # Whether runs follow that use the matrices of the first.
    work = Work(
        omega=aligned(n_sets, k, k),
        square_of_set=aligned(n_sets, k, k),
        small=aligned(2, k, k),
        cov=aligned(n_levels, q, q),
        by_cov=aligned(n_levels, q, q, LANES),
        precision=aligned(n_chunks, q, q, LANES),
        spread=aligned(n_chunks, q, int(tree.n_columns[0]), LANES),
        cell_precision=aligned(n_cells, k, k, LANES),
        block=aligned(n_chunks, n_rows, n_rows, LANES),
        information=aligned(n_rounds, q, LANES),
        log_weight=aligned(n_rounds, LANES),
        unit_precision=aligned(n_unit_chunks, e, e, LANES),
        u=aligned(n_chunks if again and constants.keep else 1, q, m, LANES),
        unit_spread=aligned(n_unit_chunks, e, m, LANES),
        unit_u=aligned(n_unit_chunks if again else 1, e, m, LANES),
        unit_information=aligned(n_unit_chunks, e, LANES),
        unit_log_weight=aligned(n_unit_chunks, LANES),
        box=aligned(n_units, e, e),
        note=aligned(n_units, e),
        square=aligned(most_cells, k, k, LANES),
        cell_small=aligned(2, k, k, LANES),
        factor=aligned(m, m, LANES),
        followed=aligned(n_chunks, n_follow, q, LANES),
        by_follow=aligned(n_follow, q, LANES),
        vectors=aligned(5, max(most, m), LANES),
        matrices=aligned(7, most, most, LANES),
        block_small=aligned(2, n_rows, n_rows, LANES),
        block_square=aligned(n_rows, n_rows, LANES),
        block_residual=aligned(n_rows, LANES),
        log_det=aligned(LANES),
        chance=aligned(*seats.seated.shape),
        pattern_chance=aligned(*seats.n_children.shape),
        unit_chance=aligned(n_unit_chunks, LANES),
    )
    work.chance[:], work.pattern_chance[:] = seats.seated, seats.n_children
    work.unit_chance[:] = 1.0
    return work


def _point(constants: Constants, n_coordinates: int) -> Point:
    q, k = int(constants.tree.n_terms[0]), constants.n_raters
    x = aligned(*constants.x.shape)
    x[:] = constants.x
    return Point(
        coordinates=np.zeros(n_coordinates),
        values=np.zeros(n_coordinates),
        slopes=np.zeros(n_coordinates),
        by_values=np.zeros(n_coordinates),
        log_likelihood=np.zeros(1),
        coefficients=np.zeros(constants.n_coefficients),
        x=x,
        by_x=np.zeros(x.shape if constants.completes_x else (0, 0, 0)),
        expected=aligned(q, LANES),
        by_coefficient=aligned(constants.n_coefficients, LANES),
        latent=np.zeros(constants.n_latent),
        by_latent=np.zeros(constants.n_latent),
        loading=np.zeros((k, constants.n_items)),
        by_loading=np.zeros((k, constants.n_items)),
        step=np.zeros((k, constants.n_items, constants.n_steps)),
        by_step=np.zeros((k, constants.n_items, constants.n_steps)),
        residual_root=np.zeros((2, k, k)),
        unit_root=np.zeros((2, k, k)),
    )


@functools.cache
def _kernel_for_python() -> Callable[..., int]:
    """Kernel as a function of addresses; Python's global lock is released while it runs."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)
    return prototype(compiled_kernel().address)
