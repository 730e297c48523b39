"""The description a researcher checks data with, on data whose counts are known."""

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.describing.given import time_columns
from bayes_alliance.ratings.describing.text import count, share
from tests.effort import calls
from tests.ratings.tiny import tiny_study

EXPECTED = """\
Ratings
3 children of 2 therapists in 1 clinic; 2 informants, 3 occasions; 9 ratings

Ratings given, by informant and time (months)
                       4  8  12  all
children in treatment  3  1   1    3
child                  3  1   1    5
therapist_of_child     3  0   1    4
last in treatment      2  0   1    3
2 of 3 children left treatment before the last occasion.

Informants
                       scale  rated   missing  mean    sd      seen  at floor  at ceiling
child               12 to 48      5      none  36.8  14.2  12 to 48      20%         20%
therapist_of_child  12 to 48      4  1 (20%)  35.5  10.9  20 to 44       0%          0%
Missing: of the ratings due while in treatment.

Who treats whom
Children per therapist: 1 to 2 (median 1.5); 1 therapist has a single child.
Children per clinic: 3 (median 3); therapists per clinic: 2 (median 2).

Covariates
             level         type  missing                                values
anxiety      child      numeric   1 of 3        mean 2.00, sd 0.71, 1.5 to 2.5
home         child  categorical     none  farm 1, town 2 (reference farm)
skill    therapist      numeric     none         mean 5.00, sd 2.83, 3 to 7
size        clinic  categorical     none                          always large
stress    occasion      numeric   4 of 9        mean 0.320, sd 0.192, 0.1 to 0.6"""


def squeezed(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def test_the_description_shows_what_the_data_hold(ratings):
    assert squeezed(repr(ratings)) == squeezed(EXPECTED)


def test_html_holds_the_same_cells_and_escapes_them(frame):
    stated = tiny_study(title="<b>A & B</b>", informants={"<child>": "kid", "helper": "helper"})
    html = Ratings.from_wide(frame, study=stated)._repr_html_()
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in html
    assert "<th>&lt;child&gt;</th><td>12 to 48</td><td>5</td><td>none</td>" in html
    assert "<b>" not in html
    assert "<child>" not in html


def test_synthetic_data_are_called_so(frame):
    made_up = Ratings.from_wide(frame, study=tiny_study(title="Usual care", synthetic=True))
    assert repr(made_up).splitlines()[:2] == ["Usual care", "SYNTHETIC DATA: made up, not observed"]
    assert "SYNTHETIC DATA" in made_up._repr_html_()
    assert "SYNTHETIC" not in repr(Ratings.from_wide(frame, study=tiny_study()))


def test_without_treatment_leaving_is_said_to_be_unknown(frame):
    text = repr(Ratings.from_wide(frame, study=tiny_study(treatment=None)))
    assert "Leaving treatment is unknown" in text
    assert "last in treatment" not in text
    rated = next(line for line in text.splitlines() if line.startswith("children rated"))
    assert rated.split()[2:] == ["3", "1", "1", "3"]


def test_one_of_each_is_written_in_the_singular():
    study = {
        "layout": "wide",
        "columns": {"child": "id", "therapist": "t"},
        "informants": {"child": "r"},
        "scale": {"center": 0, "spread": 1},
        "treatment": None,
    }
    study = {key: value for key, value in study.items() if value}
    lone = Ratings.from_wide(pd.DataFrame({"id": ["a"], "t": ["b"], "r": [2]}), study=study)
    lines = repr(lone).splitlines()
    assert lines[1] == "1 child of 1 therapist; 1 informant, 1 occasion; 1 rating"
    assert "Children per therapist: 1 (median 1); 1 therapist has a single child." in lines


def test_children_with_times_of_their_own_are_counted_by_occasions(frame):
    own = frame.assign(month=[1.5, 2.0, 7.25, 0.5, 3.0, 9.0])
    text = repr(Ratings.from_wide(own, study=tiny_study()))
    assert "2 informants, 1 to 3 occasions per child (median 2); 9 ratings" in text
    once = own[~own["child_id"].duplicated()]
    text = repr(Ratings.from_wide(once, study=tiny_study()))
    assert "2 informants, 1 occasion per child (median 1); 6 ratings" in text


def test_children_never_in_treatment_and_without_ratings_are_counted(frame):
    gone = frame.copy()
    last = gone["child_id"] == "03"
    gone.loc[last, "active"] = 0
    gone.loc[last, ["kid", "helper"]] = np.nan
    text = repr(Ratings.from_wide(gone, study=tiny_study()))
    assert "1 of 3 children left treatment" in text
    assert "1 child was never in treatment." in text
    assert "1 child has no rating at all." in text


def test_many_times_are_shown_in_few_bins_that_hold_them_all():
    times = np.concatenate([np.linspace(0.3, 37.2, 500), [37.2, 0.3]])
    column, labels = time_columns(times)
    assert labels == ("0 to 10", "10 to 20", "20 to 30", "30 to 40")
    counts = np.bincount(column, minlength=len(labels))
    expected = [((times >= low) & (times < low + 10)).sum() for low in (0, 10, 20, 30)]
    assert counts.tolist() == expected


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("shift", [0.0, -5.0, 1000.0])
def test_bins_are_few_whatever_the_unit_of_time(scale, shift):
    times = (np.random.default_rng(1).random(300) + shift) * scale
    column, labels = time_columns(times)
    assert 2 <= len(labels) <= 8
    assert len(set(labels)) == len(labels)
    assert column.min() >= 0
    assert column.max() < len(labels)


def described(n_children: int) -> str:
    """Ratings of children at four times, read and described."""
    n = 4 * n_children
    rng = np.random.default_rng(1)
    child = np.repeat(np.arange(n_children), 4)
    big = pd.DataFrame({"child_id": child, "therapist_id": child // 3, "clinic_id": child // 300})
    big = big.assign(month=np.tile([4, 8, 12, 16], n_children), active=1, home="town")
    big = big.assign(anxiety=child % 7, skill=child // 3 % 5, size="large", stress=rng.random(n))
    big = big.assign(kid=rng.integers(12, 49, n), helper=rng.integers(12, 49, n))
    return repr(Ratings.from_wide(big, study=tiny_study()))


@pytest.mark.thorough
def test_fifty_thousand_rows_are_described_on_a_page_and_cost_as_much_per_row_as_five_thousand():
    text = described(12_500)
    assert len(text.splitlines()) < 40
    assert max(len(line) for line in text.splitlines()) < 120
    few, more, most = (calls(described, n) for n in (125, 1_250, 12_500))
    assert most - more < 11 * (more - few)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 10, "0%"), (1, 1000, "<1%"), (1, 2, "50%"), (999, 1000, ">99%"), (0, 0, "-")],
)
def test_a_share_never_rounds_something_to_nothing(part, whole, expected):
    assert share(part, whole) == expected


def test_nouns_agree_with_their_number():
    assert count(1, "child", "children") == "1 child"
    assert count(0, "child", "children") == "0 children"
    assert count(2000, "rating") == "2,000 ratings"
