"""Fitting as users do it: what the prior expects of ratings is looked at first, and said if odd."""

import warnings
from typing import Literal, Unpack

from bayes_alliance.errors import Seed, checked_arguments
from bayes_alliance.posterior import fit as fits
from bayes_alliance.posterior.prior_predictive import expected_outside
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec


@checked_arguments
def fit(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    seed: Seed,
    engine: Literal["auto", "collapsed", "pymc"] = "auto",
    progress: bool = True,
    **sampler: Unpack[SamplerOptions],
) -> fits.Fit:
    """Fit a model to ratings.

    Parameters
    ----------
    spec : ModelSpec
        As from `load_model`.
    ratings : Ratings
        As from `read_ratings`.
    seed : int
        Same seed, same draws.
    engine : {"auto", "collapsed", "pymc"}
        ``"auto"`` chooses ``"collapsed"`` (random effects integrated out exactly: seconds) for the
        models it computes, ``"pymc"`` (PyMC's graph, compiled anew for every model) for others.
    progress : bool
        Whether to show a progress bar (never shown when the output is not a terminal or notebook),
        and to say what the one compilation of an installation is.
    **sampler
        ``draws``, ``tune``, ``chains``, ``cores``, ``target_accept``: see `SamplerOptions`.

    Returns
    -------
    Fit
        If interrupted (Ctrl-C, or a notebook's stop button) after some draws were kept, a fit with
        those draws and ``interrupted=True``.

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings or by this engine, an option is unknown, or
        sampling cannot start: the quantities that are not finite there are named.

    Warns
    -----
    UserWarning
        How many values of covariates are missing; they are modelled, nobody is left out.
        Effects of covariates that these ratings do not identify, which are left to their priors.
        That the prior expects most ratings outside their scale, and why that may be.
    """
    if (said := expected_outside(spec, ratings, seed=seed)) is not None:
        warnings.warn(said, skip_file_prefixes=(fits.OURS,))
    return fits.fit(spec, ratings, seed=seed, engine=engine, progress=progress, **sampler)
