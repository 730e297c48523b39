"""Every shipped model finds the truth behind ratings simulated with its structure.

Growth, nesting, covariates, leaving and missing ratings are those of `simulate`; what it does not
simulate (curves, residuals that are not normal or go on, points that are counted) is added here by
NumPy. The model of items is recovered in `pymc_model/test_items.py`.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, ndtri

import bayes_alliance as ba
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import (
    INFORMANTS,
    USUAL_CARE,
    Leaving,
    Population,
    Recording,
    Variation,
)
from bayes_alliance.specification import ModelSpec

pytestmark = pytest.mark.samples

# What every kind of model rests on; the others are among the long tests, run and kept.
ALWAYS = ("informant_growth", "growth_with_ceiling", "growth_with_leaving", "level_once")
NAMES = [name for name in ba.list_models()["name"] if name != "ordinal_items"]

LEVEL_SD = dict(zip(INFORMANTS, (4.4, 3.4, 3.8, 3.0), strict=True))
SLOPE_SD = dict(zip(INFORMANTS, (1.2, 0.9, 1.0, 1.1), strict=True))
THERAPIST_SD = dict(zip(INFORMANTS, (1.2, 2.5, 1.5, 2.0), strict=True))
RESIDUAL_SD = dict(zip(INFORMANTS, (2.6, 2.2, 2.0, 2.4), strict=True))
CURVE = dict(zip(INFORMANTS, (0.5, -0.4, 0.0, 0.3), strict=True))
SCATTER = dict(zip(INFORMANTS, (0.4, 0.0, -0.3, 0.2), strict=True))
LOADINGS = {"level": (0.8, 0.7, 0.6, 0.7), "slope": (0.7, 0.6, 0.7, 0.5)}
NU, RHO = 5.0, 0.5


def pairs(cor: dict[str, float], coefficient: str) -> dict[str, float]:
    """Correlations of one coefficient only."""
    return {pair: value for pair, value in cor.items() if pair.count(f",{coefficient}") == 2}


def variation_of_children(spec: ModelSpec) -> Variation:
    """As the model says that children vary."""
    if spec.child is None:
        return Variation()
    sd = {f"{k},level": LEVEL_SD[k] for k in INFORMANTS}
    if "slope" in spec.child.terms and spec.trajectory.shape != "log_time":
        sd |= {f"{k},slope": SLOPE_SD[k] for k in INFORMANTS}
    if spec.child.structure == "independent":
        return Variation(sd=sd)
    if spec.child.structure == "correlated":
        cor = USUAL_CARE.child.cor
        return Variation(sd=sd, cor={p: r for p, r in cor.items() if set(p) <= set(sd)})
    cor = {
        (f"{one},{c}", f"{other},{c}"): LOADINGS[c][i] * LOADINGS[c][j]
        for c in spec.child.terms
        for j, other in enumerate(INFORMANTS)
        for i, one in enumerate(INFORMANTS[:j])
    }
    return Variation(sd=sd, cor=cor)


def population(spec: ModelSpec) -> Population:
    """The usual-care population with the parts of a model and no others."""
    names = {term.name for term in spec.covariates}
    normal = spec.likelihood.family in ("normal", "censored_normal")
    plain = normal and not (spec.residual.sd_on or spec.residual.autoregression)
    linked = spec.residual.structure == "correlated"
    residual = Variation(sd=RESIDUAL_SD, cor=USUAL_CARE.residual.cor if linked else {})
    therapist, clinic = Variation(), Variation()
    if spec.therapist:
        sd = {f"{k},level": THERAPIST_SD[k] for k in INFORMANTS}
        therapist = Variation(sd=sd, cor=USUAL_CARE.therapist.cor)
    if spec.clinic:
        clinic = Variation(sd={f"{k},level": 1.0 for k in INFORMANTS})
    return replace(
        USUAL_CARE,
        slope={} if spec.trajectory.shape in ("log_time", "occasions") else USUAL_CARE.slope,
        child=variation_of_children(spec),
        therapist=therapist,
        clinic=clinic,
        residual=residual if plain else Variation(),
        covariates=tuple(one for one in USUAL_CARE.covariates if one.name in names),
        effects=tuple(one for one in USUAL_CARE.effects if one.of in names),
    )


class Cohort:
    """Simulated ratings to which something is added, and the truth of all of them."""

    def __init__(self, spec: ModelSpec) -> None:
        people = population(spec)
        experience = "experience" in {one.name for one in people.covariates}
        ceiling = spec.likelihood.family == "censored_normal"
        # Four occasions do not tell lines from residuals that go on. Children of one pattern of
        # ratings share what such residuals cost most: some leave, but no single rating is missing.
        # Twice the occasions, of fewer families.
        related = spec.residual.autoregression
        families, therapists = (120, 50) if related else (209, 85)
        n_times, leaves, missing = (8, 0.05, 0.0) if related else (4, 0.2, 0.1)
        if spec.child is None:  # one occasion does not tell families from occasions
            n_times = 1
        self.ratings, truth = ba.simulate(
            people,
            families=families,
            therapists=therapists if spec.therapist or spec.clinic or experience else 0,
            clinics=6 if spec.clinic else 0,
            recording=Recording(
                occasions=tuple(4.0 * visit for visit in range(1, n_times + 1)),
                leaving=Leaving(hazards=(leaves,) * (n_times - 1)),
                missing=dict.fromkeys(INFORMANTS, missing),
                whole_points=ceiling,
                clipped=ceiling,
            ),
            seed=11,
        )
        self.true = truth.quantities()
        self.rng = np.random.default_rng(12)
        children = list(self.ratings.children.index)
        times = sorted(set(self.ratings.long["time"]))
        self.shape = (len(children), len(times), len(INFORMANTS))
        long = self.ratings.long
        self.place = (
            pd.Categorical(long["child"], children).codes,
            pd.Categorical(long["time"], times).codes,
            pd.Categorical(long["informant"], INFORMANTS).codes,
        )
        self.scaled = (np.array(times) - 4.0) / 4.0

    def add(self, values: np.ndarray) -> None:
        """Add to all ratings, shape (n_children, n_occasions, K)."""
        long = self.ratings.long
        raised = long["rating"] + np.broadcast_to(values, self.shape)[self.place]
        self.ratings = replace(self.ratings, long=long.assign(rating=raised))

    def noise(self) -> np.ndarray:
        """Residuals in standard deviations, informants correlated; the truth of both is noted."""
        residual = Variation(sd=RESIDUAL_SD, cor=USUAL_CARE.residual.cor)
        self.true |= {q.name: q.value for q in residual.quantities(INFORMANTS, of="residual")}
        root = np.linalg.cholesky(residual.cov(INFORMANTS))
        return self.rng.standard_normal(self.shape) @ root.T


def cohort(spec: ModelSpec) -> tuple[Ratings, dict[str, float]]:
    """Ratings made as a model says, and what is true of them."""
    made = Cohort(spec)
    n, n_times, _ = made.shape
    if spec.leaving is not None:
        # One in five leaves, whatever the alliance.
        made.true |= {f"leaving_baseline[{4 * visit}]": ndtri(0.2) for visit in range(1, n_times)}
        made.true |= {f"leaving_on[{k}]": 0.0 for k in INFORMANTS}
    if spec.trajectory.shape == "quadratic":
        made.add(np.outer(made.scaled**2, list(CURVE.values())))
        made.true |= {f"quadratic[{k}]": value for k, value in CURVE.items()}
    if spec.trajectory.shape == "piecewise":
        (knot,) = spec.trajectory.knots
        after = np.maximum(made.scaled - (knot - 4.0) / 4.0, 0.0)
        made.add(np.outer(after, list(CURVE.values())))
        made.true |= {f"slope_change_1[{k}]": value for k, value in CURVE.items()}
    if spec.trajectory.shape == "occasions":
        changes = made.rng.normal(size=(n_times - 1, 4))
        made.add(np.vstack([np.zeros(4), changes]))
        made.true |= {
            f"change_{visit}[{k}]": value
            for visit, own in enumerate(changes, start=1)
            for k, value in zip(INFORMANTS, own, strict=True)
        }
    if spec.trajectory.shape == "log_time":
        differing = made.rng.normal(size=(n, 4)) * list(SLOPE_SD.values())
        own = list(CURVE.values()) + differing
        made.add(np.log1p(made.scaled)[None, :, None] * own[:, None, :])
        made.true |= {f"slope[{k}]": value for k, value in CURVE.items()}
        made.true |= {f"child_sd[{k},slope]": value for k, value in SLOPE_SD.items()}
    if spec.likelihood.family == "student_t":
        weight = made.rng.chisquare(NU, size=(n, n_times, 1)) / (NU - 2.0)
        made.add(made.noise() / np.sqrt(weight))
        made.true["residual_nu"] = NU
    elif spec.residual.sd_on:
        anxious = made.ratings.children["anxiety"].to_numpy(dtype=float)[:, None, None]
        made.add(made.noise() * np.exp(anxious * list(SCATTER.values())))
        made.true |= {f"residual_sd_on[anxiety,{k}]": value for k, value in SCATTER.items()}
    elif spec.residual.autoregression:
        fresh = made.noise()
        for visit in range(1, n_times):
            fresh[:, visit] = RHO * fresh[:, visit - 1] + np.sqrt(1 - RHO**2) * fresh[:, visit]
        made.add(fresh)
        made.true["residual_autoregression"] = RHO
    elif spec.likelihood.family == "binomial":
        made.add(made.noise())
        long = made.ratings.long.copy()
        asked = long["rating"].notna()
        share = expit(2.0 * (long.loc[asked, "rating"] - 30.0) / 18.0)
        long.loc[asked, "rating"] = 12.0 + made.rng.binomial(36, share)
        # What was simulated without ends is now on a scale that has them.
        scales = dict.fromkeys(INFORMANTS, USUAL_CARE.scale)
        made.ratings = replace(made.ratings, long=long, scales=scales)
    return made.ratings, made.true


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name not in ALWAYS)) for name in NAMES]
)
def test_the_truth_behind_simulated_ratings_is_found(name: str) -> None:
    spec = ba.load_model(name)
    ratings, true = cohort(spec)
    if spec.trajectory.only_at_knots:
        times = np.unique(ratings.observed["time"])
        spec = ba.with_knots(spec, times[times > ratings.time.origin].tolist())
    # At four occasions autocorrelation and what stays of a child are hard to tell apart.
    n_draws = 4000 if name == "autoregressive" else 500
    fit = ba.fit(spec, ratings, seed=1, draws=n_draws, chains=2, progress=False)
    draws = diagnostics.stacked(by_name(fit.moments, fit.design).items())
    assert diagnostics.table(draws)["r_hat"].max() < 1.05
    found = pd.DataFrame(
        {"mean": draws.mean(("chain", "draw")), "sd": draws.std(("chain", "draw"))},
        index=draws["quantity"].values,
    )
    known = found.index.intersection(list(true))
    unknown = found.index.difference(known)
    # Growth in log time was added without correlations, which are not listed as true.
    allowed = {"log_time": "child_cor["}.get(spec.trajectory.shape, "nothing")
    # Where leaving follows nothing, no share of it is true.
    allowed = (allowed, "leaving_share")
    # Averages are over the children; those at the reference are the same coefficients, elsewhere.
    unknown = unknown[~unknown.str.contains("_at_reference[", regex=False)]
    assert all(one.startswith(allowed) for one in unknown), unknown
    z = (found.loc[known, "mean"] - pd.Series(true)[known]) / found.loc[known, "sd"]
    assert np.sqrt((z**2).mean()) < 1.5, z
    assert z.abs().max() < 4.5, z
    assert (found.loc[[one for one in known if one.startswith("level[")], "sd"] < 1.5).all()
    assert (found.loc[[one for one in known if one.startswith("slope[")], "sd"] < 0.6).all()
