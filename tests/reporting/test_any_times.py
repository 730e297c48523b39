"""Visits on days of each person's own, many of them on one day: counted, labelled and drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.numerals import apart
from bayes_alliance.posterior.statistics import occasion_groups, time_groups
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import report
from bayes_alliance.specification import load_model, without
from tests import hand_made

INFORMANTS = {"liver": "a", "patient": "b"}
COV = np.diag([4.0, 5.0, 1.0, 1.5])


def ratings(*, first: int = 1, per_person: int = 5, n: int = 40) -> Ratings:
    """Everybody has a visit on one day, and others on days of their own."""
    rng = np.random.default_rng(5)
    rows = []
    for person in range(n):
        own = np.sort(rng.choice(np.arange(40, 1100), per_person, replace=False))
        for day in [first, *own.tolist()]:
            rows.append((f"p{person}", day, *(12.0 + rng.normal(size=2)), person % 2))
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "day"},
        "informants": INFORMANTS,
        "scale": {"center": 15.0, "spread": 15.0},
        "time": {"per": 365, "unit": "days"},
        "covariates": {"child": ["drug"]},
    }
    columns = ["id", "day", *INFORMANTS.values(), "drug"]
    return Ratings.from_wide(pd.DataFrame(rows, columns=columns), study=study)


@pytest.fixture(scope="module")
def fit():
    spec = without(load_model("informant_growth"), "therapist")
    values = {"level": np.array([12.0, 13.0]), "child_cov": COV, "residual_cov": np.eye(2)}
    return hand_made.constant(spec, ratings(), values)


def test_equal_times_are_in_one_group_however_many_they_are():
    days = np.array([1.0] * 8 + [*range(10, 66, 2)] + [70.0] * 12)
    group = time_groups(days, 8)
    assert np.unique(group).tolist() == list(range(group.max() + 1))
    assert (np.diff(group) >= 0).all()
    of_day = pd.Series(group).groupby(days).nunique()
    assert (of_day == 1).all()
    assert (group[:8] == 0).all()
    assert (group[8:] > 0).all()


def test_times_of_one_day_alone_are_one_group():
    assert (time_groups(np.full(20, 3.0), 8) == 0).all()


def test_a_group_of_one_time_is_labelled_by_it(fit):
    group, labels = occasion_groups(fit.design)
    assert labels[0] == "1"
    assert (group[fit.design.occasion_time == 1.0] == 0).all()
    assert all(" to " in label for label in labels[1:])


def test_ratings_of_one_day_are_counted_under_that_day():
    counts, observed = tables.counts(ratings()), tables.observed(ratings())
    assert counts["rated"].sum() == 2 * 40 * 6
    of_day = counts[counts["time"] == "1 day"]
    assert of_day["rated"].tolist() == [40, 40]
    assert counts["time"].nunique() == observed["time"].nunique() > 5
    assert observed.loc[observed["time"] == 1.0, "n"].tolist() == [40, 40]


@pytest.mark.parametrize("first", [1, 600, 2000])
@pytest.mark.parametrize("per_person", [1, 2, 7])
def test_whatever_the_days_every_rating_is_counted_once(first, per_person):
    made = ratings(first=first, per_person=per_person, n=20)
    assert tables.counts(made)["rated"].sum() == tables.observed(made)["n"].sum()
    assert tables.observed(made)["n"].sum() == len(made.observed)


def test_times_are_written_in_full_and_never_as_powers_of_ten(fit):
    assert apart([1.0, 88.9032, 1027.3556, 52344.25], digits=3) == ["1", "88.9", "1027", "52344"]
    assert apart([20240104.0, 20240108.0], digits=3) == ["20240104", "20240108"]
    (axes, *_) = plots.trajectories(fit)
    assert not any("e+" in tick.get_text() for tick in axes.get_xticklabels())
    plt.close("all")


@pytest.mark.builds
def test_a_report_is_composed_of_any_times(fit, tmp_path):
    check = ba.checks.posterior_predictive(fit, seed=1)
    page = report.write(fit, tmp_path, checks=(check,)).read_text(encoding="utf-8")
    assert "Times are grouped" in page
    assert "1 day" in page
