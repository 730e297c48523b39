"""Whatever a frame holds, it is drafted, or refused in one error."""

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Study
from bayes_alliance.ratings.drafting import drafted

NAMES = st.sampled_from(
    [
        *("id", "child", "child_id", "pat", "therapist", "clinic", "month", "wave", "date", "T1"),
        *("tasc_c_t1", "tasc_c_t2", "x{time}", "who", "rater", "score", "1", "2", "q1", "q2"),
        *("q3", "q4", "q5", "pre_c", "post_c", "age", "active", "last_month", "a.b", "Größe"),
        *('we"ird', "[x]", "time", "in_treatment", "c", "p", "t", "x_complete", "", "a b"),
        *("redcap_event_name", "rating ", None, 3, ("a", "b")),
    ]
)
DAY = datetime.datetime(2024, 1, 1)
CELLS = st.sampled_from(
    [
        *(0, 1, 2, 3, 17, 48, 99, -9, 2.5, float("inf"), 1e300, 2**70, True, None, float("nan")),
        *("", "1", "2,5", "k.A.", "T01", "mother", "3.4.2021", "2020-01-02", "x", DAY),
        *("in two\nlines", "\u200b", "\x00", '"""', "#"),
    ]
)


@st.composite
def frames(draw):
    n_children, n_times = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    n = n_children * n_times
    kinds = st.one_of(
        st.just([row // n_times for row in range(n)]),
        st.just([row % n_times for row in range(n)]),
        st.lists(CELLS, min_size=n, max_size=n),
        st.lists(st.integers(1, 7), min_size=n, max_size=n),
    )
    columns = draw(st.lists(st.tuples(NAMES, kinds), min_size=1, max_size=7))
    if draw(st.booleans()):
        columns += [("id", [row // n_times for row in range(n)])]
        columns += [("month", [row % n_times for row in range(n)])]
    frame = pd.concat([pd.Series(values, dtype=object) for _, values in columns], axis=1)
    frame.columns = pd.Index([name for name, _ in columns], dtype=object, tupleize_cols=False)
    return frame.infer_objects() if draw(st.booleans()) else frame


def outcome(frame):
    try:
        return drafted(frame).text
    except InputError as error:
        return error


@pytest.mark.thorough
@settings(max_examples=50, deadline=None)
@given(frames())
def test_any_frame_is_drafted_or_refused(frame):
    before = frame.copy()
    drawn = outcome(frame)
    if isinstance(drawn, InputError):
        assert drawn.title == "data frame"
        assert drawn.problems
    else:
        assert isinstance(Study.from_text(drawn), Study)
    pd.testing.assert_frame_equal(frame, before)
