"""Reports of prior studies and atlases, by themselves and with a fit."""

import html
import re
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance.cli import app
from bayes_alliance.cli.computing import written
from bayes_alliance.errors import InputError
from bayes_alliance.reporting.document import paper_sections, study_page
from bayes_alliance.studies.analyses import _rows
from bayes_alliance.studies.collect import of_fit
from bayes_alliance.studies.names import readable
from bayes_alliance.studies.support import Support
from tests import hand_made
from tests.reporting import made_studies
from tests.reporting.plots.test_study_plots import ranks

pytestmark = pytest.mark.builds

CONCLUSIONS = ("level[caregiver] > level[child]", "slope[child] < 0")


def test_the_report_of_a_prior_study_says_at_which_prior_it_falls() -> None:
    files = study_page.composed(made_studies.with_tipping())
    page = files["report.html"].decode()
    assert "falls only if the prior of slopes is 11 times narrower than stated" in page
    assert "or the prior of slopes is moved 3.5 of its sds higher" in page
    assert "Priors of correlations are flat and cannot be made wider" in page
    assert page.count("data:image/svg+xml;base64") == 1
    assert "SYNTHETIC DATA" in page
    assert {"tables/tipping.csv", "tables/prior_sensitivity.csv"} <= set(files)
    assert "figures/prior_support_1.svg" in files


def test_the_report_of_an_atlas_has_a_sentence_for_each_conclusion() -> None:
    study = made_studies.atlas()
    assert study.sentences[0] == (
        "“level (caregiver) > level (the patient)” stands in 3 of 3 analyses."
    )
    files = study_page.composed(study)
    page = files["report.html"].decode()
    assert "stands in 2 of 4 analyses; depends on the ceiling" in page
    assert "in 1 of them the prior drives it" in page
    assert "the model has no clinic effects" in page
    assert "the patient" in page
    assert "tables/not_made.csv" in files
    assert "1 analysis does not go with this model or these ratings." in page


def test_tables_of_studies_have_headings_in_words_and_a_note_for_those_that_are_short() -> None:
    for study in (made_studies.with_tipping(), made_studies.atlas()):
        page = study_page.composed(study)["report.html"].decode()
        heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
        conclusions = {readable(name, study.words) for name in CONCLUSIONS}
        assert all(head[:1].isupper() for head in heads if html.unescape(head) not in conclusions)
        assert page.count("<table") == page.count("Note.") > 1


@pytest.mark.parametrize("around", [False, True])
def test_the_report_of_a_calibration_has_its_sentence_its_figure_and_every_quantity(
    around: bool,
) -> None:
    study = replace(ranks(), around=around)
    files = study_page.composed(study)
    page = files["report.html"].decode()
    assert html.escape(study.check.sentence) in page
    assert page.count("data:image/svg+xml;base64") == 1
    for name in ("level (child)", "SD between children (child, level)", "Coverage: how often"):
        assert name in page
    assert ("<title>Calibration around a fit" in page) == around
    assert {"figures/calibration.png", "tables/calibration.csv"} <= set(files)


def test_a_calibration_is_written_with_its_page_and_not_only_printed(tmp_path: Path) -> None:
    said = written(tmp_path / "out", ranks())
    there = {str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*.*")}
    assert {"report.html", "ranks.csv", "calibration.csv", "figures/calibration.svg"} <= there
    assert "report.html" in said


def test_an_atlas_is_drawn_in_the_colours_of_its_verdicts() -> None:
    study = made_studies.atlas()
    drawn = ba.plots.atlas(study)
    assert len(drawn) == 2
    marks = [line for line in drawn[1].lines if line.get_marker() not in (None, "None", "")]
    hollow = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in marks]
    assert hollow == [False, True, False, False]
    edges = [to_hex(line.get_markeredgecolor()) for line in marks]
    assert len(set(edges)) == 3
    assert edges[0] == edges[1]
    assert "not defined" in [text.get_text() for text in drawn[0].texts]
    plt.close("all")


def made_up(fit: ba.Fit, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ba.atlas.Atlas:
    """An atlas of a fit, in a folder, whose analyses all support one conclusion."""
    one = ba.sensitivity.Conclusion.parse("slope[child] > 0")

    def analysed(piece: dict) -> dict:
        known = {one.name: Support(0.99, 0.002)}
        rows = _rows(piece["what"], piece["setting"], known, {one.name: False})
        return {"rows": rows, "wanted": [], "not_made": []}

    monkeypatch.setattr("bayes_alliance.studies.atlas.analysed", analysed)
    place = ba.sensitivity.Place(out=folder, progress=False)
    return ba.atlas.of(fit.spec, fit.ratings, conclusions=[one], seed=1, place=place)


def test_finished_studies_join_the_report_of_the_same_model_and_ratings_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = hand_made.fit(covariates=False)
    study = made_up(fit, tmp_path, monkeypatch)
    again = of_fit(tmp_path, fit)
    assert isinstance(again, ba.atlas.Atlas)
    pd.testing.assert_frame_equal(again.table, study.table)
    (section,) = paper_sections.of([again])
    assert section.title == "Does any other choice matter?"
    assert len(section.figures) == 1
    plt.close("all")
    with pytest.raises(InputError, match="another model"):
        of_fit(tmp_path, hand_made.fit(covariates=True))
    with pytest.raises(InputError, match="other ratings"):
        of_fit(tmp_path, hand_made.fit(covariates=False, title="others"))


def test_the_command_hands_finished_studies_of_a_saved_fit_to_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = hand_made.fit(covariates=False)
    made_up(fit, tmp_path / "atlas", monkeypatch)
    saved = fit.save(tmp_path / "fit.nc")
    handed: list[object] = []

    def write(_fit: ba.Fit, out: Path, *, studies: list[object], **_: object) -> Path:
        handed.extend(studies)
        return out / "report.html"

    monkeypatch.setattr("bayes_alliance.reporting.document.report.write", write)
    monkeypatch.setattr("bayes_alliance.posterior.checks.standard", lambda _fit: ())
    arguments = ["report", str(saved), "--out", str(tmp_path / "r")]
    said = CliRunner().invoke(app, [*arguments, "--studies", str(tmp_path / "atlas")])
    assert said.exit_code == 0, said.output
    assert [type(one) for one in handed] == [ba.atlas.Atlas]
    said = CliRunner().invoke(app, [*arguments, "--studies", str(tmp_path / "none")])
    assert said.exit_code == 2
    assert "holds no study" in said.stderr
