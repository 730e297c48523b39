"""Frequencies of ratings against counts made one by one."""

import numpy as np
import pytest

from bayes_alliance.posterior import distributions
from bayes_alliance.posterior.posterior_predictive import comparison, posterior_predictive
from bayes_alliance.posterior.replicate import replicates
from bayes_alliance.ratings.variables import Scale
from tests import hand_made


def test_every_rating_lies_in_one_bar_and_each_end_of_a_scale_has_its_own() -> None:
    fit = hand_made.fit()
    table = posterior_predictive(fit, seed=1, n=40).distributions
    long = fit.ratings.observed
    for informant in fit.ratings.informants:
        for time in (4, 8, 12, 16):
            bars = table.loc[(informant, str(time))]
            own = long[(long["informant"] == informant) & (long["time"] == time)]["rating"]
            counted = [
                int(((own > low) & (own < high)).sum())
                for low, high in zip(bars["above"], bars["below"], strict=True)
            ]
            assert bars["observed"].tolist() == counted
            assert bars["observed"].sum() == len(own)
            ceiling = bars[(bars["above"] < 48) & (bars["below"] > 48)]
            assert ceiling["observed"].tolist() == [int((own == 48).sum())]
            assert (bars["below"] - bars["above"])[1:-1].tolist() == [1.0] * 37


def test_replicates_are_described_by_their_quantiles() -> None:
    fit = hand_made.fit(("child",))
    made = list(replicates(fit, seed=3, n=20))
    table = comparison(fit, iter(made)).distributions
    arrays = fit.design
    first = arrays.occasion_time == 4
    counts = [int((np.round(y[first, 0]) == 40).sum()) for y in made]
    bar = table.loc[("child", "4")]
    bar = bar[(bar["above"] < 40) & (bar["below"] > 40)].iloc[0]
    expected = np.quantile(counts, [0.5, 0.025, 0.975])
    np.testing.assert_allclose(bar[["median", "lower", "upper"]].to_numpy(float), expected)
    assert table.loc[("child", "4"), "median"].size == 39


@pytest.mark.parametrize(
    ("scale", "n_bars"),
    [
        (Scale.bounded(lower=1, upper=5, step=1), 5),
        (Scale.bounded(lower=1, upper=5, step=0.5), 9),
        (Scale.bounded(lower=0, upper=100, step=1), 2 + 33),
        (Scale.bounded(lower=0, upper=10, step=0), 20),
        (Scale.unbounded(center=3, spread=1, step=0), 20),
        (Scale.unbounded(center=3, spread=1, step=1), 4),
    ],
)
def test_bars_are_steps_and_no_rating_lies_between_two(scale: Scale, n_bars: int) -> None:
    values = np.array([1.0, 2.0, 4.0, np.nan])
    edges = distributions._edges(scale, values)
    assert len(edges) - 1 == n_bars
    assert (np.diff(edges) > 0).all()
    inside = values[:3]
    assert ((inside > edges[0]) | (inside == edges[0])).all()
    assert (np.searchsorted(edges, inside, side="right") < len(edges)).all()
    if scale.step:
        assert not np.isin(inside, edges).any()


def test_a_scale_with_more_steps_than_bars_keeps_its_ends_apart() -> None:
    edges = distributions._edges(Scale.bounded(lower=0, upper=100, step=1), np.array([50.0]))
    assert edges[:2].tolist() == [-0.5, 0.5]
    assert edges[-2:].tolist() == [99.5, 100.5]
