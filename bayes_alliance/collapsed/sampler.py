"""A collapsed model as nutpie samples it.

nutpie calls one density function per chain, each with its own workspace, and stores the
unconstrained vector as it is; quantities in rating points are computed from all draws at once
afterwards (`moments`).
"""

import numpy as np
from numpy.typing import NDArray
from nutpie.compiled_pyfunc import PyFuncModel, from_pyfunc

from bayes_alliance.collapsed.density import CollapsedModel, Density

type Floats = NDArray[np.float64]


def sampler_model(model: CollapsedModel) -> PyFuncModel:
    """Return the model for ``nutpie.sample``.

    Parameters
    ----------
    model : CollapsedModel

    Returns
    -------
    nutpie's compiled model
        Its one variable, ``unconstrained``, has dims (chain, draw, coordinate).
    """

    def make_density() -> Density:
        return model.density()

    def make_expand(seed1: int, seed2: int, chain: int):  # type: ignore[no-untyped-def]
        def expand(x: Floats) -> dict[str, Floats]:
            return {"unconstrained": x}

        return expand

    return from_pyfunc(
        ndim=model.n_parameters,
        make_logp_fn=make_density,
        make_expand_fn=make_expand,
        make_initial_point_fn=model.initial,
        expanded_dtypes=[np.dtype(np.float64)],
        expanded_shapes=[(model.n_parameters,)],
        expanded_names=["unconstrained"],
        coords={"coordinate": list(model.labels)},
        dims={"unconstrained": ("coordinate",)},
    )
