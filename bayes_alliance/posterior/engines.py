"""The two engines behind one shape: from a specification and a design to draws of named moments.

``collapsed`` climbs the exact integrated likelihood (random effects integrated out analytically);
``pymc`` samples the graph that `build` returns, random effects included. Both are the same model
and hand back the same named moments.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import nutpie
import xarray as xr

from bayes_alliance import pymc_model
from bayes_alliance.collapsed.density import collapse
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.sampler import sampler_model
from bayes_alliance.design import Design
from bayes_alliance.posterior.sampling import Sampled, run
from bayes_alliance.specification import ModelSpec

ENGINES = ("collapsed", "pymc")
# Warm-up draws that suffice: without the effects, the posterior has tens of dimensions.
TUNE = {"collapsed": 400, "pymc": 1000}
# Families whose random effects integrate out analytically.
COLLAPSIBLE = ("normal",)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of the named moments.

    Parameters
    ----------
    moments : dict
        Name to dims and values, dims (chain, draw, ...), rating points.
    stats : Dataset
        The sampler's statistics, dims (chain, draw).
    seconds : dict
        Stage to seconds of wall time.
    gradient_evaluations : dict
        ``{"warmup": int, "sampling": int}``, summed over chains.
    interrupted : bool
    """

    moments: dict[str, tuple[tuple[str, ...], np.ndarray]]
    stats: xr.Dataset
    seconds: dict[str, float]
    gradient_evaluations: dict[str, int]
    interrupted: bool


def chosen(engine: str, spec: ModelSpec) -> str:
    """The engine that computes a model.

    Parameters
    ----------
    engine : {"auto", "collapsed", "pymc"}
    spec : ModelSpec

    Returns
    -------
    str
        ``"collapsed"`` wherever it is exact, if the choice is left open.
    """
    if engine != "auto":
        return engine
    return "collapsed" if spec.likelihood.family in COLLAPSIBLE else "pymc"


def draw(
    engine: str,
    spec: ModelSpec,
    arrays: Design,
    *,
    settings: dict[str, float],
    seed: int,
    progress: bool,
) -> Draws:
    """Sample the named moments of a model.

    Parameters
    ----------
    engine : {"collapsed", "pymc"}
    spec : ModelSpec
    arrays : Design
    settings : dict
        As from `sampling.checked`.
    seed : int
    progress : bool

    Returns
    -------
    Draws
    """
    started = time.perf_counter()
    if engine == "collapsed":
        model = collapse(spec, arrays)
        # The first density on a machine compiles the kernels, which are then kept on disk.
        model.log_density_and_gradient(model.initial(seed))
        compiled = sampler_model(model)
    else:
        graph = pymc_model.build_from(spec, arrays)
        with warnings.catch_warnings():
            # Of PyTensor's C backend, which is not used here: sampling is compiled by numba.
            warnings.filterwarnings("ignore", message="PyTensor could not link to a BLAS")
            compiled = nutpie.compile_pymc_model(graph, var_names=_named_moments(graph, arrays))
    compiled_at = time.perf_counter()
    sampled = run(compiled, settings=settings, seed=seed, progress=progress)
    finished_at = time.perf_counter()
    values = (
        moments(model, sampled.posterior["unconstrained"].values)
        if engine == "collapsed"
        else _as_they_are(sampled)
    )
    return Draws(
        moments=values,
        stats=sampled.stats,
        seconds={
            "compile": compiled_at - started,
            "sample": finished_at - compiled_at,
            "collect": time.perf_counter() - finished_at,
        },
        gradient_evaluations=sampled.gradient_evaluations,
        interrupted=sampled.interrupted,
    )


def _named_moments(graph: object, arrays: Design) -> list[str]:
    """Variables of the graph that are named moments."""
    effects = {f"{name}_on" for name in arrays.coefficients} | {"rating_on"}
    return [
        name
        for name in graph.named_vars  # type: ignore[attr-defined]
        if name in arrays.coefficients or name in effects or name.endswith("_cov")
    ]


def _as_they_are(sampled: Sampled) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    return {
        str(name): (tuple(str(dim) for dim in array.dims), np.ascontiguousarray(array.values))
        for name, array in sampled.posterior.items()
    }
