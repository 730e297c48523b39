"""Who could leave when, and ratings that leaving cannot be part of a model of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import load_model, with_covariates, without
from tests.specification.test_leaving import with_leaving

STUDY = {
    "layout": "wide",
    "columns": {"child": "id", "time": "month"},
    "informants": {"child": "c", "caregiver": "p"},
    "scale": {"lower": 12, "upper": 48},
    "time": {"origin": 0, "per": 1},
    "treatment": {"in_treatment": "there"},
    "covariates": {"child": ["age", "arm"]},
}
STAY = (1, 3, 2, 3, 2)
GROWTH = without(load_model("informant_growth"), "therapist")


def ratings(stay=STAY, study=STUDY, **values) -> Ratings:
    rows = []
    for child, last in enumerate(stay):
        for month in range(3):
            there = month < last
            rows.append(
                {
                    "id": f"c{child}",
                    "month": month,
                    "there": int(there),
                    "c": 20.0 + child if there and (child, month) != (1, 1) else np.nan,
                    "p": 25.0 + month if there and (child, month) != (1, 1) else np.nan,
                    "age": 5.0 + child,
                    "arm": "drug" if child % 2 else "placebo",
                    **{name: of[child] for name, of in values.items()},
                }
            )
    return Ratings.from_wide(pd.DataFrame(rows), study=study)


def test_everybody_in_treatment_before_the_last_occasion_is_at_risk() -> None:
    arrays = design(with_leaving(GROWTH), ratings())
    leaving = arrays.leaving
    pairs = list(zip(leaving.child.tolist(), leaving.interval.tolist(), strict=True))
    assert pairs == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0), (4, 1)]
    assert leaving.left.tolist() == [True, *[False] * 3, True, *[False] * 3, True]
    assert leaving.labels(arrays.children)[:2] == ("c0, 0", "c1, 0")
    assert leaving.intervals == ("0", "1")


def test_an_occasion_without_ratings_comes_after_all_others() -> None:
    leaving = (arrays := design(with_leaving(GROWTH), ratings())).leaving
    assert arrays.present.any(axis=1).all()
    assert leaving.row[2] == len(arrays.y)
    assert (leaving.added_child.tolist(), leaving.added_time.tolist()) == ([1], [1.0])
    assert leaving.added_basis.tolist() == [[1.0, 1.0]]
    others = np.delete(np.arange(9), 2)
    rows = leaving.row[others]
    assert (arrays.occasion_child[rows] == leaving.child[others]).all()
    assert (arrays.occasion_time[rows] == leaving.interval[others]).all()


def test_groups_covariates_and_informants_are_those_of_the_model() -> None:
    spec = with_leaving(GROWTH, by="arm", covariates=("age",), informants=("caregiver",))
    leaving = design(spec, ratings()).leaving
    assert leaving.groups == ("arm[drug]", "arm[placebo]")
    assert leaving.group.tolist() == [1, 0, 1, 0, 1]
    assert leaving.informants.tolist() == [1]
    assert leaving.covariates == ("age",)
    assert leaving.x[:, 0].tolist() == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert leaving.column.tolist() == [-1]
    acting = with_covariates(spec, ["age"])
    assert design(acting, ratings()).leaving.column.tolist() == [0]


def problem_of(spec, given: Ratings) -> str:
    with pytest.raises(InputError) as caught:
        design(spec, given)
    (problem,) = caught.value.problems
    return f"{problem.where}: {problem.message}"


def test_without_a_status_leaving_is_refused() -> None:
    study = {name: entry for name, entry in STUDY.items() if name != "treatment"}
    assert "nobody knows who was in treatment when" in problem_of(
        with_leaving(GROWTH), ratings(study=study)
    )


def test_without_common_times_leaving_is_refused() -> None:
    given = ratings()
    occasions = given.occasions.iloc[:-1]
    said = problem_of(with_leaving(GROWTH), replace(given, occasions=occasions))
    assert said == "leaving: needs two or more times that all children have in common"


def test_where_nobody_leaves_leaving_is_refused() -> None:
    assert "nobody leaves treatment" in problem_of(with_leaving(GROWTH), ratings((3,) * 5))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"informants": ("teacher",)}, "leaving.informants: not an informant"),
        ({"covariates": ("ag",)}, "leaving.covariates: not a covariate of children"),
        ({"by": "age"}, "leaving.by: is a number"),
    ],
)
def test_what_ratings_do_not_have_is_named(entries, said: str) -> None:
    assert said in problem_of(with_leaving(GROWTH, **entries), ratings())


def test_missing_values_are_modelled_of_what_acts_on_ratings_too() -> None:
    given = ratings(age=[5.0, np.nan, 7.0, 8.0, 9.0])
    spec = with_leaving(GROWTH, covariates=("age",))
    assert "modelled of what acts on ratings too" in problem_of(spec, given)
    arrays = design(with_covariates(spec, ["age"]), given)
    assert np.isnan(arrays.leaving.x[1, 0])
    assert arrays.leaving.column.tolist() == [0]
