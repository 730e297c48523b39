"""The shipped example: always the same ratings, with every published pattern visible in them."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings, Scale, TimeAxis
from bayes_alliance.ratings.simulation import (
    INFORMANTS,
    USUAL_CARE,
    USUAL_CARE_RECORDING,
    load_example,
    provenance,
)
from tests.effort import calls

CHILD, THERAPIST_OF_CHILD, CAREGIVER, THERAPIST_OF_CAREGIVER = INFORMANTS


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return load_example("usual_care")


@pytest.fixture(scope="module")
def frame(ratings: Ratings) -> pd.DataFrame:
    """A row per child and occasion; columns of ratings carry the informant's label."""
    wide = ratings.to_wide().rename(columns={"child": "child_id"})
    wide["s"] = (wide["time"] - 4) / 4
    return wide.rename(columns={f"rating_{k}": k for k in INFORMANTS})


def line(frame: pd.DataFrame, informant: str) -> np.ndarray:
    """Level and slope by least squares over all ratings."""
    rated = frame[frame[informant].notna()]
    x = np.column_stack([np.ones(len(rated)), rated["s"]])
    return np.linalg.lstsq(x, rated[informant].to_numpy(), rcond=None)[0]


def effects(frame: pd.DataFrame, informant: str, covariate: str) -> np.ndarray:
    """Level, slope, and the covariate's effects on them, by least squares over all ratings."""
    rated = frame[frame[informant].notna()]
    s, x = rated["s"].to_numpy(), rated[covariate].to_numpy(dtype=float)
    if not set(x) <= {0.0, 1.0}:
        x = x - frame[covariate].mean()
    design = np.column_stack([np.ones(len(rated)), s, x, s * x])
    return np.linalg.lstsq(design, rated[informant].to_numpy(), rcond=None)[0]


def within(frame: pd.DataFrame, informant: str, covariate: str | None = None) -> float:
    """t value of the slope (or of the covariate's effect on it) within children.

    Fixed effects for children, standard errors robust to clustering by child.
    """
    rated = frame[frame[informant].notna()]
    columns = {"y": rated[informant], "s": rated["s"]}
    if covariate is not None:
        columns["sx"] = rated["s"] * (rated[covariate] - frame[covariate].mean())
    numbers = pd.DataFrame(columns)
    child = rated["child_id"]
    around = numbers - numbers.groupby(child).transform("mean")
    y, x = around["y"].to_numpy(), around.drop(columns="y").to_numpy()
    bread = np.linalg.inv(x.T @ x)
    b = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ b)[:, None]).groupby(child.to_numpy()).sum().to_numpy()
    se = np.sqrt(np.diag(bread @ scores.T @ scores @ bread))
    return float(b[-1] / se[-1])


def above(frame: pd.DataFrame, first: str, second: str) -> float:
    """Cohen's d between two informants at the first occasion."""
    at_first = frame[frame["time"] == 4]
    a, b = at_first[first], at_first[second]
    return float((a.mean() - b.mean()) / np.sqrt((a.var() + b.var()) / 2))


def test_the_cohort_has_the_published_size_and_leaves_as_published(ratings):
    assert len(ratings.children) == 209
    assert len(ratings.therapists) == 85
    assert len(ratings.clinics) == 6
    assert ratings.informants == INFORMANTS
    by_time = ratings.occasions.groupby("time")["in_treatment"].sum()
    assert by_time.to_dict() == {4.0: 209, 8.0: 141, 12.0: 100, 16.0: 61}


def test_ratings_are_whole_points_of_the_scale(ratings):
    rating = ratings.observed["rating"]
    assert ratings.common_scale == Scale.bounded(lower=12, upper=48, step=1)
    assert ratings.time == TimeAxis(origin=4, per=4, unit="months")
    assert (rating == rating.round()).all()
    assert rating.between(12, 48).all()


def test_it_says_synthetic_wherever_it_shows(ratings):
    assert ratings.synthetic
    assert ratings.title.startswith("SYNTHETIC")
    assert "SYNTHETIC" in repr(ratings)
    assert "SYNTHETIC" in ratings._repr_html_()
    assert "SYNTHETIC" in repr(load_example(truth=True)[1])
    assert ratings.study.synthetic


def test_covariates_are_those_of_the_study(ratings):
    found = {c.name: (c.level, c.kind) for c in ratings.covariates}
    assert found == {
        "female": ("child", "binary"),
        "age": ("child", "numeric"),
        "anxiety": ("child", "binary"),
        "caregiver_female": ("child", "binary"),
        "caregiver_white": ("child", "binary"),
        "experience": ("therapist", "numeric"),
    }
    assert ratings.children["age"].between(4, 13).all()
    assert (ratings.therapists["experience"] >= 0).all()


