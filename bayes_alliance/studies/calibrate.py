"""Simulation-based calibration: whether the truth is uniform among the posterior's draws.

For every replicate the parameters are drawn from the model's prior, ratings of a cohort are
replicated from them, the model is fitted, and the rank of every true quantity among thinned
posterior draws is kept. If prior, likelihood and sampler are right, each rank is uniform (Talts et
al. 2018). Uniformity is judged by simultaneous bands for the distribution function (Säilynoja,
Bürkner and Vehtari 2022), for every quantity and, with the level divided by their number, for all
of them together. Families leave as the model says that makes the ratings, if leaving is part of it.
With another model as the truth, or with families that leave because of what no model sees, the same
study says what a wrong model costs. Around a fit, truths are its draws, and what is replicated from
them is fitted together with its ratings: that says whether posterior draws are right where these
ratings are (Säilynoja, Schmitt, Bürkner and Vehtari 2025).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_alliance.arrays import Floats
from bayes_alliance.design import design
from bayes_alliance.errors import Count, InputError, Problem, checked_arguments
from bayes_alliance.numerals import percent
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import prior_moments
from bayes_alliance.posterior.verdict import Check, Verdict
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import data_hash, to_texts
from bayes_alliance.ratings.simulation import Leaving
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.ranks import band, judged
from bayes_alliance.studies.replicates import Sampling, replicate
from bayes_alliance.studies.runner import Place, Results, run
from bayes_alliance.studies.truth import as_json

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class TrueProcess:
    """What makes the ratings.

    Parameters
    ----------
    model : ModelSpec, optional
        The fitted one if not given.
    leaving : Leaving, optional
        How families of the cohort leave treatment, beyond those that have left already; not if
        leaving is part of the model.
    """

    model: ModelSpec | None = None
    leaving: Leaving | None = None


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
    waiting : int
        Replicates that other shards have not done yet.
    around : bool
        Whether truths are draws of a fit, and not of the prior.
    """

    ranks: pd.DataFrame
    errors: pd.DataFrame
    n_draws: int
    failed: dict[str, str]
    waiting: int = 0
    around: bool = False

    @property
    def done(self) -> int:
        """Replicates that are done."""
        return len(self.ranks)

    @property
    def table(self) -> pd.DataFrame:
        """Index quantity; ``p`` of uniformity, mean relative rank, coverage, bias in sds."""
        return judged(self.ranks, self.n_draws).assign(bias=self.errors.mean())

    @property
    def check(self) -> Check:
        """Verdict over all quantities."""
        table = self.table
        worst, n = float(table["p"].min()), len(table)
        named = readable(str(table["p"].idxmin()), Words())
        verdict: Verdict = "fail" if worst < LEVEL / n else "pass"
        how = (
            f"In {len(self.ranks)} fits to these ratings together with those of as many families "
            "that were replicated from a posterior draw, that draw is "
            if self.around
            else f"Over {len(self.ranks)} replicates the truth is "
        )
        sentence = (
            how
            + ("" if verdict == "pass" else "NOT ")
            + f"uniform among the posterior draws of {n} quantities (smallest p {worst:.4f}, "
            f"{named}; {LEVEL / n:.4f} would be too small); 90% intervals cover it "
            f"{percent(table['coverage_90'].mean())} of the time."
        )
        if n := len(self.failed):
            sentence += f" {n} replicate{'' if n == 1 else 's'} failed."
        if n := self.waiting:
            sentence += f" {n} replicate{' is' if n == 1 else 's are'} not done yet."
        reference = "Talts et al. (2018); Säilynoja, Bürkner and Vehtari (2022)"
        return Check(
            name="calibration",
            verdict=verdict,
            table=table,
            sentence=sentence,
            reference="Säilynoja, Schmitt, Bürkner and Vehtari (2025)"
            if self.around
            else reference,
        )

    @checked_arguments
    def band(self, points: Floats) -> Floats:
        """Half width of the simultaneous 95% band of the empirical distribution function.

        Parameters
        ----------
        points : array
            Between 0 and 1.
        """
        return band(len(self.ranks), points)

    def __repr__(self) -> str:
        return repr(self.check)

    def _repr_html_(self) -> str:
        return self.check._repr_html_()


