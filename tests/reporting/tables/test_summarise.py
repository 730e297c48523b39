import numpy as np
import pytest
import xarray as xr

from bayes_alliance.errors import InputError
from bayes_alliance.reporting import tables


def draws(values, **coords):
    array = np.asarray(values, dtype=float)
    return xr.DataArray(array, dims=("chain", "draw", *coords), coords=coords)


@pytest.fixture
def steps():
    order = np.random.default_rng(1)
    return order.permutation(np.linspace(-1, 1, 100)).reshape(2, 50)


def test_evenly_spaced_draws_have_the_mean_median_sd_and_bounds_of_their_steps(steps):
    row = tables.summarise(draws(10 + steps)).iloc[0]
    assert row["mean"] == pytest.approx(10.0, abs=1e-12)
    assert row["median"] == pytest.approx(10.0, abs=1e-12)
    assert row["sd"] == pytest.approx(np.linspace(-1, 1, 100).std(ddof=1))
    assert row["lower"] == pytest.approx(10 - 0.95)
    assert row["upper"] == pytest.approx(10 + 0.95)


def test_the_interval_holds_the_probability_that_was_asked_for(steps):
    row = tables.summarise(draws(steps), prob=0.5).iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx((-0.5, 0.5))


def test_rows_are_labelled_by_the_dims_in_their_order(steps):
    values = steps[:, :, None, None] + np.array([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]])
    frame = tables.summarise(draws(values, source=["a", "b"], informant=["x", "y", "z"]))
    assert frame.index.names == ["source", "informant"]
    assert frame.loc[("b", "y"), "mean"] == pytest.approx(11.0)
    assert frame.loc[("a", "z"), "median"] == pytest.approx(2.0)


def test_the_order_of_dims_in_memory_does_not_matter(steps):
    array = draws(steps[:, :, None] + np.array([1.0, 2.0]), informant=["x", "y"])
    turned = array.transpose("informant", "draw", "chain")
    assert tables.summarise(turned).equals(tables.summarise(array))


def test_diagnostics_are_those_of_arviz(steps):
    import arviz as az

    array = draws(steps)
    row = tables.summarise(array).iloc[0]
    assert row["ess_bulk"] == pytest.approx(float(az.ess(array, method="bulk")))
    assert row["ess_tail"] == pytest.approx(float(az.ess(array, method="tail")))
    assert row["r_hat"] == pytest.approx(float(az.rhat(array)))
    assert row["mcse"] == pytest.approx(float(az.mcse(array, method="mean")))


def test_chains_that_disagree_have_a_large_r_hat(steps):
    apart = steps + np.array([[0.0], [5.0]])
    assert tables.summarise(draws(apart)).iloc[0]["r_hat"] > 1.5


def test_a_constant_has_no_spread_and_no_diagnostics(steps):
    nearly_one = np.where(steps > 0, 1.0, 1.0 - 2e-16)
    for constant in (nearly_one, np.zeros((2, 50))):
        row = tables.summarise(draws(constant)).iloc[0]
        assert row["sd"] == 0
        assert row["mcse"] == 0
        assert row["lower"] == row["upper"] == pytest.approx(row["mean"])
        assert np.isnan(row[["ess_bulk", "ess_tail", "r_hat"]].to_numpy(dtype=float)).all()


def test_a_small_quantity_that_moves_is_not_taken_for_a_constant(steps):
    row = tables.summarise(draws(1e-9 * steps)).iloc[0]
    assert row["sd"] > 0
    assert row["ess_bulk"] > 1


def test_a_quantity_undefined_in_some_draw_has_no_summary(steps):
    values = np.stack([steps, steps], axis=-1)
    values[0, 3, 1] = np.nan
    frame = tables.summarise(draws(values, informant=["x", "y"]))
    assert frame.loc["x"].notna().all()
    assert frame.loc["y"].isna().all()


def test_draws_without_chains_are_refused():
    with pytest.raises(InputError, match="chain and draw"):
        tables.summarise(xr.DataArray(np.zeros(5), dims="draw"))


def test_a_probability_in_percent_is_refused(steps):
    with pytest.raises(InputError, match="between 0 and 1"):
        tables.summarise(draws(steps), prob=95)


def test_intervals_without_diagnostics_equal_those_of_the_summary(steps):
    array = draws(steps[:, :, None] + np.array([1.0, 2.0]), informant=["x", "y"])
    full, short = tables.summarise(array, prob=0.8), tables.intervals(array, prob=0.8)
    for name in ("median", "lower", "upper"):
        assert short[name].to_numpy() == pytest.approx(full[name].to_numpy())


def test_a_table_is_rounded_by_the_width_of_each_interval(steps):
    values = np.stack([38.0 + 2 * steps, 0.5 + 0.08 * steps], axis=-1)
    shown = tables.rounded(tables.summarise(draws(values, informant=["x", "y"])))
    assert shown.loc["x", ["median", "lower", "upper"]].tolist() == ["38.0", "36.1", "39.9"]
    assert shown.loc["y", ["median", "lower", "upper"]].tolist() == ["0.50", "0.42", "0.58"]
    assert shown.loc["x", "ess_bulk"].isdigit()


def test_beside_prior_draws_stand_contraction_and_what_the_prior_drives(steps):
    posterior = draws(np.stack([0.1 * steps, 0.9 * steps], axis=-1), informant=["x", "y"])
    prior = draws(np.stack([steps, steps], axis=-1), informant=["y", "x"])
    frame = tables.summarise(posterior, prior=prior)
    assert frame["contraction"].tolist() == pytest.approx([0.99, 0.19])
    assert frame["prior_driven"].tolist() == [False, True]
    shown = tables.rounded(frame)
    assert shown["contraction"].tolist() == [".99", ".19"]
    assert shown["prior_driven"].tolist() == ["no", "yes"]
    plain = tables.summarise(posterior)
    assert frame[plain.columns].equals(plain)


def test_labels_of_every_dim_name_the_rows(steps):
    values = steps[:, :, None, None, None] + np.zeros((2, 1, 2))
    array = draws(values, time=[4.0, 16.0], limit=["lower"], informant=["child", "caregiver"])
    frame = tables.summarise(array)
    assert frame.index.names == ["time", "limit", "informant"]
    assert (16.0, "lower", "caregiver") in frame.index
    assert (frame["mcse"] > 0).all()
