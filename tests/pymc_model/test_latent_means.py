"""Means of children as parameters: density, prior, refusals, and what computed means get wrong."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode
from scipy import stats

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.pymc_model.graph import build_from
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec, load_model
from tests.pymc_model.points import random_point
from tests.small import small_ratings

PYTHON = Mode(linker="py", optimizer="fast_compile")
LATENT = {"on": ("rating",), "within_between": "latent"}


def spec_with(**covariates: object) -> ModelSpec:
    return ba.with_covariates(load_model("informant_level"), {"stress": LATENT, **covariates})


@pytest.mark.compiles
def test_ratings_follow_the_estimated_means_and_these_the_covariate() -> None:
    ratings = small_ratings(n_informants=2, missing=0.2)
    spec = spec_with(anxiety=("level",), age=("level",))
    arrays = design(spec, ratings)
    built = build_from(spec, arrays)
    model = remove_value_transforms(built)
    keys = {rv.name: model.rvs_to_values[rv].name for rv in model.free_RVs}
    point = random_point(built, np.random.default_rng(4))
    for name in ("mean_stress_between", "mean_stress_within"):
        point[name] = np.abs(point[name])
    at = {keys[name]: point[name] for name in keys}

    stress = ratings.occasions.set_index(["child", "time"])["stress"]
    observed = ratings.observed[["child", "time"]].drop_duplicates()
    values = stress.reindex(pd.MultiIndex.from_frame(observed))
    sd = float(np.std(values))
    centre = values.groupby(level="child").mean().mean()
    anxiety = ratings.children["anxiety"].to_numpy(dtype=float)
    age = ratings.children["age"].to_numpy(dtype=float)
    weight = point["mean_stress_weight"]
    mean = point["mean_stress_intercept"] + weight[0] * anxiety
    mean = mean + weight[1] * (age - age.mean()) / age.std()
    own = sd * (mean + point["mean_stress_between"] * point["mean_stress_raw"])
    by_child = pd.Series(own, index=ratings.children.index)
    expected_at = by_child.reindex(values.index.get_level_values("child")).to_numpy()
    seen = values.to_numpy() - centre
    density = stats.norm(expected_at / sd, point["mean_stress_within"]).logpdf(seen / sd).sum()
    found = model.compile_logp(vars=[model["given_stress"]], mode=PYTHON)(at)
    assert float(found) == pytest.approx(density, rel=1e-9)

    # The ratings are those of a model that is given these means instead of computed ones.
    one = arrays.latent_means[0]
    x, z = arrays.x.copy(), arrays.z.copy()
    x[:, one.between] = own
    z[:, one.within] = seen - expected_at
    given = build_from(spec, replace(arrays, x=x, z=z, latent_means=()))
    bare = remove_value_transforms(given)
    its_keys = {rv.name: bare.rvs_to_values[rv].name for rv in bare.free_RVs}
    there = {its_keys[name]: point[name] for name in its_keys}
    expected = bare.compile_logp(vars=[bare["rating"]], mode=PYTHON)(there)
    found = model.compile_logp(vars=[model["rating"]], mode=PYTHON)(at)
    assert float(found) == pytest.approx(float(expected), rel=1e-10)


def moods(n_children: int, *, seed: int) -> Ratings:
    """Two occasions each; the mood in the long run acts on the level, the mood of the day less."""
    rng = np.random.default_rng(seed)
    rows = []
    for child in range(n_children):
        usual = rng.normal()
        level = 30.0 + 2.0 * usual + 1.5 * rng.normal()
        for time in (0.0, 1.0):
            today = 1.5 * rng.normal()
            rating = level - 1.0 * today + 2.0 * rng.normal()
            rows.append((f"c{child}", time, 5.0 + usual + today, rating))
    frame = pd.DataFrame(rows, columns=["id", "month", "mood", "score"])
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"child": "score"},
        "scale": {"center": 30.0, "spread": 18.0},
        "covariates": {"occasion": ["mood"]},
        "synthetic": True,
    }
    return Ratings.from_wide(frame, study=study)


@pytest.mark.long
def test_estimated_means_find_the_effect_that_computed_ones_pull_towards_the_one_within() -> None:
    ratings = moods(500, seed=3)
    alone = ba.without(load_model("separate_levels"), "therapist")
    fits = {
        how: ba.fit(
            ba.with_covariates(alone, {"mood": {"on": ("rating",), "within_between": how}}),
            ratings,
            seed=1,
            progress=False,
        )
        for how in (True, "latent")
    }
    between = {
        how: fit.moments["level_on"].sel(covariate="mood[between]") for how, fit in fits.items()
    }
    # Of the variance of a mean of two, 1 / (1 + 1.5^2 / 2) is the child's.
    pulled = -1.0 + 3.0 / (1.0 + 1.5**2 / 2)
    assert float(between[True].mean()) == pytest.approx(pulled, abs=0.2)
    assert float(between["latent"].quantile(0.975)) > 2.0 > float(between["latent"].quantile(0.025))
    assert float(between["latent"].mean()) > pulled + 0.8
    within = fits["latent"].moments["rating_on"].sel(occasion_covariate="mood[within]")
    assert float(within.mean()) == pytest.approx(-1.0, abs=0.15)
    assert ba.checks.convergence(fits["latent"]).verdict == "pass"
    seen = ratings.observed["rating"]
    made = replicated(fits["latent"], seed=2, n=200)
    assert float(np.nanstd(made.values)) == pytest.approx(float(seen.std()), rel=0.05)
    effects = ba.random_effects(fits["latent"], seed=1, draws=5)
    assert np.isfinite(effects["child_effect"].values).all()


def test_prior_draws_have_what_the_means_follow() -> None:
    ratings = small_ratings(n_informants=2)
    prior = ba.prior_fit(spec_with(anxiety=("level",)), ratings, seed=1, draws=500)
    for part, law in (("intercept", stats.norm()), ("between", stats.halfnorm())):
        draws = prior.moments[f"mean_stress_{part}"].values.ravel()
        assert stats.kstest(draws, law.cdf).pvalue > 0.001
    assert prior.moments["mean_stress_weight"].dims == ("chain", "draw", "mean_stress_given")
    listed = by_name(prior.moments, prior.design)
    assert {"mean_stress_within", "mean_stress_weight[anxiety]"} <= set(listed)
    made = replicated(prior, seed=1, n=20)
    assert np.isfinite(made.values[0][prior.design.present]).all()


def test_means_that_cannot_be_estimated_are_refused() -> None:
    ratings = small_ratings(n_informants=2)
    with pytest.raises(InputError, match='must be true, false or "latent"'):
        ba.with_covariates(
            load_model("informant_level"),
            {"stress": {"on": ("rating",), "within_between": "latnt"}},
        )
    once = ratings.to_wide().drop_duplicates("child")
    with pytest.raises(InputError, match="stress"):
        design(spec_with(), Ratings.from_wide(once, study=ratings.study))


def test_a_model_file_says_latent_and_prints_it() -> None:
    spec = spec_with()
    assert ModelSpec.from_text(spec.to_toml()) == spec
    text = " ".join(str(spec).split())
    assert "ξ[stress]ᵢ: the child's mean in the long run" in text
    assert "(stressᵢₜ − ξ[stress]ᵢ)" in text
    assert "the child's mean in the long run, which is estimated" in text
