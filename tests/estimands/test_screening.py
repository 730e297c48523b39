"""Screening of predictors: the read-out is exact, and what matters survives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import R2D2, Normal, RegularizedHorseshoe, StudentT
from tests import hand_made

HORSESHOE = RegularizedHorseshoe(global_scale=0.03, slab_scale=0.3, slab_nu=4, reason="test")


def with_prior(fit: Fit, prior) -> Fit:
    spec = replace(fit.spec, priors=dict(fit.spec.priors) | {"covariate": prior})
    return replace(fit, spec=spec)


def information(fit: Fit, k: int) -> np.ndarray:
    """Of the effects of anxiety on level and slope, child by child, from inverses."""
    moments = fit.moments.mean(("chain", "draw"))
    informant = fit.ratings.informants[k]
    labels = [f"{informant},level", f"{informant},slope"]
    cov = sum(
        moments[name].sel(term=labels, term_=labels).values
        for name in ("child_cov", "therapist_cov")
    )
    variance = float(moments["residual_cov"].values[k, k])
    rated = fit.ratings.observed
    rated = rated[rated["informant"] == informant]
    total = np.zeros((2, 2))
    for child, rows in rated.groupby("child"):
        s = (rows["time"].to_numpy() - 4.0) / 4.0
        phi = np.column_stack([np.ones_like(s), s])
        # The generalised least squares information, phi' (phi S phi' + sigma^2 I)^-1 phi.
        total_cov = phi @ cov @ phi.T + variance * np.eye(len(s))
        x = float(fit.ratings.children.loc[child, "anxiety"])
        total += x**2 * phi.T @ np.linalg.solve(total_cov, phi)
    return np.diag(total)


def test_shrinkage_is_the_priors_share_of_what_is_known() -> None:
    fit = with_prior(hand_made.fit(), Normal(mean=0.0, sd=0.2, reason="test"))
    found = ba.screening.shrinkage(fit)
    assert (found.std(("chain", "draw")) < 1e-12).all()
    for position in range(found.sizes["effect"]):
        one = found.isel(effect=position)
        k = fit.ratings.informants.index(str(one["informant"].values))
        known = information(fit, k)[["level", "slope"].index(str(one["on"].values))]
        expected = (1 / 3.6**2) / (1 / 3.6**2 + known)
        assert float(one.mean()) == pytest.approx(expected, rel=1e-10)


def test_shrinkage_reads_the_scales_a_prior_drew() -> None:
    fit = hand_made.fit()
    moments = fit.moments
    rng = np.random.default_rng(1)
    for name in ("level", "slope"):
        scale = np.exp(rng.normal(size=moments[f"{name}_on"].shape))
        moments[f"{name}_on_scale"] = moments[f"{name}_on"].copy(data=scale)
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fit.stats})
    fit = with_prior(replace(fit, posterior=tree), HORSESHOE)
    found = ba.screening.shrinkage(fit)
    for k in range(4):
        scale = moments["slope_on_scale"].isel(covariate=0, informant=k).values
        known = information(fit, k)[1]
        np.testing.assert_allclose(found.isel(effect=4 + k), 1 / (1 + scale**2 * known))
    assert not any("_scale" in name for name, _ in quantities_of(fit))


def quantities_of(fit: Fit) -> list:
    from bayes_alliance.posterior.scalars import by_name

    return list(by_name(fit.moments, fit.design).items())


def test_survivors_are_counted_draw_by_draw_and_come_in_order() -> None:
    fit = with_prior(hand_made.fit(), Normal(mean=0.0, sd=0.2, reason="test"))
    table = ba.screening.survivors(fit, region=0.3, prob=0.8)
    assert list(table.columns) == [
        *("on", "covariate", "informant", "mean", "lower", "upper"),
        *("direction", "outside", "shrinkage"),
    ]
    assert len(table) == 8
    assert (table["outside"].diff().dropna() <= 0).all()
    row = table.set_index(["on", "informant"]).loc[("level", "caregiver")]
    drawn = fit.moments["level_on"].sel(covariate="anxiety", informant="caregiver").values
    assert row["outside"] == np.mean(np.abs(drawn) > 0.3)
    assert row["direction"] == np.mean(drawn < 0)
    assert row["mean"] == pytest.approx(drawn.mean())
    np.testing.assert_allclose(row[["lower", "upper"]].tolist(), np.quantile(drawn, [0.1, 0.9]))


def test_what_cannot_be_screened_is_refused() -> None:
    with pytest.raises(InputError, match="the model has none"):
        ba.screening.effects(hand_made.fit(covariates=False))
    with pytest.raises(InputError) as caught:
        ba.screening.survivors(hand_made.fit(), region=-1.0, prob=95)
    assert len(caught.value.problems) == 2
    student = with_prior(hand_made.fit(), StudentT(nu=4, mean=0, scale=0.2, reason="test"))
    with pytest.raises(InputError, match="has no shrinkage factor"):
        ba.screening.shrinkage(student)
    assert ba.screening.survivors(student, region=0.3)["shrinkage"].isna().all()


def many_predictors(seed: int) -> Ratings:
    """One informant, 120 children, twelve covariates of which the first two matter."""
    rng = np.random.default_rng(seed)
    n = 120
    x = rng.normal(size=(n, 12))
    level = 30 + 4.0 * x[:, 0] - 3.0 * x[:, 1] + rng.normal(0, 3, n)
    names = [f"x{j}" for j in range(12)]
    frame = pd.DataFrame(np.repeat(x, 2, axis=0), columns=names)
    frame["id"] = np.repeat([f"c{i}" for i in range(n)], 2)
    frame["month"] = np.tile([0.0, 1.0], n)
    frame["rating"] = np.repeat(level, 2) + rng.normal(0, 2, 2 * n)
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"child": "rating"},
        "scale": {"center": 30.0, "spread": 18.0},
        "covariates": {"child": names},
    }
    return Ratings.from_wide(frame, study=study)


@pytest.mark.long
@pytest.mark.parametrize(
    "prior", [HORSESHOE, R2D2(mean=0.3, precision=3.0, concentration=0.5, reason="test")]
)
def test_effects_that_are_there_survive_and_others_do_not(prior) -> None:
    ratings = many_predictors(1)
    spec = ba.with_covariates(
        ba.load_model("separate_levels"), {f"x{j}": ("level",) for j in range(12)}
    )
    spec = replace(spec, priors={**spec.priors, "covariate": prior})
    fit = ba.fit(
        spec, ratings, seed=1, draws=200, tune=300, chains=2, target_accept=0.9, progress=False
    )
    assert fit.engine == "collapsed"
    table = ba.screening.survivors(fit, region=1.0).set_index("covariate")
    assert (table.loc[["x0", "x1"], "outside"] > 0.99).all()
    assert table.loc["x0", "lower"] < 4.0 < table.loc["x0", "upper"]
    assert table.loc["x1", "lower"] < -3.0 < table.loc["x1", "upper"]
    others = table.drop(index=["x0", "x1"])
    assert (others["outside"] < 0.3).all()
    assert others["shrinkage"].min() > table.loc[["x0", "x1"], "shrinkage"].max()
