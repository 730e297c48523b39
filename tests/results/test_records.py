"""Reported numbers are records: labels are fields, and their text is written and never read."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import quantities
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.results.collection import collected
from bayes_alliance.results.of_agreement import correlations_among
from bayes_alliance.results.record import LABELS, Result
from bayes_alliance.results.reported import at_origin, dyads_among, estimands, shares_among
from bayes_alliance.studies.conclusions import Conclusion, supports
from tests import hand_made

DRAWS = xr.DataArray(np.zeros((2, 5)), dims=("chain", "draw"))


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(scope="module")
def records(fit):
    return collected(fit, prior=fit)


@pytest.mark.parametrize(
    ("labels", "of"),
    [
        ({"source": "child", "informant": "a", "time": 4.0}, "child,a,time=4"),
        (
            {"level": "child", "coefficient": "slope", "informant": "a", "informant_": "b"},
            "child,slope,a;b",
        ),
        (
            {"level": "total", "time": 4.5, "informant": "a", "informant_": "b"},
            "total,time=4.5,a;b",
        ),
        ({"source": "lower", "time": 4.0, "informant": "a", "informant_": "b"}, "lower,time=4,a;b"),
        ({"source": "total", "time": 4.0, "time_": 16.0, "informant": "a"}, "total,time=4;16,a"),
        (
            {"covariate": "x", "coefficient": "level", "informant": "a", "informant_": "b"},
            "x,level,a;b",
        ),
        ({"covariate": "x", "time": 16.0, "informant": "a"}, "x,time=16,a"),
        ({"time": 4.0}, "time=4,all"),
    ],
)
def test_the_text_of_a_record_is_written_from_its_labels(labels, of):
    assert Result(estimand="some.thing", draws=DRAWS, **labels).of == of


def test_labels_tell_every_record_from_the_others(fit):
    results = [*estimands(fit), *at_origin(fit)]
    assert len({one.labels for one in results}) == len(results)
    scalars = list(quantities(fit.moments, fit.design))
    assert len({one.labels for one in scalars}) == len(scalars)
    assert len({one.name for one in scalars}) == len(scalars)


def test_the_labels_of_a_record_are_the_columns_of_the_csv_file(records):
    table = records.estimands
    assert list(table.columns[:10]) == ["estimand", "of", *LABELS]
    for one, row in zip(records.results, table.to_dict(orient="records"), strict=False):
        for label in LABELS:
            mine, its = getattr(one, label), row[label]
            assert mine == its or (mine is None and its != its) or mine is its


def test_records_are_selected_by_their_labels(records):
    rows = records.select(estimand="agreement.correlation", level="child", time=4.0)
    assert len(rows) == 6
    assert set(rows["time"]) == {4.0}
    assert rows["coefficient"].isna().all()
    assert correlations_among(records.select(level="child", time=4.0)).equals(rows)
    shares = records.select(estimand="variance.shares", time=4.0)
    assert not shares.empty
    assert shares_among(records.select(time=4.0)).equals(shares)
    assert set(records.listed(dyads_among(records.of_results))[0]["estimand"]) == {
        "dyads.shares",
        "dyads.reciprocity",
        "dyads.tracking",
    }


def test_what_stands_where_the_level_is_read_is_there_though_no_rating_is():
    fit = hand_made.fit(time={"origin": 0, "per": 4, "unit": "months"})
    records = collected(fit, prior=fit)
    table = records.estimands
    assert set(table.loc[table["time"] == 0, "estimand"]) == {
        "dyads.shares",
        "dyads.reciprocity",
        "dyads.tracking",
    }
    assert len(records.select(estimand="variance.shares", time=0.0)) == 16
    assert len(records.select(estimand="agreement.correlation", level="total", time=0.0)) == 6


def test_against_itself_as_prior_nothing_is_learnt(records):
    known = records.of_results.loc[records.of_results["is_listed"], "contraction"]
    assert known.dropna().abs().max() < 1e-12
    assert known.notna().any()


def test_what_the_prior_expects_stands_beside_what_the_ratings_say(records):
    known = records.of_results.dropna(subset="prior_tail")
    assert len(known)
    # Against itself as prior, every estimate is the prior's own median.
    for name in ("median", "lower", "upper"):
        np.testing.assert_allclose(known[name], known[f"prior_{name}"])
    assert (known["prior_tail"] > 0.99).all()


def test_shares_of_draws_on_either_side_of_zero_are_counted(fit, records):
    (row,) = records.averages("slope").query("informant == 'caregiver'").to_dict(orient="records")
    average = average_growth(fit.moments, fit.design)["slope"]
    draws = average.sel(informant="caregiver").to_numpy()
    assert row["above"] == (draws > 0).mean()
    assert row["below"] == (draws < 0).mean()


def test_an_estimand_may_be_concluded_on_as_its_csv_file_writes_it(fit):
    name = "agreement.correlation[total,time=16,child;caregiver]"
    total = ba.agreement.correlation(fit, level="total", time=16)
    draws = total.sel(informant="child", informant_="caregiver")
    middle = float(draws.quantile(0.25))
    stated = Conclusion(name="agree", quantity=name, above=middle)
    assert supports(fit, [stated])["agree"] == pytest.approx(float((draws > middle).mean()))
    wrong = dataclasses.replace(stated, quantity=name.replace("total", "totals"))
    with pytest.raises(ba.InputError, match="no such quantity"):
        supports(fit, [wrong])
