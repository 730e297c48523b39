"""What must not matter: the layout of a file, the order of its rows, how often it is rewritten."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.ratings import Ratings, read_ratings
from bayes_alliance.ratings.reading.times import same_times
from tests.ratings.tiny import TABLES, as_long, assert_same_ratings, long_study

NAMES = st.text(
    st.characters(categories=("L", "N", "P", "Zs"), exclude_characters='\0"'),
    min_size=1,
    max_size=6,
).map(lambda name: f"x{name}".strip())
# Times nearer than rounding are one occasion; these are not.
APART = st.floats(-5, 50, allow_nan=False, width=32).map(lambda time: round(time, 5))
TIMES = st.one_of(st.integers(0, 4).map(float), APART)


def study_of(scales, treatment):
    return {
        "layout": "wide",
        "columns": {"child": "id", "therapist": "seen by", "clinic": "where", "time": "month"},
        "informants": {f"who {k}": f"r{k}" for k in range(scales)},
        "scale": {"lower": 0, "upper": 6},
        "treatment": {"in_treatment": "active"} if treatment else None,
        "covariates": {"child": ["sex"], "therapist": ["skill"], "occasion": ["stress"]},
        "covariate": {
            "sex": {"type": "categorical"},
            "skill": {"type": "numeric", "unit": "years"},
            "stress": {"type": "numeric"},
        },
    }


@st.composite
def files(draw):
    """A wide file with its study: any times, names, missing ratings, leaving, covariates."""
    n_informants = draw(st.integers(1, 3))
    treatment = draw(st.booleans())
    children = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    rating = st.one_of(st.none(), st.integers(0, 6), st.floats(0, 6, width=16))
    rows = []
    for position, child in enumerate(children):
        last = draw(st.floats(-5, 50))
        sex = draw(st.sampled_from(["f", "m", None]))
        for time in draw(st.lists(TIMES, min_size=1, max_size=4, unique=True)):
            active = int(time <= last) if treatment else 1
            row = {
                "id": child,
                "seen by": f"t{position // 2}",
                "where": f"c{position // 4}",
                "month": time + 0.0,
                "active": active,
                "sex": sex,
                "skill": position // 2 / 3,
                "stress": draw(st.one_of(st.none(), st.floats(-1, 1, width=16))),
            }
            row |= {f"r{k}": draw(rating) if active else None for k in range(n_informants)}
            rows.append(row)
    frame = pd.DataFrame(rows)
    for k in range(n_informants):
        active = frame.index[frame["active"] == 1]
        if frame[f"r{k}"].isna().all() and not active.empty:
            frame.loc[active[0], f"r{k}"] = 3
        elif active.empty:
            frame.loc[0, ["active", f"r{k}"]] = (1, 3)
        frame[f"r{k}"] = frame[f"r{k}"].astype(float)
    study = {key: value for key, value in study_of(n_informants, treatment).items() if value}
    return frame, study


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_a_long_file_gives_the_ratings_of_the_wide_file(file):
    frame, study = file
    wide = Ratings.from_wide(frame, study=study)
    long = Ratings.from_long(as_long(frame, study), study=long_study(study))
    assert_same_ratings(long, wide)


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_ratings_laid_out_wide_read_back_equal(file):
    frame, study = file
    ratings = Ratings.from_wide(frame, study=study)
    assert_same_ratings(Ratings.from_wide(ratings.to_wide(), study=ratings.study), ratings)


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_ratings_written_to_a_folder_read_back_equal(tmp_path_factory, file):
    frame, study = file
    ratings = Ratings.from_wide(frame, study=study)
    written = ratings.write(tmp_path_factory.mktemp("written"))
    assert_same_ratings(read_ratings(written[0], study=written[1]), ratings)


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(file, seed):
    frame, study = file
    shuffled = frame.sample(frac=1, random_state=seed)
    one = Ratings.from_wide(frame, study=study)
    other = Ratings.from_wide(shuffled, study=study)
    for name in TABLES:
        left, right = getattr(one, name), getattr(other, name)
        if left.index.name is None:
            keys = [key for key in ("child", "time", "informant") if key in left]
            left = left.sort_values(keys, ignore_index=True)
            right = right.sort_values(keys, ignore_index=True)
        else:
            left, right = left.sort_index(), right.sort_index()
        pd.testing.assert_frame_equal(left, right)


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_no_rating_is_lost_or_invented(file):
    frame, study = file
    ratings = Ratings.from_wide(frame, study=study)
    columns = list(study["informants"].values())
    assert len(ratings.observed) == frame[columns].notna().to_numpy().sum()
    assert ratings.observed["rating"].sum() == pytest.approx(np.nansum(frame[columns].to_numpy()))


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_every_child_and_occasion_has_a_row_for_every_informant(file):
    frame, study = file
    ratings = Ratings.from_wide(frame, study=study)
    n_informants = len(ratings.informants)
    assert len(ratings.long) == len(ratings.occasions) * n_informants
    rated = ratings.long["rating"].notna()
    assert (rated == (ratings.long["status"] == "rated")).all()
    out = ~ratings.occasions["in_treatment"].to_numpy()
    assert (ratings.long["status"].eq("not in treatment") == np.repeat(out, n_informants)).all()


@pytest.mark.thorough
@settings(deadline=None, max_examples=12)
@given(file=files())
def test_any_ratings_can_be_described(file):
    frame, study = file
    ratings = Ratings.from_wide(frame, study=study)
    assert f"{len(ratings.observed):,} rating" in repr(ratings)
    assert ratings._repr_html_().count("<table>") == 3


def test_times_that_differ_by_rounding_are_one_occasion() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "a", "b", "b"],
            "t": [0.3, 0.1 + 0.2, 0.3, 1.0],
            "who": ["x", "y", "x", "x"],
            "score": [1.0, 2.0, 3.0, 4.0],
        }
    )
    study = {
        "layout": "long",
        "columns": {"child": "id", "time": "t", "informant": "who", "rating": "score"},
        "informants": {"x": "x", "y": "y"},
        "scale": {"lower": 0, "upper": 10},
    }
    ratings = Ratings.from_long(frame, study=study)
    assert sorted(ratings.occasions["time"].unique()) == [0.3, 1.0]
    together = ratings.observed[ratings.observed["child"] == "a"]
    assert together["time"].tolist() == [0.3, 0.3]
    days = same_times(np.array([20240104.0, 20240108.0, np.nan]), per=1.0)
    assert days[1] - days[0] == 4.0


def test_a_time_far_off_makes_no_one_occasion_of_others() -> None:
    times = np.array([0.0, 1.0, 2.5, 1e15])
    assert list(same_times(times, per=1.0)) == list(times)
