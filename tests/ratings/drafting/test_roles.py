"""Roles of columns, on frames made for it."""

import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings.drafting.evidence import ENOUGH, EVIDENCE
from bayes_alliance.ratings.drafting.looking import look_at_frame
from bayes_alliance.ratings.drafting.roles import roles


def frame(n=12, times=(0, 4, 8), **columns):
    """A row per child and time; columns are functions of the child and the time."""
    rows = [(child, time) for child in range(n) for time in times]
    return pd.DataFrame({name: [of(*row) for row in rows] for name, of in columns.items()})


def number(child, _):
    return child + 1


def therapist(child, _):
    return f"T{child // 3}"


def clinic(child, _):
    return f"C{child // 6}"


def month(_, time):
    return time


def rating(child, time):
    return 10 + (child * 7 + time * 3) % 17


def found(table):
    own = roles(look_at_frame(table))
    named = {"child": own.child, "therapist": own.therapist, "clinic": own.clinic, "time": own.time}
    return {role: one.column.name for role, one in named.items() if one is not None}


@pytest.mark.parametrize(
    ("child", "ther", "site", "time"),
    [
        ("child_id", "therapist_id", "clinic_id", "month"),
        ("ID", "ther", "site", "wave"),
        ("patid", "thid", "centerid", "session"),
        ("Fall_Nr", "Therapeutin", "Klinik", "Messzeitpunkt"),
        ("record_id", "clinician", "school", "redcap_event_name"),
        ("Couple", "counselor", "agency", "Visit"),
        ("Proband", "Behandler", "Standort", "Sitzung"),
        ("client", "provider no", "centre", "weeks"),
        ("patient", "investigator", "site", "visit"),
    ],
)
def test_roles_are_found_by_what_columns_are_called(child, ther, site, time):
    table = frame(
        **{child: number, site: clinic, ther: therapist, time: month, "score": rating, "x": rating}
    )
    assert found(table) == {"child": child, "therapist": ther, "clinic": site, "time": time}


def test_a_clinic_holds_therapists_and_a_therapist_children():
    own = roles(
        look_at_frame(
            frame(id=number, clinic=therapist, therapist=lambda child, _: f"T{child // 2}", t=month)
        )
    )
    assert own.clinic is None  # each of its therapists has children in two clinics
    assert own.therapist.column.name == "therapist"


def test_a_therapist_that_changes_is_no_therapist_of_a_child():
    def changing(child, time):
        return f"T{child // 3 + (time == 8 and child == 2)}"

    own = roles(look_at_frame(frame(id=number, therapist=changing, month=month, score=rating)))
    assert own.therapist is None
    assert own.changing.column.name == "therapist"


def test_who_rated_is_what_tells_rows_of_a_child_and_time_apart():
    rows = [
        {"id": child, "month": month, "who": who, "total": rating(child, month)}
        for child in range(8)
        for month in (0, 4)
        for who in ("mother", "father")
    ]
    own = roles(look_at_frame(pd.DataFrame(rows)))
    assert (own.time.column.name, own.informant.column.name) == ("month", "who")


def test_rows_that_are_alike_in_every_cell_do_not_hide_what_tells_rows_apart():
    table = frame(id=number, therapist=therapist, month=month, score=rating)
    again = pd.concat([table, table.head(9)], ignore_index=True)
    assert found(again)["time"] == "month"


def test_without_a_column_of_children_it_is_said_what_the_columns_hold():
    table = pd.DataFrame({"score": [1.5, 2.5, 2.5], "stress": [0.1, 0.2, 0.1]})
    with pytest.raises(InputError, match=r"no column says which child.*score \(numbers 1.5 to 2"):
        roles(look_at_frame(table))


def test_every_piece_of_evidence_is_of_a_role_with_a_least_number_of_points():
    assert {one.role for one in EVIDENCE} == {*ENOUGH}


def test_time_is_found_without_its_name_where_it_grows_from_row_to_row():
    table = frame(id=number, x=month, therapist=therapist, score=rating)
    assert found(table)["time"] == "x"


def test_ratings_that_no_child_has_twice_are_no_times():
    rows = [(1, 0, 20), (1, 4, 22), (2, 0, 21), (2, 4, 20), (3, 0, 25), (3, 4, 22), (3, 4, 23)]
    table = pd.DataFrame([*rows, *((k, m, 20 + (k + m) % 7) for k in range(4, 20) for m in (0, 4))])
    assert found(table.set_axis(["id", "month", "score"], axis=1))["time"] == "month"
