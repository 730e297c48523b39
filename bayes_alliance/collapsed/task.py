"""Calling the kernel from Python: what to evaluate, and the memory to do it in.

A `Task` is something the kernel can evaluate; an `Evaluation` is a task with memory of its own,
and the place where results are found that the kernel leaves behind.
"""

import ctypes
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.collapsed.constants import Constants
from bayes_alliance.collapsed.kernel.entry import (
    DATA,
    IN_USE,
    INDEX,
    KINDS,
    LOG_LIKELIHOOD,
    N_COEFFICIENTS,
    N_COORDINATES,
    N_COVARIANCES,
    N_DATA,
    N_INDEX,
    N_PARAMETERS,
    N_ROOTS,
    N_WORKSPACES,
    NUMBERS,
    PARAMETERS,
    TABLE,
    TASK_LENGTH,
    WORK,
    WORK_LENGTH,
    compiled_kernel,
)
from bayes_alliance.collapsed.kernel.header import N_CENSORED, N_WORK

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """Something the kernel can evaluate.

    Parameters
    ----------
    kinds, numbers, table : array
        Coordinates and covariances as in `Layout`; empty to evaluate the likelihood at its own
        parameters.
    n_coefficients : int
        Coordinates of coefficients.
    """

    constants: Constants
    kinds: Integers
    numbers: Floats
    table: Integers
    n_coefficients: int

    @property
    def length(self) -> int:
        """Length of the vector at which the task is evaluated."""
        return len(self.kinds) or self.constants.n_parameters

    @property
    def work_length(self) -> int:
        """Doubles of workspace."""
        n_informants = self.constants.n_informants
        scratch = 1 + 2 * self.constants.n_parameters + len(self.kinds)
        index = self.constants.index
        copy = len(self.constants.data) if index[N_CENSORED] else 0
        return scratch + n_informants * (n_informants + 1) + int(index[N_WORK]) + copy

    def address_book(self, work: Floats, in_use: Integers) -> Integers:
        """Sizes and addresses, as the kernel reads them; valid while task and arrays live.

        Parameters
        ----------
        work : array, shape (n_workspaces, work_length)
            Memory to work in; as many threads as there are workspaces can call the kernel at the
            same time without it asking for more.
        in_use : array of int, shape (n_workspaces,)
            Zeros; the kernel marks here which workspaces are taken.

        Returns
        -------
        array of int
        """
        n_informants = self.constants.n_informants
        book = np.zeros(TASK_LENGTH, dtype=np.int64)
        book[N_COORDINATES] = len(self.kinds)
        book[N_COEFFICIENTS] = self.n_coefficients
        book[N_COVARIANCES] = len(self.table)
        book[N_PARAMETERS] = self.constants.n_parameters
        book[N_ROOTS] = n_informants * (n_informants + 1)
        book[N_INDEX] = len(self.constants.index)
        book[N_DATA] = len(self.constants.data)
        book[KINDS] = self.kinds.ctypes.data
        book[NUMBERS] = self.numbers.ctypes.data
        book[TABLE] = self.table.ctypes.data
        book[INDEX] = self.constants.index.ctypes.data
        book[DATA] = self.constants.data.ctypes.data
        book[WORK] = work.ctypes.data
        book[WORK_LENGTH] = self.work_length
        book[IN_USE] = in_use.ctypes.data
        book[N_WORKSPACES] = len(in_use)
        return book


def likelihood_task(constants: Constants) -> Task:
    """Return the log likelihood as a function of its own parameters."""
    return Task(
        constants=constants,
        kinds=np.zeros(0, dtype=np.int64),
        numbers=np.zeros((0, 4)),
        table=np.zeros((0, 6), dtype=np.int64),
        n_coefficients=0,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """A task with its own memory: one per thread.

    Parameters
    ----------
    x, gradient : array
        Where the kernel reads the vector and leaves the gradient.
    value : array, shape (1,)
    work : array
        Workspace; what lies where is named in `header`, behind the scratch of this module.
    in_use, book : array of int
    """

    task: Task
    x: Floats
    gradient: Floats
    value: Floats
    work: Floats
    in_use: Integers
    book: Integers

    @classmethod
    def of(cls, task: Task) -> "Evaluation":
        """Take memory for a task."""
        work, in_use = np.zeros(task.work_length), np.zeros(1, dtype=np.int64)
        return cls(
            task=task,
            x=np.zeros(task.length),
            gradient=np.zeros(task.length),
            value=np.zeros(1),
            work=work,
            in_use=in_use,
            book=task.address_book(work, in_use),
        )

    def function(self) -> Callable[[Floats], tuple[float, Floats]]:
        """Return the task as a function of the vector.

        Returns
        -------
        callable
            From a vector to value and gradient. The gradient's array is used again by the next
            call. Value minus infinity and gradient zero where they cannot be computed.
        """
        call = _kernel_for_python()
        length = self.task.length
        x, gradient, value, book = (
            array.ctypes.data for array in (self.x, self.gradient, self.value, self.book)
        )

        def evaluate(point: Floats) -> tuple[float, Floats]:
            self.x[:] = point
            if call(length, x, gradient, value, book):
                self.gradient[:] = 0.0
                return -np.inf, self.gradient
            return float(self.value[0]), self.gradient

        return evaluate

    @property
    def log_likelihood(self) -> float:
        """Log likelihood at the last point."""
        return float(self.work[LOG_LIKELIHOOD])

    @property
    def parameters(self) -> Floats:
        """Parameters of the likelihood at the last point."""
        return self.work[PARAMETERS : PARAMETERS + self.task.constants.n_parameters]

    @property
    def intermediate(self) -> Floats:
        """The part of the workspace whose places the header names."""
        index = self.task.constants.index
        end = len(self.work) - (len(self.task.constants.data) if index[N_CENSORED] else 0)
        return self.work[end - int(index[N_WORK]) : end]


@functools.cache
def _kernel_for_python() -> Callable[[int, int, int, int, int], int]:
    """Kernel as a function of addresses; Python's global lock is released while it runs."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)
    return prototype(compiled_kernel().address)
