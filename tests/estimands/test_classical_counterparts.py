"""On real data, estimands of a posterior at the sample moments are the classical numbers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.estimands import agreement
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Trajectory, load_model, without
from tests import hand_made
from tests.reference.other_programs import DATA, needs_data

pytestmark = needs_data
SETS = {
    "fdd": ("id", ("ptsdri_child", "ptsdri_parent")),
    "univbct": ("subject", ("jsat", "commit", "ready")),
}


def complete(name: str, *, time: float | None = None) -> pd.DataFrame:
    """Occasions at which every informant rated."""
    child, columns = SETS[name]
    frame = pd.read_csv(DATA / f"{name}.csv").rename(columns={child: "child"})
    frame = frame[["child", "time", *columns]].dropna()
    return frame if time is None else frame[frame["time"] == time]


def sitting_on(
    name: str, frame: pd.DataFrame, *, mean: np.ndarray, between: np.ndarray, within: np.ndarray
) -> Fit:
    """A fit whose every draw has these moments."""
    columns = SETS[name][1]
    ratings = Ratings.from_wide(
        frame,
        study={
            "layout": "wide",
            "columns": {"child": "child", "time": "time"},
            "informants": {column: column for column in columns},
            "scale": {"center": 10.0, "spread": 10.0},
        },
    )
    values = {"level": mean, "child_cov": between, "residual_cov": within}
    spec = without(load_model("informant_level"), "therapist")
    priors = {quantity: prior for quantity, prior in spec.priors.items() if quantity != "slope"}
    spec = dataclasses.replace(spec, trajectory=Trajectory(shape="level"), priors=priors)
    return hand_made.constant(spec, ratings, values)


def two_way(y: np.ndarray) -> tuple[float, float, float]:
    """Mean squares of rows, columns and error, from sums of squares."""
    n, k = y.shape
    grand = y.mean()
    rows = k * ((y.mean(axis=1) - grand) ** 2).sum()
    columns = n * ((y.mean(axis=0) - grand) ** 2).sum()
    error = ((y - grand) ** 2).sum() - rows - columns
    return rows / (n - 1), columns / (k - 1), error / ((n - 1) * (k - 1))


@pytest.mark.parametrize("name", SETS)
def test_intraclass_correlations_are_those_of_mcgraw_and_wong(name: str) -> None:
    frame = complete(name, time=0)
    y = frame[list(SETS[name][1])].to_numpy()
    n, k = y.shape
    rows, columns, error = two_way(y)
    consistency = (rows - error) / (rows + (k - 1) * error)
    absolute = (rows - error) / (rows + (k - 1) * error + k / n * (columns - error))

    # Their estimate of the variance among column means: the sampling error of the means is out.
    around = y.mean(axis=0) - y.mean()
    wanted = (columns - error) / n
    mean = y.mean() + around * np.sqrt(wanted / (around**2).sum() * (k - 1))
    anova = sitting_on(
        name,
        frame,
        mean=mean,
        between=np.full((k, k), (rows - error) / k),
        within=error * np.eye(k),
    )
    found = agreement.intraclass_consistency(anova)
    np.testing.assert_allclose(found, consistency)
    np.testing.assert_allclose(agreement.intraclass_agreement(anova), absolute)

    sample = sitting_on(
        name, frame, mean=mean, between=np.zeros((k, k)), within=np.cov(y.T, ddof=1)
    )
    np.testing.assert_allclose(agreement.intraclass_consistency(sample), consistency)
    np.testing.assert_allclose(agreement.intraclass_agreement(sample), absolute)


@pytest.mark.parametrize("name", SETS)
def test_concordance_is_lins_from_sample_moments(name: str) -> None:
    frame = complete(name, time=0)
    first, second = SETS[name][1][:2]
    x, y = frame[first].to_numpy(), frame[second].to_numpy()
    together = ((x - x.mean()) * (y - y.mean())).mean()
    lin = 2 * together / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    values = frame[list(SETS[name][1])].to_numpy()
    k = values.shape[1]
    fit = sitting_on(
        name,
        frame,
        mean=values.mean(axis=0),
        between=np.zeros((k, k)),
        within=np.cov(values.T, ddof=0),
    )
    found = agreement.concordance(fit).sel(informant=first, informant_=second)
    np.testing.assert_allclose(found, lin)


@pytest.mark.parametrize("name", SETS)
def test_limits_of_agreement_are_those_of_bland_and_altman_for_repeated_ratings(name: str) -> None:
    frame = complete(name)
    columns = list(SETS[name][1])
    first, second = columns[:2]

    # One-way analysis of variance of the differences alone (Bland and Altman 2007, section 3).
    d = frame[first] - frame[second]
    groups = d.groupby(frame["child"])
    m = groups.size().to_numpy()
    n, total = len(m), m.sum()
    inside = ((d - groups.transform("mean")) ** 2).sum() / (total - n)
    among = (m * (groups.mean() - d.mean()) ** 2).sum() / (n - 1)
    size = (total**2 - (m**2).sum()) / ((n - 1) * total)
    sd = np.sqrt((among - inside) / size + inside)
    classical = [d.mean() - 1.959964 * sd, d.mean() + 1.959964 * sd]

    # The same for all informants at once gives the covariances the model has.
    y = frame[columns]
    by_child = y.groupby(frame["child"])
    off = (y - by_child.transform("mean")).to_numpy()
    within = off.T @ off / (total - n)
    around = (by_child.mean() - y.mean()).to_numpy()
    between = ((around * m[:, None]).T @ around / (n - 1) - within) / size
    fit = sitting_on(name, frame, mean=y.mean().to_numpy(), between=between, within=within)
    found = agreement.limits(fit).sel(informant=first, informant_=second)
    np.testing.assert_allclose(found.isel(chain=0, draw=0), classical, rtol=1e-6)
