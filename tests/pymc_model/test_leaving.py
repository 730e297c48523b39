"""Leaving treatment in the graph, against plain loops and SciPy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bayes_alliance.design import design
from bayes_alliance.pymc_model import build
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import (
    CovariateTerm,
    Leaving,
    Likelihood,
    load_model,
    with_covariates,
    with_leaving,
)
from tests.pymc_model.independent import prior_log_density
from tests.pymc_model.points import log_density, random_point

INFORMANTS = ("child", "caregiver", "therapist_of_child")


def ratings(*, at_ends: bool = False, missing_age: bool = False) -> Ratings:
    """Some who leave, absent ratings, and an occasion in treatment without any."""
    rng = np.random.default_rng(4)
    rows = []
    for child, stay in enumerate((1, 3, 2, 4, 2, 3, 1, 4)):
        for time in range(4):
            there = time < stay
            row = {"id": f"c{child}", "by": f"t{child % 3}", "time": time, "there": int(there)}
            row |= {"age": 5.0 + child, "female": child % 2, "mood": float(rng.normal())}
            if missing_age and child in (2, 5):
                row["age"] = np.nan
            for informant in INFORMANTS:
                value = rng.uniform(15, 45)
                if at_ends and rng.random() < 0.3:
                    value = 48.0
                absent = not there or rng.random() < 0.3 or (child, time) == (3, 1)
                row[informant] = np.nan if absent else value
            rows.append(row)
    study = {
        "layout": "wide",
        "columns": {"child": "id", "therapist": "by", "time": "time"},
        "informants": {one: one for one in INFORMANTS},
        "scale": {"lower": 12, "upper": 48},
        "time": {"origin": 0, "per": 1},
        "treatment": {"in_treatment": "there"},
        "covariates": {"child": ["age", "female"], "occasion": ["mood"]},
    }
    return Ratings.from_wide(pd.DataFrame(rows), study=study)


GROWTH = replace(
    with_covariates(load_model("informant_growth"), {"age": ("level", "slope")}),
    covariates=(
        CovariateTerm(name="age", on=("level", "slope")),
        CovariateTerm(name="mood", on=("rating",)),
    ),
)
CENSORED = replace(GROWTH, likelihood=Likelihood(family="censored_normal"))
ROBUST = with_covariates(load_model("robust"), {"age": ("level", "slope")})
CASES = {
    "either": (GROWTH, Leaving(covariates=("female",))),
    "rating by group": (GROWTH, Leaving(follows="rating", by="female", therapist=True)),
    "alliance and slope": (GROWTH, Leaving(follows="alliance", on=("level_now", "slope"))),
    "slope": (GROWTH, Leaving(follows="alliance", on=("slope",), informants=("caregiver",))),
    "one informant": (GROWTH, Leaving(informants=("caregiver",), covariates=("age",))),
    "censored": (CENSORED, Leaving()),
    "heavy tails": (ROBUST, Leaving(follows="alliance")),
}


@pytest.mark.compiles
@pytest.mark.parametrize("case", CASES)
def test_the_graph_has_the_density_of_who_left(case: str) -> None:
    base, leaving = CASES[case]
    spec = with_leaving(base, leaving)
    data = ratings(at_ends=case == "censored")
    arrays = design(spec, data)
    assert len(arrays.leaving.added_child) == 1
    graph, alone = build(spec, data), build(base, data)
    point = random_point(graph, np.random.default_rng(7))
    found = log_density(graph)(point)
    found -= log_density(alone)({k: v for k, v in point.items() if "leaving" not in k})
    assert found == pytest.approx(expected(spec, arrays, point), rel=1e-8, abs=1e-8)


def expected(spec, arrays, point) -> float:
    leaving, K = arrays.leaving, len(arrays.informants)
    total, values = 0.0, {}
    for key in (one for one in spec.priors if "leaving" in one):
        prior = spec.priors[key]
        free = np.asarray(point[f"{key}_own" if f"{key}_own" in point else key])
        unit = 1.0 / 18.0 if key in ("leaving_on", "leaving_on_slope") else 1.0
        if key == "leaving_covariate":
            unit = 1.0 / float(leaving.covariate_sd[0])
        for one in np.ravel(free):
            if key == "leaving_share":
                total += stats.beta.logpdf(one, 1, 1)
            else:
                total += prior_log_density(prior, one, 0.0, unit)
        values[key] = free
        if f"{key}_own" in point:
            values[key] = np.zeros(K)
            values[key][leaving.informants] = free
    hazard_of_therapist = np.zeros(3)
    if leaving.therapist:
        raw = point["leaving_therapist_raw"]
        total += stats.norm.logpdf(raw).sum()
        hazard_of_therapist = point["leaving_therapist_sd"] * raw
    sd = np.concatenate([point["child_sd_level"], point["child_sd_slope"]])
    child_effect = point["child_raw"] @ (sd[:, None] * point["child_cor_cholesky"]).T
    root = point["therapist_sd_level"][:, None] * point["therapist_cor_cholesky"]
    therapist = arrays.levels[0].parent
    root_r = point["residual_sd"][:, None] * point["residual_cor_cholesky"]
    S = root_r @ root_r.T
    y = arrays.y.copy()
    if "excess" in point:
        row, k, direction = arrays.censored
        y[row, k] += direction * point["excess"]
    zero = np.zeros((leaving.n_groups, K))
    on = np.reshape(values.get("leaving_on", zero), (-1, K))
    h = np.reshape(values.get("leaving_on_slope", zero), (-1, K))
    share = float(values.get("leaving_share", leaving.share))
    for i, child in enumerate(leaving.child):
        g, row = leaving.group[child], leaving.row[i]
        away_level = arrays.x[child] @ point["level_on"] + child_effect[child, :K]
        away_level = away_level + point["therapist_raw"][therapist[child]] @ root.T
        away_slope = arrays.x[child] @ point["slope_on"] + child_effect[child, K:]
        time = float(leaving.interval[i])
        m = away_level + time * away_slope
        r = (1 - share) * on[g]
        mean = point["leaving_baseline"][leaving.interval[i]] + on[g] @ m + h[g] @ away_slope
        mean += hazard_of_therapist[therapist[child]]
        if leaving.covariates:
            mean += leaving.x[child] @ values["leaving_covariate"]
        variance = 1.0 + r @ S @ r
        if row < len(y):
            if "rating_on" in point:
                mean += r @ (arrays.z[row] @ point["rating_on"])
            o = arrays.present[row]
            level = point["level"] + away_level + time * (point["slope"] + away_slope)
            if "rating_on" in point:
                level = level + arrays.z[row] @ point["rating_on"]
            error = (y[row] - level)[o]
            across = (S @ r)[o]
            solved = np.linalg.solve(S[np.ix_(o, o)], across)
            mean += solved @ error
            variance -= solved @ across
        sign = 1.0 if leaving.left[i] else -1.0
        total += stats.norm.logcdf(sign * mean / np.sqrt(variance))
    return total


@pytest.mark.compiles
def test_missing_covariates_are_completed_in_who_leaves_too() -> None:
    base = with_covariates(load_model("informant_growth"), {"age": ("level",)})
    spec = with_leaving(base, Leaving(covariates=("age",)))
    data = ratings(missing_age=True)
    graph, alone = build(spec, data), build(base, data)
    point = random_point(graph, np.random.default_rng(7))
    plain = {k: v for k, v in point.items() if "leaving" not in k}
    density, without = log_density(graph), log_density(alone)
    effect = 2.0 * np.ones_like(point["leaving_covariate"])
    at = [
        density(point | {"leaving_covariate": c, **missing}) - without(plain | missing)
        for missing in ({}, {name: v + 3.0 for name, v in point.items() if "missing_age" in name})
        for c in (0.0 * effect, effect)
    ]
    # Effects of age on leaving make who left depend on what it is.
    assert at[3] - at[2] != pytest.approx(at[1] - at[0], abs=1e-3)
