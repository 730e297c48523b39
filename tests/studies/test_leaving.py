"""Whether leaving matters: four fits side by side, shifts, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance.cli import app
from bayes_alliance.errors import InputError
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import paper_sections
from bayes_alliance.reporting.prose.leaving import sentences
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.shifts import effect_tipping_points, two_sides
from tests import hand_made
from tests.reporting import made_studies

FEW = {"draws": 60, "tune": 60, "chains": 2}


@pytest.fixture(scope="module")
def found() -> tuple[LeavingStudy, ba.Fit]:
    ratings = hand_made.ratings(("child", "caregiver"))
    spec = ba.load_model("informant_growth")
    ignoring = ba.fit(spec, ratings, seed=1, progress=False, **FEW)
    return ba.leaving_study(spec, ratings, seed=1, ignoring=ignoring, **FEW), ignoring


@pytest.mark.thorough
def test_a_study_holds_the_averages_and_what_leaving_follows_under_every_assumption(found) -> None:
    study, ignoring = found
    assert list(dict.fromkeys(study.table["assumption"])) == [
        *("ignoring", "rating", "either", "alliance")
    ]
    summary = ba.tables.summary(ignoring).set_index("quantity")
    own = study.table[study.table["assumption"] == "ignoring"].set_index("quantity")
    assert list(own.index) == [
        "level[child]",
        "level[caregiver]",
        "slope[child]",
        "slope[caregiver]",
    ]
    columns = ["median", "lower", "upper"]
    pd.testing.assert_frame_equal(own[columns], summary.loc[own.index, columns], check_names=False)
    assert "leaving_share" in set(study.table[study.table["assumption"] == "either"]["quantity"])


def test_changes_shifts_and_tipping_points_are_of_the_same_draws(found) -> None:
    study, ignoring = found
    rows = study.tipping.set_index(["conclusion", "cells", "shift"])
    for informant in ("child", "caregiver"):
        slope = ba.leaving.shifted(ignoring, by=0.0).sel(informant=informant)
        change = study.change.loc[("ignoring", informant)]
        assert change["median"] == pytest.approx(float(slope.median()))
        assert change["rises"] == pytest.approx(float((slope > 0).mean()))
        at = rows.loc[(f"slope[{informant}] < 0", "left", "constant"), "tipping_point"]
        shifted = ba.leaving.shifted(ignoring, by=float(at)).sel(informant=informant)
        assert float((shifted < 0).mean()) == pytest.approx(0.95, abs=0.01)
        curve = study.shifted.loc[informant]
        middle = curve.index[len(curve) // 2]
        assert middle == pytest.approx(0.0, abs=1e-9)
        assert curve.loc[middle, "median"] == pytest.approx(change["median"])


def test_families_in_treatment_are_counted(found) -> None:
    study, _ = found
    assert study.in_treatment["treatment"].tolist() == [12, 8, 6, 6]
    np.testing.assert_allclose(study.in_treatment["share"], np.array([12, 8, 6, 6]) / 12)
    assert (study.in_treatment["lower"] <= study.in_treatment["upper"]).all()
    assert study.hazard.index.tolist() == study.in_treatment.index.tolist()[:-1]
    there = study.in_treatment["median"].to_numpy()
    np.testing.assert_allclose(study.hazard["median"], 1 - there[1:] / there[:-1], atol=0.05)


def test_a_conclusion_that_depends_on_what_leaving_follows_is_named() -> None:
    study = made_studies.leaving()
    assert study.depends == ("child",)
    assert study.sentence == (
        "6 of 12 families left treatment before the last occasion. What is concluded about change "
        "depends on what leaving follows, for child: report the assumptions side by side."
    )
    same = replace(study, change=study.change.assign(rises=0.5))
    assert same.depends == ()
    assert "what is concluded about any informant's change is the same" in same.sentence


def test_sentences_say_every_assumption_and_the_shift_that_undoes_a_conclusion() -> None:
    said = sentences(made_studies.leaving())
    assert said[0].startswith(
        "Child: change per 4 months −0.50 [−0.90, −0.10] if leaving is ignored,"
    )
    assert (
        "Child: that it falls holds unless ratings after leaving are 0.5 points higher" in said[2]
    )
    assert "the first could if ratings after leaving were 1.2 points lower" in said[3]
    assert said[4] == (
        "That the effect of anxiety on the change of child is positive holds until all ratings "
        "after leaving are 1.5 points lower than expected."
    )
    assert "caregiver 0.02 [−0.20, 0.24] (mostly the prior)" in said[5]
    assert "families to leave: 45% [30%, 60%] of those in treatment at 4 months." in said[6]
    assert "50% were in treatment, inside the 40% to 70%" in said[7]
    assert "ICH E9(R1)" in said[8]


def test_people_are_called_as_the_study_file_says() -> None:
    words = replace(made_studies.leaving().words, families="couples", informants={"child": "she"})
    study = made_studies.leaving(words=words)
    text = " ".join([*sentences(study), tables.leaving(study).note])
    assert "families" not in text
    assert text.startswith("She: change")


def test_the_section_the_table_and_the_figures_are_of_the_same_study() -> None:
    study = made_studies.leaving()
    (section,) = paper_sections.of([study])
    assert section.title == "Does leaving matter?"
    assert [figure.name for figure in section.figures] == ["in_treatment", "tipping", "two_shifts"]
    who = section.tables[1].shown
    assert who.values.tolist() == [
        ["All", "", "12 (100%)", "6 (50%)"],
        ["Anxiety", "0", "6 (100%)", "4 (67%)"],
        ["Anxiety", "1", "6 (100%)", "2 (33%)"],
    ]
    shown = tables.leaving(study).shown
    assert shown.loc["Child", "Falls from"] == "−0.5"
    panels = plots.tipping(study)
    marked = [text.get_text() for text in panels[0].texts]
    assert marked == ["rises to −2.5", "falls from −0.5"]
    axes = plots.in_treatment(study)
    assert [text.get_text() for text in axes.texts] == ["12", "6"]


def test_two_shifts_are_drawn_with_where_support_passes() -> None:
    study = made_studies.leaving()
    panels = plots.two_shifts(study)
    assert [panel.get_title(loc="left") for panel in panels] == ["child", "caregiver"]
    assert panels[0].get_xlabel() == "points lower: anxiety 1"
    assert panels[0].get_ylabel() == "points lower: anxiety 0"
    (section,) = paper_sections.of([replace(study, two=study.two.iloc[:0])])
    assert [figure.name for figure in section.figures] == ["in_treatment", "tipping"]
    with pytest.raises(InputError, match="two informants, or a binary covariate"):
        plots.two_shifts(replace(study, two=study.two.iloc[:0]))


def test_effects_and_differences_are_studied_under_shifts() -> None:
    fit = hand_made.fit(("child", "caregiver"))
    effects = effect_tipping_points(fit)
    assert set(effects["conclusion"]) == {
        f"slope_on[anxiety,{who}] {sign} 0" for who in ("child", "caregiver") for sign in "<>"
    }
    one = effects.set_index(["conclusion", "cells", "shift"])
    at = one.loc[("slope_on[anxiety,child] > 0", "missing", "constant"), "tipping_point"]
    own = ba.leaving.effect_tipping_point(
        fit, covariate="anxiety", conclusion="positive", cells="missing"
    )
    assert at == pytest.approx(float(own.sel(arm="both", informant="child")))
    two = two_sides(fit)
    assert set(two["of"]) == {"child", "caregiver"}
    assert set(two["first"]) == {"anxiety 1"}
    plain = hand_made.fit(("child", "caregiver"), covariates=False)
    assert effect_tipping_points(plain).empty
    pair = two_sides(plain)
    assert set(pair["of"]) == {"child less caregiver"}
    middle = pair[(pair["shift"].abs() < 1e-9) & (pair["shift_"].abs() < 1e-9)]["support"].item()
    slope = ba.leaving.shifted(plain, by=0.0)
    apart = slope.sel(informant="child") - slope.sel(informant="caregiver")
    assert middle == pytest.approx(float((apart > 0).mean()))
    assert two_sides(hand_made.fit(("child",), covariates=False)).empty


def test_without_treatment_or_known_informants_nothing_is_fitted(tmp_path: Path) -> None:
    spec = ba.load_model("informant_growth")
    unknown = hand_made.ratings(("child",), treatment=None)
    with pytest.raises(InputError, match="treatment"):
        ba.leaving_study(spec, unknown, seed=1, **FEW)
    hand_made.ratings(("child", "caregiver")).write(tmp_path)
    arguments = [
        "fit",
        "ratings.csv",
        "--study",
        "study.toml",
        "--out",
        "out",
        "--leaving",
        "carer",
    ]
    arguments[1], arguments[3] = (str(tmp_path / name) for name in ("ratings.csv", "study.toml"))
    arguments[5] = str(tmp_path / "out")
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 2
    assert "Did you mean 'caregiver'" in said.stderr
    assert not (tmp_path / "out").exists()


def test_a_model_of_levels_has_no_change_to_study_and_a_latent_scale_is_named() -> None:
    ratings = hand_made.ratings(("child",))
    with pytest.raises(InputError, match="no change over time"):
        ba.leaving_study(ba.load_model("level_once"), ratings, seed=1, **FEW)
    study = made_studies.leaving(latent=True)
    assert "on a scale without ends" in sentences(study)[-1]
    assert "on a scale without ends" in tables.leaving(study).note
    assert "without ends" not in tables.leaving(made_studies.leaving()).note


@pytest.mark.samples
@pytest.mark.builds
def test_fit_writes_what_leaving_does_to_its_results(tmp_path: Path) -> None:
    hand_made.ratings(("child", "caregiver")).write(tmp_path)
    out = tmp_path / "out"
    arguments = [
        *("fit", str(tmp_path / "ratings.csv"), "--study", str(tmp_path / "study.toml")),
        *("--out", str(out), "--leaving", "all", "--draws", "100", "--tune", "100"),
    ]
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code in (0, 1), said.stderr
    table, tipping = (pd.read_csv(out / name) for name in ("leaving.csv", "tipping.csv"))
    assert list(table) == [
        *("assumption", "quantity", "median", "lower", "upper", "contraction", "prior_driven")
    ]
    assert list(tipping) == ["conclusion", "cells", "shift", "support", "tipping_point"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Does leaving matter?" in page
    assert (out / "figures" / "tipping.svg").exists()