def test_therapists_see_about_two_children_unevenly(ratings):
    caseload = ratings.children["therapist"].value_counts()
    assert caseload.median() == 2
    assert caseload.min() == 1
    assert caseload.max() >= 5


def test_some_ratings_are_missing_while_in_treatment(ratings):
    due = ratings.long[ratings.long["status"] != "not in treatment"]
    share = (due["status"] == "missing").groupby(due["informant"]).mean()
    for informant, expected in USUAL_CARE_RECORDING.missing.items():
        assert abs(share[informant] - expected) < 0.03


def test_client_reported_and_therapist_of_caregiver_alliance_are_stable(frame):
    for informant in (CHILD, CAREGIVER, THERAPIST_OF_CAREGIVER):
        assert abs(line(frame, informant)[1]) < 0.35
        assert abs(within(frame, informant)) < 1.96


def test_therapist_reported_child_alliance_falls_slightly_but_reliably(frame):
    assert -0.6 < line(frame, THERAPIST_OF_CHILD)[1] < -0.2
    assert within(frame, THERAPIST_OF_CHILD) < -1.96


def test_therapists_rate_lower_than_clients_by_the_published_differences(frame):
    assert above(frame, CHILD, THERAPIST_OF_CHILD) == pytest.approx(0.35, abs=0.06)
    assert above(frame, CAREGIVER, THERAPIST_OF_CAREGIVER) == pytest.approx(0.72, abs=0.06)
    means = frame[list(INFORMANTS)].mean()
    assert (
        means[[THERAPIST_OF_CHILD, THERAPIST_OF_CAREGIVER]].max() < means[[CHILD, CAREGIVER]].min()
    )


def test_client_ratings_are_high_and_reach_the_ceiling(frame):
    for informant in (CHILD, CAREGIVER):
        rated = frame[informant].dropna()
        assert rated.mean() > 41
        assert (rated == 48).mean() > 0.08
        assert (rated == 12).sum() == 0


def test_the_pairs_named_in_the_study_agree_moderately(frame):
    cor = frame[list(INFORMANTS)].corr()
    for first, second in (
        (CHILD, CAREGIVER),
        (CHILD, THERAPIST_OF_CAREGIVER),
        (THERAPIST_OF_CHILD, CAREGIVER),
        (THERAPIST_OF_CHILD, THERAPIST_OF_CAREGIVER),
    ):
        assert 0.26 < cor.loc[first, second] < 0.58


def test_clients_agree_with_therapists_as_in_the_meta_analysis(frame):
    cor = frame[list(INFORMANTS)].corr()
    assert cor.loc[CHILD, THERAPIST_OF_CHILD] == pytest.approx(0.32, abs=0.08)
    assert cor.loc[CAREGIVER, THERAPIST_OF_CAREGIVER] == pytest.approx(0.23, abs=0.08)


@pytest.mark.parametrize("covariate", ["female", "anxiety"])
def test_therapist_reported_child_alliance_improves_for_girls_and_with_anxiety(frame, covariate):
    _, without, _, difference = effects(frame, THERAPIST_OF_CHILD, covariate)
    assert without < 0 < without + difference
    assert within(frame, THERAPIST_OF_CHILD, covariate) > 1.96


@pytest.mark.parametrize(
    "covariate",
    ["female", "age", "anxiety", "caregiver_female", "caregiver_white", "experience"],
)
def test_nothing_predicts_the_change_of_child_reported_alliance(frame, covariate):
    assert abs(within(frame, CHILD, covariate)) < 1.96


def test_white_caregivers_start_high_and_improve_less(frame):
    _, others, higher, less = effects(frame, CAREGIVER, "caregiver_white")
    assert higher > 1.5
    assert less < 0
    assert others > 0.2
    assert -0.2 < others + less < others
    assert within(frame, CAREGIVER, "caregiver_white") < -1.96


def test_caregivers_rate_alliance_higher_with_less_experienced_therapists(frame):
    assert effects(frame, CAREGIVER, "experience")[2] < -0.15


def test_experienced_therapists_tend_to_see_the_alliance_with_caregivers_rise(frame):
    assert effects(frame, THERAPIST_OF_CAREGIVER, "experience")[3] > 0
    assert 1.28 < within(frame, THERAPIST_OF_CAREGIVER, "experience") < 2.4


def test_therapists_see_white_and_female_caregivers_as_the_chosen_effects_say(frame):
    for covariate in ("caregiver_white", "caregiver_female"):
        assert effects(frame, THERAPIST_OF_CAREGIVER, covariate)[2] > 0.2


