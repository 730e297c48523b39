"""A collapsed model as nutpie samples it.

nutpie calls a C function for every gradient and another one for every draw it stores; it needs no
PyMC model for this, only the description that its compiled PyMC models also have. The chains run in
parallel threads that never wait for Python (calling a Python function instead costs about as much
processor time again, most of it spent waiting for the global lock). What is stored is the
unconstrained vector; quantities in rating points are computed from all draws at once (`moments`).
"""

import os
from dataclasses import dataclass
from typing import Any

from bayes_alliance.collapsed.density import CollapsedModel
from bayes_alliance.collapsed.evaluation import book_of
from bayes_alliance.collapsed.kernel.entry import compiled_copy, compiled_kernel
from bayes_alliance.nuts import CompiledPyMCModel

VARIABLE = "unconstrained"


@dataclass(frozen=True)
class NearlyStandardNormal(CompiledPyMCModel):
    """A model most of whose coordinates are noise, and stay nearly so given the ratings.

    Between two gradients the sampler then moves along the circles on which standard normal numbers
    move, not along straight lines: its steps may be twice as long. nutpie has no argument for this.
    """

    def _make_sampler(self, settings: Any, *others: Any) -> Any:
        own = settings.as_dict()["settings"]
        settings.update_settings(own | {"trajectory_kind": "ExactNormal"})
        return super()._make_sampler(settings, *others)


def sampler_model(model: CollapsedModel) -> CompiledPyMCModel:
    """Return the model for ``nutpie.sample``.

    Returns
    -------
    nutpie's compiled model
        Its one variable, ``unconstrained``, has dims (chain, draw, coordinate).
    """
    n = model.n_parameters
    workspaces = [model.evaluation() for _ in range(os.cpu_count() or 1)]
    kind = NearlyStandardNormal if model.design.n_latent else CompiledPyMCModel
    return kind(
        dims={VARIABLE: ("coordinate",)},
        compiled_logp_func=compiled_kernel(),
        compiled_expand_func=compiled_copy(),
        initial_point_func=model.initial,
        # Keeps the arrays alive to which the book points.
        shared_data={"workspaces": workspaces},
        shared_var_keys={},
        user_data=book_of(workspaces),
        n_expanded=n,
        shape_info=([VARIABLE], None, [(n,)]),
        logp_func=None,
        expand_func=None,
        _n_dim=n,
        _shapes={VARIABLE: (n,)},
        _coords={"coordinate": list(model.labels)},
    )
