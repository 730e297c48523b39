"""Simulation-based calibration: whether the truth is uniform among the posterior's draws.

For every replicate the parameters are drawn from the model's prior, ratings of a cohort are
replicated from them, the model is fitted, and the rank of every true quantity among thinned
posterior draws is kept. If prior, likelihood and sampler are right, each rank is uniform (Talts et
al. 2018). Uniformity is judged by simultaneous bands for the distribution function (Säilynoja,
Bürkner and Vehtari 2022), for every quantity and, with the level divided by their number, for all
of them together. With another model as the truth the same study says what a wrong model costs.
"""

import tomllib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance.design import design
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import Fit, fit, whole
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.posterior.verdict import Check, Verdict
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import data_hash, from_texts, to_texts
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.ranks import band, judged
from bayes_alliance.studies.runner import Place, run

type Floats = NDArray[np.float64]

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How every replicate is sampled.

    Parameters
    ----------
    chains, draws, tune : int
    thin : int
        Every `thin`-th draw enters the rank, so that draws are nearly independent.
    """

    chains: int = 2
    draws: int = 1000
    tune: int = 500
    thin: int = 10


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Calibration:
    """Ranks of true quantities among posterior draws.

    Parameters
    ----------
    ranks : DataFrame
        A row per replicate (index ``replicate``), a column per quantity: draws below the truth.
    errors : DataFrame
        Same shape: posterior mean minus truth, in posterior sds.
    n_draws : int
        Draws each rank was taken among.
    failed : dict
        Replicate to what went wrong.
    """

    ranks: pd.DataFrame
    errors: pd.DataFrame
    n_draws: int
    failed: dict[str, str]

    @property
    def table(self) -> pd.DataFrame:
        """Index quantity; ``p`` of uniformity, mean relative rank, coverage, bias in sds."""
        return judged(self.ranks, self.n_draws).assign(bias=self.errors.mean())

    @property
    def check(self) -> Check:
        """Verdict over all quantities."""
        table = self.table
        worst, n = float(table["p"].min()), len(table)
        verdict: Verdict = "fail" if worst < LEVEL / n else "pass"
        sentence = (
            f"Over {len(self.ranks)} replicates the truth is "
            + ("" if verdict == "pass" else "NOT ")
            + f"uniform among the posterior draws of {n} quantities (smallest p {worst:.4f}, "
            f"{table['p'].idxmin()}; {LEVEL / n:.4f} would be too small); 90 % intervals cover it "
            f"{100 * table['coverage_90'].mean():.0f} % of the time."
        )
        if self.failed:
            sentence += f" {len(self.failed)} replicates failed."
        return Check(
            name="calibration",
            verdict=verdict,
            table=table,
            sentence=sentence,
            reference="Talts et al. (2018); Säilynoja, Bürkner and Vehtari (2022)",
        )

    def band(self, points: Floats) -> Floats:
        """Half width of the simultaneous 95 % band of the empirical distribution function.

        Parameters
        ----------
        points : array
            Between 0 and 1.

        Returns
        -------
        array
        """
        return band(len(self.ranks), points)

    def __repr__(self) -> str:
        return repr(self.check)

    def _repr_html_(self) -> str:
        return self.check._repr_html_()


def calibration(
    spec: ModelSpec,
    cohort: Ratings,
    *,
    fits: int = 200,
    truth: ModelSpec | None = None,
    sampling: Sampling | None = None,
    place: Place | None = None,
) -> Calibration:
    """Calibrate a model by simulation.

    Parameters
    ----------
    spec : ModelSpec
        The model that is fitted.
    cohort : Ratings
        Who is nested in whom, when and by whom they are rated, covariates and scale; its ratings
        are not used. From `simulate`, or the data at hand.
    fits : int
        Replicates; replicate `i` has seed `i`.
    truth : ModelSpec, optional
        The model that makes the ratings; the fitted one if not given. Quantities the two models do
        not share are left out.
    sampling : Sampling, optional
    place : Place, optional
        Where results are kept (a folder makes the study resumable) and how many processes compute.

    Returns
    -------
    Calibration

    Raises
    ------
    InputError
        If a model does not go with the cohort, or the folder holds another study.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv:1804.06788. Säilynoja, Bürkner and
    Vehtari (2022), Statistics and Computing 32, 32.
    """
    truth, sampling, place = truth or spec, sampling or Sampling(), place or Place()
    design(spec, cohort)
    design(truth, cohort)
    shared = {
        "spec": spec.to_toml(),
        "truth": truth.to_toml(),
        **dict(zip(("cohort", "study_file"), to_texts(cohort), strict=True)),
        "sampling": vars(sampling),
    }
    pieces = {str(seed): shared | {"seed": seed} for seed in range(1, fits + 1)}
    about = shared | {"study": "calibration", "cohort": data_hash(cohort)}
    results = run(replicate, pieces, about=about, place=place)
    names = pd.Index(results.done, name="replicate")
    ranks = pd.DataFrame([result["ranks"] for result in results.done.values()], index=names)
    errors = pd.DataFrame([result["errors"] for result in results.done.values()], index=names)
    return Calibration(
        ranks=ranks,
        errors=errors,
        n_draws=sampling.chains * (sampling.draws // sampling.thin),
        failed=dict(results.failed),
    )


def replicate(piece: dict[str, Any]) -> dict[str, Any]:
    """Rank every true quantity among the draws of one fit.

    Parameters
    ----------
    piece : dict
        ``spec``, ``truth``, ``cohort``, ``study_file`` as text, ``sampling``, ``seed``.

    Returns
    -------
    dict
        ``ranks`` and ``errors`` by quantity.
    """
    seed, sampling = piece["seed"], Sampling(**piece["sampling"])
    cohort = from_texts(piece["cohort"], piece["study_file"])
    made = prior_fit(ModelSpec.from_text(piece["truth"]), cohort, seed=seed, draws=1)
    one = made.moments.isel(chain=[0])
    ratings = with_ratings(made, one, seed=seed)
    found = whole(
        fit(
            ModelSpec.from_text(piece["spec"]),
            ratings,
            seed=seed,
            progress=False,
            chains=sampling.chains,
            draws=sampling.draws,
            tune=sampling.tune,
            cores=1,
        )
    )
    true = {name: float(draws.item()) for name, draws in moments.quantities(one)}
    ranks, errors = {}, {}
    for name, draws in moments.quantities(found.moments):
        if name in true:
            thinned = draws.values[:, sampling.thin - 1 :: sampling.thin]
            ranks[name] = int((thinned < true[name]).sum())
            errors[name] = float((draws.mean() - true[name]) / draws.std())
    return {"ranks": ranks, "errors": errors}


def with_ratings(made: Fit, one: xr.Dataset, *, seed: int) -> Ratings:
    """Ratings replicated from one draw, in place of those of the cohort.

    Parameters
    ----------
    made : Fit
        Of the model that makes them.
    one : Dataset
        Named moments, one chain and draw.
    seed : int

    Returns
    -------
    Ratings
        On an unbounded scale of the same midpoint and spread, unless ratings end with the scale
        (censored likelihood).
    """
    single = replace(made, posterior=xr.DataTree.from_dict({"posterior": one}))
    y = replicated(single, seed=seed, n=1).values[0]
    wide = made.ratings.to_wide()
    study = tomllib.loads(made.ratings.study.to_toml())
    if made.spec.likelihood.family != "censored_normal":
        study["scale"] = _without_ends(made)
    return Ratings.from_wide(_filled(made, wide, y), study=study)


def _without_ends(made: Fit) -> dict[str, Any]:
    scales = {
        informant: {"center": scale.center, "spread": scale.spread}
        for informant, scale in made.ratings.scales.items()
    }
    first = next(iter(scales.values()))
    return first if all(scale == first for scale in scales.values()) else scales


def _filled(made: Fit, wide: pd.DataFrame, y: Floats) -> pd.DataFrame:
    """The cohort's table with new ratings where there were ratings."""
    arrays = made.design
    columns = made.ratings.study
    row_of = {
        (arrays.children[child], float(time)): row
        for row, (child, time) in enumerate(
            zip(arrays.occasion_child, arrays.occasion_time, strict=True)
        )
    }
    out = wide.copy()
    child = out[columns.columns.child].astype(str)
    time = out[columns.columns.time].astype(float)
    rows = [row_of.get(key, -1) for key in zip(child, time, strict=True)]
    for k, informant in enumerate(arrays.informants):
        values = np.array([y[row, k] if row >= 0 else np.nan for row in rows])
        out[columns.informants[informant]] = values
    return out