@checked_arguments
def calibration(
    spec: ModelSpec,
    cohort: Ratings,
    *,
    fits: Count = 200,
    truth: ModelSpec | TrueProcess | None = None,
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
        are not used, nor who left, if leaving is part of the model that makes them. From
        `simulate`, or the data at hand.
    fits : int
        Replicates; replicate `i` has seed `i`.
    truth : ModelSpec or TrueProcess, optional
        The model that makes the ratings (the fitted one if not given), and how families leave.
        Quantities the two models do not share are left out.
    place : Place, optional
        Where results are kept (a folder makes the study resumable) and how many processes compute.

    Raises
    ------
    InputError
        If a model does not go with the cohort, or the folder holds another study.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv:1804.06788. Säilynoja, Bürkner and
    Vehtari (2022), Statistics and Computing 32, 32.
    """
    truth = truth if isinstance(truth, TrueProcess) else TrueProcess(model=truth)
    model, sampling, place = truth.model or spec, sampling or Sampling(), place or Place()
    arrays = design(spec, cohort)
    design(model, cohort)
    if truth.leaving is not None and model.leaving is not None:
        message = "is part of the model that makes the ratings, and cannot be told beside it"
        raise InputError([Problem(where="leaving", message=message)], "calibration")
    if truth.leaving is not None:
        times = len(np.unique(arrays.occasion_time))
        problems = truth.leaving.problems(
            arrays.informants, families=len(arrays.children), occasions=times
        )
        if truth.leaving.slope_probits:
            message = "replicates leave by what is seen at an occasion, not by slopes"
            problems.append(Problem(where="leaving.slope_probits", message=message))
        if problems:
            raise InputError(problems, "calibration")
    shared = _shared(spec, model, cohort, sampling=sampling, leaving=truth.leaving)
    pieces = {str(seed): shared | {"seed": seed} for seed in range(1, fits + 1)}
    about = shared | {"study": "calibration", "cohort": data_hash(cohort)}
    return calibrated(about, run(replicate, pieces, about=about, place=place))


@checked_arguments
def around(
    fit: Fit,
    *,
    fits: Count = 200,
    sampling: Sampling | None = None,
    place: Place | None = None,
) -> Calibration:
    """Calibrate a model where its posterior for some ratings lies.

    A posterior draw is also a draw of the posterior given the ratings and others that were
    replicated from it, so that its rank among draws of that is uniform if these are right.

    Parameters
    ----------
    fits : int
        Replicates; each from a draw of its own, evenly chosen, while there are enough.
    place : Place, optional
        As in `calibration`.

    Raises
    ------
    InputError
        If the folder holds another study.

    References
    ----------
    Säilynoja, Schmitt, Bürkner and Vehtari (2025), Posterior SBC: simulation-based calibration
    checking conditional on data, arXiv:2502.03279.
    """
    sampling, place = sampling or Sampling(), place or Place()
    # Draws of effects, of values that complete ratings and of missing ones are of these families.
    parameters = list(prior_moments(fit.spec, fit.design, seed=0, draws=1))
    of_model = fit.moments[parameters]
    n = of_model.sizes["draw"]
    chosen = np.linspace(0, of_model.sizes["chain"] * n - 1, fits).round().astype(int)
    shared = _shared(fit.spec, fit.spec, fit.ratings, sampling=sampling)
    pieces = {
        str(seed): shared
        | {"seed": seed, "moments": as_json(of_model.isel(chain=[at // n], draw=[at % n]))}
        for seed, at in enumerate(chosen.tolist(), start=1)
    }
    of_draws = hashlib.sha256(json.dumps(as_json(of_model)).encode()).hexdigest()
    about = shared | {"study": "calibration", "cohort": data_hash(fit.ratings), "around": of_draws}
    return calibrated(about, run(replicate, pieces, about=about, place=place))


def _shared(
    spec: ModelSpec,
    truth: ModelSpec,
    cohort: Ratings,
    *,
    sampling: Sampling,
    leaving: Leaving | None = None,
) -> dict[str, Any]:
    """What all pieces of a calibration have, and what it is."""
    return {
        "spec": spec.to_toml(),
        "truth": truth.to_toml(),
        "leaving": None if leaving is None else asdict(leaving),
        **dict(zip(("cohort", "study_file"), to_texts(cohort), strict=True)),
        "sampling": vars(sampling),
    }


@checked_arguments
def calibrated(about: Mapping[str, Any], results: Results) -> Calibration:
    """Put replicates together.

    Parameters
    ----------
    about : mapping
        What the study is, as its folder says.
    """
    names = pd.Index(results.done, name="replicate")
    ranks, errors = (
        pd.DataFrame([result[part] for result in results.done.values()], index=names)
        for part in ("ranks", "errors")
    )
    sampling = Sampling(**about["sampling"])
    return Calibration(
        ranks=ranks,
        errors=errors,
        n_draws=sampling.chains * (sampling.draws // sampling.thin),
        failed=dict(results.failed),
        waiting=results.waiting,
        around="around" in about,
    )
