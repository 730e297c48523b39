"""Each way in which chains can fail is named; a good fit passes."""

import dataclasses
import warnings

import arviz as az
import numpy as np
import pytest
import xarray as xr

from bayes_alliance.posterior import checks, diagnostics
from tests import hand_made


def with_draws(*, n_draws: int, shift: float = 0.0, diverging: int = 0, energy_step: float = 1.0):
    """A hand-made fit whose moments are independent draws around the hand-made means."""
    fit = hand_made.fit(("child", "caregiver"), covariates=False)
    rng = np.random.default_rng(2)
    dataset = xr.Dataset(
        coords={k: v for k, v in fit.moments.coords.items() if k not in ("chain", "draw")}
    )
    for name, array in fit.moments.items():
        mean = array.mean(["chain", "draw"]).values
        noise = 1.0 + 0.05 * rng.standard_normal((4, n_draws))
        noise[0] += shift
        values = mean * noise.reshape(4, n_draws, *([1] * mean.ndim))
        dataset[name] = (array.dims, values)
    stats = xr.Dataset(
        {
            "diverging": (("chain", "draw"), np.arange(4 * n_draws).reshape(4, -1) < diverging),
            "energy": (
                ("chain", "draw"),
                np.cumsum(rng.standard_normal((4, n_draws)), axis=1)
                if energy_step < 1
                else rng.standard_normal((4, n_draws)),
            ),
        }
    )
    tree = xr.DataTree.from_dict({"posterior": dataset, "sample_stats": stats})
    return dataclasses.replace(fit, posterior=tree)


def test_independent_draws_pass() -> None:
    check = checks.convergence(with_draws(n_draws=500))
    assert check.verdict == "pass"
    assert (check.table["r_hat"].dropna() < checks.R_HAT_LIMIT).all()
    assert "no transition diverged" in check.sentence


def test_a_chain_that_lies_elsewhere_fails_and_is_named() -> None:
    check = checks.convergence(with_draws(n_draws=500, shift=0.3))
    assert check.verdict == "fail"
    assert "R-hat of" in check.sentence
    assert check.table.index[0] in check.sentence


def test_too_few_draws_are_said_with_what_to_do() -> None:
    check = checks.convergence(with_draws(n_draws=60))
    assert check.verdict in ("warn", "fail")
    assert "effective sample size" in check.sentence
    assert "more draws" in check.sentence


def test_divergences_are_counted() -> None:
    warned = checks.convergence(with_draws(n_draws=500, diverging=3))
    assert warned.verdict == "warn"
    assert "3 of 2000 transitions diverged" in warned.sentence
    assert "the data may not determine" in warned.sentence
    assert checks.convergence(with_draws(n_draws=500, diverging=100)).verdict == "fail"


def test_divergences_where_hardly_any_child_was_rated_again_say_so() -> None:
    fit = with_draws(n_draws=500, diverging=3)
    long, first = fit.ratings.long, fit.ratings.long["time"].min()
    gone = (long["time"] > first) & (long["child"] != long["child"].iloc[0])
    status = long["status"].mask(gone, "not in treatment")
    long = long.assign(rating=long["rating"].mask(gone), status=status)
    once = dataclasses.replace(fit.ratings, long=long)
    sentence = checks.convergence(dataclasses.replace(fit, ratings=once)).sentence
    n = len(fit.design.children)
    assert f"only 1 of {n} children were rated at more than one occasion" in sentence


def test_slow_energy_is_noticed() -> None:
    check = checks.convergence(with_draws(n_draws=500, energy_step=0.01))
    assert "E-BFMI" in check.sentence
    assert check.verdict != "pass"


def test_effective_sample_size_of_independent_draws_is_near_their_number() -> None:
    draws = xr.DataArray(
        np.random.default_rng(1).standard_normal((2, 4, 1000)),
        dims=("quantity", "chain", "draw"),
        coords={"quantity": ["a", "b"]},
    )
    table = diagnostics.table(draws)
    assert table["ess_bulk"].between(3400, 4600).all()
    assert np.allclose(table["mcse_mean"], 1 / np.sqrt(4000), rtol=0.15)


@pytest.mark.parametrize(("n_chains", "n_draws"), [(4, 300), (3, 51), (2, 12), (2, 5), (1, 40)])
@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.95])
def test_diagnostics_of_many_quantities_at_once_are_those_of_arviz_one_by_one(
    n_chains: int, n_draws: int, correlation: float
) -> None:
    values = np.random.default_rng(n_draws).standard_normal((20, n_chains, n_draws))
    for draw in range(1, n_draws):
        values[..., draw] += correlation * values[..., draw - 1]
    # Ties, piles at both ends, and two values only.
    values[5:10], values[10:15] = np.round(values[5:10]), np.clip(values[10:15], -0.5, 0.5)
    values[15:] = values[15:] > 0
    varies = np.ptp(values, axis=(1, 2)) > 0
    draws = xr.DataArray(
        values[varies],
        dims=("quantity", "chain", "draw"),
        coords={"quantity": np.flatnonzero(varies)},
    )
    table = diagnostics.table(draws)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where chains stand still, R-hat divides by zero
        for method in ("bulk", "tail"):
            np.testing.assert_allclose(table[f"ess_{method}"], az.ess(draws, method=method))
        if n_chains > 1:
            np.testing.assert_allclose(table["r_hat"], az.rhat(draws))
        np.testing.assert_allclose(table["mcse_mean"], az.mcse(draws, method="mean"))


