"""Real trials in which patients leave: likelihoods and estimates of other authors' programs."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import log_ndtr, logsumexp

import bayes_alliance as ba
from bayes_alliance.collapsed import log_likelihood
from bayes_alliance.design import Design, design
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import (
    Effects,
    Leaving,
    ModelSpec,
    Normal,
    with_covariates,
    with_leaving,
    without,
)
from tests.dense_leaving import joint
from tests.reference.other_programs import DATA, needs_data

pytestmark = needs_data
WEEK = {"4": 1, "5": 2, "6": 4, "7": 6}
OUTCOMES = ("HAMDTL17", "HAMATOTL", "PGIIMP")


def antidepressant() -> Ratings:
    """Three ratings of patients of a trial, of whom 43 leave."""
    frame = pd.read_csv(DATA / "antidepressant.csv", dtype={"PATIENT": str, "VISIT": str})
    frame = frame.assign(week=frame["VISIT"].map(WEEK), drug=(frame["THERAPY"] == "DRUG") * 1.0)
    patients = frame.groupby("PATIENT").agg(last=("week", "max"), drug=("drug", "first"))
    grid = [(p, week) for p in patients.index for week in WEEK.values()]
    whole = pd.DataFrame(grid, columns=["PATIENT", "week"])
    whole = whole.merge(frame[["PATIENT", "week", *OUTCOMES]], how="left")
    whole = whole.merge(patients, left_on="PATIENT", right_index=True)
    whole = whole.assign(there=(whole["week"] <= whole["last"]).astype(int))
    study = {
        "layout": "wide",
        "columns": {"child": "PATIENT", "time": "week"},
        "informants": {one: one for one in OUTCOMES},
        "scale": {
            "HAMDTL17": {"lower": 0, "upper": 52},
            "HAMATOTL": {"lower": 0, "upper": 56},
            "PGIIMP": {"lower": 1, "upper": 7},
        },
        "time": {"origin": 0, "per": 6, "unit": "weeks"},
        "treatment": {"in_treatment": "there"},
        "covariates": {"child": ["drug"]},
    }
    return Ratings.from_wide(whole, study=study)


SCHEDULED = (0, 1, 3, 6)


def schizrep(weeks: tuple[int, ...] = SCHEDULED) -> Ratings:
    """Severity at some weeks, on the square root of time."""
    frame = pd.read_csv(DATA / "schizrep.csv", dtype={"id": str})
    last = frame.groupby("id")["week"].max()
    grid = pd.DataFrame([(i, week) for i in last.index for week in weeks], columns=["id", "week"])
    whole = grid.merge(frame[["id", "week", "imps79"]], how="left")
    whole = whole.assign(
        t=np.sqrt(whole["week"]),
        drug=whole["id"].map(frame.groupby("id")["drug"].first()),
        there=(whole["week"] <= whole["id"].map(last)).astype(int),
    )
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"clinician": "imps79"},
        "scale": {"lower": 1, "upper": 7},
        "time": {"origin": 0, "per": 1},
        "treatment": {"in_treatment": "there"},
        "covariates": {"child": ["drug"]},
    }
    return Ratings.from_wide(whole, study=study)


def trial(leaving: Leaving, *, terms: tuple[str, ...], alone: bool = False) -> ModelSpec:
    """Growth that a drug acts on, with priors that say little."""
    spec = without(ba.load_model("separate_levels" if alone else "informant_growth"), "therapist")
    spec = with_covariates(spec, {"drug": ("level", "slope")})
    if not alone:
        priors = {k: v for k, v in spec.priors.items() if k != "child_sd.slope" or "slope" in terms}
        by = "coefficient" if len(terms) > 1 else None
        priors["child_cor"] = replace(priors["child_cor"], by=by, mean=None)
        child = Effects(terms=terms, structure="correlated")
        spec = replace(spec, child=child, priors=priors)
    spec = with_leaving(spec, leaving)
    weak = {
        "level": 2.0,
        "slope": 2.0,
        "covariate": 2.0,
        "leaving_on": 20.0,
        "leaving_covariate": 3.0,
    }
    own = {k: Normal(mean=0.0, sd=sd, reason="test") for k, sd in weak.items() if k in spec.priors}
    return replace(spec, priors={**spec.priors, **own})


def cholesky_of_logs(x: np.ndarray) -> np.ndarray:
    n = int((np.sqrt(8 * len(x) + 1) - 1) / 2)
    L = np.zeros((n, n))
    L[np.tril_indices(n)] = x
    L[np.diag_indices(n)] = np.exp(np.diag(L))
    return L @ L.T


def log_probability_of_leaving(arrays: Design, named: dict, nodes: int) -> float:
    """Of who left given the ratings: quadrature over what leaving follows, child by child."""
    leaving, K = arrays.leaving, len(arrays.informants)
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    log_w = np.log(w / w.sum())
    on = np.reshape(named["leaving_on"], (leaving.n_groups, K))
    none = np.zeros_like(on)
    named = named | {"leaving_latent": np.zeros(len(leaving.child))}
    error, cov = joint(arrays, named, gamma=on, r=none, h=none)
    child = np.concatenate([arrays.occasion_child[np.nonzero(arrays.present)[0]], leaving.child])
    n_ratings, total = arrays.n_ratings, 0.0
    for one in np.unique(leaving.child):
        at = np.flatnonzero(child == one)
        y, z = at[at < n_ratings], at[at >= n_ratings]
        A = cov[np.ix_(z, y)] @ np.linalg.inv(cov[np.ix_(y, y)])
        # Latent numbers are here their expectation less; the ratings move them.
        mean = -error[z] + A @ error[y]
        spread = cov[np.ix_(z, z)] - A @ cov[np.ix_(y, z)] - np.eye(len(z))
        values, vectors = np.linalg.eigh(spread)
        kept = values > 1e-10
        root = vectors[:, kept] * np.sqrt(values[kept])
        direction = leaving.direction[z - n_ratings]
        points = list(product(range(nodes), repeat=root.shape[1]))
        u = np.array([[x[i] for i in p] for p in points]).reshape(len(points), -1)
        log_weight = np.array([sum(log_w[i] for i in p) for p in points])
        logs = log_ndtr(direction * (mean + u @ root.T)).sum(axis=1)
        total += logsumexp(log_weight + logs)
    return float(total)


def scales(arrays: Design) -> tuple[np.ndarray, np.ndarray]:
    """Times of occasions, and the same scaled."""
    order = np.argsort(arrays.occasion_time)
    return arrays.occasion_time[order], arrays.scaled_time[order]


def of_deviations(arrays: Design, named: dict, nodes: int) -> float:
    """The same where leaving follows how far patients are from the average of their own arm.

    Here they are compared with the average curve of the reference arm.
    """
    leaving, total = arrays.leaving, 0.0
    K = len(arrays.informants)
    on = np.broadcast_to(np.reshape(named["leaving_on"], (-1, K)), (2, K))
    for arm in (0, 1):
        there = arrays.x[leaving.child, 0] == arm
        own = {name: getattr(leaving, name)[there] for name in ("child", "interval", "left", "row")}
        scaled = np.interp(leaving.times[:-1], *scales(arrays))
        drug = arm * (named["level_on"][0] + scaled[:, None] * named["slope_on"][0])
        baseline = named["leaving_baseline"] - drug @ on[arm]
        part = replace(arrays, leaving=replace(leaving, **own))
        total += log_probability_of_leaving(part, named | {"leaving_baseline": baseline}, nodes)
    return total


@pytest.mark.thorough
@pytest.mark.parametrize("which", ["0", "1", "2"])
def test_the_likelihood_of_a_trial_with_three_ratings_is_that_of_the_reference(which: str) -> None:
    known = json.loads((DATA / "antidepressant.reference.json").read_text())
    known = known["three_outcomes_with_leaving"]["probit"][which]
    x = np.array(known["x"])
    leaving = Leaving(follows="alliance", covariates=("drug",))
    arrays = design(trial(leaving, terms=("level",)), antidepressant())
    assert int(arrays.leaving.left.sum()) == 43
    follows = [*x[28:], 0.0, 0.0]
    child = np.zeros((6, 6))
    child[:3, :3] = cholesky_of_logs(x[12:18])
    of = x[:12].reshape(3, 4).T
    named = {
        "level": of[0],
        "slope": of[1],
        "level_on": of[2:3],
        "slope_on": of[3:4],
        "child_cov": child,
        "residual_cov": cholesky_of_logs(x[18:24]),
        "leaving_baseline": x[24:27],
        "leaving_covariate": x[27:28],
        "leaving_on": np.array([follows[0], 0.0, follows[1]]),
    }
    value = log_likelihood(arrays, named) + of_deviations(arrays, named, 41)
    assert value == pytest.approx(known["loglik"], abs=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("which", ["one", "two"])
def test_the_likelihood_of_one_association_and_of_one_for_each_arm_is_that_of_the_reference(
    which: str,
) -> None:
    known = json.loads((DATA / "schizrep.leaving.json").read_text())["probit"][which]
    x = np.array(known["x"])
    by = "drug" if which == "two" else None
    leaving = Leaving(follows="alliance", informants=("clinician",), covariates=("drug",), by=by)
    data = schizrep(tuple(range(7)))
    arrays = design(trial(leaving, terms=("level", "slope")), data)
    # There, who is in treatment at weeks 1 and 3 is at risk before weeks 3 and 6.
    later = np.isin(arrays.leaving.interval, (1, 3))
    own = {n: getattr(arrays.leaving, n)[later] for n in ("child", "interval", "row")}
    last = data.occasions[data.occasions["in_treatment"]].groupby("child")["time"].max()
    following = np.sqrt(np.where(own["interval"] == 1, 3, 6))
    own["left"] = last[np.array(arrays.children)[own["child"]]].to_numpy() < following - 1e-9
    arrays = replace(arrays, leaving=replace(arrays.leaving, **own))
    L = np.array([[np.exp(x[4]), 0.0], [x[5], np.exp(x[6])]])
    named = {
        "level": x[:1],
        "slope": x[2:3],
        "level_on": x[1:2, None],
        "slope_on": x[3:4, None],
        "child_cov": L @ L.T,
        "residual_cov": np.exp(2 * x[7]) * np.eye(1),
        "leaving_baseline": np.array([0.0, x[8], 0.0, x[9], 0.0, 0.0]),
        "leaving_covariate": x[10:11],
        "leaving_on": x[11:12] if by is None else np.array([[x[11]], [x[11] + x[12]]]),
    }
    value = log_likelihood(arrays, named) + of_deviations(arrays, named, 30)
    assert value == pytest.approx(known["loglik"], abs=2e-3)


@pytest.mark.samples
def test_what_leaving_follows_in_a_trial_is_about_its_maximum_likelihood_estimate() -> None:
    known = json.loads((DATA / "antidepressant.reference.json").read_text())
    known = known["three_outcomes_with_leaving"]["probit"]["2"]
    leaving = Leaving(follows="alliance", informants=("HAMDTL17", "PGIIMP"), covariates=("drug",))
    spec = trial(leaving, terms=("level",))
    with pytest.warns(UserWarning, match="The prior expects"):
        fit = ba.fit(spec, antidepressant(), seed=1, progress=False, draws=500)
    assert int(fit.stats["diverging"].sum()) == 0
    on = fit.moments["leaving_on"].sel(informant=["HAMDTL17", "PGIIMP"])
    estimate, se = np.array(known["x"][28:]), np.array(known["se"][28:])
    z = (on.mean(("chain", "draw")).values - estimate) / se
    assert (np.abs(z) < 0.5).all(), z
    np.testing.assert_allclose(on.std(("chain", "draw")), se, rtol=0.25)
    # Leaving follows what patients report.
    assert float((on.sel(informant="PGIIMP") > 0).mean()) > 0.995


@pytest.mark.long
def test_one_association_finds_nothing_and_one_for_each_arm_does() -> None:
    on = {}
    for by in (None, "drug"):
        leaving = Leaving(
            follows="alliance", informants=("clinician",), covariates=("drug",), by=by
        )
        spec = trial(leaving, terms=("level", "slope"))
        with pytest.warns(UserWarning, match="The prior expects"):
            fit = ba.fit(spec, schizrep(), seed=1, progress=False, draws=500)
        on[by] = fit.moments["leaving_on"].sel(informant="clinician")
    assert np.quantile(on[None], 0.025) < 0.0 < np.quantile(on[None], 0.975)
    placebo, drug = (on["drug"].sel(leaving_group=f"drug[{arm}]") for arm in (0, 1))
    assert float(placebo.mean()) == pytest.approx(0.47, abs=0.2)
    assert float(drug.mean()) == pytest.approx(-0.31, abs=0.15)
    assert float((placebo > drug).mean()) > 0.999
