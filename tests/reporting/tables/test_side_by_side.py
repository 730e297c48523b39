"""Fits side by side: what is the same stands in one row, what is not has a row of its own."""

from dataclasses import replace

import pytest

from bayes_alliance import InputError, side_by_side
from bayes_alliance.reporting import tables
from bayes_alliance.results.collection import collected
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.specification.priors.coefficients import Normal
from tests import hand_made
from tests.reporting import made_studies


@pytest.fixture(scope="module")
def beside() -> SideBySide:
    return made_studies.beside()


def test_a_row_holds_the_same_number_of_every_fit_and_a_dash_where_there_is_none(
    beside: SideBySide,
) -> None:
    shown = tables.side_by_side(beside).shown
    level = shown.loc["Average level at 4 months"]
    assert (
        level.loc["Child", "both"] == level.loc["Child", "child alone"] == "40.00 [39.62, 40.38]†"
    )
    assert level.loc["Caregiver"].tolist() == ["36.00 [35.62, 36.38]†", "–"]
    assert shown.loc[("Anxiety on slope", "Child"), "child alone"] == "–"
    agreement = shown.loc[("Correlation, in level, between children", "Child and caregiver")]
    assert agreement.tolist() == [".45 [.41, .49]†", "–"]
    assert shown.loc["Number"]["both"].tolist() == ["12", "4", "63"]


def test_averages_effects_and_ratings_are_those_that_maketables_gets(beside: SideBySide) -> None:
    table = tables.side_by_side(beside)
    for name, fit in beside.fits.items():
        own = table.frame[table.frame["fit"] == name].set_index("name")
        theirs = fit.__maketables_coef_table__
        assert set(theirs.index) <= set(own.index)
        for column, their in {
            "median": "b",
            "sd": "se",
            "lower": "ci95l",
            "upper": "ci95u",
        }.items():
            assert own.loc[theirs.index, column].tolist() == pytest.approx(theirs[their].tolist())
        count = table.shown.loc[("Number", "Ratings"), name]
        assert count == str(fit.__maketables_stat__("N"))


def test_levels_read_at_other_times_and_slopes_per_other_units_are_other_rows() -> None:
    time = {"origin": 8, "per": 1, "unit": "months"}
    fits = {
        "at 4": hand_made.fit(("child",), covariates=False),
        "at 8": hand_made.of_prior("informant_growth", hand_made.ratings(("child",), time=time)),
    }
    records = {name: collected(fit, prior=fit) for name, fit in fits.items()}
    shown = tables.side_by_side(SideBySide(records=records), show=["level", "slope"]).shown
    heads = list(dict.fromkeys(shown.index.get_level_values(0)))
    assert heads == [
        "Average level at 4 months",
        "Average slope per 4 months",
        "Average level at 8 months",
        "Average slope per month",
        "Number",
    ]
    assert (shown[:4] == "–").sum().tolist() == [2, 2]


def test_the_note_says_which_models_and_priors_differ(beside: SideBySide) -> None:
    note = tables.side_by_side(beside).note
    assert "“both”: Growth, informants linked" in note
    assert "covariates anxiety" in note
    fit = hand_made.fit(("child",), covariates=False)
    narrow = Normal(mean=0.0, sd=0.1, reason="as an example")
    spec = replace(fit.spec, priors={**fit.spec.priors, "slope": narrow})
    own = beside.records["child alone"]
    pair = SideBySide(records={"stated": own, "narrow": replace(own, fit=replace(fit, spec=spec))})
    assert "the same ratings, the same model under other priors" in pair.sentence
    priors = "Normal(mean 0, sd 0.2) (“stated”), Normal(mean 0, sd 0.1) (“narrow”)"
    assert f"Priors that differ: average slope {priors}." in tables.side_by_side(pair).note


def test_from_two_to_four_fits_stand_side_by_side() -> None:
    with pytest.raises(InputError, match="from 2 to 4 fits"):
        side_by_side({"alone": hand_made.fit(("child",), covariates=False)})