def test_the_fraction_of_missing_information_is_that_of_arviz() -> None:
    energy = np.random.default_rng(1).normal(size=(3, 50)).cumsum(axis=1)
    draws = xr.DataArray(energy, dims=("chain", "draw"))
    np.testing.assert_allclose(diagnostics.bfmi(draws), az.bfmi(energy))


def test_constant_draws_have_no_diagnostics() -> None:
    draws = xr.DataArray(
        np.ones((1, 4, 100)), dims=("quantity", "chain", "draw"), coords={"quantity": ["a"]}
    )
    assert diagnostics.table(draws).isna().all().all()


def test_derived_quantities_are_judged_too():
    fit = with_draws(n_draws=500)
    assert checks.convergence(fit).verdict == "pass"
    chain, draw = fit.moments["chain"], fit.moments["draw"]
    stuck = xr.DataArray(
        np.random.default_rng(1).normal(size=(4, 500, 2))
        + np.array([0.0, 0.0, 0.0, 5.0])[:, None, None] * np.array([0.0, 1.0]),
        dims=("chain", "draw", "informant"),
        coords={"chain": chain.values, "draw": draw.values, "informant": ["child", "caregiver"]},
    )
    check = checks.convergence(fit, derived={"agreement.bias": stuck})
    assert check.verdict == "fail"
    assert check.table.index[0] == "agreement.bias[caregiver]"
    assert "agreement.bias[child]" in check.table.index


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "is not a number in 1 of 2000 draws"),
        (np.inf, "is infinite in 1 of 2000 draws"),
        (None, "is the same in all draws"),
    ],
)
@pytest.mark.parametrize("name", ["level", "child_cov", "residual_cov"])
def test_what_cannot_be_judged_is_named_and_fails(
    name: str, value: float | None, said: str
) -> None:
    fit = with_draws(n_draws=500)
    dataset = fit.moments.copy(deep=True)
    values = dataset[name].values
    place = (slice(None), slice(None), *(0,) * (values.ndim - 2))
    if value is None:
        values[place] = 5.0
    else:
        values[0, 3, *place[2:]] = value
    tree = xr.DataTree.from_dict({"posterior": dataset, "sample_stats": fit.stats})
    check = checks.convergence(dataclasses.replace(fit, posterior=tree))
    assert check.verdict == "fail"
    quantity = {"level": "level[child]", "child_cov": "child_sd[child,level]"}
    named = quantity.get(name, "residual_sd[child]")
    if value == np.inf:
        # The square root of an infinite variance; correlations with it are not numbers.
        assert said in check.sentence or "is not a number" in check.sentence
    else:
        assert f"{named} {said}" in check.sentence
    assert np.isnan(check.table.loc[named, "r_hat"])


def test_whatever_else_a_fit_keeps_must_be_finite() -> None:
    fit = with_draws(n_draws=500)
    weights = np.ones((4, 500, 3))
    weights[0, 0, 1] = np.nan
    dataset = fit.moments.assign(residual_weight=(("chain", "draw", "occasion"), weights))
    tree = xr.DataTree.from_dict({"posterior": dataset, "sample_stats": fit.stats})
    check = checks.convergence(dataclasses.replace(fit, posterior=tree))
    assert check.verdict == "fail"
    assert "residual_weight is not finite in 1 of 6000 numbers" in check.sentence


def test_energy_that_is_not_a_number_does_not_pass() -> None:
    fit = with_draws(n_draws=500)
    stats = fit.stats.assign(energy=np.nan * fit.stats["energy"])
    tree = xr.DataTree.from_dict({"posterior": fit.moments, "sample_stats": stats})
    check = checks.convergence(dataclasses.replace(fit, posterior=tree))
    assert check.verdict != "pass"
    assert "E-BFMI" in check.sentence


def test_a_derived_quantity_that_never_moves_fails_unless_it_is_of_something_with_itself() -> None:
    fit = with_draws(n_draws=500)
    values = np.random.default_rng(1).normal(size=(4, 500, 2, 2))
    values[..., 0, 0] = values[..., 1, 1] = 1.0
    names = ["child", "caregiver"]
    derived = xr.DataArray(
        values,
        dims=("chain", "draw", "informant", "informant_"),
        coords={"informant": names, "informant_": names},
    )
    check = checks.convergence(fit, derived={"agreement.correlation": derived})
    assert check.verdict == "pass"
    values[..., 0, 1] = 1.0
    check = checks.convergence(fit, derived={"agreement.correlation": derived})
    assert check.verdict == "fail"
    assert "agreement.correlation[child;caregiver] is the same in all draws" in check.sentence
