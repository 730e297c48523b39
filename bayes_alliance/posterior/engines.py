"""The two engines behind one shape: from a specification and a design to draws of named moments.

``collapsed`` climbs the exact integrated likelihood (random effects integrated out analytically);
``pymc`` samples the graph that `build` returns, random effects included. Both are the same model
and hand back the same named moments.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayes_alliance import pymc_model
from bayes_alliance.collapsed.assumed import not_summed
from bayes_alliance.collapsed.density import collapse, turned
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.sampler import sampler_model
from bayes_alliance.design import Design
from bayes_alliance.design.missing import not_in_graph
from bayes_alliance.errors import InputError
from bayes_alliance.likelihoods import covariates, law_of, leaving, residual
from bayes_alliance.nuts import nutpie
from bayes_alliance.posterior.progress import compilation_announced
from bayes_alliance.posterior.sampling import Sampled, run
from bayes_alliance.posterior.starting import cannot_start
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_shrinkage

# Draws that suffice: without the effects, the posterior has tens of dimensions.
COLLAPSED = {"draws": 1000, "tune": 400}
# Noise behind ratings is standard normal from the start: only parameters have to be warmed up to.
WITH_NOISE = COLLAPSED | {"tune": 150}
SAMPLED = {"draws": 3000, "tune": 1000}
# What nutpie says where no starting point has a finite density and gradient.
NO_START = "initialization points failed"


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
    """

    moments: dict[str, tuple[tuple[str, ...], np.ndarray]]
    stats: xr.Dataset
    seconds: dict[str, float]
    gradient_evaluations: dict[str, int]
    interrupted: bool


def chosen(engine: str, spec: ModelSpec, arrays: Design) -> str:
    """The engine that computes a model.

    Parameters
    ----------
    engine : {"auto", "collapsed", "pymc"}

    Returns
    -------
    str
        ``"collapsed"`` wherever it is exact, if the choice is left open.

    Raises
    ------
    InputError
        If the engine does not compute the model, with every reason.
    """
    reasons, of_graph = not_summed(spec, arrays), not_in_graph(spec, arrays.incomplete)
    if engine == "pymc" and of_graph and not reasons:
        raise InputError(of_graph, "engine 'pymc'; engine 'collapsed' fits this model")
    if engine == "collapsed" and reasons and not of_graph:
        raise InputError(reasons, "engine 'collapsed'; engine 'pymc' fits this model")
    if reasons and of_graph:
        raise InputError([*reasons, *of_graph], "neither engine fits this model")
    return "pymc" if engine == "pymc" or reasons else "collapsed"


def defaults(engine: str, spec: ModelSpec) -> dict[str, float]:
    """Options of the sampler that a model does best with, where the user leaves them open.

    Parameters
    ----------
    engine : {"collapsed", "pymc"}

    Returns
    -------
    dict
        ``draws``, ``tune`` and ``target_accept``. Priors that shrink effects have heavy tails, for
        which smaller steps are safer (Piironen and Vehtari 2017); with items, too, a transition of
        a thousand diverges at 0.8, and none at 0.9.
    """
    shrinks = of_shrinkage(spec.priors.get("covariate")) is not None
    exact = WITH_NOISE if "latent" in law_of(spec).moments else COLLAPSED
    of_engine = exact if engine == "collapsed" else SAMPLED
    has_items = law_of(spec).measurement is not None
    return {**of_engine, "target_accept": 0.9 if shrinks or has_items else 0.8}


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
    settings : dict
        As from `sampling.checked`.

    Raises
    ------
    InputError
        If sampling cannot start, with every quantity that is not finite there.
    """
    started = time.perf_counter()
    if engine == "collapsed":
        # The first density on a machine compiles the kernels, which are then kept on disk.
        with compilation_announced(shown=progress):
            model = turned(collapse(spec, arrays))
            compiled = sampler_model(model)
    else:
        graph = pymc_model.build_from(spec, arrays)
        names = _named_moments(graph, spec, arrays)
        with warnings.catch_warnings():
            # Of PyTensor's C backend, which is not used here: sampling is compiled by numba.
            warnings.filterwarnings("ignore", message="PyTensor could not link to a BLAS")
            compiled = nutpie.compile_pymc_model(graph, var_names=names)
    compiled_at = time.perf_counter()
    try:
        sampled = run(compiled, settings=settings, seed=seed, progress=progress)
    except RuntimeError as error:
        if NO_START not in str(error):
            raise
        # What overflows is what is looked for.
        with np.errstate(all="ignore"):
            start = (
                moments(model, model.initial(seed)[None, None])
                if engine == "collapsed"
                else pymc_model.start_of(graph, names, seed=seed)
            )
        raise cannot_start(start, arrays) from error
    finished_at = time.perf_counter()
    values = (
        moments(model, sampled.posterior["unconstrained"].values, seed=seed)
        if engine == "collapsed"
        else _as_they_are(sampled, names)
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


def _named_moments(graph: object, spec: ModelSpec, arrays: Design) -> list[str]:
    """Variables of the graph that are named moments."""
    effects = {f"{name}_on" for name in (*arrays.coefficients, "rating")}
    effects |= {f"{name}_scale" for name in effects}
    known = {
        *arrays.coefficients,
        *effects,
        *residual.MOMENTS,
        *covariates.names(arrays),
        *leaving.NAMES,
        *law_of(spec).moments,
    }
    return [
        name
        for name in graph.named_vars  # type: ignore[attr-defined]
        if name in known or name.endswith("_cov")
    ]


def _as_they_are(
    sampled: Sampled, names: list[str]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Only these: the sampler hands back what it samples on as well."""
    variables = {name: sampled.posterior[name] for name in names}
    return {
        name: (tuple(str(dim) for dim in array.dims), np.ascontiguousarray(array.values))
        for name, array in variables.items()
    }
