"""Leaving a level out takes its priors along and nothing else; new knots take what they need."""

from dataclasses import replace

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.specification import (
    Effects,
    HalfNormal,
    load_model,
    with_covariates,
    with_knots,
    without,
)


def test_without_therapists_the_other_priors_stay() -> None:
    growth = load_model("informant_growth")
    smaller = without(growth, "therapist")
    assert smaller.therapist is None
    assert smaller.child == growth.child
    gone = set(growth.priors) - set(smaller.priors)
    assert gone == {"therapist_sd.level", "therapist_cor"}
    assert all(smaller.priors[quantity] == growth.priors[quantity] for quantity in smaller.priors)
    assert smaller.title == "Growth, informants linked, without therapist effects"


def test_without_a_level_that_is_off_changes_nothing() -> None:
    growth = load_model("informant_growth")
    assert without(growth, "clinic") is growth


def test_an_unknown_level_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'therapist'"):
        without(load_model("informant_growth"), "therapists")


def test_more_occasions_are_like_the_last_one() -> None:
    spec = load_model("categorical_visits")
    sds = {f"child_sd.change_{n}": HalfNormal(scale=n / 10, reason="test") for n in (1, 2, 3)}
    child = Effects(terms=spec.trajectory.coefficients, structure="correlated")
    cor = replace(spec.priors["child_cor"], by="coefficient")
    priors = dict(spec.priors) | sds | {"child_cor": cor}
    spec = with_covariates(replace(spec, child=child, priors=priors), {"arm": ("slope",)})
    more, fewer = with_knots(spec, [1, 2, 3, 4, 6.5]), with_knots(spec, [2])
    changes = tuple(f"change_{n}" for n in range(1, 6))
    assert more.trajectory.coefficients == more.child.terms == ("level", *changes)
    assert fewer.trajectory.coefficients == fewer.child.terms == ("level", "change_1")
    assert [term.on for term in more.covariates] == [changes]
    assert [term.on for term in fewer.covariates] == [("change_1",)]
    assert more.priors["child_sd.change_5"] == sds["child_sd.change_3"]
    assert more.priors["change_5"] == more.priors["change_3"]
    assert set(spec.priors) - set(fewer.priors) == {
        "change_2",
        "change_3",
        "child_sd.change_2",
        "child_sd.change_3",
    }
    kept = with_knots(more, spec.trajectory.knots)
    assert (kept.priors, kept.covariates, kept.child) == (spec.priors, spec.covariates, spec.child)


def test_knots_of_a_trajectory_without_are_refused() -> None:
    assert with_knots(load_model("two_phase_growth"), [5]).trajectory.knots == (5.0,)
    with pytest.raises(InputError, match=r"knots = \[5\.0\]: belongs to shape"):
        with_knots(load_model("informant_growth"), [5])
    with pytest.raises(InputError, match="must increase"):
        with_knots(load_model("two_phase_growth"), [5, 5])


def test_slope_means_all_change_where_there_is_none() -> None:
    visits = load_model("categorical_visits")
    changes = visits.trajectory.coefficients[1:]
    assert with_covariates(visits, {"arm": ("slope",)}).covariates[0].on == changes
    assert with_covariates(visits, ["arm"]).covariates[0].on == ("level", *changes)
    growth = load_model("quadratic_growth")
    assert with_covariates(growth, ["arm"]).covariates[0].on == ("level", "slope")
    once = load_model("level_once")
    assert with_covariates(once, ["arm"]).covariates[0].on == ("level",)
    with pytest.raises(InputError, match="slope"):
        with_covariates(once, {"arm": ("slope",)})