@pytest.mark.parametrize("informant", INFORMANTS)
def test_early_alliance_does_not_tell_who_leaves(frame, informant):
    first = frame[frame["time"] == 4].set_index("child_id")[informant]
    last = frame[frame["time"] == 16].set_index("child_id")["in_treatment"]
    second = frame[frame["time"] == 8].set_index("child_id")["in_treatment"]
    for stays in (last, second):
        n_stay, n_leave = (stays == 1).sum(), (stays == 0).sum()
        d = (first[stays == 1].mean() - first[stays == 0].mean()) / first.std()
        assert abs(d) < 1.96 * np.sqrt(1 / n_stay + 1 / n_leave)
        assert abs(d) < 0.2


def test_the_example_never_changes_silently(ratings):
    """Rounded ratings, so that the last digit of an effect on another machine does not matter."""
    points = ratings.long["rating"].fillna(-1).to_numpy().astype("<i2")
    nesting = "|".join(ratings.children["therapist"] + ratings.children["clinic"])
    numbers = ratings.children[["female", "age", "anxiety", "caregiver_female", "caregiver_white"]]
    experience = ratings.therapists["experience"]
    tenths = np.append(numbers.to_numpy().ravel(), experience) * 10
    covariates = np.rint(tenths).astype("<i2")
    summary = ratings.observed.groupby("informant")["rating"].agg(["count", "mean"]).round(2)
    assert summary.loc[list(INFORMANTS)].to_numpy().tolist() == [
        [472, 41.11],
        [493, 39.62],
        [474, 43.75],
        [481, 40.54],
    ]
    parts = (points.tobytes(), nesting.encode(), covariates.tobytes())
    assert [hashlib.sha256(part).hexdigest()[:16] for part in parts] == [
        "a7ccf7c4d9681055",
        "9138040e7e1c8657",
        "78f6e0383d3e5b1d",
    ]


def test_loading_twice_gives_equal_ratings_with_or_without_truth(ratings):
    again, truth = load_example("usual_care", truth=True)
    pd.testing.assert_frame_equal(again.long, ratings.long)
    pd.testing.assert_frame_equal(again.children, ratings.children)
    assert truth.population == USUAL_CARE
    assert list(truth.child_effect.index) == list(ratings.children.index)


def test_making_it_takes_few_calls_for_each_rating(ratings):
    assert calls(load_example) < 50 * len(ratings.long)


def test_an_unknown_example_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match=r"Did you mean 'usual_care'\?"):
        load_example("usual-care")
    with pytest.raises(InputError, match="no such example"):
        provenance("nothing")


def test_every_true_value_is_listed_as_chosen_and_nothing_chosen_as_published():
    table = provenance()
    assert list(table.columns) == ["quantity", "value", "status", "source"]
    assert table["quantity"].is_unique
    assert set(table["status"]) == {"published", "chosen, not published"}
    listed = table.set_index("quantity")
    _, truth = load_example(truth=True)
    for true in truth.population.quantities():
        assert listed.loc[true.name, "status"] == "chosen, not published"
        assert float(listed.loc[true.name, "value"]) == pytest.approx(true.value)
    assert (table["source"].str.len() > 4).all()


def test_numbers_listed_as_following_from_the_truth_do_follow():
    listed = provenance().set_index("quantity")["value"]
    value = {true.name: true.value for true in USUAL_CARE.quantities()}
    share = {c.name: getattr(c.distribution, "share", None) for c in USUAL_CARE.covariates}

    def stated(quantity: str) -> float:
        return float(listed[quantity].split()[0])

    slope = value["slope[therapist_of_child]"]
    girls = value["slope_on[female,therapist_of_child]"]
    anxiety = value["slope_on[anxiety,therapist_of_child]"]
    average = slope + share["female"] * girls + share["anxiety"] * anxiety
    assert stated("average change of therapist_of_child") == pytest.approx(average)
    boys = "change of therapist_of_child for boys, and without anxiety"
    assert stated(boys) == pytest.approx(slope + share["anxiety"] * anxiety)
    assert girls == anxiety
    assert share["female"] == share["anxiety"]
    improve = "change of therapist_of_child for girls, and with anxiety"
    assert stated(improve) == pytest.approx(slope + girls + share["anxiety"] * anxiety)
    white = share["caregiver_white"] * value["slope_on[caregiver_white,caregiver]"]
    assert stated("average change of caregiver") == pytest.approx(value["slope[caregiver]"] + white)
    for informant, percent in ((THERAPIST_OF_CHILD, 44), (THERAPIST_OF_CAREGIVER, 40)):
        parts = {
            source: value[f"{source}_sd[{informant},level]"] ** 2
            for source in ("child", "therapist", "clinic")
        }
        total = sum(parts.values()) + value[f"residual_sd[{informant}]"] ** 2
        assert 100 * parts["therapist"] / total == pytest.approx(percent, abs=1)
    client = value["therapist_sd[child,level]"] ** 2
    total = client + value["child_sd[child,level]"] ** 2 + value["residual_sd[child]"] ** 2
    assert 100 * (1 - client / total) == pytest.approx(99.2, abs=0.3)
