"""A collapsed model as nutpie samples it.

nutpie calls a C function for every gradient and another one for every draw it stores; it needs no
PyMC model for this, only the description that its compiled PyMC models also have. The chains run in
parallel threads that never wait for Python (calling a Python function instead costs about as much
processor time again, most of it spent waiting for the global lock). What is stored is the
unconstrained vector; quantities in rating points are computed from all draws at once (`moments`).
"""

import os

import numpy as np
from nutpie.compile_pymc import CompiledPyMCModel

from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.kernel.entry import compiled_copy, compiled_kernel

VARIABLE = "unconstrained"


def sampler_model(model: CollapsedModel) -> CompiledPyMCModel:
    """Return the model for ``nutpie.sample``.

    Returns
    -------
    nutpie's compiled model
        Its one variable, ``unconstrained``, has dims (chain, draw, coordinate).
    """
    task, n = model.task, model.n_parameters
    n_threads = os.cpu_count() or 1
    work = np.empty((n_threads, task.work_length))
    in_use = np.zeros(n_threads, dtype=np.int64)
    return CompiledPyMCModel(
        dims={VARIABLE: ("coordinate",)},
        compiled_logp_func=compiled_kernel(),
        compiled_expand_func=compiled_copy(),
        initial_point_func=model.initial,
        # Keeps the arrays alive to which the address book points.
        shared_data={"task": task, "work": work, "in_use": in_use},
        shared_var_keys={},
        user_data=task.address_book(work, in_use),
        n_expanded=n,
        shape_info=([VARIABLE], None, [(n,)]),
        logp_func=None,
        expand_func=None,
        _n_dim=n,
        _shapes={VARIABLE: (n,)},
        _coords={"coordinate": list(model.labels)},
    )
