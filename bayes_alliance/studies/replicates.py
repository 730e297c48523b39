"""One replicate of a calibration: truth, ratings of a cohort, a fit, ranks.

The truth is drawn from the prior of a model, or is a draw of a fit, whose ratings are then fitted
together with those that are replicated.
"""

import tomllib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.design import AtRisk, Design, design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior import leaving_anew
from bayes_alliance.posterior.exact import arrays_of, in_order
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.replicate import Replicate, new_families
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import Leaving, in_treatment
from bayes_alliance.specification import ModelSpec, with_leaving
from bayes_alliance.studies.asked import ratings_of
from bayes_alliance.studies.together import together
from bayes_alliance.studies.truth import Truth, as_fit

# Seeds of truths that are drawn anew, and those of ratings, far from each other and from those of
# other replicates: from the same seed the first family would be as extreme as the truth.
FURTHER, ATTEMPTS, OF_RATINGS = 1_000_000, 50, 500_000


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How every replicate is sampled.

    Parameters
    ----------
    thin : int
        Every `thin`-th draw enters the rank, so that draws are nearly independent.
    """

    chains: int = 2
    draws: int = 1000
    tune: int = 500
    thin: int = 10


def replicate(piece: dict[str, Any]) -> dict[str, Any]:
    """Rank every true quantity among the draws of one fit.

    Parameters
    ----------
    piece : dict
        ``spec``, ``truth``, ``cohort``, ``study_file`` as text, ``leaving``, ``sampling``,
        ``seed``; ``moments`` if the truth is a draw of a fit to the cohort.

    Returns
    -------
    dict
        ``ranks`` and ``errors`` by quantity.
    """
    seed, sampling = piece["seed"], Sampling(**piece["sampling"])
    cohort = ratings_of(piece["cohort"], piece["study_file"])
    truth, spec = (ModelSpec.from_text(piece[name]) for name in ("truth", "spec"))
    leaving = None if piece["leaving"] is None else Leaving(**piece["leaving"])
    if "moments" in piece:
        made, one, ratings = around(truth, cohort, piece["moments"], seed=seed)
    else:
        made, one, ratings = drawn(truth, cohort, seed=seed, leaving=leaving, fitted=spec)
    fitted = uninterrupted(
        fit(
            spec,
            ratings,
            seed=seed,
            progress=False,
            chains=sampling.chains,
            draws=sampling.draws,
            tune=sampling.tune,
            cores=1,
        )
    )
    true = {name: float(draws.item()) for name, draws in by_name(one, made.design).items()}
    ranks, errors = {}, {}
    for name, draws in by_name(fitted.moments, fitted.design).items():
        if name in true:
            # From the end of each stretch, so that as many draws are kept as stretches fit in.
            thinned = draws.values[:, sampling.thin - 1 :: sampling.thin]
            ranks[name] = int((thinned < true[name]).sum())
            errors[name] = float((draws.mean() - true[name]) / draws.std())
    return {"ranks": ranks, "errors": errors}


def drawn(
    truth: ModelSpec, cohort: Ratings, *, seed: int, leaving: Leaving | None, fitted: ModelSpec
) -> tuple[Fit, xr.Dataset, Ratings]:
    """Draw the truth and ratings until a model can be fitted to them.

    Where leaving is part of the truth it may happen that nobody leaves, or everybody at once, and
    no model of leaving goes with that. Truth and ratings are then both drawn anew. Whether they are
    depends on the ratings alone, given which the truth has its posterior distribution with or
    without that: ranks stay uniform. They would not if ratings alone were drawn anew.

    Parameters
    ----------
    truth, fitted : ModelSpec
    leaving : Leaving, optional
        As in `with_ratings`.

    Returns
    -------
    made : Fit
        The prior of the truth.
    one : Dataset
        The truth: named moments, one chain and draw.
    ratings : Ratings

    Raises
    ------
    InputError
        If the fitted model does not go with ratings, whatever the truth.
    """
    for attempt in range(ATTEMPTS):
        own = seed + FURTHER * attempt
        made = prior_fit(truth, cohort, seed=own, draws=1)
        # A prior fit has four chains of one draw; the first is the truth.
        one = made.moments.isel(chain=[0])
        ratings = with_ratings(made, one, seed=own + OF_RATINGS, leaving=leaving)
        try:
            design(fitted, ratings)
        except InputError:
            if truth.leaving is None or attempt == ATTEMPTS - 1:
                raise
        else:
            break
    return made, one, ratings


def around(
    spec: ModelSpec, cohort: Ratings, moments: Truth, *, seed: int
) -> tuple[Fit, xr.Dataset, Ratings]:
    """Ratings of a cohort together with those that are replicated from a draw of its posterior.

    Returns
    -------
    made : Fit
        The draw, as a fit.
    one : Dataset
        The truth: named moments, one chain and draw.
    ratings : Ratings
        Of twice the families.
    """
    made = as_fit(spec, cohort, moments)
    one = made.moments
    return made, one, together(cohort, with_ratings(made, one, seed=seed))


def with_ratings(
    made: Fit, one: xr.Dataset, *, seed: int, leaving: Leaving | None = None
) -> Ratings:
    """Ratings replicated from one draw, in place of those of the cohort.

    Parameters
    ----------
    made : Fit
        Of the model that makes them.
    one : Dataset
        Named moments, one chain and draw.
    leaving : Leaving, optional
        Rows after a family left are not there.

    Returns
    -------
    Ratings
        On an unbounded scale of the same midpoint and spread, unless the family needs ends; items
        where the model is one of single items.
    """
    family = made.spec.family
    single = replace(made, posterior=xr.DataTree.from_dict({"posterior": one}))
    study = tomllib.loads(made.ratings.study.to_toml())
    # On a bounded scale a rating beyond the ends would be refused, and a normal model makes some.
    if not (family.needs_ends or family.items):
        study["scale"] = _without_ends(made)
    if made.design.leaving is not None:
        return Ratings.from_wide(_of_those_who_stay(single, made.design.leaving, seed), study=study)
    new = new_families(single, seed=seed)
    here = np.ones(len(new.ratings), dtype=bool)
    if leaving is not None:
        follows = new.curves if leaving.follows == "alliance" else new.ratings
        here = _still_there(made.design, follows, leaving, seed=seed)
    return Ratings.from_wide(_filled(made, new, here), study=study)


def _of_those_who_stay(single: Fit, leaving: AtRisk, seed: int) -> pd.DataFrame:
    """The cohort's table with new ratings, of families for as long as the model lets them stay.

    While a family of the cohort was in treatment its absent ratings stay absent; of the time after
    all ratings are there, if the family stays now.
    """
    everybody = _staying(single.ratings)
    whole = replace(single, spec=with_leaving(single.spec, None), ratings=everybody)
    new = new_families(whole, seed=seed)
    moments = {name: values[0] for name, values in arrays_of(in_order(single)).items()}
    # A stream of its own: the ratings have used that of the seed.
    rng = np.random.default_rng([seed, 2])
    there = leaving_anew.in_treatment(whole.design, leaving, new, moments, rng)
    wide = single.ratings.to_wide()
    names = single.ratings.study
    assert names.treatment is not None
    status = single.ratings.long["status"].to_numpy().reshape(len(wide), -1)
    absent = (status == "missing") | (status == "not planned")
    ratings = np.where(there.reshape(-1, 1) & ~absent, new.ratings, np.nan)
    for k, informant in enumerate(whole.design.informants):
        wide[names.informants[informant]] = ratings[:, k]
    wide[names.treatment.in_treatment] = there.ravel().astype(int)
    return wide


def _staying(cohort: Ratings) -> Ratings:
    """The same families, all of them rated by everybody at all times."""
    wide, names = cohort.to_wide(), cohort.study
    study = tomllib.loads(names.to_toml())
    study.pop("planned", None)
    study.pop("treatment")
    for informant, column in names.informants.items():
        scale = cohort.scales[informant]
        wide[column] = scale.center if scale.lower is None else scale.lower
    return Ratings.from_wide(wide, study=study)


def _still_there(
    arrays: Design, follows: Floats, leaving: Leaving, *, seed: int
) -> NDArray[np.bool_]:
    """Whether the family is in treatment at each occasion of the design."""
    _, occasion = np.unique(arrays.occasion_time, return_inverse=True)
    pull = np.zeros((len(arrays.children), occasion.max() + 1))
    for informant, per_point in (leaving.probits or leaving.log_odds).items():
        a = follows[:, arrays.informants.index(informant)]
        # An absent rating counts as the average one.
        deviation = np.nan_to_num(a - np.nanmean(a))
        pull[arrays.occasion_child, occasion] += per_point * deviation
    # A stream of its own: the ratings have used that of the seed.
    rng = np.random.default_rng([seed, 1])
    here = in_treatment(leaving, pull=pull, rng=rng)
    return here[arrays.occasion_child, occasion]


def _without_ends(made: Fit) -> dict[str, Any]:
    scales = {
        informant: {"center": scale.center, "spread": scale.spread}
        for informant, scale in made.ratings.scales.items()
    }
    first = next(iter(scales.values()))
    return first if all(scale == first for scale in scales.values()) else scales


def _filled(made: Fit, new: Replicate, here: NDArray[np.bool_]) -> pd.DataFrame:
    """The cohort's table with new ratings where there were ratings and the family still is."""
    arrays, out = made.design, made.ratings.to_wide()
    columns = made.ratings.study
    row_of = {
        (arrays.children[child], float(time)): row
        for row, (child, time) in enumerate(
            zip(arrays.occasion_child, arrays.occasion_time, strict=True)
        )
    }
    child = out[columns.columns.child].astype(str)
    time = out[columns.columns.time].astype(float)
    rows = np.array([row_of.get(key, -1) for key in zip(child, time, strict=True)])
    for k, informant in enumerate(arrays.informants):
        for name, values in _columns(made, new, k, columns.informants[informant]).items():
            out[name] = np.where(rows >= 0, values[rows], np.nan)
    return out[(rows < 0) | here[rows]]


def _columns(made: Fit, new: Replicate, k: int, column: str) -> dict[str, Floats]:
    """New ratings of an informant at the occasions of the design: a column, or one per item."""
    asked, items = made.design.items, made.ratings.items
    if asked is None or items is None or new.responses is None:
        return {column: new.ratings[:, k]}
    given = np.where(asked.values[:, k] >= 0, new.responses[:, k] + float(asked.lower), np.nan)
    names = made.ratings.study.item_columns(made.design.informants[k])
    return dict(zip(names, items.turned(given).T, strict=True))
