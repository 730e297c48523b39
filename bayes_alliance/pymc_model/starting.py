"""Where PyMC's sampler would start a graph, in the named moments."""

import numpy as np
import pymc as pm


def start_of(
    graph: pm.Model, names: list[str], *, seed: int
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Named moments of PyMC's graph where its sampler starts.

    Parameters
    ----------
    names : list of str
        Of the named moments.

    Returns
    -------
    dict
        Name to dims and values, one chain and draw.
    """
    values = graph.compile_fn(
        graph.replace_rvs_by_values([graph[name] for name in names]),
        inputs=graph.value_vars,
        on_unused_input="ignore",
    )(graph.initial_point(random_seed=seed))
    dims = graph.named_vars_to_dims
    return {
        name: (("chain", "draw", *dims.get(name, ())), np.asarray(value)[None, None])
        for name, value in zip(names, values, strict=True)
    }
